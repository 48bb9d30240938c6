/**
 * What apps hold: one object that signs a user in, keeps the user's status with the server, and tells everything by notices. It judges
 * arguments, asks the table of answers, and hands on; it must never hold a state of its own.
 */
import {
  E_INVALIDARG,
  isOnline,
  judge,
  leafOf,
  type MISTATUS,
  MSGR_E_NOT_LOGGED_ON,
  phaseOf,
  S_OK,
  statusName,
  type Ask,
  type Rules,
  type SettableStatus,
} from '../machines/index.js';
import { judgeCredentials, judgeWish, signalOf, type SigninWish, type WishOptions } from './arguments.js';
import type { Contact, Device } from './contacts.js';
import { Driver } from './driver.js';
import { describe, MessengerError } from './errors.js';
import type { Listener, Notice, NoticeType } from './notices.js';
import { readOptions, rulesOf, type PersistedSnapshot, type PresenceServiceOptions } from './options.js';
import { checkKeys, checkObject, defined, resolvePolicy, type Clock, type Policy } from './policy.js';
import { judgeProperties, readProperties, type PresenceProperties, type PresenceProperty } from './properties.js';
import type { Recording, StepRecord } from './record.js';
import { checkWanted, readSnapshot } from './snapshot.js';
import type { Credentials, SubscriptionRequest } from './transport.js';
import { unexpired, type Wish } from './wants.js';

export type { PersistedSnapshot, PresenceServiceOptions } from './options.js';

export interface Environment {
  readonly network?: boolean | undefined;
  readonly awake?: boolean | undefined;
  /** false: the last input is now, or at `lastInput`. */
  readonly userActive?: boolean | undefined;
  /** Beside `userActive: false`: when the last input was, for those who know it only later; ms since the epoch. */
  readonly lastInput?: number | undefined;
}

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
    const { transport, credentials, clock, random, snapshot, inspect, onRecord, records } = readOptions(options);
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
    const { wants } = this.#driver;
    if (effect === 'kept') {
      // What is over is not what this one stands before; at rest no timer has said so (L27).
      wants.expire(this.#clock.now());
      wants.want(wish);
    } else wants.ask(wish);
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

  /**
   * What the user wants others to see: what was confirmed, or kept while nobody was online. What a call asked for stands in `pending` until it is
   * answered; what is shown now is `myStatus`, which idleness may have put in its place. While signed out, what the next sign-in begins with.
   */
  get wanted(): Readonly<Wish> {
    const { status, note, until } = unexpired(this.#driver.wants.wanted, this.#clock.now());
    return wishOf({ status, ...(note === undefined ? {} : { note }), ...(until === undefined ? {} : { until }) });
  }

  /** The changes that were accepted (S_OK) and are not answered yet, oldest first: the first one is at the server. */
  get pending(): readonly Readonly<Wish>[] {
    return Object.freeze(this.#driver.wants.pending.map(wishOf));
  }

  /**
   * The contacts and what is seen of them, by name; iterates in the order of the names. Changes are told by
   * `OnContactStatusChange`, after the own notice that brought them; a list that was changed is told only as far as somebody's status is. All
   * are OFFLINE once the user is not online, and it is empty while signed out.
   */
  get contacts(): ReadonlyMap<string, Contact> {
    return this.#driver.contacts.view;
  }

  /** Who asks to see the user's presence, in the order in which they asked; empty while the user is not online. */
  get contactRequests(): readonly SubscriptionRequest[] {
    return this.#driver.contacts.requests;
  }

  /** The user's other devices that are signed in, by name, as the transport tells of them; empty while the user is not online. */
  get devices(): ReadonlyMap<string, Device> {
    return this.#driver.contacts.devices(this.#clock.now());
  }

  /** The name that is signed in, or being signed in. */
  get mySigninName(): string | undefined {
    return this.#driver.name;
  }

  /**
   * The local user's properties, by PRESENCE_PROPERTY; what the machine does not know is null. Assigning is `setPresenceProperties`, and throws
   * a MessengerError if that is refused.
   */
  get presenceProperties(): PresenceProperties {
    return readProperties(this.#driver.notices, this.#driver.wants.wanted.status);
  }
  set presenceProperties(values: readonly PresenceProperty[]) {
    const hr = this.setPresenceProperties(values);
    if (hr < 0) throw new MessengerError(hr, `presenceProperties: refused while ${leafOf(this.#driver.state)}`);
  }

  /**
   * Publishes properties, by PRESENCE_PROPERTY; null, undefined and an MSTATE of UNKNOWN leave one as it is. MSTATE is a settable status;
   * AVAILABILITY a number in the range of one (18000 and more: INVISIBLE); PRESENCE_NOTE a text, '' for none. A new status lasts; the note
   * alone leaves status and `until` as they are wanted. Either is a `setStatus`, and so counts as input: it ends idleness.
   * @returns as `setStatus`; E_INVALIDARG also for an index beyond the last (the origin's E_INVALIDINDEX), an availability that cannot be
   *   chosen (E_INVALIDAVAILABILITY) or that is not that of MSTATE beside it, nothing to publish, and properties that are not the user's to write
   * @throws TypeError for the wrong kind of thing
   */
  setPresenceProperties(values: readonly PresenceProperty[]): number {
    this.#check('setPresenceProperties');
    const { pending, wanted } = this.#driver.wants;
    const wish = judgeProperties(values, pending.at(-1) ?? unexpired(wanted, this.#clock.now()));
    if (!wish) return E_INVALIDARG;
    const { status, ...options } = wish;
    return this.setStatus(status, options);
  }

  /**
   * Listens. One that throws or rejects harms nobody else and is reported.
   * @param type a notice's type, or '*' for all that the machine tells; contacts are told of only to those who name their notices
   * @returns ends the listening, as `signal` does
   */
  on<T extends NoticeType>(type: T, listener: Listener<T>, options: { signal?: AbortSignal | undefined } = {}): () => void {
    this.#check('on');
    if (!noticeTypes.includes(type))
      throw new TypeError(`on: ${JSON.stringify(type)} is no notice; expected ${noticeTypes.slice(1).join(', ')} or '*'`);
    if (typeof listener !== 'function') throw new TypeError(`on: expected a function, got ${describe(listener)}`);
    return this.#driver.notices.on(type, listener, signalOf('on', options));
  }

  /**
   * The notices from now on, as an async iterator; it ends with `signal` or with the service. It leaves out those of contacts and their requests, as
   * '*' does: listen to them by their names.
   */
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

  /** What the app knows of its surroundings. @throws TypeError for the wrong kind of thing */
  environment(known: Environment): void {
    this.#check('environment');
    checkObject('environment', known);
    checkKeys('environment', known, ['network', 'awake', 'userActive', 'lastInput']);
    for (const [key, value] of Object.entries(known)) {
      const kind = key === 'lastInput' ? 'number' : 'boolean';
      if (value !== undefined && (typeof value !== kind || Number.isNaN(value)))
        throw new TypeError(`environment.${key}: expected a ${kind}, got ${describe(value)}`);
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

const noticeTypes = ['*', 'OnSignin', 'OnMyStatusChange', 'OnSignout', 'OnContactStatusChange', 'OnContactRequest'];
const wishOf = (wish: Wish): Readonly<Wish> => Object.freeze({ ...wish });
const disposed = (call: string) => new MessengerError(MSGR_E_NOT_LOGGED_ON, `${call}: the service was disposed of`);
