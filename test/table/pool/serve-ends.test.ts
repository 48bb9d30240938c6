/**
 * A served pool when something goes wrong in the app's own code, or when the app ends something in the middle of a step: nothing is left without a
 * word, and nothing is kept of who is gone.
 */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MISTATUS, results, type Output } from '../../../machines/index.js';
import { TransportError } from '../../../src/index.js';
import { createSessionPool, servePool } from '../../../src/table/pool/index.js';
import { createPretendClock } from '../../../src/testing/index.js';
import { createMemoryServer } from '../../../src/transports/memory/index.js';
import { createFakeTransport } from '../../support/fake-transport.js';
import { createServedStage, type StageOptions } from '../../support/served.js';

const { S_OK, MSGR_E_SERVER_TOO_BUSY } = results;
const alice = { name: 'alice', password: 'open sesame' };

const toSynchronizing = [{ type: 'signin.request', tries: 'retry' }, { type: 'server.found' }, { type: 'link.opened' }] as const;

const unhandled: unknown[] = [];
const note = (error: unknown): void => void unhandled.push(error);
const reported: unknown[] = [];
const ends: (() => void)[] = [];
beforeEach(() => {
  process.on('unhandledRejection', note);
  jest.spyOn(console, 'error').mockImplementation((error) => void reported.push(error));
});
afterEach(async () => {
  // Rejections that nobody has handled are told of after the microtasks.
  await new Promise((resolve) => void setImmediate(resolve));
  process.off('unhandledRejection', note);
  jest.restoreAllMocks();
  ends.splice(0).forEach((end) => end());
  expect(unhandled.splice(0)).toEqual([]);
  reported.length = 0;
});
const messages = () => reported.splice(0).map((error) => (error as Error).message);

function stage(options: StageOptions = {}) {
  const made = createServedStage(options);
  ends.push(made.end);
  return made;
}

describe('A function of the app that throws', () => {
  const broken = (timer: string) => {
    const state = { isBroken: true, calls: 0 };
    const delay = () => {
      state.calls += 1;
      if (state.isBroken) throw new Error(`no ${timer}`);
      return 1_000;
    };
    return { state, delays: { [timer]: delay } };
  };

  it('for the length of logon, in the answer of findServer, is reported; from findingServer on goes what is still counted', async () => {
    const { delays } = broken('logon');
    const { clock, host, told, find, session } = stage({ delays });
    host.signin(session, alice);
    await find();
    expect(messages()).toEqual(['no logon']);
    await clock.advance(10_000);
    expect(told.at(-1)).toBe('OFFLINE serverNotFound');
    expect(host.serving).toBe(0);
  });

  it('for the length of a wait, in the answer of connect, is reported', async () => {
    const { state, delays } = broken('retry');
    const { clock, fake, host, told, find, session } = stage({ delays });
    host.signin(session, alice, { tries: 'retry' });
    await find();
    fake.last('connect').reject(new TransportError('connectFailed'));
    await clock.settle();
    expect(messages()).toContain('no retry');
    state.isBroken = false;
    await clock.advance(20_000);
    expect(told).toContain('OFFLINE logonTimeout');
  });

  it('for the length of a wait, when a line is lost, does not reach the transport, and the loss is told as soon as it can be (L20)', async () => {
    const { state, delays } = broken('retry');
    const { clock, fake, pool, host, told, arrive, session } = stage({ delays });
    host.signin(session, alice);
    const link = await arrive();
    expect(() => link.lose(new TransportError('lineLost'))).not.toThrow();
    expect(messages()).toEqual(['no retry']);
    expect([link.drops, told.at(-1)]).toEqual([1, 'ONLINE progress']);
    state.isBroken = false;
    await clock.advance(3_000);
    expect(told.at(-1)).toBe('OFFLINE timedOut');
    await clock.advance(1_000);
    expect(pool.matches(session, { attempt: 'findingServer' })).toBe(true);
    expect(fake.last('findServer')).toBe(fake.calls.at(-1));
  });

  it('for the length of a call’s own limit comes back to the caller, and the call has not been', async () => {
    const publishing = broken('publish');
    const { clock, fake, host, told, arrive, session } = stage({ delays: publishing.delays });
    host.signin(session, alice);
    await arrive();
    expect(() => host.setStatus(session, MISTATUS.BUSY, { note: 'lost' })).toThrow('no publish');
    publishing.state.isBroken = false;
    expect(host.setStatus(session, MISTATUS.AWAY)).toBe(S_OK);
    fake.last('publish').resolve();
    await clock.settle();
    expect(told.at(-1)).toBe('AWAY userRequest');

    const finding = broken('finding');
    const other = stage({ delays: finding.delays });
    expect(() => other.host.signin(other.session, alice)).toThrow('no finding');
    expect(other.host.serving).toBe(0);
  });

  it('as a listener is reported, and the session goes on', async () => {
    const { host, pool, told, arrive, session } = stage();
    pool.on('*', ({ type }) => {
      throw new Error(`mine ${type}`);
    });
    host.signin(session, alice);
    await arrive();
    expect(told.at(-1)).toBe('ONLINE progress');
    expect(messages()).toContain('mine session.synchronize');
  });

  it('as the maker of a transport, for a session that is taken up, leaves no host behind', async () => {
    const clock = createPretendClock();
    const pool = createSessionPool({ clock });
    const [one, two] = [pool.open(), pool.open()];
    for (const session of [one, two]) pool.send(session, { type: 'signin.request', tries: 'once' });
    const asked: number[] = [];
    const fake = createFakeTransport();
    const transport = (session: number) => {
      asked.push(session);
      if (session === two) throw new Error('no transport');
      return fake.transport;
    };
    expect(() => servePool(pool, { transport, credentials: () => alice })).toThrow('no transport');
    await clock.settle();
    pool.close(two);
    pool.send(pool.open(), { type: 'signin.request', tries: 'once' });
    await clock.settle();
    expect([asked, fake.calls.length]).toEqual([[one, two], 0]);
    pool.dispose();
  });
});

describe('A session that ends in the middle of a step', () => {
  const whats: readonly Output['type'][] = [
    'timer.start',
    'server.find',
    'link.open',
    'OnSignin',
    'session.synchronize',
    'presence.publish',
    'OnMyStatusChange',
    'link.check',
    'link.close',
    'link.drop',
    'session.forget',
  ];
  const ways = (['before', 'after'] as const).flatMap((when) => (['pool', 'host'] as const).map((by) => [when, by] as const));

  it.each(ways)('closed %s the host has heard of it, by the %s: nothing is kept of it', async (when, by) => {
    for (const what of whats) {
      for (let count = 1; count <= 2; count++) {
        const clock = createPretendClock();
        const memory = createMemoryServer({ clock });
        const pool = createSessionPool({ clock });
        const session = pool.open();
        let left = count;
        let after = 0;
        const close = () => {
          if (left === 0) after += 1;
          else if (--left === 0) (by === 'pool' ? pool : host).close(session);
        };
        if (when === 'before') pool.on(what, close);
        const plug = memory.transport();
        const transport = (one: number) => {
          if (!pool.isOpen(one)) after += 1;
          return plug;
        };
        const host = servePool(pool, { transport, clock, credentials: () => alice });
        if (when === 'after') pool.on(what, close);
        host.signin(session, alice, { tries: 'retry', status: MISTATUS.BUSY });
        await clock.settle();
        if (pool.isOpen(session)) pool.send(session, { type: 'clock.jumped' });
        await clock.settle();
        if (pool.isOpen(session)) host.setStatus(session, MISTATUS.AWAY);
        await clock.settle();
        if (pool.isOpen(session)) memory.drop();
        await clock.advance(10_000);
        if (pool.isOpen(session)) host.signout(session);
        await clock.settle();
        if (left > 0) expect([what, count, left]).toEqual([what, 2, 1]);
        else expect([what, pool.isOpen(session), host.serving, memory.undropped, after]).toEqual([what, false, 0, 0, 0]);
        const verbs = memory.log.length;
        await clock.advance(60_000);
        expect([what, memory.log.length - verbs, memory.links]).toEqual([what, 0, 0]);
        host.dispose();
        pool.dispose();
      }
    }
  });

  it('signed in with tries and a status: the second word is left out, and the caller hears of nothing', () => {
    const { host, pool, fake, session } = stage();
    pool.on('OnMyStatusChange', () => pool.close(session));
    expect(host.signin(session, alice, { tries: 'retry', status: MISTATUS.BUSY })).toBe(S_OK);
    expect([host.serving, fake.calls.length]).toEqual([0, 0]);
  });

  it('by a listener, while those of a restored pool are taken up', () => {
    const pool = createSessionPool({ clock: createPretendClock() });
    const sessions = [pool.open(), pool.open(), pool.open()];
    for (const session of sessions) for (const message of toSynchronizing) pool.send(session, message);
    pool.on('OnMyStatusChange', (_, session) => void (session === sessions[0] && pool.close(sessions[1] as number)));
    const host = servePool(pool, { transport: createFakeTransport().transport });
    expect([...pool].map((session) => pool.matches(session, { offline: 'waitingToRetry' }))).toEqual([true, true]);
    host.dispose();
    pool.dispose();
  });

  it('by the maker of its transport', () => {
    const clock = createPretendClock();
    const pool = createSessionPool({ clock });
    const session = pool.open();
    const { transport } = createFakeTransport();
    const host = servePool(pool, { transport: (one) => (host.close(one), transport) });
    expect(() => host.signin(session, alice)).toThrow('is closed');
    expect(host.serving).toBe(0);
    const second = pool.open();
    pool.send(second, { type: 'signin.request', tries: 'once' });
    expect([pool.size, host.serving]).toEqual([0, 0]);
    host.dispose();
    pool.dispose();
  });
});

describe('Who waits at the gate', () => {
  const crowd = async (concurrency: number) => {
    const it = stage({ concurrency });
    const sessions = [it.session, it.pool.open(), it.pool.open(), it.pool.open()];
    for (const session of sessions) {
      it.host.signin(session, { ...alice, name: `user${session}` });
      await it.find();
    }
    expect(it.fake.count('connect')).toBe(concurrency);
    return { ...it, sessions };
  };

  it.each([1, 2])('is not let in when the host is disposed of (concurrency %i)', async (concurrency) => {
    const { clock, fake, host } = await crowd(concurrency);
    host.dispose();
    await clock.settle();
    expect([fake.count('connect'), host.serving]).toEqual([concurrency, 0]);
  });

  it('is not let in for a moment when many end at once: by a network that goes, by their closing', async () => {
    const { clock, fake, pool, sessions } = await crowd(1);
    pool.sendAll(sessions, { type: 'network.lost' });
    await clock.settle();
    expect(fake.count('connect')).toBe(1);
    const again = await crowd(1);
    for (const session of again.sessions.slice(0, 3)) again.host.close(session);
    await again.clock.settle();
    expect(again.fake.calls.filter(({ verb }) => verb === 'connect').map(({ credentials }) => credentials?.name)).toEqual([
      `user${again.sessions[0]}`,
      `user${again.sessions[3]}`,
    ]);
  });
});

it('A change that the transport turns out not to have is answered with statusRejected, and the next one is not in its way (L02)', async () => {
  const fake = createFakeTransport();
  const every = fake.transport.capabilities;
  // What a network has, it may say anew each time that it is asked.
  let asked = Infinity;
  const capabilities = {
    ...every,
    get statuses() {
      return asked-- > 0 ? every.statuses : [MISTATUS.ONLINE];
    },
  };
  const { clock, host, told, session } = stage({ transport: { ...fake.transport, capabilities } });
  host.signin(session, alice);
  for (const answer of [
    () => fake.last('findServer').resolve({}),
    () => fake.accept(),
    () => fake.last('synchronize').resolve({ resumed: false }),
    () => fake.last('publish').resolve(),
  ]) {
    answer();
    await clock.settle();
  }
  asked = 1;
  expect(host.setStatus(session, MISTATUS.BUSY)).toBe(S_OK);
  expect([told.at(-1), fake.count('publish')]).toEqual(['ONLINE statusRejected', 1]);
  asked = Infinity;
  expect(host.setStatus(session, MISTATUS.AWAY)).toBe(S_OK);
  expect(host.setStatus(session, MISTATUS.ONLINE)).toBe(MSGR_E_SERVER_TOO_BUSY);
});
