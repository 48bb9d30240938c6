/**
 * Every time limit and threshold, with its default (contract: all times in milliseconds), and the check of what an app gives instead. It
 * holds numbers and decides nothing.
 */
import { isStatus, MISTATUS, settableStatuses, type SettableStatus } from '../machines/index.js';
import { describe } from './errors.js';

/** The clock that all timers are on. `now` is milliseconds since the epoch. */
export interface Clock {
  now(): number;
  setTimeout(fn: () => void, ms: number): unknown;
  clearTimeout(id: unknown): void;
}

/** The waits between attempts, all in milliseconds. */
export interface RetryPolicy {
  /** Try n (2 or more) after a loss waits `random × min(cap, base × factor^(n-1))`. */
  readonly base: number;
  readonly factor: number;
  readonly cap: number;
  /** Try 1 waits `random × firstSpread`: a herd must not return as one. */
  readonly firstSpread: number;
  /** After failing for this long, the slow grade: `slowCap` in place of `cap`. */
  readonly slowAfter: number;
  readonly slowCap: number;
  /** Only this long online makes the wait short again. */
  readonly healthyAfter: number;
  /** More losses than `flapLosses` within `flapWithin` stay in the slow grade. */
  readonly flapLosses: number;
  readonly flapWithin: number;
}

export interface Policy {
  /** Longest search for a server; then `OnSignin(MSGR_E_INVALID_SERVER_NAME)`. */
  readonly findServerTimeout: number;
  /** Longest connect and log on (R2: 15 s); then `OnSignin(MSGR_E_LOGON_TIMEOUT)`. */
  readonly connectTimeout: number;
  readonly synchronizeTimeout: number;
  readonly publishTimeout: number;
  readonly signoutTimeout: number;
  readonly retry: RetryPolicy;
  /** When no hold is left, the next attempt begins within this time. */
  readonly backOnlineSpread: number;
  /** How long a link may take to show that it lives after the clock has jumped. */
  readonly wakeCheck: number;
  /** Without input for this long: IDLE. */
  readonly idleAfter: number;
  /** Idle for this long: AWAY; 0: never. */
  readonly awayAfterIdle: number;
  /** Statuses that idleness may replace. */
  readonly idleFrom: readonly SettableStatus[];
  /** Whether a first sign-in that fails is tried again: `auto` means for `autoSignin()` only. */
  readonly firstTry: 'once' | 'retry' | 'auto';
  /** Keep a status wished for while signed out for the next sign-in. */
  readonly remember: boolean;
}

export type PolicyOptions = Partial<Omit<Policy, 'retry'>> & { readonly retry?: Partial<RetryPolicy> };

export const defaultPolicy: Policy = Object.freeze({
  findServerTimeout: 10_000,
  connectTimeout: 15_000,
  synchronizeTimeout: 15_000,
  publishTimeout: 10_000,
  signoutTimeout: 5_000,
  retry: Object.freeze({
    base: 1_000,
    factor: 2,
    cap: 60_000,
    firstSpread: 5_000,
    slowAfter: 120_000,
    slowCap: 300_000,
    healthyAfter: 30_000,
    flapLosses: 3,
    flapWithin: 120_000,
  }),
  backOnlineSpread: 1_000,
  wakeCheck: 3_000,
  idleAfter: 300_000,
  awayAfterIdle: 0,
  idleFrom: Object.freeze([MISTATUS.ONLINE]),
  firstTry: 'auto',
  remember: false,
});

/**
 * The defaults with the app's changes.
 * @throws TypeError for an option that is not one, or a value of the wrong kind
 */
export function resolvePolicy(options: PolicyOptions = {}): Policy {
  checkObject('policy', options);
  const { retry = {}, ...rest } = options;
  checkObject('policy.retry', retry);
  checkNumbers('policy.', rest, defaultPolicy);
  checkNumbers('policy.retry.', retry, defaultPolicy.retry);
  const policy = { ...defaultPolicy, ...defined(rest), retry: { ...defaultPolicy.retry, ...defined(retry) } };
  if (!['once', 'retry', 'auto'].includes(policy.firstTry)) {
    throw new TypeError(`policy.firstTry: expected 'once', 'retry' or 'auto', got ${describe(policy.firstTry)}`);
  }
  if (typeof policy.remember !== 'boolean') {
    throw new TypeError(`policy.remember: expected a boolean, got ${describe(policy.remember)}`);
  }
  const settable = (status: number) => isStatus(status) && (settableStatuses as readonly number[]).includes(status);
  if (!Array.isArray(policy.idleFrom) || !policy.idleFrom.every(settable)) {
    throw new TypeError('policy.idleFrom: expected a list of settable statuses');
  }
  return policy;
}

/** The object without the properties that are undefined: leaving one out and giving undefined mean the same. */
export function defined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}

/** @throws TypeError unless `value` is an object */
export function checkObject(what: string, value: unknown): asserts value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`${what}: expected an object, got ${describe(value)}`);
  }
}

/** @throws TypeError for a key that `known` does not list */
export function checkKeys(what: string, value: object, known: readonly string[]): void {
  for (const key of Object.keys(value)) {
    if (!known.includes(key))
      throw new TypeError(`${what}: ${JSON.stringify(key)} is no option; expected one of ${known.join(', ')}`);
  }
}

function checkNumbers(prefix: string, given: object, model: object): void {
  checkKeys(prefix.slice(0, -1), given, Object.keys(model));
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined || typeof (model as Record<string, unknown>)[key] !== 'number') continue;
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
      throw new TypeError(`${prefix}${key}: expected a number of 0 or more, got ${describe(value)}`);
    }
  }
}
