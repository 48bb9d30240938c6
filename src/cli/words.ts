/**
 * Notices, results and presences in words, for every verb that prints them. Pure: no stream, no clock. It must never let a text from elsewhere
 * reach a terminal with its control characters.
 */
import {
  isSuccess,
  MISTATUS,
  reasons,
  resultMeaning,
  resultName,
  settableStatuses,
  statusMeaning,
  statusName,
  type SettableStatus,
} from '../../machines/index.js';
import type { ContactPresence, Notice } from '../index.js';
import type { Colours } from './host.js';

export interface NoticeWords {
  /** `OnMyStatusChange`. */
  readonly type: string;
  /** `MSGR_E_CANCEL`; OnSignout has none. */
  readonly code?: string;
  /** `BUSY`; only OnMyStatusChange has one. */
  readonly status?: string;
  /** `lineLost`. */
  readonly reason: string;
  /** What it means, in a few words. */
  readonly meaning: string;
  readonly success: boolean;
}

/** A notice in words. @param at when it was told, milliseconds since the epoch: the wait until `retryAt` is counted from there */
export function describeNotice(notice: Notice, at?: number): NoticeWords {
  const { type, reason } = notice;
  if (type === 'OnSignout') return { type, reason, meaning: 'the sign-out that was asked for has begun', success: true };
  const why = reasons[reason];
  const success = isSuccess(notice.hr);
  const base = { type, code: resultName(notice.hr), reason, success };
  if (type === 'OnSignin') {
    const what = success ? 'the server has accepted the sign-in' : resultMeaning(notice.hr);
    return { ...base, meaning: success ? what : join(what, why.meaning) };
  }
  const status = statusName(notice.mMyStatus);
  if (!success) return { ...base, status, meaning: join('the change failed', resultMeaning(notice.hr), `still ${status}`) };
  const isNews = reason !== 'progress' && reason !== 'userRequest';
  const wait = notice.retryAt === undefined ? '' : waitInWords(notice.retryAt, at);
  return { ...base, status, meaning: join(statusMeaning(notice.mMyStatus), isNews ? why.meaning : '', wait) };
}

function waitInWords(retryAt: number, at: number | undefined): string {
  if (at === undefined) return `next attempt at ${new Date(retryAt).toISOString()}`;
  return `next attempt in ${(Math.max(0, retryAt - at) / 1000).toFixed(1)} s`;
}

function join(...parts: readonly string[]): string {
  return [...new Set(parts.filter((part) => part !== ''))].join('; ');
}

export interface LineOptions {
  /** Since the beginning, milliseconds. */
  readonly offset: number;
  /** When the notice was told, milliseconds since the epoch. */
  readonly at?: number | undefined;
  readonly colours: Colours;
  /** Width of the terminal: what does not fit goes to a second line. None: one line, whatever its length. */
  readonly columns?: number | undefined;
}

const indent = ' '.repeat(11);

/** A notice as a line: when, which, code, status, reason: meaning. */
export function noticeLine(notice: Notice, { offset, at, colours, columns = Infinity }: LineOptions): string {
  const { type, code = '', status = '', reason, meaning, success } = describeNotice(notice, at);
  const time = `+${(offset / 1000).toFixed(2)} s`.padStart(9);
  const plain = [`${time}  ${type.padEnd(16)}`, ...[code, status].filter((word) => word !== '')].join('  ');
  const paint = success ? (text: string) => text : colours.red;
  const shown = [
    `${colours.dim(time)}  ${colours.bold(type.padEnd(16))}`,
    ...[code && paint(code), status && paintStatus(notice, status, colours)].filter((word) => word !== ''),
  ].join('  ');
  const why = `${reason}: ${meaning}`;
  const isLong = plain.length + 2 + why.length > columns;
  return `${shown}${isLong ? `\n${indent}` : '  '}${colours.cyan(reason)}: ${meaning}`;
}

function paintStatus(notice: Notice, status: string, colours: Colours): string {
  if (notice.type !== 'OnMyStatusChange') return status;
  if (notice.mMyStatus === MISTATUS.ONLINE) return colours.green(status);
  if (notice.mMyStatus === MISTATUS.OFFLINE) return colours.magenta(status);
  return colours.yellow(status);
}

/** What a contact sees, indented beneath the notices: `bob sees alice@localhost: BUSY "in a meeting"`. */
export function sightLine(who: string, presence: ContactPresence, colours: Colours): string {
  const note = presence.note === undefined ? '' : ` "${printable(presence.note)}"`;
  return colours.dim(`${indent}    ${who} sees ${printable(presence.name)}: ${statusName(presence.status)}${note}`);
}

/** The answer of a call: `signout: S_OK, success`. */
export function answerLine(call: string, hr: number, colours: Colours): string {
  const paint = isSuccess(hr) ? colours.green : colours.red;
  const meaning = resultMeaning(hr);
  return `${call}: ${paint(resultName(hr))}${meaning === '' ? '' : `, ${meaning}`}`;
}

/** With each control character, of either direction or width, shown as `?`: a note comes from anybody. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
}

const shortNames: Readonly<Record<string, SettableStatus>> = {
  brb: MISTATUS.BE_RIGHT_BACK,
  phone: MISTATUS.ON_THE_PHONE,
  lunch: MISTATUS.OUT_TO_LUNCH,
};

/** How people type a status: `be-right-back` for BE_RIGHT_BACK. */
export function typedStatus(status: SettableStatus): string {
  return statusName(status).toLowerCase().replaceAll('_', '-');
}

/** Every word that `statusOfWord` takes. */
export const statusWords: readonly string[] = [...settableStatuses.map(typedStatus), ...Object.keys(shortNames)];

/** The settable status of a word, `BE_RIGHT_BACK`, `be-right-back` or `brb`; undefined when it is none. */
export function statusOfWord(word: string): SettableStatus | undefined {
  const typed = word.toLowerCase().replaceAll('_', '-');
  if (Object.hasOwn(shortNames, typed)) return shortNames[typed];
  return settableStatuses.find((status) => typedStatus(status) === typed);
}
