/**
 * `draw`: the chart as a file, with a state or the last step of a recording marked. The picture is laid out already, so no layout engine is needed.
 * It must never write anywhere but where it was told to.
 */
import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { leaves, presenceMachine, type Leaf } from '../../machines/index.js';
import { drawnLayout, drawnSubtitle, toMermaid, toSvg, type TakenTransition } from '../draw/index.js';
import { toDot } from '../exports/index.js';
import { readRecording } from '../replay.js';
import { FailedError, type Host, UsageError, type Verb } from './host.js';
import { didYouMean } from './nearest.js';
import { printable } from './words.js';

interface DrawOptions {
  readonly format: string;
  readonly state?: string;
  readonly record?: string;
  readonly theme: string;
  readonly output?: string;
}

/** What is marked. */
interface Mark {
  readonly state?: Leaf;
  readonly transition?: TakenTransition;
}

const formats = ['svg', 'mermaid', 'dot'] as const;
const themes = ['auto', 'light', 'dark'] as const;

export function addDraw(program: Command, verb: Verb): void {
  program
    .command('draw')
    .summary('draw the chart as SVG, Mermaid or DOT')
    .description(
      'Draws the statechart, whole, and prints it. One state can be marked, or the one in which a recording ends and how it got there.',
    )
    .option('--format <format>', `one of ${formats.join(', ')}`, 'svg')
    .option('--state <state>', 'mark this state, such as busy')
    .option('--record <file>', 'mark the last step of a recording: JSON lines, or the records of a service as JSON')
    .option('--theme <theme>', `colours of an SVG: ${themes.join(', ')}; auto follows the reader`, 'auto')
    .option('--output <file>', 'write there instead of printing')
    .action(async (options: DrawOptions) => verb((host) => draw(host, options)));
}

async function draw(host: Host, { format, state, record, theme, output }: DrawOptions): Promise<number> {
  const asFormat = oneOf('--format', format, formats);
  const asTheme = oneOf('--theme', theme, themes);
  if (state !== undefined && record !== undefined)
    throw new UsageError('error: --state and --record mark the same thing: one of them, please');
  const mark =
    record === undefined ? (state === undefined ? {} : { state: oneOf('--state', state, leaves) }) : await lastStepOf(record);
  const text = drawn(asFormat, asTheme, mark);
  if (output === undefined) host.out.write(text);
  else await write(output, text);
  return 0;
}

function drawn(format: (typeof formats)[number], theme: (typeof themes)[number], mark: Mark): string {
  const { state } = mark;
  switch (format) {
    case 'svg':
      return toSvg(drawnLayout, { subtitle: drawnSubtitle, theme, ...mark });
    case 'mermaid':
      return (
        toMermaid(presenceMachine) +
        (state === undefined ? '' : `  classDef here stroke-width:4px,font-weight:bold\n  class ${state} here\n`)
      );
    case 'dot': {
      const text = toDot(presenceMachine);
      // What is said of a node later is added to it.
      return state === undefined
        ? text
        : text.replace(/\}\n$/, `  "${state}" [penwidth=3, style="rounded,filled", fillcolor="#d6f3e4"];\n}\n`);
    }
  }
}

/** @throws UsageError that says what there is */
function oneOf<T extends string>(option: string, word: string, words: readonly T[]): T {
  const found = words.find((one) => one.toLowerCase() === word.toLowerCase());
  if (found === undefined) {
    throw new UsageError(`error: ${option}: ${printable(word)} is not one of ${words.join(', ')}.${didYouMean(word, words)}`);
  }
  return found;
}

async function lastStepOf(file: string): Promise<Mark> {
  let steps: readonly unknown[];
  try {
    const text = await readFile(file, 'utf8');
    steps = /^\s*\[/.test(text) ? (JSON.parse(text) as unknown[]) : readRecording(text).records;
  } catch (error) {
    throw new FailedError(`${file}: ${reasonOf(error)}`, { cause: error });
  }
  const last = steps.at(-1);
  if (last === undefined) throw new FailedError(`${file}: there is no step in it`);
  const { from, to, message, unheard } = (last ?? {}) as Partial<Record<'from' | 'to' | 'message' | 'unheard', unknown>>;
  const type = (message as { readonly type?: unknown } | null | undefined)?.type;
  if (!isLeaf(from) || !isLeaf(to) || typeof type !== 'string')
    throw new FailedError(`${file}: the last step is none of this machine`);
  return unheard === true ? { state: to } : { state: to, transition: { from, to, type } };
}

const isLeaf = (value: unknown): value is Leaf => (leaves as readonly unknown[]).includes(value);

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new FailedError(`${file}: ${reasonOf(error)}`, { cause: error });
  }
}

/** Of an error of the file system, its code; what a parser says may repeat what it has read. */
function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined) return code === 'ENOENT' ? 'there is no such file or folder' : `cannot be used (${code})`;
  return error instanceof SyntaxError && error.message.startsWith('line ')
    ? error.message
    : 'expected a recording, or a JSON list of records';
}
