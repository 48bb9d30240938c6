/**
 * The laws over traces: what an app and a transport have seen of a running service, in order. They hold for anybody's log and must never
 * look into the machine.
 */
import {
  isOnline,
  isSuccess,
  MISTATUS,
  MSGR_E_DISCONNECTED,
  reasons,
  S_OK,
  signinResults,
  statusResults,
  type Reason,
} from './codes.js';

/** A notice as far as the laws read it: ours, or one out of a foreign log. */
export type SeenNotice =
  | { readonly type: 'OnSignin'; readonly hr: number; readonly reason?: Reason; readonly attempt?: number }
  | {
      readonly type: 'OnMyStatusChange';
      readonly hr: number;
      readonly mMyStatus: number;
      readonly previous?: number;
      readonly reason?: Reason;
      readonly attempt?: number;
      readonly retryAt?: number;
    }
  | { readonly type: 'OnSignout'; readonly reason?: string };

/** One thing seen. Times are milliseconds. */
export type Seen =
  /** `depth`: how many listeners were running already; `myStatus`: read inside the listener. */
  | {
      readonly seen: 'notice';
      readonly at: number;
      readonly notice: SeenNotice;
      readonly myStatus?: number;
      readonly depth?: number;
    }
  /** `expected`: what the table of answers says. */
  | { readonly seen: 'call'; readonly at: number; readonly call: string; readonly hr: number; readonly expected?: number }
  | { readonly seen: 'verb'; readonly at: number; readonly verb: string; readonly change: 'begins' | 'ends' | 'late' }
  /** `depth`: how many listeners were running. */
  | {
      readonly seen: 'link';
      readonly at: number;
      readonly change: 'opened' | 'lost' | 'dropped';
      readonly link: number;
      readonly depth?: number;
    }
  /** Credentials were offered to the server. */
  | { readonly seen: 'offer'; readonly at: number }
  /** Taken when the machine has come to rest signed out, or after `dispose()`. */
  | { readonly seen: 'rest'; readonly at: number; readonly timers: number; readonly links: number };

export interface Trace {
  readonly seen: readonly Seen[];
  /** Must be found nowhere. */
  readonly secrets?: readonly string[];
  /** Longest sign-out and longest connect allowed, ms. */
  readonly signoutTimeout?: number;
  readonly connectTimeout?: number;
}

type StatusSeen = Extract<SeenNotice, { type: 'OnMyStatusChange' }>;
type Check = (trace: Trace) => string | undefined;

const noticesOf = ({ seen }: Trace) => seen.filter((entry) => entry.seen === 'notice');
const isReached = (notice: SeenNotice): notice is StatusSeen => notice.type === 'OnMyStatusChange' && notice.hr === S_OK;
const is = (notice: SeenNotice | undefined, status: number) =>
  notice !== undefined && isReached(notice) && notice.mMyStatus === status;

/** Where a status may lead; the grammar of statuses. Offline and online ones may come again. */
function mayFollow(before: number, after: number): boolean {
  switch (after) {
    case MISTATUS.OFFLINE:
      return true;
    case MISTATUS.LOCAL_FINDING_SERVER:
      return before === MISTATUS.OFFLINE;
    case MISTATUS.LOCAL_CONNECTING_TO_SERVER:
      return before === MISTATUS.LOCAL_FINDING_SERVER;
    case MISTATUS.LOCAL_SYNCHRONIZING_WITH_SERVER:
      return before === MISTATUS.LOCAL_CONNECTING_TO_SERVER;
    case MISTATUS.LOCAL_DISCONNECTING_FROM_SERVER:
      return isOnline(before) || before === MISTATUS.LOCAL_SYNCHRONIZING_WITH_SERVER;
    default:
      return isOnline(before) || before === MISTATUS.LOCAL_SYNCHRONIZING_WITH_SERVER;
  }
}

/** Walks the notices with the status before each. */
function overStatuses(
  trace: Trace,
  check: (notice: SeenNotice, before: number, index: number, all: readonly SeenNotice[]) => string | undefined,
) {
  const all = noticesOf(trace).map(({ notice }) => notice);
  let before: number = MISTATUS.OFFLINE;
  for (const [index, notice] of all.entries()) {
    const wrong = check(notice, before, index, all);
    if (wrong !== undefined) return `notice ${index + 1}: ${wrong}`;
    if (isReached(notice)) before = notice.mMyStatus;
  }
  return undefined;
}

const statusGrammar: Check = (trace) =>
  overStatuses(trace, (notice, before) =>
    isReached(notice) && !mayFollow(before, notice.mMyStatus) ? `${notice.mMyStatus} after ${before}` : undefined,
  );

const failedChangesKeepTheStatus: Check = (trace) =>
  overStatuses(trace, (notice, before) =>
    notice.type === 'OnMyStatusChange' && notice.hr !== S_OK && notice.mMyStatus !== before
      ? `a failed change told ${notice.mMyStatus} while ${before}`
      : undefined,
  );

const answersOfAttempts: Check = (trace) => {
  let owed = 0;
  return overStatuses(trace, (notice, before) => {
    if (is(notice, MISTATUS.LOCAL_FINDING_SERVER)) owed += 1;
    if (notice.type === 'OnSignin') {
      owed -= 1;
      if (owed < 0) return 'an OnSignin without an attempt';
      const isAccepted = before === MISTATUS.LOCAL_CONNECTING_TO_SERVER;
      if (isSuccess(notice.hr) && !isAccepted) return `accepted while ${before}`;
    }
    const isPast =
      isReached(notice) &&
      (isOnline(notice.mMyStatus) ||
        notice.mMyStatus === MISTATUS.LOCAL_SYNCHRONIZING_WITH_SERVER ||
        notice.mMyStatus === MISTATUS.OFFLINE);
    return isPast && owed !== 0 ? `${notice.mMyStatus} while an attempt is not answered` : undefined;
  });
};

const failingSigninIsFollowedByOffline: Check = (trace) =>
  overStatuses(trace, (notice, _, index, all) => {
    if (notice.type !== 'OnSignin' || isSuccess(notice.hr)) return undefined;
    const next = all.slice(index + 1).find((later) => later.type === 'OnMyStatusChange');
    return next === undefined || is(next, MISTATUS.OFFLINE) ? undefined : 'a failing OnSignin is not followed by OFFLINE';
  });

const legalCodes: Check = (trace) =>
  overStatuses(trace, (notice) => {
    if (notice.type === 'OnSignout') return undefined;
    const list: readonly number[] = notice.type === 'OnSignin' ? signinResults : statusResults;
    return list.includes(notice.hr) ? undefined : `${notice.type} with ${notice.hr}`;
  });

const connectingIsLimited: Check = (trace) => lasts(trace, MISTATUS.LOCAL_CONNECTING_TO_SERVER, trace.connectTimeout);

function lasts(trace: Trace, status: number, limit: number | undefined): string | undefined {
  let since: number | undefined;
  if (limit === undefined) return undefined;
  for (const { at, notice } of noticesOf(trace)) {
    if (since !== undefined && notice.type !== 'OnSignout' && at - since > limit) return `${status} lasted ${at - since} ms`;
    if (notice.type === 'OnMyStatusChange' && notice.hr === S_OK) since = notice.mMyStatus === status ? at : undefined;
  }
  return undefined;
}

const pendingIsAnsweredFirst: Check = (trace) =>
  overStatuses(trace, (notice, before) =>
    notice.type === 'OnMyStatusChange' && notice.hr === MSGR_E_DISCONNECTED && !isOnline(before)
      ? `DISCONNECTED while ${before}`
      : undefined,
  );

const goodbyes: Check = (trace) =>
  overStatuses(trace, (notice, before, index, all) => {
    if (notice.type === 'OnSignout')
      return is(all[index + 1], MISTATUS.LOCAL_DISCONNECTING_FROM_SERVER) || index + 1 === all.length
        ? undefined
        : 'OnSignout without 0x400';
    if (is(notice, MISTATUS.LOCAL_DISCONNECTING_FROM_SERVER) && all[index - 1]?.type !== 'OnSignout')
      return '0x400 without OnSignout';
    const isStuck = before === MISTATUS.LOCAL_DISCONNECTING_FROM_SERVER && !is(notice, MISTATUS.OFFLINE);
    return isStuck ? '0x400 is not followed by OFFLINE' : undefined;
  }) ?? lasts(trace, MISTATUS.LOCAL_DISCONNECTING_FROM_SERVER, trace.signoutTimeout);

const ordered: Check = (trace) => {
  for (const { notice, myStatus, depth } of noticesOf(trace)) {
    if ((depth ?? 0) > 0) return 'a notice inside a notice';
    if (notice.type === 'OnMyStatusChange' && myStatus !== undefined && myStatus !== notice.mMyStatus)
      return `myStatus ${myStatus} inside ${notice.mMyStatus}`;
  }
  return overStatuses(trace, (notice, before, _, all) => {
    if (notice.type !== 'OnMyStatusChange' || notice.previous === undefined || all[0] === notice) return undefined;
    return notice.previous === before ? undefined : `previous ${notice.previous}, but it was ${before}`;
  });
};

const noSecrets: Check = ({ seen, secrets = [] }) => {
  if (secrets.length === 0) return undefined;
  const text = JSON.stringify(seen);
  return secrets.some((secret) => secret !== '' && text.includes(secret)) ? 'a secret was seen' : undefined;
};

const offlineAfterLoss: Check = ({ seen }) => {
  let isLost = false;
  for (const entry of seen) {
    // Lost from within a listener: what was published before is still being told.
    if (entry.seen === 'link' && entry.change === 'lost' && (entry.depth ?? 0) === 0) isLost = true;
    if (entry.seen !== 'notice' || !isLost || entry.notice.type === 'OnSignout') continue;
    if (!isSuccess(entry.notice.hr)) continue;
    if (!is(entry.notice, MISTATUS.OFFLINE)) return `${JSON.stringify(entry.notice)} after a lost line`;
    isLost = false;
  }
  return undefined;
};

const finalIsFinal: Check = ({ seen }) => {
  let isFinal = false;
  for (const entry of seen) {
    if (entry.seen === 'call' && isSuccess(entry.hr)) isFinal = false;
    if (entry.seen !== 'notice' || entry.notice.type !== 'OnMyStatusChange') continue;
    const { notice } = entry;
    if (isFinal && is(notice, MISTATUS.LOCAL_FINDING_SERVER)) return 'a final reason was retried';
    if (is(notice, MISTATUS.OFFLINE) && notice.reason !== undefined && reasons[notice.reason].final) isFinal = true;
  }
  return undefined;
};

const oneLine: Check = ({ seen }) => {
  const open = new Set<number>();
  let attempts = 0;
  for (const entry of seen) {
    if (entry.seen === 'link' && entry.change === 'opened') open.add(entry.link);
    if (entry.seen === 'link' && entry.change === 'dropped') open.delete(entry.link);
    if (open.size > 1) return `${open.size} links at once`;
    if (entry.seen === 'verb' && (entry.verb === 'findServer' || entry.verb === 'connect')) {
      attempts += entry.change === 'begins' ? 1 : entry.change === 'ends' ? -1 : 0;
      if (attempts > 1) return 'two attempts at once';
    }
    if (entry.seen === 'rest' && open.size > 0) return `${open.size} links left at rest`;
  }
  return undefined;
};

const restIsRest: Check = ({ seen }) => {
  for (const entry of seen) {
    if (entry.seen === 'rest' && entry.timers > 0) return `${entry.timers} timers at rest`;
  }
  return undefined;
};

const answersOfCalls: Check = ({ seen }) => {
  for (const entry of seen) {
    if (entry.seen === 'call' && entry.expected !== undefined && entry.hr !== entry.expected)
      return `${entry.call} returned ${entry.hr}, not ${entry.expected}`;
  }
  return undefined;
};

/** By the number of the law. */
export const traceLaws: Readonly<Record<string, Check>> = {
  L01: statusGrammar,
  L02: failedChangesKeepTheStatus,
  L05: answersOfAttempts,
  L06: failingSigninIsFollowedByOffline,
  L07: legalCodes,
  L08: connectingIsLimited,
  L14: pendingIsAnsweredFirst,
  L16: answersOfCalls,
  L17: goodbyes,
  L18: ordered,
  L19: noSecrets,
  L20: offlineAfterLoss,
  L22: finalIsFinal,
  L26: oneLine,
  L27: restIsRest,
};
