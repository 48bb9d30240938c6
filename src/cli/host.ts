/**
 * What the command sees of the process it runs in: streams, environment, interrupts; and the ways in which a verb can end other than well. Tests
 * give streams of their own. It must never end the process.
 */
import type { Readable, Writable } from 'node:stream';
import pc from 'picocolors';

export type Input = Readable & { readonly isTTY?: boolean; setRawMode?(on: boolean): unknown };
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number };
export type Colours = ReturnType<typeof pc.createColors>;

export interface Host {
  readonly input: Input;
  readonly out: Output;
  readonly err: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls `stop` at the first interrupt with the exit code that it asks for; the function returned ends the watch. */
  onInterrupt(stop: (code: number) => void): () => void;
}

/** What a verb does: resolves with the exit code. `signal` aborts with an InterruptedError. */
export type Work = (host: Host, signal: AbortSignal) => Promise<number>;
/** Runs a verb's work; handed to each verb's file. */
export type Verb = (work: Work) => Promise<void>;

/** Exit code 2: the command was not understood. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
/** Exit code 1: understood, but it did not come out as asked for. */
export class FailedError extends Error {
  override readonly name = 'FailedError';
}
/** Somebody stopped it. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  readonly code: number;
  constructor(code: number) {
    super('interrupted');
    this.code = code;
  }
}

/** Whether there is somebody to talk with: both ends are a terminal. */
export function isInteractive({ input, out }: Pick<Host, 'input' | 'out'>): boolean {
  return input.isTTY === true && out.isTTY === true;
}

/** Colours for terminals only, and not against the wish of https://no-color.org. */
export function coloursOf({ out, env }: Pick<Host, 'out' | 'env'>): Colours {
  return pc.createColors(out.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb');
}

/** The real process. Make one only: it listens to the standard output. */
export function processHost(): Host {
  const stops = new Set<(code: number) => void>();
  const stopAll = (code: number) => {
    for (const stop of [...stops]) stop(code);
  };
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // The reader of a pipe had enough (`| head`): nothing is wrong, there is just nobody to tell any more.
      if (error.code === 'EPIPE') stopAll(0);
      else throw error;
    });
  }
  return {
    input: process.stdin,
    out: process.stdout,
    err: process.stderr,
    env: process.env,
    onInterrupt(stop) {
      // Once only: a second Ctrl-C, should the goodbye hang, ends the process in the way of the system.
      const interrupt = () => stopAll(130);
      const terminate = () => stopAll(143);
      process.once('SIGINT', interrupt);
      process.once('SIGTERM', terminate);
      stops.add(stop);
      return () => {
        process.off('SIGINT', interrupt);
        process.off('SIGTERM', terminate);
        stops.delete(stop);
      };
    },
  };
}
