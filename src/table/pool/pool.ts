/**
 * The session pool: as many sessions of one compiled machine as memory holds, each a few bytes in columns. It emits exactly what an actor
 * of the machine would, in the same order; it must never hold an object for a session, nor need xstate.
 */
import { cellOf, checked, Engine, isOutside, lastWithoutProgram, type Emitted, type TableEvent } from '../engine.js';
import type { Table, TableLetter, TableTimer } from '../format.js';
import { matchesValue, valueIn } from '../shown.js';
import { Alarms, type PoolClock } from './alarms.js';
import { report } from '../../report.js';
import { Hub } from './hub.js';
import { delaysOf, Performer, type Delays } from './performer.js';
import { persistedOf, snapshotOf, stateOf, type GivenSnapshot, type PersistedSession, type SessionSnapshot } from './points.js';
import { readSaved, writeSaved } from './saved.js';
import { mostSessions, placeIn, Sessions, type SessionId } from './sessions.js';

export interface PoolOptions {
  /** Most sessions; memory is taken as they come. Default, and at most, 16,777,216. */
  readonly capacity?: number;
  /** Default: the host's; it is read once for many steps of one turn, as the host's own timers do. */
  readonly clock?: PoolClock;
  /** By name, for timers that the machine asks for by what it emits: ms, or a function where they vary. */
  readonly delays?: Delays;
}

export type PoolListener<E> = (emitted: E, session: SessionId) => void;

/** Sessions that step inside each other's listeners; beyond it they wait for their turn. */
const deepest = 128;
/** Steps of a batch after which the clock is looked at again; of a power of two. */
const stepsBetweenLooks = 4_096;
/** When the end of a timer could not be performed, since what was asked how long the next one is threw: ms until it is tried again. */
const triedAgain = 1_000;

/** More than any column. */
const carries = 2 ** 16;

interface Waiting {
  readonly session: SessionId;
  readonly code: number;
  readonly values: readonly unknown[] | undefined;
}

export class SessionPool<Event extends TableEvent = TableEvent, Emits extends TableEvent = Emitted> {
  readonly table: Table;
  readonly #engine: Engine;
  readonly #sessions: Sessions;
  readonly #alarms: Alarms;
  readonly #hub = new Hub(() => this.#performer.forget());
  /** By letter its column; of those that carry something, `carries` more. */
  readonly #ways: Uint32Array;
  readonly #waiting: Waiting[] = [];
  readonly #performer: Performer;
  #isDisposed = false;

  constructor(table: Table, { capacity = mostSessions, clock, delays = {} }: PoolOptions = {}) {
    this.table = table;
    this.#engine = new Engine(table);
    this.#ways = Uint32Array.from(table.letters, ({ column, carried }) => (carried.length > 0 ? column + carries : column));
    this.#alarms = new Alarms(table, clock, (place, timer) => this.#end(place, timer));
    this.#sessions = new Sessions(table, capacity, (room) => this.#alarms.grow(room));
    this.#performer = new Performer({
      engine: this.#engine,
      hub: this.#hub,
      sessions: this.#sessions,
      alarms: this.#alarms,
      delays: delaysOf(table, delays),
    });
  }

  /** How many sessions are open. */
  get size(): number {
    return this.#sessions.size;
  }
  get capacity(): number {
    return this.#sessions.capacity;
  }
  /** What it takes, without the table: columns of sessions, and timers. */
  get bytes(): number {
    const { tickets, entries } = this.#alarms.bytes;
    return this.#sessions.bytes + tickets + entries;
  }

  /**
   * Begins a session.
   * @param from a snapshot to go on from: of an actor, of another pool, or of `getPersistedSnapshot`. Timers do not run on
   * @throws RangeError when the pool is full, and for a snapshot of a state or with a value that the table does not have
   */
  open(from?: { readonly snapshot: GivenSnapshot }): SessionId {
    this.#check();
    const { initial, registers } = this.table;
    const state = from && stateOf(this.table, from.snapshot);
    const context = from?.snapshot.context as Readonly<Record<string, unknown>>;
    const held = from && registers.map(({ field, kind }) => checked(context[field], kind, `context.${field}`));
    const place = this.#sessions.open();
    const session = this.#sessions.idOf(place);
    if (state !== undefined) {
      this.#sessions.states[place] = state;
      for (const [at, value] of held?.entries() ?? []) (this.#sessions.registers[at] as unknown[])[place] = value;
    } else if (initial.program !== 0) {
      if (this.#performer.active.length === 0) this.#alarms.begin();
      try {
        this.#step(place, session, cellOf(initial.program, initial.state), 0, undefined);
      } catch (error) {
        this.close(session);
        throw error;
      }
    }
    return session;
  }

  /** Ends a session: from the next word on nothing is emitted, its timers are off, its number is refused. */
  close(session: SessionId): void {
    const place = this.#sessions.placeOf(session);
    this.#alarms.clear(place);
    this.#sessions.close(place);
  }

  isOpen(session: SessionId): boolean {
    return this.#sessions.isOpen(session);
  }

  /** The sessions that are open. */
  *[Symbol.iterator](): Generator<SessionId> {
    for (const place of this.#sessions.places()) yield this.#sessions.idOf(place);
  }

  /**
   * Sends an event to a session. To the one whose listener is running it comes afterwards, as to an actor.
   * @returns false: in this state the table does not have it, and nothing came of it. True: it was taken, or waits for its turn
   * @throws RangeError for a session that is none, and for an event or a value that the table does not have; what a function of `delays`
   * throws, and then the session is as it was
   */
  send(session: SessionId, event: Event): boolean {
    this.#check();
    const place = this.#sessions.placeOf(session);
    const code = this.#engine.codeOf(event);
    const values = (this.#ways[code] as number) >= carries ? this.#engine.valuesOf(code, event) : undefined;
    if (this.#performer.active.length > 0) return this.#take(place, session, code, values);
    this.#alarms.begin();
    return this.#run(place, session, code, values);
  }

  /** The same event to many. @returns how many had it */
  sendAll(sessions: Iterable<SessionId>, event: Event): number {
    this.#check();
    const code = this.#engine.codeOf(event);
    const values = this.#engine.valuesOf(code, event);
    let taken = 0;
    let steps = 0;
    for (const session of sessions) {
      if (steps++ % stepsBetweenLooks === 0 && this.#performer.active.length === 0) this.#alarms.look();
      if (this.#take(this.#sessions.placeOf(session), session, code, values)) taken += 1;
    }
    return taken;
  }

  /**
   * A batch: to each session the letter that stands at the same place.
   * @param codes from `codeOf`
   * @param data the carried integer of each event; for letters that have none it is not read
   * @returns how many had it
   * @throws RangeError at the first session or code that is none; those before it have been sent
   */
  dispatch(sessions: Uint32Array, codes: Uint8Array | Uint16Array, data?: Int32Array): number {
    this.#check();
    if (codes.length !== sessions.length || (data && data.length !== sessions.length))
      throw new RangeError(
        `dispatch: expected lists of one length, got ${sessions.length}, ${codes.length}${data ? `, ${data.length}` : ''}`,
      );
    const { letters, cells, shift } = this.table;
    const { active } = this.#performer;
    let taken = 0;
    for (let at = 0; at < sessions.length; at++) {
      if (at % stepsBetweenLooks === 0 && active.length === 0) this.#alarms.look();
      const session = sessions[at] as number;
      const code = codes[at] as number;
      const way = this.#ways[code];
      if (way === undefined) throw new RangeError(`dispatch: codes[${at}]: expected less than ${letters.length}, got ${code}`);
      const place = this.#sessions.placeOf(session);
      if (way >= carries || active.length > 0) {
        if (this.#take(place, session, code, this.#carriedBy(code, data?.[at], at))) taken += 1;
        continue;
      }
      const cell = cells[((this.#sessions.states[place] as number) << shift) | way] as number;
      if (isOutside(cell)) continue;
      taken += 1;
      this.#step(place, session, cell, code, undefined);
    }
    return taken;
  }

  /** The number of an event, for `dispatch`. @throws RangeError for an event that the table does not have */
  codeOf(event: Event): number {
    return this.#engine.codeOf(event);
  }

  /** Whether an event would find something to do. */
  can(session: SessionId, event: Event): boolean {
    const { cells, shift } = this.table;
    const state = this.#sessions.states[this.#sessions.placeOf(session)] as number;
    return !isOutside(cells[(state << shift) | ((this.#ways[this.#engine.codeOf(event)] as number) & (carries - 1))] as number);
  }

  /** Listens to what sessions emit: of one type, or `'*'`. Objects are frozen and shared. @returns takes the listener out again */
  on<T extends Emits['type'] | '*'>(
    type: T,
    listener: PoolListener<T extends '*' ? Emits : Extract<Emits, { type: T }>>,
  ): () => void {
    this.#check();
    return this.#hub.on(type, listener);
  }

  /** Whether this is a session's state, or around it: `'busy'` is not, `'session.signedIn.busy'` and `'session'` are. */
  matches(session: SessionId, value: unknown): boolean {
    return matchesValue(valueIn(this.table, this.#stateAt(session)), value);
  }

  getSnapshot(session: SessionId): SessionSnapshot {
    const place = this.#sessions.placeOf(session);
    const registers = this.#sessions.registers.map((column) => column[place]);
    return snapshotOf(this.table, this.#stateAt(session), registers);
  }

  /** A session as an actor's persisted snapshot: equal in all that it will do, and in its context where the table was compiled `exact`. */
  getPersistedSnapshot(session: SessionId): PersistedSession {
    return persistedOf(this.table, this.#stateAt(session), this.getSnapshot(session));
  }

  /** Everything: sessions with their numbers, and deadlines as points in time. For `restore` of the same table. */
  save(): Uint8Array {
    this.#check();
    const { touched, uses, states, registers } = this.#sessions;
    return writeSaved(this.table, {
      uses,
      states: Uint16Array.from(states.subarray(0, touched)),
      registers: registers.map((column) => column.slice(0, touched) as unknown[] | Int32Array),
      running: [...this.#alarms.running()],
    });
  }

  /**
   * Takes up a saved pool, in one that has had no session yet. Deadlines that have passed end at once, in order.
   * @throws TypeError for what is damaged, or another table's; RangeError for more sessions than this pool can hold
   */
  restore(saved: Uint8Array): void {
    this.#check();
    const { uses, states, registers, running } = readSaved(this.table, saved);
    if (this.#sessions.touched > 0) throw new RangeError('a saved pool can be taken up only by one that has had no session');
    if (uses.length > this.capacity)
      throw new RangeError(`the saved pool has ${uses.length} places, this one holds ${this.capacity}`);
    this.#sessions.restore(uses);
    this.#sessions.states.set(states);
    for (const [at, column] of registers.entries())
      for (const [place, value] of column.entries()) (this.#sessions.registers[at] as unknown[])[place] = value;
    this.#alarms.look();
    for (const timer of [...running].sort((a, b) => a.due - b.due)) this.#alarms.resume(timer);
  }

  /** The end: no timer and no listener is left. Twice is harmless. */
  dispose(): void {
    this.#isDisposed = true;
    this.#performer.end();
    this.#alarms.close();
    this.#waiting.length = 0;
    this.#hub.clear();
  }

  #take(place: number, session: SessionId, code: number, values: readonly unknown[] | undefined): boolean {
    if (this.#performer.active.length > 0 && this.#hasToWait(place)) {
      this.#waiting.push({ session, code, values });
      return true;
    }
    return this.#run(place, session, code, values);
  }

  #run(place: number, session: SessionId, code: number, values: readonly unknown[] | undefined): boolean {
    const { cells, shift } = this.table;
    const cell = cells[
      ((this.#sessions.states[place] as number) << shift) | ((this.#ways[code] as number) & (carries - 1))
    ] as number;
    if (isOutside(cell)) return false;
    this.#step(place, session, cell, code, values);
    return true;
  }

  /** The session is in a step, or something waits for it already, or the steps are too deep in each other. */
  #hasToWait(place: number): boolean {
    const { active } = this.#performer;
    return active.length >= deepest || active.includes(place) || this.#waiting.some(({ session }) => placeIn(session) === place);
  }

  #step(place: number, session: SessionId, cell: number, code: number, values: readonly unknown[] | undefined): void {
    if (cell <= lastWithoutProgram) this.#sessions.states[place] = cell;
    else this.#performer.perform(place, session, cell, code, values);
    if (this.#waiting.length > 0) this.#catchUp(place);
  }

  /** The end of a timer, whose ticket is gone: it must not be lost, for nothing else might come to this session. */
  #end(place: number, timer: number): void {
    const { letter } = this.table.timers[timer] as TableTimer;
    try {
      this.#take(place, this.#sessions.idOf(place), letter, undefined);
    } catch (error) {
      this.#alarms.startVaried(place, timer, triedAgain);
      report(error);
    }
  }

  /** What came for a session while its listeners ran; and at the outermost everything that waits. */
  #catchUp(place: number): void {
    const isOutermost = this.#performer.active.length === 0;
    for (;;) {
      const at = isOutermost ? 0 : this.#waiting.findIndex(({ session }) => placeIn(session) === place);
      const [next] = at < 0 ? [] : this.#waiting.splice(at, 1);
      if (!next) return;
      // Closed meanwhile: as with an actor that has been stopped.
      if (!this.#sessions.isOpen(next.session)) continue;
      try {
        this.#run(placeIn(next.session), next.session, next.code, next.values);
      } catch (error) {
        // Whoever sent it has long had his answer.
        report(error);
      }
    }
  }

  #carriedBy(code: number, value: number | undefined, at: number): readonly unknown[] | undefined {
    const { carried, kinds, type } = this.table.letters[code] as TableLetter;
    if (carried.length === 0) return undefined;
    if (carried.length > 1 || kinds[0] !== 'integer')
      throw new RangeError(`dispatch: codes[${at}]: ${type} carries more than one integer; use send`);
    return [checked(value, 'integer', carried[0] ?? '')];
  }

  #stateAt(session: SessionId): number {
    return this.#sessions.states[this.#sessions.placeOf(session)] as number;
  }

  #check(): void {
    if (this.#isDisposed) throw new TypeError('the pool has been disposed of');
  }
}
