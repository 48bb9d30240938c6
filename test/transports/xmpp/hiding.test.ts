/** INVISIBLE by the server's own command (XEP-0186), by signing off, and for all but those who were chosen: what is said, in which order, and what never. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { MISTATUS } from '../../../machines/index.js';
import { xmppTransport } from '../../../src/transports/xmpp/index.js';
import { client, live, outcome, type Play, stanzaError, startStub, type Stub } from '../../support/xmpp.js';

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const work of cleanUp.splice(0).reverse()) await work();
});

async function signedIn(play: Play = {}, visibleTo: readonly string[] = []) {
  const stub = await startStub('ws', play);
  cleanUp.push(() => stub.close());
  const link = await client('alice@localhost', { service: stub.service, resource: 'here', visibleTo }).open();
  cleanUp.push(() => link.drop());
  await link.synchronize(live);
  return { stub, link };
}
/** What matters of what was said after the sign-in: commands and presence, in order, without ids. */
const said = ({ said: all }: Stub): string[] =>
  all.flatMap((text) => {
    if (text.includes('urn:xmpp:invisible')) return [/<(invisible|visible) /.exec(text)?.[1] ?? ''];
    if (!text.includes('<presence')) return [];
    const to = / to="([^"]*)"/.exec(text)?.[1];
    const what = / type="unavailable"/.test(text) ? 'unavailable' : (/<show>(\w+)/.exec(text)?.[1] ?? 'available');
    return [to === undefined ? what : `${what} to ${to}`];
  });

const command: Play = {
  disco: `<iq xmlns='jabber:client' type='result' id='ID' from='localhost'><query xmlns='http://jabber.org/protocol/disco#info'><feature var='urn:xmpp:ping'/><feature var='urn:xmpp:invisible:1'/></query></iq>`,
  command: `<iq xmlns='jabber:client' type='result' id='ID'/>`,
};
const { ONLINE, BUSY, INVISIBLE } = MISTATUS;

describe('INVISIBLE where the server has a command for it (M26, XEP-0186)', () => {
  it('from the start is commanded before any presence, and nothing is broadcast', async () => {
    const { stub, link } = await signedIn(command);
    await link.publish({ status: INVISIBLE, note: 'secret' }, live);
    await link.close(live);
    expect(said(stub)).toEqual(['invisible']);
    expect(stub.said.join('')).not.toContain('secret');
    expect(stub.said.find((text) => text.includes('<invisible'))).toContain('xmlns="urn:xmpp:invisible:1"');
  });

  it('between two others is commanded and taken back (busy -> invisible -> online)', async () => {
    const { stub, link } = await signedIn(command);
    for (const status of [BUSY, INVISIBLE, ONLINE] as const) await link.publish({ status }, live);
    await link.close(live);
    expect(said(stub)).toEqual(['dnd', 'invisible', 'visible', 'available', 'unavailable']);
  });

  it('refused at the moment becomes signing off, and is not tried again', async () => {
    const { stub, link } = await signedIn({ ...command, command: stanzaError('iq', 'service-unavailable') });
    for (const status of [BUSY, INVISIBLE, BUSY, INVISIBLE] as const) await link.publish({ status }, live);
    expect(said(stub)).toEqual(['dnd', 'invisible', 'unavailable', 'dnd', 'unavailable']);
  });

  it('that cannot be taken back is an error, and nothing is shown (invisible -> online)', async () => {
    const play = { ...command };
    const { stub, link } = await signedIn(play);
    await link.publish({ status: INVISIBLE }, live);
    play.command = stanzaError('iq', 'resource-constraint');
    expect(await outcome(link.publish({ status: ONLINE }, live))).toBe('serverTooBusy');
    expect(said(stub)).toEqual(['invisible', 'visible']);
  });
});

describe('INVISIBLE where there is none', () => {
  it.each([
    ['says so', {}],
    ['does not know the question', { disco: stanzaError('iq', 'service-unavailable', `from='localhost'`) }],
    ['does not answer the question', { disco: { silent: true } as const }],
  ])('is signing off with the line still there: a server that %s', async (_name, play) => {
    const { stub, link } = await signedIn(play);
    for (const status of [INVISIBLE, BUSY, INVISIBLE] as const) await link.publish({ status }, live);
    await link.close(live);
    expect(said(stub)).toEqual(['dnd', 'unavailable']);
  });

  it('looks like a sign-out, but for what no two stanzas share (B15)', async () => {
    const gone = await signedIn();
    await gone.link.publish({ status: BUSY }, live);
    await gone.link.close(live);
    const hidden = await signedIn();
    await hidden.link.publish({ status: BUSY }, live);
    await hidden.link.publish({ status: INVISIBLE, note: 'away from you', idleSince: 1 }, live);
    const last = ({ said: all }: Stub) =>
      all
        .filter((text) => text.includes('<presence'))
        .at(-1)
        ?.replace(/ id="[^"]+"/, ' id');
    expect(last(hidden.stub)).toBe(last(gone.stub));
  });
});

describe('Those who were chosen', () => {
  const chosen = ['bob@localhost', 'carol@example.org'];
  it('see the user while INVISIBLE, after everybody else sees nothing, and are told of the end; nobody else is', async () => {
    const { stub, link } = await signedIn({}, chosen);
    await link.publish({ status: BUSY }, live);
    await link.publish({ status: INVISIBLE, note: 'for you' }, live);
    await link.close(live);
    const to = (what: string): string[] => chosen.map((name) => `${what} to ${name}`);
    expect(said(stub)).toEqual(['dnd', 'unavailable', ...to('available'), ...to('unavailable')]);
    expect(stub.said.filter((text) => text.includes('for you'))).toHaveLength(2);
  });

  it('and whose server refuses them do not make INVISIBLE fail', async () => {
    const bounce = stanzaError('presence', 'not-allowed', `from='bob@localhost'`);
    const { link } = await signedIn({ presence: bounce }, chosen);
    expect(await outcome(link.publish({ status: INVISIBLE }, live))).toBe('ok');
  });

  it.each([['bob'], ['bob@localhost/phone'], ['@localhost'], ['bob@'], ['a b@localhost'], [7]])(
    'have to be addresses of people: %p is none',
    (name) => {
      expect(() => xmppTransport({ visibleTo: [name as string] })).toThrow('visibleTo');
      expect(() => xmppTransport({ visibleTo: name as unknown as string[] })).toThrow('visibleTo');
    },
  );
});
