/**
 * Who is signed in, what each shows, and who is told: those who have somebody on their list, or everybody where there are no lists. It must never
 * see a credential, nor judge whether a session may begin.
 */
import { foldDevices, MISTATUS, type Reason } from '../../../machines/index.js';
import {
  type ContactPresence,
  type LinkEvents,
  type OwnPresence,
  type Presence,
  type RosterEntry,
  type SubscriptionRequest,
  TransportError,
} from '../../transport.js';
import type { Lists } from './lists.js';
import type { Line, Outbox } from './line.js';
import type { ServerClock } from './perform.js';

export interface Session {
  readonly name: string;
  readonly device: string;
  /** Whether it is kept when its line is lost. */
  readonly resumable: boolean;
  /** The line; none while the session waits to be resumed. */
  line: Line | undefined;
  presence: Presence | undefined;
  /** Has fetched the present presence of others, so it is told of changes. */
  synchronized: boolean;
  /** Resumed, and the client has not been told yet. */
  resumed: boolean;
  lostAt: number;
  expiry: { readonly id: unknown } | undefined;
  /** What the client missed while it was away: the last of each device, in order. */
  readonly missed: Map<string, (events: LinkEvents) => void>;
}

export type Identity = Pick<Session, 'name' | 'device' | 'resumable'>;

export interface SessionsOptions {
  readonly clock: ServerClock;
  readonly outbox: Outbox;
  readonly conflict: 'kickOld' | 'allow';
  readonly lists: Lists;
  /** Milliseconds; 0: no session outlives its line. */
  readonly keepFor: number;
  /** Hears what the server does of itself. */
  readonly note: (what: 'lost' | 'expired', session: Session, outcome: string) => void;
  /** Hears each presence as others see it. */
  readonly watch: (presence: ContactPresence) => void;
}

export interface Sessions extends Iterable<Session> {
  /** A new session; one of the same name that stands in its way is thrown out first. */
  begin(identity: Identity, line: Line): Session;
  /** Puts a kept session on a new line; false when there is none to resume. */
  resume(session: Session, line: Line): boolean;
  /** Tells the present presence of others, or what was missed; true when the session was resumed. */
  synchronize(session: Session): boolean;
  publish(session: Session, presence: Presence): void;
  /** The lines break, all before anybody is told. Reasons after which nothing is left to resume end the session. */
  lose(sessions: readonly Session[], error: TransportError): void;
  /** The client let go without a goodbye. */
  abandon(session: Session): void;
  /** Over; others see OFFLINE. */
  end(session: Session): void;
  presenceOf(name: string): ContactPresence;
  /** Tells the devices of `name` that the list has changed, and what is seen of those who are new on it. */
  relist(name: string, changes: readonly RosterEntry[]): void;
  /** Tells the devices of `name` that somebody asks to see them. */
  request(name: string, asked: SubscriptionRequest): void;
}

/** After these the server holds nothing back. */
const endings: ReadonlySet<Reason> = new Set<Reason>(['signedInElsewhere', 'policyViolation', 'serverShutdown']);

function ownPresence({ device, presence }: Session): OwnPresence {
  return Object.freeze({ device, ...(presence ?? { status: MISTATUS.OFFLINE }) });
}

function seenPresence({ name, device, presence }: Session): ContactPresence {
  const hidden = presence === undefined || presence.status === MISTATUS.INVISIBLE;
  return Object.freeze(hidden ? { name, device, status: MISTATUS.OFFLINE } : { name, device, ...presence });
}

function copyOf({ status, note, idleSince }: Presence): Presence {
  return Object.freeze({ status, ...(note === undefined ? {} : { note }), ...(idleSince === undefined ? {} : { idleSince }) });
}

export function createSessions({ clock, outbox, conflict, lists, keepFor, note, watch }: SessionsOptions): Sessions {
  const sessions = new Set<Session>();

  /** @param key whoever missed several of one kind needs the last one only */
  function inform(to: Session, key: readonly string[], event: (events: LinkEvents) => void): void {
    if (!to.synchronized) return;
    // A resumed client hears what it missed first, at synchronize.
    if (to.line !== undefined && !to.resumed) return to.line.tell(event);
    const missed = JSON.stringify(key);
    to.missed.delete(missed);
    to.missed.set(missed, event);
  }
  const tell = (to: Session, { name, device }: Session, event: (events: LinkEvents) => void): void =>
    inform(to, [name, device], event);

  /** What one client sees of one session, its own user's or another's. */
  function introduce(other: Session, tellThem: (event: (events: LinkEvents) => void) => void, viewer: string): void {
    if (other.presence === undefined) return;
    const own = ownPresence(other);
    const seen = seenPresence(other);
    if (other.name === viewer) tellThem((events) => events.own(own));
    else if (seen.status !== MISTATUS.OFFLINE && lists.sees(viewer, other.name)) tellThem((events) => events.contact(seen));
  }

  function show(session: Session, presence: Presence | undefined): void {
    const before = seenPresence(session).status;
    session.presence = presence;
    const own = ownPresence(session);
    const seen = seenPresence(session);
    const unseen = before === MISTATUS.OFFLINE && seen.status === MISTATUS.OFFLINE;
    if (!unseen) watch(seen);
    for (const other of sessions) {
      if (other === session) continue;
      if (other.name === session.name) tell(other, session, (events) => events.own(own));
      else if (!unseen && lists.sees(other.name, session.name)) tell(other, session, (events) => events.contact(seen));
    }
  }

  function disarm(session: Session): void {
    if (session.expiry !== undefined) clock.clearTimeout(session.expiry.id);
    session.expiry = undefined;
  }

  function end(session: Session): void {
    if (!sessions.delete(session)) return;
    disarm(session);
    session.line?.mute();
    session.line = undefined;
    if (session.presence !== undefined) show(session, undefined);
  }

  function expire(session: Session): void {
    if (session.line !== undefined || !sessions.has(session)) return;
    note('expired', session, 'ok');
    end(session);
  }

  /** Without a presence there is nothing to keep: a resumed client would not publish (L23). */
  function keepOrEnd(session: Session): void {
    if (!sessions.has(session)) return;
    if (keepFor <= 0 || !session.resumable || session.presence === undefined) return end(session);
    session.lostAt = clock.now();
    session.resumed = false;
    const id = clock.setTimeout(() => outbox.whole(() => expire(session)), keepFor);
    session.expiry = { id };
    // A kept session is no reason to keep the process alive.
    if (typeof id === 'object' && id !== null && 'unref' in id && typeof id.unref === 'function') id.unref();
  }

  function lose(lost: readonly Session[], error: TransportError): void {
    const cut = lost.filter((session) => session.line !== undefined);
    for (const session of cut) {
      const { line } = session;
      session.line = undefined;
      note('lost', session, error.reason);
      line?.lose(error);
    }
    for (const session of lost) {
      if (endings.has(error.reason)) end(session);
      else if (cut.includes(session)) keepOrEnd(session);
    }
  }

  function begin({ name, device, resumable }: Identity, line: Line): Session {
    const rivals = [...sessions].filter((other) => other.name === name && (conflict === 'kickOld' || other.device === device));
    lose(rivals, new TransportError('signedInElsewhere'));
    const beginning = { presence: undefined, synchronized: false, resumed: false, lostAt: 0, expiry: undefined };
    const session: Session = { name, device, resumable, line, ...beginning, missed: new Map() };
    sessions.add(session);
    return session;
  }

  function resume(session: Session, line: Line): boolean {
    if (!sessions.has(session) || !session.resumable || session.presence === undefined) return false;
    // Asked of the clock too: after a sleep the timer may be late.
    if (session.line === undefined && clock.now() - session.lostAt >= keepFor) {
      expire(session);
      return false;
    }
    disarm(session);
    session.line?.mute();
    session.line = line;
    session.resumed = true;
    return true;
  }

  function synchronize(session: Session): boolean {
    const { resumed, line } = session;
    if (resumed && session.synchronized) {
      for (const event of session.missed.values()) line?.tell(event);
    } else {
      const entries = lists.of(session.name);
      if (entries !== undefined) line?.tell((events) => events.roster?.(entries));
      for (const request of lists.requests(session.name)) line?.tell((events) => events.request?.(request));
      for (const other of sessions) if (other !== session) introduce(other, (event) => line?.tell(event), session.name);
    }
    session.missed.clear();
    session.resumed = false;
    session.synchronized = true;
    return resumed;
  }

  function relist(name: string, changes: readonly RosterEntry[]): void {
    for (const session of sessions) {
      if (session.name !== name) continue;
      for (const entry of changes) {
        inform(session, ['list', entry.name], (events) => events.roster?.([entry]));
        for (const other of sessions)
          if (other.name === entry.name) introduce(other, (event) => tell(session, other, event), name);
      }
    }
  }

  function request(name: string, asked: SubscriptionRequest): void {
    for (const session of sessions)
      if (session.name === name) inform(session, ['request', asked.name], (events) => events.request?.(asked));
  }

  function abandon(session: Session): void {
    if (session.line === undefined) return;
    session.line.mute();
    session.line = undefined;
    keepOrEnd(session);
  }

  return {
    [Symbol.iterator]: () => sessions.values(),
    begin: (identity, line) => outbox.whole(() => begin(identity, line)),
    resume: (session, line) => outbox.whole(() => resume(session, line)),
    synchronize: (session) => outbox.whole(() => synchronize(session)),
    publish: (session, presence) => outbox.whole(() => show(session, copyOf(presence))),
    lose: (lost, error) => outbox.whole(() => lose(lost, error)),
    abandon: (session) => outbox.whole(() => abandon(session)),
    relist: (name, changes) => outbox.whole(() => relist(name, changes)),
    request: (name, asked) => outbox.whole(() => request(name, asked)),
    end: (session) => outbox.whole(() => end(session)),
    presenceOf(name) {
      const devices = [...sessions].filter((session) => session.name === name);
      return Object.freeze({ name, ...foldDevices(devices.map(seenPresence)) });
    },
  };
}
