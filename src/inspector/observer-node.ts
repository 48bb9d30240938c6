/**
 * The way to the page from Node: the server of this user that runs already, or one in this process that others then find. It must never take
 * a port from another user for its own.
 */
import { WebSocket } from 'ws';
import { readAddress, removeAddress, writeAddress, type Address } from './observer-address.js';
import { createHub, type Hub } from './observer-hub.js';
import { joinBySocket, type FindWay, type PlainSocket, type Way } from './observer-line.js';
import type { Observed } from './observer.js';
import { startInspectorServer, type InspectorPage, type InspectorServer } from './server.js';

export interface HostOptions {
  /** Default 17433; 0: any free one. Taken by somebody else: any free one. */
  readonly port: number;
  readonly folder: string;
  /** Asked for when this process becomes the server. */
  readonly pages: () => Promise<Readonly<Record<string, InspectorPage>>>;
  readonly origins: readonly string[];
  readonly onUrl: (url: string) => void;
}

export const defaultPort = 17_433;
/** Another process that is just becoming the server has the port before it has written its address. */
const looks = 5;
const lookAgain = 60;

/** A WebSocket of Node that keeps no process alive. */
export function nodeSocket(url: string): PlainSocket {
  const socket = new WebSocket(url, { handshakeTimeout: 3_000, perMessageDeflate: false, maxPayload: 65_536 });
  socket.on('upgrade', (response) => void response.socket.unref());
  // `ws` throws for an error that nobody listens to, also before a listener of the other style is there.
  socket.on('error', () => undefined);
  return socket;
}

/** Joins the server that runs, or becomes it. */
export function joinOrHost(options: HostOptions): FindWay {
  const { folder, onUrl, port } = options;
  const tryToJoin = async (observed: Observed, onEnd: () => void): Promise<Way | undefined> => {
    const address = await readAddress(folder).catch(() => undefined);
    if (address === undefined) return undefined;
    const url = `ws://127.0.0.1:${address.port}/app?token=${address.token}`;
    return joinBySocket(() => nodeSocket(url), onUrl)(observed, onEnd).catch(() => undefined);
  };
  return async (observed, onEnd) => {
    for (let look = 1; ; look++) {
      const joined = await tryToJoin(observed, onEnd);
      if (joined !== undefined) return joined;
      const server = await host(options, look > looks ? 0 : port);
      if (server !== undefined) return becomeServer(server, observed, options);
      await new Promise<void>((resolve) => setTimeout(resolve, lookAgain).unref());
    }
  };
}

interface Hosted {
  readonly server: InspectorServer;
  readonly hub: Hub;
}

/** undefined: the port is taken. */
async function host({ pages, origins }: HostOptions, port: number): Promise<Hosted | undefined> {
  let server: InspectorServer | undefined;
  const hub: Hub = createHub({
    broadcast: (message) => server?.broadcast(message),
    newUrl: () => server?.newUrl() ?? '',
  });
  try {
    server = await startInspectorServer({
      port,
      pages: await pages(),
      origins,
      unref: true,
      hello: () => hub.hello(),
      onLeave: (client) => hub.leave(client),
      onMessage(client, message) {
        if (!hub.take(client, message)) throw new TypeError(`inspector: ${message.type} is not understood`);
      },
    });
    return { server, hub };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE' && port !== 0) return undefined;
    throw error;
  }
}

/** In this very process there is no need for a socket. */
async function becomeServer({ server, hub }: Hosted, observed: Observed, { folder, onUrl }: HostOptions): Promise<Way> {
  const address: Address = { port: server.port, token: server.token, pid: process.pid };
  // Without the file this app is seen all the same, only others do not find the way.
  const isKept = await writeAddress(folder, address).then(
    () => true,
    () => false,
  );
  const client = { id: 0, role: 'app', send: () => undefined } as const;
  observed.tell({ send: (message) => void hub.take(client, message) });
  onUrl(server.url);
  return {
    async close() {
      if (isKept) await removeAddress(folder, address);
      await server.close();
    },
  };
}
