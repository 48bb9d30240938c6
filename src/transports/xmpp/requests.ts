/**
 * Requests that wait for their answers (RFC 6120 §8.2.3). It must never take the word of somebody who was not asked, and keeps no time.
 */
import type { Element } from '@xmpp/xml';
import { bareOf, sameAddress } from './address.js';
import { Refusal } from './errors.js';
import { errorOf } from './stanzas.js';

interface Waiting {
  readonly to: string | undefined;
  resolve(answer: Element): void;
  reject(error: Error): void;
}

export class Requests {
  readonly #prefix = crypto.randomUUID().slice(0, 8);
  readonly #waiting = new Map<string, Waiting>();
  #lastId = 0;

  newId(): string {
    this.#lastId += 1;
    return `${this.#prefix}-${this.#lastId}`;
  }

  /** @param send is called once the request can be answered */
  ask(stanza: Element, send: (stanza: Element) => void): Promise<Element> {
    return new Promise((resolve, reject) => {
      const id = (stanza.attrs['id'] ??= this.newId());
      this.#waiting.set(id, { to: stanza.attrs['to'], resolve, reject });
      send(stanza);
    });
  }

  /** True when it was the answer to a request. @param own full address, empty before there is one */
  answeredBy(stanza: Element, own: string, domain: string): boolean {
    const { id = '', type, from } = stanza.attrs;
    const request = this.#waiting.get(id);
    if (!stanza.is('iq') || (type !== 'result' && type !== 'error') || request === undefined) return false;
    const asked = request.to === undefined ? [bareOf(own), own, domain] : [request.to];
    // Others can send an iq with any id: only the one who was asked can answer (RFC 6120 §8.1.2.1).
    if (from !== undefined && !asked.some((address) => address !== '' && sameAddress(address, from))) return false;
    this.#waiting.delete(id);
    const { condition, text } = errorOf(stanza);
    if (type === 'result') request.resolve(stanza);
    else request.reject(new Refusal(condition, text));
    return true;
  }

  giveUp(error: Error): void {
    for (const each of this.#waiting.values()) each.reject(error);
    this.#waiting.clear();
  }
}
