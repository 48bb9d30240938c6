/**
 * A world around a real service: makes each move of a path happen through the public door, with a scripted transport and a clock that stands still but
 * for the moment in which a timer ends, so that timers end in whatever order the path says and none is ever late. It must never send to the
 * machine itself, and never know what should come of a move.
 */
import { MISTATUS, resultName, statusName, timerFacts, type Message, type TimerName } from '../../machines/index.js';
import type { Notice } from '../notices.js';
import type { PolicyOptions } from '../policy.js';
import { createPresenceService, type PersistedSnapshot, type PresenceServiceOptions, type PresenceService } from '../service.js';
import { createScriptedTransport } from './scripted.js';
import type { Move } from './world-model.js';

/** What of a service is used here. */
export type ServiceInWorld = Pick<
  PresenceService,
  'signin' | 'autoSignin' | 'signout' | 'setStatus' | 'environment' | 'on' | 'getPersistedSnapshot' | 'dispose'
>;

export interface ScriptedWorldOptions {
  /** Makes the service; `createPresenceService` unless given. What it is handed has to be passed on. */
  readonly createService?: (options: PresenceServiceOptions) => ServiceInWorld;
}

/** What came of a move. */
export interface Happened {
  /** What a call returned; nothing for what is no call. */
  readonly hr: number | undefined;
  readonly notices: readonly Notice[];
}

export interface ScriptedWorld {
  /** Lets a move happen, and everything that follows from it. @throws Error when it cannot happen now */
  happen(move: Move): Promise<Happened>;
  /** Disposes of the service. @returns what it has left behind: nothing, if it is well */
  end(): Promise<{ readonly timers: number; readonly links: number; readonly verbs: number }>;
}

const user = 'romeo@example.test';
const start = 1_000_000;
const wakeCheck = 60_000;
/** By its length each timer is known; only those of idleness, which are counted from the last input, have a fraction. */
const policy: PolicyOptions = {
  findServerTimeout: 11_000,
  connectTimeout: 12_000,
  synchronizeTimeout: 13_000,
  publishTimeout: 14_000,
  signoutTimeout: 15_000,
  wakeCheck,
  // The random number is a half, always.
  retry: { base: 32_000, factor: 1, cap: 32_000, slowCap: 32_000, firstSpread: 34_000 },
  backOnlineSpread: 36_000,
  idleAfter: 100_000.5,
  awayAfterIdle: 50_000.25,
  remember: true,
};
const lengths: Readonly<Record<string, readonly number[]>> = {
  finding: [11_000],
  logon: [12_000],
  synchronizing: [13_000],
  publish: [14_000],
  signout: [15_000],
  check: [wakeCheck],
  retry: [16_000, 17_000, 18_000],
  beat: [30_000],
};
const soon = 100_000_000;

interface WorldTimer {
  readonly ms: number;
  /** By the host's own count of time, which no setting of the clock changes. */
  readonly due: number;
  readonly fn: () => void;
}

/** A clock as a host has one: what it shows may be set, and its timers count on regardless. */
function createWorldClock() {
  let time = start;
  let shift = 0;
  const armed = new Set<WorldTimer>();
  return {
    now: () => time + shift,
    setTimeout(fn: () => void, ms: number): WorldTimer {
      const timer = { ms, due: time + Math.max(0, ms), fn };
      armed.add(timer);
      return timer;
    },
    clearTimeout: (id: unknown) => void armed.delete(id as WorldTimer),
    armed,
    /** What the clock shows when a timer ends. */
    shownAt: ({ due }: WorldTimer) => due + shift,
    /** Ends a timer at its very time; then it is the same time as before. */
    end(timer: WorldTimer): void {
      armed.delete(timer);
      time = timer.due;
      timer.fn();
      time = start;
    },
    setBack: (ms: number) => void (shift -= ms),
  };
}

type Call = Extract<Move, { type: `${string}.request` }>;

export function createScriptedWorld(options: ScriptedWorldOptions = {}): ScriptedWorld {
  const { createService = createPresenceService } = options;
  const clock = createWorldClock();
  const script = createScriptedTransport({
    capabilities: { statuses: [MISTATUS.ONLINE, MISTATUS.BUSY, MISTATUS.IDLE, MISTATUS.AWAY] },
  });
  const ends = new Set<number>();
  let notices: Notice[] = [];
  let tokens = 0;
  let service = create();

  function create(snapshot?: PersistedSnapshot): ServiceInWorld {
    const made = createService({
      transport: script.transport,
      // Another one each time, so that one that has expired can be renewed.
      credentials: () => ({ name: user, token: `stored-${(tokens += 1)}` }),
      policy,
      clock,
      random: () => 0.5,
      ...(snapshot ? { snapshot } : {}),
    });
    made.on('*', (notice) => void notices.push(notice));
    return made;
  }

  function call(move: Call): number {
    switch (move.type) {
      case 'signin.request':
        if (move.tries === 'retry') return service.autoSignin();
        return service.signin({ name: user, token: 'typed' }, move.status === undefined ? {} : { status: move.status });
      case 'signout.request':
        return service.signout();
      case 'status.request': {
        if (move.temporary !== true) return service.setStatus(move.status);
        const until = clock.now() + soon + ends.size;
        ends.add(until);
        return service.setStatus(move.status, { until });
      }
    }
  }

  function report(move: Exclude<Message, { type: `${string}.request` }>): void {
    const timer = (Object.keys(timerFacts) as TimerName[]).find((name) => timerFacts[name] === move.type);
    if (timer) return clock.end(timerOf(timer));
    switch (move.type) {
      case 'status.expired':
        return clock.end(timerOf('expiry'));
      case 'clock.jumped': {
        // Set back so far that the beat notices, and no other deadline has passed when it does.
        const beat = timerOf('beat');
        clock.setBack(beat.due - start + wakeCheck);
        return clock.end(beat);
      }
      case 'network.lost':
      case 'network.restored':
        return service.environment({ network: move.type === 'network.restored' });
      case 'power.suspended':
      case 'power.resumed':
        return service.environment({ awake: move.type === 'power.resumed' });
      case 'input.ceased':
      case 'input.resumed':
        return service.environment({ userActive: move.type === 'input.resumed' });
      case 'session.restored': {
        // What a service that was signed in would have kept besides: whose session it was.
        const snapshot = { ...service.getPersistedSnapshot(), state: 'online', name: user };
        void service.dispose();
        service = create(snapshot);
        return;
      }
      default:
        return script.happen(move);
    }
  }

  function timerOf(name: TimerName | 'expiry' | 'beat'): WorldTimer {
    const kindOf = (timer: WorldTimer): string => {
      if (ends.has(clock.shownAt(timer))) return 'expiry';
      return Object.keys(lengths).find((kind) => lengths[kind]?.includes(timer.ms)) ?? 'input';
    };
    const armed = [...clock.armed];
    const kind = name === 'idle' || name === 'away' ? 'input' : name;
    const found = armed.filter((timer) => kindOf(timer) === kind);
    const [timer] = found;
    if (!timer || found.length > 1) {
      const all = armed.map((one) => `${kindOf(one)} (${one.ms} ms)`).join(', ');
      throw new Error(`scripted world: ${found.length} timers run that could be ${name}; all: ${all || 'none'}`);
    }
    return timer;
  }

  return {
    async happen(move) {
      notices = [];
      let hr: number | undefined;
      if (isCall(move)) hr = call(move);
      else report(move);
      await turn();
      return { hr, notices };
    },
    async end() {
      await service.dispose();
      return { timers: clock.armed.size, links: script.links, verbs: script.waiting.length };
    },
  };
}

// Held here, before a test may put pretended timers in their place.
const soonest: (fn: () => void) => unknown = typeof setImmediate === 'function' ? setImmediate : (fn) => setTimeout(fn, 0);
/**
 * Everything that follows has happened: a service orders by microtasks only (L27), and all of those come before the next macrotask. Turns of the
 * microtask queue would do as well, but runners that trace promises make hundreds of them for every step dear.
 */
const turn = (): Promise<void> => new Promise((resolve) => void soonest(resolve));

const isCall = (move: Move): move is Call => move.type.endsWith('.request');

/** A notice of the chart or of a service as a line, with everything that the chart decides: `OnMyStatusChange S_OK BUSY userRequest`. */
export function noticeLine(
  notice: Pick<Notice, 'type'> & { readonly reason?: unknown; readonly hr?: number; readonly mMyStatus?: number },
): string {
  const { type, hr, mMyStatus, reason } = notice;
  return [
    type,
    ...(hr === undefined ? [] : [resultName(hr)]),
    ...(mMyStatus === undefined ? [] : [statusName(mMyStatus)]),
    String(reason),
  ].join(' ');
}
