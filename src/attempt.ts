/**
 * An attempt: whose credentials it offers, the server that it finds, the link that it opens, and one renewal. It is the only owner of credentials,
 * which must never leave it but to the transport (L19). It reports what came of a verb and decides nothing.
 */
import type { Fact } from '../machines/index.js';
import { isValidName } from './arguments.js';
import { signinFailure, type Failed, type Line } from './line.js';
import type { Credentials, CredentialsSource } from './transport.js';

/** Who is told what came of it. */
export interface AttemptHost {
  send(fact: Fact): void;
  fail(failure: Failed, fact: (failure: Failed) => Fact): void;
  /** A link stands; the machine is not told yet. */
  opened(): void;
}

export class Attempt {
  readonly #line: Line;
  readonly #stored: CredentialsSource | undefined;
  readonly #host: AttemptHost;
  #number = 0;
  #name: string | undefined;
  /** What the user typed, kept for retries; never leaves this class but to the transport. */
  #typed: Credentials | undefined;
  /** What this attempt offers. */
  #offered: Credentials | undefined;
  #server: unknown;

  constructor(line: Line, stored: CredentialsSource | undefined, host: AttemptHost) {
    this.#line = line;
    this.#stored = stored;
    this.#host = host;
  }

  /** Counts attempts from 1; 0 before any. */
  get number(): number {
    return this.#number;
  }

  /** The name that is signed in, or being signed in. */
  get name(): string | undefined {
    return this.#name;
  }

  /** Somebody who was signed in before a restart. */
  restore(name: string): void {
    this.#name = name;
  }

  /** Typed credentials, or the stored ones when there are none; for this attempt and its retries. */
  use(credentials: Credentials | undefined): void {
    const stored = this.#stored;
    const isSecretGiven = credentials?.password !== undefined || credentials?.token !== undefined;
    // Only the name, for somebody who waits already: what was offered before is offered again.
    if (credentials && !isSecretGiven && this.#name === credentials.name) this.#typed &&= { ...this.#typed, ...credentials };
    else this.#typed = credentials && { ...credentials };
    this.#name = credentials?.name ?? (typeof stored === 'object' ? stored.name : undefined);
  }

  find(): void {
    this.#number += 1;
    this.#offered = undefined;
    this.#server = undefined;
    if (this.#typed) return this.#findServer(this.#typed);
    this.#askForStored({
      done: (stored) => {
        if (!isUsable(stored) || (this.#name !== undefined && stored.name !== this.#name)) {
          return this.#host.send({ type: 'server.failed', reason: 'invalidPassword' });
        }
        this.#name = stored.name;
        this.#findServer(stored);
      },
      failed: (failure) => this.#host.fail(failure, (f) => ({ type: 'server.failed', ...signinFailure(f) })),
    });
  }

  connect(): void {
    const credentials = this.#offered;
    if (!credentials) return;
    this.#line.connect(this.#server, credentials, {
      done: () => {
        this.#host.opened();
        this.#host.send({ type: 'link.opened' });
      },
      failed: (failure) => this.#host.fail(failure, (f) => ({ type: 'link.refused', ...signinFailure(f) })),
    });
  }

  /** One expired token may be renewed: the app is asked for another, and only another one is offered. */
  renew(): void {
    const expired: Fact = { type: 'link.refused', reason: 'tokenExpired' };
    const former = this.#offered;
    this.#askForStored({
      done: (renewed) => {
        const isNew = isUsable(renewed) && (renewed.token !== former?.token || renewed.password !== former?.password);
        if (!isNew || renewed.name !== this.#name) return this.#host.send(expired);
        this.#offered = { ...(former?.server === undefined ? {} : { server: former.server }), ...renewed };
        if (this.#typed) this.#typed = this.#offered;
        this.connect();
      },
      failed: (failure) => this.#host.fail(failure, (f) => ({ type: 'link.refused', ...signinFailure(f) })),
    });
  }

  /** Signed out: nothing of it is kept. */
  forget(): void {
    this.#typed = undefined;
    this.#offered = undefined;
    this.#server = undefined;
    this.#name = undefined;
    this.#line.forget();
  }

  #askForStored(outcome: { done(stored: unknown): void; failed(failure: Failed): void }): void {
    const stored = this.#stored;
    this.#line.run<unknown>('credentials', (signal) => (typeof stored === 'function' ? stored(signal) : stored), outcome);
  }

  #findServer(credentials: Credentials): void {
    this.#offered = credentials;
    const { name, server } = credentials;
    this.#line.find(server === undefined ? { name } : { name, server }, {
      done: (found) => {
        this.#server = found;
        this.#host.send({ type: 'server.found' });
      },
      failed: (failure) => this.#host.fail(failure, (f) => ({ type: 'server.failed', ...signinFailure(f) })),
    });
  }
}

function isUsable(credentials: unknown): credentials is Credentials {
  return typeof credentials === 'object' && credentials !== null && isValidName((credentials as { name?: unknown }).name);
}
