/**
 * `explain`: what happens in a state at an event, which notices are told, and why, in one sentence for each outcome; read out of the chart.
 * It must never guess what somebody meant: it suggests.
 */
import type { Command } from 'commander';
import {
  events,
  eventNamed,
  eventWords,
  explain,
  explainAll,
  statesNamed,
  stateWords,
  type Explanation,
} from '../explain/index.js';
import { emit } from './emit.js';
import { UsageError, type Host, type Verb } from './host.js';
import { didYouMean } from './nearest.js';
import { printable } from './words.js';

interface ExplainOptions {
  readonly all?: boolean;
  readonly json?: boolean;
  readonly output?: string;
}

export function addExplain(program: Command, verb: Verb): void {
  program
    .command('explain')
    .summary('say what happens in a state at an event, and why')
    .description(
      'Says in one sentence for each outcome what happens, which notices are told, and which law or trace is behind it; also where nothing ' +
        'happens. Read out of the chart itself.',
    )
    .argument('[state]', 'a state such as waitingToRetry, or a status such as BUSY')
    .argument('[event]', 'a call such as signin, or a message such as link.lost; all of them when left out')
    .option('--all', 'every state with every event')
    .option('--json', 'as JSON, with conditions, codes and clauses apart')
    .option('--output <file>', 'write to a file')
    .addHelpText('after', `\nStates:\n  ${stateWords.join(', ')}\n\nEvents:\n  ${eventWords.join(', ')}`)
    .action(async (state: string | undefined, event: string | undefined, options: ExplainOptions) =>
      verb((host) => runExplain(host, state, event, options)),
    );
}

async function runExplain(
  host: Host,
  state: string | undefined,
  event: string | undefined,
  options: ExplainOptions,
): Promise<number> {
  const found = [...explanationsOf(state, event, options.all === true)];
  const text =
    options.json === true ? `${JSON.stringify(found, undefined, 2)}\n` : found.map(({ sentence }) => `${sentence}\n`).join('');
  await emit(host, text, options.output);
  return 0;
}

/** @throws UsageError for a name that nobody knows, with the nearest one that somebody does */
function explanationsOf(state: string | undefined, event: string | undefined, all: boolean): Iterable<Explanation> {
  if (all) {
    if (state !== undefined) throw new UsageError('error: --all explains everything, so it takes no state and no event');
    return explainAll();
  }
  if (state === undefined) throw new UsageError('error: say a state and an event, such as `explain online signout`, or --all');
  const states = statesNamed(state);
  if (states.length === 0) throw new UsageError(`error: ${printable(state)} is no state.${didYouMean(state, stateWords)}`);
  const one = event === undefined ? undefined : eventNamed(event);
  if (event !== undefined && one === undefined) {
    throw new UsageError(`error: ${printable(event)} is no event.${didYouMean(event, eventWords)}`);
  }
  return states.flatMap((leaf) => (one === undefined ? events : [one]).flatMap((name) => explain(leaf, name)));
}
