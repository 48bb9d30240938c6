/**
 * A herd: compiled sessions that lose one server and come back, by one policy of waits, in simulated time. Events are batches of letters, so a
 * million clients are seconds of work. It must never depend on anything but its options: the same seed is the same herd everywhere.
 */
import type { Message } from '../../machines/index.js';
import { createSessionPool, type PresencePool } from '../table/pool/index.js';
import { seededRandom } from '../testing/index.js';
import { LabClock } from './clock.js';
import type { HerdPolicy } from './policies.js';
import { LabServer } from './server.js';

export interface HerdOptions {
  readonly policy: HerdPolicy;
  /** 1 to 16,777,216. */
  readonly clients: number;
  /** How long the server is away, ms from the first loss. */
  readonly outage: number;
  /** How many clients it lets in per second. */
  readonly accept: number;
  /** How many may wait in line; who finds it full is refused. */
  readonly queue: number;
  /** The part of those whose turn has come that fail all the same, 0 to below 1. */
  readonly fail: number;
  readonly seed: number;
}

export interface HerdProgress {
  /** ms since the first loss. */
  readonly now: number;
  /** Clients that are back, or have given up. */
  readonly settled: number;
}

/** What became of a herd. Times are ms since the first loss. */
export interface HerdResult {
  readonly policy: string;
  readonly attempts: number;
  /** Attempts that found no server. */
  readonly whileDown: number;
  /** Attempts that found the line full. */
  readonly whileFull: number;
  /** Attempts whose turn came, and that failed. */
  readonly failed: number;
  /** Attempts that waited in line until their limit, and cost the server a turn for nothing. */
  readonly abandoned: number;
  readonly back: number;
  readonly gaveUp: number;
  /** When half of all clients were back; undefined: never. */
  readonly halfBack: number | undefined;
  readonly mostBack: number | undefined;
  readonly allBack: number | undefined;
  /** Most attempts in one second. */
  readonly peak: number;
  /** The same from the second on in which the server came back: what it has to bear. */
  readonly peakAfter: number;
  /** By second. */
  readonly attemptsBySecond: readonly number[];
  readonly backBySecond: readonly number[];
}

/** The lines of a server that dies are not lost at one instant: within so many ms, evenly. */
export const lossSpread = 1_000;
/** How long it takes to be refused, ms. */
export const refusal = 20;
/** The part of all clients that `mostBack` speaks of. */
const most = 0.99;
/** Time is given up on a herd this long after the time that the server would need for everybody twice. */
const patience = 3_600_000;
/** Work between two reports of progress. */
const stride = 50_000;

/** Letters for many, sent as one batch. */
class Batch {
  #who: Uint32Array<ArrayBuffer> = new Uint32Array(1_024);
  #what: Uint16Array<ArrayBuffer> = new Uint16Array(1_024);
  size = 0;

  add(session: number, code: number): void {
    if (this.size === this.#who.length) {
      const [who, what] = [new Uint32Array(this.size * 2), new Uint16Array(this.size * 2)];
      who.set(this.#who);
      what.set(this.#what);
      [this.#who, this.#what] = [who, what];
    }
    this.#who[this.size] = session;
    this.#what[this.size] = code;
    this.size += 1;
  }
  at(index: number): number {
    return this.#who[index] as number;
  }
  /** The same letter for all. */
  fill(code: number): void {
    this.#what.fill(code, 0, this.size);
  }
  send(pool: PresencePool): void {
    if (this.size > 0) pool.dispatch(this.#who.subarray(0, this.size), this.#what.subarray(0, this.size));
  }
}

/** Runs a herd until everybody is back or has given up. Between the steps the caller may show progress, or stop. */
export function* herd(options: HerdOptions): Generator<HerdProgress, HerdResult> {
  const { policy, clients, outage, accept, queue, fail, seed } = options;
  const random = seededRandom(seed);
  const clock = new LabClock();
  const server = new LabServer(clients, { up: outage, accept, queue });
  const lostAt = new Float64Array(clients);
  const waits = new Uint32Array(clients);
  const counts = { attempts: 0, whileDown: 0, whileFull: 0, failed: 0, abandoned: 0, back: 0, gaveUp: 0 };
  const attemptsBySecond: number[] = [];
  const backBySecond: number[] = [];
  const times: (number | undefined)[] = [undefined, undefined, undefined];
  const marks = [Math.ceil(clients / 2), Math.ceil(clients * most), clients];
  const leaving = new Batch();

  const pool = createSessionPool({
    capacity: clients,
    clock,
    delays: {
      logon: policy.limit,
      retry(session, asked) {
        const isLoss = (asked as { readonly cause?: unknown } | undefined)?.cause === 'loss';
        if (isLoss) [lostAt[session], waits[session]] = [clock.time, 0];
        else if (server.leave(session)) counts.abandoned += 1;
        const attempt = ((waits[session] as number) + 1) >>> 0;
        waits[session] = attempt;
        const wait = policy.wait({ attempt, lostAt: lostAt[session] as number, now: clock.time }, random);
        if (wait !== undefined) return Math.floor(wait);
        leaving.add(session, code.signout);
        return 2 ** 30;
      },
    },
  });
  const codeOf = (event: Message): number => pool.codeOf(event);
  const code = {
    signin: codeOf({ type: 'signin.request', tries: 'retry' }),
    found: codeOf({ type: 'server.found' }),
    opened: codeOf({ type: 'link.opened' }),
    synchronized: codeOf({ type: 'session.synchronized', resumed: false }),
    published: codeOf({ type: 'status.published', by: 'signin', status: 2 }),
    lost: codeOf({ type: 'link.lost', reason: 'lineLost' }),
    down: codeOf({ type: 'link.refused', reason: 'connectFailed' }),
    full: codeOf({ type: 'link.refused', reason: 'serverTooBusy' }),
    failed: codeOf({ type: 'link.refused', reason: 'serverUnavailable' }),
    signout: codeOf({ type: 'signout.request' }),
  };
  const tell = (batch: Batch, letters: readonly number[]): void => {
    for (const letter of letters) {
      batch.fill(letter);
      batch.send(pool);
    }
  };
  const arrival = [code.opened, code.synchronized, code.published];

  // Numbers of sessions of a pool in which nobody was closed are 0, 1, 2: they are the clients' numbers.
  const everybody = new Batch();
  for (let client = 0; client < clients; client++) everybody.add(pool.open(), code.signin);
  yield { now: 0, settled: 0 };
  tell(everybody, [code.signin, code.found, ...arrival]);
  const trying = new Batch();
  pool.on('server.find', (_, session) => trying.add(session, code.found));

  const losses = lossesOf(clients, random);
  let lost = 0;
  const refusals = new Refusals(clients);
  const batch = new Batch();
  const end = outage + patience + (2 * clients * 1_000) / accept;
  let reported = 0;
  let work = 0;
  while (counts.back + counts.gaveUp < clients) {
    const nextLoss = lost < clients ? (losses.at[losses.order[lost] as number] as number) : Infinity;
    const now = Math.max(clock.time, Math.min(nextLoss, refusals.next, clock.due, server.next));
    if (now > end) break;
    clock.time = now;
    const second = Math.floor(now / 1_000);

    batch.size = 0;
    while (lost < clients && losses.at[losses.order[lost] as number] === now)
      batch.add(losses.order[lost++] as number, code.lost);
    while (refusals.next <= now) refusals.take(batch);
    batch.send(pool);
    work += batch.size;
    while (clock.due <= now) clock.fire();

    tell(trying, [code.found]);
    for (let at = 0; at < trying.size; at++) {
      const client = trying.at(at);
      const found = server.arrive(client, now);
      if (found === 'waits') continue;
      refusals.add(client, code[found], now + refusal);
      counts[found === 'down' ? 'whileDown' : 'whileFull'] += 1;
    }
    counts.attempts += trying.size;
    work += trying.size;
    if (trying.size > 0) attemptsBySecond[second] = (attemptsBySecond[second] ?? 0) + trying.size;
    trying.size = 0;

    batch.size = 0;
    for (let client = server.take(now); client !== undefined; client = server.take(now)) {
      if (client === -1) continue;
      if (fail > 0 && random() < fail) {
        counts.failed += 1;
        refusals.add(client, code.failed, now + refusal);
      } else batch.add(client, code.opened);
    }
    if (batch.size > 0) {
      tell(batch, arrival);
      counts.back += batch.size;
      backBySecond[second] = (backBySecond[second] ?? 0) + batch.size;
      for (const [at, mark] of marks.entries()) if (counts.back >= mark) times[at] ??= now;
    }
    if (leaving.size > 0) {
      leaving.send(pool);
      counts.gaveUp += leaving.size;
      leaving.size = 0;
    }
    if (work >= stride || now - reported >= 10_000) {
      [reported, work] = [now, 0];
      yield { now, settled: counts.back + counts.gaveUp };
    }
  }
  pool.dispose();

  const seconds = Math.max(attemptsBySecond.length, backBySecond.length);
  const filled = (some: readonly number[]): number[] => Array.from({ length: seconds }, (_, second) => some[second] ?? 0);
  const attempts = filled(attemptsBySecond);
  const highest = (some: readonly number[]): number => some.reduce((high, one) => Math.max(high, one), 0);
  return {
    policy: policy.name,
    ...counts,
    halfBack: times[0],
    mostBack: times[1],
    allBack: times[2],
    peak: highest(attempts),
    peakAfter: highest(attempts.slice(Math.floor(outage / 1_000))),
    attemptsBySecond: attempts,
    backBySecond: filled(backBySecond),
  };
}

/** When each client loses its line, and who comes in which order. */
function lossesOf(clients: number, random: () => number): { readonly at: Uint16Array; readonly order: Uint32Array } {
  const at = Uint16Array.from({ length: clients }, () => Math.floor(random() * lossSpread));
  const starts = new Uint32Array(lossSpread + 1);
  for (const one of at) starts[one + 1] = (starts[one + 1] as number) + 1;
  for (let ms = 0; ms < lossSpread; ms++) starts[ms + 1] = (starts[ms + 1] as number) + (starts[ms] as number);
  const order = new Uint32Array(clients);
  for (const [client, one] of at.entries()) {
    order[starts[one] as number] = client;
    starts[one] = (starts[one] as number) + 1;
  }
  return { at, order };
}

/** Who will know in a moment that it was refused: all wait the same time, so they know in the order in which they came. */
class Refusals {
  readonly #who: Uint32Array;
  readonly #what: Uint16Array;
  readonly #due: Float64Array;
  readonly #mask: number;
  #head = 0;
  #tail = 0;

  constructor(clients: number) {
    const size = 2 ** Math.ceil(Math.log2(clients));
    this.#who = new Uint32Array(size);
    this.#what = new Uint16Array(size);
    this.#due = new Float64Array(size);
    this.#mask = size - 1;
  }
  get next(): number {
    return this.#tail === this.#head ? Infinity : (this.#due[this.#head & this.#mask] as number);
  }
  add(client: number, code: number, due: number): void {
    const place = this.#tail++ & this.#mask;
    [this.#who[place], this.#what[place], this.#due[place]] = [client, code, due];
  }
  take(batch: Batch): void {
    const place = this.#head++ & this.#mask;
    batch.add(this.#who[place] as number, this.#what[place] as number);
  }
}
