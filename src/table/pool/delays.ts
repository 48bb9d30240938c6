/**
 * How long a session of a pool waits for its next attempt: the fast grade of the default policy, with two bytes for each session that count
 * its failures, and the server's own word as a lower bound. The slow grade and probation need a history of each session, which is the driver's;
 * give `delays.retry` for them. It must never let one session wait for what another has done.
 */
import type { PoolClock } from './alarms.js';
import type { DelayFunction } from './performer.js';
import { kindOf } from './serve-arguments.js';
import type { SessionId } from './sessions.js';

/** Milliseconds; the names and defaults of the service's policy. Whoever is signed out, or closed, begins anew. */
interface PoolRetry {
  /** After failure n in a row: `random × min(cap, base × factor^n)`. */
  readonly base: number;
  readonly factor: number;
  readonly cap: number;
  /** After a loss: `random × firstSpread`. */
  readonly firstSpread: number;
  /** When no hold is left: `random × backOnlineSpread`. */
  readonly backOnlineSpread: number;
}

export interface PresenceDelayOptions {
  /** What is left out is the default. @throws TypeError for a number below 0, or for a time of 2^31 ms or more */
  readonly policy?: Partial<PoolRetry> | undefined;
  /** A number in [0, 1). */
  readonly random?: (() => number) | undefined;
}

/** Compared with the service's by a test: its own would bring xstate along. */
export const defaultPoolRetry: PoolRetry = { base: 1_000, factor: 2, cap: 60_000, firstSpread: 5_000, backOnlineSpread: 1_000 };

/** Of hosts' timers: a longer one would end at once. */
const longest = 2 ** 31 - 1;
/** A place holds the generation of its session above, the failures of it in a row below. */
const mostFailures = 255;

interface PresenceDelays {
  readonly retry: DelayFunction;
  /** At rest: whoever begins next has not failed yet. */
  readonly forget: (session: SessionId) => void;
}

/**
 * @param failing is called once, when somebody fails for the first time: from then on there is something to forget
 * @throws TypeError for an option that is not one, saying what was expected and what came
 */
export function presenceDelays(
  { policy = {}, random = Math.random }: PresenceDelayOptions,
  failing: () => void = () => {},
): PresenceDelays {
  if (typeof random !== 'function') throw new TypeError(`random: expected a function, got ${kindOf(random)}`);
  const { base, factor, cap, firstSpread, backOnlineSpread } = resolved(policy);
  let counts = new Uint16Array(0);
  /** @returns the failures of this session, none of those that had its place before */
  const failuresOf = (session: SessionId): number => {
    const count = counts[session & 0xffffff] ?? 0;
    return count >>> 8 === session >>> 24 ? count & mostFailures : 0;
  };
  const note = (session: SessionId, failures: number): void => {
    const at = session & 0xffffff;
    if (at >= counts.length) {
      if (failures === 0) return;
      if (counts.length === 0) failing();
      const wide = new Uint16Array(Math.max(1_024, at + 1, counts.length * 2));
      wide.set(counts);
      counts = wide;
    }
    counts[at] = ((session >>> 24) << 8) | failures;
  };
  return {
    retry(session, asked) {
      const cause = (asked as { readonly cause?: unknown } | undefined)?.cause;
      if (cause === 'failure') {
        const failures = Math.min(mostFailures, failuresOf(session) + 1);
        note(session, failures);
        // Nothing times without end is no number.
        return Math.floor(random() * Math.min(cap, base && base * factor ** failures));
      }
      if (cause === 'hold') return Math.floor(random() * backOnlineSpread);
      note(session, 0);
      return Math.floor(random() * firstSpread);
    },
    forget: (session) => note(session, 0),
  };
}

/** The servers' own "retry after": a lower bound of the waits of a session until it is online or forgotten, holds in between included. */
export class Floors {
  readonly #clock: Pick<PoolClock, 'now'>;
  readonly #floors = new Map<SessionId, { readonly since: number; readonly ms: number }>();

  /** @param clock the pool's */
  constructor(clock: Pick<PoolClock, 'now'> = performance) {
    this.#clock = clock;
  }

  /** @param ms from now; the latest word counts */
  heed(session: SessionId, ms: number): void {
    this.#floors.set(session, { since: this.#clock.now(), ms });
  }

  has(session: SessionId): boolean {
    return this.#floors.has(session);
  }

  forget(session: SessionId): void {
    this.#floors.delete(session);
  }

  /** A delay that heeds them, cut to what a timer can hold (24 days). */
  over(delay: number | DelayFunction): DelayFunction {
    return (session, asked) => {
      const wait = typeof delay === 'number' ? delay : delay(session, asked);
      const floor = this.#floors.get(session);
      if (!floor) return wait;
      // Never longer than the whole: the clock may have been set back since.
      const rest = Math.min(floor.ms, floor.since + floor.ms - this.#clock.now());
      return Math.max(wait, Math.min(longest, Math.ceil(rest)));
    };
  }
}

function resolved(policy: unknown): PoolRetry {
  const names = Object.keys(defaultPoolRetry).join(', ');
  if (typeof policy !== 'object' || policy === null || Array.isArray(policy))
    throw new TypeError(`policy: expected an object with some of ${names}, got ${kindOf(policy)}`);
  const found: Record<string, number> = { ...defaultPoolRetry };
  for (const [name, value] of Object.entries(policy)) {
    if (!Object.hasOwn(defaultPoolRetry, name)) throw new TypeError(`policy: expected one of ${names}, got ${name}`);
    if (value === undefined) continue;
    const most = name === 'factor' ? Number.MAX_VALUE : longest;
    if (typeof value !== 'number' || !(value >= 0 && value <= most)) {
      const expected = name === 'factor' ? 'a number of 0 or more' : `ms from 0 to ${longest}`;
      throw new TypeError(`policy.${name}: expected ${expected}, got ${typeof value === 'number' ? value : kindOf(value)}`);
    }
    found[name] = value;
  }
  return found as unknown as PoolRetry;
}
