/**
 * The one line of a served session: runs the transport's verbs, owns the link, and sees to it that nothing late is ever heard (L21) and that
 * every link is dropped (L26). As `src/line.ts` is for a service, without its way to xstate. It tells what came of a verb and decides nothing.
 */
import type { Credentials, Link, LinkEvents, Presence, Server, Transport } from '../../transport.js';
import { failureOf, type Failed } from './serve-words.js';

export type Verb = 'credentials' | 'findServer' | 'connect' | 'synchronize' | 'publish' | 'check' | 'close';

export interface Outcome<T> {
  readonly done: (value: T) => void;
  readonly failed: (failed: Failed) => void;
}

/** Lets so many in at a time; the others wait in order. Who gives up leaves, inside or not. */
export class Gate {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(most: number) {
    this.#free = most;
  }

  /** Never settles for somebody who gives up outside: nobody waits for that. */
  pass<T>(signal: AbortSignal, start: () => T | PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      let isInside = false;
      let isOver = false;
      const leave = () => {
        if (isOver) return;
        isOver = true;
        signal.removeEventListener('abort', leave);
        if (!isInside) return void this.#waiting.delete(enter);
        this.#free += 1;
        this.#next();
      };
      const enter = () => {
        isInside = true;
        started(start).then(
          (value) => (leave(), resolve(value)),
          (error) => (leave(), reject(error)),
        );
      };
      signal.addEventListener('abort', leave);
      this.#waiting.add(enter);
      this.#next();
    });
  }

  #next(): void {
    const [enter] = this.#waiting;
    if (enter === undefined || this.#free < 1) return;
    this.#waiting.delete(enter);
    this.#free -= 1;
    enter();
  }
}

export class SessionLine {
  readonly #transport: Transport;
  readonly #gate: Gate;
  readonly #lost: (failed: Failed) => void;
  readonly #running = new Map<Verb, AbortController>();
  #link: Link | undefined;
  #previous: Link | undefined;

  /** @param lost is told once for each link that was lost without being asked */
  constructor(transport: Transport, gate: Gate, lost: (failed: Failed) => void) {
    this.#transport = transport;
    this.#gate = gate;
    this.#lost = lost;
  }

  get isLinked(): boolean {
    return this.#link !== undefined;
  }

  /** Runs anything that an attempt waits for. @param late is given what comes after it was given up */
  run<T>(
    verb: Verb,
    start: (signal: AbortSignal) => T | PromiseLike<T>,
    outcome: Outcome<Awaited<T>>,
    late?: (value: Awaited<T>) => void,
  ): void {
    this.abort(verb);
    const controller = new AbortController();
    this.#running.set(verb, controller);
    const isHeard = () => this.#running.get(verb) === controller && this.#running.delete(verb);
    started(() => start(controller.signal)).then(
      (value) => (isHeard() ? outcome.done(value) : late?.(value)),
      (error: unknown) => void (isHeard() && outcome.failed(failureOf(error))),
    );
  }

  find({ name, server }: Credentials, outcome: Outcome<Server>): void {
    const request = server === undefined ? { name } : { name, server };
    this.run('findServer', (signal) => this.#transport.findServer(request, signal), outcome);
  }

  connect(server: Server, credentials: Credentials, { done, failed }: Outcome<void>): void {
    let link: Link | undefined;
    let early: Failed | undefined;
    let isOver = false;
    const ignored = () => {};
    const events: LinkEvents = {
      lost: (error) => {
        if (isOver) return;
        isOver = true;
        // A transport may tell of the loss in the same turn in which `connect` resolves.
        if (link === undefined) early = failureOf(error);
        else if (link === this.#link) this.#lost(failureOf(error));
      },
      contact: ignored,
      own: ignored,
    };
    const opened = (given: Link) => {
      // What is no link must not leave the session waiting for its limits.
      if (typeof given?.synchronize !== 'function') return failed(failureOf(undefined));
      link = this.#link = given;
      this.#previous = undefined;
      done();
      if (early && link === this.#link) this.#lost(early);
    };
    const previous = this.#previous;
    this.run(
      'connect',
      (signal) =>
        this.#gate.pass(signal, () =>
          this.#transport.connect(server, credentials, events, signal, ...(previous ? [previous] : [])),
        ),
      { done: opened, failed },
      dropQuietly,
    );
  }

  synchronize(outcome: Outcome<{ readonly resumed: boolean }>): void {
    this.#ask('synchronize', (link, signal) => link.synchronize(signal), outcome);
  }

  publish(presence: Presence, outcome: Outcome<void>): void {
    this.#ask('publish', (link, signal) => link.publish(presence, signal), outcome);
  }

  /** A link that cannot be asked counts as alive. */
  check(outcome: Outcome<void>): void {
    this.#ask('check', async (link, signal) => link.check?.(signal), outcome);
  }

  /** Gives up whatever else runs: only the goodbye is waited for. */
  close(over: () => void): void {
    this.#abortAll();
    this.#ask('close', (link, signal) => link.close(signal), { done: over, failed: over });
  }

  /** Gives up one verb; whatever it still answers is nobody's. */
  abort(verb: Verb): void {
    const controller = this.#running.get(verb);
    this.#running.delete(verb);
    controller?.abort();
  }

  /** Gives up everything and drops the link, which may be resumed later. */
  drop(): void {
    this.#abortAll();
    const link = this.#link;
    if (!link) return;
    this.#link = undefined;
    this.#previous = link;
    dropQuietly(link);
  }

  #abortAll(): void {
    for (const verb of [...this.#running.keys()]) this.abort(verb);
  }

  #ask<T>(verb: Verb, start: (link: Link, signal: AbortSignal) => Promise<T>, outcome: Outcome<Awaited<T>>): void {
    const link = this.#link;
    if (link) this.run(verb, (signal) => start(link, signal), outcome);
  }
}

/** A verb may throw before it returns a promise. */
function started<T>(start: () => T | PromiseLike<T>): Promise<Awaited<T>> {
  try {
    return Promise.resolve(start());
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Dropping cannot fail in a way that anybody could mend. */
function dropQuietly(link: Link): void {
  try {
    link?.drop();
  } catch {
    // The contract says silent; a transport that throws here has dropped all the same.
  }
}
