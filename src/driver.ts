/**
 * The driver: obeys the chart's commands and reports facts. It is the only owner of time, credentials, the attempt number and the texts of
 * wishes. It decides only how long to wait; what happens is the chart's to say.
 */
import { createActor, type Actor, type InspectionEvent, type Observer } from 'xstate';
import {
  effective,
  isNotice,
  leafOf,
  MISTATUS,
  phaseOf,
  presenceMachine,
  timerFacts,
  type ChartNotice,
  type Command,
  type Fact,
  type Leaf,
  type Message,
  type Output,
  type Rules,
  type State,
  type TimerName,
} from '../machines/index.js';
import { isValidName } from './arguments.js';
import { Contacts } from './contacts.js';
import { isLoss, Line, signinFailure, statusFailure, type Failed } from './line.js';
import { Notices, report, type Delivery, type Notice } from './notices.js';
import type { Clock, Policy } from './policy.js';
import { isCommand, Records, type Before, type Recording, type StepRecord } from './record.js';
import { nextRetry, noHistory, type RetryHistory } from './retry.js';
import { snapshotVersion, type Persisted } from './snapshot.js';
import { Timers } from './timers.js';
import type { Credentials, CredentialsSource, Presence, Transport } from './transport.js';
import { unexpired, Wants } from './wants.js';

export type InspectObserver = Observer<InspectionEvent> | ((event: InspectionEvent) => void);

export interface DriverOptions {
  readonly transport: Transport;
  readonly credentials: CredentialsSource | undefined;
  readonly policy: Policy;
  readonly clock: Clock;
  readonly random: () => number;
  readonly rules: Rules;
  readonly restored: Persisted | undefined;
  readonly inspect: InspectObserver | undefined;
  readonly records: number;
  readonly onRecord: ((record: StepRecord) => void) | undefined;
}

/** Besides the chart's timers: the end of a temporary status, and a beat by which a session notices that the clock has jumped. */
type DriverTimer = TimerName | 'expiry' | 'beat';
const beatEvery = 30_000;

export class Driver {
  readonly actor: Actor<typeof presenceMachine>;
  readonly notices = new Notices();
  readonly wants = new Wants();
  readonly contacts = new Contacts((notice) => this.notices.tell(notice));
  readonly #options: DriverOptions;
  readonly #line: Line;
  readonly #timers: Timers<DriverTimer>;
  readonly #records: Records;
  readonly #inbox: Message[] = [];
  #outputs: Output[] = [];
  /** The state looked at last, and its leaf: asked for several times in each step. */
  #seen: State | undefined;
  #seenLeaf: Leaf = 'signedOut';
  #isStepping = false;
  #isDisposed = false;
  /** What was told of others and waits for its turn, and whether it may be seen. */
  #heard: (() => void)[] | undefined;
  #seesOthers = false;
  #forgetsOthers = false;
  /** The server has kept the former session: what it told then holds. */
  #isKept = false;
  #attempt = 0;
  #stamped: MISTATUS = MISTATUS.OFFLINE;
  #note: string | undefined;
  #name: string | undefined;
  /** What the user typed, kept for retries; never leaves this class but to the transport. */
  #typed: Credentials | undefined;
  /** What this attempt offers. */
  #offered: Credentials | undefined;
  #server: unknown;
  #lastInput = 0;
  #history: RetryHistory = noHistory;
  #onlineSince: number | undefined;
  #onlineFor: number | undefined;
  /** The server's own "retry after", and since when. */
  #retryAfter: { readonly since: number; readonly ms: number } | undefined;
  /** How long the present wait is meant to be, and the rest of one that a restart has cut short. */
  #wait = 0;
  #restoredWait: number | undefined;

  constructor(options: DriverOptions) {
    const { transport, clock, rules, inspect } = options;
    // What ran out meanwhile is over before anything begins.
    const restored = options.restored && { ...options.restored, wanted: unexpired(options.restored.wanted, clock.now()) };
    this.#options = options;
    this.#records = new Records(options.records);
    this.#timers = new Timers(
      clock,
      options.policy.wakeCheck,
      (name) => this.#timeUp(name),
      () => this.#clockJumped(),
    );
    this.#line = new Line(transport, {
      lost: (failure) => this.#fail(failure, (f) => ({ type: 'link.lost', ...statusFailure(f) })),
      contact: (presence) => this.#hear(() => this.contacts.contact(presence)),
      own: (presence) => this.#hear(() => this.contacts.own(presence, options.clock.now())),
      roster: (entries) => this.#hear(() => this.contacts.roster(entries)),
      request: (request) => this.#hear(() => this.contacts.request(request)),
    });
    const snapshot =
      restored && presenceMachine.resolveState({ value: { offline: 'signedOut' }, context: contextOf(rules, restored) });
    this.actor = createActor(presenceMachine, {
      input: rules,
      ...(snapshot ? { snapshot } : {}),
      ...(inspect ? { inspect } : {}),
    });
    this.actor.start();
    this.actor.on('*', (output) => this.#take(output));
    if (restored) this.#restore(restored);
  }

  get state(): State {
    return this.actor.getSnapshot();
  }
  get #leaf(): Leaf {
    const { state } = this;
    if (state !== this.#seen) {
      this.#seen = state;
      this.#seenLeaf = leafOf(state);
    }
    return this.#seenLeaf;
  }
  get name(): string | undefined {
    return this.#name;
  }
  get records(): readonly StepRecord[] {
    return this.#records.all;
  }
  get recording(): Recording {
    return this.#records.recording(this.#before());
  }

  persist(): Persisted {
    const leaf = leafOf(this.state);
    const wantsOut = leaf === 'signedOut' || leaf === 'disconnecting';
    const retryAt = this.#timers.deadline('retry');
    return {
      version: snapshotVersion,
      state: leaf,
      ...(this.#name === undefined || wantsOut ? {} : { name: this.#name }),
      wanted: this.wants.wanted,
      user: this.state.context.user,
      lastInput: this.#lastInput,
      ...(retryAt === undefined ? {} : { retryAt, wait: this.#wait }),
    };
  }

  /** Whether this is the name that is signed in, or being signed in. */
  isName(name: string): boolean {
    return this.#name === name;
  }

  /** Typed credentials, or the stored ones when there are none; for this attempt and its retries. */
  use(credentials: Credentials | undefined): void {
    const { credentials: stored } = this.#options;
    const isSecretGiven = credentials?.password !== undefined || credentials?.token !== undefined;
    // Only the name, for somebody who waits already: what was offered before is offered again.
    if (credentials && !isSecretGiven && this.#name === credentials.name) this.#typed &&= { ...this.#typed, ...credentials };
    else this.#typed = credentials && { ...credentials };
    this.#name = credentials?.name ?? (typeof stored === 'object' ? stored.name : undefined);
  }

  /** Before anything is judged by the state: deadlines that have passed while nobody counted. */
  catchUp(): void {
    this.#timers.judge();
  }

  /** Something that the app asked for, and that the table of answers lets through. */
  request(message: Message): void {
    // Asking for a status is input; to be signed in, perhaps unattended, is not.
    if ('status' in message && message.status !== undefined) this.#lastInput = this.#options.clock.now();
    this.#send(message);
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
      this.#send({ type: known.awake ? 'power.resumed' : 'power.suspended' });
    if (known.network !== undefined && known.network !== network)
      this.#send({ type: known.network ? 'network.restored' : 'network.lost' });
    const { user, shown, changed } = this.state.context;
    if (known.userActive === false && user === 'active') {
      const now = this.#options.clock.now();
      // What the service itself has seen since counts as well.
      this.#lastInput = Math.min(now, Math.max(this.#lastInput, known.lastInput ?? now));
      this.#send({ type: 'input.ceased' });
    } else if (known.userActive === true && (user !== 'active' || changed || effective(this.state.context) !== shown)) {
      this.#send({ type: 'input.resumed' });
    }
  }

  /** A wish was changed without passing the server: its end has to be watched anew. */
  watchExpiry(): void {
    if (this.#isDisposed) return;
    const { until } = this.wants.wanted;
    if (until === undefined || phaseOf(leafOf(this.state)) === 'signedOut') this.#timers.stop('expiry');
    else this.#timers.start('expiry', Math.max(0, until - this.#options.clock.now()));
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#inbox.length = 0;
    this.#timers.close();
    this.#line.drop();
    this.#forget();
    this.notices.end();
    // Nobody hears it any more; a list of others must not outlive the session.
    this.contacts.shut();
    this.contacts.forget();
    this.actor.stop();
  }

  #restore({ wanted, name, lastInput, retryAt, wait }: Persisted): void {
    const { clock, policy } = this.#options;
    this.#lastInput = lastInput;
    // Never longer than it was meant to be: the clock may have been set back since.
    const longest = wait ?? policy.retry.slowCap;
    if (retryAt !== undefined) this.#restoredWait = Math.min(longest, Math.max(0, retryAt - clock.now()));
    this.wants.wanted = wanted;
    if (name === undefined) return;
    this.#name = name;
    this.#send({ type: 'session.restored' });
    this.watchExpiry();
  }

  #send(message: Message): void {
    if (this.#isDisposed) return;
    this.#inbox.push(message);
    if (this.#isStepping) return;
    this.#isStepping = true;
    try {
      for (let next = this.#inbox.shift(); next; next = this.#inbox.shift()) this.#step(next);
    } finally {
      this.#isStepping = false;
    }
  }

  #step(message: Message): void {
    const before = this.#before();
    const from = this.#leaf;
    this.#outputs = [];
    this.actor.send(message);
    const outputs = this.#outputs;
    const commands = outputs.filter(isCommand);
    // Commands first, so that a notice can say when the next attempt begins.
    for (const command of commands) this.#obey(command);
    if (this.#isDisposed) return;
    const deliveries = outputs.filter(isNotice).map((notice) => this.#stamp(notice));
    const due = this.#dueOf(commands);
    const record = this.#records.add(
      {
        at: this.#options.clock.now(),
        message,
        from,
        to: this.#leaf,
        commands,
        notices: deliveries.map(({ notice }) => notice),
        ...(due ? { due } : {}),
        // XState hands back the very same snapshot when no transition was taken.
        ...(this.state === before.state ? { unheard: true } : {}),
      },
      before,
    );
    this.notices.push(deliveries);
    this.#lookAtOthers();
    if (!this.#options.onRecord) return;
    try {
      this.#options.onRecord(record);
    } catch (error) {
      report(error);
    }
  }

  /** Facts about others take their turn among the notices, many at once: a list may be long. */
  #hear(fact: () => void): void {
    if (this.#heard) return void this.#heard.push(fact);
    const heard = (this.#heard = [fact]);
    this.notices.inTurn(() => {
      if (this.#heard === heard) this.#heard = undefined;
      for (const each of heard) {
        try {
          each();
        } catch (error) {
          // What a transport tells may be anything; the next word counts all the same.
          report(error);
        }
      }
    });
  }

  #turnToOthers(act: () => void): void {
    this.#heard = undefined;
    this.notices.inTurn(act);
  }

  /** Others are seen while online, and at no other time; after the own status has been told. */
  #lookAtOthers(): void {
    const sees = phaseOf(this.#leaf) === 'online';
    const isKept = this.#isKept;
    if (sees !== this.#seesOthers) this.#turnToOthers(() => (sees ? this.contacts.open(isKept) : this.contacts.shut()));
    this.#seesOthers = sees;
    if (this.#forgetsOthers) this.#turnToOthers(() => this.contacts.forget());
    this.#forgetsOthers = false;
  }

  #before(): Before {
    return { state: this.state, attempt: this.#attempt, status: this.#stamped };
  }

  #dueOf(commands: readonly Command[]): StepRecord['due'] {
    let due: Partial<Record<TimerName, number>> | undefined;
    for (const command of commands) {
      if (command.type !== 'timer.start') continue;
      const deadline = this.#timers.deadline(command.timer);
      if (deadline !== undefined) (due ??= {})[command.timer] = deadline;
    }
    return due;
  }

  #take(output: Output): void {
    if (this.#isStepping) return void this.#outputs.push(output);
    // Somebody sent to the actor itself: not meant, but it must not leave a verb or a timer behind.
    if (isNotice(output)) this.notices.push([this.#stamp(output)]);
    else this.#obey(output);
  }

  #stamp(notice: ChartNotice): Delivery {
    const attempt = this.#attempt;
    let stamped: Notice;
    if (notice.type === 'OnSignout') stamped = { type: notice.type, reason: notice.reason };
    else if (notice.type === 'OnSignin') stamped = { type: notice.type, hr: notice.hr, reason: notice.reason, attempt };
    else {
      const { type, hr, mMyStatus, reason } = notice;
      const previous = this.#stamped;
      const isWaiting = mMyStatus === MISTATUS.OFFLINE && this.#leaf === 'waitingToRetry';
      const retryAt = isWaiting ? this.#timers.deadline('retry') : undefined;
      stamped = { type, hr, mMyStatus, previous, reason, attempt };
      if (retryAt !== undefined) stamped = { ...stamped, retryAt };
      this.#stamped = mMyStatus;
    }
    const rests = stamped.type === 'OnMyStatusChange' && stamped.mMyStatus === MISTATUS.OFFLINE && this.#leaf === 'signedOut';
    return { notice: Object.freeze(stamped), note: this.#note, rests };
  }

  #obey(command: Command): void {
    // A transport or a credentials function may dispose of the service from within.
    if (this.#isDisposed) return;
    switch (command.type) {
      case 'timer.start':
        return this.#startTimer(command);
      case 'timer.stop':
        return this.#timers.stop(command.timer);
      case 'server.find':
        return this.#find();
      case 'link.open':
        return command.renew ? this.#renew() : this.#connect();
      case 'session.synchronize':
        return this.#line.synchronize({
          done: (result: { resumed: boolean; kept?: boolean } | undefined) =>
            this.#synchronized(result?.resumed === true, result?.kept),
          failed: (failure) => this.#fail(failure, (f) => ({ type: 'session.failed', ...statusFailure(f) })),
        });
      case 'presence.publish':
        return this.#publish(command);
      case 'presence.withdraw':
        return this.#line.abort('publish');
      case 'link.check':
        return this.#line.check({
          done: () => this.#send({ type: 'link.verified' }),
          failed: (failure) =>
            this.#fail(isLoss(failure.reason) ? failure : { ...failure, reason: 'lineLost' }, (f) => ({
              type: 'link.lost',
              ...statusFailure(f),
            })),
        });
      case 'link.close':
        this.wants.forget();
        this.#timers.stop('expiry');
        return this.#line.close({
          done: () => this.#send({ type: 'link.closed' }),
          failed: () => this.#send({ type: 'link.closed' }),
        });
      case 'link.drop':
        this.#line.drop();
        if (this.#onlineSince !== undefined) this.#onlineFor = this.#options.clock.now() - this.#onlineSince;
        this.#onlineSince = undefined;
        this.#timers.stop('beat');
        this.wants.refuseAll();
        this.#note = undefined;
        return;
      case 'session.forget':
        return this.#forget();
    }
  }

  #find(): void {
    this.#attempt += 1;
    this.#offered = undefined;
    this.#server = undefined;
    if (this.#typed) return this.#findServer(this.#typed);
    const { credentials } = this.#options;
    this.#line.run('credentials', (signal) => (typeof credentials === 'function' ? credentials(signal) : credentials), {
      done: (stored) => {
        if (!isUsable(stored) || (this.#name !== undefined && stored.name !== this.#name)) {
          return this.#send({ type: 'server.failed', reason: 'invalidPassword' });
        }
        this.#name = stored.name;
        this.#findServer(stored);
      },
      failed: (failure) => this.#fail(failure, (f) => ({ type: 'server.failed', ...signinFailure(f) })),
    });
  }

  #findServer(credentials: Credentials): void {
    this.#offered = credentials;
    const { name, server } = credentials;
    this.#line.find(server === undefined ? { name } : { name, server }, {
      done: (found) => {
        this.#server = found;
        this.#send({ type: 'server.found' });
      },
      failed: (failure) => this.#fail(failure, (f) => ({ type: 'server.failed', ...signinFailure(f) })),
    });
  }

  #connect(): void {
    const credentials = this.#offered;
    if (!credentials) return;
    this.#line.connect(this.#server, credentials, {
      done: () => {
        this.#timers.start('beat', beatEvery);
        this.#turnToOthers(() => this.contacts.begin());
        this.#send({ type: 'link.opened' });
      },
      failed: (failure) => this.#fail(failure, (f) => ({ type: 'link.refused', ...signinFailure(f) })),
    });
  }

  /** One expired token may be renewed: the app is asked for another, and only another one is offered. */
  #renew(): void {
    const { credentials } = this.#options;
    const expired: Fact = { type: 'link.refused', reason: 'tokenExpired' };
    const former = this.#offered;
    this.#line.run('credentials', (signal) => (typeof credentials === 'function' ? credentials(signal) : credentials), {
      done: (renewed) => {
        const isNew = isUsable(renewed) && (renewed.token !== former?.token || renewed.password !== former?.password);
        if (!isNew || renewed.name !== this.#name) return this.#send(expired);
        this.#offered = { ...(former?.server === undefined ? {} : { server: former.server }), ...renewed };
        if (this.#typed) this.#typed = this.#offered;
        this.#connect();
      },
      failed: (failure) => this.#fail(failure, (f) => ({ type: 'link.refused', ...signinFailure(f) })),
    });
  }

  #synchronized(resumed: boolean, kept = resumed): void {
    this.#isKept = kept;
    this.#turnToOthers(() => this.contacts.synchronized(kept));
    if (resumed) this.#note = this.wants.wanted.note;
    this.#send({ type: 'session.synchronized', resumed });
    this.#noteOnline();
  }

  #publish(command: Extract<Command, { type: 'presence.publish' }>): void {
    const asked = command.by === 'user' ? this.wants.asked : this.wants.wanted;
    const status = command.by === 'user' ? asked?.status : command.status;
    if (!asked || status === undefined) return;
    const { user, wished } = this.state.context;
    const isIdle = (user === 'idle' || user === 'away') && status !== wished && command.by !== 'user';
    const presence: Presence = {
      status,
      ...(asked.note === undefined ? {} : { note: asked.note }),
      ...(isIdle ? { idleSince: this.#lastInput } : {}),
    };
    const { by } = command;
    this.#line.publish(presence, {
      done: () => {
        this.#note = presence.note;
        if (by === 'user') this.wants.confirm();
        else this.#adoptWish();
        this.#send({ type: 'status.published', by, status });
        this.#noteOnline();
        this.watchExpiry();
      },
      failed: (failure) => {
        if (isLoss(failure.reason)) return this.#fail(failure, (f) => ({ type: 'link.lost', ...statusFailure(f) }));
        // Only the first publication of a session is followed by a wait.
        if (by === 'signin') this.#heed(failure);
        this.#refused({ type: 'status.refused', by, ...statusFailure(failure) });
      },
    });
  }

  /** The chart fell back to another status: that one is wanted now. */
  #adoptWish(): void {
    const { wished } = this.state.context;
    const { status, note } = this.wants.wanted;
    if (status !== wished) this.wants.want(note === undefined ? { status: wished } : { status: wished, note });
  }

  #refused(fact: Fact): void {
    if (this.state.context.by === 'user') this.wants.refuse();
    this.#send(fact);
  }

  #noteOnline(): void {
    if (this.#onlineSince !== undefined || phaseOf(leafOf(this.state)) !== 'online') return;
    this.#onlineSince = this.#options.clock.now();
    this.#retryAfter = undefined;
  }

  #fail(failure: Failed, fact: (failure: Failed) => Fact): void {
    this.#heed(failure);
    this.#send(fact(failure));
  }

  /** A server that is busy says for how long; a hold in between does not shorten it. */
  #heed({ retryAfterMs }: Failed): void {
    if (retryAfterMs !== undefined) this.#retryAfter = { since: this.#options.clock.now(), ms: retryAfterMs };
  }

  #startTimer(command: Extract<Command, { type: 'timer.start' }>): void {
    const { policy, clock, random } = this.#options;
    // Never longer than the whole: the clock may have been set back since.
    const rest = (since: number, ms: number) => Math.min(ms, Math.max(0, since + ms - clock.now()));
    switch (command.timer) {
      case 'retry': {
        const retryAfterMs = this.#retryAfter && rest(this.#retryAfter.since, this.#retryAfter.ms);
        const event = { cause: command.cause, now: clock.now(), onlineFor: this.#onlineFor, retryAfterMs };
        const { wait, history } = nextRetry(this.#history, event, policy, random());
        this.#history = history;
        this.#onlineFor = undefined;
        this.#wait = this.#restoredWait ?? wait;
        this.#restoredWait = undefined;
        return this.#timers.start('retry', this.#wait);
      }
      case 'idle':
        return this.#timers.start('idle', rest(this.#lastInput, policy.idleAfter));
      case 'away':
        return this.#timers.start('away', rest(this.#lastInput, policy.idleAfter + policy.awayAfterIdle));
      default:
        return this.#timers.start(command.timer, limitOf(policy, command.timer));
    }
  }

  #timeUp(name: DriverTimer): void {
    if (name === 'beat') {
      if (this.#line.isLinked) this.#timers.start('beat', beatEvery);
    } else if (name === 'expiry') this.#expire();
    else if (name === 'publish') this.#refused({ type: timerFacts[name] });
    else this.#send({ type: timerFacts[name] });
  }

  /** As after a sleep that nobody announced: the deadlines have been judged, now a link that seems alive has to show it. */
  #clockJumped(): void {
    this.watchExpiry();
    this.#send({ type: 'clock.jumped' });
  }

  #expire(): void {
    const now = this.#options.clock.now();
    // The host's timer and the clock may disagree; the clock's word counts for a point in time.
    if (!this.wants.expire(now)) return this.watchExpiry();
    this.#send({ type: 'status.expired', status: this.wants.wanted.status });
    this.watchExpiry();
  }

  #forget(): void {
    this.#typed = undefined;
    this.#offered = undefined;
    this.#server = undefined;
    this.#name = undefined;
    this.#history = noHistory;
    this.#onlineFor = undefined;
    this.#retryAfter = undefined;
    this.#timers.stop('expiry');
    this.#line.forget();
    this.wants.forget();
    this.#forgetsOthers = true;
  }
}

function isUsable(credentials: unknown): credentials is Credentials {
  return typeof credentials === 'object' && credentials !== null && isValidName((credentials as { name?: unknown }).name);
}

function limitOf(policy: Policy, timer: Exclude<TimerName, 'retry' | 'idle' | 'away'>): number {
  switch (timer) {
    case 'finding':
      return policy.findServerTimeout;
    case 'logon':
      return policy.connectTimeout;
    case 'synchronizing':
      return policy.synchronizeTimeout;
    case 'publish':
      return policy.publishTimeout;
    case 'signout':
      return policy.signoutTimeout;
    case 'check':
      return policy.wakeCheck;
  }
}

function contextOf(rules: Rules, { wanted, user }: Persisted): State['context'] {
  const { context } = createActor(presenceMachine, { input: rules }).getSnapshot();
  return { ...context, wished: wanted.status, user };
}
