/**
 * Fair comparison on a noisy machine: rivals run in one process, in many short shuffled rounds, and only what stands in the same round is
 * compared. It knows nothing of what is measured, and must never judge by absolute time.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** One way to do the same work. */
export interface Rival {
  readonly name: string;
  /** Does the work so many times, one after the other. */
  run(times: number): Promise<void>;
}

export interface Effort {
  readonly rounds: number;
  /** How often each rival does its work in a round: long enough for the host's clock, short against a neighbour's noise. */
  readonly times: number;
  /** Rounds that are run first and not counted; after half of them garbage is collected. */
  readonly warm: number;
}

/**
 * Nanoseconds of the processor per piece of work, by rival, one number a round: garbage collection included, the turns of other
 * processes left out.
 */
export type Samples<Name extends string> = Readonly<Record<Name, readonly number[]>>;

export interface Summary {
  readonly median: number;
  /** Median absolute deviation, as a part of the median. */
  readonly spread: number;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

export async function measure<Name extends string>(
  rivals: Readonly<Record<Name, Rival>>,
  { rounds, times, warm }: Effort,
): Promise<Samples<Name>> {
  const names = Object.keys(rivals) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = -warm; round < rounds; round++) {
    // Settled once, and warmed again: a collection before each sample would shrink the young generation and make everything twice as dear.
    if (round === -(warm >> 1)) collect();
    for (const name of shuffled(names)) {
      await rivals[name].run(Math.ceil(times / 10));
      const begin = process.cpuUsage();
      await rivals[name].run(times);
      const { user, system } = process.cpuUsage(begin);
      const took = ((user + system) * 1000) / times;
      if (round >= 0) samples[name].push(took);
    }
  }
  return samples;
}

/** How much is played by rivals that need no promise: each fills the same time, however fast it is. */
export interface Turns {
  readonly rounds: number;
  /**
   * Milliseconds that each has before it counts, in turns as short; at least one piece of work. V8 needs a third of a second to be done with XState, and a compiler at
   * work in another thread would be counted, too.
   */
  readonly settle: number;
  /** Milliseconds that each has in a round, roughly; at least one piece of work. */
  readonly ms: number;
}

/** The same for work without promises, where a fast rival is played as often in a round as it takes to fill its time. */
export async function takeTurns<Name extends string>(
  rivals: Readonly<Record<Name, () => void>>,
  { rounds, settle, ms }: Turns,
): Promise<Samples<Name>> {
  const names = Object.keys(rivals) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  const times = Object.fromEntries(names.map((name) => [name, 1])) as Record<Name, number>;
  const left = Object.fromEntries(names.map((name) => [name, settle])) as Record<Name, number>;
  const turn = async (name: Name): Promise<number> => {
    const run = rivals[name];
    const count = times[name];
    // The host's loop goes round in between, as it does in life: its clock moves on.
    await new Promise((next) => setImmediate(next));
    const begin = process.cpuUsage();
    for (let time = 0; time < count; time++) run();
    const { user, system } = process.cpuUsage(begin);
    return ((user + system) * 1000) / count;
  };
  // No collection is asked for: it would throw away what has been compiled, too.
  for (let open = names; open.length > 0; open = open.filter((name) => left[name] > 0)) {
    for (const name of shuffled(open)) {
      const took = await turn(name);
      left[name] -= (took * times[name]) / 1e6;
      times[name] = Math.max(1, Math.min(times[name] * 4, Math.round((ms * 1e6) / Math.max(took, 1))));
    }
  }
  for (let round = 0; round < rounds; round++) for (const name of shuffled(names)) samples[name].push(await turn(name));
  return samples;
}

/** Of figures that belong together, such as the ratios of all rounds. */
export function summarize(figures: readonly number[]): Summary {
  const median = medianOf(figures);
  return { median, spread: medianOf(figures.map((figure) => Math.abs(figure - median))) / Math.abs(median) };
}

/** One figure a round, made of what all rivals took in that round. */
export function paired<Name extends string>(
  samples: Samples<Name>,
  figure: (took: Readonly<Record<Name, number>>) => number,
): number[] {
  const names = Object.keys(samples) as Name[];
  const rounds = Math.min(...names.map((name) => samples[name].length));
  return Array.from({ length: rounds }, (_, round) =>
    figure(Object.fromEntries(names.map((name) => [name, samples[name][round]])) as Record<Name, number>),
  );
}

export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) =>
    `| ${widths.map((width, column) => (column === 0 ? (row[column] ?? '').padEnd(width) : (row[column] ?? '').padStart(width))).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => `${'-'.repeat(width + 1)}${column === 0 ? '-' : ':'}`).join('|')}|`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

function medianOf(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  const lower = sorted[sorted.length % 2 === 0 ? middle - 1 : middle];
  if (upper === undefined || lower === undefined) throw new RangeError('median: expected at least one figure, got none');
  return (upper + lower) / 2;
}

function shuffled<T>(list: readonly T[]): T[] {
  const mixed = [...list];
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [mixed[last], mixed[other]] = [mixed[other] as T, mixed[last] as T];
  }
  return mixed;
}
