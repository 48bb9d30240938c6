/** The smallest automaton of a walk: nobody outside can tell it from the walk, and it is the smallest such one. */
import { describe, expect, it } from '@jest/globals';
import { leafOf, smallRules, type Output } from '../../machines/index.js';
import { explore, keyOf, type Cell, type Exploration } from '../../src/table/explore.js';
import { describeAutomaton, minimize, unmerged } from '../../src/table/minimize.js';

// Without idleness and `remember` there are few enough states to look at every pair of them.
const walked = explore({ rules: { ...smallRules, idle: false, away: false, remember: false } });
const cellsOf = ({ cells, messages, states }: Exploration): Map<string, readonly Cell[]> =>
  new Map([...states.keys()].map((key, row) => [key, cells.slice(row * messages.length, (row + 1) * messages.length)]));

const textOf = (outputs: readonly Output[]): string => JSON.stringify(outputs);
const shows = ({ kind, hr, outputs }: Cell): string => `${kind} ${hr} ${textOf(outputs)}`;

/** Which pairs some sequence of messages tells apart: marked from the obvious ones backwards (Myhill and Nerode), another way than the one under test. */
function distinguishable(exploration: Exploration): Set<string> {
  const rows = cellsOf(exploration);
  const keys = [...rows.keys()];
  const place = new Map(keys.map((key, at) => [key, at]));
  const pair = (a: number, b: number) => (a < b ? `${a},${b}` : `${b},${a}`);
  const seen = keys.map((key) => `${leafOf(exploration.states.get(key)!)} ${rows.get(key)!.map(shows).join()}`);
  const targets = keys.map((key) => rows.get(key)!.map(({ to }) => place.get(keyOf(to)) as number));
  const causes = new Map<string, string[]>();
  const open: string[] = [];
  const marked = new Set<string>();
  const mark = (which: string) => {
    if (marked.has(which)) return;
    marked.add(which);
    open.push(which);
  };
  for (let a = 0; a < keys.length; a++) {
    for (let b = a + 1; b < keys.length; b++) {
      if (seen[a] !== seen[b]) {
        mark(pair(a, b));
        continue;
      }
      targets[a]!.forEach((to, column) => {
        const next = pair(to, targets[b]![column]!);
        const known = causes.get(next);
        if (known) known.push(pair(a, b));
        else causes.set(next, [pair(a, b)]);
      });
    }
  }
  for (let which = open.pop(); which !== undefined; which = open.pop()) causes.get(which)?.forEach(mark);
  return marked;
}

describe('minimize', () => {
  it('merges exactly the states that no sequence of messages tells apart', () => {
    const { states } = minimize(walked);
    const place = new Map([...walked.states.keys()].map((key, at) => [key, at]));
    const classes = new Map(
      states.flatMap(({ members }, own) => members.map((state) => [place.get(keyOf(state))!, own] as const)),
    );
    expect(classes.size).toBe(walked.states.size);
    expect(states.length).toBeLessThan(walked.states.size);
    const apart = distinguishable(walked);
    const wrong: string[] = [];
    for (let a = 0; a < walked.states.size; a++) {
      for (let b = a + 1; b < walked.states.size; b++) {
        if (apart.has(`${a},${b}`) === (classes.get(a) === classes.get(b))) wrong.push(`${a},${b}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('keeps every step of every state', () => {
    const { states } = minimize(walked);
    const classes = new Map(states.flatMap(({ members }, own) => members.map((state) => [keyOf(state), own] as const)));
    const rows = cellsOf(walked);
    for (const { leaf, path, members, steps } of states) {
      expect(path.at(-1)).toBe(leaf);
      const own = steps.map(({ message, to, outputs }) => [message, to, outputs]);
      for (const member of members) {
        expect(leafOf(member)).toBe(leaf);
        const handled = rows.get(keyOf(member))!.filter(({ kind }) => kind === 'handled');
        expect(handled.map(({ message, to, outputs }) => [message, classes.get(keyOf(to)), outputs])).toEqual(own);
      }
    }
  });

  it('numbers the states in the order of the walk, the initial one first, and always alike', () => {
    const { states } = minimize(walked);
    const first = states.map(({ members }) => [...walked.states.keys()].indexOf(keyOf(members[0]!)));
    expect(first).toEqual([...first].sort((a, b) => a - b));
    expect(first[0]).toBe(0);
    expect(minimize(walked)).toEqual(minimize(walked));
  });

  it('says how many there are, and in what the merged ones differ', () => {
    const automaton = minimize(walked);
    const [head, ...lines] = describeAutomaton(automaton).trimEnd().split('\n');
    expect(head).toMatch(
      `${walked.states.size} states in ${automaton.states.length} classes, ${walked.messages.length} messages, `,
    );
    expect(lines).toHaveLength(automaton.states.filter(({ members }) => members.length > 1).length);
    expect(lines.every((line) => / = /.test(line))).toBe(true);
    expect(describeAutomaton(unmerged(walked)).split('\n')).toHaveLength(2);
  });

  it('does not take a walk that was ended early', () => {
    const early = explore({ until: ({ kind }) => kind === 'impossible' });
    expect(() => minimize(early)).toThrow(RangeError);
    expect(() => unmerged(early)).toThrow(/ended early/);
  });
});

describe('unmerged', () => {
  it('is the walk itself', () => {
    const { states } = unmerged(walked);
    expect(states.map(({ members }) => members.map(keyOf))).toEqual([...walked.states.keys()].map((key) => [key]));
    const keys = [...walked.states.keys()];
    const steps = states.flatMap((state) => state.steps.map(({ to }) => keys[to]));
    expect(steps).toEqual(walked.cells.filter(({ kind }) => kind === 'handled').map(({ to }) => keyOf(to)));
  });
});
