/**
 * Watches a running service and its transport and writes down what the laws over traces want to see: notices, calls, verbs, links, rest. It
 * changes nothing of what either does, and writes down no credential.
 */
import type { Seen, SeenNotice, Trace } from '../../machines/index.js';
import type { Notice } from '../notices.js';
import type { Clock } from '../policy.js';
import type { PresenceService } from '../service.js';
import type { Link, LinkEvents, Transport } from '../transport.js';

/** The parts of a service that are watched; any build of it will do. */
export type WatchedService = Pick<PresenceService, 'on' | 'myStatus'>;

export interface Watch {
  /** The plug to give to the service in place of the watched one. */
  readonly transport: Transport;
  /** What was seen so far. */
  readonly seen: readonly Seen[];
  /** Links handed out and not dropped yet. */
  readonly links: number;
  /**
   * Begins to listen; call it before anything else happens to the service.
   * @param listener the app's own, which may call the service: what comes while it runs is seen as nested
   */
  service(service: WatchedService, listener?: (notice: Notice) => void): void;
  /** Writes down a call: its name, what it returned, what the table of answers says. */
  call(call: string, hr: number, expected?: number): number;
  /** Writes down that the machine is at rest, with the timers that are armed. */
  rest(timers: number): void;
  trace(limits?: Omit<Trace, 'seen'>): Trace;
}

/** @param clock stamps what is seen */
export function watch(transport: Transport, clock: Pick<Clock, 'now'>): Watch {
  const seen: Seen[] = [];
  const open = new Set<number>();
  let count = 0;
  let depth = 0;
  const at = () => clock.now();

  /** A verb counts as ended at its abort: what comes after is late. */
  async function verb<T>(name: string, signal: AbortSignal, run: () => Promise<T>): Promise<T> {
    seen.push({ seen: 'verb', at: at(), verb: name, change: 'begins' });
    const abort = () => void seen.push({ seen: 'verb', at: at(), verb: name, change: 'ends' });
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await run();
    } finally {
      signal.removeEventListener('abort', abort);
      seen.push({ seen: 'verb', at: at(), verb: name, change: signal.aborted ? 'late' : 'ends' });
    }
  }

  function watchLink(link: Link, id: number): Link {
    const { check } = link;
    return {
      synchronize: (signal) => verb('synchronize', signal, () => link.synchronize(signal)),
      publish: (presence, signal) => verb('publish', signal, () => link.publish(presence, signal)),
      ...(check ? { check: (signal: AbortSignal) => verb('check', signal, () => check.call(link, signal)) } : {}),
      close: (signal) => verb('close', signal, () => link.close(signal)),
      drop: () => {
        if (open.delete(id)) seen.push({ seen: 'link', at: at(), change: 'dropped', link: id });
        link.drop();
      },
    };
  }

  const originals = new WeakMap<Link, Link>();
  const watched: Transport = {
    name: transport.name,
    capabilities: transport.capabilities,
    findServer: (request, signal) => verb('findServer', signal, () => transport.findServer(request, signal)),
    connect: (server, credentials, events, signal, previous) =>
      verb('connect', signal, async () => {
        const id = ++count;
        seen.push({ seen: 'offer', at: at() });
        const heard: LinkEvents = {
          ...events,
          lost: (error) => {
            if (open.has(id)) seen.push({ seen: 'link', at: at(), change: 'lost', link: id, depth });
            events.lost(error);
          },
          contact: (presence) => events.contact(presence),
          own: (presence) => events.own(presence),
        };
        const former = previous && originals.get(previous);
        const link = await transport.connect(server, credentials, heard, signal, ...(former ? [former] : []));
        open.add(id);
        seen.push({ seen: 'link', at: at(), change: 'opened', link: id });
        const shown = watchLink(link, id);
        originals.set(shown, link);
        return shown;
      }),
  };

  return {
    transport: watched,
    get seen() {
      return seen;
    },
    get links() {
      return open.size;
    },
    service(service, listener) {
      service.on('*', (notice) => {
        seen.push({ seen: 'notice', at: at(), notice: notice as SeenNotice, myStatus: service.myStatus, depth });
        depth += 1;
        try {
          listener?.(notice);
        } finally {
          depth -= 1;
        }
      });
    },
    call(call, hr, expected) {
      seen.push({ seen: 'call', at: at(), call, hr, ...(expected === undefined ? {} : { expected }) });
      return hr;
    },
    rest(timers) {
      seen.push({ seen: 'rest', at: at(), timers, links: open.size });
    },
    trace: (limits = {}) => ({ ...limits, seen }),
  };
}
