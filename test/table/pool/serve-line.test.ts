/** The lines of a served pool under a transport that is played by hand: orders that no server which keeps the contract would produce. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { MISTATUS, results, type Reason } from '../../../machines/index.js';
import { TransportError } from '../../../src/index.js';
import { createSessionPool, servePool } from '../../../src/table/pool/index.js';
import { createFakeTransport } from '../../support/fake-transport.js';
import { createServedStage, type StageOptions } from '../../support/served.js';

const { S_OK, S_FALSE, MSGR_E_SERVER_TOO_BUSY } = results;
const alice = { name: 'alice', password: 'open sesame' };
const ends: (() => void)[] = [];
afterEach(() => ends.splice(0).forEach((end) => end()));

function stage(options: StageOptions = {}) {
  const made = createServedStage(options);
  ends.push(made.end);
  return made;
}

describe('A line', () => {
  it('waits for its turn to be opened: who gives up inside makes room, also where the transport is deaf, who gives up outside is not let in', async () => {
    const { clock, fake, pool, host, find, session } = stage({ concurrency: 1 });
    const [second, third] = [pool.open(), pool.open()];
    for (const one of [session, second, third]) {
      host.signin(one, { ...alice, name: `user${one}` });
      await find();
    }
    expect(fake.count('connect')).toBe(1);
    host.signout(session);
    await clock.settle();
    expect([fake.count('connect'), fake.last('connect').credentials?.name]).toEqual([2, `user${second}`]);
    host.signout(third);
    fake.accept();
    await clock.settle();
    expect([fake.count('connect'), fake.count('synchronize')]).toEqual([2, 1]);
  });

  it('L21 that was dropped is not heard any more while the next one is up; only the first word of a loss counts', async () => {
    const { clock, fake, pool, host, told, find, arrive, session } = stage();
    host.signin(session, alice);
    const former = await arrive();
    pool.send(session, { type: 'network.lost' });
    pool.send(session, { type: 'network.restored' });
    await clock.advance(1_000);
    await arrive();
    former.lose(new TransportError('signedInElsewhere'));
    await clock.settle();
    expect(told.at(-1)).toBe('ONLINE progress');
    pool.send(session, { type: 'network.lost' });
    pool.send(session, { type: 'network.restored' });
    await clock.advance(1_000);
    await find();
    const early = fake.accept();
    early.lose(new TransportError('lineLost'));
    early.lose(new TransportError('policyViolation'));
    await clock.settle();
    expect(told.at(-1)).toBe('OFFLINE lineLost');
  });

  it.each<[Reason, string]>([
    ['serverShutdown', 'OFFLINE serverShutdown'],
    ['timedOut', 'OFFLINE timedOut'],
    ['unexpected', 'OFFLINE lineLost'],
    ['statusRejected', 'OFFLINE lineLost'],
    ['invalidPassword', 'OFFLINE policyViolation'],
  ])('L22 that is lost with %s is told as %s, as final as it was', async (reason, expected) => {
    const { clock, pool, host, told, arrive, session } = stage();
    host.signin(session, alice);
    (await arrive()).lose(new TransportError(reason));
    await clock.settle();
    expect(told.at(-1)).toBe(expected);
    expect(pool.matches(session, { offline: reason === 'invalidPassword' ? 'signedOut' : 'waitingToRetry' })).toBe(true);
  });

  it('that does not show a sign of life is lost for the reason that it gives, if it is one of a line', async () => {
    const { clock, fake, pool, host, told, arrive, session } = stage();
    host.signin(session, alice);
    await arrive();
    pool.send(session, { type: 'clock.jumped' });
    fake.last('check').reject(new TransportError('serverShutdown'));
    await clock.settle();
    expect(told.at(-1)).toBe('OFFLINE serverShutdown');
  });

  it('gives up a change when it says goodbye, and forgets it when it is lost (L14)', async () => {
    const { clock, fake, pool, host, told, arrive, session } = stage();
    host.signin(session, alice);
    const link = await arrive();
    host.setStatus(session, MISTATUS.BUSY);
    link.lose(new TransportError('lineLost'));
    await clock.advance(2_500);
    await arrive();
    expect(told.at(-1)).toBe('ONLINE progress');
    expect(host.setStatus(session, MISTATUS.AWAY)).toBe(S_OK);
    const change = fake.last('publish');
    host.signout(session);
    expect([change.signal.aborted, fake.count('close')]).toEqual([true, 1]);
    expect(pool.matches(session, 'disconnecting')).toBe(true);
  });
});

describe('A host', () => {
  it('joined without a wish keeps the note and the credentials that it has, also for a waiting name without a secret', async () => {
    const { clock, fake, host, find, arrive, session } = stage();
    host.signin(session, alice, { note: 'mine' });
    expect(host.signin(session, { ...alice, password: 'other' })).toBe(S_FALSE);
    const link = await arrive();
    expect(fake.last('publish').presence).toEqual({ status: MISTATUS.ONLINE, note: 'mine' });
    expect(fake.last('connect').credentials).toEqual(alice);
    link.lose(new TransportError('lineLost'));
    await clock.settle();
    expect(host.signin(session, { name: 'alice' })).toBe(S_OK);
    await find();
    expect(fake.last('connect').credentials).toEqual(alice);
    expect(fake.last('connect').previous).toBe(link);
  });

  it('takes one change at a time, also inside one listener, and none while idleness is on its way', async () => {
    const { clock, fake, pool, host, told, arrive, session } = stage();
    const answers: number[] = [];
    const end = pool.on('OnMyStatusChange', ({ mMyStatus }, one) => {
      if (mMyStatus !== MISTATUS.ONLINE) return;
      answers.push(host.setStatus(one, MISTATUS.BUSY), host.setStatus(one, MISTATUS.AWAY));
    });
    host.signin(session, alice);
    await arrive();
    end();
    expect(answers).toEqual([S_OK, MSGR_E_SERVER_TOO_BUSY]);
    fake.last('publish').resolve();
    await clock.settle();
    expect(host.setStatus(session, MISTATUS.ONLINE)).toBe(S_OK);
    fake.last('publish').resolve();
    await clock.settle();
    pool.send(session, { type: 'input.ceased' });
    await clock.advance(300_000);
    expect(fake.last('publish').presence).toEqual({ status: MISTATUS.IDLE, idleSince: 5_000 });
    expect(host.setStatus(session, MISTATUS.AWAY)).toBe(MSGR_E_SERVER_TOO_BUSY);
    expect(told.at(-1)).toBe('ONLINE userRequest');
  });

  it('counts a wish that is kept as input, and shows nothing that the transport cannot (L13)', async () => {
    const { clock, fake, pool, host, arrive, session } = stage();
    host.signin(session, alice);
    (await arrive()).lose(new TransportError('lineLost'));
    pool.send(session, { type: 'input.ceased' });
    await clock.advance(1_000);
    expect(host.setStatus(session, MISTATUS.ONLINE)).toBe(S_FALSE);
    await clock.advance(1_500);
    await arrive();
    await clock.advance(300_000);
    expect(fake.last('publish').presence).toEqual({ status: MISTATUS.IDLE, idleSince: 6_000 });

    const poor = stage({ fake: { capabilities: { statuses: [MISTATUS.ONLINE] } } });
    poor.host.signin(poor.session, alice);
    await poor.arrive();
    poor.pool.send(poor.session, { type: 'input.ceased' });
    await poor.clock.advance(300_000);
    expect([poor.told.at(-1), poor.fake.count('publish')]).toEqual(['ONLINE statusRejected', 1]);
  });

  it('asks for stored credentials at each attempt, and takes no other name’s', async () => {
    const stored = [alice, { ...alice, password: 'changed' }, { name: 'mallory', password: 'x' }];
    const { clock, fake, pool, told, arrive, session } = stage({ credentials: () => stored.shift() });
    pool.send(session, { type: 'signin.request', tries: 'once' });
    await clock.settle();
    (await arrive()).lose(new TransportError('lineLost'));
    await clock.advance(2_500);
    const link = await arrive();
    expect(fake.last('connect').credentials?.password).toBe('changed');
    link.lose(new TransportError('lineLost'));
    await clock.advance(2_500);
    expect([told.at(-1), fake.count('connect')]).toEqual(['OFFLINE invalidPassword', 2]);
  });

  it('that takes up a session which was connecting fails as connecting does', async () => {
    const { clock, pool, host, find, session } = stage();
    host.signin(session, alice);
    await find();
    const again = createSessionPool.restore(pool.save(), { clock });
    const heard: unknown[] = [];
    again.on('OnSignin', (notice) => void heard.push(notice));
    const fake = createFakeTransport();
    const next = servePool(again, { transport: fake.transport, credentials: () => alice });
    await clock.settle();
    fake.last('findServer').reject(new TransportError('serverNotFound'));
    await clock.settle();
    expect(heard).toEqual([{ type: 'OnSignin', hr: results.MSGR_E_INVALID_SERVER_NAME, reason: 'serverNotFound' }]);
    next.dispose();
    again.dispose();
  });

  it('that is disposed of in the middle of a step begins nothing more, and leaves the pool to another', async () => {
    const { clock, fake, pool, host, told, session } = stage();
    const end = pool.on('OnMyStatusChange', () => host.dispose());
    host.signin(session, alice);
    await clock.settle();
    expect([fake.calls.length, host.serving, told]).toEqual([0, 0, ['LOCAL_FINDING_SERVER progress']]);
    end();
    const next = servePool(pool, { transport: fake.transport, credentials: () => alice });
    await clock.settle();
    expect([fake.count('findServer'), next.serving, host.serving]).toEqual([1, 1, 0]);
    next.dispose();
  });
});
