/**
 * The wire of browsers: the built-in WebSocket. It tells no causes (unknown host, refusal, bad certificate and HTTP 404 are one error there), so
 * this must never claim one.
 */
import type { Endpoint } from './find.js';
import { isLocalhost, isLoopbackAddress } from './address.js';
import { Wire } from './wire.js';

// What is used of the built-in class: the types of browsers are not part of this project.
interface PlainSocket {
  readonly readyState: number;
  readonly bufferedAmount: number;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { readonly wasClean: boolean }) => void): void;
  send(text: string): void;
  close(): void;
}
type PlainSocketClass = new (url: string, protocols: readonly string[]) => PlainSocket;

export class BrowserWire extends Wire {
  readonly #endpoint: Endpoint;
  #socket: PlainSocket | undefined;

  constructor(endpoint: Endpoint) {
    super();
    this.#endpoint = endpoint;
    this.secure = endpoint.kind === 'wss' || isLocalhost(endpoint.host) || isLoopbackAddress(endpoint.host);
  }

  override get backlog(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  connect(): void {
    const { WebSocket } = globalThis as { WebSocket?: PlainSocketClass };
    if (WebSocket === undefined) throw new Error('there is no WebSocket here');
    const socket = new WebSocket(this.#endpoint.url, ['xmpp']);
    this.#socket = socket;
    socket.addEventListener('open', () => this.emit('connect'));
    socket.addEventListener('message', ({ data }) => {
      if (typeof data === 'string' && data.trim() !== '') this.received(data.trim());
    });
    socket.addEventListener('error', () => {
      this.emit('error', Object.assign(new Error('the WebSocket failed'), { code: 'ECONNERROR' }));
    });
    socket.addEventListener('close', ({ wasClean }) => this.emit('close', !wasClean));
  }

  write(text: string, done?: (error?: Error | null) => void): void {
    if (this.#socket?.readyState === 1) this.#socket.send(text);
    // Later in any case: the library expects the answer after its call has returned.
    const error = this.#socket?.readyState === 1 ? null : new Error('the connection is not open');
    queueMicrotask(() => done?.(error));
  }

  protected cut(): void {
    // Closing one that is still connecting is allowed; it then reports an error, which nobody hears any more.
    if (this.#socket !== undefined && this.#socket.readyState < 2) this.#socket.close();
  }
}
