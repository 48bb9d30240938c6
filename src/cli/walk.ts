/**
 * `walk`: the five-minute tour. A shortest path to each state in words, then the traces of the origin; a path a page, without a pager. It
 * tells only what a walk through the chart has shown.
 */
import type { Command } from 'commander';
import { shortestPathsTo, statesNamed, stateWords, tour, type TourPath } from '../explain/index.js';
import { emit } from './emit.js';
import { UsageError, type Host, type Verb } from './host.js';
import { didYouMean } from './nearest.js';
import { printable } from './words.js';

interface WalkOptions {
  readonly to?: string;
  readonly output?: string;
}

export function addWalk(program: Command, verb: Verb): void {
  program
    .command('walk')
    .summary('the five-minute tour: the shortest paths through the chart, in words')
    .description(
      'Walks the chart: a shortest path to each state, then the traces T1 to T18 of the origin. Each step says what happens, where it leads ' +
        'and what the app is told.',
    )
    .option('--to <state>', 'all shortest paths to one state, or to those that show a status')
    .option('--output <file>', 'write to a file')
    .addHelpText('after', `\nStates:\n  ${stateWords.join(', ')}`)
    .action(async (options: WalkOptions) => verb((host) => runWalk(host, options)));
}

async function runWalk(host: Host, { to, output }: WalkOptions): Promise<number> {
  await emit(host, pages(to === undefined ? tour() : pathsTo(to)), output);
  return 0;
}

/** @throws UsageError for a name that nobody knows */
function pathsTo(word: string): TourPath[] {
  const states = statesNamed(word);
  if (states.length === 0) throw new UsageError(`error: --to: ${printable(word)} is no state.${didYouMean(word, stateWords)}`);
  return states.flatMap(shortestPathsTo);
}

function pages(paths: readonly TourPath[]): string {
  return paths.map((path, at) => page(path, `${at + 1}/${paths.length}`)).join('\n');
}

function page({ title, steps }: TourPath, number: string): string {
  const lines = steps.flatMap(({ happens, message, state, tells }, at) => {
    const [first, ...more] = tells;
    return [
      `  ${`${at + 1}.`.padEnd(3)} ${happens}. [${message}]`,
      `      ${state}${first === undefined ? '' : `: ${first}`}`,
      ...more.map((tell) => `      ${' '.repeat(state.length + 2)}${tell}`),
    ];
  });
  return [`[${number}] ${title}`, ...(steps.length > 0 ? lines : ['  Here a service begins.'])]
    .map((line) => `${line}\n`)
    .join('');
}
