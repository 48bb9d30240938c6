/** What a state of a table shows: its value, its context, and whether it is one of the states that somebody means. It must never change anything. */
import { historyAxis, type Table } from './format.js';

export function valueIn({ values, valueOf: of }: Table, state: number): unknown {
  return values[of[state] ?? 0];
}

export function contextIn(
  { context, registers: named }: Table,
  state: number,
  registers: readonly unknown[],
): Readonly<Record<string, unknown>> {
  const entries = context
    .filter(({ field }) => field !== historyAxis)
    .map(({ field, values, of }) => [field, values[of[state] ?? 0]] as const);
  return Object.fromEntries([...entries, ...named.map(({ field }, at) => [field, registers[at]] as const)]);
}

/** As XState's `matches`: a part of the value is enough, in words or as an object. */
export function matchesValue(value: unknown, part: unknown): boolean {
  if (typeof part === 'string') {
    const [first = '', ...rest] = part.split('.');
    if (typeof value === 'string') return value === first && rest.length === 0;
    if (typeof value !== 'object' || value === null || !(first in value)) return false;
    return rest.length === 0 || matchesValue((value as Readonly<Record<string, unknown>>)[first], rest.join('.'));
  }
  if (typeof part !== 'object' || part === null || typeof value !== 'object' || value === null) return false;
  return Object.entries(part).every(
    ([name, inner]) => name in value && matchesValue((value as Readonly<Record<string, unknown>>)[name], inner),
  );
}
