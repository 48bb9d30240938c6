/**
 * A pool as `createSessionPool` makes it, with what a host needs beside what sessions say: who is closed, and for how long at least somebody
 * has to wait. It must never change what a session does otherwise.
 */
import type { Emitted, TableEvent } from '../engine.js';
import type { Table } from '../format.js';
import { Floors } from './delays.js';
import type { Delays } from './performer.js';
import { SessionPool, type PoolOptions } from './pool.js';
import type { SessionId } from './sessions.js';

/** In the registry: an app may hold the ESM and the CommonJS build at once. */
const hosting: unique symbol = Symbol.for('presence-machine/hosting');

export interface Hosting {
  /** Lower bounds of the chart's waits. */
  readonly floors: Floors;
  /** @param listener is told of each session that is closed, when its number is refused already */
  onClose(listener: (session: SessionId) => void): () => void;
}

export class HostedPool<Event extends TableEvent = TableEvent, Emits extends TableEvent = Emitted> extends SessionPool<
  Event,
  Emits
> {
  readonly [hosting]: Hosting;
  readonly #closing = new Set<(session: SessionId) => void>();

  constructor(table: Table, options: PoolOptions) {
    const floors = new Floors(options.clock);
    super(table, settableIn(table) ? { ...options, delays: floored(options.delays, floors) } : options);
    this[hosting] = {
      floors,
      onClose: (listener) => {
        this.#closing.add(listener);
        return () => void this.#closing.delete(listener);
      },
    };
  }

  override close(session: SessionId): void {
    super.close(session);
    for (const listener of this.#closing) listener(session);
  }
}

/** @throws TypeError for a pool that `createSessionPool` has not made */
export function hostingOf(pool: object): Hosting {
  const { [hosting]: found } = pool as Partial<HostedPool>;
  if (!found) throw new TypeError('servePool: expected a pool from createSessionPool, got another');
  return found;
}

/** The statuses that can be wished for, in a table of the presence chart; undefined: it is one of another machine. */
export function settableIn({ context }: Table): readonly number[] | undefined {
  const [rules] = context.find(({ field }) => field === 'rules')?.values ?? [];
  return (rules as { readonly statuses?: readonly number[] } | undefined)?.statuses;
}

/** What is no delay is left as it is, to be refused. */
function floored(delays: Delays = {}, floors: Floors): Delays {
  const { retry } = delays;
  const isDelay = typeof retry === 'function' || (typeof retry === 'number' && retry >= 0 && retry < 2 ** 31);
  return isDelay ? { ...delays, retry: floors.over(retry) } : delays;
}
