/**
 * Bad weather between a service and its server: a transport around another one whose calls and answers are late, which may not hear that it
 * was given up, and which repeats what dead links told. It keeps the contract of a transport as badly as it can, and must never invent a
 * fact that did not happen once.
 */
import type { Clock } from '../policy.js';
import { TransportError, type Link, type LinkEvents, type Transport } from '../transport.js';

export type WeatherVerb = 'findServer' | 'connect' | 'synchronize' | 'publish' | 'check' | 'close';

/** What becomes of the calls of one verb, from the next one on. Milliseconds. */
export interface Gale {
  /** Until the call reaches the server. */
  readonly before?: number | undefined;
  /** Until its answer, good or bad, is heard. */
  readonly after?: number | undefined;
  /** Does not look at its abort signal: its answer comes all the same, late. */
  readonly deaf?: boolean | undefined;
}

export interface Weather {
  readonly transport: Transport;
  /** Bad weather for one verb. */
  blow(verb: WeatherVerb, gale: Gale): void;
  /** How long the loss of a line takes to be noticed; calls on it fail meanwhile. */
  lossDelay: number;
  /**
   * Every line that stands falls silent in both directions, and nobody is told: what is sent on it arrives nowhere, no answer and no event
   * comes back, until the calm tells that it is lost.
   */
  halfOpen(): void;
  /** Tells again what some link told before, be the link alive or dead. @param back 0: the last event, 1: the one before it ... */
  echo(back: number): boolean;
  /** No wind from now on; what is under way stays late. Lines that are half-open are told to be lost. */
  calm(): void;
}

/** The way from a client to its server: when the last call arrives, and how many are on it. */
interface Road {
  last: number;
  under: number;
}

/** A line that can be half-open. */
interface Wire {
  readonly name: string;
  isSilent: boolean;
  /** Calls that get no answer, to be cut off in the end. */
  readonly cuts: Set<(error: TransportError) => void>;
  readonly lose: (error: TransportError) => void;
  /** What the other end has said of the loss meanwhile. */
  last: TransportError | undefined;
}

/** Events kept for echoes. */
const longestMemory = 32;

/** @param clock where the delays are timed; not the service's own count of timers */
export function createWeather(inner: Transport, clock: Clock): Weather {
  const gales = new Map<WeatherVerb, Gale>();
  const told: (() => void)[] = [];
  /** Of the links that were handed over and not let go. */
  const wires = new Set<Wire>();
  let lossDelay = 0;

  function pause(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const abort = () => {
        clock.clearTimeout(id);
        reject(signal?.reason as Error);
      };
      const id = clock.setTimeout(() => {
        signal?.removeEventListener('abort', abort);
        resolve();
      }, ms);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** What is sent on one link arrives in the order in which it was sent, as in a stream; answers need not. */
  async function travel(
    before: number,
    signal: AbortSignal | undefined,
    road: Road = { last: -Infinity, under: 0 },
  ): Promise<void> {
    const now = clock.now();
    const arrival = road.under > 0 ? Math.max(now + before, road.last) : now + before;
    if (arrival === now && road.under === 0) return;
    road.last = arrival;
    road.under += 1;
    try {
      await pause(arrival - now, signal);
    } finally {
      road.under -= 1;
    }
  }

  /** Nothing comes through a silent line, until it is given up at one end or the other. */
  function passage(wire: Wire | undefined, signal: AbortSignal | undefined): Promise<void> | undefined {
    if (!wire?.isSilent) return undefined;
    return new Promise((_, reject) => {
      const over = (error: unknown) => {
        wire.cuts.delete(over);
        signal?.removeEventListener('abort', abort);
        reject(error);
      };
      const abort = () => over(signal?.reason);
      if (signal?.aborted) return abort();
      wire.cuts.add(over);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  async function through<T>(
    verb: WeatherVerb,
    signal: AbortSignal,
    run: (signal: AbortSignal) => Promise<T>,
    { road, wire, lostOnTheWay }: { readonly road?: Road; readonly wire?: Wire; readonly lostOnTheWay?: (value: T) => void } = {},
  ): Promise<T> {
    const { before = 0, after = 0, deaf = false } = gales.get(verb) ?? {};
    const heard = deaf ? new AbortController().signal : signal;
    await travel(before, deaf ? undefined : signal, road);
    if (wire?.isSilent) await passage(wire, deaf ? undefined : signal);
    let value: T;
    try {
      value = await run(heard);
    } catch (error) {
      await travel(after, deaf ? undefined : signal);
      if (wire?.isSilent && !signal.aborted) await passage(wire, deaf ? undefined : signal);
      throw error;
    }
    try {
      await travel(after, deaf ? undefined : signal);
    } catch (error) {
      lostOnTheWay?.(value);
      throw error;
    }
    if (wire?.isSilent) await passage(wire, deaf ? undefined : signal);
    return value;
  }

  function tell(event: () => void): void {
    told.push(event);
    if (told.length > longestMemory) told.shift();
    event();
  }

  function muffled(events: LinkEvents, name: string): { readonly events: LinkEvents; readonly wire: Wire } {
    const lost = (error: TransportError): void => {
      if (wire.isSilent) wire.last = error;
      else {
        wires.delete(wire);
        tell(() => events.lost(error));
      }
    };
    const wire: Wire = { name, isSilent: false, cuts: new Set(), lose: lost, last: undefined };
    const heard = (event: () => void): void => {
      if (!wire.isSilent) tell(event);
    };
    return {
      wire,
      events: {
        lost: (error) => {
          if (lossDelay > 0) clock.setTimeout(() => lost(error), lossDelay);
          else lost(error);
        },
        contact: (presence) => heard(() => events.contact(presence)),
        own: (presence) => heard(() => events.own(presence)),
        roster: (entries) => heard(() => events.roster?.(entries)),
        request: (request) => heard(() => events.request?.(request)),
      },
    };
  }

  const originals = new WeakMap<Link, Link>();
  function windy(link: Link, wire: Wire): Link {
    const { check } = link;
    wires.add(wire);
    const road: Road = { last: -Infinity, under: 0 };
    const shown: Link = {
      synchronize: (signal) => through('synchronize', signal, (heard) => link.synchronize(heard), { road, wire }),
      publish: (presence, signal) => through('publish', signal, (heard) => link.publish(presence, heard), { road, wire }),
      ...(check
        ? { check: (signal: AbortSignal) => through('check', signal, (heard) => check.call(link, heard), { road, wire }) }
        : {}),
      close: (signal) => through('close', signal, (heard) => link.close(heard), { road, wire }),
      drop: () => {
        wires.delete(wire);
        link.drop();
      },
    };
    originals.set(shown, link);
    return shown;
  }

  return {
    transport: {
      name: `${inner.name} in bad weather`,
      capabilities: inner.capabilities,
      findServer: (request, signal) => through('findServer', signal, (heard) => inner.findServer(request, heard)),
      connect: (server, credentials, events, signal, previous) => {
        const former = previous && originals.get(previous);
        const { events: muted, wire } = muffled(events, credentials.name);
        return through(
          'connect',
          signal,
          async (heard) => {
            const link = await inner.connect(server, credentials, muted, heard, ...(former ? [former] : []));
            // A session that was resumed has left its line, whoever still holds that (XEP-0198 §5); the memory server does so without a word.
            if (former) for (const other of [...wires]) if (other.name === wire.name) other.lose(new TransportError('lineLost'));
            return windy(link, wire);
          },
          { lostOnTheWay: (link) => link.drop() },
        );
      },
    },
    blow: (verb, gale) => void gales.set(verb, gale),
    get lossDelay() {
      return lossDelay;
    },
    set lossDelay(ms) {
      if (!(ms >= 0)) throw new RangeError(`weather: expected milliseconds, got ${ms}`);
      lossDelay = ms;
    },
    halfOpen() {
      for (const wire of wires) wire.isSilent = true;
    },
    echo(back) {
      const event = told.at(-1 - back);
      event?.();
      return event !== undefined;
    },
    calm() {
      gales.clear();
      lossDelay = 0;
      for (const wire of [...wires]) {
        if (!wire.isSilent) continue;
        wire.isSilent = false;
        const error = wire.last ?? new TransportError('lineLost');
        for (const cut of [...wire.cuts]) cut(error);
        wire.lose(error);
      }
    },
  };
}

/** The error of a reason, or something that is none. */
export const faultOf = (reason: ConstructorParameters<typeof TransportError>[0] | 'no error', retryAfterMs?: number): unknown =>
  reason === 'no error' ? 'boom' : new TransportError(reason, retryAfterMs === undefined ? {} : { retryAfterMs });
