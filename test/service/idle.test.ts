/** Idleness: shown when it is due, gone as if nothing had been, and never in the user's way (L24, T18, M22 to M24). */
import { describe, expect, it } from '@jest/globals';
import { MISTATUS, S_FALSE, S_OK, TransportError } from '../../src/index.js';
import { ann, bringTo, signedIn, stage, start, type PhaseName, type Stage, type StageOptions } from '../support/stage.js';

const { ONLINE, BUSY, AWAY, IDLE, OUT_TO_LUNCH } = MISTATUS;
const five = 300_000;

async function idle(
  options: StageOptions = {},
  wish?: { status: typeof BUSY | typeof ONLINE; note?: string; until?: number },
): Promise<Stage> {
  const it1 = stage(options);
  await bringTo(it1, 'online');
  if (wish) {
    const { status, ...rest } = wish;
    it1.service.setStatus(status, rest);
  }
  await it1.clock.settle();
  it1.service.environment({ userActive: false });
  await it1.clock.advance(five);
  it1.take();
  return it1;
}
async function back(it1: Stage): Promise<void> {
  it1.service.environment({ userActive: true });
  await it1.clock.settle();
}

describe('L24 Idle and back', () => {
  it('T18 is as if nothing had happened: status, note and end', async () => {
    const it1 = await idle({}, { status: ONLINE, note: 'here', until: start + 500_000 });
    expect(it1.server.sessions).toMatchObject([{ status: IDLE, note: 'here', idleSince: start }]);
    await back(it1);
    expect(it1.told()).toEqual(['ONLINE userActive']);
    expect(it1.server.sessions).toEqual([expect.objectContaining({ status: ONLINE, note: 'here' })]);
    expect(it1.server.sessions[0]).not.toHaveProperty('idleSince');
    await it1.clock.advance(200_000);
    expect(it1.told()).toEqual(['ONLINE statusExpired']);
    expect(it1.others()).toEqual({ status: 'ONLINE' });
  });

  it('counts from the first word of it, and every input begins anew', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    it1.service.environment({ userActive: false });
    await it1.clock.advance(200_000);
    it1.service.environment({ userActive: false });
    await it1.clock.advance(99_999);
    expect(it1.told()).toEqual([]);
    it1.service.environment({ userActive: true });
    it1.service.environment({ userActive: false });
    await it1.clock.advance(five - 1);
    expect(it1.told()).toEqual([]);
    await it1.clock.advance(1);
    expect(it1.told()).toEqual(['IDLE userIdle']);
  });

  it.each(['a loss', 'a hold', 'a loss with a resumed session'])('with %s between', async (kind) => {
    const it1 = await idle({ server: { resume: kind.includes('resumed') } }, { status: ONLINE, note: 'here' });
    if (kind === 'a hold') it1.service.environment({ network: false });
    else it1.server.drop();
    await it1.clock.advance(1_000);
    it1.service.environment({ network: true });
    await it1.clock.advance(2_500);
    expect(it1.told().slice(-5)).toEqual(signedIn('IDLE'));
    expect(it1.server.sessions).toMatchObject([{ status: IDLE, note: 'here', idleSince: start }]);
    await back(it1);
    expect(it1.told()).toEqual(['ONLINE userActive']);
    expect(it1.others()).toEqual({ status: 'ONLINE', note: 'here' });
  });

  it.each([false, true])(
    'with the return while nobody is online (resumed: %s): the status before is shown, not IDLE',
    async (resume) => {
      const it1 = await idle({ server: { resume } }, { status: ONLINE, note: 'here' });
      it1.server.drop();
      await it1.clock.settle();
      await back(it1);
      await it1.clock.advance(2_500);
      expect(it1.told().slice(-5)).toEqual(signedIn('ONLINE'));
      expect(it1.others()).toEqual({ status: 'ONLINE', note: 'here' });
    },
  );

  it('with the word of idleness while nobody is online: counted from then, shown when online', async () => {
    const it1 = stage();
    await bringTo(it1, 'held');
    it1.service.environment({ userActive: false });
    await it1.clock.advance(five + 5_000);
    expect(it1.told()).toEqual([]);
    it1.service.environment({ network: true });
    await it1.clock.advance(1_000);
    expect(it1.service.myStatus).toBe(IDLE);
    expect(it1.server.sessions).toMatchObject([{ idleSince: start }]);
  });

  it('with a loss between and IDLE refused at the return: the wish is kept all the same', async () => {
    const it1 = await idle({ policy: { idleFrom: [BUSY] } }, { status: BUSY, note: 'deep' });
    it1.server.faults.rejectStatus = [IDLE];
    it1.server.drop();
    await it1.clock.advance(2_500);
    expect(it1.told().at(-1)).toBe('ONLINE progress');
    await back(it1);
    expect(it1.others()).toEqual({ status: 'BUSY', note: 'deep' });
  });

  it('goes on to AWAY from where it was, also over a loss (T18)', async () => {
    const it1 = await idle({ policy: { awayAfterIdle: 60_000 } });
    await it1.clock.advance(30_000);
    it1.server.drop();
    await it1.clock.advance(2_500);
    expect(it1.told().at(-1)).toBe('IDLE progress');
    await it1.clock.advance(27_499);
    expect(it1.told()).toEqual([]);
    await it1.clock.advance(1);
    expect(it1.told()).toEqual(['AWAY userIdle']);
    it1.server.drop();
    await it1.clock.advance(10_000);
    expect(it1.told().at(-1)).toBe('AWAY progress');
    await back(it1);
    expect(it1.told()).toEqual(['ONLINE userActive']);
  });
});

describe('M22 Idleness is not shown', () => {
  it.each<PhaseName>(['busy', 'away', 'onThePhone', 'outToLunch', 'beRightBack', 'invisible'])('over %s', async (phase) => {
    const it1 = stage({ policy: { awayAfterIdle: 1_000 } });
    await bringTo(it1, phase);
    it1.service.environment({ userActive: false });
    await it1.clock.advance(2 * five);
    await back(it1);
    expect(it1.told()).toEqual([]);
  });

  it('by a transport that lacks IDLE', async () => {
    const it1 = stage({ plug: { capabilities: { statuses: [ONLINE, BUSY, AWAY] } } });
    await bringTo(it1, 'online');
    it1.service.environment({ userActive: false });
    await it1.clock.advance(2 * five);
    await back(it1);
    expect(it1.told()).toEqual([]);
  });

  it.each<PhaseName>(['signedOut', 'finding', 'connecting', 'synchronizing', 'disconnecting'])('while %s', async (phase) => {
    const it1 = stage({ policy: { idleAfter: 100 } });
    await bringTo(it1, phase);
    it1.service.environment({ userActive: false });
    await it1.clock.advance(1_000);
    expect(it1.told()).toEqual([]);
    if (phase === 'signedOut') expect(it1.timers()).toBe(0);
  });

  it('but over those of idleFrom, and back to them', async () => {
    const it1 = await idle({ policy: { idleFrom: [BUSY] } }, { status: BUSY, note: 'deep' });
    expect(it1.others()).toEqual({ status: 'IDLE', note: 'deep' });
    await back(it1);
    expect(it1.others()).toEqual({ status: 'BUSY', note: 'deep' });
    it1.service.setStatus(ONLINE);
    it1.service.environment({ userActive: false });
    await it1.clock.advance(2 * five);
    expect(it1.told()).toEqual(['BUSY userActive', 'ONLINE userRequest']);
  });
});

describe('M24 The user', () => {
  it.each([ONLINE, BUSY] as const)('who sets %i while idle is back: it counts as input', async (status) => {
    const it1 = await idle();
    expect(it1.service.setStatus(status)).toBe(S_OK);
    await it1.clock.advance(five - 1);
    expect(it1.told()).toEqual([status === ONLINE ? 'ONLINE userRequest' : 'BUSY userRequest']);
    await it1.clock.advance(1);
    expect(it1.told()).toEqual(status === ONLINE ? ['IDLE userIdle'] : []);
  });

  it.each<PhaseName>(['waiting', 'held'])(
    'who sets a status while idle and %s is back: what was set is shown, not IDLE',
    async (phase) => {
      const it1 = await idle();
      if (phase === 'held') it1.service.environment({ network: false });
      else it1.server.drop();
      await it1.clock.settle();
      expect(it1.service.setStatus(ONLINE, { note: 'I am here' })).toBe(S_FALSE);
      it1.service.environment({ network: true });
      await it1.clock.advance(2_500);
      expect(it1.told().at(-1)).toBe('ONLINE progress');
      expect(it1.others()).toEqual({ status: 'ONLINE', note: 'I am here' });
    },
  );

  it('who sets a status on the way into a session while idle is back', async () => {
    const it1 = await idle();
    it1.server.drop();
    await it1.clock.settle();
    it1.server.faults.latency = { synchronize: 1_000 };
    await it1.clock.advance(2_600);
    expect(it1.service.setStatus(ONLINE)).toBe(S_FALSE);
    await it1.clock.advance(1_000);
    expect(it1.told().at(-1)).toBe('ONLINE progress');
  });

  it('wins against idleness that is at the server', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    it1.server.faults.latency = { publish: 1_000 };
    it1.service.environment({ userActive: false });
    await it1.clock.advance(five);
    expect(it1.service.setStatus(OUT_TO_LUNCH)).toBe(S_OK);
    await it1.clock.advance(60_000);
    expect(it1.told()).toEqual(['IDLE userIdle', 'OUT_TO_LUNCH userRequest']);
  });

  it('who is back while idleness is at the server is shown back', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    it1.server.faults.latency = { publish: 1_000 };
    it1.service.environment({ userActive: false });
    await it1.clock.advance(five);
    it1.service.environment({ userActive: true });
    await it1.clock.advance(60_000);
    expect(it1.told()).toEqual(['IDLE userIdle', 'ONLINE userActive']);
  });

  it('is told once of idleness that the server refuses, and no more before the next input', async () => {
    const it1 = stage({ policy: { awayAfterIdle: 60_000 } });
    await bringTo(it1, 'online');
    it1.server.faults.rejectStatus = [IDLE];
    it1.service.environment({ userActive: false });
    await it1.clock.advance(3_600_000);
    expect(it1.told()).toEqual(['!MSGR_E_UNEXPECTED ONLINE statusRejected']);
    await back(it1);
    it1.told();
    it1.service.environment({ userActive: false });
    await it1.clock.advance(3_600_000);
    expect(it1.told()).toEqual(['!MSGR_E_UNEXPECTED ONLINE statusRejected']);
  });

  it('is told once of a return that the server refuses, and it is tried again at the next input', async () => {
    const it1 = await idle();
    it1.server.next('publish', new TransportError('serverTooBusy'));
    await back(it1);
    await it1.clock.advance(60_000);
    expect(it1.told()).toEqual(['!MSGR_E_SERVER_TOO_BUSY IDLE serverTooBusy']);
    await back(it1);
    expect(it1.told()).toEqual(['ONLINE userActive']);
  });

  it('who signs out and in again is not idle any more than the app says', async () => {
    const it1 = await idle();
    it1.service.signout();
    await it1.clock.settle();
    it1.service.environment({ userActive: true });
    await bringTo(it1, 'online');
    expect(it1.service.myStatus).toBe(ONLINE);
  });

  it('of whom the app says nothing new is not active because of autoSignin, which is unattended', async () => {
    const it1 = stage({ credentials: ann });
    it1.service.environment({ userActive: false });
    await it1.clock.advance(200_000);
    it1.service.autoSignin();
    await it1.clock.advance(99_999);
    expect(it1.told()).toEqual(signedIn());
    await it1.clock.advance(1);
    expect(it1.told()).toEqual(['IDLE userIdle']);
    expect(it1.server.sessions).toMatchObject([{ idleSince: start }]);
  });
});
