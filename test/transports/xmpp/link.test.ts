/** A session over stubs and the loopback server: what is sent, what the answers mean, who is believed, and what ends it. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { MISTATUS } from '../../../machines/index.js';
import type { Link } from '../../../src/transport.js';
import { startLoopbackServer } from '../../../src/transports/loopback/index.js';
import { client, live, outcome, type Play, stanzaError, startStub, streamError, type Stub, turns } from '../../support/xmpp.js';

const own = `from='alice@localhost/here'`;
const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const work of cleanUp.splice(0).reverse()) await work();
});

async function signedIn(
  kind: 'ws' | 'tcp' = 'ws',
  play: Play = {},
): Promise<{ stub: Stub; link: Link; alice: ReturnType<typeof client> }> {
  const stub = await startStub(kind, play);
  cleanUp.push(() => stub.close());
  const alice = client('alice@localhost', { service: stub.service, resource: 'here' });
  const link = await alice.open();
  cleanUp.push(() => link.drop());
  return { stub, link, alice };
}
async function loopback(...names: readonly string[]) {
  const server = await startLoopbackServer({ users: names.map((name) => ({ name, password: 'secret' })) });
  cleanUp.push(() => server.close());
  return { server, client: (name: string) => client(`${name}@localhost`, { service: server.url }) };
}
/** What was said after the sign-in. */
const presences = ({ said }: Stub): string[] => said.filter((text) => text.includes('<presence'));
/** Resolves when the server has heard something with this text in it. */
async function heardBy({ said }: Stub, text: string): Promise<string> {
  for (;;) {
    const found = said.find((each) => each.includes(text));
    if (found !== undefined) return found;
    await turns(1);
  }
}

describe('Publishing', () => {
  it.each(['ws', 'tcp'] as const)('over %s is accepted when the presence comes back', async (kind) => {
    const { stub, link } = await signedIn(kind);
    await link.publish({ status: MISTATUS.BUSY, note: 'deep work' }, live);
    expect(presences(stub).join()).toMatch(/<show>dnd<\/show><status>deep work<\/status>/);
  });

  it('is accepted also by a server that leaves out the id', async () => {
    const { link } = await signedIn('ws', { presence: `<presence xmlns='jabber:client' ${own}/>` });
    expect(await outcome(link.publish({ status: MISTATUS.BUSY }, live))).toBe('ok');
  });

  it('is not refused by the server of a contact', async () => {
    const bounce = stanzaError('presence', 'not-allowed', `from='bob@gone.example'`);
    const { link } = await signedIn('ws', { presence: `${bounce}\n<presence xmlns='jabber:client' ${own} id='ID'/>` });
    expect(await outcome(link.publish({ status: MISTATUS.BUSY }, live))).toBe('ok');
  });

  it('is not accepted by the answer to another one', async () => {
    const { link } = await signedIn('ws', {
      presence: `<presence xmlns='jabber:client' ${own} id='other'/>\n${stanzaError('presence', 'not-acceptable')}`,
    });
    expect(await outcome(link.publish({ status: MISTATUS.BUSY }, live))).toBe('statusRejected');
  });

  it('that is aborted leaves the next one alone (L21)', async () => {
    const play: Play = { presence: { silent: true } };
    const { stub, link } = await signedIn('ws', play);
    const abort = new AbortController();
    const first = outcome(link.publish({ status: MISTATUS.BUSY }, abort.signal));
    const sent = await heardBy(stub, '<presence');
    abort.abort();
    expect(await first).toBe('cancelled');
    const id = /id="([^"]+)"/.exec(sent)?.[1] ?? '';
    const second = outcome(link.publish({ status: MISTATUS.AWAY }, live));
    await heardBy(stub, '>AWAY<');
    stub.say(stanzaError('presence', 'not-allowed').replace('ID', id));
    stub.say(`<presence xmlns='jabber:client' ${own} id='${/id="([^"]+)"/.exec(presences(stub)[1] ?? '')?.[1]}'/>`);
    expect(await second).toBe('ok');
  });

  it('ends with the line, and does not begin after it', async () => {
    const { link, stub, alice } = await signedIn('ws', { presence: { cut: true } });
    expect(await outcome(link.publish({ status: MISTATUS.BUSY }, live))).toBe('lineLost');
    expect(await outcome(link.publish({ status: MISTATUS.BUSY }, live))).toBe('lineLost');
    expect(await outcome(link.synchronize(live))).toBe('lineLost');
    await alice.hears('lost');
    expect(presences(stub)).toHaveLength(1);
  });

  it('sends the priority that was asked for', async () => {
    const stub = await startStub('ws');
    cleanUp.push(() => stub.close());
    const link = await client('alice@localhost', { service: stub.service, priority: -5, resource: 'here' }).online();
    cleanUp.push(() => link.drop());
    expect(presences(stub)[0]).toContain('<priority>-5</priority>');
  });
});

describe('INVISIBLE', () => {
  it('at first shows nothing to anybody', async () => {
    const { stub, link } = await signedIn();
    await link.publish({ status: MISTATUS.INVISIBLE }, live);
    expect(presences(stub)).toEqual([]);
    // One beside the question for XEP-0186, for servers that leave it unanswered, and one that shows that the line is still there.
    expect(stub.said.filter((text) => text.includes('urn:xmpp:ping'))).toHaveLength(2);
  });

  it('takes back what was shown, once, and coming back shows again', async () => {
    const { stub, link } = await signedIn();
    for (const status of [MISTATUS.BUSY, MISTATUS.INVISIBLE, MISTATUS.INVISIBLE, MISTATUS.ONLINE])
      await link.publish({ status }, live);
    expect(presences(stub).map((text) => /type="unavailable"/.test(text))).toEqual([false, true, false]);
  });

  it('is refused when the server refuses it, and then tried again', async () => {
    const play: Play = {};
    const { stub, link } = await signedIn('ws', play);
    await link.publish({ status: MISTATUS.ONLINE }, live);
    Object.assign(play, { presence: stanzaError('presence', 'forbidden'), ping: { silent: true } });
    expect(await outcome(link.publish({ status: MISTATUS.INVISIBLE }, live))).toBe('statusRejected');
    Object.assign(play, { presence: { silent: true }, ping: stanzaError('iq', 'service-unavailable') });
    expect(await outcome(link.publish({ status: MISTATUS.INVISIBLE }, live))).toBe('ok');
    expect(presences(stub)).toHaveLength(3);
  });

  it('is offline for others, and goodbye tells them nothing new', async () => {
    const { client, server } = await loopback('alice', 'bob');
    const [alice, bob] = [client('alice'), client('bob')];
    await bob.online();
    const link = await alice.online();
    await bob.hears('alice@localhost ONLINE');
    await link.publish({ status: MISTATUS.INVISIBLE }, live);
    await bob.hears('alice@localhost OFFLINE');
    expect(server.sessions().map(({ available }) => available)).toEqual([true, false]);
    await link.close(live);
    expect(bob.heard).toEqual(['alice@localhost ONLINE', 'alice@localhost OFFLINE']);
  });
});

describe('What others are', () => {
  it('is heard of contacts and of own devices apart', async () => {
    const { client } = await loopback('alice', 'bob');
    const [here, there, bob] = [client('alice'), client('alice'), client('bob')];
    await here.online();
    await there.online(MISTATUS.BUSY);
    await bob.online(MISTATUS.OUT_TO_LUNCH);
    await here.hears('bob@localhost OUT_TO_LUNCH');
    expect(here.heard.map((text) => text.replace(/own \S+/, 'own device'))).toEqual([
      'own device BUSY',
      'bob@localhost OUT_TO_LUNCH',
    ]);
    expect(bob.heard.filter((text) => text.startsWith('alice'))).toHaveLength(2);
  });

  it('is read whole when a letter is cut in two between packets', async () => {
    const { stub, alice } = await signedIn('tcp');
    const bytes = Buffer.from(`<presence xmlns='jabber:client' from='bob@localhost/x'><status>süß</status></presence>`);
    const cut = bytes.indexOf(Buffer.from('ü')) + 1;
    stub.say(bytes.subarray(0, cut));
    await turns(20);
    stub.say(bytes.subarray(cut));
    await alice.hears('bob@localhost ONLINE süß');
  });

  it('comes after connect has resolved, also when it was said in one breath', async () => {
    const bound = `<iq xmlns='jabber:client' type='result' id='ID'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>alice@localhost/here</jid></bind></iq>`;
    const { alice } = await signedIn('tcp', { bind: `${bound}<presence xmlns='jabber:client' from='bob@localhost/x'/>` });
    expect(alice.heard).toEqual([]);
    await alice.hears('bob@localhost ONLINE');
  });
});

describe('A request', () => {
  it('is answered by the one who was asked only', async () => {
    const play: Play = { ping: `<iq xmlns='jabber:client' type='result' id='ID' from='mallory@localhost/x'/>` };
    const { link } = await signedIn('ws', play);
    const abort = new AbortController();
    const checking = outcome(link.check?.(abort.signal) ?? Promise.resolve());
    await turns(20);
    abort.abort();
    expect(await checking).toBe('cancelled');
  });

  it('for a sign of life is content with an error', async () => {
    const { link } = await signedIn('ws', { ping: stanzaError('iq', 'service-unavailable', `from='localhost'`) });
    expect(await outcome(link.check?.(live) ?? Promise.reject(new Error()))).toBe('ok');
  });

  it.each([
    ['service-unavailable', 'serverUnavailable'],
    ['resource-constraint', 'serverTooBusy'],
    ['not-allowed', 'unexpected'],
  ])('for the contact list refused with %s is %s (T8)', async (condition, reason) => {
    const { link } = await signedIn('ws', { roster: stanzaError('iq', condition) });
    expect(await outcome(link.synchronize(live))).toBe(reason);
  });

  it('of the server is answered', async () => {
    const { stub } = await signedIn();
    stub.say(`<iq xmlns='jabber:client' type='get' id='p' from='localhost'><ping xmlns='urn:xmpp:ping'/></iq>`);
    stub.say(
      `<iq xmlns='jabber:client' type='set' id='r'><query xmlns='jabber:iq:roster'><item jid='bob@localhost'/></query></iq>`,
    );
    stub.say(`<iq xmlns='jabber:client' type='get' id='u' from='localhost'><query xmlns='urn:unknown'/></iq>`);
    expect(await heardBy(stub, 'id="p"')).toContain('type="result"');
    expect(await heardBy(stub, 'id="r"')).toContain('type="result"');
    expect(await heardBy(stub, 'id="u"')).toContain('service-unavailable');
  });
});

describe('The end', () => {
  it.each(['ws', 'tcp'] as const)('over %s says goodbye and closes', async (kind) => {
    const { stub, link, alice } = await signedIn(kind);
    await link.publish({ status: MISTATUS.ONLINE }, live);
    await link.close(live);
    await stub.empty();
    expect(stub.said.at(-2) ?? stub.said.at(-1)).toContain('unavailable');
    expect(stub.said.at(-1)).toMatch(kind === 'ws' ? /<close / : /<\/stream:stream>/);
    expect(alice.heard).toEqual([]);
    await link.close(live);
  });

  it.each(['ws', 'tcp'] as const)('over %s comes within the signal when the server is silent (L17)', async (kind) => {
    const { stub, link, alice } = await signedIn(kind, { close: { silent: true } });
    const abort = new AbortController();
    const closing = outcome(link.close(abort.signal));
    await heardBy(stub, kind === 'ws' ? '<close ' : '</stream:stream>');
    abort.abort();
    expect(await closing).toBe('cancelled');
    await stub.empty();
    expect(alice.heard).toEqual([]);
  });

  it('by drop is at once, silent, and twice harmless; what was asked is over', async () => {
    const { stub, link, alice } = await signedIn('ws', {
      presence: { silent: true },
      ping: { silent: true },
      close: { silent: true },
    });
    const asked = [link.publish({ status: MISTATUS.BUSY }, live), link.check?.(live), link.synchronize(live)].map((each) =>
      outcome(each ?? Promise.resolve()),
    );
    await heardBy(stub, '<presence');
    link.drop();
    link.drop();
    stub.say(streamError('conflict'));
    await stub.empty();
    expect(await Promise.all(asked)).toEqual(['lineLost', 'lineLost', expect.stringMatching(/^(?:ok|lineLost)$/)]);
    expect(await outcome(link.check?.(live) ?? Promise.resolve())).toBe('lineLost');
    await link.close(live);
    expect(alice.heard).toEqual([]);
  });

  it('by the server before connect has resolved is a failed sign-in, not a loss', async () => {
    const bound = `<iq xmlns='jabber:client' type='result' id='ID'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>alice@localhost/here</jid></bind></iq>`;
    const stub = await startStub('tcp', { bind: `${bound}${streamError('system-shutdown')}` });
    cleanUp.push(() => stub.close());
    const alice = client('alice@localhost', { service: stub.service });
    expect(await outcome(alice.open())).toBe('serverUnavailable');
    await turns();
    expect(alice.heard).toEqual([]);
  });
});
