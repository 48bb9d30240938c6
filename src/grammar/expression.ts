/**
 * A regular expression for an automaton, by taking away one state after the other. Before that, states that differ in nothing but what they
 * may say to themselves become one, so that a dozen statuses which all lead to each other stay readable. It must never change the language.
 */
import type { Dfa } from './automaton.js';

export type Expression =
  | { readonly kind: 'letter'; readonly letter: string }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly Expression[] }
  /** none or more; one or more; none or one */
  | { readonly kind: '*' | '+' | '?'; readonly of: Expression };

const empty: Expression = { kind: 'sequence', parts: [] };
const isEmpty = (expression: Expression): boolean => expression.kind === 'sequence' && expression.parts.length === 0;
const isSame = (one: Expression, other: Expression): boolean => toText(one) === toText(other);

function sequence(...all: readonly Expression[]): Expression {
  const flat = all.flatMap((part) => (part.kind === 'sequence' ? part.parts : [part]));
  const parts: Expression[] = [];
  for (const part of flat) {
    const last = parts.at(-1);
    // xx* is x+
    if (last && part.kind === '*' && isSame(part.of, last)) parts[parts.length - 1] = { kind: '+', of: last };
    else parts.push(part);
  }
  const [only] = parts;
  return parts.length === 1 && only ? only : { kind: 'sequence', parts };
}

function choice(...all: readonly Expression[]): Expression {
  const flat = all.flatMap((part) => (part.kind === 'choice' ? part.parts : [part]));
  const hasEmpty = flat.some((part) => isEmpty(part) || part.kind === '?' || part.kind === '*');
  const some = flat.filter((part) => !isEmpty(part)).map((part) => (part.kind === '?' ? part.of : part));
  const parts = [...new Map(some.map((part) => [toText(part), part])).entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, part]) => part);
  const [only] = parts;
  if (!only) return empty;
  const body = parts.length === 1 ? only : shared(parts);
  if (!hasEmpty || body.kind === '*') return body;
  return body.kind === '+' ? star(body) : { kind: '?', of: body };
}

/** A choice of which all begin, or all end, alike says so once. */
function shared(parts: readonly Expression[]): Expression {
  const lists = parts.map((part) => (part.kind === 'sequence' ? part.parts : [part]));
  const sharedAt = (at: number): Expression | undefined => {
    const [first, ...others] = lists.map((list) => list.at(at));
    return first && others.every((other) => other !== undefined && isSame(first, other)) ? first : undefined;
  };
  const [begin, end] = [sharedAt(0), sharedAt(-1)];
  if (begin) return sequence(begin, choice(...lists.map((list) => sequence(...list.slice(1)))));
  if (end) return sequence(choice(...lists.map((list) => sequence(...list.slice(0, -1)))), end);
  return { kind: 'choice', parts };
}

const star = (of: Expression): Expression =>
  isEmpty(of) ? of : { kind: '*', of: of.kind === '?' || of.kind === '+' || of.kind === '*' ? of.of : of };

/** What is said on the way from one state to another. */
class Ways {
  readonly #ways = new Map<number, Map<number, Expression>>();

  add(from: number, to: number, said: Expression): void {
    const targets = this.#ways.get(from) ?? new Map<number, Expression>();
    const before = targets.get(to);
    targets.set(to, before ? choice(before, said) : said);
    this.#ways.set(from, targets);
  }
  get(from: number, to: number): Expression | undefined {
    return this.#ways.get(from)?.get(to);
  }
  from(state: number): (readonly [number, Expression])[] {
    return [...(this.#ways.get(state) ?? [])].filter(([to]) => to !== state);
  }
  to(state: number): (readonly [number, Expression])[] {
    return [...this.#ways].flatMap(([from, targets]) => {
      const said = targets.get(state);
      return said && from !== state ? [[from, said] as const] : [];
    });
  }
  remove(state: number): void {
    this.#ways.delete(state);
    for (const targets of this.#ways.values()) targets.delete(state);
  }
}

/** The words that an automaton accepts, as an expression. */
export function expressionOf(dfa: Dfa): Expression {
  const { groups, loops } = grouped(dfa);
  const [begin, end] = [-1, -2];
  const ways = new Ways();
  const group = (state: number): number => groups[state] ?? state;
  const said = (state: number): Expression => star(choice(...(loops[state] ?? []).map(letter)));
  ways.add(begin, group(0), said(0));
  dfa.next.forEach((moves, state) => {
    if (group(state) !== state) return;
    if (dfa.accepting[state] === true) ways.add(state, end, empty);
    for (const [symbol, to] of moves) {
      if (loops[state]?.includes(symbol) !== true) ways.add(state, group(to), sequence(letter(symbol), said(to)));
    }
  });
  const left = new Set(groups);
  while (left.size > 0) {
    // The one with the fewest ways through it, so that little is said twice; of equals the last, which is furthest from the start.
    const [state] = [...left].sort((a, b) => through(ways, a) - through(ways, b) || b - a);
    if (state === undefined) break;
    left.delete(state);
    const own = ways.get(state, state);
    const around = own ? star(own) : empty;
    for (const [from, before] of ways.to(state)) {
      for (const [to, after] of ways.from(state)) ways.add(from, to, sequence(before, around, after));
    }
    ways.remove(state);
  }
  return ways.get(begin, end) ?? { kind: 'choice', parts: [] };
}

const through = (ways: Ways, state: number): number => ways.to(state).length * ways.from(state).length;
const letter = (symbol: string): Expression => ({ kind: 'letter', letter: symbol });

/**
 * Which states may be one: they are alike but for letters that only one state has, and only to stay where it is. Such a letter is said
 * with the one that leads there.
 */
function grouped({ accepting, next }: Dfa): { groups: readonly number[]; loops: readonly (readonly string[])[] } {
  const users = new Map<string, number>();
  for (const moves of next) for (const symbol of moves.keys()) users.set(symbol, (users.get(symbol) ?? 0) + 1);
  const loops = next.map((moves, state) =>
    [...moves].flatMap(([symbol, to]) => (to === state && users.get(symbol) === 1 ? [symbol] : [])),
  );
  const first = new Map<string, number>();
  const groups = next.map((moves, state) => {
    const others = [...moves].filter(([symbol]) => loops[state]?.includes(symbol) !== true);
    const look = JSON.stringify([accepting[state], others]);
    if (!first.has(look)) first.set(look, state);
    return first.get(look) ?? state;
  });
  return { groups, loops };
}

/** In the notation that all tools read: letters, `( | )`, `* + ?`. */
export function toText(expression: Expression): string {
  switch (expression.kind) {
    case 'letter':
      return expression.letter;
    case 'sequence':
      return expression.parts.map((part) => (part.kind === 'choice' ? `(${toText(part)})` : toText(part))).join('');
    case 'choice':
      return expression.parts.map(toText).join('|');
    default: {
      const { of } = expression;
      return `${of.kind === 'letter' ? of.letter : `(${toText(of)})`}${expression.kind}`;
    }
  }
}
