/**
 * One connection of the loopback server: opening, logging on, binding, then stanzas (RFC 7395, RFC 6120, RFC 6121), with the faults that are
 * switched on. What Prosody refuses it refuses too. It must never outlive its socket, nor answer after it.
 */
import { type Element, xml } from '@xmpp/xml';
import type { WebSocket } from 'ws';
import { type LoopbackFaults, refusalOf, type Step } from './faults.js';
import { errorReply, namespaces, readdress, readFrame, streamError } from './frames.js';
import type { Guest, Hall } from './hall.js';

/** What the sessions of a server share. */
export interface House {
  readonly domain: string;
  /** Password by local part. */
  readonly users: ReadonlyMap<string, string>;
  readonly hall: Hall;
  readonly faults: Readonly<LoopbackFaults>;
  /** Longest element, in UTF-16 units. */
  readonly longest: number;
  /** Runs later on the server's clock, at once for 0; not at all if the server closes before. */
  later(ms: number, run: () => void): void;
}

export interface Session {
  /** The session as others see it; undefined before it is bound. */
  guest(): Guest | undefined;
  /** Ends with a stream error. */
  end(condition: string, text?: string): void;
  /** Cuts the socket, without a word. */
  cut(): void;
}

/** Before `<open>`; opened; logged on, before the second `<open>`; to be bound; bound; over. */
type Phase = 'fresh' | 'opened' | 'loggedOn' | 'unbound' | 'bound' | 'over';

export function createSession(socket: WebSocket, house: House): Session {
  const { domain, hall, faults } = house;
  let phase: Phase = 'fresh';
  let local = '';
  let guest: Guest | undefined;
  let mute = false;
  const queue: string[] = [];
  let busy = false;

  function send(element: Element): void {
    // A socket that is closing fails here; its end is reported by its own event.
    if (phase !== 'over') socket.send(element.toString(), () => undefined);
  }
  function leave(): void {
    phase = 'over';
    leaveHall();
  }
  function leaveHall(): void {
    const gone = guest;
    guest = undefined;
    if (gone !== undefined) hall.leave(gone);
  }
  function end(condition: string, text?: string): void {
    if (phase === 'over') return;
    if (phase === 'fresh') send(header());
    send(streamError(condition, text));
    send(xml('close', { xmlns: namespaces.framing }));
    leave();
    socket.close();
  }
  function cut(): void {
    leave();
    socket.terminate();
  }
  /** True: this is where the server was told to fall silent. */
  function silentAt(step: Step): boolean {
    if (faults.silent === step) mute = true;
    return mute;
  }

  function header(): Element {
    const version = { missing: undefined, unsupported: '2.0', none: '1.0' }[faults.version === false ? 'none' : faults.version];
    return xml('open', { xmlns: namespaces.framing, from: domain, id: crypto.randomUUID(), version, 'xml:lang': 'en' });
  }
  function opened(element: Element): void {
    if (element.attrs['to'] === undefined) return end('improper-addressing');
    if (element.attrs['to'].toLowerCase() !== domain) return end('host-unknown');
    if (silentAt('open')) return;
    send(header());
    const first = phase === 'fresh';
    phase = first ? 'opened' : 'unbound';
    if (first && faults.stream !== false) return end(faults.stream, 'staged by the loopback server');
    const offer = first
      ? xml('mechanisms', { xmlns: namespaces.sasl }, xml('mechanism', {}, 'PLAIN'))
      : xml('bind', { xmlns: namespaces.bind });
    send(xml('stream:features', { 'xmlns:stream': namespaces.streams }, offer));
  }

  function authFailure(element: Element): string | undefined {
    if (faults.auth !== false) return faults.auth;
    if (element.attrs['mechanism'] !== 'PLAIN') return 'invalid-mechanism';
    const data = element.text().trim();
    if (data === '') return 'malformed-request';
    if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(data)) return 'incorrect-encoding';
    const [identity, name, password, ...more] = Buffer.from(data, 'base64').toString('utf8').split('\0');
    if (identity === undefined || name === undefined || password === undefined || more.length > 0) return 'malformed-request';
    local = name.toLowerCase();
    if (identity !== '' && identity !== `${local}@${domain}`) return 'invalid-authzid';
    return house.users.get(local) === password ? undefined : 'not-authorized';
  }
  function auth(element: Element): void {
    if (silentAt('auth')) return;
    const failure = authFailure(element);
    if (failure !== undefined) return send(xml('failure', { xmlns: namespaces.sasl }, xml(failure)));
    send(xml('success', { xmlns: namespaces.sasl }));
    phase = 'loggedOn';
  }

  function bind(stanza: Element, request: Element): void {
    if (silentAt('bind')) return;
    if (faults.bind !== false) return send(errorReply(stanza, domain, faults.bind));
    const wish = request.getChildText('resource') ?? '';
    const resource = wish === '' ? crypto.randomUUID().slice(0, 8) : wish;
    if (Buffer.byteLength(resource) > 1023) return send(errorReply(stanza, domain, 'bad-request'));
    const user = `${local}@${domain}`;
    const address = `${user}/${resource}`;
    // Prosody's default too: the newer session stays.
    hall.find(address)?.end('conflict', 'Replaced by new connection');
    guest = { user, address, presence: undefined, directed: new Set(), send, end };
    hall.enter(guest);
    phase = 'bound';
    send(result(stanza, xml('bind', { xmlns: namespaces.bind }, xml('jid', {}, address))));
  }
  function result(stanza: Element, child?: Element): Element {
    return xml('iq', { xmlns: namespaces.client, type: 'result', id: stanza.attrs['id'], from: stanza.attrs['to'] }, child);
  }

  function roster(stanza: Element): void {
    if (silentAt('roster')) return;
    const { roster: fault, slowSync } = faults;
    house.later(slowSync, () => {
      if (fault !== false) return send(errorReply(stanza, undefined, fault));
      const items = [...house.users.keys()]
        .filter((name) => name !== local)
        .map((name) => xml('item', { jid: `${name}@${domain}`, name, subscription: 'both' }));
      send(result(stanza, xml('query', { xmlns: namespaces.roster }, items)));
    });
  }
  function iq(stanza: Element): void {
    const { type, id, to } = stanza.attrs;
    if (type === 'result' || type === 'error') return;
    const [request, ...more] = stanza.getChildElements();
    if (id === undefined || (type !== 'get' && type !== 'set') || request === undefined || more.length > 0) {
      return send(errorReply(stanza, to, 'bad-request'));
    }
    if (phase === 'unbound') {
      if (type === 'set' && request.is('bind', namespaces.bind)) return bind(stanza, request);
      return end('not-authorized', 'resource binding comes first');
    }
    const forUs = to === undefined || to === domain || to === guest?.user;
    if (forUs && type === 'get' && request.is('query', namespaces.roster)) return roster(stanza);
    if (forUs && type === 'get' && request.is('ping', namespaces.ping)) {
      if (!silentAt('ping')) send(result(stanza));
      return;
    }
    send(errorReply(stanza, to, 'service-unavailable'));
  }
  function presence(stanza: Element, from: Guest): void {
    if (silentAt('presence')) return;
    const { type, to } = stanza.attrs;
    if (type === 'error' || type === 'probe') return;
    if (type !== undefined && type !== 'unavailable') {
      // Everybody is a contact of everybody already.
      const known = ['subscribe', 'subscribed', 'unsubscribe', 'unsubscribed'].includes(type);
      return send(errorReply(stanza, to, known ? 'not-allowed' : 'bad-request'));
    }
    const condition = refusalOf(faults.presence, type ?? stanza.getChildText('show') ?? '');
    if (condition !== undefined) return send(errorReply(stanza, to, condition));
    if (to === undefined || to === from.user) hall.broadcast(from, readdress(stanza, { to: undefined }));
    else hall.direct(from, stanza, to);
  }

  function element(received: Element): void {
    if (received.is('open', namespaces.framing)) {
      if (phase === 'fresh' || phase === 'loggedOn') return opened(received);
      return end('bad-format', 'the stream is open already');
    }
    if (received.is('close', namespaces.framing)) {
      // Gone, but the socket stays open.
      if (silentAt('close')) return leaveHall();
      send(xml('close', { xmlns: namespaces.framing }));
      leave();
      return socket.close();
    }
    if (phase === 'opened' && received.is('auth', namespaces.sasl)) return auth(received);
    const isStanza = received.getNS() === namespaces.client && ['iq', 'presence', 'message'].includes(received.name);
    if (phase === 'fresh') return end('bad-format', 'the stream has not been opened');
    if (!isStanza) return end(received.getNS() === namespaces.sasl ? 'not-authorized' : 'unsupported-stanza-type');
    if (received.name === 'iq' && (phase === 'unbound' || phase === 'bound')) return iq(received);
    if (guest === undefined || phase !== 'bound') return end('not-authorized', 'stanzas come after logon and binding');
    if (received.name === 'presence') return presence(received, guest);
    if (received.attrs['type'] !== 'error') send(errorReply(received, received.attrs['to'], 'service-unavailable'));
  }

  /** One at a time, in order, each after its latency. */
  function next(): void {
    const text = queue.shift();
    if (text === undefined || phase === 'over') {
      busy = false;
      return;
    }
    busy = true;
    house.later(faults.latency, () => {
      if (phase !== 'over' && !mute) {
        const read = text.length > house.longest ? 'policy-violation' : readFrame(text);
        if (typeof read === 'string') end(read);
        else element(read);
      }
      next();
    });
  }

  socket.on('message', (data, isBinary) => {
    if (isBinary || !Buffer.isBuffer(data)) return end('bad-format', 'expected text');
    queue.push(data.toString('utf8'));
    if (!busy) next();
  });
  socket.on('close', leave);
  // A breach of the WebSocket protocol: the socket closes itself.
  socket.on('error', () => undefined);
  return { guest: () => guest, end, cut };
}
