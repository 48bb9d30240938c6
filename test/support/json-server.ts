/**
 * A server for the transports of `examples/`: takes `{ id, op, ... }` as JSON over a WebSocket and answers `{ id }` or `{ id, error }`. It can be
 * made to misbehave, and remembers what others would have seen. It knows one account and must never leave a socket open.
 */
import { once } from 'node:events';
import { WebSocketServer, type WebSocket } from 'ws';
import { isStatus, MISTATUS } from '../../machines/index.js';

/** A status as somebody else sees it; a line that ends is seen as OFFLINE. */
export interface Sight {
  readonly status: MISTATUS;
  readonly note?: string;
}

export interface JsonServer {
  readonly url: string;
  readonly seen: readonly Sight[];
  /** Lines that are open. */
  readonly lines: number;
  /** Breaks all lines. */
  breakLines(): void;
  /** From now on what comes is taken and not answered. */
  silence(isSilent: boolean): void;
  close(): Promise<void>;
}

export interface JsonServerOptions {
  readonly password?: string;
  /** How long it takes to judge a password, ms; default 0. */
  readonly loginTakes?: number;
  /** Statuses that are refused. */
  readonly refused?: readonly MISTATUS[];
  /** Statuses that are answered with something that is no JSON. */
  readonly garbled?: readonly MISTATUS[];
}

/** Starts it on a free port of 127.0.0.1. */
export async function startJsonServer(options: JsonServerOptions = {}): Promise<JsonServer> {
  const { password = 'secret', loginTakes = 0, refused = [], garbled = [] } = options;
  const sockets = new Set<WebSocket>();
  const seen: Sight[] = [];
  let isSilent = false;

  /** What is wrong with a request, in the server's own words. */
  function perform(request: Record<string, unknown>): string | undefined {
    const { op, status, note } = request;
    if (op === 'login') return request['password'] === password ? undefined : 'password';
    if (op !== 'publish') return undefined;
    if (typeof status !== 'number' || !isStatus(status) || refused.includes(status)) return 'status';
    seen.push({ status, ...(typeof note === 'string' ? { note } : {}) });
    return undefined;
  }

  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (socket) => {
    let isShown = false;
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      if (isShown) seen.push({ status: MISTATUS.OFFLINE });
    });
    socket.on('message', (data) => {
      if (isSilent) return;
      const request = JSON.parse((data as Buffer).toString()) as Record<string, unknown>;
      const error = perform(request);
      if (request['op'] === 'publish' && error === undefined) isShown = true;
      const isGarbled = (garbled as readonly unknown[]).includes(request['status']);
      const answer = () => socket.send(isGarbled ? 'no JSON' : JSON.stringify({ id: request['id'], error }));
      if (request['op'] === 'login' && loginTakes > 0) setTimeout(answer, loginTakes);
      else answer();
    });
  });
  await once(server, 'listening');
  const { port } = server.address() as { port: number };

  const breakLines = () => {
    for (const socket of sockets) socket.terminate();
  };
  return {
    url: `ws://127.0.0.1:${port}`,
    seen,
    get lines() {
      return sockets.size;
    },
    breakLines,
    silence(silent) {
      isSilent = silent;
    },
    close() {
      breakLines();
      return new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())));
    },
  };
}
