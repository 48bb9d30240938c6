/**
 * The columns: for each session its state in one or two bytes, a byte that tells its number from those of its forerunners, and its
 * registers. It must never hand out a number that is still somebody's, nor take one that is nobody's.
 */
import { checked } from '../engine.js';
import type { Table } from '../format.js';

/**
 * A session: a number, to be kept on a socket or in a list. After `close` it is refused, also when its place is used again; but seven bits tell
 * the users of a place apart, so after 128 of them the same number is given once more. Places are used in turn to make that late: in a pool of at
 * least 1,024, with as many free, after 131,072 sessions.
 */
export type SessionId = number;

const placeBits = 24;
export const mostSessions = 2 ** placeBits;
const placeMask = mostSessions - 1;
/** Of a session that is one. */
export const placeIn = (session: SessionId): number => session & placeMask;
const generations = 128;
const inUse = 0x80;

export class Sessions {
  readonly capacity: number;
  states: Uint8Array | Uint16Array;
  registers: (Int32Array | unknown[])[];
  readonly #table: Table;
  readonly #grown: (room: number) => void;
  /** Seven bits that change with each use of a place, and one that says whether it is in use. */
  #uses: Uint8Array;
  /** Whoever has been free for longest is at `#oldest`. */
  #free: number[] = [];
  #oldest = 0;
  #touched = 0;
  #size = 0;

  /** @param grown is told of each new size of the columns */
  constructor(table: Table, capacity: number, grown: (room: number) => void) {
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > mostSessions)
      throw new RangeError(`capacity: expected a whole number from 1 to ${mostSessions}, got ${String(capacity)}`);
    this.#table = table;
    this.#grown = grown;
    this.capacity = capacity;
    this.states = table.states <= 256 ? new Uint8Array(0) : new Uint16Array(0);
    this.#uses = new Uint8Array(0);
    this.registers = table.registers.map(({ kind }) => (kind === 'integer' ? new Int32Array(0) : []));
  }

  get size(): number {
    return this.#size;
  }
  /** Places that have been in use. */
  get touched(): number {
    return this.#touched;
  }
  get bytes(): number {
    const registers = this.registers.reduce(
      (sum, column) => sum + (Array.isArray(column) ? column.length * 8 : column.byteLength),
      0,
    );
    return this.states.byteLength + this.#uses.byteLength + registers;
  }

  /** @throws RangeError when all are in use */
  open(): number {
    const place = this.#next();
    this.#uses[place] = (this.#uses[place] as number) | inUse;
    this.#size += 1;
    this.states[place] = this.#table.initial.state;
    if (this.registers.length > 0) this.#fill(place);
    return place;
  }

  close(place: number): void {
    const generation = ((this.#uses[place] as number) + 1) % generations;
    this.#uses[place] = generation;
    this.#size -= 1;
    // What it carried is nobody's any more.
    for (const column of this.registers) if (Array.isArray(column)) column[place] = undefined;
    this.#free.push(place);
  }

  idOf(place: number): SessionId {
    return ((this.#uses[place] as number) & ~inUse) * mostSessions + place;
  }

  isOpen(session: SessionId): boolean {
    return this.#find(session) >= 0;
  }

  /** @throws RangeError for a number that is no session's, or not any more */
  placeOf(session: SessionId): number {
    const place = this.#find(session);
    if (place >= 0) return place;
    throw new RangeError(this.#wasOpen(session) ? `session ${session} is closed` : `expected a session, got ${String(session)}`);
  }

  /** The places in use, lowest first. */
  *places(): Generator<number> {
    for (let place = 0; place < this.#touched; place++) if ((this.#uses[place] as number) & inUse) yield place;
  }

  /** What tells the uses of places apart: for saving. */
  get uses(): Uint8Array {
    return this.#uses.slice(0, this.#touched);
  }

  /** Takes up what was saved; only in a pool that has had no session. */
  restore(uses: Uint8Array): void {
    while (this.states.length < uses.length) this.#grow();
    this.#uses.set(uses);
    this.#touched = uses.length;
    for (let place = 0; place < uses.length; place++) {
      if ((uses[place] as number) & inUse) this.#size += 1;
      else this.#free.push(place);
    }
  }

  /** @returns -1: it is nobody's number */
  #find(session: SessionId): number {
    const place = session & placeMask;
    // Bitwise operators take any number for one of 32 bits.
    return session >>> 0 === session && this.#uses[place] === (session >>> placeBits) + inUse ? place : -1;
  }

  #wasOpen(session: SessionId): boolean {
    return (
      Number.isInteger(session) && session >= 0 && (session & placeMask) < this.#touched && session < generations * mostSessions
    );
  }

  #fill(place: number): void {
    for (const [at, { initial, kind }] of this.#table.registers.entries())
      (this.registers[at] as unknown[])[place] = checked(initial, kind, 'register');
  }

  /** Room that is there already comes first, then whoever has been free for longest: so that a number is refused for as long as it can be. */
  #next(): number {
    if (this.#touched < this.states.length) return this.#touched++;
    if (this.#oldest < this.#free.length) {
      const place = this.#free[this.#oldest++] as number;
      if (this.#oldest >= 1_024 && this.#oldest * 2 >= this.#free.length) {
        this.#free = this.#free.slice(this.#oldest);
        this.#oldest = 0;
      }
      return place;
    }
    if (this.#touched === this.capacity)
      throw new RangeError(`all ${this.capacity} sessions of the pool are open; close some, or give it more capacity`);
    this.#grow();
    return this.#touched++;
  }

  #grow(): void {
    const room = Math.min(this.capacity, Math.max(1_024, this.states.length * 2));
    const wide = <T extends Uint8Array | Uint16Array | Int32Array>(column: T): T => {
      const made = new (column.constructor as new (size: number) => T)(room);
      made.set(column);
      return made;
    };
    this.states = wide(this.states);
    this.#uses = wide(this.#uses);
    this.registers = this.registers.map((column) => (Array.isArray(column) ? column : wide(column)));
    this.#grown(room);
  }
}
