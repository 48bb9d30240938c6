/**
 * `generate`: test files and vectors, made out of the chart. It must never write anywhere but where it was told to, and never leave a file half
 * written without saying so.
 */
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Command } from 'commander';
import { leaves, type Leaf } from '../../machines/index.js';
import {
  countsLine,
  runners,
  serviceFile,
  targets,
  transportFile,
  uiFile,
  vectorFiles,
  type Counts,
  type GeneratedFile,
} from '../generate/index.js';
import type { CoverOptions } from '../testing/index.js';
import { FailedError, UsageError, type Host, type Verb } from './host.js';
import { didYouMean } from './nearest.js';
import { printable } from './words.js';

interface GenerateOptions {
  readonly runner?: string;
  readonly target?: string;
  readonly vectors?: boolean;
  readonly out?: string;
  readonly cover?: string;
  readonly states?: string;
  readonly maxSteps?: string;
  readonly transport?: string;
  readonly hooks?: string;
}

const covers = ['edges', 'pairs'] as const;

export function addGenerate(program: Command, verb: Verb): void {
  program
    .command('generate')
    .summary('write test files, or test vectors for any language')
    .description(
      'Writes a test suite made out of the chart: few paths that take every step and every kind of step after every other. Of a service, it ' +
        'compares notices; of a transport, it is the exam; of a page or an app, it calls your hooks. Or test vectors as JSON with their schema, for clients in other languages.',
    )
    .option('--target <target>', `what is tested: ${targets.join(', ')} (default: service)`)
    .option('--runner <runner>', `what runs it: ${runners.join(', ')} (default: node)`)
    .option('--vectors', 'vectors in place of a test file')
    .option('--out <path>', 'write to this folder, or to this file if it has an extension; printed when left out')
    .option('--states <states>', 'only what begins in these states: a list with commas, such as online,busy')
    .option('--max-steps <n>', 'the longest path')
    .option('--cover <what>', `what is covered: ${covers.join(', ')} (default: pairs)`)
    .option('--transport <module>', 'where a transport suite imports makeTransport from (default: ./transport.js)')
    .option('--hooks <module>', 'where a ui suite imports arrange, act and assert from (default: ./hooks.js)')
    .addHelpText('after', `\nStates:\n  ${leaves.join(', ')}`)
    .action(async (options: GenerateOptions) => verb((host) => generate(host, options)));
}

async function generate(host: Host, options: GenerateOptions): Promise<number> {
  const { files, counts } = made(options);
  const { out } = options;
  const [first] = files;
  // The counts are for people; what is printed may go into a pipe.
  if (out === undefined) host.out.write(first?.text ?? '');
  else for (const file of await write(files, out)) host.out.write(`${printable(file)}\n`);
  if (counts) host.err.write(`${countsLine(counts)}\n`);
  return 0;
}

function made(options: GenerateOptions): { readonly files: readonly GeneratedFile[]; readonly counts?: Counts } {
  const { vectors = false, transport, hooks } = options;
  if (vectors && (options.runner !== undefined || options.target !== undefined))
    throw new UsageError('error: --vectors are for every runner and target: leave --runner and --target out');
  const runner = oneOf('--runner', options.runner ?? 'node', runners);
  const target = oneOf('--target', options.target ?? 'service', targets);
  if (transport !== undefined && (vectors || target !== 'transport'))
    throw new UsageError('error: --transport is for --target transport');
  if (hooks !== undefined && (vectors || target !== 'ui')) throw new UsageError('error: --hooks is for --target ui');
  const cover = coverOf(options);
  if (vectors) return vectorFiles(cover);
  if (target === 'service') {
    const { file, counts } = serviceFile(runner, cover);
    return { files: [file], counts };
  }
  if (target === 'ui') {
    const { file, counts } = uiFile(runner, hooks ?? './hooks.js', cover);
    return { files: [file], counts };
  }
  if (Object.keys(cover).length > 0)
    throw new UsageError('error: the exam of a transport is always whole: leave --states, --max-steps and --cover out');
  return { files: [transportFile(runner, transport ?? './transport.js')] };
}

function coverOf({ states, maxSteps, cover }: GenerateOptions): CoverOptions {
  if (maxSteps !== undefined && !/^[1-9]\d{0,8}$/.test(maxSteps))
    throw new UsageError(`error: --max-steps: expected a whole number of 1 or more, got ${printable(maxSteps)}`);
  return {
    ...(states === undefined ? {} : { states: statesOf(states) }),
    ...(maxSteps === undefined ? {} : { maxSteps: Number(maxSteps) }),
    ...(cover === undefined ? {} : { cover: oneOf('--cover', cover, covers) }),
  };
}

const statesOf = (list: string): Leaf[] => [...new Set(list.split(',').map((word) => oneOf('--states', word.trim(), leaves)))];

/** @throws UsageError that says what there is */
function oneOf<T extends string>(option: string, word: string, words: readonly T[]): T {
  const found = words.find((one) => one.toLowerCase() === word.toLowerCase());
  if (found !== undefined) return found;
  throw new UsageError(`error: ${option}: ${printable(word)} is not one of ${words.join(', ')}.${didYouMean(word, words)}`);
}

/** @returns the files written @throws FailedError that names the one that cannot be */
async function write(files: readonly GeneratedFile[], out: string): Promise<string[]> {
  const written: string[] = [];
  const isFile = /\.[a-z]+$/i.test(basename(out)) && !(await isFolder(out));
  for (const [number, { name, text }] of files.entries()) {
    // Beside a file that is named, what belongs to it keeps its own name, by which the file refers to it.
    const path = isFile ? (number === 0 ? out : join(dirname(out), name)) : join(out, name);
    try {
      await makeFolder(dirname(path));
      await writeFile(path, text);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw new FailedError(`--out: cannot write ${printable(path)}: ${code ?? message}`, { cause: error });
    }
    written.push(path);
  }
  return written;
}

/** One folder after the other: `recursive` of Node 20 tries for ever where the system says that a folder which is there is not (`/proc`). */
async function makeFolder(path: string): Promise<void> {
  if (await isFolder(path)) return;
  const parent = dirname(path);
  if (parent !== path) await makeFolder(parent);
  await mkdir(path);
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
