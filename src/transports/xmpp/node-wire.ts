/**
 * The wires of Node.js: TCP with TLS from the start or later, and WebSocket over `ws`. The server's certificate is checked against the domain of
 * the user, never against a name that DNS gave (RFC 6120 §13.7.2), unless a web address was given. It must never import a module of Node.js by itself: bundlers for browsers
 * would stumble over it.
 */
import type * as Net from 'node:net';
import type * as Tls from 'node:tls';
import type * as Ws from 'ws';
import { isLoopbackAddress } from './address.js';
import type { Endpoint, IpAddress } from './find.js';
import { HttpRefusal, retryAfter } from './errors.js';
import { limitsOfRoster } from './reader.js';
import { type TlsOptions, Wire } from './wire.js';

/** The modules that the wires are made of, loaded by the caller. */
export interface NodeModules {
  readonly net: typeof Net;
  readonly tls: typeof Tls;
  readonly ws: typeof Ws;
}

/** Silent for so long, a peer is asked by the system whether it is there: one that was unplugged says nothing, ever. Milliseconds. */
const aliveAfter = 30_000;

/** Answers with the addresses that were found before, so that what was found is what is connected to. */
function lookupOf(addresses: readonly IpAddress[]): { lookup?: Net.LookupFunction } {
  const [first] = addresses;
  if (first === undefined) return {};
  return {
    lookup: (_host, { all }, done) => {
      process.nextTick(() => (all === true ? done(null, [...addresses]) : done(null, first.address, first.family)));
    },
  };
}

/** Not handed on as it is: an undefined `rejectUnauthorized` would count as false. */
function checksOf({ ca, rejectUnauthorized }: TlsOptions): { ca?: (string | Buffer)[]; rejectUnauthorized: boolean } {
  const given = typeof ca === 'string' || ca instanceof Uint8Array ? [ca] : ca;
  const trusted = given?.map((each) => (typeof each === 'string' ? each : Buffer.from(each)));
  return { ...(trusted === undefined ? {} : { ca: trusted }), rejectUnauthorized: rejectUnauthorized !== false };
}

export class TcpWire extends Wire {
  readonly #node: NodeModules;
  readonly #endpoint: Endpoint;
  readonly #domain: string;
  readonly #tls: TlsOptions;
  #socket: Net.Socket | undefined;
  #detach: () => void = () => undefined;

  constructor(node: NodeModules, endpoint: Endpoint, domain: string, tls: TlsOptions) {
    super();
    this.#node = node;
    this.#endpoint = endpoint;
    this.#domain = domain;
    this.#tls = tls;
    this.mustEncrypt = tls.required !== false;
  }

  override get backlog(): number {
    return this.#socket?.writableLength ?? 0;
  }

  connect(): void {
    const { host, port, addresses, kind } = this.#endpoint;
    const place = { host, port, ...lookupOf(addresses) };
    if (kind === 'tls') return this.#attach(this.#node.tls.connect({ ...place, ...this.#identity() }), 'secureConnect');
    this.#attach(this.#node.net.connect(place), 'connect');
  }

  override startTls(): Promise<void> {
    const raw = this.#socket;
    if (raw === undefined) return Promise.reject(new Error('the connection is not open'));
    this.#detach();
    return new Promise((resolve, reject) => {
      const socket = this.#node.tls.connect({ socket: raw, ...this.#identity() });
      // The wrapped socket tells of failures; the raw one would throw them.
      raw.on('error', () => undefined);
      socket.once('secureConnect', resolve).once('error', reject);
      socket.once('close', () => reject(Object.assign(new Error('closed while starting TLS'), { code: 'ECONNRESET' })));
      this.#attach(socket, undefined);
    });
  }

  write(text: string, done?: (error?: Error | null) => void): void {
    const socket = this.#socket;
    if (socket !== undefined && !socket.destroyed && socket.writable) socket.write(text, (error) => done?.(error ?? null));
    else queueMicrotask(() => done?.(new Error('the connection is not open')));
  }

  protected cut(): void {
    this.#socket?.destroy();
  }

  #identity() {
    const domain = this.#domain;
    // An IP address cannot be asked for by name (RFC 6066 §3).
    const asked = this.#node.net.isIP(domain) === 0 ? { servername: domain } : {};
    const check = (_host: string, certificate: Tls.PeerCertificate): Error | undefined =>
      this.#node.tls.checkServerIdentity(domain, certificate);
    return { ...checksOf(this.#tls), ...asked, checkServerIdentity: check };
  }

  #attach(socket: Net.Socket | Tls.TLSSocket, ready: 'connect' | 'secureConnect' | undefined): void {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, aliveAfter);
    // Decoding by the socket: a letter may be cut in two between packets.
    socket.setEncoding('utf8');
    const open = (): void => {
      this.encrypted = 'encrypted' in socket;
      this.secure = this.encrypted || isLoopbackAddress(socket.remoteAddress ?? '');
      if (ready !== undefined) this.emit('connect');
    };
    const data = (text: string): void => this.received(text);
    const error = (cause: Error): void => this.emit('error', cause);
    const close = (dirty: boolean): void => this.emit('close', dirty);
    socket
      .once(ready ?? 'secureConnect', open)
      .on('data', data)
      .on('error', error)
      .on('close', close);
    this.#detach = () => socket.off('data', data).off('error', error).off('close', close);
  }
}

export class WebSocketWire extends Wire {
  readonly #node: NodeModules;
  readonly #endpoint: Endpoint;
  readonly #tls: TlsOptions;
  #socket: Ws.WebSocket | undefined;

  constructor(node: NodeModules, endpoint: Endpoint, tls: TlsOptions) {
    super();
    this.#node = node;
    this.#endpoint = endpoint;
    this.#tls = tls;
  }

  override get backlog(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  connect(): void {
    const { url, addresses, kind } = this.#endpoint;
    const checks = { ...lookupOf(addresses), ...checksOf(this.#tls) };
    const options = { ...checks, perMessageDeflate: false, followRedirects: false, maxPayload: limitsOfRoster.length };
    const socket = new this.#node.ws.WebSocket(url, ['xmpp'], options);
    this.#socket = socket;
    socket.on('upgrade', ({ socket: raw }) => {
      this.encrypted = kind === 'wss';
      this.secure = this.encrypted || isLoopbackAddress(raw.remoteAddress ?? '');
      raw.setKeepAlive(true, aliveAfter);
    });
    socket.on('unexpected-response', (request, response) => {
      const status = response.statusCode ?? 0;
      this.emit('error', new HttpRefusal(status, retryAfter(response.headers['retry-after'], Date.now())));
      request.destroy();
    });
    socket.on('open', () => this.emit('connect'));
    socket.on('message', (data, isBinary) => {
      // The library's parser takes white space around an element for a breach of XML.
      const text = isBinary || !Buffer.isBuffer(data) ? '' : data.toString('utf8').trim();
      if (text !== '') this.received(text);
    });
    socket.on('error', (error) => this.emit('error', error));
    socket.on('close', (code) => this.emit('close', code !== 1000));
  }

  write(text: string, done?: (error?: Error | null) => void): void {
    if (this.#socket?.readyState === this.#node.ws.WebSocket.OPEN) this.#socket.send(text, (error) => done?.(error ?? null));
    else queueMicrotask(() => done?.(new Error('the connection is not open')));
  }

  protected cut(): void {
    this.#socket?.terminate();
  }
}
