/**
 * The driver: obeys the chart's commands and reports facts, with a helper for each part of it. It is the only owner of time, and hears of the
 * user's input. It decides nothing; what happens is the chart's to say.
 */
import {
  effective,
  leafOf,
  phaseOf,
  timerFacts,
  type Command,
  type Fact,
  type Message,
  type State,
  type TimerName,
} from '../machines/index.js';
import { Attempt } from './attempt.js';
import type { Contacts } from './contacts.js';
import { isLoss, Line, statusFailure, type Failed } from './line.js';
import { Notices } from './notices.js';
import { Others } from './others.js';
import type { Clock, Policy } from './policy.js';
import { Publication } from './publication.js';
import type { Recording, StepRecord } from './record.js';
import { snapshotVersion, type Persisted } from './snapshot.js';
import { Steps, type StepsOptions } from './steps.js';
import { Timers } from './timers.js';
import type { Credentials, CredentialsSource, Transport } from './transport.js';
import { Waits } from './waits.js';
import { unexpired, Wants } from './wants.js';

export interface DriverOptions extends StepsOptions {
  readonly transport: Transport;
  readonly credentials: CredentialsSource | undefined;
  readonly policy: Policy;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Besides the chart's timers: the end of a temporary status, and a beat by which a session notices that the clock has jumped. */
type DriverTimer = TimerName | 'expiry' | 'beat';
const beatEvery = 30_000;

export class Driver {
  readonly notices = new Notices();
  readonly wants = new Wants();
  readonly #clock: Clock;
  readonly #steps: Steps;
  readonly #others: Others;
  readonly #line: Line;
  readonly #attempt: Attempt;
  readonly #publication: Publication;
  readonly #timers: Timers<DriverTimer>;
  readonly #waits: Waits;
  #lastInput = 0;

  constructor(options: DriverOptions) {
    const { transport, credentials, policy, clock, random } = options;
    // What ran out meanwhile is over before anything begins.
    const restored = options.restored && { ...options.restored, wanted: unexpired(options.restored.wanted, clock.now()) };
    this.#clock = clock;
    this.#timers = new Timers(
      clock,
      policy.wakeCheck,
      (name) => this.#timeUp(name),
      () => this.#clockJumped(),
    );
    this.#waits = new Waits(policy, clock, random);
    this.#others = new Others(this.notices, () => clock.now());
    this.#line = new Line(transport, {
      lost: (failure) => this.#lost(failure),
      ...this.#others.events,
    });
    this.#attempt = new Attempt(this.#line, credentials, {
      send: (fact) => this.#steps.send(fact),
      fail: (failure, fact) => this.#fail(failure, fact),
      opened: () => {
        this.#timers.start('beat', beatEvery);
        this.#others.begin();
      },
    });
    this.#publication = new Publication(this.#line, this.wants, {
      state: () => this.state,
      lastInput: () => this.#lastInput,
      send: (fact) => this.#steps.send(fact),
      lost: (failure) => this.#lost(failure),
      heed: (failure) => this.#waits.heed(failure),
      published: () => {
        this.#noteOnline();
        this.watchExpiry();
      },
    });
    this.#steps = new Steps({ ...options, restored }, this.notices, {
      obey: (command) => this.#obey(command),
      stepped: () => this.#others.look(phaseOf(this.#steps.leaf) === 'online'),
      now: () => clock.now(),
      deadline: (timer) => this.#timers.deadline(timer),
      attempt: () => this.#attempt.number,
      note: () => this.#publication.note,
    });
    if (restored) this.#restore(restored);
  }

  get actor(): Steps['actor'] {
    return this.#steps.actor;
  }
  get state(): State {
    return this.#steps.state;
  }
  get name(): string | undefined {
    return this.#attempt.name;
  }
  get contacts(): Contacts {
    return this.#others.contacts;
  }
  get records(): readonly StepRecord[] {
    return this.#steps.records;
  }
  get recording(): Recording {
    return this.#steps.recording;
  }

  persist(): Persisted {
    const leaf = leafOf(this.state);
    const wantsOut = leaf === 'signedOut' || leaf === 'disconnecting';
    const retryAt = this.#timers.deadline('retry');
    const { name } = this;
    return {
      version: snapshotVersion,
      state: leaf,
      ...(name === undefined || wantsOut ? {} : { name }),
      wanted: this.wants.wanted,
      user: this.state.context.user,
      lastInput: this.#lastInput,
      ...(retryAt === undefined ? {} : { retryAt, wait: this.#waits.wait }),
    };
  }

  /** Whether this is the name that is signed in, or being signed in. */
  isName(name: string): boolean {
    return this.name === name;
  }

  /** Typed credentials, or the stored ones when there are none; for this attempt and its retries. */
  use(credentials: Credentials | undefined): void {
    this.#attempt.use(credentials);
  }

  /** Before anything is judged by the state: deadlines that have passed while nobody counted. */
  catchUp(): void {
    this.#timers.judge();
  }

  /** Something that the app asked for, and that the table of answers lets through. */
  request(message: Message): void {
    // Asking for a status is input; to be signed in, perhaps unattended, is not.
    if ('status' in message && message.status !== undefined) this.#lastInput = this.#clock.now();
    this.#steps.send(message);
  }

  /** What the app knows of its surroundings; only what is new counts. */
  environment(known: {
    network?: boolean | undefined;
    awake?: boolean | undefined;
    userActive?: boolean | undefined;
    lastInput?: number | undefined;
  }): void {
    const { network, awake } = this.state.context;
    if (known.awake !== undefined && known.awake !== awake)
      this.#steps.send({ type: known.awake ? 'power.resumed' : 'power.suspended' });
    if (known.network !== undefined && known.network !== network)
      this.#steps.send({ type: known.network ? 'network.restored' : 'network.lost' });
    const { user, shown, changed } = this.state.context;
    if (known.userActive === false && user === 'active') {
      const now = this.#clock.now();
      // What the service itself has seen since counts as well.
      this.#lastInput = Math.min(now, Math.max(this.#lastInput, known.lastInput ?? now));
      this.#steps.send({ type: 'input.ceased' });
    } else if (known.userActive === true && (user !== 'active' || changed || effective(this.state.context) !== shown)) {
      this.#steps.send({ type: 'input.resumed' });
    }
  }

  /** A wish was changed without passing the server: its end has to be watched anew. */
  watchExpiry(): void {
    const { until } = this.wants.wanted;
    if (until === undefined || phaseOf(leafOf(this.state)) === 'signedOut') this.#timers.stop('expiry');
    else this.#timers.start('expiry', Math.max(0, until - this.#clock.now()));
  }

  /** Twice is harmless. */
  dispose(): void {
    this.#steps.close();
    this.#timers.close();
    this.#line.drop();
    this.#forget();
    this.notices.end();
    this.#others.end();
    this.actor.stop();
  }

  #restore({ wanted, name, lastInput, retryAt, wait }: Persisted): void {
    this.#lastInput = lastInput;
    this.#waits.restore(retryAt, wait);
    this.wants.wanted = wanted;
    if (name === undefined) return;
    this.#attempt.restore(name);
    this.#steps.send({ type: 'session.restored' });
    this.watchExpiry();
  }

  #obey(command: Command): void {
    switch (command.type) {
      case 'timer.start':
        return this.#timers.start(command.timer, this.#waits.lengthOf(command, this.#lastInput));
      case 'timer.stop':
        return this.#timers.stop(command.timer);
      case 'server.find':
        return this.#attempt.find();
      case 'link.open':
        return command.renew ? this.#attempt.renew() : this.#attempt.connect();
      case 'session.synchronize':
        return this.#line.synchronize({
          done: (result: { resumed: boolean; kept?: boolean } | undefined) =>
            this.#synchronized(result?.resumed === true, result?.kept),
          failed: (failure) => this.#fail(failure, (f) => ({ type: 'session.failed', ...statusFailure(f) })),
        });
      case 'presence.publish':
        return this.#publication.publish(command);
      case 'presence.withdraw':
        return this.#line.abort('publish');
      case 'link.check':
        return this.#line.check({
          done: () => this.#steps.send({ type: 'link.verified' }),
          failed: (failure) => this.#lost(isLoss(failure.reason) ? failure : { ...failure, reason: 'lineLost' }),
        });
      case 'link.close':
        this.wants.forget();
        this.#timers.stop('expiry');
        return this.#line.close({
          done: () => this.#steps.send({ type: 'link.closed' }),
          failed: () => this.#steps.send({ type: 'link.closed' }),
        });
      case 'link.drop':
        this.#line.drop();
        this.#waits.offline();
        this.#timers.stop('beat');
        return this.#publication.drop();
      case 'session.forget':
        return this.#forget();
    }
  }

  #synchronized(resumed: boolean, kept = resumed): void {
    this.#others.synchronized(kept);
    if (resumed) this.#publication.resumed();
    this.#steps.send({ type: 'session.synchronized', resumed });
    this.#noteOnline();
  }

  #noteOnline(): void {
    if (phaseOf(leafOf(this.state)) === 'online') this.#waits.online();
  }

  #lost(failure: Failed): void {
    this.#fail(failure, (f) => ({ type: 'link.lost', ...statusFailure(f) }));
  }

  #fail(failure: Failed, fact: (failure: Failed) => Fact): void {
    this.#waits.heed(failure);
    this.#steps.send(fact(failure));
  }

  #timeUp(name: DriverTimer): void {
    if (name === 'beat') {
      if (this.#line.isLinked) this.#timers.start('beat', beatEvery);
    } else if (name === 'expiry') this.#expire();
    else if (name === 'publish') this.#publication.refused({ type: timerFacts[name] });
    else this.#steps.send({ type: timerFacts[name] });
  }

  /** As after a sleep that nobody announced: the deadlines have been judged, now a link that seems alive has to show it. */
  #clockJumped(): void {
    this.watchExpiry();
    this.#steps.send({ type: 'clock.jumped' });
  }

  #expire(): void {
    const now = this.#clock.now();
    // The host's timer and the clock may disagree; the clock's word counts for a point in time.
    if (!this.wants.expire(now)) return this.watchExpiry();
    this.#steps.send({ type: 'status.expired', status: this.wants.wanted.status });
    this.watchExpiry();
  }

  #forget(): void {
    this.#attempt.forget();
    this.#waits.forget();
    this.#timers.stop('expiry');
    this.wants.forget();
    this.#others.forget();
  }
}
