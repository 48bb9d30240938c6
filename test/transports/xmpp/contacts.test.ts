/** The list of contacts, who asks to be let in, and who may say so: over stubs, with what nobody should send. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { MISTATUS } from '../../../machines/index.js';
import type { ContactPresence, LinkEvents, OwnPresence, RosterEntry, SubscriptionRequest } from '../../../src/transport.js';
import { xmppTransport } from '../../../src/transports/xmpp/index.js';
import { live, type Play, startStub, turns } from '../../support/xmpp.js';

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const work of cleanUp.splice(0).reverse()) await work();
});

/** A link with what it told of others. */
async function signedIn(play: Play = {}) {
  const stub = await startStub('ws', play);
  cleanUp.push(() => stub.close());
  const lists: (readonly RosterEntry[])[] = [];
  const requests: SubscriptionRequest[] = [];
  const contacts: ContactPresence[] = [];
  const own: OwnPresence[] = [];
  const events: Required<LinkEvents> = {
    lost: () => undefined,
    contact: (presence) => void contacts.push(presence),
    own: (presence) => void own.push(presence),
    roster: (entries) => void lists.push(entries),
    request: (request) => void requests.push(request),
  };
  const transport = xmppTransport({ service: stub.service, resource: 'here' });
  const name = 'alice@localhost';
  const link = await transport.connect(await transport.findServer({ name }, live), { name, password: 'secret' }, events, live);
  cleanUp.push(() => link.drop());
  /** Says it, and waits until it has been heard: the answer to a ping comes after it. */
  async function say(text: string): Promise<void> {
    stub.say(text);
    await link.check?.(live);
    await turns(1);
  }
  return { stub, link, lists, requests, contacts, own, say };
}
const roster = (items: string): Play => ({
  roster: `<iq xmlns='jabber:client' type='result' id='ID'><query xmlns='jabber:iq:roster'>${items}</query></iq>`,
});

describe('The list of contacts', () => {
  it('is told whole before synchronize resolves, an empty one too', async () => {
    const { link, lists } = await signedIn(
      roster(
        `<item jid='Bob@Example.org' name='Bob &amp; Co' subscription='both'><group>Work</group><group/></item><item jid='carol@example.org' subscription='to' ask='subscribe'/><item jid='dave@example.org'/><item jid='' subscription='both'/><item jid='x@${'y'.repeat(1_024)}'/><item/><item jid='eve@example.org' subscription='sideways'/>`,
      ),
    );
    await link.synchronize(live);
    expect(lists).toEqual([
      [
        { name: 'bob@example.org', displayName: 'Bob & Co', groups: ['Work'], subscription: 'both' },
        { name: 'carol@example.org', subscription: 'to' },
        { name: 'dave@example.org', subscription: 'none' },
        { name: 'eve@example.org', subscription: 'none' },
      ],
    ]);
    const empty = await signedIn();
    await empty.link.synchronize(live);
    expect(empty.lists).toEqual([[]]);
  });

  it('of a hundred thousand is taken', async () => {
    const items = Array.from(
      { length: 100_000 },
      (_, at) => `<item jid='contact-${at}@example.org' name='Contact ${at}' subscription='both'/>`,
    );
    const { link, lists } = await signedIn(roster(items.join('')));
    await link.synchronize(live);
    expect(lists[0]?.length).toBe(100_000);
  });

  const push = (from: string, items: string): string =>
    `<iq xmlns='jabber:client' type='set' id='push' ${from}><query xmlns='jabber:iq:roster'>${items}</query></iq>`;
  const item = `<item jid='bob@example.org' subscription='remove'/>`;

  it.each(['', `from='alice@localhost'`, `from='ALICE@localhost'`, `from='alice@localhost/here'`])(
    'is changed by the server (%p), which is told so',
    async (from) => {
      const { stub, lists, say } = await signedIn();
      await say(push(from, item));
      expect(lists).toEqual([[{ name: 'bob@example.org', subscription: 'remove' }]]);
      expect(stub.said.find((text) => text.includes('id="push"'))).toContain('type="result"');
    },
  );

  it.each(['mallory@example.org/x', 'localhost', 'bob@localhost', 'alice@localhost.example', 'alice@localhost/there'])(
    'is not changed by %s (RFC 6121 §2.1.6)',
    async (from) => {
      const { stub, lists, say } = await signedIn();
      await say(push(`from='${from}'`, item));
      expect(lists).toEqual([]);
      expect(stub.said.find((text) => text.includes('id="push"'))).toContain('service-unavailable');
    },
  );
});

describe('Somebody who asks to see the user', () => {
  it('is told with what they say; nobody is let in by itself', async () => {
    const { stub, requests, contacts, say } = await signedIn();
    await say(`<presence xmlns='jabber:client' type='subscribe' from='Bob@Example.org/x'><status>It is me</status></presence>`);
    await say(`<presence xmlns='jabber:client' type='subscribe' from='carol@example.org'/>`);
    expect(requests).toEqual([{ name: 'bob@example.org', note: 'It is me' }, { name: 'carol@example.org' }]);
    expect(contacts).toEqual([]);
    expect(stub.said.filter((text) => text.includes('<presence'))).toEqual([]);
  });

  it.each(['subscribed', 'unsubscribe', 'unsubscribed', 'probe'])('is not who says %s', async (type) => {
    const { requests, contacts, say } = await signedIn();
    await say(`<presence xmlns='jabber:client' type='${type}' from='bob@example.org'/>`);
    await say(`<presence xmlns='jabber:client' type='subscribe' from='alice@localhost/x'/>`);
    await say(`<presence xmlns='jabber:client' type='subscribe' from='@'/>`);
    expect([requests, contacts]).toEqual([[], []]);
  });
});

describe('Presence', () => {
  it('is told with device, note and last input, of contacts and of own other devices, never of this one', async () => {
    const { contacts, own, say } = await signedIn();
    const inside = `<show>away</show><status>back at 5</status><idle xmlns='urn:xmpp:idle:1' since='2024-05-01T10:00:00Z'/>`;
    for (const from of ['Bob@example.org/Phone', 'alice@localhost/there', 'alice@localhost/here']) {
      await say(`<presence xmlns='jabber:client' from='${from}'>${inside}</presence>`);
    }
    const said = { status: MISTATUS.IDLE, note: 'back at 5', idleSince: Date.UTC(2024, 4, 1, 10) };
    expect(contacts).toEqual([{ name: 'bob@example.org', device: 'Phone', ...said }]);
    expect(own).toEqual([{ device: 'there', ...said }]);
    await say(`<presence xmlns='jabber:client' type='unavailable' from='bob@example.org/Phone'/>`);
    await say(`<presence xmlns='jabber:client' type='unavailable' from='alice@localhost/there'/>`);
    expect([contacts.at(-1), own.at(-1)]).toEqual([
      { name: 'bob@example.org', device: 'Phone', status: MISTATUS.OFFLINE },
      { device: 'there', status: MISTATUS.OFFLINE },
    ]);
  });

  it('with more text than a note may have is cut between letters, of an address that is none it is left out', async () => {
    const { contacts, say } = await signedIn();
    await say(`<presence xmlns='jabber:client' from='bob@example.org/x'><status>${'🙂'.repeat(511)}a🙂b</status></presence>`);
    await say(`<presence xmlns='jabber:client' from='${'b'.repeat(1_024)}@example.org/x'/>`);
    await say(`<presence xmlns='jabber:client' from='bob@example.org/${'x'.repeat(1_024)}'/>`);
    expect(contacts).toEqual([{ name: 'bob@example.org', device: 'x', status: MISTATUS.ONLINE, note: `${'🙂'.repeat(511)}a` }]);
  });
});

describe('Somebody who asks this client', () => {
  const ping = (from: string): string => `<iq xmlns='jabber:client' type='get' id='p' ${from}><ping xmlns='urn:xmpp:ping'/></iq>`;
  it.each(['bob@example.org/x', 'alice@localhost/there', 'mallory@localhost'])(
    'and is %s hears what a server says of nobody (B15)',
    async (from) => {
      const { stub, say } = await signedIn();
      await say(ping(`from='${from}'`));
      expect(stub.said.find((text) => text.includes('id="p"'))).toBe(
        `<iq type="error" id="p" to="${from}" xmlns="jabber:client"><error type="cancel"><service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>`,
      );
    },
  );
});

describe('A server with a limit on what it takes (XEP-0478)', () => {
  const offer = (bytes: string): Play => ({
    reopen: `<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' from='localhost' version='1.0'/>\n<stream:features xmlns:stream='http://etherx.jabber.org/streams'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>${bytes}</max-bytes></limits></stream:features>`,
  });
  const publish = async (play: Play, note: string): Promise<readonly [string, number]> => {
    const { stub, link } = await signedIn(play);
    const result = await link.publish({ status: MISTATUS.BUSY, note }, live).then(
      () => 'ok',
      (error: { readonly reason: string }) => error.reason,
    );
    return [result, stub.said.filter((text) => text.includes('<presence')).length];
  };
  it('is not sent what is longer, counted in bytes: busy is refused, the line stays', async () => {
    expect(await publish(offer('1000'), 'x'.repeat(500))).toEqual(['ok', 1]);
    expect(await publish(offer('1000'), 'ü'.repeat(500))).toEqual(['statusRejected', 0]);
    expect(await publish(offer('many'), 'ü'.repeat(500))).toEqual(['ok', 1]);
  });
});
