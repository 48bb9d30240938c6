/**
 * The client's side: a Transport whose verbs are calls into the server object. It reports and never decides, keeps nothing of the credentials
 * once `connect` has settled, and never calls an event before `connect` has resolved.
 */
import { type MISTATUS, statusName } from '../../../machines/index.js';
import {
  type Capabilities,
  type Credentials,
  type Link,
  type LinkEvents,
  type Presence,
  type Server,
  type Transport,
  TransportError,
} from '../../transport.js';
import { createLine, type Line, type Outbox } from './line.js';
import { type Cuts, outcomeOf, perform, type ServerClock } from './perform.js';
import type { Plan, Script, Verb } from './script.js';
import type { Session, Sessions } from './sessions.js';
import type { Users } from './users.js';

/** Who did what, for the log. */
export interface Deed {
  readonly verb: Verb | 'drop' | 'lost' | 'expired';
  readonly name: string;
  readonly device?: string;
  readonly outcome: string;
  readonly status?: MISTATUS;
  readonly late?: boolean;
}

/** What the transports of a server share. */
export interface Inside {
  readonly clock: ServerClock;
  readonly script: Script;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly outbox: Outbox;
  readonly linkOf: WeakMap<Link, Session>;
  running(): boolean;
  record(deed: Deed): void;
  /** An address for this request, or undefined when there is none. */
  locate(request: { readonly name: string; readonly server?: string }): Server | undefined;
  isAddress(server: Server): boolean;
  newDevice(): string;
  /** Credentials were handed over. */
  offered(name: string): void;
  /** An attempt's verb began; the answer ends it. */
  attempt(name: string, signal: AbortSignal): () => void;
  linkOpened(name: string): void;
  linkDropped(): void;
}

export interface TransportSetup {
  readonly name: string;
  readonly device: string | undefined;
  readonly capabilities: Capabilities;
}

/** The rest of one call: what `perform` does not know. */
interface CallOptions<T> {
  readonly verb: Verb;
  readonly name: string;
  readonly device?: string;
  readonly status?: MISTATUS;
  readonly signal: AbortSignal;
  readonly down?: boolean;
  /** Goes ahead without the script: nobody is there to be scripted. */
  readonly unscripted?: boolean;
  readonly cuts?: Cuts;
  readonly act: () => T;
  readonly done?: (plan: Plan | undefined, outcome: string) => void;
}

const unscripted: Plan = { latency: 0, silent: false, deaf: false };

function call<T>({ clock, script, record }: Inside, options: CallOptions<T>): Promise<T> {
  const { verb, name, device, status, signal, act, done, cuts } = options;
  const subject = { verb, name, ...(device === undefined ? {} : { device }), ...(status === undefined ? {} : { status }) };
  // An aborted call does nothing, so it uses nothing up.
  const idle = options.unscripted === true || signal.aborted;
  let plan: Plan;
  try {
    plan = idle ? unscripted : script.plan({ ...subject, down: options.down ?? false });
  } catch (error) {
    record({ ...subject, outcome: outcomeOf(error) });
    done?.(undefined, outcomeOf(error));
    return Promise.reject(error);
  }
  const note = (outcome: string, late: boolean): void => {
    record({ ...subject, outcome, ...(late ? { late } : {}) });
    if (outcome !== 'silent') done?.(plan, outcome);
  };
  return perform({ clock, plan, signal, act, note, ...(cuts === undefined ? {} : { cuts }) });
}

function createLink(inside: Inside, session: Session, line: Line, capabilities: Capabilities): Link {
  const { name, device } = session;
  const { sessions } = inside;
  let dropped = false;

  function onLine<T>(verb: Verb, signal: AbortSignal, act: () => T, status?: MISTATUS): Promise<T> {
    const alive = (): T => {
      if (!line.alive) throw new TransportError('lineLost');
      return act();
    };
    const about = { verb, name, device, signal, act: alive, unscripted: !line.alive, cuts: line.cuts };
    return call(inside, status === undefined ? about : { ...about, status });
  }

  function accept(presence: Presence): void {
    const { status, note = '' } = presence;
    if (!capabilities.statuses.includes(status)) {
      throw new TransportError('statusRejected', { message: `${statusName(status)} is no status of this server` });
    }
    if (note.length > capabilities.note) {
      throw new TransportError('statusRejected', { message: `note of ${note.length} units, ${capabilities.note} allowed` });
    }
    sessions.publish(session, presence);
  }

  return Object.freeze<Link>({
    synchronize: (signal) => onLine('synchronize', signal, () => ({ resumed: sessions.synchronize(session) })),
    publish: (presence, signal) => onLine('publish', signal, () => accept(presence), presence.status),
    check: (signal) => onLine('check', signal, () => undefined),
    close: (signal) => {
      const act = (): void => {
        if (line.alive) sessions.end(session);
        line.mute();
      };
      return call(inside, { verb: 'close', name, device, signal, act, unscripted: !line.alive, cuts: line.cuts });
    },
    drop() {
      if (dropped) return;
      dropped = true;
      inside.linkDropped();
      inside.record({ verb: 'drop', name, device, outcome: 'ok' });
      if (line.alive) sessions.abandon(session);
      line.mute();
    },
  });
}

export function createTransport(
  inside: Inside,
  { name: transportName, device: fixedDevice, capabilities }: TransportSetup,
): Transport {
  const { sessions, users, outbox, linkOf } = inside;

  function logOn(server: Server, credentials: Credentials, events: LinkEvents, previous: Link | undefined): Link {
    if (!inside.isAddress(server)) {
      throw new TransportError('unexpected', { message: 'connect: expected what findServer of this server resolved with' });
    }
    if (!inside.running()) throw new TransportError('connectFailed');
    inside.offered(credentials.name);
    users.check(credentials);

    const line = createLine(events, outbox);
    const former = previous === undefined ? undefined : linkOf.get(previous);
    const resumed = former?.name === credentials.name && sessions.resume(former, line);
    const identity = { name: credentials.name, device: fixedDevice ?? inside.newDevice(), resumable: capabilities.resume };
    const session = resumed ? former : sessions.begin(identity, line);
    const link = createLink(inside, session, line, capabilities);
    linkOf.set(link, session);
    inside.linkOpened(session.name);
    // One turn queues this behind the caller's own reaction to `connect`, which resolves after this function.
    queueMicrotask(() => queueMicrotask(() => line.open()));
    return link;
  }

  return Object.freeze<Transport>({
    name: transportName,
    capabilities,
    findServer(request, signal) {
      const { name } = request;
      const done = inside.attempt(name, signal);
      const act = (): Server => {
        const server = inside.locate(request);
        if (server === undefined) throw new TransportError('serverNotFound');
        return server;
      };
      return call(inside, { verb: 'findServer', name, signal, act, done });
    },
    connect(server, credentials, events, signal, previous) {
      const { name } = credentials;
      const end = inside.attempt(name, signal);
      const done = (plan: Plan | undefined, outcome: string): void => {
        end();
        // A scripted refusal of the credentials has seen them too (L22).
        const judged = outcome === 'invalidPassword' || outcome === 'tokenExpired';
        if (judged && plan?.failure !== undefined) inside.offered(name);
      };
      const act = (): Link => logOn(server, credentials, events, previous);
      return call(inside, { verb: 'connect', name, signal, down: !inside.running(), act, done });
    },
  });
}
