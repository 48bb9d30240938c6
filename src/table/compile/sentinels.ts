/**
 * Data independence: values that are only carried are replaced by sentinels of two unrelated families, and where the two runs differ in
 * anything but the sentinels, somebody has looked at what is only carried (Wolper 1986). It must never meet a real value.
 */
import type { CarriedKind } from './letters.js';

/** A value of a field: a constant, what a register holds, or what the event carries. */
export type Source =
  { readonly of: 'constant'; readonly value: unknown } | { readonly of: 'register' | 'event'; readonly index: number };

/** What the registers and the event's carried fields hold in one run. */
export interface Family {
  readonly registers: readonly unknown[];
  readonly event: readonly unknown[];
}

/** The two families: opposite signs and lengths, so that a comparison with nearly anything tells them apart. */
export function families(registers: readonly CarriedKind[], event: readonly CarriedKind[]): readonly [Family, Family] {
  const family = (make: (kind: CarriedKind, number: number) => unknown): Family => ({
    registers: registers.map((kind, at) => make(kind, at)),
    event: event.map((kind, at) => make(kind, registers.length + at)),
  });
  return [
    family((kind, number) => (kind === 'integer' ? 1_234_567_891 + number * 7_919 : `\uE000${number}`)),
    family((kind, number) => (kind === 'integer' ? -1_987_654_321 + number * 104_729 : `${'\uE001'.repeat(40)}${number}`)),
  ];
}

/** Where a value comes from; a sentinel is known by its identity, since nothing else looks like one. */
export function sourceOf(value: unknown, { registers, event }: Family): Source {
  const carriedAt = event.indexOf(value);
  if (carriedAt >= 0) return { of: 'event', index: carriedAt };
  const register = registers.indexOf(value);
  if (register >= 0) return { of: 'register', index: register };
  return { of: 'constant', value };
}

/** Whether a sentinel is somewhere inside. */
export function holdsSentinel(value: unknown, family: Family): boolean {
  if (sourceOf(value, family).of !== 'constant') return true;
  return typeof value === 'object' && value !== null && Object.values(value).some((inner) => holdsSentinel(inner, family));
}
