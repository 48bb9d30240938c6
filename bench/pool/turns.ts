/**
 * Peers in one process, in turn: one session, or many. Each plays scores that were made ready before, and each is heard by listeners of
 * its own. What was heard is compared as well: who does less work does not win. It judges nothing.
 */
import { takeTurns, type Turns } from '../harness.js';
import { loadPeer, type PeerName, type SketchName } from '../peers/index.js';
import type { Score } from '../peers/part.js';
import { answer, keepTimerLists } from '../program.js';
import { all, change, cycle, everybody, ignored, presence, storm } from './workloads.js';

interface Workload {
  readonly size: number;
  readonly begin: readonly Score[];
  /** Played in turn, so that nobody learns one by heart. */
  readonly scores: readonly Score[];
}

const seeds = [1, 2, 3, 4];
/** One after the other, as one score. */
const repeated = (score: Score, times: number): Score => ({
  who: Uint32Array.from({ length: score.who.length * times }, (_, at) => score.who[at % score.who.length] as number),
  what: Uint8Array.from({ length: score.what.length * times }, (_, at) => score.what[at % score.what.length] as number),
});
/** By name, for so many sessions where there are many. */
const workloads = {
  /** A session signs in, changes its status twice, loses its line, comes back, signs out. */
  cycle: () => ({ size: 1, begin: [], scores: [repeated(cycle(), 10)] }),
  /** A session that is online changes its status at random. */
  presence: () => ({ size: 1, begin: [everybody(1)], scores: seeds.map((seed) => presence(1, 100, seed)) }),
  /** Events that mean nothing to a session that is online. */
  ignored: () => ({ size: 1, begin: [everybody(1)], scores: [ignored(200)] }),
  /** The same of many, who is next at random. */
  crowd: (many) => ({ size: many, begin: [everybody(many)], scores: seeds.map((seed) => presence(many, many / 2, seed)) }),
  /** Many lose their line and come back, every step in random order. */
  storm: (many) => ({ size: many, begin: [everybody(many), all(many, ...change(1))], scores: [storm(many)] }),
} satisfies Record<string, (many: number) => Workload>;
export type WorkloadName = keyof typeof workloads;

export interface TurnsQuestion {
  readonly workload: WorkloadName;
  /** How many sessions there are, where there are many. */
  readonly many: number;
  readonly peers: readonly Player[];
  readonly turns: Turns;
  /** Whether all have to say the same. */
  readonly isCompared: boolean;
}
export type Player = PeerName | SketchName;
export interface TurnsAnswer {
  readonly events: number;
  /** Nanoseconds of the processor for an event, by peer, a number a round. */
  readonly samples: Readonly<Record<Player, readonly number[]>>;
}

answer<TurnsQuestion>(async (folder, { workload, many, peers, turns, isCompared }): Promise<TurnsAnswer> => {
  const { size, begin, scores } = workloads[workload](many);
  const playing = await Promise.all(
    peers.map(async (name) => {
      const { peer, tally } = await loadPeer(folder, name);
      const { world, read } = tally();
      const fleet = peer.open(size, world);
      for (const score of begin) fleet.ready(score)();
      const plays = scores.map((score) => fleet.ready(score));
      let turn = 0;
      const run = (): void => (plays[turn++ % plays.length] as () => void)();
      return { name, fleet, run, read };
    }),
  );
  if (isCompared) compareHeard(playing, scores.length);
  keepTimerLists();
  const samples = await takeTurns(
    Object.fromEntries(playing.map(({ name, run }) => [name, run])) as Record<Player, () => void>,
    turns,
  );
  for (const { fleet } of playing) fleet.close();
  const events = scores[0]?.what.length ?? 0;
  return {
    events,
    samples: Object.fromEntries(
      Object.entries(samples).map(([name, all]) => [name, all.map((took) => took / events)]),
    ) as unknown as TurnsAnswer['samples'],
  };
});

/** @throws Error where somebody says more, less or something else in a whole turn of the scores than the others */
function compareHeard(
  playing: readonly { readonly name: string; run(): void; read(): { readonly heard: number; readonly sum: number } }[],
  scores: number,
): void {
  const found = playing.map(({ name, run, read }) => {
    const before = read();
    for (let turn = 0; turn < scores; turn++) run();
    const { heard, sum } = read();
    return { name, words: `${heard - before.heard} notices, sum ${(sum - before.sum) | 0}` };
  });
  const wrong = found.find(({ words }) => words !== found[0]?.words);
  if (wrong) throw new Error(`${wrong.name} says ${wrong.words}; ${found[0]?.name} says ${found[0]?.words}`);
}
