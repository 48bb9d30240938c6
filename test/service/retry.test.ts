/** When and how often it is tried again: waits within bounds, reasons that are final, one renewal of a token, one offer of a wrong password (L11, L22). */
import { describe, expect, it } from '@jest/globals';
import {
  MISTATUS,
  MSGR_E_INVALID_PASSWORD,
  S_OK,
  TransportError,
  type Credentials,
  type Notice,
  type PolicyOptions,
  type Reason,
} from '../../src/index.js';
import { ann, bringTo, signedIn, stage, start, type Stage } from '../support/stage.js';

/** The waits that were announced, in ms. */
function waits({ notices, times }: Stage): number[] {
  return notices.flatMap((notice, index) =>
    notice.type === 'OnMyStatusChange' && notice.retryAt !== undefined ? [notice.retryAt - (times[index] ?? 0)] : [],
  );
}
const attempts = (notices: readonly Notice[]) =>
  notices.filter((notice) => notice.type === 'OnMyStatusChange' && notice.mMyStatus === MISTATUS.LOCAL_FINDING_SERVER).length;

/** Runs through attempts until so many waits were announced. */
async function failing(it1: Stage, count: number): Promise<number[]> {
  for (await it1.clock.settle(); waits(it1).length < count;) {
    const { next } = it1.clock;
    if (next === undefined) throw new Error('nothing is waited for');
    await it1.clock.advance(next - it1.clock.now());
  }
  return waits(it1);
}

describe('The wait before the next attempt', () => {
  it.each([0, 0.5, 0.999])('grows from 5 s by doubling up to the cap, times the random number %s (M11)', async (random) => {
    const it1 = stage({ credentials: ann, random: () => random, policy: { retry: { slowAfter: 1e9 } } });
    // An attempt takes some time, since the smallest random number waits for none.
    it1.server.faults.latency = { connect: 10 };
    it1.server.faults.refuse = true;
    it1.service.autoSignin();
    const bounds = [5_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000];
    expect(await failing(it1, bounds.length)).toEqual(bounds.map((bound) => expect.closeTo(random * bound, 6)));
  });

  it('falls to the slow grade after two minutes of failing, and no further than its cap', async () => {
    const it1 = stage({ credentials: ann, random: () => 0.999 });
    it1.server.faults.refuse = true;
    it1.service.autoSignin();
    const seen = await failing(it1, 12);
    const late = seen.filter((_, index) => index >= 8);
    expect(Math.max(...seen.slice(0, 6))).toBeLessThanOrEqual(60_000);
    expect(late.every((wait) => wait > 60_000 && wait <= 300_000)).toBe(true);
  });

  it('is short again only after 30 s online', async () => {
    const it1 = stage({ credentials: ann });
    it1.server.faults.refuse = 3;
    it1.service.autoSignin();
    await failing(it1, 3);
    await it1.clock.advance(5_000);
    expect(it1.service.myStatus).toBe(MISTATUS.ONLINE);
    it1.server.drop();
    await it1.clock.settle();
    expect(waits(it1).at(-1)).toBe(4_000);
    await it1.clock.advance(4_000);
    await it1.clock.advance(30_000);
    it1.server.drop();
    await it1.clock.settle();
    expect(waits(it1).at(-1)).toBe(2_500);
  });

  it('stays in the slow grade for a line that flaps', async () => {
    const it1 = stage({ policy: { retry: { base: 100_000, healthyAfter: 0 } } });
    await bringTo(it1, 'online');
    for (let loss = 0; loss < 5; loss++) {
      it1.server.drop();
      await it1.clock.settle();
      await it1.clock.advance(waits(it1).at(-1) ?? 0);
      if (loss < 3) expect(waits(it1).at(-1)).toBe(2_500);
    }
    expect(waits(it1)[3]).toBeGreaterThan(30_000);
  });

  it.each([0, 0.999])('is never shorter than the server asked for (random %s)', async (random) => {
    const it1 = stage({ credentials: ann, random: () => random });
    it1.server.faults.tooBusy = { retryAfterMs: 90_000, times: 1 };
    it1.service.autoSignin();
    await it1.clock.settle();
    expect(waits(it1)).toEqual([90_000]);
    await it1.clock.advance(89_999);
    expect(attempts(it1.notices)).toBe(1);
    await it1.clock.advance(1);
    expect(it1.service.myStatus).toBe(MISTATUS.ONLINE);
    it1.server.drop();
    await it1.clock.settle();
    expect(waits(it1).at(-1)).toBeLessThan(5_000);
  });

  it('counts from the loss, not from a hold, when the line was healthy before the hold', async () => {
    const it1 = stage({ credentials: ann, random: () => 0.999 });
    it1.server.faults.refuse = 6;
    it1.service.autoSignin();
    await failing(it1, 6);
    await it1.clock.advance(60_000);
    expect(it1.service.myStatus).toBe(MISTATUS.ONLINE);
    await it1.clock.advance(3_600_000);
    it1.service.environment({ network: false });
    await it1.clock.advance(1_000);
    it1.service.environment({ network: true });
    await it1.clock.settle();
    it1.server.faults.refuse = 1;
    await it1.clock.advance(1_000);
    expect(waits(it1).at(-1)).toBeLessThan(5_000);
  });
});

describe('The first try', () => {
  const cases: [NonNullable<PolicyOptions['firstTry']>, 'signin' | 'autoSignin', boolean][] = [
    ['once', 'signin', false],
    ['once', 'autoSignin', false],
    ['retry', 'signin', true],
    ['retry', 'autoSignin', true],
    ['auto', 'signin', false],
    ['auto', 'autoSignin', true],
  ];
  it.each(cases)('under firstTry %s by %s is tried again: %s (M10)', async (firstTry, call, isRetried) => {
    const it1 = stage({ credentials: ann, policy: { firstTry } });
    it1.server.faults.refuse = 3;
    if (call === 'signin') it1.service.signin(ann);
    else it1.service.autoSignin();
    await it1.clock.advance(60_000);
    expect(it1.service.myStatus).toBe(isRetried ? MISTATUS.ONLINE : MISTATUS.OFFLINE);
    expect(attempts(it1.notices)).toBe(isRetried ? 4 : 1);
    if (!isRetried) expect(it1.timers()).toBe(0);
  });

  it('counts as a success once accepted: what follows is tried again under firstTry once', async () => {
    const it1 = stage({ policy: { firstTry: 'once' } });
    it1.server.next('synchronize', new TransportError('serverUnavailable'));
    it1.service.signin(ann);
    await it1.clock.settle();
    expect(it1.told().at(-1)).toBe('OFFLINE serverUnavailable');
    it1.server.faults.refuse = 2;
    await it1.clock.advance(60_000);
    expect(it1.service.myStatus).toBe(MISTATUS.ONLINE);
  });

  it('is once again after a sign-out', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    it1.service.signout();
    await it1.clock.settle();
    it1.server.faults.refuse = true;
    it1.service.signin(ann);
    await it1.clock.advance(600_000);
    expect(attempts(it1.notices)).toBe(2);
  });
});

describe('Final reasons (L22)', () => {
  const final: Reason[] = ['invalidPassword', 'tokenExpired', 'versionMismatch', 'signedInElsewhere', 'policyViolation'];
  it.each(final)('are never tried again: %s out of connect', async (reason) => {
    const it1 = stage({ credentials: ann });
    it1.server.next('connect', new TransportError(reason), { times: 5 });
    it1.service.autoSignin();
    await it1.clock.advance(3_600_000);
    expect(attempts(it1.notices)).toBe(1);
    expect(it1.timers()).toBe(0);
    expect(it1.server.undropped).toBe(0);
  });

  it.each(['signedInElsewhere', 'policyViolation'] as const)('are never tried again: %s of a session (M14)', async (reason) => {
    const it1 = stage();
    await bringTo(it1, 'online');
    it1.server.drop(ann.name, new TransportError(reason));
    await it1.clock.advance(3_600_000);
    expect(it1.take()).toEqual([
      expect.objectContaining({ type: 'OnMyStatusChange', hr: S_OK, mMyStatus: MISTATUS.OFFLINE, reason }),
    ]);
    expect(it1.timers()).toBe(0);
    expect(it1.service.mySigninName).toBeUndefined();
  });

  it.each(['signedInElsewhere', 'policyViolation', 'versionMismatch'] as const)(
    'are never tried again: %s out of synchronize',
    async (reason) => {
      const it1 = stage();
      it1.server.next('synchronize', new TransportError(reason));
      it1.service.signin(ann);
      await it1.clock.advance(3_600_000);
      expect(attempts(it1.notices)).toBe(1);
      expect(it1.timers()).toBe(0);
    },
  );

  const passing: Reason[] = [
    'serverNotFound',
    'connectFailed',
    'tlsFailed',
    'logonTimeout',
    'serverTooBusy',
    'serverUnavailable',
    'unexpected',
    'lineLost',
    'serverShutdown',
    'timedOut',
  ];
  it.each(passing)('are all the others not: after %s it is tried again', async (reason) => {
    const it1 = stage({ credentials: ann });
    it1.server.next(reason === 'serverNotFound' ? 'findServer' : 'connect', new TransportError(reason));
    it1.service.autoSignin();
    await it1.clock.advance(5_000);
    expect(it1.service.myStatus).toBe(MISTATUS.ONLINE);
  });

  it('M12 offer a wrong password exactly once', async () => {
    const it1 = stage({ credentials: { ...ann, password: 'wrong' } });
    it1.service.autoSignin();
    await it1.clock.advance(3_600_000);
    expect(it1.server.credentialOffers(ann.name)).toBe(1);
  });

  it('L11 answer a wrong password and an unknown user with the same notices', async () => {
    const told: unknown[] = [];
    for (const credentials of [
      { ...ann, password: 'wrong' },
      { name: 'nobody@example.com', password: 'wrong' },
    ]) {
      const it1 = stage();
      it1.service.signin(credentials);
      await it1.clock.advance(60_000);
      told.push([it1.notices, it1.times]);
    }
    expect(told[0]).toEqual(told[1]);
  });
});

describe('A token that has expired (M13)', () => {
  function tokens() {
    const it1 = { asked: 0, given: ['old', 'new', 'newer'] };
    const credentials = (): Credentials => ({ name: ann.name, token: it1.given[it1.asked++] ?? 'none' });
    return { ...it1, credentials, count: () => it1.asked };
  }

  it('is renewed once within connecting, with one OnSignin', async () => {
    const { credentials, count } = tokens();
    const it1 = stage({ credentials, users: { [ann.name]: { token: 'old' } } });
    it1.server.setUser(ann.name, { token: 'new' });
    it1.service.autoSignin();
    await it1.clock.settle();
    expect(it1.told()).toEqual(signedIn());
    expect(count()).toBe(2);
    expect(it1.server.credentialOffers(ann.name)).toBe(2);
  });

  it('is final the second time in one attempt', async () => {
    const { credentials, count } = tokens();
    const it1 = stage({ credentials });
    it1.server.faults.tokenExpired = true;
    it1.service.autoSignin();
    await it1.clock.advance(3_600_000);
    expect(it1.take().slice(-2)).toMatchObject([
      { type: 'OnSignin', hr: MSGR_E_INVALID_PASSWORD, reason: 'tokenExpired' },
      { mMyStatus: MISTATUS.OFFLINE, reason: 'tokenExpired' },
    ]);
    expect(count()).toBe(2);
    expect(it1.server.credentialOffers(ann.name)).toBe(2);
  });

  it('may be renewed once in each attempt', async () => {
    let asked = 0;
    const credentials = (): Credentials => ({ name: ann.name, token: asked++ % 2 === 0 ? 'old' : 'new' });
    const it1 = stage({ credentials, users: { [ann.name]: { token: 'new' } } });
    it1.server.faults.tokenExpired = 1;
    it1.service.autoSignin();
    await it1.clock.settle();
    expect([it1.service.myStatus, asked]).toEqual([MISTATUS.ONLINE, 2]);
    it1.server.drop();
    it1.server.faults.tokenExpired = 1;
    await it1.clock.advance(10_000);
    expect([it1.service.myStatus, asked]).toEqual([MISTATUS.ONLINE, 4]);
  });

  it('is final at once when the app has only the same one', async () => {
    const it1 = stage({ credentials: { name: ann.name, token: 'old' }, users: { [ann.name]: { token: 'old' } } });
    it1.server.expireToken('old');
    it1.service.autoSignin();
    await it1.clock.advance(3_600_000);
    expect(it1.server.credentialOffers(ann.name)).toBe(1);
    expect(attempts(it1.notices)).toBe(1);
  });

  it('is renewed for a typed token too', async () => {
    const it1 = stage({ credentials: () => ({ name: ann.name, token: 'new' }), users: { [ann.name]: { token: 'old' } } });
    it1.server.setUser(ann.name, { token: 'new' });
    it1.service.signin({ name: ann.name, token: 'old' });
    await it1.clock.settle();
    expect(it1.told()).toEqual(signedIn());
  });

  it('is under the limit of connecting when the app does not answer (L08)', async () => {
    let asked = 0;
    const signals: AbortSignal[] = [];
    const it1 = stage({
      credentials: (signal) => {
        signals.push(signal);
        return asked++ === 0 ? { name: ann.name, token: 'old' } : new Promise<never>(() => undefined);
      },
      policy: { firstTry: 'once' },
    });
    it1.server.faults.tokenExpired = true;
    it1.service.autoSignin();
    await it1.clock.advance(14_999);
    expect(it1.told()).toEqual(['FINDING progress', 'CONNECTING progress']);
    await it1.clock.advance(1);
    expect(it1.told()).toEqual(['I(MSGR_E_LOGON_TIMEOUT) logonTimeout', 'OFFLINE logonTimeout']);
    expect(signals.at(-1)?.aborted).toBe(true);
    expect(it1.clock.now()).toBe(start + 15_000);
  });
});

describe('Credentials that are asked for', () => {
  it('end the attempt as invalidPassword when there are none', async () => {
    const it1 = stage({ credentials: () => Promise.resolve(undefined) });
    expect(it1.service.autoSignin()).toBe(S_OK);
    await it1.clock.settle();
    expect(it1.told()).toEqual(['FINDING progress', 'I(MSGR_E_INVALID_PASSWORD) invalidPassword', 'OFFLINE invalidPassword']);
  });

  it('are under the limit of finding (L08)', async () => {
    const it1 = stage({ credentials: () => new Promise<never>(() => undefined), policy: { firstTry: 'once' } });
    it1.service.autoSignin();
    await it1.clock.advance(9_999);
    expect(it1.told()).toEqual(['FINDING progress']);
    await it1.clock.advance(1);
    expect(it1.told()).toEqual(['I(MSGR_E_INVALID_SERVER_NAME) serverNotFound', 'OFFLINE serverNotFound']);
  });

  it('are asked for at each attempt', async () => {
    let asked = 0;
    const it1 = stage({ credentials: () => (asked++, ann) });
    it1.server.faults.refuse = 2;
    it1.service.autoSignin();
    await it1.clock.advance(30_000);
    expect(it1.service.myStatus).toBe(MISTATUS.ONLINE);
    expect(asked).toBe(3);
  });

  it('are those of the last signin for its retries, and are forgotten at a sign-out', async () => {
    const it1 = stage({ credentials: () => undefined });
    await bringTo(it1, 'online');
    it1.server.drop();
    await it1.clock.advance(5_000);
    expect(it1.service.myStatus).toBe(MISTATUS.ONLINE);
    it1.service.signout();
    await it1.clock.settle();
    it1.take();
    it1.service.autoSignin();
    await it1.clock.settle();
    expect(it1.told().at(-1)).toBe('OFFLINE invalidPassword');
  });
});

describe('A server that says when to come back', () => {
  it('is not asked earlier after a hold in between (from waitingToRetry over held to waitingToRetry)', async () => {
    const it1 = stage({ policy: { firstTry: 'retry' } });
    it1.server.next('connect', new TransportError('serverTooBusy', { retryAfterMs: 60_000 }));
    it1.service.signin(ann);
    await it1.clock.settle();
    it1.service.environment({ network: false });
    await it1.clock.advance(10_000);
    it1.service.environment({ network: true });
    await it1.clock.advance(49_999);
    expect(it1.service.myStatus).toBe(MISTATUS.OFFLINE);
    await it1.clock.advance(1);
    expect(it1.service.myStatus).toBe(MISTATUS.ONLINE);
  });
});
