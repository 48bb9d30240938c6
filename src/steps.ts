/**
 * The steps of the machine: one message at a time into the actor, its commands obeyed first, then its notices stamped with what only the outside
 * knows, and both written down. It must never decide what a message or a command means, nor know a credential.
 */
import { createActor, type Actor, type InspectionEvent, type Observer } from 'xstate';
import {
  isNotice,
  leafOf,
  MISTATUS,
  presenceMachine,
  type ChartNotice,
  type Command,
  type Leaf,
  type Message,
  type Output,
  type Rules,
  type State,
  type TimerName,
} from '../machines/index.js';
import type { Delivery, Notice, Notices } from './notices.js';
import { isCommand, Records, type Before, type Recording, type StepRecord } from './record.js';
import { reporting } from './report.js';
import type { Persisted } from './snapshot.js';

export type InspectObserver = Observer<InspectionEvent> | ((event: InspectionEvent) => void);

export interface StepsOptions {
  readonly rules: Rules;
  readonly restored: Persisted | undefined;
  readonly inspect: InspectObserver | undefined;
  readonly records: number;
  readonly onRecord: ((record: StepRecord) => void) | undefined;
}

/** Who obeys, and what a notice and a record say beside the machine's words. */
export interface StepsHost {
  obey(command: Command): void;
  /** A step was taken, and its notices are on their way. */
  stepped(): void;
  now(): number;
  deadline(timer: TimerName): number | undefined;
  attempt(): number;
  /** The note that others see. */
  note(): string | undefined;
}

export class Steps {
  readonly actor: Actor<typeof presenceMachine>;
  readonly #host: StepsHost;
  readonly #notices: Notices;
  readonly #records: Records;
  readonly #onRecord: StepsOptions['onRecord'];
  readonly #inbox: Message[] = [];
  #outputs: Output[] = [];
  /** The state looked at last, and its leaf: asked for several times in each step. */
  #seen: State | undefined;
  #seenLeaf: Leaf = 'signedOut';
  #isStepping = false;
  #isClosed = false;
  #stamped: MISTATUS = MISTATUS.OFFLINE;

  constructor({ rules, restored, inspect, records, onRecord }: StepsOptions, notices: Notices, host: StepsHost) {
    this.#host = host;
    this.#notices = notices;
    this.#records = new Records(records);
    this.#onRecord = onRecord;
    const snapshot =
      restored && presenceMachine.resolveState({ value: { offline: 'signedOut' }, context: contextOf(rules, restored) });
    this.actor = createActor(presenceMachine, {
      input: rules,
      ...(snapshot ? { snapshot } : {}),
      ...(inspect ? { inspect } : {}),
    });
    this.actor.start();
    this.actor.on('*', (output) => this.#take(output));
  }

  get state(): State {
    return this.actor.getSnapshot();
  }
  get leaf(): Leaf {
    const { state } = this;
    if (state !== this.#seen) {
      this.#seen = state;
      this.#seenLeaf = leafOf(state);
    }
    return this.#seenLeaf;
  }
  get records(): readonly StepRecord[] {
    return this.#records.all;
  }
  get recording(): Recording {
    return this.#records.recording(this.#before());
  }

  send(message: Message): void {
    if (this.#isClosed) return;
    this.#inbox.push(message);
    if (this.#isStepping) return;
    this.#isStepping = true;
    try {
      for (let next = this.#inbox.shift(); next; next = this.#inbox.shift()) this.#step(next);
    } finally {
      this.#isStepping = false;
    }
  }

  /** Nothing is sent any more, nothing obeyed and nothing told, not even of a step that is being taken. */
  close(): void {
    this.#isClosed = true;
    this.#inbox.length = 0;
  }

  #step(message: Message): void {
    const before = this.#before();
    const from = this.leaf;
    this.#outputs = [];
    this.actor.send(message);
    const outputs = this.#outputs;
    const commands = outputs.filter(isCommand);
    // Commands first, so that a notice can say when the next attempt begins.
    for (const command of commands) this.#obey(command);
    if (this.#isClosed) return;
    const deliveries = outputs.filter(isNotice).map((notice) => this.#stamp(notice));
    const due = this.#dueOf(commands);
    const record = this.#records.add(
      {
        at: this.#host.now(),
        message,
        from,
        to: this.leaf,
        commands,
        notices: deliveries.map(({ notice }) => notice),
        ...(due ? { due } : {}),
        // XState hands back the very same snapshot when no transition was taken.
        ...(this.state === before.state ? { unheard: true } : {}),
      },
      before,
    );
    this.#notices.push(deliveries);
    this.#host.stepped();
    const onRecord = this.#onRecord;
    if (onRecord) reporting(() => onRecord(record));
  }

  #before(): Before {
    return { state: this.state, attempt: this.#host.attempt(), status: this.#stamped };
  }

  #dueOf(commands: readonly Command[]): StepRecord['due'] {
    let due: Partial<Record<TimerName, number>> | undefined;
    for (const command of commands) {
      if (command.type !== 'timer.start') continue;
      const deadline = this.#host.deadline(command.timer);
      if (deadline !== undefined) (due ??= {})[command.timer] = deadline;
    }
    return due;
  }

  #take(output: Output): void {
    if (this.#isStepping) return void this.#outputs.push(output);
    // Somebody sent to the actor itself: not meant, but it must not leave a verb or a timer behind.
    if (isNotice(output)) this.#notices.push([this.#stamp(output)]);
    else this.#obey(output);
  }

  /** A transport or a credentials function may dispose of the service from within. */
  #obey(command: Command): void {
    if (!this.#isClosed) this.#host.obey(command);
  }

  #stamp(notice: ChartNotice): Delivery {
    const attempt = this.#host.attempt();
    let stamped: Notice;
    if (notice.type === 'OnSignout') stamped = { type: notice.type, reason: notice.reason };
    else if (notice.type === 'OnSignin') stamped = { type: notice.type, hr: notice.hr, reason: notice.reason, attempt };
    else {
      const { type, hr, mMyStatus, reason } = notice;
      const previous = this.#stamped;
      const isWaiting = mMyStatus === MISTATUS.OFFLINE && this.leaf === 'waitingToRetry';
      const retryAt = isWaiting ? this.#host.deadline('retry') : undefined;
      stamped = { type, hr, mMyStatus, previous, reason, attempt };
      if (retryAt !== undefined) stamped = { ...stamped, retryAt };
      this.#stamped = mMyStatus;
    }
    const rests = stamped.type === 'OnMyStatusChange' && stamped.mMyStatus === MISTATUS.OFFLINE && this.leaf === 'signedOut';
    return { notice: Object.freeze(stamped), note: this.#host.note(), rests };
  }
}

function contextOf(rules: Rules, { wanted, user }: Persisted): State['context'] {
  const { context } = createActor(presenceMachine, { input: rules }).getSnapshot();
  return { ...context, wished: wanted.status, user };
}
