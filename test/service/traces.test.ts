/** The expected order of notices, with every field, trace by trace as the study of the origin numbers them. */
import { describe, expect, it } from '@jest/globals';
import {
  E_FAIL,
  MISTATUS,
  MSGR_E_ALREADY_LOGGED_ON,
  MSGR_E_CANCEL,
  MSGR_E_CONNECT,
  MSGR_E_DISCONNECTED,
  MSGR_E_INVALID_PASSWORD,
  MSGR_E_INVALID_SERVER_NAME,
  MSGR_E_LOGON_TIMEOUT,
  MSGR_E_SERVER_TOO_BUSY,
  MSGR_E_SERVER_UNAVAILABLE,
  MSGR_E_SERVER_VERSION,
  MSGR_E_UNEXPECTED,
  S_FALSE,
  S_OK,
  TransportError,
  type Reason,
} from '../../src/index.js';
import { ann, bringTo, stage, start } from '../support/stage.js';

const {
  OFFLINE,
  ONLINE,
  BUSY,
  IDLE,
  AWAY,
  LOCAL_FINDING_SERVER: FINDING,
  LOCAL_CONNECTING_TO_SERVER: CONNECTING,
  LOCAL_SYNCHRONIZING_WITH_SERVER: SYNCHRONIZING,
  LOCAL_DISCONNECTING_FROM_SERVER: DISCONNECTING,
} = MISTATUS;

/** Writes notices down as they must be; `previous` follows from the one before. */
function trace(previous: MISTATUS = OFFLINE, attempt = 1) {
  return {
    attempt: (n: number) => void (attempt = n),
    S(mMyStatus: MISTATUS, reason: Reason, more: { hr?: number; retryAt?: number } = {}) {
      const notice = { type: 'OnMyStatusChange', hr: S_OK, mMyStatus, previous, reason, attempt, ...more };
      previous = mMyStatus;
      return notice;
    },
    I: (hr: number, reason: Reason) => ({ type: 'OnSignin', hr, reason, attempt }),
    O: { type: 'OnSignout', reason: 'userRequest' },
  };
}
/** Up to the server's word. */
function asking({ S }: ReturnType<typeof trace>) {
  return [S(FINDING, 'progress'), S(CONNECTING, 'progress')];
}
function arriving(t: ReturnType<typeof trace>, status: MISTATUS = ONLINE) {
  return [...asking(t), t.I(S_OK, 'progress'), t.S(SYNCHRONIZING, 'progress'), t.S(status, 'progress')];
}

describe('B20 Traces of a sign-in', () => {
  it('T1 goes through every status to the online one, with OnSignin between connecting and synchronizing (L01, L04, L05)', async () => {
    const it1 = stage({ credentials: ann });
    expect(it1.service.autoSignin()).toBe(S_OK);
    await it1.clock.settle();
    expect(it1.take()).toStrictEqual(arriving(trace()));
    expect(it1.clock.now()).toBe(start);
  });

  it('T1 is the same for a typed sign-in with a status of its own', async () => {
    const it1 = stage();
    expect(it1.service.signin(ann, { status: BUSY, note: 'at work' })).toBe(S_OK);
    await it1.clock.settle();
    expect(it1.take()).toStrictEqual(arriving(trace(), BUSY));
    expect(it1.others()).toEqual({ status: 'BUSY', note: 'at work' });
  });

  it.each([
    ['a wrong password', { ...ann, password: 'wrong' }],
    ['an unknown user', { name: 'eve@example.com', password: 'wrong' }],
  ])('T2 ends %s with INVALID_PASSWORD and no further attempt (L11, L22)', async (_, credentials) => {
    const { service, clock, take, timers } = stage();
    service.signin(credentials);
    await clock.settle();
    const t = trace();
    expect(take()).toStrictEqual([
      ...asking(t),
      t.I(MSGR_E_INVALID_PASSWORD, 'invalidPassword'),
      t.S(OFFLINE, 'invalidPassword'),
    ]);
    expect(timers()).toBe(0);
  });

  it('T3 ends a server name that leads nowhere while finding (L09)', async () => {
    const { service, clock, take, server } = stage({ server: { domains: ['example.com'] } });
    service.signin({ ...ann, name: 'ann@nowhere.example' });
    await clock.settle();
    const t = trace();
    expect(take()).toStrictEqual([
      t.S(FINDING, 'progress'),
      t.I(MSGR_E_INVALID_SERVER_NAME, 'serverNotFound'),
      t.S(OFFLINE, 'serverNotFound'),
    ]);
    expect(server.log.map(({ verb }) => verb)).toEqual(['findServer']);
  });

  it.each([
    ['T4', 'refuse', MSGR_E_CONNECT, 'connectFailed'],
    ['T4', 'tlsFailure', MSGR_E_CONNECT, 'tlsFailed'],
    ['T7', 'versionMismatch', MSGR_E_SERVER_VERSION, 'versionMismatch'],
    ['T7', 'tooBusy', MSGR_E_SERVER_TOO_BUSY, 'serverTooBusy'],
    ['T7', 'unavailable', MSGR_E_SERVER_UNAVAILABLE, 'serverUnavailable'],
  ] as const)('%s ends an attempt that meets %s', async (_, fault, hr, reason) => {
    const { service, clock, take, server } = stage();
    server.faults[fault] = true;
    service.signin(ann);
    await clock.settle();
    const t = trace();
    expect(take()).toStrictEqual([...asking(t), t.I(hr, reason), t.S(OFFLINE, reason)]);
  });

  it('T7 ends an attempt with UNEXPECTED when the transport throws anything else (L07)', async () => {
    const { service, clock, take, server } = stage();
    server.next('connect', 'a string');
    service.signin(ann);
    await clock.settle();
    const t = trace();
    expect(take()).toStrictEqual([...asking(t), t.I(MSGR_E_UNEXPECTED, 'unexpected'), t.S(OFFLINE, 'unexpected')]);
  });

  it('T5 connects for exactly 15 s when the server says nothing (L08)', async () => {
    const { service, clock, take, server } = stage();
    server.faults.silent = { connect: true };
    service.signin(ann);
    await clock.advance(14_999);
    const t = trace();
    expect(take()).toStrictEqual(asking(t));
    await clock.advance(1);
    expect(take()).toStrictEqual([t.I(MSGR_E_LOGON_TIMEOUT, 'logonTimeout'), t.S(OFFLINE, 'logonTimeout')]);
  });

  it.each([
    ['finding', FINDING],
    ['connecting', CONNECTING],
  ] as const)('T6 answers a cancel while %s with CANCEL and OFFLINE, and nothing else (L10)', async (phase, status) => {
    const it6 = stage();
    await bringTo(it6, phase);
    expect(it6.service.signout()).toBe(S_OK);
    await it6.clock.advance(60_000);
    const t = trace(status);
    expect(it6.take()).toStrictEqual([t.I(MSGR_E_CANCEL, 'cancelled'), t.S(OFFLINE, 'cancelled')]);
  });

  it.each([
    ['serverUnavailable', MSGR_E_SERVER_UNAVAILABLE],
    ['serverTooBusy', MSGR_E_SERVER_TOO_BUSY],
    ['unexpected', MSGR_E_UNEXPECTED],
    ['lineLost', MSGR_E_SERVER_UNAVAILABLE],
  ] as const)('T8 tells a synchronization that fails with %s, and tries again since it was accepted once', async (reason, hr) => {
    const { service, clock, take, server } = stage();
    server.next('synchronize', new TransportError(reason));
    service.signin(ann);
    await clock.settle();
    const t = trace();
    expect(take()).toStrictEqual([
      ...asking(t),
      t.I(S_OK, 'progress'),
      t.S(SYNCHRONIZING, 'progress'),
      t.S(SYNCHRONIZING, reason, { hr }),
      t.S(OFFLINE, reason, { retryAt: start + 2_500 }),
    ]);
    await clock.advance(2_500);
    t.attempt(2);
    expect(take()).toStrictEqual(arriving(t));
  });

  it('T9 tells nothing of a call that was refused or that joined (L16)', async () => {
    const { service, clock, take } = stage();
    expect(service.autoSignin()).toBe(E_FAIL);
    await clock.settle();
    expect(take()).toEqual([]);
    service.signin(ann);
    expect(service.autoSignin()).toBe(S_FALSE);
    await clock.settle();
    expect(take()).toStrictEqual(arriving(trace()));
    expect(service.autoSignin()).toBe(MSGR_E_ALREADY_LOGGED_ON);
    await clock.settle();
    expect(take()).toEqual([]);
  });
});

describe('B20 Traces of a session', () => {
  it('T11 shows another status once the server has it', async () => {
    const it11 = stage();
    await bringTo(it11, 'online');
    expect(it11.service.setStatus(BUSY)).toBe(S_OK);
    expect(it11.service.myStatus).toBe(ONLINE);
    await it11.clock.settle();
    expect(it11.take()).toStrictEqual([trace(ONLINE).S(BUSY, 'userRequest')]);
  });

  it('T12 tells a status again that is held already (L03)', async () => {
    const it12 = stage();
    await bringTo(it12, 'busy');
    expect(it12.service.setStatus(BUSY)).toBe(S_OK);
    await it12.clock.settle();
    expect(it12.take()).toStrictEqual([trace(BUSY).S(BUSY, 'userRequest')]);
  });

  it.each([
    ['statusRejected', MSGR_E_UNEXPECTED],
    ['serverTooBusy', MSGR_E_SERVER_TOO_BUSY],
    ['serverUnavailable', MSGR_E_SERVER_UNAVAILABLE],
    ['unexpected', MSGR_E_UNEXPECTED],
  ] as const)('T13 tells a change that the server answers with %s, and the status stays (L02)', async (reason, hr) => {
    const it13 = stage();
    await bringTo(it13, 'online');
    it13.server.next('publish', new TransportError(reason));
    expect(it13.service.setStatus(BUSY)).toBe(S_OK);
    await it13.clock.settle();
    expect(it13.take()).toStrictEqual([trace(ONLINE).S(ONLINE, reason, { hr })]);
    expect(it13.service.myStatus).toBe(ONLINE);
  });

  it('T14 answers a change that is pending at a sign-out before the sign-out (L14)', async () => {
    const it14 = stage();
    await bringTo(it14, 'online');
    it14.server.faults.silent = { publish: true };
    it14.service.setStatus(BUSY);
    await it14.clock.settle();
    expect(it14.service.signout()).toBe(S_OK);
    await it14.clock.settle();
    const t = trace(ONLINE);
    expect(it14.take()).toStrictEqual([
      t.S(ONLINE, 'userRequest', { hr: MSGR_E_DISCONNECTED }),
      t.O,
      t.S(DISCONNECTING, 'userRequest'),
      t.S(OFFLINE, 'userRequest'),
    ]);
  });

  it('T15 signs out by OnSignout, 0x400, OFFLINE (L17)', async () => {
    const it15 = stage();
    await bringTo(it15, 'online');
    expect(it15.service.signout()).toBe(S_OK);
    await it15.clock.settle();
    const t = trace(ONLINE);
    expect(it15.take()).toStrictEqual([t.O, t.S(DISCONNECTING, 'userRequest'), t.S(OFFLINE, 'userRequest')]);
    expect(it15.service.mySigninName).toBeUndefined();
  });

  it('T16 answers what is pending when the line is lost, tells OFFLINE without OnSignout, and comes back (L14, L20, L23)', async () => {
    const it16 = stage();
    await bringTo(it16, 'online');
    it16.server.faults.silent = { publish: 2 };
    it16.service.setStatus(BUSY);
    it16.service.setStatus(AWAY);
    await it16.clock.settle();
    it16.server.faults.silent = false;
    it16.server.drop();
    await it16.clock.settle();
    const t = trace(ONLINE);
    expect(it16.take()).toStrictEqual([
      t.S(ONLINE, 'lineLost', { hr: MSGR_E_DISCONNECTED }),
      t.S(ONLINE, 'lineLost', { hr: MSGR_E_DISCONNECTED }),
      t.S(OFFLINE, 'lineLost', { retryAt: start + 2_500 }),
    ]);
    await it16.clock.advance(2_500);
    t.attempt(2);
    expect(it16.take()).toStrictEqual(arriving(t));
    expect(it16.others()).toEqual({ status: 'ONLINE' });
  });

  it('T18 shows IDLE, then AWAY, and on input what was before (L24)', async () => {
    const it18 = stage({ policy: { awayAfterIdle: 900_000 } });
    await bringTo(it18, 'online');
    it18.service.environment({ userActive: false });
    await it18.clock.advance(299_999);
    expect(it18.take()).toEqual([]);
    await it18.clock.advance(1);
    const t = trace(ONLINE);
    expect(it18.take()).toStrictEqual([t.S(IDLE, 'userIdle')]);
    await it18.clock.advance(899_999);
    expect(it18.take()).toEqual([]);
    await it18.clock.advance(1);
    expect(it18.take()).toStrictEqual([t.S(AWAY, 'userIdle')]);
    it18.service.environment({ userActive: true });
    await it18.clock.settle();
    expect(it18.take()).toStrictEqual([t.S(ONLINE, 'userActive')]);
  });
});
