/**
 * The walk over everything that a machine can reach: each state and letter is run twice with unrelated carried values, and what comes of it
 * is written down without them. A context field that has held a carried value once is a register from then on. It runs the machine's own
 * transition function; it must never know what a machine is about.
 */
import type { AnyEventObject, AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import { purely, type PureAction } from '../../../machines/index.js';
import { isPlainObject, NotPlainError, wordOf } from '../plain.js';
import { ProgramReader, type AskedTimer, type OwnTimer, type Program, type RegisterOp, type Said } from './programs.js';
import { eventOf, letterName, type CarriedKind, type Letter } from './letters.js';
import { nameOf } from './names.js';
import { CompileError, refuse, type Place } from './refusal.js';
import { families, holdsSentinel, sourceOf, type Family } from './sentinels.js';

export interface Register {
  readonly field: string;
  readonly kind: CarriedKind;
  readonly initial: unknown;
}

export interface Walk {
  readonly letters: readonly Letter[];
  readonly timers: readonly OwnTimer[];
  readonly registers: readonly Register[];
  readonly states: readonly AnyMachineSnapshot[];
  readonly programs: readonly Program[];
  /** The program of the beginning. */
  readonly initial: number;
  /** Row by row: the state that follows; -1 where the letter is outside the domain. */
  readonly next: readonly Int32Array[];
  /** Row by row: the number of the program. */
  readonly program: readonly Int32Array[];
  readonly cells: number;
}

export interface WalkOptions {
  readonly letters: readonly Letter[];
  readonly input: unknown;
  readonly maxStates: number;
  /** Timers that the machine asks for by emissions. */
  readonly timerOf: ((emission: Readonly<Record<string, unknown>>) => AskedTimer | undefined) | undefined;
  readonly when: ((snapshot: AnyMachineSnapshot, event: { readonly type: string }) => boolean) | undefined;
}

/** A letter with what both runs need of it. */
interface Ready {
  readonly letter: Letter;
  readonly name: string;
  readonly runs: readonly (readonly [Family, AnyEventObject])[];
  /** Whether there is any sentinel that a run could meet. */
  readonly hasData: boolean;
}

interface Outcome {
  readonly snapshot: AnyMachineSnapshot;
  readonly program: Program;
  /** Words for what must not depend on what is carried: configuration, deciding context, program. */
  readonly shape: string;
  readonly control: string;
  readonly said: string;
}

/** Thrown when a further field turns out to be a register: the walk begins anew, knowing it. */
class Discovered extends Error {
  readonly field: string;
  readonly kind: CarriedKind;
  constructor(field: string, kind: CarriedKind) {
    super(`${field} is a register`);
    this.field = field;
    this.kind = kind;
  }
}

export function walk(machine: AnyStateMachine, options: WalkOptions): Walk {
  const known = new Map<string, CarriedKind>();
  for (;;) {
    try {
      return new Walker(machine, options, known).walk();
    } catch (found) {
      if (!(found instanceof Discovered)) throw found;
      known.set(found.field, found.kind);
    }
  }
}

class Walker {
  readonly #options: WalkOptions;
  readonly #fields: readonly string[];
  readonly #kinds: readonly CarriedKind[];
  readonly #reader: ProgramReader;
  readonly #states: AnyMachineSnapshot[] = [];
  readonly #armed: (readonly string[])[] = [];
  readonly #names: string[] = [];
  readonly #places = new Map<string, number>();
  readonly #programs: Program[] = [];
  readonly #programPlaces = new Map<string, number>();
  readonly #actions: PureAction[] = [];
  readonly #words = new WeakMap<object, string>();
  readonly #ready: Ready[] = [];
  readonly #pure: ReturnType<typeof purely<AnyStateMachine>>;
  readonly #machine: AnyStateMachine;

  constructor(machine: AnyStateMachine, options: WalkOptions, registers: ReadonlyMap<string, CarriedKind>) {
    this.#machine = machine;
    this.#options = options;
    this.#fields = [...registers.keys()];
    this.#kinds = [...registers.values()];
    this.#reader = new ProgramReader(options.letters, options.timerOf);
    this.#pure = purely(machine, options.input as never, (action) => void this.#actions.push(action));
  }

  walk(): Walk {
    const beginning: Place = { state: 'the beginning', event: 'xstate.init' };
    const [, second] = families(this.#kinds, []);
    const first = this.#run(beginning, () => this.#pure.initial() as AnyMachineSnapshot);
    const initialContext = this.#contextOf(first.snapshot, beginning);
    const initials = this.#fields.map((field) => initialContext[field]);
    this.#numberOf(empty, '');
    const said = this.#reader.programOf(first.actions, second, beginning);
    const { word, ...program } = said;
    this.#place(this.#described(first.snapshot, said, beginning), after([], program), beginning);
    const next: Int32Array[] = [];
    const programs: Int32Array[] = [];
    let cells = 0;
    for (let from = 0; from < this.#states.length; from++) {
      const followers: number[] = [];
      const row: number[] = [];
      for (let letter = 0; letter < this.#reader.letters.length; letter++) {
        const [to, said] = this.#step(from, letter);
        followers.push(to);
        row.push(said);
        if (to >= 0) cells += 1;
      }
      next.push(Int32Array.from(followers));
      programs.push(Int32Array.from(row));
    }
    const width = this.#reader.letters.length;
    return {
      letters: this.#reader.letters,
      timers: this.#reader.timers,
      registers: this.#fields.map((field, at) => ({ field, kind: this.#kinds[at] ?? 'any', initial: initials[at] })),
      states: this.#states,
      programs: this.#programs,
      // Letters of timers were found on the way: those that were not known yet could not come.
      next: next.map((row) => widened(row, width, -1)),
      program: programs.map((row) => widened(row, width, 0)),
      initial: this.#numberOf(program, word),
      cells,
    };
  }

  #step(from: number, number: number): readonly [to: number, program: number] {
    const nothing = [-1, 0] as const;
    const letter = this.#reader.letters[number] as Letter;
    const snapshot = this.#states[from] as AnyMachineSnapshot;
    const armed = this.#armed[from] ?? [];
    const own = this.#reader.timers.find((timer) => timer.letter === number)?.id;
    if (snapshot.status !== 'active') return nothing;
    if (own !== undefined && !armed.includes(own)) return nothing;
    const ready = (this.#ready[number] ??= this.#readied(letter));
    const [, event] = ready.runs[0] as (typeof ready.runs)[number];
    if (own === undefined && this.#options.when && !this.#options.when(snapshot, event)) return nothing;
    const place: Place = { state: this.#names[from] ?? '', event: ready.name };
    const [one, two] = ready.runs.map((run) => this.#outcome(snapshot, ready, run, place)) as [Outcome, Outcome];
    this.#compare(one, two, place);
    const left = armed.filter((timer) => timer !== own);
    return [this.#place(one, after(left, one.program), place), this.#numberOf(one.program, one.said)];
  }

  #readied(letter: Letter): Ready {
    const kinds = letter.carried.map(({ kind }) => kind);
    const runs = families(this.#kinds, kinds).map((family) => [family, eventOf(letter, family.event)] as const);
    return { letter, name: letterName(letter), runs, hasData: this.#kinds.length + kinds.length > 0 };
  }

  #outcome(
    from: AnyMachineSnapshot,
    { letter, hasData }: Ready,
    [family, event]: readonly [Family, AnyEventObject],
    place: Place,
  ): Outcome {
    const begin = this.#fields.length === 0 ? from : this.#filled(from, family);
    const { snapshot, actions } = this.#run(place, () => this.#pure.step(begin, event) as AnyMachineSnapshot);
    const said = this.#reader.programOf(actions, family, place);
    if (!hasData) return this.#described(snapshot, said, place);
    const registers: RegisterOp[] = [];
    for (const [field, value] of Object.entries(this.#contextOf(snapshot, place))) {
      const source = sourceOf(value, family);
      const register = this.#fields.indexOf(field);
      if (register < 0) {
        if (source.of === 'event') throw new Discovered(field, letter.carried[source.index]?.kind ?? 'any');
        if (source.of === 'register') throw new Discovered(field, this.#kinds[source.index] ?? 'any');
        if (holdsSentinel(value, family)) refuse(place, `context.${field} holds carried data inside; give it a field of its own`);
      } else if (source.of !== 'register' || source.index !== register) registers.push({ register, from: source });
    }
    return this.#described(
      snapshot,
      { ...said, registers, word: registers.length === 0 ? said.word : `${said.word} ${wordOf(registers)}` },
      place,
    );
  }

  #described(snapshot: AnyMachineSnapshot, { word, ...program }: Said, place: Place): Outcome {
    try {
      let control = '';
      for (const [field, value] of this.#controlOf(snapshot)) control += `${field}:${this.#word(value, field)},`;
      return { snapshot, program, shape: this.#shapeOf(snapshot), control, said: word };
    } catch (error) {
      if (!(error instanceof NotPlainError)) throw error;
      return refuse(place, error.message);
    }
  }

  /** A table of rules that never changes need not be spelled out at every step. */
  #word(value: unknown, field: string): string {
    if (typeof value !== 'object' || value === null) return wordOf(value, `context.${field}`);
    const known = this.#words.get(value) ?? wordOf(value, `context.${field}`);
    this.#words.set(value, known);
    return known;
  }

  /** The two runs have to differ in nothing but what was carried. */
  #compare(one: Outcome, two: Outcome, place: Place): void {
    if (one.shape === two.shape && one.control === two.control && one.said === two.said) return;
    const why = 'carried data, or on something outside; declare the values that decide';
    if (one.shape !== two.shape) refuse(place, `the next state depends on ${why}`);
    const others = new Map(this.#controlOf(two.snapshot));
    const field = this.#controlOf(one.snapshot).find(([name, value]) => wordOf(value) !== wordOf(others.get(name)))?.[0];
    if (field !== undefined) refuse(place, `context.${field} depends on ${why}`);
    const [mine, theirs] = [one.program, two.program];
    if (wordOf(mine.timers) !== wordOf(theirs.timers)) refuse(place, `a delay depends on ${why}`);
    for (const [at, { register, from }] of mine.registers.entries())
      if (wordOf(from) !== wordOf(theirs.registers[at]?.from))
        refuse(place, `context.${this.#fields[register]} is computed from ${why}`);
    for (const [at, emission] of mine.emissions.entries()) {
      const other = theirs.emissions[at] ?? {};
      const differs = Object.keys(emission).find((key) => wordOf(emission[key]) !== wordOf(other[key]));
      if (differs !== undefined) refuse(place, `${differs} of what is emitted is computed from ${why}`);
    }
    refuse(place, `what is emitted depends on ${why}`);
  }

  #run(place: Place, act: () => AnyMachineSnapshot): { snapshot: AnyMachineSnapshot; actions: readonly PureAction[] } {
    this.#actions.length = 0;
    let snapshot: AnyMachineSnapshot;
    try {
      snapshot = act();
    } catch (error) {
      return refuse(place, `the machine threw: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (snapshot.status === 'error') refuse(place, `the machine failed: ${String(snapshot.error)}`);
    if (Object.keys(snapshot.children).length > 0)
      refuse(
        place,
        `it has the children ${Object.keys(snapshot.children).join(', ')}; let commands leave as emissions, and answers come as events`,
      );
    return { snapshot, actions: [...this.#actions] };
  }

  #place({ snapshot, shape, control }: Outcome, armed: readonly string[], place: Place): number {
    const key = `${shape} ${armed.join()} ${control}`;
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    if (this.#states.length >= this.#options.maxStates) {
      throw new CompileError(
        `more than ${this.#options.maxStates} states, the last by ${place.event} in ${place.state}; ${this.#growth()}`,
      );
    }
    this.#places.set(key, this.#states.length);
    this.#armed.push(armed);
    this.#names.push(nameOf(snapshot));
    return this.#states.push(snapshot) - 1;
  }

  /** Which field has the most values: a counter, most likely. */
  #growth(): string {
    const values = new Map<string, Set<string>>();
    for (const snapshot of this.#states) {
      for (const [field, value] of this.#controlOf(snapshot)) {
        const seen = values.get(field) ?? new Set();
        values.set(field, seen.add(wordOf(value)));
      }
    }
    const [field, seen] = [...values].sort(([, a], [, b]) => b.size - a.size)[0] ?? [];
    return field === undefined
      ? 'too many configurations'
      : `context.${field} has ${seen?.size} values: bound it, or keep it outside`;
  }

  #controlOf(snapshot: AnyMachineSnapshot): [string, unknown][] {
    const entries = Object.entries(snapshot.context as object) as [string, unknown][];
    return this.#fields.length === 0 ? entries : entries.filter(([field]) => !this.#fields.includes(field));
  }

  #shapeOf({ status, value, historyValue }: AnyMachineSnapshot): string {
    const known = typeof value === 'object' ? this.#words.get(value) : value;
    const word = known ?? JSON.stringify(value);
    if (typeof value === 'object') this.#words.set(value, word);
    const history = Object.entries(historyValue as Record<string, readonly { readonly id: string }[]>);
    if (history.length === 0) return `${status} ${word}`;
    const words = history.map(([id, nodes]) => `${id}=${nodes.map((node) => node.id).join('+')}`).sort();
    return `${status} ${word} ${words.join()}`;
  }

  #contextOf(snapshot: AnyMachineSnapshot, place: Place): Record<string, unknown> {
    const context: unknown = snapshot.context;
    return isPlainObject(context) ? context : refuse(place, 'the context is no plain object');
  }

  #filled(snapshot: AnyMachineSnapshot, family: Family): AnyMachineSnapshot {
    const context = {
      ...(snapshot.context as object),
      ...Object.fromEntries(this.#fields.map((field, at) => [field, family.registers[at]])),
    };
    return this.#machine.resolveState({
      value: snapshot.value,
      context,
      historyValue: snapshot.historyValue,
      status: 'active',
    } as never);
  }

  #numberOf(program: Program, word: string): number {
    const known = this.#programPlaces.get(word);
    if (known !== undefined) return known;
    this.#programPlaces.set(word, this.#programs.length);
    return this.#programs.push(program) - 1;
  }
}

const empty: Program = { emissions: [], timers: [], registers: [] };

/** Which of the machine's own timers run after a step. */
function after(armed: readonly string[], { timers }: Program): readonly string[] {
  if (timers.length === 0) return armed;
  const left = new Set(armed);
  for (const { timer, delay } of timers) {
    if (delay === undefined) left.delete(timer);
    else if (delay !== 'given') left.add(timer);
  }
  return [...left].sort();
}

function widened(row: Int32Array, width: number, fill: number): Int32Array {
  if (row.length === width) return row;
  const wide = new Int32Array(width).fill(fill);
  wide.set(row);
  return wide;
}
