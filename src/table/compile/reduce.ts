/**
 * What a walk can be reduced to without anybody noticing: registers that no path reads are not written, states that nobody can tell apart
 * become one (Moore), and letters that differ only in what is handed on become one column. It must never drop what an emission shows.
 */
import { wordOf } from '../plain.js';
import type { Emission, Program } from './programs.js';
import type { Walk } from './walk.js';
import type { Source } from './sentinels.js';

/** For each state a bit for each register: whether some path reads it before it is written again. */
export function liveRegisters({ states, next, program, programs, registers }: Walk, keep: readonly string[]): Uint32Array {
  const kept = registers.reduce((bits, { field }, at) => (keep.includes(field) ? bits | (1 << at) : bits), 0);
  const live = new Uint32Array(states.length).fill(kept);
  if (registers.length === 0) return live;
  for (let changed = true; changed;) {
    changed = false;
    for (let from = states.length - 1; from >= 0; from--) {
      let bits = live[from] ?? 0;
      for (const [letter, to] of (next[from] ?? []).entries()) {
        if (to < 0) continue;
        bits |= readBy(programs[program[from]?.[letter] ?? 0] as Program, live[to] ?? 0);
      }
      if (bits === live[from]) continue;
      live[from] = bits >>> 0;
      changed = true;
    }
  }
  return live;
}

/** What a program reads, if these registers are read after it. */
function readBy({ emissions, registers }: Program, after: number): number {
  let bits = after;
  for (const { register } of registers) bits &= ~(1 << register);
  for (const { register, from } of registers) if (from.of === 'register' && after & (1 << register)) bits |= 1 << from.index;
  for (const emission of emissions)
    for (const source of Object.values(emission)) if (source.of === 'register') bits |= 1 << source.index;
  return bits;
}

/** The walk without the writes that nobody reads. */
export function withoutDeadStores(walk: Walk, live: Uint32Array): Walk {
  if (walk.registers.length === 0) return walk;
  const programs: Program[] = [];
  const places = new Map<string, number>();
  const pruned = (number: number, to: number): number => {
    const program = walk.programs[number] as Program;
    const registers = program.registers.filter(({ register }) => (live[to] ?? 0) & (1 << register));
    const slim = registers.length === program.registers.length ? program : { ...program, registers };
    const word = wordOf(slim);
    const known = places.get(word) ?? programs.push(slim) - 1;
    places.set(word, known);
    return known;
  };
  const initial = pruned(walk.initial, 0);
  const nothing = pruned(walk.programs.findIndex(isEmpty), 0);
  const program = walk.next.map((row, from) =>
    row.map((to, letter) => (to < 0 ? nothing : pruned(walk.program[from]?.[letter] ?? 0, to))),
  );
  return { ...walk, programs, program, initial };
}

export function isEmpty({ emissions, timers, registers }: Program): boolean {
  return emissions.length + timers.length + registers.length === 0;
}

/** Numbers for words, in the order of first appearance. */
function numbered(words: readonly string[]): { readonly numbers: Int32Array; readonly count: number } {
  const known = new Map<string, number>();
  const numbers = Int32Array.from(words, (word) => {
    const number = known.get(word) ?? known.size;
    known.set(word, number);
    return number;
  });
  return { numbers, count: known.size };
}

/**
 * Which class each state belongs to. Seen of a state: its value, whether it is over, and for each letter whether it can come and what it says.
 * @param mayMerge false: one class for each state
 */
export function classesOf(
  { states, next, program }: Walk,
  mayMerge: boolean,
): { readonly classes: Int32Array; readonly count: number } {
  if (!mayMerge) return { classes: Int32Array.from(states.keys()), count: states.length };
  const columns = distinctColumns(next, program);
  let { numbers, count } = numbered(
    states.map(({ status, value }, state) => {
      const row = columns.map((letter) => ((next[state]?.[letter] ?? -1) < 0 ? -1 : program[state]?.[letter]));
      return `${status} ${JSON.stringify(value)} ${row.join()}`;
    }),
  );
  for (;;) {
    const before = numbers;
    const found = numbered(
      states.map((_, state) => {
        const row = columns.map((letter) => before[next[state]?.[letter] ?? -1]);
        return `${before[state]} ${row.join()}`;
      }),
    );
    if (found.count === count) return { classes: before, count };
    ({ numbers, count } = found);
  }
}

function distinctColumns(next: readonly Int32Array[], program: readonly Int32Array[]): number[] {
  const width = next[0]?.length ?? 0;
  const seen = new Set<string>();
  return Array.from({ length: width }, (_, letter) => letter).filter((letter) => {
    const word = next.map((row, state) => `${row[letter]}.${program[state]?.[letter]}`).join();
    return seen.size < seen.add(word).size;
  });
}

/** A field that each letter fills with its own constant. */
export type Slotted = Source | { readonly of: 'letter'; readonly slot: number };
export type SlottedEmission = Readonly<Record<string, Slotted>>;
export interface SlottedProgram extends Omit<Program, 'emissions'> {
  readonly emissions: readonly SlottedEmission[];
}

export interface Columns {
  /** The column of each letter. */
  readonly columnOf: readonly number[];
  /** The constants that each letter puts into the slots of its column. */
  readonly slots: readonly (readonly unknown[])[];
  /** Column by column, one entry for each class: what follows, -1 outside the domain; and what is said. */
  readonly next: readonly Int32Array[];
  readonly program: readonly Int32Array[];
  readonly programs: readonly SlottedProgram[];
}

/** Letters of one type that lead to the same states and say the same but for constants share a column. */
export function columnsOf(walk: Walk, classes: Int32Array, representatives: readonly number[]): Columns {
  const { letters, programs } = walk;
  const skeletons = programs.map(skeletonOf);
  const groups = new Map<string, number[]>();
  for (const [letter, { type, carried }] of letters.entries()) {
    const ahead = representatives.map((state) => {
      const to = walk.next[state]?.[letter] ?? -1;
      return to < 0 ? '-' : `${classes[to]}.${skeletons[walk.program[state]?.[letter] ?? 0]}`;
    });
    const own = walk.timers.some((timer) => timer.letter === letter) ? letter : '';
    const word = `${type} ${carried.map(({ field }) => field).join()} ${own} ${ahead.join()}`;
    groups.set(word, [...(groups.get(word) ?? []), letter]);
  }
  const merged: SlottedProgram[] = [];
  const places = new Map<string, number>();
  const place = (program: SlottedProgram): number => {
    const word = wordOf(program);
    const known = places.get(word) ?? merged.push(program) - 1;
    places.set(word, known);
    return known;
  };
  place({ emissions: [], timers: [], registers: [] });
  const columnOf = letters.map(() => 0);
  const slots: unknown[][] = letters.map(() => []);
  const next: Int32Array[] = [];
  const program: Int32Array[] = [];
  for (const [column, members] of [...groups.values()].entries()) {
    const vectors = new Map<string, number>();
    const slotOf = (values: readonly unknown[]): number => {
      const word = values.map((value) => wordOf(value)).join();
      const known = vectors.get(word);
      if (known !== undefined) return known;
      for (const [at, letter] of members.entries()) slots[letter]?.push(values[at]);
      vectors.set(word, vectors.size);
      return vectors.size - 1;
    };
    for (const letter of members) columnOf[letter] = column;
    const one = members[0] as number;
    next.push(
      Int32Array.from(representatives, (state) => {
        const to = walk.next[state]?.[one] ?? -1;
        return to < 0 ? -1 : (classes[to] ?? -1);
      }),
    );
    const families = new Map<string, number>();
    program.push(
      Int32Array.from(representatives, (state) => {
        const said = members.map((letter) => walk.program[state]?.[letter] ?? 0);
        const word = said.join();
        const known =
          families.get(word) ??
          place(
            mergedProgram(
              said.map((number) => programs[number] as Program),
              slotOf,
            ),
          );
        families.set(word, known);
        return known;
      }),
    );
  }
  return { columnOf, slots, next, program, programs: merged };
}

/** What two programs have to share to be one: everything but the constants in emissions. */
function skeletonOf({ emissions, timers, registers }: Program): string {
  const shapes = emissions.map((emission) =>
    Object.entries(emission).map(([field, source]) => (source.of === 'constant' && field !== 'type' ? [field] : [field, source])),
  );
  return wordOf([shapes, timers, registers]);
}

function mergedProgram(members: readonly Program[], slotOf: (values: readonly unknown[]) => number): SlottedProgram {
  const first = members[0] as Program;
  if (members.every((member) => member === first)) return first;
  const emissions = first.emissions.map((emission, at): SlottedEmission => {
    const fields = Object.keys(emission).map((field): readonly [string, Slotted] => {
      const sources = members.map((member) => (member.emissions[at] as Emission)[field] as Source);
      const values = sources.map((source) => (source.of === 'constant' ? source.value : undefined));
      const isOne = new Set(values.map((value) => wordOf(value))).size === 1;
      return [field, isOne ? (sources[0] as Source) : { of: 'letter', slot: slotOf(values) }];
    });
    return Object.fromEntries(fields);
  });
  return { ...first, emissions };
}
