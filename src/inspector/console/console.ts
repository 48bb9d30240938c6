/**
 * The console: a stage behind the inspector's server. It hands requests of pages to the stage and what happens there to all pages, a few
 * dozen times a second at most, whatever the pace; apps that are inspected may join it. It must never take a request from an app.
 */
import { removeAddress, writeAddress, type Address } from '../observer-address.js';
import { createHub } from '../observer-hub.js';
import { pageFiles } from '../page-files.js';
import { startInspectorServer, type InspectorPage, type InspectorServer } from '../server.js';
import type { ConsoleNews } from './protocol.js';
import { readRequest } from './requests.js';
import { Stage, type StageOptions } from './stage.js';

export { defaultFolder } from '../observer-address.js';

export interface ConsoleOptions extends Omit<StageOptions, 'onNews' | 'onStage' | 'onSession'> {
  /** Default 0: a free one. */
  readonly port?: number | undefined;
  /** The page's files. Default: those that the package brings along. */
  readonly pages?: Readonly<Record<string, InspectorPage>> | undefined;
  /** Where the address is kept by which apps of this user find the console (`inspector()`). Default: nowhere, none comes by itself. */
  readonly folder?: string | undefined;
  /** Told of what went wrong inside. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

export interface Console {
  readonly stage: Stage;
  readonly server: InspectorServer;
  /** Opens the page, once; read again, it is another one. */
  readonly url: string;
  close(): Promise<void>;
}

/** Between two messages of news, ms: sixty a second are more than a screen shows. */
const pace = 16;

/**
 * Sets the stage and serves the page on 127.0.0.1.
 * @throws rejects with the error of Node.js when the port is taken
 */
export async function startConsole(options: ConsoleOptions = {}): Promise<Console> {
  const { port = 0, pages = await pageFiles(), folder, onError } = options;
  let server: InspectorServer | undefined;
  let pending: ReturnType<typeof setTimeout> | undefined;
  const tell = (message: ConsoleNews): void => server?.broadcast(message);
  const sessionNews = (): ConsoleNews => ({
    type: 'console.session',
    session: stage.number,
    news: stage.session.all(),
    stage: stage.view(),
  });

  function flush(): void {
    pending = undefined;
    // Nobody can listen yet.
    if (server === undefined) return;
    tell({ type: 'console.news', session: stage.number, news: stage.session.news(), now: stage.clock.now() });
  }
  const hub = createHub({
    broadcast: (message) => server?.broadcast(message),
    newUrl: () => server?.newUrl() ?? '',
  });
  const stage: Stage = await Stage.set({
    ...options,
    onNews: () => (pending ??= setTimeout(flush, pace)),
    onStage: () => server && tell({ type: 'console.stage', stage: stage.view() }),
    onSession: () => tell(sessionNews()),
  });
  try {
    server = await startInspectorServer({
      port,
      pages,
      hello: () => [sessionNews(), ...hub.hello()],
      onLeave: (client) => hub.leave(client),
      ...(onError === undefined ? {} : { onError }),
      async onMessage(client, message) {
        if (hub.take(client, message) || client.role !== 'page') return;
        const request = readRequest(message);
        if (typeof request === 'string') return client.send({ type: 'error', code: 'malformed', message: request });
        const answer = await stage.perform(request.wanted);
        client.send({ type: 'console.answer', request: request.request, ...answer } satisfies ConsoleNews);
      },
    });
  } catch (error) {
    clearTimeout(pending);
    await stage.close();
    throw error;
  }
  const { close } = server;
  const opened = server;
  const address: Address = { port: server.port, token: server.token, pid: process.pid };
  // The console that was opened last is the one that somebody looks at. Where no address can be kept, it shows its own session all the same.
  if (folder !== undefined) await writeAddress(folder, address).catch((error: unknown) => onError?.(error));
  return {
    stage,
    server: opened,
    get url() {
      return opened.url;
    },
    async close() {
      clearTimeout(pending);
      pending = undefined;
      // First: nobody is to be led to a server that ends.
      if (folder !== undefined) await removeAddress(folder, address);
      await stage.close();
      clearTimeout(pending);
      await close();
    },
  };
}
