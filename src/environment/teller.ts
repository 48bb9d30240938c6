/**
 * Between a source and a service: hands on what is known, ends with the service or with a signal, and runs its cleaning up once. It must
 * never tell a service that has been disposed of, and never keep a listener or a timer after its end.
 */
import { signalOf } from '../arguments.js';
import { describe, MessengerError } from '../errors.js';
import type { Environment, PresenceService } from '../service.js';

/** The part of a service that a source needs; any build of it will do. */
export interface WatchedService extends Pick<PresenceService, 'environment'> {
  /** It completes when the service is disposed of, in that very call. */
  readonly actor: { subscribe(observer: { complete: () => void }): { unsubscribe(): void } };
}

export interface Teller {
  /** Hands on what is known; nothing once it has ended. */
  tell(known: Environment): void;
  /** To be run at the end; at once if that has come already. */
  atEnd(clean: () => void): void;
  /** Ends; twice is harmless. */
  readonly stop: () => void;
}

/** @throws TypeError for something that is no service, or a signal that is none */
export function createTeller(what: string, service: WatchedService, signal: AbortSignal | undefined): Teller {
  const { environment, actor } = (service ?? {}) as Partial<WatchedService>;
  if (typeof environment !== 'function' || typeof actor?.subscribe !== 'function')
    throw new TypeError(`${what}: expected a presence service, got ${describe(service)}`);
  const until = signalOf(what, signal === undefined ? {} : { signal });
  const cleaning: (() => void)[] = [];
  let isOver = false;
  let life: { unsubscribe(): void } | undefined;

  const stop = (): void => {
    if (isOver) return;
    isOver = true;
    until?.removeEventListener('abort', stop);
    life?.unsubscribe();
    for (const clean of cleaning.splice(0)) clean();
  };
  if (until?.aborted) isOver = true;
  else {
    until?.addEventListener('abort', stop);
    life = actor.subscribe({ complete: stop });
  }

  return {
    tell(known) {
      if (isOver) return;
      try {
        service.environment(known);
      } catch (error) {
        stop();
        // One that had been disposed of before the watching began wants no more; anything else is somebody's mistake.
        if (!MessengerError.is(error)) throw error;
      }
    },
    atEnd(clean) {
      if (isOver) clean();
      else cleaning.push(clean);
    },
    stop,
  };
}
