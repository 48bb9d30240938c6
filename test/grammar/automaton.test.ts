/** Automata by themselves: the same language before and after, the fewest states, and an expression that says the same. */
import { describe, expect, it } from '@jest/globals';
import { determinise, expressionOf, minimise, stateAfter, toText, type Dfa, type Nfa } from '../../src/grammar/index.js';
import { seededRandom } from '../../src/testing/index.js';

/** Some automaton over `a` and `b`, by a seed. */
function someNfa(seed: number): Nfa {
  const random = seededRandom(seed);
  const size = 2 + Math.floor(random() * 6);
  const node = () => Math.floor(random() * size);
  const nodes = Array.from({ length: size }, (_, place) => place);
  return {
    start: 0,
    accepting: new Set(nodes.filter(() => random() < 0.4)),
    silent: nodes.map(() => (random() < 0.3 ? [node()] : [])),
    moves: nodes.map(() => Array.from({ length: Math.floor(random() * 3) }, () => [random() < 0.5 ? 'a' : 'b', node()] as const)),
  };
}
const words = (length: number): string[] =>
  length === 0
    ? ['']
    : words(length - 1).flatMap((word) => (word.length === length - 1 ? [word, `${word}a`, `${word}b`] : [word]));

/** Follows every way at once, without any of the code under test. */
function accepts({ start, accepting, silent, moves }: Nfa, word: string): boolean {
  let now = new Set([start]);
  const spread = () => {
    for (const node of now) for (const next of silent[node] ?? []) now.add(next);
  };
  spread();
  for (const letter of word) {
    now = new Set([...now].flatMap((node) => (moves[node] ?? []).flatMap(([said, to]) => (said === letter ? [to] : []))));
    spread();
  }
  return [...now].some((node) => accepting.has(node));
}
const isAccepted = (dfa: Dfa, word: string): boolean => {
  const state = stateAfter(dfa, word);
  return state !== undefined && dfa.accepting[state] === true;
};

const seeds = Array.from({ length: 60 }, (_, seed) => seed);

describe('An automaton', () => {
  it.each(seeds)('has the same language made deterministic, made small, and as an expression (seed %i)', (seed) => {
    const nfa = someNfa(seed);
    const dfa = determinise(nfa);
    const small = minimise(dfa);
    const expression = expressionOf(small);
    const isNothing = small.accepting.every((is) => !is);
    const pattern = new RegExp(isNothing ? '^\\b$' : `^(?:${toText(expression)})$`);
    for (const word of words(8)) {
      const is = accepts(nfa, word);
      expect([word, isAccepted(dfa, word), isAccepted(small, word), pattern.test(word)]).toEqual([word, is, is, is]);
    }
    expect(small.next.length).toBeLessThanOrEqual(dfa.next.length);
  });

  it('is one and the same for the same language, however it was written', () => {
    const twice: Nfa = {
      start: 0,
      accepting: new Set([1, 2]),
      silent: [[], [2], []],
      moves: [[['a', 1]], [['a', 2]], [['a', 1]]],
    };
    const once: Nfa = { start: 0, accepting: new Set([1]), silent: [[], []], moves: [[['a', 1]], [['a', 1]]] };
    expect(minimise(determinise(twice))).toEqual(minimise(determinise(once)));
    expect(toText(expressionOf(minimise(determinise(once))))).toBe('a+');
  });

  it('loses the ways on which nothing can end', () => {
    const trap: Nfa = { start: 0, accepting: new Set([0]), silent: [[], []], moves: [[['a', 1]], [['a', 1]]] };
    expect(minimise(determinise(trap))).toEqual({ accepting: [true], next: [new Map()] });
  });
});
