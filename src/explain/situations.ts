/**
 * What a situation can be asked for: the questions that decide what comes of a message, with the answers as words of a sentence. It asks
 * the context and the message; it must never know what the chart makes of the answers.
 */
import {
  effective,
  MISTATUS,
  phaseOf,
  leafOf,
  reasons,
  statusName,
  waitingChanges,
  type Message,
  type Reason,
  type State,
} from '../../machines/index.js';

/** One call or message in one state; calls also have what does not reach the chart. */
export interface Situation {
  readonly from: State;
  readonly message: Message | undefined;
  /** Of a call: the name given is that of who is signed in; there are stored credentials; the status can be set. */
  readonly name?: 'same' | 'other';
  readonly credentials?: boolean;
  readonly settable?: boolean;
}

interface Question {
  readonly id: string;
  readonly ask: (situation: Situation) => string | undefined;
  /** What it means that the answer is one of these, after "only if". */
  readonly says: (answers: readonly string[]) => string;
}

const yes = (value: boolean): string => (value ? 'yes' : 'no');
const whether =
  (positive: string, negative: string) =>
  ([answer]: readonly string[]): string =>
    answer === 'yes' ? positive : negative;
/** `a`, `a or b`, `a, b or c`. */
export const oneOf = (words: readonly string[]): string => words.join(', ').replace(/, ([^,]*)$/, ' or $1');

/** The statuses that are treated like no other; one of a walk stands for all the others. */
function special(status: number): string {
  if (status === 0) return 'none';
  return status === MISTATUS.ONLINE || status === MISTATUS.INVISIBLE ? statusName(status) : 'neither ONLINE nor INVISIBLE';
}

/** A reason that is treated like no other one. */
const isReason = (reason: Reason): Question => ({
  id: reason,
  ask: ({ message }) => (message && 'reason' in message ? yes(message.reason === reason) : undefined),
  says: whether(`its reason is ${reason}`, `its reason is not ${reason}`),
});

/** Those that say most to a person first: where several would do, the first stays. */
export const questions: readonly Question[] = [
  { id: 'name', ask: ({ name }) => name, says: ([is]) => (is === 'same' ? 'the name is the same' : 'the name is another') },
  {
    id: 'credentials',
    ask: ({ credentials }) => (credentials === undefined ? undefined : yes(credentials)),
    says: whether('there are stored credentials', 'there are no stored credentials'),
  },
  {
    id: 'settable',
    ask: ({ settable }) => (settable === undefined ? undefined : yes(settable)),
    says: whether('the status can be set', 'the status is none that can be set'),
  },
  {
    id: 'final',
    ask: ({ message }) => (message && 'reason' in message ? yes(reasons[message.reason].final) : undefined),
    says: whether('its reason is final', 'its reason is not final'),
  },
  isReason('timedOut'),
  isReason('statusRejected'),
  isReason('tokenExpired'),
  {
    id: 'tries',
    ask: ({ message, from }) => (message?.type === 'signin.request' ? message.tries : from.context.tries),
    says: ([is]) => (is === 'once' ? 'the sign-in is tried once' : 'the sign-in is retried'),
  },
  { id: 'network', ask: ({ from }) => yes(from.context.network), says: whether('the network is on', 'the network is off') },
  { id: 'awake', ask: ({ from }) => yes(from.context.awake), says: whether('the device is awake', 'the device sleeps') },
  {
    id: 'resumed',
    ask: ({ message }) => (message?.type === 'session.synchronized' ? yes(message.resumed) : undefined),
    says: whether('the session was resumed', 'the session is a fresh one'),
  },
  {
    id: 'changed',
    ask: ({ from }) => yes(from.context.changed),
    says: whether('the server was not told what is wanted', 'the server knows what is wanted'),
  },
  {
    id: 'at server',
    ask: ({ from }) => yes(from.context.by !== 'none'),
    says: whether('a change is at the server', 'no change is at the server'),
  },
  {
    id: 'owed',
    ask: ({ from }) => yes(owedBy(from) > 0),
    says: whether('a change is not answered yet', 'every change has been answered'),
  },
  {
    id: 'waiting',
    ask: ({ from }) => yes(waitingChanges(from.context) > 0),
    says: whether('changes of the user wait', 'no change of the user waits'),
  },
  {
    id: 'full',
    ask: ({ from }) => yes(waitingChanges(from.context) >= from.context.rules.queue),
    says: whether('as many changes wait as may wait', 'another change may wait'),
  },
  {
    id: 'shown',
    ask: ({ from }) => yes(effective(from.context) === from.context.shown),
    says: whether('what is wanted is what is shown', 'something else is wanted than is shown'),
  },
  {
    id: 'offered',
    ask: ({ from }) => special(from.context.offered),
    says: (answers) => `the status at the server is ${oneOf(answers)}`,
  },
  {
    id: 'user',
    ask: ({ from }) => from.context.user,
    says: (answers) => `the person is ${oneOf(answers)}`,
  },
  {
    id: 'replaceable',
    ask: ({ from }) => yes(from.context.rules.idleFrom.includes(from.context.wished)),
    says: whether('idleness may replace the wanted status', 'idleness may not replace the wanted status'),
  },
  {
    id: 'renewed',
    ask: ({ from }) => yes(from.context.renewed),
    says: whether('the token was renewed once already', 'no token was renewed in this attempt'),
  },
  {
    id: 'by',
    ask: ({ message, from }) => (message && 'by' in message ? message.by : from.context.by),
    says: (answers) => `it is a change by ${oneOf(answers.map((by) => publishers[by] ?? by))}`,
  },
  {
    id: 'with status',
    ask: ({ message }) => (message?.type === 'signin.request' ? yes(message.status !== undefined) : undefined),
    says: whether('it comes with a status', 'it comes without a status'),
  },
  {
    id: 'reason',
    ask: ({ message }) => (message && 'reason' in message ? message.reason : undefined),
    says: (answers) => `its reason is ${oneOf(answers)}`,
  },
];

const publishers: Readonly<Record<string, string>> = {
  signin: 'the sign-in',
  user: 'the user',
  idle: 'idleness',
  away: 'longer idleness',
  return: 'the return of the person',
  expiry: 'the end of a temporary status',
  none: 'nobody',
};

/** Changes that the session has to answer before it ends (L14). */
export function owedBy(state: State): number {
  const { pending, by } = state.context;
  const leaf = leafOf(state);
  if (phaseOf(leaf) !== 'online') return 0;
  return pending + (by !== 'none' && by !== 'user' && by !== 'signin' ? 1 : 0);
}

/** The status of a message, where it tells one. */
export function toldStatus(message: Message | undefined): MISTATUS | undefined {
  return message && 'status' in message ? message.status : undefined;
}
