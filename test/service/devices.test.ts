/** Two devices of one user, seen by a contact over an hour: what others see does not flicker (M27). */
import { describe, expect, it } from '@jest/globals';
import { createPresenceService, MISTATUS, statusName } from '../../src/index.js';
import { createPretendClock, seededRandom, type PretendClock } from '../../src/testing/index.js';
import { createMemoryServer, type MemoryServer } from '../../src/transports/memory/index.js';
import { ann, bob } from '../support/stage.js';

const { AWAY, BUSY, INVISIBLE, ONLINE, OUT_TO_LUNCH } = MISTATUS;
const minute = 60_000;

interface Pair {
  readonly clock: PretendClock;
  readonly server: MemoryServer;
  readonly desk: ReturnType<typeof createPresenceService>;
  readonly phone: ReturnType<typeof createPresenceService>;
  readonly onlooker: ReturnType<typeof createPresenceService>;
  /** What bob has seen of ann since the last call. */
  readonly seen: () => string[];
}

async function pair(): Promise<Pair> {
  const clock = createPretendClock({ now: 1_000_000 });
  const server = createMemoryServer({ clock, random: () => 0.5, conflict: 'allow' });
  const device = (name: string) =>
    createPresenceService({ transport: server.transport({ device: name }), clock, random: () => 0.5 });
  const [desk, phone, onlooker] = [device('desk'), device('phone'), device('bob')];
  const seen: string[] = [];
  onlooker.on('OnContactStatusChange', ({ current }) => void seen.push(statusName(current)));
  onlooker.signin(bob);
  desk.signin(ann);
  phone.signin(ann);
  await clock.settle();
  expect(seen.splice(0)).toEqual(['ONLINE']);
  return { clock, server, desk, phone, onlooker, seen: () => seen.splice(0) };
}

describe('M27 Two devices, an hour, a contact who watches', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('a user who goes to and fro between them is ONLINE all the time (seed %i)', async (seed) => {
    const random = seededRandom(seed);
    const { clock, desk, phone, seen } = await pair();
    const end = clock.now() + 60 * minute;
    desk.environment({ userActive: false });
    phone.environment({ userActive: false });
    while (clock.now() < end) {
      const device = random() < 0.5 ? desk : phone;
      device.environment({ userActive: true });
      device.environment({ userActive: false });
      await clock.advance(Math.ceil(random() * 4.9 * minute));
    }
    expect(seen()).toEqual([]);
  });

  it('a user who is gone for twenty minutes is seen to go once and to come once', async () => {
    const { clock, desk, phone, seen } = await pair();
    desk.environment({ userActive: false });
    await clock.advance(2 * minute);
    phone.environment({ userActive: false });
    await clock.advance(20 * minute);
    phone.environment({ userActive: true });
    await clock.advance(38 * minute);
    expect(seen()).toEqual(['IDLE', 'ONLINE']);
  });

  it('one that says over and over that it is there, beside one that says that nobody is, changes nothing', async () => {
    const { clock, desk, phone, seen } = await pair();
    desk.environment({ userActive: false });
    for (let time = 0; time < 60; time += 1) {
      phone.setStatus(ONLINE);
      await clock.advance(minute / 2);
      // The other one is moved now and then, by a cat, for five seconds.
      if (time % 7 === 0) desk.environment({ userActive: true });
      await clock.advance(5_000);
      desk.environment({ userActive: false });
      await clock.advance(25_000);
    }
    expect(seen()).toEqual([]);
  });

  it('one whose line breaks every two minutes, beside one that stays, changes nothing', async () => {
    const { clock, server, phone, desk, seen } = await pair();
    for (let time = 0; time < 30; time += 1) {
      expect(server.sessions.filter(({ device, line }) => device === 'phone' && line === 'open').length).toBeLessThan(2);
      phone.environment({ network: false });
      await clock.advance(minute);
      phone.environment({ network: true });
      await clock.advance(minute);
    }
    expect([phone.myStatus, desk.myStatus]).toEqual([ONLINE, ONLINE]);
    expect(seen()).toEqual([]);
  });

  it('what the user sets on one is what others see, until it is taken back', async () => {
    const { clock, desk, phone, seen } = await pair();
    desk.setStatus(BUSY, { note: 'deep' });
    await clock.advance(10 * minute);
    phone.environment({ userActive: true });
    phone.environment({ userActive: false });
    await clock.advance(40 * minute);
    desk.setStatus(ONLINE);
    await clock.advance(10 * minute);
    expect(seen()).toEqual(['BUSY', 'ONLINE']);
  });

  it('what the memory server says that others see is what a contact sees, whatever is set on each (200 seeded turns)', async () => {
    const random = seededRandom(27);
    const { clock, server, desk, phone, onlooker } = await pair();
    const chosen = [ONLINE, BUSY, AWAY, INVISIBLE, OUT_TO_LUNCH];
    const both = new Set<string>();
    for (let turn = 0; turn < 200; turn += 1) {
      const device = random() < 0.5 ? desk : phone;
      if (random() < 0.2) device.environment({ userActive: false });
      else device.setStatus(chosen[Math.floor(random() * chosen.length)] ?? ONLINE, { note: `${turn}` });
      await clock.advance(random() < 0.2 ? 6 * minute : 0);
      expect(server.presenceOf(ann.name).status).toBe(onlooker.contacts.get(ann.name)?.status);
      expect(server.presenceOf(ann.name).note).toBe(onlooker.contacts.get(ann.name)?.note);
      both.add(`${desk.myStatus} ${phone.myStatus}`);
    }
    expect(both.size).toBeGreaterThan(15);
  });
});
