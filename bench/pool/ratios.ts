/** Ratios of rivals in one process: one session, and ten thousand. Printed and returned, judged by nobody here. */
import { measure, paired, summarize, type Effort, type Rival, type Summary } from '../harness.js';
import { fleets, type FleetName } from './fleets.js';
import { cycle, everybody, presence, storm, type Score } from './workloads.js';

export interface Ratio {
  readonly what: string;
  readonly demand: number;
  /** What the gate holds: what was reached, less the noise of a shared machine and of other versions of Node. */
  readonly held: number;
  readonly ratio: Summary;
}

interface Workload {
  readonly size: number;
  readonly begin: Score | undefined;
  readonly score: Score;
}

const workloads = {
  cycle: () => ({ size: 1, begin: undefined, score: cycle() }),
  presence: () => ({ size: 10_000, begin: everybody(10_000), score: presence(10_000, 10_000) }),
  storm: () => ({ size: 10_000, begin: everybody(10_000), score: storm(10_000) }),
} satisfies Record<string, () => Workload>;

/** @returns nanoseconds of the processor for each event, by rival, a number a round */
async function played(make: () => Workload, names: readonly FleetName[], { rounds, times, warm }: Effort) {
  const { size, begin, score } = make();
  let heard = 0;
  const made = names.map((name) => fleets[name](size, () => void (heard += 1)));
  if (begin) for (const fleet of made) fleet.play(begin.who, begin.what);
  const rivals = Object.fromEntries(
    made.map((fleet, at): [string, Rival] => [
      names[at] as string,
      {
        name: names[at] as string,
        run: (runs) => {
          for (let run = 0; run < runs; run++) fleet.play(score.who, score.what);
          return Promise.resolve();
        },
      },
    ]),
  ) as Record<FleetName, Rival>;
  const samples = await measure(rivals, { rounds, times, warm });
  for (const fleet of made) fleet.dispose();
  if (heard === 0) throw new Error('nobody has heard anything');
  return { samples, events: score.what.length };
}

/** @param scale 1 for the whole, less for a quick look */
export async function measureRatios(
  scale: number,
): Promise<{ readonly ratios: readonly Ratio[]; readonly absolute: readonly (readonly string[])[] }> {
  const rounds = Math.max(3, Math.round(15 * scale));
  const ratios: Ratio[] = [];
  const absolute: string[][] = [];
  const all: readonly FleetName[] = [
    'actors',
    'compiled logic',
    'pool.send',
    'pool batch',
    'EventEmitter class',
    'callbacks class',
  ];
  const add = async (
    name: keyof typeof workloads,
    times: number,
    wanted: readonly (readonly [what: string, fast: FleetName, slow: FleetName, demand: number, held: number])[],
  ): Promise<void> => {
    const { samples, events } = await played(workloads[name], all, { rounds, times, warm: 4 });
    for (const [what, fast, slow, demand, held] of wanted)
      ratios.push({ what, demand, held, ratio: summarize(paired(samples, (took) => took[slow] / took[fast])) });
    for (const rival of all) absolute.push([name, rival, (summarize(samples[rival]).median / events).toFixed(1)]);
  };
  await add('cycle', Math.max(10, Math.round(200 * scale)), [
    ['one session, cycle: pool.send / actor', 'pool.send', 'actors', 120, 35],
    ['tier 1 compiled logic / actor, cycle', 'compiled logic', 'actors', 10, 6],
  ]);
  await add('presence', 1, [
    ['10^4 sessions, random presence: pool.send / actors', 'pool.send', 'actors', 250, 50],
    ['10^4 sessions, random presence: batch / actors', 'pool batch', 'actors', 500, 140],
    ['10^4 sessions, random presence: batch / EventEmitter class', 'pool batch', 'EventEmitter class', 4, 1.8],
  ]);
  await add('storm', 1, [
    ['10^4 sessions, reconnect storm: batch / actors', 'pool batch', 'actors', 250, 140],
    ['10^4 sessions, reconnect storm: batch / EventEmitter class', 'pool batch', 'EventEmitter class', 4, 1.6],
    ['10^4 sessions, reconnect storm: batch / callbacks class', 'pool batch', 'callbacks class', 1.7, 1.2],
  ]);
  return { ratios, absolute };
}
