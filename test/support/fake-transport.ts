/**
 * A transport played by hand: every verb waits until the test answers it, in whatever order, also after its abort. For orders that an embedded
 * server, which keeps the contract, cannot produce. It must never answer anything by itself.
 */
import {
  MISTATUS,
  type Capabilities,
  type Credentials,
  type Link,
  type LinkEvents,
  type Presence,
  type Transport,
  type TransportError,
} from '../../src/index.js';

export type FakeVerb = 'findServer' | 'connect' | 'synchronize' | 'publish' | 'check' | 'close';

/** One call of a verb. */
export interface Call {
  readonly verb: FakeVerb;
  readonly signal: AbortSignal;
  readonly credentials?: Credentials;
  readonly presence?: Presence;
  readonly previous?: Link | undefined;
  /** Of connect: what the service gave to hear of the link. */
  readonly events?: LinkEvents;
  resolve(value?: unknown): void;
  reject(error: unknown): void;
}

export interface FakeLink extends Link {
  readonly drops: number;
  /** The line breaks. */
  lose(error: TransportError): void;
}

export interface FakeTransport {
  readonly transport: Transport;
  readonly calls: readonly Call[];
  /** Links handed out, in order. */
  readonly links: readonly FakeLink[];
  /** The latest call of a verb. */
  last(verb: FakeVerb): Call;
  count(verb: FakeVerb): number;
  /** Answers the latest connect with a new link. */
  accept(): FakeLink;
  /** What the next call of a verb does before it returns; it may throw. */
  before(verb: FakeVerb, act: () => void): void;
}

const everything: Capabilities = {
  statuses: Object.values(MISTATUS).filter((status) => (status & 2) !== 0 && status <= MISTATUS.OUT_TO_LUNCH),
  note: 100,
  resume: true,
};

export function createFakeTransport(
  options: { readonly capabilities?: Partial<Capabilities>; readonly check?: boolean } = {},
): FakeTransport {
  const calls: Call[] = [];
  const links: FakeLink[] = [];
  const acts = new Map<FakeVerb, () => void>();

  function called<T>(verb: FakeVerb, signal: AbortSignal, more: Partial<Call> = {}): Promise<T> {
    const act = acts.get(verb);
    acts.delete(verb);
    const promise = new Promise<T>((resolve, reject) => {
      calls.push({ verb, signal, ...more, resolve: (value) => resolve(value as T), reject });
    });
    act?.();
    return promise;
  }
  function last(verb: FakeVerb): Call {
    const call = calls.filter((one) => one.verb === verb).at(-1);
    if (!call) throw new Error(`fake transport: ${verb} was never called`);
    return call;
  }
  function createLink(events: LinkEvents | undefined): FakeLink {
    let drops = 0;
    const link: FakeLink = {
      synchronize: (signal) => called('synchronize', signal),
      publish: (presence, signal) => called('publish', signal, { presence }),
      ...(options.check === false ? {} : { check: (signal: AbortSignal) => called<void>('check', signal) }),
      close: (signal) => called('close', signal),
      drop: () => void (drops += 1),
      get drops() {
        return drops;
      },
      lose: (error) => events?.lost(error),
    };
    links.push(link);
    return link;
  }

  return {
    calls,
    links,
    last,
    count: (verb) => calls.filter((call) => call.verb === verb).length,
    accept() {
      const call = last('connect');
      const link = createLink(call.events);
      call.resolve(link);
      return link;
    },
    before: (verb, act) => void acts.set(verb, act),
    transport: {
      name: 'fake',
      capabilities: { ...everything, ...options.capabilities },
      findServer: (_, signal) => called('findServer', signal),
      connect: (_, credentials, events, signal, previous) => called('connect', signal, { credentials, events, previous }),
    },
  };
}
