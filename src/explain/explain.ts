/**
 * What happens, and why, for a state and an event: one sentence for each outcome, each with its "only if". All of it is read out of the chart
 * by walking it; nothing here may know what the chart does.
 */
import {
  fullRules,
  judge,
  leafOf,
  leaves,
  MISTATUS,
  phaseOf,
  resultMeaning,
  results,
  samples,
  settableStatuses,
  statusOfLeaf,
  step,
  type Ask,
  type Leaf,
  type Message,
  type Rules,
  type State,
} from '../../machines/index.js';
import { cellOf } from '../table/explore.js';
import { reach } from '../table/reach.js';
import { bySpeaking, clausesOf, clauseText, isGeneral, lookOf, type ClauseId } from './clauses.js';
import { answersOf, conditionText, rulesFor, type Answers } from './conditions.js';
import { edgesOfTraces, edgeKey } from './edges.js';
import { codesByReason, outcomeOf, type Happening, type Outcome } from './outcomes.js';
import type { Situation } from './situations.js';

/** The calls of a service, as events. */
export const calls = ['signin', 'autoSignin', 'signout', 'setStatus'] as const;
export type Call = (typeof calls)[number];
export type ExplainedEvent = Message['type'] | Call;
/** Every event that can be explained: the calls, then requests and facts in the order of the alphabet. */
export const events: readonly ExplainedEvent[] = [...calls, ...new Set(samples(fullRules).map(({ type }) => type))];

export interface Explanation extends Outcome {
  readonly state: Leaf;
  readonly event: ExplainedEvent;
  /** When it is so; empty: always. */
  readonly onlyIf: string;
  /** Codes that depend on the reason, with the reasons. */
  readonly codes?: Readonly<Record<string, readonly string[]>>;
  /** Laws, decisions and traces, the most telling first. */
  readonly clauses: readonly ClauseId[];
  /** All of it as one sentence. */
  readonly sentence: string;
}

/**
 * Explains one cell: every outcome that it can have.
 * @param rules the surroundings; a few statuses that stand for all unless given
 */
export function explain(state: Leaf, event: ExplainedEvent, rules: Rules = rulesOf(state)): Explanation[] {
  const groups = new Map<string, { outcome: Outcome; mine: Happening[] }>();
  for (const from of statesOf(state, rules)) {
    for (const happening of happeningsOf(from, event)) {
      const { kind, because } = happening;
      const isImpossible = kind === 'impossible';
      const outcome = isImpossible && because !== undefined ? undefined : outcomeOf(happening);
      const key = outcome ? JSON.stringify(outcome) : `${kind} ${because ?? ''}`;
      const group = groups.get(key);
      // Of what cannot happen nothing is asked but why.
      if (group && !isImpossible) group.mine.push(happening);
      else if (!group) groups.set(key, { outcome: outcome ?? outcomeOf(happening), mine: [happening] });
    }
  }
  const answers = new Map([...groups].map(([key, { mine }]) => [key, distinct(mine)]));
  return [...groups].map(([key, { outcome, mine }]): Explanation => {
    // What cannot happen is told apart from what can by its reason, not by a condition.
    const others = [...groups].filter(([other, group]) => other !== key && group.outcome.kind !== 'impossible');
    const rivals = others.flatMap(([other]) => answers.get(other) ?? []);
    const isImpossible = outcome.kind === 'impossible';
    const onlyIf = isImpossible
      ? others.length > 0
        ? 'at other times'
        : ''
      : conditionText(rulesFor(answers.get(key) ?? [], rivals));
    const codes = codesByReason(mine);
    const known = {
      ...outcome,
      state,
      event,
      onlyIf,
      clauses: clausesFor(mine),
      ...(Object.keys(codes).length > 0 ? { codes } : {}),
    };
    return { ...known, sentence: sentenceOf(known) };
  });
}

/** Explains every cell, state by state. */
export function* explainAll(): Generator<Explanation> {
  for (const state of leaves) for (const event of events) yield* explain(state, event);
}

/**
 * A walk with a few statuses says the same as one with all: of a status that is shown with this one, of the others with those that are
 * treated like no other (a test compares).
 */
function rulesOf(leaf: Leaf): Rules {
  const status = settableStatuses.find((one) => one === statusOfLeaf(leaf));
  const { ONLINE, AWAY, BUSY, INVISIBLE } = MISTATUS;
  if (phaseOf(leaf) !== 'online') return { ...fullRules, statuses: [ONLINE, BUSY, INVISIBLE] };
  return { ...fullRules, statuses: [ONLINE, AWAY, status === undefined || status === ONLINE || status === AWAY ? BUSY : status] };
}

const walks = new Map<string, ReadonlyMap<Leaf, readonly State[]>>();
function statesOf(leaf: Leaf, rules: Rules): readonly State[] {
  const key = JSON.stringify(rules);
  let byLeaf = walks.get(key);
  if (!byLeaf) {
    const found = new Map<Leaf, State[]>();
    for (const state of reach({ rules }).states) {
      const list = found.get(leafOf(state));
      if (list) list.push(state);
      else found.set(leafOf(state), [state]);
    }
    walks.set(key, (byLeaf = found));
  }
  return byLeaf.get(leaf) ?? [];
}

const alphabets = new WeakMap<Rules, ReadonlyMap<Message['type'], readonly Message[]>>();
/** Every message with every reason, by type. */
function messagesOf(rules: Rules): ReadonlyMap<Message['type'], readonly Message[]> {
  const known = alphabets.get(rules);
  if (known) return known;
  const byType = new Map<Message['type'], Message[]>();
  for (const message of samples(rules, 'all')) byType.set(message.type, [...(byType.get(message.type) ?? []), message]);
  alphabets.set(rules, byType);
  return byType;
}

function happeningsOf(from: State, event: ExplainedEvent): Happening[] {
  const ofType = (type: Message['type']): readonly Message[] => messagesOf(from.context.rules).get(type) ?? [];
  switch (event) {
    case 'signin':
      return (['same', 'other'] as const).flatMap((name) =>
        ofType('signin.request').map((message) => called(from, { type: 'signin', name }, message, { name })),
      );
    case 'autoSignin':
      return [true, false].map((credentials) =>
        called(from, { type: 'autoSignin', credentials }, { type: 'signin.request', tries: 'retry' }, { credentials }),
      );
    case 'signout':
      return [called(from, { type: 'signout' }, { type: 'signout.request' }, {})];
    case 'setStatus':
      return [
        ...ofType('status.request').map((message) =>
          called(from, { type: 'setStatus', status: 'status' in message ? (message.status ?? 0) : 0 }, message, {
            settable: true,
          }),
        ),
        called(from, { type: 'setStatus', status: MISTATUS.IN_A_MEETING }, undefined, { settable: false }),
      ];
    default:
      return ofType(event).map((message) => {
        const { kind, to, outputs, because, hr } = cellOf(from, message, step);
        if (kind === 'silent') throw new Error(`explain: ${event} in ${leafOf(from)} is silent, which L25 forbids`);
        const more = { ...(because === undefined ? {} : { because }), ...(hr === undefined ? {} : { hr }) };
        return { situation: { from, message }, kind, to, outputs, ...more };
      });
  }
}

/** A call: judged by the table of answers, and sent on only if that lets it through. */
function called(
  from: State,
  ask: Ask,
  message: Message | undefined,
  known: Pick<Situation, 'name' | 'credentials' | 'settable'>,
): Happening {
  const [hr, effect] = judge(from, ask);
  const situation = { from, message, ...known };
  if (message === undefined || effect === 'refused' || effect === 'joined') {
    return { situation, kind: effect === 'joined' ? 'joined' : 'refused', to: from, outputs: [], hr };
  }
  const [to, outputs] = step(from, message);
  return { situation, kind: 'handled', to, outputs, hr };
}

function distinct(happenings: readonly Happening[]): Answers[] {
  return [
    ...new Map(
      happenings.map(({ situation }) => answersOf(situation)).map((answers) => [JSON.stringify(answers), answers]),
    ).values(),
  ];
}

/** How many situations of an outcome are asked which clauses constrain them. */
const samplesPerOutcome = 12;
let followed: ReturnType<typeof edgesOfTraces> | undefined;

function clausesFor(happenings: readonly Happening[]): ClauseId[] {
  const [first] = happenings;
  if (!first) return [];
  if (first.kind === 'refused' || first.kind === 'joined') return ['L16'];
  if (first.kind === 'ignored') return ['L25'];
  if (first.kind === 'impossible') return isAnswer(first.situation.message) ? ['L25', 'L21'] : ['L25'];
  const looks = new Set<string>();
  const found = new Set<ClauseId>();
  const over = new Set<ClauseId>();
  followed ??= edgesOfTraces();
  for (const { situation, to, outputs } of happenings) {
    const { from, message } = situation;
    if (!message) continue;
    for (const trace of followed.get(edgeKey({ from: leafOf(from), message: message.type, to: leafOf(to) })) ?? [])
      over.add(trace);
    const look = lookOf(from, message, to, outputs);
    if (looks.size >= samplesPerOutcome || looks.has(look)) continue;
    looks.add(look);
    for (const clause of clausesOf({ from, message, to, outputs, again: (other) => step(from, other) }).require)
      found.add(clause);
  }
  return [...[...found].sort(bySpeaking), ...over];
}

/** What L21 promises to change nothing when it comes too late. */
function isAnswer(message: Message | undefined): boolean {
  return (
    message !== undefined &&
    ['server.found', 'server.failed', 'link.opened', 'link.refused', 'link.closed'].includes(message.type)
  );
}

type Known = Omit<Explanation, 'sentence'>;

function sentenceOf(known: Known): string {
  const { state, event, kind, onlyIf, because, hr, clauses } = known;
  const condition = onlyIf === '' || kind === 'impossible' ? '' : `, only if ${onlyIf}`;
  const returns = hr === undefined ? '' : `the call returns ${hr}`;
  const meaning = hr === undefined ? '' : meaningOf(hr);
  const why = whyText(clauses);
  switch (kind) {
    case 'impossible':
      return `In ${state}, ${event} cannot come${onlyIf === '' ? '' : ` ${onlyIf}`}: ${because ?? ''}; ${why}.`;
    case 'ignored':
      return `In ${state}, ${event} is ignored${condition}: ${because ?? ''}; ${why}.`;
    case 'refused':
      return `In ${state}, ${event} is refused with ${hr ?? ''}${meaning}${condition}: nothing changes and nothing is told; ${why}.`;
    case 'joined':
      return `In ${state}, ${event} joins what runs already${condition}: ${returns}${meaning}, nothing changes and nothing is told; ${why}.`;
    case 'handled':
      return `In ${state}, ${event} ${leadsTo(known)}${condition}: ${inARow([returns, ...comesOf(known)])}; ${why}.`;
  }
}

/** `a`, `a and b`, `a, b and c`. */
function inARow(parts: readonly string[]): string {
  const some = parts.filter((part) => part !== '');
  const last = some.pop() ?? '';
  return some.length === 0 ? last : `${some.join(', ')} and ${last}`;
}

function leadsTo({ state, to, tells }: Known): string {
  if (to !== state) return `leads to ${to}`;
  return tells.some((text) => text.includes('S_OK')) ? `leads to ${state} again` : `leaves it at ${state}`;
}

function comesOf({ does, tells, codes, to, state }: Known): string[] {
  const doing = does.length > 0 ? [does.join(' and ')] : [];
  if (tells.length === 0) {
    if (doing.length > 0) return [...doing, 'nothing is told'];
    return to === state ? ['it is noted', 'nothing is told'] : ['nothing is told'];
  }
  const list = Object.keys(codes ?? {});
  const which = list.length > 0 && tells.some((text) => text.includes('with the code')) ? ` [${list.join(', ')}]` : '';
  return [
    ...doing,
    `the app is told ${tells.join(', then ').replace('with the code of its reason', `with the code of its reason${which}`)}`,
  ];
}

const meaningOf = (name: string): string => {
  const meaning = resultMeaning(results[name as keyof typeof results]);
  return meaning === '' ? '' : ` (${meaning})`;
};

/** The first clause in words; the others that say something of their own by number. */
function whyText(clauses: readonly ClauseId[]): string {
  const [first, ...others] = clauses;
  if (first === undefined) return 'by no clause';
  const more = others.filter((id) => id.startsWith('T') || !isGeneral(id)).slice(0, 4);
  return `by ${clauseText(first)}${more.length > 0 ? `, and by ${more.join(', ')}` : ''}`;
}
