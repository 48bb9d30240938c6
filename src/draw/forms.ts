/**
 * What comes of a message in words that hold for many situations at once: a status is called by what it is to the situation (told by the
 * message, the state's own, the wanted one) where that says more with fewer lines. It must never join what differs in anything else.
 */
import {
  S_OK,
  effective,
  isNotice,
  isOnline,
  leafOf,
  reasons,
  resultName,
  statusName,
  why,
  type ChartNotice,
  type Command,
  type Message,
  type Output,
  type State,
} from '../../machines/index.js';
import { compare } from './chart.js';

/** A handled cell of an exploration. */
export interface Happening {
  readonly from: State;
  readonly message: Message;
  readonly to: State;
  readonly outputs: readonly Output[];
}

/** What comes of it, in words. */
export interface Form {
  /** A leaf, `stays`, or a status in pointed brackets: the leaf that shows it. */
  readonly to: string;
  readonly commands: readonly string[];
  readonly notices: readonly string[];
}

/** With words first: among forms that cover the same, the word is the rule and the name an instance of it. */
const readings = [
  { words: true, itsReason: true },
  { words: true, itsReason: false },
  { words: false, itsReason: true },
  { words: false, itsReason: false },
] as const;
type Reading = (typeof readings)[number];

/** The fewest forms that cover all happenings, each with those that it covers. */
export function formsOf(happenings: readonly Happening[]): (readonly [Form, readonly Happening[]])[] {
  const candidates = new Map<string, { readonly form: Form; readonly rank: number; covered: Happening[] }>();
  for (const happening of happenings) {
    const seen = new Set<string>();
    for (const [rank, reading] of readings.entries()) {
      const form = read(happening, reading);
      const key = JSON.stringify(form);
      if (seen.has(key)) continue;
      seen.add(key);
      const candidate = candidates.get(key) ?? { form, rank, covered: [] };
      candidate.covered.push(happening);
      candidates.set(key, candidate);
    }
  }
  const open = new Set(happenings);
  const chosen: (readonly [Form, readonly Happening[]])[] = [];
  while (open.size > 0) {
    let best: { readonly key: string; readonly rank: number; readonly mine: Happening[] } | undefined;
    for (const [key, { rank, covered }] of candidates) {
      const mine = covered.filter((happening) => open.has(happening));
      if (mine.length === 0) candidates.delete(key);
      else if (!best || mine.length > best.mine.length || (mine.length === best.mine.length && isBetter([rank, key], best))) {
        best = { key, rank, mine };
      }
    }
    const form = best && candidates.get(best.key)?.form;
    if (!best || !form) break;
    chosen.push([form, best.mine]);
    for (const happening of best.mine) open.delete(happening);
  }
  return chosen.sort(([a], [b]) => compare(JSON.stringify(a), JSON.stringify(b)));
}

const isBetter = ([rank, key]: readonly [number, string], than: { readonly rank: number; readonly key: string }): boolean =>
  rank === than.rank ? compare(key, than.key) < 0 : rank < than.rank;

function read({ from, message, to, outputs }: Happening, { words, itsReason }: Reading): Form {
  const own = from.context.shown;
  const told = 'status' in message ? message.status : undefined;
  const wanted = effective(to.context);
  const its = 'reason' in message ? message.reason : message.type === 'status.published' ? why(from.context, message) : undefined;

  const reached = (status: number): string => {
    if (words && status === told) return '<told>';
    return words && isOnline(status) && status === wanted ? '<wanted>' : statusName(status);
  };
  const commandText = (command: Command): string =>
    Object.entries(command)
      .map(([key, value]) => {
        if (key === 'status') return words && value === wanted ? '<wanted>' : statusName(Number(value));
        return key === 'type' || key === 'timer' ? String(value) : `${key}: ${String(value)}`;
      })
      .join(' ');
  const noticeText = (notice: ChartNotice): string => {
    const reason = itsReason && notice.reason === its ? '<reason>' : notice.reason;
    if (notice.type === 'OnSignout') return `${notice.type} ${reason}`;
    const usual = reasons[notice.reason][notice.type === 'OnSignin' ? 'signin' : 'status'];
    const hr = reason === '<reason>' && notice.hr === usual ? '<hr>' : codeOf(notice.hr);
    if (notice.type === 'OnSignin') return `${notice.type} ${hr} ${reason}`;
    // An error leaves the status as it was, and only online is there more than one state that differs in nothing but its status.
    const status =
      notice.hr === S_OK ? reached(notice.mMyStatus) : words && isOnline(own) ? '<own>' : statusName(notice.mMyStatus);
    return `${notice.type} ${hr} ${status} ${reason}`;
  };

  const leaf = leafOf(to);
  const notices = outputs.filter(isNotice);
  const shows =
    notices.some((notice) => notice.type === 'OnMyStatusChange' && notice.hr === S_OK) && isOnline(to.context.shown)
      ? reached(to.context.shown)
      : '';
  return {
    to: shows.startsWith('<') ? shows : leaf === leafOf(from) ? 'stays' : leaf,
    commands: outputs.filter((output): output is Command => !isNotice(output)).map(commandText),
    notices: notices.map(noticeText),
  };
}

const codes = new Map<number, string>();
/** `resultName`, which looks through all rows, asked once for each code. */
function codeOf(hr: number): string {
  const name = codes.get(hr) ?? resultName(hr);
  codes.set(hr, name);
  return name;
}
