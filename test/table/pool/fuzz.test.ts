/**
 * Calls at random on a session pool, from outside and out of its listeners, wrong ones among them, beside a model that does the same as plainly as
 * possible: each answer, each word and all that is kept are compared. It prints its seed; `SEED=n` does it again.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Table, TableLetter } from '../../../src/table/format.js';
import { compileLogic } from '../../../src/table/compile/index.js';
import { createSessionPool, type PoolClock, type SessionPool } from '../../../src/table/pool/index.js';
import { readSaved } from '../../../src/table/pool/saved.js';
import { seededRandom } from '../../../src/testing/index.js';
import { PoolModel, type Said } from '../../support/pool-model.js';
import { call } from '../charts.js';

const calls = process.env['CI'] ? 1_000_000 : 100_000;
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const capacity = 60;
/** Out of a listener nothing is opened beyond it: a place that is in a step must not be the only one. */
const roomy = 40;
const checkEvery = 4_000;

/** Moved by hand, at once. */
class HandClock implements PoolClock {
  time = 0;
  #armed: { readonly id: number; readonly due: number; readonly fn: () => void }[] = [];
  #ids = 0;
  now = (): number => this.time;
  setTimeout = (fn: () => void, ms: number): number => {
    this.#armed.push({ id: ++this.#ids, due: this.time + ms, fn });
    return this.#ids;
  };
  clearTimeout = (id: unknown): void => {
    this.#armed = this.#armed.filter((one) => one.id !== id);
  };
  get timers(): number {
    return this.#armed.length;
  }
  advance(until: number): void {
    for (;;) {
      const [first] = this.#armed.filter(({ due }) => due <= until).sort((a, b) => a.due - b.due);
      if (!first) break;
      this.clearTimeout(first.id);
      this.time = Math.max(this.time, first.due);
      first.fn();
    }
    this.time = until;
  }
}

/** Numbers that can be picked from, and those that were closed lately. */
class Numbers {
  readonly open: number[] = [];
  readonly stale: number[] = [];
  readonly #at = new Map<number, number>();
  readonly #met: (session: number) => void;
  constructor(met: (session: number) => void) {
    this.#met = met;
  }
  has(session: number): boolean {
    return this.#at.has(session);
  }
  add(session: number): void {
    if (this.#at.has(session)) throw new Error(`the number ${session} is somebody's already`);
    this.#at.set(session, this.open.length);
    this.open.push(session);
    this.#met(session);
  }
  remove(session: number): void {
    const at = this.#at.get(session);
    const last = this.open.pop();
    if (at === undefined || last === undefined) throw new Error(`the number ${session} is nobody's`);
    this.#at.delete(session);
    if (last !== session) {
      this.open[at] = last;
      this.#at.set(last, at);
    }
    this.stale.push(session);
    if (this.stale.length > 200) this.stale.splice(0, 100);
  }
}

/** What both have to do. */
interface Side {
  open(): number;
  close(session: number): void;
  isOpen(session: number): boolean;
  send(session: number, letter: number, values: readonly unknown[]): boolean;
}
type Random = () => number;
const whole = (random: Random, below: number): number => Math.floor(random() * below);
const pick = <T>(random: Random, list: readonly T[]): T => list[whole(random, list.length)] as T;
const nobody = (random: Random): number => pick(random, [-1, 0.5, NaN, Infinity, 2 ** 32, 2 ** 24 - 1, 2 ** 31 + 1, 2 ** 53]);

/** One side with its own dice: as long as both hear the same, they throw the same. */
class Player {
  readonly numbers: Numbers;
  /** Since the last look: answers, errors and words, of calls out of listeners too. */
  heard: unknown[] = [];
  readonly #side: Side;
  readonly #random: Random;
  readonly #table: Table;
  #depth = 0;

  /** @param met is told of each number when it is seen first */
  constructor(side: Side, table: Table, random: Random, met: (session: number) => void = () => {}) {
    this.numbers = new Numbers(met);
    this.#side = side;
    this.#table = table;
    this.#random = random;
  }

  hear(said: Said, session: number): void {
    // One that says something while it is opened is known by it.
    if (!this.numbers.has(session)) this.numbers.add(session);
    this.heard.push(session, said);
    const random = this.#random;
    if (this.#depth >= 4 || random() > 0.15) return;
    this.#depth += 1;
    const target = random() < 0.5 || this.numbers.open.length === 0 ? session : pick(random, this.numbers.open);
    const deed = whole(random, 12);
    if (deed === 0) this.close(target);
    else if (deed === 1 && this.numbers.open.length < roomy) this.open();
    else if (deed === 2)
      this.send(random() < 0.5 && this.numbers.stale.length > 0 ? pick(random, this.numbers.stale) : nobody(random), 0, []);
    else {
      const letter = whole(random, this.#table.letters.length);
      this.send(target, letter, valuesOf(random, this.#table, letter));
    }
    this.#depth -= 1;
  }

  /** @returns what it answers, or that it is refused */
  tried(act: () => unknown): unknown {
    let answer: unknown;
    try {
      answer = act();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      answer = 'refused';
    }
    this.heard.push(answer);
    return answer;
  }
  open(): void {
    this.tried(() => {
      const session = this.#side.open();
      if (this.#side.isOpen(session) && !this.numbers.has(session)) this.numbers.add(session);
      return session;
    });
  }
  close(session: number): void {
    this.tried(() => {
      this.#side.close(session);
      this.numbers.remove(session);
    });
  }
  send(session: number, letter: number, values: readonly unknown[]): void {
    this.tried(() => this.#side.send(session, letter, values));
  }
}

function valuesOf(random: Random, table: Table, letter: number): readonly unknown[] {
  const { kinds } = table.letters[letter] as TableLetter;
  return kinds.map((kind) =>
    kind === 'integer' ? whole(random, 9) - 4 : pick(random, ['x', null, undefined, NaN, -0, { a: [1] }]),
  );
}

function eventOf({ letters }: Table, letter: number, values: readonly unknown[]): { readonly type: string } {
  const { type, fields, carried } = letters[letter] as TableLetter;
  return { type, ...fields, ...Object.fromEntries(carried.map((field, at) => [field, values[at]])) };
}

/** Of a letter, events that are none. */
function wrongOf(table: Table, letter: number): readonly unknown[] {
  const { fields, carried, kinds } = table.letters[letter] as TableLetter;
  const right = eventOf(
    table,
    letter,
    kinds.map((kind) => (kind === 'integer' ? 1 : 'x')),
  );
  return [
    undefined,
    null,
    'text',
    {},
    { type: 'nonsense' },
    { ...right, more: 1 },
    ...Object.keys(fields).map((field) => ({ ...right, [field]: 'nonsense' })),
    ...carried.flatMap((field, at) =>
      kinds[at] === 'integer' ? [1.5, NaN, 2 ** 31, '1', null].map((value) => ({ ...right, [field]: value })) : [],
    ),
  ];
}

function isSame(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null) return Object.is(one, other);
  let fields = 0;
  for (const field in one) {
    if (!isSame((one as Said)[field], (other as Said)[field])) return false;
    fields += 1;
  }
  for (const _ in other) fields -= 1;
  return fields === 0;
}

type AnyPool = SessionPool<{ readonly type: string }, Said>;
type MakePool = (clock: PoolClock, delay: (session: number, asked: Said | undefined) => number) => AnyPool;
/** Jittered without dice: by whose it is and what it follows. */
const waitOf = (session: number, asked: Said | undefined, now: number): number =>
  (session * 7 + now * 13 + String(asked?.['cause']).length * 101) % 700;

function play(make: MakePool, count: number) {
  const clock = new HandClock();
  const delay = (session: number, asked: Said | undefined) => waitOf(session, asked, clock.time);
  const made = { pool: make(clock, delay) };
  const { table } = made.pool;
  const opened: number[] = [];
  const codes = table.letters.map((_, letter) => letter);
  const real = new Player(
    {
      open: () => made.pool.open(),
      close: (session) => made.pool.close(session),
      isOpen: (session) => made.pool.isOpen(session),
      send: (session, letter, values) => made.pool.send(session, eventOf(table, letter, values)),
    },
    table,
    seededRandom(seed),
    (session) => void opened.push(session),
  );
  const model = new PoolModel({
    table,
    capacity,
    number: () => opened.shift() ?? -1,
    delay: (_, session, asked, now) => waitOf(session, asked, now),
    told: (said, session) => plain.hear(said, session),
  });
  const plain = new Player(model, table, seededRandom(seed));
  const hear = (said: unknown, session: number) => real.hear(said as Said, session);
  let off = made.pool.on('*', hear);

  const counts: Record<string, number> = {};
  const counted = (what: string) => (counts[what] = (counts[what] ?? 0) + 1);
  const random = seededRandom(seed + 1);
  let last = '';
  const compare = () => {
    const [here, there] = [real.heard, plain.heard];
    if (!isSame(here, there) || made.pool.size !== model.size)
      expect({ seed, last, size: made.pool.size, heard: here }).toStrictEqual({ seed, last, size: model.size, heard: there });
    real.heard = [];
    plain.heard = [];
  };
  const both = (what: string, act: (player: Player) => void) => {
    last = what;
    act(real);
    act(plain);
    compare();
  };

  /** All that is kept, and now and then the pool is another from here on. */
  const checkAll = () => {
    const bytes = made.pool.save();
    const { states, registers, running } = readSaved(table, bytes);
    const placeOf = (session: number) => session % 2 ** 24;
    const byTimer = ([one]: readonly [number, number], [other]: readonly [number, number]) => one - other;
    const kept = [...made.pool].map((session) => {
      const place = placeOf(session);
      const timers = running.filter(({ slot }) => slot === place).map(({ timer, due }) => [timer, due] as const);
      return [session, states[place], registers.map((column) => column[place]), timers.sort(byTimer)];
    });
    const meant = [...model.all()].map(([session, { state, registers: own, timers }]) => [
      session,
      state,
      own,
      [...timers].map(([timer, { due }]) => [timer, due] as const).sort(byTimer),
    ]);
    const byNumber = (a: readonly unknown[], b: readonly unknown[]) => Number(a[0]) - Number(b[0]);
    expect({ seed, last, kept: kept.sort(byNumber) }).toStrictEqual({ seed, last, kept: meant.sort(byNumber) });
    expect(running).toHaveLength(meant.reduce((sum, [, , , timers]) => sum + (timers as unknown[]).length, 0));
    if (random() < 0.5) {
      off();
      made.pool.dispose();
      made.pool = make(clock, delay);
      made.pool.restore(bytes);
      counted('restored');
    } else off();
    off = made.pool.on('*', hear);
  };

  const oneOf = (): number => {
    const { open, stale } = real.numbers;
    const dice = random();
    if (dice < 0.04 && stale.length > 0) return pick(random, stale);
    if (dice < 0.08) return nobody(random);
    if (dice < 0.1 && open.length > 0) return pick(random, open) + 2 ** 32;
    return open.length > 0 ? pick(random, open) : 0;
  };
  /** Rather one that the state has. */
  const letterFor = (session: number): number => {
    for (let tries = 0; tries < 6 && model.isOpen(session); tries++) {
      const letter = whole(random, codes.length);
      if (model.can(session, letter)) return letter;
    }
    return whole(random, codes.length);
  };

  for (let at = 0; at < count; at++) {
    // For a while more come than go, until it is full; then more go.
    const isFilling = Math.floor(at / 1_000) % 2 === 0;
    const deed = whole(random, 100);
    if (deed < (isFilling ? 14 : 5)) {
      if (model.size === capacity) counted('full');
      both('open', (player) => player.open());
    } else if (deed < 20) {
      const session = oneOf();
      if (!model.isOpen(session)) counted('closing nobody');
      both(`close ${session}`, (player) => player.close(session));
    } else if (deed < 25) {
      const session = real.numbers.open.length > 0 ? pick(random, real.numbers.open) : 0;
      const letter = whole(random, codes.length);
      for (const wrong of wrongOf(table, letter)) {
        counted('outside the domain');
        last = `send ${session} ${JSON.stringify(wrong)}`;
        real.tried(() => made.pool.send(session, wrong as never));
        plain.heard.push('refused');
        compare();
      }
    } else if (deed < 27) {
      const sessions = Array.from({ length: whole(random, 8) }, oneOf);
      const letter = letterFor(sessions[0] ?? 0);
      const values = valuesOf(random, table, letter);
      last = `sendAll ${sessions.join()} ${letter}`;
      real.tried(() => made.pool.sendAll(sessions, eventOf(table, letter, values)));
      plain.tried(() => sessions.reduce((sum, session) => sum + Number(model.send(session, letter, values)), 0));
      compare();
    } else if (deed < 30) {
      const sessions = Uint32Array.from({ length: whole(random, 8) }, () => Math.max(0, oneOf()));
      const letters = Uint16Array.from(sessions, (session) => (random() < 0.01 ? codes.length + 5 : letterFor(session)));
      const data = Int32Array.from(sessions, () => whole(random, 5));
      last = `dispatch ${sessions.join()} ${letters.join()}`;
      real.tried(() => made.pool.dispatch(sessions, letters, data));
      plain.tried(() => {
        let taken = 0;
        for (const [index, session] of sessions.entries()) {
          const kinds = table.letters[letters[index] as number]?.kinds;
          if (!kinds) throw new RangeError('no code');
          if (!model.isOpen(session) || kinds.length > 1 || kinds[0] === 'any') throw new RangeError('none');
          if (model.send(session, letters[index] as number, kinds.length > 0 ? [data[index]] : [])) taken += 1;
        }
        return taken;
      });
      compare();
    } else if (deed < 36) {
      const until = clock.time + whole(random, 3) ** 6 + whole(random, random() < 0.02 ? 20_000 : 60);
      last = `advance to ${until}`;
      clock.advance(until);
      model.advance(until);
      compare();
    } else if (deed < 40) {
      const session = oneOf();
      const letter = whole(random, codes.length);
      const isThere = model.isOpen(session);
      last = `can ${session} ${letter}`;
      real.heard.push(made.pool.isOpen(session));
      plain.heard.push(isThere);
      real.tried(() => made.pool.can(session, eventOf(table, letter, valuesOf(random, table, letter))));
      plain.tried(() => model.can(session, letter));
      compare();
    } else {
      const session = oneOf();
      const letter = letterFor(session);
      const values = valuesOf(random, table, letter);
      if (!model.isOpen(session)) counted('sent to nobody');
      both(`send ${session} ${letter}`, (player) => player.send(session, letter, values));
    }
    if (at % checkEvery === checkEvery - 1) checkAll();
  }

  checkAll();
  expect(opened).toEqual([]);
  for (const session of [...real.numbers.open]) both(`close ${session}`, (player) => player.close(session));
  clock.advance(clock.time + 10_000_000);
  const rest = { size: made.pool.size, timers: clock.timers, bytes: made.pool.bytes };
  off();
  made.pool.dispose();
  return { counts, rest };
}

describe('Calls at random, from outside and out of listeners, leave nothing damaged', () => {
  const { table } = compileLogic(call.machine, { events: call.events, keep: ['code'] });
  const machines: readonly (readonly [string, MakePool])[] = [
    [
      'the presence chart, from signedOut on',
      (clock, retry) => createSessionPool({ clock, capacity, delays: { retry } }) as unknown as AnyPool,
    ],
    ['a call that carries numbers', (clock) => createSessionPool({ clock, capacity, logic: { table } })],
  ];

  // Hundreds of thousands of errors, of which only the kind is looked at.
  const { stackTraceLimit } = Error;
  beforeAll(() => void (Error.stackTraceLimit = 0));
  afterAll(() => void (Error.stackTraceLimit = stackTraceLimit));

  it.each(machines)(
    `%s: 10^${Math.log10(calls)} calls`,
    (_, make) => {
      process.stderr.write(`pool fuzz: SEED=${seed}\n`);
      const { counts, rest } = play(make, calls);
      expect(rest).toMatchObject({ size: 0, timers: 0 });
      // Nothing grows with the calls.
      expect(rest.bytes).toBeLessThan(200_000);
      for (const [what, least] of [
        ['full', calls / 1_000],
        ['closing nobody', calls / 1_000],
        ['sent to nobody', calls / 100],
        ['outside the domain', calls / 10],
        ['restored', calls / checkEvery / 10],
      ] as const)
        expect([what, (counts[what] ?? 0) >= least]).toEqual([what, true]);
    },
    120_000,
  );
});
