/**
 * One call of a verb from beginning to end: latency, silence, deafness, abort, a line that breaks meanwhile. It settles the call's promise at most
 * once, leaves no timer and no listener behind, and must never know what the verb does.
 */
import { TransportError } from '../../transport.js';
import type { Plan } from './script.js';

/** The clock that the server runs on: the service's own `clock` fits. Milliseconds. */
export interface ServerClock {
  now(): number;
  setTimeout(fn: () => void, ms: number): unknown;
  clearTimeout(id: unknown): void;
}

/** The real clock. */
export const realClock: ServerClock = {
  now: () => Date.now(),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (id) => clearTimeout(id as ReturnType<typeof setTimeout>),
};

/** How to reject the calls that are under way on a line, when it breaks. */
export type Cuts = Set<(error: unknown) => void>;

export interface Performance<T> {
  readonly clock: ServerClock;
  readonly plan: Plan;
  readonly signal: AbortSignal;
  /** Does the verb, after the latency; what it throws rejects the call. */
  readonly act: () => T;
  /** Hears the outcome (`silent` at once, and what follows it, if anything), before the promise settles. */
  readonly note: (outcome: string, late: boolean) => void;
  readonly cuts?: Cuts;
}

/** `connectFailed` and the like; the class of anything else that was thrown. */
export function outcomeOf(error: unknown): string {
  if (TransportError.is(error)) return error.reason;
  return error instanceof Error ? `threw ${error.name}` : `threw ${typeof error}`;
}

export function perform<T>({ clock, plan, signal, act, note, cuts }: Performance<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let settled = false;
    let timer: { readonly id: unknown } | undefined;

    function release(): void {
      settled = true;
      signal.removeEventListener('abort', abort);
      cuts?.delete(cut);
      if (timer !== undefined) clock.clearTimeout(timer.id);
    }
    function fail(error: unknown, outcome: string): void {
      release();
      note(outcome, signal.aborted && plan.deaf);
      reject(error);
    }
    function abort(): void {
      if (!settled) fail(signal.reason, 'aborted');
    }
    function cut(error: unknown): void {
      if (!settled) fail(error, outcomeOf(error));
    }
    function arrive(): void {
      if (settled) return;
      // Released first: a verb that ends its own line must not be rejected by it.
      release();
      if (plan.failure !== undefined) return fail(plan.failure.error, outcomeOf(plan.failure.error));
      try {
        const value = act();
        note('ok', signal.aborted);
        resolve(value);
      } catch (error) {
        fail(error, outcomeOf(error));
      }
    }

    if (!plan.deaf) {
      if (signal.aborted) return abort();
      signal.addEventListener('abort', abort, { once: true });
    }
    if (plan.silent) return note('silent', false);
    cuts?.add(cut);
    if (plan.latency > 0) timer = { id: clock.setTimeout(arrive, plan.latency) };
    else queueMicrotask(arrive);
  });
}
