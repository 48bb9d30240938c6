/**
 * The siege: servers are killed, frozen, cut off and robbed at random moments while somebody is online as busy with a note, and a contact with another
 * client looks. Every time the contact must end up seeing busy and the same note, or the client must have said why not. It must never help
 * the client back.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createPresenceService, isOnline, MISTATUS, statusName, type Notice, type PresenceService } from '../../src/index.js';
import { seededRandom } from '../../src/testing/index.js';
import { xmppTransport } from '../../src/transports/xmpp/index.js';
import { startProsody, type Prosody } from '../support/prosody.js';
import { handles } from '../support/xmpp.js';
import { faultNames, faults, type FaultName } from './faults.js';
import { onlooker, type Onlooker } from './onlooker.js';
import { startRoad, type Road } from './road.js';

export interface SiegeOptions {
  readonly seed: number;
  /** How many faults in all. */
  readonly faults: number;
  /** Servers besieged at the same time, each with a client and a contact of its own. */
  readonly worlds: number;
  /** The longest that a server is frozen, ms. */
  readonly longest: number;
  /** How long after the last fault the client may take, ms. */
  readonly patience: number;
  progress?(result: Result): void;
}

export interface Result {
  readonly fault: FaultName;
  /** `back`: the contact sees busy and the note; `why`: signed out, and the last notice says why; `stuck`: neither. */
  readonly end: 'back' | 'why' | 'stuck';
  /** Of the last synchronization, if there was one; none: the line outlived the fault. */
  readonly session: 'resumed' | 'fresh' | 'kept';
  /** From the end of the fault to what the contact sees, ms. */
  readonly ms: number;
  /** What the client said meanwhile. */
  readonly story: readonly string[];
}

export interface Figures {
  readonly results: readonly Result[];
  readonly unhandled: readonly unknown[];
  /** Sockets and servers in this process, before and after, everybody online. */
  readonly handles: readonly [number, number];
  /** Heap after collecting, bytes: after the first tenth of the faults, and after the last. */
  readonly heap: readonly [number, number];
}

interface World {
  readonly prosody: Prosody;
  readonly road: Road;
  readonly bob: Onlooker;
  readonly service: PresenceService;
  readonly random: () => number;
  readonly told: string[];
  note: string;
  syncs: number;
}

const password = 'correct horse';
const alice = { name: 'alice@localhost', password };
const wait = (ms: number): Promise<void> => new Promise((later) => setTimeout(later, ms));
/** So long it has to stay as it is, ms. */
const stable = 250;

function tell(notice: Notice): string {
  if (notice.type === 'OnSignout') return notice.type;
  const what = notice.type === 'OnSignin' ? notice.type : statusName(notice.mMyStatus);
  return `${notice.hr === 0 ? '' : `${(notice.hr >>> 0).toString(16)} `}${what} ${notice.reason}`;
}

async function createWorld(seed: number, kind: 'websocket' | 'tcp'): Promise<World> {
  const prosody = await startProsody({ users: { alice: password, bob: password }, keepFor: 2 });
  const port = Number(new URL(prosody[kind].replace(/^\w+/, 'http')).port);
  const road = await startRoad(port);
  const bob = await onlooker(() => prosody.websocket, 'bob@localhost', password, 'alice@localhost');
  const tls = prosody.ca === undefined ? {} : { ca: prosody.ca };
  const transport = xmppTransport({ service: prosody[kind].replace(String(port), String(road.port)), tls });
  const random = seededRandom(seed);
  // Quicker than the defaults, so that two hundred faults fit into minutes.
  const policy = {
    retry: { firstSpread: 500, base: 200, cap: 2_000, slowCap: 2_000 },
    connectTimeout: 4_000,
    synchronizeTimeout: 4_000,
    publishTimeout: 4_000,
  };
  const service = createPresenceService({ transport, policy, random });
  const told: string[] = [];
  service.on('*', (notice) => void told.push(tell(notice)));
  return { prosody, road, bob, service, random, told, note: 'round 0', syncs: 0 };
}

const shows = ({ bob, service, note }: World): boolean =>
  service.myStatus === MISTATUS.BUSY &&
  bob.isOnline &&
  bob.devices.size > 0 &&
  [...bob.devices.values()].every((sight) => sight.show === 'dnd' && sight.note === note);
const isSignedOut = ({ service }: World): boolean => service.getPersistedSnapshot().state === 'signedOut';

/** Waits for one of the two good ends. @returns undefined when neither comes */
async function ends(world: World, patience: number): Promise<'back' | 'why' | undefined> {
  const deadline = Date.now() + patience;
  let since: number | undefined;
  while (Date.now() < deadline) {
    if (isSignedOut(world) && !/ (?:progress|userRequest)$/.test(world.told.at(-1) ?? '')) return 'why';
    since = shows(world) ? (since ?? Date.now()) : undefined;
    if (since !== undefined && Date.now() - since >= stable) return 'back';
    await wait(10);
  }
  return undefined;
}

/** Signed in, seen, and with a note that nobody has seen before: which proves that the line lives. */
async function settle(world: World, round: number, patience: number): Promise<boolean> {
  const { service } = world;
  world.note = `round ${round}`;
  const wish = { note: world.note };
  const deadline = Date.now() + patience;
  while (Date.now() < deadline) {
    const hr = isSignedOut(world)
      ? service.signin(alice, { status: MISTATUS.BUSY, ...wish })
      : service.setStatus(MISTATUS.BUSY, wish);
    if (hr >= 0 && (await ends(world, 6_000)) === 'back') return true;
  }
  return false;
}

/** What the synchronizations since the last look came to. */
function sessionOf(world: World): Result['session'] {
  const news = world.service.records.filter(({ n }) => n > world.syncs);
  world.syncs = world.service.records.at(-1)?.n ?? world.syncs;
  const last = news.flatMap(({ message }) => (message.type === 'session.synchronized' ? [message.resumed] : [])).at(-1);
  return last === undefined ? 'kept' : last ? 'resumed' : 'fresh';
}

async function besiege(world: World, deck: () => FaultName | undefined, options: SiegeOptions, results: Result[]): Promise<void> {
  let round = 0;
  for (let fault = deck(); fault !== undefined; fault = deck()) {
    round += 1;
    if (!(await settle(world, round, options.patience))) throw new Error(`never settled: ${world.told.slice(-20).join(', ')}`);
    sessionOf(world);
    const from = world.told.length;
    const place = { ...world, longest: options.longest };
    await wait(world.random() * 300);
    const chain: FaultName[] = [fault];
    await faults[fault](place);
    // Sometimes the next one comes while the client is on its way back.
    while (world.random() < 0.25) {
      const next = deck();
      if (next === undefined) break;
      chain.push(next);
      await wait(world.random() * 1_500);
      await faults[next](place);
    }
    const began = Date.now();
    const end = (await ends(world, options.patience)) ?? 'stuck';
    const [ms, session, story] = [Date.now() - began - (end === 'back' ? stable : 0), sessionOf(world), world.told.slice(from)];
    for (const name of chain) {
      const result: Result = { fault: name, end, session, ms: Math.max(0, ms), story };
      results.push(result);
      options.progress?.(result);
    }
    if (end === 'stuck') world.service.signout();
  }
  await settle(world, round + 1, options.patience);
}

/** Every kind as often as every other, in an order of chance. */
function shuffle(count: number, random: () => number): () => FaultName | undefined {
  const cards: FaultName[] = [];
  while (cards.length < count) {
    const round = faultNames.map((name) => [random(), name] as const).sort(([one], [other]) => one - other);
    cards.push(...round.map(([, name]) => name));
  }
  cards.length = count;
  return () => cards.shift();
}

function heapSize(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}
const openHandles = (): number => Object.values(handles()).reduce((sum, count) => sum + count, 0);

export async function siege(options: SiegeOptions): Promise<Figures> {
  const { seed, worlds: count } = options;
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', note).on('uncaughtException', note);
  const worlds = await Promise.all(
    Array.from({ length: count }, (_, index) => createWorld(seed + index, index % 2 === 0 ? 'websocket' : 'tcp')),
  );
  try {
    for (const world of worlds) {
      if (!(await settle(world, 0, options.patience))) throw new Error(`no sign-in: ${world.told.join(', ')}`);
    }
    const before = openHandles();
    let heap: number | undefined;
    const results: Result[] = [];
    const deck = shuffle(options.faults, seededRandom(seed));
    const card = (): FaultName | undefined => {
      if (results.length >= options.faults / 10) heap ??= heapSize();
      return deck();
    };
    await Promise.all(worlds.map((world) => besiege(world, card, options, results)));
    // A socket that was just closed takes a moment to go.
    for (let turn = 0; turn < 100 && openHandles() > before; turn++) await wait(20);
    const online = worlds.filter(({ service }) => isOnline(service.myStatus)).length;
    if (online < count) throw new Error(`${count - online} clients are not online in the end`);
    const after = heapSize();
    return { results, unhandled, handles: [before, openHandles()], heap: [heap ?? after, after] };
  } finally {
    for (const { service, bob, road, prosody } of worlds) {
      await service.dispose();
      await bob.stop();
      await road.close();
      await prosody.remove();
    }
    process.off('unhandledRejection', note).off('uncaughtException', note);
  }
}
