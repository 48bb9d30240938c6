/** Scores: who does what, one after the other. The same for every rival, from a seed. */
import { seededRandom } from '../../src/testing/index.js';
import { deed, statuses } from './fleets.js';

export interface Score {
  readonly who: Uint32Array;
  readonly what: Uint8Array;
}

const arrival = [deed.signin, deed.found, deed.opened, deed.synchronized, deed.published];
const change = (status: number) => [deed.request + 2 * status, deed.request + 2 * status + 1];

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

/** Changes of status, asked for and published, by sessions at random. */
export function presence(size: number, changes: number, seed = 1): Score {
  const random = seededRandom(seed);
  const who: number[] = [];
  const what: number[] = [];
  for (let at = 0; at < changes; at++) {
    const session = Math.floor(random() * size);
    who.push(session, session);
    what.push(...change(Math.floor(random() * statuses.length)));
  }
  return { who: Uint32Array.from(who), what: Uint8Array.from(what) };
}

/** All are online as busy, lose their line, and come back; each step by all, in random order. */
export function storm(size: number, seed = 2): Score {
  const random = seededRandom(seed);
  const order = Uint32Array.from({ length: size }, (_, at) => at);
  for (let last = size - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const kept = order[last] as number;
    order[last] = order[other] as number;
    order[other] = kept;
  }
  const steps = [deed.lost, deed.due, ...arrival.slice(1)];
  const who = new Uint32Array(size * steps.length);
  const what = new Uint8Array(size * steps.length);
  for (const [round, step] of steps.entries()) {
    who.set(order, round * size);
    what.fill(step, round * size, (round + 1) * size);
  }
  return { who, what };
}
