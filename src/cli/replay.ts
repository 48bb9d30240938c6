/**
 * `replay`: runs a recording again through the chart, tells its steps, and says at which line it departs from the model. It must never
 * change the file, or believe it.
 */
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { readRecording, replay, type Departure, type Replay } from '../replay.js';
import { coloursOf, FailedError, isInteractive, UsageError, type Host, type Verb } from './host.js';
import { noticeLine, printable } from './words.js';

export function addReplay(program: Command, verb: Verb): void {
  program
    .command('replay')
    .argument('<file>', 'a recording, as JSON lines')
    .summary('run a recording again through the chart')
    .description(
      'Runs every step of a recording again through the chart, and compares state, commands and notices. Ends with 0 where they are the ' +
        'same, and with 1 at the first line that departs from the model, or where the file is no recording.',
    )
    .option('--step', 'walk through it: Enter for the next step, b for the one before, a number to go there, q to end')
    .action(async (file: string, options: { readonly step?: boolean }) =>
      verb((host, signal) => replayFile(host, file, options.step === true, signal)),
    );
}

async function replayFile(host: Host, file: string, isStepwise: boolean, signal: AbortSignal): Promise<number> {
  if (isStepwise && !isInteractive(host)) throw new UsageError('--step needs a terminal');
  const run = await read(file);
  if (isStepwise) await walk(host, run, signal);
  else for (let step = 0; step < run.steps.length; step++) host.out.write(`${told(run, step, host)}\n`);
  if (!run.departure) {
    host.out.write(`${run.steps.length} steps, as the model has it.\n`);
    return 0;
  }
  host.err.write(`${departed(run.departure)}\n`);
  return 1;
}

async function read(file: string): Promise<Replay> {
  try {
    return replay(readRecording(await readFile(file, 'utf8')));
  } catch (error) {
    throw new FailedError(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function departed({ line, what, expected, came }: Departure): string {
  return `line ${line} departs from the model in ${what}:\n  expected ${JSON.stringify(expected)}\n  got      ${printable(JSON.stringify(came))}`;
}

/** One step in a few lines. */
function told({ steps }: Replay, index: number, host: Host): string {
  const step = steps[index];
  if (!step) return 'no step';
  const { record, commands, notices } = step;
  const first = steps[0]?.record.at ?? record.at;
  const colours = coloursOf(host);
  const lines = [
    `${colours.bold(`${index + 1}.`)} ${record.message.type}: ${record.from}${record.to === record.from ? '' : ` to ${record.to}`}`,
    ...commands.map((command) => colours.dim(`     ${[command.type, 'timer' in command ? command.timer : ''].join(' ').trim()}`)),
    ...notices.map((notice) => noticeLine(notice, { offset: record.at - first, colours })),
  ];
  return lines.join('\n');
}

async function walk(host: Host, run: Replay, signal: AbortSignal): Promise<void> {
  const terminal = createInterface({ input: host.input, output: host.out });
  let index = 0;
  try {
    while (run.steps.length > 0) {
      host.out.write(`${told(run, index, host)}\n`);
      const answer = (
        await terminal.question(`step ${index + 1} of ${run.steps.length} [Enter, b, number, q]: `, { signal })
      ).trim();
      if (answer === 'q') return;
      const asked = answer === '' ? index + 1 : answer === 'b' ? index - 1 : Number(answer) - 1;
      if (Number.isInteger(asked) && asked >= 0 && asked < run.steps.length) index = asked;
      else if (asked === run.steps.length) return;
      else host.out.write(`There is no step ${printable(answer)}: 1 to ${run.steps.length}.\n`);
    }
  } finally {
    terminal.close();
  }
}
