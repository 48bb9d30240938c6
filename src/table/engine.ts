/**
 * What is made ready once from a table, for all who run it: events to letters, and programs to the objects that are emitted. Objects
 * without data are made once, frozen and shared. It must never keep anything of a session.
 */
import { outside, type EmissionTemplate, type FieldSource, type Table, type TableLetter, type TableProgram } from './format.js';

export interface TableEvent {
  readonly type: string;
}
/** What is emitted: frozen, and shared where it carries no data. */
export type Emitted = { readonly type: string } & Readonly<Record<string, unknown>>;

/** Reads a register of the session that is being stepped. */
export type ReadRegister = (register: number) => unknown;

const absent = Symbol('absent');
const present = Symbol('present');

interface Fork {
  readonly field: string;
  readonly isCarried: boolean;
  readonly ways: Map<unknown, Fork | number>;
}

export class Engine {
  readonly table: Table;
  readonly #kinds = new Map<string, Fork | number>();
  /** How many fields an event of a letter may have, the type among them. */
  readonly #widths: readonly number[];
  /** For each program its emissions; those of constants are objects already. */
  readonly #emissions: readonly (readonly Prepared[])[];

  constructor(table: Table) {
    this.table = table;
    this.#widths = table.letters.map(({ fields, carried }) => 1 + Object.keys(fields).length + carried.length);
    const byType = new Map<string, number[]>();
    for (const [code, { type }] of table.letters.entries()) byType.set(type, [...(byType.get(type) ?? []), code]);
    for (const [type, codes] of byType) this.#kinds.set(type, treeOf(table.letters, codes));
    this.#emissions = table.programs.map(({ emissions }) => emissions.map((template) => new Prepared(template)));
  }

  /**
   * The letter of an event.
   * @throws RangeError for an event that the table does not know: unknown type, field or value
   */
  codeOf(event: TableEvent): number {
    let way = this.#kinds.get(event?.type);
    if (way === undefined) throw new RangeError(`expected an event of the table, got ${wordsOf(event)}`);
    while (typeof way !== 'number') {
      const value = (event as unknown as Readonly<Record<string, unknown>>)[way.field];
      const next: Fork | number | undefined = way.ways.get(value === undefined ? absent : way.isCarried ? present : value);
      if (next === undefined) throw new RangeError(`expected ${expectedOf(way)} in ${event.type}, got ${wordsOf(event)}`);
      way = next;
    }
    let count = 0;
    for (const _ in event) count += 1;
    // Fields that are there but undefined do not count; looked at only where there are too many.
    if (count > (this.#widths[way] as number)) this.#checkWidth(way, event);
    return way;
  }

  #checkWidth(code: number, event: TableEvent): void {
    const most = this.#widths[code] as number;
    if (Object.values(event).filter((value) => value !== undefined).length > most)
      throw new RangeError(`expected ${most} fields in ${event.type}, got ${wordsOf(event)}`);
  }

  /** The carried values of an event, in the letter's order; undefined where there are none. @throws RangeError for one that does not fit */
  valuesOf(code: number, event: TableEvent): readonly unknown[] | undefined {
    const { carried, kinds } = this.table.letters[code] as TableLetter;
    if (carried.length === 0) return undefined;
    return carried.map((field, at) => checked((event as unknown as Readonly<Record<string, unknown>>)[field], kinds[at], field));
  }

  programOf(number: number): TableProgram {
    return this.table.programs[number] as TableProgram;
  }

  /** Whether there is anything to emit. */
  emissionsOf(program: number): readonly Prepared[] {
    return this.#emissions[program] as readonly Prepared[];
  }
}

/** An emission, made as far as it can be made. */
export class Prepared {
  readonly type: string;
  readonly #template: EmissionTemplate;
  readonly #isShared: boolean;
  readonly #byLetter: (Emitted | undefined)[] = [];
  /** The object itself, where there is nothing to fill in. */
  readonly constant: Emitted | undefined;

  constructor(template: EmissionTemplate) {
    this.#template = template;
    const type = template.find(([field]) => field === 'type')?.[1];
    this.type = type?.of === 'constant' ? String(type.value) : '';
    this.#isShared = template.every(([, { of }]) => of === 'constant' || of === 'letter');
    if (template.every(([, { of }]) => of === 'constant')) this.constant = this.#made(() => undefined);
  }

  /** The object for a letter, if it is there already: without data it is made once. */
  kept(code: number): Emitted | undefined {
    return this.constant ?? this.#byLetter[code];
  }

  of(letters: readonly TableLetter[], code: number, values: readonly unknown[] | undefined, read: ReadRegister): Emitted {
    const kept = this.kept(code);
    if (kept !== undefined) return kept;
    const made = this.#made((source) => valueOf(source, letters[code], values, read));
    if (this.#isShared) this.#byLetter[code] = made;
    return made;
  }

  #made(value: (source: FieldSource) => unknown): Emitted {
    const entries = this.#template.map(
      ([field, source]) => [field, source.of === 'constant' ? source.value : value(source)] as const,
    );
    return Object.freeze(Object.fromEntries(entries)) as Emitted;
  }
}

/** The value of a field: of an emission, or one that a register takes. */
export function valueOf(
  source: FieldSource,
  letter: TableLetter | undefined,
  values: readonly unknown[] | undefined,
  read: ReadRegister,
): unknown {
  switch (source.of) {
    case 'constant':
      return source.value;
    case 'register':
      return read(source.index);
    case 'event':
      return values?.[source.index];
    case 'letter':
      return letter?.slots[source.index];
  }
}

/** @throws RangeError for a value that a column cannot hold */
export function checked(value: unknown, kind: 'integer' | 'any' | undefined, field: string): unknown {
  if (kind !== 'integer' || (typeof value === 'number' && (value | 0) === value)) return value;
  throw new RangeError(`${field}: expected a whole number of 32 bits, got ${typeof value === 'number' ? value : typeof value}`);
}

/** Cells: the low half is the state that follows, the high half the program; 0 is the program that does nothing. */
export const cellOf = (program: number, follower: number): number => program * 2 ** 16 + follower;
export const lastWithoutProgram = 0xffff;
export const followerOf = (cell: number): number => cell & 0xffff;
export const programIn = (cell: number): number => cell >>> 16;
export const isOutside = (cell: number): boolean => cell >>> 16 === outside;

function treeOf(letters: readonly TableLetter[], codes: readonly number[]): Fork | number {
  const names = [
    ...new Set(codes.flatMap((code) => [...Object.keys(letters[code]?.fields ?? {}), ...(letters[code]?.carried ?? [])])),
  ];
  return forkOf(letters, codes, names);
}

function forkOf(letters: readonly TableLetter[], codes: readonly number[], names: readonly string[]): Fork | number {
  const [field, ...rest] = names;
  if (field === undefined) return codes[0] as number;
  const groups = new Map<unknown, number[]>();
  for (const code of codes) {
    const { fields, carried } = letters[code] as TableLetter;
    const value = carried.includes(field) ? present : fields[field] === undefined ? absent : fields[field];
    groups.set(value, [...(groups.get(value) ?? []), code]);
  }
  return {
    field,
    isCarried: groups.has(present),
    ways: new Map([...groups].map(([value, own]) => [value, forkOf(letters, own, rest)])),
  };
}

function expectedOf({ field, isCarried, ways }: Fork): string {
  if (isCarried) return `the field ${field}`;
  const values = [...ways.keys()].map((value) => (value === absent ? 'nothing' : String(value)));
  return `${field}: one of ${values.join(', ')}`;
}

/** Never a whole event: it may be large, or hold what nobody should read. */
function wordsOf(event: unknown): string {
  if (typeof event !== 'object' || event === null) return String(event);
  const words = Object.entries(event).map(([field, value]) => {
    const isShort = typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && value.length < 40);
    return `${field} ${isShort ? String(value) : typeof value}`;
  });
  return `{ ${words.join(', ')} }`;
}
