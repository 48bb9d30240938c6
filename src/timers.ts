/**
 * Named timers on the injected clock, each with its deadline. Hosts count a delay by another clock than the one on the wall, which may be set
 * or stand still during a sleep; so after a jump every deadline is judged again. It decides nothing about when or why.
 */
import type { Clock } from './policy.js';

// Longer delays overflow the 32 bits that hosts keep for them and would fire at once.
const longest = 2 ** 31 - 1;

interface Armed {
  readonly id: unknown;
  readonly deadline: number;
}

export class Timers<Name extends string> {
  readonly #clock: Clock;
  readonly #fire: (name: Name) => void;
  readonly #jumped: () => void;
  readonly #tolerance: number;
  readonly #armed = new Map<Name, Armed>();
  #isClosed = false;

  /**
   * @param fire called when a timer is over
   * @param jumped called after all deadlines have been judged again
   * @param tolerance how far off is a jump, ms
   */
  constructor(clock: Clock, tolerance: number, fire: (name: Name) => void, jumped: () => void) {
    this.#clock = clock;
    this.#tolerance = Math.max(1, tolerance);
    this.#fire = fire;
    this.#jumped = jumped;
  }

  /** Starts, or starts anew. @param ms time from now; whatever the clock is set to meanwhile */
  start(name: Name, ms: number): void {
    this.stop(name);
    if (this.#isClosed) return;
    this.#arm(name, ms, this.#clock.now() + ms);
  }

  stop(name: Name): void {
    const armed = this.#armed.get(name);
    if (!armed) return;
    this.#armed.delete(name);
    this.#clock.clearTimeout(armed.id);
  }

  /** Stops all of them; none can be started any more. */
  close(): void {
    this.#isClosed = true;
    for (const name of [...this.#armed.keys()]) this.stop(name);
  }

  /** When a running timer will be over; milliseconds since the epoch. */
  deadline(name: Name): number | undefined {
    return this.#armed.get(name)?.deadline;
  }

  /** Notices a jump forwards that no timer has told of yet, and judges all deadlines by it. */
  judge(): void {
    const now = this.#clock.now();
    const late = Math.max(0, ...[...this.#armed.values()].map(({ deadline }) => now - deadline));
    if (late >= this.#tolerance) this.#afterJump(late);
  }

  #afterJump(by: number): void {
    const now = this.#clock.now();
    const all = [...this.#armed].sort(([, one], [, other]) => one.deadline - other.deadline);
    for (const [name, armed] of all) {
      // A timer that fired may have stopped or restarted others.
      if (this.#armed.get(name) !== armed) continue;
      if (armed.deadline <= now) {
        this.stop(name);
        this.#fire(name);
      } else if (by > 0) {
        this.#clock.clearTimeout(armed.id);
        this.#arm(name, armed.deadline - now, armed.deadline);
      } else {
        // Set back: the time left is what it was.
        this.#armed.set(name, { id: armed.id, deadline: armed.deadline + by });
      }
    }
    if (!this.#isClosed) this.#jumped();
  }

  #arm(name: Name, ms: number, deadline: number): void {
    const part = Math.min(ms, longest);
    const id = this.#clock.setTimeout(() => {
      if (this.#armed.get(name)?.id !== id) return;
      if (ms > part) return this.#arm(name, ms - part, deadline);
      const due = this.#armed.get(name)?.deadline ?? deadline;
      const lateBy = this.#clock.now() - due;
      if (Math.abs(lateBy) < this.#tolerance) {
        this.#armed.delete(name);
        return this.#fire(name);
      }
      // What has run its time is over, whatever the wall says.
      this.#armed.set(name, { id, deadline: Math.min(due, this.#clock.now()) });
      this.#afterJump(lateBy);
    }, part);
    this.#armed.set(name, { id, deadline });
  }
}
