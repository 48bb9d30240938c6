/**
 * The inspector's server: a page and its files over HTTP, messages over WebSocket, on 127.0.0.1 and nowhere else. It carries messages and
 * knows none of them. It must never answer a stranger (foreign Host or Origin, no token), fall over what a client sends, or keep a handle
 * after `close()`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { readMessage, type ErrorMessage, type WireMessage } from './protocol.js';
import { Access, addressOf, safeHeaders } from './server-access.js';

/** A file of the page. */
export interface InspectorPage {
  /** The content type, such as `text/html; charset=utf-8`. */
  readonly type: string;
  readonly body: string | Uint8Array;
}

/** A socket that is open. */
export interface InspectorClient {
  /** Unique for this server. */
  readonly id: number;
  /** `page`: opened `/socket`; `app`: opened `/app`. */
  readonly role: 'page' | 'app';
  send(message: object): void;
  close(): void;
}

export interface InspectorServerOptions {
  /** Default 0: a free one. */
  readonly port?: number;
  /** The files, by path: `/`, `/page.js`. */
  readonly pages: Readonly<Record<string, InspectorPage>>;
  /** A message from a page or an app. What it throws, or rejects with, is answered as `failed`, without its text. */
  readonly onMessage: (client: InspectorClient, message: WireMessage) => unknown;
  /** What a page that has just come is told, before anything else. */
  readonly hello: () => readonly object[];
  readonly onLeave?: (client: InspectorClient) => void;
  /** Told what `onMessage` threw. Default: nobody. */
  readonly onError?: (error: unknown) => void;
  /** Web origins, beside those of this machine, whose pages may join as apps: `https://dev.example.org`. */
  readonly origins?: readonly string[];
  /** Messages a second that a client may send for long; ten times as many at once. Default 500. */
  readonly rate?: number;
  /** true: the process may end while the server runs. Default false. */
  readonly unref?: boolean;
}

export interface InspectorServer {
  /** The page, with a token that opens it once; read again after that, it holds the next one. */
  readonly url: string;
  readonly port: number;
  /** For programs, as `?token=`: at `/socket` as a page, at `/app` as an app. It opens as often as wanted, so it is for this user only. */
  readonly token: string;
  /** `ws://127.0.0.1:PORT/app?token=…`, for apps. */
  readonly appUrl: string;
  /** One more link to the page, beside `url`. */
  newUrl(): string;
  /** To all pages. */
  broadcast(message: object): void;
  readonly clients: readonly InspectorClient[];
  /** Stops at once. Resolves when nothing is left. Twice is harmless. */
  close(): Promise<void>;
}

/** Bytes of one message; a longer one closes its socket (1009). */
export const longestMessage = 1_048_576;
/** Bytes that wait for a page that does not read; beyond, its socket is closed, and it is told all again when it comes back. */
const longestBacklog = 16 * longestMessage;
const mostClients = 64;

/**
 * Starts the server.
 * @throws rejects with the error of Node.js when the port is taken
 */
export async function startInspectorServer(options: InspectorServerOptions): Promise<InspectorServer> {
  const { port: wanted = 0, pages, onMessage, hello, onLeave, onError, origins = [], rate = 500, unref = false } = options;
  const files = new Map(Object.entries(pages));
  const clients = new Map<WebSocket, InspectorClient>();
  const connections = new Set<Socket>();
  let lastId = 0;
  let closing: Promise<void> | undefined;

  const http = createServer({ headersTimeout: 5_000, requestTimeout: 10_000, maxHeaderSize: 16_384 });
  http.maxConnections = 256;
  http.on('connection', (socket) => {
    if (unref) socket.unref();
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(wanted, '127.0.0.1', () => resolve(http.off('error', reject) && undefined));
  });
  // Such as too many open files: what it inspects must not end by it.
  http.on('error', (error) => onError?.(error));
  if (unref) http.unref();
  const { port } = http.address() as AddressInfo;
  const access = new Access(port, origins);
  const headers = safeHeaders(port);
  const webSockets = new WebSocketServer({ noServer: true, maxPayload: longestMessage, perMessageDeflate: false });

  http.on('request', (request, response) => {
    // A body is never read, so it must not stay on the line either.
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return answer(response, 405, { allow: 'GET, HEAD', connection: 'close' }, 'GET only\n');
    }
    const address = addressOf(request);
    if (address === undefined) return answer(response, 400, {}, 'no address\n');
    if (!access.isOwnHost(request.headers)) return answer(response, 403, {}, 'not under this name\n');
    const link = address.searchParams.get('token');
    if (link !== null && address.pathname === '/') return openLink(response, link);
    if (!access.isOwnPage(request.headers)) return answer(response, 403, {}, 'not from there\n');
    if (!access.hasSession(request.headers)) return answer(response, 403, {}, 'Open the link that the program printed.\n');
    const page = files.get(address.pathname);
    if (page === undefined) return answer(response, 404, {}, 'not here\n');
    answer(response, 200, { 'content-type': page.type }, page.body);
  });

  function openLink(response: ServerResponse, link: string): void {
    const cookie = access.open(link);
    if (cookie === undefined) {
      return answer(
        response,
        403,
        {},
        'This link was opened before, or is not one of this server. Ask the program for a new one.\n',
      );
    }
    // The token leaves the address bar; what stands behind a # stays there.
    answer(response, 303, { location: '/', 'set-cookie': cookie }, '');
  }

  function answer(response: ServerResponse, status: number, more: Record<string, string>, body: string | Uint8Array): void {
    response.writeHead(status, {
      ...headers,
      'content-type': 'text/plain; charset=utf-8',
      ...more,
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  }

  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const address = addressOf(request);
    if (address === undefined) return refuse(socket, 400);
    const role = address.pathname === '/socket' ? 'page' : address.pathname === '/app' ? 'app' : undefined;
    if (!access.isOwnHost(request.headers)) return refuse(socket, 403);
    if (role === undefined) return refuse(socket, 404);
    if (!(role === 'page' ? mayShow(request, address) : mayJoin(request, address))) return refuse(socket, 403);
    if (clients.size >= mostClients) return refuse(socket, 503);
    webSockets.handleUpgrade(request, socket, head, (open) => welcome(open, role));
  });
  // Browsers always name the Origin of a WebSocket: a cookie without one was taken out of a browser.
  const mayShow = ({ headers: asked }: IncomingMessage, address: URL): boolean =>
    access.isOwnPage(asked) && ((asked.origin !== undefined && access.hasSession(asked)) || access.hasToken(address));
  const mayJoin = ({ headers: asked }: IncomingMessage, address: URL): boolean =>
    access.isKnownOrigin(asked) && access.hasToken(address);

  function welcome(socket: WebSocket, role: InspectorClient['role']): void {
    if (closing !== undefined) return socket.terminate();
    const client: InspectorClient = Object.freeze<InspectorClient>({
      id: ++lastId,
      role,
      send: (message) => write(socket, JSON.stringify(message)),
      close: () => socket.close(1000),
    });
    const isWithinRate = rateLimit(rate);
    clients.set(socket, client);
    const leave = (): void => {
      if (clients.delete(socket) && closing === undefined) guarded(() => onLeave?.(client));
    };
    socket.on('error', () => {
      // Too long, not UTF-8, a frame that is none: `ws` has sent the code that says so, and would hear out the rest for half a minute.
      leave();
      const cut = setTimeout(() => socket.terminate(), 500);
      socket.on('close', () => clearTimeout(cut));
    });
    socket.on('close', leave);
    socket.on('message', (data, isBinary) => {
      if (!clients.has(socket) || socket.readyState !== socket.OPEN) return;
      if (isWithinRate()) return take(client, isBinary ? '' : textOf(data));
      client.send(errorOf('tooMany', `more than ${rate} messages a second`));
      socket.close(1008, 'too many messages');
    });
    if (role === 'page') guarded(() => hello().forEach((message) => client.send(message)));
  }

  function take(client: InspectorClient, text: string): void {
    const message = readMessage(text);
    if (message === undefined) return client.send(errorOf('malformed', 'expected a JSON object with a type'));
    const fail = (error: unknown): void => {
      client.send(errorOf('failed', 'it could not be done'));
      onError?.(error);
    };
    try {
      const result = onMessage(client, message);
      if (result instanceof Promise) result.catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  function guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      onError?.(error);
    }
  }

  function write(socket: WebSocket, text: string): void {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > longestBacklog) return socket.terminate();
    socket.send(text, () => undefined);
  }

  const page = `http://127.0.0.1:${port}/?token=`;
  return Object.freeze<InspectorServer>({
    get url() {
      return page + access.link;
    },
    port,
    token: access.token,
    appUrl: `ws://127.0.0.1:${port}/app?token=${access.token}`,
    newUrl: () => page + access.newLink(),
    broadcast(message) {
      let text: string | undefined;
      for (const [socket, { role }] of clients) if (role === 'page') write(socket, (text ??= JSON.stringify(message)));
    },
    get clients() {
      return [...clients.values()];
    },
    close() {
      closing ??= new Promise((resolve) => {
        for (const socket of webSockets.clients) socket.terminate();
        http.close(() => resolve());
        for (const socket of connections) socket.destroy();
      });
      return closing;
    },
  });
}

const errorOf = (code: ErrorMessage['code'], message: string): ErrorMessage => ({ type: 'error', code, message });

/** Without `binaryType`, ws hands over one Buffer. */
const textOf = (data: RawData): string => (Buffer.isBuffer(data) ? data.toString('utf8') : '');

/** A bucket that holds ten seconds' worth. */
function rateLimit(rate: number): () => boolean {
  const most = rate * 10;
  let left = most;
  let last = performance.now();
  return () => {
    const now = performance.now();
    left = Math.min(most, left + ((now - last) / 1000) * rate);
    last = now;
    left -= 1;
    return left >= 0;
  };
}

const phrases: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  503: 'Service Unavailable',
};
function refuse(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${phrases[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
