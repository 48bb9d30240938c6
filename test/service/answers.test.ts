/** What each call returns, at once, in every phase: the table of answers of the contract, cell by cell (L16), and that a refused or joined call tells nothing. */
import { describe, expect, it } from '@jest/globals';
import {
  E_FAIL,
  E_INVALIDARG,
  isOnline,
  MessengerError,
  MISTATUS,
  MSGR_E_ALREADY_LOGGED_ON,
  MSGR_E_NOT_LOGGED_ON,
  MSGR_E_SERVER_TOO_BUSY,
  resultName,
  S_FALSE,
  S_OK,
} from '../../src/index.js';
import { ann, bob, bringTo, onlinePhases, phases, stage, type PhaseName, type Stage } from '../support/stage.js';

type Column = 'signedOut' | 'attempt' | 'online' | 'waiting' | 'disconnecting';
function columnOf(phase: PhaseName): Column {
  if (phase === 'signedOut' || phase === 'disconnecting') return phase;
  if (phase === 'waiting' || phase === 'held') return 'waiting';
  return onlinePhases.includes(phase) ? 'online' : 'attempt';
}

/** One row a call; what it does is `told` when notices follow, `quiet` when none may. */
const calls: Record<string, { readonly call: (it: Stage) => number; readonly answers: Record<Column, number> }> = {
  'signin with the same name': {
    call: ({ service }) => service.signin(ann),
    answers: { signedOut: S_OK, attempt: S_FALSE, online: MSGR_E_ALREADY_LOGGED_ON, waiting: S_OK, disconnecting: E_FAIL },
  },
  'signin with the same name, a status and a note': {
    call: ({ service }) => service.signin({ name: ann.name }, { status: MISTATUS.BUSY, note: 'joins' }),
    answers: { signedOut: S_OK, attempt: S_FALSE, online: MSGR_E_ALREADY_LOGGED_ON, waiting: S_OK, disconnecting: E_FAIL },
  },
  'signin with another name': {
    call: ({ service }) => service.signin(bob),
    answers: { signedOut: S_OK, attempt: E_FAIL, online: MSGR_E_ALREADY_LOGGED_ON, waiting: E_FAIL, disconnecting: E_FAIL },
  },
  autoSignin: {
    call: ({ service }) => service.autoSignin(),
    answers: { signedOut: S_OK, attempt: S_FALSE, online: MSGR_E_ALREADY_LOGGED_ON, waiting: S_FALSE, disconnecting: E_FAIL },
  },
  signout: {
    call: ({ service }) => service.signout(),
    answers: { signedOut: MSGR_E_NOT_LOGGED_ON, attempt: S_OK, online: S_OK, waiting: S_OK, disconnecting: MSGR_E_NOT_LOGGED_ON },
  },
  setStatus: {
    call: ({ service }) => service.setStatus(MISTATUS.AWAY),
    answers: {
      signedOut: MSGR_E_NOT_LOGGED_ON,
      attempt: S_FALSE,
      online: S_OK,
      waiting: S_FALSE,
      disconnecting: MSGR_E_NOT_LOGGED_ON,
    },
  },
};
const cells = Object.entries(calls).flatMap(([name, { call, answers }]) =>
  phases.map((phase) => [name, phase, resultName(answers[columnOf(phase)]), call, answers[columnOf(phase)]] as const),
);

describe('The table of answers (L16)', () => {
  it.each(cells)('%s while %s returns %s at once', async (name, phase, _, call, hr) => {
    const it1 = stage({ credentials: ann });
    await bringTo(it1, phase);
    const before = it1.fingerprint();
    const returned = call(it1);
    expect(resultName(returned)).toBe(resultName(hr));
    expect(it1.take()).toEqual([]);
    if (hr < 0) expect(it1.fingerprint()).toBe(before);
    await it1.clock.settle();
    const told = it1.told();
    if (hr === S_OK) expect(told.length).toBeGreaterThan(0);
    else expect(told).toEqual([]);
    if (hr < 0) expect(it1.fingerprint()).toBe(before);
    if (name === 'autoSignin' && hr !== S_OK) expect(it1.fingerprint()).toBe(before);
  });

  it.each(phases)('autoSignin without credentials while %s returns E_FAIL only when signed out', async (phase) => {
    const it1 = stage();
    await bringTo(it1, phase);
    const before = it1.fingerprint();
    expect(it1.service.autoSignin()).toBe(phase === 'signedOut' ? E_FAIL : calls['autoSignin']?.answers[columnOf(phase)]);
    await it1.clock.settle();
    expect(it1.told()).toEqual([]);
    expect(it1.fingerprint()).toBe(before);
  });

  it.each(phases)(
    'setStatus with `remember` while %s returns S_FALSE when signed out, and what it does otherwise else',
    async (phase) => {
      const it1 = stage({ policy: { remember: true } });
      await bringTo(it1, phase);
      expect(it1.service.setStatus(MISTATUS.AWAY)).toBe(
        phase === 'signedOut' ? S_FALSE : calls['setStatus']?.answers[columnOf(phase)],
      );
      await it1.clock.settle();
      expect(it1.told()).toEqual(columnOf(phase) === 'online' ? ['AWAY userRequest'] : []);
    },
  );

  it.each(phases)('judges arguments first: every call with a wrong one while %s returns E_INVALIDARG', async (phase) => {
    const it1 = stage({ credentials: ann });
    await bringTo(it1, phase);
    const before = it1.fingerprint();
    const { service, clock } = it1;
    expect(service.signin({ ...ann, name: '' })).toBe(E_INVALIDARG);
    expect(service.signin(ann, { status: MISTATUS.IDLE as never })).toBe(E_INVALIDARG);
    expect(service.signin(bob, { until: clock.now() - 1 })).toBe(E_INVALIDARG);
    expect(service.setStatus(MISTATUS.OFFLINE)).toBe(E_INVALIDARG);
    expect(service.setStatus(MISTATUS.BUSY, { note: 'x'.repeat(1025) })).toBe(E_INVALIDARG);
    await clock.settle();
    expect(it1.told()).toEqual([]);
    expect(it1.fingerprint()).toBe(before);
  });

  it.each(phases)('the setter of myStatus while %s throws MessengerError exactly when setStatus is refused', async (phase) => {
    const it1 = stage();
    await bringTo(it1, phase);
    const hr = calls['setStatus']?.answers[columnOf(phase)] ?? 0;
    const assign = () => void (it1.service.myStatus = MISTATUS.AWAY);
    if (hr < 0) {
      expect(assign).toThrow(MessengerError);
      expect(assign).toThrow(expect.objectContaining({ hr }));
    } else expect(assign).not.toThrow();
  });
});

describe('Calls while it waits', () => {
  it('signin with the same name tries now', async () => {
    const it1 = stage();
    await bringTo(it1, 'waiting');
    expect(it1.service.signin({ name: ann.name }, { status: MISTATUS.BUSY })).toBe(S_OK);
    await it1.clock.settle();
    expect(it1.told().at(-1)).toBe('BUSY progress');
    expect(it1.server.everOpen(ann.name)).toBe(1);
    await it1.clock.advance(10_000);
    expect(it1.told()).toEqual([]);
  });

  it('signin with the same name and another password offers the new one', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    it1.server.setUser(ann.name, 'changed');
    it1.server.drop();
    await it1.clock.settle();
    expect(it1.service.signin({ name: ann.name, password: 'changed' })).toBe(S_OK);
    await it1.clock.settle();
    expect(it1.service.myStatus).toBe(MISTATUS.ONLINE);
  });

  it('autoSignin does not shorten the wait', async () => {
    const it1 = stage({ credentials: ann });
    await bringTo(it1, 'waiting');
    expect(it1.service.autoSignin()).toBe(S_FALSE);
    await it1.clock.advance(2_499);
    expect(it1.told()).toEqual([]);
    await it1.clock.advance(1);
    expect(isOnline(it1.service.myStatus)).toBe(true);
  });

  it('signin while held tells the hold once and begins when it is over', async () => {
    const it1 = stage();
    await bringTo(it1, 'held');
    expect(it1.service.signin(ann)).toBe(S_OK);
    await it1.clock.advance(60_000);
    expect(it1.told()).toEqual(['OFFLINE networkOff']);
    it1.service.environment({ network: true });
    await it1.clock.advance(1_000);
    expect(it1.service.myStatus).toBe(MISTATUS.ONLINE);
  });

  it.each(['waiting', 'held'] as const)('signout while %s tells one OFFLINE without retryAt (L10)', async (phase) => {
    const it1 = stage();
    await bringTo(it1, phase);
    expect(it1.service.signout()).toBe(S_OK);
    await it1.clock.advance(60_000);
    const told = it1.take();
    expect(told).toEqual([expect.objectContaining({ mMyStatus: MISTATUS.OFFLINE, reason: 'userRequest', hr: S_OK })]);
    expect(told[0]).not.toHaveProperty('retryAt');
    expect(it1.timers()).toBe(0);
  });
});

describe('The queue of changes (L03)', () => {
  it('takes one at the server and eight that wait, and answers a further one with MSGR_E_SERVER_TOO_BUSY', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    it1.server.faults.silent = { publish: true };
    for (let n = 0; n < 9; n++) expect(it1.service.setStatus(n % 2 === 0 ? MISTATUS.BUSY : MISTATUS.AWAY)).toBe(S_OK);
    const before = it1.fingerprint();
    expect(it1.service.setStatus(MISTATUS.BUSY)).toBe(MSGR_E_SERVER_TOO_BUSY);
    expect(() => void (it1.service.myStatus = MISTATUS.BUSY)).toThrow(MessengerError);
    await it1.clock.settle();
    expect(it1.fingerprint()).toBe(before);
    await it1.clock.advance(10_000);
    expect(it1.told()).toHaveLength(1);
    expect(it1.service.setStatus(MISTATUS.BUSY)).toBe(S_OK);
    expect(it1.service.setStatus(MISTATUS.BUSY)).toBe(MSGR_E_SERVER_TOO_BUSY);
  });

  it('lets eight wait behind an automatic change too', async () => {
    const it1 = stage();
    await bringTo(it1, 'idle');
    it1.server.faults.silent = { publish: true };
    it1.service.environment({ userActive: true });
    for (let n = 0; n < 8; n++) expect(it1.service.setStatus(MISTATUS.BUSY)).toBe(S_OK);
    expect(it1.service.setStatus(MISTATUS.BUSY)).toBe(MSGR_E_SERVER_TOO_BUSY);
  });
});
