/**
 * The outside world of a model path: makes each of its messages happen for real, to a service on the public door with a scripted transport and
 * clock, as `ways.ts` has planned it. It must never send to the machine itself.
 */
import { judge, MISTATUS, timerFacts, type Message, type State, type TimerName } from '../../machines/index.js';
import { createPresenceService, type Notice, type PresenceService } from '../../src/index.js';
import { askOf, isRequest } from '../../src/table/explore.js';
import { createPretendClock, createScriptedClock, createScriptedTransport, type ScriptedTimer } from '../../src/testing/index.js';
import { start, type Expected, type Plan } from './ways.js';

const user = 'romeo@example.test';
// Timers that run side by side end in any order here, which looks like a jump of the clock: none is long enough.
const wakeCheck = 2_000_000_000;
/** Limits by which each timer is known; only those of idleness are counted from the last input, and have a fraction. */
const policy = {
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
const lengths = {
  finding: [11_000],
  logon: [12_000],
  synchronizing: [13_000],
  publish: [14_000],
  signout: [15_000],
  check: [wakeCheck],
  retry: [16_000, 17_000, 18_000],
  beat: [30_000],
} as const;

/** What the service did in one step. */
export interface Seen {
  readonly state: State;
  readonly notices: readonly Notice[];
  readonly records: PresenceService['records'];
}

export class Outside {
  readonly #plan: Plan;
  readonly #make: typeof createPresenceService;
  readonly #clock = createScriptedClock({ now: start });
  readonly #script = createScriptedTransport({
    capabilities: { statuses: [MISTATUS.ONLINE, MISTATUS.BUSY, MISTATUS.IDLE, MISTATUS.AWAY] },
  });
  readonly #settle = createPretendClock().settle;
  #service: PresenceService;
  #notices: Notice[] = [];
  #records = 0;
  #tokens = 0;

  /** @param create makes the service; the real one unless given */
  constructor(plan: Plan, create: typeof createPresenceService = createPresenceService) {
    this.#plan = plan;
    this.#make = create;
    const { base } = plan;
    this.#service = this.#create(base && { version: 1, state: 'signedOut', wanted: base, user: 'active', lastInput: start });
  }

  /** Lets the message of a step happen and everything that follows from it. @throws when a call is answered otherwise than the table says */
  async happen({ message, before }: Expected, number: number): Promise<Seen> {
    this.#notices = [];
    this.#records = this.#service.records.at(-1)?.n ?? 0;
    if (isRequest(message)) {
      const hr = this.#call(message, this.#plan.until.get(number));
      const [answer] = judge(before, askOf(message));
      if (hr !== answer) throw new Error(`${message.type} was answered with ${hr}, not ${answer}`);
    } else this.#report(message);
    await this.#settle();
    return this.seen();
  }

  seen(): Seen {
    const records = this.#service.records.filter(({ n }) => n > this.#records);
    return { state: this.#service.actor.getSnapshot(), notices: this.#notices, records };
  }

  /** Ends the service; what is left of it. */
  async end(): Promise<{ timers: number; links: number; verbs: number }> {
    await this.#service.dispose();
    return { timers: this.#clock.armed.length, links: this.#script.links, verbs: this.#script.waiting.length };
  }

  #create(snapshot?: Record<string, unknown>): PresenceService {
    const renews = this.#plan.steps.some(({ message }) => 'reason' in message && message.reason === 'tokenExpired');
    const stored = () => ({ name: user, token: `stored-${(this.#tokens += 1)}` });
    const service = this.#make({
      transport: this.#script.transport,
      credentials: renews ? stored : stored(),
      policy: { ...policy, firstTry: this.#plan.firstTry },
      clock: this.#clock,
      random: () => 0.5,
      ...(snapshot ? { snapshot } : {}),
    });
    service.on('*', (notice) => void this.#notices.push(notice));
    return service;
  }

  #call(message: Extract<Message, { type: `${string}.request` }>, until: number | undefined): number {
    const more = until === undefined ? {} : { until };
    switch (message.type) {
      case 'signin.request': {
        if (message.tries === 'retry' && this.#plan.firstTry === 'auto') return this.#service.autoSignin();
        const { status } = message;
        return this.#service.signin({ name: user, token: 'typed' }, status === undefined ? {} : { status, ...more });
      }
      case 'signout.request':
        return this.#service.signout();
      case 'status.request':
        return this.#service.setStatus(message.status, more);
    }
  }

  #report(message: Exclude<Message, { type: `${string}.request` }>): void {
    const timer = (Object.keys(timerFacts) as TimerName[]).find((name) => timerFacts[name] === message.type);
    if (timer) return this.#clock.fire(this.#timer(timer));
    switch (message.type) {
      case 'status.expired':
        return this.#clock.fire(this.#timer('expiry'));
      case 'clock.jumped':
        // Said to the actor itself; that a jump is noticed is for a test with a clock that keeps its order.
        return this.#service.actor.send(message);
      case 'network.lost':
      case 'network.restored':
        return this.#service.environment({ network: message.type === 'network.restored' });
      case 'power.suspended':
      case 'power.resumed':
        return this.#service.environment({ awake: message.type === 'power.resumed' });
      case 'input.ceased':
      case 'input.resumed':
        return this.#service.environment({ userActive: message.type === 'input.resumed' });
      case 'session.restored': {
        // What a service that was signed in would have kept besides: whose session it was.
        const snapshot = { ...this.#service.getPersistedSnapshot(), state: 'online', name: user };
        void this.#service.dispose();
        this.#notices = [];
        this.#records = 0;
        this.#service = this.#create(snapshot);
        return;
      }
      default:
        return this.#script.happen(message);
    }
  }

  #timer(name: TimerName | 'expiry' | 'beat'): ScriptedTimer {
    const { base, until } = this.#plan;
    const ends = [base?.until, base?.before?.until, ...until.values()];
    const kindOf = ({ ms, due }: ScriptedTimer): string => {
      if (ms > 0 && ends.includes(due)) return 'expiry';
      return Object.entries(lengths).find(([, list]) => (list as readonly number[]).includes(ms))?.[0] ?? 'input';
    };
    const kind = name === 'idle' || name === 'away' ? 'input' : name;
    const found = this.#clock.armed.filter((timer) => kindOf(timer) === kind);
    const [timer] = found;
    if (!timer || found.length > 1)
      throw new Error(`${found.length} timers run that could be ${name}: ${JSON.stringify(this.#clock.armed)}`);
    return timer;
  }
}

/** A notice as the chart says it: without what the driver stamps. */
export function unstamped(notice: Notice): object {
  if (notice.type === 'OnSignout') return notice;
  const { attempt: _, ...rest } = notice;
  if (rest.type !== 'OnMyStatusChange') return rest;
  const { previous: __, retryAt: ___, ...bare } = rest;
  return bare;
}
