/** The waits of a herd: ten thousand sessions that lose their server at once, with the default policy (M11). */
import { describe, expect, it } from '@jest/globals';
import { defaultPolicy } from '../src/index.js';
import { nextRetry, noHistory, type RetryHistory } from '../src/retry.js';
import { seededRandom } from '../src/testing/index.js';

const sessions = 10_000;

/** Share of all sessions per 1 s window: that try, and that are back. @param away how long the server is away, ms */
function herd(away: number): { tries: Map<number, number>; back: Map<number, number> } {
  const random = seededRandom(1);
  const tries = new Map<number, number>();
  const back = new Map<number, number>();
  const count = (windows: Map<number, number>, at: number) => {
    const window = Math.floor(at / 1_000);
    windows.set(window, (windows.get(window) ?? 0) + 1 / sessions);
  };
  for (let session = 0; session < sessions; session++) {
    let history: RetryHistory = noHistory;
    let at = 0;
    let cause: 'loss' | 'failure' = 'loss';
    do {
      const next = nextRetry(
        history,
        { cause, now: at, onlineFor: cause === 'loss' ? 3_600_000 : undefined },
        defaultPolicy,
        random(),
      );
      history = next.history;
      at += next.wait;
      count(tries, at);
      cause = 'failure';
      // A refused connect takes a little, too.
      if (at < away) at += 20;
    } while (at < away);
    count(back, at);
  }
  return { tries, back };
}

describe('M11 a herd of 10,000 that loses its server at once', () => {
  it('has no window of 1 s with more than 25 % of the sessions when the server is back at once', () => {
    const { tries } = herd(0);
    expect(Math.max(...tries.values())).toBeLessThanOrEqual(0.25);
  });

  it('has no window of 1 s after the first minute with more than 5 % when the server is away for two minutes', () => {
    const { tries, back } = herd(120_000);
    const late = [...tries].filter(([window]) => window >= 60).map(([, share]) => share);
    expect(late.length).toBeGreaterThan(60);
    expect(Math.max(...late)).toBeLessThanOrEqual(0.05);
    expect(Math.max(...back.values())).toBeLessThanOrEqual(0.05);
  });
});

describe('nextRetry', () => {
  const wait = (history: RetryHistory, event: Parameters<typeof nextRetry>[1]) => nextRetry(history, event, defaultPolicy, 1);

  it('doubles up to the cap, then grows to the slow cap after two minutes of failing (M11)', () => {
    let history: RetryHistory = noHistory;
    const waits: number[] = [];
    let now = 0;
    for (let n = 0; n < 13; n++) {
      const next = wait(history, { cause: 'failure', now });
      history = next.history;
      waits.push(next.wait);
      now += next.wait;
    }
    expect(waits).toEqual([5, 2, 4, 8, 16, 32, 60, 128, 256, 300, 300, 300, 300].map((s) => s * 1_000));
  });

  it('never waits less than the server asked for', () => {
    expect(nextRetry(noHistory, { cause: 'failure', now: 0, retryAfterMs: 90_000 }, defaultPolicy, 0).wait).toBe(90_000);
  });

  it('stays in the slow grade while a line flaps, and is short again after a healthy one', () => {
    let history: RetryHistory = noHistory;
    for (let loss = 0; loss < 4; loss++)
      history = wait(history, { cause: 'loss', now: loss * 25_000, onlineFor: 31_000 }).history;
    expect(history.tries).toBe(2);
    expect(wait(history, { cause: 'loss', now: 110_000, onlineFor: 31_000 }).history.tries).toBe(3);
    expect(wait(history, { cause: 'loss', now: 400_000, onlineFor: 31_000 })).toMatchObject({
      wait: 5_000,
      history: { tries: 1 },
    });
  });
});
