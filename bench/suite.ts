/**
 * The questions of the whole bench in their order, each asked of a fresh process. What comes back is kept as it came; it judges nothing and draws nothing.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Bundles } from './bundles.js';
import type { Turns } from './harness.js';
import { measureOverhead, type Overhead } from './overhead.js';
import { peerNames, type PeerName } from './peers/index.js';
import type { EqualAnswer } from './peers/equal.js';
import type { AroundAnswer } from './pool/around.js';
import type { CompileAnswer, EqualityAnswer } from './pool/compile.js';
import type { BytesAnswer, LargeQuestion, SavedAnswer, StormAnswer, TimersAnswer, WalkAnswer } from './pool/large.js';
import type { ExpiryAnswer, LoadAnswer, PausesQuestion } from './pool/pauses.js';
import type { Player, TurnsAnswer, TurnsQuestion, WorkloadName } from './pool/turns.js';
import { measureSizes, type Sizes } from './sizes.js';

export interface Effort {
  readonly service: { readonly rounds: number; readonly times: number; readonly warm: number };
  readonly turns: Turns;
  /** Of many sessions: long enough for each to have its own in the processor's caches again. */
  readonly crowdTurns: Turns;
  /** The same where one piece of work is long. */
  readonly stormTurns: Turns;
  /** How many fresh processes; the middle one counts. */
  readonly processes: number;
  /** Sessions of a crowd in one process with others. */
  readonly crowd: number;
  /** Sessions where there are very many. */
  readonly many: number;
  /** Changes of status in one piece of work at every scale. */
  readonly changes: number;
  readonly scale: readonly number[];
  /** Timers that run at once, where there are very many. */
  readonly timers: number;
  /** Actors where there are very many of them, and where the largest number of objects of other peers is looked at. */
  readonly actors: number;
  readonly objects: number;
  readonly load: number;
}
export const whole: Effort = {
  service: { rounds: 17, times: 200, warm: 12 },
  turns: { rounds: 15, settle: 600, ms: 10 },
  crowdTurns: { rounds: 7, settle: 300, ms: 40 },
  stormTurns: { rounds: 4, settle: 300, ms: 40 },
  processes: 3,
  crowd: 10_000,
  many: 1_000_000,
  changes: 250_000,
  scale: [1_000, 10_000, 100_000, 1_000_000, 10_000_000],
  timers: 400_000,
  actors: 50_000,
  objects: 50_000,
  load: 3_000,
};
/** Whether everything runs; its figures mean nothing. */
export const quick: Effort = {
  service: { rounds: 3, times: 10, warm: 2 },
  turns: { rounds: 3, settle: 2, ms: 1 },
  crowdTurns: { rounds: 3, settle: 2, ms: 1 },
  stormTurns: { rounds: 3, settle: 2, ms: 1 },
  processes: 1,
  crowd: 400,
  many: 20_000,
  changes: 5_000,
  scale: [1_000, 10_000],
  timers: 20_000,
  actors: 1_000,
  objects: 1_000,
  load: 200,
};

/**
 * Who is in one process in a crowd. Actors are not there with classes: ten thousand of them make the collections of garbage twice as dear that classes cause,
 * and the pool causes none.
 */
export const crowds = {
  actors: ['actor', 'compiled', 'pool-send', 'pool-batch'],
  classes: ['emitter', 'callbacks', 'pool-send', 'pool-batch'],
} as const satisfies Record<string, readonly PeerName[]>;
export type CrowdName = keyof typeof crowds;
/** Of one session: the actor, and what is meant to be faster. */
const tiers = ['actor', 'compiled', 'pool-send', 'pool-batch'] as const;

/** One number of sessions; nanoseconds for an event. */
export interface Scale {
  readonly size: number;
  readonly walk: WalkAnswer;
  readonly peers: Partial<Record<PeerName, number>>;
}
/** What has been measured: a part is missing where it was not asked for. Lists are of fresh processes. */
export interface Measured {
  overhead?: Overhead;
  equal?: EqualAnswer;
  turns: Partial<Record<WorkloadName | 'tiers' | 'lean', readonly TurnsAnswer[]>>;
  crowds: Partial<Record<`${'crowd' | 'storm'} of ${CrowdName}`, readonly TurnsAnswer[]>>;
  scale: Scale[];
  storms?: { readonly size: number; readonly batch: readonly StormAnswer[]; readonly callbacks: readonly StormAnswer[] };
  expiries?: { readonly size: number; readonly pool: readonly ExpiryAnswer[]; readonly host: ExpiryAnswer };
  saved?: SavedAnswer;
  bytes: Partial<Record<PeerName, BytesAnswer & { readonly size: number }>>;
  /** Of so many, in several processes; and of a crowd. */
  timers?: {
    readonly size: number;
    readonly many: readonly TimersAnswer[];
    readonly crowd: readonly [size: number, answer: TimersAnswer];
  };
  compile?: CompileAnswer;
  equality?: EqualityAnswer;
  mutants?: boolean;
  sizes?: Sizes;
  loads?: { readonly pool: LoadAnswer & { readonly size: number }; readonly actor: LoadAnswer & { readonly size: number } };
  around?: AroundAnswer;
}

const root = join(import.meta.dirname, '..');

/** By name; each fills its part of `Measured`. */
export const parts = {
  service: async (_, { service }, found) => void (found.overhead = await measureOverhead(service)),
  peers: async (bundles, effort, found) => {
    const once = { ...effort, processes: 1 };
    for (const workload of ['cycle', 'presence', 'ignored'] as const)
      found.turns[workload] = await turns(bundles, once, workload, peerNames, {
        ...effort.turns,
        // Fourteen of them; and what is ignored is soon learnt.
        settle: effort.turns.settle * (workload === 'ignored' ? 0.25 : 0.75),
      });
    found.turns.tiers = await turns(bundles, effort, 'cycle', tiers, effort.turns);
  },
  lean: async (bundles, effort, found) =>
    void (found.turns.lean = await turns(bundles, effort, 'presence', ['actor', 'floor', 'lean', 'naive'], effort.turns, false)),
  crowd: async (bundles, effort, found) => {
    const { crowdTurns, stormTurns } = effort;
    const once = { ...effort, processes: 1 };
    found.crowds['crowd of actors'] = await turns(bundles, effort, 'crowd', crowds.actors, crowdTurns);
    found.crowds['crowd of classes'] = await turns(bundles, effort, 'crowd', crowds.classes, crowdTurns);
    found.crowds['storm of actors'] = await turns(bundles, once, 'storm', crowds.actors, stormTurns);
    found.crowds['storm of classes'] = await turns(bundles, effort, 'storm', crowds.classes, stormTurns);
  },
  scale: async (bundles, { scale, changes, crowdTurns: { rounds } }, found) => {
    for (const size of scale) {
      const peers: Partial<Record<PeerName, number>> = {};
      for (const peer of ['actor', 'emitter', 'callbacks'] as const)
        if (size <= (peer === 'actor' ? 10_000 : 1_000_000))
          peers[peer] = (
            await large<{ ns: number }>(bundles, {
              what: 'crowd',
              peer,
              size,
              changes: peer === 'actor' ? Math.min(changes, 2_500) : changes,
            })
          ).ns;
      found.scale.push({ size, walk: await large(bundles, { what: 'walk', size, changes, rounds }), peers });
    }
  },
  million: async (bundles, effort, found) => {
    const { many: size } = effort;
    const storm = (peer: PeerName, times: number) => () => large<StormAnswer>(bundles, { what: 'storm', peer, size, times });
    const expiry = (of: 'pool' | 'host') => () => pauses<ExpiryAnswer>(bundles, { what: 'expiry', of, size });
    found.storms = {
      size,
      batch: await several(effort.processes, storm('pool-batch', 2)),
      callbacks: [await storm('callbacks', 1)()],
    };
    found.expiries = { size, pool: await several(effort.processes, expiry('pool')), host: await expiry('host')() };
    found.saved = await large(bundles, { what: 'saved', size });
  },
  bytes: async (bundles, effort, found) => {
    for (const peer of peerNames) {
      if (peer === 'pool-send') continue;
      const isPool = peer === 'pool-batch';
      // What takes most is looked at in smaller numbers: its figure is as good.
      const few = peer === 'xstate4' ? 50 : peer === 'actor' || peer === 'compiled' ? 3 : 5;
      const size = isPool ? effort.many : Math.round(effort.objects / few);
      found.bytes[peer] = { size, ...(await large<BytesAnswer>(bundles, { what: 'bytes', peer, size })) };
    }
  },
  timers: async (bundles, { timers: size, crowd, processes, turns: { rounds } }, found) => {
    const timers = (of: number, count: number) => () => large<TimersAnswer>(bundles, { what: 'timers', size: of, rounds: count });
    found.timers = {
      size,
      // A round is half a second long there.
      many: await several(processes, timers(size, 3)),
      crowd: [crowd, await timers(crowd, rounds)()],
    };
  },
  compile: async (bundles, _, found) => {
    found.sizes = measureSizes();
    found.compile = await bundles.ask<CompileAnswer>('compile', { what: 'compile' });
    // No time is taken of these two.
    const both = [bundles.ask<EqualityAnswer>('compile', { what: 'equality' }), findMutants()] as const;
    [found.equality, found.mutants] = await Promise.all(both);
  },
  pauses: async (bundles, { many, actors, load: ms }, found) => {
    const load = async (peer: PeerName, size: number) => ({
      size,
      ...(await pauses<LoadAnswer>(bundles, { what: 'load', peer, size, ms })),
    });
    found.loads = { pool: await load('pool-batch', many), actor: await load('actor', actors) };
  },
  around: async (bundles, { turns: { rounds } }, found) =>
    void (found.around = await bundles.ask<AroundAnswer>('around', { rounds })),
} satisfies Record<string, (bundles: Bundles, effort: Effort, found: Measured) => Promise<void>>;
export type PartName = keyof typeof parts;
export const partNames = Object.keys(parts) as PartName[];

/**
 * Asks all of it.
 * @param say is told what is about to be asked
 * @throws Error of the first process that fails, saying which question it was
 */
export async function measureAll(
  bundles: Bundles,
  effort: Effort,
  names: readonly PartName[],
  say: (text: string) => void,
): Promise<Measured> {
  const found: Measured = { turns: {}, crowds: {}, scale: [], bytes: {} };
  say('proving that all peers say the same');
  found.equal = await bundles.ask<EqualAnswer>('equal', { size: 20 });
  for (const name of names) {
    say(name);
    await parts[name](bundles, effort, found);
  }
  return found;
}

/** What the gate looks at: the goals that are ratios, bytes or sizes, and that are cheap to look at. */
export async function measureForGate(bundles: Bundles, effort: Effort, say: (text: string) => void): Promise<Measured> {
  const found: Measured = { turns: {}, crowds: {}, scale: [], bytes: {} };
  const one = { ...effort, processes: 1 };
  say('proving that all peers say the same');
  found.equal = await bundles.ask<EqualAnswer>('equal', { size: 20 });
  say('one session');
  found.turns.tiers = await turns(bundles, one, 'cycle', tiers, effort.turns);
  await parts.lean(bundles, one, found);
  say('ten thousand');
  found.crowds['crowd of actors'] = await turns(bundles, one, 'crowd', crowds.actors, effort.crowdTurns);
  found.crowds['crowd of classes'] = await turns(bundles, one, 'crowd', crowds.classes, effort.crowdTurns);
  found.crowds['storm of classes'] = await turns(bundles, one, 'storm', crowds.classes, effort.stormTurns);
  say('very many');
  const [size = 0] = effort.scale;
  const { changes, many } = effort;
  const { rounds } = effort.turns;
  found.scale.push({ size, peers: {}, walk: await large(bundles, { what: 'walk', size, changes, rounds }) });
  found.bytes['pool-batch'] = {
    size: many,
    ...(await large<BytesAnswer>(bundles, { what: 'bytes', peer: 'pool-batch', size: many })),
  };
  await parts.timers(bundles, one, found);
  found.sizes = measureSizes();
  return found;
}

const large = <T>(bundles: Bundles, question: LargeQuestion): Promise<T> => bundles.ask<T>('large', question);
const pauses = <T>(bundles: Bundles, question: PausesQuestion): Promise<T> => bundles.ask<T>('pauses', question);

async function several<T>(count: number, ask: () => Promise<T>): Promise<T[]> {
  const found: T[] = [];
  for (let at = 0; at < count; at++) found.push(await ask());
  return found;
}

function turns(
  bundles: Bundles,
  { processes, crowd: many }: Effort,
  workload: WorkloadName,
  peers: readonly Player[],
  effort: Turns,
  isCompared = true,
): Promise<TurnsAnswer[]> {
  const question: TurnsQuestion = { workload, many, peers, turns: effort, isCompared };
  return several(processes, () => bundles.ask<TurnsAnswer>('turns', question));
}

/** The tests that run every cell on live actors, and damage each in turn. @returns whether both have run and passed */
async function findMutants(): Promise<boolean> {
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const titles = 'does in every reachable state and letter|has no single cell that could be damaged';
  const flags = ['--experimental-vm-modules', jest, 'test/table/equivalence.test.ts', '--testNamePattern', titles, '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd: root, maxBuffer: 2 ** 26 });
  const { numPassedTests, numFailedTests } = JSON.parse(stdout) as { numPassedTests: number; numFailedTests: number };
  if (numPassedTests !== 2) throw new Error(`bench: of the two tests of equivalence ${numPassedTests} have passed`);
  return numFailedTests === 0;
}
