/**
 * What happened, in the shapes that the page draws: the notices, the messages between the four parties, the statuses along time, the timers that run.
 * Pure: a list of records in, a list of things to draw out.
 */
import { isOnline, MISTATUS, statusName, timerFacts, type TimerName } from '../../../machines/index.js';
import type { Sight, WireEvent } from '../console/protocol.js';
import type { Notice } from '../../notices.js';
import type { StepRecord } from '../../record.js';

export interface NoticeItem {
  readonly key: string;
  readonly step: number;
  readonly at: number;
  readonly notice: Notice;
}
export function noticesOf(records: readonly StepRecord[]): NoticeItem[] {
  return records.flatMap(({ n, at, notices }) => notices.map((notice, index) => ({ key: `${n}.${index}`, step: n, at, notice })));
}

export const parties = ['App', 'Chart', 'Transport', 'Server'] as const;
export interface Arrow {
  readonly key: string;
  readonly step: number;
  readonly at: number;
  /** Indexes of `parties`; the same twice: the chart's own timer. */
  readonly from: number;
  readonly to: number;
  readonly kind: 'request' | 'fact' | 'timer' | 'command' | 'notice' | 'failure' | 'wire';
  readonly text: string;
  readonly detail: string;
}

const [app, chart, transport, server] = [0, 1, 2, 3] as const;
const surroundings = ['network.', 'power.', 'input.'];
const timerEnds: readonly string[] = [...Object.values(timerFacts), 'status.expired', 'clock.jumped'];

/** The messages of these records and of what passed on the wire, in the order of happening. */
export function arrowsOf(records: readonly StepRecord[], wire: readonly WireEvent[]): Arrow[] {
  const arrows: Arrow[] = [];
  let next = 0;
  const wireUpTo = (step: number): void => {
    for (let event = wire[next]; event !== undefined && event.step <= step; event = wire[++next]) arrows.push(wireArrow(event));
  };
  for (const record of records) {
    wireUpTo(record.n - 1);
    arrows.push(...stepArrows(record));
  }
  wireUpTo(Infinity);
  return arrows;
}

function stepArrows({ n, at, message, commands, notices }: StepRecord): Arrow[] {
  const { type } = message;
  const arrow = (key: string, from: number, to: number, kind: Arrow['kind'], text: string, detail = ''): Arrow => ({
    key: `${n}.${key}`,
    step: n,
    at,
    from,
    to,
    kind,
    text,
    detail,
  });
  const isRequest = type.endsWith('.request') || type === 'session.restored';
  const isOwn = timerEnds.includes(type);
  const isSurrounding = surroundings.some((prefix) => type.startsWith(prefix));
  const from = isRequest || isSurrounding ? app : isOwn ? chart : transport;
  const kind = isRequest ? 'request' : isOwn ? 'timer' : 'reason' in message ? 'failure' : 'fact';
  return [
    arrow('m', from, chart, kind, type, detailOf(message)),
    ...commands.flatMap((command, index) => {
      const isShown = !command.type.startsWith('timer.') && command.type !== 'session.forget';
      return isShown ? [arrow(`c${index}`, chart, transport, 'command', command.type, detailOf(command))] : [];
    }),
    ...notices.map((notice, index) => {
      const isBad = 'hr' in notice && notice.hr < 0;
      const what = notice.type === 'OnMyStatusChange' ? statusName(notice.mMyStatus) : '';
      return arrow(`n${index}`, chart, app, isBad ? 'failure' : 'notice', notice.type, [what, notice.reason].join(' ').trim());
    }),
  ];
}

function wireArrow({ n, at, step, verb, phase, detail = '' }: WireEvent): Arrow {
  const isOut = phase === 'asked';
  const kind = phase === 'failed' || phase === 'told' ? 'failure' : 'wire';
  const text = phase === 'done' ? `${verb}: done` : phase === 'failed' ? `${verb}: failed` : verb;
  return { key: `w${n}`, step, at, from: isOut ? transport : server, to: isOut ? server : transport, kind, text, detail };
}

function detailOf(message: object): string {
  return Object.entries(message)
    .filter(([key, value]) => key !== 'type' && key !== 'hr' && value !== false)
    .map(([key, value]) => (key === 'status' ? statusName(Number(value)) : value === true ? key : String(value)))
    .join(' ');
}

/** A stretch of time in which neither the status nor what others see of it changed. */
export interface Stretch {
  readonly from: number;
  /** Step in which it began. */
  readonly step: number;
  readonly own: number;
  readonly seen: number;
}

/** The last stretches, oldest first. */
export function stretchesOf(records: readonly StepRecord[], sights: readonly Sight[], most = 60): Stretch[] {
  const changes: { at: number; step: number; own?: number; seen?: number }[] = [];
  for (const { n, at, notices } of records) {
    for (const notice of notices) {
      if (notice.type === 'OnMyStatusChange' && notice.hr >= 0) changes.push({ at, step: n, own: notice.mMyStatus });
    }
  }
  for (const { at, step, status } of sights) changes.push({ at, step, seen: status });
  changes.sort((a, b) => a.at - b.at || a.step - b.step);
  const stretches: Stretch[] = [];
  let own: number = MISTATUS.OFFLINE;
  let seen: number = MISTATUS.OFFLINE;
  for (const change of changes) {
    const former = stretches.at(-1);
    const isSame = (change.own ?? own) === own && (change.seen ?? seen) === seen;
    own = change.own ?? own;
    seen = change.seen ?? seen;
    if (former !== undefined && isSame) continue;
    const stretch = { from: change.at, step: change.step, own, seen };
    // Two changes at the same instant are one stretch, unless the status itself went by.
    if (former !== undefined && former.from === change.at && former.own === own) stretches[stretches.length - 1] = stretch;
    else stretches.push(stretch);
  }
  return stretches.slice(-most);
}

export interface Running {
  readonly name: TimerName;
  readonly from: number;
  readonly until: number;
}

/** The timers that run after these records. */
export function timersAfter(records: readonly StepRecord[]): Running[] {
  const running = new Map<TimerName, Running>();
  for (const { at, message, commands, due = {} } of records) {
    for (const [name, fact] of Object.entries(timerFacts)) if (message.type === fact) running.delete(name as TimerName);
    for (const command of commands) {
      if (command.type === 'timer.stop') running.delete(command.timer);
      const until = command.type === 'timer.start' ? due[command.timer] : undefined;
      if (command.type === 'timer.start' && until !== undefined) {
        running.set(command.timer, { name: command.timer, from: at, until });
      }
    }
  }
  return [...running.values()];
}

/** A step of the tour is done when this is true of a notice. */
export interface TourStep {
  readonly title: string;
  readonly hint: string;
  readonly isDone: (notice: Notice, before: readonly number[]) => boolean;
}
const online = (notice: Notice): boolean => notice.type === 'OnMyStatusChange' && notice.hr >= 0 && isOnline(notice.mMyStatus);

/** What to try first: each is told done by what really happened. */
export const tour: readonly TourStep[] = [
  { title: 'Sign in', hint: 'Press “Sign in” and watch the chart walk to online.', isDone: (notice) => online(notice) },
  {
    title: 'Be busy',
    hint: 'Choose “Busy”, with a note. See what Bob sees.',
    isDone: (notice) => notice.type === 'OnMyStatusChange' && notice.hr >= 0 && notice.mMyStatus === MISTATUS.BUSY,
  },
  {
    title: 'Break the line',
    hint: 'Press “Drop the line”: it ends without a word.',
    isDone: (notice) => notice.reason === 'lineLost',
  },
  {
    title: 'Watch the return',
    hint: 'The wait ends by itself; the status is back.',
    isDone: (notice, before) => online(notice) && before.length > 0 && 'attempt' in notice && notice.attempt > 1,
  },
  {
    title: 'Give up',
    hint: 'Sign out, “silent at auth”, sign in, “Cancel”.',
    isDone: (notice) => notice.reason === 'cancelled',
  },
];
