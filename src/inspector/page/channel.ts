/**
 * The line to the process: sends requests, hands on what comes, and comes back by itself when it is lost. It must never send anything by itself.
 */
import type { ConsoleRequest, Wanted } from '../console/protocol.js';
import type { WireMessage } from '../protocol.js';

export interface ChannelEvents {
  message(message: WireMessage): void;
  /** `lost`: it is tried again. */
  state(state: 'open' | 'lost'): void;
}

const waits = [250, 500, 1_000, 2_000, 4_000] as const;

export class Channel {
  readonly #events: ChannelEvents;
  #socket: WebSocket | undefined;
  #request = 0;
  #tries = 0;

  constructor(events: ChannelEvents) {
    this.#events = events;
    this.#open();
  }

  /** @returns the number with which the answer comes; undefined: there is no line */
  ask(wanted: Wanted): number | undefined {
    if (this.#socket?.readyState !== WebSocket.OPEN) return undefined;
    const message: ConsoleRequest = { type: 'console.do', request: ++this.#request, wanted };
    this.#socket.send(JSON.stringify(message));
    return message.request;
  }

  #open(): void {
    const socket = new WebSocket(`ws://${location.host}/socket`);
    this.#socket = socket;
    socket.addEventListener('open', () => {
      this.#tries = 0;
      this.#events.state('open');
    });
    socket.addEventListener('message', ({ data }) => {
      const message: unknown = JSON.parse(String(data));
      this.#events.message(message as WireMessage);
    });
    socket.addEventListener('close', () => {
      this.#events.state('lost');
      setTimeout(() => this.#open(), waits[Math.min(this.#tries++, waits.length - 1)]);
    });
  }
}
