/**
 * Paths through a graph of the machine, by what they are for: the shortest to every vertex, all simple ones up to a length, random ones from a seed,
 * and few that cover everything (`cover.ts`). Each begins at the start. Pure; it must never run a service.
 */
import { leafOf, type Leaf, type State } from '../../machines/index.js';
import { seededRandom } from './clock.js';
import { checkMaxSteps, type Path } from './cover.js';
import type { GraphStep, PathGraph } from './graph.js';

export interface PathFilter {
  /** Only paths that end in one of these leaves. */
  readonly states?: readonly Leaf[];
  /** Only paths of up to this many steps. */
  readonly maxSteps?: number;
}

function accepts({ states, maxSteps = Infinity }: PathFilter): (length: number, end: State | undefined) => boolean {
  if (maxSteps !== Infinity) checkMaxSteps(maxSteps);
  return (length, end) => length <= maxSteps && (states === undefined || (end !== undefined && states.includes(leafOf(end))));
}

/** One shortest path to each vertex, the empty one to the start left out; shortest first. */
export function shortestPaths<Move>(graph: PathGraph<Move>, filter: PathFilter = {}): Path<Move>[] {
  const isMeant = accepts(filter);
  const reached: (Path<Move> | undefined)[] = graph.states.map(() => undefined);
  reached[0] = [];
  const queue = [0];
  for (const vertex of queue) {
    const path = reached[vertex] ?? [];
    for (const number of graph.out[vertex] ?? []) {
      const step = graph.steps[number];
      if (!step || reached[step.to]) continue;
      reached[step.to] = [...path, step];
      queue.push(step.to);
    }
  }
  return queue.slice(1).flatMap((vertex) => {
    const path = reached[vertex] ?? [];
    return isMeant(path.length, graph.states[vertex]) ? [path] : [];
  });
}

export interface SimplePathOptions extends PathFilter {
  /** Longest path: required, since there are more of them with every step. */
  readonly maxSteps: number;
  /** Most paths; more is an error. Default 100,000. */
  readonly limit?: number;
}

/**
 * Every path that comes to no vertex twice.
 * @throws RangeError when there are more than `limit`
 */
export function simplePaths<Move>(graph: PathGraph<Move>, options: SimplePathOptions): Path<Move>[] {
  const { maxSteps, limit = 100_000 } = options;
  const isMeant = accepts(options);
  const found: Path<Move>[] = [];
  const path: GraphStep<Move>[] = [];
  const isOn = new Set([0]);
  const visit = (vertex: number): void => {
    if (path.length >= maxSteps) return;
    for (const number of graph.out[vertex] ?? []) {
      const step = graph.steps[number];
      if (!step || isOn.has(step.to)) continue;
      path.push(step);
      isOn.add(step.to);
      if (isMeant(path.length, graph.states[step.to])) {
        if (found.length >= limit) throw new RangeError(`simplePaths: more than ${limit} paths of up to ${maxSteps} steps`);
        found.push([...path]);
      }
      visit(step.to);
      isOn.delete(step.to);
      path.pop();
    }
  };
  visit(0);
  return found;
}

export interface RandomPathOptions {
  /** The same seed gives the same paths, on every engine. */
  readonly seed: number;
  /** How many paths; default 100. */
  readonly count?: number;
  /** Steps in each; default 50. A path ends sooner only where nothing more can happen. */
  readonly maxSteps?: number;
}

/** Paths that take any step that can happen, each as likely as the others. */
export function randomPaths<Move>(graph: PathGraph<Move>, options: RandomPathOptions): Path<Move>[] {
  const { seed, count = 100, maxSteps = 50 } = options;
  checkMaxSteps(maxSteps);
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const path: GraphStep<Move>[] = [];
    for (let vertex = 0; path.length < maxSteps;) {
      const choices = graph.out[vertex] ?? [];
      const step = graph.steps[choices[Math.floor(random() * choices.length)] ?? -1];
      if (!step) break;
      path.push(step);
      vertex = step.to;
    }
    return path;
  });
}
