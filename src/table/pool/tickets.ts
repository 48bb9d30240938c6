/**
 * Which timers of which session run. A session holds a few tickets, one at each place; a ticket says the source of the timer, a ring or a
 * wheel, and its number there. What lies in a source counts only while the session still holds its ticket. It must never know what a
 * timer is for.
 */

/** Sources are told apart by the high 5 bits; below, a number that goes round. */
const numberBits = 27;
const numbers = 2 ** numberBits;
export const mostSources = 31;

/** @param source 1 to 31 */
export const ticketOf = (source: number, number: number): number => source * numbers + (number & (numbers - 1));
export const sourceOf = (ticket: number): number => ticket >>> numberBits;

/** The tickets of one place. A column each: most steps need but one, and a million sessions do not fit a cache. */
export class Tickets {
  /** By session; 0: none. */
  held: Uint32Array;
  /** How many are held. */
  count = 0;

  constructor(sessions: number) {
    this.held = new Uint32Array(sessions);
  }

  get bytes(): number {
    return this.held.byteLength;
  }

  grow(sessions: number): void {
    const wide = new Uint32Array(sessions);
    wide.set(this.held);
    this.held = wide;
  }

  /** Takes a session's ticket away, if there is one. */
  release(session: number): void {
    if (this.held[session] === 0) return;
    this.held[session] = 0;
    this.count -= 1;
  }

  /** There must be none. */
  give(session: number, ticket: number): void {
    this.held[session] = ticket;
    this.count += 1;
  }
}
