/**
 * A pool with its driver: what apps hold. It judges calls as a service does, by the phase of the session, and sends what is accepted to the
 * pool; the outcome comes by the pool's notices. It must never keep or show a credential itself (L19).
 */
import type { Phase, SettableStatus } from '../../../machines/index.js';
import type { Credentials } from '../../transport.js';
import {
  areCredentials,
  checkEvents,
  checkObject,
  checkTransport,
  isShowable,
  kindOf,
  type HostedSignin,
  type HostedWish,
} from './serve-arguments.js';
import { settableIn } from './hosted.js';
import { PoolDriver } from './serve-driver.js';
import type { Served, ServedPool, ServeOptions } from './serve-options.js';
import { answers, codes, phaseOf } from './serve-words.js';
import type { SessionId } from './sessions.js';

export type { HostedSignin, HostedWish } from './serve-arguments.js';
export type { HostEvents } from './serve-events.js';
export type { ServeOptions } from './serve-options.js';

/** A pool that is served; from `servePool`. */
export class PoolHost {
  readonly #pool: ServedPool;
  readonly #driver: PoolDriver;
  readonly #settable: readonly number[];
  #isDisposed = false;

  constructor(pool: ServedPool, options: ServeOptions) {
    checkObject('servePool', options, ['transport', 'credentials', 'concurrency', 'clock', 'events']);
    const { transport, credentials, concurrency = 1, events } = options;
    if (typeof transport !== 'function') checkTransport(transport);
    if (credentials !== undefined && typeof credentials !== 'function')
      throw new TypeError(`servePool: credentials: expected a function, got ${kindOf(credentials)}`);
    if (concurrency !== Infinity && !(Number.isInteger(concurrency) && concurrency > 0))
      throw new RangeError(`servePool: concurrency: expected a whole number, 1 or more, got ${String(concurrency)}`);
    if (events !== undefined) checkEvents(events);
    const statuses = settableIn(pool.table);
    if (!statuses) throw new TypeError('servePool: expected a pool of the presence chart, got one of another machine');
    this.#settable = statuses;
    this.#pool = pool;
    this.#driver = new PoolDriver(pool, options);
  }

  /** How many sessions are not at rest. */
  get serving(): number {
    return this.#driver.served.size;
  }

  /**
   * Signs a session in.
   * @returns S_OK; S_FALSE: joins what runs, status and note become the wish; E_INVALIDARG: a name, server, status or note that cannot be;
   *   MSGR_E_ALREADY_LOGGED_ON; E_FAIL: another name is being signed in, or one is being signed out
   * @throws TypeError for the wrong kind of thing, RangeError for a session that is none
   */
  signin(session: SessionId, credentials: Credentials, wish: HostedSignin = {}): number {
    this.#check('signin');
    const isNamed = areCredentials('signin', credentials);
    checkObject('signin', wish, ['status', 'note', 'tries']);
    const { status, note, tries = 'once' } = wish;
    if (tries !== 'once' && tries !== 'retry') throw new TypeError("signin: expected tries to be 'once' or 'retry'");
    const phase = this.#phase(session);
    const served = this.#driver.servedOf(session);
    if (!isShowable('signin', status, note, this.#settable, served.transport) || !isNamed) return codes.E_INVALIDARG;
    const isOther = phase !== 'signedOut' && phase !== 'online' && (served.name ?? credentials.name) !== credentials.name;
    const answer = isOther ? codes.E_FAIL : answers.signin[phase];
    if (answer < 0) return answer;
    this.#driver.served.set(session, served);
    if (answer === codes.S_OK) give(served, credentials);
    const isWish = status !== undefined || note !== undefined;
    const wished = isWish ? (status ?? this.#driver.contextOf(session).wished) : undefined;
    if (isWish) served.note = note;
    if (status !== undefined) served.lastInput = this.#driver.now();
    this.#sent(session, () => this.#begin(session, phase, tries, wished));
    return answer;
  }

  /** Signs a session out, or gives up its attempt, wait or hold. @returns S_OK; MSGR_E_NOT_LOGGED_ON */
  signout(session: SessionId): number {
    this.#check('signout');
    const answer = answers.signout[this.#phase(session)];
    if (answer === codes.S_OK) this.#pool.send(session, { type: 'signout.request' });
    return answer;
  }

  /**
   * Asks for a status.
   * @returns S_OK: answered by one OnMyStatusChange; S_FALSE: kept until online; MSGR_E_NOT_LOGGED_ON; MSGR_E_SERVER_TOO_BUSY: a change is at
   *   the server; E_INVALIDARG: not settable on this transport, or a note that is too long
   * @throws TypeError for the wrong kind of thing, RangeError for a session that is none
   */
  setStatus(session: SessionId, status: SettableStatus | number, wish: HostedWish = {}): number {
    this.#check('setStatus');
    if (typeof status !== 'number') throw new TypeError(`setStatus: expected a status number, got ${kindOf(status)}`);
    checkObject('setStatus', wish, ['note']);
    const phase = this.#phase(session);
    const served = phase === 'signedOut' ? undefined : this.#driver.servedOf(session);
    if (!isShowable('setStatus', status, wish.note, this.#settable, served?.transport)) return codes.E_INVALIDARG;
    const answer = answers.setStatus[phase];
    if (answer < 0 || !served) return codes.MSGR_E_NOT_LOGGED_ON;
    const request = { type: 'status.request', status: status as SettableStatus } as const;
    const isBusy = served.asked !== undefined || !this.#pool.can(session, request);
    if (answer === codes.S_OK && isBusy) return codes.MSGR_E_SERVER_TOO_BUSY;
    this.#driver.served.set(session, served);
    const former = { asked: served.asked, note: served.note, lastInput: served.lastInput };
    if (answer === codes.S_OK) served.asked = { status: request.status, note: wish.note };
    else served.note = wish.note;
    served.lastInput = this.#driver.now();
    this.#sent(
      session,
      () => void this.#pool.send(session, request),
      () => Object.assign(served, former),
    );
    return answer;
  }

  /** Ends a session of the pool together with its line, without a goodbye. @throws RangeError for a session that is none */
  close(session: SessionId): void {
    this.#pool.close(session);
  }

  /** Without a goodbye: aborts every verb, drops every link, forgets every credential. The pool is left as it is. Twice is harmless. */
  dispose(): void {
    this.#isDisposed = true;
    this.#driver.dispose();
  }

  #begin(session: SessionId, phase: Phase, tries: 'once' | 'retry', status: SettableStatus | undefined): void {
    const isRetried = tries === 'retry' && phase === 'signedOut';
    if (!isRetried)
      return void this.#pool.send(session, {
        type: 'signin.request',
        tries: 'once',
        ...(status === undefined ? {} : { status }),
      });
    // The table has no word for a status together with `retry`: it is asked for in the same breath, unless a listener has closed the session.
    this.#pool.send(session, { type: 'signin.request', tries });
    if (status !== undefined && this.#pool.isOpen(session)) this.#pool.send(session, { type: 'status.request', status });
  }

  /** What cannot be sent has not been asked for. */
  #sent(session: SessionId, send: () => void, undo?: () => void): void {
    try {
      send();
    } catch (error) {
      undo?.();
      this.#driver.forgetIdle(session);
      throw error;
    }
  }

  #phase(session: SessionId): Phase {
    return phaseOf(this.#pool.getSnapshot(session).value);
  }

  #check(call: string): void {
    if (this.#isDisposed) throw new TypeError(`${call}: the host has been disposed of`);
  }
}

/** Only the name, for somebody who waits already: what was offered before is offered again. */
function give(served: Served, credentials: Credentials): void {
  const isSecretGiven = credentials.password !== undefined || credentials.token !== undefined;
  if (!isSecretGiven && served.name === credentials.name) served.given &&= { ...served.given, ...credentials };
  else served.given = { ...credentials };
  served.name = credentials.name;
}

/**
 * Serves a pool of the chart with a transport: from now on its commands are obeyed, for all its sessions, those that a restored pool brings
 * with it included (listen before). A server's own "retry after" is the least wait before its next attempt, whatever the pool's delays say. Dispose of
 * the host before the pool.
 * @param pool from `createSessionPool`
 * @throws TypeError or RangeError for an option that is not one, and for a pool of another machine
 */
export function servePool(pool: ServedPool, options: ServeOptions): PoolHost {
  return new PoolHost(pool, options);
}
