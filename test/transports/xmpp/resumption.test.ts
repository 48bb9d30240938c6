/** Resuming a session (XEP-0198) and telling the client state (XEP-0352), at a stub that says what a server may say, right or wrong. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from '@jest/globals';
import { xml } from '@xmpp/xml';
import { MISTATUS } from '../../../machines/index.js';
import type { Link, LinkEvents } from '../../../src/transport.js';
import { Management, managementNamespace } from '../../../src/transports/xmpp/resumption.js';
import {
  client,
  header,
  live,
  outcome,
  type Play,
  stanzaError,
  startStub,
  streamError,
  type Stub,
  turns,
} from '../../support/xmpp.js';

const sm = `xmlns='${managementNamespace}'`;
const bindOffer = `<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>`;
const csiOffer = `<csi xmlns='urn:xmpp:csi:0'/>`;
const features = (inner: string): string =>
  `<stream:features xmlns:stream='http://etherx.jabber.org/streams'>${inner}</stream:features>`;
const enabled = `<enabled ${sm} id='token' resume='true'/>`;
const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const work of cleanUp.splice(0).reverse()) await work();
});

interface Stage {
  readonly stub: Stub;
  readonly alice: ReturnType<typeof client>;
  readonly link: Link;
  /** What was said since `mark`. */
  since(mark: number): readonly string[];
  /** Resolves when the server has heard something with this text in it. */
  hears(text: string, from?: number): Promise<void>;
  again(signal?: AbortSignal, previous?: Link): Promise<Link>;
}

/** Signed in at a server that keeps sessions. */
async function stage(kind: 'ws' | 'tcp' = 'ws', play: Play = {}, { offers = csiOffer, enable = enabled } = {}): Promise<Stage> {
  const between = kind === 'ws' ? '\n' : '';
  const reopen = `${header(kind)}${between}${features(`${bindOffer}<sm ${sm}/>${offers}`)}`;
  const stub = await startStub(kind, Object.assign(play, { reopen }));
  cleanUp.push(() => stub.close());
  const alice = client('alice@localhost', { service: stub.service });
  const hears = async (text: string, from = 0): Promise<void> => {
    while (!stub.said.slice(from).some((each) => each.includes(text))) await turns(1);
  };
  const again = async (signal = live, previous = link): Promise<Link> => {
    const server = await alice.transport.findServer({ name: 'alice@localhost' }, signal);
    const account = { name: 'alice@localhost', password: 'secret' };
    const next = await alice.transport.connect(server, account, alice.events, signal, previous);
    cleanUp.push(() => next.drop());
    return next;
  };
  const link = await alice.open();
  cleanUp.push(() => link.drop());
  await hears('<enable ');
  if (enable !== '') stub.say(enable);
  // The answer shows that it was heard.
  if (enable === enabled) {
    stub.say(`<r ${sm}/>`);
    await hears('<a ');
  }
  return { stub, alice, link, hears, again, since: (mark) => stub.said.slice(mark) };
}
/** Loses the line and comes back; the server answers as told. */
async function comeBack({ stub, link, hears, again }: Stage, answer: string): Promise<Link> {
  link.drop();
  await stub.empty();
  const mark = stub.said.length;
  const next = again();
  await hears('<resume ', mark);
  stub.say(answer);
  return next;
}
const attributeOf = (said: readonly string[], element: string, name: string): string | undefined =>
  new RegExp(`<${element} [^>]*\\b${name}="([^"]*)"`).exec(said.join(''))?.[1];

describe.each(['ws', 'tcp'] as const)('A session over %s', (kind) => {
  it('is resumed after a loss: nothing is bound or fetched again, what was missed is told (L23)', async () => {
    const one = await stage(kind);
    const { stub, link, alice } = one;
    await link.synchronize(live);
    await link.publish({ status: MISTATUS.BUSY, note: 'deep work' }, live);
    stub.say(`<presence xmlns='jabber:client' from='bob@localhost/x'/>`);
    await alice.hears('bob@localhost ONLINE');
    const mark = stub.said.length;
    const next = await comeBack(one, `<resumed ${sm} previd='token' h='2'/>`);
    stub.say(`<presence xmlns='jabber:client' from='bob@localhost/x'><show>dnd</show></presence>`);
    await alice.hears('bob@localhost BUSY');
    expect(await next.synchronize(live)).toEqual({ resumed: true });
    const said = one.since(mark);
    expect(attributeOf(said, 'resume', 'previd')).toBe('token');
    // The answer about the contact list, the own presence sent back, and bob's.
    expect(attributeOf(said, 'resume', 'h')).toBe('3');
    expect(said.join()).not.toMatch(/xmpp-bind|iq:roster|<presence|<enable/);
    expect(await outcome(next.publish({ status: MISTATUS.AWAY }, live))).toBe('ok');
    stub.say(`<r ${sm}/>`);
    await one.hears('h="5"', mark);
  });

  it('is a new one when the server does not keep it', async () => {
    const one = await stage(kind);
    await one.link.synchronize(live);
    await one.link.publish({ status: MISTATUS.BUSY }, live);
    const mark = one.stub.said.length;
    const next = await comeBack(
      one,
      `<failed ${sm} h='2'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>`,
    );
    expect(await next.synchronize(live)).toEqual({ resumed: false });
    expect(one.since(mark).join()).toMatch(/<resume .*xmpp-bind.*<enable .*iq:roster/s);
  });
});

describe('A server that keeps sessions', () => {
  it('is asked before the first presence, and told what was handled when it asks', async () => {
    const { stub, link, hears, since } = await stage();
    const mark = stub.said.length;
    await link.synchronize(live);
    await link.publish({ status: MISTATUS.ONLINE }, live);
    stub.say(`<r ${sm}/>`);
    await hears('<a ', mark);
    expect(since(mark).join()).not.toContain('<enable ');
    expect(attributeOf(since(mark), 'a', 'h')).toBe('2');
    // And asked what it has handled, with each presence.
    expect(stub.said.filter((text) => text.includes('<r '))).not.toEqual([]);
  });

  it('hears the count once more before a goodbye, and is not asked to resume after it', async () => {
    const one = await stage();
    await one.link.publish({ status: MISTATUS.ONLINE }, live);
    await one.link.close(live);
    expect(one.stub.said.at(-2)).toMatch(/<a .*h="1"/);
    const mark = one.stub.said.length;
    await one.again();
    expect(one.since(mark).join()).not.toContain('<resume ');
  });

  it('is not asked to resume the session of somebody else, nor one that is not ours', async () => {
    const { stub, link, alice } = await stage();
    link.drop();
    await stub.empty();
    const mark = stub.said.length;
    const server = await alice.transport.findServer({ name: 'bob@localhost' }, live);
    const bob = { name: 'bob@localhost', password: 'secret' };
    for (const previous of [link, { ...link }]) {
      const next = await alice.transport.connect(server, bob, alice.events, live, previous);
      next.drop();
    }
    expect(stub.said.slice(mark).join()).not.toContain('<resume ');
  });

  it.each([
    ['promises nothing', `<enabled ${sm}/>`],
    ['refuses', `<failed ${sm}><unexpected-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>`],
    ['is silent', ''],
  ])('but then %s does no harm', async (_, enable) => {
    const one = await stage('ws', {}, { enable });
    expect(await outcome(one.link.publish({ status: MISTATUS.BUSY }, live))).toBe('ok');
    one.link.drop();
    await one.stub.empty();
    const mark = one.stub.said.length;
    const next = await one.again();
    expect(one.since(mark).join()).not.toContain('<resume ');
    expect(await outcome(next.check?.(live) ?? Promise.reject(new Error()))).toBe('ok');
  });

  it('but is silent when asked to resume is not asked again (no fault leaves it stuck)', async () => {
    const one = await stage();
    one.link.drop();
    await one.stub.empty();
    const mark = one.stub.said.length;
    const abort = new AbortController();
    const first = outcome(one.again(abort.signal));
    await one.hears('<resume ', mark);
    abort.abort();
    expect(await first).toBe('cancelled');
    await one.stub.empty();
    expect(await outcome(one.again())).toBe('ok');
    expect(one.since(mark).filter((text) => text.includes('<resume '))).toHaveLength(1);
  });

  it.each([
    ['ends the stream', streamError('undefined-condition'), 'unexpected'],
    ['claims to have handled more than was sent', `<resumed ${sm} previd='token' h='9'/>`, 'unexpected'],
    ['resumes another session', `<resumed ${sm} previd='other' h='0'/>`, 'unexpected'],
    ['counts in letters', `<resumed ${sm} previd='token' h='many'/>`, 'unexpected'],
    ['counts not at all', `<resumed ${sm} previd='token'/>`, 'unexpected'],
  ])('but %s when asked to resume fails that sign-in, and the next one is fresh', async (_, answer, reason) => {
    const one = await stage();
    expect(await outcome(comeBack(one, answer))).toBe(reason);
    await one.stub.empty();
    const mark = one.stub.said.length;
    expect(await outcome(one.again())).toBe('ok');
    expect(one.since(mark).join()).not.toContain('<resume ');
  });

  it('but loses the line while it is asked to resume is asked again', async () => {
    const one = await stage();
    one.link.drop();
    await one.stub.empty();
    let mark = one.stub.said.length;
    const first = outcome(one.again());
    await one.hears('<resume ', mark);
    one.stub.say(`<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>`);
    expect(await first).toBe('connectFailed');
    await one.stub.empty();
    mark = one.stub.said.length;
    const second = one.again();
    await one.hears('<resume ', mark);
    one.stub.say(`<resumed ${sm} previd='token' h='0'/>`);
    expect(await outcome(second)).toBe('ok');
  });

  it('and acknowledges what was never sent loses the line, for good', async () => {
    const one = await stage();
    one.stub.say(`<a ${sm} h='7'/>`);
    await one.alice.hears('lost lineLost');
    const mark = one.stub.said.length;
    await one.again();
    expect(one.since(mark).join()).not.toContain('<resume ');
  });
});

describe('A link that was dropped', () => {
  it('is kept to be resumed, without those who listened to it: else each session would keep all before it', async () => {
    const { alice, stub } = await stage();
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const begin = async () => {
      const events: LinkEvents = { lost: () => undefined, contact: () => undefined, own: () => undefined };
      const server = await alice.transport.findServer({ name: 'alice@localhost' }, live);
      const account = { name: 'alice@localhost', password: 'secret' };
      const link = await alice.transport.connect(server, account, events, live);
      return { link, listener: new WeakRef(events) };
    };
    const { link, listener } = await begin();
    await turns(50);
    collect();
    expect(listener.deref()).toBeDefined();
    link.drop();
    await turns(50);
    collect();
    expect([listener.deref(), typeof link.drop]).toEqual([undefined, 'function']);
    expect(stub.connections()).toBeLessThanOrEqual(2);
  });
});

describe('What was on its way when the line was lost', () => {
  it.each([
    ['had not arrived', '1'],
    ['had arrived', '2'],
  ])('and %s: a presence is not sent again, and the session does not count as resumed (L14 L23)', async (_, handled) => {
    const play: Play = {};
    const one = await stage('ws', play);
    const { link, stub } = one;
    await link.publish({ status: MISTATUS.ONLINE }, live);
    Object.assign(play, { presence: { silent: true } });
    const pending = outcome(link.publish({ status: MISTATUS.BUSY }, live));
    await one.hears('>BUSY<');
    const mark = stub.said.length;
    const next = await comeBack(one, `<resumed ${sm} previd='token' h='${handled}'/>`);
    expect(await pending).toBe('lineLost');
    expect(await next.synchronize(live)).toEqual({ resumed: false, kept: true });
    expect(one.since(mark).join()).not.toContain('<presence');
  });

  it('also when its time was over before (L08)', async () => {
    const play: Play = {};
    const one = await stage('ws', play);
    await one.link.synchronize(live);
    await one.link.publish({ status: MISTATUS.ONLINE }, live);
    Object.assign(play, { presence: { silent: true } });
    const abort = new AbortController();
    const pending = outcome(one.link.publish({ status: MISTATUS.BUSY }, abort.signal));
    await one.hears('>BUSY<');
    abort.abort();
    expect(await pending).toBe('cancelled');
    const next = await comeBack(one, `<resumed ${sm} previd='token' h='3'/>`);
    expect(await next.synchronize(live)).toEqual({ resumed: false, kept: true });
  });

  it('unless it was refused: then what was seen before is seen still', async () => {
    const play: Play = {};
    const one = await stage('ws', play);
    await one.link.synchronize(live);
    await one.link.publish({ status: MISTATUS.ONLINE }, live);
    Object.assign(play, { presence: stanzaError('presence', 'not-acceptable') });
    expect(await outcome(one.link.publish({ status: MISTATUS.BUSY }, live))).toBe('statusRejected');
    const next = await comeBack(one, `<resumed ${sm} previd='token' h='3'/>`);
    expect(await next.synchronize(live)).toEqual({ resumed: true });
  });

  it('an INVISIBLE that was lost is said again when it is asked for again (L13)', async () => {
    const play: Play = {};
    const one = await stage('ws', play);
    await one.link.publish({ status: MISTATUS.ONLINE }, live);
    Object.assign(play, { presence: { silent: true }, ping: { silent: true } });
    const pending = outcome(one.link.publish({ status: MISTATUS.INVISIBLE }, live));
    await one.hears('unavailable');
    const mark = one.stub.said.length;
    const next = await comeBack(one, `<resumed ${sm} previd='token' h='1'/>`);
    expect(await pending).toBe('lineLost');
    delete play.ping;
    await next.publish({ status: MISTATUS.INVISIBLE }, live);
    expect(one.since(mark).filter((text) => text.includes('unavailable'))).toHaveLength(1);
  });

  it('an answer to the server is given again, once, and counted', async () => {
    const one = await stage();
    one.stub.say(`<iq xmlns='jabber:client' type='get' id='p' from='localhost'><ping xmlns='urn:xmpp:ping'/></iq>`);
    await one.hears('id="p"');
    const mark = one.stub.said.length;
    await comeBack(one, `<resumed ${sm} previd='token' h='0'/>`);
    await one.hears('id="p"', mark);
    one.stub.say(`<a ${sm} h='1'/>`);
    await turns(20);
    expect(one.since(mark).filter((text) => text.includes('id="p"'))).toHaveLength(1);
    expect(one.alice.heard).toEqual([]);
  });
});

describe('The client state', () => {
  const statesOf = (said: readonly string[]): readonly string[] =>
    said.flatMap((text) => /<(active|inactive|presence)\b/.exec(text)?.[1] ?? []);

  it('is told after a presence that says idle, and taken back before the next one (M20)', async () => {
    const { stub, link, since } = await stage();
    const mark = stub.said.length;
    await link.publish({ status: MISTATUS.ONLINE }, live);
    await link.publish({ status: MISTATUS.IDLE, idleSince: 0 }, live);
    await link.publish({ status: MISTATUS.AWAY, idleSince: 0 }, live);
    await link.publish({ status: MISTATUS.ONLINE }, live);
    expect(statesOf(since(mark))).toEqual([
      'presence',
      'presence',
      'inactive',
      'active',
      'presence',
      'inactive',
      'active',
      'presence',
    ]);
  });

  it.each([
    ['inactive', MISTATUS.IDLE],
    ['active', MISTATUS.BUSY],
  ] as const)('%s is told again on a resumed stream (M20)', async (state, status) => {
    const one = await stage();
    const mark = one.stub.said.length;
    await one.link.publish(status === MISTATUS.IDLE ? { status, idleSince: 0 } : { status }, live);
    await comeBack(one, `<resumed ${sm} previd='token' h='1'/>`);
    await one.hears(`<${state} `, one.stub.said.length - 1);
    expect(statesOf(one.since(mark)).at(-1)).toBe(state);
  });

  it('begins anew on a new stream (M20)', async () => {
    const one = await stage();
    await one.link.publish({ status: MISTATUS.IDLE, idleSince: 0 }, live);
    await one.hears('<inactive ');
    const mark = one.stub.said.length;
    const next = await comeBack(one, `<failed ${sm}/>`);
    await next.publish({ status: MISTATUS.IDLE, idleSince: 0 }, live);
    await one.hears('<inactive ', mark);
    expect(statesOf(one.since(mark))).toEqual(['presence', 'inactive']);
  });

  it('is not told to a server that does not ask for it', async () => {
    const one = await stage('ws', {}, { offers: '' });
    await one.link.publish({ status: MISTATUS.IDLE, idleSince: 0 }, live);
    await comeBack(one, `<resumed ${sm} previd='token' h='1'/>`);
    await turns(20);
    expect(statesOf(one.stub.said)).toEqual(['presence']);
  });
});

describe('Counting', () => {
  const element = (name: string, attrs = {}) => xml(name, { xmlns: managementNamespace, ...attrs });

  it('begins again after 2^32', () => {
    const counts = new Management();
    const former = { id: 'token', received: 2 ** 32 - 1, acknowledged: 2 ** 32 - 1, unacknowledged: [undefined, undefined] };
    expect(counts.resumed(former, element('resumed', { previd: 'token', h: 0 }))).toEqual([]);
    counts.heard(xml('message'));
    expect(counts.resumption).toMatchObject({ received: 0, acknowledged: 0 });
  });

  it('of a server that never acknowledges ends in a session that cannot be resumed, not in full memory', () => {
    const counts = new Management();
    counts.enable();
    counts.heard(element('enabled', { id: 'token', resume: '1' }));
    expect(counts.resumption?.id).toBe('token');
    for (let sent = 0; sent <= 1_000; sent++) counts.sent(xml('iq', { type: 'result', id: String(sent) }));
    expect(counts.resumption).toBeUndefined();
    expect(counts.heard(element('a', { h: 1_001 }))).toBeUndefined();
  });

  it('asks for an acknowledgement with each stanza of ours, with every tenth answer, and never twice at once', () => {
    const counts = new Management();
    counts.enable();
    counts.heard(element('enabled', { id: 'token', resume: 'true' }));
    const asks = Array.from({ length: 12 }, () => counts.sent(xml('iq', { type: 'result' })) !== undefined);
    expect(asks.map((asked, at) => (asked ? at : -1)).filter((at) => at >= 0)).toEqual([9]);
    counts.heard(element('a', { h: 12 }));
    expect(counts.sent(xml('presence'))?.getName()).toBe('r');
    expect(counts.sent(xml('active', { xmlns: 'urn:xmpp:csi:0' }))).toBeUndefined();
  });
});
