/** The loopback server: foreign clients feel at home, what Prosody refuses is refused, and nothing is left. */
import { once } from 'node:events';
import { get } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { MISTATUS } from '../../machines/index.js';
import { type LoopbackServer, startLoopbackServer } from '../../src/transports/loopback/index.js';
import { stanza, strophe } from '../support/foreign-clients.js';
import { client, handles, live, moreThan, outcome, turns, watchTimers } from '../support/xmpp.js';

const users = { alice: 'secret', bob: 'secret', carol: 'secret' };
let server: LoopbackServer;
beforeEach(async () => {
  server = await startLoopbackServer({ users });
});
afterEach(() => server.close());

const at = (name: string) => client(`${name}@localhost`, { service: server.url });

/** A conversation in raw frames. */
async function raw({
  url = server.url,
  protocols = ['xmpp'],
  ...options
}: { url?: string; protocols?: string[]; origin?: string } = {}) {
  const socket = new WebSocket(url, protocols, options);
  const heard: string[] = [];
  const waiting = new Set<() => void>();
  const tell = (text: string): void => {
    heard.push(text);
    for (const look of waiting) look();
  };
  socket.on('message', (data) => tell((data as Buffer).toString('utf8'))).on('close', () => tell('closed'));
  await Promise.race([
    once(socket, 'open'),
    new Promise((_, reject) => {
      socket.on('unexpected-response', (request, { statusCode }) => {
        reject(new Error(String(statusCode)));
        request.destroy();
      });
      socket.on('error', reject);
    }),
  ]);
  return {
    socket,
    heard,
    say: (text: string): void => socket.send(text),
    hears: (text: string): Promise<void> =>
      new Promise((found) => {
        const look = (): void => {
          if (!heard.some((each) => each.includes(text))) return;
          waiting.delete(look);
          found();
        };
        waiting.add(look);
        look();
      }),
  };
}
const open = `<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>`;
const auth = (text: string): string =>
  `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${Buffer.from(text).toString('base64')}</auth>`;
const bind = `<iq xmlns='jabber:client' type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>raw</resource></bind></iq>`;

async function rawOnline(name = 'alice') {
  const talk = await raw();
  for (const [said, answer] of [
    [open, 'mechanism'],
    [auth(`\0${name}\0secret`), 'success'],
    [open, 'xmpp-bind'],
    [bind, '/raw'],
  ] as const) {
    talk.say(said);
    await talk.hears(answer);
  }
  return talk;
}

describe.each([
  ['stanza', stanza],
  ['strophe.js', strophe],
] as const)('%s, unmodified', (_name, signIn) => {
  it('signs in, sees ours and is seen', async () => {
    const foreign = await signIn(server.url, 'bob@localhost', 'secret');
    const alice = at('alice');
    const link = await alice.online(MISTATUS.BE_RIGHT_BACK);
    await foreign.hears('alice@localhost away');
    await alice.hears('bob@localhost ONLINE');
    await link.publish({ status: MISTATUS.BUSY, note: 'a <note> & more' }, live);
    await foreign.hears('alice@localhost dnd (a <note> & more)');
    foreign.show('xa', 'out');
    await alice.hears('bob@localhost AWAY out');
    await link.close(live);
    await foreign.hears('alice@localhost unavailable');
    await foreign.signOut();
  });

  it('is told when the password is wrong', async () => {
    await expect(signIn(server.url, 'bob@localhost', 'wrong')).rejects.toThrow('auth');
  });
});

describe('Presence', () => {
  it('goes to everybody there, and everybody there is told of who comes', async () => {
    const [alice, bob, carol] = [at('alice'), at('bob'), at('carol')];
    await alice.online();
    await bob.online(MISTATUS.BUSY);
    const link = await carol.online(MISTATUS.AWAY);
    await Promise.all([
      alice.hears('bob@localhost BUSY'),
      alice.hears('carol@localhost AWAY'),
      bob.hears('carol@localhost AWAY'),
    ]);
    expect([...carol.heard].sort()).toEqual(['alice@localhost ONLINE', 'bob@localhost BUSY']);
    link.drop();
    await Promise.all([alice.hears('carol@localhost OFFLINE'), bob.hears('carol@localhost OFFLINE')]);
  });

  it('reflects with the id, and probes again after having been unavailable', async () => {
    await at('bob').online();
    const talk = await rawOnline();
    talk.say(`<presence xmlns='jabber:client' id='one'/>`);
    await talk.hears('from="bob@localhost');
    expect(talk.heard.filter((text) => text.includes('id="one"'))).toEqual([
      expect.stringContaining('from="alice@localhost/raw"'),
    ]);
    talk.say(`<presence xmlns='jabber:client' id='two' type='unavailable'/>`);
    await talk.hears('id="two"');
    const before = talk.heard.length;
    talk.say(`<presence xmlns='jabber:client' id='three'/>`);
    await talk.hears('id="three"');
    await turns(20);
    expect(talk.heard.slice(before).filter((text) => text.includes('from="bob@'))).toHaveLength(1);
  });

  it('sent directly reaches one only, who is told of the end (RFC 6121 §4.6.3)', async () => {
    const [bob, carol] = [at('bob'), at('carol')];
    await bob.online();
    await carol.online();
    const talk = await rawOnline();
    talk.say(`<presence xmlns='jabber:client' to='bob@localhost'><show>dnd</show></presence>`);
    await bob.hears('alice@localhost BUSY');
    talk.socket.terminate();
    await bob.hears('alice@localhost OFFLINE');
    expect(carol.heard.filter((text) => text.startsWith('alice'))).toEqual([]);
  });

  it('shows in the list of sessions', async () => {
    const link = await at('alice').online();
    await link.publish({ status: MISTATUS.OUT_TO_LUNCH, note: 'soup' }, live);
    expect(server.sessions()).toEqual([
      { user: 'alice@localhost', resource: expect.any(String), available: true, show: 'xa', note: 'soup' },
    ]);
    await link.close(live);
    expect(server.sessions()).toEqual([]);
  });
});

describe('The same name of device twice', () => {
  it('throws out the older session with conflict', async () => {
    const [first, second] = [1, 2].map(() => client('alice@localhost', { service: server.url, resource: 'desk' }));
    await first?.online();
    await second?.online();
    await first?.hears('lost signedInElsewhere');
    expect(server.sessions().map(({ resource }) => resource)).toEqual(['desk']);
  });
});

describe('What Prosody refuses', () => {
  const query = `<query xmlns='urn:unknown'/>`;
  it.each([
    ['what is not XML', [`<open`], 'not-well-formed'],
    ['two elements in one message', [`${open}${open}`], 'not-well-formed'],
    ['text around an element', [`${open}x`], 'not-well-formed'],
    ['tags that do not match', [`<a><b></a>`], 'not-well-formed'],
    ['an entity that is none', [`<a b='&x;'/>`], 'not-well-formed'],
    ['a comment', [`<!-- x -->${open}`], 'restricted-xml'],
    ['a document type', [`<!DOCTYPE a>`], 'restricted-xml'],
    ['an instruction', [`<?xml version='1.0'?>${open}`], 'restricted-xml'],
    ['a stanza before the stream', [`<presence xmlns='jabber:client'/>`], 'bad-format'],
    ['another domain', [open.replace('localhost', 'example.org')], 'host-unknown'],
    ['no domain', [open.replace(`to='localhost'`, '')], 'improper-addressing'],
    ['a stanza before the logon', [open, `<presence xmlns='jabber:client'/>`], 'not-authorized'],
    ['an opening too many', [open, open], 'bad-format'],
    [
      'a presence before the binding',
      [open, auth('\0alice\0secret'), open, `<presence xmlns='jabber:client'/>`],
      'not-authorized',
    ],
    [
      'a request before the binding',
      [open, auth('\0alice\0secret'), open, `<iq xmlns='jabber:client' type='get' id='1'>${query}</iq>`],
      'not-authorized',
    ],
    [
      'an element that is no stanza',
      [open, auth('\0alice\0secret'), open, bind, `<greeting xmlns='jabber:client'/>`],
      'unsupported-stanza-type',
    ],
    [
      'another namespace',
      [open, auth('\0alice\0secret'), open, bind, `<presence xmlns='jabber:server'/>`],
      'unsupported-stanza-type',
    ],
    ['a second logon', [open, auth('\0alice\0secret'), open, bind, auth('\0bob\0secret')], 'not-authorized'],
    [
      'too long an element',
      [
        open,
        auth('\0alice\0secret'),
        open,
        bind,
        `<presence xmlns='jabber:client'><status>${'x'.repeat(262_144)}</status></presence>`,
      ],
      'policy-violation',
    ],
  ])('%s ends the stream', async (_what, said, condition) => {
    const talk = await raw();
    for (const text of said) talk.say(text);
    await talk.hears('closed');
    expect(talk.heard.find((text) => text.includes('stream:error'))).toContain(`<${condition} `);
    expect(server.sessions()).toEqual([]);
  });

  it.each([
    ['an unknown request', `<iq xmlns='jabber:client' type='get' id='1'>${query}</iq>`, 'service-unavailable'],
    [
      'a request to nobody',
      `<iq xmlns='jabber:client' type='get' id='1' to='x@localhost/y'>${query}</iq>`,
      'service-unavailable',
    ],
    ['a request without content', `<iq xmlns='jabber:client' type='get' id='1'/>`, 'bad-request'],
    ['a request without id', `<iq xmlns='jabber:client' type='get'>${query}</iq>`, 'bad-request'],
    ['a request of unknown type', `<iq xmlns='jabber:client' type='do' id='1'>${query}</iq>`, 'bad-request'],
    ['a presence of unknown type', `<presence xmlns='jabber:client' type='hiding' id='1'/>`, 'bad-request'],
    ['a subscription', `<presence xmlns='jabber:client' type='subscribe' to='bob@localhost' id='1'/>`, 'not-allowed'],
    ['a message', `<message xmlns='jabber:client' to='bob@localhost' id='1'><body>hi</body></message>`, 'service-unavailable'],
  ])('%s is answered with an error, and the session goes on', async (_what, said, condition) => {
    const talk = await rawOnline();
    talk.say(said);
    await talk.hears(`<${condition} `);
    talk.say(`<iq xmlns='jabber:client' type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>`);
    await talk.hears('id="p"');
  });

  it.each([
    ['base64 that is none', auth('').replace('></auth>', '>%%%</auth>'), 'incorrect-encoding'],
    ['nothing', auth(''), 'malformed-request'],
    ['a name only', auth('alice'), 'malformed-request'],
    ['another mechanism', auth('x').replace('PLAIN', 'GSSAPI'), 'invalid-mechanism'],
    ['the name of somebody else', auth('bob@localhost\0alice\0secret'), 'invalid-authzid'],
    ['a wrong password', auth('\0alice\0wrong'), 'not-authorized'],
    ['an unknown user', auth('\0mallory\0secret'), 'not-authorized'],
  ])('a logon with %s is refused, and may be tried again', async (_what, said, condition) => {
    const talk = await raw();
    talk.say(open);
    talk.say(said);
    await talk.hears(`<${condition}/>`);
    talk.say(auth('\0alice\0secret'));
    await talk.hears('<success');
  });

  it('too long a name of a device is refused', async () => {
    expect(await outcome(client('alice@localhost', { service: server.url, resource: 'x'.repeat(1024) }).open())).toBe(
      'unexpected',
    );
  });
});

describe('Pages', () => {
  it.each([
    ['http://localhost:3000', 'open'],
    ['http://127.0.0.1', 'open'],
    ['http://[::1]:8080', 'open'],
    ['https://example.org', '403'],
    ['http://localhost.example.org', '403'],
    ['http://127.0.0.1.example.org', '403'],
    ['null', '403'],
  ])('of %s are let in or not: %s', async (origin, result) => {
    const opened = raw({ origin }).then(
      () => 'open',
      (error: Error) => error.message,
    );
    expect(await opened).toBe(result);
  });

  it('elsewhere, or of another protocol, are not there', async () => {
    await expect(raw({ url: server.url.replace('xmpp-websocket', 'chat') })).rejects.toThrow('404');
    await expect(raw({ protocols: ['chat'] })).rejects.toThrow('400');
    const [response] = (await once(get(server.url.replace('ws:', 'http:'), { agent: false }), 'response')) as [
      { statusCode: number },
    ];
    expect(response.statusCode).toBe(426);
  });
});

describe('The server', () => {
  it('takes users as rows too, and names with the domain', async () => {
    const other = await startLoopbackServer({ domain: 'Home.Test', users: [{ name: 'Dora@home.test', password: 'x' }] });
    expect(other.users).toEqual(['dora@home.test']);
    expect(await outcome(client('dora@home.test', { service: other.url }, 'x').online())).toBe('ok');
    await other.close();
  });

  it.each([{ 'a b': 'x' }, { 'a@elsewhere': 'x' }, { a: '' }, { a: 'x', A: 'x' }, { '': 'x' }])(
    'refuses the users %p',
    async (wrong) => {
      await expect(startLoopbackServer({ users: wrong })).rejects.toThrow(TypeError);
    },
  );

  it('listens on this machine only, and says when a port is taken', async () => {
    expect(server.url).toBe(`ws://127.0.0.1:${server.port}/xmpp-websocket`);
    await expect(startLoopbackServer({ users, port: server.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('leaves nothing behind, whatever was going on', async () => {
    await server.close();
    await turns();
    const [before, timers] = [handles(), watchTimers()];
    const other = await startLoopbackServer({ users });
    other.fault({ latency: 60_000 });
    const alice = client('alice@localhost', { service: other.url });
    const opening = outcome(alice.open());
    while (timers.armed() === 0) await turns(1);
    other.calm();
    const bob = client('bob@localhost', { service: other.url });
    await bob.online();
    await Promise.all([other.close(), other.close()]);
    await bob.hears('lost lineLost');
    expect(await opening).toBe('connectFailed');
    expect(other.connections()).toBe(0);
    await turns();
    expect(timers.armed()).toBe(0);
    timers.restore();
    expect(moreThan(before)).toEqual({});
  });
});
