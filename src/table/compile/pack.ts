/**
 * Writes the artifact: states as points on the axes of value and context, in an order in which neighbours do alike; cells as effects, run
 * by run; emissions and programs once each. The same machine always gives the same text. It must never read one; that is `format.ts`.
 */
import type { AnyMachineSnapshot } from 'xstate';
import {
  base,
  copyAxis,
  historyAxis,
  most,
  signs,
  valueAxis,
  type Artifact,
  type FieldSource,
  type TableTimer,
  type TableTimerOp,
} from '../format.js';
import { wordOf } from '../plain.js';
import { CompileError } from './refusal.js';
import { bestOrder } from './order.js';
import type { Columns, Slotted, SlottedProgram } from './reduce.js';
import type { Walk } from './walk.js';

export interface PackOptions {
  readonly walk: Walk;
  readonly columns: Columns;
  /** One state of the walk for each class. */
  readonly representatives: readonly number[];
  readonly timers: readonly TableTimer[];
  readonly initial: number;
  readonly initialProgram: SlottedProgram;
}

interface Axis {
  readonly field: string;
  readonly values: readonly unknown[];
  readonly of: Uint16Array;
}

export function pack({ walk, columns, representatives, timers, initial, initialProgram }: PackOptions): Artifact {
  const snapshots = representatives.map((state) => walk.states[state] as AnyMachineSnapshot);
  if (snapshots.length > most) throw new CompileError(`${snapshots.length} states are left; a table holds ${most}`);
  const axes = axesOf(walk, snapshots);
  const point = [...axes.keys()].filter((axis) => (axes[axis] as Axis).values.length > 1);
  const { effects, cells } = effectsOf(
    columns,
    point.map((axis) => axes[axis] as Axis),
  );
  const order = bestOrder(
    snapshots.length,
    point.map((axis) => (axes[axis] as Axis).of),
    cells,
  );
  const placeOf = new Int32Array(order.length);
  for (const [place, state] of order.entries()) placeOf[state] = place;
  const sorted = (of: ArrayLike<number>) => runs(order.map((state) => of[state] ?? 0));
  const { emissions, programs } = programsOf([...columns.programs, initialProgram], timers);
  const body: Omit<Artifact, 'hash'> = {
    format: 1,
    axes: axes.map(({ field, values, of }) => ({ field, values, of: sorted(of) })),
    point,
    letters: walk.letters.map(({ type, fields, carried }, letter): Artifact['letters'][number] => {
      const [column, slots] = [columns.columnOf[letter] ?? 0, columns.slots[letter] ?? []];
      if (carried.length === 0) return [type, fields, column, slots];
      return [type, fields, column, slots, Object.fromEntries(carried.map(({ field, kind }) => [field, kind]))];
    }),
    columns: columns.next.length,
    timers,
    registers: walk.registers,
    emissions,
    programs,
    states: order.length,
    initial: { state: placeOf[initial] ?? 0, program: programs.length - 1 },
    over: order.flatMap((state, place) => (snapshots[state]?.status === 'active' ? [] : [place])),
    effects,
    cells: cells.map(sorted).join(''),
  };
  return { ...body, hash: fingerprint(wordOf(body)) };
}

function axesOf({ registers }: Walk, snapshots: readonly AnyMachineSnapshot[]): Axis[] {
  const names = new Set(snapshots.flatMap(({ context }) => Object.keys(context as object)));
  const fields = [...names]
    .filter((field) => !registers.some((register) => register.field === field))
    .map((field) => ({ field, ...indexed(snapshots.map(({ context }) => (context as Record<string, unknown>)[field])) }));
  const axes: Axis[] = [{ field: valueAxis, ...indexed(snapshots.map(({ value }) => value as unknown)) }, ...fields];
  const history = { field: historyAxis, ...indexed(snapshots.map(historyOf)) };
  if (history.values.length > 1) axes.push(history);
  // Points have to be numbers that can be told apart exactly; then their own number is the only axis that they need.
  const isVast = axes.reduce((product, { values }) => product * values.length, 1) > 2 ** 40;
  const copies = new Map<string, number>();
  const copy = snapshots.map((_, state) => {
    if (isVast) return state;
    const word = axes.map(({ of }) => of[state]).join();
    copies.set(word, (copies.get(word) ?? -1) + 1);
    return copies.get(word) ?? 0;
  });
  return copy.every((number) => number === 0) ? axes : [...axes, { field: copyAxis, ...indexed(copy) }];
}

/** As XState persists it. */
function historyOf({ historyValue }: AnyMachineSnapshot): unknown {
  const entries = Object.entries(historyValue as Readonly<Record<string, readonly { readonly id: string }[]>>);
  return Object.fromEntries(entries.map(([id, nodes]) => [id, nodes.map((node) => ({ id: node.id }))]));
}

/** Each value once, and where it stands. */
function indexed(values: readonly unknown[]): { readonly values: unknown[]; readonly of: Uint16Array } {
  const places = new Map<string, number>();
  const all: unknown[] = [];
  const of = Uint16Array.from(values, (value) => {
    const word = wordOf(value);
    const known = places.get(word) ?? all.push(value) - 1;
    places.set(word, known);
    return known;
  });
  return { values: all, of };
}

/**
 * What each cell does, column by column. An effect names every axis that its program changes anywhere in the column, changed here or not:
 * so one rule is one effect wherever it leads from.
 */
function effectsOf(
  { next, program }: Columns,
  axes: readonly Axis[],
): { readonly effects: number[][]; readonly cells: Uint16Array[] } {
  const effects: number[][] = [];
  const numbers = new Map<string, number>();
  const cells = next.map((followers, column) => {
    const said = program[column] as Int32Array;
    const changed = new Map<number, Set<number>>();
    for (const [from, to] of followers.entries()) {
      if (to < 0) continue;
      const moved = changed.get(said[from] ?? 0) ?? new Set();
      for (const [at, { of }] of axes.entries()) if (of[from] !== of[to]) moved.add(at);
      changed.set(said[from] ?? 0, moved);
    }
    return Uint16Array.from(followers, (to, from) => {
      if (to < 0) return 0;
      const moved = [...(changed.get(said[from] ?? 0) ?? [])].sort((a, b) => a - b);
      const effect = [said[from] ?? 0, ...moved.flatMap((at) => [at, axes[at]?.of[to] ?? 0])];
      const word = effect.join();
      const known = numbers.get(word) ?? effects.push(effect);
      numbers.set(word, known);
      return known;
    });
  });
  if (effects.length > most) throw new CompileError(`${effects.length} different effects; a table holds ${most}`);
  return { effects, cells };
}

function programsOf(all: readonly SlottedProgram[], timers: readonly TableTimer[]): Pick<Artifact, 'emissions' | 'programs'> {
  const timerNumbers = new Map(timers.map(({ name }, number) => [name, number]));
  const places = new Map<string, number>();
  const emissions: Artifact['emissions'][number][] = [];
  const place = (emission: SlottedProgram['emissions'][number]): number => {
    const word = wordOf(emission);
    const known = places.get(word);
    if (known !== undefined) return known;
    places.set(word, emissions.length);
    const constants = Object.entries(emission).flatMap(([field, source]) =>
      source.of === 'constant' ? [[field, source.value]] : [],
    );
    const others = Object.entries(emission).flatMap(([field, source]) => {
      const { of, ...where } = fieldSource(source);
      return 'index' in where ? [[field, [of, where.index]]] : [];
    });
    const made = [Object.fromEntries(constants), ...(others.length > 0 ? [Object.fromEntries(others)] : [])];
    return emissions.push(made as unknown as Artifact['emissions'][number]) - 1;
  };
  const programs = all.map(({ emissions: said, timers: asked, registers }): Artifact['programs'][number] => {
    const ops = asked.flatMap(({ timer, delay, by }): TableTimerOp[] => {
      const number = timerNumbers.get(timer);
      // What is never started need not be stopped.
      if (number === undefined) return [];
      if (delay === undefined) return [{ timer: number }];
      return [{ timer: number, delay: delay === 'given' ? -1 : delay, ...(by === undefined ? {} : { by }) }];
    });
    const writes = registers.map(({ register, from }) => ({ register, source: fieldSource(from) }));
    return writes.length > 0 ? [said.map(place), ops, writes] : ops.length > 0 ? [said.map(place), ops] : [said.map(place)];
  });
  return { emissions, programs };
}

function fieldSource(source: Slotted): FieldSource {
  return source.of === 'letter' ? { of: 'letter', index: source.slot } : source;
}

/** Length and value, run by run, in base 46. */
function runs(values: readonly number[]): string {
  let text = '';
  const put = (value: number): void => {
    let left = value;
    for (; left >= base; left = Math.floor(left / base)) text += signs[base + (left % base)];
    text += signs[left];
  };
  for (let begin = 0; begin < values.length;) {
    let end = begin + 1;
    while (end < values.length && values[end] === values[begin]) end += 1;
    put(end - begin);
    put(values[begin] ?? 0);
    begin = end;
  }
  return text;
}

/** 64 bits of FNV-1a: tells artifacts apart, and is no protection against anybody. */
function fingerprint(text: string): string {
  let [high, low] = [0xcbf29ce4, 0x84222325];
  for (let at = 0; at < text.length; at++) {
    low = (low ^ text.charCodeAt(at)) >>> 0;
    // Times 2^40 + 2^8 + 0xb3, in two halves of 32 bits.
    const product = low * 0x1b3;
    high = (Math.imul(high, 0x1b3) + Math.floor(product / 2 ** 32) + (low << 8)) >>> 0;
    low = product >>> 0;
  }
  return `${high.toString(16).padStart(8, '0')}${low.toString(16).padStart(8, '0')}`;
}
