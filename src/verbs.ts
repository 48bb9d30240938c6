/**
 * The one line of a transport that is driven: runs its verbs, each with the signal that gives it up, owns the link, and sees to it that nothing
 * late is ever heard (L21) and that every link is dropped (L26). It tells what came of a verb and decides nothing; what a failure means is for
 * its owner to say. It must never bring xstate with it: a pool of sessions drives its lines by it too.
 */
import { reporting } from './report.js';
import type { Credentials, Link, LinkEvents, Presence, Server, Transport } from './transport.js';

type Verb = 'credentials' | 'findServer' | 'connect' | 'synchronize' | 'publish' | 'check' | 'close';

/** One of them is called, at most once; what it throws is reported. */
export interface Outcome<T, Failure> {
  readonly done: (value: T) => void;
  readonly failed: (failure: Failure) => void;
}

/** What is heard of a link without asking. */
export interface LineEvents<Failure> extends Omit<Required<LinkEvents>, 'lost'> {
  lost(failure: Failure): void;
}

/** Begins what opens a link, at once or when it is its turn; rejects, or never settles, for somebody who has given up. */
type Opening = <T>(signal: AbortSignal, open: () => Promise<T>) => Promise<T>;

export class Verbs<Failure extends object> {
  readonly #transport: Transport;
  readonly #events: LineEvents<Failure>;
  readonly #failureOf: (error: unknown) => Failure;
  readonly #opening: Opening | undefined;
  readonly #running = new Map<Verb, AbortController>();
  #link: Link | undefined;
  #previous: Link | undefined;

  /**
   * @param failureOf what a thrown thing means; it may be anything
   * @param opening who says when a link may be opened; default: at once
   */
  constructor(transport: Transport, events: LineEvents<Failure>, failureOf: (error: unknown) => Failure, opening?: Opening) {
    this.#transport = transport;
    this.#events = events;
    this.#failureOf = failureOf;
    this.#opening = opening;
  }

  get isLinked(): boolean {
    return this.#link !== undefined;
  }

  /** Runs anything that an attempt waits for, such as asking the app for credentials. @param late is given what comes after it was given up */
  run<T>(
    verb: Verb,
    start: (signal: AbortSignal) => T | PromiseLike<T>,
    outcome: Outcome<T, Failure>,
    late?: (value: T) => void,
  ): void {
    this.abort(verb);
    const controller = new AbortController();
    this.#running.set(verb, controller);
    started(start, controller.signal).then(
      (value) => reporting(() => (this.#isOver(verb, controller) ? outcome.done(value) : late?.(value))),
      (error: unknown) => reporting(() => this.#isOver(verb, controller) && outcome.failed(this.#failureOf(error))),
    );
  }

  find(request: { readonly name: string; readonly server?: string }, outcome: Outcome<Server, Failure>): void {
    this.run('findServer', (signal) => this.#transport.findServer(request, signal), outcome);
  }

  connect(server: Server, credentials: Credentials, outcome: Outcome<void, Failure>): void {
    let link: Link | undefined;
    let early: Failure | undefined;
    let isOver = false;
    // In the middle of whatever the transport does: what goes wrong here is not its affair.
    const heard = (tell: () => void) => {
      if (link !== undefined && link === this.#link) reporting(tell);
    };
    const events: LinkEvents = {
      lost: (error) => {
        if (isOver) return;
        isOver = true;
        const failure = this.#failureOf(error);
        // A transport may tell of the loss in the same turn in which `connect` resolves.
        if (link === undefined) early = failure;
        else heard(() => this.#events.lost(failure));
      },
      contact: (presence) => heard(() => this.#events.contact(presence)),
      own: (presence) => heard(() => this.#events.own(presence)),
      roster: (entries) => heard(() => this.#events.roster(entries)),
      request: (request) => heard(() => this.#events.request(request)),
    };
    this.run(
      'connect',
      (signal) => this.#open(server, credentials, events, signal),
      {
        done: (opened) => {
          // A transport that hands over nothing usable must not leave the session waiting for its limits.
          if (typeof opened?.synchronize !== 'function') return outcome.failed(this.#failureOf(undefined));
          link = opened;
          this.#link = opened;
          this.#previous = undefined;
          outcome.done();
          if (early) heard(() => this.#events.lost(early as Failure));
        },
        failed: outcome.failed,
      },
      dropQuietly,
    );
  }

  /** A scope of its own: what the events of a link can reach must not reach the links before it. */
  #open(server: Server, credentials: Credentials, events: LinkEvents, signal: AbortSignal): Promise<Link> {
    const previous = this.#previous;
    const open = () => this.#transport.connect(server, credentials, events, signal, ...(previous ? [previous] : []));
    return this.#opening ? this.#opening(signal, open) : open();
  }

  synchronize(outcome: Outcome<{ resumed: boolean; kept?: boolean }, Failure>): void {
    this.#ask('synchronize', (link, signal) => link.synchronize(signal), outcome);
  }

  publish(presence: Presence, outcome: Outcome<void, Failure>): void {
    this.#ask('publish', (link, signal) => link.publish(presence, signal), outcome);
  }

  /** A link that cannot be asked counts as alive. */
  check(outcome: Outcome<void, Failure>): void {
    this.#ask('check', async (link, signal) => link.check?.(signal), outcome);
  }

  /** Gives up whatever else runs: only the goodbye is waited for. */
  close(outcome: Outcome<void, Failure>): void {
    this.#abortAll();
    this.#ask('close', (link, signal) => link.close(signal), outcome);
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

  /** Nothing is to be resumed. */
  forget(): void {
    this.#previous = undefined;
  }

  #abortAll(): void {
    if (this.#running.size === 0) return;
    for (const verb of [...this.#running.keys()]) this.abort(verb);
  }

  #isOver(verb: Verb, controller: AbortController): boolean {
    return this.#running.get(verb) === controller && this.#running.delete(verb);
  }

  #ask<T>(verb: Verb, start: (link: Link, signal: AbortSignal) => Promise<T>, outcome: Outcome<T, Failure>): void {
    const link = this.#link;
    if (link) this.run(verb, (signal) => start(link, signal), outcome);
  }
}

/** A verb may throw before it returns a promise. A promise is taken as it is: one more around it would cost two turns. */
export function started<T>(start: (signal: AbortSignal) => T | PromiseLike<T>, signal: AbortSignal): Promise<Awaited<T>> {
  try {
    return Promise.resolve(start(signal));
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Dropping cannot fail in a way that anybody could mend. */
function dropQuietly(link: Link): void {
  try {
    link.drop();
  } catch {
    // The contract says silent; a transport that throws here has dropped all the same.
  }
}
