/**
 * The oracle of a storm: runs the pure chart beside a service, step by step, and holds every step and everything that was seen against the
 * laws; besides it keeps its own account of what the user wants. It must never ask the service what it ought to have done.
 */
import {
  breachesOfRow,
  initialState,
  isNotice,
  leafOf,
  MISTATUS,
  phaseOf,
  presenceMachine,
  silenceOf,
  step,
  type Fact,
  type Message,
  type Seen,
  type SettableStatus,
  type State,
} from '../../machines/index.js';
import { isCommand, type Recording, type StepRecord } from '../record.js';

export interface OracleWish {
  readonly status: SettableStatus;
  readonly note?: string;
}

/** What was asked for, and what became of it. */
export class Oracle {
  /** What is wrong, as `L05: ...`. */
  readonly complaints: string[] = [];
  /** How many notices have left the chart. */
  notices = 0;
  steps = 0;
  /** What others are to see, as far as the calls and their answers alone tell; undefined: they do not. */
  wish: OracleWish | undefined = { status: MISTATUS.ONLINE };
  /** A publication was given up at its limit (L08): the server may have taken it all the same, and what others see is not known. */
  isDoubtful = false;
  #state: State;
  readonly #asked: (OracleWish | undefined)[] = [];

  /** @param recording of the service before its first step */
  constructor({ rules, start }: Recording) {
    this.#state = presenceMachine.resolveState({
      value: start.value,
      context: { ...initialState(rules).context, ...start.context, rules },
    });
  }

  get state(): State {
    return this.#state;
  }

  /** A wish that counts at once. */
  want(wish: OracleWish | undefined): void {
    this.wish = wish;
  }
  /** A change that was accepted and waits for its answer; undefined: one that will end by itself. */
  ask(wish: OracleWish | undefined): void {
    this.#asked.push(wish);
  }

  /** To be called with each record as it is made. */
  hear(record: StepRecord): void {
    this.steps += 1;
    const from = this.#state;
    const { message } = record;
    const silence = isFact(message) ? silenceOf(from, message) : undefined;
    // A driver and a transport that keep their contract report nothing that cannot be (L21, L26).
    if (silence?.kind === 'impossible') this.#complain(`stray: ${message.type} in ${leafOf(from)}: ${silence.because}`);
    const [to, outputs] = step(from, message);
    this.#state = to;
    const notices = outputs.filter(isNotice);
    this.notices += notices.length;
    if (leafOf(from) !== record.from || leafOf(to) !== record.to) {
      this.#complain(`step: ${leafOf(from)} to ${leafOf(to)} in the chart, ${record.from} to ${record.to} in the record`);
    }
    const same = JSON.stringify(outputs.filter(isCommand)) === JSON.stringify(record.commands);
    if (!same || notices.length !== record.notices.length) this.#complain(`step: ${message.type} said something else`);
    if (silence === undefined) {
      for (const breach of breachesOfRow({ from, message, to, outputs, again: (other) => step(from, other) }))
        this.#complain(breach);
    }
    this.#account(from, message, to);
  }

  /** The app has ended without a goodbye and begins again: what was not answered is not wanted. */
  reborn(recording: Recording): Oracle {
    const oracle = new Oracle(recording);
    oracle.wish = this.wish;
    oracle.complaints.push(...this.complaints);
    oracle.isDoubtful = this.isDoubtful;
    oracle.steps = this.steps;
    return oracle;
  }

  #complain(what: string): void {
    this.complaints.push(what);
  }

  #account(from: State, message: Message, to: State): void {
    const { by } = from.context;
    if (message.type === 'publish.expired') this.isDoubtful = true;
    if (message.type === 'status.published') this.isDoubtful = false;
    const leaf = leafOf(to);
    if (message.type === 'status.published' && message.by === 'user') this.wish = this.#asked.shift();
    if (message.type === 'status.refused' && message.by === 'user') this.#asked.shift();
    if (message.type === 'publish.expired' && by === 'user') this.#asked.shift();
    // Refused at sign-in, it is tried as ONLINE; until that is confirmed, either may be shown.
    if (message.type === 'status.refused' && message.by === 'signin' && message.reason === 'statusRejected')
      this.wish = undefined;
    // What comes back is the stack's affair, which this account does not keep.
    if (message.type === 'status.expired') this.wish = undefined;
    // Answered with DISCONNECTED, so not wanted any more.
    if (phaseOf(leaf) !== 'online') this.#asked.length = 0;
    const isOver = leaf === 'disconnecting' || (leaf === 'signedOut' && leafOf(from) !== 'signedOut');
    if (isOver) this.wish = { status: MISTATUS.ONLINE };
  }
}

const isFact = (message: Message): message is Fact => !message.type.endsWith('.request');

/**
 * What was seen, each with its place, in the order of the chart: a call is judged by the chart's state, which may be ahead of the notice that
 * is being told, so it counts from after the notices that were on their way.
 * @param calls places of calls, and how many notices had left the chart before each
 */
export function asJudged(seen: readonly Seen[], calls: ReadonlyMap<number, number>): (readonly [entry: Seen, place: number])[] {
  const sorted: (readonly [Seen, number])[] = [];
  let ahead: (readonly [Seen, number])[] = [];
  let told = 0;
  for (const [place, entry] of seen.entries()) {
    if ((calls.get(place) ?? 0) > told) {
      ahead.push([entry, place]);
      continue;
    }
    sorted.push([entry, place]);
    if (entry.seen !== 'notice') continue;
    told += 1;
    sorted.push(...ahead.filter(([, call]) => (calls.get(call) ?? 0) <= told));
    ahead = ahead.filter(([, call]) => (calls.get(call) ?? 0) > told);
  }
  return [...sorted, ...ahead];
}
