/**
 * One XML stream from the first byte to the last: opening, TLS, logon, binding, over the library's client. What the library does by itself and we do
 * not want (reconnecting, timers, following to other hosts, SASL2, its own stream management, polite closing) is taken from it here. It must never
 * know what a status is, and never leave a socket or a timer behind.
 */
import { client } from '@xmpp/client';
import { type Element, xml } from '@xmpp/xml';
import { TransportError } from '../../transport.js';
import { cancelled } from './abortable.js';
import { isFull } from './address.js';
import { answerTo, isFromAccount, isRosterPush } from './answers.js';
import { type Failure, failureOf, isXmlError, lineError, signinError } from './errors.js';
import { limitsBeforeLogon, limitsOfRoster, limitsOnline } from './reader.js';
import { Requests } from './requests.js';
import { restrain } from './restrain.js';
import { Management, managementNamespace, resumeElement } from './resumption.js';
import { mechanismsHere, type Verifying } from './sasl.js';
import { clientStateNamespace, conditionOf } from './stanzas.js';
import type { Account, Former, Stream, StreamEvents } from './stream-types.js';
import type { Wire } from './wire.js';

const streams = 'http://etherx.jabber.org/streams';
const sasl = 'urn:ietf:params:xml:ns:xmpp-sasl';
const tls = 'urn:ietf:params:xml:ns:xmpp-tls';
const framing = 'urn:ietf:params:xml:ns:xmpp-framing';
/** XEP-0478. */
const streamLimits = 'urn:xmpp:stream-limits:0';
/** So much that the server has not taken yet is a server that does not read: UTF-16 units or bytes. */
const mostUnsent = 2 ** 22;

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
    const limits = { ...limitsBeforeLogon };
    let address = '';
    let managed = false;
    let takesClientState = false;
    /** What the server offered when it was asked to resume: taken up if it does not. */
    let offer: Element | undefined;
    let phase: 'opening' | 'open' | 'over' = 'opening';
    let loggedOn = false;
    let bound = false;
    /** Features come once after each opening of the stream: at any other time they could ask for the password again. */
    let featuresDue = false;
    let startingTls: 'no' | 'asked' | 'begun' = 'no';
    let longestStanza = Infinity;
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
      if (phase === 'over' || closing) return;
      if (wire.backlog > mostUnsent) return failWith({ kind: 'closed', message: 'the server does not read what it is told' });
      xmpp.send(stanza).catch(ignore);
    }
    /** Past the library, which would begin its own stream management with timers of its own. */
    function tell(element: Element): void {
      if (phase !== 'over' && !closing) wire.write(element.toString(), ignore);
    }
    async function request(stanza: Element, isLong = false): Promise<Element> {
      if (phase === 'over') throw ending ?? lineError({ kind: 'closed' });
      if (isLong) Object.assign(limits, limitsOfRoster);
      try {
        return await requests.ask(stanza, send);
      } finally {
        if (isLong) Object.assign(limits, limitsOnline);
      }
    }

    async function startTls(): Promise<void> {
      try {
        await wire.startTls?.();
        startingTls = 'no';
        if (phase === 'opening') await xmpp.restart();
      } catch (error) {
        failBy(error);
      }
    }

    /** Leaves of an offer what is used here. True: negotiation goes on without the library. */
    function narrow(features: Element): boolean {
      const refuse = (reason: 'unexpected' | 'tlsFailed', message: string): true => {
        fail(new TransportError(reason, { message }));
        return true;
      };
      if (!featuresDue) return refuse('unexpected', 'the server offers features out of turn');
      featuresDue = false;
      if (wire.startTls !== undefined && !wire.encrypted && !loggedOn) {
        if (features.getChild('starttls', tls) !== undefined) {
          startingTls = 'asked';
          send(xml('starttls', { xmlns: tls }));
          return true;
        }
        // Whoever sits in between may have taken the offer away (RFC 7590 §3.1).
        if (wire.mustEncrypt && !wire.secure) return refuse('tlsFailed', 'the server offers no encryption');
      }
      const longest = features.getChild('limits', streamLimits)?.getChildText('max-bytes')?.trim() ?? '';
      if (/^\d{1,15}$/.test(longest)) longestStanza = Number(longest);
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
      if (startingTls !== 'no') {
        if (startingTls === 'asked' && element.is('proceed', tls)) {
          startingTls = 'begun';
          void startTls();
        } else {
          // After `proceed` too: what comes before the handshake anybody may have slipped in.
          const message = startingTls === 'asked' ? 'the server offers TLS and then refuses it' : 'something was said in between';
          fail(new TransportError('tlsFailed', { message }));
        }
        return true;
      }
      if (element.is('features', streams)) return narrow(element);
      if (offer !== undefined && former !== undefined) return resume(offer, element, former);
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
        Object.assign(limits, limitsOnline);
      }
      return false;
    }

    // The library would answer strangers, and end on some of what a server may send (an error without a condition, an address that is none), and throw it into the socket.
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
      if (requests.answeredBy(element, own(), domain)) bound ||= loggedOn;
      else if (bound || phase === 'open') hear(element);
      else {
        try {
          pass(element);
        } catch (error) {
          failBy(error);
        }
      }
    };
    const own = (): string => address || (xmpp.jid?.toString() ?? '');
    function hear(element: Element): void {
      const reply = answerTo(element, own(), domain);
      if (reply !== undefined) send(reply);
      if (!element.is('presence') && !(isRosterPush(element) && isFromAccount(element, own()))) return;
      // Between binding and the first listener lie microtasks only: no more than what came in one piece.
      if (events === undefined) early.push(element);
      else events.stanza(element);
    }

    restrain(xmpp, wire, limits, framed, request);
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

    xmpp.on('open', (header) => {
      featuresDue = true;
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
      if (!isFull(address)) {
        fail(new TransportError('unexpected', { message: 'the server gave no address' }));
        return;
      }
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
        longestStanza,
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
