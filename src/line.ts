/**
 * The one line to the server: runs the transport's verbs, owns the link, and sees to it that nothing late is ever heard (L21) and that
 * every link is dropped (L26). It tells what came of a verb and decides nothing.
 */
import {
  MSGR_E_UNEXPECTED,
  reasons,
  signinResults,
  statusResults,
  type Reason,
  type SigninFailure,
  type StatusFailure,
} from '../machines/index.js';
import {
  TransportError,
  type Credentials,
  type Link,
  type LinkEvents,
  type Presence,
  type Server,
  type Transport,
} from './transport.js';

/** A failure in the chart's words. */
export interface Failed {
  readonly reason: Reason;
  readonly hr: number | undefined;
  readonly retryAfterMs: number | undefined;
}

/** What a thrown thing means: a `TransportError` says it, anything else is `unexpected`. */
export function failureOf(error: unknown): Failed {
  if (!TransportError.is(error)) return { reason: 'unexpected', hr: undefined, retryAfterMs: undefined };
  const { reason, hr, retryAfterMs } = error;
  // Reasons that only tell of a change fail nothing.
  const fits = Object.hasOwn(reasons, reason) && (reasons[reason].kind !== 'status' || reason === 'statusRejected');
  const lasts = typeof retryAfterMs === 'number' && Number.isFinite(retryAfterMs) && retryAfterMs >= 0;
  return { reason: fits ? reason : 'unexpected', hr, retryAfterMs: lasts ? retryAfterMs : undefined };
}

/** The part of a failure that an OnSignin may carry (L07). */
export function signinFailure({ reason, hr }: Failed): { reason: Reason; hr?: SigninFailure } {
  return hr === undefined ? { reason } : { reason, hr: legal(hr, signinResults) };
}
/** The part of a failure that an OnMyStatusChange may carry (L07). */
export function statusFailure({ reason, hr }: Failed): { reason: Reason; hr?: StatusFailure } {
  return hr === undefined ? { reason } : { reason, hr: legal(hr, statusResults) };
}
function legal<Hr extends number>(hr: number, list: readonly Hr[]): Exclude<Hr, 0> {
  const signed = list.find((known) => known === (hr | 0) && known < 0);
  return (signed ?? MSGR_E_UNEXPECTED) as Exclude<Hr, 0>;
}

/** A reason that says the link is gone, wherever it turns up; `timedOut` may be about one answer only. */
export function isLoss(reason: Reason): boolean {
  return reasons[reason].kind === 'line' && reason !== 'timedOut';
}

type Outcome<T> = { readonly done: (value: T) => void; readonly failed: (failure: Failed) => void };

/** What is heard of a link without asking. */
export interface LineEvents extends Omit<Required<LinkEvents>, 'lost'> {
  lost(failure: Failed): void;
}

export class Line {
  readonly #transport: Transport;
  readonly #events: LineEvents;
  readonly #running = new Map<string, AbortController>();
  #link: Link | undefined;
  #previous: Link | undefined;

  constructor(transport: Transport, events: LineEvents) {
    this.#transport = transport;
    this.#events = events;
  }

  get isLinked(): boolean {
    return this.#link !== undefined;
  }

  /** Runs anything that an attempt waits for, such as asking the app for credentials. */
  run<T>(verb: string, start: (signal: AbortSignal) => T | PromiseLike<T>, outcome: Outcome<T>, late?: (value: T) => void): void {
    this.abort(verb);
    const controller = new AbortController();
    this.#running.set(verb, controller);
    started(start, controller.signal).then(
      (value) => (this.#isOver(verb, controller) ? outcome.done(value) : late?.(value)),
      (error: unknown) => void (this.#isOver(verb, controller) && outcome.failed(failureOf(error))),
    );
  }

  find(request: { name: string; server?: string }, outcome: Outcome<Server>): void {
    this.run('findServer', (signal) => this.#transport.findServer(request, signal), outcome);
  }

  connect(server: Server, credentials: Credentials, outcome: Outcome<void>): void {
    let link: Link | undefined;
    let early: Failed | undefined;
    let isOver = false;
    const heard = (tell: () => void) => {
      if (link !== undefined && link === this.#link) tell();
    };
    const events: LinkEvents = {
      lost: (error) => {
        if (isOver) return;
        isOver = true;
        const failure = failureOf(error);
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
          if (typeof opened?.synchronize !== 'function') return outcome.failed(failureOf(undefined));
          link = opened;
          this.#link = opened;
          this.#previous = undefined;
          outcome.done();
          if (early) heard(() => this.#events.lost(early as Failed));
        },
        failed: outcome.failed,
      },
      dropQuietly,
    );
  }

  /** A scope of its own: what the events of a link can reach must not reach the links before it. */
  #open(server: Server, credentials: Credentials, events: LinkEvents, signal: AbortSignal): Promise<Link> {
    const previous = this.#previous;
    return this.#transport.connect(server, credentials, events, signal, ...(previous ? [previous] : []));
  }

  synchronize(outcome: Outcome<{ resumed: boolean; kept?: boolean }>): void {
    this.#verb('synchronize', (link, signal) => link.synchronize(signal), outcome);
  }

  publish(presence: Presence, outcome: Outcome<void>): void {
    this.#verb('publish', (link, signal) => link.publish(presence, signal), outcome);
  }

  /** A link that cannot be asked counts as alive. */
  check(outcome: Outcome<void>): void {
    this.#verb('check', async (link, signal) => link.check?.(signal), outcome);
  }

  /** Gives up whatever else runs: only the goodbye is waited for. */
  close(outcome: Outcome<void>): void {
    this.#abortAll();
    this.#verb('close', (link, signal) => link.close(signal), outcome);
  }

  /** Gives up one verb; whatever it still answers is nobody's. */
  abort(verb: string): void {
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

  #isOver(verb: string, controller: AbortController): boolean {
    return this.#running.get(verb) === controller && this.#running.delete(verb);
  }

  #verb<T>(verb: string, start: (link: Link, signal: AbortSignal) => Promise<T>, outcome: Outcome<T>): void {
    const link = this.#link;
    if (link) this.run(verb, (signal) => start(link, signal), outcome);
  }
}

/** A verb may throw before it returns a promise. A promise is taken as it is: one more around it would cost two turns. */
function started<T>(start: (signal: AbortSignal) => T | PromiseLike<T>, signal: AbortSignal): Promise<Awaited<T>> {
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
