/** Named timers on the injected clock, each with its deadline. It decides nothing about when or why. */
import type { Clock } from './policy.js';

// Longer delays overflow the 32 bits that hosts keep for them and would fire at once.
const longest = 2 ** 31 - 1;

interface Armed {
  readonly id: unknown;
  readonly deadline: number;
}

export class Timers<Name extends string> {
  readonly #clock: Clock;
  readonly #fire: (name: Name, lateBy: number) => void;
  readonly #armed = new Map<Name, Armed>();
  #isClosed = false;

  /** @param fire called when a timer is over, with how much later than promised (ms; negative when the clock was set back) */
  constructor(clock: Clock, fire: (name: Name, lateBy: number) => void) {
    this.#clock = clock;
    this.#fire = fire;
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

  get size(): number {
    return this.#armed.size;
  }

  #arm(name: Name, ms: number, deadline: number): void {
    const part = Math.min(ms, longest);
    const id = this.#clock.setTimeout(() => {
      if (this.#armed.get(name)?.id !== id) return;
      if (ms > part) return this.#arm(name, ms - part, deadline);
      this.#armed.delete(name);
      this.#fire(name, this.#clock.now() - deadline);
    }, part);
    this.#armed.set(name, { id, deadline });
  }
}
