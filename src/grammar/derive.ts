/**
 * The grammar read out of the chart: every order of notices that it can tell, and no other, as the smallest automaton. It walks the whole
 * graph with all statuses; nobody may write a rule of the grammar by hand.
 */
import { fullRules, isNotice, presenceMachine, stepperOf, type Chart, type Rules, type State } from '../../machines/index.js';
import { reach } from '../table/reach.js';
import { determinise, minimise, type Dfa, type Nfa } from './automaton.js';
import { expressionOf, toText } from './expression.js';
import { letterOf, letters, meaningOf, type Letter, type LetterRow } from './letters.js';

/** Published as `machines/drawn/grammar.json`. */
export interface Grammar {
  readonly letters: readonly LetterRow[];
  /** The name of the state in which a log begins. */
  readonly start: string;
  /**
   * By name: the status told last, or what is owed. A log may end where `end` is true; elsewhere a notice is still to come. What is not
   * listed may not follow.
   */
  readonly states: Readonly<Record<string, GrammarState>>;
  /** The logs that may end, in short letters. */
  readonly expression: string;
}
export interface GrammarState {
  readonly end: boolean;
  readonly next: Readonly<Record<Letter, string>>;
}

/**
 * What the chart can tell under these rules: a node for each state, and one between the notices of a step. A log goes on over a restart while
 * offline, which may be from a snapshot taken earlier.
 * @param rules every status, and a queue of one, unless given: a longer one tells no other orders
 */
export function noticesOfChart(rules: Rules = fullRules, chart: Chart = presenceMachine): Nfa {
  const silent: Set<number>[] = [];
  const moves: Map<string, readonly [Letter, number]>[] = [];
  const between = new Map<string, number>();
  const node = (place: number): void => {
    silent[place] ??= new Set();
    moves[place] ??= new Map();
  };
  const steps: (readonly [from: number, word: readonly Letter[], to: number])[] = [];
  const starts = startsOf(chart, rules);
  const { states } = reach({ rules, chart, starts }, ({ from, to, outputs }) => {
    const word = outputs.filter(isNotice).map((notice) => {
      const letter = letterOf(notice);
      if (letter === undefined) throw new Error(`no letter for ${JSON.stringify(notice)}`);
      return letter;
    });
    steps.push([from, word, to]);
  });
  let count = states.length;
  for (let place = 0; place < count; place++) node(place);
  const start = count++;
  node(start);
  for (const place of starts.keys()) silent[start]?.add(place);
  for (const [place, state] of states.entries()) if (state.matches('offline')) silent[place]?.add(start);
  for (const [from, word, to] of steps) {
    if (word.length === 0) {
      if (from !== to) silent[from]?.add(to);
      continue;
    }
    let at = from;
    word.forEach((letter, index) => {
      let next = to;
      if (index < word.length - 1) {
        // What is still to be told, and where it ends, is all that matters between two notices.
        const key = `${word.slice(index + 1).join('')} ${to}`;
        next = between.get(key) ?? count++;
        between.set(key, next);
        node(next);
      }
      moves[at]?.set(`${letter}${next}`, [letter, next]);
      at = next;
    });
  }
  return {
    start,
    accepting: new Set(states.keys()),
    silent: silent.map((set) => [...set]),
    moves: moves.map((map) => [...map.values()]),
  };
}

/** A service begins at rest; after a restart it knows what was wished and whether the person was idle. */
function startsOf(chart: Chart, rules: Rules): State[] {
  const { value, context } = stepperOf(chart).initial(rules);
  const users = ['active', 'inactive', 'idle', 'away'] as const;
  return users.flatMap((user) =>
    [...new Set([context.wished, ...rules.statuses])].map(
      (wished) => chart.resolveState({ value, context: { ...context, user, wished } }) as State,
    ),
  );
}

/** The grammar of a chart. @throws RangeError when the chart is not finite for these rules */
export function deriveGrammar(rules: Rules = fullRules, chart: Chart = presenceMachine): Grammar {
  return grammarOf(minimise(determinise(noticesOfChart(rules, chart))));
}

/** An automaton as it is published. */
export function grammarOf(dfa: Dfa): Grammar {
  const names = namesOf(dfa);
  const name = (state: number): string => names[state] ?? String(state);
  const used = new Set(dfa.next.flatMap((moves) => [...moves.keys()]));
  return {
    letters: letters.filter(({ letter }) => used.has(letter)),
    start: name(0),
    states: Object.fromEntries(
      dfa.next.map((moves, state) => [
        name(state),
        {
          end: dfa.accepting[state] ?? false,
          next: Object.fromEntries([...moves].map(([letter, to]) => [letter, name(to)])),
        },
      ]),
    ),
    expression: toText(expressionOf(dfa)),
  };
}

/** The automaton of a published grammar. */
export function dfaOf({ start, states }: Pick<Grammar, 'start' | 'states'>): Dfa {
  const names = [start, ...Object.keys(states).filter((name) => name !== start)];
  const places = new Map(names.map((name, place) => [name, place]));
  return {
    accepting: names.map((name) => states[name]?.end ?? false),
    next: names.map(
      (name) => new Map(Object.entries(states[name]?.next ?? {}).map(([letter, to]) => [letter, places.get(to) ?? -1])),
    ),
  };
}

/** After the status that leads there; after what is owed where a log may not end. */
function namesOf({ accepting, next }: Dfa): string[] {
  const names: string[] = [];
  const name = (state: number, wanted: string): void => {
    names[state] ??= names.includes(wanted) ? `${wanted} (${state})` : wanted;
  };
  const short = (letter: Letter): string => meaningOf(letter).replace(/^OnMyStatusChange | with S_OK$/g, '');
  for (const [state, moves] of next.entries()) {
    const owed = [...new Set([...moves.keys()].map(short))];
    if (accepting[state] !== true) name(state, `owes ${owed.join(' or ')}`);
  }
  for (const moves of next) for (const [letter, to] of moves) name(to, short(letter));
  name(0, 'start');
  return names;
}
