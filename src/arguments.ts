/**
 * Judges what an app hands over, before anything else does (contract: arguments are judged first). A wrong kind of thing is a
 * programmer's mistake and throws; a value that the origin would refuse is answered with E_INVALIDARG. No message repeats a secret.
 */
import { E_INVALIDARG, S_OK, settableStatuses, type SettableStatus } from '../machines/index.js';
import { describe } from './errors.js';
import { checkKeys, checkObject, type Clock } from './policy.js';
import type { Credentials, CredentialsSource, Transport } from './transport.js';
import type { Wish } from './wants.js';

/** Longest sign-in name, by the origin's Signin. */
const longestName = 129;

export function isValidName(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && name.length <= longestName && !/\s/.test(name);
}

/** @throws TypeError for the wrong kind of thing @returns E_INVALIDARG for a name or server that cannot be one */
export function judgeCredentials(credentials: Credentials): number {
  checkCredentials('signin', credentials);
  const { name, server } = credentials;
  return isValidName(name) && (server === undefined || (server !== '' && !/\s/.test(server))) ? S_OK : E_INVALIDARG;
}

function checkCredentials(what: string, credentials: unknown): void {
  checkObject(what, credentials);
  checkKeys(what, credentials, ['name', 'password', 'token', 'server']);
  for (const key of ['name', 'password', 'token', 'server'] as const) {
    const value = (credentials as Record<string, unknown>)[key];
    if (typeof value !== 'string' && (key === 'name' || value !== undefined)) {
      // Only the kind: a password given as a number is still a password (L19).
      throw new TypeError(
        `${what}: expected ${key} to be a string, got ${value === null ? 'null' : `something of type ${typeof value}`}`,
      );
    }
  }
}

/** What an app wishes for beside a status. */
export interface WishOptions {
  /** Shown with the status; not longer than the transport's limit. */
  readonly note?: string | undefined;
  /** Until when: milliseconds since the epoch, or a Date; then back to the status and note before. */
  readonly until?: number | Date | undefined;
}
export interface SigninWish extends WishOptions {
  /** The status to sign in with; ONLINE unless given. */
  readonly status?: SettableStatus | undefined;
}

export interface WishLimits {
  readonly statuses: readonly SettableStatus[];
  readonly note: number;
  readonly now: number;
}

/**
 * A wish as the machine takes it, or E_INVALIDARG: an unknown or unsettable status, a note that is too long, an `until` in the past.
 * @throws TypeError for the wrong kind of thing
 */
export function judgeWish(
  what: string,
  status: unknown,
  options: WishOptions,
  limits: WishLimits,
): Omit<Wish, 'status'> | undefined {
  const { note, until } = options;
  if (status !== undefined && typeof status !== 'number')
    throw new TypeError(`${what}: expected a status number, got ${describe(status)}`);
  if (note !== undefined && typeof note !== 'string')
    throw new TypeError(`${what}: expected note to be a string, got ${describe(note)}`);
  if (until !== undefined && typeof until !== 'number' && !(until instanceof Date)) {
    throw new TypeError(`${what}: expected until to be milliseconds or a Date, got ${describe(until)}`);
  }
  const end = until instanceof Date ? until.getTime() : until;
  const isSettable = status === undefined || (limits.statuses as readonly number[]).includes(status);
  const isShort = (note ?? '').length <= limits.note;
  const isAhead = end === undefined || (Number.isFinite(end) && end > limits.now);
  if (!isSettable || !isShort || !isAhead) return undefined;
  return { ...(note === undefined ? {} : { note }), ...(end === undefined ? {} : { until: end }) };
}

/** @throws TypeError unless it is a transport with all its verbs and capabilities */
export function checkTransport(transport: unknown): asserts transport is Transport {
  checkObject('transport', transport);
  const { name, findServer, connect, capabilities } = transport as Partial<Transport>;
  if (typeof name !== 'string') throw new TypeError(`transport.name: expected a string, got ${describe(name)}`);
  for (const [verb, value] of Object.entries({ findServer, connect })) {
    if (typeof value !== 'function') throw new TypeError(`transport.${verb}: expected a function, got ${describe(value)}`);
  }
  checkObject('transport.capabilities', capabilities);
  if (!Array.isArray(capabilities.statuses)) {
    throw new TypeError(`transport.capabilities.statuses: expected a list of statuses, got ${describe(capabilities.statuses)}`);
  }
  if (typeof capabilities.note !== 'number' || !(capabilities.note >= 0)) {
    throw new TypeError(`transport.capabilities.note: expected a length of 0 or more, got ${describe(capabilities.note)}`);
  }
}

/** The settable statuses that a transport has, in the order of their numbers. */
export function settableOf(transport: Transport): SettableStatus[] {
  return settableStatuses.filter((status) => transport.capabilities.statuses.includes(status));
}

export function checkSource(source: unknown): asserts source is CredentialsSource | undefined {
  if (source === undefined || typeof source === 'function') return;
  checkCredentials('credentials', source);
}

export function checkClock(clock: unknown): asserts clock is Clock {
  checkObject('clock', clock);
  for (const key of ['now', 'setTimeout', 'clearTimeout'] as const) {
    const value = (clock as Partial<Clock>)[key];
    if (typeof value !== 'function') throw new TypeError(`clock.${key}: expected a function, got ${describe(value)}`);
  }
}

/** The signal of an options object. @throws TypeError for anything but an AbortSignal */
export function signalOf(what: string, options: unknown): AbortSignal | undefined {
  checkObject(what, options);
  checkKeys(what, options, ['signal']);
  const { signal } = options as { signal?: AbortSignal };
  // By what it can do: a signal may come from another realm or a polyfill.
  if (signal !== undefined && typeof (signal as Partial<AbortSignal> | null)?.addEventListener !== 'function') {
    throw new TypeError(`${what}: expected signal to be an AbortSignal, got ${describe(signal)}`);
  }
  return signal;
}
