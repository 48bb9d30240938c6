/**
 * Listens in on a transport: which verbs were asked of it, what came of them, what the server told by itself. It changes nothing, and never
 * looks at credentials or at the text of an error: a reason and a status are all that it tells.
 */
import { statusName } from '../../../machines/index.js';
import { TransportError, type Link, type LinkEvents, type Transport } from '../../transport.js';
import type { WireEvent } from './protocol.js';

/** What was overheard, before it is numbered. */
export type Overheard = Omit<WireEvent, 'n' | 'at' | 'step'>;

/** The same transport, overheard. */
export function tap(transport: Transport, hear: (event: Overheard) => void): Transport {
  /** What the driver hands back as `previous` is our link; the transport knows its own. */
  const inner = new WeakMap<Link, Link>();

  async function follow<T>(
    verb: Overheard['verb'],
    detail: string,
    work: () => Promise<T>,
    outcome: (value: T) => string = () => '',
  ): Promise<T> {
    hear({ verb, phase: 'asked', ...detailOf(detail) });
    try {
      const value = await work();
      hear({ verb, phase: 'done', ...detailOf(outcome(value)) });
      return value;
    } catch (error) {
      hear({ verb, phase: 'failed', ...detailOf(TransportError.is(error) ? error.reason : 'given up') });
      throw error;
    }
  }

  function overhear(link: Link): Link {
    let isOver = false;
    const outer: Link = {
      synchronize: (signal) =>
        follow(
          'synchronize',
          '',
          () => link.synchronize(signal),
          ({ resumed }) => (resumed ? 'resumed' : ''),
        ),
      publish: (presence, signal) => follow('publish', statusName(presence.status), () => link.publish(presence, signal)),
      close: (signal) => follow('close', '', () => link.close(signal)),
      drop() {
        if (!isOver) hear({ verb: 'drop', phase: 'asked' });
        isOver = true;
        link.drop();
      },
      ...(link.check === undefined
        ? {}
        : { check: (signal: AbortSignal) => follow('check', '', async () => link.check?.(signal)) }),
    };
    inner.set(outer, link);
    return outer;
  }

  return {
    name: transport.name,
    capabilities: transport.capabilities,
    findServer: (request, signal) => follow('findServer', '', () => transport.findServer(request, signal)),
    async connect(server, credentials, events, signal, previous) {
      const heard: LinkEvents = {
        ...events,
        lost(error) {
          hear({ verb: 'lost', phase: 'told', detail: error.reason });
          events.lost(error);
        },
      };
      const before = previous && inner.get(previous);
      const link = await follow('connect', '', () => transport.connect(server, credentials, heard, signal, before));
      return overhear(link);
    },
  };
}

const detailOf = (detail: string): { detail?: string } => (detail === '' ? {} : { detail });
