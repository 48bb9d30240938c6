/**
 * Judges what an app hands to the host of a pool, before anything else does. A wrong kind of thing is a programmer's mistake and throws; a
 * value that cannot be is answered with E_INVALIDARG. No message repeats a secret (L19).
 */
import type { SettableStatus } from '../../../machines/index.js';
import type { Credentials, Transport } from '../../transport.js';

/** Longest sign-in name, by the origin's Signin. */
const longestName = 129;
const fields = ['name', 'password', 'token', 'server'] as const;

/** What an app wishes for beside a status. */
export interface HostedWish {
  /** Shown with the status; not longer than the transport's limit. It is the host's: a saved pool does not have it. */
  readonly note?: string | undefined;
}
export interface HostedSignin extends HostedWish {
  /** The status to sign in with; ONLINE unless given. */
  readonly status?: SettableStatus | undefined;
  /** Whether a first attempt that fails is followed by another; default `once`. A session that was accepted once always comes back. */
  readonly tries?: 'once' | 'retry' | undefined;
}

/** @throws TypeError for the wrong kind of thing @returns false for a name or server that cannot be one */
export function areCredentials(what: string, credentials: unknown): boolean {
  checkObject(what, credentials, fields);
  for (const key of fields) {
    const value = (credentials as Readonly<Record<string, unknown>>)[key];
    // Only the kind: a password given as a number is still a password.
    if (typeof value !== 'string' && (key === 'name' || value !== undefined))
      throw new TypeError(`${what}: expected ${key} to be a string, got ${kindOf(value)}`);
  }
  const { name, server } = credentials as Credentials;
  return isName(name) && (server === undefined || (server !== '' && !/\s/.test(server)));
}

export function isName(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && name.length <= longestName && !/\s/.test(name);
}

/**
 * @param settable statuses of the table
 * @throws TypeError for the wrong kind of thing
 * @returns false for what this transport cannot show (L13)
 */
export function isShowable(
  what: string,
  status: unknown,
  note: unknown,
  settable: readonly number[],
  transport: Transport | undefined,
): boolean {
  if (status !== undefined && typeof status !== 'number')
    throw new TypeError(`${what}: expected a status number, got ${kindOf(status)}`);
  if (note !== undefined && typeof note !== 'string')
    throw new TypeError(`${what}: expected note to be a string, got ${kindOf(note)}`);
  const { statuses, note: longest = Infinity } = transport?.capabilities ?? {};
  const isKnown = status === undefined || (settable.includes(status) && (statuses ?? settable).some((each) => each === status));
  return isKnown && (note ?? '').length <= longest;
}

/** @throws TypeError unless it is a transport */
export function checkTransport(transport: unknown): asserts transport is Transport {
  const { findServer, connect, capabilities } = (transport ?? {}) as Partial<Transport>;
  if (typeof findServer !== 'function' || typeof connect !== 'function' || !Array.isArray(capabilities?.statuses))
    throw new TypeError(`servePool: transport: expected a transport, or a function that makes one, got ${kindOf(transport)}`);
}

/** @throws TypeError unless it holds functions, under the names of `HostEvents` */
export function checkEvents(events: unknown): void {
  checkObject('servePool: events', events, ['begun', 'contact', 'own', 'roster', 'request']);
  for (const [name, listener] of Object.entries(events as object)) {
    if (listener !== undefined && typeof listener !== 'function')
      throw new TypeError(`servePool: events.${name}: expected a function, got ${kindOf(listener)}`);
  }
}

/** @throws TypeError for anything but an object with no other keys than these */
export function checkObject(what: string, value: unknown, keys: readonly string[]): void {
  if (typeof value !== 'object' || value === null) throw new TypeError(`${what}: expected an object, got ${kindOf(value)}`);
  const unknown = Object.keys(value).find((key) => !keys.includes(key));
  if (unknown !== undefined)
    throw new TypeError(`${what}: ${JSON.stringify(unknown)} is no option; expected one of ${keys.join(', ')}`);
}

export function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : `something of type ${typeof value}`;
}
