/**
 * Who may speak with the inspector's server: Host and Origin, one-time links, the cookie that a link is exchanged for, the token for
 * programs, and the headers that keep a page to itself. It must never let a secret into an answer's body, nor compare one by its time.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** Links that were made and not opened yet; the oldest gives way. */
const mostLinks = 32;
/** Browsers that have opened a link. */
const mostSessions = 32;

const newSecret = (): string => randomBytes(24).toString('base64url');
const digest = (secret: string): Buffer => createHash('sha256').update(secret).digest();
/** Takes as long for any two, whatever they are. */
const isSame = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other));

export class Access {
  /** For programs of the same user. */
  readonly token = newSecret();
  readonly #port: number;
  readonly #origins: readonly string[];
  readonly #links: string[] = [];
  readonly #sessions: string[] = [];

  /** @param origins web origins, beside those of this machine, whose pages may join as apps */
  constructor(port: number, origins: readonly string[]) {
    this.#port = port;
    this.#origins = origins;
  }

  /** The link at hand that nobody has opened. */
  get link(): string {
    return this.#links.at(-1) ?? this.newLink();
  }
  /** One more. */
  newLink(): string {
    const link = newSecret();
    this.#links.push(link);
    if (this.#links.length > mostLinks) this.#links.shift();
    return link;
  }

  /**
   * Opens a link, which works once.
   * @returns the cookie to set; undefined: no such link, or it was opened before
   */
  open(link: string): string | undefined {
    const at = this.#links.findIndex((one) => isSame(one, link));
    if (at < 0) return undefined;
    this.#links.splice(at, 1);
    const session = newSecret();
    this.#sessions.push(session);
    if (this.#sessions.length > mostSessions) this.#sessions.shift();
    // Browsers hand a cookie to all ports of a host: its name tells this server from others, and Origin and Sec-Fetch-Site tell its pages.
    return `${this.#cookieName}=${session}; HttpOnly; SameSite=Strict; Path=/`;
  }

  /** Whether the cookie of an opened link is there. */
  hasSession({ cookie = '' }: IncomingHttpHeaders): boolean {
    const values = cookie.split(';').flatMap((pair) => {
      const [name, value = ''] = pair.trim().split('=', 2);
      return name === this.#cookieName ? [value] : [];
    });
    return values.some((value) => this.#sessions.some((session) => isSame(session, value)));
  }

  hasToken(url: URL): boolean {
    return isSame(url.searchParams.get('token') ?? '', this.token);
  }

  /** A name that leads here, and not one that somebody else has pointed here (DNS rebinding). */
  isOwnHost({ host }: IncomingHttpHeaders): boolean {
    return host === `127.0.0.1:${this.#port}` || host === `localhost:${this.#port}`;
  }

  /** Asked by a page of this server. Where a browser says nothing of it, it was typed in, or it is a program. */
  isOwnPage({ origin, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
    if (origin !== undefined && !this.#ownOrigins.includes(origin)) return false;
    return site === undefined || site === 'same-origin' || site === 'none';
  }

  /** A program, a page of this machine, or one of the origins that were named. */
  isKnownOrigin({ origin }: IncomingHttpHeaders): boolean {
    if (origin === undefined || this.#origins.includes(origin)) return true;
    if (!URL.canParse(origin)) return false;
    return /^(?:localhost|[a-z0-9.-]+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(new URL(origin).hostname);
  }

  get #ownOrigins(): readonly string[] {
    return [`http://127.0.0.1:${this.#port}`, `http://localhost:${this.#port}`];
  }
  get #cookieName(): string {
    return `presence-inspector-${this.#port}`;
  }
}

/** With every answer: the page loads nothing from elsewhere, runs nothing that is not a file of ours, and is in nobody's frame. */
export function safeHeaders(port: number): Readonly<Record<string, string>> {
  const sockets = `ws://127.0.0.1:${port} ws://localhost:${port}`;
  return {
    'content-security-policy':
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
      `connect-src 'self' ${sockets}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
  };
}

/** The address asked for; undefined when there is none to be made of it. */
export function addressOf({ url = '/' }: IncomingMessage): URL | undefined {
  const base = 'http://127.0.0.1';
  return url.startsWith('/') && !url.startsWith('//') && URL.canParse(url, base) ? new URL(url, base) : undefined;
}
