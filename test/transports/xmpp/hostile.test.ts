/**
 * Servers with bad intentions, over TCP and WebSocket, with a whole service as the client: whatever they send, the event loop keeps turning, memory stays
 * bounded, the last notice has a code, and `dispose()` works. The server is a process of its own: what it holds does not count.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createPresenceService,
  type Notice,
  type PolicyOptions,
  type PresenceService,
  resultName,
  statusName,
} from '../../../src/index.js';
import { openStream } from '../../../src/transports/xmpp/stream.js';
import { Wire } from '../../../src/transports/xmpp/wire.js';
import { xmppTransport } from '../../../src/transports/xmpp/index.js';
import type { Attack } from '../../support/hostile-server.js';
import { handles, header, live, moreThan, outcome, type Play, startStub, turns } from '../../support/xmpp.js';

let enemy: ChildProcess;
/** One order at a time; resolves with what it answers when it is done. */
async function order(attack: Attack): Promise<unknown> {
  const answer = once(enemy, 'message') as Promise<[{ readonly answer: unknown }]>;
  enemy.send(attack);
  const [{ answer: said }] = await answer;
  return said;
}

const quick: PolicyOptions = {
  retry: { base: 60_000, firstSpread: 60_000, cap: 60_000 },
};
let service: PresenceService | undefined;

/** Signs in there. `told`: notices as `OnSignin MSGR_E_UNEXPECTED unexpected`, `OFFLINE lineLost`. */
async function visit(kind: 'ws' | 'tcp', play: Play, policy: PolicyOptions = {}) {
  const address = (await order({ do: 'start', kind, play })) as string;
  const visitor = createPresenceService({
    transport: xmppTransport({ service: address, resource: 'here' }),
    policy: { ...quick, ...policy },
    random: () => 0.5,
  });
  service = visitor;
  const told: string[] = [];
  let look = (): void => undefined;
  visitor.on('*', (notice: Notice) => {
    if (notice.type === 'OnSignin') told.push(`OnSignin ${resultName(notice.hr)} ${notice.reason}`);
    if (notice.type === 'OnMyStatusChange') told.push(`${statusName(notice.mMyStatus)} ${notice.reason}`);
    look();
  });
  const tells = (text: string): Promise<void> =>
    new Promise((found) => {
      look = () => {
        if (told.includes(text)) found();
      };
      look();
    });
  visitor.signin({ name: 'alice@localhost', password: 'secret' });
  return { visitor, told, tells };
}

const mebibyte = 2 ** 20;
const held = (): number => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;

/** What the event loop and the memory went through while something was awaited. */
async function watched(work: Promise<unknown>) {
  const before = held();
  let [peak, rounds, done] = [before, 0, false];
  const watching = (async () => {
    while (!done) {
      rounds += 1;
      peak = Math.max(peak, held());
      await new Promise((next) => setImmediate(next));
    }
  })();
  await work;
  done = true;
  await watching;
  return { grown: (peak - before) / mebibyte, rounds };
}

const before = handles();
beforeAll(async () => {
  const execArgv = ['--import', 'tsx'];
  enemy = fork('test/support/hostile-server.ts', { execArgv, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  await once(enemy, 'spawn');
}, 30_000);
afterEach(async () => {
  const disposed = await service?.dispose();
  service = undefined;
  await order({ do: 'stop' });
  expect(disposed).toBeUndefined();
});
afterAll(async () => {
  const ended = once(enemy, 'exit');
  enemy.disconnect();
  await ended;
  await turns(50);
  expect(moreThan(before)).toEqual({});
});

const streams = `xmlns:stream='http://etherx.jabber.org/streams'`;
const features = (inner: string): string => `<stream:features ${streams}>${inner}</stream:features>`;
const mechanisms = (name = 'PLAIN'): string =>
  `<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>${name}</mechanism></mechanisms>`;
const bind = `<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>`;
const sasl = `xmlns='urn:ietf:params:xml:ns:xmpp-sasl'`;
const laughs = `<!DOCTYPE lolz [<!ENTITY lol "lol">${Array.from({ length: 9 }, (_, at) => `<!ENTITY lol${at + 1} "${`&lol${at || ''};`.repeat(10)}">`).join('')}]>`;
const version = 'OnSignin MSGR_E_SERVER_VERSION versionMismatch';
const unexpected = 'OnSignin MSGR_E_UNEXPECTED unexpected';

describe.each(['ws', 'tcp'] as const)('Over %s, a server that', (kind) => {
  const open = (more: string): Play => ({ open: `${header(kind)}\n${more}` });
  const outside = kind === 'ws' ? unexpected : 'OnSignin MSGR_E_LOGON_TIMEOUT logonTimeout';

  it.each<[string, Play, string?]>([
    ['sends half of an element and then nothing', open('<stream:features><mechan'), outside],
    ['sends half of a tag and then nothing', open(`<stream:features ${streams} a='`), outside],
    ['sends billions of laughs', { open: `${laughs}${header(kind).replace(/^<\?.*?\?>/, '')}\n<a>&lol9;</a>` }],
    ['laughs within the stream', open(`${laughs}<a>&lol9;</a>`)],
    ['uses an entity that nobody declared', open(features('&lol9;'))],
    ['asks for a file', open(`<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>`)],
    ['comments', open('<!-- hello -->')],
    ['closes what it did not open', open('</a>')],
    ['sends what is no XML', open('{"jsonrpc":"2.0"}')],
    ['says that the logon succeeded before it was asked', open(`<success ${sasl}/>`)],
    [
      'challenges before anything was asked',
      open(`<challenge ${sasl}>AAAA</challenge>`),
      'OnSignin MSGR_E_LOGON_TIMEOUT logonTimeout',
    ],
    ['offers to bind before the logon', open(features(bind)), version],
    ['offers nothing', open(features('')), version],
    ['answers the logon with another offer', { auth: features(mechanisms()) }],
    ['offers twice in one breath', open(`${features(mechanisms())}\n${features(mechanisms('SCRAM-SHA-1'))}`)],
    ['makes its offer without opening the stream', { reopen: features(bind) }, kind === 'ws' ? unexpected : version],
    ['offers the logon again after it', { reopen: `${header(kind)}\n${features(mechanisms())}` }, version],
    [
      'resumes what was never lost',
      open(`<resumed xmlns='urn:xmpp:sm:3' previd='x' h='4'/>`),
      'OnSignin MSGR_E_LOGON_TIMEOUT logonTimeout',
    ],
    [
      'binds to an address that is none',
      {
        bind: `<iq xmlns='jabber:client' type='result' id='ID'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>@@//</jid></bind></iq>`,
      },
    ],
    ['binds without an address', { bind: `<iq xmlns='jabber:client' type='result' id='ID'/>` }],
    ['is silent from the start', { open: { silent: true } }, 'OnSignin MSGR_E_LOGON_TIMEOUT logonTimeout'],
    ['is silent at the logon', { auth: { silent: true } }, 'OnSignin MSGR_E_LOGON_TIMEOUT logonTimeout'],
    ['is silent at binding', { bind: { silent: true } }, 'OnSignin MSGR_E_LOGON_TIMEOUT logonTimeout'],
    ['nests elements a thousand deep', open('<a>'.repeat(1_000))],
    ['has ten thousand elements in its offer', open(features('<x/>'.repeat(10_000)))],
  ])('%s ends findable in OFFLINE with a code (connecting -> signedOut)', async (_name, play, expected = unexpected) => {
    const { visitor, told, tells } = await visit(kind, play, expected.endsWith('logonTimeout') ? { connectTimeout: 400 } : {});
    const reason = expected.split(' ').at(-1) ?? '';
    await tells(`OFFLINE ${reason}`);
    expect(told.slice(-2)).toEqual([expected, `OFFLINE ${reason}`]);
    expect(visitor.getPersistedSnapshot()).toMatchObject({ state: 'signedOut' });
    // The password is said once at most, however often it is asked for.
    expect(((await order({ do: 'said' })) as string[]).filter((text) => text.includes('<auth')).length).toBeLessThan(2);
  });

  it.each<[string, Play, string]>([
    ['is silent when asked for the contact list', { roster: { silent: true } }, 'OFFLINE timedOut'],
    ['is silent when told the first status', { presence: { silent: true } }, 'OFFLINE timedOut'],
    ['cuts the line in the contact list', { roster: { cut: true } }, 'OFFLINE lineLost'],
    [
      'has half a contact list',
      { roster: `<iq xmlns='jabber:client' type='result' id='ID'><query><item` },
      kind === 'ws' ? 'OFFLINE lineLost' : 'OFFLINE timedOut',
    ],
    [
      'has a contact list of laughs',
      { roster: `<iq xmlns='jabber:client' type='result' id='ID'>${laughs}<query/></iq>` },
      'OFFLINE lineLost',
    ],
  ])('%s ends in waiting (synchronizing -> OFFLINE)', async (_name, play, expected) => {
    const { told, tells } = await visit(kind, play, expected.endsWith('timedOut') ? { synchronizeTimeout: 400 } : {});
    await tells(expected);
    expect(told.at(-1)).toBe(expected);
  });

  it.each([
    ['text', '<message xmlns="jabber:client"><body>', 'lol '.repeat(256)],
    ['an attribute', '<message a="', 'x'.repeat(1024)],
    ['attributes', '<message ', `a='x' `.repeat(170)],
    ['a name', '<', 'x'.repeat(1024)],
    ['elements', '<message xmlns="jabber:client">', '<a/>'.repeat(256)],
    ['character data', '<message xmlns="jabber:client"><![CDATA[', 'x'.repeat(1024)],
  ])(
    'sends 100 MB of %s ends in OFFLINE lineLost, within 64 MiB of memory',
    async (_name, head, piece) => {
      const { visitor, told, tells } = await visit(kind, {});
      await visitor.ready();
      const attack = order({ do: 'say', head, piece, times: Math.ceil((100 * 1e6) / piece.length) });
      const { grown, rounds } = await watched(tells('OFFLINE lineLost'));
      await attack;
      expect(told.at(-1)).toBe('OFFLINE lineLost');
      expect(rounds).toBeGreaterThan(1);
      expect(grown).toBeLessThan(64);
    },
    30_000,
  );

  it('sends 100 MB before anybody has logged on ends in signedOut, within 64 MiB of memory', async () => {
    const play = { open: { silent: true } } as const;
    const { told, tells } = await visit(kind, play, { connectTimeout: 15_000 });
    while (((await order({ do: 'said' })) as string[]).length === 0) await turns(5);
    const head = `${header(kind)}\n<a>`;
    const attack = order({ do: 'say', head, piece: 'lol '.repeat(256), times: 1e5 });
    const { grown } = await watched(tells('OFFLINE unexpected'));
    await attack;
    expect(told.slice(-2)).toEqual([unexpected, 'OFFLINE unexpected']);
    expect(grown).toBeLessThan(64);
  }, 30_000);

  it('floods with the presence of 10^5 strangers: the loop keeps turning, memory stays, the status can still be changed (online -> busy)', async () => {
    const { visitor, told, tells } = await visit(kind, {}, { publishTimeout: 50_000 });
    await visitor.ready();
    const piece = `<presence xmlns='jabber:client' from='stranger-NUMBER@far.example/phone'><show>dnd</show><status>${'spam '.repeat(20)}</status></presence>\n`;
    const flood = order({
      do: 'say',
      piece,
      times: 100_000,
      tail: `<presence xmlns='jabber:client' type='subscribe' from='last@far.example'/>`,
    });
    const over = flood.then(async () => {
      // Only what was sent after the flood shows that all of it was read.
      visitor.setStatus(10, { note: 'still here' });
      await tells('BUSY userRequest');
    });
    const { grown, rounds } = await watched(over);
    expect(told.at(-1)).toBe('BUSY userRequest');
    expect(rounds).toBeGreaterThan(50);
    expect(grown).toBeLessThan(128);
  }, 60_000);

  it('asks 20,000 questions gets 20,000 answers and keeps nobody from changing the status (online -> busy)', async () => {
    const { visitor, tells } = await visit(kind, {}, { publishTimeout: 50_000 });
    await visitor.ready();
    const piece = `<iq xmlns='jabber:client' type='get' id='q-NUMBER' from='localhost'><query xmlns='jabber:iq:version'/></iq>\n`;
    await order({ do: 'say', piece, times: 20_000 });
    visitor.setStatus(10);
    await tells('BUSY userRequest');
    // The last answers may still be on their way.
    let answered: readonly string[] = [];
    while (answered.length < 20_000) {
      answered = ((await order({ do: 'said' })) as string[]).join('').match(/id="q-\d+"/g) ?? [];
    }
    expect(new Set(answered).size).toBe(20_000);
  }, 60_000);
});

describe('A server in the clear', () => {
  it('that lets something slip in between STARTTLS and the handshake ends in tlsFailed, and is told no password', async () => {
    const offer = features(`<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`);
    const stub = await startStub('tcp', {
      open: `${header('tcp')}${offer}<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>${features(mechanisms())}`,
    });
    const transport = xmppTransport({ service: stub.service });
    const name = 'alice@localhost';
    const events = { lost: () => undefined, contact: () => undefined, own: () => undefined };
    const open = transport.connect(await transport.findServer({ name }, live), { name, password: 'secret' }, events, live);
    expect(await outcome(open)).toBe('tlsFailed');
    expect(stub.said.join('')).not.toContain('<auth');
    await stub.close();
  });

  /** A line whose other end never reads, and says what it is told to. */
  class Deaf extends Wire {
    unread = 0;
    headers = 0;
    override get backlog(): number {
      return this.unread;
    }
    connect(): void {
      queueMicrotask(() => this.emit('connect'));
    }
    says(text: string): void {
      this.received(text);
    }
    write(text: string, done?: (error?: Error | null) => void): void {
      this.unread += text.length;
      queueMicrotask(() => done?.(null));
      const id = /id="([^"]+)"/.exec(text)?.[1] ?? '';
      const answers = text.includes('<open')
        ? [header('ws'), this.headers++ === 0 ? features(mechanisms()) : features(bind)]
        : text.includes('<auth')
          ? [`<success ${sasl}/>`]
          : text.includes('xmpp-bind')
            ? [
                `<iq xmlns='jabber:client' type='result' id='${id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>a@b/c</jid></bind></iq>`,
              ]
            : [];
      queueMicrotask(() => answers.forEach((answer) => this.received(answer)));
    }
    protected cut(): void {}
  }

  it('that asks and never reads the answers loses the line before they fill the memory', async () => {
    const wire = new Deaf();
    wire.secure = true;
    const stream = await openStream(wire, 'wss://far.example/', { username: 'a', domain: 'b', password: 'secret' }, live);
    const ends: string[] = [];
    stream.listen({ stanza: () => undefined, ended: ({ reason }) => ends.push(reason) });
    for (let time = 0; time < 1e5 && ends.length === 0; time++) {
      wire.says(`<iq xmlns='jabber:client' type='get' id='q-${time}' from='b'><query xmlns='jabber:iq:version'/></iq>`);
    }
    expect(ends).toEqual(['lineLost']);
    expect(wire.unread).toBeLessThan(2 ** 23);
  });

  it('on another machine that offers no encryption is told nothing but where it was expected, unless that was allowed', async () => {
    class Far extends Deaf {
      override startTls(): Promise<void> {
        return Promise.reject(new Error('there is none'));
      }
    }
    const attempt = (mustEncrypt: boolean) => {
      const wire = new Far();
      wire.mustEncrypt = mustEncrypt;
      return outcome(openStream(wire, 'wss://far.example/', { username: 'a', domain: 'b', password: 'secret' }, live));
    };
    expect(await attempt(true)).toBe('tlsFailed');
    // PLAIN is refused there still.
    expect(await attempt(false)).toBe('versionMismatch');
  });
});
