/**
 * A machine twice: as actors of XState, each with its own pretend clock hands, and as sessions of a pool. Both are told the same and have to
 * say the same. It decides nothing itself.
 */
import { createActor, type AnyActor, type AnyStateMachine } from 'xstate';
import type { TableEvent } from '../../src/table/engine.js';
import type { SessionPool } from '../../src/table/pool/index.js';
import type { PretendClock } from '../../src/testing/index.js';

/** What was heard, in order. */
export interface Heard {
  readonly who: number;
  readonly emitted: unknown;
}

export interface Twin {
  send(who: number, event: TableEvent): void;
  stop(who: number): void;
  value(who: number): unknown;
  readonly heard: Heard[];
}

/** @param react is called inside each listener, and may send */
export type React = (twin: Twin, who: number, emitted: TableEvent) => void;

export function actorTwin(machine: AnyStateMachine, input: unknown, count: number, clock: PretendClock, react?: React): Twin {
  const heard: Heard[] = [];
  const actors: AnyActor[] = [];
  const twin: Twin = {
    heard,
    send: (who, event) => actors[who]?.send(event),
    stop: (who) => actors[who]?.stop(),
    value: (who) => (actors[who] as AnyActor).getSnapshot().value as unknown,
  };
  for (let who = 0; who < count; who++) {
    const actor = createActor(machine, { input, clock: clock });
    actors.push(actor);
    actor.on('*', (emitted: TableEvent) => {
      heard.push({ who, emitted: { ...emitted } });
      react?.(twin, who, emitted);
    });
    actor.start();
  }
  return twin;
}

export function poolTwin(pool: SessionPool, count: number, react?: React): Twin {
  const heard: Heard[] = [];
  const sessions: number[] = [];
  const twin: Twin = {
    heard,
    send: (who, event) => void pool.send(sessions[who] ?? -1, event),
    stop: (who) => pool.close(sessions[who] ?? -1),
    value: (who) => pool.getSnapshot(sessions[who] ?? -1).value,
  };
  let opening = 0;
  pool.on('*', (emitted, session) => {
    const at = sessions.indexOf(session);
    const who = at < 0 ? opening : at;
    heard.push({ who, emitted: { ...emitted } });
    react?.(twin, who, emitted);
  });
  for (opening = 0; opening < count; opening++) sessions.push(pool.open());
  return twin;
}
