/**
 * The redactor: a deep copy as plain JSON data in which no credential is left, neither under its key, nor inside a text, an error, a map or
 * JSON within JSON. It must never throw, never change what it is given, and never take long for hostile input.
 */
import { finderOf, hidden, hideByContext, isSecretKey } from './redact-text.js';

export interface RedactOptions {
  /** Keys whose values are hidden, beside the usual ones (`password`, `token`, `secret`, `authorization`, ... in any spelling). */
  readonly keys?: readonly (string | RegExp)[] | undefined;
  /** Values to hide wherever they stand, also as a part of a text or in base64. A function is asked each time. */
  readonly secrets?: readonly string[] | (() => readonly string[]) | undefined;
}

/** Made for `serialize` of `@statelyai/inspect`: what comes out has the shape of what went in. */
export type Redactor = <T>(value: T) => T;

/** Values found under a secret key are remembered, so that they are known where no key gives them away, such as in an error. */
const mostLearned = 32;
/** Shorter ones would hide ordinary words. */
const shortestLearned = 6;

const limits = { depth: 64, nodes: 50_000, items: 1_000, text: 16_384, longText: 4_194_304 } as const;

/** The redactor with nothing but the usual keys. */
export const redact: Redactor = createRedactor();

/** @throws TypeError for options of the wrong kind; the redactor itself never throws */
export function createRedactor(options: RedactOptions = {}): Redactor {
  const { keys = [], secrets = [] } = options;
  const named = new Set(keys.filter((key) => typeof key === 'string').map((key) => key.toLowerCase()));
  const matching = keys.filter((key) => typeof key !== 'string');
  if (!matching.every((key) => key instanceof RegExp))
    throw new TypeError('redactor: keys: expected texts and regular expressions');
  const given = Array.isArray(secrets) ? [...(secrets as readonly string[])] : undefined;
  if (given?.some((secret) => typeof secret !== 'string') === true) throw new TypeError('redactor: secrets: expected texts');
  const isSecret = (key: string): boolean =>
    isSecretKey(key) || named.has(key.toLowerCase()) || matching.some((pattern) => key.search(pattern) >= 0);
  const learned = new Set<string>();
  let known: readonly string[] = [];
  let finder: RegExp | undefined;
  let hasFinder = false;

  function currentFinder(): RegExp | undefined {
    const now = given ?? askFor(secrets as () => readonly string[]);
    if (hasFinder && now.length === known.length && now.every((secret, at) => secret === known[at])) return finder;
    known = [...now];
    hasFinder = true;
    return (finder = finderOf([...known, ...learned]));
  }
  function learn(secret: string): void {
    if (secret.length < shortestLearned || secret.length > 4_096 || learned.has(secret)) return;
    learned.add(secret);
    for (const oldest of learned) {
      if (learned.size <= mostLearned) break;
      learned.delete(oldest);
    }
    hasFinder = false;
  }

  return <T>(value: T): T => {
    const before = [...learned].join('\n');
    const copy = new Copy(isSecret, currentFinder(), learn).of(value);
    // A secret was met: it may stand in what was copied before it.
    return ([...learned].join('\n') === before ? copy : new Copy(isSecret, currentFinder(), learn).of(value)) as T;
  };
}

function askFor(secrets: () => readonly string[]): readonly string[] {
  try {
    return secrets().filter((secret) => typeof secret === 'string');
  } catch {
    return [];
  }
}

/** One copy; counts what it makes. */
class Copy {
  readonly #isSecret: (key: string) => boolean;
  readonly #finder: RegExp | undefined;
  readonly #learn: (secret: string) => void;
  readonly #around = new Set<object>();
  #nodes = 0;

  constructor(isSecret: (key: string) => boolean, finder: RegExp | undefined, learn: (secret: string) => void) {
    this.#isSecret = isSecret;
    this.#finder = finder;
    this.#learn = learn;
  }

  of(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
        return this.#text(value);
      case 'bigint':
        return `${value}n`;
      case 'symbol':
        return this.#text(String(value));
      case 'function':
        return { type: this.#text(nameOf(value)) };
      case 'object':
        return value === null ? null : this.#guarded(value);
      default:
        return value;
    }
  }

  #guarded(value: object): unknown {
    if (this.#around.has(value)) return '[circular]';
    if (this.#around.size >= limits.depth || ++this.#nodes > limits.nodes) return '[more]';
    this.#around.add(value);
    try {
      return this.#object(value);
    } catch {
      // A getter or a proxy that throws.
      return '[unreadable]';
    } finally {
      this.#around.delete(value);
    }
  }

  #object(value: object): unknown {
    if (Array.isArray(value)) return this.#list(value);
    if (value instanceof Error) return this.#error(value);
    if (value instanceof Map) return this.#list([...value]);
    if (value instanceof Set) return this.#list([...value]);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    if (value instanceof RegExp || value instanceof URL || value instanceof URLSearchParams) return this.#text(String(value));
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if ('toJSON' in value && typeof value.toJSON === 'function') {
      const plain: unknown = value.toJSON();
      if (plain !== value)
        return typeof plain === 'object' && plain !== null && !Array.isArray(plain) ? this.#fields(plain) : this.of(plain);
    }
    return this.#fields(value);
  }

  #fields(value: object): Record<string, unknown> {
    const copy: Record<string, unknown> = {};
    // { name: 'password', value: '...' }, as headers and form fields are often kept.
    const label = read(value, 'name') ?? read(value, 'key');
    const isLabelled = typeof label === 'string' && this.#isSecret(label);
    const keys = Object.keys(value);
    for (const key of keys.slice(0, limits.items)) {
      if (key === '__proto__' || key === 'toJSON') continue;
      const field = read(value, key);
      copy[this.#text(key)] = this.#isSecret(key) || (isLabelled && key === 'value') ? this.#hide(field) : this.of(field);
    }
    if (keys.length > limits.items) copy['...'] = `[${keys.length - limits.items} more]`;
    return copy;
  }

  #list(list: readonly unknown[]): unknown[] {
    const [first, second] = list;
    // ['password', '...'], as in Object.entries.
    if (list.length === 2 && typeof first === 'string' && typeof second === 'string' && this.#isSecret(first)) {
      return [this.#text(first), this.#hide(second)];
    }
    const copy = Array.from(list.slice(0, limits.items), (item) => this.of(item) ?? null);
    return list.length > limits.items ? [...copy, `[${list.length - limits.items} more]`] : copy;
  }

  #error(error: Error): Record<string, unknown> {
    const { name, message, cause } = error;
    return {
      ...this.#fields(error),
      name: this.of(name),
      message: this.of(message),
      ...(cause === undefined ? {} : { cause: this.of(cause) }),
      ...(error instanceof AggregateError ? { errors: this.of(error.errors) } : {}),
    };
  }

  /** Hides a value that stands under a secret key. That there is none is no secret, nor whether. */
  #hide(value: unknown): unknown {
    if (value === undefined || value === null || typeof value === 'boolean') return value;
    this.#remember(value, 0);
    return hidden;
  }
  #remember(value: unknown, depth: number): void {
    if (typeof value === 'string') this.#learn(value);
    if (typeof value !== 'object' || value === null || depth > 4) return;
    for (const key of Object.keys(value).slice(0, 100)) {
      if (key === 'value' || Array.isArray(value) || this.#isSecret(key)) this.#remember(read(value, key), depth + 1);
    }
  }

  #text(text: string): string {
    if (text.length > limits.longText) return `[${text.length} characters]`;
    const whole = this.#json(text);
    if (whole !== undefined) return whole;
    const clean = this.#finder === undefined ? text : text.replace(this.#finder, hidden);
    const quiet = hideByContext(clean);
    // Cut only now: half of a secret would not be found.
    return quiet.length > limits.text ? `${quiet.slice(0, limits.text)}[${quiet.length - limits.text} more]` : quiet;
  }

  /** JSON within a text, such as the definition of a machine. */
  #json(text: string): string | undefined {
    if (!/^\s*[[{]/.test(text) || this.#around.size >= limits.depth) return undefined;
    let found: unknown;
    try {
      found = JSON.parse(text);
    } catch {
      return undefined;
    }
    // `typeof` of a parsed text that begins so: an object or a list.
    return JSON.stringify(this.#guarded(found as object));
  }
}

function read(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return '[unreadable]';
  }
}

function nameOf(value: unknown): string {
  const name = read(value as object, 'name');
  return typeof name === 'string' && name !== '' ? name : 'function';
}
