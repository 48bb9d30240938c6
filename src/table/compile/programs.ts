/**
 * What a machine wants done in one step, read into a program: what is emitted, field by field, and which timers start and stop. Carried
 * values appear only as where they come from. What does something by itself is refused.
 */
import type { PureAction } from '../../../machines/index.js';
import { isPlainObject, wordOf } from '../plain.js';
import type { Letter } from './letters.js';
import { refuse, type Place } from './refusal.js';
import { holdsSentinel, sourceOf, type Family, type Source } from './sentinels.js';

/** An emitted object, field by field. */
export type Emission = Readonly<Record<string, Source>>;
/** A start, with the machine's own delay or one that is given later; or, without a delay, a stop. */
export interface TimerOp {
  readonly timer: string;
  readonly delay: number | 'given' | undefined;
  /** Which of the program's emissions has asked for it. */
  readonly by?: number;
}
export interface RegisterOp {
  readonly register: number;
  readonly from: Source;
}

/** What one step leaves besides the next state. */
export interface Program {
  readonly emissions: readonly Emission[];
  readonly timers: readonly TimerOp[];
  readonly registers: readonly RegisterOp[];
}

export interface Said extends Program {
  /** The same for the same programs. */
  readonly word: string;
}

/** A delayed event of the machine's own (`after`, `raise` with a delay). */
export interface OwnTimer {
  readonly id: string;
  readonly letter: number;
}

/** What an emission does to a timer. */
export interface AskedTimer {
  readonly timer: string;
  readonly op: 'start' | 'stop';
}

/** An emission met before, by its word: most are the same few. */
interface Interned {
  readonly emission: Emission;
  readonly number: number;
  readonly asked: AskedTimer | undefined;
}

export class ProgramReader {
  /** Those declared, and behind them those of timers, as they are met. */
  readonly letters: Letter[];
  readonly timers: { id: string; letter: number }[] = [];
  readonly #emissions = new Map<string, Interned>();
  readonly #timerOf: ((emission: Readonly<Record<string, unknown>>) => AskedTimer | undefined) | undefined;

  constructor(
    letters: readonly Letter[],
    timerOf: ((emission: Readonly<Record<string, unknown>>) => AskedTimer | undefined) | undefined,
  ) {
    this.letters = [...letters];
    this.#timerOf = timerOf;
  }

  programOf(actions: readonly PureAction[], family: Family, place: Place): Said {
    const emissions: Emission[] = [];
    const timers: TimerOp[] = [];
    let word = '';
    for (const { type, params } of actions) {
      if (type === 'xstate.emit') {
        const { emission, number, asked } = this.#emission((params as { readonly event: unknown }).event, family, place);
        emissions.push(emission);
        word += `${number},`;
        if (asked?.op === 'start') timers.push({ timer: asked.timer, delay: 'given', by: emissions.length - 1 });
        else if (asked) timers.push({ timer: asked.timer, delay: undefined });
      } else if (type === 'xstate.raise') {
        const { event, delay, id } = params as { event: { type: string }; delay?: number; id?: string };
        if (delay === undefined) continue;
        timers.push({ timer: this.#timer(id ?? event.type, event, family, place), delay });
        word += `${id ?? event.type} in ${delay},`;
      } else if (type === 'xstate.cancel') {
        const { sendId } = params as { sendId: string };
        timers.push({ timer: sendId, delay: undefined });
        word += `no ${sendId},`;
      } else refuse(place, `the action ${type} does something by itself; emit what it should do, and do it in a listener`);
    }
    return { emissions, timers, registers: [], word };
  }

  #emission(event: unknown, family: Family, place: Place): Interned {
    if (!isPlainObject(event)) return refuse(place, 'it emits something that is no plain object');
    let word = '';
    for (const field in event) {
      const value = event[field];
      word += `${field}:${typeof value === 'object' ? wordOf(sourceOf(value, family), `${field} of what is emitted`) : this.#shortWord(value, family)},`;
    }
    const known = this.#emissions.get(word);
    if (known) return known;
    const entries = Object.entries(event).map(([field, value]) => {
      const source = sourceOf(value, family);
      if (source.of === 'constant' && holdsSentinel(value, family))
        refuse(place, `${field} of what is emitted holds carried data inside; give it a field of its own`);
      // Refuses what is no plain data.
      wordOf(value, `${field} of what is emitted`);
      return [field, source] as const;
    });
    const made: Interned = {
      emission: Object.fromEntries(entries),
      number: this.#emissions.size,
      asked: this.#timerOf?.(event),
    };
    this.#emissions.set(word, made);
    return made;
  }

  #shortWord(value: unknown, family: Family): string {
    const source = family.registers.length + family.event.length === 0 ? undefined : sourceOf(value, family);
    if (source && source.of !== 'constant') return `${source.of}${source.index}`;
    return typeof value === 'string' ? JSON.stringify(value) : Object.is(value, -0) ? '-0' : String(value);
  }

  #timer(id: string, event: { readonly type: string }, family: Family, place: Place): string {
    if (holdsSentinel(event, family)) refuse(place, `the delayed event ${event.type} carries data; keep it in the context`);
    const { type, ...fields } = event;
    const known = this.timers.find((timer) => timer.id === id);
    if (known) {
      const letter = this.letters[known.letter];
      if (wordOf({ ...letter?.fields, type: letter?.type }) !== wordOf(event))
        refuse(place, `the timer ${id} has two different events`);
    } else this.timers.push({ id, letter: this.letters.push({ type, fields, carried: [] }) - 1 });
    return id;
  }
}
