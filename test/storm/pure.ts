/**
 * The storm on the pure chart: seeded schedules of messages, many of them doubled, out of order or of a dead attempt, with every step and
 * every schedule held against the laws. It knows no driver: timers and links are counted from the commands alone.
 */
import {
  breachesOfRow,
  breachesOfStray,
  breachesOfTrace,
  initialState,
  isNotice,
  leafOf,
  MISTATUS,
  phaseOf,
  samples,
  smallRules,
  statusOfLeaf,
  step,
  stepperOf,
  timerFacts,
  timersOf,
  type Chart,
  type Leaf,
  type Message,
  type Output,
  type Rules,
  type Seen,
  type SeenNotice,
  type State,
  type Stepper,
  type TimerName,
} from '../../machines/index.js';
import { cellOf, keyOf, type Cell } from '../../src/table/explore.js';
import { seededRandom } from '../../src/testing/index.js';

// Held here: a global is dear inside a test runner's context.
const { floor } = Math;

/** What leads on is drawn more often, so that schedules get where there is more to break. */
const likely: Partial<Record<Message['type'], number>> = {
  'signin.request': 6,
  'server.found': 12,
  'link.opened': 12,
  'session.synchronized': 12,
  'status.published': 12,
  'status.request': 4,
  'retry.due': 6,
};

/** One step, judged. */
interface Judged {
  readonly kind: Cell['kind'];
  readonly to: Place;
  readonly outputs: readonly Output[];
  readonly notices: readonly SeenNotice[];
  readonly breaches: readonly string[];
}
/** A state, and what is known already of the steps out of it. */
interface Place {
  readonly state: State;
  readonly timers: readonly TimerName[];
  readonly steps: (Judged | undefined)[];
}

export interface PureResult {
  readonly schedules: number;
  /** Calls of `step` that counted, strays included. */
  readonly steps: number;
  readonly strays: number;
  /** Pairs of state and message that were met; without `memory` they are not counted. */
  readonly pairs: number;
  readonly failure?: { readonly seed: number; readonly breaches: readonly string[]; readonly messages: readonly Message[] };
}

export interface PureOptions {
  /** Of the first schedule; the next ones count on. */
  readonly seed: number;
  readonly schedules: number;
  /** Messages in a schedule. */
  readonly length?: number;
  readonly rules?: Rules;
  /** Each pair of state and message is run and judged once, as `step` is pure; else every time. */
  readonly memory?: boolean;
  /** Another chart, for mutants. */
  readonly chart?: Chart;
}

export class PureStorm {
  readonly #memory: boolean;
  readonly #run: Stepper['step'];
  readonly #places = new Map<string, Place>();
  readonly #byType: readonly (readonly number[])[];
  readonly #messages: readonly Message[];
  readonly #start: Place;
  readonly #length: number;
  #pairs = 0;

  constructor({ rules = smallRules, memory = false, chart, length = 30 }: Omit<PureOptions, 'seed' | 'schedules'> = {}) {
    this.#memory = memory;
    const stepper = chart ? stepperOf(chart) : { initial: initialState, step };
    this.#run = stepper.step;
    this.#length = length;
    this.#messages = samples(rules, 'all');
    const types = [...new Set(this.#messages.map(({ type }) => type))];
    this.#byType = types.flatMap((type) => {
      const variants = this.#messages.flatMap((message, index) => (message.type === type ? [index] : []));
      return Array.from({ length: likely[type] ?? 1 }, () => variants);
    });
    this.#start = this.#placeOf(stepper.initial(rules));
  }

  /** Runs schedules until one breaks a law. */
  run({ seed, schedules }: Pick<PureOptions, 'seed' | 'schedules'>): PureResult {
    const sum = { schedules: 0, steps: 0, strays: 0 };
    for (let n = 0; n < schedules; n++) {
      const done = this.#schedule(seed + n);
      sum.schedules += 1;
      sum.steps += done.messages.length;
      sum.strays += done.strays;
      if (done.breaches.length > 0) return { ...sum, pairs: this.#pairs, failure: this.#smallest(seed + n, done.messages) };
    }
    return { ...sum, pairs: this.#pairs };
  }

  #schedule(seed: number): {
    readonly messages: readonly Message[];
    readonly strays: number;
    readonly breaches: readonly string[];
  } {
    const random = seededRandom(seed);
    const below = (count: number) => floor(random() * count);
    const drawn: number[] = [];
    const life = new Life(this.#start);
    const messages: Message[] = [];
    while (messages.length < this.#length && life.breaches.length === 0) {
      let index: number;
      let judged: Judged;
      const chance = random();
      if (chance < 0.15 && drawn.length > 0) {
        // Doubled, out of order, or from a dead attempt.
        index = drawn[drawn.length - 1 - below(drawn.length < 8 ? drawn.length : 8)] as number;
        judged = this.#judge(life.place, index);
      } else {
        let draws = 0;
        do {
          const variants = this.#byType[below(this.#byType.length)] as readonly number[];
          index = variants[below(variants.length)] as number;
          judged = this.#judge(life.place, index);
        } while (judged.kind !== 'handled' && chance < 0.9 && ++draws < 50);
      }
      // A restart comes once, before anything else.
      if (this.#messages[index]?.type === 'session.restored' && messages.length > 0) continue;
      drawn.push(index);
      if (judged.kind === 'refused') continue;
      messages.push(this.#messages[index] as Message);
      life.go(this.#messages[index] as Message, judged);
    }
    return { messages, strays: life.strays, breaches: life.end() };
  }

  /** What is broken by these messages. */
  judge(messages: readonly Message[]): readonly string[] {
    const life = new Life(this.#start);
    for (const message of messages) life.go(message, this.#judgeMessage(life.place, message));
    return life.end();
  }

  /** Takes out whatever can be left out. */
  #smallest(seed: number, messages: readonly Message[]): NonNullable<PureResult['failure']> {
    let best = messages;
    for (let part = best.length >> 1; part >= 1; part >>= 1) {
      for (let from = 0; from + part <= best.length;) {
        const fewer = [...best.slice(0, from), ...best.slice(from + part)];
        if (this.judge(fewer).length > 0) best = fewer;
        else from += 1;
      }
    }
    return { seed, breaches: this.judge(best), messages: best };
  }

  #placeOf(state: State): Place {
    if (!this.#memory) return { state, timers: timersOf(state), steps: [] };
    const key = keyOf(state);
    let place = this.#places.get(key);
    if (!place) this.#places.set(key, (place = { state, timers: timersOf(state), steps: [] }));
    return place;
  }

  #judge(place: Place, index: number): Judged {
    const known = this.#memory ? place.steps[index] : undefined;
    if (known) return known;
    const judged = this.#judgeMessage(place, this.#messages[index] as Message);
    if (this.#memory) {
      place.steps[index] = judged;
      this.#pairs += 1;
    }
    return judged;
  }

  #judgeMessage(place: Place, message: Message): Judged {
    const from = place.state;
    const cell = cellOf(from, message, this.#run);
    const { kind } = cell;
    const nothing = { kind, to: place, outputs: [], notices: [], breaches: [] };
    if (kind === 'refused') return nothing;
    if (kind === 'silent') return { ...nothing, breaches: [`L25: ${message.type} in ${leafOf(from)} is silent`] };
    const [to, outputs] = kind === 'handled' ? [cell.to, cell.outputs] : this.#run(from, message);
    const row = { from, message, to, outputs, again: (other: Message) => this.#run(from, other) };
    if (kind === 'impossible') return { ...nothing, breaches: breachesOfStray(row) };
    if (kind === 'ignored') {
      const isNothing = outputs.length === 0 && keyOf(from) === keyOf(to);
      return { ...nothing, breaches: isNothing ? [] : [`L25: ${message.type} in ${leafOf(from)} is not ignored`] };
    }
    return { kind, to: this.#placeOf(to), outputs, notices: outputs.filter(isNotice), breaches: breachesOfRow(row) };
  }
}

/** The account of one schedule: timers, links, notices. */
class Life {
  place: Place;
  strays = 0;
  readonly breaches: string[] = [];
  readonly #seen: Seen[] = [];
  readonly #timers = new Set<TimerName>();
  #status: number = MISTATUS.OFFLINE;

  constructor(place: Place) {
    this.place = place;
  }

  go({ type }: Message, { kind, to, outputs, notices, breaches }: Judged): void {
    this.breaches.push(...breaches);
    if (kind !== 'handled') return void (this.strays += 1);
    this.place = to;
    const leaf = leafOf(to.state);
    if (type.endsWith('.request')) this.#seen.push({ seen: 'call', at: 0, call: type, hr: 0 });
    this.#count(type, outputs, leaf);
    for (const notice of notices) {
      if (notice.type === 'OnMyStatusChange' && notice.hr === 0) this.#status = notice.mMyStatus;
      this.#seen.push({ seen: 'notice', at: 0, notice });
    }
    if (this.#status !== statusOfLeaf(leaf)) this.breaches.push(`L01: ${this.#status} was told last in ${leaf}`);
    if (leaf === 'signedOut') this.#seen.push({ seen: 'rest', at: 0, timers: this.#timers.size, links: 0 });
  }

  /** Timers by the commands alone; one is over, too, by the fact that it ends with. */
  #count(type: Message['type'], outputs: readonly Output[], leaf: Leaf): void {
    const fired = (Object.keys(timerFacts) as TimerName[]).find((timer) => timerFacts[timer] === type);
    if (fired) this.#timers.delete(fired);
    for (const output of outputs) {
      if (output.type === 'timer.start') this.#timers.add(output.timer);
      else if (output.type === 'timer.stop') this.#timers.delete(output.timer);
    }
    const due = this.place.timers;
    for (const timer of due) if (!this.#timers.has(timer)) this.breaches.push(`L08: ${timer} does not run in ${leaf}`);
    for (const timer of this.#timers) {
      // A check runs besides, in a session.
      const isMeant = due.includes(timer) || (timer === 'check' && (leaf === 'synchronizing' || phaseOf(leaf) === 'online'));
      if (!isMeant) this.breaches.push(`L27: ${timer} is left running in ${leaf}`);
    }
  }

  end(): readonly string[] {
    if (this.breaches.length === 0) this.breaches.push(...breachesOfTrace({ seen: this.#seen }));
    return this.breaches;
  }
}
