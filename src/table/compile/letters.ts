/**
 * The alphabet of a compiled machine: one letter for each event that can come, its deciding fields spelled out, its carried ones only
 * named. It must never guess a domain: what is not declared is not in the table.
 */
import type { AnyEventObject } from 'xstate';
import { isPlainObject, wordOf } from '../plain.js';

const brand = Symbol('carried');

/** What a carried field holds: it decides how it is stored. */
export type CarriedKind = 'integer' | 'any';
export interface Carried {
  readonly [brand]: CarriedKind;
}

/**
 * Marks fields whose value is only passed on, to a context field or to an emission, and never looked at.
 * `integer`: 32 bits, 4 bytes in each session. `any`: everything else.
 */
export const carried: Readonly<Record<CarriedKind, Carried>> = Object.freeze({
  integer: Object.freeze({ [brand]: 'integer' as const }),
  any: Object.freeze({ [brand]: 'any' as const }),
});

export function isCarried(value: unknown): value is Carried {
  return typeof value === 'object' && value !== null && brand in value;
}

export interface CarriedField {
  readonly field: string;
  readonly kind: CarriedKind;
}

/** One event that can come. */
export interface Letter {
  readonly type: string;
  /** The fields that decide, without the type. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly carried: readonly CarriedField[];
}

/** An event as it is declared: plain fields, or `carried.integer` and `carried.any` in their place. */
export type SampleEvent = { readonly type: string } & Readonly<Record<string, unknown>>;

/** @throws TypeError for an event that is none, or that is there twice */
export function lettersOf(events: readonly SampleEvent[]): Letter[] {
  if (!Array.isArray(events) || events.length === 0) throw new TypeError('compileLogic: expected events, got none');
  const known = new Set<string>();
  return events.map((event, at) => {
    const where = `compileLogic: events[${at}]`;
    if (!isPlainObject(event) || typeof event['type'] !== 'string' || event['type'] === '')
      throw new TypeError(
        `${where}: expected an event with a type, got ${typeof event === 'object' ? 'an object without' : String(event)}`,
      );
    const { type, ...rest } = event;
    if (type.includes('*')) throw new TypeError(`${where}: expected the type of an event that can come, got ${type}`);
    const fields = Object.fromEntries(Object.entries(rest).filter(([, value]) => !isCarried(value)));
    const marked = Object.entries(rest).flatMap(([field, value]) => (isCarried(value) ? [{ field, kind: value[brand] }] : []));
    const word = `${type} ${wordOf(fields, where)} ${marked
      .map(({ field }) => field)
      .sort()
      .join()}`;
    if (known.has(word)) throw new TypeError(`${where}: ${type} is there twice with the same fields`);
    known.add(word);
    return { type, fields, carried: marked };
  });
}

/** The event itself. @param values for the carried fields, in their order */
export function eventOf({ type, fields, carried: marked }: Letter, values: readonly unknown[]): AnyEventObject {
  if (marked.length === 0) return { ...fields, type };
  return { ...fields, ...Object.fromEntries(marked.map(({ field }, at) => [field, values[at]])), type };
}

/** For messages to people. */
export function letterName({ type, fields }: Pick<Letter, 'type' | 'fields'>): string {
  const parts = Object.entries(fields).map(([field, value]) => `${field} ${String(value)}`);
  return parts.length === 0 ? type : `${type} (${parts.join(', ')})`;
}
