/**
 * A session: roster, presence, client state, signs of life, goodbye, over an open stream. It must never decide to come back, and never speak of a
 * loss that was asked for.
 */
import { type Element, xml } from '@xmpp/xml';
import { MISTATUS } from '../../../machines/index.js';
import { type Link, type LinkEvents, type Presence, TransportError } from '../../transport.js';
import { abortable, cancelled } from './abortable.js';
import { bareOf, parseAddress, sameAddress } from './address.js';
import { failureOf, publishError, Refusal, signinError } from './errors.js';
import { Hiding, type HidingFacts } from './hiding.js';
import type { Resumption } from './resumption.js';
import { entriesOf, requestOf, rosterQuery } from './roster.js';
import { clientStateNamespace, errorOf, presenceStanza, readContactPresence, readPresence } from './stanzas.js';
import type { Stream } from './stream-types.js';

/** Microtask turns between the link and its first event: more than any caller needs to get hold of the link. */
const turnsBefore = 32;

/** Who hears of a link that is over: a dropped link may be kept to be resumed, and must not keep its former listener with it. */
const nobody: LinkEvents = { lost: () => undefined, contact: () => undefined, own: () => undefined };

interface Publishing {
  resolve(): void;
  reject(error: TransportError): void;
}

/** What a link knows of its session, and the next one has to know when it goes on with it. */
interface SessionFacts extends HidingFacts {
  /** Others see us: what an INVISIBLE has to take back, and a goodbye too. */
  readonly shown: boolean;
  /** What others see is what was confirmed last: no later presence was sent whose answer is missing. */
  readonly certain: boolean;
  /** The contact list was fetched, so the server tells of changes and of presence. */
  readonly synchronized: boolean;
  /** Nobody looks at the screen, and the server knows (XEP-0352). */
  readonly inactive: boolean;
}

/** A session that can be resumed, with what is known of it. */
export interface Kept {
  readonly address: string;
  readonly resumption: Resumption;
  readonly facts: SessionFacts;
}

export interface OpenLink {
  readonly link: Link;
  /** What it takes to resume the session; undefined after a goodbye, and when the server does not keep it. */
  kept(): Kept | undefined;
}

export interface Showing {
  /** Of the presence, RFC 6121 §4.7.2.3. */
  readonly priority: number;
  /** Who sees the user also when INVISIBLE. */
  readonly chosen: readonly string[];
}

/** @param former what was known of the session that the stream goes on with; it counts only if it does */
export function createLink(stream: Stream, events: LinkEvents, { priority, chosen }: Showing, former?: SessionFacts): OpenLink {
  const { address, domain, resumed } = stream;
  const home = bareOf(address);
  const publishing = new Map<string, Publishing>();
  const before = resumed ? former : undefined;
  let { shown = false, certain = false, synchronized = false, inactive = false } = before ?? {};
  const hiding = new Hiding(stream, chosen, priority, before ?? { command: undefined, hidden: false, greeted: false });
  let lost: TransportError | undefined;
  let over = false;
  let said = false;
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
      if (stanza.is('iq')) return listed(stanza);
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

  // A resumed stream begins as active (XEP-0352 §5), but not on every server: told in either case.
  if (resumed && stream.takesClientState) stream.tell(clientState(inactive));

  function giveUp(error: TransportError): void {
    for (const each of publishing.values()) each.reject(error);
    publishing.clear();
  }
  function listed(stanza: Element): void {
    const entries = entriesOf(stanza);
    tell(() => {
      if (!over) events.roster?.(entries);
    });
  }
  function heard(stanza: Element, from: string): void {
    const request = bareOf(from) === home ? undefined : requestOf(stanza);
    const presence = bareOf(from) === home ? readPresence(stanza) : undefined;
    const contact = bareOf(from) === home ? undefined : readContactPresence(stanza);
    tell(() => {
      if (over) return;
      const { resource } = parseAddress(from);
      if (presence !== undefined) events.own({ ...(resource === '' ? {} : { device: resource }), ...presence });
      if (contact !== undefined) events.contact(contact);
      if (request !== undefined) events.request?.(request);
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

  /** Told before a presence and after it, because a server holds back what comes for somebody inactive: the answer too. */
  function tellState(isInactive: boolean): void {
    if (inactive === isInactive || !stream.takesClientState) return;
    inactive = isInactive;
    stream.tell(clientState(isInactive));
  }

  async function show(presence: Presence, id: string, signal: AbortSignal): Promise<void> {
    const visible = presence.status !== MISTATUS.INVISIBLE;
    const stanza = presenceStanza(presence, { id, priority });
    if (new TextEncoder().encode(stanza.toString()).length > stream.longestStanza) {
      throw new TransportError('statusRejected', { message: 'the server takes no presence as long as this' });
    }
    const known = { shown, certain };
    const answered = new Promise<void>((resolve, reject) => publishing.set(id, { resolve, reject }));
    // While something else is awaited nobody listens to it.
    answered.catch(() => undefined);
    tellState(false);
    certain = false;
    try {
      await (visible ? appear(stanza, answered, signal) : disappear(stanza, presence.note, answered, signal));
    } catch (error) {
      // Refused: what was seen before is seen still.
      if (lost === undefined && !over && !signal.aborted) ({ shown, certain } = known);
      throw error;
    }
    if (signal.aborted) return;
    shown = visible;
    certain = true;
    tellState(presence.idleSince !== undefined);
  }

  async function appear(stanza: Element, answered: Promise<void>, signal: AbortSignal): Promise<void> {
    await hiding.appear();
    if (signal.aborted) return;
    stream.send(stanza);
    // As long as it is not confirmed, the one before may still be seen: an INVISIBLE that got lost has to be said again.
    shown = true;
    await answered;
  }

  async function disappear(
    stanza: Element,
    note: string | undefined,
    answered: Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const isHidden = await hiding.byCommand(ping);
    if (signal.aborted) return;
    // Nothing was shown before: there is nothing to take back.
    const isSaid = shown && !isHidden;
    if (isSaid) stream.send(stanza);
    hiding.greet(note);
    // Not every server sends an unavailable presence back; the answer to a ping shows that it has got so far.
    if (!isHidden || chosen.length > 0) await Promise.race([ping(), rejectionOf(answered)]);
  }

  const link = Object.freeze<Link>({
    synchronize: (signal) =>
      onLine(signal, async () => {
        if (!synchronized) {
          const list = await stream.request(rosterQuery(), true);
          synchronized = true;
          listed(list);
        }
        // A presence whose answer was lost may have arrived: the server kept the session, but nobody knows with which presence (L23).
        return resumed && !certain ? { resumed: false, kept: true } : { resumed };
      }),
    async publish(presence, signal) {
      const id = stream.newId();
      try {
        await onLine(signal, () => show(presence, id, signal));
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
          events = nobody;
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
        said = true;
        // The same as of somebody who goes INVISIBLE, with an id: contacts must not tell the two apart.
        if (shown) stream.send(xml('presence', { id: stream.newId(), type: 'unavailable' }));
        else for (const goodbye of hiding.goodbyes()) stream.send(goodbye);
        stream.sayClosed();
      }),
    drop() {
      over = true;
      events = nobody;
      farewell?.();
      giveUp(new TransportError('lineLost', { message: 'the connection was dropped' }));
      stream.destroy();
    },
  });
  return {
    link,
    kept() {
      const resumption = said ? undefined : stream.resumption();
      return resumption && { address, resumption, facts: { shown, certain, synchronized, inactive, ...hiding.facts } };
    },
  };
}

/** XEP-0352 §4. */
function clientState(inactive: boolean): Element {
  return xml(inactive ? 'inactive' : 'active', { xmlns: clientStateNamespace });
}

/** Settles only if the other one rejects. */
function rejectionOf(promise: Promise<unknown>): Promise<never> {
  return new Promise((_, reject) => {
    promise.catch(reject);
  });
}
