/**
 * Being invisible: by the server's own command where it has one (XEP-0186), otherwise by signing off with the connection still there (RFC 6121 §4.5.2);
 * and being seen all the same by those who were chosen (directed presence, §4.6). It must never broadcast anything for somebody whom nobody has seen yet.
 */
import { type Element, xml } from '@xmpp/xml';
import { MISTATUS } from '../../../machines/index.js';
import type { Presence } from '../../transport.js';
import { publishError, Refusal } from './errors.js';
import { presenceStanza } from './stanzas.js';
import type { Stream } from './stream-types.js';

/** Newest first. */
const invisibility = ['urn:xmpp:invisible:1', 'urn:xmpp:invisible:0'] as const;

/** What has to be known of it to go on with a session on another line. */
export interface HidingFacts {
  /** The namespace of the server's command, where it has one. */
  readonly command: string | undefined;
  /** The server was told to hide us, or may have been. */
  readonly hidden: boolean;
  /** Those chosen have been told that we are here. */
  readonly greeted: boolean;
}

export class Hiding {
  readonly #stream: Stream;
  readonly #chosen: readonly string[];
  readonly #priority: number;
  #command: string | undefined;
  #asked: Promise<void> | undefined;
  #hidden: boolean;
  #greeted: boolean;

  /** @param chosen who sees the user all the same */
  constructor(stream: Stream, chosen: readonly string[], priority: number, { command, hidden, greeted }: HidingFacts) {
    this.#stream = stream;
    this.#chosen = chosen;
    this.#priority = priority;
    this.#command = command;
    if (command !== undefined) this.#asked = Promise.resolve();
    this.#hidden = hidden;
    this.#greeted = greeted;
  }

  get facts(): HidingFacts {
    return { command: this.#command, hidden: this.#hidden, greeted: this.#greeted };
  }

  /**
   * Hides by the server's command.
   * @param ping asks for a sign of life
   * @returns false when the server has no command, or refuses it
   */
  async byCommand(ping: () => Promise<void>): Promise<boolean> {
    this.#asked ??= this.#ask(ping);
    await this.#asked;
    const namespace = this.#command;
    if (namespace === undefined) return false;
    this.#hidden = true;
    try {
      // `probe`: others are seen as before (XEP-0186 §3.1).
      await this.#stream.request(xml('iq', { type: 'set' }, xml('invisible', { xmlns: namespace, probe: 'true' })));
      return true;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#hidden = false;
      this.#command = undefined;
      return false;
    }
  }

  /** Takes the command back; a presence has to follow (XEP-0186 §3.2). */
  async appear(): Promise<void> {
    const namespace = this.#command;
    if (!this.#hidden || namespace === undefined) return;
    try {
      await this.#stream.request(xml('iq', { type: 'set' }, xml('visible', { xmlns: namespace })));
    } catch (error) {
      throw error instanceof Refusal ? publishError(error.condition, error.text) : error;
    }
    this.#hidden = false;
  }

  /** Shows the chosen ones that we are here. */
  greet(note: string | undefined): void {
    const presence: Presence = { status: MISTATUS.ONLINE, ...(note === undefined ? {} : { note }) };
    for (const to of this.#chosen) {
      const stanza = presenceStanza(presence, { id: this.#stream.newId(), priority: this.#priority });
      stanza.attrs['to'] = to;
      this.#stream.send(stanza);
    }
    this.#greeted ||= this.#chosen.length > 0;
  }

  /** What to say before going: to those who know that we are here, and to nobody else (B15). */
  goodbyes(): readonly Element[] {
    if (!this.#greeted) return [];
    return this.#chosen.map((to) => xml('presence', { to, id: this.#stream.newId(), type: 'unavailable' }));
  }

  /** Asks the server what it can (XEP-0030), once, and only for somebody who wants to hide. */
  async #ask(ping: () => Promise<void>): Promise<void> {
    const query = xml('query', { xmlns: 'http://jabber.org/protocol/disco#info' });
    const asked = this.#stream.request(xml('iq', { type: 'get', to: this.#stream.domain }, query)).then(
      (answer) => answer.getChild('query')?.getChildren('feature') ?? [],
      (error: unknown) => {
        if (error instanceof Refusal) return [];
        throw error;
      },
    );
    // Answers come in order (RFC 6120 §10.1): who answers the ping first does not answer the question at all.
    const features = await Promise.race([asked, ping().then((): Element[] => [])]);
    this.#command = invisibility.find((name) => features.some(({ attrs }) => attrs['var'] === name));
  }
}
