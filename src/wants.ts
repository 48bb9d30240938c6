/**
 * What the user wants others to see: status, note and until when, what comes back after, and the changes that are not answered yet. The
 * chart knows the statuses; the texts and times live here. It must never publish anything.
 */
import { MISTATUS, type SettableStatus } from '../machines/index.js';

/** A status that is wanted. */
export interface Wish {
  readonly status: SettableStatus;
  readonly note?: string;
  /** Until when, milliseconds since the epoch; then back to the one before. */
  readonly until?: number;
}

/** A wish with what it stands before. One that is temporary itself stands before the last lasting one. */
export interface StackedWish extends Wish {
  readonly before?: StackedWish;
}

const nothing: StackedWish = { status: MISTATUS.ONLINE };

export class Wants {
  /** What others are to see. */
  wanted: StackedWish = nothing;
  readonly #pending: Wish[] = [];

  /** A wish that counts at once, since nobody is online who could refuse it, or since it was confirmed. */
  want(wish: Wish): void {
    const { until } = wish;
    this.wanted = until === undefined ? wish : { ...wish, before: below(this.wanted) };
  }

  /** A change that goes to the server when its turn comes. */
  ask(wish: Wish): void {
    this.#pending.push(wish);
  }

  /** The oldest change that is not answered yet: the one at the server. */
  get asked(): Wish | undefined {
    return this.#pending[0];
  }

  /** All changes that are not answered yet, oldest first. */
  get pending(): readonly Wish[] {
    return this.#pending;
  }

  /** The oldest change was confirmed: it is wanted. */
  confirm(): void {
    const wish = this.#pending.shift();
    if (wish) this.want(wish);
  }

  /** The oldest change was answered with an error: it is not wanted any more. */
  refuse(): void {
    this.#pending.shift();
  }

  /** All of them were. */
  refuseAll(): void {
    this.#pending.length = 0;
  }

  /** If the time of the wanted one is over: back to the first one below whose time is not. @returns whether it was over */
  expire(now: number): boolean {
    const former = this.wanted;
    this.wanted = unexpired(former, now);
    return this.wanted !== former;
  }

  forget(): void {
    this.wanted = nothing;
    this.refuseAll();
  }
}

/** The wish itself, or the first one below it whose time is not over. */
export function unexpired(wish: StackedWish, now: number): StackedWish {
  let next = wish;
  while (next.until !== undefined && next.until <= now) next = next.before ?? nothing;
  return next;
}

function below(wish: StackedWish): StackedWish {
  if (wish.until === undefined) return { ...wish };
  let lasting = wish.before ?? nothing;
  while (lasting.until !== undefined) lasting = lasting.before ?? nothing;
  return { ...wish, before: lasting };
}
