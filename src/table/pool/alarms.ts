/**
 * All timers of a pool on one host timer: a ring for each fixed delay, a wheel for each that varies. It must never let one turn of the host
 * take long: what is due beyond that goes on in the next.
 */
import type { Table, TableTimer } from '../format.js';
import { Ring } from './ring.js';
import { mostSources, sourceOf, Tickets } from './tickets.js';
import { Wheel } from './wheel.js';

/** As the host's, or one that a test moves. What it holds is read anew for each step from outside. */
export interface PoolClock {
  /** ms; deadlines are saved as such */
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

/** So many ends, or so many ms, whichever comes first; then the host has its turn, which collecting garbage makes longer. */
const mostInTurn = 4_096;
const longestTurn = 1;
/** Ends between two looks at the clock: a look costs more than an end. */
const endsBetweenLooks = 8;
/** Steps of one turn that share a look at the host's clock, as its own timers do. */
const stepsBetweenLooks = 256;
const mostDelay = 2 ** 31 - 1;

/** The time since 1970 of this process's start, and on from there: setting the system's clock moves no deadline. */
const hostClock: PoolClock = {
  now: () => performance.timeOrigin + performance.now(),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (id) => clearTimeout(id),
};

export class Alarms {
  readonly #table: Table;
  readonly #clock: PoolClock;
  readonly #isHosted: boolean;
  readonly #ring: (slot: number, timer: number) => void;
  readonly #epoch: number;
  /** By place. */
  readonly #tickets: readonly Tickets[];
  readonly #sources: (Ring | Wheel)[] = [];
  /** By the number of a source, which begins at 1. */
  readonly #timerOf = new Uint8Array(mostSources + 1);
  readonly #rings = new Map<string, Ring>();
  readonly #wheels = new Map<number, Wheel>();
  /** By timer. */
  readonly #ticketsOf: readonly Tickets[];
  #hostId: unknown;
  /** When the host wakes us; Infinity: it has not been asked. */
  #hostDue = Infinity;
  #isRinging = false;
  #isClosed = false;
  /** The time of this turn, or of this step; NaN: to be read when it is asked for. */
  #now = NaN;
  #stepsLeft = 0;
  #isTurnMarked = false;

  /** @param ring is told of each end, in order */
  constructor(table: Table, clock: PoolClock | undefined, ring: (slot: number, timer: number) => void) {
    this.#table = table;
    this.#clock = clock ?? hostClock;
    this.#isHosted = clock === undefined;
    this.#ring = ring;
    this.#epoch = Math.floor(this.#clock.now());
    const places = table.timers.map(({ place }) => place);
    this.#tickets = Array.from({ length: Math.max(0, ...places.map((place) => place + 1)) }, () => new Tickets(0));
    this.#ticketsOf = places.map((place) => this.#tickets[place] as Tickets);
  }

  get bytes(): { readonly tickets: number; readonly entries: number } {
    const sum = (all: readonly { readonly bytes: number }[]) => all.reduce((sum, { bytes }) => sum + bytes, 0);
    return { tickets: sum(this.#tickets), entries: sum(this.#sources) };
  }

  grow(capacity: number): void {
    for (const tickets of this.#tickets) tickets.grow(capacity);
  }

  /** Time has gone on. */
  look(): void {
    this.#now = NaN;
  }

  /** A step from outside begins: time may have gone on since the last. */
  begin(): void {
    if (!this.#isHosted || --this.#stepsLeft < 0) this.#now = NaN;
  }

  /** The ring of a timer whose delay is always the same. @param delay ms */
  ringOf(timer: number, delay: number): Ring {
    const name = `${timer} ${delay}`;
    let ring = this.#rings.get(name);
    if (!ring) {
      ring = this.#add(timer, (number, tickets) => new Ring(number, delay, tickets));
      this.#rings.set(name, ring);
    }
    return ring;
  }

  start(slot: number, ring: Ring): void {
    // Another timer may stand there only if it is over.
    ring.tickets.release(slot);
    const due = this.#time() + ring.delay;
    ring.arm(slot, due);
    if (due < this.#hostDue) this.#wait(due);
  }

  /** A timer whose delay varies. @param delay ms */
  startVaried(slot: number, timer: number, delay: number): void {
    const wheel = this.#wheelOf(timer);
    wheel.tickets.release(slot);
    const due = this.#time() + delay;
    wheel.arm(slot, due);
    if (due < this.#hostDue) this.#wait(due);
  }

  stop(slot: number, timer: number): void {
    const tickets = this.#ticketsOf[timer] as Tickets;
    // Most stops are of timers that nobody has.
    if (tickets.count === 0) return;
    const ticket = tickets.held[slot] as number;
    // The place may be another timer's by now.
    if (ticket !== 0 && this.#timerOf[sourceOf(ticket)] === timer) tickets.release(slot);
  }

  /** Everything of a session ends. */
  clear(slot: number): void {
    for (const tickets of this.#tickets) tickets.release(slot);
  }

  /** Which timers run. */
  *running(): Generator<Running> {
    for (const [at, source] of this.#sources.entries()) {
      const timer = this.#timerOf[at + 1] as number;
      const delay = source instanceof Ring ? source.delay : undefined;
      for (const [slot, due] of source.entries()) yield { slot, timer, due: this.#epoch + due, delay };
    }
  }

  /** Runs what was saved; to be given in the order of its ends. */
  resume({ slot, timer, due, delay }: Running): void {
    // Never longer than it was meant to be: the clock may have been set back since.
    const end = Math.min(this.#time() + (delay ?? Infinity), Math.ceil(due) - this.#epoch);
    // A wheel begins now: what is over keeps its order in a ring.
    const isVaried = delay === undefined && end > this.#time();
    const source = isVaried ? this.#wheelOf(timer) : this.ringOf(timer, delay ?? 0);
    source.arm(slot, end);
    if (end < this.#hostDue) this.#wait(end);
  }

  close(): void {
    this.#isClosed = true;
    this.#clock.clearTimeout(this.#hostId as never);
    this.#hostDue = Infinity;
  }

  #time(): number {
    if (Number.isNaN(this.#now)) {
      this.#now = this.#read();
      this.#stepsLeft = stepsBetweenLooks;
      if (this.#isHosted && !this.#isTurnMarked) {
        this.#isTurnMarked = true;
        queueMicrotask(() => {
          this.#isTurnMarked = false;
          this.#stepsLeft = 0;
        });
      }
    }
    return this.#now;
  }

  #read(): number {
    return Math.floor(this.#clock.now()) - this.#epoch;
  }

  #wheelOf(timer: number): Wheel {
    let wheel = this.#wheels.get(timer);
    if (!wheel) {
      const now = this.#time();
      wheel = this.#add(timer, (number, tickets) => new Wheel(number, now, tickets));
      this.#wheels.set(timer, wheel);
    }
    return wheel;
  }

  #add<Source extends Ring | Wheel>(timer: number, make: (number: number, tickets: Tickets) => Source): Source {
    const { name } = this.#table.timers[timer] as TableTimer;
    const number = this.#sources.length + 1;
    if (number > mostSources)
      throw new RangeError(`a pool has at most ${mostSources} delays; ${name} would need one more: give it by a function`);
    const source = make(number, this.#ticketsOf[timer] as Tickets);
    this.#sources.push(source);
    this.#timerOf[number] = timer;
    return source;
  }

  #wait(due: number): void {
    if (this.#isClosed || this.#isRinging) return;
    if (this.#hostDue !== Infinity) this.#clock.clearTimeout(this.#hostId as never);
    const ms = Math.min(mostDelay, Math.max(0, due - (this.#clock.now() - this.#epoch)));
    this.#hostDue = due;
    this.#hostId = this.#clock.setTimeout(() => this.#ringDue(), ms);
  }

  #ringDue(): void {
    this.#hostDue = Infinity;
    this.#isRinging = true;
    const begin = this.#clock.now();
    let next = Infinity;
    try {
      for (let count = 0; ; count++) {
        if (count % endsBetweenLooks === 0) {
          this.#now = this.#read();
          if (count >= mostInTurn || this.#clock.now() - begin >= longestTurn) {
            next = this.#now;
            break;
          }
        }
        const first = this.#first();
        next = first?.next() ?? Infinity;
        if (first === undefined || next > this.#now) break;
        const slot = first instanceof Ring ? first.take() : first.take(next);
        // A wheel may only have turned.
        if (slot !== undefined) this.#ring(slot, this.#timerOf[first.number] as number);
        if (this.#isClosed) return;
      }
    } finally {
      this.#now = NaN;
      this.#isRinging = false;
      if (next !== Infinity) this.#wait(next);
    }
  }

  /** The source of the next end. */
  #first(): Ring | Wheel | undefined {
    let found: Ring | Wheel | undefined;
    let [soonest, ofTimer] = [Infinity, Infinity];
    for (let at = 0; at < this.#sources.length; at++) {
      const source = this.#sources[at] as Ring | Wheel;
      const due = source.next();
      if (due === undefined || due > soonest) continue;
      const timer = this.#timerOf[at + 1] as number;
      // At one instant by the table, not by which delay was asked for first: a pool that is taken up elsewhere does the same.
      if (due < soonest || timer < ofTimer) [found, soonest, ofTimer] = [source, due, timer];
    }
    return found;
  }
}
