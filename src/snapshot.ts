/**
 * What survives a restart: plain JSON with a version and absolute times, and its reading back, which refuses anything damaged as a whole.
 * It holds a name and a wish and must never hold a secret.
 */
import {
  E_INVALIDARG,
  leaves,
  settableStatuses,
  statusName,
  type Leaf,
  type Rules,
  type SettableStatus,
} from '../machines/index.js';
import { isValidName } from './arguments.js';
import { describe, MessengerError } from './errors.js';
import type { StackedWish } from './wants.js';

export const snapshotVersion = 1;

export interface Persisted {
  readonly version: typeof snapshotVersion;
  /** Where it was; somebody who was on the way or in a session comes back as after a lost line. */
  readonly state: Leaf;
  /** Sign-in name of somebody who wants to be signed in; absent at rest. */
  readonly name?: string;
  readonly wanted: StackedWish;
  readonly user: 'active' | 'inactive' | 'idle' | 'away';
  /** Milliseconds since the epoch. */
  readonly lastInput: number;
  readonly retryAt?: number;
  /** How long the wait until `retryAt` was meant to be, ms: a clock that is set back does not make it longer. */
  readonly wait?: number;
}

/**
 * Where somebody is taken to have been who was in a state that the chart does not have any more, by its former name. A name goes in here
 * with the change that takes the state away, and never out again: a snapshot may be read years later (B17).
 */
export type Vanished = Readonly<Record<string, Leaf>>;
export const vanished: Vanished = {};

const users = ['active', 'inactive', 'idle', 'away'];

/**
 * @param gone states that there are no more
 * @throws MessengerError (E_INVALIDARG) that says what was expected and what came
 */
export function readSnapshot(snapshot: unknown, gone: Vanished = vanished): Persisted {
  const source = record('snapshot', snapshot);
  expect(source['version'] === snapshotVersion, 'snapshot.version', `${snapshotVersion}`, source['version']);
  const state = readState(source['state'], gone);
  const { name, user, lastInput, retryAt, wait } = source;
  expect(name === undefined || isValidName(name), 'snapshot.name', 'a sign-in name', name);
  expect(users.includes(user as string), 'snapshot.user', users.join(', '), user);
  expect(isTime(lastInput), 'snapshot.lastInput', 'a time in milliseconds', lastInput);
  expect(retryAt === undefined || isTime(retryAt), 'snapshot.retryAt', 'a time in milliseconds', retryAt);
  expect(wait === undefined || (isTime(wait) && (wait as number) >= 0), 'snapshot.wait', 'milliseconds, 0 or more', wait);
  return {
    version: snapshotVersion,
    state,
    ...(name === undefined ? {} : { name: name }),
    wanted: readWish('snapshot.wanted', source['wanted'], 0),
    user: user as Persisted['user'],
    lastInput: lastInput as number,
    ...(retryAt === undefined ? {} : { retryAt: retryAt as number }),
    ...(wait === undefined ? {} : { wait: wait as number }),
  };
}

/** L13: a wish that the transport of today cannot show is refused, not replaced. @throws MessengerError (E_INVALIDARG) */
export function checkWanted(restored: Persisted | undefined, { statuses }: Pick<Rules, 'statuses'>, longestNote: number): void {
  for (let wish = restored?.wanted; wish; wish = wish.before) {
    const { status, note = '' } = wish;
    expect(statuses.includes(status), 'snapshot.wanted.status', 'a status that the transport has', statusName(status));
    expect(note.length <= longestNote, 'snapshot.wanted.note', `at most ${longestNote} units, as the transport has it`, note);
  }
}

function readState(state: unknown, gone: Vanished): Leaf {
  if (typeof state === 'string' && Object.hasOwn(gone, state)) return gone[state] as Leaf;
  expect((leaves as readonly unknown[]).includes(state), 'snapshot.state', 'the name of a state', state);
  return state as Leaf;
}

function readWish(what: string, value: unknown, depth: number): StackedWish {
  // The stack holds the wish, what it stands before, and the last lasting one.
  expect(depth <= 2, what, 'at most two wishes below', value);
  const { status, note, until, before } = record(what, value);
  expect((settableStatuses as readonly unknown[]).includes(status), `${what}.status`, 'a settable status', status);
  expect(note === undefined || typeof note === 'string', `${what}.note`, 'a string', note);
  expect(until === undefined || isTime(until), `${what}.until`, 'a time in milliseconds', until);
  return {
    status: status as SettableStatus,
    ...(note === undefined ? {} : { note: note }),
    ...(until === undefined ? {} : { until: until as number }),
    ...(before === undefined ? {} : { before: readWish(`${what}.before`, before, depth + 1) }),
  };
}

const isTime = (value: unknown) => typeof value === 'number' && Number.isFinite(value);

function record(what: string, value: unknown): Record<string, unknown> {
  expect(typeof value === 'object' && value !== null && !Array.isArray(value), what, 'an object', value);
  return value as Record<string, unknown>;
}

function expect(isRight: boolean, what: string, expected: string, came: unknown): asserts isRight {
  if (!isRight) throw new MessengerError(E_INVALIDARG, `${what}: expected ${expected}, got ${describe(came)}`);
}
