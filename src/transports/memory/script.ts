/**
 * What shall go wrong: the switches of the memory server and the plan that they make for one call of a verb. It decides everything at the call,
 * so that a run can be repeated; it must never touch sessions, time or the call itself.
 */
import type { MISTATUS } from '../../../machines/index.js';
import { TransportError } from '../../transport.js';

/** The asynchronous verbs of a transport and its link. */
export type Verb = 'findServer' | 'connect' | 'synchronize' | 'publish' | 'check' | 'close';

/** `true`: until switched off. A number: the next so many times; it counts down where it stands. `false` or 0: off. */
export type Fault = boolean | number;

/** A fault that may carry the server's own "retry after" (milliseconds); `times` limits it as a number does. */
export type Overload = Fault | { readonly retryAfterMs?: number; readonly times?: number };

/** Milliseconds on the server's clock; a pair is drawn evenly between the two by the server's `random`. 0 uses no timer at all. */
export type Latency = number | readonly [least: number, most: number] | (() => number);

/** Something for some of the verbs. */
export type PerVerb<T> = { readonly [V in Verb]?: T | undefined };

/**
 * The switches. All are off at first; each can be set at any time and counts for the verbs called from then on, never for one that is already on
 * its way. Where several would strike, `server.next` goes first, then `fail`, then the order below; only the one that strikes is used up.
 */
export interface Faults {
  /** How long a verb takes; one for all or by verb. */
  latency: Latency | PerVerb<Latency>;
  /** Further time that `synchronize` takes: the long contact list. */
  slowSync: Latency;
  /** The verb never settles, except by its abort signal: not even by a loss of its line. One for all or by verb. */
  silent: Fault | PerVerb<Fault>;
  /** The verb does not look at its abort signal and settles late, after its latency: a late link (L21, L26). Silent as well: never at all. */
  deaf: Fault | PerVerb<Fault>;
  /** The verb rejects with this, whatever it is (a TransportError, any other error, a string), until it is taken out. */
  fail: PerVerb<unknown>;
  /** findServer: `serverNotFound`, with no server reached (L09). */
  serverNotFound: Fault;
  /** connect: `connectFailed`. */
  refuse: Fault;
  /** connect: `tlsFailed`. */
  tlsFailure: Fault;
  /** connect: `versionMismatch`. */
  versionMismatch: Fault;
  /** connect: `serverUnavailable`. */
  unavailable: Overload;
  /** connect: `serverTooBusy`. */
  tooBusy: Overload;
  /** connect: `invalidPassword`, whatever was offered. */
  wrongPassword: Fault;
  /** connect: `tokenExpired`, whatever was offered. */
  tokenExpired: Fault;
  /** publish: `statusRejected`; a list: only these statuses, until it is taken out. */
  rejectStatus: Fault | readonly MISTATUS[];
}

/** What is to become of one call. */
export interface Plan {
  readonly latency: number;
  readonly silent: boolean;
  readonly deaf: boolean;
  /** Boxed, as anything can be thrown, `undefined` too. */
  readonly failure?: { readonly error: unknown };
}

/** What a plan depends on. */
export interface Asked {
  readonly verb: Verb;
  readonly name: string;
  readonly status?: MISTATUS;
  /** Nobody is there: the plan has no failure and uses none up. */
  readonly down: boolean;
}

export interface Script {
  readonly faults: Faults;
  faultsFor(name: string): Faults;
  next(verb: Verb, error: unknown, options?: { readonly times?: number; readonly name?: string }): void;
  calm(): void;
  plan(asked: Asked): Plan;
}

const off: Faults = {
  latency: 0,
  slowSync: 0,
  silent: false,
  deaf: false,
  fail: {},
  serverNotFound: false,
  refuse: false,
  tlsFailure: false,
  versionMismatch: false,
  unavailable: false,
  tooBusy: false,
  wrongPassword: false,
  tokenExpired: false,
  rejectStatus: false,
};

const switches = {
  findServer: [['serverNotFound', 'serverNotFound']],
  connect: [
    ['refuse', 'connectFailed'],
    ['tlsFailure', 'tlsFailed'],
    ['versionMismatch', 'versionMismatch'],
    ['unavailable', 'serverUnavailable'],
    ['tooBusy', 'serverTooBusy'],
    ['wrongPassword', 'invalidPassword'],
    ['tokenExpired', 'tokenExpired'],
  ],
  synchronize: [],
  publish: [],
  check: [],
  close: [],
} as const;

/** Sealed, so that a misspelt switch throws instead of doing nothing. */
function calmFaults(): Faults {
  return Object.seal({ ...off });
}

function isPerVerb<T>(value: T | PerVerb<T>): value is PerVerb<T> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a fault strikes, and what is left of it. */
function strike(fault: Fault | undefined): { readonly hit: boolean; readonly rest: Fault } {
  if (typeof fault !== 'number') return { hit: fault === true, rest: fault ?? false };
  return fault >= 1 ? { hit: true, rest: fault - 1 } : { hit: false, rest: fault };
}

function strikeByVerb(faults: Faults, key: 'silent' | 'deaf', verb: Verb): boolean {
  const setting = faults[key];
  if (typeof setting === 'object') {
    const { hit, rest } = strike(setting[verb]);
    if (hit) faults[key] = { ...setting, [verb]: rest };
    return hit;
  }
  const { hit, rest } = strike(setting);
  faults[key] = rest;
  return hit;
}

function strikeOverload(
  faults: Faults,
  key: 'unavailable' | 'tooBusy',
): { readonly hit: boolean; readonly retryAfterMs?: number } {
  const setting = faults[key];
  if (typeof setting !== 'object') {
    const { hit, rest } = strike(setting);
    faults[key] = rest;
    return { hit };
  }
  const { hit, rest } = strike(setting.times ?? true);
  if (hit && typeof rest === 'number') faults[key] = rest > 0 ? { ...setting, times: rest } : false;
  return setting.retryAfterMs === undefined ? { hit } : { hit, retryAfterMs: setting.retryAfterMs };
}

function failureOf(faults: Faults, { verb, status }: Asked): { readonly error: unknown } | undefined {
  if (faults.fail[verb] !== undefined) return { error: faults.fail[verb] };
  for (const [key, reason] of switches[verb]) {
    if (key === 'unavailable' || key === 'tooBusy') {
      const { hit, retryAfterMs } = strikeOverload(faults, key);
      if (hit) return { error: new TransportError(reason, retryAfterMs === undefined ? {} : { retryAfterMs }) };
      continue;
    }
    const { hit, rest } = strike(faults[key]);
    faults[key] = rest;
    if (hit) return { error: new TransportError(reason) };
  }
  if (verb !== 'publish' || status === undefined) return undefined;
  const { rejectStatus } = faults;
  if (typeof rejectStatus === 'object')
    return rejectStatus.includes(status) ? { error: new TransportError('statusRejected') } : undefined;
  const { hit, rest } = strike(rejectStatus);
  faults.rejectStatus = rest;
  return hit ? { error: new TransportError('statusRejected') } : undefined;
}

/** A script with everything switched off. */
export function createScript(random: () => number): Script {
  const general = calmFaults();
  const ofName = new Map<string, Faults>();
  const queue: { readonly verb: Verb; readonly name: string | undefined; readonly error: unknown }[] = [];

  function milliseconds(latency: Latency | undefined): number {
    let ms: number;
    if (typeof latency === 'function') ms = latency();
    else if (typeof latency === 'object') ms = latency[0] + random() * (latency[1] - latency[0]);
    else ms = latency ?? 0;
    if (!Number.isFinite(ms) || ms < 0) throw new RangeError(`memory server: expected a latency in milliseconds, got ${ms}`);
    return ms;
  }

  function latencyOf(faults: Faults, verb: Verb): number {
    const { latency, slowSync } = faults;
    const own = milliseconds(isPerVerb(latency) ? latency[verb] : latency);
    return verb === 'synchronize' ? own + milliseconds(slowSync) : own;
  }

  function takeNext(verb: Verb, name: string): { readonly error: unknown } | undefined {
    const place = queue.findIndex((entry) => entry.verb === verb && (entry.name ?? name) === name);
    return place < 0 ? undefined : queue.splice(place, 1)[0];
  }

  return {
    faults: general,
    faultsFor(name) {
      let faults = ofName.get(name);
      if (faults === undefined) ofName.set(name, (faults = calmFaults()));
      return faults;
    },
    next(verb, error, { times = 1, name } = {}) {
      if (!Object.hasOwn(switches, verb))
        throw new TypeError(`memory server: expected a verb such as 'connect', got ${String(verb)}`);
      for (let time = 0; time < times; time++) queue.push({ verb, name, error });
    },
    calm() {
      queue.length = 0;
      for (const faults of [general, ...ofName.values()]) Object.assign(faults, off);
    },
    plan(asked) {
      const { verb, name, down } = asked;
      const own = ofName.get(name);
      const levels = own === undefined ? [general] : [own, general];
      let latency = 0;
      for (const faults of levels) latency += latencyOf(faults, verb);
      const deaf = levels.some((faults) => strikeByVerb(faults, 'deaf', verb));
      const silent = levels.some((faults) => strikeByVerb(faults, 'silent', verb));
      if (down || silent) return { latency, deaf, silent };
      let failure = takeNext(verb, name);
      for (const faults of levels) failure ??= failureOf(faults, asked);
      return failure === undefined ? { latency, deaf, silent } : { latency, deaf, silent, failure: { error: failure.error } };
    },
  };
}
