/** Herds: what must add up in each, what is told of each policy, the bounds of ours (M11), and that a seed is a herd. */
import { describe, expect, it } from '@jest/globals';
import { herd, policies, policyNames, type HerdOptions, type HerdPolicy, type HerdResult } from '../../src/lab/index.js';

const few = { clients: 600, outage: 60_000, accept: 30, queue: 30, fail: 0, seed: 1 };

function run(policy: string | HerdPolicy, options: Partial<Omit<HerdOptions, 'policy'>> = {}): HerdResult {
  const steps = herd({ ...few, ...options, policy: typeof policy === 'string' ? (policies.get(policy) as HerdPolicy) : policy });
  for (let step = steps.next(); ; step = steps.next()) if (step.done === true) return step.value;
}
const sum = (some: readonly number[]): number => some.reduce((all, one) => all + one, 0);

describe.each(policyNames)('A herd of %s', (name) => {
  const result = run(name, { fail: 0.1 });

  it('accounts for every client and every attempt', () => {
    const { attempts, whileDown, whileFull, failed, abandoned, back, gaveUp } = result;
    expect(back + gaveUp).toBe(few.clients);
    expect(attempts).toBe(whileDown + whileFull + failed + abandoned + back);
    expect(sum(result.attemptsBySecond)).toBe(attempts);
    expect(sum(result.backBySecond)).toBe(back);
    expect(result.peak).toBe(Math.max(...result.attemptsBySecond));
  });

  it('is let in at the rate of the server, and not before it is back', () => {
    expect(Math.max(...result.backBySecond)).toBeLessThanOrEqual(few.accept);
    expect(sum(result.backBySecond.slice(0, few.outage / 1_000))).toBe(0);
    if (result.gaveUp > 0) return expect(result.allBack).toBeUndefined();
    const { halfBack = NaN, mostBack = NaN, allBack = NaN } = result;
    expect(halfBack).toBeGreaterThanOrEqual(few.outage + (1_000 * few.clients) / few.accept / 2);
    expect([mostBack > halfBack, allBack >= mostBack]).toEqual([true, true]);
  });

  it('is the same for the same seed, and another for another', () => {
    expect(run(name, { fail: 0.1 })).toEqual(result);
    expect(run(name, { fail: 0.1, seed: 2 })).not.toEqual(result);
  });
});

describe('B12 A herd', () => {
  it('of SignalR has given up before the server is back', () => {
    const { attempts, whileDown, back, gaveUp, allBack } = run('signalr');
    expect({ attempts, whileDown, back, gaveUp, allBack }).toEqual({
      attempts: 4 * few.clients,
      whileDown: 4 * few.clients,
      back: 0,
      gaveUp: few.clients,
      allBack: undefined,
    });
  });

  it('of xmpp.js tries once a second, each and every one', () => {
    const { attemptsBySecond } = run('xmpp.js');
    // The loss takes a second, and being refused 20 ms of each round.
    for (const attempts of attemptsBySecond.slice(2, 40)) expect(attempts / few.clients).toBeGreaterThan(0.95);
  });

  it('of ours comes back in its time and spares the server: M11 at 20,000 clients', () => {
    const many = { clients: 20_000, accept: 1e6, queue: 20_000 };
    const atOnce = run('presence-machine', { ...many, outage: 0 });
    expect(atOnce.peak / many.clients).toBeLessThanOrEqual(0.25);
    expect(atOnce.allBack).toBeLessThanOrEqual(6_000 + 1);
    const late = run('presence-machine', { ...many, outage: 120_000 });
    expect(late.peakAfter / many.clients).toBeLessThanOrEqual(0.05);
    expect(run('xmpp.js', { ...many, outage: 20_000 }).peakAfter / many.clients).toBeGreaterThan(0.9);
  });

  it('of clients with less patience than the line is long has the server work for nobody, for ever', () => {
    const small = { clients: 80, outage: 0, accept: 10 };
    // xmpp.js waits 2 s; a full line of 40 takes four.
    const { abandoned, back, allBack } = run('xmpp.js', { ...small, queue: 40 });
    expect(allBack).toBeUndefined();
    expect(abandoned).toBeGreaterThan(100 * back);
    expect(run('xmpp.js', { ...small, queue: 10 })).toMatchObject({ abandoned: 0, back: 80 });
  });

  it('that can never come back is left alone after an hour', () => {
    const late: HerdPolicy = { ...(policies.get('xmpp.js') as HerdPolicy), wait: () => 86_400_000 };
    const { back, gaveUp, attempts, allBack } = run(late, { clients: 3, outage: 0 });
    expect({ back, gaveUp, attempts, allBack }).toEqual({ back: 0, gaveUp: 0, attempts: 0, allBack: undefined });
  });

  it('of one is a herd', () => {
    const { back, attempts, peak } = run('xmpp.js', { clients: 1, outage: 0 });
    expect({ back, attempts, peak }).toEqual({ back: 1, attempts: 1, peak: 1 });
  });

  it('tells how far it is, and never goes back', () => {
    const steps = herd({ ...few, policy: policies.get('phoenix') as HerdPolicy });
    let before = { now: 0, settled: 0 };
    let told = 0;
    for (let step = steps.next(); step.done !== true; step = steps.next(), told++) {
      expect(step.value.now).toBeGreaterThanOrEqual(before.now);
      expect(step.value.settled).toBeGreaterThanOrEqual(before.settled);
      before = step.value;
    }
    expect(told).toBeGreaterThan(5);
  });
});
