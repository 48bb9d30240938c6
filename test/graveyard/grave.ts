/**
 * A thread of somebody's issue tracker as a short story that can be acted: what is done to a service, and how it has to end. Plain data and
 * the words to write it with; it must never look at a service.
 */
import type { MISTATUS, PolicyOptions, Reason, SettableStatus } from '../../src/index.js';
import type { Deed } from '../../src/testing/deeds.js';
import type { StormOptions } from '../../src/testing/storm.js';

export interface Ending {
  /** What the service says. */
  readonly status: keyof typeof MISTATUS;
  readonly note?: string;
  /** What others see, where that is something else. */
  readonly others?: keyof typeof MISTATUS;
  /** Of the last status told. */
  readonly reason?: Reason;
  /** How often the user's credentials were handed over in all. */
  readonly offers?: number;
  /** Attempts of the service that lives at the end. */
  readonly attempts?: number;
  /** Sign-ins that were told to have failed. */
  readonly failures?: number;
  /** How often this very status was told. */
  readonly told?: number;
  /** Never seen by others, from the first deed on. */
  readonly never?: keyof typeof MISTATUS;
  /** The next attempt is at least so far away, ms. */
  readonly waits?: number;
}

export interface Grave {
  /** `owner/repository#number`. */
  readonly thread: string;
  readonly is?: 'pull request';
  /** What happened there, in our words. */
  readonly story: string;
  readonly policy?: PolicyOptions;
  readonly server?: StormOptions['server'];
  readonly deeds: readonly Deed[];
  readonly ends: Ending;
}

export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;

export const signin = (status?: SettableStatus, note?: string): Deed => ({
  do: 'signin',
  who: 'ann',
  ...(status === undefined ? {} : { status }),
  ...(note === undefined ? {} : { note }),
});
export const autoSignin: Deed = { do: 'autoSignin' };
export const signout: Deed = { do: 'signout' };
export const set = (status: SettableStatus, more: { readonly note?: string; readonly lasts?: number } = {}): Deed => ({
  do: 'setStatus',
  status,
  ...more,
});
export const pass = (ms: number): Deed => ({ do: 'advance', ms });
/** A sleep that nobody announced. */
export const jump = (ms: number): Deed => ({ do: 'jump', ms });
export const lose = (reason: Reason = 'lineLost'): Deed => ({ do: 'lose', reason });
export const network = (on: boolean): Deed => ({ do: 'environment', network: on });
export const awake = (on: boolean): Deed => ({ do: 'environment', awake: on });
export const input = (on: boolean): Deed => ({ do: 'environment', userActive: on });
export const silent = (verb: 'connect' | 'publish' | 'check' | 'close' | 'findServer', on = true): Deed => ({
  do: 'silent',
  verb,
  on,
});
export const fail = (verb: 'connect' | 'publish' | 'findServer', reason: Reason, times = 1): Deed => ({
  do: 'fail',
  verb,
  reason,
  times,
});
export const down: Deed = { do: 'shutdown' };
export const up: Deed = { do: 'restart' };
export const calm: Deed = { do: 'calm' };
export const newToken = (renewed: boolean): Deed => ({ do: 'expireToken', renewed });
/** The app is killed and begins again after a while. */
export const reborn = (pause = 0): Deed => ({ do: 'reborn', pause });
