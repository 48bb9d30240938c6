/**
 * The tables of codes against the pages they come from: every number, name and flag that apps compare with. It checks the rows
 * themselves and what is derived from them; it must never derive its own expectations from the rows.
 */
import { describe, expect, it } from '@jest/globals';
import * as codes from '../../machines/codes.js';
import * as model from '../../machines/index.js';
import {
  MISTATUS,
  MSGR_E_UNEXPECTED,
  PRESENCE_PROPERTY,
  availabilityOf,
  isOnline,
  isReason,
  isStatus,
  isSuccess,
  reasonRows,
  reasons,
  resultMeaning,
  resultName,
  resultRows,
  settableStatuses,
  signinResults,
  statusMeaning,
  statusName,
  statusResults,
  statusRows,
  type Reason,
} from '../../machines/codes.js';

const exported = codes as unknown as Readonly<Record<string, unknown>>;
const distinct = (values: readonly unknown[]) => new Set(values).size;
const shortText = (text: string) => text.length > 0 && text.length <= 80 && text === text.trim() && !text.endsWith('.');

describe('The result codes', () => {
  it('are 121 MSGR_E_, 8 MSGR_S_ and 11 COM codes', () => {
    const names = resultRows.map(([name]): string => name);
    expect(names.filter((name) => name.startsWith('MSGR_E_'))).toHaveLength(121);
    expect(names.filter((name) => name.startsWith('MSGR_S_'))).toHaveLength(8);
    expect(names.filter((name) => !name.startsWith('MSGR_'))).toEqual([
      'S_OK',
      'S_FALSE',
      'E_NOTIMPL',
      'E_POINTER',
      'E_FAIL',
      'E_UNEXPECTED',
      'CLASS_E_CLASSNOTAVAILABLE',
      'E_ACCESSDENIED',
      'E_OUTOFMEMORY',
      'E_INVALIDARG',
      'RPC_X_NULL_REF_POINTER',
    ]);
  });

  it('have each name and each number once', () => {
    expect(distinct(resultRows.map(([name]) => name))).toBe(resultRows.length);
    expect(distinct(resultRows.map(([, hex]) => hex))).toBe(resultRows.length);
    expect(distinct(resultRows.map(([, , signed]) => signed))).toBe(resultRows.length);
  });

  it.each(resultRows)('%s has one number in two notations, a meaning and an origin', (_name, hex, signed, meaning, origin) => {
    expect(hex | 0).toBe(signed);
    expect(signed >>> 0).toBe(hex);
    expect(shortText(meaning)).toBe(true);
    expect(['COM', 'SDK', 'R1', 'R2', 'R1 R2']).toContain(origin);
  });

  it('keep the severity and the facility that the prefix of the name promises', () => {
    for (const [name, hex] of resultRows) {
      if (name.startsWith('MSGR_E_')) expect([name, hex >>> 8]).toEqual([name, 0x810003]);
      else if (name.startsWith('MSGR_S_')) expect([name, hex >>> 8]).toEqual([name, 0x010003]);
      else expect([name, hex >= 0x80000000]).toEqual([name, !name.startsWith('S_')]);
    }
  });

  it('are all exported under their names, with the signed number', () => {
    for (const [name, , signed] of resultRows) expect([name, exported[name]]).toEqual([name, signed]);
    const constants = Object.keys(exported).filter((name) => /^(MSGR_|S_|E_|CLASS_E_|RPC_X_)/.test(name));
    expect(constants.sort()).toEqual(resultRows.map(([name]): string => name).sort());
  });

  it('agree with the signed numbers that an interop file of the time prints', () => {
    expect(codes.MSGR_E_ALREADY_LOGGED_ON).toBe(-2130705660);
    expect(codes.MSGR_E_NOT_LOGGED_ON).toBe(-2130705634);
    expect(codes.E_FAIL).toBe(-2147467259);
    expect(codes.E_INVALIDARG).toBe(-2147024809);
  });

  it('are named whichever notation the number has, and a strange one is shown as hex', () => {
    for (const [name, hex, signed, meaning] of resultRows) {
      expect([resultName(hex), resultName(signed)]).toEqual([name, name]);
      expect([resultMeaning(hex), resultMeaning(signed)]).toEqual([meaning, meaning]);
    }
    expect(resultName(0x8badf00d)).toBe('0x8badf00d');
    expect(resultName(0x8badf00d | 0)).toBe('0x8badf00d');
    expect(resultName(2)).toBe('0x00000002');
    expect(resultMeaning(2)).toBe('');
  });

  it('succeed when they are not negative, as R2 says in words', () => {
    for (const [name, , signed] of resultRows) {
      expect([name, isSuccess(signed)]).toEqual([name, name.startsWith('S_') || name.startsWith('MSGR_S_')]);
    }
    expect(isSuccess(0x81000303)).toBe(false);
    expect(isSuccess(0x01000301)).toBe(true);
  });
});

describe('What an event may carry', () => {
  it('L07: OnSignin has ten legal results', () => {
    expect(signinResults.map(resultName)).toEqual([
      'S_OK',
      'MSGR_E_INVALID_SERVER_NAME',
      'MSGR_E_CONNECT',
      'MSGR_E_CANCEL',
      'MSGR_E_LOGON_TIMEOUT',
      'MSGR_E_SERVER_VERSION',
      'MSGR_E_INVALID_PASSWORD',
      'MSGR_E_SERVER_TOO_BUSY',
      'MSGR_E_SERVER_UNAVAILABLE',
      'MSGR_E_UNEXPECTED',
    ]);
  });

  it('L07: OnMyStatusChange has five legal results', () => {
    expect(statusResults.map(resultName)).toEqual([
      'S_OK',
      'MSGR_E_DISCONNECTED',
      'MSGR_E_UNEXPECTED',
      'MSGR_E_SERVER_TOO_BUSY',
      'MSGR_E_SERVER_UNAVAILABLE',
    ]);
  });

  it('L07: the rows say so too, by R2 and R1 in the column of the origin', () => {
    const from = (page: string) =>
      resultRows.filter(([, , , , origin]) => origin.split(' ').includes(page)).map(([name]) => name);
    const failures = (list: readonly number[]) => list.filter((hr) => hr !== 0).map(resultName);
    expect(from('R2').sort()).toEqual(failures(signinResults).sort());
    expect(from('R1').sort()).toEqual(failures(statusResults).sort());
  });
});

describe('The statuses', () => {
  const table: readonly (readonly [name: string, number: number, online: boolean, availability: number])[] = [
    ['UNKNOWN', 0x0000, false, 0],
    ['OFFLINE', 0x0001, false, 18000],
    ['ONLINE', 0x0002, true, 3000],
    ['INVISIBLE', 0x0006, true, 18000],
    ['BUSY', 0x000a, true, 6000],
    ['BE_RIGHT_BACK', 0x000e, true, 12000],
    ['IDLE', 0x0012, true, 4500],
    ['AWAY', 0x0022, true, 15000],
    ['ON_THE_PHONE', 0x0032, true, 6000],
    ['OUT_TO_LUNCH', 0x0042, true, 15000],
    ['IN_A_MEETING', 0x0052, true, 6000],
    ['OUT_OF_OFFICE', 0x0062, true, 15000],
    ['DO_NOT_DISTURB', 0x0072, true, 9000],
    ['IN_A_CONFERENCE', 0x0082, true, 6000],
    ['ALLOW_URGENT_INTERRUPTIONS', 0x0092, true, 9000],
    ['MAY_BE_AVAILABLE', 0x00a2, true, 4500],
    ['CUSTOM', 0x00b2, true, 3000],
    ['LOCAL_FINDING_SERVER', 0x0100, false, 18000],
    ['LOCAL_CONNECTING_TO_SERVER', 0x0200, false, 18000],
    ['LOCAL_SYNCHRONIZING_WITH_SERVER', 0x0300, false, 18000],
    ['LOCAL_DISCONNECTING_FROM_SERVER', 0x0400, false, 18000],
  ];

  it('are 21, each name and number once, each with a meaning', () => {
    expect(statusRows.map(([name, number]) => [name, number])).toEqual(table.map(([name, number]) => [name, number]));
    expect(distinct(statusRows.map(([name]) => name))).toBe(21);
    expect(distinct(statusRows.map(([, number]) => number))).toBe(21);
    for (const [name, number, , , meaning] of statusRows) {
      expect([name, shortText(meaning), statusMeaning(number)]).toEqual([name, true, meaning]);
    }
  });

  it.each(table)('M04: %s is online by its bit 0x2 alone', (name, number, online, availability) => {
    expect((number & 0x2) === 0x2).toBe(online);
    expect(isOnline(number)).toBe(online);
    expect(isStatus(number)).toBe(true);
    expect(statusName(number)).toBe(name);
    expect(MISTATUS[name as keyof typeof MISTATUS]).toBe(number);
    expect(availabilityOf(number)).toBe(availability);
  });

  it('L12: the class of a status agrees with its online bit', () => {
    const offline = ['neither', 'transitional'];
    for (const [name, number, kind] of statusRows) expect([name, isOnline(number)]).toEqual([name, !offline.includes(kind)]);
  });

  it('leave no number beside the 21', () => {
    const known = new Set(table.map(([, number]) => number));
    for (let number = -1; number <= 0x500; number++) expect([number, isStatus(number)]).toEqual([number, known.has(number)]);
    for (const number of [NaN, Infinity, 2.5, 0x81000303]) expect(isStatus(number)).toBe(false);
    expect(statusName(3)).toBe('0x3');
    expect(statusName(-1)).toBe('0xffffffff');
    expect(statusMeaning(3)).toBe('');
    expect(availabilityOf(3)).toBe(0);
  });

  it('let a user choose seven', () => {
    expect(settableStatuses.map(statusName)).toEqual([
      'ONLINE',
      'BUSY',
      'BE_RIGHT_BACK',
      'AWAY',
      'ON_THE_PHONE',
      'OUT_TO_LUNCH',
      'INVISIBLE',
    ]);
    const chosen = statusRows.filter(([, , kind]) => kind === 'user').map(([, number]): number => number);
    expect([...settableStatuses].sort((a, b) => a - b)).toEqual(chosen.sort((a, b) => a - b));
  });

  it('cannot be changed by an app', () => {
    expect(Object.isFrozen(MISTATUS)).toBe(true);
    expect(Object.isFrozen(PRESENCE_PROPERTY)).toBe(true);
    expect(Object.isFrozen(reasons)).toBe(true);
    expect(Object.values(reasons).every((facts) => Object.isFrozen(facts))).toBe(true);
  });
});

describe('The presence properties', () => {
  it('count from 0 without a gap, and MAX is their count', () => {
    const { MAX, ...indexes } = PRESENCE_PROPERTY;
    expect(Object.values(indexes)).toEqual([...Array(MAX).keys()]);
    expect(PRESENCE_PROPERTY.MSTATE).toBe(0);
    expect(PRESENCE_PROPERTY.PRESENCE_NOTE).toBe(3);
    expect(MAX).toBe(11);
  });
});

describe('The reasons', () => {
  /** Contract §2: kind, `hr` as an OnSignin where the table gives one, and the flags. */
  const table: readonly (readonly [reason: Reason, kind: string, signin: string | undefined, flags: string])[] = [
    ['serverNotFound', 'signin', 'MSGR_E_INVALID_SERVER_NAME', ''],
    ['connectFailed', 'signin', 'MSGR_E_CONNECT', ''],
    ['tlsFailed', 'signin', 'MSGR_E_CONNECT', 'askUser'],
    ['logonTimeout', 'signin', 'MSGR_E_LOGON_TIMEOUT', ''],
    ['invalidPassword', 'signin', 'MSGR_E_INVALID_PASSWORD', 'final askUser'],
    ['tokenExpired', 'signin', 'MSGR_E_INVALID_PASSWORD', 'final askUser'],
    ['versionMismatch', 'signin', 'MSGR_E_SERVER_VERSION', 'final'],
    ['serverTooBusy', 'signin', 'MSGR_E_SERVER_TOO_BUSY', ''],
    ['serverUnavailable', 'signin', 'MSGR_E_SERVER_UNAVAILABLE', ''],
    ['unexpected', 'signin', 'MSGR_E_UNEXPECTED', ''],
    ['cancelled', 'signin', 'MSGR_E_CANCEL', ''],
    ['networkOff', 'line', 'MSGR_E_CONNECT', ''],
    ['asleep', 'line', 'MSGR_E_CONNECT', ''],
    ['lineLost', 'line', undefined, ''],
    ['serverShutdown', 'line', undefined, ''],
    ['timedOut', 'line', undefined, ''],
    ['signedInElsewhere', 'line', undefined, 'final askUser'],
    ['policyViolation', 'line', undefined, 'final askUser'],
    ['progress', 'status', undefined, ''],
    ['userRequest', 'status', undefined, ''],
    ['userIdle', 'status', undefined, ''],
    ['userActive', 'status', undefined, ''],
    ['statusExpired', 'status', undefined, ''],
    ['restored', 'status', undefined, ''],
    ['statusRejected', 'status', undefined, ''],
  ];

  it('are the closed list of 25, each once', () => {
    expect(reasonRows.map(([name]) => name)).toEqual(table.map(([name]) => name));
    expect(distinct(reasonRows.map(([name]) => name))).toBe(25);
    expect(Object.keys(reasons).sort()).toEqual(table.map(([name]) => name).sort());
  });

  it.each(table)('%s has its kind, its code and its flags', (reason, kind, signin, flags) => {
    const facts = reasons[reason];
    expect(facts.kind).toBe(kind);
    if (signin !== undefined) expect(resultName(facts.signin)).toBe(signin);
    expect({ final: facts.final, askUser: facts.askUser }).toEqual({
      final: flags.includes('final'),
      askUser: flags.includes('askUser'),
    });
    expect(shortText(facts.meaning)).toBe(true);
  });

  it('L07: both codes of every reason are failures that are legal where they stand', () => {
    for (const [reason, facts] of Object.entries(reasons)) {
      expect([reason, signinResults.includes(facts.signin), isSuccess(facts.signin)]).toEqual([reason, true, false]);
      expect([reason, statusResults.includes(facts.status), isSuccess(facts.status)]).toEqual([reason, true, false]);
    }
  });

  it('L08: a publish that is refused or runs out of time is UNEXPECTED', () => {
    expect(reasons.statusRejected.status).toBe(MSGR_E_UNEXPECTED);
    expect(reasons.timedOut.status).toBe(MSGR_E_UNEXPECTED);
  });

  it('are recognised as words, whatever is asked', () => {
    for (const [reason] of table) expect(isReason(reason)).toBe(true);
    for (const other of ['', 'LineLost', 'toString', '__proto__', 0, null, undefined, ['lineLost'], {}]) {
      expect(isReason(other)).toBe(false);
    }
  });
});

describe('The door of the model', () => {
  it('hands every code on', () => {
    expect(model).toMatchObject(Object.fromEntries(Object.entries(exported)));
  });
});
