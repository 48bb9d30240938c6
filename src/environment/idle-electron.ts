/**
 * Input and sleep as Electron's `powerMonitor` knows them, for the whole device. It is known by what it can do, so nothing of Electron is needed
 * here. A reading that fails is no news: only one that says how long ago the last input was counts for anything.
 */
import { describe } from '../errors.js';
import { checkKeys, checkObject } from '../policy.js';
import { createActivity, idleOptions, readIdleOptions, type IdleOptions } from './idle.js';
import { createTeller, type WatchedService } from './teller.js';
import { checkMilliseconds, createTick } from './time.js';

/** What of Electron's `powerMonitor` is used; only in its main process. */
export interface PowerMonitor {
  /** Seconds since the last input. */
  getSystemIdleTime(): number;
  /** `unknown` where the system cannot say, whatever the time is given as. */
  getSystemIdleState?(seconds: number): string;
  on(event: string, listener: () => void): unknown;
  removeListener(event: string, listener: () => void): unknown;
}

export interface WatchElectronOptions extends IdleOptions {
  readonly powerMonitor: PowerMonitor;
  /** Milliseconds between two readings; default 5000. */
  readonly every?: number | undefined;
}

/** Readings are whole seconds: what differs by less is the same input. */
const grain = 1_500;

/**
 * Tells a service when its user was last active, and whether the device sleeps, from now until it is stopped or the service is disposed of. A
 * locked screen is nobody there.
 * @returns stops; twice is harmless
 * @throws TypeError for an option that is missing or not one
 */
export function watchElectron(service: WatchedService, options: WatchElectronOptions): () => void {
  const what = 'watchElectron';
  checkObject(what, options);
  checkKeys(what, options, ['powerMonitor', 'every', ...idleOptions]);
  const { powerMonitor, every = 5_000 } = options;
  for (const verb of ['getSystemIdleTime', 'on', 'removeListener'] as const) {
    if (typeof (powerMonitor as Partial<PowerMonitor> | undefined)?.[verb] !== 'function')
      throw new TypeError(`${what}.powerMonitor: expected Electron's, with ${verb}, got ${describe(powerMonitor)}`);
  }
  checkMilliseconds(`${what}.every`, every);
  const { quiet, clock } = readIdleOptions(what, options);
  const teller = createTeller(what, service, options.signal);
  // Between two readings nothing is known, so nothing has ceased.
  const recent = Math.max(quiet, every + grain);
  const activity = createActivity(teller, { quiet: recent, clock });
  const tick = createTick(teller, clock);
  let isLocked = false;

  function read(): void {
    const idle = idleTimeOf(powerMonitor);
    // A longer time says nothing new; after a sleep, which some systems do not count, it would even be wrong.
    if (isLocked || idle === undefined || idle >= recent) return;
    const at = clock.now() - idle;
    if (at > activity.last + grain) activity.inputAt(at);
  }
  function lookAgain(): void {
    read();
    tick.start(every, lookAgain);
  }
  const heard: Readonly<Record<string, () => void>> = {
    'lock-screen': () => {
      isLocked = true;
      activity.leave();
    },
    // Somebody has typed a password.
    'unlock-screen': () => {
      isLocked = false;
      activity.input();
    },
    suspend: () => teller.tell({ awake: false }),
    resume: () => {
      teller.tell({ awake: true });
      read();
    },
  };
  for (const [event, listener] of Object.entries(heard)) {
    powerMonitor.on(event, listener);
    teller.atEnd(() => powerMonitor.removeListener(event, listener));
  }
  lookAgain();
  return teller.stop;
}

/** Milliseconds; undefined: the reading failed. */
function idleTimeOf(powerMonitor: PowerMonitor): number | undefined {
  try {
    if (powerMonitor.getSystemIdleState?.(60) === 'unknown') return undefined;
    const seconds: unknown = powerMonitor.getSystemIdleTime();
    return typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
  } catch {
    return undefined;
  }
}
