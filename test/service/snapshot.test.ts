/** Persist and restore, coarsely: who was signed in comes back as after a lost line, with the wish and its end; damaged snapshots are refused. */
import { describe, expect, it } from '@jest/globals';
import {
  createPresenceService,
  E_INVALIDARG,
  MessengerError,
  MISTATUS,
  MSGR_E_INVALID_PASSWORD,
  S_OK,
  type PersistedSnapshot,
} from '../../src/index.js';
import { ann, bringTo, phases, signedIn, stage, start, type PhaseName, type Stage } from '../support/stage.js';

const { ONLINE, BUSY, IDLE } = MISTATUS;

/** The process ends without a goodbye and begins again, through JSON. */
async function restart(before: Stage, pause = 0, options: Parameters<typeof stage>[0] = {}): Promise<Stage> {
  const snapshot = JSON.parse(JSON.stringify(before.service.getPersistedSnapshot())) as PersistedSnapshot;
  await before.service.dispose();
  await before.clock.advance(pause);
  return stage({ credentials: ann, ...options, after: before, snapshot });
}

describe('A restored service', () => {
  it('M28 comes back through OFFLINE restored to status, note and end', async () => {
    const before = stage();
    await bringTo(before, 'online');
    before.service.setStatus(BUSY, { note: 'at work', until: start + 60_000 });
    await before.clock.settle();
    const it1 = await restart(before, 1_000);
    await it1.clock.settle();
    expect(it1.take()).toStrictEqual([
      {
        type: 'OnMyStatusChange',
        hr: S_OK,
        mMyStatus: MISTATUS.OFFLINE,
        previous: MISTATUS.OFFLINE,
        reason: 'restored',
        attempt: 0,
        retryAt: start + 1_000 + 2_500,
      },
    ]);
    expect(it1.service.mySigninName).toBe(ann.name);
    await it1.clock.advance(2_500);
    expect(it1.told()).toEqual(signedIn('BUSY'));
    expect(it1.others()).toEqual({ status: 'BUSY', note: 'at work' });
    await it1.clock.advance(60_000 - 3_500);
    expect(it1.told()).toEqual(['ONLINE statusExpired']);
    expect(it1.others()).toEqual({ status: 'ONLINE' });
  });

  it('M25 shows the status before when the time of the wanted one passed meanwhile', async () => {
    const before = stage();
    await bringTo(before, 'away');
    before.service.setStatus(BUSY, { note: 'at work', until: start + 60_000 });
    await before.clock.settle();
    const it1 = await restart(before, 60_001);
    await it1.clock.advance(2_500);
    expect(it1.told().slice(1)).toEqual(signedIn('AWAY'));
    expect(it1.others()).toEqual({ status: 'AWAY' });
  });

  it('M25 shows the lasting one when the times of two passed meanwhile, or the lower one while it lasts', async () => {
    for (const [pause, shown] of [
      [61_000, 'AWAY'],
      [31_000, 'BUSY'],
    ] as const) {
      const before = stage();
      await bringTo(before, 'away');
      before.service.setStatus(BUSY, { until: start + 60_000 });
      before.service.setStatus(MISTATUS.ON_THE_PHONE, { until: start + 30_000 });
      await before.clock.settle();
      const it1 = await restart(before, pause);
      await it1.clock.advance(2_500);
      expect(it1.told().at(-1)).toBe(`${shown} progress`);
      await it1.clock.advance(60_000);
      expect(it1.others().status).toBe('AWAY');
    }
  });

  it('M25 goes back when the time passes between the restart and the next sign-in', async () => {
    const before = stage();
    await bringTo(before, 'away');
    before.service.setStatus(BUSY, { note: 'at work', until: start + 60_000 });
    await before.clock.settle();
    const it1 = await restart(before, 59_000);
    await it1.clock.advance(2_500);
    expect(it1.told().slice(1)).toEqual(signedIn('AWAY'));
  });

  it.each<PhaseName>(['finding', 'connecting', 'synchronizing', 'publishing', 'online', 'invisible', 'waiting', 'held'])(
    'M28 is signed in again after a restart while %s',
    async (phase) => {
      const before = stage();
      await bringTo(before, phase);
      const it1 = await restart(before);
      await it1.clock.advance(5_000);
      expect(it1.told()[0]).toBe('OFFLINE restored');
      expect(it1.service.myStatus).toBe(phase === 'invisible' ? MISTATUS.INVISIBLE : ONLINE);
    },
  );

  it.each<PhaseName>(['signedOut', 'disconnecting'])(
    'stays signed out, without notice and timer, after a restart while %s',
    async (phase) => {
      const before = stage();
      await bringTo(before, phase);
      const it1 = await restart(before);
      await it1.clock.advance(60_000);
      expect(it1.told()).toEqual([]);
      expect(it1.service.mySigninName).toBeUndefined();
      expect(it1.timers()).toBe(0);
    },
  );

  it('M28 keeps the moment of the next attempt', async () => {
    const before = stage();
    await bringTo(before, 'waiting');
    const it1 = await restart(before, 1_000);
    await it1.clock.settle();
    expect(it1.take()).toMatchObject([{ reason: 'restored', retryAt: start + 2_500 }]);
    const late = await restart(it1, 10_000);
    await late.clock.advance(0);
    expect(late.take()[0]).toMatchObject({ reason: 'restored', retryAt: start + 11_000 });
    expect(late.service.myStatus).toBe(ONLINE);
  });

  it('L24 is idle as before, since the same last input', async () => {
    const before = stage();
    await bringTo(before, 'idle');
    const it1 = await restart(before, 1_000);
    await it1.clock.advance(2_500);
    expect(it1.told().at(-1)).toBe('IDLE progress');
    expect(it1.server.sessions).toMatchObject([{ status: IDLE, idleSince: start }]);
    it1.service.environment({ userActive: true });
    await it1.clock.settle();
    expect(it1.told()).toEqual(['ONLINE userActive']);
  });

  it('asks a function for credentials of the very name, and ends as invalidPassword when it has others or none', async () => {
    for (const credentials of [{ name: 'bob@example.com', password: 'battery-staple' }, () => undefined]) {
      const before = stage();
      await bringTo(before, 'online');
      const it1 = await restart(before, 0, { credentials });
      await it1.clock.advance(2_500);
      expect(it1.take().slice(1)).toMatchObject([
        {},
        { type: 'OnSignin', hr: MSGR_E_INVALID_PASSWORD },
        { reason: 'invalidPassword' },
      ]);
      expect(it1.timers()).toBe(0);
    }
  });

  it('may give up before the first attempt: one OFFLINE, at rest (L10, L27)', async () => {
    const before = stage();
    await bringTo(before, 'online');
    const it1 = await restart(before);
    await it1.clock.settle();
    it1.take();
    expect(it1.service.signout()).toBe(S_OK);
    await it1.clock.advance(60_000);
    expect(it1.told()).toEqual(['OFFLINE userRequest']);
    expect(it1.timers()).toBe(0);
  });

  it('L13 is refused when the snapshot wants a status that the transport of today lacks', async () => {
    const before = stage();
    await bringTo(before, 'invisible');
    const again = restart(before, 0, { plug: { capabilities: { statuses: [ONLINE, BUSY] } } });
    await expect(again).rejects.toMatchObject({ name: 'MessengerError', hr: E_INVALIDARG });
  });
});

describe('A snapshot', () => {
  it.each(phases)('is plain JSON with a version while %s', async (phase) => {
    const it1 = stage();
    await bringTo(it1, phase);
    const snapshot = it1.service.getPersistedSnapshot();
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
    expect(snapshot).toMatchObject({ version: expect.any(Number) });
  });

  it('is the app’s own: changing it changes nothing in the service', async () => {
    const it1 = stage();
    await bringTo(it1, 'busy');
    const before = it1.fingerprint();
    const snapshot = it1.service.getPersistedSnapshot() as { wanted: { status: number } };
    snapshot.wanted.status = ONLINE;
    expect(it1.fingerprint()).toBe(before);
  });

  const good = (): Record<string, unknown> =>
    JSON.parse(JSON.stringify(stage().service.getPersistedSnapshot())) as Record<string, unknown>;
  it.each<[string, unknown]>([
    ['null', null],
    ['a string', '{}'],
    ['an empty object', {}],
    ['a list', []],
    ['a later version', { ...good(), version: 99 }],
    ['an unknown state', { ...good(), state: 'dreaming' }],
    ['an empty name', { ...good(), name: '' }],
    ['a name with a space', { ...good(), name: 'a b' }],
    ['no wish', { ...good(), wanted: undefined }],
    ['a wish for IDLE', { ...good(), wanted: { status: IDLE } }],
    ['a wish until NaN', { ...good(), wanted: { status: BUSY, until: 'soon' } }],
    ['a note that is no string', { ...good(), wanted: { status: BUSY, note: 5 } }],
    [
      'an endless stack',
      { ...good(), wanted: { status: BUSY, before: { status: BUSY, before: { status: BUSY, before: { status: BUSY } } } } },
    ],
    ['an unknown user', { ...good(), user: 'bored' }],
    ['no last input', { ...good(), lastInput: null }],
    ['a retryAt that is no time', { ...good(), retryAt: 'soon' }],
  ])('that is damaged (%s) is refused as a whole with E_INVALIDARG', (_, snapshot) => {
    const { server, clock } = stage();
    const make = () => createPresenceService({ transport: server.transport(), clock, snapshot: snapshot as PersistedSnapshot });
    expect(make).toThrow(MessengerError);
    expect(make).toThrow(expect.objectContaining({ hr: E_INVALIDARG }));
    expect(clock.timers).toBe(0);
  });
});
