/**
 * What is demanded of the pool, of its tiers and of the chart, and what of it has been reached: ratios, but for memory, sizes and limits of the contract. It
 * measures nothing.
 */
import { paired, summarize, type Summary } from './harness.js';
import type { Measured } from './suite.js';
import type { Player, TurnsAnswer } from './pool/turns.js';

export interface Goal {
  readonly what: string;
  readonly demand: Bound;
  /** What the gate holds, with room for other machines, other versions of Node and noise; undefined: not looked at there. */
  readonly held?: Bound;
  readonly of: (found: Measured) => Reached | undefined;
}
export interface Bound {
  readonly is: 'at least' | 'at most';
  readonly value: number;
  readonly unit: Unit;
}
type Unit = 'x' | 'B' | 'kB' | 'ms' | 's' | '%';

/** Of several processes the middle one, and how far apart they are. */
export interface Reached {
  readonly value: number;
  /** Of the rounds in one process: median absolute deviation, as a part of the median. */
  readonly spread?: number;
  /** Of the processes: the lowest and the highest. */
  readonly span?: readonly [low: number, high: number];
  readonly note?: string;
}

const least = (value: number, unit: Unit = 'x'): Bound => ({ is: 'at least', value, unit });
const most = (value: number, unit: Unit = 'x'): Bound => ({ is: 'at most', value, unit });

export function isWithin({ is, value }: Bound, reached: number): boolean {
  return is === 'at least' ? reached >= value : reached <= value;
}

/** The middle of several processes. */
export function middle(figures: readonly Summary[]): Reached | undefined {
  const sorted = [...figures].sort((a, b) => a.median - b.median);
  const found = sorted[(sorted.length - 1) >> 1];
  const [low, high] = [sorted[0], sorted.at(-1)];
  if (!found || !low || !high) return undefined;
  const span = sorted.length > 1 ? { span: [low.median, high.median] as const } : {};
  return { value: found.median, spread: found.spread, ...span };
}
const middleOf = (figures: readonly number[] | undefined): Reached | undefined =>
  middle((figures ?? []).map((median) => ({ median, spread: 0 })));

/** How many times as long the one takes as the other, in the same round. */
export function ratioOf(answers: readonly TurnsAnswer[] | undefined, slow: Player, fast: Player): Reached | undefined {
  return middle(
    (answers ?? []).map(({ samples }) =>
      summarize(paired({ slow: samples[slow], fast: samples[fast] }, (took) => took.slow / took.fast)),
    ),
  );
}
const ratio =
  (workload: keyof Measured['turns'], slow: Player, fast: Player) =>
  ({ turns }: Measured): Reached | undefined =>
    ratioOf(turns[workload], slow, fast);

const crowdRatio =
  (crowd: keyof Measured['crowds'], slow: Player, fast: Player) =>
  ({ crowds }: Measured): Reached | undefined =>
    ratioOf(crowds[crowd], slow, fast);

const given = (value: number | undefined, note?: string): Reached | undefined =>
  value === undefined ? undefined : { value, ...(note === undefined ? {} : { note }) };
const atMillion = ({ scale }: Measured) => scale.find(({ walk, size }) => walk && size === 1_000_000) ?? scale.at(-1);

/** The table of "numbers to reach". */
export const goals: readonly Goal[] = [
  {
    what: 'one session, cycle: pool.send / actor',
    demand: least(120),
    held: least(50),
    of: ratio('tiers', 'actor', 'pool-send'),
  },
  {
    what: 'one session, cycle: tier 1 (compiled logic) / actor',
    demand: least(10),
    held: least(6),
    of: ratio('tiers', 'actor', 'compiled'),
  },
  {
    what: '10,000 sessions, random presence: pool.send / actors',
    demand: least(250),
    held: least(80),
    of: crowdRatio('crowd of actors', 'actor', 'pool-send'),
  },
  {
    what: '10,000 sessions, random presence: batch / actors',
    demand: least(500),
    held: least(220),
    of: crowdRatio('crowd of actors', 'actor', 'pool-batch'),
  },
  {
    what: '10,000 sessions, random presence: batch / EventEmitter class',
    demand: least(4),
    held: least(2),
    of: crowdRatio('crowd of classes', 'emitter', 'pool-batch'),
  },
  {
    what: '10,000 sessions, reconnect storm: batch / actors',
    demand: least(250),
    of: crowdRatio('storm of actors', 'actor', 'pool-batch'),
  },
  {
    what: '10,000 sessions, reconnect storm: batch / EventEmitter class',
    demand: least(4),
    held: least(2.5),
    of: crowdRatio('storm of classes', 'emitter', 'pool-batch'),
  },
  {
    what: '10,000 sessions, reconnect storm: batch / callbacks class',
    demand: least(1.7),
    held: least(1.4),
    of: crowdRatio('storm of classes', 'callbacks', 'pool-batch'),
  },
  {
    what: '1,000,000 sessions, reconnect storm: batch / callbacks class with setTimeout',
    demand: least(10),
    of: ({ storms }) => {
      const [slow, fast] = [middleOf(storms?.callbacks.map(({ ns }) => ns)), middleOf(storms?.batch.map(({ ns }) => ns))];
      if (!slow || !fast) return undefined;
      const span = fast.span && ([slow.value / fast.span[1], slow.value / fast.span[0]] as const);
      return { value: slow.value / fast.value, ...(span ? { span } : {}) };
    },
  },
  {
    what: '1,000,000 sessions: batch with listeners / bare walk of the table',
    demand: most(6),
    held: most(20),
    of: (found) => {
      const summary = atMillion(found);
      return summary && middle([summarize(summary.walk.ratios)]);
    },
  },
  {
    what: 'bytes of a session, its timer running: the whole process',
    demand: most(24, 'B'),
    held: most(26, 'B'),
    of: ({ bytes }) => {
      const { armed, columns } = bytes['pool-batch'] ?? {};
      return given(armed, columns === undefined ? undefined : `${columns.toFixed(1)} B in columns and timers`);
    },
  },
  {
    what: 'bytes, a timer running: actor / session',
    demand: least(200),
    of: ({ bytes }) => given(bytes.actor && bytes['pool-batch'] && bytes.actor.armed / bytes['pool-batch'].armed),
  },
  {
    what: 'create: actor / session',
    demand: least(500),
    of: ({ bytes }) => given(bytes.actor && bytes['pool-batch'] && bytes.actor.open / bytes['pool-batch'].open),
  },
  {
    what: 'timers, arm and cancel, very many: setTimeout and clearTimeout / the two events of the pool',
    demand: least(4),
    held: least(1.5),
    of: ({ timers }) => middle((timers?.many ?? []).map(({ ratios }) => summarize(ratios))),
  },
  {
    what: 'tier 0, a change of status: our chart / empty toggle of XState',
    demand: most(1.5),
    held: most(8),
    of: ratio('lean', 'actor', 'floor'),
  },
  {
    what: 'the same: assign everywhere / lean sketch',
    demand: least(1.25),
    of: ratio('lean', 'naive', 'lean'),
  },
  {
    what: 'gzip: runtime',
    demand: most(3, 'kB'),
    held: most(14, 'kB'),
    of: ({ sizes }) => given(sizes && sizes.runtime / 1_000),
  },
  {
    what: 'gzip: runtime and artifact',
    demand: most(8, 'kB'),
    held: most(34, 'kB'),
    of: ({ sizes }) =>
      given(sizes && sizes.withArtifact / 1_000, sizes && `XState and the chart: ${(sizes.actor / 1_000).toFixed(1)} kB`),
  },
  {
    what: 'compile our chart',
    demand: most(5, 's'),
    of: ({ compile }) => given(compile && compile.ms / 1_000, compile && `${compile.states} states, ${compile.letters} events`),
  },
  {
    what: 'equivalence: cells of the packed table that are the chart',
    demand: least(100, '%'),
    of: ({ equality }) => equality && { value: 100, note: `${equality.cells} cells, ${equality.configurations} configurations` },
  },
  {
    what: 'equivalence: damaged cells that are found',
    demand: least(100, '%'),
    of: ({ mutants }) => (mutants ? { value: 100, note: 'test/table/equivalence.test.ts' } : undefined),
  },
  {
    what: 'share of garbage collection under load, 1,000,000 sessions',
    demand: most(3, '%'),
    of: ({ loads }) =>
      given(loads && loads.pool.share * 100, loads && `${loads.actor.size} actors: ${(loads.actor.share * 100).toFixed(0)} %`),
  },
  {
    what: 'longest turn while 1,000,000 timers end',
    demand: most(5, 'ms'),
    of: ({ expiries }) => middleOf(expiries?.pool.map(({ longest }) => longest)),
  },
];

const digits: Readonly<Record<Unit, number>> = { x: 1, B: 1, kB: 1, ms: 1, s: 1, '%': 1 };
export const shown = (value: number, unit: Unit): string =>
  `${value >= 100 && unit === 'x' ? value.toFixed(0) : value.toFixed(digits[unit])} ${unit}`;

/** One row for each goal that was looked at. */
export function goalRows(found: Measured): string[][] {
  return goals.flatMap(({ what, demand, of }) => {
    const reached = of(found);
    if (!reached) return [];
    const { value, spread, span, note } = reached;
    const { unit } = demand;
    return [
      [
        what,
        `${demand.is} ${demand.value} ${unit}`,
        shown(value, unit),
        isWithin(demand, value) ? 'yes' : 'short',
        [
          ...(spread ? [`± ${(spread * 100).toFixed(0)} %`] : []),
          ...(span ? [`${shown(span[0], unit)} to ${shown(span[1], unit)}`] : []),
          ...(note === undefined ? [] : [note]),
        ].join('; '),
      ],
    ];
  });
}
