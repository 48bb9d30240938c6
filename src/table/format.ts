/**
 * A compiled machine: the table as it is run, and the artifact as it is stored. Plain data that any process can read; it must never need
 * xstate, and never trust an artifact that it has not checked.
 */

/** Where a field of an emission comes from. */
export type FieldSource =
  { readonly of: 'constant'; readonly value: unknown } | { readonly of: 'register' | 'event' | 'letter'; readonly index: number };
export type EmissionTemplate = readonly (readonly [field: string, source: FieldSource])[];

/** `delay`: the machine's own; -1: the pool's; undefined: a stop. */
export interface TableTimerOp {
  readonly timer: number;
  readonly delay?: number;
  /** Which of the program's emissions has asked for it. */
  readonly by?: number;
}
export interface TableRegisterOp {
  readonly register: number;
  readonly source: FieldSource;
}
export interface TableProgram {
  readonly emissions: readonly EmissionTemplate[];
  readonly timers: readonly TableTimerOp[];
  readonly registers: readonly TableRegisterOp[];
}

export interface TableLetter {
  readonly type: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Names of the fields whose value is only handed on. */
  readonly carried: readonly string[];
  /** What each of them holds. */
  readonly kinds: readonly ('integer' | 'any')[];
  readonly column: number;
  /** What this letter puts into the emissions of its column. */
  readonly slots: readonly unknown[];
}

export interface TableTimer {
  readonly name: string;
  /** The letter that its end is. */
  readonly letter: number;
  /** Timers that can run at once have different places. */
  readonly place: number;
  /** Its usual limit, ms, where the pool is given none; only for timers that the machine asks for by emissions. */
  readonly usual?: number;
}

export interface TableRegister {
  readonly field: string;
  readonly kind: 'integer' | 'any';
  readonly initial: unknown;
}

/** A machine as a table: what it does is `cells[(state << shift) | column]`. */
export interface Table {
  readonly hash: string;
  readonly letters: readonly TableLetter[];
  readonly timers: readonly TableTimer[];
  readonly registers: readonly TableRegister[];
  readonly programs: readonly TableProgram[];
  readonly states: number;
  readonly shift: number;
  /** Low half: the state that follows. High half: the program, or `outside`. */
  readonly cells: Uint32Array;
  readonly initial: { readonly state: number; readonly program: number };
  /** The distinct values of the chart, and which of them each state has; `over` for those in which nothing can come any more. */
  readonly values: readonly unknown[];
  readonly valueOf: Uint16Array;
  readonly over: readonly number[];
  /** Fields of the context that decide, and `historyAxis`: their distinct values, and which of them each state has. */
  readonly context: readonly { readonly field: string; readonly values: readonly unknown[]; readonly of: Uint16Array }[];
}

/** The program of a cell that is outside the declared domain. */
export const outside = 0xffff;
export const most = 0xfffe;

/** A property of states: its distinct values, and which of them each state has, run by run. */
export interface Axis {
  /** A field of the context, or `valueAxis`, `historyAxis`, `copyAxis`. */
  readonly field: string;
  readonly values: readonly unknown[];
  readonly of: string;
}

/** The value of the chart; what history states remember; and a number that tells apart what is equal in all else. */
export const valueAxis = '\u0000value';
export const historyAxis = '\u0000history';
export const copyAxis = '\u0000copy';

/**
 * Plain JSON, small. States are written as points, by their axes; what a cell does as an effect: a program, and axes with their new values.
 * Much fewer effects than followers are needed, since one rule has the same effect in many states.
 */
export interface Artifact extends Pick<Table, 'hash' | 'timers' | 'registers' | 'states' | 'initial' | 'over'> {
  readonly format: 1;
  readonly axes: readonly Axis[];
  /** Which axes make up a state's point. */
  readonly point: readonly number[];
  /** By event type: the deciding fields, the column, the slots and the carried fields with what they hold. */
  readonly letters: readonly (readonly [
    type: string,
    fields: Readonly<Record<string, unknown>>,
    column: number,
    slots: readonly unknown[],
    carried?: Readonly<Record<string, 'integer' | 'any'>>,
  ])[];
  readonly columns: number;
  /** The constants of what is emitted; where the other fields come from; and the timers that it starts or stops. */
  readonly emissions: readonly (readonly [
    constants: Readonly<Record<string, unknown>>,
    others?: Readonly<Record<string, readonly [of: 'register' | 'event' | 'letter', index: number]>>,
  ])[];
  /** The emissions of a program by their numbers, its timers and its registers. */
  readonly programs: readonly (readonly [
    emissions: readonly number[],
    timers?: readonly TableTimerOp[],
    registers?: readonly TableRegisterOp[],
  ])[];
  /** A program, and pairs of a place in `point` and the new value there. */
  readonly effects: readonly (readonly number[])[];
  /** Column by column: runs of equal effects, 0 for outside the domain. */
  readonly cells: string;
}

/** @throws TypeError for something that is no artifact of this format, or a damaged one */
export function readArtifact(artifact: Artifact): Table {
  const { format, columns, states, axes, programs, effects } = (artifact ?? {}) as Partial<Artifact>;
  if (format !== 1) throw new TypeError(`artifact: expected format 1, got ${String(format)}`);
  if (!isCount(states) || !isCount(columns) || !Array.isArray(axes) || !Array.isArray(programs) || !Array.isArray(effects))
    throw new TypeError('artifact: expected a compiled machine, got something else');
  const read = artifact.axes.map(({ field, values, of }) => ({
    field,
    values,
    of: readRuns(of, artifact.states, values.length),
  }));
  const value = read.find(({ field }) => field === valueAxis);
  if (!value) throw damaged();
  const emissions = artifact.emissions.map(([constants, others = {}]): EmissionTemplate => [
    ...Object.entries(constants).map(([field, constant]) => [field, { of: 'constant', value: constant }] as const),
    ...Object.entries(others).map(([field, [of, index]]) => [field, { of, index }] as const),
  ]);
  return {
    hash: artifact.hash,
    timers: artifact.timers,
    registers: artifact.registers,
    states: artifact.states,
    initial: artifact.initial,
    over: artifact.over,
    shift: Math.ceil(Math.log2(artifact.columns)),
    cells: readCells(artifact, read),
    values: value.values,
    valueOf: value.of,
    context: read.filter(({ field }) => field !== valueAxis && field !== copyAxis),
    letters: artifact.letters.map(([type, fields, column, slots, carried = {}]) => ({
      type,
      fields,
      column,
      slots,
      carried: Object.keys(carried),
      kinds: Object.values(carried),
    })),
    programs: artifact.programs.map(([said, timers = [], registers = []]) => ({
      emissions: said.map((number) => emissions[number] ?? fail()),
      timers,
      registers,
    })),
  };
}

function readCells(
  { states, columns, point, effects, programs, cells: packed }: Artifact,
  axes: readonly { readonly of: Uint16Array; readonly values: readonly unknown[] }[],
): Uint32Array {
  const weights: number[] = [];
  point.reduce((weight, axis) => (weights.push(weight), weight * (axes[axis]?.values.length ?? 1)), 1);
  const keys = Float64Array.from({ length: states }, (_, state) =>
    point.reduce((sum, axis, at) => sum + (axes[axis]?.of[state] ?? 0) * (weights[at] ?? 0), 0),
  );
  const places = new Map(Array.from(keys, (key, state) => [key, state] as const));
  const shift = Math.ceil(Math.log2(columns));
  const cells = new Uint32Array(states << shift).fill(outside * 2 ** 16);
  const reader = new Reader(packed);
  for (let column = 0; column < columns; column++) {
    for (let state = 0; state < states;) {
      const end = state + reader.next();
      const number = reader.next();
      if (end === state || end > states) throw damaged();
      if (number > 0) {
        const [program = -1, ...moves] = effects[number - 1] ?? [];
        if (program < 0 || program >= programs.length) throw damaged();
        for (let from = state; from < end; from++) {
          let key = keys[from] ?? 0;
          for (let at = 0; at < moves.length; at += 2) {
            const axis = moves[at] ?? 0;
            key += ((moves[at + 1] ?? 0) - (axes[point[axis] ?? 0]?.of[from] ?? 0)) * (weights[axis] ?? 0);
          }
          const to = places.get(key) ?? fail();
          cells[(from << shift) | column] = program * 2 ** 16 + to;
        }
      }
      state = end;
    }
  }
  reader.end();
  return cells;
}

const isCount = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) > 0 && (value as number) <= most;
const damaged = () => new TypeError('artifact: damaged: what it leads to is not there');
const fail = (): never => {
  throw damaged();
};

function readRuns(text: string, size: number, below: number): Uint16Array {
  const out = new Uint16Array(size);
  const reader = new Reader(text);
  for (let at = 0; at < size;) {
    const length = reader.next();
    const value = reader.next();
    if (length < 1 || at + length > size || value >= below) throw damaged();
    out.fill(value, at, at + length);
    at += length;
  }
  reader.end();
  return out;
}

/** The signs of packed numbers: those that JSON does not have to escape. The first half ends a number, the second half goes on. */
export const signs = "!#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~";
export const base = signs.length / 2;

/** Numbers in base 46, the lowest digit first. */
class Reader {
  readonly #text: string;
  #at = 0;
  constructor(text: string) {
    if (typeof text !== 'string') throw damaged();
    this.#text = text;
  }
  next(): number {
    for (let value = 0, scale = 1; ; scale *= base) {
      const code = this.#text.charCodeAt(this.#at++);
      const digit = digits[code] ?? 255;
      if (digit === 255) throw damaged();
      if (digit < base) return value + digit * scale;
      value += (digit - base) * scale;
    }
  }
  end(): void {
    if (this.#at !== this.#text.length) throw damaged();
  }
}
const digits = Uint8Array.from({ length: 128 }, (_, code) => {
  const digit = signs.indexOf(String.fromCharCode(code));
  return digit < 0 ? 255 : digit;
});
