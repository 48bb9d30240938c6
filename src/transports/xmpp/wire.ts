/**
 * A wire carries text both ways and tells when it opens, fails and closes. This is what all wires share: the small emitter that the XMPP
 * library listens to. After `destroy()` a wire must never say anything again.
 */

// The library calls its listeners with whatever the wire emits.
type Listener = (...values: readonly unknown[]) => void;

/** Events: `connect`; `data` (text); `error` (Error); `close` (dirty). */
export abstract class Wire {
  /** True when a password may go over it as it is: encrypted, or inside this machine. */
  secure = false;
  /** True when TLS is on. */
  encrypted = false;
  /** True when it must not go on without TLS, unless `secure`. */
  mustEncrypt = false;
  /** True once it has been open. */
  opened = false;
  #silent = false;
  readonly #listeners = new Map<string, Listener[]>();

  addListener(event: string, listener: Listener): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
  }
  removeListener(event: string, listener: Listener): void {
    const left = (this.#listeners.get(event) ?? []).filter((each) => each !== listener);
    this.#listeners.set(event, left);
  }
  once(event: string, listener: Listener): void {
    const first: Listener = (...values) => {
      this.removeListener(event, first);
      listener(...values);
    };
    this.addListener(event, first);
  }
  protected emit(event: 'connect' | 'data' | 'error' | 'close', ...values: readonly unknown[]): void {
    if (this.#silent) return;
    if (event === 'connect') this.opened = true;
    for (const listener of this.#listeners.get(event) ?? []) listener(...values);
  }

  /** Text from the server. Reading throws in the middle of the text on what is no XML: that must not reach the socket. */
  protected received(text: string): void {
    try {
      this.emit('data', text);
    } catch (error) {
      const { message = 'the parser failed' } = error as { readonly message?: string };
      this.emit('error', Object.assign(new Error(message), { name: 'XMLError' }));
    }
  }

  /** How much waits to be sent. */
  get backlog(): number {
    return 0;
  }

  /** Ends it at once and silently; twice is harmless. */
  destroy(): void {
    this.#silent = true;
    this.cut();
  }

  /** Begins to open. The library hands over parameters that the wire has no use for. */
  abstract connect(): void;
  abstract write(text: string, done?: (error?: Error | null) => void): void;
  /** Goes over to TLS in the middle of the stream (RFC 6120 §5); undefined where there is no such thing. */
  startTls?(): Promise<void>;
  protected abstract cut(): void;
}

/** How TLS is checked (Node.js only). */
export interface TlsOptions {
  /** Certificates to trust in place of the built-in ones, PEM. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[];
  /** Default true; false takes any certificate. */
  readonly rejectUnauthorized?: boolean;
  /** Default true: over TCP, a server on another machine that offers no encryption is given up before it is told anything (`tlsFailed`). */
  readonly required?: boolean;
}
