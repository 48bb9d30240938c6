/**
 * Time for sources that look from time to time: the host's clock, the check of a time that an app gives, and a timer that holds no process and ends
 * with its teller. It must never keep one armed after that end.
 */
import { describe } from '../errors.js';
import type { Clock } from '../policy.js';
import type { Teller } from './teller.js';

/** The real one. */
export const hostClock: Clock = {
  now: () => Date.now(),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (id) => clearTimeout(id as ReturnType<typeof setTimeout>),
};

/** @throws TypeError for anything but milliseconds that a timer can be set to */
export function checkMilliseconds(what: string, value: unknown): asserts value is number {
  if (typeof value !== 'number' || !(value >= 1) || value > 2 ** 31 - 1)
    throw new TypeError(`${what}: expected milliseconds, 1 or more, got ${describe(value)}`);
}

export interface Tick {
  start(ms: number, fn: () => void): void;
  stop(): void;
}

/** A timer that is armed at most once, holds no process, and ends with the teller. */
export function createTick({ atEnd }: Teller, clock: Clock): Tick {
  let armed: { readonly id: unknown } | undefined;
  let isOver = false;
  const stop = (): void => {
    if (armed) clock.clearTimeout(armed.id);
    armed = undefined;
  };
  atEnd(() => {
    isOver = true;
    stop();
  });
  return {
    stop,
    start(ms, fn) {
      stop();
      if (isOver) return;
      const id = clock.setTimeout(() => {
        armed = undefined;
        fn();
      }, ms);
      armed = { id };
      if (typeof id === 'object' && id !== null && 'unref' in id && typeof id.unref === 'function') id.unref();
    },
  };
}
