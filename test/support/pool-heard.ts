/** What both processes of a saved pool have in common: how it is made, and how what it says is written down. It must never say anything itself. */
import type { PoolClock, PresencePool, PresencePoolOptions } from '../../src/table/pool/index.js';

/** When, on the pool's clock; whose; what. */
export type Heard = readonly [at: number, session: number, said: unknown];

/** Waits between attempts are the app's here: how often somebody has failed is not part of a saved pool. */
export const poolOptions = (clock: PoolClock): PresencePoolOptions => ({ clock, delays: { retry: 7_000 } });

export function hearAll(pool: PresencePool, clock: PoolClock): Heard[] {
  const heard: Heard[] = [];
  pool.on('*', (said, session) => void heard.push([clock.now(), session, said]));
  return heard;
}
