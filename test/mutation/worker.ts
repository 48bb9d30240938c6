/** A process that judges the mutants that its parent names, one after the other. It ends with its parent. */
import { readFileSync } from 'node:fs';
import { prepareCharts } from './chart-suite.js';
import type { Written } from './driver-suite.js';
import { allMutants, judge, type Result } from './mutants.js';

const [, , folder = '', file = ''] = process.argv;
const mutants = allMutants();
let written: Written | undefined;
let isUnhandled = false;

// A rejection that nobody handles, or an error out of a timer, is what apps would see as well: it counts as found.
process.on('unhandledRejection', () => (isUnhandled = true));
process.on('uncaughtException', () => (isUnhandled = true));
// Mutants make a server's listeners throw, which it reports.
console.error = () => {};

process.on('message', (id: string) => {
  const mutant = mutants.get(id);
  if (!mutant) throw new Error(`no mutant ${id}`);
  isUnhandled = false;
  const judged = judge(mutant, folder, () => (written ??= JSON.parse(readFileSync(file, 'utf8')) as Written));
  void judged.then((result) => {
    const isFound = isUnhandled && result.outcome === 'survived';
    process.send?.({ id, result: isFound ? { outcome: 'killed', by: 'an error that nobody handles' } : result } satisfies Answer);
  });
});
process.on('disconnect', () => process.exit());

export interface Answer {
  readonly id: string;
  readonly result: Result;
}

prepareCharts();
process.send?.('ready');
