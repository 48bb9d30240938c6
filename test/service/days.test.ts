/** A status for a time, over days: nights of sleep, restarts, clocks that are changed or jump, and random days against a model (M25, 48 hours and more). */
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { isOnline, MISTATUS, statusName, type PersistedSnapshot, type SettableStatus, type Wish } from '../../src/index.js';
import { ann, bringTo, stage, type Stage } from '../support/stage.js';

const { AWAY, BUSY, ONLINE, ON_THE_PHONE, OUT_TO_LUNCH } = MISTATUS;
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const noIdleness = { policy: { idleFrom: [] } };

const inBerlin = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', dateStyle: 'short', timeStyle: 'short' });

/** Signed in at a point in time. */
async function onlineAt(time: number, options = {}): Promise<Stage> {
  const it1 = stage({ credentials: ann, ...options });
  it1.clock.jump(time - it1.clock.now());
  await bringTo(it1, 'online');
  return it1;
}
async function restarted(it1: Stage): Promise<Stage> {
  const snapshot = JSON.parse(JSON.stringify(it1.service.getPersistedSnapshot())) as PersistedSnapshot;
  await it1.service.dispose();
  return stage({ after: it1, credentials: ann, ...noIdleness, snapshot });
}

describe('M25 "Until nine tomorrow morning"', () => {
  it.each([
    ['forward', Date.UTC(2026, 2, 28, 20), Date.UTC(2026, 2, 29, 7)],
    ['back', Date.UTC(2026, 9, 24, 19), Date.UTC(2026, 9, 25, 8)],
    ['not at all', Date.UTC(2026, 5, 1, 19), Date.UTC(2026, 5, 2, 7)],
  ])('ends at nine by the wall, when the clocks are changed %s in the night', async (_, evening, nine) => {
    const it1 = await onlineAt(evening);
    it1.service.setStatus(BUSY, { note: 'night shift', until: new Date(nine) });
    await it1.clock.advance(nine - evening - 1);
    expect(it1.told()).toEqual(['BUSY userRequest']);
    await it1.clock.advance(1);
    expect(it1.told()).toEqual(['ONLINE statusExpired']);
    expect(inBerlin.format(it1.clock.now())).toMatch(/, 09:00$/);
  });

  it.each([hour, -hour])(
    'ends at nine by a clock that is itself set by %i ms in the night, as a badly kept one is',
    async (jump) => {
      const evening = Date.UTC(2026, 2, 28, 20);
      const nine = Date.UTC(2026, 2, 29, 7);
      const it1 = await onlineAt(evening);
      it1.service.setStatus(BUSY, { until: nine });
      await it1.clock.advance(4 * hour);
      it1.clock.jump(jump);
      await it1.clock.advance(nine - it1.clock.now() - 1);
      expect(it1.service.myStatus).toBe(BUSY);
      await it1.clock.advance(1);
      expect(it1.service.myStatus).toBe(ONLINE);
    },
  );

  it.each(['asleep', 'offline', 'switched off', 'asleep without a word'])(
    'is over when it passes %s, and nobody sees it again',
    async (how) => {
      let it1 = await onlineAt(Date.UTC(2026, 2, 28, 20), noIdleness);
      it1.service.setStatus(AWAY, { note: 'lasting' });
      it1.service.setStatus(BUSY, { note: 'till nine', until: it1.clock.now() + 11 * hour });
      await it1.clock.advance(hour);
      const seen: string[] = [];
      if (how === 'asleep') it1.service.environment({ awake: false });
      if (how === 'offline') it1.service.environment({ network: false });
      await it1.clock.settle();
      it1.server.on('presence', ({ name, status }) => void (name === ann.name && seen.push(statusName(status))));
      if (how === 'offline') await it1.clock.advance(30 * hour);
      else it1.clock.jump(30 * hour);
      if (how === 'switched off') it1 = await restarted(it1);
      it1.service.environment({ awake: true, network: true });
      await it1.clock.advance(10_000);
      expect(it1.others()).toEqual({ status: 'AWAY', note: 'lasting' });
      expect(it1.service.wanted).toEqual({ status: AWAY, note: 'lasting' });
      expect(seen).not.toContain('BUSY');
    },
  );

  it('a change by hand wins over the end that is still to come, also over a restart', async () => {
    let it1 = await onlineAt(Date.UTC(2026, 2, 28, 20), noIdleness);
    it1.service.setStatus(BUSY, { until: it1.clock.now() + 11 * hour });
    await it1.clock.advance(hour);
    it1.service.setStatus(OUT_TO_LUNCH, { note: 'by hand' });
    await it1.clock.settle();
    it1 = await restarted(it1);
    await it1.clock.advance(10_000);
    it1.clock.jump(3 * day);
    await it1.clock.advance(10_000);
    expect(it1.others()).toEqual({ status: 'OUT_TO_LUNCH', note: 'by hand' });
    expect(it1.told()).not.toContain('ONLINE statusExpired');
  });
});

describe('M25 Four days', () => {
  it('of mornings, lunches, nights asleep and restarts: at every hour others see what was wanted for it', async () => {
    // The clocks are changed in the second night.
    const begin = Date.UTC(2026, 2, 27, 8);
    let it1 = await onlineAt(begin, noIdleness);
    let hours = 0;
    for (let date = 0; date < 4; date += 1) {
      for (let of = 8; of < 22; of += 1) {
        const at = begin + date * day + (of - 8) * hour;
        await it1.clock.advance(at - it1.clock.now());
        if (of === 9) it1.service.setStatus(BUSY, { note: 'morning', until: at + 4 * hour });
        if (of === 12) it1.service.setStatus(OUT_TO_LUNCH, { note: 'soup', until: new Date(at + hour / 2) });
        await it1.clock.advance(minute);
        const expected = of < 9 || of >= 13 ? { status: 'ONLINE' } : of < 12 ? { status: 'BUSY', note: 'morning' } : undefined;
        expect([date, of, it1.others()]).toEqual([date, of, expected ?? { status: 'OUT_TO_LUNCH', note: 'soup' }]);
        hours += 1;
        if (of !== 12) continue;
        // After the soup the morning is still on.
        await it1.clock.advance(hour / 2);
        expect([date, it1.others()]).toEqual([date, { status: 'BUSY', note: 'morning' }]);
      }
      // Whoever goes to bed at half past ten has had a status for the night, and it is over in the morning.
      it1.service.setStatus(ON_THE_PHONE, { note: 'night', until: it1.clock.now() + 4 * hour });
      await it1.clock.settle();
      if (date % 3 === 0) it1 = await restarted(it1);
      else it1.service.environment({ awake: false });
      await it1.clock.settle();
      it1.clock.jump(9 * hour);
      it1.service.environment({ awake: true });
      await it1.clock.advance(10_000);
    }
    expect(hours).toBe(4 * 14);
  }, 30_000);
});

/** The stack of one, said again: what holds at a time. */
class Model {
  #lasting: Wish = { status: ONLINE };
  #former: Wish | undefined;
  #top: Wish | undefined;

  set(wish: Wish, now: number): void {
    this.pass(now);
    if (wish.until === undefined) {
      this.#lasting = wish;
      this.#top = this.#former = undefined;
    } else {
      this.#former = this.#top;
      this.#top = wish;
    }
  }
  pass(now: number): Wish {
    const isOver = (wish: Wish | undefined) => wish?.until !== undefined && wish.until <= now;
    if (isOver(this.#top)) {
      this.#top = this.#former;
      this.#former = undefined;
    }
    if (isOver(this.#top)) this.#top = undefined;
    return this.#top ?? this.#lasting;
  }
}

type Deed =
  | { readonly do: 'set'; readonly status: SettableStatus; readonly note: string; readonly minutes: number | undefined }
  | { readonly do: 'wait' | 'jump'; readonly minutes: number }
  | { readonly do: 'lose' | 'network' | 'sleep' | 'restart' };

const anyDeed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({
    do: fc.constant('set' as const),
    status: fc.constantFrom(ONLINE, BUSY, AWAY, ON_THE_PHONE),
    note: fc.constantFrom('one', 'two', 'three'),
    minutes: fc.option(fc.integer({ min: 1, max: 3_000 }), { nil: undefined }),
  }),
  fc.record({ do: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ do: fc.constant('jump' as const), minutes: fc.integer({ min: -90, max: 1_500 }) }),
  fc.record({ do: fc.constantFrom('lose' as const, 'network' as const, 'sleep' as const, 'restart' as const) }),
);

describe('M25 Random days', () => {
  it('of wishes, waits, jumps, losses, holds and restarts, 48 hours and more: wanted is what the model says, and so is what others see', async () => {
    let longest = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(anyDeed, { minLength: 10, maxLength: 25 }), async (deeds) => {
        let it1 = await onlineAt(Date.UTC(2026, 2, 28, 20), noIdleness);
        const begin = it1.clock.now();
        const model = new Model();
        let network = true;
        let awake = true;
        const check = (): void => {
          const now = it1.clock.now();
          const { status, note, until } = model.pass(now);
          expect(it1.service.wanted).toEqual({
            status,
            ...(note === undefined ? {} : { note }),
            ...(until === undefined ? {} : { until }),
          });
          if (!isOnline(it1.service.myStatus)) return;
          expect(it1.others()).toEqual({ status: statusName(status), ...(note === undefined ? {} : { note }) });
        };
        for (const deed of [...deeds, { do: 'jump', minutes: 2_880 } as const]) {
          const now = it1.clock.now();
          if (deed.do === 'set') {
            const until = deed.minutes === undefined ? {} : { until: now + deed.minutes * minute };
            const wish = { status: deed.status, note: deed.note, ...until };
            const { status, ...rest } = wish;
            expect(it1.service.setStatus(status, rest)).toBeGreaterThanOrEqual(0);
            model.set(wish, now);
          } else if (deed.do === 'wait') {
            // No end may be noticed late: the model looks at the end of each minute.
            for (let left = deed.minutes; left > 0; left -= 15) {
              await it1.clock.advance(Math.min(15, left) * minute);
              model.pass(it1.clock.now());
            }
          } else if (deed.do === 'jump') it1.clock.jump(deed.minutes * minute);
          else if (deed.do === 'lose') it1.server.drop(ann.name);
          else if (deed.do === 'restart') it1 = await restarted(it1);
          else if (deed.do === 'network') it1.service.environment({ network: (network = !network) });
          else it1.service.environment({ awake: (awake = !awake) });
          if (deed.do === 'restart') network = awake = true;
          await it1.clock.advance(0);
          check();
        }
        it1.service.environment({ network: true, awake: true });
        await it1.clock.advance(10 * minute);
        expect(isOnline(it1.service.myStatus)).toBe(true);
        check();
        longest = Math.max(longest, it1.clock.now() - begin);
        await it1.service.dispose();
      }),
      { numRuns: 40, seed: 20261121 },
    );
    expect(longest).toBeGreaterThan(48 * hour);
  }, 60_000);
});
