/** What a session shows, and which state of a table a snapshot is: the ways to an actor and back. It must never take what is only like it. */
import { historyAxis, type Table } from '../format.js';
import { wordOf } from '../plain.js';
import { contextIn, valueIn } from '../shown.js';

/** What a session shows. */
export interface SessionSnapshot {
  readonly status: 'active' | 'done';
  readonly value: unknown;
  /** Fields that decide, and registers as far as they are kept. */
  readonly context: Readonly<Record<string, unknown>>;
}

/** What an actor of the machine can be made from: `createActor(machine, { snapshot })`. XState does not start its `after` timers again. */
export interface PersistedSession extends SessionSnapshot {
  readonly historyValue: unknown;
  readonly children: Readonly<Record<string, never>>;
  readonly output: undefined;
  readonly error: undefined;
}

/** As an actor or a pool gives it. */
export interface GivenSnapshot {
  readonly value: unknown;
  readonly context: unknown;
  readonly historyValue?: unknown;
}

export const snapshotOf = (table: Table, state: number, registers: readonly unknown[]): SessionSnapshot => ({
  status: table.over.includes(state) ? 'done' : 'active',
  value: valueIn(table, state),
  context: contextIn(table, state, registers),
});

export function persistedOf(table: Table, state: number, snapshot: SessionSnapshot): PersistedSession {
  const history = table.context.find(({ field }) => field === historyAxis);
  const historyValue = history ? history.values[history.of[state] ?? 0] : {};
  return { ...snapshot, historyValue, children: {}, output: undefined, error: undefined };
}

const known = new WeakMap<Table, ReadonlyMap<string, number>>();

/** @throws RangeError for a state that the table does not have, or has only merged with others */
export function stateOf(table: Table, { value, context, historyValue = {} }: GivenSnapshot): number {
  const fields = table.context.filter(({ field }) => field !== historyAxis);
  const history = table.context.find(({ field }) => field === historyAxis);
  let points = known.get(table);
  if (!points) {
    const entries = Array.from({ length: table.states }, (_, at) => {
      const state = table.states - 1 - at;
      const own = fields.map(({ values, of }) => wordOf(values[of[state] ?? 0]));
      const past = history ? wordOf(history.values[history.of[state] ?? 0]) : '{}';
      return [`${wordOf(valueIn(table, state))} ${own.join()} ${past}`, state] as const;
    });
    known.set(table, (points = new Map(entries)));
  }
  const given = fields.map(({ field }) => wordOf((context as Readonly<Record<string, unknown>> | undefined)?.[field]));
  const found = points.get(`${wordOf(value)} ${given.join()} ${wordOf(historyValue)}`);
  if (found === undefined)
    throw new RangeError(
      `the table has no such state: ${wordOf(value)}; states that nobody can tell apart are one unless it is compiled exact`,
    );
  return found;
}
