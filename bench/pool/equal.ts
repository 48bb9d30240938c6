/** Before anything is timed: all rivals say the same to the same score, or there is nothing to compare. */
import { fleets, type FleetName } from './fleets.js';
import { cycle, everybody, presence } from './workloads.js';

/** @throws Error that names the first word in which one differs from the actors */
export function proveEqual(names: readonly FleetName[] = Object.keys(fleets) as FleetName[]): number {
  const size = 20;
  const said = names.map((name) => {
    const words: string[] = [];
    let isOver = false;
    const fleet = fleets[name](size, (notice) => {
      if (!isOver) words.push(`${notice.type} ${notice.hr} ${'mMyStatus' in notice ? notice.mMyStatus : ''} ${notice.reason}`);
    });
    for (const { who, what } of [cycle(), everybody(size), presence(size, 500)]) fleet.play(who, what);
    isOver = true;
    fleet.dispose();
    return words;
  });
  const first = said[0] ?? [];
  for (const [at, words] of said.entries()) {
    const wrong = first.findIndex((word, place) => word !== words[place]);
    if (wrong >= 0 || words.length !== first.length)
      throw new Error(
        `${names[at]} says ${words[wrong] ?? `${words.length} words`} where ${names[0]} says ${first[wrong] ?? `${first.length} words`}`,
      );
  }
  return first.length;
}
