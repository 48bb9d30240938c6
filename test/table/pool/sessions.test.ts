/** The numbers of sessions: each is one session's, for as long as there are numbers. */
import { describe, expect, it } from '@jest/globals';
import { compileLogic } from '../../../src/table/compile/index.js';
import { SessionPool } from '../../../src/table/pool/index.js';
import { createPretendClock } from '../../../src/testing/index.js';
import { call } from '../charts.js';

const { table } = compileLogic(call.machine, { events: call.events, keep: ['code'] });
const poolOf = (capacity?: number) =>
  new SessionPool(table, { clock: createPretendClock(), ...(capacity === undefined ? {} : { capacity }) });
const hang = { type: 'hang' } as const;

describe('The number of a session', () => {
  it('is given again after 131,072 sessions at the soonest, where the pool has room: places are used in turn', () => {
    const pool = poolOf();
    const seen = new Set<number>();
    for (let count = 0; count < 131_072; count++) {
      const session = pool.open();
      seen.add(session);
      pool.close(session);
    }
    expect(seen.size).toBe(131_072);
    expect(seen.has(pool.open())).toBe(true);
    pool.dispose();
  });

  it('waits for its turn behind all that are free, whatever the order in which they were closed', () => {
    const pool = poolOf(4);
    const sessions = [pool.open(), pool.open(), pool.open(), pool.open()];
    const placeOf = (session: number) => session % 2 ** 24;
    for (const at of [2, 0, 3]) pool.close(sessions[at] as number);
    expect([pool.open(), pool.open(), pool.open()].map(placeOf)).toEqual([2, 0, 3]);
    expect(() => pool.open()).toThrow('all 4 sessions of the pool are open');
    pool.dispose();
  });

  it('is in a pool of one the same after 128 sessions, and not before', () => {
    const pool = poolOf(1);
    const first = pool.open();
    pool.close(first);
    for (let user = 1; user < 128; user++) {
      const session = pool.open();
      expect([pool.isOpen(first), session === first]).toEqual([false, false]);
      expect(() => pool.send(first, hang)).toThrow(`session ${first} is closed`);
      pool.close(session);
    }
    expect(pool.open()).toBe(first);
    pool.dispose();
  });

  it('is refused by all in one way: what is not open cannot be sent to, and what is open can', () => {
    const pool = poolOf();
    const [one, two] = [pool.open(), pool.open()];
    pool.close(one);
    const third = pool.open();
    const numbers = [one, two, third].flatMap((session) => [
      session,
      session + 2 ** 32,
      session - 2 ** 32,
      session + 2 ** 24,
      session + 2 ** 31,
      session + 0.5,
      -session - 1,
    ]);
    for (const session of [
      ...numbers,
      NaN,
      Infinity,
      -Infinity,
      2 ** 53,
      '0',
      `${two}`,
      null,
      undefined,
      [two],
      {},
    ] as number[]) {
      const isOpen = session === two || session === third;
      expect([session, pool.isOpen(session)]).toEqual([session, isOpen]);
      if (isOpen) expect(() => pool.send(session, hang)).not.toThrow();
      else {
        expect(() => pool.send(session, hang)).toThrow(RangeError);
        expect(() => pool.getSnapshot(session)).toThrow(/^(session \d+ is closed|expected a session, got )/);
        expect(() => pool.close(session)).toThrow(RangeError);
      }
    }
    expect(pool.size).toBe(2);
    pool.dispose();
  });

  it('stays in its turn in a pool that was saved: the places that were free are used before new ones', () => {
    const pool = poolOf(2_000);
    const sessions = Array.from({ length: 1_500 }, () => pool.open());
    for (const session of sessions.slice(0, 1_000)) pool.close(session);
    const again = poolOf(2_000);
    again.restore(pool.save());
    const opened = new Set(Array.from({ length: 1_500 }, () => again.open()));
    expect([opened.size, again.size]).toEqual([1_500, 2_000]);
    for (const session of sessions) expect([session, opened.has(session)]).toEqual([session, false]);
    expect(() => again.open()).toThrow('all 2000 sessions');
    for (const one of [pool, again]) one.dispose();
  });
});
