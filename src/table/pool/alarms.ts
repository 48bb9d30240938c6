/**
 * All timers of a pool on one host timer: a ring for each fixed delay, a wheel for each that varies. A session's tickets say which of its
 * timers run. It must never let one turn of the host take long: what is due beyond that goes on in the next.
 */
import type { Table, TableTimer } from '../format.js';
import { Ring, ringBits, type Tickets } from './ring.js';
import { Wheel } from './wheel.js';

export interface PoolClock {
  now(): number;
  setTimeout(fn: () => void, ms: number): unknown;
  clearTimeout(id: never): void;
}

/** A running timer, as it is saved. */
export interface Running {
  readonly slot: number;
  readonly timer: number;
  /** ms of the pool's clock */
  readonly due: number;
  /** What it was armed with; undefined where it varies. */
  readonly delay: number | undefined;
}

/** So many ends, or so many ms, whichever comes first; then the host has its turn. */
const mostInTurn = 4_096;
const longestTurn = 2;

export class Alarms {
  readonly #table: Table;
  readonly #clock: PoolClock;
  readonly #ring: (slot: number, timer: number) => void;
  readonly #epoch: number;
  /** By place, the ticket of each slot. */
  #tickets: Uint32Array[];
  readonly #sources: (Ring | Wheel)[] = [];
  readonly #timerOf: number[] = [];
  readonly #rings = new Map<string, number>();
  readonly #wheels = new Map<number, number>();
  /** By timer, the place of its tickets and the ring that it had last: nearly always the same. */
  readonly #places: readonly number[];
  readonly #last: ({ readonly ring: Ring; readonly delay: number } | undefined)[];
  #host: { readonly id: unknown; readonly due: number } | undefined;
  #isRinging = false;
  #isClosed = false;
  /** The time of this turn; read again when it is asked for in the next. */
  #now: number | undefined;

  /** @param ring is told of each end, in order */
  constructor(table: Table, clock: PoolClock, capacity: number, ring: (slot: number, timer: number) => void) {
    this.#table = table;
    this.#clock = clock;
    this.#ring = ring;
    this.#epoch = Math.floor(clock.now());
    const places = table.timers.reduce((most, { place }) => Math.max(most, place + 1), 0);
    this.#tickets = Array.from({ length: places }, () => new Uint32Array(capacity));
    this.#places = table.timers.map(({ place }) => place);
    this.#last = table.timers.map(() => undefined);
  }

  get bytes(): { readonly tickets: number; readonly entries: number } {
    return {
      tickets: this.#tickets.reduce((sum, { byteLength }) => sum + byteLength, 0),
      entries: this.#sources.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  }

  grow(capacity: number): void {
    this.#tickets = this.#tickets.map((column) => {
      const wide = new Uint32Array(capacity);
      wide.set(column);
      return wide;
    });
  }

  /** Time has gone on: to be called once in each turn, or once in a few thousand steps of it. */
  forgetTime(): void {
    this.#now = undefined;
  }

  /** A timer whose delay is always the same. @param delay ms */
  start(slot: number, timer: number, delay: number): void {
    const last = this.#last[timer];
    const { ring } = last !== undefined && last.delay === delay ? last : this.#ringOf(timer, delay);
    const due = this.#clear(slot, timer) + delay;
    ring.arm(slot, due >>> 0);
    if (this.#host === undefined || due < this.#host.due) this.#wait(due);
  }

  /** A timer whose delay varies. @param delay ms */
  startVaried(slot: number, timer: number, delay: number): void {
    const due = this.#clear(slot, timer) + delay;
    this.#wheelOf(timer).arm(slot, due);
    if (this.#host === undefined || due < this.#host.due) this.#wait(due);
  }

  stop(slot: number, timer: number): void {
    const column = this.#tickets[this.#places[timer] as number] as Uint32Array;
    const ticket = column[slot] as number;
    // The place may be another timer's by now.
    if (ticket === 0 || this.#timerOf[(ticket >>> ringBits) - 1] !== timer) return;
    column[slot] = 0;
    (this.#sources[(ticket >>> ringBits) - 1] as Ring | Wheel).release();
  }

  /** Everything of a session ends. */
  clear(slot: number): void {
    for (const timer of this.#places.keys()) this.stop(slot, timer);
  }

  /** Which timers run. */
  *running(): Generator<Running> {
    const now = Math.floor(this.#clock.now()) - this.#epoch;
    for (const [at, source] of this.#sources.entries()) {
      for (const [slot, due] of source.entries())
        yield {
          slot,
          timer: this.#timerOf[at] as number,
          due: this.#epoch + (source instanceof Ring ? now + ((due - now) | 0) : due),
          delay: source instanceof Ring ? source.delay : undefined,
        };
    }
  }

  /** Runs what was saved; to be given in the order of its ends. */
  resume({ slot, timer, due, delay }: Running): void {
    const now = (this.#now ??= Math.floor(this.#clock.now()) - this.#epoch);
    // Never longer than it was meant to be: the clock may have been set back since.
    const left = Math.min(delay ?? Infinity, Math.ceil(due) - this.#epoch - now);
    if (delay === undefined) this.#wheelOf(timer).arm(slot, now + left);
    else this.#ringOf(timer, delay).ring.arm(slot, (now + left) >>> 0);
    if (this.#host === undefined || now + left < this.#host.due) this.#wait(now + left);
  }

  close(): void {
    this.#isClosed = true;
    if (this.#host) this.#clock.clearTimeout(this.#host.id as never);
    this.#host = undefined;
  }

  /** Makes the place of a timer free: another may stand there only if it is over. @returns the time */
  #clear(slot: number, timer: number): number {
    const column = this.#tickets[this.#places[timer] as number] as Uint32Array;
    const ticket = column[slot] as number;
    if (ticket !== 0) {
      column[slot] = 0;
      (this.#sources[(ticket >>> ringBits) - 1] as Ring | Wheel).release();
    }
    return (this.#now ??= Math.floor(this.#clock.now()) - this.#epoch);
  }

  #ringOf(timer: number, delay: number): { readonly ring: Ring; readonly delay: number } {
    const name = `${timer} ${delay}`;
    const number = this.#rings.get(name) ?? this.#add(timer, (own, tickets) => new Ring(own, delay, tickets));
    this.#rings.set(name, number);
    return (this.#last[timer] = { ring: this.#sources[number - 1] as Ring, delay });
  }

  #wheelOf(timer: number): Wheel {
    const now = (this.#now ??= Math.floor(this.#clock.now()) - this.#epoch);
    const number = this.#wheels.get(timer) ?? this.#add(timer, (own, tickets) => new Wheel(own, now, tickets));
    this.#wheels.set(timer, number);
    return this.#sources[number - 1] as Wheel;
  }

  #add(timer: number, make: (number: number, tickets: Tickets) => Ring | Wheel): number {
    const { place, name } = this.#table.timers[timer] as TableTimer;
    const number = this.#sources.length + 1;
    if (number > 31) throw new RangeError(`a pool has at most 31 delays; ${name} would need one more: give it by a function`);
    const tickets: Tickets = {
      get: (slot) => this.#tickets[place]?.[slot] ?? 0,
      set: (slot, ticket) => void ((this.#tickets[place] as Uint32Array)[slot] = ticket),
    };
    this.#sources.push(make(number, tickets));
    this.#timerOf.push(timer);
    return number;
  }

  #wait(due: number): void {
    if (this.#isClosed || this.#isRinging) return;
    if (this.#host) this.#clock.clearTimeout(this.#host.id as never);
    const now = this.#clock.now() - this.#epoch;
    const id = this.#clock.setTimeout(() => this.#ringDue(), Math.min(2 ** 31 - 1, Math.max(0, due - now)));
    this.#host = { id, due };
  }

  #ringDue(): void {
    this.#host = undefined;
    this.#isRinging = true;
    const begin = this.#clock.now();
    let next: number | undefined;
    try {
      for (let count = 0; ; count++) {
        this.#now = undefined;
        const time = this.#clock.now();
        const now = Math.floor(time) - this.#epoch;
        const first = this.#first(now);
        next = first?.due;
        if (!first || first.due > now) break;
        if (count >= mostInTurn || time - begin >= longestTurn) break;
        const slot = first.source instanceof Ring ? first.source.take() : first.source.take(now);
        // A wheel may only have turned.
        if (slot !== undefined && !this.#isClosed) this.#ring(slot, first.timer);
      }
    } finally {
      this.#isRinging = false;
      if (next !== undefined) this.#wait(next);
    }
  }

  #first(now: number): { readonly source: Ring | Wheel; readonly timer: number; readonly due: number } | undefined {
    let found: { source: Ring | Wheel; timer: number; due: number } | undefined;
    for (const [at, source] of this.#sources.entries()) {
      const next = source.next();
      if (next === undefined) continue;
      const due = source instanceof Ring ? now + ((next - now) | 0) : next;
      const timer = this.#timerOf[at] as number;
      // At one instant by the table, not by which delay was asked for first: a pool that is taken up elsewhere does the same.
      const isFirst = found === undefined || due < found.due || (due === found.due && timer < found.timer);
      if (isFirst) found = { source, timer, due };
    }
    return found;
  }
}
