/** Contacts: a read model of what is seen of others, beside the machine; snapshot, changes, loss, list, requests, several devices. */
import { describe, expect, it, jest } from '@jest/globals';
import {
  createPresenceService,
  MISTATUS,
  statusName,
  TransportError,
  type OnContactStatusChange,
  type PresenceService,
} from '../../src/index.js';
import type { PretendClock } from '../../src/testing/index.js';
import { createFakeTransport, type FakeLink, type FakeTransport } from '../support/fake-transport.js';
import { ann, bob, bringTo, stage, type Stage, type StageOptions } from '../support/stage.js';

const { AWAY, BUSY, IDLE, INVISIBLE, OFFLINE, ONLINE, UNKNOWN } = MISTATUS;
const eve = { name: 'eve@example.com', password: 'p' };
const users = { [ann.name]: ann.password, [bob.name]: bob.password, [eve.name]: eve.password };

interface Scene extends Stage {
  /** What ann is told of contacts since the last call: `bob OFFLINE>ONLINE`. */
  readonly heard: () => string[];
  readonly other: (who: typeof bob | typeof eve) => PresenceService;
  readonly shown: () => string[];
}
const nick = (name: string): string => name.split('@')[0] ?? '';

function scene(options: StageOptions = {}): Scene {
  const it1 = stage({ users, ...options });
  const heard: string[] = [];
  it1.service.on('OnContactStatusChange', ({ contact, previous, current }) => {
    heard.push(`${nick(contact.name)} ${statusName(previous)}>${statusName(current)}`);
    // L18: what is read inside a listener is what is being told.
    if (it1.service.contacts.get(contact.name) !== contact || contact.status !== current) heard.push('disagrees');
  });
  return {
    ...it1,
    heard: () => heard.splice(0),
    other(who) {
      const service = createPresenceService({ transport: it1.server.transport(), clock: it1.clock, random: () => 0.5 });
      service.signin(who);
      return service;
    },
    shown: () =>
      [...it1.service.contacts.values()].map(({ name, status, note }) =>
        `${nick(name)} ${statusName(status)} ${note ?? ''}`.trim(),
      ),
  };
}

describe('Contacts', () => {
  it('are told at sign-in, those that are not offline, by name, after the own status; and each change after', async () => {
    const it1 = scene();
    const second = it1.other(eve);
    const first = it1.other(bob);
    await it1.clock.settle();
    first.setStatus(BUSY, { note: 'deep' });
    await it1.clock.settle();
    const order: string[] = [];
    it1.service.on('OnMyStatusChange', ({ mMyStatus }) => void order.push(statusName(mMyStatus)));
    it1.service.on('OnContactStatusChange', ({ contact }) => void order.push(nick(contact.name)));
    it1.service.signin(ann);
    await it1.clock.settle();
    expect(order.slice(-3)).toEqual(['ONLINE', 'bob', 'eve']);
    expect(it1.heard()).toEqual(['bob OFFLINE>BUSY', 'eve OFFLINE>ONLINE']);
    expect(it1.shown()).toEqual(['bob BUSY deep', 'eve ONLINE']);
    second.setStatus(AWAY);
    await it1.clock.settle();
    expect(it1.heard()).toEqual(['eve ONLINE>AWAY']);
    second.signout();
    await it1.clock.settle();
    expect(it1.heard()).toEqual(['eve AWAY>OFFLINE']);
    expect(it1.service.contacts.get(eve.name)).toEqual({ name: eve.name, status: OFFLINE });
    expect(it1.shown()).toEqual(['bob BUSY deep', 'eve OFFLINE']);
  });

  it('tell a note that changes beside the same status, and nothing when nothing changes', async () => {
    const it1 = scene();
    const first = it1.other(bob);
    await bringTo(it1, 'online');
    it1.heard();
    first.setStatus(BUSY);
    first.setStatus(BUSY, { note: 'deep' });
    first.setStatus(BUSY, { note: 'deep' });
    await it1.clock.settle();
    expect(it1.heard()).toEqual(['bob ONLINE>BUSY', 'bob BUSY>BUSY']);
  });

  it('are plain frozen notices, type first, told to those who name them and not among those of the machine', async () => {
    const it1 = scene();
    const told: OnContactStatusChange[] = [];
    const off = it1.service.on('OnContactStatusChange', (notice) => void told.push(notice));
    const iterated: string[] = [];
    const over = (async () => {
      for await (const { type } of it1.service.notices()) iterated.push(type);
    })();
    it1.other(bob);
    await bringTo(it1, 'online');
    expect(told).toEqual([
      {
        type: 'OnContactStatusChange',
        contact: { name: bob.name, status: ONLINE, device: expect.any(String) },
        previous: OFFLINE,
        current: ONLINE,
      },
    ]);
    expect(Object.keys(told[0] ?? {})[0]).toBe('type');
    expect(Object.isFrozen(told[0]) && Object.isFrozen(told[0]?.contact)).toBe(true);
    expect(it1.notices.map(({ type }) => type as string)).not.toContain('OnContactStatusChange');
    off();
    it1.server.kick(bob.name);
    await it1.clock.settle();
    expect(told).toHaveLength(1);
    await it1.service.dispose();
    await over;
    expect(iterated).toEqual(it1.notices.map(({ type }) => type));
    expect(iterated).not.toContain('OnContactStatusChange');
  });

  it.each(['lost', 'held', 'kicked', 'signed out'])(
    'are all offline, by name, as soon as the own OFFLINE is told: %s',
    async (how) => {
      const it1 = scene();
      it1.other(eve);
      it1.other(bob);
      await bringTo(it1, 'online');
      it1.heard();
      const order: string[] = [];
      it1.service.on('OnMyStatusChange', ({ mMyStatus }) => void order.push(statusName(mMyStatus)));
      it1.service.on('OnContactStatusChange', ({ contact }) => void order.push(nick(contact.name)));
      if (how === 'lost') it1.server.drop(ann.name);
      else if (how === 'held') it1.service.environment({ network: false });
      else if (how === 'kicked') it1.server.kick(ann.name);
      else it1.service.signout();
      await it1.clock.settle();
      const own = how === 'signed out' ? 'LOCAL_DISCONNECTING_FROM_SERVER' : 'OFFLINE';
      expect(order.slice(0, 3)).toEqual([own, 'bob', 'eve']);
      expect(it1.heard()).toEqual(['bob ONLINE>OFFLINE', 'eve ONLINE>OFFLINE']);
      // Whoever signs out has no list any more (origin: an empty collection).
      expect(it1.shown()).toEqual(how === 'kicked' || how === 'signed out' ? [] : ['bob OFFLINE', 'eve OFFLINE']);
    },
  );

  it('are seen again after a loss on a fresh session, as they are then', async () => {
    const it1 = scene();
    const first = it1.other(bob);
    it1.other(eve);
    await bringTo(it1, 'online');
    it1.heard();
    it1.server.drop(ann.name);
    await it1.clock.settle();
    first.signout();
    await it1.clock.advance(2_500);
    expect(it1.service.myStatus).toBe(ONLINE);
    expect(it1.heard()).toEqual(['bob ONLINE>OFFLINE', 'eve ONLINE>OFFLINE', 'eve OFFLINE>ONLINE']);
    expect(it1.shown()).toEqual(['bob OFFLINE', 'eve ONLINE']);
  });

  it('are seen again after a loss on a resumed session, though the server tells only what has changed', async () => {
    const it1 = scene({ server: { resume: true } });
    const first = it1.other(bob);
    it1.other(eve).setStatus(BUSY, { note: 'kept' });
    await bringTo(it1, 'online');
    it1.heard();
    it1.server.drop(ann.name);
    await it1.clock.settle();
    first.signout();
    await it1.clock.advance(2_500);
    expect(it1.heard().slice(2)).toEqual(['eve OFFLINE>BUSY']);
    expect(it1.shown()).toEqual(['bob OFFLINE', 'eve BUSY kept']);
    first.signin(bob);
    await it1.clock.settle();
    expect(it1.heard()).toEqual(['bob OFFLINE>ONLINE']);
  });

  it('that are not on the list are not shown, and come and go with it', async () => {
    const it1 = scene({ server: { contacts: { [ann.name]: [{ name: bob.name, displayName: 'Bob', groups: ['work'] }] } } });
    it1.other(bob);
    it1.other(eve);
    await bringTo(it1, 'online');
    expect(it1.heard()).toEqual(['bob OFFLINE>ONLINE']);
    expect(it1.service.contacts.get(bob.name)).toMatchObject({ displayName: 'Bob', groups: ['work'], status: ONLINE });
    it1.server.setContacts(ann.name, [bob.name, eve.name]);
    await it1.clock.settle();
    expect(it1.heard()).toEqual(['eve OFFLINE>ONLINE']);
    expect(it1.shown()).toEqual(['bob ONLINE', 'eve ONLINE']);
    expect(it1.service.contacts.get(bob.name)).not.toHaveProperty('displayName');
    it1.server.setContacts(ann.name, [eve.name]);
    await it1.clock.settle();
    expect(it1.heard()).toEqual(['bob ONLINE>OFFLINE']);
    expect(it1.shown()).toEqual(['eve ONLINE']);
  });

  it('that were taken off the list while ann was away are not on it afterwards', async () => {
    const it1 = scene({ server: { contacts: { [ann.name]: [bob.name, eve.name] } } });
    await bringTo(it1, 'online');
    expect(it1.shown()).toEqual(['bob OFFLINE', 'eve OFFLINE']);
    it1.server.drop(ann.name);
    await it1.clock.settle();
    it1.server.setContacts(ann.name, [eve.name]);
    await it1.clock.advance(2_500);
    expect(it1.shown()).toEqual(['eve OFFLINE']);
  });

  it('with several devices show what all of them say together, and go offline with the last one', async () => {
    const it1 = scene({ server: { conflict: 'allow' } });
    const desk = it1.other(bob);
    const phone = it1.other(bob);
    await bringTo(it1, 'online');
    it1.heard();
    phone.environment({ userActive: false });
    await it1.clock.advance(300_000);
    expect(phone.myStatus).toBe(IDLE);
    expect(it1.heard()).toEqual([]);
    desk.setStatus(BUSY);
    await it1.clock.settle();
    desk.signout();
    await it1.clock.settle();
    expect(it1.heard()).toEqual(['bob ONLINE>BUSY', 'bob BUSY>IDLE']);
    expect(it1.service.contacts.get(bob.name)).toMatchObject({ status: IDLE, idleSince: expect.any(Number) });
    phone.signout();
    await it1.clock.settle();
    expect(it1.heard()).toEqual(['bob IDLE>OFFLINE']);
  });

  it('are a map to read: by name, in order, and one that is being read shows nobody twice', async () => {
    const it1 = scene();
    await bringTo(it1, 'online');
    const { contacts } = it1.service;
    expect(contacts.size).toBe(2);
    expect([...contacts.keys()]).toEqual([bob.name, eve.name]);
    expect([...contacts].map(([name, contact]) => name === contact.name)).toEqual([true, true]);
    const seen: string[] = [];
    contacts.forEach(({ name }, key, map) => void seen.push(`${name === key && map === contacts}`));
    expect(seen).toEqual(['true', 'true']);
    expect(contacts.has('nobody') || contacts.get('nobody') !== undefined).toBe(false);
    expect('set' in contacts || 'delete' in contacts || 'clear' in contacts).toBe(false);
    const reading = contacts.keys();
    expect(reading.next().value).toBe(bob.name);
    it1.server.setUser('carl@example.com', 'p');
    await it1.clock.settle();
    expect([...contacts.keys()]).toEqual([bob.name, 'carl@example.com', eve.name]);
    expect([...reading]).toEqual([eve.name, 'carl@example.com']);
  });

  it('tell nothing more once a listener has disposed of the service', async () => {
    const it1 = scene();
    it1.other(bob);
    it1.other(eve);
    let count = 0;
    it1.service.on('OnContactStatusChange', () => {
      count += 1;
      void it1.service.dispose();
    });
    it1.service.signin(ann);
    await it1.clock.settle();
    expect(count).toBe(1);
    expect([it1.service.contacts.size, it1.service.devices.size, it1.service.contactRequests.length]).toEqual([0, 0, 0]);
    expect(it1.timers()).toBe(0);
  });

  it('are remembered by nobody: neither a snapshot nor a record holds a name or a note of theirs', async () => {
    const it1 = scene();
    it1.other(bob).setStatus(BUSY, { note: 'private note' });
    await bringTo(it1, 'online');
    const text = JSON.stringify([it1.service.getPersistedSnapshot(), it1.service.records, it1.service.recording]);
    expect(text).not.toContain(bob.name);
    expect(text).not.toContain('private note');
  });
});

describe('Somebody who asks to see the user', () => {
  it('is told once, also when it was asked while nobody was online, and until the list says so', async () => {
    const it1 = scene({ server: { contacts: {} } });
    const told: unknown[] = [];
    it1.service.on('OnContactRequest', (notice) => void told.push(notice));
    it1.server.requestContact(bob.name, ann.name, 'from work');
    await bringTo(it1, 'online');
    expect(told.splice(0)).toEqual([{ type: 'OnContactRequest', name: bob.name, note: 'from work' }]);
    it1.server.requestContact(bob.name, ann.name, 'from work');
    it1.server.requestContact(eve.name, ann.name);
    await it1.clock.settle();
    expect(told.splice(0)).toEqual([{ type: 'OnContactRequest', name: eve.name }]);
    expect(it1.service.contactRequests).toEqual([{ name: bob.name, note: 'from work' }, { name: eve.name }]);
    it1.server.setContacts(ann.name, [{ name: bob.name, subscription: 'to' }]);
    await it1.clock.settle();
    expect(it1.service.contactRequests).toHaveLength(2);
    it1.server.setContacts(ann.name, [bob.name]);
    await it1.clock.settle();
    expect(it1.service.contactRequests).toEqual([{ name: eve.name }]);
    it1.service.signout();
    await it1.clock.settle();
    expect(it1.service.contactRequests).toEqual([]);
  });

  it('is not told again after a loss with a resumed session, and is after one with a fresh session', async () => {
    for (const resume of [true, false]) {
      const it1 = scene({ server: { contacts: {}, resume } });
      let told = 0;
      it1.service.on('OnContactRequest', () => void (told += 1));
      it1.server.requestContact(bob.name, ann.name);
      await bringTo(it1, 'online');
      it1.server.drop(ann.name);
      await it1.clock.advance(2_500);
      expect([resume, told, it1.service.contactRequests.length]).toEqual([resume, resume ? 1 : 2, 1]);
    }
  });
});

describe("The user's other devices", () => {
  const two: StageOptions = { server: { conflict: 'allow' }, plug: { device: 'desk' } };

  it('M27 are shown as the transport tells of them, INVISIBLE too, and not while the user is not online', async () => {
    const it1 = stage(two);
    const phone = createPresenceService({
      transport: it1.server.transport({ device: 'phone' }),
      clock: it1.clock,
      random: () => 0.5,
    });
    phone.signin(ann, { status: BUSY, note: 'in a call' });
    await bringTo(it1, 'online');
    const { service } = it1;
    expect([...service.devices]).toEqual([['phone', { device: 'phone', status: BUSY, note: 'in a call' }]]);
    expect([...phone.devices.keys()]).toEqual(['desk']);
    phone.setStatus(INVISIBLE);
    await it1.clock.settle();
    expect(service.devices.get('phone')?.status).toBe(INVISIBLE);
    service.environment({ network: false });
    await it1.clock.settle();
    expect(service.devices.size).toBe(0);
    service.environment({ network: true });
    await it1.clock.advance(1_000);
    expect(service.devices.has('phone')).toBe(true);
    phone.signout();
    await it1.clock.settle();
    expect(service.devices.size).toBe(0);
  });

  it('M27 of which the network says for how long time out by the clock', async () => {
    const server = createFakeTransport();
    const { service, clock } = stage({ transport: server.transport });
    await online(server, service, clock);
    const { events } = server.last('connect');
    events?.own({ device: 'tv', status: ONLINE, lasts: 60_000 });
    events?.own({ device: 'car', status: ONLINE });
    await clock.advance(59_999);
    expect([...service.devices.keys()]).toEqual(['car', 'tv']);
    await clock.advance(1);
    expect([...service.devices.keys()]).toEqual(['car']);
    events?.own({ device: 'tv', status: ONLINE, lasts: 60_000 });
    await clock.settle();
    expect(service.devices.size).toBe(2);
  });
});

async function online(
  server: ReturnType<typeof createFakeTransport>,
  service: PresenceService,
  clock: Stage['clock'],
): Promise<void> {
  service.signin(ann);
  await clock.settle();
  server.last('findServer').resolve();
  await clock.settle();
  server.accept();
  await clock.settle();
  server.last('synchronize').resolve({ resumed: false });
  await clock.settle();
  server.last('publish').resolve();
  await clock.settle();
}

describe('What a transport says of others', () => {
  it('before the list, of a stranger, of an unknown status, of all devices at once', async () => {
    const server = createFakeTransport();
    const { service, clock } = stage({ transport: server.transport });
    service.signin(ann);
    await clock.settle();
    server.last('findServer').resolve();
    await clock.settle();
    server.accept();
    await clock.settle();
    const { events } = server.last('connect');
    events?.contact({ name: 'early', device: 'a', status: ONLINE });
    events?.contact({ name: 'stranger', device: 'a', status: ONLINE });
    events?.roster?.([{ name: 'early' }, { name: 'odd' }]);
    server.last('synchronize').resolve({ resumed: false });
    await clock.settle();
    expect(service.contacts.size).toBe(0);
    server.last('publish').resolve();
    await clock.settle();
    expect([...service.contacts.keys()]).toEqual(['early', 'odd']);
    events?.contact({ name: 'odd', device: 'a', status: 0x4711 as MISTATUS });
    events?.contact({ name: 'stranger', device: 'a', status: ONLINE });
    await clock.settle();
    expect(service.contacts.get('odd')?.status).toBe(UNKNOWN);
    expect(service.contacts.has('stranger')).toBe(false);
    events?.contact({ name: 'early', device: 'b', status: BUSY });
    await clock.settle();
    expect(service.contacts.get('early')?.status).toBe(BUSY);
    events?.contact({ name: 'early', device: 'b', status: OFFLINE });
    await clock.settle();
    expect(service.contacts.get('early')?.status).toBe(ONLINE);
    events?.contact({ name: 'early', status: OFFLINE });
    await clock.settle();
    expect(service.contacts.get('early')?.status).toBe(OFFLINE);
  });

  /** As far as the verb that the test wants to answer. */
  async function toSynchronize(server: FakeTransport, clock: PretendClock, wait = 0): Promise<FakeLink> {
    await clock.advance(wait);
    server.last('findServer').resolve();
    await clock.settle();
    const link = server.accept();
    await clock.settle();
    return link;
  }

  it('on a line that was lost again before ann was online holds on the next one, where the server has kept the session (L23)', async () => {
    const server = createFakeTransport();
    const { service, clock } = stage({ transport: server.transport });
    service.signin(ann);
    const first = await toSynchronize(server, clock);
    server.last('connect').events?.contact({ name: 'bob', status: ONLINE });
    server.last('synchronize').resolve({ resumed: false });
    await clock.settle();
    server.last('publish').resolve();
    await clock.settle();
    first.lose(new TransportError('lineLost'));
    const second = await toSynchronize(server, clock, 2_500);
    server.last('connect').events?.contact({ name: 'bob', status: BUSY });
    server.last('synchronize').resolve({ resumed: false, kept: true });
    await clock.settle();
    second.lose(new TransportError('lineLost'));
    await toSynchronize(server, clock, 5_000);
    server.last('synchronize').resolve({ resumed: false, kept: true });
    await clock.settle();
    server.last('publish').resolve();
    await clock.settle();
    expect(service.myStatus).toBe(ONLINE);
    expect(service.contacts.get('bob')?.status).toBe(BUSY);
  });

  it.each(['contact', 'own', 'roster', 'request'] as const)(
    'by a %s that is none is reported, and the next word and the next notice come all the same',
    async (word) => {
      const errors = jest.spyOn(console, 'error').mockImplementation(() => {});
      const server = createFakeTransport();
      const { service, clock } = stage({ transport: server.transport });
      service.signin(ann);
      await toSynchronize(server, clock);
      server.last('synchronize').resolve({ resumed: false });
      await clock.settle();
      server.last('publish').resolve();
      await clock.settle();
      const { events } = server.last('connect');
      events?.[word]?.(undefined as never);
      events?.contact({ name: 'bob', status: ONLINE });
      await clock.settle();
      expect(service.contacts.get('bob')?.status).toBe(ONLINE);
      service.environment({ network: false });
      await clock.settle();
      expect(service.myStatus).toBe(OFFLINE);
      expect(errors).toHaveBeenCalled();
      errors.mockRestore();
    },
  );

  it('by 10^4 devices of one contact and 10^4 strangers who ask stays small, and the last device counts', async () => {
    const server = createFakeTransport();
    const { service, clock } = stage({ transport: server.transport });
    service.signin(ann);
    await toSynchronize(server, clock);
    server.last('synchronize').resolve({ resumed: false });
    await clock.settle();
    server.last('publish').resolve();
    await clock.settle();
    const { events } = server.last('connect');
    for (let number = 0; number < 10_000; number++) {
      events?.contact({ name: 'bob', device: `d${number}`, status: AWAY });
      events?.request?.({ name: `stranger${number}` });
    }
    events?.contact({ name: 'bob', device: 'last', status: BUSY });
    await clock.settle();
    expect(service.contacts.get('bob')?.status).toBe(BUSY);
    expect(service.contactRequests).toHaveLength(1_000);
  });

  it('of a session that failed before it was online is forgotten', async () => {
    const server = createFakeTransport();
    const { service, clock } = stage({ transport: server.transport });
    service.signin(ann);
    await clock.settle();
    server.last('findServer').resolve();
    await clock.settle();
    const link = server.accept();
    await clock.settle();
    server.last('connect').events?.contact({ name: 'ghost', status: ONLINE });
    await clock.settle();
    link.lose(new TransportError('lineLost'));
    await clock.advance(2_500);
    server.last('findServer').resolve();
    await clock.settle();
    server.accept();
    await clock.settle();
    server.last('synchronize').resolve({ resumed: false });
    await clock.settle();
    server.last('publish').resolve();
    await clock.settle();
    expect(service.myStatus).toBe(ONLINE);
    expect(service.contacts.size).toBe(0);
  });
});
