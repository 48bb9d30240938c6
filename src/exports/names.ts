/**
 * One finite name for every message and every output, for formats in which an event is a word: `status.published.user.BUSY`,
 * `OnMyStatusChange.S_OK.BUSY.userRequest`. No name of a message is the beginning of another one at a dot, since SCXML matches events by
 * such beginnings (SCXML §3.12.1). It must never leave out anything that decides.
 */
import { resultName, statusName, type Message, type Output, type Rules } from '../../machines/index.js';

/** The name of a request or fact, with everything that decides. */
export function messageName(message: Message): string {
  switch (message.type) {
    case 'signin.request':
      return `${message.type}.${message.tries}.${message.status === undefined ? 'unchanged' : statusName(message.status)}`;
    case 'status.request':
    case 'status.expired':
      return `${message.type}.${statusName(message.status)}`;
    case 'session.synchronized':
      return `${message.type}.${message.resumed ? 'resumed' : 'fresh'}`;
    case 'status.published':
      return `${message.type}.${message.by}.${statusName(message.status)}`;
    case 'status.refused':
      return `${message.type}.${message.by}.${failureName(message)}`;
    case 'server.failed':
    case 'link.refused':
    case 'session.failed':
    case 'link.lost':
      return `${message.type}.${failureName(message)}`;
    default:
      return message.type;
  }
}

const failureName = ({ reason, hr }: { readonly reason: string; readonly hr?: number }): string =>
  hr === undefined ? reason : `${reason}-${resultName(hr)}`;

/** The name of a command or notice, with everything that it says. */
export function outputName(output: Output): string {
  switch (output.type) {
    case 'OnSignin':
      return `${output.type}.${resultName(output.hr)}.${output.reason}`;
    case 'OnMyStatusChange':
      return `${output.type}.${resultName(output.hr)}.${statusName(output.mMyStatus)}.${output.reason}`;
    case 'OnSignout':
      return `${output.type}.${output.reason}`;
    case 'link.open':
      return `${output.type}.${output.renew ? 'renewed' : 'first'}`;
    case 'presence.publish':
      return output.by === 'user' ? `${output.type}.${output.by}` : `${output.type}.${output.by}.${statusName(output.status)}`;
    case 'timer.start':
      return output.timer === 'retry' ? `${output.type}.${output.timer}.${output.cause}` : `${output.type}.${output.timer}`;
    case 'timer.stop':
      return `${output.type}.${output.timer}`;
    default:
      return output.type;
  }
}

/** A name as a word of letters, digits and underscores. */
export const identifier = (name: string): string => name.replace(/\W/g, '_');

/** What one automaton was made with, for the first lines of a text. */
export function rulesText({ statuses, idle, away, idleFrom, remember, queue }: Rules): string {
  const list = (all: readonly number[]) => all.map(statusName).join(' ');
  return `statuses ${list(statuses)}; idle ${idle}, away ${away}, from ${list(idleFrom)}; remember ${remember}; queue ${queue}`;
}
