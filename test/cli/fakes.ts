/**
 * A host without a process: streams that a test fills and reads, and the command run on them; and the command run as a real process. It must never
 * touch the streams of the test run.
 */
import { spawn } from 'node:child_process';
import { PassThrough, Writable } from 'node:stream';
import type { Host, Input, Output } from '../../src/cli/host.js';
import { run } from '../../src/cli/program.js';

const root = process.cwd();

/** Keeps what is written and lets one wait for it. */
export class Sink extends Writable {
  text = '';
  isTTY = false;
  columns = 0;
  readonly #watchers = new Set<() => void>();

  override _write(chunk: Buffer | string, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    for (const watcher of [...this.#watchers]) watcher();
    done();
  }
  /** Resolves when what was written since `from` matches. @throws with what came instead, after `limit` ms */
  async until(pattern: RegExp, from = 0, limit = 10_000): Promise<void> {
    const end = performance.now() + limit;
    while (!pattern.test(this.text.slice(from))) {
      const left = end - performance.now();
      if (left <= 0) throw new Error(`expected ${String(pattern)}, got ${JSON.stringify(this.text.slice(from))}`);
      await new Promise<void>((resolve) => {
        const watcher = (): void => {
          this.#watchers.delete(watcher);
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(watcher, left);
        this.#watchers.add(watcher);
      });
    }
  }
}

export interface FakeHost extends Host {
  readonly input: Input & PassThrough & { readonly modes: boolean[] };
  readonly out: Output & Sink;
  readonly err: Output & Sink;
  interrupt(code: number): void;
  /** Who still listens for interrupts. */
  listeners(): number;
}

export function fakeHost(options: { readonly tty?: boolean; readonly env?: Record<string, string> } = {}): FakeHost {
  const { tty = false, env = {} } = options;
  const modes: boolean[] = [];
  const input = Object.assign(new PassThrough(), { isTTY: tty, modes, setRawMode: (on: boolean) => void modes.push(on) });
  const out = Object.assign(new Sink(), { isTTY: tty });
  const stops = new Set<(code: number) => void>();
  return {
    input,
    out,
    err: new Sink(),
    env,
    onInterrupt(stop) {
      stops.add(stop);
      return () => void stops.delete(stop);
    },
    interrupt: (code) => {
      for (const stop of [...stops]) stop(code);
    },
    listeners: () => stops.size,
  };
}

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The command without a process. */
export async function runFake(args: readonly string[], host: FakeHost = fakeHost()): Promise<Outcome> {
  const code = await run(args, host);
  return { code, out: host.out.text, err: host.err.text };
}

export interface Process {
  readonly out: Sink;
  write(text: string): void;
  signal(name: NodeJS.Signals): void;
  /** Closes our end of the pipe, as `head` does. */
  stopReading(): void;
  /** The end, by itself. */
  readonly end: Promise<Outcome>;
}

const running = new Set<ReturnType<typeof spawn>>();

/** Kills what a test that failed has left behind; for `afterEach`. */
export function killLeftovers(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** A real process, with pipes. */
export function start(command: string, args: readonly string[], env: Record<string, string> = {}): Process {
  const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: 'pipe' });
  running.add(child);
  child.on('close', () => running.delete(child));
  const out = new Sink();
  const err = new Sink();
  child.stdout.pipe(out);
  child.stderr.pipe(err);
  child.stdin.on('error', () => undefined);
  const end = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out: out.text, err: err.text }));
  });
  const stopReading = () => void child.stdout.destroy();
  return { out, stopReading, write: (text) => void child.stdin.write(text), signal: (name) => void child.kill(name), end };
}

const entry = ['--import', 'tsx', 'src/cli/main.ts'];

/** The command as a process; its source is compiled on the way, so no build is needed. */
export function startCommand(args: readonly string[], env?: Record<string, string>): Process {
  return start(process.execPath, [...entry, ...args], env);
}

/** The command at a pseudo-terminal, by `script` of util-linux. */
export function startAtTerminal(args: readonly string[], env?: Record<string, string>): Process {
  const words = [process.execPath, ...entry, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  return start('script', ['-qefc', words.join(' '), '/dev/null'], { TERM: 'xterm', NO_COLOR: '1', ...env });
}

/** The notices of an output, each as type, code, status and reason; without time and meaning. */
export function noticesIn(text: string): string[] {
  return [...text.matchAll(/^ *\+\d+\.\d\d s {2}(?<type>\w+) +(?<rest>[^:]*): /gm)].map(
    ({ groups }) => `${groups?.['type']} ${groups?.['rest']?.trim().replace(/\s+/g, ' ')}`,
  );
}
