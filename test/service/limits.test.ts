/** Every wait has an end and every phase a way out: limits with a silent server, cancel and sign-out everywhere, nothing left behind (L08, L10, L17, L27, M07 to M10, B04). */
import { describe, expect, it } from '@jest/globals';
import { isOnline, MISTATUS, MSGR_E_SERVER_UNAVAILABLE, S_OK, TransportError, type Credentials } from '../../src/index.js';
import {
  ann,
  bringTo,
  breaches,
  phases,
  signedIn,
  stage,
  type PhaseName,
  type Stage,
  type StageOptions,
} from '../support/stage.js';

const limits = [
  ['finding', 'findServerTimeout', 10_000, ['I(MSGR_E_INVALID_SERVER_NAME) serverNotFound', 'OFFLINE serverNotFound']],
  ['connecting', 'connectTimeout', 15_000, ['I(MSGR_E_LOGON_TIMEOUT) logonTimeout', 'OFFLINE logonTimeout']],
  ['synchronizing', 'synchronizeTimeout', 15_000, ['!MSGR_E_SERVER_UNAVAILABLE SYNCHRONIZING timedOut', 'OFFLINE timedOut']],
  ['publishing', 'synchronizeTimeout', 15_000, ['!MSGR_E_SERVER_UNAVAILABLE SYNCHRONIZING timedOut', 'OFFLINE timedOut']],
  ['disconnecting', 'signoutTimeout', 5_000, ['OFFLINE userRequest']],
] as const;

/** Nothing is held any more, and nothing comes. */
async function expectRest(it1: Stage): Promise<void> {
  expect(it1.service.actor.getSnapshot().value).toEqual({ offline: 'signedOut' });
  expect(it1.timers()).toBe(0);
  expect(it1.service.mySigninName).toBeUndefined();
  it1.take();
  await it1.clock.advance(3_600_000);
  expect(it1.told()).toEqual([]);
  expect([it1.server.undropped, it1.server.links, it1.timers()]).toEqual([0, 0, 0]);
  expect(breaches(it1.notices, it1.times, it1.clock.now())).toEqual([]);
}

describe('A silent server', () => {
  it.each(limits)('while %s is waited for no longer than %s, by default %i ms (L08, M08)', async (phase, _, limit, end) => {
    const it1 = stage();
    await bringTo(it1, phase);
    await it1.clock.advance(limit - 1);
    expect(it1.told()).toEqual([]);
    await it1.clock.advance(1);
    expect(it1.told()).toEqual(end);
  });

  it.each(limits)('while %s is waited for as long as %s says', async (phase, option, _, end) => {
    const it1 = stage({ policy: { [option]: 77 } });
    await bringTo(it1, phase);
    await it1.clock.advance(76);
    expect(it1.told()).toEqual([]);
    await it1.clock.advance(1);
    expect(it1.told()).toEqual(end);
  });

  it('is waited for 10 s with a change, again for each that waits behind it (L08, L03)', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    it1.server.faults.silent = { publish: true };
    it1.service.setStatus(MISTATUS.BUSY);
    it1.service.setStatus(MISTATUS.AWAY);
    await it1.clock.advance(9_999);
    expect(it1.told()).toEqual([]);
    await it1.clock.advance(1);
    expect(it1.told()).toEqual(['!MSGR_E_UNEXPECTED ONLINE timedOut']);
    await it1.clock.advance(10_000);
    expect(it1.told()).toEqual(['!MSGR_E_UNEXPECTED ONLINE timedOut']);
    expect(isOnline(it1.service.myStatus)).toBe(true);
  });

  it('has 3 s to show that it lives after the clock jumped, else the line is lost (M16)', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    it1.server.faults.silent = { check: true };
    it1.clock.jump(3_600_000);
    await it1.clock.advance(2_999);
    expect(it1.told()).toEqual([]);
    await it1.clock.advance(1);
    expect(it1.told()).toEqual(['OFFLINE timedOut']);
    expect(it1.server.undropped).toBe(0);
  });

  it.each([4_000, 3_600_000, -3_600_000])(
    'that answers the check after a jump of %i ms keeps its session (M16)',
    async (jump) => {
      const it1 = stage();
      await bringTo(it1, 'online');
      it1.clock.jump(jump);
      await it1.clock.advance(40_000);
      expect(it1.told()).toEqual([]);
      expect(it1.server.log.filter(({ verb }) => verb === 'check').length).toBeGreaterThanOrEqual(jump === 4_000 ? 0 : 1);
    },
  );

  it('is not given up in a wait by a jump: the wait is over, and that is all (M16)', async () => {
    const it1 = stage();
    await bringTo(it1, 'waiting');
    it1.clock.jump(36_000_000);
    await it1.clock.advance(0);
    expect(it1.told()).toEqual(signedIn());
  });

  it('M09 L17 is told goodbye, and a sign-out is over within 5 s whatever it does', async () => {
    for (const fault of ['none', 'silent', 'deaf', 'fails', 'throws']) {
      const it1 = stage();
      await bringTo(it1, 'online');
      if (fault === 'silent') it1.server.faults.silent = { close: true };
      if (fault === 'deaf') Object.assign(it1.server.faults, { deaf: { close: true }, latency: { close: 60_000 } });
      if (fault === 'fails') it1.server.next('close', new TransportError('lineLost'));
      if (fault === 'throws') it1.server.next('close', 'no');
      it1.service.signout();
      const begin = it1.clock.now();
      await it1.clock.advance(5_000);
      expect(it1.told()).toEqual(['O', 'DISCONNECTING userRequest', 'OFFLINE userRequest']);
      expect((it1.times.at(-1) ?? Infinity) - begin).toBeLessThanOrEqual(5_000);
      if (fault === 'none') expect(it1.others().status).toBe('OFFLINE');
      await expectRest(it1);
    }
  });

  it('L09 is not even asked for a name that leads nowhere', async () => {
    const it1 = stage();
    it1.server.faults.serverNotFound = true;
    it1.service.signin(ann);
    await it1.clock.settle();
    expect(it1.told()).toEqual(['FINDING progress', 'I(MSGR_E_INVALID_SERVER_NAME) serverNotFound', 'OFFLINE serverNotFound']);
    expect(it1.server.credentialOffers(ann.name)).toBe(0);
    await expectRest(it1);
  });
});

describe('Giving up', () => {
  const ends: Record<string, readonly string[]> = {
    finding: ['I(MSGR_E_CANCEL) cancelled', 'OFFLINE cancelled'],
    connecting: ['I(MSGR_E_CANCEL) cancelled', 'OFFLINE cancelled'],
    waiting: ['OFFLINE userRequest'],
    held: ['OFFLINE userRequest'],
  };
  it.each(phases.filter((phase) => phase !== 'signedOut' && phase !== 'disconnecting'))(
    'M07 B04 while %s leads to rest at once when the server answers, and within 5 s when it does not',
    async (phase) => {
      for (const silent of [false, true]) {
        const it1 = stage();
        await bringTo(it1, phase);
        it1.server.faults.silent = silent;
        expect(it1.service.signout()).toBe(S_OK);
        await it1.clock.advance(silent ? 5_000 : 0);
        expect(it1.told()).toEqual(ends[phase] ?? ['O', 'DISCONNECTING userRequest', 'OFFLINE userRequest']);
        await expectRest(it1);
      }
    },
  );

  it('aborts the verb that runs', async () => {
    for (const phase of ['finding', 'connecting'] as const) {
      const it1 = stage();
      await bringTo(it1, phase);
      it1.service.signout();
      await it1.clock.settle();
      expect(it1.server.log.at(-1)).toMatchObject({ outcome: 'aborted' });
    }
  });

  /** Every way to be signed in; `go` begins it. */
  const tokens = (): (() => Credentials) => {
    let asked = 0;
    return () => ({ name: ann.name, token: asked++ === 0 ? 'old' : 'new' });
  };
  const paths: Record<string, { readonly options?: () => StageOptions; readonly go: (it1: Stage) => Promise<void> | void }> = {
    'a plain sign-in': { go: ({ service }) => void service.signin(ann, { status: MISTATUS.BUSY }) },
    'stored credentials': {
      options: () => ({ credentials: () => Promise.resolve(ann) }),
      go: ({ service }) => void service.autoSignin(),
    },
    'a wrong password': { go: ({ service }) => void service.signin({ ...ann, password: 'wrong' }) },
    'a renewed token': {
      options: () => ({ credentials: tokens(), users: { [ann.name]: { token: 'new' } } }),
      go: ({ service, server }) => {
        server.expireToken('old');
        server.faults.tokenExpired = 1;
        service.autoSignin();
      },
    },
    'a status that is rejected': {
      go: ({ service, server }) => {
        server.faults.rejectStatus = [MISTATUS.BUSY];
        service.signin(ann, { status: MISTATUS.BUSY });
      },
    },
    'a status that changes on the way': {
      go: ({ service }) => {
        service.on('OnSignin', () => void service.setStatus(MISTATUS.AWAY));
        service.signin(ann);
      },
    },
    'a failed synchronization': {
      go: ({ service, server }) => {
        server.next('synchronize', new TransportError('serverUnavailable'));
        service.signin(ann);
      },
    },
    'a second attempt after a refusal': {
      options: () => ({ credentials: ann }),
      go: async (it1) => {
        it1.server.faults.refuse = 1;
        it1.service.autoSignin();
        await it1.clock.settle();
        it1.service.signin(ann);
      },
    },
    'a resumed session': {
      options: () => ({ server: { resume: true, resumeFor: 1_000 } }),
      go: async (it1) => {
        await bringTo(it1, 'online');
        it1.server.drop();
        await it1.clock.settle();
        it1.service.signin(ann);
      },
    },
    'the end of a hold': {
      go: async (it1) => {
        await bringTo(it1, 'held');
        it1.service.environment({ network: true });
        await it1.clock.settle();
        it1.service.signin(ann);
      },
    },
    'a burst of changes': {
      go: async (it1) => {
        await bringTo(it1, 'online');
        for (let n = 0; n < 5; n++) it1.service.setStatus(MISTATUS.AWAY);
      },
    },
  };

  it.each(Object.entries(paths))(
    'M07 after every prefix of %s, turn by turn, leaves no link and no timer (L27)',
    async (_, { options, go }) => {
      for (let turns = 0; turns < 48; turns++) {
        const it1 = stage(options?.() ?? {});
        await go(it1);
        for (let turn = 0; turn < turns; turn++) await Promise.resolve();
        const before = it1.service.actor.getSnapshot().value;
        const hr = it1.service.signout();
        if (hr < 0) expect([{ offline: 'signedOut' }, 'disconnecting']).toContainEqual(before);
        await it1.clock.settle();
        expect(it1.server.everOpen(ann.name)).toBeLessThanOrEqual(1);
        await expectRest(it1);
      }
    },
  );

  it.each(Object.entries(paths))(
    'M07 at every 50 ms of %s over a slow, deaf line leaves no link and no timer',
    async (_, { options, go }) => {
      for (let ms = 0; ms <= 600; ms += 50) {
        const it1 = stage(options?.() ?? {});
        await go(it1);
        it1.server.faults.latency = 70;
        it1.server.faults.deaf = true;
        await it1.clock.advance(ms);
        it1.service.signout();
        await it1.clock.advance(5_000);
        await expectRest(it1);
      }
    },
  );
});

describe('The order of limits', () => {
  it.each<PhaseName>(['finding', 'connecting', 'synchronizing', 'publishing'])(
    'while %s does not begin anew when the same signin is made again',
    async (phase) => {
      const it1 = stage();
      await bringTo(it1, phase);
      await it1.clock.advance(9_000);
      it1.service.signin(ann, { status: MISTATUS.BUSY });
      await it1.clock.advance(phase === 'finding' ? 1_000 : 6_000);
      expect(it1.told().at(-1)).toMatch(/^OFFLINE (serverNotFound|logonTimeout|timedOut)$/);
    },
  );

  it('T8 of a limit is SERVER_UNAVAILABLE with 0x300 (L08)', async () => {
    const it1 = stage();
    await bringTo(it1, 'synchronizing');
    await it1.clock.advance(15_000);
    expect(it1.take()[0]).toStrictEqual({
      type: 'OnMyStatusChange',
      hr: MSGR_E_SERVER_UNAVAILABLE,
      mMyStatus: MISTATUS.LOCAL_SYNCHRONIZING_WITH_SERVER,
      previous: MISTATUS.LOCAL_SYNCHRONIZING_WITH_SERVER,
      reason: 'timedOut',
      attempt: 1,
    });
  });
});
