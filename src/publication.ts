/**
 * What others are told of the user: one status at a time with the texts and times that the chart does not know, and what becomes of the wish behind
 * it. It must never publish what the chart has not commanded.
 */
import type { Command, Fact, State } from '../machines/index.js';
import { isLoss, statusFailure, type Failed, type Line } from './line.js';
import type { Presence } from './transport.js';
import type { Wants } from './wants.js';

/** Who says what is so, and is told what came of it. */
export interface PublicationHost {
  state(): State;
  /** When the user's last input was, ms since the epoch. */
  lastInput(): number;
  send(fact: Fact): void;
  /** The line is gone. */
  lost(failure: Failed): void;
  /** A failure that is followed by a wait. */
  heed(failure: Failed): void;
  /** The server has confirmed, and the machine knows. */
  published(): void;
}

export class Publication {
  readonly #line: Line;
  readonly #wants: Wants;
  readonly #host: PublicationHost;
  #note: string | undefined;

  constructor(line: Line, wants: Wants, host: PublicationHost) {
    this.#line = line;
    this.#wants = wants;
    this.#host = host;
  }

  /** The note that others see. */
  get note(): string | undefined {
    return this.#note;
  }

  publish(command: Extract<Command, { type: 'presence.publish' }>): void {
    const asked = command.by === 'user' ? this.#wants.asked : this.#wants.wanted;
    const status = command.by === 'user' ? asked?.status : command.status;
    if (!asked || status === undefined) return;
    const { user, wished } = this.#host.state().context;
    const isIdle = (user === 'idle' || user === 'away') && status !== wished && command.by !== 'user';
    const presence: Presence = {
      status,
      ...(asked.note === undefined ? {} : { note: asked.note }),
      ...(isIdle ? { idleSince: this.#host.lastInput() } : {}),
    };
    const { by } = command;
    this.#line.publish(presence, {
      done: () => {
        this.#note = presence.note;
        if (by === 'user') this.#wants.confirm();
        else this.#adoptWish();
        this.#host.send({ type: 'status.published', by, status });
        this.#host.published();
      },
      failed: (failure) => {
        if (isLoss(failure.reason)) return this.#host.lost(failure);
        // Only the first publication of a session is followed by a wait.
        if (by === 'signin') this.#host.heed(failure);
        this.refused({ type: 'status.refused', by, ...statusFailure(failure) });
      },
    });
  }

  /** What was at the server has failed, or has taken too long. */
  refused(fact: Fact): void {
    if (this.#host.state().context.by === 'user') this.#wants.refuse();
    this.#host.send(fact);
  }

  /** The server has kept what it was told before the loss. */
  resumed(): void {
    this.#note = this.#wants.wanted.note;
  }

  /** The link is gone, and with it what was under way. */
  drop(): void {
    this.#wants.refuseAll();
    this.#note = undefined;
  }

  /** The chart fell back to another status: that one is wanted now. */
  #adoptWish(): void {
    const { wished } = this.#host.state().context;
    const { status, note } = this.#wants.wanted;
    if (status !== wished) this.#wants.want(note === undefined ? { status: wished } : { status: wished, note });
  }
}
