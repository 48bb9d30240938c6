/**
 * The door `presence-machine/pool`: a great many sessions of the same machine in one process, as a table. Without xstate. It must never
 * import a module that does.
 */
import type { Message, Output } from '../../../machines/index.js';
import type { Emitted, TableEvent } from '../engine.js';
import { readArtifact, type Table } from '../format.js';
import { presenceArtifact } from './artifact.js';
import { presenceDelays, type PresenceDelayOptions } from './delays.js';
import { HostedPool } from './hosted.js';
import type { PoolOptions, SessionPool } from './pool.js';

export { SessionPool } from './pool.js';
export type { PoolListener, PoolOptions } from './pool.js';
export type { PersistedSession, SessionSnapshot } from './points.js';
export type { DelayFunction } from './performer.js';
export type { SessionId } from './sessions.js';
export type { PoolClock } from './alarms.js';
export { servePool } from './serve.js';
export type { HostedSignin, HostedWish, HostEvents, PoolHost, ServeOptions } from './serve.js';
export type { Emitted, TableEvent } from '../engine.js';
export { readArtifact, type Artifact, type Table } from '../format.js';

/** A pool of sessions of our chart: what it takes are the chart's requests and facts, what it emits are its commands and notices. */
export type PresencePool = SessionPool<Message, Output>;

export interface PresencePoolOptions extends PoolOptions, PresenceDelayOptions {}

/** A pool of another machine, compiled by `presence-machine/compile`. */
export interface LogicPoolOptions extends PoolOptions {
  readonly logic: { readonly table: Table };
}

let presence: Table | undefined;
const presenceTable = (): Table => (presence ??= readArtifact(presenceArtifact));

/**
 * Makes a pool: of our chart under the default policy, or of a compiled machine of your own.
 * @throws TypeError or RangeError for an option that is not one, saying what was expected
 */
export function createSessionPool(options?: PresencePoolOptions): PresencePool;
export function createSessionPool<E extends TableEvent = TableEvent, O extends TableEvent = Emitted>(
  options: LogicPoolOptions,
): SessionPool<E, O>;
export function createSessionPool(options: PresencePoolOptions | LogicPoolOptions = {}): unknown {
  if ('logic' in options) {
    const { logic, ...rest } = options;
    return new HostedPool(logic.table, rest);
  }
  const { policy, random, ...rest } = options;
  const { retry, forget } = presenceDelays({ policy, random }, () => {
    // Whoever is signed out, and whoever is opened: each begins at rest.
    pool.on('session.forget', (_, session) => forget(session));
  });
  const pool = new HostedPool<Message, Output>(presenceTable(), { ...rest, delays: { retry, ...rest.delays } });
  return pool;
}

/**
 * The same pool in another process, or later: sessions keep their numbers, deadlines that have passed end at once.
 * @throws TypeError for what is damaged, cut off, or was saved by another version of the machine
 */
createSessionPool.restore = (saved: Uint8Array, options: PresencePoolOptions = {}): PresencePool => {
  const pool = createSessionPool(options);
  pool.restore(saved);
  return pool;
};
