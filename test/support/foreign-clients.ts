/**
 * Two XMPP clients by other people, brought to one shape: sign in, show a status, hear of others, sign out. They witness that our stanzas and our
 * loopback server are XMPP and not a dialect of our own; so nothing of ours may be used here.
 */
import { createClient } from 'stanza';
import { Strophe, $iq, $pres } from 'strophe.js';

export interface ForeignClient {
  /** `bob@localhost away (note)`, `bob@localhost unavailable`. */
  readonly heard: readonly string[];
  /** Resolves when something that begins so has been heard; nothing before `from` counts. */
  hears(text: string, from?: number): Promise<void>;
  /** All that the server has sent, as it came. */
  readonly raw: readonly string[];
  show(show: string, note?: string): void;
  /** Asks a device for a sign of life (XEP-0199); the answer comes in `raw`, under this id. */
  ask(address: string, id: string): void;
  /** Asks to see somebody's presence. */
  subscribe(address: string, note: string): void;
  signOut(): Promise<void>;
}
export type SignIn = (service: string, address: string, password: string) => Promise<ForeignClient>;

// What is used of the browser's class: its types are not part of this project.
interface DomElement {
  readonly textContent: string | null;
  getAttribute(name: string): string | null;
  getElementsByTagName(name: string): ArrayLike<DomElement>;
}
// It writes everything to the console otherwise.
Strophe.setLogLevel(Strophe.LogLevel.FATAL);

function memory() {
  const heard: string[] = [];
  const waiting = new Set<() => void>();
  return {
    heard,
    hear(from: string, show: string, note: string): void {
      heard.push([from.replace(/\/.*/, ''), show, ...(note === '' ? [] : [`(${note})`])].join(' '));
      for (const look of waiting) look();
    },
    hears(text: string, from = 0): Promise<void> {
      return new Promise((found) => {
        const look = (): void => {
          if (!heard.slice(from).some((each) => each.startsWith(text))) return;
          waiting.delete(look);
          found();
        };
        waiting.add(look);
        look();
      });
    },
  };
}

/** stanza.io's client. Rejects with `auth` when the password is refused, with `closed` when the connection ends. */
export const stanza: SignIn = async (service, address, password) => {
  const { hear, hears, heard } = memory();
  const agent = createClient({ jid: address, password, transports: { websocket: service, bosh: false }, autoReconnect: false });
  agent.on('presence', ({ from, show, type, status }) => {
    // It answers its own presence too.
    if (!from.startsWith(`${address}/`)) hear(from, type ?? show ?? 'available', status ?? '');
  });
  const raw: string[] = [];
  agent.on('raw:incoming', (text) => void raw.push(text));
  agent.on('unavailable', ({ from, status }) => hear(from, 'unavailable', status ?? ''));
  const gone = new Promise<void>((resolve) => agent.on('disconnected', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    agent.on('session:started', () => resolve());
    agent.on('auth:failed', () => reject(new Error('auth')));
    agent.on('disconnected', () => reject(new Error('closed')));
    agent.connect();
  });
  await agent.getRoster();
  agent.sendPresence();
  return {
    heard,
    hears,
    raw,
    // Refusals come in `raw` too.
    ask: (address, id) => void agent.sendIQ({ to: address, type: 'get', id, ping: true }).catch(() => undefined),
    subscribe: (address, note) => void agent.sendPresence({ to: address, type: 'subscribe', status: note }),
    show: (show, note) => void agent.sendPresence({ show: show as 'away', ...(note === undefined ? {} : { status: note }) }),
    async signOut() {
      agent.disconnect();
      await gone;
    },
  };
};

/** Strophe. Rejects with `auth` or `closed` as above. */
export const strophe: SignIn = async (service, address, password) => {
  const { hear, hears, heard } = memory();
  const connection = new Strophe.Connection(service);
  const raw: string[] = [];
  connection.rawInput = (text: string) => void raw.push(text);
  connection.addHandler(
    (element: DomElement) => {
      const text = (name: string): string => element.getElementsByTagName(name)[0]?.textContent ?? '';
      const from = element.getAttribute('from') ?? '';
      if (!from.startsWith(`${address}/`))
        hear(from, element.getAttribute('type') ?? (text('show') || 'available'), text('status'));
      return true;
    },
    null,
    'presence',
    null,
    null,
    null,
  );
  let gone: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (gone = resolve));
  await new Promise<void>((resolve, reject) => {
    connection.connect(address, password, (status: number) => {
      if (status === Strophe.Status.CONNECTED) resolve();
      if (status === Strophe.Status.AUTHFAIL) reject(new Error('auth'));
      if (status === Strophe.Status.CONNFAIL) reject(new Error('closed'));
      if (status === Strophe.Status.DISCONNECTED) gone();
    });
  });
  connection.send($pres());
  return {
    heard,
    hears,
    raw,
    ask: (address, id) => connection.send($iq({ to: address, type: 'get', id }).c('ping', { xmlns: 'urn:xmpp:ping' })),
    subscribe: (address, note) => connection.send($pres({ to: address, type: 'subscribe' }).c('status').t(note)),
    show(show, note = '') {
      const stanza = $pres().c('show').t(show).up();
      connection.send(note === '' ? stanza : stanza.c('status').t(note));
    },
    async signOut() {
      connection.disconnect('done');
      await ended;
    },
  };
};
