/**
 * The scenes of the snapshot corpus: short lives that end in each leaf of the chart, with wishes upon wishes, notes and expiries, on a pretend
 * clock. They make what is committed under `v1`; what has been committed once must never be made again by a later format.
 */
import { createPresenceService, MISTATUS, type PresenceService, type SettableStatus } from '../../src/index.js';
import { createPretendClock, type PretendClock } from '../../src/testing/index.js';
import { createMemoryServer, type MemoryServer, type Verb } from '../../src/transports/memory/index.js';

const { ONLINE, BUSY, AWAY, IDLE, ON_THE_PHONE, INVISIBLE, BE_RIGHT_BACK, OUT_TO_LUNCH } = MISTATUS;
/** When each scene begins. */
export const begin = Date.UTC(2024, 5, 3, 9);
const minute = 60_000;
const hour = 60 * minute;

export const ann = { name: 'ann@example.com', password: 'correct-horse' } as const;
export const policy = { awayAfterIdle: 10 * minute } as const;

/** What others see. */
export interface Shown {
  readonly status: MISTATUS;
  readonly note?: string;
  readonly idleSince?: number;
}
interface Scene {
  readonly about: string;
  readonly play: (stage: Stage) => Promise<void> | void;
  /** What others see soon after a restart a second later; null: nobody is signed in. */
  readonly back: Shown | null;
  /** What others see at a later moment, when a status has expired. */
  readonly next?: Shown & { readonly at: number };
  /** What others see when the restart comes a year later; `back` unless given. */
  readonly later?: Shown;
}
/** A file of the corpus. */
export interface Kept extends Omit<Scene, 'play'> {
  /** When it was taken. */
  readonly at: number;
  readonly snapshot: Readonly<Record<string, unknown>>;
}
interface Stage {
  readonly clock: PretendClock;
  readonly server: MemoryServer;
  readonly service: PresenceService;
}

function createStage(): Stage {
  const clock = createPretendClock({ now: begin });
  const server = createMemoryServer({ clock, users: { [ann.name]: ann.password } });
  const service = createPresenceService({ transport: server.transport(), clock, random: () => 0.5, credentials: ann, policy });
  return { clock, server, service };
}

type Play = Scene['play'];
const signin =
  (status?: SettableStatus, note?: string, more?: Play): Play =>
  async (stage) => {
    stage.service.signin(ann, { status, note });
    await stage.clock.settle();
    await more?.(stage);
  };
/** The server does not answer this verb. */
const silentAt =
  (verb: Verb, play: Play): Play =>
  (stage) => {
    stage.server.faults.silent = { [verb]: true };
    return play(stage);
  };
/** Nobody touches anything for so long. */
const untouched =
  (ms: number): Play =>
  async ({ service, clock }) => {
    service.environment({ userActive: false });
    await clock.advance(ms);
  };

/** By the name of the file. */
export const scenes: Readonly<Record<string, Scene>> = {
  'signed-out': { about: 'Nobody has signed in.', play: () => {}, back: null },
  'finding-server': {
    about: 'The search for the server runs.',
    play: silentAt('findServer', signin(AWAY, 'on my way')),
    back: { status: AWAY, note: 'on my way' },
  },
  connecting: {
    about: 'The server has not accepted the user yet.',
    play: silentAt('connect', signin(BUSY)),
    back: { status: BUSY },
  },
  synchronizing: {
    about: 'Accepted, and the contact list is still to come; meanwhile the wish has changed.',
    play: silentAt(
      'synchronize',
      signin(ONLINE, 'hello', ({ service }) => void service.setStatus(BE_RIGHT_BACK, { note: 'a moment' })),
    ),
    back: { status: BE_RIGHT_BACK, note: 'a moment' },
  },
  publishing: {
    about: 'Accepted, with the first status at the server.',
    play: silentAt('publish', signin(BUSY, 'first')),
    back: { status: BUSY, note: 'first' },
  },
  online: { about: 'Available.', play: signin(), back: { status: ONLINE } },
  'online-inactive': {
    about: 'Available, and without input for a minute.',
    play: signin(ONLINE, 'here', untouched(minute)),
    back: { status: ONLINE, note: 'here' },
    next: { at: begin + 5 * minute, status: IDLE, note: 'here', idleSince: begin },
    later: { status: AWAY, note: 'here', idleSince: begin },
  },
  busy: { about: 'Busy with a note.', play: signin(BUSY, 'head down'), back: { status: BUSY, note: 'head down' } },
  'busy-for-a-time': {
    about: 'Busy for an hour, in place of away with a note.',
    play: signin(AWAY, 'at lunch', ({ service }) => void service.setStatus(BUSY, { note: 'a call', until: begin + hour })),
    back: { status: BUSY, note: 'a call' },
    next: { at: begin + hour, status: AWAY, note: 'at lunch' },
    later: { status: AWAY, note: 'at lunch' },
  },
  'on-the-phone-within-busy': {
    about: 'On the phone for ten minutes, within an hour of busy, in place of available with a note.',
    play: signin(ONLINE, 'back at my desk', async ({ service, clock }) => {
      service.setStatus(BUSY, { until: begin + hour });
      await clock.settle();
      service.setStatus(ON_THE_PHONE, { note: 'ringing', until: begin + 10 * minute });
    }),
    back: { status: ON_THE_PHONE, note: 'ringing' },
    next: { at: begin + 10 * minute, status: BUSY },
    later: { status: ONLINE, note: 'back at my desk' },
  },
  'on-the-phone': { about: 'On the phone.', play: signin(ON_THE_PHONE), back: { status: ON_THE_PHONE } },
  'be-right-back': {
    about: 'Gone for a short time.',
    play: signin(BE_RIGHT_BACK, 'coffee'),
    back: { status: BE_RIGHT_BACK, note: 'coffee' },
  },
  'out-to-lunch': {
    about: 'Out to lunch, with a change to busy that is not answered yet, and so not wanted yet.',
    play: signin(
      OUT_TO_LUNCH,
      undefined,
      silentAt('publish', ({ service }) => void service.setStatus(BUSY)),
    ),
    back: { status: OUT_TO_LUNCH },
  },
  away: {
    about: 'Away by choice, in letters that are not all ASCII.',
    play: signin(AWAY, 'à tout à l’heure 👋'),
    back: { status: AWAY, note: 'à tout à l’heure 👋' },
  },
  invisible: { about: 'Connected, and seen by nobody.', play: signin(INVISIBLE), back: { status: INVISIBLE } },
  idle: {
    about: 'Without input for more than five minutes.',
    play: signin(ONLINE, 'here', untouched(5 * minute + 1_000)),
    back: { status: IDLE, note: 'here', idleSince: begin },
    next: { at: begin + 15 * minute, status: AWAY, note: 'here', idleSince: begin },
    later: { status: AWAY, note: 'here', idleSince: begin },
  },
  'idle-for-long': {
    about: 'Without input for so long that it is shown as away.',
    play: signin(undefined, undefined, untouched(16 * minute)),
    back: { status: AWAY, idleSince: begin },
  },
  waiting: {
    about: 'The line is lost, and the next attempt is waited for; busy for an hour.',
    play: signin(undefined, undefined, async ({ service, server, clock }) => {
      service.setStatus(BUSY, { note: 'head down', until: begin + hour });
      await clock.settle();
      server.drop(ann.name);
    }),
    back: { status: BUSY, note: 'head down' },
    next: { at: begin + hour, status: ONLINE },
    later: { status: ONLINE },
  },
  'waiting-for-long': {
    about: 'The server has been away for ten minutes.',
    play: signin(AWAY, undefined, async ({ service, server, clock }) => {
      server.shutdown();
      await clock.advance(10 * minute);
      // Between two attempts.
      while (service.getPersistedSnapshot()['retryAt' as never] === undefined) await clock.advance(1);
    }),
    back: { status: AWAY },
  },
  held: {
    about: 'The network is off.',
    play: signin(BUSY, 'on the train', ({ service }) => service.environment({ network: false })),
    back: { status: BUSY, note: 'on the train' },
  },
  disconnecting: {
    about: 'A sign-out runs.',
    play: signin(
      BUSY,
      'gone',
      silentAt('close', ({ service }) => void service.signout()),
    ),
    back: null,
  },
};

/** Plays a scene, and takes the snapshot at its end, through JSON. */
export async function take(name: string): Promise<Kept> {
  const scene = scenes[name];
  if (!scene) throw new TypeError(`no scene ${name}`);
  const { play, ...rest } = scene;
  const stage = createStage();
  await play(stage);
  await stage.clock.settle();
  const kept = { ...rest, at: stage.clock.now(), snapshot: stage.service.getPersistedSnapshot() };
  await stage.service.dispose();
  return JSON.parse(JSON.stringify(kept)) as Kept;
}
