/** Which state of a table a snapshot is: the way back from an actor to a session. It must never take what is only like it. */
import { historyAxis, type Table } from '../format.js';
import { wordOf } from '../plain.js';
import { valueIn } from '../shown.js';

/** As an actor or a pool gives it. */
export interface GivenSnapshot {
  readonly value: unknown;
  readonly context: unknown;
  readonly historyValue?: unknown;
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
