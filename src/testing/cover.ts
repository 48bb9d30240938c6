/**
 * Covering paths: a small set of paths from the start that takes every edge, and every kind of step after every other that it can follow. Each path
 * goes on to what is not covered yet, first to what leaves most to do where it leads, else the shortest way; or a new path begins where that is
 * nearer. How good that is, is said by a bound below which no set can be. Pure; it must never know what a step means.
 */
import { leafOf, type Leaf } from '../../machines/index.js';
import { fewestSteps } from './flow.js';
import { distances, type GraphStep, type PathGraph } from './graph.js';

export interface CoverOptions {
  /** `edges`: each edge; `pairs`: each edge, and each two kinds of step that can follow each other. Default `pairs`. */
  readonly cover?: 'edges' | 'pairs';
  /** Only what begins in these leaves is to be covered; the way there may lead through others. */
  readonly states?: readonly Leaf[];
  /** Longest path; what lies further from the start than this is left out. Default 120. */
  readonly maxSteps?: number;
}

/** A path from the start. */
export type Path<Move> = readonly GraphStep<Move>[];

export interface Cover<Move> {
  readonly paths: readonly Path<Move>[];
  /** How many edges, and adjacent pairs of kinds, there were to cover; all of them are. */
  readonly edges: number;
  readonly pairs: number;
  /** Steps in all paths together. */
  readonly steps: number;
  /** A number of steps below which no set of paths, of whatever length, can cover the same. */
  readonly lowerBound: number;
  /** `steps / lowerBound`. */
  readonly ratio: number;
  /** How many edges and pairs `maxSteps` leaves out: none, unless it is very small. */
  readonly outOfReach: number;
}

/** @throws RangeError for a `maxSteps` that is no whole number of 1 or more */
export function coveringPaths<Move>(graph: PathGraph<Move>, options: CoverOptions = {}): Cover<Move> {
  const { cover = 'pairs', states, maxSteps = 120 } = options;
  checkMaxSteps(maxSteps);
  const demand = demandOf(graph, cover, states, maxSteps);
  const paths = new Walker(graph, demand, maxSteps).walk();
  const steps = paths.reduce((sum, path) => sum + path.length, 0);
  const lowerBound = boundOf(graph, demand);
  return {
    paths,
    edges: demand.edgeCount,
    pairs: demand.pairCount,
    steps,
    lowerBound,
    ratio: lowerBound === 0 ? 1 : steps / lowerBound,
    outOfReach: demand.outOfReach,
  };
}

export function checkMaxSteps(maxSteps: number): void {
  if (Number.isInteger(maxSteps) && maxSteps >= 1) return;
  throw new RangeError(`maxSteps: expected a whole number of 1 or more, got ${maxSteps}`);
}

/** What is to be covered: 1 for each edge, and for each pair, which is the first kind times the number of kinds, plus the second. */
interface Demand {
  readonly edges: Uint8Array;
  readonly pairs: Uint8Array;
  readonly edgeCount: number;
  readonly pairCount: number;
  readonly outOfReach: number;
  /** Every pair that can follow each other, to be covered or not. */
  readonly possible: ReadonlySet<number>;
}

/** How many steps it takes at least to arrive at each vertex by a step of each kind. */
function arrivalsOf<Move>(graph: PathGraph<Move>, away: readonly number[]): ReadonlyMap<number, number>[] {
  const arrivals = graph.states.map(() => new Map<number, number>());
  for (const { from, to, kind } of graph.steps) {
    const length = (away[from] ?? 0) + 1;
    const list = arrivals[to];
    if (list && length < (list.get(kind) ?? Infinity)) list.set(kind, length);
  }
  return arrivals;
}

function demandOf<Move>(
  graph: PathGraph<Move>,
  cover: 'edges' | 'pairs',
  states: readonly Leaf[] | undefined,
  maxSteps: number,
): Demand {
  const count = graph.kinds.length;
  const away = distances(graph);
  const arrivals = arrivalsOf(graph, away);
  const isMeant = graph.states.map((state) => states === undefined || states.includes(leafOf(state)));
  const edges = new Uint8Array(graph.edges.length);
  const pairs = new Uint8Array(count * count);
  const meantEdges = new Set<number>();
  const meantPairs = new Set<number>();
  const possible = new Set<number>();
  const meantKinds = new Set(graph.steps.filter(({ from }) => isMeant[from]).map(({ kind }) => kind));
  for (const { from, edge, kind } of graph.steps) {
    if (isMeant[from]) {
      meantEdges.add(edge);
      if ((away[from] ?? 0) + 1 <= maxSteps) edges[edge] = 1;
    }
    for (const [first, length] of arrivals[from] ?? []) {
      const pair = first * count + kind;
      possible.add(pair);
      if (cover === 'edges' || !isMeant[from] || !meantKinds.has(first)) continue;
      meantPairs.add(pair);
      if (length + 1 <= maxSteps) pairs[pair] = 1;
    }
  }
  const edgeCount = edges.reduce((sum, one) => sum + one, 0);
  const pairCount = pairs.reduce((sum, one) => sum + one, 0);
  return { edges, pairs, edgeCount, pairCount, possible, outOfReach: meantEdges.size + meantPairs.size - edgeCount - pairCount };
}

/** The better of two bounds: by kinds and their pairs; and, where every step is an edge of its own, by the edges as they lie in the graph. */
function boundOf<Move>(graph: PathGraph<Move>, demand: Demand): number {
  const byKinds = boundByKinds(graph, demand);
  return graph.edges.length === graph.steps.length ? Math.max(byKinds, boundByEdges(graph, demand)) : byKinds;
}

function boundByEdges<Move>({ out, steps }: PathGraph<Move>, { edges }: Demand): number {
  return fewestSteps({
    edges: steps.length,
    starts: out[0] ?? [],
    pairs: steps.flatMap(({ to }, first) => (out[to] ?? []).map((second) => [first, second] as const)),
    mustTake: (number) => edges[steps[number]?.edge ?? 0] ?? 0,
    mustFollow: () => false,
  });
}

/** Paths become walks over kinds, so the fewest steps of such walks are a bound: a kind is taken once at least for each of its edges. */
function boundByKinds<Move>(graph: PathGraph<Move>, { edges, pairs, possible }: Demand): number {
  const count = graph.kinds.length;
  // An edge that comes in several kinds is counted for none of them, so that the bound stays one.
  const kindOf = new Map<number, number>();
  for (const { edge, kind } of graph.steps) kindOf.set(edge, (kindOf.get(edge) ?? kind) === kind ? kind : -1);
  const least = new Array<number>(count).fill(0);
  for (const [edge, kind] of kindOf) if (edges[edge] === 1 && kind >= 0) least[kind] = (least[kind] ?? 0) + 1;
  return fewestSteps({
    edges: count,
    starts: new Set((graph.out[0] ?? []).map((number) => graph.steps[number]?.kind ?? 0)),
    pairs: [...possible].map((pair) => [Math.floor(pair / count), pair % count] as const),
    mustTake: (kind) => least[kind] ?? 0,
    mustFollow: (first, second) => pairs[first * count + second] === 1,
  });
}

const none = -1;

/** Goes about until everything is covered. */
class Walker<Move> {
  readonly #graph: PathGraph<Move>;
  readonly #maxSteps: number;
  /** How often each edge and pair was taken; what need not be covered counts as taken. */
  readonly #edges: Int32Array;
  readonly #pairs: Int32Array;
  #left: number;
  readonly #to: Int32Array;
  readonly #edge: Int32Array;
  readonly #kind: Int32Array;
  /** For the search: when each step was looked at last, and from which step. */
  readonly #seen: Int32Array;
  readonly #cameFrom: Int32Array;
  #searches = 0;

  constructor(graph: PathGraph<Move>, demand: Demand, maxSteps: number) {
    this.#graph = graph;
    this.#maxSteps = maxSteps;
    this.#edges = Int32Array.from(demand.edges, (isMeant) => 1 - isMeant);
    this.#pairs = Int32Array.from(demand.pairs, (isMeant) => 1 - isMeant);
    this.#left = demand.edgeCount + demand.pairCount;
    this.#to = Int32Array.from(graph.steps, ({ to }) => to);
    this.#edge = Int32Array.from(graph.steps, ({ edge }) => edge);
    this.#kind = Int32Array.from(graph.steps, ({ kind }) => kind);
    this.#seen = new Int32Array(graph.steps.length);
    this.#cameFrom = new Int32Array(graph.steps.length);
  }

  walk(): Path<Move>[] {
    const paths: number[][] = [];
    let path: number[] = [];
    while (this.#left > 0) {
      const last = path.at(-1) ?? none;
      const onward = last === none ? undefined : this.#search(last, this.#maxSteps - path.length);
      const anew = onward?.length === 1 ? undefined : this.#search(none, onward ? onward.length - 1 : this.#maxSteps);
      const way = anew ?? onward;
      if (!way) throw new Error('paths: something to be covered cannot be reached');
      if (way === anew) paths.push((path = []));
      for (const number of way) {
        this.#take(path.at(-1) ?? none, number);
        path.push(number);
      }
    }
    for (const one of paths) this.#shorten(one);
    const taken = paths.filter((one) => one.length > 0);
    return taken.map((one) => one.map((number) => this.#graph.steps[number] as GraphStep<Move>));
  }

  /** Takes off the end of a path what other paths have covered since. */
  #shorten(path: number[]): void {
    for (let number = path.at(-1); number !== undefined; number = path.at(-1)) {
      const edge = this.#edge[number] ?? 0;
      const pair = path.length > 1 ? this.#pairOf(path.at(-2) ?? 0, number) : none;
      if ((this.#edges[edge] ?? 0) < 2 || (pair !== none && (this.#pairs[pair] ?? 0) < 2)) return;
      this.#edges[edge] = (this.#edges[edge] ?? 0) - 1;
      if (pair !== none) this.#pairs[pair] = (this.#pairs[pair] ?? 0) - 1;
      path.pop();
    }
  }

  #pairOf(last: number, number: number): number {
    return (this.#kind[last] ?? 0) * this.#graph.kinds.length + (this.#kind[number] ?? 0);
  }
  /** How much is covered for the first time by a step after another. */
  #gain(last: number, number: number): number {
    const isNewEdge = this.#edges[this.#edge[number] ?? 0] === 0 ? 1 : 0;
    return last !== none && this.#pairs[this.#pairOf(last, number)] === 0 ? isNewEdge + 1 : isNewEdge;
  }
  #take(last: number, number: number): void {
    this.#left -= this.#gain(last, number);
    const edge = this.#edge[number] ?? 0;
    this.#edges[edge] = (this.#edges[edge] ?? 0) + 1;
    if (last === none) return;
    const pair = this.#pairOf(last, number);
    this.#pairs[pair] = (this.#pairs[pair] ?? 0) + 1;
  }
  #after(number: number): readonly number[] {
    return this.#graph.out[number === none ? 0 : (this.#to[number] ?? 0)] ?? [];
  }

  /** A shortest way of at most `limit` steps after the step `last`, or from the start, to something not covered: the one that gains most. */
  #search(last: number, limit: number): number[] | undefined {
    this.#searches += 1;
    let front = [last];
    for (let depth = 1; depth <= limit && front.length > 0; depth += 1) {
      const next: number[] = [];
      let best: readonly [number, number] | undefined;
      let most = -1;
      for (const before of front) {
        for (const number of this.#after(before)) {
          const gain = this.#gain(before, number);
          if (gain > 0) {
            // More at once first; among equals, where more is left to do next.
            const worth = gain * 1000 + this.#openAfter(number);
            if (worth > most) [best, most] = [[before, number], worth];
          }
          if (this.#seen[number] === this.#searches) continue;
          this.#seen[number] = this.#searches;
          this.#cameFrom[number] = before;
          next.push(number);
        }
      }
      if (best) return this.#wayTo(best[0], last, best[1]);
      front = next;
    }
    return undefined;
  }

  /** How much is not covered yet right after a step. */
  #openAfter(number: number): number {
    let open = 0;
    for (const next of this.#after(number)) if (this.#gain(number, next) > 0) open += 1;
    return open;
  }

  #wayTo(before: number, last: number, number: number): number[] {
    const way = [number];
    for (let at = before; at !== last && at !== none; at = this.#cameFrom[at] ?? none) way.unshift(at);
    return way;
  }
}
