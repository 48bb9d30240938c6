/**
 * `replay`: runs a recording again through the chart, tells its steps, and says at which line it departs from the model. It must never
 * change the file, or believe it.
 */
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { readRecording, replay, type Departure, type Replay } from '../replay.js';
import { coloursOf, FailedError, InterruptedError, isInteractive, UsageError, type Host, type Verb } from './host.js';
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

/** @throws InterruptedError at Ctrl-C, the reason of `signal` when it is aborted; the end of the input ends it as `q` does */
async function walk(host: Host, run: Replay, signal: AbortSignal): Promise<void> {
  const { length } = run.steps;
  if (length === 0) return;
  if (signal.aborted) throw signal.reason;
  // Lines and not questions: what is typed ahead counts, too.
  const terminal = createInterface({ input: host.input, output: host.out, terminal: true });
  let index = 0;
  function show(): void {
    host.out.write(`${told(run, index, host)}\n`);
    terminal.setPrompt(`step ${index + 1} of ${length} [Enter, b, number, q]: `);
    terminal.prompt();
  }
  /** @returns whether there is more to see */
  function go(answer: string): boolean {
    const asked = answer === '' ? index + 1 : answer === 'b' ? Math.max(0, index - 1) : Number(answer) - 1;
    if (answer === 'q' || asked === length) return false;
    if (Number.isInteger(asked) && asked >= 0 && asked < length) index = asked;
    else host.out.write(`There is no step ${printable(answer)}: 1 to ${length}.\n`);
    return true;
  }
  let abort: (() => void) | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      abort = () => reject(signal.reason as Error);
      signal.addEventListener('abort', abort);
      terminal.on('SIGINT', () => reject(new InterruptedError(130)));
      terminal.on('close', resolve);
      terminal.on('line', (line) => (go(line.trim()) ? show() : terminal.close()));
      show();
    });
  } finally {
    if (abort) signal.removeEventListener('abort', abort);
    terminal.close();
  }
}
