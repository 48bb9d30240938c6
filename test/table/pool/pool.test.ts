/** The session pool: numbers that are refused when they are old, timers, saving, and what is asked of it in its own listeners. */
import { describe, expect, it, jest } from '@jest/globals';
import { MISTATUS, type Message, type Output } from '../../../machines/index.js';
import { carried, compileLogic } from '../../../src/table/compile/index.js';
import { createSessionPool, SessionPool, type PresencePool } from '../../../src/table/pool/index.js';
import { createPretendClock, seededRandom } from '../../../src/testing/index.js';
import { call } from '../charts.js';

const callTable = compileLogic(call.machine, { events: call.events, keep: ['code'] }).table;
const calls = (options: ConstructorParameters<typeof SessionPool>[1] = {}) =>
  new SessionPool(callTable, { clock: createPretendClock(), ...options });
const dial = (number: number) => ({ type: 'dial', number }) as never;
const toOnline: readonly Message[] = [
  { type: 'signin.request', tries: 'once', status: MISTATUS.BUSY },
  { type: 'server.found' },
  { type: 'link.opened' },
  { type: 'session.synchronized', resumed: false },
  { type: 'status.published', by: 'signin', status: MISTATUS.BUSY },
];
const linesOf = (pool: PresencePool) => {
  const lines: string[] = [];
  pool.on('OnMyStatusChange', ({ mMyStatus, reason }, session) => void lines.push(`${session}: ${mMyStatus} ${reason}`));
  pool.on('OnSignin', ({ hr }, session) => void lines.push(`${session}: signin ${hr}`));
  return lines;
};

describe('A session pool of the chart', () => {
  it('signs in sessions apart from each other, and publishes what an actor would', () => {
    const pool = createSessionPool({ clock: createPretendClock() });
    const lines = linesOf(pool);
    const [one, two] = [pool.open(), pool.open()];
    for (const message of toOnline) expect(pool.send(one, message)).toBe(true);
    pool.send(two, { type: 'signin.request', tries: 'once' });
    expect(pool.matches(one, 'session.signedIn.busy')).toBe(true);
    expect(pool.matches(one, { session: 'signedIn' })).toBe(true);
    expect(pool.getSnapshot(two).value).toEqual({ attempt: 'findingServer' });
    expect(lines).toEqual([
      `${one}: 256 progress`,
      `${one}: 512 progress`,
      `${one}: signin 0`,
      `${one}: 768 progress`,
      `${one}: 10 progress`,
      `${two}: 256 progress`,
    ]);
    pool.dispose();
  });

  it('L08 ends what has no answer at its limit, in the order of the deadlines, and no sooner', async () => {
    const clock = createPretendClock({ now: 1_000 });
    const pool = createSessionPool({ clock });
    const lines = linesOf(pool);
    const sessions = [pool.open(), pool.open(), pool.open()];
    for (const session of sessions) {
      pool.send(session, { type: 'signin.request', tries: 'once' });
      await clock.advance(1);
    }
    lines.length = 0;
    await clock.advance(9_996);
    expect(lines).toEqual([]);
    await clock.advance(1);
    expect(lines.filter((line) => line.endsWith('serverNotFound'))).toEqual([`${sessions[0]}: 1 serverNotFound`]);
    await clock.advance(2);
    expect(lines.filter((line) => line.endsWith('serverNotFound'))).toEqual(
      sessions.map((session) => `${session}: 1 serverNotFound`),
    );
    expect(clock.timers).toBe(0);
    pool.dispose();
  });

  it('ends what is over after a sleep in the order of the deadlines, fixed and jittered ones among each other', async () => {
    const clock = createPretendClock();
    const waits = [10_200, 9_900, 10_000];
    const pool = createSessionPool({ clock, delays: { retry: (session) => waits[session] ?? 0 } });
    const ended: number[] = [];
    const sessions = waits.map(() => pool.open());
    for (const session of [...sessions, pool.open()]) pool.send(session, { type: 'signin.request', tries: 'retry' });
    for (const session of sessions) pool.send(session, { type: 'server.failed', reason: 'connectFailed' });
    const seen = new Set<number>();
    pool.on('OnMyStatusChange', (_, session) => {
      if (!seen.has(session)) ended.push(session);
      seen.add(session);
    });
    clock.jump(20_000);
    await clock.advance(0);
    // At one instant the limit of finding comes before a wait: the table says which timer is first.
    expect(ended).toEqual([1, 3, 2, 0]);
    pool.dispose();
  });

  it('L22 waits longer after each failure, under the fast grade of the policy, and begins anew after a loss', async () => {
    const clock = createPretendClock();
    const waits: number[] = [];
    const pool = createSessionPool({ clock, random: () => 0.5 });
    const session = pool.open();
    pool.send(session, { type: 'signin.request', tries: 'retry' });
    for (let failure = 0; failure < 8; failure++) {
      pool.send(session, { type: 'server.failed', reason: 'connectFailed' });
      const begin = clock.now();
      while (!pool.matches(session, { attempt: 'findingServer' })) await clock.advance(500);
      waits.push(clock.now() - begin);
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    for (const message of toOnline.slice(1))
      pool.send(session, message.type === 'status.published' ? { ...message, status: MISTATUS.ONLINE } : message);
    pool.send(session, { type: 'link.lost', reason: 'lineLost' });
    const begin = clock.now();
    while (!pool.matches(session, { attempt: 'findingServer' })) await clock.advance(500);
    expect(clock.now() - begin).toBe(2_500);
    pool.dispose();
  });

  it('hands on a transport’s own code, and shares what has no data', () => {
    const pool = createSessionPool({ clock: createPretendClock() });
    const said: Output[] = [];
    pool.on('*', (output) => void said.push(output));
    const hrs = [-2130705400, -2130705401].map((hr) => {
      const session = pool.open();
      pool.send(session, { type: 'signin.request', tries: 'once' });
      pool.send(session, { type: 'server.failed', reason: 'serverTooBusy', hr: hr as never });
      const notice = said.find(({ type }) => type === 'OnSignin');
      said.length = 0;
      return notice && 'hr' in notice ? notice.hr : undefined;
    });
    expect(hrs).toEqual([-2130705400, -2130705401]);
    const [first, second] = [pool.open(), pool.open()].map((session) => {
      said.length = 0;
      pool.send(session, { type: 'signin.request', tries: 'once' });
      return said.find(({ type }) => type === 'OnMyStatusChange');
    });
    expect(first).toBe(second);
    expect(Object.isFrozen(first)).toBe(true);
    pool.dispose();
  });

  it('does a batch as it does one after the other', () => {
    const pools = [
      createSessionPool({ clock: createPretendClock() }),
      createSessionPool({ clock: createPretendClock() }),
    ] as const;
    const lines = pools.map(linesOf);
    const sessions = pools.map((pool) => Array.from({ length: 50 }, () => pool.open()));
    const random = seededRandom(5);
    const chosen = Array.from({ length: 4_000 }, () => Math.floor(random() * 50));
    const messages = chosen.map(() => toOnline[Math.floor(random() * toOnline.length)] as Message);
    let sent = 0;
    for (const [at, who] of chosen.entries()) if (pools[0].send(sessions[0]?.[who] ?? -1, messages[at] as Message)) sent += 1;
    const taken = pools[1].dispatch(
      Uint32Array.from(chosen, (who) => sessions[1]?.[who] ?? -1),
      Uint16Array.from(messages, (message) => pools[1].codeOf(message)),
    );
    expect(taken).toBe(sent);
    expect(lines[1]).toEqual(lines[0]);
    expect(pools[1].sendAll(sessions[1] ?? [], { type: 'network.lost' })).toBe(
      pools[0].sendAll(sessions[0] ?? [], { type: 'network.lost' }),
    );
    expect(lines[1]).toEqual(lines[0]);
    for (const pool of pools) pool.dispose();
  });
});

describe('A number that is none is refused', () => {
  it('closed, used again, never given', () => {
    const pool = calls();
    const first = pool.open();
    pool.close(first);
    const second = pool.open();
    expect(second).not.toBe(first);
    expect(pool.isOpen(first)).toBe(false);
    expect(() => pool.send(first, dial(1))).toThrow(`session ${first} is closed`);
    expect(() => pool.close(first)).toThrow(RangeError);
    for (const wrong of [-1, 1.5, NaN, 2 ** 31 + 5, 77, undefined, 'x'])
      expect(() => pool.send(wrong as never, dial(1))).toThrow(/expected a session|is closed/);
    expect(pool.send(second, dial(1))).toBe(true);
    expect([...pool]).toEqual([second]);
    pool.dispose();
  });

  it('an event, a value or a batch that the table does not have, without anything changed', () => {
    const pool = createSessionPool({ clock: createPretendClock() });
    const lines = linesOf(pool);
    const session = pool.open();
    const wrong: readonly (readonly [unknown, string])[] = [
      [{ type: 'nonsense' }, 'expected an event of the table, got { type nonsense }'],
      [{ type: 'signin.request', tries: 'often' }, 'expected tries: one of once, retry in signin.request'],
      [{ type: 'signin.request', tries: 'once', status: 99 }, 'expected status: one of'],
      [{ type: 'server.found', more: 1 }, 'expected 1 fields in server.found'],
      [{ type: 'server.failed', reason: 'lineLost', hr: 1.5 }, 'hr: expected a whole number of 32 bits, got 1.5'],
      [undefined, 'expected an event of the table, got undefined'],
    ];
    for (const [event, message] of wrong) expect(() => pool.send(session, event as never)).toThrow(message);
    expect(() => pool.dispatch(Uint32Array.of(session), Uint16Array.of(9_999))).toThrow('codes[0]: expected less than');
    expect(() => pool.dispatch(Uint32Array.of(session), Uint16Array.of())).toThrow('expected lists of one length, got 1, 0');
    expect(lines).toEqual([]);
    expect(pool.getSnapshot(session).value).toEqual({ offline: 'signedOut' });
    pool.dispose();
    expect(() => pool.open()).toThrow('the pool has been disposed of');
  });

  it('a pool that is full says so, and goes on when one is closed', () => {
    const pool = calls({ capacity: 3 });
    const sessions = [pool.open(), pool.open(), pool.open()];
    expect(() => pool.open()).toThrow('all 3 sessions of the pool are open');
    pool.close(sessions[1] as number);
    expect(pool.isOpen(pool.open())).toBe(true);
    expect(pool.size).toBe(3);
    pool.dispose();
  });

  it.each<[string, object, string]>([
    ['capacity', { capacity: 0 }, 'capacity: expected a whole number'],
    ['an unknown delay', { delays: { lunch: 1 } }, 'delays: expected one of none, got lunch'],
  ])('options: %s', (_, options, message) => {
    expect(() => calls(options)).toThrow(message);
  });

  it('options: a delay that is no time, and a policy that is none', () => {
    expect(() => createSessionPool({ delays: { logon: -1 } })).toThrow(
      'delays.logon: expected ms, 0 or more, or a function, got -1',
    );
    expect(() => createSessionPool({ policy: { speed: 1 } as never })).toThrow('policy: expected one of base');
  });
});

describe('In its own listeners', () => {
  it('a send to the same session waits for its end, one to another runs at once', () => {
    const pool = calls();
    const order: string[] = [];
    const [one, two] = [pool.open(), pool.open()];
    pool.on('Rings', (_, session) => {
      order.push(`rings ${session}`);
      if (session !== one) return;
      pool.send(one, { type: 'answer' });
      pool.send(two, dial(2));
      order.push('end');
    });
    pool.on('Talks', (_, session) => void order.push(`talks ${session}`));
    pool.send(one, dial(1));
    expect(order).toEqual([`rings ${one}`, `rings ${two}`, 'end', `talks ${one}`]);
    pool.dispose();
  });

  it('a session that is closed hears no more of what was sent to it, and a listener that throws harms nobody', () => {
    const errors = jest.spyOn(console, 'error').mockImplementation(() => {});
    const pool = calls();
    const heard: string[] = [];
    const session = pool.open();
    pool.on('Rings', () => {
      pool.send(session, { type: 'answer' });
      pool.close(session);
      throw new Error('mine');
    });
    pool.on('*', ({ type }) => void heard.push(type));
    pool.send(session, dial(1));
    expect(heard).toEqual(['Rings']);
    expect(pool.size).toBe(0);
    expect(errors).toHaveBeenCalledTimes(1);
    errors.mockRestore();
    pool.dispose();
  });
});

describe('A saved pool', () => {
  const saved = async () => {
    const clock = createPretendClock({ now: 50_000 });
    const pool = calls({ clock });
    const sessions = [pool.open(), pool.open(), pool.open()];
    pool.send(sessions[0] as number, dial(17));
    await clock.advance(1_000);
    pool.send(sessions[2] as number, dial(18));
    pool.close(sessions[1] as number);
    return { clock, pool, sessions, bytes: pool.save() };
  };

  it('goes on elsewhere with the same numbers, words and deadlines', async () => {
    const { clock, pool, sessions, bytes } = await saved();
    const later = createPretendClock({ now: clock.now() + 500 });
    const again = calls({ clock: later });
    again.restore(bytes);
    const [here, there] = [pool, again].map((one) => {
      const heard: string[] = [];
      one.on('*', (emitted, session) => void heard.push(`${session} ${JSON.stringify(Object.entries(emitted).map(String))}`));
      return heard;
    });
    await clock.advance(500);
    expect([...again]).toEqual([...pool]);
    for (const wait of [400, 1_100, 499, 1, 5_000, 9_000]) {
      await clock.advance(wait);
      await later.advance(wait);
      expect(there).toEqual(here);
    }
    expect(here?.length).toBeGreaterThan(3);
    expect(() => again.send(sessions[1] as number, dial(1))).toThrow('is closed');
    for (const one of [pool, again]) one.dispose();
  });

  it('ends at once what is over meanwhile, in order', async () => {
    const { sessions, bytes, pool } = await saved();
    const clock = createPretendClock({ now: 1_000_000 });
    const again = calls({ clock });
    const heard: number[] = [];
    again.restore(bytes);
    again.on('*', (_, session) => void heard.push(session));
    await clock.advance(501);
    expect(heard).toEqual([sessions[0], sessions[2]]);
    for (const one of [pool, again]) one.dispose();
  });

  it('is refused when it is cut off, damaged, another table’s or too large, and nothing is taken up', async () => {
    const { bytes, pool } = await saved();
    const fresh = calls();
    for (let length = 0; length < bytes.length; length += 7)
      expect(() => fresh.restore(bytes.slice(0, length))).toThrow(TypeError);
    for (let at = 0; at < bytes.length; at += 5) {
      const damaged = bytes.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x41;
      expect(() => fresh.restore(damaged)).toThrow(TypeError);
    }
    expect(() => fresh.restore('text' as never)).toThrow('expected the bytes of a saved pool, got string');
    expect(() => createSessionPool.restore(bytes)).toThrow('the saved pool is one of the table');
    expect(() => calls({ capacity: 2 }).restore(bytes)).toThrow('the saved pool has 3 places, this one holds 2');
    expect(() => pool.restore(bytes)).toThrow('only by one that has had no session');
    expect(fresh.size).toBe(0);
    fresh.restore(bytes);
    expect(fresh.size).toBe(2);
    for (const one of [pool, fresh]) one.dispose();
  });
});

it('A register holds any value that is carried, and lets go of it when the session is closed', () => {
  const text = compileLogic(call.machine, {
    events: call.events.map((event) => (event.type === 'dial' ? { ...event, number: carried.any } : event)),
  });
  const pool = new SessionPool(text.table, { clock: createPretendClock() });
  const heard: unknown[] = [];
  pool.on('Rings', ({ number }) => void heard.push(number));
  const session = pool.open();
  pool.send(session, { type: 'dial', number: 'alice' } as never);
  pool.send(session, { type: 'hang' });
  pool.send(session, { type: 'redial' });
  expect(heard).toEqual(['alice', 'alice']);
  pool.close(session);
  pool.dispose();
});
