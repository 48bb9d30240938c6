/**
 * The server that a herd comes back to: away until some time, then it lets clients in one after the other at a steady rate, first come first
 * served, and refuses who finds the line full. It must never know why somebody comes, nor when again.
 */

export interface ServerOptions {
  /** It refuses everybody before this time, ms. */
  readonly up: number;
  /** How many it lets in per second. */
  readonly accept: number;
  /** How many may wait in line. */
  readonly queue: number;
}

export class LabServer {
  readonly #up: number;
  readonly #accept: number;
  readonly #room: number;
  readonly #line: Uint32Array;
  readonly #mask: number;
  /** By client, the number of its turn, from 1; 0: it waits for none. */
  readonly #turns: Float64Array;
  #head = 0;
  #tail = 0;
  /** When it last began after a rest, ms, and the turns since: multiplied, not added up, so that no error grows. */
  #busySince = 0;
  #turnsSince = 0;

  /** @param clients are numbered from 0 */
  constructor(clients: number, { up, accept, queue }: ServerOptions) {
    this.#up = up;
    this.#accept = accept;
    // Time is in whole ms here: whoever is let in within the same one stands in line together.
    this.#room = Math.max(queue, Math.ceil(accept / 1_000));
    const size = 2 ** Math.ceil(Math.log2(this.#room));
    this.#line = new Uint32Array(size);
    this.#mask = size - 1;
    this.#turns = new Float64Array(clients);
  }

  /** @returns whether there was room in line, and if not, why */
  arrive(client: number, now: number): 'waits' | 'down' | 'full' {
    if (now < this.#up) return 'down';
    if (this.#tail - this.#head >= this.#room) return 'full';
    if (this.#tail === this.#head && now > this.#over) [this.#busySince, this.#turnsSince] = [now, 0];
    this.#line[this.#tail & this.#mask] = client;
    this.#tail += 1;
    this.#turns[client] = this.#tail;
    return 'waits';
  }

  /** The client has gone. Its turn comes all the same: the server finds out only then. @returns whether it was in line */
  leave(client: number): boolean {
    const was = this.#turns[client] !== 0;
    this.#turns[client] = 0;
    return was;
  }

  /** When the next turn is over, ms; Infinity: nobody is in line. */
  get next(): number {
    return this.#tail === this.#head ? Infinity : Math.ceil(this.#nextOver);
  }

  /** Who is in at that time: the next client, -1 for a turn that was nobody's any more; undefined: nobody yet. */
  take(now: number): number | undefined {
    if (this.#tail === this.#head || this.#nextOver > now) return undefined;
    const client = this.#line[this.#head & this.#mask] as number;
    this.#head += 1;
    this.#turnsSince += 1;
    if (this.#turns[client] !== this.#head) return -1;
    this.#turns[client] = 0;
    return client;
  }

  /** When the last turn was over. */
  get #over(): number {
    return this.#busySince + (this.#turnsSince * 1_000) / this.#accept;
  }
  get #nextOver(): number {
    return this.#busySince + ((this.#turnsSince + 1) * 1_000) / this.#accept;
  }
}
