/** The check of a log (B10): it takes every log of a running service, and finds the place where a damaged one goes wrong. */
import { describe, expect, it } from '@jest/globals';
import {
  MISTATUS,
  MSGR_E_CANCEL,
  MSGR_E_SERVER_UNAVAILABLE,
  MSGR_E_UNEXPECTED,
  S_OK,
  type SeenNotice,
} from '../../machines/index.js';
import { checkNotices, expressionOf, letterOf, publishedDfa, toText } from '../../src/grammar/index.js';
import { TransportError } from '../../src/index.js';
import { seededRandom } from '../../src/testing/index.js';
import { ann, bob, stage } from '../support/stage.js';

const { ONLINE, BUSY, AWAY, INVISIBLE, OFFLINE, IDLE } = MISTATUS;
const [finding, connecting, synchronizing, disconnecting] = [0x100, 0x200, 0x300, 0x400];
const S = (mMyStatus: number, hr: number = S_OK): SeenNotice => ({ type: 'OnMyStatusChange', hr, mMyStatus });
const I = (hr: number = S_OK): SeenNotice => ({ type: 'OnSignin', hr });
const O: SeenNotice = { type: 'OnSignout' };
/** With some notices taken out and others put in their place. */
const spliced = (log: readonly SeenNotice[], at: number, out: number, ...instead: SeenNotice[]): SeenNotice[] => [
  ...log.slice(0, at),
  ...instead,
  ...log.slice(at + out),
];
const signin = [S(finding), S(connecting), I(), S(synchronizing), S(ONLINE)];

/** What a service told while somebody and the world did this and that; a snapshot and a restart among it. */
async function someLog(seed: number): Promise<readonly SeenNotice[]> {
  const random = seededRandom(seed);
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  let it1 = stage({ credentials: ann, random, policy: { awayAfterIdle: 60_000, remember: true } });
  const log: SeenNotice[] = [];
  const { server, clock } = it1;
  for (let step = 0; step < 40; step++) {
    const { service } = it1;
    const deeds: (() => unknown)[] = [
      () => service.signin(one([ann, ann, ann, bob, { ...ann, password: 'wrong' }]), { status: one([ONLINE, BUSY]) }),
      () => service.autoSignin(),
      () => service.autoSignin(),
      () => service.setStatus(one([ONLINE, BUSY, AWAY, INVISIBLE]), one([{}, { until: clock.now() + 20_000 }])),
      () => [service.setStatus(BUSY), service.setStatus(AWAY), service.setStatus(ONLINE)],
      () => random() < 0.3 && service.signout(),
      () => service.environment({ network: random() < 0.6 }),
      () => service.environment({ awake: random() < 0.6 }),
      () => service.environment({ userActive: random() < 0.4 }),
      () => server.drop(ann.name),
      () =>
        server.next(
          one(['findServer', 'connect', 'synchronize', 'publish']),
          new TransportError(one(['serverTooBusy', 'statusRejected', 'unexpected'])),
        ),
      () => (server.faults.silent = random() < 0.3),
    ];
    one(deeds)();
    await clock.advance(one([0, 1, 400, 3_000, 16_000, 70_000, 400_000]));
    const snapshot = service.getPersistedSnapshot();
    if (service.myStatus !== OFFLINE || random() > 0.1) continue;
    log.push(...it1.notices);
    await service.dispose();
    it1 = stage({ credentials: ann, random, after: it1, snapshot, policy: { remember: true } });
  }
  log.push(...it1.notices);
  await it1.service.dispose();
  return log;
}

const logs = await Promise.all(Array.from({ length: 40 }, (_, seed) => someLog(seed)));
const wordOf = (log: readonly SeenNotice[]): string => log.map((notice) => letterOf(notice) ?? '!').join('');
const pattern = new RegExp(`^(?:${toText(expressionOf(publishedDfa))})$`);

describe('checkNotices', () => {
  it.each(logs.map((log, seed) => [seed, log] as const))('takes the log of a running service (seed %i)', (_, log) => {
    expect(checkNotices(log)).toEqual({ ok: true, breaches: [], complete: true, owed: [], tolerated: [] });
  });

  it('is asked with logs that hold every kind of letter', () => {
    const told = new Set(logs.flatMap((log) => [...wordOf(log)]));
    expect([...'FCGYWEXQDnbaviNBA'].filter((letter) => !told.has(letter))).toEqual([]);
  });

  it('finds a notice that was dropped, swapped or doubled wherever the expression does not match any more', () => {
    const count = { dropped: { all: 0, found: 0 }, swapped: { all: 0, found: 0 }, doubled: { all: 0, found: 0 } };
    for (const log of logs) {
      for (const at of log.keys()) {
        const [one, other] = [log[at], log[at + 1]];
        const damaged = {
          dropped: spliced(log, at, 1),
          swapped: one && other ? spliced(log, at, 2, other, one) : log,
          doubled: one ? spliced(log, at, 0, one) : log,
        };
        for (const kind of ['dropped', 'swapped', 'doubled'] as const) {
          const { fault, complete } = checkNotices(damaged[kind]);
          expect([fault === undefined && complete, wordOf(damaged[kind])]).toEqual([
            pattern.test(wordOf(damaged[kind])),
            wordOf(damaged[kind]),
          ]);
          count[kind].all += 1;
          if (fault) {
            count[kind].found += 1;
            expect(fault.at).toBeGreaterThanOrEqual(at);
          }
        }
      }
    }
    process.stdout.write(
      `  ${Object.entries(count)
        .map(([kind, { all, found }]) => `${kind}: ${found} of ${all} found`)
        .join(', ')}\n`,
    );
    // A status told once more, or one of two in a row left out, is legal: nobody can find that.
    for (const { all, found } of Object.values(count)) expect(found / all).toBeGreaterThan(0.4);
  });

  it('says at which notice, what was found, and what could stand there', () => {
    const { ok, fault } = checkNotices(spliced(signin, 2, 1));
    expect(ok).toBe(false);
    expect(fault).toEqual({
      at: 2,
      found: 'OnMyStatusChange LOCAL_SYNCHRONIZING_WITH_SERVER with S_OK',
      legal: ['OnSignin with S_OK', 'OnSignin with an error'],
      message:
        'notice 3 is OnMyStatusChange LOCAL_SYNCHRONIZING_WITH_SERVER with S_OK, and only OnSignin with S_OK, OnSignin with an error could stand there',
    });
  });

  it.each<[string, SeenNotice[], number]>([
    ['an online status out of the blue', [S(ONLINE)], 0],
    ['a second OnSignin', [...signin.slice(0, 3), I()], 3],
    ['a failing OnSignin that is not followed by OFFLINE', [S(finding), I(MSGR_E_CANCEL), S(finding)], 2],
    ['a failed change that tells another status', [...signin, S(BUSY, MSGR_E_UNEXPECTED)], 5],
    ['a sign-out without 0x400', [...signin, O, S(OFFLINE)], 6],
    ['0x400 without a sign-out', [...signin, S(disconnecting)], 5],
    ['a status that is only derived', [...signin, S(MISTATUS.IN_A_MEETING)], 5],
    ['a status that is none', [...signin, S(0x7777)], 5],
    ['a failed OFFLINE', [S(OFFLINE, MSGR_E_UNEXPECTED)], 0],
    ['something that is no notice', [...signin, null as unknown as SeenNotice], 5],
    ['a notice of another kind', [{ type: 'OnContactStatusChange', hr: 0 } as unknown as SeenNotice], 0],
    ['a status without a code', [{ type: 'OnMyStatusChange', mMyStatus: finding } as unknown as SeenNotice], 0],
  ])('finds %s', (_, log, at) => {
    const { ok, fault, complete } = checkNotices(log);
    expect([ok, fault?.at, complete]).toEqual([false, at, false]);
  });

  it('names the laws that are broken besides the order (L07)', () => {
    const wrongCode = checkNotices([S(finding), I(-1), S(OFFLINE)]);
    expect(wrongCode.fault).toBeUndefined();
    expect(wrongCode.breaches).toEqual(['L07: notice 2: OnSignin with -1']);
    expect(wrongCode.ok).toBe(false);
    expect(checkNotices(spliced(signin, 2, 1)).breaches.join()).toContain('L05: ');
  });

  it('takes an attempt after a final reason for one that was asked for: a log does not show who asked (L22)', () => {
    const failed: SeenNotice[] = [S(finding), S(connecting), { type: 'OnSignin', hr: -2130705661, reason: 'invalidPassword' }];
    const over: SeenNotice = { type: 'OnMyStatusChange', hr: S_OK, mMyStatus: OFFLINE, reason: 'invalidPassword' };
    expect(checkNotices([...failed, over, ...signin]).ok).toBe(true);
  });

  it('tells what is owed when a log breaks off, which is no fault', () => {
    expect(checkNotices([...signin, O])).toMatchObject({
      ok: true,
      complete: false,
      owed: ['OnMyStatusChange LOCAL_DISCONNECTING_FROM_SERVER with S_OK'],
    });
    expect(checkNotices([])).toMatchObject({ ok: true, complete: true, owed: [] });
  });

  it('reads foreign logs: reasons that are not ours, no attempts, frozen objects', () => {
    const foreign = signin.map((notice) => Object.freeze({ ...notice, reason: 'because' }) as unknown as SeenNotice);
    expect(checkNotices(Object.freeze(foreign)).ok).toBe(true);
  });

  it('throws when it is given no array', () => {
    expect(() => checkNotices('FCGYn' as unknown as SeenNotice[])).toThrow(
      new TypeError('checkNotices: expected an array of notices, got string'),
    );
  });
});

describe('The short OFFLINE in the middle of a sign-in', () => {
  const short = spliced(signin, 4, 0, S(OFFLINE));

  it('is a fault, since this machine never tells it', () => {
    expect(checkNotices(short)).toMatchObject({ ok: false, fault: { at: 5 }, tolerated: [] });
  });

  it('is passed over in a log of somebody else (T1)', () => {
    expect(checkNotices(short, { tolerant: true })).toMatchObject({ ok: true, complete: true, tolerated: [4], breaches: [] });
    const withFormer = short.map((notice, at) => (at === 5 ? { ...notice, previous: OFFLINE } : notice)) as SeenNotice[];
    expect(checkNotices(withFormer, { tolerant: true }).ok).toBe(true);
  });

  it.each<[string, SeenNotice[]]>([
    [
      'a failed synchronization follows',
      [...signin.slice(0, 4), S(OFFLINE), S(synchronizing, MSGR_E_SERVER_UNAVAILABLE), S(OFFLINE)],
    ],
    ['a sign-out follows', [...signin.slice(0, 4), S(OFFLINE), O, S(disconnecting), S(OFFLINE)]],
  ])('is passed over when %s', (_, log) => {
    expect(checkNotices(log, { tolerant: true })).toMatchObject({ ok: true, tolerated: [4] });
  });

  it('is the end of the session when nothing, an attempt or another OFFLINE follows', () => {
    for (const rest of [[], [S(finding)], [S(OFFLINE), S(finding)]]) {
      expect(checkNotices([...signin.slice(0, 4), S(OFFLINE), ...rest], { tolerant: true })).toMatchObject({
        ok: true,
        tolerated: [],
      });
    }
  });

  it('is tolerated nowhere else', () => {
    for (const at of [1, 2, 3]) expect(checkNotices(spliced(signin, at, 0, S(OFFLINE)), { tolerant: true }).ok).toBe(false);
    expect(checkNotices([...signin, S(OFFLINE), S(IDLE)], { tolerant: true }).ok).toBe(false);
  });
});
