/**
 * Clients of the inspector's server, polite and rude: raw HTTP requests with any header, WebSockets with any Origin, Host and cookie. Nothing
 * here may be lenient: what was not answered is an error.
 */
import { request } from 'node:http';
import { WebSocket } from 'ws';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** One request, exactly as given: no redirect is followed, no header is added but Host. */
export function ask(port: number, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** Opens a link. @returns the cookie as a browser sends it back */
export async function cookieOf(url: string): Promise<string> {
  const { port, pathname, search } = new URL(url);
  const { status, headers } = await ask(Number(port), pathname + search);
  const [cookie = ''] = headers['set-cookie'] ?? [];
  if (status !== 303 || cookie === '') throw new Error(`the link was answered by ${status}`);
  return cookie.split(';', 1)[0] ?? '';
}

export type Heard = Readonly<Record<string, unknown>> & { readonly type: string };

/** An open WebSocket that keeps what it hears. */
export class Ear {
  readonly socket: WebSocket;
  readonly heard: Heard[] = [];
  /** As received. */
  readonly texts: string[] = [];
  closeCode: number | undefined;
  readonly #watchers = new Set<() => void>();

  constructor(socket: WebSocket) {
    this.socket = socket;
    const tell = (): void => {
      for (const watcher of [...this.#watchers]) watcher();
    };
    socket.on('message', (data) => {
      const text = (data as Buffer).toString('utf8');
      this.texts.push(text);
      this.heard.push(JSON.parse(text) as Heard);
      tell();
    });
    socket.on('close', (code) => {
      this.closeCode = code;
      tell();
    });
  }

  /** Waits for what `find` finds in all that was heard. */
  until<T>(find: (ear: this) => T | undefined | false, what = String(find), limit = 10_000): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = find(this);
        if (found === undefined || found === false) return;
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve(found);
      };
      const timer = setTimeout(() => {
        this.#watchers.delete(look);
        const types = this.heard.map(({ type }) => type).slice(-20);
        reject(new Error(`waited in vain for ${what}; heard ${types.join(', ')}; closed: ${this.closeCode}`));
      }, limit);
      this.#watchers.add(look);
      look();
    });
  }

  /** The first message of a type, from a place on. */
  next(type: string, from = 0): Promise<Heard> {
    return this.until(({ heard }) => heard.slice(from).find((message) => message.type === type), type);
  }

  closed(): Promise<number> {
    return this.until(({ closeCode }) => closeCode, 'the end');
  }

  say(message: object | string | Uint8Array): void {
    this.socket.send(typeof message === 'string' || message instanceof Uint8Array ? message : JSON.stringify(message));
  }
}

/** Opens a WebSocket. @throws Error `refused: 403` when the upgrade is refused */
export function listen(port: number, path: string, headers: Record<string, string> = {}): Promise<Ear> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers, perMessageDeflate: false });
    const ear = new Ear(socket);
    socket.on('open', () => resolve(ear));
    socket.on('unexpected-response', (_, response) => reject(new Error(`refused: ${response.statusCode}`)));
    socket.on('error', reject);
  });
}

/** As a page does it: opens the link, and a WebSocket with its cookie and Origin. */
export async function openPage(url: string): Promise<Ear> {
  const { port, origin } = new URL(url);
  return listen(Number(port), '/socket', { cookie: await cookieOf(url), origin });
}
