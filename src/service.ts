/**
 * What apps hold: one object that signs a user in, keeps the user's status with the server, and tells everything by notices. It judges
 * arguments, asks the table of answers, and hands on; it must never hold a state of its own.
 */
import {
  availabilityOf,
  E_INVALIDARG,
  isOnline,
  judge,
  leafOf,
  MISTATUS,
  MSGR_E_NOT_LOGGED_ON,
  phaseOf,
  PRESENCE_PROPERTY,
  S_OK,
  statusName,
  type Ask,
  type Rules,
  type SettableStatus,
} from '../machines/index.js';
import {
  checkClock,
  checkSource,
  checkTransport,
  judgeCredentials,
  judgeWish,
  settableOf,
  signalOf,
  type SigninWish,
  type WishOptions,
} from './arguments.js';
import { Driver, type InspectObserver } from './driver.js';
import { describe, MessengerError } from './errors.js';
import type { Listener, Notice, NoticeType } from './notices.js';
import { checkKeys, checkObject, defined, resolvePolicy, type Clock, type Policy, type PolicyOptions } from './policy.js';
import type { Recording, StepRecord } from './record.js';
import { checkWanted, readSnapshot, type Persisted } from './snapshot.js';
import type { Credentials, CredentialsSource, Transport } from './transport.js';
import type { Wish } from './wants.js';

export interface PresenceServiceOptions {
  /** The plug. */
  readonly transport: Transport;
  /** For `autoSignin()`, for one token renewal, after a restart: a value, or a function asked at each need. */
  readonly credentials?: CredentialsSource | undefined;
  /** Time limits (ms) and thresholds; what is left out is the default. */
  readonly policy?: PolicyOptions | undefined;
  readonly clock?: Clock | undefined;
  /** A number in [0, 1). */
  readonly random?: (() => number) | undefined;
  /** From `getPersistedSnapshot()`, to resume after a restart. */
  readonly snapshot?: PersistedSnapshot | undefined;
  /** An XState inspection observer, passed on unchanged. */
  readonly inspect?: InspectObserver | undefined;
  /** How many records of steps are kept; 200 unless given. */
  readonly records?: number | undefined;
  /** Called with each record as it is made, for a file; one that throws is reported. */
  readonly onRecord?: ((record: StepRecord) => void) | undefined;
}

/** Plain JSON; what is in it is not for apps to read. */
export type PersistedSnapshot = Readonly<Record<string, unknown>> | Persisted;

export interface Environment {
  readonly network?: boolean | undefined;
  readonly awake?: boolean | undefined;
  /** false: the last input is now. */
  readonly userActive?: boolean | undefined;
}

const optionNames = ['transport', 'credentials', 'policy', 'clock', 'random', 'snapshot', 'inspect', 'records', 'onRecord'];

const hostClock: Clock = {
  now: () => Date.now(),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (id) => clearTimeout(id as ReturnType<typeof setTimeout>),
};

/**
 * A service, signed out; it begins nothing by itself unless a snapshot says that somebody was signed in.
 * @throws TypeError for an option that is missing, unknown or of the wrong kind
 * @throws MessengerError (E_INVALIDARG) for a snapshot that is damaged or of an unknown version
 */
export function createPresenceService(options: PresenceServiceOptions): PresenceService {
  return new PresenceService(options);
}

export class PresenceService {
  readonly #driver: Driver;
  readonly #policy: Policy;
  readonly #rules: Rules;
  readonly #clock: Clock;
  readonly #noteLimit: number;
  readonly #hasCredentials: boolean;
  #isDisposed = false;

  constructor(options: PresenceServiceOptions) {
    checkObject('createPresenceService', options);
    checkKeys('createPresenceService', options, optionNames);
    const {
      transport,
      credentials,
      clock = hostClock,
      random = Math.random,
      snapshot,
      inspect,
      onRecord,
      records = 200,
    } = options;
    checkTransport(transport);
    checkSource(credentials);
    checkClock(clock);
    if (typeof random !== 'function') throw new TypeError(`random: expected a function, got ${describe(random)}`);
    if (!Number.isInteger(records) || records < 0)
      throw new TypeError(`records: expected a whole number of 0 or more, got ${describe(records)}`);
    if (onRecord !== undefined && typeof onRecord !== 'function') {
      throw new TypeError(`onRecord: expected a function, got ${describe(onRecord)}`);
    }
    this.#policy = resolvePolicy(options.policy);
    this.#clock = clock;
    this.#noteLimit = transport.capabilities.note;
    this.#hasCredentials = credentials !== undefined;
    this.#rules = rulesOf(transport, this.#policy);
    const restored = snapshot === undefined ? undefined : readSnapshot(snapshot);
    checkWanted(restored, this.#rules, this.#noteLimit);
    this.#driver = new Driver({
      transport,
      credentials,
      policy: this.#policy,
      clock,
      random,
      rules: this.#rules,
      restored,
      inspect,
      records,
      onRecord,
    });
  }

  /**
   * Asks to be signed in; the outcome comes by notices.
   * @param credentials name (at most 129 characters, no white space), password or token, server if it is not to be found by name
   * @param wish the status, note and end of it to sign in with
   * @returns S_OK; S_FALSE: joins the attempt that runs; MSGR_E_ALREADY_LOGGED_ON; E_FAIL: somebody else is being signed in or out;
   *   E_INVALIDARG
   * @throws TypeError for arguments of the wrong kind; MessengerError on a disposed service
   */
  signin(credentials: Credentials, wish: SigninWish = {}): number {
    this.#check('signin');
    const hr = judgeCredentials(credentials);
    checkObject('signin', wish);
    checkKeys('signin', wish, ['status', 'note', 'until']);
    const extra = this.#judgeWish('signin', wish.status, wish);
    if (hr !== S_OK || !extra) return E_INVALIDARG;
    const name = this.#driver.isName(credentials.name) ? 'same' : 'other';
    const [answer, effect] = judge(this.#driver.state, { type: 'signin', name });
    if (effect === 'refused') return answer;
    if (effect === 'accepted') this.#driver.use(defined(credentials));
    this.#begin(wish.status, extra, this.#policy.firstTry === 'retry' ? 'retry' : 'once');
    return answer;
  }

  /**
   * Signs in with the stored credentials, unattended.
   * @returns S_OK; E_FAIL: there are none, or somebody is being signed out; S_FALSE: an attempt runs or is waited for;
   *   MSGR_E_ALREADY_LOGGED_ON
   */
  autoSignin(): number {
    this.#check('autoSignin');
    const [answer, effect] = judge(this.#driver.state, { type: 'autoSignin', credentials: this.#hasCredentials });
    if (effect !== 'accepted') return answer;
    this.#driver.use(undefined);
    this.#begin(undefined, {}, this.#policy.firstTry === 'once' ? 'once' : 'retry');
    return answer;
  }

  /** Signs out, or gives up an attempt, a wait or a hold. @returns S_OK; MSGR_E_NOT_LOGGED_ON */
  signout(): number {
    this.#check('signout');
    return this.#ask({ type: 'signout' }, () => this.#driver.request({ type: 'signout.request' }));
  }

  /**
   * Asks for a status.
   * @returns S_OK: answered by one OnMyStatusChange; S_FALSE: kept and shown as soon as somebody is online; MSGR_E_NOT_LOGGED_ON;
   *   MSGR_E_SERVER_TOO_BUSY: too many changes wait; E_INVALIDARG: not settable on this transport, note too long, `until` in the past
   */
  setStatus(status: SettableStatus | number, options: WishOptions = {}): number {
    this.#check('setStatus');
    if (typeof status !== 'number') throw new TypeError(`setStatus: expected a status number, got ${describe(status)}`);
    checkObject('setStatus', options);
    checkKeys('setStatus', options, ['note', 'until']);
    const extra = this.#judgeWish('setStatus', status, options);
    if (!extra) return E_INVALIDARG;
    const wish: Wish = { status: status as SettableStatus, ...extra };
    const [answer, effect] = judge(this.#driver.state, { type: 'setStatus', status });
    if (effect === 'refused') return answer;
    if (effect === 'kept') this.#driver.wants.want(wish);
    else this.#driver.wants.ask(wish);
    this.#driver.request({ type: 'status.request', status: wish.status });
    if (effect === 'kept') this.#driver.watchExpiry();
    return answer;
  }

  /** The status of the notice delivered last. Assigning is `setStatus`, and throws a MessengerError if that is refused. */
  get myStatus(): MISTATUS {
    return this.#driver.notices.status;
  }
  set myStatus(status: MISTATUS) {
    const hr = this.setStatus(status);
    if (hr < 0) throw new MessengerError(hr, `myStatus: ${statusName(status)} was refused while ${leafOf(this.#driver.state)}`);
  }

  /** The name that is signed in, or being signed in. */
  get mySigninName(): string | undefined {
    return this.#driver.name;
  }

  /** By PRESENCE_PROPERTY; what the machine does not know is null. */
  get presenceProperties(): readonly (number | string | boolean | null)[] {
    const { status, note } = this.#driver.notices;
    const values: (number | string | boolean | null)[] = Array.from({ length: PRESENCE_PROPERTY.MAX }, () => null);
    values[PRESENCE_PROPERTY.MSTATE] = status;
    values[PRESENCE_PROPERTY.AVAILABILITY] = availabilityOf(status);
    values[PRESENCE_PROPERTY.IS_BLOCKED] = false;
    values[PRESENCE_PROPERTY.PRESENCE_NOTE] = isOnline(status) ? (note ?? '') : null;
    return Object.freeze(values);
  }

  /**
   * Listens. One that throws or rejects harms nobody else and is reported.
   * @param type a notice's type, or '*' for all
   * @returns ends the listening, as `signal` does
   */
  on<T extends NoticeType>(type: T, listener: Listener<T>, options: { signal?: AbortSignal | undefined } = {}): () => void {
    this.#check('on');
    if (!['OnSignin', 'OnMyStatusChange', 'OnSignout', 'OnContactStatusChange', '*'].includes(type)) {
      throw new TypeError(
        `on: ${JSON.stringify(type)} is no notice; expected OnSignin, OnMyStatusChange, OnSignout, OnContactStatusChange or '*'`,
      );
    }
    if (typeof listener !== 'function') throw new TypeError(`on: expected a function, got ${describe(listener)}`);
    return this.#driver.notices.on(type, listener, signalOf('on', options));
  }

  /** The notices from now on, as an async iterator; it ends with `signal` or with the service. */
  notices(options: { signal?: AbortSignal | undefined } = {}): AsyncIterableIterator<Notice> {
    this.#check('notices');
    return this.#driver.notices.iterate(signalOf('notices', options));
  }

  /**
   * Comes true at once when online, else at the first online notice: never at `OnSignin`.
   * @throws MessengerError (as a rejection) when the machine comes to rest signed out, or is disposed of; not on a failure that is retried
   */
  ready(options: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    if (this.#isDisposed) return Promise.reject(disposed('ready'));
    const leaf = leafOf(this.#driver.state);
    const isThere = phaseOf(leaf) === 'online' && isOnline(this.myStatus);
    const signal = signalOf('ready', options);
    return isThere && !signal?.aborted ? Promise.resolve() : this.#driver.notices.ready(leaf === 'signedOut', signal);
  }

  /** What the app knows of its surroundings. @throws TypeError for anything but booleans */
  environment(known: Environment): void {
    this.#check('environment');
    checkObject('environment', known);
    checkKeys('environment', known, ['network', 'awake', 'userActive']);
    for (const [key, value] of Object.entries(known)) {
      if (value !== undefined && typeof value !== 'boolean')
        throw new TypeError(`environment.${key}: expected a boolean, got ${describe(value)}`);
    }
    this.#driver.environment(known);
  }

  /** Everything that a restart needs, as plain JSON with absolute times and without any secret. */
  getPersistedSnapshot(): PersistedSnapshot {
    this.#check('getPersistedSnapshot');
    return structuredClone(this.#driver.persist());
  }

  /** The XState actor, to read and observe; not to send to. Its notices lack what the driver stamps: attempt, retryAt, previous. */
  get actor(): Driver['actor'] {
    return this.#driver.actor;
  }

  /** The last steps of the machine, oldest first; they hold no secret and no note. */
  get records(): readonly StepRecord[] {
    return this.#driver.records;
  }

  /** The records with where they begin, as plain JSON: what `presence-machine replay` runs again. */
  get recording(): Recording {
    return this.#driver.recording;
  }

  /** Ends everything at once, without a goodbye; nothing follows. Twice is harmless. */
  dispose(): Promise<void> {
    this.#isDisposed = true;
    this.#driver.dispose();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #begin(status: SettableStatus | undefined, extra: Omit<Wish, 'status'>, tries: 'once' | 'retry'): void {
    const { wants } = this.#driver;
    const isWish = status !== undefined || extra.note !== undefined || extra.until !== undefined;
    // What was wished for while signed out may have run out: no timer runs at rest (L27).
    const isOver = wants.expire(this.#clock.now());
    const wished = status ?? wants.wanted.status;
    if (isWish) wants.want({ status: wished, ...extra });
    this.#driver.request({ type: 'signin.request', tries, ...(isWish || isOver ? { status: wished } : {}) });
    if (isWish || wants.wanted.until !== undefined) this.#driver.watchExpiry();
  }

  #ask(ask: Ask, send: () => void): number {
    const [answer, effect] = judge(this.#driver.state, ask);
    if (effect === 'accepted') send();
    return answer;
  }

  #judgeWish(what: string, status: unknown, options: WishOptions): Omit<Wish, 'status'> | undefined {
    return judgeWish(what, status, options, { statuses: this.#rules.statuses, note: this.#noteLimit, now: this.#clock.now() });
  }

  #check(call: string): void {
    if (this.#isDisposed) throw disposed(call);
    this.#driver.catchUp();
  }
}

const disposed = (call: string) => new MessengerError(MSGR_E_NOT_LOGGED_ON, `${call}: the service was disposed of`);

function rulesOf(transport: Transport, policy: Policy): Rules {
  const { statuses } = transport.capabilities;
  return {
    statuses: settableOf(transport),
    idle: statuses.includes(MISTATUS.IDLE),
    away: policy.awayAfterIdle > 0 && statuses.includes(MISTATUS.AWAY),
    idleFrom: policy.idleFrom,
    remember: policy.remember,
    queue: 8,
  };
}
