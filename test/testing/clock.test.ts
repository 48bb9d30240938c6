/** Pretend time: order, microtasks, sleep and errors. It uses no real timer. */
import { describe, expect, it } from '@jest/globals';
import { createPretendClock, seededRandom } from '../../src/testing/index.js';

async function hops(count: number): Promise<void> {
  for (let hop = 0; hop < count; hop++) await Promise.resolve();
}

describe('a pretend clock', () => {
  it('stands still by itself and begins where it is told', async () => {
    const clock = createPretendClock({ now: 1_700_000_000_000 });
    await clock.settle();
    expect(clock.now()).toBe(1_700_000_000_000);
    expect(createPretendClock().now()).toBe(0);
  });

  it('fires in due order, and among equals the one armed first', async () => {
    const clock = createPretendClock();
    const fired: string[] = [];
    for (const [name, ms] of [
      ['c', 20],
      ['a', 10],
      ['d', 20],
      ['b', 10],
      ['z', 0],
      ['y', -5],
    ] as const) {
      clock.setTimeout(() => fired.push(`${name}@${clock.now()}`), ms);
    }
    await clock.advance(15);
    expect(fired).toEqual(['z@0', 'y@0', 'a@10', 'b@10']);
    expect(clock.now()).toBe(15);
    expect(clock.timers).toBe(2);
    expect(clock.next).toBe(20);
    await clock.advance(5);
    expect(fired.slice(4)).toEqual(['c@20', 'd@20']);
    expect(clock.next).toBeUndefined();
  });

  it('lets long promise chains run out between two timers due at the same time', async () => {
    const clock = createPretendClock();
    const seen: string[] = [];
    clock.setTimeout(() => void hops(100).then(() => seen.push('chain')), 10);
    clock.setTimeout(() => seen.push('second'), 10);
    await clock.advance(10);
    expect(seen).toEqual(['chain', 'second']);
  });

  it('fires timers that timers and their promises arm, when they are due within the same advance', async () => {
    const clock = createPretendClock();
    const at: number[] = [];
    clock.setTimeout(() => {
      void hops(50).then(() => clock.setTimeout(() => at.push(clock.now()), 5));
      clock.setTimeout(() => at.push(clock.now()), 5.5);
      clock.setTimeout(() => at.push(clock.now()), 500);
    }, 10);
    await clock.advance(100);
    expect(at).toEqual([15, 15.5]);
    expect(clock.timers).toBe(1);
  });

  it('never fires what was cleared, not even by a timer due at the same time, and ignores ids that are not armed', async () => {
    const clock = createPretendClock();
    const fired: string[] = [];
    const first = clock.setTimeout(() => {
      fired.push('first');
      clock.clearTimeout(second);
      clock.clearTimeout(first);
    }, 10);
    const second = clock.setTimeout(() => fired.push('second'), 10);
    clock.clearTimeout(undefined);
    clock.clearTimeout('no such timer');
    await clock.advance(10);
    expect(fired).toEqual(['first']);
    expect(clock.timers).toBe(0);
  });

  it('leaps without firing, and fires what is overdue in the next advance at the present time', async () => {
    const clock = createPretendClock();
    const at: number[] = [];
    clock.setTimeout(() => at.push(clock.now()), 1_000);
    clock.jump(3_600_000);
    await clock.settle();
    expect(clock.now()).toBe(3_600_000);
    expect(at).toEqual([]);
    await clock.advance(0);
    expect(at).toEqual([3_600_000]);
  });

  it('keeps the time that timers had left when the wall clock is set back', async () => {
    const clock = createPretendClock({ now: 10_000 });
    const at: number[] = [];
    clock.setTimeout(() => at.push(clock.now()), 100);
    clock.jump(-5_000);
    expect(clock.next).toBe(5_100);
    await clock.advance(99);
    expect(at).toEqual([]);
    await clock.advance(1);
    expect(at).toEqual([5_100]);
  });

  it('advances by as much as it was told although the wall clock is set back on the way', async () => {
    const clock = createPretendClock({ now: 1_000 });
    const at: number[] = [];
    clock.setTimeout(() => clock.jump(-500), 10);
    clock.setTimeout(() => at.push(clock.now()), 20);
    clock.setTimeout(() => at.push(clock.now()), 21);
    await clock.advance(20);
    expect(at).toEqual([520]);
    expect(clock.now()).toBe(520);
  });

  it('rethrows what a callback threw, after all other timers have fired and time has arrived', async () => {
    const clock = createPretendClock();
    const fired: number[] = [];
    const trouble = new Error('trouble');
    clock.setTimeout(() => {
      throw trouble;
    }, 10);
    clock.setTimeout(() => fired.push(clock.now()), 20);
    await expect(clock.advance(30)).rejects.toBe(trouble);
    expect(fired).toEqual([20]);
    expect(clock.now()).toBe(30);
    await clock.advance(1);
    expect(clock.now()).toBe(31);
  });

  it('gathers the errors of several callbacks', async () => {
    const clock = createPretendClock();
    for (const text of ['one', 'two']) {
      clock.setTimeout(() => {
        throw new Error(text);
      }, 10);
    }
    const error: unknown = await clock.advance(10).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AggregateError);
    expect((error as AggregateError).errors.map(String)).toEqual(['Error: one', 'Error: two']);
  });

  it('does overlapping advances one after the other', async () => {
    const clock = createPretendClock();
    const at: number[] = [];
    for (const ms of [10, 110]) clock.setTimeout(() => at.push(clock.now()), ms);
    await Promise.all([clock.advance(100), clock.advance(100)]);
    expect(at).toEqual([10, 110]);
    expect(clock.now()).toBe(200);
  });

  it('runs all timers to the end, and gives up at the limit', async () => {
    const clock = createPretendClock();
    const at: number[] = [];
    clock.setTimeout(() => clock.setTimeout(() => at.push(clock.now()), 7), 5);
    await clock.runAll();
    expect(at).toEqual([12]);
    expect(clock.now()).toBe(12);
    const again = (): unknown => clock.setTimeout(again, 1);
    again();
    await expect(clock.runAll({ limit: 10 })).rejects.toThrow('10 timers fired and 1 still armed');
    expect(clock.now()).toBe(22);
  });

  it('ends an advance in which something arms itself without end, and not one with many timers over time', async () => {
    const clock = createPretendClock({ limit: 50 });
    for (let ms = 1; ms <= 100; ms++) clock.setTimeout(() => undefined, ms);
    await clock.advance(100);
    expect(clock.timers).toBe(0);
    const again = (): unknown => clock.setTimeout(again, 0);
    again();
    await expect(clock.advance(10)).rejects.toThrow('50 timers fired and 1 still armed');
    expect(clock.now()).toBe(100);
  });

  it('refuses times that a real timer could not keep', async () => {
    const clock = createPretendClock();
    for (const ms of [Number.NaN, Infinity, 2 ** 31]) expect(() => clock.setTimeout(() => undefined, ms)).toThrow(RangeError);
    for (const ms of [Number.NaN, Infinity, -1]) await expect(clock.advance(ms)).rejects.toThrow(RangeError);
    expect(() => clock.jump(Number.NaN)).toThrow(RangeError);
    expect(clock.timers).toBe(0);
  });
});

describe('a seeded random source', () => {
  it('says the same for the same seed, for ever', () => {
    const random = seededRandom(1);
    const first = [random(), random(), random()].map((number) => Math.round(number * 1e9));
    expect(first).toEqual([588393773, 73188994, 590310656]);
    const again = seededRandom(1 + 2 ** 32);
    expect([again(), again(), again()].map((number) => Math.round(number * 1e9))).toEqual(first);
  });

  it('stays in [0, 1), spreads evenly, and differs from seed to seed', () => {
    const random = seededRandom(42);
    const buckets = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 10_000; draw++) {
      const number = random();
      expect(number >= 0 && number < 1).toBe(true);
      buckets[Math.floor(number * 10)]! += 1;
    }
    for (const count of buckets) expect(Math.abs(count - 1_000)).toBeLessThan(150);
    expect(new Set([0, 1, 2, 3, -1].map((seed) => seededRandom(seed)())).size).toBe(5);
  });

  it('refuses a seed that is not an integer', () => {
    expect(() => seededRandom(0.5)).toThrow(TypeError);
  });
});
