/**
 * The storm: one user's service on a memory server in bad weather, under a pretend clock, to which deeds are done that are plain data. It
 * holds everything that happens against the laws, and in the end, when the weather is calm, expects what the user wants to be what others
 * see. Deterministic: the same deeds from the same seed are the same storm. It must never wait for real time.
 */
import {
  answer,
  breachesOfTrace,
  isOnline,
  leafOf,
  MISTATUS,
  phaseOf,
  resultName,
  S_FALSE,
  S_OK,
  statusName,
  type Ask,
  type Seen,
} from '../../machines/index.js';
import type { Notice } from '../notices.js';
import type { Clock, PolicyOptions } from '../policy.js';
import type { Recording } from '../record.js';
import { replay } from '../replay.js';
import { createPresenceService, type PersistedSnapshot, type PresenceService } from '../service.js';
import { createMemoryServer, type MemoryServer, type MemoryServerOptions } from '../transports/memory/index.js';
import { createPretendClock, seededRandom, type PretendClock } from './clock.js';
import { passwords, stormUsers, type Deed } from './deeds.js';
import { asJudged, Oracle, type OracleWish } from './oracle.js';
import { watch, type Watch } from './watch.js';
import { createWeather, faultOf, type Weather } from './weather.js';

export interface StormOptions {
  /** Another build of the library, for mutants. */
  readonly create?: typeof createPresenceService;
  /** Draws waits. */
  readonly seed?: number;
  /** Draws waits in place of the seed. */
  readonly random?: () => number;
  readonly policy?: PolicyOptions;
  readonly server?: Omit<MemoryServerOptions, 'clock' | 'random' | 'users'>;
  /** Where time begins. */
  readonly now?: number;
}

export interface Storm {
  readonly clock: PretendClock;
  readonly server: MemoryServer;
  /** The one that lives now. */
  readonly service: PresenceService;
  /** All notices of the service that lives now. */
  readonly notices: readonly Notice[];
  /** Steps of the chart so far, by all services. */
  readonly steps: number;
  /** Deeds done so far. */
  readonly deeds: readonly Deed[];
  /**
   * Does a deed, and lets everything happen that needs no time, unless the deed says how many turns.
   * @returns what a call returned
   */
  perform(deed: Deed): Promise<number | undefined>;
  /** What is broken so far. */
  breaches(): string[];
  /** Calms the weather, waits, looks at what others see, signs out, disposes. @returns what was broken in the whole storm */
  finish(): Promise<string[]>;
  readonly recording: Recording;
}

/** Long enough for the longest wait, after every limit that may still run (contract §5). */
const calmDown = 300_000 + 60_000 + 60_000;

export function createStorm(options: StormOptions = {}): Storm {
  const { create = createPresenceService, seed = 1, policy, now = 1_700_000_000_000 } = options;
  const random = options.random ?? seededRandom(seed);
  const clock = createPretendClock({ now });
  let tokens = 1;
  let token = 'token-1';
  const users = Object.fromEntries(
    Object.entries(passwords).map(([name, password]) => [name, name === stormUsers.ann ? { password, token } : { password }]),
  );
  const server = createMemoryServer({ clock, random, users, ...options.server });
  const weather: Weather = createWeather(server.transport(), clock);
  const deeds: Deed[] = [];
  const found: string[] = [];
  /** How far the wall has been moved: limits are about time that was lived. */
  let leapt = 0;
  let isSettled = true;
  let life: Life = begin();

  interface Life {
    readonly service: PresenceService;
    readonly eye: Watch;
    readonly oracle: Oracle;
    readonly notices: Notice[];
    readonly armed: Set<unknown>;
    /** Places in what was seen at which a loss came before the service had told, or heard, of the link (L20). */
    readonly early: Set<number>;
    /** Links that came after their connect had been given up: nobody has two because of them (L26). */
    readonly late: Set<number>;
    /** Calls by their place in what was seen: how many notices had left the chart before. */
    readonly calls: Map<number, number>;
  }

  function begin(snapshot?: PersistedSnapshot, former?: Life): Life {
    const armed = new Set<unknown>();
    const own: Clock = {
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
    };
    const early = new Set<number>();
    const late = new Set<number>();
    let connects = 0;
    const notices: Notice[] = [];
    const eye = watch(weather.transport, { now: () => clock.now() - leapt });
    // Steps of the restart itself come before anybody can listen, so they are read from the recording.
    let oracle: Oracle | undefined = undefined;
    const service = create({
      transport: {
        ...eye.transport,
        connect: async (address, credentials, events, signal, previous) => {
          // The watch numbers them alike.
          const id = ++connects;
          const lost: typeof events.lost = (error) => {
            // The watch, which is further inside, has just written it down. While connecting, the service has not been handed the link yet.
            const isEarly = oracle && (notices.length < oracle.notices || leafOf(oracle.state) === 'connecting');
            if (isEarly) early.add(eye.seen.length - 1);
            events.lost(error);
          };
          const link = await eye.transport.connect(address, credentials, { ...events, lost }, signal, previous);
          if (signal.aborted) late.add(id);
          return link;
        },
      },
      clock: own,
      random,
      records: 20_000,
      policy: { ...policy },
      credentials: () => ({ name: stormUsers.ann, token }),
      ...(snapshot ? { snapshot } : {}),
      onRecord: (record) => oracle?.hear(record),
    });
    const { recording } = service;
    oracle = former ? former.oracle.reborn(recording) : new Oracle(recording);
    for (const record of recording.records) oracle.hear(record);
    eye.service(service, (notice) => void notices.push(notice));
    return { service, eye, oracle, notices, armed, early, late, calls: new Map() };
  }

  function call(name: string, ask: Ask, run: () => number): number {
    // Whatever a jump has made due is judged before the call is.
    life.service.environment({});
    const expected = answer(life.service.actor.getSnapshot(), ask);
    const told = life.notices.length;
    const left = life.oracle.notices;
    const hr = run();
    // What it began at once has been seen already.
    life.calls.set(life.eye.seen.length, left);
    life.eye.call(name, hr, expected);
    if (life.notices.length !== told) found.push(`L18: told before ${name} returned`);
    return hr;
  }

  function perform(deed: Deed): number | void | Promise<void> {
    const { service, oracle } = life;
    switch (deed.do) {
      case 'signin': {
        const { who, status, note } = deed;
        const name = who === 'bob' ? stormUsers.bob : stormUsers.ann;
        const password = who === 'wrong' ? 'wrong' : passwords[name];
        const wish = { ...(status === undefined ? {} : { status }), ...(note === undefined ? {} : { note }) };
        // What a jump has made due comes first: it may be the end of the attempt, and of what was wished for.
        service.environment({});
        const isSame = service.mySigninName === name;
        const before = oracle.wish;
        const hr = call('signin', { type: 'signin', name: isSame ? 'same' : 'other' }, () =>
          service.signin({ name, password: password ?? '' }, wish),
        );
        const wished = status ?? before?.status;
        if (hr >= 0 && (status !== undefined || note !== undefined))
          oracle.want(wished === undefined ? undefined : { status: wished, ...(note === undefined ? {} : { note }) });
        return hr;
      }
      case 'autoSignin':
        return call('autoSignin', { type: 'autoSignin', credentials: true }, () => service.autoSignin());
      case 'signout':
        return call('signout', { type: 'signout' }, () => service.signout());
      case 'setStatus': {
        const { status, note, lasts } = deed;
        const until = lasts === undefined ? undefined : clock.now() + lasts;
        const hr = call('setStatus', { type: 'setStatus', status }, () => service.setStatus(status, { note, until }));
        const wish: OracleWish | undefined =
          until === undefined ? { status, ...(note === undefined ? {} : { note }) } : undefined;
        if (hr === S_OK) oracle.ask(wish);
        else if (hr === S_FALSE) oracle.want(wish);
        return hr;
      }
      case 'environment': {
        const { do: _, turns: __, ...known } = deed;
        service.environment(known);
        return;
      }
      case 'advance':
        return clock.advance(deed.ms);
      case 'jump':
        leapt += deed.ms;
        clock.jump(deed.ms);
        return;
      case 'lose':
        server.drop(undefined, faultOf(deed.reason) as never);
        return;
      case 'shutdown':
        return server.shutdown();
      case 'restart':
        return server.restart();
      case 'fail':
        return server.next(deed.verb, faultOf(deed.reason, deed.retryAfterMs), { times: deed.times ?? 1 });
      case 'silent':
        server.faults.silent = { ...(server.faults.silent as object), [deed.verb]: deed.on };
        return;
      case 'blow': {
        const { before, after, deaf } = deed;
        return weather.blow(deed.verb, { before, after, deaf });
      }
      case 'lossDelay':
        weather.lossDelay = deed.ms;
        return;
      case 'halfOpen':
        return weather.halfOpen();
      case 'echo':
        return void weather.echo(deed.back);
      case 'calm':
        weather.calm();
        server.calm();
        server.faults.silent = {};
        return;
      case 'expireToken':
        tokens += 1;
        server.setUser(stormUsers.ann, { password: passwords[stormUsers.ann] ?? '', token: `token-${tokens}` });
        if (deed.renewed) token = `token-${tokens}`;
        return;
      case 'reborn':
        return reborn(deed.pause);
    }
  }

  async function reborn(pause: number): Promise<void> {
    const former = life;
    const snapshot = JSON.parse(JSON.stringify(former.service.getPersistedSnapshot())) as PersistedSnapshot;
    await former.service.dispose();
    // A link that was on its way is dropped when it arrives.
    await clock.settle();
    endOf(former);
    await clock.advance(pause);
    // No loss is seen of a service that has ended.
    life = begin(snapshot, former);
  }

  /** Judges a life that is over. */
  function endOf({ service, eye, oracle, early, late, calls, armed }: Life): void {
    eye.rest(armed.size);
    judge({ eye, oracle, early, late, calls });
    const { departure } = replay(service.recording);
    if (departure) found.push(`B08: line ${departure.line} of the recording departs in ${departure.what}`);
  }

  function judge({ eye, oracle, early, late, calls }: Pick<Life, 'eye' | 'oracle' | 'early' | 'late' | 'calls'>): void {
    const seen = asJudged(eye.seen, calls).flatMap(([entry, place]): Seen[] => {
      if (entry.seen !== 'link') return [entry];
      if (late.has(entry.link)) return [];
      return early.has(place) ? [{ ...entry, depth: 1 }] : [entry];
    });
    const limits = { signoutTimeout: policy?.signoutTimeout ?? 5_000, connectTimeout: policy?.connectTimeout ?? 15_000 };
    found.push(...oracle.complaints.splice(0), ...breachesOfTrace({ ...limits, seen, secrets: Object.values(passwords) }));
  }

  /** What can be seen at any moment. */
  function broken(): string[] {
    const { eye, service, armed } = life;
    const all: string[] = [];
    const leaf = leafOf(service.actor.getSnapshot());
    if (isSettled && leaf === 'signedOut' && (armed.size > 0 || eye.links > 0))
      all.push(`L27: ${armed.size} timers and ${eye.links} links at rest`);
    if (isSettled && eye.links > 1) all.push(`L26: ${eye.links} links`);
    // A notice that is on its way may still tell of something else.
    const isTold = life.notices.length === life.oracle.notices;
    if (isTold && isOnline(service.myStatus) !== (phaseOf(leaf) === 'online'))
      all.push(`L12: ${statusName(service.myStatus)} in ${leaf}`);
    return all;
  }

  async function finish(): Promise<string[]> {
    await perform({ do: 'calm' });
    if (!server.running) server.restart();
    token = `token-${tokens}`;
    life.service.environment({ network: true, awake: true });
    await clock.advance(calmDown);
    life.service.environment({ userActive: true });
    await clock.advance(30_000);
    found.push(...broken(), ...converged());
    const { service } = life;
    const hr = call('signout', { type: 'signout' }, () => service.signout());
    await clock.advance(5_000);
    if (service.myStatus !== MISTATUS.OFFLINE) found.push(`L17: ${statusName(service.myStatus)} after ${resultName(hr)}`);
    const quiet = life.notices.length;
    // Late answers of what did not hear that it was given up have arrived by then.
    await clock.advance(60_000);
    if (life.notices.length !== quiet) found.push('L21: something followed a sign-out');
    found.push(...broken());
    life.eye.rest(life.armed.size);
    await service.dispose();
    await clock.settle();
    if (server.undropped > 0) found.push(`L26: ${server.undropped} links were never dropped`);
    endOf(life);
    return found;
  }

  /** Everything works and nothing holds: either it says why it rests, or what is wanted is what others see (L23, L24). */
  function converged(): string[] {
    const { service, oracle, notices } = life;
    const leaf = leafOf(service.actor.getSnapshot());
    if (leaf === 'signedOut') {
      const last = notices.at(-1);
      const isSaid = last === undefined || (last.type === 'OnMyStatusChange' && last.mMyStatus === MISTATUS.OFFLINE);
      return isSaid ? [] : ['end: signed out without a word'];
    }
    if (phaseOf(leaf) !== 'online') return [`end: still ${leaf} when all is well`];
    const { wanted, user } = service.getPersistedSnapshot() as { wanted: OracleWish; user: string };
    const shown = server.sessions.find(({ name, line }) => name === service.mySigninName && line === 'open');
    const wish = oracle.wish ?? wanted;
    const told = `${statusName(service.myStatus)} is told, ${statusName(wish.status)} ${wish.note ?? ''} wanted`;
    const isSame = service.myStatus === wish.status;
    const isShown = isSame && (oracle.isDoubtful || (shown?.status === wish.status && shown.note === wish.note));
    return isShown && user === 'active'
      ? []
      : [`L23: others see ${shown ? statusName(shown.status) : 'nobody'} ${shown?.note ?? ''}, ${told}`];
  }

  return {
    clock,
    server,
    get service() {
      return life.service;
    },
    get notices() {
      return life.notices;
    },
    get steps() {
      return life.oracle.steps;
    },
    deeds,
    async perform(deed) {
      const { turns } = deed;
      deeds.push(deed);
      const answered = await perform(deed);
      isSettled = turns === undefined;
      if (turns === undefined) await clock.settle();
      else for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      return typeof answered === 'number' ? answered : undefined;
    },
    breaches: () => [...found, ...life.oracle.complaints, ...broken()],
    finish,
    get recording() {
      return life.service.recording;
    },
  };
}
