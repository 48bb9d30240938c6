/**
 * The words between a pool and a transport: what a failure is as a fact of the table, and what a call answers in each phase. The model's own
 * lists would bring xstate with them, so the few that are needed stand here once more, typed by the model's and compared by a test. It must
 * never decide what happens next.
 */
import type {
  Fact,
  Phase,
  Publisher,
  Reason,
  reasonRows,
  Results,
  SigninFailure,
  StatusFailure,
} from '../../../machines/index.js';

type Row = (typeof reasonRows)[number];
/** The reasons of one kind, each with whether it is final. */
type Kind<K extends Row[1]> = { readonly [R in Extract<Row, readonly [string, K, ...unknown[]]> as R[0]]: R[4] };

export const lineReasons: Kind<'line'> = {
  networkOff: false,
  asleep: false,
  lineLost: false,
  serverShutdown: false,
  timedOut: false,
  signedInElsewhere: true,
  policyViolation: true,
};
export const signinReasons: Kind<'signin'> = {
  serverNotFound: false,
  connectFailed: false,
  tlsFailed: false,
  logonTimeout: false,
  invalidPassword: true,
  tokenExpired: true,
  versionMismatch: true,
  serverTooBusy: false,
  serverUnavailable: false,
  unexpected: false,
  cancelled: false,
};

/** The result codes that are needed, as the numbers that the model's types say. */
export const codes: Pick<
  Results,
  'S_OK' | 'S_FALSE' | 'E_FAIL' | 'E_INVALIDARG' | 'MSGR_E_ALREADY_LOGGED_ON' | 'MSGR_E_NOT_LOGGED_ON' | 'MSGR_E_SERVER_TOO_BUSY'
> = {
  S_OK: 0,
  S_FALSE: 1,
  E_FAIL: -2147467259,
  E_INVALIDARG: -2147024809,
  MSGR_E_ALREADY_LOGGED_ON: -2130705660,
  MSGR_E_NOT_LOGGED_ON: -2130705634,
  MSGR_E_SERVER_TOO_BUSY: -2130705650,
};

/** The `hr` values of a failure that an `OnSignin` may carry (L07). */
export const signinFailures: readonly SigninFailure[] = [
  -2130705662, -2130705663, -2130705646, -2130705658, -2130705659, -2130705661, -2130705650, -2130705644, -2130705651,
];
/** The same for an `OnMyStatusChange`. */
export const statusFailures: readonly StatusFailure[] = [-2130705652, -2130705651, -2130705650, -2130705644];
const unexpected: SigninFailure & StatusFailure = -2130705651;

/** What each call answers in each phase; of `signin`, for the name that is signed in already. Compared with the model's table. */
export const answers: Readonly<Record<'signin' | 'signout' | 'setStatus', Readonly<Record<Phase, number>>>> = {
  signin: {
    signedOut: codes.S_OK,
    attempt: codes.S_FALSE,
    synchronizing: codes.S_FALSE,
    online: codes.MSGR_E_ALREADY_LOGGED_ON,
    waiting: codes.S_OK,
    disconnecting: codes.E_FAIL,
  },
  signout: {
    signedOut: codes.MSGR_E_NOT_LOGGED_ON,
    attempt: codes.S_OK,
    synchronizing: codes.S_OK,
    online: codes.S_OK,
    waiting: codes.S_OK,
    disconnecting: codes.MSGR_E_NOT_LOGGED_ON,
  },
  setStatus: {
    signedOut: codes.MSGR_E_NOT_LOGGED_ON,
    attempt: codes.S_FALSE,
    synchronizing: codes.S_FALSE,
    online: codes.S_OK,
    waiting: codes.S_FALSE,
    disconnecting: codes.MSGR_E_NOT_LOGGED_ON,
  },
};

/** The phase of a value of the chart. */
export function phaseOf(value: unknown): Phase {
  if (value === 'disconnecting') return value;
  const [[parent, leaf] = []] = Object.entries((value ?? {}) as Readonly<Record<string, unknown>>);
  if (parent === 'attempt') return parent;
  if (parent === 'session') return leaf === 'synchronizing' ? leaf : 'online';
  return leaf === 'signedOut' ? leaf : 'waiting';
}

/** A failure in the chart's words. */
export interface Failed {
  readonly reason: Reason;
  readonly hr?: number;
  /** The server's own word: no attempt before so many ms. */
  readonly retryAfterMs?: number;
}

/** What a thrown thing means: a `TransportError`, known by its brand, says it; anything else is `unexpected`. */
export function failureOf(error: unknown): Failed {
  if (typeof error !== 'object' || error === null || !(brand in error)) return { reason: 'unexpected' };
  const { reason, hr, retryAfterMs } = error as { readonly [field in 'reason' | 'hr' | 'retryAfterMs']?: unknown };
  const known = Object.hasOwn(lineReasons, String(reason)) || Object.hasOwn(signinReasons, String(reason));
  // Reasons that only tell of a change fail nothing.
  const fits = typeof reason === 'string' && (known || reason === 'statusRejected');
  const lasts = typeof retryAfterMs === 'number' && Number.isFinite(retryAfterMs) && retryAfterMs >= 0;
  return {
    reason: fits ? (reason as Reason) : 'unexpected',
    ...(typeof hr === 'number' ? { hr } : {}),
    ...(lasts ? { retryAfterMs } : {}),
  };
}
const brand = Symbol.for('presence-machine/TransportError');

/** An attempt that failed. */
export function attemptFailed(type: 'server.failed' | 'link.refused', { reason, hr }: Failed): Fact {
  return { type, reason, ...legal(hr, signinFailures) };
}

export function synchronizingFailed({ reason, hr }: Failed): Fact {
  return { type: 'session.failed', reason, ...legal(hr, statusFailures) };
}

/** Whether it says that the line is gone, wherever it turns up; `timedOut` may be about one answer only. */
export function isLoss({ reason }: Failed): boolean {
  return Object.hasOwn(lineReasons, reason) && reason !== 'timedOut';
}

/** A publication that failed: the line may have gone with it. */
export function publicationFailed(by: Publisher, failed: Failed): Fact {
  const { reason, hr } = failed;
  // One answer that is late is no loss. The table knows it as the end of the limit, which has the same words.
  if (reason === 'timedOut') return { type: by === 'signin' ? 'synchronizing.expired' : 'publish.expired' };
  if (isLoss(failed)) return lineLost(failed);
  return { type: 'status.refused', by, reason, ...legal(hr, statusFailures) };
}

/** A line is lost for the reason of a line: another kind of reason becomes one that is as final (L22). */
export function lineLost({ reason, hr }: Failed): Fact {
  const isFinal = Object.hasOwn(signinReasons, reason) && signinReasons[reason as keyof typeof signinReasons];
  const own = Object.hasOwn(lineReasons, reason) ? reason : isFinal ? 'policyViolation' : 'lineLost';
  return { type: 'link.lost', reason: own, ...legal(hr, statusFailures) };
}

/** No sign of life: however it was put, the line is gone. */
export function checkFailed(failed: Failed): Fact {
  return lineLost(isLoss(failed) ? failed : { ...failed, reason: 'lineLost' });
}

function legal<Hr extends number>(hr: number | undefined, list: readonly Hr[]): { readonly hr?: Hr } {
  if (hr === undefined) return {};
  return { hr: list.find((known) => known === (hr | 0)) ?? (unexpected as number as Hr) };
}
