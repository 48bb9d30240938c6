/**
 * The laws over rows: what one step of the chart must and must not do. Each predicate returns what is wrong, or nothing; it knows what a
 * step does and never how the chart is written.
 */
import { isNotice, type Message, type Output, type StatusNotice } from './alphabet.js';
import { judge, type Ask } from './answers.js';
import {
  isOnline,
  isSuccess,
  MISTATUS,
  MSGR_E_CANCEL,
  MSGR_E_DISCONNECTED,
  MSGR_E_INVALID_PASSWORD,
  MSGR_E_INVALID_SERVER_NAME,
  MSGR_E_LOGON_TIMEOUT,
  MSGR_E_SERVER_UNAVAILABLE,
  MSGR_E_UNEXPECTED,
  reasons,
  S_OK,
  signinResults,
  statusResults,
  type Reason,
  type SigninFailure,
} from './codes.js';
import { effective } from './moves.js';
import { leafOf, phaseOf, statusOfLeaf, timersOf, type Leaf, type State } from './step.js';

/** One step of the chart. */
export interface Row {
  readonly from: State;
  readonly message: Message;
  readonly to: State;
  readonly outputs: readonly Output[];
  /** The step again, for laws that compare. */
  readonly again: (message: Message) => readonly [State, readonly Output[]];
}

const leafs = ({ from, to }: Row): readonly [Leaf, Leaf] => [leafOf(from), leafOf(to)];
const statuses = ({ outputs }: Row) => outputs.filter((output): output is StatusNotice => output.type === 'OnMyStatusChange');
const reached = (row: Row) => statuses(row).filter(({ hr }) => hr === S_OK);
const failures = (row: Row) => statuses(row).filter(({ hr }) => hr !== S_OK);
const said = ({ outputs }: Row) =>
  outputs.filter(isNotice).map((n) => (n.type === 'OnMyStatusChange' ? `S(${n.hr},${n.mMyStatus},${n.reason})` : n.type));
const has = ({ outputs }: Row, type: Output['type']) => outputs.some((output) => output.type === type);
const isAttempt = (leaf: Leaf) => phaseOf(leaf) === 'attempt';
const isSession = (leaf: Leaf) => leaf === 'synchronizing' || phaseOf(leaf) === 'online';
const isOffline = (leaf: Leaf) => leaf === 'signedOut' || phaseOf(leaf) === 'waiting';
const isInFlight = ({ context: { by } }: State) => by !== 'none' && by !== 'user' && by !== 'signin';
const expect = (isTrue: boolean, otherwise: string) => (isTrue ? undefined : otherwise);

/** How many changes a session still owes an answer. */
const owed = (state: State) => state.context.pending + (isInFlight(state) ? 1 : 0);

export function isAnnounced(row: Row): string | undefined {
  const [from, to] = leafs(row);
  const told = reached(row);
  if (from !== to && told.length !== 1) return `${from} to ${to} told ${told.length} statuses`;
  if (told.length > 1) return `told ${told.length} statuses`;
  const last = statuses(row).at(-1);
  return expect(last === undefined || last.mMyStatus === statusOfLeaf(to), `told ${last?.mMyStatus} in ${to}`);
}

export function isAnsweredOnce(row: Row): string | undefined {
  const [from, to] = leafs(row);
  const answers = row.outputs.filter((output) => output.type === 'OnSignin');
  const isOver = isAttempt(from) && !isAttempt(to);
  if (answers.length !== (isOver ? 1 : 0)) return `${from} to ${to} with ${answers.length} OnSignin`;
  if (to === 'findingServer' && from !== to && reached(row)[0]?.mMyStatus !== MISTATUS.LOCAL_FINDING_SERVER)
    return 'an attempt began in silence';
  const [answer] = answers;
  if (answer?.type !== 'OnSignin') return undefined;
  if (isSuccess(answer.hr) !== (to === 'synchronizing')) return `OnSignin ${answer.hr} on the way to ${to}`;
  return expect(isSuccess(answer.hr) || isOffline(to), `a failing OnSignin led to ${to}`);
}

export function isPendingAnswered(row: Row): string | undefined {
  const [from, to] = leafs(row);
  if (!isSession(from) || isSession(to)) return undefined;
  const first = row.outputs.filter(isNotice).slice(0, owed(row.from));
  const isRight = first.every(
    (n) => n.type === 'OnMyStatusChange' && n.hr === MSGR_E_DISCONNECTED && n.mMyStatus === row.from.context.shown,
  );
  return expect(
    first.length === owed(row.from) && isRight && row.to.context.pending === 0,
    `${owed(row.from)} changes owed, said ${said(row).join(' ')}`,
  );
}

/** Each answer to a change of the user takes one off; each request puts one on. */
export function isCounted(row: Row): string | undefined {
  const [from, to] = leafs(row);
  const { message } = row;
  if (phaseOf(from) !== 'online' || phaseOf(to) !== 'online') return undefined;
  const asked = message.type === 'status.request' ? 1 : 0;
  const answered =
    row.from.context.by === 'user' && ['status.published', 'status.refused', 'publish.expired'].includes(message.type) ? 1 : 0;
  if (row.to.context.pending !== row.from.context.pending + asked - answered) return 'a change was lost or counted twice';
  if (message.type === 'status.published' && (reached(row).length !== 1 || reached(row)[0]?.mMyStatus !== message.status)) {
    return `the confirmed status was told ${reached(row).length} times`;
  }
  const published = row.outputs.filter(({ type }) => type === 'presence.publish').length;
  const isFree =
    row.from.context.by === 'none' || ['status.published', 'status.refused', 'publish.expired'].includes(message.type);
  return expect(published <= (isFree ? 1 : 0), 'two changes at the server at once');
}

const limits = {
  'finding.expired': ['OnSignin', MSGR_E_INVALID_SERVER_NAME],
  'logon.expired': ['OnSignin', MSGR_E_LOGON_TIMEOUT],
  'synchronizing.expired': ['OnMyStatusChange', MSGR_E_SERVER_UNAVAILABLE],
  'publish.expired': ['OnMyStatusChange', MSGR_E_UNEXPECTED],
  'signout.expired': ['OnMyStatusChange', S_OK],
} as const;

export function isLimited(row: Row): string | undefined {
  const started = new Set(row.outputs.flatMap((output) => (output.type === 'timer.start' ? [output.timer] : [])));
  const before = timersOf(row.from);
  const missing = timersOf(row.to).filter((timer) => !before.includes(timer) && !started.has(timer));
  if (missing.length > 0) return `${missing.join(', ')} not started in ${leafOf(row.to)}`;
  if (!Object.hasOwn(limits, row.message.type)) return undefined;
  const [type, hr] = limits[row.message.type as keyof typeof limits];
  const first = row.outputs.find(isNotice);
  const isRight = first?.type === type && 'hr' in first && first.hr === hr;
  const isTimedOut = hr !== MSGR_E_SERVER_UNAVAILABLE && hr !== MSGR_E_UNEXPECTED ? true : first?.reason === 'timedOut';
  return expect(
    isRight && isTimedOut && (row.message.type === 'publish.expired' || isOffline(leafOf(row.to))),
    `said ${said(row).join(' ')}`,
  );
}

export function isStopped(row: Row): string | undefined {
  const stopped = new Set(row.outputs.flatMap((output) => (output.type === 'timer.stop' ? [output.timer] : [])));
  const fired = row.message.type;
  const after = timersOf(row.to);
  const left = timersOf(row.from).filter(
    (timer) => !after.includes(timer) && !stopped.has(timer) && !fired.startsWith(`${timer}.`),
  );
  if (left.length > 0) return `${left.join(', ')} left running in ${leafOf(row.to)}`;
  return expect(
    leafOf(row.to) !== 'signedOut' || leafOf(row.from) === 'signedOut' || has(row, 'session.forget'),
    'at rest, and not everything is forgotten',
  );
}

export function isGivenUp(row: Row): string | undefined {
  if (row.message.type !== 'signout.request') return undefined;
  const from = leafOf(row.from);
  const notices = row.outputs.filter(isNotice);
  const types = notices.map(({ type }) => type).join(' ');
  const [first] = notices;
  if (isAttempt(from)) {
    return expect(
      types === 'OnSignin OnMyStatusChange' &&
        first?.type === 'OnSignin' &&
        first.hr === MSGR_E_CANCEL &&
        leafOf(row.to) === 'signedOut',
      `said ${types}`,
    );
  }
  if (phaseOf(from) === 'waiting')
    return expect(
      said(row).join() === `S(0,${MISTATUS.OFFLINE},userRequest)` && leafOf(row.to) === 'signedOut',
      `said ${said(row).join(' ')}`,
    );
  return expect(types.replaceAll(/^(OnMyStatusChange )*(?=OnSignout)/g, '') === 'OnSignout OnMyStatusChange', `said ${types}`);
}

export function isGoodbye(row: Row): string | undefined {
  const [from, to] = leafs(row);
  if (row.message.type === 'signout.request' && isSession(from)) {
    const tail = row.outputs.filter(isNotice).slice(-2);
    const isRight =
      tail[0]?.type === 'OnSignout' &&
      tail[1]?.type === 'OnMyStatusChange' &&
      tail[1].mMyStatus === MISTATUS.LOCAL_DISCONNECTING_FROM_SERVER;
    return expect(isRight && to === 'disconnecting' && has(row, 'link.close'), `said ${said(row).join(' ')}`);
  }
  if (has(row, 'OnSignout')) return 'a sign-out that nobody asked for';
  if (from !== 'disconnecting' || to === from) return undefined;
  return expect(
    to === 'signedOut' && said(row).join() === `S(0,${MISTATUS.OFFLINE},userRequest)`,
    `${to}: ${said(row).join(' ')}`,
  );
}

export function isAnsweredAsPromised(row: Row): string | undefined {
  const ask = askOf(row.message);
  if (!ask) return undefined;
  const [hr, effect] = judge(row.from, ask);
  const notices = row.outputs.filter(isNotice).length;
  if (effect === 'kept')
    return expect(hr === 1 && notices === 0 && leafOf(row.from) === leafOf(row.to), `kept, but said ${said(row).join(' ')}`);
  if (effect !== 'accepted') return 'a refused request reached the chart';
  return expect(notices > 0 || row.to.context.pending > row.from.context.pending, 'accepted, and nothing came of it');
}

function askOf(message: Message): Ask | undefined {
  if (message.type === 'signin.request') return { type: 'signin', name: 'same' };
  if (message.type === 'signout.request') return { type: 'signout' };
  return message.type === 'status.request' ? { type: 'setStatus', status: message.status } : undefined;
}

export function isFinalRespected(row: Row): string | undefined {
  const [from, to] = leafs(row);
  const { message } = row;
  if (row.outputs.some((output) => output.type === 'link.open' && output.renew) && row.from.context.renewed)
    return 'a second renewal';
  if (!('reason' in message) || from === 'disconnecting' || phaseOf(from) === phaseOf(to)) return undefined;
  if (reasons[message.reason].final) return expect(to === 'signedOut', `${message.reason} is final, yet ${to}`);
  const isTriedAgain = isSession(from) || row.from.context.tries === 'retry';
  return expect(to === (isTriedAgain ? 'waitingToRetry' : 'signedOut'), `${message.reason} led to ${to}`);
}

export function isPublishedOnce(row: Row): string | undefined {
  const { message, from } = row;
  if (message.type !== 'session.synchronized') return undefined;
  const [published] = row.outputs.filter((output) => output.type === 'presence.publish');
  if (message.resumed && !from.context.changed)
    return expect(published === undefined && phaseOf(leafOf(row.to)) === 'online', 'published again on a resumed session');
  const status = published?.type === 'presence.publish' && published.by === 'signin' ? published.status : undefined;
  return expect(status === effective(from.context), `published ${status} in place of ${effective(from.context)}`);
}

/** Only the user, the end of a temporary status and a fall-back change what is wanted. */
export function isWishKept(row: Row): string | undefined {
  const { message, from, to } = row;
  const isUsers = message.type.endsWith('.request') || message.type === 'status.expired' || leafOf(to) === 'signedOut';
  const isConfirmed = message.type === 'status.published' && message.by === 'user';
  const isFallBack =
    message.type === 'status.refused' && leafOf(from) === 'synchronizing' && to.context.wished === MISTATUS.ONLINE;
  if (!isUsers && !isConfirmed && !isFallBack && from.context.wished !== to.context.wished)
    return 'something automatic changed the wish';
  const isBack = message.type === 'status.published' && message.by === 'return';
  if (isBack && to.context.by === 'none' && to.context.user === 'active' && to.context.shown !== to.context.wished)
    return `came back as ${to.context.shown}`;
  return undefined;
}

export function isOneLine(row: Row): string | undefined {
  const [from, to] = leafs(row);
  const hasDropped = has(row, 'link.drop');
  if (isOffline(to) && !isOffline(from) && !hasDropped) return 'a link or an attempt was left behind';
  if (has(row, 'server.find') && (to !== 'findingServer' || from === to)) return 'a search outside its state';
  const opens = row.outputs.filter((output) => output.type === 'link.open');
  return expect(opens.length <= 1 && (opens.length === 0 || to === 'connecting'), 'a connect outside its state');
}

export function isSecretFree(row: Row): string | undefined {
  const text = JSON.stringify([row.to.context, row.message, row.outputs]);
  const found = /"(password|token|secret|credentials)"\s*:/i.exec(text);
  return expect(found === null, `${found?.[1]} in the chart`);
}

export const isLegal = (row: Row) => {
  for (const output of row.outputs) {
    if (output.type === 'OnSignin' && !(signinResults as readonly number[]).includes(output.hr)) return `OnSignin ${output.hr}`;
    if (output.type === 'OnMyStatusChange' && !(statusResults as readonly number[]).includes(output.hr))
      return `OnMyStatusChange ${output.hr}`;
    if (output.type === 'OnMyStatusChange' && output.hr !== S_OK && output.mMyStatus !== row.from.context.shown)
      return 'a failed change told another status';
  }
  return undefined;
};

export function isRefusedInPlace(row: Row): string | undefined {
  if (row.message.type !== 'status.refused' && row.message.type !== 'publish.expired') return undefined;
  if (phaseOf(leafOf(row.from)) !== 'online') return undefined;
  return expect(
    failures(row).length === 1 && reached(row).length === 0 && leafOf(row.from) === leafOf(row.to),
    `said ${said(row).join(' ')}`,
  );
}

export function isPhaseAnnounced(row: Row): string | undefined {
  const [from, to] = leafs(row);
  if (from === to || statusOfLeaf(to) < 0x100) return undefined;
  return expect(
    reached(row).some(({ mMyStatus }) => mMyStatus === statusOfLeaf(to)),
    `entered ${to} in silence`,
  );
}

export function isAcceptedFirst(row: Row): string | undefined {
  const [from, to] = leafs(row);
  if (phaseOf(to) === 'online' && !isSession(from)) return `${from} was online at once`;
  const at = row.outputs.findIndex((output) => output.type === 'OnSignin' && !isSuccess(output.hr));
  const next = row.outputs.slice(at).find((output) => output.type === 'OnMyStatusChange');
  const isOfflineNext = next?.type === 'OnMyStatusChange' && next.mMyStatus === MISTATUS.OFFLINE;
  return expect(at < 0 || isOfflineNext, 'a failing OnSignin without OFFLINE');
}

/** Where a failure has one fixed answer. */
function hasFixedAnswer(row: Row, [type, reason, hr]: readonly [Message['type'], Reason, SigninFailure]): string | undefined {
  const { message } = row;
  if (message.type !== type || !('reason' in message) || message.reason !== reason) return undefined;
  const first = row.outputs.find(isNotice);
  return expect(first?.type === 'OnSignin' && first.hr === hr && !has(row, 'link.open'), `said ${said(row).join(' ')}`);
}
export const isUnknownServer = (row: Row) => hasFixedAnswer(row, ['server.failed', 'serverNotFound', MSGR_E_INVALID_SERVER_NAME]);
export const isWrongPassword = (row: Row) => hasFixedAnswer(row, ['link.refused', 'invalidPassword', MSGR_E_INVALID_PASSWORD]);

export function isOnlineBit({ to }: Row): string | undefined {
  const leaf = leafOf(to);
  const isTrue = isOnline(statusOfLeaf(leaf)) === (phaseOf(leaf) === 'online') && to.context.shown === statusOfLeaf(leaf);
  return expect(isTrue, `${to.context.shown} in ${leaf}`);
}

export function isNeverReplaced(row: Row): string | undefined {
  const { message, from, to } = row;
  const wasInvisible = from.context.offered === MISTATUS.INVISIBLE && from.context.wished === MISTATUS.INVISIBLE;
  const isTriedOtherwise = row.outputs.some((output) => output.type === 'presence.publish' && output.by === 'signin');
  if (message.type === 'status.refused' && wasInvisible && !from.context.changed && isTriedOtherwise) {
    return 'INVISIBLE was replaced';
  }
  const { rules } = to.context;
  const shown = row.outputs.flatMap((output) =>
    output.type === 'presence.publish' && output.by !== 'user' ? [output.status] : [],
  );
  const isKnown = (status: number) =>
    (rules.statuses as readonly number[]).includes(status) ||
    (status === MISTATUS.IDLE && rules.idle) ||
    (status === MISTATUS.AWAY && rules.away);
  return expect(shown.every(isKnown), `published ${shown.join()}`);
}

export function isImpartial(row: Row): string | undefined {
  if (!row.message.type.endsWith('.request')) return undefined;
  const [, outputs] = row.again(Object.assign({ origin: 'console' }, row.message));
  return expect(JSON.stringify(outputs) === JSON.stringify(row.outputs), 'the same request from elsewhere said something else');
}

export function isOfflineAfterLoss(row: Row): string | undefined {
  if (row.message.type !== 'link.lost' && row.message.type !== 'check.expired') return undefined;
  return expect(reached(row)[0]?.mMyStatus === MISTATUS.OFFLINE && isOffline(leafOf(row.to)), `said ${said(row).join(' ')}`);
}

/** For a fact that cannot happen there: the answer of a verb that nobody waits for. */
export function isLateAnswerIgnored(row: Row): string | undefined {
  const isAnswer = ['server.found', 'server.failed', 'link.opened', 'link.refused', 'link.closed'].includes(row.message.type);
  const isNothing = row.outputs.length === 0 && leafOf(row.from) === leafOf(row.to);
  return expect(!isAnswer || isNothing, `${row.message.type} in ${leafOf(row.from)} led to ${leafOf(row.to)}`);
}

export function isHeard(row: Row): string | undefined {
  return expect(row.from.can(row.message), `${row.message.type} in ${leafOf(row.from)} is silent`);
}
