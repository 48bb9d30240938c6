/** The waits of a herd: ten thousand sessions that lose their server at once, with the default policy (M11), and the curves of them. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { chartFiles } from '../bench/chart-files.js';
import { drawCurves, filled, limits } from '../bench/curves-drawn.js';
import { herd, herdSize, spreads } from '../bench/herd.js';
import { defaultPolicy } from '../src/index.js';
import { nextRetry, noHistory, type RetryHistory } from '../src/retry.js';

describe('M11 a herd of 10,000 that loses its server at once', () => {
  it('has no window of 1 s with more than 25 % of the sessions when the server is back at once', () => {
    const { tries } = herd(0);
    expect(Math.max(...tries.values())).toBeLessThanOrEqual(limits.atOnce);
  });

  it('has no window of 1 s after the first minute with more than 5 % when the server is away for two minutes', () => {
    const { tries, back } = herd(120_000);
    const late = [...tries].filter(([window]) => window >= 60).map(([, share]) => share);
    expect(late.length).toBeGreaterThan(60);
    expect(Math.max(...late)).toBeLessThanOrEqual(limits.late);
    expect(Math.max(...back.values())).toBeLessThanOrEqual(limits.late);
  });
});

describe('The curves of the policy', () => {
  const curves = drawCurves();

  it('are the committed ones, and README shows them', () => {
    const readme = readFileSync('README.md', 'utf8');
    for (const [file, text] of Object.entries(curves.files)) {
      expect([file, readFileSync(file, 'utf8')]).toEqual([file, text]);
      expect(readme).toContain(`](${file})`);
    }
    const drawn = readdirSync('bench/drawn').map((file) => `bench/drawn/${file}`);
    expect([...Object.keys(curves.files), ...chartFiles].sort()).toEqual(drawn.sort());
    expect(filled(readme, curves)).toBe(readme);
    expect(() => filled('no place', curves)).toThrow(/^README.md has no/);
  });

  it('are of the default policy: other waits are another herd', () => {
    expect([limits, herdSize]).toEqual([{ atOnce: 0.25, late: 0.05 }, 10_000]);
    const policy = { ...defaultPolicy, retry: { ...defaultPolicy.retry, firstSpread: 1_000 } };
    expect(Math.max(...herd(0, { policy }).tries.values())).toBe(1);
    expect([herd(0, { seed: 1 }), herd(120_000)]).toEqual([herd(0), herd(120_000)]);
    expect(herd(0, { seed: 2 })).not.toEqual(herd(0));
  });

  it('spread each wait over all that its bound allows', () => {
    for (const { low, median, high, bound } of spreads(7)) {
      expect(Math.abs(low / bound - 0.05)).toBeLessThan(0.01);
      expect(Math.abs(median / bound - 0.5)).toBeLessThan(0.02);
      expect(Math.abs(high / bound - 0.95)).toBeLessThan(0.01);
    }
  });

  it('are read in light and in dark, by those who do not see them, too', () => {
    for (const svg of Object.values(curves.files)) {
      expect(svg).toContain('@media (prefers-color-scheme: dark)');
      expect(svg).toMatch(/role="img" aria-labelledby="(\w+-title)">\n<title id="\1">[^<]{20,}<\/title>/);
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    }
  });

  it('are drawn by npm run curves', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    expect(scripts['curves']).toBe('tsx bench/curves.ts');
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
