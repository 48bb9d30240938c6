/**
 * A world played by hand: a transport whose verbs wait until a test lets a fact happen, by the fact's own name, and a clock whose timers end
 * when the test says which. For model-based runs, where the model says what happens next. Nothing here happens by itself.
 */
import { MISTATUS, statusName, type Fact, type Reason } from '../../machines/index.js';
import type { Clock } from '../policy.js';
import {
  TransportError,
  type Capabilities,
  type Credentials,
  type Link,
  type LinkEvents,
  type Presence,
  type Transport,
} from '../transport.js';

export type ScriptedVerb = 'findServer' | 'connect' | 'synchronize' | 'publish' | 'check' | 'close';

/** A call of a verb that is not answered yet. */
export interface ScriptedCall {
  readonly verb: ScriptedVerb;
  /** Of connect: the name only, never the secret. */
  readonly name?: string;
  /** Of connect: whether there is a link to resume. */
  readonly resumes?: boolean;
  /** Of publish. */
  readonly presence?: Presence;
}

export interface ScriptedTransport {
  readonly transport: Transport;
  /** Verbs that wait to be answered, oldest first. An aborted one waits no longer. */
  readonly waiting: readonly ScriptedCall[];
  /** Links handed out and not dropped yet. */
  readonly links: number;
  /**
   * Lets one of the transport's facts happen: answers the verb that waits for it, or loses the line.
   * @throws Error when nothing waits for it, when another status is being published, or when it is no transport's fact
   */
  happen(fact: Fact): void;
}

interface Waiting extends ScriptedCall {
  readonly events?: LinkEvents;
  resolve(value?: unknown): void;
  reject(error: unknown): void;
}

/** Which verb a fact answers. */
const verbs: Partial<Record<Fact['type'], ScriptedVerb>> = {
  'server.found': 'findServer',
  'server.failed': 'findServer',
  'link.opened': 'connect',
  'link.refused': 'connect',
  'session.synchronized': 'synchronize',
  'session.failed': 'synchronize',
  'status.published': 'publish',
  'status.refused': 'publish',
  'link.verified': 'check',
  'link.closed': 'close',
};

const everything: Capabilities = {
  statuses: [
    MISTATUS.ONLINE,
    MISTATUS.INVISIBLE,
    MISTATUS.BUSY,
    MISTATUS.BE_RIGHT_BACK,
    MISTATUS.IDLE,
    MISTATUS.AWAY,
    MISTATUS.ON_THE_PHONE,
    MISTATUS.OUT_TO_LUNCH,
  ],
  note: 512,
  resume: true,
};

/** @param options.capabilities what differs from: every status, notes up to 512 units, sessions that can be resumed */
export function createScriptedTransport(options: { readonly capabilities?: Partial<Capabilities> } = {}): ScriptedTransport {
  const waiting: Waiting[] = [];
  const open = new Map<Link, LinkEvents>();

  function wait<T>(call: Omit<Waiting, 'resolve' | 'reject'>, signal: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const entry: Waiting = { ...call, resolve: (value) => resolve(value as T), reject };
      if (signal.aborted) return reject(signal.reason as Error);
      waiting.push(entry);
      signal.addEventListener('abort', () => {
        take(entry);
        reject(signal.reason as Error);
      });
    });
  }
  function take(entry: Waiting): void {
    const place = waiting.indexOf(entry);
    if (place >= 0) waiting.splice(place, 1);
  }
  function createLink(events: LinkEvents): Link {
    const link: Link = {
      synchronize: (signal) => wait({ verb: 'synchronize' }, signal),
      publish: (presence, signal) => wait({ verb: 'publish', presence }, signal),
      check: (signal) => wait({ verb: 'check' }, signal),
      close: (signal) => wait({ verb: 'close' }, signal),
      drop: () => void open.delete(link),
    };
    open.set(link, events);
    return link;
  }
  const errorOf = ({ reason, hr }: { reason: Reason; hr?: number }) => new TransportError(reason, hr === undefined ? {} : { hr });

  return {
    transport: {
      name: 'scripted',
      capabilities: { ...everything, ...options.capabilities },
      findServer: (_, signal) => wait({ verb: 'findServer' }, signal),
      connect: (_, { name }: Credentials, events, signal, previous) =>
        wait({ verb: 'connect', name, resumes: previous !== undefined, events }, signal),
    },
    get waiting() {
      return waiting.map(({ verb, name, resumes, presence }) => ({
        verb,
        ...(name === undefined ? {} : { name }),
        ...(resumes === undefined ? {} : { resumes }),
        ...(presence === undefined ? {} : { presence }),
      }));
    },
    get links() {
      return open.size;
    },
    happen(fact) {
      if (fact.type === 'link.lost') {
        const events = [...open.values()].at(-1);
        if (!events) throw new Error('scripted transport: link.lost, but there is no link');
        return events.lost(errorOf(fact));
      }
      const verb = verbs[fact.type];
      if (!verb) throw new Error(`scripted transport: ${fact.type} is not a transport's to report`);
      const entry = waiting.find((call) => call.verb === verb);
      if (!entry) throw new Error(`scripted transport: ${fact.type}, but no ${verb} waits`);
      if (fact.type === 'status.published' && entry.presence?.status !== fact.status) {
        const given = statusName(entry.presence?.status ?? MISTATUS.UNKNOWN);
        throw new Error(`scripted transport: status.published with ${statusName(fact.status)}, but ${given} is being published`);
      }
      take(entry);
      if ('reason' in fact) entry.reject(errorOf(fact));
      else if (fact.type === 'link.opened' && entry.events) entry.resolve(createLink(entry.events));
      else if (fact.type === 'session.synchronized') entry.resolve({ resumed: fact.resumed });
      else entry.resolve(fact.type === 'server.found' ? { address: 'scripted' } : undefined);
    },
  };
}

/** A timer that runs. Times are milliseconds. */
export interface ScriptedTimer {
  readonly ms: number;
  readonly due: number;
}

/**
 * A clock for model-based runs. A model lets timers that run side by side end in any order, and so may a host that is late; a pretend clock
 * keeps the order of their deadlines, so it cannot follow.
 */
export interface ScriptedClock extends Clock {
  /** Timers that run, in the order in which they were started. */
  readonly armed: readonly ScriptedTimer[];
  /** Ends one timer: time goes on to its deadline if it is not there yet, so it is never early; the others stay, however late. */
  fire(timer: ScriptedTimer): void;
  /** The wall clock leaps, and no timer ends. @param ms may be negative */
  leap(ms: number): void;
}

/** @param options.now where time begins, milliseconds since the epoch; default 0 */
export function createScriptedClock(options: { readonly now?: number } = {}): ScriptedClock {
  let time = options.now ?? 0;
  const armed = new Set<ScriptedTimer & { readonly fn: () => void }>();
  return {
    now: () => time,
    setTimeout(fn, ms) {
      const timer = Object.freeze({ ms, due: time + Math.max(0, ms), fn });
      armed.add(timer);
      return timer;
    },
    clearTimeout: (id) => void armed.delete(id as never),
    get armed() {
      return [...armed];
    },
    fire(timer) {
      const found = [...armed].find((one) => one === timer);
      if (!found) throw new Error('scripted clock: this timer does not run');
      armed.delete(found);
      time = Math.max(time, found.due);
      found.fn();
    },
    leap(ms) {
      time += ms;
    },
  };
}
