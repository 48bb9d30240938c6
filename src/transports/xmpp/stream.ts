/**
 * One XML stream from the first byte to the last: opening, TLS, logon, binding, over the library's client. What the library does by itself and we do
 * not want (reconnecting, timers, following to other hosts, SASL2, its own stream management, polite closing) is taken from it here. It must never
 * know what a status is, and never leave a socket or a timer behind.
 */
import { client } from '@xmpp/client';
import { type Element, xml } from '@xmpp/xml';
import { TransportError } from '../../transport.js';
import { cancelled } from './abortable.js';
import { type Failure, failureOf, isXmlError, lineError, signinError } from './errors.js';
import { Requests } from './requests.js';
import { restrain } from './restrain.js';
import { Management, managementNamespace, resumeElement, type Resumption } from './resumption.js';
import { mechanismsHere, type Verifying } from './sasl.js';
import { clientStateNamespace, conditionOf } from './stanzas.js';
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

/** A session whose stream has ended, and that the server may still keep. */
export interface Former {
  readonly address: string;
  readonly resumption: Resumption;
  /** It cannot be resumed, or not worth another try. */
  forget(): void;
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
  /** The former session goes on, with its presence. */
  readonly resumed: boolean;
  /** The server wants to know whether anybody looks at the screen (XEP-0352). */
  readonly takesClientState: boolean;
  /** What it takes to go on with this session on another stream; undefined when it ended for good, or the server does not keep it. */
  resumption(): Resumption | undefined;
  /** From now on; what came before is told now. */
  listen(events: StreamEvents): void;
  send(stanza: Element): void;
  /** Sends what is no stanza: it is not counted. */
  tell(element: Element): void;
  /** The answer to an iq; rejects with a Refusal, or with a TransportError when the stream ends before. */
  request(stanza: Element): Promise<Element>;
  newId(): string;
  /** Closes our side of the stream; nothing can be sent after it. */
  sayClosed(): void;
  destroy(): void;
}

const ignore = (): void => undefined;

/**
 * Opens a stream over a wire that has not been connected.
 * @param service the address, as the library wants it
 * @param former a session to go on with, if the server lets us; otherwise it is a new one
 * @returns rejects with a TransportError; the wire is destroyed by then
 */
export function openStream(wire: Wire, service: string, account: Account, signal: AbortSignal, former?: Former): Promise<Stream> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(cancelled(signal));
    const { domain } = account;
    const framed = /^wss?:/.test(service);
    const requests = new Requests();
    const management = new Management();
    const early: Element[] = [];
    const known = mechanismsHere();
    let address = '';
    let managed = false;
    let takesClientState = false;
    /** What the server offered when it was asked to resume: taken up if it does not. */
    let offer: Element | undefined;
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
      requests.giveUp(error);
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
      // A server that is silent when asked to resume must not be asked for ever.
      if (offer !== undefined) former?.forget();
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
    /** Past the library, which would begin its own stream management with timers of its own. */
    function tell(element: Element): void {
      if (phase !== 'over' && !closing) wire.write(element.toString(), ignore);
    }
    function request(stanza: Element): Promise<Element> {
      if (phase === 'over') return Promise.reject(ending ?? lineError({ kind: 'closed' }));
      return requests.ask(stanza, send);
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
      if (loggedOn) {
        managed = features.getChild('sm', managementNamespace) !== undefined;
        takesClientState = features.getChild('csi', clientStateNamespace) !== undefined;
      }
      features.children = [wanted];
      if (!managed || former === undefined) return false;
      offer = features;
      tell(resumeElement(former.resumption));
      return true;
    }

    /** The server's answer to the wish to resume. */
    function resume(features: Element, element: Element, before: Former): boolean {
      if (element.is('resumed', managementNamespace)) {
        const again = management.resumed(before.resumption, element);
        if (again === undefined) {
          before.forget();
          fail(new TransportError('unexpected', { message: 'the server resumed what was never lost' }));
          return true;
        }
        address = before.address;
        opened(true);
        for (const stanza of again) send(stanza);
        return true;
      }
      if (!element.is('failed', managementNamespace)) return false;
      before.forget();
      offer = undefined;
      pass(features);
      return true;
    }

    /** True: it was dealt with. */
    function negotiate(element: Element): boolean {
      if (element.is('features', streams)) return narrow(element);
      if (offer !== undefined && former !== undefined) return resume(offer, element, former);
      if (startingTls) {
        if (element.is('proceed', tls)) void startTls();
        else fail(new TransportError('tlsFailed', { message: 'the server offers TLS and then refuses it' }));
        return true;
      }
      if (element.is('failure', sasl)) {
        failWith({ kind: 'sasl', ...conditionOf(element, 'not-authorized') });
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
        if (offer !== undefined) former?.forget();
        return failWith({ kind: 'stream', ...conditionOf(element) });
      }
      if (phase === 'opening' && negotiate(element)) return;
      const duty = management.heard(element);
      if (duty === 'broken') return failWith({ kind: 'closed', message: 'the server acknowledged what was never sent' });
      if (duty !== undefined) tell(duty.say);
      // Nor must the library hear of it.
      if (element.getNS() === managementNamespace) return;
      if (requests.answeredBy(element, address || (xmpp.jid?.toString() ?? ''), domain)) return;
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
    // The library answers requests of others by itself; those answers count too.
    const write = xmpp.send.bind(xmpp);
    xmpp.send = (element) => {
      const done = write(element);
      const say = management.sent(element);
      if (say !== undefined) tell(say);
      return done;
    };
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
      address = xmpp.jid?.toString() ?? '';
      opened(false);
      // Not waited for: the server reads in order, and what it answers first says when its counting began.
      if (managed) tell(management.enable());
    });
    function opened(resumed: boolean): void {
      offer = undefined;
      // Kept no longer than opening takes: each session would keep the one before it.
      former = undefined;
      phase = 'open';
      signal.removeEventListener('abort', abort);
      resolve({
        address,
        domain,
        resumed,
        takesClientState,
        resumption: () => (closing ? undefined : management.resumption),
        listen(listener) {
          events = listener;
          for (const stanza of early.splice(0)) listener.stanza(stanza);
          if (ending !== undefined) listener.ended(ending);
        },
        send,
        tell,
        request,
        newId: () => requests.newId(),
        sayClosed() {
          if (phase === 'over' || closing) return;
          const { lastWord } = management;
          if (lastWord !== undefined) tell(lastWord);
          closing = true;
          wire.write(framed ? `<close xmlns="${framing}"/>` : '</stream:stream>', ignore);
        },
        destroy,
      });
    }

    signal.addEventListener('abort', abort, { once: true });
    // Not `start()`: when opening fails, that leaves a second promise rejected which nobody can catch.
    (async () => {
      await xmpp.connect(service);
      if (phase === 'opening') await xmpp.open({ domain });
    })().catch(failBy);
  });
}
