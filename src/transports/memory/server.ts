/**
 * The server object that a test holds: options, scripting, introspection. It puts the parts together; it must never show a credential in anything
 * that can be read, printed or serialized, nor look at real time when it was given a clock.
 */
import { MISTATUS, settableStatuses } from '../../../machines/index.js';
import {
  type Capabilities,
  type ContactPresence,
  type Link,
  type RosterEntry,
  type Server,
  type Transport,
  TransportError,
} from '../../transport.js';
import { createOutbox } from './line.js';
import { type ContactLists, createLists } from './lists.js';
import { realClock, type ServerClock } from './perform.js';
import { createScript, type Faults, type Verb } from './script.js';
import { createSessions, type Session } from './sessions.js';
import { createTransport, type Deed } from './transport.js';
import { createUsers, type Secret } from './users.js';

export interface MemoryServerOptions {
  /** Where latencies and kept sessions are timed; default: the real clock. With latency 0 and without `resume` no timer is ever armed. */
  readonly clock?: ServerClock;
  /** Draws latencies given as a pair; in [0, 1); default `Math.random`. */
  readonly random?: () => number;
  /** Who may sign in, with a password, a token or both. Without it EVERY name with ANY non-empty password or token is accepted. */
  readonly users?: Readonly<Record<string, Secret>>;
  /**
   * Who has whom on the list of contacts, by sign-in name; whoever is left out has an empty list. Default: everybody sees everybody, and where there
   * are `users` they are the list.
   */
  readonly contacts?: ContactLists;
  /** Server addresses and domains of sign-in names that lead here; default: all do. Others are `serverNotFound`. */
  readonly domains?: readonly string[];
  /**
   * A second session of the same name: `kickOld` (default) throws the first out with `signedInElsewhere`; `allow` lets both live as devices that
   * see each other through `LinkEvents.own`, save that the same device name still replaces its former session.
   */
  readonly conflict?: 'kickOld' | 'allow';
  /** Keep lost sessions, with their presence, to be resumed; default false. */
  readonly resume?: boolean;
  /** How long a lost session is kept, milliseconds; default 60,000. */
  readonly resumeFor?: number;
  /** Longest note, UTF-16 units; default 1024. */
  readonly note?: number;
  /** How many entries `log` keeps; default 100,000, then the oldest go. */
  readonly logLimit?: number;
}

export interface MemoryTransportOptions {
  /** Name of the transport; default `memory`. */
  readonly name?: string;
  /** Name of the device, the same in each session; default: the server counts (`device1`, `device2`, ...). */
  readonly device?: string;
  /** In place of the defaults: the settable statuses and IDLE, the server's `note`, the server's `resume`. */
  readonly capabilities?: Partial<Capabilities>;
}

/** One thing that happened; never holds a credential. */
export interface LogEntry {
  /** When, on the server's clock. */
  readonly at: number;
  /** A verb that ended; `drop`: the client let go; `lost`: the server broke the line; `expired`: a kept session was given up. */
  readonly verb: Verb | 'drop' | 'lost' | 'expired';
  readonly name?: string;
  readonly device?: string;
  /** `ok`, `aborted`, `silent` (will not answer; `aborted` may follow), a reason, or `threw` with the class of anything else. */
  readonly outcome: string;
  /** Of a publish. */
  readonly status?: MISTATUS;
  /** Present when a deaf verb ended after its abort. */
  readonly late?: boolean;
}

/** A session as the server knows it, INVISIBLE included. */
export interface SessionView {
  readonly name: string;
  readonly device: string;
  /** OFFLINE until the first publish. */
  readonly status: MISTATUS;
  readonly note?: string;
  readonly idleSince?: number;
  /** `lost`: kept, waiting to be resumed. */
  readonly line: 'open' | 'lost';
}

export interface MemoryServerEvents {
  /** A presence as others see it. */
  presence: ContactPresence;
  /** A new entry of `log`. */
  log: LogEntry;
}

export interface MemoryServer {
  /** A plug into this server; all of them see each other. */
  transport(options?: MemoryTransportOptions): Transport;

  /** What shall go wrong, for everybody. */
  readonly faults: Faults;
  /** What shall go wrong for one sign-in name, looked at before `faults`; latencies add up. */
  faultsFor(name: string): Faults;
  /**
   * The next call of `verb` (of `name`, if given) rejects with `error`, whatever it is; further calls of `next` queue behind.
   * @param options.times how many calls; default 1
   * @throws TypeError when there is no such verb
   */
  next(verb: Verb, error: unknown, options?: { readonly times?: number; readonly name?: string }): void;
  /** All faults off, nothing queued. Calls already silent stay so. */
  calm(): void;

  /** Breaks the line (of `name`, else all) with `error`, default `lineLost`. Returns how many. */
  drop(name?: string, error?: TransportError): number;
  /** Throws `name` out: `signedInElsewhere`. Returns how many lines. */
  kick(name: string): number;
  /** Goes down: all lines lost with `serverShutdown`, kept sessions forgotten, `connect` fails with `connectFailed` until `restart`. */
  shutdown(): void;
  /** Comes up again; goes down first if it was up. */
  restart(): void;
  readonly running: boolean;

  /** Adds a user or changes the secret; a token that is replaced has expired. `undefined` removes the user. Sessions go on. */
  setUser(name: string, secret: Secret | undefined): void;
  /** Replaces somebody's list of contacts; their devices are told what has changed. */
  setContacts(name: string, list: readonly (string | RosterEntry)[]): void;
  /** `from` asks to see the presence of `to`, whose devices are told now and at each sign-in, until `to` has them on the list. */
  requestContact(from: string, to: string, note?: string): void;
  /** From now on this token is answered with `tokenExpired`. */
  expireToken(token: string): void;

  /** Everybody signed in, in order of arrival. */
  readonly sessions: readonly SessionView[];
  /** What others see; of several devices what `foldDevices` makes of them, as a service does. */
  presenceOf(name: string): ContactPresence;
  /** What happened, in order. */
  readonly log: readonly LogEntry[];
  /** How many lines are open. */
  readonly links: number;
  /** How many links were handed out and never let go by `drop()` (L26). */
  readonly undropped: number;
  /** How often `connect` handed over credentials of this name; not counted when the server could not be reached (L22). */
  credentialOffers(name: string): number;
  /** Most lines of this name open at one time (L26). */
  everOpen(name: string): number;
  /** Most `findServer` and `connect` calls of this name under way at one time, aborted ones not counted (L26). */
  everAttempting(name: string): number;
  /** Watches until the returned function is called. What a watcher throws goes to `console.error`. */
  on<T extends keyof MemoryServerEvents>(type: T, listener: (event: MemoryServerEvents[T]) => void): () => void;
}

interface Tally {
  now: number;
  most: number;
}

/**
 * Makes an embedded server: no sockets, no protocol; every user is a contact of every other unless there are `contacts`. Without `users` every name with any non-empty
 * password or token is accepted. Deterministic with an injected `clock` and `random`.
 */
export function createMemoryServer(options: MemoryServerOptions = {}): MemoryServer {
  const { clock = realClock, random = Math.random, conflict = 'kickOld', resume = false, resumeFor = 60_000 } = options;
  const { note = 1024, logLimit = 100_000, domains } = options;
  const log: LogEntry[] = [];
  const watchers: { readonly [T in keyof MemoryServerEvents]: Set<(event: MemoryServerEvents[T]) => void> } = {
    presence: new Set(),
    log: new Set(),
  };
  const outbox = createOutbox();
  const script = createScript(random);
  const users = createUsers(options.users);
  const lists = createLists(options.contacts, users.names);
  const addresses = new WeakSet<object>();
  const offers = new Map<string, number>();
  const attempts = new Map<string, Tally>();
  const mostOpen = new Map<string, number>();
  let running = true;
  let devices = 0;
  let undropped = 0;

  function record(deed: Deed): void {
    const entry: LogEntry = Object.freeze({ at: clock.now(), ...deed });
    log.push(entry);
    if (log.length > logLimit) log.shift();
    for (const watcher of watchers.log) outbox.add(() => watcher(entry));
  }

  const sessions = createSessions({
    clock,
    outbox,
    conflict,
    lists,
    keepFor: resume ? resumeFor : 0,
    note: (verb, { name, device }, outcome) => record({ verb, name, device, outcome }),
    watch(presence) {
      for (const watcher of watchers.presence) outbox.add(() => watcher(presence));
    },
  });
  const openSessions = (name?: string): Session[] =>
    [...sessions].filter((session) => session.line !== undefined && (name ?? session.name) === session.name);

  const linkOf = new WeakMap<Link, Session>();
  const inside = {
    clock,
    script,
    users,
    sessions,
    outbox,
    linkOf,
    record,
    running: () => running,
    locate({ name, server }: { readonly name: string; readonly server?: string }): Server | undefined {
      const address = server ?? name.slice(name.lastIndexOf('@') + 1);
      if (domains !== undefined && !domains.includes(address)) return undefined;
      const found = Object.freeze({ address });
      addresses.add(found);
      return found;
    },
    isAddress: (server: Server) => typeof server === 'object' && server !== null && addresses.has(server),
    newDevice: () => `device${++devices}`,
    offered: (name: string) => void offers.set(name, (offers.get(name) ?? 0) + 1),
    attempt(name: string, signal: AbortSignal): () => void {
      if (signal.aborted) return () => undefined;
      const tally = attempts.get(name) ?? { now: 0, most: 0 };
      attempts.set(name, tally);
      tally.most = Math.max(tally.most, ++tally.now);
      let over = false;
      const end = (): void => {
        if (over) return;
        over = true;
        tally.now--;
        signal.removeEventListener('abort', end);
      };
      signal.addEventListener('abort', end, { once: true });
      return end;
    },
    linkOpened(name: string) {
      undropped++;
      mostOpen.set(name, Math.max(mostOpen.get(name) ?? 0, openSessions(name).length));
    },
    linkDropped: () => void undropped--,
  };

  function drop(name?: string, error: TransportError = new TransportError('lineLost')): number {
    const lost = openSessions(name);
    sessions.lose(lost, error);
    return lost.length;
  }
  function shutdown(): void {
    running = false;
    sessions.lose([...sessions], new TransportError('serverShutdown'));
  }

  return Object.freeze<MemoryServer>({
    transport({ name = 'memory', device, capabilities } = {}) {
      const statuses = Object.freeze([...(capabilities?.statuses ?? [...settableStatuses, MISTATUS.IDLE])]);
      return createTransport(inside, { name, device, capabilities: Object.freeze({ note, resume, ...capabilities, statuses }) });
    },
    faults: script.faults,
    faultsFor: script.faultsFor,
    next: script.next,
    calm: script.calm,
    drop,
    kick: (name) => drop(name, new TransportError('signedInElsewhere')),
    shutdown,
    restart() {
      if (running) shutdown();
      running = true;
    },
    get running() {
      return running;
    },
    setUser(name, secret) {
      const isNew = users.names()?.includes(name) === false;
      users.set(name, secret);
      if (!isNew) return;
      for (const viewer of new Set([...sessions].map((session) => session.name))) {
        const entry = lists.of(viewer)?.find((one) => one.name === name);
        if (entry !== undefined) sessions.relist(viewer, [entry]);
      }
    },
    setContacts: (name, list) => sessions.relist(name, lists.set(name, list)),
    requestContact(from, to, note) {
      const request = Object.freeze({ name: from, ...(note === undefined ? {} : { note }) });
      lists.ask(to, request);
      sessions.request(to, request);
    },
    expireToken: users.expire,
    get sessions() {
      return [...sessions].map(({ name, device, presence, line }): SessionView => {
        return Object.freeze({
          name,
          device,
          ...(presence ?? { status: MISTATUS.OFFLINE }),
          line: line === undefined ? 'lost' : 'open',
        });
      });
    },
    presenceOf: sessions.presenceOf,
    log,
    get links() {
      return openSessions().length;
    },
    get undropped() {
      return undropped;
    },
    credentialOffers: (name) => offers.get(name) ?? 0,
    everOpen: (name) => mostOpen.get(name) ?? 0,
    everAttempting: (name) => attempts.get(name)?.most ?? 0,
    on(type, listener) {
      // Wrapped, so that one function watching twice is two watchers.
      const watcher: typeof listener = (event) => listener(event);
      watchers[type].add(watcher);
      return () => void watchers[type].delete(watcher);
    },
  });
}
