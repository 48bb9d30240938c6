/**
 * How long a session of a pool waits for its next attempt: the fast grade of the default policy, with one byte for each session that
 * counts its failures. The slow grade and probation need a history of each session, which is the driver's; give `delays.retry` for them.
 */
import type { SessionId } from './sessions.js';
import type { DelayFunction } from './performer.js';

/** Milliseconds; the names and defaults of the service's policy. */
export interface PoolRetry {
  readonly base: number;
  readonly factor: number;
  readonly cap: number;
  readonly firstSpread: number;
  readonly backOnlineSpread: number;
}

export interface PresenceDelayOptions {
  readonly policy?: Partial<PoolRetry> | undefined;
  readonly random?: (() => number) | undefined;
}

export const defaultPoolRetry: PoolRetry = { base: 1_000, factor: 2, cap: 60_000, firstSpread: 5_000, backOnlineSpread: 1_000 };

export function presenceDelays({ policy = {}, random = Math.random }: PresenceDelayOptions): { readonly retry: DelayFunction } {
  const unknown = Object.keys(policy).find((key) => !(key in defaultPoolRetry));
  if (unknown !== undefined)
    throw new TypeError(`policy: expected one of ${Object.keys(defaultPoolRetry).join(', ')}, got ${unknown}`);
  const { base, factor, cap, firstSpread, backOnlineSpread } = { ...defaultPoolRetry, ...policy };
  let failures = new Uint8Array(1_024);
  const place = (session: SessionId): number => {
    const at = session & 0xffffff;
    if (at >= failures.length) {
      const wide = new Uint8Array(Math.max(at + 1, failures.length * 2));
      wide.set(failures);
      failures = wide;
    }
    return at;
  };
  return {
    retry(session, asked) {
      const at = place(session);
      const cause = (asked as { readonly cause?: unknown } | undefined)?.cause;
      if (cause === 'failure') {
        failures[at] = Math.min(255, (failures[at] as number) + 1);
        return Math.floor(random() * Math.min(cap, base * factor ** failures[at]));
      }
      if (cause === 'hold') return Math.floor(random() * backOnlineSpread);
      failures[at] = 0;
      return Math.floor(random() * firstSpread);
    },
  };
}
