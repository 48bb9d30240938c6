/**
 * What comes of a message in words: where it leads, what the driver is to do, what the app is told. Situations of which the same words are
 * true have the same outcome. It must never join what differs for an app.
 */
import {
  effective,
  isNotice,
  isOnline,
  leafOf,
  MSGR_E_DISCONNECTED,
  reasons,
  resultName,
  S_OK,
  statusName,
  why,
  type ChartNotice,
  type Command,
  type Output,
  type State,
} from '../../machines/index.js';
import { toldStatus, type Situation } from './situations.js';

export type OutcomeKind = 'handled' | 'joined' | 'refused' | 'ignored' | 'impossible';

/** A situation with what comes of it. */
export interface Happening {
  readonly situation: Situation;
  readonly kind: OutcomeKind;
  readonly to: State;
  readonly outputs: readonly Output[];
  /** Why nothing comes of it. */
  readonly because?: string;
  /** What the call returns, when it is a call. */
  readonly hr?: number;
}

/** The words. */
export interface Outcome {
  readonly kind: OutcomeKind;
  /** A leaf, or `the state of the status told`, or `of the status wanted`; the same leaf when it stays. */
  readonly to: string;
  readonly does: readonly string[];
  readonly tells: readonly string[];
  readonly because?: string;
  readonly hr?: string;
}

export function outcomeOf({ situation, kind, to, outputs, because, hr }: Happening): Outcome {
  const notices = outputs.filter(isNotice);
  const tells = notices.map((notice) => noticeText(notice, situation, to));
  const leaf = leafOf(to);
  const reached =
    notices.some((notice) => notice.type === 'OnMyStatusChange' && notice.hr === S_OK) && isOnline(to.context.shown);
  const word = reached ? statusWord(to.context.shown, situation, to) : undefined;
  return {
    kind,
    to: word !== undefined && word.startsWith('the ') ? `the state of ${word}` : leaf,
    does: isAnswered(situation) ? afterAnswer(outputs) : doings(outputs, situation, to),
    tells: once(tells),
    ...(because === undefined ? {} : { because }),
    ...(hr === undefined ? {} : { hr: resultName(hr) }),
  };
}

/** A status by what it is to the situation, where that says as much. */
function statusWord(status: number, { message, from }: Situation, to: State): string {
  if (!isOnline(status)) return statusName(status);
  if (message && status === toldStatus(message)) return 'the status told';
  if (status === from.context.shown && leafOf(from) === leafOf(to)) return statusName(status);
  return status === effective(to.context) ? 'the status wanted' : statusName(status);
}

function noticeText(notice: ChartNotice, situation: Situation, to: State): string {
  const { message, from } = situation;
  if (notice.type === 'OnSignout') return 'OnSignout';
  const own = message && 'reason' in message ? message.reason : undefined;
  // A publication has the reason of who made it.
  const isOwn = notice.reason === own || (message?.type === 'status.published' && notice.reason === why(from.context, message));
  const usual = reasons[notice.reason][notice.type === 'OnSignin' ? 'signin' : 'status'];
  const code = own === notice.reason && notice.hr === usual ? 'with the code of its reason' : resultName(notice.hr);
  const reason = isOwn ? 'its reason' : notice.reason;
  if (notice.type === 'OnSignin') return `OnSignin ${code} (${reason})`;
  if (notice.hr === MSGR_E_DISCONNECTED) return `OnMyStatusChange ${code} for each change that is not answered (${reason})`;
  const status = notice.hr === S_OK ? statusWord(notice.mMyStatus, situation, to) : `still ${statusName(notice.mMyStatus)}`;
  return `OnMyStatusChange ${code} ${status} (${reason})`;
}

const once = (texts: readonly string[]): string[] => texts.filter((text, at) => text !== texts[at - 1]);

/** The change at the server of somebody online has been answered, in one way or the other. */
function isAnswered({ message, from }: Situation): boolean {
  const answers: readonly (string | undefined)[] = ['status.published', 'status.refused', 'publish.expired'];
  return answers.includes(message?.type) && isOnline(from.context.shown);
}
/** Whose change is next is the same to an app: it is told when that one is answered. */
function afterAnswer(outputs: readonly Output[]): string[] {
  const given = outputs.some(({ type }) => type === 'presence.withdraw') ? ['the change at the server is given up'] : [];
  return [...given, 'the next change goes to the server, if there is one'];
}

/** What a person would call an action; timers are bookkeeping. */
function doings(outputs: readonly Output[], situation: Situation, to: State): string[] {
  return outputs.flatMap((output) => (isNotice(output) ? [] : doing(output, situation, to)));
}

function doing(command: Command, { message, from }: Situation, to: State): string[] {
  switch (command.type) {
    case 'server.find':
      return ['the driver looks for the server'];
    case 'link.open':
      return [command.renew ? 'the driver renews the token, once, and connects again' : 'the driver connects and logs on'];
    case 'session.synchronize':
      return ['the driver synchronizes'];
    case 'presence.publish':
      if (command.by === 'user') return ['the oldest change of the user goes to the server'];
      if (message?.type === 'status.refused' && !from.context.changed) return [`${statusName(command.status)} goes in its place`];
      return [
        `${command.status === effective(to.context) ? 'the wanted status' : statusName(command.status)} goes to the server`,
      ];
    case 'presence.withdraw':
      return ['the change at the server is given up'];
    case 'link.check':
      return ['the driver asks for a sign of life'];
    case 'link.close':
      return ['the driver says goodbye'];
    case 'timer.start':
      return command.timer === 'retry' ? ['the wait for the next attempt begins'] : [];
    default:
      return [];
  }
}

/** What the notices say of codes that depend on the reason. */
export function codesByReason(happenings: readonly Happening[]): Readonly<Record<string, readonly string[]>> {
  const codes = new Map<string, Set<string>>();
  for (const { situation, outputs } of happenings) {
    const { message } = situation;
    for (const output of outputs) {
      if (!message || !('reason' in message) || !isNotice(output) || output.type === 'OnSignout') continue;
      if (output.reason !== message.reason || output.hr === S_OK || output.hr === MSGR_E_DISCONNECTED) continue;
      const name = resultName(output.hr);
      codes.set(name, (codes.get(name) ?? new Set()).add(message.reason));
    }
  }
  return Object.fromEntries([...codes].map(([code, of]) => [code, [...of].sort()] as const).sort(([a], [b]) => (a < b ? -1 : 1)));
}
