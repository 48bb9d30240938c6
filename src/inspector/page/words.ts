/**
 * Statuses, notices and times as people read them. Pure; it knows no element.
 */
import { isSuccess, MISTATUS, reasons, resultMeaning, resultName, statusMeaning, statusName } from '../../../machines/index.js';
import type { Notice } from '../../notices.js';

/** `BE_RIGHT_BACK` as `Be right back`, `LOCAL_FINDING_SERVER` as `Finding server`. */
export function spoken(status: number): string {
  const words = statusName(status)
    .replace(/^LOCAL_/, '')
    .toLowerCase()
    .replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** How a status looks: its colour, and whether it is passing. */
export function tone(status: number): string {
  switch (status) {
    case MISTATUS.ONLINE:
      return 'free';
    case MISTATUS.BUSY:
    case MISTATUS.ON_THE_PHONE:
      return 'taken';
    case MISTATUS.BE_RIGHT_BACK:
    case MISTATUS.AWAY:
    case MISTATUS.OUT_TO_LUNCH:
    case MISTATUS.IDLE:
      return 'gone';
    case MISTATUS.INVISIBLE:
      return 'hidden';
    case MISTATUS.LOCAL_FINDING_SERVER:
    case MISTATUS.LOCAL_CONNECTING_TO_SERVER:
      return 'attempt';
    case MISTATUS.LOCAL_SYNCHRONIZING_WITH_SERVER:
      return 'synchronizing';
    case MISTATUS.LOCAL_DISCONNECTING_FROM_SERVER:
      return 'disconnecting';
    default:
      return 'off';
  }
}

export interface NoticeWords {
  readonly type: string;
  readonly code: string;
  readonly status: string;
  readonly reason: string;
  readonly meaning: string;
  readonly isSuccess: boolean;
}

/** @param at when it was told, on the clock of its `retryAt` */
export function noticeWords(notice: Notice, at: number): NoticeWords {
  const { type, reason } = notice;
  if (type === 'OnSignout') {
    return { type, reason, code: '', status: '', meaning: 'the sign-out that was asked for has begun', isSuccess: true };
  }
  const isGood = isSuccess(notice.hr);
  const base = { type, reason, code: resultName(notice.hr), isSuccess: isGood };
  const why = reasons[reason].meaning;
  if (type === 'OnSignin') {
    const meaning = isGood ? 'the server has accepted the sign-in' : join(resultMeaning(notice.hr), why);
    return { ...base, status: '', meaning };
  }
  const status = statusName(notice.mMyStatus);
  if (!isGood) return { ...base, status, meaning: join('the change failed', resultMeaning(notice.hr), `still ${status}`) };
  const isNews = reason !== 'progress' && reason !== 'userRequest';
  const wait = notice.retryAt === undefined ? '' : `next attempt in ${span(Math.max(0, notice.retryAt - at))}`;
  return { ...base, status, meaning: join(statusMeaning(notice.mMyStatus), isNews ? why : '', wait) };
}

const join = (...parts: readonly string[]): string => [...new Set(parts.filter((part) => part !== ''))].join('; ');

/** `0.4 s`, `12 s`, `3 min`, `2 h` */
export function span(ms: number): string {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 119_500) return `${Math.round(ms / 1000)} s`;
  if (ms < 7_170_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}

/** `14:03:27.5` */
export function clockTime(at: number): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return '–';
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
