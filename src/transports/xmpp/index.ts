/**
 * The door of `presence-machine/xmpp`: any XMPP server as a transport, over TCP or WebSocket. It only puts the parts together; what they do is
 * in their files. It must never load a module of Node.js before it is needed: browsers use the same door.
 */
import { MISTATUS } from '../../../machines/index.js';
import { type Credentials, type Link, type LinkEvents, type Transport, TransportError } from '../../transport.js';
import { abortable, cancelled } from './abortable.js';
import { isSound, parseAddress } from './address.js';
import { BrowserWire } from './browser-wire.js';
import { type Endpoint, findServer, type Found, type Resolver } from './find.js';
import type { Fetch } from './host-meta.js';
import { createLink, type Kept, type OpenLink } from './link.js';
import { TcpWire, WebSocketWire } from './node-wire.js';
import { longestNote } from './stanzas.js';
import { openStream } from './stream.js';
import type { Former, Stream } from './stream-types.js';
import type { TlsOptions, Wire } from './wire.js';

export type { SrvRecord } from './address.js';
export type { IpAddress, Resolver } from './find.js';
export type { Fetch } from './host-meta.js';
export type { TlsOptions } from './wire.js';
export { MISTATUS_NAMESPACE } from './namespace.js';

export interface XmppOptions {
  /**
   * `ws://`, `wss://`, `xmpp://` or `xmpps://` address; or the `https://` address of a web server that names it (XEP-0156). Default: found from the
   * domain of the sign-in name, by DNS where there is one, by its web server otherwise and as a last resort.
   */
  readonly service?: string;
  /** Default: the domain of the sign-in name. */
  readonly domain?: string;
  /** Name of this device. Default: the server chooses. A second session with the same name replaces the first. */
  readonly resource?: string;
  /** -128 to 127, default 0 (RFC 6121 §4.7.2.3). */
  readonly priority?: number;
  /**
   * Who sees the user also when INVISIBLE, as available with the note (directed presence, RFC 6121 §4.6): addresses of contacts, without a device.
   * Default: nobody.
   */
  readonly visibleTo?: readonly string[];
  /** Node.js only. Certificates are checked by default. */
  readonly tls?: TlsOptions;
  /** Default: `node:dns/promises`, loaded when first needed; none in browsers. */
  readonly resolver?: Resolver;
  /** Asks web servers for host-meta. Default: the built-in one. */
  readonly fetch?: Fetch;
}

type MakeWire = (endpoint: Endpoint, domain: string) => Wire;

function inNode(): boolean {
  const { process } = globalThis as { process?: { readonly versions?: { readonly node?: string } } };
  return process?.versions?.node !== undefined;
}

async function defaultResolver(): Promise<Resolver | undefined> {
  if (!inNode()) return undefined;
  try {
    const { lookup, resolveSrv } = await import('node:dns/promises');
    return { lookup, resolveSrv };
  } catch {
    return undefined;
  }
}

async function wireMaker(tlsOptions: TlsOptions): Promise<MakeWire> {
  if (inNode()) {
    // Awaited inside `try`, one by one: that is how bundlers for browsers know that what they cannot resolve may be missing.
    try {
      const node = { net: await import('node:net'), tls: await import('node:tls'), ws: await import('ws') };
      return (endpoint, domain) =>
        endpoint.kind === 'tcp' || endpoint.kind === 'tls'
          ? new TcpWire(node, endpoint, domain, tlsOptions)
          : new WebSocketWire(node, endpoint, tlsOptions);
    } catch (error) {
      // Bundled for browsers and run under something that calls itself Node.js: go on as in a browser, if it can.
      if (!('WebSocket' in globalThis)) throw error;
    }
  }
  return (endpoint) => new BrowserWire(endpoint);
}

function checkOptions({ service, priority, domain, resource, visibleTo }: XmppOptions): void {
  if (service !== undefined && typeof service !== 'string')
    throw new TypeError(`xmppTransport: service: expected a string, got ${typeof service}`);
  if (priority !== undefined && !(Number.isInteger(priority) && priority >= -128 && priority <= 127)) {
    throw new TypeError(`xmppTransport: priority: expected an integer from -128 to 127, got ${String(priority)}`);
  }
  const isContact = (name: unknown): boolean => typeof name === 'string' && /^[^@/\s]+@[^@/\s]+$/.test(name) && isSound(name);
  if (visibleTo !== undefined && !(Array.isArray(visibleTo) && visibleTo.every(isContact))) {
    throw new TypeError('xmppTransport: visibleTo: expected addresses such as bob@example.org');
  }
  for (const [name, value] of Object.entries({ domain, resource })) {
    if (value !== undefined && (typeof value !== 'string' || value === '')) {
      throw new TypeError(`xmppTransport: ${name}: expected a text that is not empty`);
    }
  }
}

/** The password, or why there is none that could be used. */
function passwordOf({ password, token }: Credentials): string {
  if (password !== undefined && password !== '') return password;
  if (token === undefined) throw new TransportError('invalidPassword', { message: 'no password' });
  throw new TransportError('versionMismatch', { message: 'this transport logs on with passwords only, not with tokens' });
}

/**
 * A transport for any XMPP server.
 * @throws TypeError when an option is not one
 */
export function xmppTransport(options: XmppOptions = {}): Transport {
  checkOptions(options);
  const { tls = {}, priority = 0, resource, visibleTo: chosen = [] } = options;
  const found = new WeakSet<object>();
  /** How to resume the session of a link, and whose it was. */
  const sessions = new WeakMap<Link, { readonly account: string; kept(): Kept | undefined }>();
  const find = {
    ...(options.service === undefined ? {} : { service: options.service }),
    ...(options.domain === undefined ? {} : { domain: options.domain }),
    random: Math.random,
    hasTcp: inNode(),
    fetch: options.fetch ?? (globalThis as { readonly fetch?: Fetch }).fetch?.bind(globalThis),
    resolver: () => (options.resolver === undefined ? defaultResolver() : Promise.resolve(options.resolver)),
  };

  const usernameOf = ({ name }: Credentials): string => parseAddress(name.includes('@') ? name : `${name}@`).local;

  async function open(server: Found, credentials: Credentials, signal: AbortSignal, former?: Former): Promise<Stream> {
    const password = passwordOf(credentials);
    const username = usernameOf(credentials);
    const account = { username, domain: server.domain, password, ...(resource === undefined ? {} : { resource }) };
    const makeWire = await wireMaker(tls);
    let failure: unknown;
    // What the web says comes last: it is asked only when nothing else could be reached.
    async function* places(): AsyncGenerator<Endpoint> {
      yield* server.endpoints;
      if (!signal.aborted) yield* (await server.more?.(signal).catch(() => [])) ?? [];
    }
    for await (const endpoint of places()) {
      if (signal.aborted) throw cancelled(signal);
      const wire = makeWire(endpoint, server.domain);
      try {
        return await openStream(wire, endpoint.url, account, signal, former);
      } catch (error) {
        // Of several failures, a certificate that is not to be trusted is what somebody has to know.
        if (!(TransportError.is(failure) && failure.reason === 'tlsFailed')) failure = error;
        // Another SRV target may do better only if this one was never reached (RFC 6120 §3.2.1).
        if (wire.opened) break;
      }
    }
    throw failure;
  }

  async function logOn(
    server: Found,
    credentials: Credentials,
    events: LinkEvents,
    signal: AbortSignal,
    previous?: Link,
  ): Promise<OpenLink> {
    const account = `${usernameOf(credentials)}@${server.domain}`;
    const session = previous === undefined ? undefined : sessions.get(previous);
    const kept = session?.account === account ? session.kept() : undefined;
    const forget = (): void => void (previous && sessions.delete(previous));
    const stream = await open(server, credentials, signal, kept && { ...kept, forget });
    const opened = createLink(stream, events, { priority, chosen }, kept?.facts);
    sessions.set(opened.link, { account, kept: opened.kept });
    return opened;
  }

  return Object.freeze<Transport>({
    name: 'xmpp',
    capabilities: Object.freeze({
      statuses: Object.freeze([
        MISTATUS.ONLINE,
        MISTATUS.BUSY,
        MISTATUS.BE_RIGHT_BACK,
        MISTATUS.AWAY,
        MISTATUS.ON_THE_PHONE,
        MISTATUS.OUT_TO_LUNCH,
        MISTATUS.INVISIBLE,
        MISTATUS.IDLE,
      ]),
      note: longestNote,
      resume: true,
    }),
    findServer: (request, signal) =>
      abortable(signal, async () => {
        const server = Object.freeze(await findServer(request, find, signal));
        found.add(server);
        return server;
      }),
    connect(server, credentials, events: LinkEvents, signal, previous): Promise<Link> {
      if (typeof server !== 'object' || server === null || !found.has(server)) {
        const message = 'connect: expected what findServer of this transport resolved with';
        return Promise.reject(new TransportError('unexpected', { message }));
      }
      let link: Promise<Link> | undefined;
      const work = async (): Promise<Link> => (await logOn(server as Found, credentials, events, signal, previous)).link;
      return abortable(signal, () => (link = work())).catch((error: unknown) => {
        // An abort may come when the link is there already but not yet handed over.
        link?.then(
          (late) => late.drop(),
          () => undefined,
        );
        throw error;
      });
    },
  });
}
