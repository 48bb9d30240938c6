/**
 * `export`: the machine for tools that nobody here wrote: model checkers, interpreters, drawing programs, editors. It only picks a format and a place;
 * it must never change what is exported.
 */
import type { Command } from 'commander';
import { presenceMachine, smallRules, statusName } from '../../machines/index.js';
import { toMermaid } from '../draw/index.js';
import { toDot, toPromela, toScxml, toTla, toXStateJson } from '../exports/index.js';
import { explore } from '../table/explore.js';
import { minimize, type Automaton } from '../table/minimize.js';
import { emit } from './emit.js';
import { UsageError, type Host, type Verb } from './host.js';
import { didYouMean } from './nearest.js';
import { printable } from './words.js';

interface ExportOptions {
  readonly format?: string;
  readonly out?: string;
}

interface Format {
  readonly help: string;
  text(): string;
}

/** Every state that can be reached, with what is said on each step; states that nobody can tell apart are one. */
const automaton = (): Automaton => minimize(explore());

const formats: Readonly<Record<string, Format>> = {
  scxml: { help: 'every reachable state; for interpreters of the W3C standard', text: () => toScxml(automaton()) },
  promela: { help: 'the same with laws and liveness; for `spin -a`, then `cc -O0 pan.c`', text: () => toPromela(automaton()) },
  tla: { help: 'the same as a TLA+ module called Presence; for TLC', text: () => toTla(automaton()) },
  dot: { help: 'the chart as written; for Graphviz', text: () => toDot(presenceMachine) },
  mermaid: { help: 'the chart as written; for Markdown', text: () => toMermaid(presenceMachine) },
  xstate: { help: 'the chart as written, as JSON; for createMachine and Stately', text: () => toXStateJson(presenceMachine) },
};
const names = Object.keys(formats);

export function addExport(program: Command, verb: Verb): void {
  const width = Math.max(...names.map((name) => name.length)) + 2;
  const table = Object.entries(formats).map(([name, { help }]) => `  ${name.padEnd(width)}${help}`);
  const statuses = smallRules.statuses.map(statusName).join(' and ');
  program
    .command('export')
    .summary('write the machine as SCXML, Promela, TLA+, DOT, Mermaid or XState JSON')
    .description(
      'Writes the machine for other tools, out of the one chart. Formats that hold every reachable state hold those with ' +
        `${statuses} to choose from, idleness and one change waiting behind another.`,
    )
    .option('--format <format>', `one of ${names.join(', ')}`)
    .option('--out <file>', 'write to a file; printed when left out')
    .addHelpText('after', `\nFormats:\n${table.join('\n')}`)
    .action(async (options: ExportOptions) => verb((host) => runExport(host, options)));
}

async function runExport(host: Host, { format, out }: ExportOptions): Promise<number> {
  // Not left to the parser, which would name what is missing before it names an option that nobody knows.
  if (format === undefined) throw new UsageError(`error: say a format with --format: one of ${names.join(', ')}`);
  const [, found] = Object.entries(formats).find(([name]) => name === format.toLowerCase()) ?? [];
  if (!found) {
    const is = `error: --format: ${printable(format)} is not one of ${names.join(', ')}.`;
    throw new UsageError(is + didYouMean(format, names));
  }
  const text = found.text();
  await emit(host, text.endsWith('\n') ? text : `${text}\n`, out, '--out');
  return 0;
}
