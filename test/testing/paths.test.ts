/**
 * Paths and covers: that every path can be gone, that a cover covers all there is, that its bound is one, and that the service does on the paths what
 * the chart does. What is counted is counted here once more, apart from the code that is tested.
 */
import { describe, expect, it } from '@jest/globals';
import { isNotice, judge, leafOf, smallRules, type State } from '../../machines/index.js';
import { createPresenceService, type PresenceServiceOptions } from '../../src/index.js';
import { vectorGraph } from '../../src/generate/index.js';
import { askOf, explore, isRequest, keyOf } from '../../src/table/explore.js';
import { fewestSteps } from '../../src/testing/flow.js';
import {
  chartGraph,
  coveringPaths,
  createScriptedWorld,
  noticeLine,
  randomPaths,
  seededRandom,
  shortestPaths,
  simplePaths,
  uiGraph,
  uiSuite,
  worldGraph,
  type Cover,
  type Move,
  type Path,
  type PathGraph,
  type ScriptedWorldOptions,
  type UiPush,
} from '../../src/testing/index.js';

const print = (line: string) => process.stdout.write(`  ${line}\n`);
const world = worldGraph();
const cover = coveringPaths(world);

/** Paths that begin at the start and go on where they have come to. */
function expectWalkable<M>(graph: PathGraph<M>, paths: readonly Path<M>[]): void {
  const known = new Set(graph.steps);
  for (const path of paths) {
    let vertex = 0;
    for (const step of path) {
      if (step.from !== vertex || !known.has(step)) throw new Error('a path jumps');
      vertex = step.to;
    }
  }
}

/** All edges and pairs of kinds in a graph, and those on some paths. */
function counted<M>(graph: PathGraph<M>, paths?: readonly Path<M>[]) {
  const edges = new Set<number>();
  const pairs = new Set<string>();
  if (paths) {
    for (const path of paths) {
      path.forEach(({ edge, kind }, at) => {
        edges.add(edge);
        const before = path[at - 1];
        if (before) pairs.add(`${before.kind} ${kind}`);
      });
    }
    return { edges, pairs };
  }
  for (const { to, edge, kind } of graph.steps) {
    edges.add(edge);
    for (const next of graph.out[to] ?? []) pairs.add(`${kind} ${graph.steps[next]?.kind}`);
  }
  return { edges, pairs };
}

const countsLine = <M>(name: string, { edges, pairs, paths, steps, lowerBound, ratio }: Cover<M>) =>
  print(
    `${name}: ${edges} edges, ${pairs} pairs, ${paths.length} paths, ${steps} steps, bound ${lowerBound}, ratio ${ratio.toFixed(3)}`,
  );

/** A graph without a machine. */
function graphFrom(vertices: number, arcs: readonly (readonly [number, number])[]): PathGraph<number> {
  const state = world.states[0] as State;
  const out: number[][] = Array.from({ length: vertices }, () => []);
  const steps = arcs.map(([from, to], number) => {
    out[from]?.push(number);
    return { from, to, move: number, outputs: [], edge: number, kind: number };
  });
  const names = arcs.map((arc) => arc.join());
  return { states: out.map(() => state), steps, out, edges: names, kinds: names };
}

/** The fewest steps to take every arc, by trying everything; a return to the start is free. */
function fewestByTrying({ steps, out }: PathGraph<number>): number {
  const all = 2 ** steps.length - 1;
  let front = new Set(['0 0']);
  const seen = new Set(front);
  for (let count = 0; ; count += 1) {
    const next = new Set<string>();
    for (const place of front) {
      const [vertex = 0, taken = 0] = place.split(' ').map(Number);
      if (taken === all) return count;
      for (const from of new Set([vertex, 0])) {
        for (const number of out[from] ?? []) {
          const to = `${steps[number]?.to} ${taken | (1 << number)}`;
          if (!seen.has(to)) next.add(to);
          seen.add(to);
        }
      }
    }
    front = next;
  }
}

describe('The graph of what a world can bring about', () => {
  it('has every state of the chart’s leaves, and only steps of the chart', () => {
    const chart = explore({ rules: smallRules });
    const kinds = (cells: Iterable<readonly [State, string, State]>) =>
      new Set([...cells].map(([from, type, to]) => `${leafOf(from)} ${type} ${leafOf(to)}`));
    const inChart = kinds(
      chart.cells.filter(({ kind }) => kind === 'handled').map(({ from, message, to }) => [from, message.type, to]),
    );
    const inWorld = kinds(
      world.steps.map(({ from, move, to }) => [world.states[from] as State, move.type, world.states[to] as State]),
    );
    print(`${world.states.length} places, ${world.steps.length} steps, ${world.edges.length} edges, ${world.kinds.length} kinds`);
    expect([...inWorld].filter((kind) => !inChart.has(kind))).toEqual([]);
    // A leaf and a type of message that the chart has together, the world has together: nothing is left out.
    const short = (all: ReadonlySet<string>) => new Set([...all].map((kind) => kind.split(' ').slice(0, 2).join(' ')));
    expect([...short(inChart)].filter((kind) => !short(inWorld).has(kind))).toEqual([]);
    expect(new Set(world.states.map(keyOf)).size).toBeGreaterThan(500);
  });
});

describe('A cover', () => {
  it('takes every edge and every pair of kinds, within one and a half of the bound', () => {
    countsLine('world', cover);
    expectWalkable(world, cover.paths);
    const all = counted(world);
    const taken = counted(world, cover.paths);
    expect([...all.edges].filter((edge) => !taken.edges.has(edge))).toEqual([]);
    expect([...all.pairs].filter((pair) => !taken.pairs.has(pair))).toEqual([]);
    expect([cover.edges, cover.pairs, cover.outOfReach]).toEqual([all.edges.size, all.pairs.size, 0]);
    expect(cover.steps).toBe(cover.paths.reduce((sum, path) => sum + path.length, 0));
    expect(cover.lowerBound).toBeLessThanOrEqual(cover.steps);
    expect(cover.ratio).toBeLessThanOrEqual(1.5);
    expect(Math.max(...cover.paths.map((path) => path.length))).toBeLessThanOrEqual(120);
  });

  it('does so for the chart itself, and for the vectors with every message of every state as an edge', () => {
    const leaves = chartGraph();
    const pairs = coveringPaths(leaves);
    countsLine('chart', pairs);
    expectWalkable(leaves, pairs.paths);
    expect(counted(leaves, pairs.paths).pairs.size).toBe(counted(leaves).pairs.size);
    expect(pairs.ratio).toBeLessThanOrEqual(1.5);
    const small = vectorGraph('step');
    const all = coveringPaths(small, { cover: 'edges' });
    countsLine('vectors, every step', all);
    expect(all.edges).toBe(small.steps.length);
    expect(counted(small, all.paths).edges.size).toBe(small.steps.length);
    expect(all.ratio).toBeLessThanOrEqual(1.5);
  });

  it('takes only what begins in the states that are asked for', () => {
    const states = ['idle', 'away'] as const;
    const some = coveringPaths(world, { states });
    const meant = new Set(
      world.steps.filter(({ from }) => ['idle', 'away'].includes(leafOf(world.states[from] as State))).map(({ edge }) => edge),
    );
    const taken = counted(world, some.paths).edges;
    expect([...meant].filter((edge) => !taken.has(edge))).toEqual([]);
    expect(some.edges).toBe(meant.size);
    expect(some.steps).toBeLessThan(cover.steps / 2);
  });

  it('keeps to the longest path, and says what that leaves out', () => {
    const short = coveringPaths(world, { maxSteps: 4 });
    expectWalkable(world, short.paths);
    expect(Math.max(...short.paths.map((path) => path.length))).toBeLessThanOrEqual(4);
    const all = counted(world);
    expect(short.outOfReach).toBe(all.edges.size + all.pairs.size - short.edges - short.pairs);
    expect(short.outOfReach).toBeGreaterThan(0);
    const taken = counted(world, short.paths);
    expect(taken.edges.size).toBeGreaterThanOrEqual(short.edges);
  });

  it.each([0, -1, 1.5, NaN])('refuses a longest path of %p steps', (maxSteps) => {
    expect(() => coveringPaths(world, { maxSteps })).toThrow(RangeError);
  });
});

describe('The bound', () => {
  it('is the fewest steps there are, on small graphs where all can be tried', () => {
    const random = seededRandom(7);
    const any = (count: number) => Math.floor(random() * count);
    for (let round = 0; round < 60; round += 1) {
      const vertices = 2 + any(4);
      // A way to everywhere first, so that nothing is out of reach.
      const arcs: [number, number][] = Array.from({ length: vertices - 1 }, (_, at) => [any(at + 1), at + 1]);
      for (let more = any(5); more > 0; more -= 1) arcs.push([any(vertices), any(vertices)]);
      const graph = graphFrom(vertices, arcs);
      const fewest = fewestByTrying(graph);
      const { lowerBound, steps } = coveringPaths(graph, { cover: 'edges' });
      expect([arcs, lowerBound]).toEqual([arcs, fewest]);
      expect(steps).toBeGreaterThanOrEqual(fewest);
    }
  });

  it('counts an edge that must be taken often, and fails for what cannot be reached', () => {
    const problem = { edges: 2, starts: [0], pairs: [[0, 0]] as const, mustFollow: () => false };
    expect(fewestSteps({ ...problem, mustTake: (edge) => (edge === 0 ? 3 : 0) })).toBe(3);
    expect(() => fewestSteps({ ...problem, mustTake: (edge) => edge })).toThrow('cannot be reached');
  });
});

describe('Other paths', () => {
  it('lead the shortest way to every vertex', () => {
    const chart = chartGraph();
    const paths = shortestPaths(chart);
    expectWalkable(chart, paths);
    expect(paths.length).toBe(chart.states.length - 1);
    expect(new Set(paths.map((path) => path.at(-1)?.to)).size).toBe(paths.length);
    const lengths = paths.map(({ length }) => length);
    expect(lengths).toEqual([...lengths].sort((a, b) => a - b));
    expect(shortestPaths(chart, { maxSteps: 2 })).toEqual(paths.filter(({ length }) => length <= 2));
    const ends = shortestPaths(chart, { states: ['away'] }).map((path) => leafOf(chart.states[path.at(-1)?.to ?? 0] as State));
    expect([...new Set(ends)]).toEqual(['away']);
  });

  it('go nowhere twice when they are simple', () => {
    const square = graphFrom(4, [
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 0],
      [0, 2],
      [1, 1],
    ]);
    const ways = (maxSteps: number) => simplePaths(square, { maxSteps }).map((path) => path.map(({ to }) => to).join(''));
    expect(ways(9).sort()).toEqual(['1', '12', '123', '2', '23']);
    expect(ways(2).sort()).toEqual(['1', '12', '2', '23']);
    expect(() => simplePaths(chartGraph(), { maxSteps: 6, limit: 1000 })).toThrow('more than 1000 paths');
    const toBusy = simplePaths(worldGraph(), { maxSteps: 5, states: ['busy'] });
    expect(toBusy.length).toBeGreaterThan(0);
    for (const path of toBusy) expect(leafOf(world.states[path.at(-1)?.to ?? 0] as State)).toBe('busy');
  });

  it('are the same for the same seed when they are random', () => {
    const once = randomPaths(world, { seed: 1, count: 20, maxSteps: 30 });
    expectWalkable(world, once);
    expect(once).toEqual(randomPaths(world, { seed: 1, count: 20, maxSteps: 30 }));
    expect(once).not.toEqual(randomPaths(world, { seed: 2, count: 20, maxSteps: 30 }));
    expect(once.map(({ length }) => length)).toEqual(Array.from({ length: 20 }, () => 30));
  });
});

/** What a service does otherwise than the chart, along paths. */
async function differences(paths: readonly Path<Move>[], options: ScriptedWorldOptions = {}): Promise<string[]> {
  const found: string[] = [];
  for (const [number, path] of paths.entries()) {
    const there = createScriptedWorld(options);
    for (const { from, move, outputs } of path) {
      const { hr, notices } = await there.happen(move);
      const came = notices.map(noticeLine).join(', ');
      const meant = outputs.filter(isNotice).map(noticeLine).join(', ');
      const answer = isRequest(move) ? judge(world.states[from] as State, askOf(move))[0] : undefined;
      if (came !== meant || hr !== answer) {
        found.push(`path ${number + 1}, ${move.type}: ${hr} ${came}, not ${answer} ${meant}`);
        break;
      }
    }
    const left = await there.end();
    if (left.timers + left.links + left.verbs > 0) found.push(`path ${number + 1} leaves ${JSON.stringify(left)}`);
  }
  return found;
}

describe('The scripted world', () => {
  it('lets a service go every path of a cover, and random ones (M31)', async () => {
    const began = performance.now();
    expect(await differences(coveringPaths(world, { cover: 'edges' }).paths)).toEqual([]);
    expect(await differences(randomPaths(world, { seed: 11, count: 60 }))).toEqual([]);
    print(`edges and random paths gone in ${Math.round(performance.now() - began)} ms`);
  }, 60_000);

  it('shows a service that keeps a notice to itself (L05)', async () => {
    const createService = (options: PresenceServiceOptions) => {
      const service = createPresenceService(options);
      const { on } = service;
      return Object.assign(service, {
        on: ((type: '*', listener: (notice: { readonly type: string }) => void) =>
          on.call(service, type, (notice) => {
            if (notice.type !== 'OnSignin') listener(notice);
          })) as typeof on,
      });
    };
    const [first = ''] = await differences(coveringPaths(world, { cover: 'edges' }).paths.slice(0, 1), { createService });
    expect(first).toContain('OnSignin S_OK progress');
  });

  it('says what it cannot bring about', async () => {
    const there = createScriptedWorld();
    await expect(there.happen({ type: 'retry.due' })).rejects.toThrow('0 timers run that could be retry; all: none');
    await expect(there.happen({ type: 'server.found' })).rejects.toThrow('no findServer waits');
    expect(await there.end()).toEqual({ timers: 0, links: 0, verbs: 0 });
  });
});

describe('uiSuite', () => {
  /** An app that does what the graph says, unless it is told otherwise. */
  const collect = (options: { readonly wrong?: UiPush['push'] } = {}) => {
    const tests = new Map<string, () => Promise<void>>();
    const graph = uiGraph();
    const pushes: string[] = [];
    let open = 0;
    uiSuite<{ at: number }>({
      describe: (_, body) => body(),
      it: (title, body) => void tests.set(title, body),
      arrange: () => ((open += 1), { at: 0 }),
      act(app, push) {
        pushes.push(JSON.stringify(push));
        if (push.push === options.wrong) return;
        const found = graph.out[app.at]?.find((step) => JSON.stringify(graph.steps[step]?.move) === JSON.stringify(push));
        if (found === undefined) throw new Error(`${JSON.stringify(push)} cannot be done there`);
        app.at = graph.steps[found]?.to ?? 0;
      },
      assert(app, { leaf, text }) {
        const shown = leafOf(graph.states[app.at] as State);
        if (shown !== leaf) throw new Error(`shows ${shown}, not ${text}`);
      },
      close: () => void (open -= 1),
    });
    return { tests, pushes, open: () => open };
  };

  it('goes every push with an app that is right, and closes it', async () => {
    const { tests, pushes, open } = collect();
    for (const test of tests.values()) await test();
    expect(tests.size).toBeGreaterThan(5);
    expect(new Set(pushes).size).toBe(11);
    expect(open()).toBe(0);
  });

  it.each(['signout', 'breakLine', 'network', 'setStatus'] as const)(
    'fails at the step at which an app does nothing on %s',
    async (wrong) => {
      const { tests, open } = collect({ wrong });
      const failed: string[] = [];
      for (const test of tests.values()) await test().catch((error: Error) => failed.push(error.message));
      // A broken line comes back by itself, so nothing is to be seen of it at the end.
      if (wrong === 'breakLine') expect(failed).toEqual([]);
      else expect(failed[0]).toMatch(/^step \d+, .*, has to end in \w+: shows \w+, not [a-z ]+$/);
      expect(open()).toBe(0);
    },
  );
});
