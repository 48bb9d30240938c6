/**
 * Gives timers their places in a session: two that can run at once get different ones, all others share. It must never let one timer's
 * start be another's stop.
 */
import type { Walk } from './walk.js';

/** @returns for each timer, by name, its place; the fewer places, the fewer bytes a session takes */
export function placesOf(
  { states, next, program, programs, initial }: Walk,
  names: readonly string[],
): ReadonlyMap<string, number> {
  const numbers = new Map(names.map((name, at) => [name, at]));
  const change = programs.map(({ timers }) => {
    let on = 0;
    let off = 0;
    for (const { timer, delay } of timers) {
      const bit = 1 << (numbers.get(timer) ?? 31);
      on = delay === undefined ? on & ~bit : on | bit;
      off = delay === undefined ? off | bit : off & ~bit;
    }
    return { on, off };
  });
  // May run in a state: what may have run before, unless it was stopped on the way.
  const may = new Int32Array(states.length);
  may[0] = change[initial]?.on ?? 0;
  const rivals = names.map(() => 0);
  const meet = (bits: number) => {
    for (const number of names.keys()) if (bits & (1 << number)) rivals[number] = (rivals[number] ?? 0) | bits;
  };
  meet(may[0]);
  for (let changed = true; changed;) {
    changed = false;
    for (const [from, row] of next.entries()) {
      for (const [letter, to] of row.entries()) {
        if (to < 0) continue;
        const { on, off } = change[program[from]?.[letter] ?? 0] ?? { on: 0, off: 0 };
        // Not `& ~off` before `meet`: a program may start one before it stops the other.
        const bits = (((may[from] ?? 0) & ~off) | on) & 0x7fffffff;
        if ((may[to] ?? 0) === ((may[to] ?? 0) | bits)) continue;
        may[to] = (may[to] ?? 0) | bits;
        changed = true;
      }
    }
  }
  for (const bits of may) meet(bits);
  const places = new Map<string, number>();
  for (const [number, name] of names.entries()) {
    const taken = names.flatMap((other, at) =>
      (rivals[number] ?? 0) & (1 << at) && other !== name && places.has(other) ? [places.get(other)] : [],
    );
    let place = 0;
    while (taken.includes(place)) place += 1;
    places.set(name, place);
  }
  return places;
}
