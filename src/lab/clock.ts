/**
 * Simulated time for a pool, which has one host timer only: so the clock keeps one, and is as fast as a field. It must never fire by itself.
 */
import type { PoolClock } from '../table/pool/index.js';

export class LabClock implements PoolClock {
  /** ms, whole. */
  time = 0;
  /** When the timer ends; Infinity: none is armed. */
  due = Infinity;
  #fn: () => void = () => undefined;

  now(): number {
    return this.time;
  }
  /** @throws Error when a timer is armed already: this clock is not made for two */
  setTimeout(fn: () => void, ms: number): number {
    if (this.due !== Infinity) throw new Error('the laboratory clock holds one timer, and it is armed');
    this.due = this.time + ms;
    this.#fn = fn;
    return 0;
  }
  clearTimeout(): void {
    this.due = Infinity;
  }
  /** Ends the timer. */
  fire(): void {
    this.due = Infinity;
    this.#fn();
  }
}
