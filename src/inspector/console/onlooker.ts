/**
 * The other account: signed in beside the user, it tells what others see. It drives the plug by hand, since the service shows no contacts
 * yet. Unlike a user it is always there: when it is thrown out it comes back by itself.
 */
import { MISTATUS } from '../../../machines/index.js';
import type { Clock } from '../../policy.js';
import type { ContactPresence, Credentials, Link, Transport } from '../../transport.js';

const comeBackAfter = 1_000;
const longestTry = 30_000;

export interface OnlookerEvents {
  see(presence: ContactPresence): void;
  /** It came, or was thrown out. */
  changed(isThere: boolean): void;
}

export class Onlooker {
  readonly #transport: Transport;
  readonly #credentials: Credentials;
  readonly #events: OnlookerEvents;
  readonly #clock: Clock;
  #link: Link | undefined;
  #again: unknown;
  #try: AbortController | undefined;
  #isOver = false;

  constructor(transport: Transport, credentials: Credentials, clock: Clock, events: OnlookerEvents) {
    this.#transport = transport;
    this.#credentials = credentials;
    this.#clock = clock;
    this.#events = events;
  }

  get isThere(): boolean {
    return this.#link !== undefined;
  }

  /** Signs in. Resolves when that was tried once; it is tried again until it works. */
  async come(): Promise<void> {
    if (this.#isOver) return;
    this.#try = new AbortController();
    const { signal } = this.#try;
    const limit = this.#clock.setTimeout(() => this.#try?.abort(), longestTry);
    let link: Link | undefined;
    let isLost = false;
    try {
      const server = await this.#transport.findServer({ name: this.#credentials.name }, signal);
      const events = {
        contact: (presence: ContactPresence) => this.#events.see(presence),
        own: () => undefined,
        lost: () => {
          isLost = true;
          if (this.#link !== undefined) this.#gone();
        },
      };
      link = await this.#transport.connect(server, this.#credentials, events, signal);
      await link.synchronize(signal);
      await link.publish({ status: MISTATUS.ONLINE }, signal);
    } catch {
      isLost = true;
    } finally {
      this.#clock.clearTimeout(limit);
    }
    if (isLost || this.#isOver || link === undefined) {
      link?.drop();
      this.#comeLater();
      return;
    }
    this.#link = link;
    this.#events.changed(true);
  }

  /** Ends at once. */
  leave(): void {
    this.#isOver = true;
    this.#clock.clearTimeout(this.#again);
    this.#try?.abort();
    this.#link?.drop();
    this.#link = undefined;
  }

  #gone(): void {
    this.#link?.drop();
    this.#link = undefined;
    this.#events.changed(false);
    this.#comeLater();
  }

  #comeLater(): void {
    if (this.#isOver) return;
    this.#clock.clearTimeout(this.#again);
    this.#again = this.#clock.setTimeout(() => void this.come(), comeBackAfter);
  }
}
