/**
 * The loopback server: HTTP on 127.0.0.1, the WebSocket upgrade with its checks, and the handle that tests and pages hold. It must never listen
 * anywhere else, let a foreign web page in, or leave a handle behind after `close()`.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { createFaults, type LoopbackFaults, noFaults } from './faults.js';
import { createHall } from './hall.js';
import { createSession, type Session } from './session.js';

/** Milliseconds. The service's own `clock` fits. */
export interface LoopbackClock {
  now(): number;
  setTimeout(fn: () => void, ms: number): unknown;
  clearTimeout(id: unknown): void;
}

export interface LoopbackUser {
  readonly name: string;
  readonly password: string;
}

export interface LoopbackOptions {
  /** Default 0: a free one. */
  readonly port?: number;
  /** Default `localhost`. */
  readonly domain?: string;
  /** Password by name, or rows. Names with or without `@domain`. Everybody is everybody's contact. */
  readonly users: Readonly<Record<string, string>> | readonly LoopbackUser[];
  /** For `latency` and `slowSync`. Default: the real one. */
  readonly clock?: LoopbackClock;
  /** Longest element that is taken, in UTF-16 units; default 262,144, as Prosody. */
  readonly longest?: number;
}

/** A session that has been bound. */
export interface LoopbackSession {
  /** `alice@localhost`. */
  readonly user: string;
  readonly resource: string;
  /** Seen by others. */
  readonly available: boolean;
  /** As in the stanza: `''`, `chat`, `away`, `xa`, `dnd`; `''` also while not available. */
  readonly show: string;
  readonly note?: string;
}

export interface LoopbackServer {
  /** `ws://127.0.0.1:PORT/xmpp-websocket`. */
  readonly url: string;
  readonly port: number;
  readonly domain: string;
  /** `alice@localhost` and so on. */
  readonly users: readonly string[];
  /** What goes wrong now; assign a field to switch a fault on or off. */
  readonly faults: LoopbackFaults;
  /** Switches several faults; returns what puts them back as they were. */
  fault(changes: Partial<LoopbackFaults>): () => void;
  /** Switches all faults off. */
  calm(): void;
  sessions(): readonly LoopbackSession[];
  /** Open sockets, whatever stage they are in. */
  connections(): number;
  /** Cuts the sockets of a user, or all of them, without a word; returns how many. */
  drop(user?: string): number;
  /** Throws a user out with the stream error `conflict`, as if signed in elsewhere; returns how many sessions. */
  kick(user: string): number;
  /** Ends every session with a stream error, default `system-shutdown`; the server stays up. */
  shutdown(condition?: string): number;
  /** Stops at once. Resolves when nothing is left: no socket, no timer. Twice is harmless. */
  close(): Promise<void>;
}

const path = '/xmpp-websocket';
const realClock: LoopbackClock = {
  now: () => Date.now(),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (id) => clearTimeout(id as ReturnType<typeof setTimeout>),
};

function usersOf(users: LoopbackOptions['users'], domain: string): ReadonlyMap<string, string> {
  const rows = Array.isArray(users)
    ? (users as readonly LoopbackUser[])
    : Object.entries(users).map(([name, password]) => ({ name, password }));
  const found = new Map<string, string>();
  for (const { name, password } of rows) {
    const [local = '', home = domain, ...more] = String(name).toLowerCase().split('@');
    if (local === '' || home !== domain || more.length > 0 || /[\s"&'/:<>]/.test(local)) {
      throw new TypeError(
        `startLoopbackServer: users: expected names such as alice or alice@${domain}, got ${JSON.stringify(name)}`,
      );
    }
    if (typeof password !== 'string' || password === '')
      throw new TypeError(`startLoopbackServer: users: ${local} has no password`);
    if (found.has(local)) throw new TypeError(`startLoopbackServer: users: ${local} is there twice`);
    found.set(local, password);
  }
  return found;
}

/** Browsers name the page that asks; only pages of this machine may (programs send no Origin). */
function isForeign({ headers: { origin } }: IncomingMessage): boolean {
  if (origin === undefined) return false;
  if (!URL.canParse(origin)) return true;
  const { hostname } = new URL(origin);
  return !/^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

/**
 * A small real XMPP server over WebSocket (RFC 7395) on 127.0.0.1: PLAIN, binding, contact list, presence, ping, and a fault for every step. For
 * tests and demos, never for production: it has no encryption and forgets everything.
 * @throws TypeError when an option is not one; rejects with the error of Node.js when the port is taken
 */
export async function startLoopbackServer(options: LoopbackOptions): Promise<LoopbackServer> {
  const { port: wanted = 0, clock = realClock, longest = 262_144 } = options;
  const domain = (options.domain ?? 'localhost').toLowerCase();
  const users = usersOf(options.users, domain);
  const faults = createFaults();
  const hall = createHall();
  const sessions = new Set<Session>();
  const sockets = new Set<Socket>();
  const timers = new Set<unknown>();
  let closing: Promise<void> | undefined;

  function later(ms: number, run: () => void): void {
    if (ms === 0) return run();
    const id = clock.setTimeout(() => {
      timers.delete(id);
      if (closing === undefined) run();
    }, ms);
    timers.add(id);
  }
  const house = { domain, users, hall, faults, longest, later };

  // `maxPayload` protects the memory only; what is merely too long is answered properly.
  const webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: longest * 4 + 1024,
    perMessageDeflate: false,
    handleProtocols: () => 'xmpp',
  });
  const http = createServer((_request, response) => {
    response.writeHead(faults.connection === false || faults.connection === 'reset' ? 426 : faults.connection).end();
  });
  http.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    if (faults.connection === 'reset') socket.resetAndDestroy();
  });
  http.on('upgrade', (request, socket, head) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (faults.silent === 'upgrade') return;
    if (typeof faults.connection === 'number') return refuse(socket, faults.connection);
    if (isForeign(request)) return refuse(socket, 403);
    if (pathname !== path) return refuse(socket, 404);
    if (!offered.includes('xmpp')) return refuse(socket, 400);
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const session = createSession(webSocket, house);
      sessions.add(session);
      webSocket.on('close', () => sessions.delete(session));
    });
  });

  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(wanted, '127.0.0.1', () => {
      http.off('error', reject);
      resolve();
    });
  });
  const { port } = http.address() as AddressInfo;

  function bareOf(user: string): string {
    const bare = user.toLowerCase();
    return bare.includes('@') ? bare : `${bare}@${domain}`;
  }
  function each(user: string | undefined, act: (session: Session) => void): number {
    const meant = [...sessions].filter((session) => user === undefined || session.guest()?.user === bareOf(user));
    for (const session of meant) act(session);
    return meant.length;
  }
  function fault(changes: Partial<LoopbackFaults>): () => void {
    const before = { ...faults };
    Object.assign(faults, changes);
    return () => {
      for (const name of Object.keys(changes)) Object.assign(faults, { [name]: before[name as keyof LoopbackFaults] });
    };
  }

  return Object.freeze<LoopbackServer>({
    url: `ws://127.0.0.1:${port}${path}`,
    port,
    domain,
    users: Object.freeze([...users.keys()].map((name) => `${name}@${domain}`)),
    faults,
    fault,
    calm: () => void Object.assign(faults, noFaults),
    sessions: () =>
      hall.guests().map(({ user, address, presence }) => {
        const note = presence?.getChildText('status') ?? '';
        return {
          user,
          resource: address.slice(user.length + 1),
          available: presence !== undefined,
          show: presence?.getChildText('show') ?? '',
          ...(note === '' ? {} : { note }),
        };
      }),
    connections: () => sockets.size,
    drop(user) {
      const cut = each(user, (session) => session.cut());
      if (user === undefined) for (const socket of sockets) socket.destroy();
      return cut;
    },
    kick: (user) => each(user, (session) => session.end('conflict', 'Signed in elsewhere')),
    shutdown: (condition = 'system-shutdown') => each(undefined, (session) => session.end(condition)),
    close() {
      closing ??= new Promise((resolve) => {
        for (const id of timers) clock.clearTimeout(id);
        timers.clear();
        each(undefined, (session) => session.cut());
        http.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      });
      return closing;
    },
  });
}

function refuse(socket: Duplex, status: number): void {
  const retry = status === 503 || status === 429 ? 'Retry-After: 1\r\n' : '';
  socket.end(`HTTP/1.1 ${status} Refused\r\n${retry}Connection: close\r\nContent-Length: 0\r\n\r\n`);
}
