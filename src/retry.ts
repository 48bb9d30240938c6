/**
 * How long to wait before the next attempt: one pure function of what has happened, the policy and one random number. It knows no clock
 * and no timer.
 */
import type { WaitCause } from '../machines/index.js';
import type { Policy } from './policy.js';

/** What the wait depends on. Times are milliseconds since the epoch. */
export interface RetryHistory {
  /** Attempts waited for since the line was last healthy. */
  readonly tries: number;
  /** Since when it has not been healthy. */
  readonly failingSince: number | undefined;
  /** When lines were lost lately. */
  readonly losses: readonly number[];
}

export const noHistory: RetryHistory = { tries: 0, failingSince: undefined, losses: [] };

/** What led to the wait. `retryAfterMs`: the server's own word, a lower bound. */
export interface RetryEvent {
  readonly cause: WaitCause;
  readonly now: number;
  /** How long the session lived that ended since the last wait, if one did; a hold that followed does not count. */
  readonly onlineFor?: number | undefined;
  readonly retryAfterMs?: number | undefined;
}

/**
 * The next wait and the history with it.
 * @param random one number in [0, 1)
 */
export function nextRetry(
  history: RetryHistory,
  event: RetryEvent,
  policy: Pick<Policy, 'retry' | 'backOnlineSpread'>,
  random: number,
): { readonly wait: number; readonly history: RetryHistory } {
  const { retry } = policy;
  const { cause, now, onlineFor } = event;
  const losses = [...history.losses.filter((at) => now - at < retry.flapWithin && at <= now), ...(cause === 'loss' ? [now] : [])];
  const isFlapping = losses.length > retry.flapLosses;
  const wasHealthy = onlineFor !== undefined && onlineFor >= retry.healthyAfter;
  const isFresh = wasHealthy && !isFlapping;
  if (cause === 'hold') {
    const kept = isFresh ? { ...noHistory, losses } : { ...history, losses };
    return { wait: Math.max(random * policy.backOnlineSpread, event.retryAfterMs ?? 0), history: kept };
  }
  const tries = (isFresh ? 0 : history.tries) + 1;
  const failingSince = isFresh ? now : (history.failingSince ?? now);
  const isSlow = isFlapping || now - failingSince >= retry.slowAfter;
  const ceiling = Math.min(isSlow ? retry.slowCap : retry.cap, retry.base * retry.factor ** (tries - 1));
  const wait = random * (tries === 1 ? retry.firstSpread : ceiling);
  return {
    wait: Math.max(wait, event.retryAfterMs ?? 0),
    history: { tries, failingSince, losses },
  };
}
