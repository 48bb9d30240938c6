/** Changes that are not answered yet: one at the server, the others in order, each answered exactly once, also when the session ends (L02, L03, L14, T12 to T14). */
import { describe, expect, it } from '@jest/globals';
import { MISTATUS, MSGR_E_DISCONNECTED, S_OK, TransportError, type OnMyStatusChange } from '../../src/index.js';
import { createFakeTransport } from '../support/fake-transport.js';
import { ann, brief, bringTo, stage, type Stage } from '../support/stage.js';

const { ONLINE, BUSY, AWAY, ON_THE_PHONE, OUT_TO_LUNCH, BE_RIGHT_BACK } = MISTATUS;

/** Somebody online on a line played by hand. */
async function online() {
  const fake = createFakeTransport();
  const it1 = stage({ transport: fake.transport });
  const { clock, service } = it1;
  service.signin(ann);
  await clock.settle();
  fake.last('findServer').resolve();
  await clock.settle();
  const link = fake.accept();
  await clock.settle();
  fake.last('synchronize').resolve({ resumed: false });
  await clock.settle();
  fake.last('publish').resolve();
  await clock.settle();
  it1.take();
  return { fake, link, ...it1 };
}

describe('The queue', () => {
  it('L03 has one change at the server, the next only after its answer, and answers each in order', async () => {
    const { fake, service, clock, told } = await online();
    const wanted = [BUSY, BUSY, AWAY, ON_THE_PHONE];
    for (const [n, status] of wanted.entries()) expect(service.setStatus(status, { note: `note ${n}` })).toBe(S_OK);
    const heard = ['BUSY userRequest', 'BUSY userRequest', 'AWAY userRequest', 'ON_THE_PHONE userRequest'];
    for (const [n, status] of wanted.entries()) {
      await clock.settle();
      expect(fake.count('publish')).toBe(2 + n);
      expect(fake.last('publish').presence).toEqual({ status, note: `note ${n}` });
      expect(told()).toEqual(n === 0 ? [] : [heard[n - 1]]);
      fake.last('publish').resolve();
    }
    await clock.settle();
    expect(told()).toEqual([heard[3]]);
    expect(fake.count('publish')).toBe(5);
  });

  it('L02 goes on behind a change that is refused, with the status as it stands by then', async () => {
    const { fake, service, clock, told } = await online();
    for (const status of [BUSY, AWAY, OUT_TO_LUNCH]) service.setStatus(status);
    await clock.settle();
    fake.last('publish').resolve();
    await clock.settle();
    fake.last('publish').reject(new TransportError('statusRejected'));
    await clock.settle();
    fake.last('publish').reject('anything');
    await clock.settle();
    expect(told()).toEqual(['BUSY userRequest', '!MSGR_E_UNEXPECTED BUSY statusRejected', '!MSGR_E_UNEXPECTED BUSY unexpected']);
    expect(service.myStatus).toBe(BUSY);
  });

  it('is not stopped by a change that timed out; its late answer is nobody’s (L21)', async () => {
    const { fake, service, clock, told } = await online();
    service.setStatus(BUSY, { note: 'late' });
    service.setStatus(AWAY, { note: 'next' });
    await clock.advance(10_000);
    const [, late, next] = fake.calls.filter(({ verb }) => verb === 'publish');
    expect(late?.signal.aborted).toBe(true);
    late?.resolve();
    await clock.settle();
    expect(told()).toEqual(['!MSGR_E_UNEXPECTED ONLINE timedOut']);
    next?.resolve();
    await clock.settle();
    expect(told()).toEqual(['AWAY userRequest']);
    expect(service.presenceProperties[3]).toBe('next');
  });

  it('takes a call made while the answer is being told', async () => {
    const { fake, service, clock, told } = await online();
    service.on('OnMyStatusChange', ({ mMyStatus }) => {
      if (mMyStatus === BUSY) service.setStatus(AWAY);
    });
    service.setStatus(BUSY);
    service.setStatus(BE_RIGHT_BACK);
    for (let n = 0; n < 3; n++) {
      await clock.settle();
      fake.last('publish').resolve();
    }
    await clock.settle();
    expect(told()).toEqual(['BUSY userRequest', 'BE_RIGHT_BACK userRequest', 'AWAY userRequest']);
  });

  it('is empty again after a session: nothing of it is published in the next one', async () => {
    const { fake, link, service, clock, told } = await online();
    service.setStatus(BUSY, { note: 'lost' });
    service.setStatus(AWAY, { note: 'lost' });
    await clock.settle();
    link.lose(new TransportError('lineLost'));
    await clock.advance(2_500);
    fake.last('findServer').resolve();
    await clock.settle();
    fake.accept();
    await clock.settle();
    fake.last('synchronize').resolve({ resumed: false });
    await clock.settle();
    expect(fake.last('publish').presence).toEqual({ status: ONLINE });
    fake.last('publish').resolve();
    await clock.settle();
    expect(told().at(-1)).toBe('ONLINE progress');
    expect(service.setStatus(BUSY)).toBe(S_OK);
    await clock.settle();
    fake.last('publish').resolve();
    await clock.settle();
    expect(told()).toEqual(['BUSY userRequest']);
  });
});

describe('L14 What is pending when the session ends', () => {
  const ends: [string, (it1: Stage) => void, string, readonly string[]][] = [
    [
      'a sign-out',
      ({ service }) => void service.signout(),
      'userRequest',
      ['O', 'DISCONNECTING userRequest', 'OFFLINE userRequest'],
    ],
    ['a loss', ({ server }) => void server.drop(), 'lineLost', ['OFFLINE lineLost']],
    ['a kick', ({ server }) => void server.kick(ann.name), 'signedInElsewhere', ['OFFLINE signedInElsewhere']],
    ['a shutdown', ({ server }) => server.shutdown(), 'serverShutdown', ['OFFLINE serverShutdown']],
    ['the network', ({ service }) => service.environment({ network: false }), 'networkOff', ['OFFLINE networkOff']],
    ['sleep', ({ service }) => service.environment({ awake: false }), 'asleep', ['OFFLINE asleep']],
  ];
  it.each(ends)('by %s is answered with DISCONNECTED, one by one, before what follows', async (_, end, reason, follows) => {
    for (const count of [1, 2, 9]) {
      const it1 = stage();
      await bringTo(it1, 'busy');
      it1.server.faults.silent = { publish: true };
      for (let n = 0; n < count; n++) it1.service.setStatus(AWAY);
      await it1.clock.settle();
      end(it1);
      await it1.clock.settle();
      const notices = it1.take();
      const answers = notices.slice(0, count) as OnMyStatusChange[];
      expect(answers).toEqual(
        Array.from({ length: count }, () =>
          expect.objectContaining({ type: 'OnMyStatusChange', hr: MSGR_E_DISCONNECTED, mMyStatus: BUSY, previous: BUSY, reason }),
        ),
      );
      expect(answers.every((answer) => !('retryAt' in answer))).toBe(true);
      expect(notices.slice(count).map(brief)).toEqual(follows);
    }
  });

  it('and nothing pending is answered by nothing', async () => {
    for (const [, end, , follows] of ends) {
      const it1 = stage();
      await bringTo(it1, 'busy');
      end(it1);
      await it1.clock.settle();
      expect(it1.told()).toEqual(follows);
    }
  });

  it('is answered too when it is an automatic change, and before those of the user that wait behind it', async () => {
    const it1 = stage();
    await bringTo(it1, 'idle');
    it1.server.faults.silent = { publish: true };
    it1.service.environment({ userActive: true });
    it1.service.setStatus(BUSY);
    await it1.clock.settle();
    it1.server.drop();
    await it1.clock.settle();
    expect(it1.told()).toEqual(['!MSGR_E_DISCONNECTED IDLE lineLost', '!MSGR_E_DISCONNECTED IDLE lineLost', 'OFFLINE lineLost']);
  });

  it('is answered when its own publication says that the line is lost', async () => {
    const { fake, service, clock, told } = await online();
    service.setStatus(BUSY);
    service.setStatus(AWAY);
    await clock.settle();
    fake.last('publish').reject(new TransportError('lineLost'));
    await clock.settle();
    expect(told()).toEqual(['!MSGR_E_DISCONNECTED ONLINE lineLost', '!MSGR_E_DISCONNECTED ONLINE lineLost', 'OFFLINE lineLost']);
    expect(fake.links[0]?.drops).toBeGreaterThan(0);
  });
});
