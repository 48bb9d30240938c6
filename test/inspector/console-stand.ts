/**
 * A console for tests: its page's files made once for each test file, passwords that a test can look for, everything that it ever sent kept as text.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { WebSocket } from 'ws';
import { startConsole, type Console, type ConsoleOptions } from '../../src/inspector/console/console.js';
import type { ConsoleNews, Wanted } from '../../src/inspector/console/protocol.js';

/** Searched for in everything that leaves the process. */
export const passwords = { alice: 'p4ssw0rd-of-alice', bob: 'p4ssw0rd-of-bob' } as const;

type Pages = NonNullable<ConsoleOptions['pages']>;
let bundled: Promise<Pages> | undefined;

/** The page as it is in the sources now, bundled by a process of its own: a bundler does not work inside a test environment. */
export function pagesOfNow(): Promise<Pages> {
  const script =
    "import('./.ci/page.mjs').then(({ bundlePage }) => bundlePage()).then((files) => console.log(JSON.stringify(files)))";
  bundled ??= promisify(execFile)(process.execPath, ['-e', script], { maxBuffer: 16_777_216 }).then(
    ({ stdout }) => JSON.parse(stdout) as Pages,
  );
  return bundled;
}

/** The middle of each spread, no latency, no files of a page unless given. */
export function startTestConsole(options: ConsoleOptions = {}): Promise<Console> {
  return startConsole({
    pages: {},
    passwords,
    random: () => 0.5,
    latency: 0,
    onError: (error) => {
      throw error;
    },
    ...options,
  });
}

/** A page without a browser. */
export class Listener {
  readonly messages: ConsoleNews[] = [];
  /** Everything as it came. */
  text = '';
  readonly #socket: WebSocket;
  readonly #watchers = new Set<() => void>();
  #request = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => {
      const text = data.toString('utf8');
      this.text += text;
      this.messages.push(JSON.parse(text) as ConsoleNews);
      for (const watcher of [...this.#watchers]) watcher();
    });
  }
  static open({ server }: Console): Promise<Listener> {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/socket?token=${server.token}`);
    const listener = new Listener(socket);
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(listener));
      socket.once('error', reject);
    });
  }

  send(message: unknown): void {
    this.#socket.send(JSON.stringify(message));
  }
  /** Asks, and waits for the answer. */
  async ask(wanted: Wanted): Promise<Extract<ConsoleNews, { readonly type: 'console.answer' }>> {
    const request = ++this.#request;
    this.send({ type: 'console.do', request, wanted });
    return (await this.until((message) => message.type === 'console.answer' && message.request === request)) as never;
  }
  /** The first message, of those that came and those to come, that is meant. @throws after `limit` ms */
  async until(isMeant: (message: ConsoleNews) => boolean, limit = 10_000): Promise<ConsoleNews> {
    const end = performance.now() + limit;
    for (;;) {
      const found = this.messages.find(isMeant);
      if (found !== undefined) return found;
      const left = end - performance.now();
      if (left <= 0) throw new Error(`nothing such came within ${limit} ms`);
      await new Promise<void>((resolve) => {
        const watcher = (): void => {
          clearTimeout(timer);
          this.#watchers.delete(watcher);
          resolve();
        };
        const timer = setTimeout(watcher, left);
        this.#watchers.add(watcher);
      });
    }
  }
  /** Every notice, in words: type, status, reason. */
  get notices(): string[] {
    return this.messages.flatMap((message) =>
      'news' in message
        ? message.news.records.flatMap(({ notices }) =>
            notices.map((notice) => `${notice.type} ${'mMyStatus' in notice ? `${notice.mMyStatus} ` : ''}${notice.reason}`),
          )
        : [],
    );
  }
  close(): void {
    this.#socket.terminate();
  }
}
