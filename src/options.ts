/**
 * What an app hands over to make a service: its names, its defaults, its check. A wrong option is a programmer's mistake and throws at once. It must
 * never keep anything.
 */
import { MISTATUS, type Rules } from '../machines/index.js';
import { checkClock, checkSource, checkTransport, settableOf } from './arguments.js';
import { describe } from './errors.js';
import { checkKeys, checkObject, type Clock, type Policy, type PolicyOptions } from './policy.js';
import type { StepRecord } from './record.js';
import type { Persisted } from './snapshot.js';
import type { InspectObserver } from './steps.js';
import type { CredentialsSource, Transport } from './transport.js';

export interface PresenceServiceOptions {
  /** The plug. */
  readonly transport: Transport;
  /** For `autoSignin()`, for one token renewal, after a restart: a value, or a function asked at each need. */
  readonly credentials?: CredentialsSource | undefined;
  /** Time limits (ms) and thresholds; what is left out is the default. */
  readonly policy?: PolicyOptions | undefined;
  readonly clock?: Clock | undefined;
  /** A number in [0, 1). */
  readonly random?: (() => number) | undefined;
  /** From `getPersistedSnapshot()`, to resume after a restart. */
  readonly snapshot?: PersistedSnapshot | undefined;
  /** An XState inspection observer, passed on unchanged. */
  readonly inspect?: InspectObserver | undefined;
  /** How many records of steps are kept; 200 unless given. */
  readonly records?: number | undefined;
  /** Called with each record as it is made, for a file; one that throws is reported. */
  readonly onRecord?: ((record: StepRecord) => void) | undefined;
}

/** Plain JSON; what is in it is not for apps to read. */
export type PersistedSnapshot = Readonly<Record<string, unknown>> | Persisted;

const optionNames = ['transport', 'credentials', 'policy', 'clock', 'random', 'snapshot', 'inspect', 'records', 'onRecord'];

const hostClock: Clock = {
  now: () => Date.now(),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (id) => clearTimeout(id as ReturnType<typeof setTimeout>),
};

/** The options with their defaults. @throws TypeError for an option that is missing, unknown or of the wrong kind */
export function readOptions(options: PresenceServiceOptions) {
  checkObject('createPresenceService', options);
  checkKeys('createPresenceService', options, optionNames);
  const { transport, credentials, snapshot, inspect, clock = hostClock, random = Math.random, onRecord, records = 200 } = options;
  checkTransport(transport);
  checkSource(credentials);
  checkClock(clock);
  if (typeof random !== 'function') throw new TypeError(`random: expected a function, got ${describe(random)}`);
  if (!Number.isInteger(records) || records < 0)
    throw new TypeError(`records: expected a whole number of 0 or more, got ${describe(records)}`);
  if (onRecord !== undefined && typeof onRecord !== 'function') {
    throw new TypeError(`onRecord: expected a function, got ${describe(onRecord)}`);
  }
  return { transport, credentials, clock, random, snapshot, inspect, onRecord, records };
}

/** The part of it that the chart is told. */
export function rulesOf(transport: Transport, policy: Policy): Rules {
  const { statuses } = transport.capabilities;
  return {
    statuses: settableOf(transport),
    idle: statuses.includes(MISTATUS.IDLE),
    away: policy.awayAfterIdle > 0 && statuses.includes(MISTATUS.AWAY),
    idleFrom: policy.idleFrom,
    remember: policy.remember,
    queue: 8,
  };
}
