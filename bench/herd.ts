/**
 * What the retry policy does to many sessions at once, by the very function that the driver asks: waits by attempt, and the load on a server
 * that comes back. Simulated and seeded, so that it is the same on every machine; it measures no code.
 */
import { defaultPolicy, type Policy } from '../src/policy.js';
import { nextRetry, noHistory, type RetryEvent, type RetryHistory } from '../src/retry.js';
import { seededRandom } from '../src/testing/clock.js';

export const herdSize = 10_000;
/** How long a refused connection takes, ms. */
const refusal = 20;

export interface HerdOptions {
  readonly policy?: Pick<Policy, 'retry' | 'backOnlineSpread'>;
  readonly seed?: number;
  readonly sessions?: number;
}

/** Shares of all sessions by window of 1 s, counted from the loss. */
export interface Herd {
  /** That try to sign in. */
  readonly tries: ReadonlyMap<number, number>;
  /** That are back. */
  readonly back: ReadonlyMap<number, number>;
  /** When the last one is back, ms. */
  readonly whole: number;
}

/** @param away how long the server is away, ms */
export function herd(away: number, { policy = defaultPolicy, seed = 1, sessions = herdSize }: HerdOptions = {}): Herd {
  const random = seededRandom(seed);
  const tries = new Map<number, number>();
  const back = new Map<number, number>();
  let whole = 0;
  const count = (windows: Map<number, number>, at: number) => {
    const window = Math.floor(at / 1_000);
    windows.set(window, (windows.get(window) ?? 0) + 1);
  };
  for (let session = 0; session < sessions; session++) {
    let history: RetryHistory = noHistory;
    let at = 0;
    let event: RetryEvent = { cause: 'loss', now: 0, onlineFor: 3_600_000 };
    for (;;) {
      const next = nextRetry(history, event, policy, random());
      history = next.history;
      at += next.wait;
      count(tries, at);
      if (at >= away) break;
      at += refusal;
      event = { cause: 'failure', now: at };
    }
    count(back, at);
    whole = Math.max(whole, at);
  }
  const share = (windows: ReadonlyMap<number, number>) => new Map([...windows].map(([at, n]) => [at, n / sessions]));
  return { tries: share(tries), back: share(back), whole };
}

/** The waits before one attempt, ms. */
export interface Spread {
  readonly attempt: number;
  /** Never longer, unless the server asks for it. */
  readonly bound: number;
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

/** Waits of sessions whose server stays away: the middle nine tenths, and the bound, which moves with the time that each has failed. */
export function spreads(attempts: number, { policy = defaultPolicy, seed = 1, sessions = herdSize }: HerdOptions = {}): Spread[] {
  const random = seededRandom(seed);
  const waits: number[][] = Array.from({ length: attempts }, () => []);
  const bounds: number[] = Array.from({ length: attempts }, () => 0);
  for (let session = 0; session < sessions; session++) {
    let history: RetryHistory = noHistory;
    let now = 0;
    for (let n = 0; n < attempts; n++) {
      const event: RetryEvent = n === 0 ? { cause: 'loss', now, onlineFor: 3_600_000 } : { cause: 'failure', now };
      const { wait: bound } = nextRetry(history, event, policy, 1);
      const next = nextRetry(history, event, policy, random());
      history = next.history;
      now += next.wait + refusal;
      waits[n]?.push(next.wait);
      bounds[n] = Math.max(bounds[n] ?? 0, bound);
    }
  }
  return waits.map((some, index) => {
    const sorted = some.sort((a, b) => a - b);
    const at = (part: number) => sorted[Math.floor(part * (sorted.length - 1))] ?? 0;
    return { attempt: index + 1, bound: bounds[index] ?? 0, low: at(0.05), median: at(0.5), high: at(0.95) };
  });
}
