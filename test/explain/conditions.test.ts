/** Conditions are exact: each situation fits the rules of its own outcome and of no other; what cannot be told apart is an error. */
import { describe, expect, it } from '@jest/globals';
import { conditionText, fits, rulesFor, type Answers } from '../../src/explain/index.js';
import { seededRandom } from '../../src/testing/index.js';

const seeds = Array.from({ length: 40 }, (_, seed) => seed);

describe('Rules', () => {
  it.each(seeds)('fit all of their own and nothing else (seed %i)', (seed) => {
    const random = seededRandom(seed);
    const one = (words: readonly string[]) => words[Math.floor(random() * words.length)];
    const outcomes = new Map<string, { answers: Answers; outcome: number }>();
    for (let count = 0; count < 60; count++) {
      const answers = [one(['yes', 'no']), one(['a', 'b', 'c']), one(['yes', 'no']), one(['x', 'y'])];
      const outcome = answers[0] === 'yes' && answers[1] !== 'a' ? 0 : answers[3] === 'x' ? 1 : 2;
      outcomes.set(answers.join(), { answers, outcome });
    }
    const all = [...outcomes.values()];
    for (const wanted of [0, 1, 2]) {
      const [mine, others] = [all.filter(({ outcome }) => outcome === wanted), all.filter(({ outcome }) => outcome !== wanted)];
      const rules = rulesFor(
        mine.map(({ answers }) => answers),
        others.map(({ answers }) => answers),
      );
      for (const { answers } of mine) expect(rules.some((rule) => fits(rule, answers))).toBe(true);
      for (const { answers } of others) expect(rules.some((rule) => fits(rule, answers))).toBe(false);
    }
  });

  it('ask nothing when there is but one outcome', () => {
    expect(conditionText(rulesFor([['yes']], []))).toBe('');
  });

  it('are an error when no question tells two outcomes apart', () => {
    expect(() => rulesFor([['yes', 'a']], [['yes', 'a']])).toThrow('no question tells');
  });
});
