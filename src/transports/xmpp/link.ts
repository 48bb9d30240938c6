/**
 * A session: roster, presence, signs of life, goodbye, over an open stream. It must never decide to come back, and never speak of a loss that was
 * asked for.
 */
import { type Element, xml } from '@xmpp/xml';
import { MISTATUS } from '../../../machines/index.js';
import { type Link, type LinkEvents, type Presence, TransportError } from '../../transport.js';
import { abortable, cancelled } from './abortable.js';
import { bareOf, parseAddress, sameAddress } from './address.js';
import { failureOf, publishError, Refusal, signinError } from './errors.js';
import { errorOf, presenceStanza, readContactPresence, readPresence } from './stanzas.js';
import type { Stream } from './stream.js';

/** Microtask turns between the link and its first event: more than any caller needs to get hold of the link. */
const turnsBefore = 32;

interface Publishing {
  resolve(): void;
  reject(error: TransportError): void;
}

/** @param priority of the presence, RFC 6121 §4.7.2.3 */
export function createLink(stream: Stream, events: LinkEvents, priority: number): Link {
  const { address, domain } = stream;
  const home = bareOf(address);
  const publishing = new Map<string, Publishing>();
  let lost: TransportError | undefined;
  let over = false;
  /** Others see us: what an INVISIBLE has to take back, and a goodbye too. */
  let shown = false;
  let farewell: (() => void) | undefined;
  // The caller reacts to `connect` first; what the stream tells meanwhile waits for it.
  const waiting: (() => void)[] = [];
  let open = false;
  const tell = (event: () => void): void => {
    if (open) event();
    else waiting.push(event);
  };
  void (async () => {
    for (let turn = 0; turn < turnsBefore; turn++) await Promise.resolve();
    open = true;
    for (const event of waiting.splice(0)) event();
  })();

  stream.listen({
    stanza(stanza) {
      const { from = address, type } = stanza.attrs;
      if (type === 'error') refused(stanza, from);
      else if (sameAddress(from, address)) reflected(stanza);
      else heard(stanza, from);
    },
    ended(error) {
      lost = error;
      giveUp(error);
      if (farewell !== undefined) return farewell();
      tell(() => {
        if (!over) events.lost(error);
      });
    },
  });

  function giveUp(error: TransportError): void {
    for (const each of publishing.values()) each.reject(error);
    publishing.clear();
  }
  function heard(stanza: Element, from: string): void {
    const presence = bareOf(from) === home ? readPresence(stanza) : undefined;
    const contact = bareOf(from) === home ? undefined : readContactPresence(stanza);
    tell(() => {
      if (over) return;
      const { resource } = parseAddress(from);
      if (presence !== undefined) events.own({ ...(resource === '' ? {} : { device: resource }), ...presence });
      if (contact !== undefined) events.contact(contact);
    });
  }
  function take(id: string | undefined): Publishing | undefined {
    const key = id ?? publishing.keys().next().value ?? '';
    const found = publishing.get(key);
    publishing.delete(key);
    return found;
  }
  /** Servers send a presence back to where it came from once it is broadcast (RFC 6121 §4.4.2), most of them with its id. */
  function reflected(stanza: Element): void {
    take(stanza.attrs['id'])?.resolve();
  }
  function refused(stanza: Element, from: string): void {
    // The server of a contact may answer with an error too, with the same id: that refuses nothing.
    if (![address, home, domain].some((own) => sameAddress(own, from))) return;
    const { condition, text } = errorOf(stanza);
    take(stanza.attrs['id'])?.reject(publishError(condition, text));
  }

  /** Runs a verb on the line: over at its abort, at a loss, and with a reason of ours in any case. */
  async function onLine<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    try {
      return await abortable(signal, () => {
        if (lost !== undefined || over) return Promise.reject(lost ?? new TransportError('lineLost'));
        return work();
      });
    } catch (error) {
      if (TransportError.is(error)) throw error;
      throw signinError(failureOf(error, true));
    }
  }

  /** XEP-0199. An error is an answer too: somebody is there. */
  async function ping(): Promise<void> {
    try {
      await stream.request(xml('iq', { type: 'get', to: domain }, xml('ping', { xmlns: 'urn:xmpp:ping' })));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }

  async function show(presence: Presence, id: string): Promise<void> {
    const visible = presence.status !== MISTATUS.INVISIBLE;
    const before = shown;
    const answered = new Promise<void>((resolve, reject) => publishing.set(id, { resolve, reject }));
    // While the ping is awaited nobody listens to it.
    answered.catch(() => undefined);
    // INVISIBLE before anything was shown: there is nothing to take back.
    if (visible || shown) stream.send(presenceStanza(presence, { id, priority }));
    shown = visible;
    if (visible) return answered;
    try {
      // Not every server sends an unavailable presence back; the answer to a ping shows that it has got so far.
      await Promise.race([ping(), rejectionOf(answered)]);
    } catch (error) {
      shown = before;
      throw error;
    }
  }

  return Object.freeze<Link>({
    synchronize: (signal) =>
      onLine(signal, async () => {
        await stream.request(xml('iq', { type: 'get' }, xml('query', { xmlns: 'jabber:iq:roster' })));
        return { resumed: false };
      }),
    async publish(presence, signal) {
      const id = stream.newId();
      try {
        await onLine(signal, () => show(presence, id));
      } finally {
        publishing.delete(id);
      }
    },
    check: (signal) => onLine(signal, ping),
    close: (signal) =>
      new Promise((resolve, reject) => {
        const abort = (): void => {
          finish();
          reject(cancelled(signal));
        };
        const finish = (): void => {
          farewell = undefined;
          over = true;
          signal.removeEventListener('abort', abort);
          giveUp(new TransportError('lineLost', { message: 'signed out' }));
          stream.destroy();
        };
        if (lost !== undefined || over) return resolve();
        if (signal.aborted) return abort();
        signal.addEventListener('abort', abort, { once: true });
        over = true;
        farewell = () => {
          finish();
          resolve();
        };
        if (shown) stream.send(xml('presence', { type: 'unavailable' }));
        stream.sayClosed();
      }),
    drop() {
      over = true;
      farewell?.();
      giveUp(new TransportError('lineLost', { message: 'the connection was dropped' }));
      stream.destroy();
    },
  });
}

/** Settles only if the other one rejects. */
function rejectionOf(promise: Promise<unknown>): Promise<never> {
  return new Promise((_, reject) => {
    promise.catch(reject);
  });
}
