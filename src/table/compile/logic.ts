/**
 * Tier 1: the table as actor logic for XState's own `createActor`: the same mailbox, `on`, clock and parent, some twenty times the speed.
 * What it costs: `can`, tags and the nodes of a machine's snapshot. It must never do anything that the machine would not.
 */
import type { ActorLogic, ActorScope, ActorSystem, EventObject, Snapshot } from 'xstate';
import { Engine, followerOf, isOutside, programIn, valueOf, type Emitted } from '../engine.js';
import type { Table } from '../format.js';
import { contextIn, matchesValue, valueIn } from '../shown.js';

/** What such an actor shows. */
export type TableSnapshot = Snapshot<undefined> & {
  readonly value: unknown;
  readonly context: Readonly<Record<string, unknown>>;
  /** Whether this state is the present one, or around it: `'signedIn'`, `'session.signedIn'`, `{ session: 'signedIn' }`. */
  matches(value: unknown): boolean;
};

export type TableActorLogic = ActorLogic<TableSnapshot, EventObject, unknown, ActorSystem<never>, Emitted>;

class Shown {
  readonly status: 'active' | 'done';
  readonly output = undefined;
  readonly error = undefined;
  readonly state: number;
  readonly registers: readonly unknown[];
  readonly #table: Table;
  constructor(table: Table, state: number, registers: readonly unknown[]) {
    this.#table = table;
    this.state = state;
    this.registers = registers;
    this.status = table.over.includes(state) ? 'done' : 'active';
  }
  get value(): unknown {
    return valueIn(this.#table, this.state);
  }
  get context(): Readonly<Record<string, unknown>> {
    return contextIn(this.#table, this.state, this.registers);
  }
  matches(value: unknown): boolean {
    return matchesValue(this.value, value);
  }
}

/** The machine as actor logic: `createActor(logicOf(compiled.table))`. */
export function logicOf(table: Table): TableActorLogic {
  const engine = new Engine(table);
  const { letters, timers, cells, shift, initial } = table;
  type Scope = ActorScope<TableSnapshot, EventObject>;

  function perform(
    scope: Scope,
    program: number,
    code: number,
    values: readonly unknown[] | undefined,
    before: readonly unknown[],
  ): readonly unknown[] {
    const read = (register: number) => before[register];
    const { registers, timers: ops } = engine.programOf(program);
    for (const { timer, delay } of ops) {
      const { name, letter } = timers[timer] ?? { name: '', letter: 0 };
      if (delay === -1) continue;
      scope.defer(() => {
        const { self, system } = scope;
        if (delay === undefined) system.scheduler.cancel(self, name);
        else
          system.scheduler.schedule(self, self, { ...letters[letter]?.fields, type: letters[letter]?.type ?? '' }, delay, name);
      });
    }
    for (const prepared of engine.emissionsOf(program)) {
      const emitted = prepared.of(letters, code, values, read);
      scope.defer(() => scope.emit(emitted));
    }
    if (registers.length === 0) return before;
    const behind = [...before];
    for (const { register, source } of registers) behind[register] = valueOf(source, letters[code], values, read);
    return behind;
  }

  const shown = (state: number, registers: readonly unknown[]) => new Shown(table, state, registers) as unknown as TableSnapshot;
  return {
    getInitialSnapshot(scope) {
      const begin = table.registers.map((register) => register.initial);
      return shown(initial.state, perform(scope as Scope, initial.program, 0, undefined, begin));
    },
    transition(snapshot, event, scope) {
      const { state, registers, status } = snapshot as unknown as Shown;
      // The actor's own words, such as its beginning and its end, are no letters.
      if (status !== 'active' || event.type.startsWith('xstate.init') || event.type === 'xstate.stop') return snapshot;
      const code = engine.codeOf(event);
      const cell = cells[(state << shift) | (letters[code]?.column ?? 0)] as number;
      if (isOutside(cell)) return snapshot;
      const behind = perform(scope as Scope, programIn(cell), code, engine.valuesOf(code, event), registers);
      return followerOf(cell) === state && behind === registers ? snapshot : shown(followerOf(cell), behind);
    },
    getPersistedSnapshot(snapshot) {
      const { state, registers, status } = snapshot as unknown as Shown;
      return { status, output: undefined, error: undefined, table: table.hash, state, registers } as unknown as Snapshot<unknown>;
    },
    restoreSnapshot(persisted) {
      const {
        table: hash,
        state,
        registers,
      } = persisted as unknown as { table: unknown; state: number; registers: readonly unknown[] };
      if (hash !== table.hash) throw new TypeError(`expected a snapshot of the table ${table.hash}, got one of ${String(hash)}`);
      if (!(state >= 0 && state < table.states))
        throw new TypeError(`expected a state below ${table.states}, got ${String(state)}`);
      return shown(state, registers);
    },
  };
}
