/**
 * The written chart as the JSON of its configuration, as XState's `createMachine` and Stately's editor take it: guards and actions by name,
 * with their parameters, and descriptions. It must never lose anything silently: what JSON cannot say is an error.
 */
import { initialState, smallRules, type Chart, type Rules } from '../../machines/index.js';

/**
 * The configuration of the chart as JSON text. The context, which the chart makes from its rules, stands in it as it is at the start.
 * @param rules what the context is made of; two settable statuses unless given
 * @throws TypeError for a guard, action or anything else that is a function without a name
 */
export function toXStateJson(chart: Chart, rules: Rules = smallRules): string {
  const { context: _, ...config } = chart.config;
  const value = { id: config.id, context: initialState(rules).context, ...config };
  return `${JSON.stringify(plain(value, [config.id ?? 'chart']), undefined, 2)}\n`;
}

function plain(value: unknown, path: readonly string[]): unknown {
  if (typeof value === 'function') throw new TypeError(`toXStateJson: ${path.join('.')} is a function; it needs a name`);
  if (Array.isArray(value)) return value.map((item, place) => plain(item, [...path, String(place)]));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  // A name without parameters is just a name.
  if (entries.length === 1 && entries[0]?.[0] === 'type' && typeof entries[0][1] === 'string') return entries[0][1];
  return Object.fromEntries(entries.map(([name, inner]) => [name, plain(inner, [...path, name])]));
}
