/**
 * The edges of the chart, each with the clauses that it follows and a shortest path that goes over it. An edge is a state, a message and
 * the state that comes of it, by their names. Read out of the walk; it must never be listed by hand.
 */
import {
  fullRules,
  initialState,
  leafOf,
  leaves,
  presenceMachine,
  step,
  stepperOf,
  type Chart,
  type Leaf,
  type Message,
  type Rules,
} from '../../machines/index.js';
import { pathTo, reach, type Step } from '../table/reach.js';
import { bySpeaking, clausesOf, lookOf, type ClauseId } from './clauses.js';
import { traces } from './traces.js';

export interface Edge {
  readonly from: Leaf;
  readonly message: Message['type'];
  readonly to: Leaf;
  /** Laws and decisions that would break if something were missing, the most telling first; then traces that go over it. */
  readonly require: readonly ClauseId[];
  /** Laws that would break if something were done besides. */
  readonly forbid: readonly ClauseId[];
  /** What happens, from the state in which a service begins, until it has gone over this edge. */
  readonly path: readonly Message[];
}

type EdgeName = Pick<Edge, 'from' | 'message' | 'to'>;
export const edgeKey = ({ from, message, to }: EdgeName): string => `${from} ${message} ${to}`;

/** Steps that are asked which clauses constrain them, for each edge: as different as they come. */
const samplesPerEdge = 48;

/** Every edge, sorted by state, message and state. */
export function edgesOf(rules: Rules = fullRules, chart: Chart = presenceMachine): Edge[] {
  const found = new Map<string, { name: EdgeName; first: Step; samples: Map<string, Step> }>();
  const leafAt: Leaf[] = [];
  const steps: Step[] = [];
  const reached = reach({ rules, chart }, (one) => void steps.push(one));
  for (const [place, state] of reached.states.entries()) leafAt[place] = leafOf(state);
  for (const one of steps) {
    const [from, to] = [leafAt[one.from], leafAt[one.to]];
    if (from === undefined || to === undefined) continue;
    const name = { from, message: one.message.type, to };
    const edge = found.get(edgeKey(name)) ?? { name, first: one, samples: new Map<string, Step>() };
    const [before, after] = [reached.states[one.from], reached.states[one.to]];
    if (!before || !after) continue;
    const look = lookOf(before, one.message, after, one.outputs);
    if (edge.samples.size < samplesPerEdge && !edge.samples.has(look)) edge.samples.set(look, one);
    found.set(edgeKey(name), edge);
  }
  const { step: take } = stepperOf(chart);
  const followed = edgesOfTraces();
  const order = (leaf: Leaf): number => leaves.indexOf(leaf);
  return [...found.values()]
    .map(({ name, first, samples }): Edge => {
      const require = new Set<ClauseId>();
      const forbid = new Set<ClauseId>();
      for (const { from, message, to, outputs } of samples.values()) {
        const [before, after] = [reached.states[from], reached.states[to]];
        if (!before || !after) continue;
        const row = { from: before, message, to: after, outputs, again: (other: Message) => take(before, other) };
        const constraints = clausesOf(row);
        for (const clause of constraints.require) require.add(clause);
        for (const clause of constraints.forbid) forbid.add(clause);
      }
      return {
        ...name,
        require: [...[...require].sort(bySpeaking), ...(followed.get(edgeKey(name)) ?? [])],
        forbid: [...forbid].filter((clause) => !require.has(clause)).sort(bySpeaking),
        path: [...pathTo(reached, first.from), first].map(({ message }) => message),
      };
    })
    .sort(
      (a, b) =>
        order(a.from) - order(b.from) || (a.message < b.message ? -1 : a.message > b.message ? 1 : order(a.to) - order(b.to)),
    );
}

/** Which traces go over which edge. */
export function edgesOfTraces(rules: Rules = fullRules): ReadonlyMap<string, readonly ClauseId[]> {
  const over = new Map<string, ClauseId[]>();
  for (const { id, messages, before } of traces) {
    let state = initialState(rules);
    for (const [at, message] of messages.entries()) {
      const [next] = step(state, message);
      const key = edgeKey({ from: leafOf(state), message: message.type, to: leafOf(next) });
      const ids = over.get(key) ?? [];
      if (at >= before && !ids.includes(id)) over.set(key, [...ids, id]);
      state = next;
    }
  }
  return over;
}
