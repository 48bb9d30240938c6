/**
 * Holds anybody's log of notices against the published grammar and against the laws: the order, the codes, the statuses. It reads the log
 * as it is and changes nothing; it must never need the machine that made it.
 */
import { breachesOfTrace, isReason, MISTATUS, type Seen, type SeenNotice } from '../../machines/index.js';
import { stateAfter } from './automaton.js';
import { letterOf, meaningOf, type Letter } from './letters.js';
import { publishedDfa } from './published.js';

export interface NoticeFault {
  /** Which notice, from 0; the length of the log when it ends too early. */
  readonly at: number;
  /** What was told; nothing at the end of the log. */
  readonly found: string | undefined;
  /** What might have been. */
  readonly legal: readonly string[];
  /** The same as a sentence. */
  readonly message: string;
}

export interface NoticesChecked {
  /** No fault and no breach; the log may still break off where a notice is owed. */
  readonly ok: boolean;
  /** The first notice that may not stand where it stands. */
  readonly fault?: NoticeFault;
  /** Laws that are broken, as `L05: ...`; of a log with a fault those that show by themselves. */
  readonly breaches: readonly string[];
  /** Whether the log may end where it ends. */
  readonly complete: boolean;
  /** When it may not: what is still owed. */
  readonly owed: readonly string[];
  /** Places of the OFFLINEs that were passed over, with `tolerant`. */
  readonly tolerated: readonly number[];
}

export interface CheckOptions {
  /**
   * Passes over a short OFFLINE between LOCAL_SYNCHRONIZING_WITH_SERVER and what follows it: the origin may tell one there (R1), this
   * machine never does.
   */
  readonly tolerant?: boolean;
}

/**
 * Checks a log of notices, from the first one of a service on; over restarts while it was offline as well.
 * @param notices oldest first; of each only `type`, `hr`, `mMyStatus` are needed, and `reason` and `previous` read if they are there
 * @throws TypeError when it is not an array
 */
export function checkNotices(notices: readonly SeenNotice[], options: CheckOptions = {}): NoticesChecked {
  if (!Array.isArray(notices)) throw new TypeError(`checkNotices: expected an array of notices, got ${typeof notices}`);
  const letters = notices.map((notice: unknown) => (isNoticeLike(notice) ? letterOf(notice) : undefined));
  const tolerated: number[] = [];
  let fault: NoticeFault | undefined;
  let state = 0;
  for (const [at, letter] of letters.entries()) {
    const next = letter === undefined ? undefined : publishedDfa.next[state]?.get(letter);
    if (next !== undefined && options.tolerant === true && isPassing(state, letter, letters[at + 1])) tolerated.push(at);
    else if (next !== undefined) state = next;
    else {
      fault = faultAt(at, notices[at], state);
      break;
    }
  }
  const breaches = breachesOfTrace({ seen: seenOf(notices, tolerated) });
  const complete = fault === undefined && publishedDfa.accepting[state] === true;
  return {
    ok: fault === undefined && breaches.length === 0,
    ...(fault ? { fault } : {}),
    breaches,
    complete,
    owed: fault === undefined && !complete ? legalIn(state) : [],
    tolerated,
  };
}

/** An OFFLINE while synchronizing, after which things go on as if it had not been. */
function isPassing(state: number, letter: Letter | undefined, following: Letter | undefined): boolean {
  if (letter !== 'X' || following === undefined || state !== synchronizing) return false;
  const offline = publishedDfa.next[state]?.get(letter);
  return publishedDfa.next[state]?.has(following) === true && publishedDfa.next[offline ?? -1]?.has(following) !== true;
}
const synchronizing = stateAfter(publishedDfa, 'FCGY');

const legalIn = (state: number): string[] => [...(publishedDfa.next[state]?.keys() ?? [])].map(meaningOf);

function faultAt(at: number, notice: unknown, state: number): NoticeFault {
  const found = describe(notice);
  const legal = legalIn(state);
  return { at, found, legal, message: `notice ${at + 1} is ${found}, and only ${legal.join(', ')} could stand there` };
}

function describe(notice: unknown): string {
  if (!isNoticeLike(notice)) return 'no notice';
  const letter = letterOf(notice);
  if (letter !== undefined) return meaningOf(letter);
  const { type, hr, mMyStatus } = notice as unknown as Readonly<Record<string, unknown>>;
  return `a notice that is never told (${String(type)}, hr ${String(hr)}, mMyStatus ${String(mMyStatus)})`;
}

function isNoticeLike(notice: unknown): notice is SeenNotice {
  if (typeof notice !== 'object' || notice === null) return false;
  const { type, hr, mMyStatus } = notice as Readonly<Record<string, unknown>>;
  if (type === 'OnSignout') return true;
  if (typeof hr !== 'number') return false;
  return type === 'OnSignin' || (type === 'OnMyStatusChange' && typeof mMyStatus === 'number');
}

/** The log as the laws read it. */
function seenOf(notices: readonly unknown[], tolerated: readonly number[]): Seen[] {
  const passed = new Set(tolerated);
  return notices.flatMap((notice, index): Seen[] => {
    if (passed.has(index) || !isNoticeLike(notice)) return [];
    const seen: Seen = { seen: 'notice', at: 0, notice: plain(notice, passed.has(index - 1)) };
    // A log does not show who asked: each attempt may have been asked for, so that nothing in it is a retry (L22).
    const isAttempt = notice.type === 'OnMyStatusChange' && notice.mMyStatus === MISTATUS.LOCAL_FINDING_SERVER;
    return isAttempt ? [{ seen: 'call', at: 0, call: 'signin', hr: 0 }, seen] : [seen];
  });
}

/** Without what the laws cannot read: a reason of somebody else's, and a former status that was passed over. */
function plain(notice: SeenNotice, isAfterPassed: boolean): SeenNotice {
  const copy: Record<string, unknown> = { ...notice };
  if (!isReason(copy['reason'])) delete copy['reason'];
  if (isAfterPassed) delete copy['previous'];
  return copy as unknown as SeenNotice;
}
