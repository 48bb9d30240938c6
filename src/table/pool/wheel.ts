/**
 * Timers whose delays have no order, such as jittered waits: a hierarchical wheel (Varghese and Lauck), four levels of 256 slots of 1 ms,
 * with lists through typed arrays. Cancelling is giving back a ticket, as in a ring; the
 * entry goes when its time comes. It must never look at a clock.
 */
import { ticketOf, type Tickets } from './tickets.js';

const none = 0xffffffff;
/** ms of one slot, by level. */
const spans = [1, 256, 65_536, 16_777_216] as const;
const levels = spans.length;
const longest = 256 * 16_777_216 - 16_777_216;

export class Wheel {
  readonly number: number;
  readonly tickets: Tickets;
  readonly #slots = new Uint32Array(levels * 256).fill(none);
  #sessions = new Uint32Array(16);
  #held = new Uint32Array(16);
  #dues = new Float64Array(16);
  #after = new Uint32Array(16);
  #free = none;
  #used = 0;
  #count = 0;
  #given = 0;
  /** The time up to which everything has been taken out; slots are counted from 0. */
  #now: number;
  /** Nodes whose time has come, first of them at `#head`: taking one must not cost a shift of all others. */
  #ready: number[] = [];
  #head = 0;

  /** @param number 1 to 31 @param now ms, whole */
  constructor(number: number, now: number, tickets: Tickets) {
    this.number = number;
    this.tickets = tickets;
    this.#now = now;
  }

  get bytes(): number {
    return (
      this.#sessions.byteLength + this.#held.byteLength + this.#dues.byteLength + this.#after.byteLength + this.#slots.byteLength
    );
  }

  /** The session's place for tickets must be free. @param due ms */
  arm(session: number, due: number): void {
    const node = this.#node();
    const ticket = ticketOf(this.number, this.#given++);
    this.#sessions[node] = session;
    this.#held[node] = ticket;
    this.#dues[node] = Math.max(due, this.#now);
    this.tickets.give(session, ticket);
    this.#count += 1;
    this.#link(node);
  }

  /** When the first one ends, or a time before that at which to ask again; undefined: none is armed. */
  next(): number | undefined {
    if (this.#count === 0) return undefined;
    if (this.#head < this.#ready.length) return this.#now;
    let soonest = Infinity;
    for (let level = 0; level < levels; level++) {
      const span = spans[level] as number;
      const here = Math.floor(this.#now / span);
      // Of the upper levels the present slot has come down already; what is in it is for the next time round.
      const first = level === 0 ? 0 : 1;
      for (let ahead = first; ahead < first + 256; ahead++) {
        if (this.#slots[level * 256 + ((here + ahead) % 256)] === none) continue;
        // An upper slot may begin before what is in a lower one: it was filled when it was further away.
        soonest = Math.min(soonest, Math.max(this.#now, (here + ahead) * span));
        break;
      }
    }
    return soonest === Infinity ? undefined : soonest;
  }

  /** Goes on to a time, and takes out who is due then; undefined: nobody any more. */
  take(now: number): number | undefined {
    for (;;) {
      while (this.#head < this.#ready.length) {
        const node = this.#ready[this.#head++] as number;
        const session = this.#sessions[node] as number;
        const isMeant = this.#counts(node);
        this.#release(node);
        if (!isMeant) continue;
        this.tickets.release(session);
        return session;
      }
      this.#ready = [];
      this.#head = 0;
      const next = this.next();
      if (next === undefined || next > now) {
        this.#goTo(Math.max(this.#now, now));
        if (this.#ready.length === 0) return undefined;
      } else this.#goTo(next);
    }
  }

  *entries(): Generator<readonly [session: number, due: number]> {
    const nodes = this.#ready.slice(this.#head);
    for (const first of this.#slots) for (let node = first; node !== none; node = this.#after[node] as number) nodes.push(node);
    nodes.sort((a, b) => (this.#dues[a] as number) - (this.#dues[b] as number));
    for (const node of nodes) {
      if (this.#counts(node)) yield [this.#sessions[node] as number, this.#dues[node] as number];
    }
  }

  #counts(node: number): boolean {
    return this.tickets.held[this.#sessions[node] as number] === this.#held[node];
  }

  /** Upper slots that begin at this time come down; the lowest slot is ready. */
  #goTo(now: number): void {
    this.#now = now;
    for (let level = levels - 1; level >= 0; level--) {
      const slot = level * 256 + (Math.floor(now / (spans[level] as number)) % 256);
      let node = this.#slots[slot] as number;
      this.#slots[slot] = none;
      const due: number[] = [];
      while (node !== none) {
        const after = this.#after[node] as number;
        if ((this.#dues[node] as number) <= now) due.push(node);
        else this.#link(node);
        node = after;
      }
      // Lists are last in, first out; who was armed first ends first.
      due.sort(
        (a, b) => (this.#dues[a] as number) - (this.#dues[b] as number) || (this.#held[a] as number) - (this.#held[b] as number),
      );
      for (const one of due) this.#ready.push(one);
    }
  }

  #link(node: number): void {
    const due = Math.ceil(this.#dues[node] as number);
    const ahead = due - this.#now;
    let level = 0;
    while (level < levels - 1 && ahead >= (spans[level + 1] as number)) level += 1;
    // Beyond the last level it comes round and is put further.
    const time = Math.min(due, this.#now + longest);
    const slot = level * 256 + (Math.floor(time / (spans[level] as number)) % 256);
    this.#after[node] = this.#slots[slot] as number;
    this.#slots[slot] = node;
  }

  #node(): number {
    if (this.#free !== none) {
      const node = this.#free;
      this.#free = this.#after[node] as number;
      return node;
    }
    if (this.#used === this.#sessions.length) {
      const double = <T extends Uint32Array | Float64Array>(column: T): T => {
        const wide = new (column.constructor as new (size: number) => T)(column.length * 2);
        wide.set(column);
        return wide;
      };
      this.#sessions = double(this.#sessions);
      this.#held = double(this.#held);
      this.#dues = double(this.#dues);
      this.#after = double(this.#after);
    }
    return this.#used++;
  }

  #release(node: number): void {
    this.#after[node] = this.#free;
    this.#free = node;
    this.#count -= 1;
  }
}
