/**
 * What the XMPP tests share: a bare client that writes down what it hears, a stub server over TCP or WebSocket that says a given text at a given
 * stage, a slow road between the two, and a count of what is left open. It must never wait for time to pass.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import { statusName } from '../../machines/index.js';
import {
  type Credentials,
  type Link,
  type LinkEvents,
  type Presence,
  type Transport,
  TransportError,
} from '../../src/transport.js';
import { type XmppOptions, xmppTransport } from '../../src/transports/xmpp/index.js';

export const live = new AbortController().signal;

/** A bare client: what it heard, and the steps of a sign-in. */
export function client(name: string, options: XmppOptions, password = 'secret') {
  const transport = xmppTransport(options);
  const heard: string[] = [];
  const waiting: { readonly text: string; readonly found: () => void }[] = [];
  const hear = (text: string): void => {
    heard.push(text);
    for (const each of waiting) if (text.startsWith(each.text)) each.found();
  };
  const events: LinkEvents = {
    lost: (error) => hear(`lost ${error.reason}`),
    contact: ({ name: who, status, note }) => hear([who, statusName(status), ...(note ? [note] : [])].join(' ')),
    own: ({ device, status }) => hear(`own ${device} ${statusName(status)}`),
  };
  async function open(signal = live, extra: Partial<Credentials> = { password }): Promise<Link> {
    return transport.connect(await transport.findServer({ name }, signal), { name, ...extra }, events, signal);
  }
  async function online(status: Presence['status'] = 2, signal = live): Promise<Link> {
    const link = await open(signal);
    await link.synchronize(signal);
    await link.publish({ status }, signal);
    return link;
  }
  /** Resolves when something that begins so has been or will be heard. */
  function hears(text: string): Promise<void> {
    if (heard.some((each) => each.startsWith(text))) return Promise.resolve();
    return new Promise((found) => waiting.push({ text, found }));
  }
  return { transport: transport satisfies Transport, heard, events, open, online, hears };
}

/** `ok`, the reason, or what else was thrown. */
export async function outcome(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'ok',
    (error: unknown) => (TransportError.is(error) ? error.reason : error),
  );
}

export type Stage =
  'upgrade' | 'open' | 'auth' | 'reopen' | 'bind' | 'disco' | 'roster' | 'command' | 'presence' | 'ping' | 'close';
/** What to say at a stage in place of the right answer: text (`ID` becomes the request's id), the end of the socket, or nothing. */
export type Saying = string | { readonly cut: true } | { readonly silent: true };
export type Play = Partial<Record<Stage, Saying>>;

export interface Stub {
  /** Its address, to sign in at. */
  readonly service: string;
  readonly port: number;
  /** Open connections. */
  connections(): number;
  /** All that clients said, one entry per message or packet. */
  readonly said: readonly string[];
  /** Says something to everybody connected. */
  say(text: string | Buffer): void;
  /** Resolves when nobody is connected. */
  empty(): Promise<void>;
  close(): Promise<void>;
}

const features = (inner: string): string =>
  `<stream:features xmlns:stream='http://etherx.jabber.org/streams'>${inner}</stream:features>`;
const mechanisms = features(`<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>`);
const bindOffer = features(`<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>`);
export const header = (kind: 'ws' | 'tcp', version = `version='1.0'`): string =>
  kind === 'ws'
    ? `<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' from='localhost' id='1' ${version}/>`
    : `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' from='localhost' id='1' ${version}>`;
export const streamError = (condition: string, text = ''): string =>
  `<stream:error xmlns:stream='http://etherx.jabber.org/streams'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'>${text}</${condition}></stream:error>`;
export const saslFailure = (condition: string): string =>
  `<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><${condition}/></failure>`;
export const stanzaError = (name: 'iq' | 'presence', condition: string, from = ''): string =>
  `<${name} xmlns='jabber:client' type='error' id='ID' ${from}><error type='cancel'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></${name}>`;
const answer = (inner: string, from = ''): string => `<iq xmlns='jabber:client' type='result' id='ID' ${from}>${inner}</iq>`;

/** The right answers. Between messages: a line feed, which WebSocket frames are cut at. */
function rightAnswers(kind: 'ws' | 'tcp'): Record<Exclude<Stage, 'upgrade'>, string> {
  const bound = `<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>alice@localhost/here</jid></bind>`;
  return {
    open: `${header(kind)}\n${mechanisms}`,
    auth: `<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>`,
    reopen: `${header(kind)}\n${bindOffer}`,
    bind: answer(bound),
    disco: answer(
      `<query xmlns='http://jabber.org/protocol/disco#info'><feature var='urn:xmpp:ping'/></query>`,
      `from='localhost'`,
    ),
    roster: answer(`<query xmlns='jabber:iq:roster'/>`),
    command: stanzaError('iq', 'service-unavailable'),
    presence: `<presence xmlns='jabber:client' from='alice@localhost/here' to='alice@localhost/here' id='ID'/>`,
    ping: answer('', `from='localhost'`),
    close: kind === 'ws' ? `<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>` : '</stream:stream>',
  };
}

function stageOf(text: string, opened: number): Exclude<Stage, 'upgrade'> | undefined {
  if (/<open |<stream:stream /.test(text)) return opened === 0 ? 'open' : 'reopen';
  if (text.includes('xmpp-bind')) return 'bind';
  if (text.includes('<auth ')) return 'auth';
  if (text.includes('disco#info')) return 'disco';
  if (text.includes('urn:xmpp:invisible')) return 'command';
  if (text.includes('jabber:iq:roster')) return 'roster';
  if (text.includes('urn:xmpp:ping')) return 'ping';
  if (text.includes('<presence')) return 'presence';
  return /<close |<\/stream:stream>/.test(text) ? 'close' : undefined;
}

/**
 * A server that knows one conversation by heart, but for what `play` says.
 * @param reached hears of each stage before it is answered
 */
export async function startStub(
  kind: 'ws' | 'tcp',
  play: Play = {},
  reached?: (stage: Stage) => void,
  host = '127.0.0.1',
): Promise<Stub> {
  const right = rightAnswers(kind);
  const sockets = new Set<Socket>();
  const voices = new Set<(text: string | Buffer) => void>();
  const said: string[] = [];
  let emptied: (() => void) | undefined;

  function converse(say: (text: string) => void, cut: () => void): (text: string) => void {
    let opened = 0;
    return (text) => {
      said.push(text);
      const stage = stageOf(text, opened);
      if (stage === undefined) return;
      if (stage === 'open') opened = 1;
      reached?.(stage);
      const saying = play[stage] ?? right[stage];
      const id = /\bid=["']([^"']+)["']/.exec(text)?.[1] ?? '';
      if (typeof saying === 'string') say(saying.replaceAll('ID', id));
      else if ('cut' in saying) cut();
    };
  }

  const server: Server = createServer();
  if (kind === 'tcp') {
    server.on('connection', (socket) => {
      const say = (text: string | Buffer): void => void socket.write(text);
      voices.add(say);
      const hear = converse(say, () => socket.destroy());
      // One packet may hold several elements, and end within a tag.
      let rest = '';
      socket.setEncoding('utf8').on('data', (packet: string) => {
        const text = rest + packet;
        const end = text.lastIndexOf('>') + 1;
        rest = text.slice(end);
        if (end > 0)
          text
            .slice(0, end)
            .split(/(?<=>)(?=<(?:presence|iq|\/stream))/)
            .forEach(hear);
      });
      socket.on('close', () => voices.delete(say));
    });
  } else {
    const http = await import('node:http');
    const web = http.createServer();
    const webSockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'xmpp' });
    web.on('upgrade', (request, socket, head) => {
      reached?.('upgrade');
      const upgrade = play.upgrade;
      if (typeof upgrade === 'string') return void socket.end(upgrade);
      if (upgrade !== undefined) return void ('cut' in upgrade && socket.destroy());
      webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        const say = (text: string | Buffer): void => {
          for (const line of text.toString().split('\n')) webSocket.send(line);
        };
        voices.add(say);
        const hear = converse(say, () => webSocket.terminate());
        webSocket.on('message', (data) => hear((data as Buffer).toString('utf8')));
        webSocket.on('close', () => voices.delete(say)).on('error', () => undefined);
      });
    });
    server.on('connection', (socket) => web.emit('connection', socket));
  }
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) emptied?.();
    });
  });
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    service: kind === 'ws' ? `ws://127.0.0.1:${port}/xmpp` : `xmpp://127.0.0.1:${port}`,
    port,
    connections: () => sockets.size,
    said,
    say: (text) => {
      for (const voice of voices) voice(text);
    },
    empty: () => (sockets.size === 0 ? Promise.resolve() : new Promise((resolve) => (emptied = resolve))),
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Runs `work` with a stub, and takes the stub away. */
export async function withStub<T>(kind: 'ws' | 'tcp', play: Play, work: (stub: Stub) => Promise<T>): Promise<T> {
  const stub = await startStub(kind, play);
  try {
    return await work(stub);
  } finally {
    await stub.close();
  }
}

/** A road to a port of this machine on which everything takes `delay` ms longer, each way. */
export async function slowRoad(port: number, delay: number) {
  const ends = new Set<Socket>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const later = (run: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      run();
    }, delay);
    timers.add(timer);
  };
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(from);
      from.on('data', (data) => later(() => to.write(data)));
      from.on('error', () => undefined);
      from.on('close', () => {
        ends.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    /** Open sockets on either side. */
    ends: () => ends.size,
    async close() {
      for (const timer of timers) clearTimeout(timer);
      const closed = once(server, 'close');
      server.close();
      for (const end of ends) end.destroy();
      await closed;
    },
  };
}

/** Sockets, servers and look-ups that keep this process alive, by kind and number. */
export function handles(): Record<string, number> {
  const count: Record<string, number> = {};
  // The test runner has pipes, files and timers of its own; the timers of what is tested are counted by `watchTimers`.
  for (const kind of process.getActiveResourcesInfo()) {
    if (/TCP|TLS|Addr|Query/.test(kind)) count[kind] = (count[kind] ?? 0) + 1;
  }
  return count;
}

/** What is there more than there was; less may be there, when something older has gone meanwhile. */
export function moreThan(before: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(handles()).filter(([kind, count]) => count > (before[kind] ?? 0)));
}

/** Counts the timers that anything but Node.js itself arms from now on, libraries included. */
export function watchTimers() {
  const armed = new Set<unknown>();
  const { setTimeout: set, clearTimeout: clear, setInterval: repeat } = globalThis;
  globalThis.setTimeout = ((run: (...values: unknown[]) => void, ms?: number, ...values: unknown[]) => {
    const timer = set(() => {
      armed.delete(timer);
      run(...values);
    }, ms);
    armed.add(timer);
    return timer;
  }) as typeof setTimeout;
  globalThis.clearTimeout = (timer) => {
    armed.delete(timer);
    clear(timer);
  };
  globalThis.setInterval = (run: () => void, ms?: number) => {
    const timer = repeat(run, ms);
    armed.add(timer);
    return timer;
  };
  return {
    armed: () => armed.size,
    restore: () => Object.assign(globalThis, { setTimeout: set, clearTimeout: clear, setInterval: repeat }),
  };
}

/** Lets what has been closed go: a few turns of the event loop. */
export async function turns(count = 10): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}
