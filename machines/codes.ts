/**
 * The numbers and words of the field, one row each, under their historical names: statuses, presence properties, reasons.
 * This file says what things are called and what they mean; it must never decide what happens next.
 */
import {
  MSGR_E_CANCEL,
  MSGR_E_CONNECT,
  MSGR_E_DISCONNECTED,
  MSGR_E_INVALID_PASSWORD,
  MSGR_E_INVALID_SERVER_NAME,
  MSGR_E_LOGON_TIMEOUT,
  MSGR_E_SERVER_TOO_BUSY,
  MSGR_E_SERVER_UNAVAILABLE,
  MSGR_E_SERVER_VERSION,
  MSGR_E_UNEXPECTED,
  S_OK,
  type Results,
} from './results.js';

export * from './results.js';

/** The `hr` values that an `OnSignin` may carry (R2). */
export const signinResults = [
  S_OK,
  MSGR_E_INVALID_SERVER_NAME,
  MSGR_E_CONNECT,
  MSGR_E_CANCEL,
  MSGR_E_LOGON_TIMEOUT,
  MSGR_E_SERVER_VERSION,
  MSGR_E_INVALID_PASSWORD,
  MSGR_E_SERVER_TOO_BUSY,
  MSGR_E_SERVER_UNAVAILABLE,
  MSGR_E_UNEXPECTED,
] as const;
export type SigninResult = (typeof signinResults)[number];
export type SigninFailure = Exclude<SigninResult, Results['S_OK']>;

/** The `hr` values that an `OnMyStatusChange` may carry (R1). */
export const statusResults = [
  S_OK,
  MSGR_E_DISCONNECTED,
  MSGR_E_UNEXPECTED,
  MSGR_E_SERVER_TOO_BUSY,
  MSGR_E_SERVER_UNAVAILABLE,
] as const;
export type StatusResult = (typeof statusResults)[number];
export type StatusFailure = Exclude<StatusResult, Results['S_OK']>;

/** Name (without MISTATUS_), number, class, availability reported beside it, meaning. Source: R1, header, presence availability ranges. */
export const statusRows = [
  ['UNKNOWN', 0x0000, 'neither', 0, 'not known; seen of contacts only'],
  ['OFFLINE', 0x0001, 'neither', 18000, 'not connected to a server'],
  ['ONLINE', 0x0002, 'user', 3000, 'connected and available'],
  ['INVISIBLE', 0x0006, 'user', 18000, 'connected, but others see offline'],
  ['BUSY', 0x000a, 'user', 6000, 'chosen: busy'],
  ['BE_RIGHT_BACK', 0x000e, 'user', 12000, 'chosen: gone for a short time'],
  ['IDLE', 0x0012, 'automatic', 4500, 'no input for a while'],
  ['AWAY', 0x0022, 'user', 15000, 'chosen, or idle for longer: away'],
  ['ON_THE_PHONE', 0x0032, 'user', 6000, 'chosen: on the phone'],
  ['OUT_TO_LUNCH', 0x0042, 'user', 15000, 'chosen: out to lunch'],
  ['IN_A_MEETING', 0x0052, 'derived', 6000, 'the calendar says: in a meeting'],
  ['OUT_OF_OFFICE', 0x0062, 'derived', 15000, 'the calendar says: out of office'],
  ['DO_NOT_DISTURB', 0x0072, 'derived', 9000, 'wants no interruption'],
  ['IN_A_CONFERENCE', 0x0082, 'derived', 6000, 'in a conference call'],
  ['ALLOW_URGENT_INTERRUPTIONS', 0x0092, 'derived', 9000, 'wants urgent interruptions only'],
  ['MAY_BE_AVAILABLE', 0x00a2, 'derived', 4500, 'inactive: the idle form of available'],
  ['CUSTOM', 0x00b2, 'derived', 3000, 'a custom state is in force'],
  ['LOCAL_FINDING_SERVER', 0x0100, 'transitional', 18000, 'looking for a server'],
  ['LOCAL_CONNECTING_TO_SERVER', 0x0200, 'transitional', 18000, 'connecting and logging on'],
  ['LOCAL_SYNCHRONIZING_WITH_SERVER', 0x0300, 'transitional', 18000, 'accepted; fetching lists, telling the status'],
  ['LOCAL_DISCONNECTING_FROM_SERVER', 0x0400, 'transitional', 18000, 'signing out'],
] as const;
type StatusRow = (typeof statusRows)[number];
export type StatusName = StatusRow[0];

/** The status numbers of the origin (R1), by historical name without its prefix. */
export const MISTATUS = Object.freeze(Object.fromEntries(statusRows.map(([name, number]) => [name, number]))) as {
  readonly [R in StatusRow as R[0]]: R[1];
};
export type MISTATUS = StatusRow[1];

const rowOfStatus = new Map<number, StatusRow>(statusRows.map((row) => [row[1], row]));

/** `BUSY` for 10; a number that is no status is shown as hex. */
export function statusName(status: number): string {
  return rowOfStatus.get(status)?.[0] ?? `0x${(status >>> 0).toString(16)}`;
}
/** What a status means, in a few words; empty for a number that is no status. */
export function statusMeaning(status: number): string {
  return rowOfStatus.get(status)?.[4] ?? '';
}
/** True for the 21 numbers that are a status. */
export function isStatus(status: number): status is MISTATUS {
  return rowOfStatus.has(status);
}
/** Online is the bit 0x2 (R1): every status from ONLINE to CUSTOM, and no LOCAL_ one. */
export function isOnline(status: number): boolean {
  return (status & 2) !== 0;
}
/** The aggregated availability that the origin reports beside a status: the lower end of its range. */
export function availabilityOf(status: number): number {
  return rowOfStatus.get(status)?.[3] ?? 0;
}

/** What an app may wish to be, as far as its transport has it. */
export const settableStatuses = [
  MISTATUS.ONLINE,
  MISTATUS.BUSY,
  MISTATUS.BE_RIGHT_BACK,
  MISTATUS.AWAY,
  MISTATUS.ON_THE_PHONE,
  MISTATUS.OUT_TO_LUNCH,
  MISTATUS.INVISIBLE,
] as const;
export type SettableStatus = (typeof settableStatuses)[number];
/** What can be shown to others: the settable ones and IDLE, which only the machine sets. */
export type ShownStatus = SettableStatus | typeof MISTATUS.IDLE;

/** Indexes of `presenceProperties`; MAX is the count. */
export const PRESENCE_PROPERTY = Object.freeze({
  MSTATE: 0,
  AVAILABILITY: 1,
  IS_BLOCKED: 2,
  PRESENCE_NOTE: 3,
  IS_OOF: 4,
  TOOL_TIP: 5,
  CUSTOM_STATUS_STRING: 6,
  DEVICE_TYPE: 7,
  CURRENT_CALENDAR_STATE: 8,
  NEXT_CALENDAR_STATE: 9,
  NEXT_CALENDAR_STATE_TIME: 10,
  MAX: 11,
} as const);

/**
 * Why. Name; kind; `hr` as an OnSignin; `hr` as an OnMyStatusChange about a change or synchronization that failed; final: no automatic
 * retry; askUser: only a person can put it right; meaning.
 */
export const reasonRows = [
  [
    'serverNotFound',
    'signin',
    MSGR_E_INVALID_SERVER_NAME,
    MSGR_E_SERVER_UNAVAILABLE,
    false,
    false,
    'the server name leads nowhere',
  ],
  ['connectFailed', 'signin', MSGR_E_CONNECT, MSGR_E_SERVER_UNAVAILABLE, false, false, 'no connection could be made'],
  [
    'tlsFailed',
    'signin',
    MSGR_E_CONNECT,
    MSGR_E_SERVER_UNAVAILABLE,
    false,
    true,
    'no secure connection: certificate or TLS trouble',
  ],
  ['logonTimeout', 'signin', MSGR_E_LOGON_TIMEOUT, MSGR_E_SERVER_UNAVAILABLE, false, false, 'the server did not answer in time'],
  ['invalidPassword', 'signin', MSGR_E_INVALID_PASSWORD, MSGR_E_UNEXPECTED, true, true, 'wrong password or unknown user'],
  ['tokenExpired', 'signin', MSGR_E_INVALID_PASSWORD, MSGR_E_UNEXPECTED, true, true, 'the token is no longer valid'],
  ['versionMismatch', 'signin', MSGR_E_SERVER_VERSION, MSGR_E_UNEXPECTED, true, false, 'client and server do not fit together'],
  ['serverTooBusy', 'signin', MSGR_E_SERVER_TOO_BUSY, MSGR_E_SERVER_TOO_BUSY, false, false, 'the server is overloaded'],
  ['serverUnavailable', 'signin', MSGR_E_SERVER_UNAVAILABLE, MSGR_E_SERVER_UNAVAILABLE, false, false, 'the server cannot serve'],
  ['unexpected', 'signin', MSGR_E_UNEXPECTED, MSGR_E_UNEXPECTED, false, false, 'something that nobody foresaw'],
  ['cancelled', 'signin', MSGR_E_CANCEL, MSGR_E_UNEXPECTED, false, false, 'the user gave up'],
  ['networkOff', 'line', MSGR_E_CONNECT, MSGR_E_SERVER_UNAVAILABLE, false, false, 'this device has no network'],
  ['asleep', 'line', MSGR_E_CONNECT, MSGR_E_SERVER_UNAVAILABLE, false, false, 'this device sleeps'],
  ['lineLost', 'line', MSGR_E_CONNECT, MSGR_E_SERVER_UNAVAILABLE, false, false, 'the connection broke'],
  ['serverShutdown', 'line', MSGR_E_SERVER_UNAVAILABLE, MSGR_E_SERVER_UNAVAILABLE, false, false, 'the server went down'],
  ['timedOut', 'line', MSGR_E_LOGON_TIMEOUT, MSGR_E_UNEXPECTED, false, false, 'no answer within the limit'],
  ['signedInElsewhere', 'line', MSGR_E_UNEXPECTED, MSGR_E_UNEXPECTED, true, true, 'the same account signed in elsewhere'],
  ['policyViolation', 'line', MSGR_E_UNEXPECTED, MSGR_E_UNEXPECTED, true, true, 'the server threw us out'],
  ['progress', 'status', MSGR_E_UNEXPECTED, MSGR_E_UNEXPECTED, false, false, 'the sign-in goes on'],
  ['userRequest', 'status', MSGR_E_UNEXPECTED, MSGR_E_UNEXPECTED, false, false, 'asked for'],
  ['userIdle', 'status', MSGR_E_UNEXPECTED, MSGR_E_UNEXPECTED, false, false, 'no input for a while'],
  ['userActive', 'status', MSGR_E_UNEXPECTED, MSGR_E_UNEXPECTED, false, false, 'input again'],
  ['statusExpired', 'status', MSGR_E_UNEXPECTED, MSGR_E_UNEXPECTED, false, false, 'the time of the status is over'],
  ['restored', 'status', MSGR_E_UNEXPECTED, MSGR_E_UNEXPECTED, false, false, 'resumed from a snapshot'],
  ['statusRejected', 'status', MSGR_E_UNEXPECTED, MSGR_E_UNEXPECTED, false, false, 'the server refused the status'],
] as const;
type ReasonRow = (typeof reasonRows)[number];
export type Reason = ReasonRow[0];

export interface ReasonFacts {
  readonly kind: 'signin' | 'line' | 'status';
  readonly signin: SigninFailure;
  readonly status: StatusFailure;
  /** No automatic retry (L22). */
  readonly final: boolean;
  /** Only a person can put it right. */
  readonly askUser: boolean;
  readonly meaning: string;
}

/** Every reason with its codes and flags. */
export const reasons = Object.freeze(
  Object.fromEntries(
    reasonRows.map(([name, kind, signin, status, final, askUser, meaning]) => [
      name,
      Object.freeze({ kind, signin, status, final, askUser, meaning }),
    ]),
  ),
) as Readonly<Record<Reason, ReasonFacts>>;

/** True for a word out of the closed list of reasons. */
export function isReason(word: unknown): word is Reason {
  return typeof word === 'string' && Object.hasOwn(reasons, word);
}
