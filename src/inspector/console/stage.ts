/**
 * The stage of the console: the embedded server, the user's session on it or on a real server, the onlooker, and the clock that they share. It
 * does what is asked for and tells what came of it. Passwords are made anew for each stage, or asked for when needed; it must never tell one.
 */
import { randomUUID } from 'node:crypto';
import { MISTATUS, phaseOf, type Leaf } from '../../../machines/index.js';
import type { Credentials, PolicyOptions } from '../../index.js';
import { startLoopbackServer, type LoopbackServer } from '../../transports/loopback/index.js';
import { xmppTransport } from '../../transports/xmpp/index.js';
import { StageClock } from './clock.js';
import { usualLatency, valuesOf } from './faults.js';
import { Onlooker } from './onlooker.js';
import type { Account, Stage as StageView, Wanted } from './protocol.js';
import { Session, type Wished } from './session.js';

/** The defaults, but nobody plays for five minutes until they are idle. */
export const stagePolicy: PolicyOptions = { idleAfter: 20_000, awayAfterIdle: 40_000 };

export interface StageOptions {
  readonly policy?: PolicyOptions | undefined;
  readonly random?: (() => number) | undefined;
  /** Passwords of the embedded accounts. Default: made anew, known to nobody. */
  readonly passwords?: { readonly alice: string; readonly bob: string } | undefined;
  /** ms before the embedded server deals with anything. */
  readonly latency?: number | undefined;
  readonly clock?: StageClock | undefined;
  /** Asks the user, where no page can listen in; undefined: nobody answered. */
  readonly askPassword?: ((name: string, signal: AbortSignal) => Promise<string | undefined>) | undefined;
  /** Do not check the certificates of real servers. */
  readonly isInsecure?: boolean | undefined;
  /** The session has news. */
  readonly onNews: () => void;
  /** Something around it changed: faults, speed, account, onlooker. */
  readonly onStage: () => void;
  /** There is another session. */
  readonly onSession: () => void;
}

/** The answer of a call: its code, or why it was not made. */
export interface Answer {
  readonly call: string;
  readonly hr?: number;
  readonly error?: string;
}

export class Stage {
  readonly clock: StageClock;
  readonly server: LoopbackServer;
  readonly #options: StageOptions;
  readonly #alice: Credentials;
  readonly #onlooker: Onlooker;
  readonly #closing = new AbortController();
  #account: Account;
  #session: Session;
  #number = 1;
  /** Of a real account, until the server has refused it. */
  #password: string | undefined;
  #isAsking = false;

  /** Starts the server, brings the onlooker in and signs nobody else in. */
  static async set(options: StageOptions): Promise<Stage> {
    const clock = options.clock ?? new StageClock();
    const passwords = options.passwords ?? { alice: randomUUID(), bob: randomUUID() };
    const server = await startLoopbackServer({ users: passwords, clock });
    const stage = new Stage(options, clock, server, passwords);
    await stage.#onlooker.come();
    server.faults.latency = options.latency ?? usualLatency;
    return stage;
  }

  private constructor(
    options: StageOptions,
    clock: StageClock,
    server: LoopbackServer,
    passwords: { readonly alice: string; readonly bob: string },
  ) {
    this.#options = options;
    this.clock = clock;
    this.server = server;
    this.#alice = { name: `alice@${server.domain}`, password: passwords.alice };
    this.#account = { name: this.#alice.name, embedded: true };
    this.#session = this.#newSession();
    const bob = { name: `bob@${server.domain}`, password: passwords.bob };
    this.#onlooker = new Onlooker(xmppTransport({ service: server.url }), bob, clock, {
      see: ({ name, status, note }) => {
        if (this.#account.embedded && name === this.#alice.name) this.#session.see(status, note);
      },
      changed: (isThere) => {
        if (this.#account.embedded) this.#sawNothing(isThere);
        options.onStage();
      },
    });
  }

  get session(): Session {
    return this.#session;
  }
  /** Counts the sessions. */
  get number(): number {
    return this.#number;
  }

  view(): StageView {
    const { statuses, note } = this.#transport(this.#account).capabilities;
    return {
      account: this.#account,
      server: { url: this.server.url, faults: valuesOf(this.server.faults) },
      onlooker: { name: `bob@${this.server.domain}`, isThere: this.#onlooker.isThere },
      speed: this.clock.speed,
      now: this.clock.now(),
      statuses,
      noteLimit: note,
      isAsking: this.#isAsking,
    };
  }

  /** Does it. Whatever comes of it later comes as news. */
  async perform(wanted: Wanted): Promise<Answer> {
    const { service } = this.#session;
    switch (wanted.do) {
      case 'signin':
        return this.#signin(wanted);
      case 'signout':
        return { call: 'signout()', hr: service.signout() };
      case 'status':
        return { call: 'setStatus()', hr: this.#session.setStatus(wanted) };
      case 'environment': {
        const { do: _, ...known } = wanted;
        service.environment(known);
        return { call: `environment(${JSON.stringify(known)})` };
      }
      case 'speed':
        if (!this.#account.embedded && wanted.speed !== 1) return { call: 'speed', error: 'a real server keeps real time' };
        this.clock.speed = wanted.speed;
        return this.#staged('speed');
      case 'step':
        return this.#staged('step', (await this.clock.step(wanted.ms)) ? undefined : 'there is no timer to go to');
      case 'fault':
        return this.#fault(wanted);
      case 'calm':
        this.server.calm();
        this.server.faults.latency = this.#options.latency ?? usualLatency;
        return this.#staged('all faults off');
      case 'strike':
        return this.#strike(wanted.what);
      case 'account':
        return this.#switch(
          wanted.name === undefined ? { name: this.#alice.name, embedded: true } : accountOf(wanted.name, wanted.url),
        );
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#onlooker.leave();
    await this.#session.dispose();
    await this.server.close();
    this.clock.close();
  }

  async #signin(wished: Wished): Promise<Answer> {
    const call = 'signin()';
    const session = this.#session;
    if (this.#account.embedded) return { call, hr: session.signin(this.#alice, wished) };
    const { name } = this.#account;
    // Only somebody who is signed out has to be asked: the table of answers needs no password.
    const isAtRest = phaseOf(session.situation().leaf) === 'signedOut';
    if (isAtRest && this.#password === undefined) {
      const asked = await this.#ask(name);
      if (asked === undefined || asked === '') return { call, error: `no password was given for ${name}` };
      if (this.#session !== session) return { call, error: 'another account was chosen meanwhile' };
      this.#password = asked;
    }
    return { call, hr: session.signin(this.#password === undefined ? { name } : { name, password: this.#password }, wished) };
  }

  async #ask(name: string): Promise<string | undefined> {
    const { askPassword } = this.#options;
    if (askPassword === undefined || this.#isAsking) return undefined;
    this.#isAsking = true;
    this.#options.onStage();
    try {
      return await askPassword(name, this.#closing.signal);
    } finally {
      this.#isAsking = false;
      this.#options.onStage();
    }
  }

  #fault({ name, value }: Extract<Wanted, { readonly do: 'fault' }>): Answer {
    const call = `server: ${name}`;
    try {
      // The server's own check knows every value that a fault can have.
      Object.assign(this.server.faults, { [name]: value });
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      return { call, error: error.message };
    }
    return this.#staged(call);
  }

  #strike(what: 'drop' | 'kick' | 'shutdown'): Answer {
    const { server } = this;
    const name = this.#alice.name;
    const struck = what === 'drop' ? server.drop(name) : what === 'kick' ? server.kick(name) : server.shutdown();
    return struck > 0 ? this.#staged(what) : { call: what, error: 'nobody is connected' };
  }

  async #switch(account: Account): Promise<Answer> {
    const call = 'account';
    const leaf: Leaf = this.#session.situation().leaf;
    if (phaseOf(leaf) !== 'signedOut') return { call, error: 'sign out first' };
    const former = this.#session;
    this.#password = undefined;
    this.#account = account;
    if (!account.embedded) this.clock.speed = 1;
    this.#number += 1;
    this.#session = this.#newSession();
    await former.dispose();
    this.#options.onSession();
    return { call };
  }

  #newSession(): Session {
    const number = this.#number;
    const session = new Session({
      transport: this.#transport(this.#account),
      clock: this.clock,
      policy: { ...stagePolicy, ...this.#options.policy },
      random: this.#options.random,
      // What a former session still has to say is nobody's.
      changed: () => {
        if (this.#number === number) this.#options.onNews();
      },
    });
    session.service.on('OnSignin', ({ reason }) => {
      if (reason === 'invalidPassword') this.#password = undefined;
    });
    return session;
  }

  #transport({ embedded, url }: Account): ReturnType<typeof xmppTransport> {
    if (embedded) return xmppTransport({ service: this.server.url });
    const tls = this.#options.isInsecure === true ? { tls: { rejectUnauthorized: false } } : {};
    return xmppTransport({ ...(url === undefined ? {} : { service: url }), ...tls });
  }

  /** Who is thrown out sees nothing; who comes back is told of those who are there, and nobody else is. */
  #sawNothing(isThere: boolean): void {
    if (!isThere) return this.#session.see(MISTATUS.UNKNOWN);
    if (this.#session.sight?.status === MISTATUS.UNKNOWN) this.#session.see(MISTATUS.OFFLINE);
  }

  #staged(call: string, error?: string): Answer {
    this.#options.onStage();
    return error === undefined ? { call } : { call, error };
  }
}

const accountOf = (name: string, url: string | undefined): Account => ({
  name,
  embedded: false,
  ...(url === undefined ? {} : { url }),
});
