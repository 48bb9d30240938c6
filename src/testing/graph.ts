/**
 * The graphs that paths are found in: vertices that can be reached, and each step that can happen between them. One is the production chart as it
 * is, with every message; the other is what a world outside can bring about (`world-model.ts`). It runs the pure steps only.
 */
import {
  leafOf,
  presenceMachine,
  samples,
  smallRules,
  stepperOf,
  type Chart,
  type Message,
  type Output,
  type Rules,
  type State,
} from '../../machines/index.js';
import { keyOf } from '../table/explore.js';
import { possibleMessages } from './model.js';

/** One step that can happen; vertices and edges by their numbers. */
export interface GraphStep<Move> {
  readonly from: number;
  readonly to: number;
  readonly move: Move;
  readonly outputs: readonly Output[];
  /** The edge that this step counts as when edges are covered. */
  readonly edge: number;
  /** The kind of step that it counts as when pairs are covered; steps of one edge may differ in it by where they lead. */
  readonly kind: number;
}

/** A graph with a start, vertex 0, from which everything in it can be reached. */
export interface PathGraph<Move = Message> {
  /** The state of the chart at each vertex. */
  readonly states: readonly State[];
  readonly steps: readonly GraphStep<Move>[];
  /** The steps that begin at each vertex, by number. */
  readonly out: readonly (readonly number[])[];
  /** Names of the edges and of the kinds. Where a graph is too big for all pairs of its steps, steps that are alike are of one kind. */
  readonly edges: readonly string[];
  readonly kinds: readonly string[];
}

/** What can happen at a vertex. */
export interface Next<Vertex, Move> {
  readonly to: Vertex;
  readonly move: Move;
  readonly outputs: readonly Output[];
}

export interface GraphRules<Vertex, Move> {
  readonly start: Vertex;
  keyOf(vertex: Vertex): string;
  stateOf(vertex: Vertex): State;
  next(vertex: Vertex): Iterable<Next<Vertex, Move>>;
  /** Steps with the same name are one edge; each step is its own unless given. */
  edgeOf?(vertex: Vertex, move: Move, to: Vertex): string;
  /** Steps with the same name are of one kind; as the edge unless given. */
  kindOf?(vertex: Vertex, move: Move, to: Vertex): string;
  /** Most vertices; default 50,000. */
  readonly limit?: number;
}

/** Walks breadth first through everything that can be reached. @throws RangeError beyond `limit` vertices */
export function graphOf<Vertex, Move>(rules: GraphRules<Vertex, Move>): PathGraph<Move> {
  const { start, limit = 50_000 } = rules;
  const vertices = [start];
  const places = new Map([[rules.keyOf(start), 0]]);
  const edges = new Map<string, number>();
  const kinds = new Map<string, number>();
  const steps: GraphStep<Move>[] = [];
  const out: number[][] = [];
  for (let from = 0; from < vertices.length; from += 1) {
    const vertex = vertices[from] as Vertex;
    const begin = (out[from] = [] as number[]);
    for (const { to, move, outputs } of rules.next(vertex)) {
      const key = rules.keyOf(to);
      let place = places.get(key);
      if (place === undefined) {
        if (vertices.length >= limit) throw new RangeError(`paths: more than ${limit} vertices`);
        place = vertices.push(to) - 1;
        places.set(key, place);
      }
      const name = rules.edgeOf?.(vertex, move, to) ?? `${from} ${JSON.stringify(move)}`;
      const edge = numberOf(edges, name);
      const kind = numberOf(kinds, rules.kindOf?.(vertex, move, to) ?? name);
      begin.push(steps.push({ from, to: place, move, outputs, edge, kind }) - 1);
    }
  }
  const states = vertices.map((vertex) => rules.stateOf(vertex));
  return { states, steps, out, edges: [...edges.keys()], kinds: [...kinds.keys()] };
}

function numberOf(names: Map<string, number>, name: string): number {
  let number = names.get(name);
  if (number === undefined) names.set(name, (number = names.size));
  return number;
}

export interface ChartGraphOptions {
  /** Surroundings; two settable statuses unless given. */
  readonly rules?: Rules;
  /** What may come in; `samples(rules)` unless given. */
  readonly messages?: readonly Message[];
  /** A chart in place of the production one, for mutants. */
  readonly chart?: Chart;
  /**
   * `step`: an edge is a message in a state; `leaf`: a message in a leaf, whatever the rest of the state is. Default `leaf`. Kinds, and so pairs, are
   * of leaf, type of message and next leaf: all pairs of messages in states are 300,000 with the small rules, whether its states are minimised or not.
   */
  readonly level?: 'step' | 'leaf';
}

/** The production chart: every state, and every message that can come there. */
export function chartGraph(options: ChartGraphOptions = {}): PathGraph {
  const { rules = smallRules, messages = samples(rules), chart = presenceMachine, level = 'leaf' } = options;
  const stepper = stepperOf(chart);
  return graphOf<State, Message>({
    start: stepper.initial(rules),
    keyOf,
    stateOf: (state) => state,
    *next(state) {
      for (const message of possibleMessages(state, messages)) {
        const [to, outputs] = stepper.step(state, message);
        yield { to, move: message, outputs };
      }
    },
    ...(level === 'leaf'
      ? { edgeOf: (state: State, message: Message, to: State) => `${leafOf(state)} ${JSON.stringify(message)} ${leafOf(to)}` }
      : {}),
    kindOf: (state, { type }, to) => `${leafOf(state)} ${type} ${leafOf(to)}`,
  });
}

/** How many steps each vertex is away from the start. */
export function distances<Move>({ states, steps, out }: PathGraph<Move>): number[] {
  const away = states.map(() => Infinity);
  away[0] = 0;
  const queue = [0];
  for (const vertex of queue) {
    for (const number of out[vertex] ?? []) {
      const to = steps[number]?.to ?? 0;
      if (away[to] !== Infinity) continue;
      away[to] = (away[vertex] ?? 0) + 1;
      queue.push(to);
    }
  }
  return away;
}
