/**
 * One record per step of the machine: what came in, where it led, what went out. A ring of the last ones is kept, with the state before
 * them, so that they can be replayed. Records hold what the chart holds, so they can hold no credential and no note.
 */
import {
  isNotice,
  type Command,
  type Leaf,
  type Message,
  type MISTATUS,
  type Output,
  type Rules,
  type State,
  type TimerName,
} from '../machines/index.js';
import type { Notice } from './notices.js';

export interface StepRecord {
  /** Counts from 1 per service. */
  readonly n: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly message: Message;
  readonly from: Leaf;
  readonly to: Leaf;
  readonly commands: readonly Command[];
  readonly notices: readonly Notice[];
  /** When the timers that this step started will be over; milliseconds since the epoch. */
  readonly due?: Readonly<Partial<Record<TimerName, number>>>;
  /** The chart took no notice of it; `silenceOf` of the model says why. */
  readonly unheard?: true;
}

/** Where a recording begins: the chart's state, and what the driver stamps. */
export interface RecordingStart {
  readonly value: State['value'];
  readonly context: Omit<State['context'], 'rules'>;
  readonly attempt: number;
  readonly status: MISTATUS;
}

/** Everything that is needed to run the same steps again, as plain JSON. */
export interface Recording {
  readonly format: 'presence-machine recording';
  readonly version: 1;
  readonly rules: Rules;
  readonly start: RecordingStart;
  readonly records: readonly StepRecord[];
}

/** What was before a record. */
export interface Before {
  readonly state: State;
  readonly attempt: number;
  readonly status: MISTATUS;
}

/** The last records, oldest first. */
export class Records {
  readonly #ring: StepRecord[] = [];
  readonly #befores: Before[] = [];
  readonly #size: number;
  #n = 0;

  constructor(size: number) {
    this.#size = size;
  }

  add(record: Omit<StepRecord, 'n'>, before: Before): StepRecord {
    this.#n += 1;
    const added = Object.freeze({ n: this.#n, ...record });
    if (this.#size > 0) {
      const place = (this.#n - 1) % this.#size;
      this.#ring[place] = added;
      this.#befores[place] = before;
    }
    return added;
  }

  /** @param now what is before the first record, as long as there is none */
  recording(now: Before): Recording {
    const { state, attempt, status } = this.#befores[this.#oldest] ?? now;
    const { rules, ...context } = state.context;
    return {
      format: 'presence-machine recording',
      version: 1,
      rules,
      start: { value: state.value, context, attempt, status },
      records: this.all,
    };
  }

  get #oldest(): number {
    return this.#ring.length < this.#size ? 0 : this.#n % this.#size;
  }

  get all(): readonly StepRecord[] {
    const oldest = this.#oldest;
    return [...this.#ring.slice(oldest), ...this.#ring.slice(0, oldest)];
  }
}

export const isCommand = (output: Output): output is Command => !isNotice(output);
