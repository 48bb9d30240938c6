/**
 * The server's hold on one link: whether it stands, the calls under way on it, and the way to its LinkEvents. Nothing is told before `connect` has
 * resolved nor after the client let go, and an event handler that throws harms nobody else.
 */
import { type LinkEvents, TransportError } from '../../transport.js';
import type { Cuts } from './perform.js';

export interface Line {
  readonly alive: boolean;
  readonly cuts: Cuts;
  /** Lets events through; those that came before follow now. */
  open(): void;
  tell(event: (events: LinkEvents) => void): void;
  /** The line breaks: calls under way reject with the error, and `lost` tells it. */
  lose(error: TransportError): void;
  /** The client let go, or its session moved to another line: no event any more. */
  mute(): void;
}

/** Events for all lines in the order in which they arose, also when a handler calls the server again. */
export interface Outbox {
  add(event: () => void): void;
  /** Does a change as a whole: nobody hears of a part of it before it is done. */
  whole<T>(change: () => T): T;
}

export function createOutbox(): Outbox {
  const queue: (() => void)[] = [];
  let busy = false;

  function drain(): void {
    if (busy) return;
    busy = true;
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      try {
        next();
      } catch (error) {
        console.error('memory server: a listener threw', error);
      }
    }
    busy = false;
  }

  return {
    add(event) {
      queue.push(event);
      drain();
    },
    whole(change) {
      if (busy) return change();
      busy = true;
      try {
        return change();
      } finally {
        busy = false;
        drain();
      }
    },
  };
}

export function createLine(events: LinkEvents, outbox: Outbox): Line {
  const cuts: Cuts = new Set();
  let held: ((events: LinkEvents) => void)[] | undefined = [];
  let alive = true;
  let muted = false;

  function tell(event: (events: LinkEvents) => void): void {
    outbox.add(() => {
      if (held !== undefined) held.push(event);
      else if (!muted) event(events);
    });
  }
  function end(error: TransportError): void {
    alive = false;
    for (const cut of [...cuts]) cut(error);
  }

  return {
    get alive() {
      return alive;
    },
    cuts,
    open() {
      const before = held ?? [];
      held = undefined;
      outbox.whole(() => before.forEach(tell));
    },
    tell,
    lose(error) {
      end(error);
      tell((to) => to.lost(error));
    },
    mute() {
      muted = true;
      if (alive) end(new TransportError('lineLost', { message: 'the link was dropped' }));
    },
  };
}
