/**
 * Which clauses a step follows, found by experiment: a clause constrains a step when some damage to that step breaks it. Nobody lists them,
 * so no list can rot. It damages copies only and must never judge a step by the way the chart is written.
 */
import {
  isNotice,
  laws,
  leafOf,
  MISTATUS,
  MSGR_E_UNEXPECTED,
  S_OK,
  type Context,
  type Message,
  type Output,
  type Row,
  type ShownStatus,
  type State,
} from '../../machines/index.js';
import { decisions } from './decisions.js';

/** `L05`, `Holds`. */
export type ClauseId = string;

/** A clause of the contract that judges single steps. */
export interface Clause {
  readonly id: ClauseId;
  readonly says: string;
  readonly row: (row: Row) => string | undefined;
}

export const rowClauses: readonly Clause[] = [
  ...laws.flatMap(({ id, says, row }) => (row ? [{ id, says, row }] : [])),
  ...decisions,
];

/** Why a clause has no edge of the chart. */
export const clausesWithoutEdge: Readonly<Record<ClauseId, string>> = {
  L18: 'speaks of the delivery of notices, which is the driver’s',
  L19: 'speaks of what no message has a place for; the types of the alphabet hold it everywhere',
  L21: 'speaks of answers that come too late: pairs in which nothing may happen, and the driver’s abort of each verb',
  T9: 'speaks of calls that are refused: pairs without an edge, answered by the table of answers (L16)',
  T10: 'the dialog of the origin; does not apply',
  T17: 'the end of the origin’s program; does not apply',
};

/** True of every step that says or remembers anything: named last, since they explain least. */
const general: readonly ClauseId[] = ['L03', 'L08', 'L26', 'L27', 'L24', 'L16', 'L04', 'L01', 'L12', 'L07', 'L15', 'L25'];
/** The most telling first. */
export function bySpeaking(one: ClauseId, other: ClauseId): number {
  const rank = (id: ClauseId): number => general.indexOf(id);
  return rank(one) - rank(other) || (one < other ? -1 : 1);
}

export const isGeneral = (id: ClauseId): boolean => general.includes(id);

/** `L10 (giving up is ...)`; a trace by its number only. */
export function clauseText(id: ClauseId): string {
  const says = rowClauses.find((clause) => clause.id === id)?.says ?? laws.find((law) => law.id === id)?.says;
  return says === undefined ? id : `${id} (${says})`;
}

/** Which clauses constrain a step; the most telling first. */
export interface Constraints {
  /** They break when something is left out or done otherwise: why it is as it is. */
  readonly require: readonly ClauseId[];
  /** They break when something else is done besides: why it is no more than that. */
  readonly forbid: readonly ClauseId[];
}

/** What makes a difference between two steps for their clauses: what they say and remember, and what brought them about. */
export function lookOf(from: State, message: Message, to: State, outputs: readonly Output[]): string {
  const [before, after] = [from.context, to.context];
  const remembered = (Object.keys(after) as (keyof Context)[]).filter((key) => before[key] !== after[key]);
  return [
    leafOf(to),
    ...outputs.map(({ type }) => type),
    'reason' in message ? message.reason : '',
    before.offered,
    ...remembered,
  ].join();
}

/** Finds the clauses of a step. */
export function clausesOf(row: Row): Constraints {
  const [less, more] = [[...lessOf(row)], [...moreOf(row)]];
  const broken = (damaged: readonly Row[]): ClauseId[] =>
    rowClauses
      .filter(({ id, row: judge }) => {
        // A step that breaks it by itself does not follow it.
        if (Object.hasOwn(clausesWithoutEdge, id) || judge(row) !== undefined) return false;
        // L15 compares with the same step made again, so it is asked only about that.
        if (id === 'L15') return damaged === less && judge({ ...row, again: () => [row.to, []] }) !== undefined;
        return damaged.some((wrong) => judge(wrong) !== undefined);
      })
      .map(({ id }) => id)
      .sort(bySpeaking);
  const require = broken(less);
  return { require, forbid: broken(more).filter((id) => !require.includes(id)) };
}

const withContext = (state: State, change: Partial<Context>): State =>
  Object.create(state, { context: { value: { ...state.context, ...change }, enumerable: true } }) as State;

/** The step with something left out or done otherwise, in every way that there is. */
function* lessOf(row: Row): Generator<Row> {
  const { from, to, outputs } = row;
  // Not heard at all; heard, and nothing comes of it.
  yield { ...row, from: Object.create(from, { can: { value: () => false } }) as State };
  yield { ...row, to: from, outputs: [] };
  for (const [at, output] of outputs.entries()) {
    const others = (...instead: readonly Output[]): Row => ({
      ...row,
      outputs: [...outputs.slice(0, at), ...instead, ...outputs.slice(at + 1)],
    });
    yield others();
    for (const other of distorted(output)) yield others(other);
  }
  const notices = outputs.filter(isNotice);
  if (notices.length > 1) yield { ...row, outputs: [...outputs.filter((output) => !isNotice(output)), ...notices.reverse()] };
  // Ended elsewhere offline: at rest, waiting, held.
  for (const offline of ['signedOut', 'waitingToRetry', 'held'] as const) {
    if (to.matches('offline') && !to.matches({ offline }))
      yield { ...row, to: Object.create(to, { value: { value: { offline } } }) as State };
  }
  // What is remembered is not remembered, one thing at a time.
  for (const key of Object.keys(to.context) as (keyof Context)[]) {
    if (from.context[key] !== to.context[key]) yield { ...row, to: withContext(to, { [key]: from.context[key] }) };
  }
}

function distorted(output: Output): Output[] {
  switch (output.type) {
    case 'OnSignin':
      return [
        { ...output, hr: output.hr === S_OK ? MSGR_E_UNEXPECTED : S_OK },
        { ...output, hr: 1 as typeof output.hr },
      ];
    case 'OnMyStatusChange':
      return [
        ...[S_OK, MSGR_E_UNEXPECTED, 1].flatMap((hr) => (hr === output.hr ? [] : [{ ...output, hr: hr as typeof output.hr }])),
        ...[MISTATUS.OFFLINE, MISTATUS.AWAY].flatMap((mMyStatus) =>
          mMyStatus === output.mMyStatus ? [] : [{ ...output, mMyStatus }],
        ),
        { ...output, reason: output.reason === 'progress' ? 'unexpected' : 'progress' },
      ];
    case 'presence.publish':
      return output.by === 'user' ? [] : [{ ...output, status: MISTATUS.DO_NOT_DISTURB as unknown as ShownStatus }];
    default:
      return [];
  }
}

/** The step with something done besides. */
function* moreOf(row: Row): Generator<Row> {
  const { to, outputs } = row;
  for (const more of surplus) yield { ...row, outputs: [...outputs, more] };
  for (const output of outputs) if (isNotice(output)) yield { ...row, outputs: [...outputs, output] };
  const { wished, pending } = to.context;
  yield { ...row, to: withContext(to, { wished: wished === MISTATUS.AWAY ? MISTATUS.ONLINE : MISTATUS.AWAY }) };
  yield { ...row, to: withContext(to, { pending: pending + 1 }) };
}

/** What a step may say too much. */
const surplus: readonly Output[] = [
  { type: 'OnSignin', hr: S_OK, reason: 'progress' },
  { type: 'OnSignout', reason: 'userRequest' },
  { type: 'OnMyStatusChange', hr: S_OK, mMyStatus: MISTATUS.OFFLINE, reason: 'progress' },
  { type: 'server.find' },
  { type: 'link.open', renew: true },
  { type: 'presence.publish', by: 'signin', status: MISTATUS.ONLINE },
];
