/** One step of a session, whatever happens in the middle of it: a delay that cannot be had, an end, a word to one that is waiting. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { MISTATUS, type Message } from '../../../machines/index.js';
import { compileLogic } from '../../../src/table/compile/index.js';
import { createSessionPool, SessionPool, type DelayFunction, type PresencePool } from '../../../src/table/pool/index.js';
import { createPretendClock, seededRandom } from '../../../src/testing/index.js';
import { call } from '../charts.js';

const callTable = compileLogic(call.machine, { events: call.events }).table;
const dial = (number: number) => ({ type: 'dial', number }) as never;
const toOnline: readonly Message[] = [
  { type: 'signin.request', tries: 'once', status: MISTATUS.BUSY },
  { type: 'server.found' },
  { type: 'link.opened' },
  { type: 'session.synchronized', resumed: false },
  { type: 'status.published', by: 'signin', status: MISTATUS.BUSY },
];
const lost: Message = { type: 'link.lost', reason: 'lineLost' };
const day = 86_400_000;

function online(retry: DelayFunction, clock = createPretendClock()) {
  const pool = createSessionPool({ clock, delays: { retry } });
  const session = pool.open();
  for (const message of toOnline) pool.send(session, message);
  return { pool, session, clock };
}
const all = (pool: PresencePool, session: number) => JSON.stringify([pool.getSnapshot(session), pool.size, [...pool.save()]]);

afterEach(() => {
  jest.restoreAllMocks();
});

describe('A delay that cannot be had', () => {
  it.each<[string, DelayFunction, string]>([
    [
      'throws',
      () => {
        throw new Error('no policy');
      },
      'no policy',
    ],
    ['is no time', () => NaN, 'delays.retry: expected ms, 0 or more, got NaN'],
    ['is too long', () => 2 ** 31, 'delays.retry: expected ms, 0 or more, got 2147483648'],
  ])('leaves a session that is busy as it was when it %s, and the sender is told', (_, retry, message) => {
    const { pool, session, clock } = online(retry);
    const before = all(pool, session);
    const { timers } = clock;
    expect(() => pool.send(session, lost)).toThrow(message);
    expect(() => pool.dispatch(Uint32Array.of(session), Uint16Array.of(pool.codeOf(lost)))).toThrow(message);
    expect(all(pool, session)).toBe(before);
    expect(clock.timers).toBe(timers);
    pool.dispose();
  });

  it('at the end of a timer is reported, and the end comes again until it can be had', async () => {
    const errors = jest.spyOn(console, 'error').mockImplementation(() => {});
    let isBroken = true;
    const clock = createPretendClock();
    const pool = createSessionPool({
      clock,
      delays: {
        retry: () => {
          if (isBroken) throw new Error('not now');
          return 500;
        },
      },
    });
    const session = pool.open();
    pool.send(session, { type: 'signin.request', tries: 'retry' });
    await clock.advance(10_000);
    expect(errors).toHaveBeenCalledTimes(1);
    await clock.advance(2_000);
    expect(errors).toHaveBeenCalledTimes(3);
    expect(pool.getSnapshot(session).value).toEqual({ attempt: 'findingServer' });
    isBroken = false;
    await clock.advance(1_000);
    expect(pool.getSnapshot(session).value).toEqual({ offline: 'waitingToRetry' });
    await clock.advance(500);
    expect(pool.getSnapshot(session).value).toEqual({ attempt: 'findingServer' });
    pool.dispose();
  });

  it('of a session that waits for its turn is reported, and those behind it get theirs', () => {
    const errors = jest.spyOn(console, 'error').mockImplementation(() => {});
    const { pool, session } = online(() => {
      throw new Error('no policy');
    });
    const other = pool.open();
    let isFirst = true;
    pool.on('OnMyStatusChange', () => {
      if (!isFirst) return;
      isFirst = false;
      pool.send(other, { type: 'signout.request' });
      pool.send(session, { type: 'link.lost', reason: 'lineLost' });
      pool.send(session, { type: 'signout.request' });
    });
    pool.send(session, { type: 'status.request', status: MISTATUS.AWAY });
    pool.send(session, { type: 'status.published', by: 'user', status: MISTATUS.AWAY });
    expect(errors).toHaveBeenCalledTimes(1);
    expect(pool.getSnapshot(session).value).toEqual('disconnecting');
    pool.dispose();
  });

  it('whose function closes the session leaves none; what it sends to the session comes after the step', () => {
    const closing = online((session) => {
      closing.pool.close(session);
      return 1;
    });
    closing.pool.send(closing.session, lost);
    expect([closing.pool.size, closing.clock.timers <= 1]).toEqual([0, true]);
    closing.pool.dispose();
    const sending = online((session) => {
      expect(sending.pool.send(session, { type: 'signout.request' })).toBe(true);
      expect(sending.pool.matches(session, 'session.signedIn.busy')).toBe(true);
      return 1;
    });
    sending.pool.send(sending.session, lost);
    expect(sending.pool.getSnapshot(sending.session).value).toEqual({ offline: 'signedOut' });
    sending.pool.dispose();
  });
});

describe('A step under way', () => {
  it.each(['close', 'dispose'] as const)('says nothing more once a listener has asked for %s', (deed) => {
    const pool = createSessionPool({ clock: createPretendClock() });
    const session = pool.open();
    for (const message of toOnline.slice(0, 2)) pool.send(session, message);
    const heard: string[] = [];
    pool.on('OnSignin', () => (deed === 'close' ? pool.close(session) : pool.dispose()));
    pool.on('*', ({ type }) => void heard.push(type));
    pool.send(session, { type: 'link.opened' });
    expect(heard).toEqual(['timer.stop', 'OnSignin']);
    if (deed === 'close') expect(pool.size).toBe(0);
    pool.dispose();
  });

  it('what comes to a session for which something waits already comes after that', () => {
    const pool = new SessionPool(callTable, { clock: createPretendClock() });
    const ring = Array.from({ length: 130 }, () => pool.open());
    const last = pool.open();
    const order: string[] = [];
    pool.on('Rings', ({ number }, session) => {
      const at = ring.indexOf(session);
      if (session === last) order.push(`rings ${String(number)}`);
      else if (at + 1 < ring.length) pool.send(ring[at + 1] as number, dial(at + 1));
      // Too deep: it waits. So must what comes from further out before it has had its turn.
      if (at === 127) pool.send(last, dial(1));
      if (at === 100) {
        pool.send(last, { type: 'hang' });
        pool.send(last, dial(2));
      }
    });
    pool.send(ring[0] as number, dial(0));
    expect(order).toEqual(['rings 1', 'rings 2']);
    pool.dispose();
  });

  it('of a session that is opened with values that no column holds leaves no place taken', () => {
    const pool = new SessionPool(callTable, { clock: createPretendClock(), capacity: 1 });
    const { value, context } = pool.getSnapshot(pool.open());
    for (const session of pool) pool.close(session);
    const wrong = { ...context, number: 'seven' };
    expect(() => pool.open({ snapshot: { value, context: wrong } })).toThrow(
      'context.number: expected a whole number of 32 bits',
    );
    expect(pool.size).toBe(0);
    expect(pool.isOpen(pool.open({ snapshot: { value, context } }))).toBe(true);
    pool.dispose();
  });
});

it.each([1, 24, 25, 30, 45, 60, 400])(
  'Deadlines of a pool that is taken up after %i days end at once, in order',
  async (days) => {
    const clock = createPretendClock({ now: 1_700_000_000_000 });
    const pool = new SessionPool(callTable, { clock });
    const sessions = Array.from({ length: 20 }, () => pool.open());
    const random = seededRandom(days);
    const order = sessions.map((session) => ({ session, at: random() })).sort((a, b) => a.at - b.at);
    for (const { session } of order) {
      pool.send(session, dial(1));
      await clock.advance(10);
    }
    const later = createPretendClock({ now: clock.now() + days * day });
    const again = new SessionPool(callTable, { clock: later });
    const heard: number[] = [];
    again.restore(pool.save());
    again.on('Rings', (_, session) => void heard.push(session));
    await later.advance(0);
    expect(sessions.every((session) => again.matches(session, 'failed'))).toBe(true);
    await later.advance(500);
    expect(heard).toEqual(order.map(({ session }) => session));
    for (const one of [pool, again]) one.dispose();
  },
);

it('Timers of the host’s own clock end after their time, however many sessions were stepped in one turn', async () => {
  const pool = createSessionPool({ delays: { finding: 30 } });
  const sessions = Array.from({ length: 2_000 }, () => pool.open());
  const begin = performance.now();
  const ends: number[] = [];
  const over = new Promise<void>((resolve) => {
    pool.on('OnSignin', () => {
      ends.push(performance.now() - begin);
      if (ends.length === sessions.length) resolve();
    });
  });
  for (const session of sessions) pool.send(session, { type: 'signin.request', tries: 'once' });
  await over;
  // A clock of whole milliseconds, as the host's own timers have.
  expect(Math.min(...ends)).toBeGreaterThanOrEqual(29);
  pool.dispose();
});
