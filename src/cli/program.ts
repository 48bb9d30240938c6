/**
 * The command's grammar: verbs, help, version, exit codes. Each verb is a file of its own that adds itself here. It must never print a value
 * that was given to an option that nobody knows: it may be a password.
 */
import { Command, CommanderError } from 'commander';
import { addConsole } from './console.js';
import { addDemo } from './demo.js';
import { addDraw } from './draw.js';
import { addExplain } from './explain.js';
import { addExport } from './export.js';
import { addGenerate } from './generate.js';
import { FailedError, type Host, InterruptedError, UsageError, type Verb, type Work } from './host.js';
import { addLab } from './lab.js';
import { addReplay } from './replay.js';
import { addSignin } from './signin.js';
import { version } from './version.js';
import { addWalk } from './walk.js';

const verbs: readonly ((program: Command, verb: Verb) => void)[] = [
  addConsole,
  addDemo,
  addSignin,
  addReplay,
  addExplain,
  addWalk,
  addDraw,
  addGenerate,
  addExport,
  addLab,
];

const exitCodes = `
Exit codes:
  0    it went well
  1    it failed: a sign-in that did not succeed, a story that did not go as told
  2    the command was not understood
  130  stopped by Ctrl-C (143: by SIGTERM)`;

/**
 * Runs the command.
 * @param args without the names of node and script
 * @returns the exit code; whatever went wrong has been printed
 */
export async function run(args: readonly string[], host: Host): Promise<number> {
  let code = 0;
  const program = createProgram(host, async (work) => {
    code = await runWork(work, host);
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    return codeOf(error, host);
  }
}

/** Does the work of a verb. @returns the exit code; whatever went wrong has been printed */
export async function runWork(work: Work, host: Host): Promise<number> {
  const controller = new AbortController();
  const off = host.onInterrupt((code) => controller.abort(new InterruptedError(code)));
  try {
    return await work(host, controller.signal);
  } catch (error) {
    return codeOf(error, host);
  } finally {
    off();
  }
}

/** The grammar, with every verb in it. */
export function createProgram(host: Host, verb: Verb): Command {
  const program = new Command('presence-machine');
  program
    .description('Sign-in and presence of a messaging client as one explicit statechart.')
    .version(version, '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void host.out.write(text),
      writeErr: (text) => void host.err.write(text),
      outputError: (text, write) => write(withoutValues(text)),
      getOutHelpWidth: () => host.out.columns ?? 100,
      getErrHelpWidth: () => host.err.columns ?? 100,
    })
    .showSuggestionAfterError()
    .addHelpText('after', exitCodes);
  for (const add of verbs) add(program, verb);
  for (const command of program.commands) command.addHelpText('after', exitCodes);
  return program;
}

/** `unknown option '--pasword=secret'` without the secret, and `-psecret` too. */
function withoutValues(text: string): string {
  return text.replace(/(unknown option '(?:--[^=']*|-[^-']))[^\n]*'/, "$1'");
}

function codeOf(error: unknown, host: Host): number {
  // Commander has printed its own messages already; help and version are no errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof InterruptedError) return error.code;
  if (error instanceof UsageError || error instanceof FailedError) {
    host.err.write(`${error.message}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
  host.err.write(`presence-machine: ${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
}
