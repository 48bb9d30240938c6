/** What the user wants to be: applied, kept or refused, and what others see of it after a loss (M18, L13, L23). */
import { describe, expect, it } from '@jest/globals';
import {
  MISTATUS,
  MSGR_E_SERVER_TOO_BUSY,
  MSGR_E_SERVER_UNAVAILABLE,
  MSGR_E_UNEXPECTED,
  S_FALSE,
  S_OK,
  TransportError,
} from '../../src/index.js';
import { createFakeTransport } from '../support/fake-transport.js';
import { ann, bringTo, signedIn, stage, start, type PhaseName } from '../support/stage.js';

const { ONLINE, BUSY, AWAY, INVISIBLE } = MISTATUS;

describe('A wish made while nobody is online', () => {
  it.each<PhaseName>(['finding', 'connecting', 'synchronizing', 'publishing'])(
    'M18 is published before online is announced when it is made while %s',
    async (phase) => {
      const server = createFakeTransport();
      const { service, clock, told } = stage({ transport: server.transport });
      service.signin(ann);
      const steps: [PhaseName, () => void][] = [
        ['finding', () => server.last('findServer').resolve()],
        ['connecting', () => server.accept()],
        ['synchronizing', () => server.last('synchronize').resolve({ resumed: false })],
        ['publishing', () => server.last('publish').resolve()],
      ];
      for (const [name, go] of steps) {
        await clock.settle();
        if (name === phase) expect(service.setStatus(BUSY, { note: 'kept' })).toBe(S_FALSE);
        go();
      }
      await clock.settle();
      if (phase === 'publishing') {
        expect(told()).toEqual(signedIn().slice(0, -1));
        expect(server.count('publish')).toBe(2);
        server.last('publish').resolve();
        await clock.settle();
        expect(told()).toEqual(['BUSY progress']);
      } else {
        expect(told()).toEqual(signedIn('BUSY'));
        expect(server.count('publish')).toBe(1);
      }
      expect(server.last('publish').presence).toEqual({ status: BUSY, note: 'kept' });
    },
  );

  it.each<PhaseName>(['waiting', 'held'])('M18 is kept while %s and shown first when somebody is online again', async (phase) => {
    const it1 = stage();
    await bringTo(it1, phase);
    expect(it1.service.setStatus(BUSY, { note: 'kept' })).toBe(S_FALSE);
    await it1.clock.settle();
    expect(it1.told()).toEqual([]);
    it1.service.environment({ network: true });
    await it1.clock.advance(2_500);
    expect(it1.told().at(-1)).toBe('BUSY progress');
    expect(it1.others()).toEqual({ status: 'BUSY', note: 'kept' });
    expect(it1.server.log.filter(({ verb }) => verb === 'publish')).toHaveLength(2);
  });

  it('joins with the status and note of a second signin', async () => {
    const it1 = stage();
    it1.service.signin(ann);
    expect(it1.service.signin(ann, { status: AWAY, note: 'later' })).toBe(S_FALSE);
    await it1.clock.settle();
    expect(it1.told()).toEqual(signedIn('AWAY'));
    expect(it1.others()).toEqual({ status: 'AWAY', note: 'later' });
  });

  it('joins with a note alone, which goes with the status wanted already', async () => {
    const it1 = stage();
    it1.service.signin(ann, { status: AWAY });
    expect(it1.service.signin(ann, { note: 'later' })).toBe(S_FALSE);
    await it1.clock.settle();
    expect(it1.others()).toEqual({ status: 'AWAY', note: 'later' });
  });

  it('is not resurrected after a sign-out', async () => {
    const it1 = stage();
    it1.service.signin(ann, { status: BUSY, note: 'secret plan' });
    await it1.clock.settle();
    it1.service.signout();
    await it1.clock.settle();
    it1.service.signin(ann);
    await it1.clock.settle();
    expect(it1.told().at(-1)).toBe('ONLINE progress');
    expect(it1.others()).toEqual({ status: 'ONLINE' });
  });
});

describe('A wish made while signed out', () => {
  it('is kept for the next sign-in with `remember`, without a timer and without a notice (L27)', async () => {
    const it1 = stage({ policy: { remember: true } });
    expect(it1.service.setStatus(BUSY, { note: 'kept', until: start + 5_000 })).toBe(S_FALSE);
    await it1.clock.settle();
    expect(it1.told()).toEqual([]);
    expect(it1.timers()).toBe(0);
    it1.service.signin(ann);
    await it1.clock.settle();
    expect(it1.told()).toEqual(signedIn('BUSY'));
    expect(it1.others()).toEqual({ status: 'BUSY', note: 'kept' });
    await it1.clock.advance(5_000);
    expect(it1.told()).toEqual(['ONLINE statusExpired']);
  });

  it('M25 is back to the status before when its time passed before the sign-in', async () => {
    const it1 = stage({ policy: { remember: true } });
    it1.service.setStatus(AWAY, { note: 'lasting' });
    it1.service.setStatus(BUSY, { note: 'short', until: start + 5_000 });
    await it1.clock.advance(6_000);
    it1.service.signin(ann);
    await it1.clock.advance(1);
    expect(it1.told()).toEqual(signedIn('AWAY'));
    expect(it1.others()).toEqual({ status: 'AWAY', note: 'lasting' });
  });

  it('gives way to a status that signin brings', async () => {
    const it1 = stage({ policy: { remember: true } });
    it1.service.setStatus(BUSY, { note: 'kept' });
    it1.service.signin(ann, { status: ONLINE });
    await it1.clock.settle();
    expect(it1.others()).toEqual({ status: 'ONLINE' });
  });
});

describe('Reaching online', () => {
  it('tries a status that the server rejects once more as ONLINE', async () => {
    const it1 = stage();
    it1.server.faults.rejectStatus = [BUSY];
    it1.service.signin(ann, { status: BUSY });
    await it1.clock.settle();
    expect(it1.told()).toEqual(signedIn('ONLINE'));
    expect(it1.server.log.filter(({ verb }) => verb === 'publish').map(({ status }) => status)).toEqual([BUSY, ONLINE]);
    it1.server.calm();
    it1.server.drop();
    await it1.clock.advance(2_500);
    expect(it1.others().status).toBe('ONLINE');
  });

  it('fails as T8 when ONLINE is rejected too, after exactly one further try', async () => {
    const it1 = stage();
    it1.server.faults.rejectStatus = true;
    it1.service.signin(ann, { status: BUSY });
    await it1.clock.settle();
    expect(it1.told().slice(-2)).toEqual(['!MSGR_E_UNEXPECTED SYNCHRONIZING statusRejected', 'OFFLINE statusRejected']);
    expect(it1.server.log.filter(({ verb }) => verb === 'publish').map(({ status }) => status)).toEqual([BUSY, ONLINE]);
  });

  it('L13 never replaces INVISIBLE, also when the server rejects it', async () => {
    const it1 = stage();
    it1.server.faults.rejectStatus = [INVISIBLE];
    it1.service.signin(ann, { status: INVISIBLE });
    await it1.clock.advance(600_000);
    expect(it1.server.log.filter(({ verb }) => verb === 'publish').every(({ status }) => status === INVISIBLE)).toBe(true);
    expect(it1.notices.some((notice) => notice.type === 'OnMyStatusChange' && notice.mMyStatus === ONLINE)).toBe(false);
  });

  it('fails as T8 for any other reason, also when another status was kept meanwhile; that one is for the next session', async () => {
    const it1 = stage();
    await bringTo(it1, 'finding');
    it1.service.signout();
    await it1.clock.settle();
    it1.take();
    it1.server.faults.latency = { publish: 1_000 };
    it1.server.next('publish', new TransportError('serverTooBusy', { retryAfterMs: 60_000 }));
    it1.service.signin(ann);
    await it1.clock.advance(500);
    expect(it1.service.setStatus(BUSY)).toBe(S_FALSE);
    await it1.clock.advance(500);
    expect(it1.told().slice(-2)).toEqual(['!MSGR_E_SERVER_TOO_BUSY SYNCHRONIZING serverTooBusy', 'OFFLINE serverTooBusy']);
    await it1.clock.advance(61_000);
    expect(it1.told().at(-1)).toBe('BUSY progress');
  });

  it('T8 carries the hr that the transport gave to the first publication', async () => {
    const it1 = stage();
    it1.server.next('publish', new TransportError('serverUnavailable', { hr: MSGR_E_SERVER_TOO_BUSY }));
    it1.service.signin(ann);
    await it1.clock.settle();
    expect(it1.notices.find((notice) => notice.type === 'OnMyStatusChange' && notice.hr < 0)).toMatchObject({
      hr: MSGR_E_SERVER_TOO_BUSY,
      reason: 'serverUnavailable',
    });
  });

  it('T8 waits as long as the server asked for with the first publication', async () => {
    const it1 = stage();
    it1.server.next('publish', new TransportError('serverTooBusy', { retryAfterMs: 60_000 }));
    it1.service.signin(ann);
    await it1.clock.settle();
    expect(it1.take().at(-1)).toMatchObject({ mMyStatus: MISTATUS.OFFLINE, retryAt: start + 60_000 });
  });

  it('has one limit for synchronizing and the first publication together (L08)', async () => {
    const it1 = stage();
    it1.server.faults.slowSync = 10_000;
    it1.server.faults.silent = { publish: true };
    it1.service.signin(ann);
    await it1.clock.advance(14_999);
    expect(it1.told()).toEqual(signedIn().slice(0, -1));
    await it1.clock.advance(1);
    expect(it1.take().slice(0, 2)).toMatchObject([
      { hr: MSGR_E_SERVER_UNAVAILABLE, mMyStatus: MISTATUS.LOCAL_SYNCHRONIZING_WITH_SERVER, reason: 'timedOut' },
      { hr: S_OK, mMyStatus: MISTATUS.OFFLINE, reason: 'timedOut' },
    ]);
  });
});

describe('What others see after a loss (L23)', () => {
  it('M19 is published again on a fresh session, status and note', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    it1.service.setStatus(BUSY, { note: 'at work' });
    await it1.clock.settle();
    it1.server.drop();
    await it1.clock.settle();
    expect(it1.others().status).toBe('OFFLINE');
    await it1.clock.advance(2_500);
    expect(it1.others()).toEqual({ status: 'BUSY', note: 'at work' });
    expect(it1.told().at(-1)).toBe('BUSY progress');
  });

  it('M19 is not published again on a resumed session', async () => {
    const it1 = stage({ server: { resume: true } });
    await bringTo(it1, 'online');
    it1.service.setStatus(BUSY, { note: 'at work' });
    await it1.clock.settle();
    const publications = () => it1.server.log.filter(({ verb }) => verb === 'publish').length;
    const before = publications();
    it1.server.drop();
    await it1.clock.advance(2_500);
    expect(it1.told().slice(1)).toEqual(['OFFLINE lineLost', ...signedIn('BUSY')]);
    expect(publications()).toBe(before);
    expect(it1.others()).toEqual({ status: 'BUSY', note: 'at work' });
    expect(it1.service.presenceProperties).toEqual([BUSY, 6_000, false, 'at work', null, null, null, null, null, null, null]);
  });

  it('M19 is published on a resumed session when the wish changed in between, or a change was on its way', async () => {
    const it1 = stage({ server: { resume: true } });
    await bringTo(it1, 'online');
    it1.server.drop();
    await it1.clock.settle();
    it1.service.setStatus(AWAY);
    await it1.clock.advance(2_500);
    expect(it1.others().status).toBe('AWAY');
    it1.server.faults.silent = { publish: 1 };
    it1.service.setStatus(BUSY);
    await it1.clock.settle();
    it1.server.drop();
    await it1.clock.advance(10_000);
    expect(it1.told().at(-1)).toBe('AWAY progress');
    const publications = it1.server.log.filter(({ verb }) => verb === 'publish');
    expect(publications.at(-1)).toMatchObject({ status: AWAY, outcome: 'ok' });
  });

  it('does not want any more what was answered with an error', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    it1.server.next('publish', new TransportError('serverTooBusy'));
    it1.service.setStatus(BUSY, { note: 'refused' });
    await it1.clock.settle();
    it1.server.drop();
    await it1.clock.advance(2_500);
    expect(it1.others()).toEqual({ status: 'ONLINE' });
  });

  it('is the status alone that the server has: a change that timed out is reported as UNEXPECTED (L08)', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    it1.server.faults.silent = { publish: 1 };
    it1.service.setStatus(BUSY);
    await it1.clock.advance(9_999);
    expect(it1.told()).toEqual([]);
    await it1.clock.advance(1);
    expect(it1.take()).toMatchObject([{ hr: MSGR_E_UNEXPECTED, mMyStatus: ONLINE, reason: 'timedOut' }]);
  });
});
