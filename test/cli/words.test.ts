/** What is printed of a notice, a result, a presence, and how words that people type are understood. */
import { describe, expect, it } from '@jest/globals';
import { reasonRows, settableStatuses, signinResults, statusResults, statusRows } from '../../machines/index.js';
import { coloursOf } from '../../src/cli/host.js';
import { nearest } from '../../src/cli/nearest.js';
import {
  answerLine,
  describeNotice,
  noticeLine,
  printable,
  sightLine,
  statusOfWord,
  statusWords,
  typedStatus,
} from '../../src/cli/words.js';
import {
  E_FAIL,
  MISTATUS,
  MSGR_E_CONNECT,
  MSGR_E_DISCONNECTED,
  MSGR_E_INVALID_PASSWORD,
  resultName,
  S_OK,
  statusName,
  type Notice,
} from '../../src/index.js';
import { fakeHost } from './fakes.js';

const plain = coloursOf(fakeHost());
const colourful = coloursOf(fakeHost({ tty: true }));
const base = { type: 'OnMyStatusChange', previous: MISTATUS.OFFLINE, attempt: 1, hr: S_OK } as const;
const escape = String.fromCodePoint(27);

describe('describeNotice', () => {
  it('says what a new status is, and why if that is news', () => {
    expect(describeNotice({ ...base, mMyStatus: MISTATUS.BUSY, reason: 'userRequest' })).toEqual({
      type: 'OnMyStatusChange',
      code: 'S_OK',
      status: 'BUSY',
      reason: 'userRequest',
      meaning: 'chosen: busy',
      success: true,
    });
    expect(describeNotice({ ...base, mMyStatus: MISTATUS.OFFLINE, reason: 'lineLost' }).meaning).toBe(
      'not connected to a server; the connection broke',
    );
  });

  it('counts the wait until the next attempt from when the notice was told', () => {
    const notice: Notice = { ...base, mMyStatus: MISTATUS.OFFLINE, reason: 'lineLost', retryAt: 11_500 };
    expect(describeNotice(notice, 10_000).meaning).toMatch(/; next attempt in 1\.5 s$/);
    expect(describeNotice(notice, 12_000).meaning).toMatch(/; next attempt in 0\.0 s$/);
    expect(describeNotice(notice).meaning).toMatch(/; next attempt at 1970-01-01T00:00:11\.500Z$/);
  });

  it('says of a change that failed that the status is as it was (L02)', () => {
    const words = describeNotice({ ...base, hr: MSGR_E_DISCONNECTED, mMyStatus: MISTATUS.BUSY, reason: 'lineLost' });
    expect(words).toMatchObject({ code: 'MSGR_E_DISCONNECTED', status: 'BUSY', success: false });
    expect(words.meaning).toBe('the change failed; the line is gone; still BUSY');
  });

  it('says of a sign-in what its code means, and the reason where that says more', () => {
    const failed = { type: 'OnSignin', attempt: 1 } as const;
    expect(describeNotice({ ...failed, hr: S_OK, reason: 'progress' })).toEqual({
      type: 'OnSignin',
      code: 'S_OK',
      reason: 'progress',
      meaning: 'the server has accepted the sign-in',
      success: true,
    });
    expect(describeNotice({ ...failed, hr: MSGR_E_CONNECT, reason: 'networkOff' }).meaning).toBe(
      'no connection could be made; this device has no network',
    );
    expect(describeNotice({ ...failed, hr: MSGR_E_INVALID_PASSWORD, reason: 'invalidPassword' }).meaning).toBe(
      'wrong password or unknown user',
    );
  });

  it('has words for every notice that there can be', () => {
    const reasons = reasonRows.map(([reason]) => reason);
    const all: Notice[] = [
      { type: 'OnSignout', reason: 'userRequest' },
      ...reasons.flatMap((reason) => [
        ...signinResults.map((hr): Notice => ({ type: 'OnSignin', hr, reason, attempt: 1 })),
        ...statusResults.flatMap((hr) => statusRows.map(([, status]): Notice => ({ ...base, hr, mMyStatus: status, reason }))),
      ]),
    ];
    for (const notice of all) {
      const { meaning, code, status } = describeNotice(notice);
      expect(meaning).toMatch(/\S/);
      if ('hr' in notice) expect(code).toBe(resultName(notice.hr));
      if ('mMyStatus' in notice) expect(status).toBe(statusName(notice.mMyStatus));
    }
  });
});

describe('Lines', () => {
  const online: Notice = { ...base, mMyStatus: MISTATUS.ONLINE, reason: 'progress' };

  it('have time, notice, code, status, reason and meaning, and no colour without a terminal', () => {
    expect(noticeLine(online, { offset: 1_234, colours: plain })).toBe(
      '  +1.23 s  OnMyStatusChange  S_OK  ONLINE  progress: connected and available',
    );
    expect(noticeLine({ type: 'OnSignout', reason: 'userRequest' }, { offset: 0, colours: plain })).toBe(
      '  +0.00 s  OnSignout         userRequest: the sign-out that was asked for has begun',
    );
  });

  it('break before the reason where the terminal is too narrow, and only there', () => {
    const [first = '', second, ...more] = noticeLine(online, { offset: 0, colours: plain, columns: 60 }).split('\n');
    expect([first.trimEnd(), second, more]).toEqual([
      '  +0.00 s  OnMyStatusChange  S_OK  ONLINE',
      '           progress: connected and available',
      [],
    ]);
    const whole = noticeLine(online, { offset: 0, colours: plain });
    expect(noticeLine(online, { offset: 0, colours: plain, columns: whole.length })).toBe(whole);
    expect(noticeLine(online, { offset: 0, colours: plain, columns: whole.length - 1 })).toContain('\n');
  });

  it('say the same with colours', () => {
    for (const notice of [online, { type: 'OnSignin', hr: MSGR_E_CONNECT, reason: 'connectFailed', attempt: 1 } as const]) {
      const coloured = noticeLine(notice, { offset: 0, colours: colourful });
      expect(coloured).toContain(escape);
      expect(coloured.replaceAll(new RegExp(`${escape}\\[\\d+m`, 'g'), '')).toBe(
        noticeLine(notice, { offset: 0, colours: plain }),
      );
    }
  });

  it('let no control character of somebody else reach the terminal', () => {
    const note = `${escape}[2J\u009b1mhi\u202e`;
    const line = sightLine('bob', { name: `a${escape}@b`, status: MISTATUS.BUSY, note }, plain);
    expect(line.trim()).toBe('bob sees a?@b: BUSY "?[2J?1mhi?"');
    expect(printable('Grüße 👋')).toBe('Grüße 👋');
  });

  it('name the answer of a call', () => {
    expect(answerLine('signout', E_FAIL, plain)).toBe('signout: E_FAIL, refused or failed, no detail');
  });
});

describe('Colours', () => {
  it('are for terminals, unless NO_COLOR or a dumb terminal says otherwise', () => {
    const has = (host: Parameters<typeof coloursOf>[0]) => coloursOf(host).isColorSupported;
    expect(has(fakeHost({ tty: true }))).toBe(true);
    expect(has(fakeHost({ tty: true, env: { NO_COLOR: '' } }))).toBe(true);
    expect(has(fakeHost({ tty: true, env: { NO_COLOR: '1' } }))).toBe(false);
    expect(has(fakeHost({ tty: true, env: { TERM: 'dumb' } }))).toBe(false);
    expect(has(fakeHost({ env: { FORCE_COLOR: '1' } }))).toBe(false);
  });
});

describe('Words for a status', () => {
  it('are its name in any spelling, and short forms', () => {
    for (const status of settableStatuses) {
      for (const word of [statusName(status), typedStatus(status), typedStatus(status).toUpperCase()]) {
        expect([word, statusOfWord(word)]).toEqual([word, status]);
      }
    }
    expect(statusOfWord('brb')).toBe(MISTATUS.BE_RIGHT_BACK);
    expect(statusWords.map(statusOfWord)).not.toContain(undefined);
  });

  it('are not those of a status that nobody can set, nor of anything else', () => {
    for (const word of ['idle', 'offline', 'local-finding-server', '', 'constructor']) expect(statusOfWord(word)).toBeUndefined();
  });
});

describe('nearest', () => {
  it.each([
    ['bsy', 'busy'],
    ['buys', 'busy'],
    ['BUSY', 'busy'],
    ['onlin', 'online'],
    ['singin', 'signin'],
    ['sginout', 'signout'],
    ['hlp', 'help'],
  ])('takes %s for %s', (word, meant) => {
    expect(nearest(word, ['signin', 'signout', 'online', 'busy', 'help'])).toBe(meant);
  });

  it('takes what is near nothing for nothing', () => {
    for (const word of ['xyz', 'q', 'completely']) expect(nearest(word, ['signin', 'busy', 'help'])).toBeUndefined();
    expect(nearest('busy', [])).toBeUndefined();
  });
});
