/**
 * Does what a program says to one session: timers, registers, and the words to those who listen. Everything that can be looked up is
 * looked up once for as long as the listeners are the same. It must never choose a program.
 */
import { valueOf, type Emitted, type Engine, type Prepared } from '../engine.js';
import type { Table, TableRegisterOp } from '../format.js';
import type { Alarms } from './alarms.js';
import type { Hear, Hub } from './hub.js';
import type { SessionId, Sessions } from './sessions.js';

/** How long a timer is, ms. @param asked what asked for it */
export type DelayFunction = (session: SessionId, asked: Emitted | undefined) => number;

export type Delays = Readonly<Record<string, number | DelayFunction>>;

/** An emission that somebody listens to. */
interface Heard {
  readonly prepared: Prepared;
  readonly listeners: readonly Hear[];
}
interface ReadyTimer {
  readonly timer: number;
  readonly delay: number | DelayFunction | undefined;
  readonly by: Prepared | undefined;
}
/** A program with everything looked up, for as long as the listeners are the same. */
interface Ready {
  readonly version: number;
  readonly timers: readonly ReadyTimer[];
  readonly registers: readonly TableRegisterOp[];
  readonly heard: readonly Heard[];
}

/** What a session's step needs. */
export interface Parts {
  readonly engine: Engine;
  readonly hub: Hub;
  readonly sessions: Sessions;
  readonly alarms: Alarms;
  readonly delays: readonly (number | DelayFunction | undefined)[];
}

export class Performer {
  /** The places that are being stepped, innermost last. */
  readonly active: number[] = [];
  readonly #parts: Parts;
  readonly #ready: Ready[];

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#ready = parts.engine.table.programs.map((_, program) => this.#readied(program));
  }

  /** Timers and registers first: a listener finds the session as it is afterwards. */
  perform(place: number, session: SessionId, program: number, code: number, values: readonly unknown[] | undefined): void {
    const known = this.#ready[program] as Ready;
    const ready = known.version === this.#parts.hub.version ? known : (this.#ready[program] = this.#readied(program));
    for (const op of ready.timers) this.#time(place, session, op, code, values);
    // What is emitted may hold what the registers held before.
    const emitted = ready.registers.length === 0 ? undefined : this.#written(place, ready, code, values);
    const { heard } = ready;
    if (heard.length === 0) return;
    this.active.push(place);
    try {
      for (let at = 0; at < heard.length; at++) {
        const { prepared, listeners } = heard[at] as Heard;
        this.#parts.hub.tell(
          listeners,
          emitted?.[at] ?? prepared.kept(code) ?? this.#made(place, prepared, code, values),
          session,
        );
      }
    } finally {
      this.active.pop();
    }
  }

  /** Emissions nobody listens to are left out. */
  #readied(program: number): Ready {
    const { timers, registers } = this.#parts.engine.programOf(program);
    const emissions = this.#parts.engine.emissionsOf(program);
    const heard = emissions.map((prepared) => ({ prepared, listeners: this.#parts.hub.heard(prepared.type) }));
    return {
      version: this.#parts.hub.version,
      timers: timers.map(({ timer, delay, by }) => ({
        timer,
        delay: delay === -1 ? this.#parts.delays[timer] : delay,
        by: by === undefined ? undefined : emissions[by],
      })),
      registers,
      heard: heard.filter(({ listeners }) => listeners.length > 0),
    };
  }

  #time(
    place: number,
    session: SessionId,
    { timer, delay, by }: ReadyTimer,
    code: number,
    values: readonly unknown[] | undefined,
  ): void {
    if (delay === undefined) this.#parts.alarms.stop(place, timer);
    else if (typeof delay === 'number') this.#parts.alarms.start(place, timer, delay);
    else {
      const ms = delay(session, by && (by.kept(code) ?? this.#made(place, by, code, values)));
      if (!(ms >= 0 && ms < 2 ** 31))
        throw new RangeError(`delays.${this.#parts.engine.table.timers[timer]?.name}: expected ms, 0 or more, got ${String(ms)}`);
      this.#parts.alarms.startVaried(place, timer, ms);
    }
  }

  #made(place: number, prepared: Prepared, code: number, values: readonly unknown[] | undefined): Emitted {
    return prepared.of(
      this.#parts.engine.table.letters,
      code,
      values,
      (register) => this.#parts.sessions.registers[register]?.[place],
    );
  }

  /** Writes the registers. @returns what is emitted */
  #written(place: number, { heard, registers }: Ready, code: number, values: readonly unknown[] | undefined): readonly Emitted[] {
    const emitted = heard.map(({ prepared }) => this.#made(place, prepared, code, values));
    const read = (register: number): unknown => this.#parts.sessions.registers[register]?.[place];
    const taken = registers.map(({ source }) => valueOf(source, this.#parts.engine.table.letters[code], values, read));
    for (const [at, { register }] of registers.entries())
      (this.#parts.sessions.registers[register] as unknown[])[place] = taken[at];
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
