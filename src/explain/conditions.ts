/**
 * When something comes of a message, exactly: rules over the answers to the questions, such that each situation fits the rules of its own
 * outcome and of no other. Pure; it must never leave a situation without a rule.
 */
import { questions, type Situation } from './situations.js';

/** All of these hold: question by its place, and the answers that fit. */
export type Rule = ReadonlyMap<number, ReadonlySet<string>>;

/** The answers of a situation, by the place of the question. */
export type Answers = readonly (string | undefined)[];
export const answersOf = (situation: Situation): Answers => questions.map(({ ask }) => ask(situation));

export const fits = (rule: Rule, answers: Answers): boolean =>
  [...rule].every(([question, wanted]) => wanted.has(answers[question] ?? 'none'));

/**
 * The fewest and shortest rules, as far as a greedy search finds them, that fit all of `mine` and none of `others`.
 * @throws Error when a situation of `mine` cannot be told from one of `others`: then a question is missing
 */
export function rulesFor(mine: readonly Answers[], others: readonly Answers[]): Rule[] {
  if (others.length === 0) return [new Map()];
  const rules: Rule[] = [];
  for (const answers of mine) {
    if (rules.some((rule) => fits(rule, answers))) continue;
    const full: Rule = new Map(
      answers.flatMap((answer, question) => (answer === undefined ? [] : [[question, new Set([answer])]])),
    );
    const isExact = (rule: Rule): boolean => !others.some((other) => fits(rule, other));
    if (!isExact(full)) throw new Error(`explain: no question tells ${JSON.stringify(answers)} from another outcome`);
    let rule: Rule = full;
    // The last questions go first: the first ones say more to a person.
    for (const question of [...full.keys()].reverse()) {
      const shorter = new Map([...rule].filter(([place]) => place !== question));
      if (isExact(shorter)) rule = shorter;
    }
    rules.push(rule);
  }
  return needed(merged(rules), mine);
}

/** Without those whose situations all fit another one as well. */
function needed(rules: readonly Rule[], mine: readonly Answers[]): Rule[] {
  let kept = [...rules];
  for (const rule of rules) {
    const others = kept.filter((other) => other !== rule);
    if (mine.every((answers) => !fits(rule, answers) || others.some((other) => fits(other, answers)))) kept = others;
  }
  return kept;
}

/** Rules that differ in the answers to one question only are one. */
function merged(rules: readonly Rule[]): Rule[] {
  const list = [...rules];
  for (let place = 0; place < list.length; place++) {
    for (let other = list.length - 1; other > place; other--) {
      const [one, two] = [list[place], list[other]];
      const both = one && two && union(one, two);
      if (!both) continue;
      list[place] = both;
      list.splice(other, 1);
      other = list.length;
    }
  }
  return list;
}

function union(one: Rule, two: Rule): Rule | undefined {
  if (one.size !== two.size || [...one.keys()].some((question) => !two.has(question))) return undefined;
  const differ = [...one].filter(([question, answers]) => {
    const those = two.get(question);
    return those === undefined || those.size !== answers.size || [...answers].some((answer) => !those.has(answer));
  });
  const [first] = differ;
  if (differ.length !== 1 || !first) return undefined;
  const [question, answers] = first;
  return new Map([...one, [question, new Set([...answers, ...(two.get(question) ?? [])])]]);
}

/** Rules as what follows "only if"; nothing when it is so always. */
export function conditionText(rules: readonly Rule[]): string {
  if (rules.some((rule) => rule.size === 0)) return '';
  return rules
    .map((rule) =>
      [...rule]
        .sort(([a], [b]) => a - b)
        .map(([question, answers]) => questions[question]?.says([...answers].sort()) ?? '')
        .join(' and '),
    )
    .join(', or ');
}
