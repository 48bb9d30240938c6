/**
 * Obeys what the chart commands, session by session, and reports what came of it. Limits are the pool's timers; credentials and the texts of
 * notes live here, for as long as somebody is signed in or wants to be. It must never decide what happens next, nor let a credential into the
 * pool (L19).
 */
import type { Command, Fact, SettableStatus, ShownStatus } from '../../../machines/index.js';
import type { Presence } from '../../transport.js';
import { hostingOf, type Hosting } from './hosted.js';
import { checkTransport } from './serve-arguments.js';
import { Attempts } from './serve-attempt.js';
import { Surroundings } from './serve-events.js';
import { Gate, SessionLine } from './serve-line.js';
import type { Served, ServedPool, ServeOptions } from './serve-options.js';
import { checkFailed, isLoss, lineLost, phaseOf, publicationFailed, synchronizingFailed, type Failed } from './serve-words.js';
import type { SessionId } from './sessions.js';

/** What decides about a session, as far as it is needed here. */
interface Decisive {
  readonly user?: unknown;
  readonly wished?: SettableStatus;
}

export class PoolDriver {
  readonly served = new Map<SessionId, Served>();
  readonly #pool: ServedPool;
  readonly #hosting: Hosting;
  readonly #options: ServeOptions;
  readonly #gate: Gate | undefined;
  readonly #attempts: Attempts;
  readonly #listening: (() => void)[];
  /** The session of which a fact is on its way: what follows from it is nobody's input. */
  #reporting: SessionId | undefined;
  #isDisposed = false;

  /** @throws what the app's own `transport` throws for a session that is taken up: then nothing is served */
  constructor(pool: ServedPool, options: ServeOptions) {
    const { concurrency = Infinity } = options;
    this.#pool = pool;
    this.#hosting = hostingOf(pool);
    this.#options = options;
    this.#gate = concurrency === Infinity ? undefined : new Gate(concurrency);
    this.#attempts = new Attempts(options.credentials, {
      report: (session, fact) => this.#report(session, fact),
      fail: (session, failure, fact) => this.#fail(session, failure, fact),
    });
    this.#listening = this.#listen();
    try {
      for (const session of [...pool]) if (pool.isOpen(session)) this.#takeUp(session);
    } catch (error) {
      this.dispose();
      throw error;
    }
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
    this.#hosting.floors.forget(session);
    served?.surroundings.end();
    served?.line.drop();
  }

  /** After a call that has thrown: what is kept for somebody who is at rest or closed is kept for nobody. */
  forgetIdle(session: SessionId): void {
    if (!this.#pool.isOpen(session) || phaseOf(this.#pool.getSnapshot(session).value) === 'signedOut') this.forget(session);
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const end of this.#listening.splice(0)) end();
    for (const session of [...this.served.keys()]) this.forget(session);
  }

  #listen(): (() => void)[] {
    const pool = this.#pool;
    const obey =
      <C>(act: (session: SessionId, served: Served, command: C) => void) =>
      (command: C, session: SessionId): void => {
        const served = this.#kept(session);
        if (served) act(session, served, command);
      };
    return [
      this.#hosting.onClose((session) => this.forget(session)),
      pool.on(
        'server.find',
        obey((session, served) => this.#attempts.find(session, served)),
      ),
      pool.on(
        'link.open',
        obey((session, served, { renew }) =>
          renew ? this.#attempts.renew(session, served) : this.#attempts.connect(session, served),
        ),
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
        obey((session, served) => {
          const over = () => this.#report(session, { type: 'link.closed' });
          served.line.close({ done: over, failed: over });
        }),
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
        const served = timer === 'idle' ? this.#kept(session) : undefined;
        // Idleness is counted from the last input; after a loss it only goes on.
        if (served && (this.#reporting !== session || served.lastInput === undefined)) served.lastInput = this.now();
      }),
    ];
  }

  /** A session that was not at rest when it was saved: its line is gone, what it was looking for is looked for again. */
  #takeUp(session: SessionId): void {
    switch (phaseOf(this.#pool.getSnapshot(session).value)) {
      case 'attempt': {
        const served = this.#kept(session);
        if (served) this.#attempts.find(session, served, this.#pool.matches(session, { attempt: 'connecting' }));
        return;
      }
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

  #synchronize(session: SessionId, { line, surroundings }: Served): void {
    line.synchronize({
      done: (result: { readonly resumed: boolean; readonly kept?: boolean } | undefined) => {
        const resumed = result?.resumed === true;
        surroundings.synchronized(result?.kept ?? resumed);
        this.#report(session, { type: 'session.synchronized', resumed });
        this.#arrived(session);
      },
      failed: (failure) => this.#fail(session, failure, synchronizingFailed),
    });
  }

  #publish(session: SessionId, served: Served, command: Extract<Command, { type: 'presence.publish' }>): void {
    const { by } = command;
    const status: ShownStatus | undefined = command.by === 'user' ? served.asked?.status : command.status;
    // Asked for past the host, which alone could say what; or nothing that this network can show.
    const refusal = status === undefined ? 'unexpected' : 'statusRejected';
    if (status === undefined || !served.transport.capabilities.statuses.includes(status)) {
      if (by === 'user') served.asked = undefined;
      return this.#report(session, { type: 'status.refused', by, reason: refusal });
    }
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
        this.#arrived(session);
      },
      failed: (failure) => {
        if (by === 'user') served.asked = undefined;
        const fact = publicationFailed(by, failure);
        // Only the first publication of a session is followed by a wait, or one that has taken the line with it.
        if (by === 'signin' || isLoss(failure)) this.#fail(session, failure, () => fact);
        else this.#report(session, fact);
      },
    });
  }

  #checkLine(session: SessionId, { line }: Served): void {
    line.check({
      done: () => this.#report(session, { type: 'link.verified' }),
      failed: (failure) => this.#fail(session, failure, checkFailed),
    });
  }

  /** The server may have said how long to stay away: what waits for the next attempt begins in the step of the fact. */
  #fail(session: SessionId, failure: Failed, fact: (failure: Failed) => Fact): void {
    if (failure.retryAfterMs !== undefined) this.#hosting.floors.heed(session, failure.retryAfterMs);
    this.#report(session, fact(failure));
  }

  /** Online: whatever the server had said before is over. */
  #arrived(session: SessionId): void {
    const { floors } = this.#hosting;
    if (floors.has(session) && phaseOf(this.#pool.getSnapshot(session).value) === 'online') floors.forget(session);
  }

  #report(session: SessionId, fact: Fact): void {
    const outer = this.#reporting;
    this.#reporting = session;
    try {
      this.#pool.send(session, fact);
    } catch (error) {
      if (fact.type === 'link.lost') this.#doubt(session);
      throw error;
    } finally {
      this.#reporting = outer;
    }
  }

  /** A function of `delays` has thrown, so that the loss could not be told, and nobody would tell it again: a check that is not answered does. */
  #doubt(session: SessionId): void {
    this.served.get(session)?.line.drop();
    if (this.#pool.isOpen(session)) this.#pool.send(session, { type: 'clock.jumped' });
  }

  /** @returns undefined: a listener of the app has closed the session in the middle of a step, or disposed of the host */
  #kept(session: SessionId): Served | undefined {
    if (this.#isGone(session)) return undefined;
    const served = this.servedOf(session);
    // So may whoever makes the transport.
    if (this.#isGone(session)) return undefined;
    this.served.set(session, served);
    return served;
  }

  #isGone(session: SessionId): boolean {
    return this.#isDisposed || !this.#pool.isOpen(session);
  }

  #made(session: SessionId): Served {
    const { transport: given } = this.#options;
    const transport = typeof given === 'function' ? given(session) : given;
    checkTransport(transport);
    const surroundings = new Surroundings(session, this.#options.events ?? {});
    const line = new SessionLine(transport, this.#gate, {
      lost: (failure) => this.#fail(session, failure, lineLost),
      contact: (presence) => surroundings.contact(presence),
      own: (presence) => surroundings.own(presence),
      roster: (entries) => surroundings.roster(entries),
      request: (request) => surroundings.request(request),
    });
    const nothing = { name: undefined, given: undefined, offered: undefined, server: undefined, note: undefined };
    return { transport, line, surroundings, ...nothing, asked: undefined, lastInput: undefined };
  }
}
