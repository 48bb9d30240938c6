/** All mutants, of whatever kind, and the verdict on one. It decides nothing about how they are run. */
import { readFileSync } from 'node:fs';
import { stepperOf } from '../../machines/index.js';
import { load } from './build.js';
import { judgeChart, type Verdict } from './chart-suite.js';
import { configMutants, type ConfigMutant } from './config-mutants.js';
import { judgeService, type Written } from './driver-suite.js';
import { textMutants, type TextMutant } from './text-mutants.js';

/** The chart: its configuration, and the guards and actions that it names. */
const chartFile = 'machines/moves.ts';
/** What obeys the chart. */
const driverFiles = [
  'driver',
  'steps',
  'attempt',
  'publication',
  'waits',
  'others',
  'line',
  'verbs',
  'notices',
  'wants',
  'timers',
  'retry',
].map((name) => `src/${name}.ts`);

export type Mutant = ({ readonly kind: 'config' } & ConfigMutant) | ({ readonly kind: 'chart' | 'driver' } & TextMutant);

/** Every mutant by its id, in the order of the sources. */
export function allMutants(): ReadonlyMap<string, Mutant> {
  const text = (kind: 'chart' | 'driver', file: string) =>
    textMutants(file, readFileSync(file, 'utf8')).map((mutant): Mutant => ({ kind, ...mutant }));
  const all: Mutant[] = [
    ...configMutants().map((mutant): Mutant => ({ kind: 'config', ...mutant })),
    ...text('chart', chartFile),
    ...driverFiles.flatMap((file) => text('driver', file)),
  ];
  return new Map(all.map((mutant) => [mutant.id, mutant]));
}

/** The part of the sources that a mutant is of, for the table. */
export const placeOf = (mutant: Mutant) => (mutant.kind === 'config' ? 'machines/presence.ts' : mutant.file);

export type Result = Verdict | { readonly outcome: 'none'; readonly by: string };

/** Builds a mutant and runs the generated suite of its kind on it. @param folder for what is built; inside the project */
export async function judge(mutant: Mutant, folder: string, written: () => Written): Promise<Result> {
  if (mutant.kind === 'config') {
    return judgeChart(() => {
      const chart = mutant.chart();
      return { chart, stepper: stepperOf(chart) };
    });
  }
  const none = (why: string): Result => ({ outcome: 'none', by: why });
  try {
    if (mutant.kind === 'chart') {
      const built = await load('model', folder, mutant);
      if (typeof built === 'string') return none(built);
      // One chart is like the other to the suite; that they are of two builds is what the types cannot know.
      return judgeChart(() => ({ chart: built.presenceMachine, stepper: built.stepperOf(built.presenceMachine) }));
    }
    const built = await load('library', folder, mutant);
    return typeof built === 'string' ? none(built) : await judgeService(built, written());
  } catch (error) {
    return { outcome: 'killed', by: `threw ${String(error).split('\n')[0]}` };
  }
}
