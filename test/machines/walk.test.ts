/**
 * The whole reachable graph of the chart, walked with the world's clock, chance and network taken away, and what stands in it: no
 * pair is silent, nothing is unreachable or dead.
 */
import { describe, expect, it } from '@jest/globals';
import {
  fullRules,
  initialState,
  leafOf,
  leaves,
  MISTATUS,
  phaseOf,
  presenceMachine,
  samples,
  silenceOf,
  silences,
  smallRules,
  statusOfLeaf,
  stepperOf,
  type Leaf,
  type Message,
  type Rules,
} from '../../machines/index.js';
import { cellOf, countCells, explore, isRequest, keyOf, type Cell, type Exploration } from '../../src/table/explore.js';
import { edited } from '../support/chart-mutants.js';
import { isWhole } from '../support/whole.js';

const isFull = isWhole('the walk through the whole graph with every status and every reason');
const { step } = stepperOf(presenceMachine);
const print = (line: string) => process.stdout.write(`  ${line}\n`);
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

/** Everything by which code learns of time, chance or the world, each replaced by something that throws. */
function withoutTheWorld<T>(work: () => T): { result: T; forbidden: string[] } {
  const names = ['Date', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'performance', 'fetch', 'crypto'];
  let isForbidden = true;
  const thrower = (name: string) => {
    const refuse = () => {
      if (isForbidden) throw new Error(`${name} was used`);
      return undefined;
    };
    return new Proxy(refuse, { get: refuse, apply: refuse, construct: () => refuse() ?? {} });
  };
  const places = [...names.map((name) => [globalThis, name] as const), [Math, 'random'] as const, [process, 'nextTick'] as const];
  const before = places.map(([owner, name]) => [owner, name, Object.getOwnPropertyDescriptor(owner, name)] as const);
  for (const [owner, name] of places)
    Object.defineProperty(owner, name, { value: thrower(name), configurable: true, writable: true });
  const attempts: Record<string, () => unknown> = {
    Date: () => Date.now(),
    'new Date': () => new Date(),
    setTimeout: () => setTimeout(() => {}, 0),
    setInterval: () => setInterval(() => {}, 1),
    setImmediate: () => setImmediate(() => {}),
    queueMicrotask: () => queueMicrotask(() => {}),
    performance: () => performance.now(),
    fetch: () => fetch('about:blank'),
    crypto: () => crypto.randomUUID(),
    'Math.random': () => Math.random(),
    'process.nextTick': () => process.nextTick(() => {}),
  };
  try {
    const forbidden = Object.entries(attempts).flatMap(([name, attempt]) => {
      try {
        attempt();
        return [];
      } catch {
        return [name];
      }
    });
    return { result: work(), forbidden };
  } finally {
    // Jest looks at everything that was ever global when it cleans up.
    isForbidden = false;
    for (const [owner, name, descriptor] of before) {
      if (descriptor) Object.defineProperty(owner, name, descriptor);
      else delete (owner as unknown as Record<string, unknown>)[name];
    }
  }
}

const began = performance.now();
const { result: small, forbidden } = withoutTheWorld(() => explore({ rules: smallRules }));
const took = performance.now() - began;

const describeCell = ({ from, message }: Cell) => `${leafOf(from)} x ${JSON.stringify(message)} at ${keyOf(from)}`;

/** Leaves that these rules let anybody reach. */
const expectedLeaves = (rules: Rules): Leaf[] => {
  const shown: number[] = [...rules.statuses, ...(rules.idle ? [MISTATUS.IDLE] : []), ...(rules.away ? [MISTATUS.AWAY] : [])];
  return leaves.filter((leaf) => phaseOf(leaf) !== 'online' || shown.includes(statusOfLeaf(leaf)));
};

describe.each([
  ['two settable statuses, one reason of a kind', 'few', () => small],
  ...(isFull
    ? [
        [
          'every status and every reason',
          'all',
          () => explore({ rules: fullRules, messages: samples(fullRules, 'all') }),
        ] as const,
      ]
    : []),
] as const)('the whole graph with %s', (_, which, walk) => {
  let graph: Exploration = small;

  it('is walked to its end, and no pair of state and message is silent (B01, L25)', () => {
    graph = walk();
    const count = countCells(graph.cells);
    const { handled, ignored, refused, impossible, silent } = count;
    print(`${graph.states.size} states x ${graph.messages.length} messages = ${graph.cells.length} cells`);
    print(`${handled} handled, ${ignored} ignored with a reason, ${refused} refused, ${impossible} impossible, ${silent} silent`);
    if (graph === small) print(`walked in ${seconds(took)}`);
    expect(graph.messages).toEqual(samples(graph.rules, which));
    expect(graph.cells.length).toBe(graph.states.size * graph.messages.length);
    expect(graph.cells.filter(({ kind }) => kind === 'silent').map(describeCell)).toEqual([]);
    expect(Math.min(handled, ignored, refused, impossible)).toBeGreaterThan(0);
    expect(graph.cells.filter((cell) => cell.kind === 'refused' && cell.hr === undefined)).toEqual([]);
    expect(
      graph.cells.filter(({ kind, because }) => (kind === 'ignored' || kind === 'impossible') && !because).map(describeCell),
    ).toEqual([]);
  }, 300_000);

  it('reaches every leaf that there is for these rules, and none has failed (M01)', () => {
    const reached = new Set([...graph.states.values()].map(leafOf));
    expect([...reached].sort()).toEqual(expectedLeaves(graph.rules).sort());
    if (which === 'all') expect([...reached].sort()).toEqual([...leaves].sort());
    expect([...graph.states.values()].filter(({ status }) => status !== 'active').map(keyOf)).toEqual([]);
  });

  it('needs every row of the list of silences, and handles every sample somewhere (L25)', () => {
    const used = new Set(graph.cells.map(({ from, message }) => (isRequest(message) ? undefined : silenceOf(from, message))));
    expect(silences.filter((row) => !used.has(row)).map(({ facts, because }) => `${facts.join()}: ${because}`)).toEqual([]);
    const handled = new Set(graph.cells.filter(({ kind }) => kind === 'handled').map(({ message }) => message));
    expect(graph.messages.filter((message) => !handled.has(message))).toEqual([]);
  });
});

describe('the declared leaves', () => {
  it('are the leaves of the chart, neither more nor fewer (M01)', () => {
    const atoms = (node: (typeof presenceMachine)['root']): string[] =>
      node.type === 'atomic' ? [node.key] : Object.values(node.states).flatMap((child) => atoms(child));
    expect(atoms(presenceMachine.root).sort()).toEqual([...leaves].sort());
  });
});

describe('the walk', () => {
  it('needs no clock, no chance, no timer and no network (B09)', () => {
    expect(forbidden).toEqual([
      'Date',
      'new Date',
      'setTimeout',
      'setInterval',
      'setImmediate',
      'queueMicrotask',
      'performance',
      'fetch',
      'crypto',
      'Math.random',
      'process.nextTick',
    ]);
    expect(small.states.size).toBeGreaterThan(100);
    expect(Date.now()).toBeGreaterThan(0);
  });

  it('finds a message that nobody has a row for (L25)', () => {
    const novelty = { type: 'tea.served' } as unknown as Message;
    const kinds = [...small.states.values()].map((state) => cellOf(state, novelty, step).kind);
    expect(new Set(kinds)).toEqual(new Set(['silent']));
  });

  it('finds a transition that a mutant has lost (L25)', () => {
    const mutant = edited((at) => delete at('disconnecting').on['link.closed']);
    const last = explore({ chart: mutant, until: ({ kind }) => kind === 'silent' }).cells.at(-1);
    expect([last?.kind, last && leafOf(last.from), last?.message.type]).toEqual(['silent', 'disconnecting', 'link.closed']);
  });

  it('finds nothing dead: from everywhere everything can be had again', () => {
    const before = new Map<string, string[]>();
    for (const { kind, from, to } of small.cells) {
      if (kind !== 'handled') continue;
      const list = before.get(keyOf(to));
      if (list) list.push(keyOf(from));
      else before.set(keyOf(to), [keyOf(from)]);
    }
    const home = new Set([keyOf(initialState(smallRules))]);
    for (const key of home) for (const from of before.get(key) ?? []) home.add(from);
    expect([...small.states.keys()].filter((key) => !home.has(key))).toEqual([]);
  });

  it('gives up on a chart that is not finite', () => {
    expect(() => explore({ limit: 10 })).toThrow(RangeError);
  });
});
