/**
 * The explored graph as a deterministic automaton, and the smallest one that nobody outside can tell from it: Moore's partition refinement.
 * What can be seen of a state is its leaf, and for each message whether it can come, what a refused call returns, and what is said.
 * It knows nothing of guards or actions; it must never look into a context to decide.
 */
import { leafOf, type Leaf, type Message, type Output, type Rules, type State } from '../../machines/index.js';
import { keyOf, type Exploration } from './explore.js';

/** What becomes of one message that can come. */
export interface AutomatonStep {
  readonly message: Message;
  /** The number of the state that follows. */
  readonly to: number;
  /** Commands and notices, in order. */
  readonly outputs: readonly Output[];
}

export interface AutomatonState {
  readonly leaf: Leaf;
  /** From the outermost state of the chart to the leaf. */
  readonly path: readonly string[];
  /** The states of the walk that it stands for, in the walk's order; never none. */
  readonly members: readonly State[];
  /** In the order of the messages; a message that is refused, ignored or impossible has none. */
  readonly steps: readonly AutomatonStep[];
}

/** Numbered in the order in which the walk met them: the first is the initial one. */
export interface Automaton {
  readonly rules: Rules;
  readonly messages: readonly Message[];
  readonly states: readonly AutomatonState[];
}

/**
 * Merges all states that nobody can tell apart by any sequence of messages.
 * @throws RangeError if the walk was ended early
 */
export function minimize(exploration: Exploration): Automaton {
  const { seen, next, width, size } = tableOf(exploration);
  let block: readonly number[] = numbered(seen.slice(0, size));
  for (let count = 0; ;) {
    const signatures = block.map((own, state) => {
      const ahead = next.slice(state * width, (state + 1) * width).map((to) => block[to]);
      return `${own}>${ahead.join()}`;
    });
    block = numbered(signatures);
    const found = Math.max(...block) + 1;
    if (found === count) return quotient(exploration, block, next);
    count = found;
  }
}

/** The walk as it is: one state of the automaton for each state of the walk. @throws RangeError if the walk was ended early */
export function unmerged(exploration: Exploration): Automaton {
  const { next, size } = tableOf(exploration);
  return quotient(
    exploration,
    Array.from({ length: size }, (_, state) => state),
    next,
  );
}

/** How many states and steps an automaton has, and which of its states stand for several, in words. */
export function describeAutomaton({ states, messages }: Automaton): string {
  const total = states.reduce((sum, { members }) => sum + members.length, 0);
  const steps = states.reduce((sum, state) => sum + state.steps.length, 0);
  const lines = states.flatMap(({ leaf, members }, number) =>
    members.length === 1 ? [] : [`  ${leaf}.${number}: ${members.map(differing(members)).join(' = ')}`],
  );
  return [`${total} states in ${states.length} classes, ${messages.length} messages, ${steps} steps`, ...lines, ''].join('\n');
}

/** Only the parts of the context in which the states of a class differ, since the rest says nothing. */
function differing(members: readonly State[]): (state: State) => string {
  const entries = (state: State) => Object.entries(state.context).filter(([name]) => name !== 'rules');
  const names = entries(members[0] as State)
    .map(([name]) => name)
    .filter((name) => new Set(members.map((state) => JSON.stringify(new Map(entries(state)).get(name)))).size > 1);
  return (state) =>
    entries(state)
      .filter(([name]) => names.includes(name))
      .map(([name, value]) => `${name} ${String(value)}`)
      .join(', ');
}

interface StateTable {
  readonly size: number;
  readonly width: number;
  /** For each state, all that one step can show of it. */
  readonly seen: readonly string[];
  /** Row by row: the state that follows. */
  readonly next: readonly number[];
}

function tableOf({ states, messages, cells }: Exploration): StateTable {
  const width = messages.length;
  if (cells.length !== states.size * width)
    throw new RangeError(
      `minimize: ${cells.length} cells for ${states.size} states and ${width} messages; the walk was ended early`,
    );
  const numbers = new Map([...states.keys()].map((key, number) => [key, number]));
  const next = cells.map(({ kind, to }, index) =>
    kind === 'handled' ? (numbers.get(keyOf(to)) as number) : Math.floor(index / width),
  );
  const shown = cells.map(({ kind, hr, outputs }) => `${kind}${hr ?? ''}${outputs.length > 0 ? JSON.stringify(outputs) : ''}`);
  const seen = [...states.values()].map(
    (state, number) => `${leafOf(state)} ${shown.slice(number * width, (number + 1) * width).join('|')}`,
  );
  return { size: states.size, width, seen, next };
}

/** The same number for the same word, in the order of first appearance. */
function numbered(words: readonly string[]): number[] {
  const numbers = new Map<string, number>();
  return words.map((word) => {
    const known = numbers.get(word) ?? numbers.size;
    numbers.set(word, known);
    return known;
  });
}

function quotient({ rules, messages, states, cells }: Exploration, block: readonly number[], next: readonly number[]): Automaton {
  const members: State[][] = [];
  const first: number[] = [];
  for (const [number, state] of [...states.values()].entries()) {
    const own = block[number] as number;
    (members[own] ??= []).push(state);
    first[own] ??= number;
  }
  const width = messages.length;
  return {
    rules,
    messages,
    states: members.map((all, own): AutomatonState => {
      const begin = (first[own] as number) * width;
      const row = cells.slice(begin, begin + width);
      const path = pathOf((all[0] as State).value);
      return {
        leaf: leafOf(all[0] as State),
        path,
        members: all,
        steps: row.flatMap(({ kind, message, outputs }, column) =>
          kind === 'handled' ? [{ message, to: block[next[begin + column] as number] as number, outputs }] : [],
        ),
      };
    }),
  };
}

function pathOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Object.entries(value as Readonly<Record<string, unknown>>).flatMap(([name, inner]) => [name, ...pathOf(inner)]);
}
