/**
 * A session pool as plainly as it can be written: an object for each session with its letter box, its timers in a list, and the table read cell by
 * cell. What the real one does with columns, tickets, rings and wheels has to come to the same. It must share nothing with it but the table.
 */
import type { FieldSource, Table, TableLetter, TableTimer } from '../../src/table/format.js';

export interface Said {
  readonly type: string;
  readonly [field: string]: unknown;
}
interface Timer {
  readonly due: number;
  readonly order: number;
}
interface Waiting {
  readonly letter: number;
  readonly values: readonly unknown[];
}
interface Session {
  state: number;
  readonly registers: unknown[];
  readonly timers: Map<number, Timer>;
  readonly box: Waiting[];
  isStepping: boolean;
}

export interface ModelOptions {
  readonly table: Table;
  readonly capacity: number;
  /** Whatever numbers the real one gives: they are looked at elsewhere. */
  readonly number: () => number;
  readonly delay: (timer: string, session: number, asked: Said | undefined, now: number) => number;
  readonly told: (said: Said, session: number) => void;
}

const outside = 0xffff;

export class PoolModel {
  now = 0;
  readonly #options: ModelOptions;
  readonly #sessions = new Map<number, Session>();
  #orders = 0;

  constructor(options: ModelOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#sessions.size;
  }
  isOpen(session: number): boolean {
    return this.#sessions.has(session);
  }
  /** Everything that there is of each session, by its number. */
  *all(): Generator<readonly [session: number, all: Readonly<Session>]> {
    yield* this.#sessions;
  }

  open(): number {
    const { table, capacity, number } = this.#options;
    if (this.#sessions.size === capacity) throw new RangeError('full');
    const session = number();
    const registers = table.registers.map(({ initial }) => initial);
    const made: Session = { state: table.initial.state, registers, timers: new Map(), box: [], isStepping: false };
    this.#sessions.set(session, made);
    if (table.initial.program !== 0) this.#perform(session, made, table.initial.program, { letter: 0, values: [] });
    return session;
  }

  close(session: number): void {
    this.#get(session);
    this.#sessions.delete(session);
  }

  can(session: number, letter: number): boolean {
    return this.#cell(this.#get(session), letter) >>> 16 !== outside;
  }

  send(session: number, letter: number, values: readonly unknown[]): boolean {
    const found = this.#get(session);
    if (!found.isStepping) return this.#take(session, found, { letter, values });
    found.box.push({ letter, values });
    return true;
  }

  /** Ends what ends until then, in order. */
  advance(until: number): void {
    for (let first = this.#first(until); first !== undefined; first = this.#first(until)) {
      const [session, found, timer, { due }] = first;
      this.now = Math.max(this.now, due);
      found.timers.delete(timer);
      this.#take(session, found, { letter: (this.#options.table.timers[timer] as TableTimer).letter, values: [] });
    }
    this.now = until;
  }

  /** Of all that are due by then the soonest; at one instant by the table, then as they were armed. */
  #first(until: number): readonly [number, Session, number, Timer] | undefined {
    let best: readonly [number, Session, number, Timer] | undefined;
    for (const [session, found] of this.#sessions)
      for (const [timer, one] of found.timers) {
        if (one.due > until) continue;
        const before = best && (one.due - best[3].due || timer - best[2] || one.order - best[3].order);
        if (before === undefined || before < 0) best = [session, found, timer, one];
      }
    return best;
  }

  #get(session: number): Session {
    const found = this.#sessions.get(session);
    if (!found) throw new RangeError(`no session ${session}`);
    return found;
  }

  #cell({ state }: Session, letter: number): number {
    const { cells, shift, letters } = this.#options.table;
    return cells[(state << shift) | (letters[letter] as TableLetter).column] as number;
  }

  #take(session: number, found: Session, event: Waiting): boolean {
    const cell = this.#cell(found, event.letter);
    const program = cell >>> 16;
    if (program === outside) return false;
    found.state = cell & 0xffff;
    if (program !== 0) this.#perform(session, found, program, event);
    return true;
  }

  #perform(session: number, found: Session, program: number, event: Waiting): void {
    const { table, delay, told } = this.#options;
    const { emissions = [], timers = [], registers = [] } = table.programs[program] ?? {};
    const value = (source: FieldSource): unknown => {
      if (source.of === 'constant') return source.value;
      if (source.of === 'register') return found.registers[source.index];
      return source.of === 'event' ? event.values[source.index] : table.letters[event.letter]?.slots[source.index];
    };
    const said = emissions.map(
      (template) => Object.fromEntries(template.map(([field, source]) => [field, value(source)])) as Said,
    );
    for (const { timer, delay: own, by } of timers) {
      const { name, place, usual } = table.timers[timer] as TableTimer;
      if (own === undefined) {
        found.timers.delete(timer);
        continue;
      }
      for (const other of [...found.timers.keys()]) if (table.timers[other]?.place === place) found.timers.delete(other);
      const ms = own === -1 ? (usual ?? delay(name, session, by === undefined ? undefined : said[by], this.now)) : own;
      found.timers.set(timer, { due: this.now + ms, order: this.#orders++ });
    }
    const written = registers.map(({ register, source }) => [register, value(source)] as const);
    for (const [register, now] of written) found.registers[register] = now;
    found.isStepping = true;
    for (const one of said) if (this.#sessions.get(session) === found) told(one, session);
    found.isStepping = false;
    while (found.box.length > 0 && this.#sessions.get(session) === found)
      this.#take(session, found, found.box.shift() as Waiting);
  }
}
