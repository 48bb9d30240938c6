/**
 * The local user's presence properties, as the origin has them: one array, read and written by PRESENCE_PROPERTY. It judges and translates; what
 * is written goes to the machine as any other wish. It must never keep a value.
 */
import {
  availabilityOf,
  isOnline,
  MISTATUS,
  PRESENCE_PROPERTY,
  settableStatuses,
  type SettableStatus,
} from '../machines/index.js';
import { describe } from './errors.js';
import type { Wish } from './wants.js';

/** One property; null: not known, or not written. */
export type PresenceProperty = number | string | boolean | null | undefined;
/** By PRESENCE_PROPERTY. */
export type PresenceProperties = readonly (number | string | boolean | null)[];

const { MSTATE, AVAILABILITY, IS_BLOCKED, PRESENCE_NOTE, MAX } = PRESENCE_PROPERTY;

/** Where the ranges of availability begin and what somebody may choose there; undefined: only a machine says so, or nobody here can. */
const ranges: readonly (readonly [from: number, status?: SettableStatus])[] = [
  [18_000, MISTATUS.INVISIBLE],
  [15_000, MISTATUS.AWAY],
  [12_000, MISTATUS.BE_RIGHT_BACK],
  [9_000],
  [7_500],
  [6_000, MISTATUS.BUSY],
  [4_500],
  [3_000, MISTATUS.ONLINE],
];
const busyIdle = 7_500;
const statusAt = (availability: number) =>
  Number.isInteger(availability) ? ranges.find(([from]) => availability >= from)?.[1] : undefined;

/** @param wanted what idleness stands before */
export function readProperties(
  { status, note }: { readonly status: MISTATUS; readonly note: string | undefined },
  wanted: SettableStatus,
): PresenceProperties {
  const values: (number | string | boolean | null)[] = Array.from({ length: MAX }, () => null);
  const isBusyIdle = status === MISTATUS.IDLE && statusAt(availabilityOf(wanted)) === MISTATUS.BUSY;
  values[MSTATE] = status;
  values[AVAILABILITY] = isBusyIdle ? busyIdle : availabilityOf(status);
  values[IS_BLOCKED] = false;
  values[PRESENCE_NOTE] = isOnline(status) ? (note ?? '') : null;
  return Object.freeze(values);
}

/**
 * The wish that properties are, or undefined where the origin refuses them.
 * @param before what is wanted now: what is not written stays as it is there
 * @throws TypeError for the wrong kind of thing
 */
export function judgeProperties(values: readonly PresenceProperty[], before: Wish): Wish | undefined {
  if (!Array.isArray(values)) throw new TypeError(`presenceProperties: expected an array, got ${describe(values)}`);
  const written = [...(values as readonly PresenceProperty[]).entries()].filter(
    ([, value]) => value !== null && value !== undefined,
  );
  let status: SettableStatus | undefined;
  let availability: number | undefined;
  let { note } = before;
  for (const [index, value] of written) {
    const kind = index === PRESENCE_NOTE ? 'string' : 'number';
    // Calendar, call, blocking and tool tip are not the user's to say, and this machine has no custom states.
    if (index !== MSTATE && index !== AVAILABILITY && index !== PRESENCE_NOTE) return undefined;
    if (typeof value !== kind) throw new TypeError(`presenceProperties[${index}]: expected a ${kind}, got ${describe(value)}`);
    if (index === PRESENCE_NOTE) note = value as string;
    else if (index === AVAILABILITY) availability = value as number;
    else if (value !== MISTATUS.UNKNOWN) {
      status = settableStatuses.find((settable) => settable === value);
      if (status === undefined) return undefined;
    }
  }
  if (availability !== undefined) {
    const chosen = statusAt(availability);
    // AWAY and OUT_TO_LUNCH, BUSY and ON_THE_PHONE are one range each.
    if (chosen === undefined || (status !== undefined && statusAt(availabilityOf(status)) !== chosen)) return undefined;
    status ??= chosen;
  }
  const hasNote = written.some(([index]) => index === PRESENCE_NOTE);
  if (status === undefined && !hasNote) return undefined;
  return {
    status: status ?? before.status,
    ...(note ? { note } : {}),
    ...(status !== undefined || before.until === undefined ? {} : { until: before.until }),
  };
}
