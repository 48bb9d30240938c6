/**
 * What the transport of a served session tells without being asked, in the order in which it counts: what a session with the server tells goes on
 * from what was told on the one before, or begins anew. It keeps nothing once it has been told, and must never decide who is seen.
 */
import { reporting } from '../../report.js';
import type { ContactPresence, LinkEvents, OwnPresence, RosterEntry, SubscriptionRequest } from '../../transport.js';
import type { SessionId } from './sessions.js';

/**
 * What lines tell of others, each with its session: as the transport says it (`LinkEvents`), neither judged nor kept. It begins when the server has
 * handed over what has to be known before being online, a little before the status says so, and is over with the line. What one of them throws is
 * reported.
 */
export interface HostEvents {
  /** A session with the server is new: what was told for this one of the pool before does not hold. Not called where the server has kept it. */
  begun?(session: SessionId): void;
  contact?(session: SessionId, presence: ContactPresence): void;
  /** Another device of the same user. */
  own?(session: SessionId, presence: OwnPresence): void;
  roster?(session: SessionId, entries: readonly RosterEntry[]): void;
  request?(session: SessionId, request: SubscriptionRequest): void;
}

type Told = Omit<LinkEvents, 'lost'>;

/** Of one session. */
export class Surroundings implements Required<Told> {
  readonly #session: SessionId;
  readonly #events: HostEvents;
  /** What came before it was known whether the session is a new one; `missed` on lines that were lost before that. */
  #early: (() => void)[] | undefined = [];
  #missed: (() => void)[] = [];
  #isOver = false;

  constructor(session: SessionId, events: HostEvents) {
    this.#session = session;
    this.#events = events;
  }

  /** A link stands. */
  begin(): void {
    // A server that has kept the session does not say it twice.
    this.#missed.push(...(this.#early ?? []));
    this.#early = [];
  }

  /** @param kept what was told on the line before still holds */
  synchronized(kept: boolean): void {
    const facts = [...(kept ? this.#missed : [() => this.#events.begun?.(this.#session)]), ...(this.#early ?? [])];
    this.#missed = [];
    this.#early = undefined;
    // Whoever hears one may end the session.
    for (const fact of facts) if (!this.#isOver) reporting(fact);
  }

  /** Nobody is there any more who could be told. */
  end(): void {
    this.#isOver = true;
  }

  contact(presence: ContactPresence): void {
    this.#tell(() => this.#events.contact?.(this.#session, presence));
  }
  own(presence: OwnPresence): void {
    this.#tell(() => this.#events.own?.(this.#session, presence));
  }
  roster(entries: readonly RosterEntry[]): void {
    this.#tell(() => this.#events.roster?.(this.#session, entries));
  }
  request(request: SubscriptionRequest): void {
    this.#tell(() => this.#events.request?.(this.#session, request));
  }

  #tell(fact: () => void): void {
    if (this.#early) this.#early.push(fact);
    else fact();
  }
}
