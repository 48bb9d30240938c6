/**
 * Timers of one delay: armed in order, they end in order, so a ring of sessions is enough, and cancelling is giving back a ticket. Deadlines are
 * kept once for all that share one: of a million timers of 15 s there are at most some 15,000. It must never look at a clock: who asks
 * says what time it is.
 */
import { ticketOf, type Tickets } from './tickets.js';

export class Ring {
  readonly delay: number;
  readonly number: number;
  readonly tickets: Tickets;
  #sessions = new Uint32Array(64);
  #head = 0;
  #tail = 0;
  readonly #deadlines = new Deadlines();

  /** @param number 1 to 31 @param delay ms */
  constructor(number: number, delay: number, tickets: Tickets) {
    this.delay = delay;
    this.number = number;
    this.tickets = tickets;
  }

  get bytes(): number {
    return this.#sessions.byteLength + this.#deadlines.bytes;
  }

  /** The session's place for tickets must be free. @param due ms; one that is before that of an entry already there is late as that */
  arm(session: number, due: number): void {
    if (this.#tail - this.#head === this.#sessions.length) this.#makeRoom();
    if (this.#tail === this.#head) this.#deadlines.clear();
    this.#deadlines.add(due, this.#tail);
    this.#sessions[this.#tail & (this.#sessions.length - 1)] = session;
    this.tickets.give(session, ticketOf(this.number, this.#tail));
    this.#tail += 1;
  }

  /** When the first one ends; undefined: none is armed. */
  next(): number | undefined {
    this.#skip();
    return this.#head === this.#tail ? undefined : this.#deadlines.of(this.#head);
  }

  /** Takes out the session that `next` spoke of; its ticket is gone. */
  take(): number {
    this.#skip();
    const session = this.#sessions[this.#head & (this.#sessions.length - 1)] as number;
    this.#head += 1;
    this.tickets.release(session);
    return session;
  }

  /** What is armed, in order: for saving. */
  *entries(): Generator<readonly [session: number, due: number]> {
    for (let at = this.#head; at < this.#tail; at++) {
      const session = this.#sessions[at & (this.#sessions.length - 1)] as number;
      if (this.#counts(session, at)) yield [session, this.#deadlines.at(at)];
    }
  }

  #skip(): void {
    while (this.#head < this.#tail) {
      if (this.#counts(this.#sessions[this.#head & (this.#sessions.length - 1)] as number, this.#head)) return;
      this.#head += 1;
    }
  }

  /** Lets go of what does not count any more; what does gets new tickets, behind all that were ever given. Where that is not enough, it grows. */
  #makeRoom(): void {
    const mask = this.#sessions.length - 1;
    const end = this.#tail;
    const moving = this.#deadlines.move();
    // Nothing is written that has not been read: it goes round from the first.
    for (let at = this.#head; at < end; at++) {
      const session = this.#sessions[at & mask] as number;
      if (!this.#counts(session, at)) continue;
      moving(at, this.#tail);
      this.#sessions[this.#tail & mask] = session;
      this.tickets.held[session] = ticketOf(this.number, this.#tail);
      this.#tail += 1;
    }
    this.#head = end;
    if ((this.#tail - end) * 2 <= this.#sessions.length) return;
    const wide = new Uint32Array(this.#sessions.length * 2);
    for (let at = end; at < this.#tail; at++) wide[at & (wide.length - 1)] = this.#sessions[at & mask] as number;
    this.#sessions = wide;
  }

  #counts(session: number, position: number): boolean {
    return this.tickets.held[session] === ticketOf(this.number, position);
  }
}

/** From which position on which deadline holds: in order of both. */
class Deadlines {
  #dues: Float64Array = new Float64Array(16);
  #firsts: Float64Array = new Float64Array(16);
  #head = 0;
  #tail = 0;
  #last = -Infinity;

  get bytes(): number {
    return this.#dues.byteLength + this.#firsts.byteLength;
  }

  add(due: number, position: number): void {
    if (this.#tail > this.#head && due <= this.#last) return;
    if (this.#tail - this.#head === this.#dues.length) this.#grow();
    const at = this.#tail & (this.#dues.length - 1);
    this.#dues[at] = this.#last = due;
    this.#firsts[at] = position;
    this.#tail += 1;
  }

  clear(): void {
    this.#head = this.#tail;
  }

  /** Of the first position that still counts: forgets those before. */
  of(position: number): number {
    const mask = this.#dues.length - 1;
    while (this.#tail - this.#head > 1 && (this.#firsts[(this.#head + 1) & mask] as number) <= position) this.#head += 1;
    return this.#dues[this.#head & mask] as number;
  }

  at(position: number): number {
    const mask = this.#dues.length - 1;
    let [low, high] = [this.#head, this.#tail - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#firsts[middle & mask] as number) <= position) low = middle;
      else high = middle - 1;
    }
    return this.#dues[low & mask] as number;
  }

  /** Positions change, in order. @returns to be told of each: where it was, where it is */
  move(): (from: number, to: number) => void {
    const mask = this.#dues.length - 1;
    const end = this.#tail;
    let read = this.#head;
    let isWritten = false;
    this.#tail = this.#head;
    return (from, to) => {
      for (; read + 1 < end && (this.#firsts[(read + 1) & mask] as number) <= from; read++) isWritten = false;
      if (isWritten) return;
      isWritten = true;
      // What has gone was perhaps the last one: who comes next for that time is not late as those before it.
      this.#dues[this.#tail & mask] = this.#last = this.#dues[read & mask] as number;
      this.#firsts[this.#tail & mask] = to;
      this.#tail += 1;
    };
  }

  #grow(): void {
    const wide = (column: Float64Array): typeof column => {
      const made = new Float64Array(column.length * 2);
      for (let at = this.#head; at < this.#tail; at++) made[at & (made.length - 1)] = column[at & (column.length - 1)] as number;
      return made;
    };
    this.#dues = wide(this.#dues);
    this.#firsts = wide(this.#firsts);
  }
}
