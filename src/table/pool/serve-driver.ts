/**
 * Obeys what the chart commands, session by session, and reports what came of it. Limits are the pool's timers; credentials and the texts of
 * notes live here, for as long as somebody is signed in or wants to be. It must never decide what happens next, nor let a credential into the
 * pool (L19).
 */
import type { Command, Fact, Message, Output, Publisher, SettableStatus, ShownStatus } from '../../../machines/index.js';
import type { Credentials, Presence, Server, Transport } from '../../transport.js';
import type { SessionPool } from './pool.js';
import { checkTransport, isName } from './serve-arguments.js';
import { Gate, SessionLine, type Outcome } from './serve-line.js';
import {
  attemptFailed,
  checkFailed,
  lineLost,
  phaseOf,
  publicationFailed,
  synchronizingFailed,
  type Failed,
} from './serve-words.js';
import type { SessionId } from './sessions.js';

export type ServedPool = SessionPool<Message, Output>;

export interface ServeOptions {
  /** The plug: one for all, or a function that makes one for each session, asked when a session that is at rest is signed in. */
  readonly transport: Transport | ((session: SessionId) => Transport);
  /**
   * Where credentials come from that nobody gave to `signin`: for the sessions of a restored pool, and for one renewal of a token that has
   * expired. Nothing, or another name: the attempt ends as `invalidPassword`.
   */
  readonly credentials?: (session: SessionId, signal: AbortSignal) => Credentials | undefined | Promise<Credentials | undefined>;
  /** Most links that are being opened at one time; default: no limit. Who waits does so within the limit of connecting (15 s). */
  readonly concurrency?: number;
  /** What says since when somebody is idle, ms since the epoch; give the pool's. Default: the host's time. */
  readonly clock?: { now(): number };
}

/** What is kept of a session that is not at rest. */
export interface Served {
  readonly transport: Transport;
  readonly line: SessionLine;
  name: string | undefined;
  /** What was given to `signin`, kept for retries; `offered` is what this attempt uses. */
  given: Credentials | undefined;
  offered: Credentials | undefined;
  server: Server;
  note: string | undefined;
  /** The user's change that is not answered yet. */
  asked: { readonly status: SettableStatus; readonly note: string | undefined } | undefined;
  lastInput: number | undefined;
}

/** What decides about a session, as far as it is needed here. */
interface Decisive {
  readonly user?: unknown;
  readonly wished?: SettableStatus;
}

export class PoolDriver {
  readonly served = new Map<SessionId, Served>();
  readonly #pool: ServedPool;
  readonly #options: ServeOptions;
  readonly #gate: Gate;
  readonly #listening: (() => void)[];
  /** The session of which a fact is on its way: what follows from it is nobody's input. */
  #reporting: SessionId | undefined;
  #isDisposed = false;

  constructor(pool: ServedPool, options: ServeOptions) {
    this.#pool = pool;
    this.#options = options;
    this.#gate = new Gate(options.concurrency ?? Infinity);
    this.#listening = this.#listen();
    for (const session of [...pool]) this.#takeUp(session);
  }

  /** What will be kept of a session, or is. */
  servedOf(session: SessionId): Served {
    return this.served.get(session) ?? this.#made(session);
  }

  contextOf(session: SessionId): Decisive {
    return this.#pool.getSnapshot(session).context;
  }

  now(): number {
    return this.#options.clock?.now() ?? Date.now();
  }

  /** Drops the line of a session, and all that was kept of it. */
  forget(session: SessionId): void {
    const served = this.served.get(session);
    this.served.delete(session);
    served?.line.drop();
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const end of this.#listening.splice(0)) end();
    for (const session of [...this.served.keys()]) this.forget(session);
  }

  #listen(): (() => void)[] {
    const pool = this.#pool;
    // A listener of the app may dispose of the host in the middle of a step.
    const obey =
      <C>(act: (session: SessionId, served: Served, command: C) => void) =>
      (command: C, session: SessionId): void =>
        void (this.#isDisposed || act(session, this.#kept(session), command));
    return [
      pool.on(
        'server.find',
        obey((session, served) => this.#find(session, served)),
      ),
      pool.on(
        'link.open',
        obey((session, served, { renew }) => (renew ? this.#renew(session, served) : this.#connect(session, served))),
      ),
      pool.on(
        'session.synchronize',
        obey((session, served) => this.#synchronize(session, served)),
      ),
      pool.on(
        'presence.publish',
        obey((session, served, command) => this.#publish(session, served, command)),
      ),
      pool.on(
        'presence.withdraw',
        obey((_, served) => {
          served.asked = undefined;
          served.line.abort('publish');
        }),
      ),
      pool.on(
        'link.check',
        obey((session, served) => this.#checkLine(session, served)),
      ),
      pool.on(
        'link.close',
        obey((session, served) => served.line.close(() => this.#report(session, { type: 'link.closed' }))),
      ),
      pool.on(
        'link.drop',
        obey((_, served) => {
          served.asked = undefined;
          served.line.drop();
        }),
      ),
      pool.on('session.forget', (_, session) => this.forget(session)),
      pool.on('timer.start', ({ timer }, session) => {
        if (timer !== 'idle' || this.#isDisposed) return;
        const served = this.#kept(session);
        // Idleness is counted from the last input; after a loss it only goes on.
        if (this.#reporting !== session || served.lastInput === undefined) served.lastInput = this.now();
      }),
    ];
  }

  /** A session that was not at rest when it was saved: its line is gone, what it was looking for is looked for again. */
  #takeUp(session: SessionId): void {
    switch (phaseOf(this.#pool.getSnapshot(session).value)) {
      case 'attempt':
        return this.#find(session, this.#kept(session), this.#pool.matches(session, { attempt: 'connecting' }));
      case 'synchronizing':
      case 'online':
        return this.#report(session, lineLost({ reason: 'lineLost' }));
      case 'disconnecting':
        return this.#report(session, { type: 'link.closed' });
      case 'signedOut':
      case 'waiting':
        return;
    }
  }

  /** @param isFound by the chart: only the address has to be had again */
  #find(session: SessionId, served: Served, isFound = false): void {
    const failing = isFound ? 'link.refused' : 'server.failed';
    const failed = (failure: Failed) => this.#report(session, attemptFailed(failing, failure));
    const find = (credentials: Credentials) => {
      served.offered = credentials;
      served.line.find(credentials, {
        done: (server) => {
          served.server = server;
          if (isFound) this.#connect(session, served);
          else this.#report(session, { type: 'server.found' });
        },
        failed,
      });
    };
    served.offered = undefined;
    served.server = undefined;
    if (served.given) return find(served.given);
    this.#askFor(session, served, {
      done: (stored) => {
        if (!isUsable(stored) || (served.name !== undefined && stored.name !== served.name))
          return failed({ reason: 'invalidPassword' });
        served.name = stored.name;
        find(stored);
      },
      failed,
    });
  }

  #askFor(session: SessionId, { line }: Served, outcome: Outcome<unknown>): void {
    line.run('credentials', (signal): unknown => this.#options.credentials?.(session, signal), outcome);
  }

  #connect(session: SessionId, served: Served): void {
    if (!served.offered) return;
    served.line.connect(served.server, served.offered, {
      done: () => this.#report(session, { type: 'link.opened' }),
      failed: (failure) => this.#report(session, attemptFailed('link.refused', failure)),
    });
  }

  /** One expired token may be renewed: only another one is offered. */
  #renew(session: SessionId, served: Served): void {
    const former = served.offered;
    this.#askFor(session, served, {
      done: (renewed) => {
        const isNew = isUsable(renewed) && (renewed.token !== former?.token || renewed.password !== former?.password);
        if (!isNew || renewed.name !== served.name)
          return this.#report(session, { type: 'link.refused', reason: 'tokenExpired' });
        served.offered = { ...(former?.server === undefined ? {} : { server: former.server }), ...renewed };
        if (served.given) served.given = served.offered;
        this.#connect(session, served);
      },
      failed: (failure) => this.#report(session, attemptFailed('link.refused', failure)),
    });
  }

  #synchronize(session: SessionId, { line }: Served): void {
    line.synchronize({
      done: (result: { readonly resumed: boolean } | undefined) =>
        this.#report(session, { type: 'session.synchronized', resumed: result?.resumed === true }),
      failed: (failure) => this.#report(session, synchronizingFailed(failure)),
    });
  }

  #publish(session: SessionId, served: Served, command: Extract<Command, { type: 'presence.publish' }>): void {
    const { by } = command;
    const status: ShownStatus | undefined = command.by === 'user' ? served.asked?.status : command.status;
    // Asked for past the host, which alone could say what; or nothing that this network can show.
    if (status === undefined) return this.#refused(session, by, 'unexpected');
    if (!served.transport.capabilities.statuses.includes(status)) return this.#refused(session, by, 'statusRejected');
    const note = by === 'user' ? served.asked?.note : served.note;
    const { user, wished } = this.contextOf(session);
    const isIdle = by !== 'user' && (user === 'idle' || user === 'away') && status !== wished;
    const presence: Presence = {
      status,
      ...(note === undefined ? {} : { note }),
      ...(isIdle && served.lastInput !== undefined ? { idleSince: served.lastInput } : {}),
    };
    served.line.publish(presence, {
      done: () => {
        if (by === 'user') {
          served.note = note;
          served.asked = undefined;
        }
        this.#report(session, { type: 'status.published', by, status });
      },
      failed: (failure) => {
        if (by === 'user') served.asked = undefined;
        this.#report(session, publicationFailed(by, failure));
      },
    });
  }

  #refused(session: SessionId, by: Publisher, reason: 'unexpected' | 'statusRejected'): void {
    this.#report(session, { type: 'status.refused', by, reason });
  }

  #checkLine(session: SessionId, { line }: Served): void {
    line.check({
      done: () => this.#report(session, { type: 'link.verified' }),
      failed: (failure) => this.#report(session, checkFailed(failure)),
    });
  }

  #report(session: SessionId, fact: Fact): void {
    // Closed past the host: nobody needs the line any more.
    if (!this.#pool.isOpen(session)) return this.forget(session);
    const outer = this.#reporting;
    this.#reporting = session;
    try {
      this.#pool.send(session, fact);
    } finally {
      this.#reporting = outer;
    }
  }

  #kept(session: SessionId): Served {
    const served = this.servedOf(session);
    this.served.set(session, served);
    return served;
  }

  #made(session: SessionId): Served {
    const { transport: given } = this.#options;
    const transport = typeof given === 'function' ? given(session) : given;
    checkTransport(transport);
    const line = new SessionLine(transport, this.#gate, (failure) => this.#report(session, lineLost(failure)));
    const nothing = { name: undefined, given: undefined, offered: undefined, server: undefined, note: undefined };
    return { transport, line, ...nothing, asked: undefined, lastInput: undefined };
  }
}

function isUsable(credentials: unknown): credentials is Credentials {
  return typeof credentials === 'object' && credentials !== null && isName((credentials as { name?: unknown }).name);
}
