/**
 * What the user set is what others see, on Prosody, seen by contacts with two clients that are not ours: all statuses, idle and back, expiry, invisible,
 * several devices, who asks to be let in, and SCRAM-SHA-256. Time is pretended wherever somebody would have to wait for it.
 */
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import {
  createPresenceService,
  MISTATUS,
  statusName,
  type PolicyOptions,
  type PresenceService,
  type SettableStatus,
} from '../../src/index.js';
import { settableStatuses } from '../../machines/index.js';
import { createPretendClock } from '../../src/testing/index.js';
import type { LinkEvents, RosterEntry, SubscriptionRequest } from '../../src/transport.js';
import { mapping } from '../../src/transports/xmpp/mapping.js';
import { xmppTransport, type XmppOptions } from '../../src/transports/xmpp/index.js';
import { type ForeignClient, stanza, strophe } from '../support/foreign-clients.js';
import { describeWith, type Prosody, prosodyAvailable, startProsody } from '../support/prosody.js';
import { client, live, outcome } from '../support/xmpp.js';

const alice = { name: 'alice@localhost', password: 'secret' };
const resource = 'desk';
const address = `alice@localhost/${resource}`;

let prosody: Prosody;
let bob: ForeignClient;
let carol: ForeignClient;
const services: PresenceService[] = [];

/** A service under a clock of its own, and a way to wait for it to have published something. */
function start(options: XmppOptions = {}, policy: PolicyOptions = {}) {
  const clock = createPretendClock();
  const service = createPresenceService({
    transport: xmppTransport({ service: prosody.websocket, resource, ...options }),
    policy,
    clock,
  });
  services.push(service);
  const told: string[] = [];
  let look = (): void => undefined;
  service.on('OnMyStatusChange', ({ mMyStatus, reason }) => {
    told.push(`${statusName(mMyStatus)} ${reason}`);
    look();
  });
  const tells = (text: string, from = 0): Promise<void> =>
    new Promise((found) => {
      look = () => {
        if (told.slice(from).includes(text)) found();
      };
      look();
    });
  return { service, clock, told, tells };
}
async function signOut(service: PresenceService): Promise<void> {
  const gone = new Promise<void>((resolve) =>
    service.on('OnMyStatusChange', ({ mMyStatus }) => void (mMyStatus === MISTATUS.OFFLINE && resolve())),
  );
  if (service.signout() === 0) await gone;
  await service.dispose();
}
/** Signs out within a test. */
async function leave(service: PresenceService): Promise<void> {
  services.splice(services.indexOf(service), 1);
  await signOut(service);
}
/** What a client has heard of alice from here on, once everything that was sent before has arrived: its own ping comes after it. */
async function heardBy(watcher: ForeignClient, from: number, mark: string): Promise<readonly string[]> {
  watcher.ask('localhost', mark);
  await rawOf(watcher, mark);
  return watcher.heard.slice(from).filter((text) => text.startsWith('alice'));
}
async function rawOf(watcher: ForeignClient, text: string, since = 0): Promise<string> {
  for (;;) {
    const found = watcher.raw.slice(since).find((each) => each.includes(text));
    if (found !== undefined) return found;
    await new Promise((later) => setTimeout(later, 5));
  }
}
let marks = 0;
const mark = (): string => `mark-${(marks += 1)}`;

describeWith(prosodyAvailable)('On Prosody', () => {
  beforeAll(async () => {
    prosody = await startProsody({
      users: { alice: 'secret', bob: 'secret', carol: 'secret' },
      strangers: { dave: 'secret' },
      hash: 'SHA-256',
    });
    bob = await stanza(prosody.websocket, 'bob@localhost', 'secret');
    carol = await strophe(prosody.websocket, 'carol@localhost', 'secret');
  }, 30_000);
  afterAll(async () => {
    await Promise.all([bob.signOut(), carol.signOut()]);
    await prosody.remove();
  }, 30_000);
  afterEach(async () => {
    for (const service of services.splice(0)) await signOut(service);
    while ((await prosody.sessions()) > 2 || (await prosody.kept()) > 0) await new Promise((later) => setTimeout(later, 10));
    await Promise.all([heardBy(bob, 0, mark()), heardBy(carol, 0, mark())]);
  }, 30_000);

  it('M32 a logon uses SCRAM-SHA-256 where the server has it, and the wrong password is refused as ever', async () => {
    const one = client(alice.name, { service: prosody.websocket });
    expect(await outcome(one.open(live, { password: 'wrong' }))).toBe('invalidPassword');
    const link = await one.open();
    await link.close(live);
  });

  it.each(mapping.map(({ status, show, plainly }) => [statusName(status), status, show, statusName(plainly)] as const))(
    'M21 %s is seen as the table says by clients that know only show',
    async (_name, status, show) => {
      const { service, clock, tells } = start({}, { idleAfter: 1_000 });
      const from = [bob.heard.length, carol.heard.length] as const;
      service.signin(alice, { status: status === MISTATUS.ONLINE ? MISTATUS.BUSY : MISTATUS.ONLINE });
      await service.ready();
      if (status === MISTATUS.IDLE) {
        service.environment({ userActive: false });
        await clock.advance(1_000);
        await tells('IDLE userIdle');
      } else {
        service.setStatus(status, { note: 'a note' });
        await tells(`${statusName(status)} userRequest`);
      }
      const note = status === MISTATUS.IDLE || show === 'unavailable' ? '' : ' (a note)';
      const expected = `alice@localhost ${show || 'available'}${note}`;
      expect((await heardBy(bob, from[0], mark())).at(-1)).toBe(expected);
      expect((await heardBy(carol, from[1], mark())).at(-1)).toBe(expected);
    },
  );

  it('M22 M23 idle is seen with the time of the last input, and coming back shows status and note as they were (online -> idle -> online)', async () => {
    const { service, clock, tells } = start({}, { idleAfter: 60_000 });
    service.signin(alice, { status: MISTATUS.ONLINE, note: 'at work' });
    await service.ready();
    const [lastInput, since] = [clock.now(), carol.raw.length];
    service.environment({ userActive: false });
    await clock.advance(60_000);
    await tells('IDLE userIdle');
    expect(await rawOf(carol, 'urn:xmpp:idle:1', since)).toContain(new Date(lastInput).toISOString());
    await heardBy(carol, 0, mark());
    const from = carol.heard.length;
    service.environment({ userActive: true });
    await tells('ONLINE userActive');
    expect(await heardBy(carol, from, mark())).toEqual(['alice@localhost available (at work)']);
  });

  it('M24 a change while idle wins and stays when the user comes back (idle -> busy)', async () => {
    const { service, clock, tells } = start({}, { idleAfter: 60_000 });
    service.signin(alice);
    await service.ready();
    service.environment({ userActive: false });
    await clock.advance(60_000);
    await tells('IDLE userIdle');
    await heardBy(bob, 0, mark());
    const from = bob.heard.length;
    service.setStatus(MISTATUS.BUSY, { note: 'by hand' });
    await tells('BUSY userRequest');
    service.environment({ userActive: true });
    expect(await heardBy(bob, from, mark())).toEqual(['alice@localhost dnd (by hand)']);
  });

  it('M25 a status that expires shows the one before with its note (busy -> beRightBack)', async () => {
    const { service, clock, tells } = start();
    service.signin(alice, { status: MISTATUS.BE_RIGHT_BACK, note: 'before' });
    await service.ready();
    await heardBy(bob, 0, mark());
    const from = bob.heard.length;
    service.setStatus(MISTATUS.BUSY, { note: 'for an hour', until: clock.now() + 3_600_000 });
    await tells('BUSY userRequest');
    await clock.advance(3_600_000);
    await tells('BE_RIGHT_BACK statusExpired');
    expect(await heardBy(bob, from, mark())).toEqual(['alice@localhost dnd (for an hour)', 'alice@localhost away (before)']);
  });

  it('B06 after many changes others see the last one, with its note', async () => {
    const { service, tells } = start();
    service.signin(alice);
    await service.ready();
    const wishes = settableStatuses.filter((status): status is SettableStatus => status !== MISTATUS.INVISIBLE);
    for (let round = 0; round < 30; round++) {
      const status = wishes[round % wishes.length] ?? MISTATUS.ONLINE;
      service.setStatus(status, { note: `round ${round}` });
      if (round % 7 === 6) await tells(`${statusName(status)} userRequest`);
    }
    service.setStatus(MISTATUS.OUT_TO_LUNCH, { note: 'the last' });
    while (
      service.myStatus !== MISTATUS.OUT_TO_LUNCH ||
      (await heardBy(bob, 0, mark())).at(-1) !== 'alice@localhost xa (the last)'
    ) {
      // At most eight wait: one that was refused is wished again.
      service.setStatus(MISTATUS.OUT_TO_LUNCH, { note: 'the last' });
      await new Promise((later) => setTimeout(later, 10));
    }
    expect((await heardBy(carol, 0, mark())).at(-1)).toBe('alice@localhost xa (the last)');
  });

  it('M26 B15 somebody invisible from sign-in to sign-out is not seen at all, and asking their device gets the answer of nobody', async () => {
    const from = [bob.heard.length, carol.heard.length] as const;
    const [before, during] = [mark(), mark()];
    carol.ask(address, before);
    const nobody = (await rawOf(carol, before)).replace(before, 'ID');
    const { service } = start();
    service.signin(alice, { status: MISTATUS.INVISIBLE, note: 'hiding' });
    await service.ready();
    carol.ask(address, during);
    // The order of attributes is each sender's own; `xml:lang` this Prosody writes into whatever passes through it, and not into what it says itself.
    const words = (text: string): string[] =>
      text
        .replaceAll("'", '"')
        .split(/[\s<>/]+/)
        .filter((word) => word !== '' && !word.startsWith('xml:lang'))
        .sort();
    expect(words((await rawOf(carol, during)).replace(during, 'ID'))).toEqual(words(nobody));
    expect(await prosody.sessions()).toBe(3);
    await leave(service);
    expect(await heardBy(bob, from[0], mark())).toEqual([]);
    expect(await heardBy(carol, from[1], mark())).toEqual([]);
  });

  it('M26 B15 becoming invisible looks like signing out, and the sign-out after it like nothing (online -> invisible -> signedOut)', async () => {
    const presences = (since: number): string[] =>
      carol.raw
        .slice(since)
        .filter((text) => text.includes('<presence') && text.includes('alice'))
        .map((text) => text.replace(/ id=(["']).*?\1/, ' ID'));
    let since = carol.raw.length;
    const first = start();
    first.service.signin(alice);
    await first.service.ready();
    await leave(first.service);
    await heardBy(carol, 0, mark());
    const signedOut = presences(since);
    since = carol.raw.length;
    const second = start();
    second.service.signin(alice);
    await second.service.ready();
    second.service.setStatus(MISTATUS.INVISIBLE, { note: 'not for you' });
    await second.tells('INVISIBLE userRequest');
    await leave(second.service);
    await heardBy(carol, 0, mark());
    expect(presences(since)).toEqual(signedOut);
    expect(signedOut).toHaveLength(2);
  });

  it('M26 somebody chosen sees the user while everybody else does not, and is told of the end', async () => {
    const from = [bob.heard.length, carol.heard.length] as const;
    const { service, tells } = start({ visibleTo: ['bob@localhost'] });
    service.signin(alice, { status: MISTATUS.INVISIBLE, note: 'for you' });
    await service.ready();
    expect(await heardBy(bob, from[0], mark())).toEqual(['alice@localhost available (for you)']);
    service.setStatus(MISTATUS.INVISIBLE, { note: 'still' });
    await tells('INVISIBLE userRequest');
    await leave(service);
    await bob.hears('alice@localhost unavailable', from[0]);
    expect(await heardBy(carol, from[1], mark())).toEqual([]);
  });

  it('M27 two devices of one user hear of each other, others see both, and one that goes leaves the other', async () => {
    const [desk, phone] = [
      client(alice.name, { service: prosody.websocket, resource: 'desk' }),
      client(alice.name, { service: prosody.tcp, resource: 'phone', tls: { rejectUnauthorized: false } }),
    ];
    const from = bob.raw.length;
    const first = await desk.online(MISTATUS.BUSY);
    const second = await phone.online(MISTATUS.AWAY);
    await Promise.all([desk.hears('own phone AWAY'), phone.hears('own desk BUSY')]);
    await second.publish({ status: MISTATUS.ON_THE_PHONE }, live);
    await desk.hears('own phone ON_THE_PHONE');
    await second.close(live);
    await desk.hears('own phone OFFLINE');
    await heardBy(bob, 0, mark());
    const seen = bob.raw
      .slice(from)
      .filter((text) => text.includes('<presence'))
      .join('');
    expect(seen).toContain('alice@localhost/desk');
    expect(seen).toContain('alice@localhost/phone');
    await first.close(live);
  });

  it('M21 somebody who is no contact asks to see the user, and is not let in by that', async () => {
    const lists: (readonly RosterEntry[])[] = [];
    let asked: (request: SubscriptionRequest) => void = () => undefined;
    const request = new Promise<SubscriptionRequest>((resolve) => (asked = resolve));
    const events: LinkEvents = {
      lost: () => undefined,
      contact: () => undefined,
      own: () => undefined,
      roster: (entries) => void lists.push(entries),
      request: asked,
    };
    const transport = xmppTransport({ service: prosody.websocket });
    const link = await transport.connect(await transport.findServer(alice, live), alice, events, live);
    await link.synchronize(live);
    expect(lists[0]?.map(({ name, subscription }) => `${name} ${subscription}`).sort()).toEqual([
      'bob@localhost both',
      'carol@localhost both',
    ]);
    await link.publish({ status: MISTATUS.ONLINE }, live);
    const dave = await strophe(prosody.websocket, 'dave@localhost', 'secret');
    dave.subscribe('alice@localhost', 'It is me');
    expect(await request).toMatchObject({ name: 'dave@localhost' });
    // A server says of somebody whom one may not see that they are not there (RFC 6121 §4.3.2).
    expect((await heardBy(dave, 0, mark())).filter((text) => text !== 'alice@localhost unavailable')).toEqual([]);
    await Promise.all([dave.signOut(), link.close(live)]);
  });
});
