/**
 * The door `presence-machine/compile`: any finite XState machine to a table that says and does the same (issue of thousands of sessions:
 * `presence-machine/pool`). For builds and tests: it needs xstate. It must never compile what it has not walked to the end.
 */
import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import type { Artifact, Table, TableTimer } from '../format.js';
import { readArtifact } from '../format.js';
import { lettersOf, letterName, type SampleEvent } from './letters.js';
import { pack } from './pack.js';
import { placesOf } from './places.js';
import { classesOf, columnsOf, liveRegisters, withoutDeadStores } from './reduce.js';
import { CompileError } from './refusal.js';
import { reportOf, type Report } from './report.js';
import type { AskedTimer } from './programs.js';
import { walk } from './walk.js';

export { carried, type Carried, type SampleEvent } from './letters.js';
export { CompileError } from './refusal.js';
export { logicOf, type TableActorLogic } from './logic.js';
export type { Report } from './report.js';
export type { AskedTimer } from './programs.js';
export type { Artifact, Table } from '../format.js';

/** Timers that a machine asks for by what it emits, and whose end is an event. */
export interface GivenTimers {
  /** By name: the event that the end is, and the usual limit in ms. */
  readonly names: Readonly<Record<string, { readonly event: { readonly type: string }; readonly usual?: number }>>;
  /** What an emission does to a timer, if anything. */
  of(emission: Readonly<Record<string, unknown>>): AskedTimer | undefined;
}

export interface CompileOptions {
  /** Every event that can come, with each value that decides; `carried` in place of what is only handed on. */
  readonly events: readonly SampleEvent[];
  /** Default 4,096: beyond that it is most likely no finite machine. */
  readonly maxStates?: number;
  readonly input?: unknown;
  /** Which events can come in a state; all unless given. What cannot come is not in the table, and does nothing. */
  readonly when?: (snapshot: AnyMachineSnapshot, event: { readonly type: string }) => boolean;
  readonly timers?: GivenTimers;
  /** Registers that stay readable by `getSnapshot` where nothing reads them any more. */
  readonly keep?: readonly string[];
  /** True: one state for each configuration of the machine, none merged. */
  readonly exact?: boolean;
}

export interface CompiledLogic {
  /** To be stored: plain JSON. */
  readonly artifact: Artifact;
  /** To be run: `createSessionPool({ logic })`. */
  readonly table: Table;
  readonly report: Report;
}

/**
 * Compiles a machine to a table: everything reachable is walked, data that is only carried becomes registers, what nobody can tell apart
 * is merged.
 * @throws CompileError for what cannot be a table, with state, event and field: a decision on carried data, something that is not the same
 * twice, a counter without bounds, children, actions that do something by themselves
 * @throws TypeError for events that are none
 */
export function compileLogic(machine: AnyStateMachine, options: CompileOptions): CompiledLogic {
  const { maxStates = 4_096, input, when, timers, keep = [], exact = false } = options;
  if (!Number.isInteger(maxStates) || maxStates < 1)
    throw new TypeError(`compileLogic: maxStates: expected a whole number, 1 or more, got ${String(maxStates)}`);
  const letters = lettersOf(options.events);
  const raw = walk(machine, { letters, input, maxStates, when, timerOf: timers && ((emission) => timers.of(emission)) });
  const unknown = keep.find((field) => !raw.registers.some((register) => register.field === field));
  if (unknown !== undefined)
    throw new CompileError(`keep: ${unknown} is no register; it is known in every state, or there is none`);
  const live = liveRegisters(raw, keep);
  const lean = withoutDeadStores(raw, live);
  const { classes, count } = classesOf(lean, !exact);
  const representatives = Array.from({ length: count }, (_, own) => classes.indexOf(own));
  const columns = columnsOf(lean, classes, representatives);
  const named = tableTimers(lean, timers);
  const artifact = pack({
    walk: lean,
    columns,
    representatives,
    timers: named,
    initial: classes[0] ?? 0,
    initialProgram: lean.programs[lean.initial] ?? { emissions: [], timers: [], registers: [] },
  });
  const report = reportOf({ raw, live, lean, states: count, columns, timers: named, artifact });
  return { artifact, table: readArtifact(artifact), report };
}

function tableTimers(lean: ReturnType<typeof walk>, given: GivenTimers | undefined): TableTimer[] {
  const all = [
    ...lean.timers.map(({ id, letter }) => ({ name: id, letter })),
    ...Object.entries(given?.names ?? {}).map(([name, { event, usual }]) => {
      const wanted = letterName(lettersOf([event])[0] ?? { type: event.type, fields: {} });
      const letter = lean.letters.findIndex((one) => letterName(one) === wanted);
      if (letter < 0) throw new TypeError(`compileLogic: timers: the end of ${name} is ${wanted}, which is none of the events`);
      return { name, letter, ...(usual === undefined ? {} : { usual }) };
    }),
  ];
  if (all.length > 30) throw new CompileError(`${all.length} timers; a table has at most 30`);
  const places = placesOf(
    lean,
    all.map(({ name }) => name),
  );
  return all.map((timer) => ({ ...timer, place: places.get(timer.name) ?? 0 }));
}
