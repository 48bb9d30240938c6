/**
 * The console's own time: it runs as the real one, ten or sixty times as fast, or stands still and goes on by steps. Everything on the stage
 * (service, server, onlooker) has this clock. It must never pass over a timer that has not fired: a busy process is late, not in the future.
 */
import type { Clock } from '../../policy.js';

/** How many of its seconds pass in a real one; 0: it stands still. */
export const speeds = [1, 10, 60, 0] as const;
export type Speed = (typeof speeds)[number];

interface Timer {
  readonly id: number;
  readonly due: number;
  readonly fn: () => void;
}

const longestTimer = 2 ** 31 - 1;

/** Real time, in ms that never go back, and a timer of the host. Tests give their own. */
export interface Host {
  now(): number;
  setTimeout(fn: () => void, ms: number): unknown;
  clearTimeout(id: unknown): void;
}
const realHost: Host = {
  now: () => performance.now(),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (id) => clearTimeout(id as ReturnType<typeof setTimeout>),
};

export class StageClock implements Clock {
  readonly #host: Host;
  /** In firing order. */
  readonly #timers: Timer[] = [];
  #lastId = 0;
  #speed: Speed = 1;
  /** Where this clock stood when the host's stood at `#since`. */
  #base: number;
  #since: number;
  #wake: unknown;
  #isClosed = false;
  /** The instant of the timer whose function runs. */
  #firing: number | undefined;

  /** @param start where time begins, milliseconds since the epoch */
  constructor(start: number = Date.now(), host: Host = realHost) {
    this.#host = host;
    this.#base = start;
    this.#since = host.now();
  }

  // Bound, since a clock's functions may be taken off it.
  readonly now = (): number => this.#firing ?? Math.min(this.#reached(), Math.max(this.#base, this.next ?? Infinity));

  readonly setTimeout = (fn: () => void, ms: number): unknown => {
    if (this.#isClosed) return undefined;
    const timer: Timer = { id: ++this.#lastId, fn, due: this.now() + Math.max(0, Math.min(ms, longestTimer)) };
    let place = this.#timers.length;
    while (place > 0 && (this.#timers[place - 1]?.due ?? 0) > timer.due) place--;
    this.#timers.splice(place, 0, timer);
    if (place === 0) this.#arm();
    return timer.id;
  };

  readonly clearTimeout = (id: unknown): void => {
    const place = this.#timers.findIndex((timer) => timer.id === id);
    if (place < 0) return;
    this.#timers.splice(place, 1);
    if (place === 0) this.#arm();
  };

  get speed(): Speed {
    return this.#speed;
  }
  set speed(speed: Speed) {
    this.#base = this.now();
    this.#since = this.#host.now();
    this.#speed = speed;
    this.#arm();
  }

  /** When the next timer is due. */
  get next(): number | undefined {
    return this.#timers[0]?.due;
  }

  /**
   * Goes on by `ms`, or to the next timer, and fires what falls due; only while the clock stands still.
   * @returns false: it does not stand still, or there is no timer to go to
   */
  async step(ms?: number): Promise<boolean> {
    if (this.#speed !== 0) return false;
    const until = ms === undefined ? this.next : this.now() + ms;
    if (until === undefined) return false;
    while (this.#speed === 0 && (this.next ?? Infinity) <= until) {
      this.#fireNext();
      // Sockets get their turn between two timers, as they do when time runs by itself.
      await new Promise<void>((resolve) => this.#host.setTimeout(resolve, 0));
    }
    if (this.#speed === 0) this.#base = Math.max(this.#base, until);
    return true;
  }

  /** No timer is left, and none is taken any more. */
  close(): void {
    this.#isClosed = true;
    this.#timers.length = 0;
    this.#host.clearTimeout(this.#wake);
  }

  #reached(): number {
    return this.#base + (this.#host.now() - this.#since) * this.#speed;
  }

  #arm(): void {
    this.#host.clearTimeout(this.#wake);
    const due = this.next;
    if (due === undefined || this.#speed === 0) return;
    const wait = Math.max(0, Math.ceil((due - this.#reached()) / this.#speed));
    this.#wake = this.#host.setTimeout(this.#tick, Math.min(wait, longestTimer));
  }

  /** One instant a turn, so that what a timer causes elsewhere is seen before the next one. */
  readonly #tick = (): void => {
    const due = this.next;
    try {
      if (due !== undefined && due <= this.#reached()) this.#fireNext();
    } finally {
      this.#arm();
    }
  };

  #fireNext(): void {
    const timer = this.#timers.shift();
    if (timer === undefined) return;
    if (this.#speed === 0) this.#base = timer.due;
    // For what it calls it is the instant at which the timer was due, however late the process is: at sixty times the speed a turn of
    // 50 ms would look like a clock that has jumped.
    this.#firing = timer.due;
    try {
      timer.fn();
    } finally {
      this.#firing = undefined;
    }
  }
}
