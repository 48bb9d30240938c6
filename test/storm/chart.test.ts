/**
 * The storm on the pure chart (B13): facts doubled, out of order and of dead attempts, lost lines at every point, restarts, with the laws as
 * the oracle. `step` is pure, so the 100,000 schedules run and judge each pair of state and message once, and remember it; that this makes no
 * difference is shown on a part of them, and `npm run storm -- --steps N` runs every single step.
 */
import { describe, expect, it } from '@jest/globals';
import { fullRules } from '../../machines/index.js';
import { provided } from '../support/chart-mutants.js';
import { PureStorm } from './pure.js';

const seed = Number(process.env['STORM_SEED'] ?? 1);

describe('B13 a storm on the pure chart', () => {
  it('breaks no law in 100,000 seeded schedules, a seventh of their steps by facts that are stale or doubled', () => {
    const { failure, schedules, steps, strays } = new PureStorm({ memory: true }).run({ seed, schedules: 100_000 });
    expect(failure).toBeUndefined();
    expect(schedules).toBe(100_000);
    expect(strays / steps).toBeGreaterThan(0.1);
  }, 120_000);

  it('is the same where each step is really run each time, with all statuses', () => {
    const real = new PureStorm({ rules: fullRules });
    const remembered = new PureStorm({ rules: fullRules, memory: true });
    const run = { seed, schedules: process.env['CI'] ? 2_000 : 200 };
    const { pairs: _, ...done } = real.run(run);
    expect(remembered.run(run)).toMatchObject(done);
    expect(done).not.toHaveProperty('failure');
  }, 120_000);

  it.each([
    ['L14', 'pending changes are forgotten', provided({ actions: { answerPending: () => {} } })],
    ['L27', 'the wait goes on after it was given up', provided({ actions: { stopRetry: () => {} } })],
    [
      'L22',
      'final reasons are retried',
      provided({
        guards: { isFinal: () => false, isOver: ({ context }: { context: { tries: string } }) => context.tries === 'once' },
      }),
    ],
  ])('finds %s broken where %s, in a few messages', (law, _, chart) => {
    const { failure } = new PureStorm({ chart, memory: true }).run({ seed, schedules: 2_000 });
    expect(failure?.breaches.join()).toContain(`${law}:`);
    expect(failure?.messages.length).toBeLessThan(12);
  });
});
