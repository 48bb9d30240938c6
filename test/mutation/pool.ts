/** Runs mutants in a few processes at once, each with a limit. A process that does not answer in time is ended, and another one goes on. */
import { fork, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Result } from './mutants.js';
import type { Answer } from './worker.js';

export interface PoolOptions {
  readonly processes: number;
  /** Longest that one mutant may keep a processor busy, ms; it may wait five times as long for its turn. */
  readonly limit: number;
  /** For what is built, and the file with what the real service wrote. */
  readonly folder: string;
  readonly written: string;
  readonly each: (id: string, result: Result, ms: number) => void;
}

/** Mutants that a process judges before it makes room for a fresh one: what was loaded is never freed. */
const perProcess = 250;

/** How long a process has kept a processor busy, ms; undefined on systems without `/proc`. */
function usedBy({ pid }: ChildProcess): number | undefined {
  try {
    const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    const fields = rest.split(' ');
    // proc(5): user and system time are the fields 14 and 15, in hundredths of a second.
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return undefined;
  }
}

/** Resolves when all have been judged. */
export async function runPool(ids: readonly string[], options: PoolOptions): Promise<void> {
  const queue = [...ids];
  const worker = fileURLToPath(new URL('worker.ts', import.meta.url));

  function start(): Promise<ChildProcess> {
    const child = fork(worker, [options.folder, options.written], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    return new Promise((resolve, reject) => {
      child.once('message', () => resolve(child));
      child.once('exit', (code) => reject(new Error(`a worker ended with ${code} before it began`)));
    });
  }
  function judged(child: ChildProcess, id: string): Promise<Result> {
    return new Promise((resolve) => {
      const end = (result: Result) => {
        clearInterval(timer);
        child.off('message', answer).off('exit', gone);
        resolve(result);
      };
      const answer = (message: unknown) => end((message as Answer).result);
      const gone = () => end({ outcome: 'killed', by: 'the process ended' });
      const began = performance.now();
      const usedBefore = usedBy(child);
      const timer = setInterval(() => {
        const passed = performance.now() - began;
        // A machine with other work would else kill what is sound.
        const used = usedBefore === undefined ? passed : (usedBy(child) ?? passed) - usedBefore;
        if (used < options.limit && passed < options.limit * 5) return;
        child.kill('SIGKILL');
        end({ outcome: 'killed', by: `no end within ${options.limit / 1000} s` });
      }, 500);
      child.on('message', answer).on('exit', gone);
      child.send(id);
    });
  }
  async function work(): Promise<void> {
    while (queue.length > 0) {
      const child = await start();
      for (let count = 0; count < perProcess && child.connected && child.exitCode === null && !child.killed; count++) {
        const id = queue.shift();
        if (id === undefined) break;
        const began = performance.now();
        const result = await judged(child, id);
        options.each(id, result, performance.now() - began);
      }
      if (child.connected) child.disconnect();
    }
  }
  await Promise.all(Array.from({ length: options.processes }, work));
}
