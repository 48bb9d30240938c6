/**
 * The prompt: reads lines at a terminal, finds the command, prints its answer. Notices keep coming above it. It must never run two commands at
 * once, and ends by `quit`, Ctrl-C, Ctrl-D or the end of the input.
 */
import { createInterface, type Interface } from 'node:readline';
import type { PresenceService } from '../index.js';
import { leave, type PromptCommand } from './commands.js';
import { type Colours, type Host } from './host.js';
import { didYouMean } from './nearest.js';
import type { Screen } from './screen.js';
import { printable } from './words.js';

const own = [
  { name: 'help', takes: '', help: 'this list' },
  { name: 'quit', takes: '', help: 'sign out and end' },
];
const namesOf = (commands: readonly PromptCommand[]): string[] => [
  ...commands.flatMap(({ name, aliases = [] }) => [name, ...aliases]),
  ...own.map(({ name }) => name),
];

/** Every command with what it takes and does. */
export function helpText(commands: readonly PromptCommand[]): string {
  const rows = [...commands, ...own].map(({ name, takes = '', help, ...more }) => {
    const { aliases = [] } = more as { readonly aliases?: readonly string[] };
    return [[[name, ...aliases].join(', '), takes].join(' ').trim(), help] as const;
  });
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`).join('\n');
}

export interface Found {
  readonly command: PromptCommand | 'help' | 'quit' | undefined;
  /** What was typed after the name. */
  readonly rest: string;
  /** Why there is no command, for a line that has one word at least. */
  readonly complaint?: string;
}

/** The command of a line. */
export function findCommand(line: string, commands: readonly PromptCommand[]): Found {
  const [word = '', ...more] = line.trim().split(/\s+/);
  const rest = more.length === 0 ? '' : line.trim().slice(word.length).trim();
  const name = word.toLowerCase();
  if (name === '') return { command: undefined, rest };
  if (name === 'help' || name === '?') return { command: 'help', rest };
  if (name === 'quit' || name === 'exit') return { command: 'quit', rest };
  const command = commands.find((each) => each.name === name || each.aliases?.includes(name));
  if (command !== undefined) return { command, rest };
  const hint = didYouMean(name, namesOf(commands)) || ' `help` lists the commands.';
  return { command: undefined, rest, complaint: `There is no command ${printable(word)}.${hint}` };
}

async function answerOf(command: PromptCommand, rest: string, colours: Colours): Promise<string | undefined> {
  try {
    return await command.run(rest, colours);
  } catch (error) {
    return `${command.name}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/**
 * Takes commands until somebody ends it, then signs out.
 * @throws the reason of `signal`
 */
export async function runPrompt(
  host: Host,
  screen: Screen,
  service: PresenceService,
  commands: readonly PromptCommand[],
  signal: AbortSignal,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const history: string[] = [];
    let work = Promise.resolve();
    let terminal: Interface | undefined;
    let isOver = false;

    function open(): void {
      const opened = createInterface({
        input: host.input,
        output: host.out,
        terminal: true,
        prompt: '> ',
        history,
        completer: (line: string) => [namesOf(commands).filter((name) => name.startsWith(line)), line],
      });
      terminal = opened;
      opened.on('history', (lines) => history.splice(0, Infinity, ...lines));
      opened.on('line', (line) => {
        work = work.then(() => obey(line));
      });
      opened.on('SIGINT', () => opened.close());
      opened.on('close', () => {
        // The prompt stays as it was typed; what follows begins on a line of its own.
        screen.above(undefined);
        if (terminal === opened) work = work.then(() => end());
      });
      screen.above(opened);
      opened.prompt();
    }
    function release(): void {
      const closed = terminal;
      terminal = undefined;
      closed?.close();
    }
    function end(error?: Error): void {
      if (isOver) return;
      isOver = true;
      signal.removeEventListener('abort', abort);
      release();
      screen.line();
      if (error === undefined) resolve();
      else reject(error);
    }
    const abort = (): void => end(signal.reason as Error);

    async function obey(line: string): Promise<void> {
      if (isOver) return;
      const { command, rest, complaint } = findCommand(line, commands);
      if (command === 'quit') return end();
      if (command === 'help') screen.line(helpText(commands));
      else if (complaint !== undefined) screen.line(complaint);
      else if (command !== undefined) {
        if (command.asks === true) release();
        const answer = await answerOf(command, rest, screen.colours);
        if (answer !== undefined) screen.line(answer);
      }
      if (isOver) return;
      if (terminal === undefined) open();
      else terminal.prompt();
    }

    if (signal.aborted) return reject(signal.reason as Error);
    signal.addEventListener('abort', abort);
    open();
  });
  await leave(service, signal);
}
