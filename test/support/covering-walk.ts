/**
 * One walk through an automaton, so that one run of an engine goes through all of it: along paths that others have found, each followed by the way
 * home; or by itself along every step. It must never look at what a step says.
 */
import type { Message } from '../../machines/index.js';
import type { Automaton, AutomatonStep } from '../../src/table/minimize.js';

/** A step with the number of the state in which it is taken. */
export type Taken = AutomatonStep & { readonly from: number };

/**
 * One walk from the initial state: by a shortest path to the nearest step that was not taken yet, again and again.
 * @throws Error if a step that is left cannot be reached any more: then there is no such walk
 */
export function coveringWalk({ states }: Automaton): Taken[] {
  const left = states.map(({ steps }) => [...steps]);
  const walk: Taken[] = [];
  let at = 0;
  for (let open = left.reduce((sum, steps) => sum + steps.length, 0); open > 0; open--) {
    for (const taken of shortestTo(states, at, (state) => (left[state]?.length ?? 0) > 0)) {
      walk.push(taken);
      at = taken.to;
    }
    const step = left[at]?.shift();
    if (!step) throw new Error(`coveringWalk: ${open} steps are left, and none can be reached`);
    walk.push({ ...step, from: at });
    at = step.to;
  }
  return walk;
}

/**
 * Generated paths one after the other, each from the initial state, with a shortest way back to it in between.
 * @throws Error if a path takes a step that the automaton does not have, or if there is no way back
 */
export function joinedWalk({ states }: Automaton, paths: readonly (readonly { readonly move: Message }[])[]): Taken[] {
  const walk: Taken[] = [];
  let at = 0;
  for (const path of paths) {
    const home = shortestTo(states, at, (state) => state === 0);
    if (home.length === 0 && at !== 0) throw new Error(`joinedWalk: no way back from ${states[at]?.leaf}`);
    walk.push(...home);
    at = 0;
    for (const { move } of path) {
      const sought = JSON.stringify(move);
      const step = states[at]?.steps.find(({ message }) => JSON.stringify(message) === sought);
      if (!step) throw new Error(`joinedWalk: there is no ${sought} in ${states[at]?.leaf}`);
      walk.push({ ...step, from: at });
      at = step.to;
    }
  }
  return walk;
}

function shortestTo(states: Automaton['states'], start: number, isGoal: (state: number) => boolean): Taken[] {
  const before = new Map<number, Taken | undefined>([[start, undefined]]);
  for (const state of before.keys()) {
    if (isGoal(state)) {
      const path: Taken[] = [];
      for (let taken = before.get(state); taken; taken = before.get(taken.from)) path.unshift(taken);
      return path;
    }
    for (const step of states[state]?.steps ?? []) if (!before.has(step.to)) before.set(step.to, { ...step, from: state });
  }
  return [];
}
