/**
 * The laws of the machine by number, each as a predicate over rows (one step of the chart), over traces (what an app and its transport
 * have seen), or both. A predicate returns what is wrong, or nothing. They are checked on every reachable state, on generated paths, on
 * random walks and on every transport.
 */
import * as rows from './rows.js';
import type { Row } from './rows.js';
import { traceLaws, type Trace } from './traces.js';

export interface Law {
  readonly id: `L${number}`;
  readonly says: string;
  /** Judges a step that can happen. */
  readonly row?: (row: Row) => string | undefined;
  /** Judges what the chart makes of a fact that cannot happen in that state, and comes all the same. */
  readonly stray?: (row: Row) => string | undefined;
  readonly trace?: (trace: Trace) => string | undefined;
}

const rowLaws: readonly Omit<Law, 'trace'>[] = [
  {
    id: 'L01',
    says: 'every change of state publishes exactly one OnMyStatusChange with the current status',
    row: rows.isAnnounced,
  },
  {
    id: 'L02',
    says: 'a status change that was tried and failed publishes an error; the status stays',
    row: rows.isRefusedInPlace,
  },
  {
    id: 'L03',
    says: 'every accepted change is answered by exactly one OnMyStatusChange, in order, one at a time at the server',
    row: rows.isCounted,
  },
  {
    id: 'L04',
    says: 'finding, connecting, synchronizing and disconnecting each publish their own status',
    row: rows.isPhaseAnnounced,
  },
  { id: 'L05', says: 'an attempt begins with 0x100 and is answered by exactly one OnSignin', row: rows.isAnsweredOnce },
  {
    id: 'L06',
    says: 'no online status without an earlier OnSignin of success; after a failing one comes OFFLINE',
    row: rows.isAcceptedFirst,
  },
  { id: 'L07', says: 'every hr is legal where it stands', row: rows.isLegal },
  { id: 'L08', says: 'every waiting state has a limit, and says its own code when it is over', row: rows.isLimited },
  { id: 'L09', says: 'a server name that leads nowhere is INVALID_SERVER_NAME while finding', row: rows.isUnknownServer },
  {
    id: 'L10',
    says: 'giving up is CANCEL before acceptance, a sign-out after it, one OFFLINE while waiting',
    row: rows.isGivenUp,
  },
  { id: 'L11', says: 'wrong password and unknown user are one and the same answer', row: rows.isWrongPassword },
  { id: 'L12', says: 'online is the bit 0x2, and agrees with the chart in every state', row: rows.isOnlineBit },
  {
    id: 'L13',
    says: 'INVISIBLE, and any status that the transport lacks, is refused, never replaced',
    row: rows.isNeverReplaced,
  },
  {
    id: 'L14',
    says: 'a change still pending at the end of a session is answered with DISCONNECTED first',
    row: rows.isPendingAnswered,
  },
  { id: 'L15', says: 'a request has the same notices whoever makes it', row: rows.isImpartial },
  {
    id: 'L16',
    says: 'each call’s answer is the one of the table, and what was accepted has an outcome',
    row: rows.isAnsweredAsPromised,
  },
  { id: 'L17', says: 'a sign-out publishes OnSignout, 0x400, OFFLINE', row: rows.isGoodbye },
  { id: 'L18', says: 'notices are in order and never re-entrant; myStatus agrees with them' },
  {
    id: 'L19',
    says: 'credentials never enter the chart, a snapshot, a record, a log or an inspector message',
    row: rows.isSecretFree,
  },
  { id: 'L20', says: 'the first success after the first sign of a lost line is OFFLINE', row: rows.isOfflineAfterLoss },
  { id: 'L21', says: 'late answers of an abandoned attempt change nothing', stray: rows.isLateAnswerIgnored },
  {
    id: 'L22',
    says: 'final reasons are never retried; one token renewal; all others follow the policy',
    row: rows.isFinalRespected,
  },
  { id: 'L23', says: 'what is wanted is published on a fresh session, not again on a resumed one', row: rows.isPublishedOnce },
  { id: 'L24', says: 'idle and back = nothing happened', row: rows.isWishKept },
  { id: 'L25', says: 'no pair of state and event is silent', row: rows.isHeard },
  { id: 'L26', says: 'at most one attempt and one link at any time; every link is dropped', row: rows.isOneLine },
  { id: 'L27', says: 'at rest signed out there is no timer', row: rows.isStopped },
];

/** All of them, by number. */
export const laws: readonly Law[] = rowLaws.map((law) => {
  const trace = traceLaws[law.id];
  return trace ? { ...law, trace } : law;
});

/** What is broken, as `L05: ...`, by a step that can happen. */
export function breachesOfRow(row: Row): string[] {
  return breaches('row', row);
}
/** The same for a step by a fact that cannot happen in that state. */
export function breachesOfStray(row: Row): string[] {
  return breaches('stray', row);
}
/** The same for what was seen of a running service. */
export function breachesOfTrace(trace: Trace): string[] {
  return breaches('trace', trace);
}

function breaches<K extends 'row' | 'stray' | 'trace'>(kind: K, what: Parameters<NonNullable<Law[K]>>[0]): string[] {
  return laws.flatMap((law) => {
    const wrong = (law[kind] as ((what: unknown) => string | undefined) | undefined)?.(what);
    return wrong === undefined ? [] : [`${law.id}: ${wrong}`];
  });
}
