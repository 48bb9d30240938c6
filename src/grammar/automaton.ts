/**
 * Automata over letters: from a nondeterministic one to the smallest deterministic one with the same language. It knows nothing of notices,
 * and must never depend on the order in which states were found: the result is numbered by its shortest words.
 */

/** May do one of several things, or something without a word: a graph of numbered nodes. */
export interface Nfa {
  readonly start: number;
  /** Nodes in which a word may end. */
  readonly accepting: ReadonlySet<number>;
  /** By node: what follows without a letter. */
  readonly silent: readonly (readonly number[])[];
  /** By node: what follows a letter. */
  readonly moves: readonly (readonly (readonly [letter: string, to: number])[])[];
}

/** Does one thing only; what is not listed is illegal. State 0 is the start. */
export interface Dfa {
  readonly accepting: readonly boolean[];
  /** By state and letter; letters sorted. */
  readonly next: readonly ReadonlyMap<string, number>[];
}

/** The same language, one thing at a time: the states are sets of nodes. */
export function determinise(nfa: Nfa): Dfa {
  const sets: (readonly number[])[] = [];
  const places = new Map<string, number>();
  const placeOf = (nodes: Iterable<number>): number => {
    const set = closureOf(nfa, nodes);
    const key = set.join();
    const known = places.get(key);
    if (known !== undefined) return known;
    places.set(key, sets.length);
    sets.push(set);
    return sets.length - 1;
  };
  placeOf([nfa.start]);
  const next: Map<string, number>[] = [];
  for (let place = 0; place < sets.length; place++) {
    const targets = new Map<string, Set<number>>();
    for (const node of sets[place] ?? []) {
      for (const [letter, to] of nfa.moves[node] ?? []) {
        const set = targets.get(letter);
        if (set) set.add(to);
        else targets.set(letter, new Set([to]));
      }
    }
    next.push(new Map([...targets].sort(([a], [b]) => (a < b ? -1 : 1)).map(([letter, nodes]) => [letter, placeOf(nodes)])));
  }
  return { accepting: sets.map((set) => set.some((node) => nfa.accepting.has(node))), next };
}

/** Everything that can be had from these nodes without a letter, sorted. */
export function closureOf(nfa: Nfa, nodes: Iterable<number>): readonly number[] {
  const seen = new Set(nodes);
  for (const node of seen) for (const to of nfa.silent[node] ?? []) seen.add(to);
  return [...seen].sort((a, b) => a - b);
}

/** The same language with the fewest states: those that nothing tells apart are one (Moore's refinement). */
export function minimise(dfa: Dfa): Dfa {
  const { accepting, next } = trimmed(dfa);
  let blocks = accepting.map(Number);
  let count = new Set(blocks).size;
  for (;;) {
    const names = new Map<string, number>();
    const finer = next.map((moves, state) => {
      const look = [blocks[state], ...[...moves].map(([letter, to]) => `${letter}${String(blocks[to])}`)].join(' ');
      if (!names.has(look)) names.set(look, names.size);
      return names.get(look) ?? 0;
    });
    blocks = finer;
    if (names.size === count) break;
    count = names.size;
  }
  // A representative of each block speaks for it; the numbers follow the shortest words from the start.
  const numbers = new Map([[blocks[0] ?? 0, 0]]);
  const order = [0];
  const result: Map<string, number>[] = [];
  for (const state of order) {
    const moves = new Map<string, number>();
    for (const [letter, to] of next[state] ?? []) {
      const block = blocks[to] ?? 0;
      let number = numbers.get(block);
      if (number === undefined) {
        number = numbers.size;
        numbers.set(block, number);
        order.push(to);
      }
      moves.set(letter, number);
    }
    result.push(moves);
  }
  return { accepting: order.map((state) => accepting[state] ?? false), next: result };
}

/** Without moves into states from which no word can end any more. */
function trimmed({ accepting, next }: Dfa): Dfa {
  const before = next.map((): number[] => []);
  next.forEach((moves, state) => {
    for (const to of moves.values()) before[to]?.push(state);
  });
  const alive = new Set(accepting.flatMap((is, state) => (is ? [state] : [])));
  for (const state of alive) for (const from of before[state] ?? []) alive.add(from);
  return { accepting, next: next.map((moves) => new Map([...moves].filter(([, to]) => alive.has(to)))) };
}

/** The state after a word; none after an illegal one. */
export function stateAfter({ next }: Dfa, word: Iterable<string>, from = 0): number | undefined {
  let state: number | undefined = from;
  for (const letter of word) {
    state = state === undefined ? undefined : next[state]?.get(letter);
  }
  return state;
}
