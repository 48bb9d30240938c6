/** Scores: who does what, one after the other. The same for every rival, from a seed. */
import { seededRandom } from '../../src/testing/index.js';
import { deed, statuses, type Score } from '../peers/part.js';

export const arrival = [deed.signin, deed.found, deed.opened, deed.synchronized, deed.arrived];
export const change = (status: number) => [deed.request + 2 * status, deed.published + 2 * status];

/** One session: signs in, changes its status three times, loses its line and comes back, signs out. */
export function cycle(): Score {
  const what = [...arrival, ...change(3), ...change(1), deed.lost, deed.due, ...arrival.slice(1), deed.signout, deed.closed];
  return { who: new Uint32Array(what.length), what: Uint8Array.from(what) };
}

/** All sign in. */
export function everybody(size: number): Score {
  return {
    who: Uint32Array.from({ length: size * arrival.length }, (_, at) => Math.floor(at / arrival.length)),
    what: Uint8Array.from({ length: size * arrival.length }, (_, at) => arrival[at % arrival.length] as number),
  };
}

/** Events that come where they mean nothing, to one session that is online. */
export function ignored(count: number): Score {
  const strange = [deed.found, deed.opened, deed.due, deed.closed];
  return { who: new Uint32Array(count), what: Uint8Array.from({ length: count }, (_, at) => strange[at % 4] as number) };
}

/** The same for everybody, one after the other. */
export function all(size: number, ...what: readonly number[]): Score {
  return {
    who: Uint32Array.from({ length: size * what.length }, (_, at) => at % size),
    what: Uint8Array.from({ length: size * what.length }, (_, at) => what[Math.floor(at / size)] as number),
  };
}

/** Changes of status, asked for and published, by sessions at random. */
export function presence(size: number, changes: number, seed = 1): Score {
  const random = seededRandom(seed);
  const who = new Uint32Array(changes * 2);
  const what = new Uint8Array(changes * 2);
  for (let at = 0; at < changes * 2; at += 2) {
    who.fill(Math.floor(random() * size), at, at + 2);
    what.set(change(Math.floor(random() * statuses.length)), at);
  }
  return { who, what };
}

/** All are online as busy, lose their line, and come back; each step by all, in random order. */
export function storm(size: number, seed = 2): Score {
  const order = shuffledOrder(size, seededRandom(seed));
  const steps = [deed.lost, deed.due, ...arrival.slice(1)];
  const who = new Uint32Array(size * steps.length);
  const what = new Uint8Array(size * steps.length);
  for (const [round, step] of steps.entries()) {
    who.set(order, round * size);
    what.fill(step, round * size, (round + 1) * size);
  }
  return { who, what };
}

/** The numbers below `size` in random order. */
export function shuffledOrder(size: number, random: () => number): Uint32Array {
  const order = Uint32Array.from({ length: size }, (_, at) => at);
  for (let last = size - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const kept = order[last] as number;
    order[last] = order[other] as number;
    order[other] = kept;
  }
  return order;
}
