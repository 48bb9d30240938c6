/** What a compile has found, for people: states, letters, registers, and what was left out. It must never decide anything. */
import type { Artifact, TableTimer } from '../format.js';
import type { Columns } from './reduce.js';
import type { Walk } from './walk.js';

export interface Report {
  /** Configurations that were walked, and states that are left. */
  readonly walked: number;
  readonly states: number;
  /** Events, and columns that are left of them. */
  readonly letters: number;
  readonly columns: number;
  /** Cells that were run, each twice. */
  readonly cells: number;
  readonly programs: number;
  /** Context fields that hold carried data, with how they are stored. */
  readonly registers: Readonly<Record<string, 'integer' | 'any'>>;
  /** By field: values whose writing nobody reads, in how many cells. */
  readonly dead: Readonly<Record<string, number>>;
  /** By name: the place of the timer in a session. */
  readonly timers: Readonly<Record<string, number>>;
  /** Bytes of the table as it is run, and of the artifact as text. */
  readonly bytes: { readonly table: number; readonly artifact: number };
  /** The same in a few lines. */
  toString(): string;
}

interface Found {
  readonly raw: Walk;
  readonly live: Uint32Array;
  readonly lean: Walk;
  readonly states: number;
  readonly columns: Columns;
  readonly timers: readonly TableTimer[];
  readonly artifact: Artifact;
}

export function reportOf({ raw, lean, states, columns, timers, artifact }: Found): Report {
  const writes = ({ registers, program, programs, next }: Walk) =>
    registers.map((_, register) =>
      program.reduce(
        (sum, row, from) =>
          sum +
          row.filter(
            (number, letter) =>
              (next[from]?.[letter] ?? -1) >= 0 && programs[number]?.registers.some((op) => op.register === register),
          ).length,
        0,
      ),
    );
  const [before, behind] = [writes(raw), writes(lean)];
  const width = 2 ** Math.ceil(Math.log2(Math.max(1, columns.next.length)));
  const found = {
    walked: raw.states.length,
    states,
    letters: raw.letters.length,
    columns: columns.next.length,
    cells: raw.cells,
    programs: artifact.programs.length,
    registers: Object.fromEntries(raw.registers.map(({ field, kind }) => [field, kind])),
    dead: Object.fromEntries(raw.registers.map(({ field }, at) => [field, (before[at] ?? 0) - (behind[at] ?? 0)])),
    timers: Object.fromEntries(timers.map(({ name, place }) => [name, place])),
    bytes: { table: states * width * 4, artifact: JSON.stringify(artifact).length },
  };
  return { ...found, toString: () => textOf(found) };
}

function textOf({
  walked,
  states,
  letters,
  columns,
  cells,
  programs,
  registers,
  dead,
  timers,
  bytes,
}: Omit<Report, 'toString'>): string {
  const kb = (size: number) => `${(size / 1000).toFixed(1)} kB`;
  return [
    `${walked} states, ${states} after merging; ${letters} events in ${columns} columns; ${cells} cells, each run twice; ${programs} programs`,
    ...Object.entries(registers).map(
      ([field, kind]) => `register ${field} (${kind}); ${dead[field]} writes that nobody reads are left out`,
    ),
    ...Object.entries(timers).map(([name, place]) => `timer ${name} in place ${place}`),
    `table ${kb(bytes.table)}, artifact ${kb(bytes.artifact)}`,
  ].join('\n');
}
