/**
 * Input at the terminal of a Node.js program: each key that the program reads. It only listens: it must never make the terminal flow, since what is
 * read before the program asks for it would be lost to it, and never import a module of Node.js, since browsers load this door, too.
 */
import { describe } from '../errors.js';
import { checkKeys, checkObject } from '../policy.js';
import { createActivity, idleOptions, readIdleOptions, type IdleOptions } from './idle.js';
import { createTeller, type WatchedService } from './teller.js';

/** As `process.stdin` is, as far as it is used. */
export interface TerminalInput {
  readonly isTTY?: boolean | undefined;
  on(event: 'data', listener: () => void): unknown;
  removeListener(event: 'data', listener: () => void): unknown;
}

export interface WatchTerminalOptions extends IdleOptions {
  /** Default: `process.stdin`. */
  readonly input?: TerminalInput | undefined;
}

/**
 * Tells a service when its user last typed at this terminal, from now until it is stopped or the service is disposed of. It hears what the program
 * reads; of one that reads nothing, nobody is known to be there.
 * @returns stops; twice is harmless
 * @throws TypeError where there is no terminal, as behind a pipe, whose words are nobody's input, and for an option that is not one
 */
export function watchTerminal(service: WatchedService, options: WatchTerminalOptions = {}): () => void {
  const what = 'watchTerminal';
  checkObject(what, options);
  checkKeys(what, options, ['input', ...idleOptions]);
  const { process } = globalThis as { process?: { readonly stdin?: TerminalInput } };
  const { input = process?.stdin } = options;
  if (typeof input?.on !== 'function' || input.isTTY !== true)
    throw new TypeError(`${what}.input: expected a terminal, got ${describe(input)}`);
  const times = readIdleOptions(what, options);
  const teller = createTeller(what, service, options.signal);
  const { input: active } = createActivity(teller, times);
  const listener = (): void => active();
  quietOn(input).call(input, 'data', listener);
  teller.atEnd(() => input.removeListener('data', listener));
  return teller.stop;
}

/** The `on` of the emitter itself: that of a readable stream begins to read as soon as somebody listens. */
function quietOn(input: TerminalInput): TerminalInput['on'] {
  let { on } = input;
  for (let at: unknown = Object.getPrototypeOf(input); at !== null; at = Object.getPrototypeOf(at)) {
    const own = Object.getOwnPropertyDescriptor(at, 'on')?.value as unknown;
    if (typeof own === 'function') on = own as TerminalInput['on'];
  }
  return on;
}
