/**
 * Bundles of the bench: each peer and each program as an app would ship it, compiled once, without the development loader's helpers, in
 * production mode, with a copy of its own of everything that it imports. A program is run in a process of its own and answers with one line of JSON.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build, type BuildOptions } from 'esbuild';
import { peerNames, sketchNames } from './peers/index.js';

const root = join(import.meta.dirname, '..');

export interface Bundles {
  /**
   * Runs a program in a fresh process.
   * @param question handed to it as JSON
   * @throws Error that says which question failed, and how
   */
  ask<T>(program: ProgramName, question: object, flags?: readonly string[]): Promise<T>;
  remove(): Promise<void>;
}

const programs = {
  equal: 'peers/equal.ts',
  turns: 'pool/turns.ts',
  large: 'pool/large.ts',
  pauses: 'pool/pauses.ts',
  compile: 'pool/compile.ts',
  around: 'pool/around.ts',
} as const;
export type ProgramName = keyof typeof programs;

/** Longer than any question takes on a busy machine, ms. */
const patience = 180_000;

export async function makeBundles(): Promise<Bundles> {
  const scratch = join(root, '.tmp');
  await mkdir(scratch, { recursive: true });
  const folder = await mkdtemp(join(scratch, 'bench-'));
  const bundle = (name: string, entry: Pick<BuildOptions, 'stdin' | 'entryPoints'>): Promise<unknown> =>
    build({
      ...entry,
      outfile: join(folder, `${name}.mjs`),
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      mainFields: ['module', 'main'],
      define: { 'process.env.NODE_ENV': '"production"' },
      logLevel: 'error',
    });
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await Promise.all([
      ...[
        ...peerNames.map((name) => [name, `{ peer } from './peers/${name}.ts'`]),
        ...sketchNames.map((name) => [name, `{ ${name} as peer } from './peers/sketches.ts'`]),
      ].map(([name, exported]) => {
        const contents = `export ${exported}; export { tally } from './peers/listening.ts';`;
        return bundle(`peer-${name}`, { stdin: { contents, resolveDir: import.meta.dirname, loader: 'ts' } });
      }),
      ...Object.entries(programs).map(([name, file]) => bundle(name, { entryPoints: [join(import.meta.dirname, file)] })),
    ]);
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    async ask<T>(program: ProgramName, question: object, flags: readonly string[] = []): Promise<T> {
      const text = JSON.stringify(question);
      try {
        const { stdout } = await promisify(execFile)(process.execPath, [...flags, join(folder, `${program}.mjs`), folder, text], {
          encoding: 'utf8',
          timeout: patience,
          maxBuffer: 2 ** 26,
        });
        return JSON.parse(stdout) as T;
      } catch (error) {
        const { message, stderr, signal } = error as Error & { stderr?: string; signal?: string };
        const why = stderr?.trim() || (signal ? `ended by ${signal}` : message);
        throw new Error(`bench: ${program} ${text} has failed: ${why}`, { cause: error });
      }
    },
    remove,
  };
}
