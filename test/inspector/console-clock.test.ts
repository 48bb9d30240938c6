/**
 * The console's clock against a pretend host: it runs at its speed, stands still, steps, and is never ahead of a timer that has not fired.
 */
import { describe, expect, it } from '@jest/globals';
import { StageClock } from '../../src/inspector/console/clock.js';
import { createPretendClock } from '../../src/testing/index.js';

function setUp(): {
  host: ReturnType<typeof createPretendClock>;
  clock: StageClock;
  fired: (readonly [string, number])[];
  arm(name: string, ms: number): unknown;
} {
  const host = createPretendClock();
  const clock = new StageClock(1_000_000, host);
  const fired: (readonly [string, number])[] = [];
  const arm = (name: string, ms: number): unknown => clock.setTimeout(() => fired.push([name, clock.now() - 1_000_000]), ms);
  return { host, clock, fired, arm };
}

describe('The clock of the console', () => {
  it('runs as the real one, ten and sixty times as fast, and does not leap when the speed changes', async () => {
    const { host, clock } = setUp();
    await host.advance(100);
    expect(clock.now()).toBe(1_000_100);
    clock.speed = 10;
    expect(clock.now()).toBe(1_000_100);
    await host.advance(100);
    expect(clock.now()).toBe(1_001_100);
    clock.speed = 60;
    await host.advance(100);
    expect(clock.now()).toBe(1_007_100);
  });

  it('fires timers in order, at their own time', async () => {
    const { host, clock, fired, arm } = setUp();
    clock.speed = 60;
    arm('late', 6_000);
    arm('early', 600);
    arm('early too', 600);
    await host.advance(100);
    expect(fired).toEqual([
      ['early', 600],
      ['early too', 600],
      ['late', 6_000],
    ]);
  });

  it('tells a timer its own time however late the process is, so that no clock seems to have jumped', async () => {
    const { host, clock, fired, arm } = setUp();
    clock.speed = 60;
    arm('due', 1_000);
    host.jump(5_000);
    expect(clock.now()).toBe(1_001_000);
    await host.advance(0);
    expect(fired).toEqual([['due', 1_000]]);
    expect(clock.now()).toBe(1_300_000);
  });

  it('counts a timer set within another from the time of that one', async () => {
    const { host, clock, fired, arm } = setUp();
    clock.setTimeout(() => arm('second', 50), 50);
    await host.advance(100);
    expect(fired).toEqual([['second', 100]]);
  });

  it('forgets what was cleared', async () => {
    const { host, clock, fired, arm } = setUp();
    const first = arm('first', 10);
    arm('second', 20);
    clock.clearTimeout(first);
    await host.advance(30);
    expect(fired).toEqual([['second', 20]]);
  });

  it('stands still, and goes on by steps: so many milliseconds, or to the next timer', async () => {
    const { host, clock, fired, arm } = setUp();
    clock.speed = 0;
    arm('first', 500);
    arm('second', 1_500);
    arm('third', 9_000);
    await host.advance(60_000);
    expect([clock.now(), fired]).toEqual([1_000_000, []]);
    const step = async (ms?: number): Promise<boolean> => {
      const done = clock.step(ms);
      await host.advance(1);
      return done;
    };
    expect(await step()).toBe(true);
    expect([clock.now(), fired.length]).toEqual([1_000_500, 1]);
    expect(await step(2_000)).toBe(true);
    expect([clock.now(), fired.length]).toEqual([1_002_500, 2]);
    expect(await step()).toBe(true);
    expect([clock.now(), fired.length]).toEqual([1_009_000, 3]);
    expect(await step()).toBe(false);
    clock.speed = 1;
    expect(await step(10)).toBe(false);
  });

  it('leaves no timer behind when it is closed', async () => {
    const { host, clock, fired, arm } = setUp();
    arm('never', 10);
    clock.close();
    arm('neither', 10);
    expect(host.timers).toBe(0);
    await host.advance(100);
    expect(fired).toEqual([]);
  });

  it('goes on with the others when a timer throws', async () => {
    const { host, clock, fired, arm } = setUp();
    clock.setTimeout(() => {
      throw new Error('on purpose');
    }, 10);
    arm('after', 20);
    await expect(host.advance(100)).rejects.toThrow('on purpose');
    await host.advance(100);
    expect(fired).toEqual([['after', 20]]);
  });
});
