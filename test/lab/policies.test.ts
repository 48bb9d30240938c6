/** The waits of each policy: the numbers of their sources, and ours equal to what the driver's function says with a history kept. */
import { describe, expect, it } from '@jest/globals';
import { policies, policyNames, type HerdPolicy } from '../../src/lab/index.js';
import { defaultPolicy } from '../../src/policy.js';
import { nextRetry, noHistory } from '../../src/retry.js';
import { seededRandom } from '../../src/testing/index.js';

const named = (name: string): HerdPolicy => {
  const policy = policies.get(name);
  if (policy === undefined) throw new Error(`no policy ${name}`);
  return policy;
};

/** The waits of a client whose attempts are refused at once. */
function waitsOf(policy: HerdPolicy, attempts: number, random: () => number): (number | undefined)[] {
  let now = 1_000;
  return Array.from({ length: attempts }, (_, index) => {
    const wait = policy.wait({ attempt: index + 1, lostAt: 1_000, now }, random);
    now += wait ?? 0;
    return wait;
  });
}
const never = (): number => {
  throw new Error('a wait without jitter has drawn a number');
};

describe('Policies', () => {
  it('are ours and six others, each with its source', () => {
    expect(policyNames).toEqual(['presence-machine', 'ably', 'pusher', 'signalr', 'socket.io', 'phoenix', 'xmpp.js']);
    for (const policy of policies.values()) {
      for (const said of [policy.waits, policy.jitter, policy.cap, policy.givesUp, policy.source]) expect(said).not.toBe('');
      expect(policy.limit).toBeGreaterThan(0);
    }
  });

  it.each([
    ['pusher', [1_000, 15_000, 30_000, 60_000, 60_000]],
    ['signalr', [0, 2_000, 10_000, 30_000, undefined, undefined]],
    ['phoenix', [10, 50, 100, 150, 200, 250, 500, 1_000, 2_000, 5_000, 5_000]],
    ['xmpp.js', [1_000, 1_000, 1_000]],
  ])('%s waits the same whatever chance says', (name, waits) => {
    expect(waitsOf(named(name), waits.length, never)).toEqual(waits);
  });

  it('ably tries at once, then waits by thirds up to 30 s, and 30 s flat after two minutes', () => {
    const wait = (attempt: number, now: number, random: number) =>
      named('ably').wait({ attempt, lostAt: 0, now }, () => random) ?? NaN;
    expect(wait(1, 0, 0.5)).toBe(0);
    expect([2, 3, 4, 5, 9].map((attempt) => Math.round(wait(attempt, 1, 0)))).toEqual([12_000, 16_000, 20_000, 24_000, 24_000]);
    expect([2, 3, 4, 5].map((attempt) => Math.round(wait(attempt, 1, 1)))).toEqual([15_000, 20_000, 25_000, 30_000]);
    expect(wait(5, 120_000, 0)).toBe(30_000);
  });

  it('socket.io scatters by half, and not at all at its cap', () => {
    const wait = (attempt: number, random: number) => named('socket.io').wait({ attempt, lostAt: 0, now: 0 }, () => random);
    // The decimal that chooses the side: 0.9 is odd, so later; 0.8 is even, so earlier.
    expect([wait(1, 0), wait(1, 0.8), wait(1, 0.9)]).toEqual([1_000, 600, 1_450]);
    expect([wait(3, 0.8), wait(3, 0.9)]).toEqual([2_400, 5_000]);
    const random = seededRandom(1);
    const late = Array.from({ length: 1_000 }, () => wait(5, random()));
    expect(new Set(late)).toEqual(new Set([5_000]));
  });

  it('ours is what the driver asks, with the history of one loss kept from wait to wait', () => {
    const [ours, theirs] = [seededRandom(7), seededRandom(7)];
    let now = 1_000;
    let history = noHistory;
    const kept = Array.from({ length: 14 }, (_, index) => {
      const event = index === 0 ? ({ cause: 'loss', now, onlineFor: 3_600_000 } as const) : ({ cause: 'failure', now } as const);
      const next = nextRetry(history, event, defaultPolicy, theirs());
      ({ history } = next);
      now += next.wait;
      return next.wait;
    });
    expect(waitsOf(named('presence-machine'), 14, ours)).toEqual(kept);
    expect(Math.max(...kept)).toBeGreaterThan(60_000);
  });
});
