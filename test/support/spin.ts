/**
 * `spin`, a model checker that nobody here wrote, brought to one shape: a Promela text in, what its verifier found out. Each model lives in a
 * folder of its own, since spin writes files of fixed names. Left out, with a message, where spin or gcc is not installed.
 */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** A verifier prints little; spin lists every value of every table on request, which nobody does. */
const limits = { maxBuffer: 64 * 1024 * 1024 };

function onPath(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    // spin has no such option: it is there if it could be started at all.
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}

/** Whether models can be verified. With REQUIRE_SERVERS=1, not to be able to is an error. */
export const spinAvailable = ['spin', 'gcc'].filter((program) => !onPath(program)).map(leaveOut).length === 0;

function leaveOut(program: string): void {
  if (process.env['REQUIRE_SERVERS'] === '1') throw new Error(`REQUIRE_SERVERS=1, but there is no ${program} on the PATH`);
  process.stderr.write(`LEFT OUT: the second opinion of spin on the chart, which needs ${program}; it is not on the PATH\n`);
}

export interface Verdict {
  /** The first thing that is wrong, in the words of the verifier; nothing if nothing is. */
  readonly error: string | undefined;
  /** Different states that were stored, and transitions that were taken. */
  readonly states: number;
  readonly transitions: number;
  /** For an error: what came on the way to it, by the names of the messages; `(again and again)` where a cycle begins. */
  readonly trail: readonly string[];
}

export interface Verifier {
  /** @param formula the name of an `ltl` formula; without it, assertions and end states are looked at */
  verify(formula?: string): Promise<Verdict>;
  remove(): Promise<void>;
}

/** Has spin make a verifier. @param kind `safety`: assertions and end states; `liveness`: one formula at a time */
export async function verifierOf(promela: string, kind: 'safety' | 'liveness'): Promise<Verifier> {
  const folder = await mkdtemp(join(tmpdir(), 'presence-spin-'));
  const inside = { cwd: folder, ...limits };
  await writeFile(join(folder, 'model.pml'), promela);
  try {
    await run('spin', ['-a', 'model.pml'], inside);
    const options = kind === 'safety' ? ['-DSAFETY', '-DNOCLAIM'] : [];
    // -O0: the tables are set in one long function, over which an optimizer takes minutes; the search itself takes less than a second.
    await run('gcc', ['-O0', '-w', ...options, '-o', 'pan', 'pan.c'], inside);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    async verify(formula) {
      // An error is no failure of the command; a search that was cut short would be one.
      const { stdout } = await run('./pan', ['-m1000000', '-b', ...(formula === undefined ? [] : ['-a', '-N', formula])], inside);
      const count = (what: RegExp) => Number(what.exec(stdout)?.[1] ?? Number.NaN);
      const error = /^pan:\d+: (.*)$/m.exec(stdout)?.[1];
      if (error === undefined && !/errors: 0$/m.test(stdout)) throw new Error(`pan said neither yes nor no:\n${stdout}`);
      return {
        error,
        states: count(/^ *(\d+) states, stored/m),
        transitions: count(/^ *(\d+) transitions \(/m),
        trail: error === undefined ? [] : await trailIn(folder, formula),
      };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The verifier names the line of the model at which each process took a step; what came stands there. */
async function trailIn(folder: string, formula: string | undefined): Promise<string[]> {
  const replay = ['-r', 'model.pml.trail', ...(formula === undefined ? [] : ['-N', formula])];
  // Replaying ends with the exit code of the error.
  const told = await run('./pan', replay, { cwd: folder, ...limits }).catch(
    (error: unknown) => error as { readonly stdout: string },
  );
  const model = (await readFile(join(folder, 'model.pml'), 'utf8')).split('\n');
  return told.stdout.split('\n').flatMap((line) => {
    if (line.includes('START OF CYCLE')) return ['(again and again)'];
    const at = /\((?:people|trouble|world)\).*D_STEP(\d+)/.exec(line)?.[1];
    const name = at === undefined ? undefined : /message = (\w+);/.exec(model[Number(at) - 1] ?? '')?.[1];
    return name === undefined ? [] : [name];
  });
}
