/**
 * One record per step of the machine: what came in, where it led, what went out. A ring of the last ones is kept. Records hold what the
 * chart holds, so they can hold no credential and no note.
 */
import { isNotice, type Command, type Leaf, type Message, type Output } from '../machines/index.js';
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
  /** The chart took no notice of it; `silenceOf` of the model says why. */
  readonly unheard?: true;
}

/** The last records, oldest first. */
export class Records {
  readonly #ring: StepRecord[] = [];
  readonly #size: number;
  #n = 0;

  constructor(size: number) {
    this.#size = size;
  }

  add(record: Omit<StepRecord, 'n'>): void {
    this.#n += 1;
    if (this.#size > 0) this.#ring[(this.#n - 1) % this.#size] = Object.freeze({ n: this.#n, ...record });
  }

  get all(): readonly StepRecord[] {
    const oldest = this.#ring.length < this.#size ? 0 : this.#n % this.#size;
    return [...this.#ring.slice(oldest), ...this.#ring.slice(0, oldest)];
  }
}

export const isCommand = (output: Output): output is Command => !isNotice(output);
