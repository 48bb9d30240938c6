/** A session pool with its listeners, as both ways of feeding it need it. */
import { createSessionPool, type PresencePool } from '../../src/table/pool/index.js';
import type { World } from './part.js';

export function openPool(size: number, world: World): { readonly pool: PresencePool; readonly sessions: Uint32Array } {
  const pool = createSessionPool({ random: world.random });
  pool.on('OnMyStatusChange', world.onStatus);
  pool.on('OnSignin', world.onSignin);
  pool.on('OnSignout', world.onSignout);
  const sessions = new Uint32Array(size);
  for (let at = 0; at < size; at++) sessions[at] = pool.open();
  return { pool, sessions };
}
