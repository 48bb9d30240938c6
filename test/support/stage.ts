/**
 * A stage for the service: memory server, pretend clock, the service on the public door, and every notice that it told, with the time. It also
 * brings the service into any phase and holds the notices against the laws that a stream of notices can show. It must never reach into the service.
 */
import {
  createPresenceService,
  isOnline,
  MISTATUS,
  MSGR_E_CANCEL,
  MSGR_E_CONNECT,
  MSGR_E_DISCONNECTED,
  MSGR_E_INVALID_PASSWORD,
  MSGR_E_INVALID_SERVER_NAME,
  MSGR_E_LOGON_TIMEOUT,
  MSGR_E_SERVER_TOO_BUSY,
  MSGR_E_SERVER_UNAVAILABLE,
  MSGR_E_SERVER_VERSION,
  MSGR_E_UNEXPECTED,
  resultName,
  S_OK,
  statusName,
  type Clock,
  type Credentials,
  type Notice,
  type PresenceService,
  type PresenceServiceOptions,
  type Transport,
} from '../../src/index.js';
import { createPretendClock, type PretendClock } from '../../src/testing/index.js';
import {
  createMemoryServer,
  type MemoryServer,
  type MemoryServerOptions,
  type MemoryTransportOptions,
  type PerVerb,
} from '../../src/transports/memory/index.js';

export const start = 1_000_000;
export const ann = { name: 'ann@example.com', password: 'correct-horse' } as const satisfies Credentials;
export const bob = { name: 'bob@example.com', password: 'battery-staple' } as const satisfies Credentials;
const everybody = { [ann.name]: ann.password, [bob.name]: bob.password };

export interface StageOptions extends Omit<Partial<PresenceServiceOptions>, 'transport' | 'clock'> {
  readonly users?: MemoryServerOptions['users'];
  /** Options of the memory server. */
  readonly server?: MemoryServerOptions;
  /** Options of its transport. */
  readonly plug?: MemoryTransportOptions;
  /** Another transport in place of the memory server's. */
  readonly transport?: Transport;
  /** The time and the server of another stage, for a restart. */
  readonly after?: Stage;
  /** Another build of the service, as with a damage in it. */
  readonly create?: typeof createPresenceService;
}

export interface Stage {
  readonly clock: PretendClock;
  readonly server: MemoryServer;
  readonly service: PresenceService;
  /** All notices so far. */
  readonly notices: readonly Notice[];
  /** When each of them came. */
  readonly times: readonly number[];
  /** How many timers the service alone holds. */
  readonly timers: () => number;
  /** The notices since the last call, and none of them again. */
  readonly take: () => Notice[];
  /** The same in short: see `brief`. */
  readonly told: () => string[];
  /** State, wish, notices, timers: what a refused call must leave as it was. */
  readonly fingerprint: () => string;
  /** What others see of ann. */
  readonly others: () => { status: string; note?: string };
}

/** Counts the timers of one user of a clock that others use too. */
function watched(clock: PretendClock): { readonly clock: Clock; readonly size: () => number } {
  const armed = new Set<unknown>();
  return {
    size: () => armed.size,
    clock: {
      now: clock.now,
      setTimeout(fn, ms) {
        const id = clock.setTimeout(() => {
          armed.delete(id);
          fn();
        }, ms);
        armed.add(id);
        return id;
      },
      clearTimeout(id) {
        armed.delete(id);
        clock.clearTimeout(id);
      },
    },
  };
}

export function stage(options: StageOptions = {}): Stage {
  const { users = everybody, server: serverOptions, plug, transport, after, create = createPresenceService, ...rest } = options;
  const clock = after?.clock ?? createPretendClock({ now: start });
  const server = after?.server ?? createMemoryServer({ clock, random: () => 0.5, users, ...serverOptions });
  const mine = watched(clock);
  const service = create({
    transport: transport ?? server.transport(plug),
    random: () => 0.5,
    ...rest,
    clock: mine.clock,
  });
  const notices: Notice[] = [];
  const times: number[] = [];
  service.on('*', (notice) => {
    notices.push(notice);
    times.push(clock.now());
  });
  let taken = 0;
  const take = (): Notice[] => {
    const fresh = notices.slice(taken);
    taken = notices.length;
    return fresh;
  };
  return {
    clock,
    server,
    service,
    notices,
    times,
    timers: mine.size,
    take,
    told: () => take().map(brief),
    fingerprint: () =>
      JSON.stringify([
        service.getPersistedSnapshot(),
        service.actor.getSnapshot().value,
        service.myStatus,
        service.mySigninName,
        service.presenceProperties,
        notices.length,
        mine.size(),
      ]),
    others: () => {
      const { status, note } = server.presenceOf(ann.name);
      return { status: statusName(status), ...(note === undefined ? {} : { note }) };
    },
  };
}

const nick = (status: MISTATUS): string =>
  statusName(status).replace(/^LOCAL_|_TO_SERVER$|_WITH_SERVER$|_FROM_SERVER$|_SERVER$/g, '');

/** `FINDING progress`, `I(S_OK) progress`, `!MSGR_E_DISCONNECTED ONLINE lineLost` for a change that failed, `O`; `+ms` when the next attempt is due. */
export function brief(notice: Notice): string {
  if (notice.type === 'OnSignout') return 'O';
  if (notice.type === 'OnSignin') return `I(${resultName(notice.hr)}) ${notice.reason}`;
  const status = nick(notice.mMyStatus);
  return `${notice.hr === S_OK ? '' : `!${resultName(notice.hr)} `}${status} ${notice.reason}`;
}

/** What a sign-in tells when all goes well. */
export const signedIn = (status = 'ONLINE', reason = 'progress'): string[] => [
  'FINDING progress',
  'CONNECTING progress',
  'I(S_OK) progress',
  'SYNCHRONIZING progress',
  `${status} ${reason}`,
];

export const shownStatuses = {
  online: MISTATUS.ONLINE,
  busy: MISTATUS.BUSY,
  beRightBack: MISTATUS.BE_RIGHT_BACK,
  away: MISTATUS.AWAY,
  onThePhone: MISTATUS.ON_THE_PHONE,
  outToLunch: MISTATUS.OUT_TO_LUNCH,
  invisible: MISTATUS.INVISIBLE,
} as const;
type Chosen = keyof typeof shownStatuses;

export const phases = [
  'signedOut',
  'finding',
  'connecting',
  'synchronizing',
  'publishing',
  ...(Object.keys(shownStatuses) as Chosen[]),
  'idle',
  'waiting',
  'held',
  'disconnecting',
] as const;
/** `publishing` is synchronizing with the first publication at the server. */
export type PhaseName = (typeof phases)[number];
export const onlinePhases = phases.filter((phase) => phase === 'idle' || Object.hasOwn(shownStatuses, phase));

/** At which verb somebody stays when the server says nothing. */
const stuckAt: Partial<Record<PhaseName, PerVerb<boolean>>> = {
  finding: { findServer: true },
  connecting: { connect: true },
  synchronizing: { synchronize: true },
  publishing: { publish: true },
};

/** Signs ann in and stays in a phase; what was told on the way is taken. Silence is over for later calls of verbs, not for the one that waits. */
export async function bringTo(it: Stage, phase: PhaseName): Promise<void> {
  const { server, service, clock } = it;
  if (phase !== 'signedOut') {
    server.faults.silent = stuckAt[phase] ?? false;
    const status = phase in shownStatuses ? shownStatuses[phase as Chosen] : undefined;
    service.signin(ann, status === undefined ? {} : { status });
    await clock.settle();
    server.faults.silent = false;
  }
  if (phase === 'idle') {
    service.environment({ userActive: false });
    await clock.advance(300_000);
  }
  if (phase === 'waiting') server.drop(ann.name);
  if (phase === 'held') service.environment({ network: false });
  if (phase === 'disconnecting') {
    server.faults.silent = { close: true };
    service.signout();
    server.faults.silent = false;
  }
  await clock.settle();
  it.take();
}

const signinResults: readonly number[] = [
  S_OK,
  MSGR_E_INVALID_SERVER_NAME,
  MSGR_E_CONNECT,
  MSGR_E_CANCEL,
  MSGR_E_LOGON_TIMEOUT,
  MSGR_E_SERVER_VERSION,
  MSGR_E_INVALID_PASSWORD,
  MSGR_E_SERVER_TOO_BUSY,
  MSGR_E_SERVER_UNAVAILABLE,
  MSGR_E_UNEXPECTED,
];
const statusResults: readonly number[] = [
  S_OK,
  MSGR_E_DISCONNECTED,
  MSGR_E_UNEXPECTED,
  MSGR_E_SERVER_TOO_BUSY,
  MSGR_E_SERVER_UNAVAILABLE,
];

/** How long a status may last (L08, L17), milliseconds. */
const longest = new Map<number, number>([
  [MISTATUS.LOCAL_FINDING_SERVER, 10_000],
  [MISTATUS.LOCAL_CONNECTING_TO_SERVER, 15_000],
  [MISTATUS.LOCAL_SYNCHRONIZING_WITH_SERVER, 15_000],
  [MISTATUS.LOCAL_DISCONNECTING_FROM_SERVER, 5_000],
]);

/**
 * What in a stream of notices breaks a law, from the first notice of a service on; empty: nothing. It knows the laws, not the chart.
 * @param until the time at which the stream was read, for the limits; left out, limits are not looked at
 */
export function breaches(notices: readonly Notice[], times: readonly number[] = [], until?: number): string[] {
  const found: string[] = [];
  let status: number = MISTATUS.OFFLINE;
  let since = start;
  let attempt = 0;
  /** What the notice before demands of the one that follows: a status, and nothing else. */
  let next: number | undefined;
  let answered = true;
  notices.forEach((notice, index) => {
    const at = times[index] ?? 0;
    const breach = (law: string): void => void found.push(`${law} at ${index}: ${brief(notice)}`);
    if (!Object.isFrozen(notice) || Object.keys(notice)[0] !== 'type') breach('frozen, type first');
    if (next !== undefined && (notice.type !== 'OnMyStatusChange' || notice.mMyStatus !== next || notice.hr !== S_OK)) {
      breach(`must be ${statusName(next)}`);
    }
    next = undefined;
    if (notice.type === 'OnSignout') {
      if (!isOnline(status) && status !== MISTATUS.LOCAL_SYNCHRONIZING_WITH_SERVER) breach('L17 only out of a session');
      next = MISTATUS.LOCAL_DISCONNECTING_FROM_SERVER;
      return;
    }
    if (notice.type === 'OnSignin') {
      if (!signinResults.includes(notice.hr)) breach('L07');
      if (answered) breach('L05 one answer an attempt');
      if (notice.attempt !== attempt) breach('attempt');
      answered = true;
      if (notice.hr === S_OK) {
        if (status !== MISTATUS.LOCAL_CONNECTING_TO_SERVER) breach('L05 accepted between connecting and synchronizing');
        next = MISTATUS.LOCAL_SYNCHRONIZING_WITH_SERVER;
      } else next = MISTATUS.OFFLINE;
      return;
    }
    const { hr, mMyStatus, previous, retryAt } = notice;
    if (!statusResults.includes(hr)) breach('L07');
    if (previous !== status) breach(`previous is ${previous}, was ${status}`);
    if (retryAt !== undefined && (mMyStatus !== MISTATUS.OFFLINE || retryAt < at)) breach('retryAt');
    if (hr !== S_OK) {
      if (mMyStatus !== status) breach('L02 the status stays');
      if (!isOnline(status) && status !== MISTATUS.LOCAL_SYNCHRONIZING_WITH_SERVER) breach('L14 before what follows');
      if (status === MISTATUS.LOCAL_SYNCHRONIZING_WITH_SERVER) next = MISTATUS.OFFLINE;
      return;
    }
    const limit = longest.get(status);
    if (until !== undefined && limit !== undefined && at - since > limit)
      breach(`L08 ${statusName(status)} lasted ${at - since}`);
    const follows = ((): boolean => {
      switch (mMyStatus) {
        case MISTATUS.OFFLINE:
          return answered;
        case MISTATUS.LOCAL_FINDING_SERVER:
          return status === MISTATUS.OFFLINE;
        case MISTATUS.LOCAL_CONNECTING_TO_SERVER:
          return status === MISTATUS.LOCAL_FINDING_SERVER;
        case MISTATUS.LOCAL_SYNCHRONIZING_WITH_SERVER:
          return status === MISTATUS.LOCAL_CONNECTING_TO_SERVER && notices[index - 1]?.type === 'OnSignin';
        case MISTATUS.LOCAL_DISCONNECTING_FROM_SERVER:
          return notices[index - 1]?.type === 'OnSignout';
        default:
          return isOnline(mMyStatus) && (isOnline(status) || status === MISTATUS.LOCAL_SYNCHRONIZING_WITH_SERVER);
      }
    })();
    if (!follows) breach(`L05 L06 after ${statusName(status)}`);
    if (mMyStatus === MISTATUS.LOCAL_FINDING_SERVER) {
      attempt += 1;
      answered = false;
    }
    if (notice.attempt !== attempt) breach(`attempt is ${attempt}`);
    status = mMyStatus;
    since = at;
  });
  const limit = longest.get(status);
  if (until !== undefined && limit !== undefined && until - since > limit) {
    found.push(`L08 ${statusName(status)} lasts since ${until - since}`);
  }
  return found;
}
