/**
 * The line from an observer to a page's server, kept up: when it breaks it is made again, each time a little later, by whatever way there is
 * then. It must never throw into the app, and never keep a process alive.
 */
import type { Observed } from './observer.js';
import { readMessage } from './protocol.js';

/** What is used of a WebSocket; that of browsers and that of `ws` both fit. */
export interface PlainSocket {
  readonly readyState: number;
  readonly bufferedAmount: number;
  addEventListener(type: 'open' | 'error' | 'close', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  send(text: string): void;
  close(): void;
}

/** A way to the page that works now. */
export interface Way {
  /** Ends it; `onEnd` is not called any more. */
  close(): Promise<void>;
}
/** Finds a way and tells the observer of it; calls `onEnd` when it is over. Rejects where there is none. */
export type FindWay = (observed: Observed, onEnd: () => void) => Promise<Way>;

export class KeptLine {
  readonly #observed: Observed;
  readonly #find: FindWay;
  readonly #onProblem: (error: unknown) => void;
  #way: Promise<Way> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #isClosed = false;

  /** @param onProblem told of the first failure of a row */
  constructor(observed: Observed, find: FindWay, onProblem: (error: unknown) => void) {
    this.#observed = observed;
    this.#find = find;
    this.#onProblem = onProblem;
  }

  open(): void {
    if (this.#isClosed || this.#way !== undefined) return;
    const way = this.#find(this.#observed, () => this.#again());
    this.#way = way;
    way.then(
      () => (this.#failures = 0),
      (error: unknown) => {
        if (this.#failures++ === 0) this.#onProblem(error);
        this.#again();
      },
    );
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const way = await this.#way?.catch(() => undefined);
    this.#observed.end();
    await way?.close();
  }

  #again(): void {
    this.#observed.hush();
    this.#way = undefined;
    if (this.#isClosed || this.#timer !== undefined) return;
    // Spread out: when a server ends, all its apps come at once, and one of them becomes the next.
    const wait = (0.5 + Math.random()) * Math.min(5_000, 100 * 2 ** Math.min(this.#failures, 6));
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.open();
    }, wait);
    (this.#timer as { unref?: () => void }).unref?.();
  }
}

const opening = 3_000;
/** Bytes that wait for a server that does not read; beyond, the line is made anew, and what is kept told again. */
const longestBacklog = 8_388_608;

/** By WebSocket to a server that runs. @param onUrl told the link to the page */
export function joinBySocket(makeSocket: () => PlainSocket, onUrl: (url: string) => void): FindWay {
  return (observed, onEnd) =>
    new Promise((resolve, reject) => {
      const socket = makeSocket();
      let isEnded = false;
      const end = (): void => {
        clearTimeout(limit);
        if (isEnded) return;
        isEnded = true;
        // After `resolve`, the rejection is nobody's business any more.
        reject(new Error('there is no inspector that lets this app in'));
        if (isOpen) onEnd();
      };
      let isOpen = false;
      const close = (): void => {
        isEnded = true;
        socket.close();
      };
      const limit = setTimeout(() => {
        end();
        socket.close();
      }, opening);
      (limit as { unref?: () => void }).unref?.();
      socket.addEventListener('open', () => {
        if (isEnded) return socket.close();
        isOpen = true;
        clearTimeout(limit);
        observed.tell({
          send(_message, text) {
            if (socket.bufferedAmount > longestBacklog) socket.close();
            else if (socket.readyState === 1) socket.send(text);
          },
        });
        resolve({ close: () => Promise.resolve(close()) });
      });
      socket.addEventListener('message', ({ data }) => {
        const message = typeof data === 'string' ? readMessage(data) : undefined;
        if (message?.type === 'app.welcome' && typeof message['url'] === 'string') onUrl(message['url']);
      });
      socket.addEventListener('error', end);
      socket.addEventListener('close', end);
    });
}
