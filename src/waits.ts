/**
 * How long each timer of the chart runs: the limits of the policy, idleness from the last input, and the wait before the next attempt out of what
 * has happened and what the server has asked for. It owns no timer, and decides nothing but lengths.
 */
import type { Command, TimerName } from '../machines/index.js';
import type { Failed } from './line.js';
import type { Clock, Policy } from './policy.js';
import { nextRetry, noHistory, type RetryHistory } from './retry.js';

export class Waits {
  readonly #policy: Policy;
  readonly #clock: Clock;
  readonly #random: () => number;
  #history: RetryHistory = noHistory;
  #onlineSince: number | undefined;
  #onlineFor: number | undefined;
  /** The server's own "retry after", and since when. */
  #retryAfter: { readonly since: number; readonly ms: number } | undefined;
  /** How long the present wait is meant to be, and the rest of one that a restart has cut short. */
  #wait = 0;
  #restoredWait: number | undefined;

  constructor(policy: Policy, clock: Clock, random: () => number) {
    this.#policy = policy;
    this.#clock = clock;
    this.#random = random;
  }

  /** How long the present wait was meant to be, ms. */
  get wait(): number {
    return this.#wait;
  }

  /** A wait that a restart has cut short goes on. @param wait how long it was meant to be, if that was written down */
  restore(retryAt: number | undefined, wait: number | undefined): void {
    // Never longer than it was meant to be: the clock may have been set back since.
    const longest = wait ?? this.#policy.retry.slowCap;
    if (retryAt !== undefined) this.#restoredWait = Math.min(longest, Math.max(0, retryAt - this.#clock.now()));
  }

  /** Somebody is online; only the first word of a session counts. */
  online(): void {
    if (this.#onlineSince !== undefined) return;
    this.#onlineSince = this.#clock.now();
    this.#retryAfter = undefined;
  }

  /** The link is gone. */
  offline(): void {
    if (this.#onlineSince !== undefined) this.#onlineFor = this.#clock.now() - this.#onlineSince;
    this.#onlineSince = undefined;
  }

  /** A server that is busy says for how long; a hold in between does not shorten it. */
  heed({ retryAfterMs }: Failed): void {
    if (retryAfterMs !== undefined) this.#retryAfter = { since: this.#clock.now(), ms: retryAfterMs };
  }

  /** Signed out: the next sign-in begins with nothing. */
  forget(): void {
    this.#history = noHistory;
    this.#onlineFor = undefined;
    this.#retryAfter = undefined;
  }

  /** How long a timer that starts now runs, ms. @param lastInput ms since the epoch */
  lengthOf(command: Extract<Command, { type: 'timer.start' }>, lastInput: number): number {
    const policy = this.#policy;
    switch (command.timer) {
      case 'retry': {
        const now = this.#clock.now();
        const retryAfterMs = this.#retryAfter && this.#rest(this.#retryAfter.since, this.#retryAfter.ms);
        const event = { cause: command.cause, now, onlineFor: this.#onlineFor, retryAfterMs };
        const { wait, history } = nextRetry(this.#history, event, policy, this.#random());
        this.#history = history;
        this.#onlineFor = undefined;
        this.#wait = this.#restoredWait ?? wait;
        this.#restoredWait = undefined;
        return this.#wait;
      }
      case 'idle':
        return this.#rest(lastInput, policy.idleAfter);
      case 'away':
        return this.#rest(lastInput, policy.idleAfter + policy.awayAfterIdle);
      default:
        return limitOf(policy, command.timer);
    }
  }

  /** Never longer than the whole: the clock may have been set back since. */
  #rest(since: number, ms: number): number {
    return Math.min(ms, Math.max(0, since + ms - this.#clock.now()));
  }
}

function limitOf(policy: Policy, timer: Exclude<TimerName, 'retry' | 'idle' | 'away'>): number {
  switch (timer) {
    case 'finding':
      return policy.findServerTimeout;
    case 'logon':
      return policy.connectTimeout;
    case 'synchronizing':
      return policy.synchronizeTimeout;
    case 'publish':
      return policy.publishTimeout;
    case 'signout':
      return policy.signoutTimeout;
    case 'check':
      return policy.wakeCheck;
  }
}
