/**
 * Does what a step of one session asks for: its state, timers, registers, and the words to those who listen. Everything that can be looked up
 * is looked up once for as long as the listeners are the same. It must never choose a cell.
 */
import { followerOf, programIn, valueOf, type Emitted, type Engine, type Prepared } from '../engine.js';
import type { Table, TableRegisterOp } from '../format.js';
import type { Alarms } from './alarms.js';
import { report } from '../../report.js';
import type { Hear, Hub } from './hub.js';
import type { Ring } from './ring.js';
import type { SessionId, Sessions } from './sessions.js';

/** How long a timer is, ms. @param asked what asked for it */
export type DelayFunction = (session: SessionId, asked: Emitted | undefined) => number;

export type Delays = Readonly<Record<string, number | DelayFunction>>;

/** An emission that somebody listens to. */
interface Heard {
  readonly prepared: Prepared;
  readonly constant: Emitted | undefined;
  readonly listeners: readonly Hear[];
}
/** A timer whose delay is asked for each time. */
interface Varied {
  readonly timer: number;
  readonly delay: DelayFunction;
  readonly by: Prepared | undefined;
}
/** A program with everything looked up. What most of them do is said in four fields, which takes half the time; `all` is for the others. */
interface Ready {
  /** A timer to stop; -1: none. */
  readonly stop: number;
  readonly start: Ring | undefined;
  readonly emitted: Emitted | undefined;
  readonly listener: Hear | undefined;
  readonly all: Deeds | undefined;
}
interface Deeds {
  readonly varied: readonly Varied[];
  readonly stops: readonly number[];
  readonly starts: readonly Ring[];
  readonly registers: readonly TableRegisterOp[];
  readonly heard: readonly Heard[];
}
type Values = readonly unknown[] | undefined;

/** What a session's step needs. */
export interface Parts {
  readonly engine: Engine;
  readonly hub: Hub;
  readonly sessions: Sessions;
  readonly alarms: Alarms;
  readonly delays: readonly (number | DelayFunction | undefined)[];
}

const noWaits: readonly number[] = [];
const nobody: Pick<Heard, 'constant' | 'listeners'> = { constant: undefined, listeners: [] };

export class Performer {
  /** The places that are being stepped, innermost last. */
  readonly active: number[] = [];
  readonly #parts: Parts;
  readonly #sessions: Sessions;
  readonly #alarms: Alarms;
  #ready: (Ready | undefined)[] = [];
  #isOver = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#sessions = parts.sessions;
    this.#alarms = parts.alarms;
    this.forget();
  }

  /** Of a step that is under way nothing more is told. */
  end(): void {
    this.#isOver = true;
  }

  /** Who listens is another now. */
  forget(): void {
    this.#ready = this.#parts.engine.table.programs.map(() => undefined);
  }

  /**
   * Timers and registers first: a listener finds the session as it is afterwards.
   * @throws what a function of `delays` throws, and RangeError for what it gives; then nothing has happened
   */
  perform(place: number, session: SessionId, cell: number, code: number, values: Values): void {
    const program = programIn(cell);
    const ready = this.#ready[program] ?? (this.#ready[program] = this.#readied(program));
    if (ready.all) return this.#performAll(place, session, cell, ready.all, code, values);
    this.#sessions.states[place] = followerOf(cell);
    if (ready.stop >= 0) this.#alarms.stop(place, ready.stop);
    if (ready.start) this.#alarms.start(place, ready.start);
    const { listener } = ready;
    if (!listener) return;
    this.active.push(place);
    try {
      listener(ready.emitted as never, session);
    } catch (error) {
      report(error);
    }
    this.active.pop();
  }

  #performAll(place: number, session: SessionId, cell: number, deeds: Deeds, code: number, values: Values): void {
    const { varied, stops, starts, registers, heard } = deeds;
    const waits = varied.length === 0 ? noWaits : this.#waits(place, session, varied, code, values);
    // A delay function may have ended the session.
    if (varied.length > 0 && !this.#sessions.isOpen(session)) return;
    this.#sessions.states[place] = followerOf(cell);
    for (let at = 0; at < stops.length; at++) this.#alarms.stop(place, stops[at] as number);
    for (let at = 0; at < starts.length; at++) this.#alarms.start(place, starts[at] as Ring);
    for (let at = 0; at < varied.length; at++) this.#alarms.startVaried(place, (varied[at] as Varied).timer, waits[at] as number);
    // What is emitted may hold what the registers held before.
    const emitted = registers.length === 0 ? undefined : this.#written(place, deeds, code, values);
    if (heard.length > 0) this.#tell(place, session, heard, emitted, code, values);
  }

  #tell(
    place: number,
    session: SessionId,
    heard: readonly Heard[],
    made: readonly Emitted[] | undefined,
    code: number,
    values: Values,
  ): void {
    this.active.push(place);
    for (let at = 0; at < heard.length; at++) {
      // A listener may have closed the session: of what it would have said next nothing is heard.
      if (at > 0 && (this.#isOver || !this.#sessions.isOpen(session))) break;
      const { constant, prepared, listeners } = heard[at] as Heard;
      const emitted = constant ?? made?.[at] ?? this.#made(place, prepared, code, values);
      for (let to = 0; to < listeners.length; to++) {
        try {
          (listeners[to] as Hear)(emitted as never, session);
        } catch (error) {
          report(error);
        }
      }
    }
    this.active.pop();
  }

  #readied(program: number): Ready {
    const all = this.#deedsOf(program);
    const { varied, stops, starts, registers, heard } = all;
    const [{ constant: emitted, listeners } = nobody] = heard;
    const isPlain = (emitted !== undefined && listeners.length === 1) || heard.length === 0;
    const few = varied.length + registers.length === 0 && Math.max(stops.length, starts.length, heard.length) <= 1;
    return { stop: stops[0] ?? -1, start: starts[0], emitted, listener: listeners[0], all: isPlain && few ? undefined : all };
  }

  /** Emissions nobody listens to are left out, and stops of what gives way to a start anyhow. */
  #deedsOf(program: number): Deeds {
    const { timers, registers } = this.#parts.engine.programOf(program);
    const emissions = this.#parts.engine.emissionsOf(program);
    const places = this.#parts.engine.table.timers.map(({ place }) => place);
    const started = timers.filter(({ delay }) => delay !== undefined);
    const taken = new Set(started.map(({ timer }) => places[timer]));
    const asked = started.map(({ timer, delay, by }) => ({
      timer,
      delay: delay === -1 ? (this.#parts.delays[timer] as number | DelayFunction) : (delay as number),
      by: by === undefined ? undefined : emissions[by],
    }));
    const heard = emissions.map((prepared) => ({
      prepared,
      constant: prepared.constant,
      listeners: this.#parts.hub.heard(prepared.type),
    }));
    return {
      stops: timers.flatMap(({ timer, delay }) => (delay === undefined && !taken.has(places[timer]) ? [timer] : [])),
      starts: asked.flatMap(({ timer, delay }) => (typeof delay === 'number' ? [this.#alarms.ringOf(timer, delay)] : [])),
      varied: asked.flatMap(({ timer, delay, by }) => (typeof delay === 'function' ? [{ timer, delay, by }] : [])),
      registers,
      heard: heard.filter(({ listeners }) => listeners.length > 0),
    };
  }

  /** How long each is to be, ms. What is sent to the session meanwhile waits until its step is done. */
  #waits(place: number, session: SessionId, varied: readonly Varied[], code: number, values: Values): readonly number[] {
    const waits: number[] = [];
    this.active.push(place);
    try {
      for (const { timer, delay, by } of varied) {
        const ms = delay(session, by && (by.constant ?? this.#made(place, by, code, values)));
        if (!(ms >= 0 && ms < 2 ** 31))
          throw new RangeError(
            `delays.${this.#parts.engine.table.timers[timer]?.name}: expected ms, 0 or more, got ${String(ms)}`,
          );
        waits.push(ms);
      }
    } finally {
      this.active.pop();
    }
    return waits;
  }

  #made(place: number, prepared: Prepared, code: number, values: Values): Emitted {
    return (
      prepared.kept(code) ??
      prepared.of(this.#parts.engine.table.letters, code, values, (register) => this.#sessions.registers[register]?.[place])
    );
  }

  /** Writes the registers. @returns what is emitted */
  #written(place: number, { heard, registers }: Deeds, code: number, values: Values): readonly Emitted[] {
    const emitted = heard.map(({ prepared }) => this.#made(place, prepared, code, values));
    const read = (register: number): unknown => this.#sessions.registers[register]?.[place];
    const taken = registers.map(({ source }) => valueOf(source, this.#parts.engine.table.letters[code], values, read));
    for (const [at, { register }] of registers.entries()) (this.#sessions.registers[register] as unknown[])[place] = taken[at];
    return emitted;
  }
}

/** For each timer of a table, how long it is. @throws TypeError for a name or a value that is none, and for one that is missing */
export function delaysOf({ timers, programs }: Table, delays: Delays): (number | DelayFunction | undefined)[] {
  const asked = new Set(
    programs.flatMap((program) => program.timers.flatMap(({ timer, delay }) => (delay === -1 ? [timer] : []))),
  );
  for (const [name, delay] of Object.entries(delays)) {
    const number = timers.findIndex((one) => one.name === name);
    if (!asked.has(number)) {
      const names = [...asked].map((one) => timers[one]?.name);
      throw new TypeError(`delays: expected one of ${names.join(', ') || 'none'}, got ${name}`);
    }
    if (typeof delay !== 'function' && !(Number.isFinite(delay) && delay >= 0 && delay < 2 ** 31))
      throw new TypeError(`delays.${name}: expected ms, 0 or more, or a function, got ${String(delay)}`);
  }
  const found = timers.map(({ name, usual }) => delays[name] ?? usual);
  for (const timer of asked) {
    if (found[timer] === undefined) throw new TypeError(`delays.${timers[timer]?.name}: expected ms or a function, got nothing`);
  }
  return found;
}
