/**
 * Timers of one delay: armed in order, they end in order, so a ring of entries is enough, and cancelling is forgetting a ticket. An entry
 * counts only while its session still holds its ticket. It must never look at a clock: who asks says what time it is.
 */

/** Which of a session's tickets is the one that counts; 0: none. */
export interface Tickets {
  get(session: number): number;
  set(session: number, ticket: number): void;
}

/** Tickets are told apart by their ring: the high 5 bits; below, a number that goes round. */
export const ringBits = 27;
const mask = 2 ** ringBits - 1;

export class Ring {
  readonly delay: number;
  readonly #tickets: Tickets;
  readonly #base: number;
  #sessions = new Uint32Array(16);
  /** Milliseconds modulo 2^32: differences are right for 24 days. */
  #dues = new Uint32Array(16);
  #head = 0;
  #tail = 0;
  #live = 0;

  /** @param number 1 to 31 */
  constructor(number: number, delay: number, tickets: Tickets) {
    this.delay = delay;
    this.#tickets = tickets;
    this.#base = number * 2 ** ringBits;
  }

  get bytes(): number {
    return this.#sessions.byteLength + this.#dues.byteLength;
  }

  /** @param due ms, never before that of an entry already there */
  arm(session: number, due: number): void {
    const size = this.#sessions.length;
    if (this.#tail - this.#head === size) this.#makeRoom();
    const at = this.#tail & (this.#sessions.length - 1);
    this.#sessions[at] = session;
    this.#dues[at] = due;
    this.#tickets.set(session, this.#ticketAt(this.#tail));
    this.#tail += 1;
    this.#live += 1;
  }

  /** The session has let go of a ticket of this ring. */
  release(): void {
    this.#live -= 1;
  }

  /** When the first one ends; undefined: none is armed. */
  next(): number | undefined {
    this.#skip();
    return this.#head === this.#tail ? undefined : this.#dues[this.#head & (this.#dues.length - 1)];
  }

  /** Takes out the session that `next` spoke of; its ticket is gone. */
  take(): number {
    this.#skip();
    const session = this.#sessions[this.#head & (this.#sessions.length - 1)] as number;
    this.#head += 1;
    this.#live -= 1;
    this.#tickets.set(session, 0);
    return session;
  }

  /** What is armed, in order: for saving. */
  *entries(): Generator<readonly [session: number, due: number]> {
    for (let at = this.#head; at < this.#tail; at++) {
      const place = at & (this.#sessions.length - 1);
      const session = this.#sessions[place] as number;
      if (this.#tickets.get(session) === this.#ticketAt(at)) yield [session, this.#dues[place] as number];
    }
  }

  #skip(): void {
    while (this.#head < this.#tail) {
      const session = this.#sessions[this.#head & (this.#sessions.length - 1)] as number;
      if (this.#tickets.get(session) === this.#ticketAt(this.#head)) return;
      this.#head += 1;
    }
  }

  /** Twice the size, or the same where half of the entries are stale. */
  #makeRoom(): void {
    const old = { sessions: this.#sessions, dues: this.#dues, head: this.#head, tail: this.#tail };
    const wide = old.sessions.length - 1;
    if (this.#live * 2 > old.sessions.length) {
      this.#sessions = new Uint32Array(old.sessions.length * 2);
      this.#dues = new Uint32Array(old.dues.length * 2);
    } else {
      this.#sessions = new Uint32Array(old.sessions.length);
      this.#dues = new Uint32Array(old.dues.length);
    }
    // Those that count get new tickets, behind all that were ever given.
    this.#head = old.tail;
    for (let at = old.head; at < old.tail; at++) {
      const session = old.sessions[at & wide] as number;
      if (this.#tickets.get(session) !== this.#ticketAt(at)) continue;
      const place = this.#tail & (this.#sessions.length - 1);
      this.#sessions[place] = session;
      this.#dues[place] = old.dues[at & wide] as number;
      this.#tickets.set(session, this.#ticketAt(this.#tail));
      this.#tail += 1;
    }
  }

  #ticketAt(position: number): number {
    return this.#base + (position & mask);
  }
}
