/** What lines tell of others, handed on with its session: in the order in which it counts, and nothing of a line that is gone. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { MISTATUS } from '../../../machines/index.js';
import { createPresenceService, TransportError } from '../../../src/index.js';
import { createSessionPool, servePool, type HostEvents } from '../../../src/table/pool/index.js';
import { createPretendClock } from '../../../src/testing/index.js';
import { createMemoryServer } from '../../../src/transports/memory/index.js';
import { createFakeTransport } from '../../support/fake-transport.js';
import { createServedStage } from '../../support/served.js';

const alice = { name: 'alice', password: 'open sesame' };
const bob = (status: MISTATUS = MISTATUS.ONLINE) => ({ name: 'bob', status });
const ends: (() => void)[] = [];
afterEach(() => {
  ends.splice(0).forEach((end) => end());
  jest.restoreAllMocks();
});

function stage(more: HostEvents = {}) {
  const told: string[] = [];
  const tell = (what: string) => (session: number, said?: unknown) =>
    void told.push(`${session} ${what} ${(said as { name?: string } | undefined)?.name ?? JSON.stringify(said) ?? ''}`.trim());
  const events: HostEvents = {
    begun: tell('begun'),
    contact: tell('contact'),
    own: tell('own'),
    roster: tell('roster'),
    request: tell('request'),
    ...more,
  };
  const made = createServedStage({ events });
  ends.push(made.end);
  const connect = async () => {
    const link = await made.connect();
    const heard = made.fake.last('connect').events;
    if (!heard) throw new Error('no events');
    return { link, heard };
  };
  return { ...made, told, connect };
}

describe('What a line tells of others', () => {
  it('goes to the app with its session, from the moment when synchronizing is done, and as it was said', async () => {
    const { host, told, connect, synchronize, session } = stage();
    host.signin(session, alice);
    const { heard } = await connect();
    heard.contact({ ...bob(), device: 'phone' });
    heard.roster?.([{ name: 'bob' }]);
    expect(told).toEqual([]);
    await synchronize();
    heard.own({ device: 'phone', status: MISTATUS.AWAY });
    heard.request?.({ name: 'carol', note: 'me too' });
    expect(told).toEqual([
      `${session} begun`,
      `${session} contact bob`,
      `${session} roster [{"name":"bob"}]`,
      `${session} own {"device":"phone","status":${MISTATUS.AWAY}}`,
      `${session} request carol`,
    ]);
  });

  it.each<[string, object, boolean]>([
    ['a new session', { resumed: false }, true],
    ['the former session, resumed', { resumed: true }, false],
    ['the former session, but not its presence', { resumed: false, kept: true }, false],
  ])('on a line after a loss goes on from what was told before, or begins anew: %s', async (_, result, isNew) => {
    const { clock, host, told, connect, synchronize, session } = stage();
    host.signin(session, alice);
    const first = await connect();
    await synchronize();
    first.heard.contact(bob());
    first.link.lose(new TransportError('lineLost'));
    await clock.advance(2_500);
    // This one is lost before it is known whether the session is the former one.
    const second = await connect();
    second.heard.contact({ ...bob(), name: 'dora' });
    second.link.lose(new TransportError('lineLost'));
    await clock.advance(5_000);
    const third = await connect();
    third.heard.contact({ ...bob(), name: 'emil' });
    told.length = 0;
    await synchronize(result);
    expect(told).toEqual([`${session} ${isNew ? 'begun' : 'contact dora'}`, `${session} contact emil`]);
    // What is gone is not heard.
    second.heard.contact(bob());
    first.heard.request?.({ name: 'late' });
    expect(told).toHaveLength(2);
  });

  it('L21 ends with the line, with the session and with the host', async () => {
    const { clock, host, told, connect, synchronize, session, pool } = stage();
    for (const end of [() => pool.send(session, { type: 'network.lost' }), () => host.close(session)]) {
      host.signin(session, alice);
      const { heard } = await connect();
      await synchronize();
      end();
      told.length = 0;
      heard.contact(bob());
      heard.own({ status: MISTATUS.AWAY });
      expect(told).toEqual([]);
      if (pool.isOpen(session)) host.signout(session);
      await clock.settle();
      if (pool.isOpen(session)) pool.send(session, { type: 'network.restored' });
    }
    const next = pool.open();
    host.signin(next, alice);
    const { heard } = await connect();
    heard.contact(bob());
    heard.contact(bob());
    host.dispose();
    heard.contact(bob());
    expect(told).toEqual([]);
  });

  it('is not told on when a listener closes the session in between; one that throws is reported, and stops neither others nor the sign-in', async () => {
    const errors = jest.spyOn(console, 'error').mockImplementation(() => {});
    let closes = false;
    const heardOf: string[] = [];
    const it = stage({
      contact: (session, { name }) => {
        heardOf.push(name);
        if (closes) it.host.close(session);
        throw new Error('mine');
      },
    });
    const begin = async () => {
      const session = it.pool.open();
      it.host.signin(session, alice);
      const { heard } = await it.connect();
      for (const name of ['bob', 'carol']) heard.contact({ ...bob(), name });
      await it.synchronize();
      return { session, heard };
    };
    const { session, heard } = await begin();
    expect(() => heard.contact(bob())).not.toThrow();
    expect([heardOf, errors.mock.calls.length]).toEqual([['bob', 'carol', 'bob'], 3]);
    expect(it.fake.count('publish')).toBe(1);
    it.host.close(session);
    closes = true;
    heardOf.length = 0;
    await begin();
    expect([heardOf, it.host.serving, it.fake.count('publish')]).toEqual([['bob'], 0, 1]);
  });

  it('is what a service on the same account knows: list, presence, own devices, requests', async () => {
    const clock = createPretendClock();
    const [mine, theirs, asking] = ['alice@example.org', 'bob@example.org', 'carol@example.org'] as const;
    const contacts = { [mine]: [theirs], [theirs]: [mine] };
    const memory = createMemoryServer({ clock, random: () => 0.5, contacts, conflict: 'allow' });
    const pool = createSessionPool({ clock });
    const known = {
      list: [] as string[],
      status: new Map<string, MISTATUS>(),
      devices: new Map<string, MISTATUS>(),
      asked: [] as string[],
    };
    const session = pool.open();
    const only = (one: number, act: () => void) => void (one === session && act());
    const events: HostEvents = {
      begun: (one) => only(one, () => [known.status, known.devices].forEach((map) => map.clear())),
      contact: (one, { name, status }) => only(one, () => known.status.set(name, status)),
      own: (one, { device = '', status }) =>
        only(one, () => (status === MISTATUS.OFFLINE ? known.devices.delete(device) : known.devices.set(device, status))),
      roster: (one, entries) => only(one, () => known.list.push(...entries.map(({ name }) => name))),
      request: (one, { name }) => only(one, () => known.asked.push(name)),
    };
    const host = servePool(pool, { transport: memory.transport(), clock, events });
    const service = createPresenceService({ transport: memory.transport(), clock });
    ends.push(() => (host.dispose(), pool.dispose(), void service.dispose()));
    const other = pool.open();
    const steps: readonly (() => void)[] = [
      () => host.signin(session, { name: mine, password: 'x' }),
      () => service.signin({ name: mine, password: 'x' }, { status: MISTATUS.AWAY }),
      () => host.signin(other, { name: theirs, password: 'x' }, { status: MISTATUS.BUSY }),
      () => host.setStatus(other, MISTATUS.ON_THE_PHONE),
      () => service.setStatus(MISTATUS.BE_RIGHT_BACK),
      () => memory.requestContact(asking, mine),
      () => memory.drop(),
      () => host.signout(other),
    ];
    const seen: unknown[] = [];
    for (const step of steps) {
      step();
      await clock.settle();
      await clock.advance(6_000);
      const { status } = service.contacts.get(theirs) ?? {};
      if (status !== undefined) expect(known.status.get(theirs) ?? MISTATUS.OFFLINE).toBe(status);
      seen.push(status);
    }
    expect(new Set(seen)).toEqual(new Set([undefined, MISTATUS.OFFLINE, MISTATUS.BUSY, MISTATUS.ON_THE_PHONE]));
    expect([...known.devices.values()]).toEqual([MISTATUS.BE_RIGHT_BACK]);
    expect(new Set(known.list)).toEqual(new Set(service.contacts.keys()));
    expect(new Set(known.asked)).toEqual(new Set(service.contactRequests.map(({ name }) => name)));
    expect(known.asked.length).toBeGreaterThan(0);
  });
});

it('Events that are none are refused, with what was expected', () => {
  const pool = createSessionPool({ clock: createPretendClock() });
  const { transport } = createFakeTransport();
  const wrong: readonly (readonly [unknown, string])[] = [
    [() => {}, 'servePool: events: expected an object, got something of type function'],
    [{ lost: () => {} }, 'servePool: events: "lost" is no option; expected one of begun, contact, own, roster, request'],
    [{ contact: 'bob' }, 'servePool: events.contact: expected a function, got something of type string'],
  ];
  for (const [events, message] of wrong) expect(() => servePool(pool, { transport, events: events as never })).toThrow(message);
  pool.dispose();
});
