/**
 * The line of a served session, and the gate at which lines wait to be opened. What it does with a transport is what a service does. It must
 * never decide anything.
 */
import type { Transport } from '../../transport.js';
import { started, Verbs, type LineEvents } from '../../verbs.js';
import { failureOf, type Failed } from './serve-words.js';

/** Lets so many in at a time; the others wait in order. Who gives up leaves, inside or not. */
export class Gate {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(most: number) {
    this.#free = most;
  }

  /** Never settles for somebody who gives up outside: nobody waits for that. */
  pass<T>(signal: AbortSignal, start: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      let isInside = false;
      let isOver = false;
      const leave = () => {
        if (isOver) return;
        isOver = true;
        signal.removeEventListener('abort', leave);
        if (isInside) this.#leave();
        else this.#waiting.delete(enter);
      };
      const enter = () => {
        isInside = true;
        started(start, signal).then(
          (value) => (leave(), resolve(value)),
          (error) => (leave(), reject(error)),
        );
      };
      signal.addEventListener('abort', leave);
      this.#waiting.add(enter);
      this.#next();
    });
  }

  /** In a turn of its own: who ends many at once opens none of those that are still to be ended. */
  #leave(): void {
    queueMicrotask(() => {
      this.#free += 1;
      this.#next();
    });
  }

  #next(): void {
    const [enter] = this.#waiting;
    if (enter === undefined || this.#free < 1) return;
    this.#waiting.delete(enter);
    this.#free -= 1;
    enter();
  }
}

/** The line of one session. */
export class SessionLine extends Verbs<Failed> {
  /** @param gate undefined: links are opened at once */
  constructor(transport: Transport, gate: Gate | undefined, events: LineEvents<Failed>) {
    super(transport, events, failureOf, gate && ((signal, open) => gate.pass(signal, open)));
  }
}
