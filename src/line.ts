/**
 * The line of a service to the server, and what its failures are in the chart's words: which reason, with which result code (L07). It decides
 * nothing.
 */
import {
  MSGR_E_UNEXPECTED,
  reasons,
  signinResults,
  statusResults,
  type Reason,
  type SigninFailure,
  type StatusFailure,
} from '../machines/index.js';
import { TransportError, type Transport } from './transport.js';
import { Verbs, type LineEvents as EventsOf } from './verbs.js';

/** A failure in the chart's words. */
export interface Failed {
  readonly reason: Reason;
  readonly hr: number | undefined;
  readonly retryAfterMs: number | undefined;
}

/** What a thrown thing means: a `TransportError` says it, anything else is `unexpected`. */
function failureOf(error: unknown): Failed {
  if (!TransportError.is(error)) return { reason: 'unexpected', hr: undefined, retryAfterMs: undefined };
  const { reason, hr, retryAfterMs } = error;
  // Reasons that only tell of a change fail nothing.
  const fits = Object.hasOwn(reasons, reason) && (reasons[reason].kind !== 'status' || reason === 'statusRejected');
  const lasts = typeof retryAfterMs === 'number' && Number.isFinite(retryAfterMs) && retryAfterMs >= 0;
  return { reason: fits ? reason : 'unexpected', hr, retryAfterMs: lasts ? retryAfterMs : undefined };
}

/** The part of a failure that an OnSignin may carry (L07). */
export function signinFailure({ reason, hr }: Failed): { reason: Reason; hr?: SigninFailure } {
  return hr === undefined ? { reason } : { reason, hr: legal(hr, signinResults) };
}
/** The part of a failure that an OnMyStatusChange may carry (L07). */
export function statusFailure({ reason, hr }: Failed): { reason: Reason; hr?: StatusFailure } {
  return hr === undefined ? { reason } : { reason, hr: legal(hr, statusResults) };
}
function legal<Hr extends number>(hr: number, list: readonly Hr[]): Exclude<Hr, 0> {
  const signed = list.find((known) => known === (hr | 0) && known < 0);
  return (signed ?? MSGR_E_UNEXPECTED) as Exclude<Hr, 0>;
}

/** A reason that says the link is gone, wherever it turns up; `timedOut` may be about one answer only. */
export function isLoss(reason: Reason): boolean {
  return reasons[reason].kind === 'line' && reason !== 'timedOut';
}

/** What is heard of a link without asking. */
export type LineEvents = EventsOf<Failed>;

/** The line of a service. */
export class Line extends Verbs<Failed> {
  constructor(transport: Transport, events: LineEvents) {
    super(transport, events, failureOf);
  }
}
