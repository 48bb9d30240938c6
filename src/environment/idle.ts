/**
 * From single inputs to what a service is told: active at the first one, and when none has come for a while, that they have ceased and when the last
 * one was. So a service has two steps for a whole burst of typing. Only an input ever counts as activity: no answer, or a senseless one, never does.
 */
import { checkClock } from '../arguments.js';
import type { Clock } from '../policy.js';
import type { Teller } from './teller.js';
import { checkMilliseconds, createTick, hostClock } from './time.js';

/** What all sources of input have in common. */
export interface IdleOptions {
  /** Without input for so many milliseconds, it has ceased; default 10,000. Not the time until IDLE: that is the policy's, and counts from the last input. */
  readonly quiet?: number | undefined;
  /** The one that the service was given; default: the real one, whose timers keep no process alive. */
  readonly clock?: Clock | undefined;
  /** Ends the watching, as the returned function does. */
  readonly signal?: AbortSignal | undefined;
}

/** What every source may be given. */
export const idleOptions = ['quiet', 'clock', 'signal'] as const;

export interface Activity {
  /** The user does something, now. */
  input(): void;
  /** The last input that somebody else knows of was at `at`, ms since the epoch; no news unless it is newer than the last one known. */
  inputAt(at: number): void;
  /** The user has gone, as when the screen is locked. */
  leave(): void;
  /** When the last input was, ms since the epoch; before the first one, when the watching began. */
  readonly last: number;
}

/** @throws TypeError for a wrong time or clock */
export function readIdleOptions(
  what: string,
  { quiet = 10_000, clock = hostClock }: IdleOptions,
): { quiet: number; clock: Clock } {
  checkMilliseconds(`${what}.quiet`, quiet);
  checkClock(clock);
  return { quiet, clock };
}

/**
 * Begins to count from now, as if the last input had just been.
 * @param ceased called when input has ceased, before the service is told
 */
export function createActivity(
  teller: Teller,
  { quiet, clock }: { readonly quiet: number; readonly clock: Clock },
  ceased?: () => void,
): Activity {
  const tick = createTick(teller, clock);
  let last = clock.now();
  let isActive = false;

  function look(): void {
    // Never longer than the whole: the clock may have been set back.
    const left = Math.min(quiet, last + quiet - clock.now());
    if (left > 0) return tick.start(left, look);
    ceased?.();
    isActive = false;
    teller.tell({ userActive: false, lastInput: last });
  }
  function active(at: number): void {
    last = at;
    if (isActive) return;
    isActive = true;
    teller.tell({ userActive: true });
    look();
  }
  teller.tell({ userActive: false, lastInput: last });

  return {
    get last() {
      return last;
    },
    input: () => active(clock.now()),
    inputAt(at) {
      const now = clock.now();
      // Nothing is known of the future: the clock has been set back, or another's is ahead.
      last = Math.min(last, now);
      const when = Math.min(at, now);
      if (!(when > last)) return;
      // One that is long past is no return: it is only known late, as after a sleep.
      if (isActive || now - when < quiet) active(when);
      else last = when;
    },
    leave() {
      if (!isActive) return;
      last = clock.now();
      isActive = false;
      tick.stop();
      teller.tell({ userActive: false, lastInput: last });
    },
  };
}
