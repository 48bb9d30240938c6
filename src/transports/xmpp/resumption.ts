/**
 * Who has handled what (XEP-0198): the counts of both ends, what the server has not acknowledged, and what it takes to resume. It must never send
 * anything, and never keep what may not be said twice.
 */
import { type Element, xml } from '@xmpp/xml';

export const managementNamespace = 'urn:xmpp:sm:3';

/** What it takes to go on with a session on another stream. */
export interface Resumption {
  readonly id: string;
  /** Stanzas of the server that were handled here. */
  readonly received: number;
  /** Stanzas of ours that the server is known to have handled. */
  readonly acknowledged: number;
  /** Those after them, oldest first; undefined: not to be said again. */
  readonly unacknowledged: readonly (Element | undefined)[];
}

// XEP-0198 §4: counts start again after this.
const modulus = 2 ** 32;
/** So many of ours that wait for an acknowledgement are reason to ask for one; so many more, to give up resuming. */
const [many, tooMany] = [10, 1_000];

const isStanza = (element: Element): boolean => ['iq', 'message', 'presence'].includes(element.getName());
/**
 * Only answers are said again after a resumption: whoever asked still waits. A status that was not confirmed has been answered with a failure (L14),
 * so has a request; both may be outdated, and who still wants them asks again.
 */
const isRepeatable = (stanza: Element): boolean => stanza.is('iq') && /^(?:result|error)$/.test(stanza.attrs['type'] ?? '');

/** A count as the other side writes it; undefined when it is none. */
function countOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) && Number(text) < modulus ? Number(text) : undefined;
}

/** What to do about an element: to say something, to end a stream on which the counts went wrong, or nothing. */
export type Duty = { readonly say: Element } | 'broken' | undefined;

export class Management {
  #phase: 'off' | 'asked' | 'on' = 'off';
  #id: string | undefined;
  #received = 0;
  #acknowledged = 0;
  #unacknowledged: (Element | undefined)[] = [];
  #isAsking = false;

  /** Asks for it; what is sent from now on is counted. */
  enable(): Element {
    this.#phase = 'asked';
    return xml('enable', { xmlns: managementNamespace, resume: 'true' });
  }

  /** Notes a stanza that is sent. @returns what to say after it */
  sent(stanza: Element): Element | undefined {
    if (this.#phase === 'off' || !isStanza(stanza)) return undefined;
    const repeatable = isRepeatable(stanza);
    this.#unacknowledged.push(repeatable ? stanza : undefined);
    const { length } = this.#unacknowledged;
    // A server that never acknowledges must not fill the memory.
    if (length > tooMany) this.#id = undefined;
    if (length > tooMany && repeatable) this.#unacknowledged[length - 1] = undefined;
    if (this.#phase !== 'on' || this.#isAsking || (repeatable && length < many)) return undefined;
    this.#isAsking = true;
    return xml('r', { xmlns: managementNamespace });
  }

  /** Notes what has come. @returns undefined also for what is none of its business */
  heard(element: Element): Duty {
    if (this.#phase === 'on' && isStanza(element)) this.#received = (this.#received + 1) % modulus;
    if (this.#phase === 'off' || element.getNS() !== managementNamespace) return undefined;
    switch (element.getName()) {
      case 'enabled': {
        if (this.#phase === 'on') return 'broken';
        this.#phase = 'on';
        const { id, resume } = element.attrs;
        if (resume === 'true' || resume === '1') this.#id = id;
        return undefined;
      }
      case 'failed':
        this.#phase = 'off';
        this.#unacknowledged = [];
        return undefined;
      case 'r':
        return this.#phase === 'on' ? { say: this.#acknowledgement() } : undefined;
      case 'a':
        this.#isAsking = false;
        return this.#acknowledge(element) ? undefined : 'broken';
      default:
        return undefined;
    }
  }

  /** The last word before a polite end (XEP-0198 §4): else the server would return what was read to those who sent it. */
  get lastWord(): Element | undefined {
    return this.#phase === 'on' ? this.#acknowledgement() : undefined;
  }

  /** Undefined when the server did not promise to keep the session. */
  get resumption(): Resumption | undefined {
    if (this.#id === undefined || this.#phase !== 'on') return undefined;
    const [id, received, acknowledged] = [this.#id, this.#received, this.#acknowledged];
    return { id, received, acknowledged, unacknowledged: [...this.#unacknowledged] };
  }

  /**
   * Goes on where a former stream ended, if the server's answer fits.
   * @returns what has to be said again; undefined when it does not fit
   */
  resumed(former: Resumption, answer: Element): readonly Element[] | undefined {
    this.#phase = 'on';
    this.#id = former.id;
    this.#received = former.received;
    this.#acknowledged = former.acknowledged;
    this.#unacknowledged = [...former.unacknowledged];
    if (answer.attrs['previd'] !== former.id || !this.#acknowledge(answer)) return undefined;
    const left = this.#unacknowledged.filter((stanza) => stanza !== undefined);
    // Counted again when they are sent.
    this.#unacknowledged = [];
    return left;
  }

  #acknowledgement(): Element {
    return xml('a', { xmlns: managementNamespace, h: this.#received });
  }

  /** False when more is acknowledged than was sent. */
  #acknowledge(element: Element): boolean {
    const handled = countOf(element.attrs['h']);
    const count = handled === undefined ? Infinity : (handled - this.#acknowledged + modulus) % modulus;
    if (handled === undefined || count > this.#unacknowledged.length) {
      this.#id = undefined;
      return false;
    }
    this.#unacknowledged.splice(0, count);
    this.#acknowledged = handled;
    return true;
  }
}

/** The request to go on with a former session. */
export function resumeElement({ id, received }: Resumption): Element {
  return xml('resume', { xmlns: managementNamespace, previd: id, h: received });
}
