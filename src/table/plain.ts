/**
 * Plain data: what a snapshot, an emission or an artifact may hold. One word for each value, the same for equal values, however they were
 * made; and a clear refusal of what is none. It must never call anything that it is shown.
 */

/** A way through a value, for messages to people: `context.user.name`. */
export class NotPlainError extends Error {
  override readonly name = 'NotPlainError';
}

/**
 * The same text for the same data, different texts for different data: `undefined`, `NaN` and `-0` included, the order of keys not.
 * @param where named in the error
 * @throws NotPlainError for a function, a symbol, a bigint or an object with a class of its own
 */
export function wordOf(value: unknown, where = 'value'): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'object':
      break;
    default:
      throw new NotPlainError(`${where}: expected plain data, got a ${typeof value}`);
  }
  if (value === null) return 'null';
  if (Array.isArray(value)) return `[${value.map((one, at) => wordOf(one, `${where}[${at}]`)).join()}]`;
  if (!isPlainObject(value)) throw new NotPlainError(`${where}: expected plain data, got ${className(value)}`);
  const words = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${wordOf(value[key], `${where}.${key}`)}`);
  return `{${words.join()}}`;
}

export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Other realms have an Object of their own.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function className(value: object): string {
  const { name } = value.constructor as { readonly name?: string };
  return name ? `an instance of ${name}` : 'an object of a class';
}
