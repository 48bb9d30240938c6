/** Rings and wheels against a plain list of deadlines: the same ends, in the same order, whatever is armed, cancelled and armed again. */
import { describe, expect, it } from '@jest/globals';
import { Ring } from '../../../src/table/pool/ring.js';
import { Tickets } from '../../../src/table/pool/tickets.js';
import { Wheel } from '../../../src/table/pool/wheel.js';
import { seededRandom } from '../../../src/testing/index.js';

/** What should run: by session its deadline, and the order in which they were armed. */
type Model = Map<number, { readonly due: number; readonly order: number }>;
const due = (model: Model, now: number) =>
  [...model].filter(([, timer]) => timer.due <= now).sort(([, a], [, b]) => a.due - b.due || a.order - b.order);

describe('Timers of a pool', () => {
  it.each([1, 2, 3, 4, 5])('a wheel ends what a list of deadlines ends, with delays of up to a day (seed %i)', (seed) => {
    const random = seededRandom(seed);
    const held = new Tickets(200);
    const wheel = new Wheel(3, 1_000, held);
    const model: Model = new Map();
    let now = 1_000;
    for (let step = 0; step < 20_000; step++) {
      const session = Math.floor(random() * 200);
      if (random() < 0.6) {
        const delay = Math.floor(random() ** 6 * 86_400_000);
        held.release(session);
        wheel.arm(session, now + delay);
        model.set(session, { due: now + delay, order: step });
      } else if (random() < 0.3) {
        held.release(session);
        model.delete(session);
      }
      if (random() > 0.2) continue;
      now += Math.floor(random() ** 8 * 50_000_000);
      const meant = due(model, now).map(([one]) => one);
      const ended: number[] = [];
      for (let one = wheel.take(now); one !== undefined; one = wheel.take(now)) ended.push(one);
      // Of those that end in the same moment the order is that of arming, of others that of their deadlines.
      expect(ended).toEqual(meant);
      for (const one of meant) model.delete(one);
      const soonest = Math.min(...[...model.values()].map((timer) => timer.due));
      expect(wheel.next() ?? Infinity).toBeLessThanOrEqual(soonest);
    }
    expect([...wheel.entries()].map(([session]) => session)).toHaveLength(model.size);
  });

  it.each([1, 2, 3])('a ring ends what a list of deadlines ends (seed %i)', (seed) => {
    const random = seededRandom(seed);
    const held = new Tickets(100);
    const ring = new Ring(2, 500, held);
    const model: Model = new Map();
    // Beyond what 32 bits hold.
    let now = 2 ** 32 - 20_000;
    for (let step = 0; step < 20_000; step++) {
      const session = Math.floor(random() * 100);
      held.release(session);
      model.delete(session);
      if (random() < 0.7) {
        ring.arm(session, now + 500);
        model.set(session, { due: now + 500, order: step });
      }
      now += Math.floor(random() * 20);
      const ended: number[] = [];
      for (let next = ring.next(); next !== undefined && next <= now; next = ring.next()) ended.push(ring.take());
      expect(ended).toEqual(due(model, now).map(([one]) => one));
      for (const one of ended) model.delete(one);
      if (step % 1_000 > 0) continue;
      const running = [...model].sort(([, a], [, b]) => a.order - b.order);
      expect([...ring.entries()]).toEqual(running.map(([one, timer]) => [one, timer.due]));
      expect(held.count).toBe(model.size);
    }
  });

  it('a ring that makes room keeps a deadline apart from those before it, also when all who shared it are gone', () => {
    const held = new Tickets(100);
    const ring = new Ring(1, 500, held);
    for (let session = 0; session < 64; session++) ring.arm(session, session < 32 ? 1_000 : 2_000);
    for (let session = 32; session < 64; session++) held.release(session);
    ring.arm(64, 2_000);
    const ends = new Map(ring.entries());
    expect([ends.size, ends.get(31), ends.get(64)]).toEqual([33, 1_000, 2_000]);
  });

  it('300,000 that end in the same millisecond end one after the other, and none is lost', () => {
    const held = new Tickets(300_000);
    const wheel = new Wheel(1, 0, held);
    for (let session = 0; session < 300_000; session++) wheel.arm(session, 1_000);
    let count = 0;
    for (let one = wheel.take(1_000); one !== undefined; one = wheel.take(1_000)) if (one === count) count += 1;
    expect(count).toBe(300_000);
    expect(wheel.next()).toBeUndefined();
  });
});
