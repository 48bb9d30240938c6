/**
 * One XML stream from the first byte to the last: opening, TLS, logon, binding, over the library's client. What the library does by itself and we do
 * not want (reconnecting, timers, following to other hosts, SASL2, stream management, polite closing) is taken from it here. It must never
 * know what a status is, and never leave a socket or a timer behind.
 */
import { client } from '@xmpp/client';
import { type Element, xml } from '@xmpp/xml';
import { TransportError } from '../../transport.js';
import { bareOf, sameAddress } from './address.js';
import { cancelled } from './abortable.js';
import { type Failure, failureOf, isXmlError, lineError, Refusal, signinError } from './errors.js';
import { restrain } from './restrain.js';
import { mechanismsHere, type Verifying } from './sasl.js';
import { errorOf } from './stanzas.js';
import type { Wire } from './wire.js';

const streams = 'http://etherx.jabber.org/streams';
const sasl = 'urn:ietf:params:xml:ns:xmpp-sasl';
const tls = 'urn:ietf:params:xml:ns:xmpp-tls';
const framing = 'urn:ietf:params:xml:ns:xmpp-framing';

/** Who logs on where. */
export interface Account {
  readonly username: string;
  readonly domain: string;
  readonly password: string;
  readonly resource?: string;
}

/** What an open stream tells. */
export interface StreamEvents {
  /** Any stanza but the answers to `request`. */
  stanza(stanza: Element): void;
  /** It is over, once, and not by `destroy`. */
  ended(error: TransportError): void;
}

/** An open stream, logged on and bound. */
export interface Stream {
  /** The full address that the server gave. */
  readonly address: string;
  readonly domain: string;
  /** From now on; what came before is told now. */
  listen(events: StreamEvents): void;
  send(stanza: Element): void;
  /** The answer to an iq; rejects with a Refusal, or with a TransportError when the stream ends before. */
  request(stanza: Element): Promise<Element>;
  newId(): string;
  /** Closes our side of the stream; nothing can be sent after it. */
  sayClosed(): void;
  destroy(): void;
}

interface Waiting {
  readonly to: string | undefined;
  resolve(answer: Element): void;
  reject(error: Error): void;
}

const ignore = (): void => undefined;

/**
 * Opens a stream over a wire that has not been connected.
 * @param service the address, as the library wants it
 * @returns rejects with a TransportError; the wire is destroyed by then
 */
export function openStream(wire: Wire, service: string, account: Account, signal: AbortSignal): Promise<Stream> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(cancelled(signal));
    const { domain } = account;
    const framed = /^wss?:/.test(service);
    const waiting = new Map<string, Waiting>();
    const early: Element[] = [];
    const known = mechanismsHere();
    const prefix = crypto.randomUUID().slice(0, 8);
    let lastId = 0;
    let phase: 'opening' | 'open' | 'over' = 'opening';
    let loggedOn = false;
    let startingTls = false;
    let closing = false;
    let mechanism: Verifying | undefined;
    let events: StreamEvents | undefined;
    let ending: TransportError | undefined;

    const xmpp = client({
      service,
      domain,
      ...(account.resource === undefined ? {} : { resource: account.resource }),
      // Given, because the library would make one up with an API that plain http pages lack.
      userAgent: xml('user-agent'),
      credentials: async (authenticate, offered) => {
        const name = offered.find((each) => each !== 'PLAIN' || wire.secure);
        if (name === undefined) {
          const message = 'the server takes the password in clear text only, and the line is not encrypted';
          throw new TransportError('versionMismatch', { message });
        }
        await authenticate({ username: account.username, password: account.password }, name);
      },
    });

    function over(): void {
      phase = 'over';
      signal.removeEventListener('abort', abort);
      wire.destroy();
    }
    function fail(error: TransportError): void {
      const before = phase;
      if (before === 'over') return;
      over();
      for (const each of waiting.values()) each.reject(error);
      waiting.clear();
      if (before === 'opening') return reject(error);
      if (events === undefined) ending = error;
      else events.ended(error);
    }
    function failWith(failure: Failure): void {
      fail(phase === 'opening' ? signinError(failure) : lineError(failure));
    }
    function failBy(thrown: unknown): void {
      if (TransportError.is(thrown)) fail(thrown);
      else failWith(failureOf(thrown, wire.opened));
    }
    function abort(): void {
      fail(cancelled(signal));
    }
    function destroy(): void {
      if (phase === 'over') return;
      events = undefined;
      fail(lineError({ kind: 'closed', message: 'the connection was dropped' }));
    }

    function send(stanza: Element): void {
      // Whether it arrived shows in what comes back; a broken wire says so itself.
      if (phase !== 'over' && !closing) xmpp.send(stanza).catch(ignore);
    }
    function request(stanza: Element): Promise<Element> {
      return new Promise((answered, refused) => {
        if (phase === 'over') return refused(ending ?? lineError({ kind: 'closed' }));
        const id = (stanza.attrs['id'] ??= newId());
        waiting.set(id, { to: stanza.attrs['to'], resolve: answered, reject: refused });
        send(stanza);
      });
    }
    function newId(): string {
      lastId += 1;
      return `${prefix}-${lastId}`;
    }

    /** True when it was the answer to a request of ours. */
    function isAnswer(stanza: Element): boolean {
      const { id = '', type, from } = stanza.attrs;
      const request = waiting.get(id);
      if (!stanza.is('iq') || (type !== 'result' && type !== 'error') || request === undefined) return false;
      const own = xmpp.jid?.toString() ?? '';
      const asked = request.to === undefined ? [bareOf(own), own, domain] : [request.to];
      // Others can send an iq with any id: only the one who was asked can answer (RFC 6120 §8.1.2.1).
      if (from !== undefined && !asked.some((address) => address !== '' && sameAddress(address, from))) return false;
      waiting.delete(id);
      const { condition, text } = errorOf(stanza);
      if (type === 'result') request.resolve(stanza);
      else request.reject(new Refusal(condition, text));
      return true;
    }

    async function startTls(): Promise<void> {
      try {
        await wire.startTls?.();
        startingTls = false;
        if (phase === 'opening') await xmpp.restart();
      } catch (error) {
        failBy(error);
      }
    }

    /** Leaves of an offer what is used here. True: negotiation goes on without the library. */
    function narrow(features: Element): boolean {
      const mayEncrypt = wire.startTls !== undefined && !wire.encrypted && features.getChild('starttls', tls) !== undefined;
      if (mayEncrypt) {
        startingTls = true;
        send(xml('starttls', { xmlns: tls }));
        return true;
      }
      const wanted = loggedOn ? features.getChild('bind') : features.getChild('mechanisms', sasl);
      const offered = wanted?.getChildren('mechanism').map((child) => child.text()) ?? [];
      if (wanted === undefined || (!loggedOn && !known.some(({ name }) => offered.includes(name)))) {
        const message = `the server offers no ${loggedOn ? 'resource binding' : 'way to log on that is known here'}`;
        fail(new TransportError('versionMismatch', { message }));
        return true;
      }
      features.children = [wanted];
      return false;
    }

    /** True: it was dealt with. */
    function negotiate(element: Element): boolean {
      if (element.is('features', streams)) return narrow(element);
      if (startingTls) {
        if (element.is('proceed', tls)) void startTls();
        else fail(new TransportError('tlsFailed', { message: 'the server offers TLS and then refuses it' }));
        return true;
      }
      if (element.is('failure', sasl)) {
        const children = element.getChildElements();
        const condition = children.find((child) => child.getName() !== 'text')?.getName() ?? 'not-authorized';
        const text = children.find((child) => child.getName() === 'text')?.text() ?? '';
        failWith({ kind: 'sasl', condition, text });
        return true;
      }
      if (element.is('success', sasl)) {
        const data = element.text().trim();
        // RFC 6120 §6.4.2: `=` is data of no length.
        if (mechanism?.proves(data === '=' ? '' : atob(data)) !== true) {
          fail(new TransportError('unexpected', { message: 'the server could not prove that it knows the password' }));
          return true;
        }
        loggedOn = true;
      }
      return false;
    }

    // The library would end on some of what a server may send (an error without a condition, an address that is none), and throw it into the socket.
    const pass = xmpp._onElement.bind(xmpp);
    xmpp._onElement = (element) => {
      if (phase === 'over') return;
      if (element.is('error', streams)) {
        const children = element.getChildElements();
        const condition = children.find((child) => child.getName() !== 'text')?.getName() ?? 'undefined-condition';
        const text = children.find((child) => child.getName() === 'text')?.text() ?? '';
        return failWith({ kind: 'stream', condition, text });
      }
      if (phase === 'opening' && negotiate(element)) return;
      if (isAnswer(element)) return;
      try {
        pass(element);
      } catch (error) {
        if (phase === 'opening') failBy(error);
      }
      if (!element.is('presence')) return;
      if (events === undefined) early.push(element);
      else events.stanza(element);
    };

    restrain(xmpp, wire, request);
    xmpp.saslFactory._mechs.length = 0;
    for (const { name, make } of known) {
      // Called with `new`, which takes the object that it returns.
      xmpp.saslFactory.use(name, function begin() {
        mechanism = make();
        return mechanism;
      });
    }
    // Changes of the contact list are acknowledged (RFC 6121 §2.1.6).
    xmpp.iqCallee.set('jabber:iq:roster', 'query', () => ({}));

    xmpp.on('open', (header) => {
      if (/^1(?:\.|$)/.test(header.attrs['version'] ?? '')) return;
      const message = `the server speaks XMPP ${header.attrs['version'] ?? 'of before 1.0'}, not 1.0`;
      if (phase === 'opening') fail(new TransportError('versionMismatch', { message }));
    });
    xmpp.on('error', (error) => {
      // Online, only what breaks the stream ends it; the library also reports here what it could not answer.
      if (phase === 'opening' || isXmlError(error)) failBy(error);
    });
    xmpp.on('close', () => failWith({ kind: 'closed', message: 'the server closed the stream' }));
    wire.addListener('error', failBy);
    wire.addListener('close', () => failWith({ kind: 'closed' }));
    xmpp.on('online', () => {
      if (phase !== 'opening') return;
      phase = 'open';
      signal.removeEventListener('abort', abort);
      resolve({
        address: xmpp.jid?.toString() ?? '',
        domain,
        listen(listener) {
          events = listener;
          for (const stanza of early.splice(0)) listener.stanza(stanza);
          if (ending !== undefined) listener.ended(ending);
        },
        send,
        request,
        newId,
        sayClosed() {
          if (phase === 'over' || closing) return;
          closing = true;
          wire.write(framed ? `<close xmlns="${framing}"/>` : '</stream:stream>', ignore);
        },
        destroy,
      });
    });

    signal.addEventListener('abort', abort, { once: true });
    // Not `start()`: when opening fails, that leaves a second promise rejected which nobody can catch.
    (async () => {
      await xmpp.connect(service);
      if (phase === 'opening') await xmpp.open({ domain });
    })().catch(failBy);
  });
}
