/** The grammar of notices (B10): the language of the chart in both directions, as small as can be, and the same wherever it is published. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import {
  fullRules,
  isNotice,
  MISTATUS,
  presenceMachine,
  smallRules,
  stepperOf,
  type Chart,
  type Rules,
  type State,
} from '../../machines/index.js';
import {
  deriveGrammar,
  determinise,
  dfaOf,
  expressionOf,
  letterOf,
  letters,
  minimise,
  publishedDfa,
  publishedStart,
  publishedStates,
  toText,
  type Dfa,
  type Expression,
  type Grammar,
  type Nfa,
} from '../../src/grammar/index.js';
import { reach } from '../../src/table/reach.js';
import { edited, provided } from '../support/chart-mutants.js';

const derived = deriveGrammar();
const dfa = dfaOf(derived);

/** The steps of a chart that say something, and those that do not, by place; no code of the grammar but its letters. */
function stepsOf(rules: Rules, chart: Chart = presenceMachine) {
  const steps: { from: number; word: string; to: number }[] = [];
  const { states } = reach({ rules, chart, starts: restarts(rules, chart) }, ({ from, to, outputs }) => {
    steps.push({
      from,
      to,
      word: outputs
        .filter(isNotice)
        .map((notice) => letterOf(notice) ?? '!')
        .join(''),
    });
  });
  return { steps, states };
}
/** A service begins at rest, with whatever a snapshot has kept. */
function restarts(rules: Rules, chart: Chart): State[] {
  const { value, context } = stepperOf(chart).initial(rules);
  return (['active', 'inactive', 'idle', 'away'] as const).flatMap((user) =>
    rules.statuses.map((wished) => chart.resolveState({ value, context: { ...context, user, wished } }) as State),
  );
}

/** Walked once: it is the one that takes long. */
const full = stepsOf(fullRules);

/** Where the chart says what the automaton forbids: pairs of a state of each, followed to the end. */
function beyond(automaton: Dfa, rules: Rules, chart?: Chart): string[] {
  const { steps, states } = rules === fullRules ? full : stepsOf(rules, chart);
  const from = new Map<number, Map<string, number>>();
  for (const step of steps)
    from.set(step.from, (from.get(step.from) ?? new Map<string, number>()).set(`${step.word}>${step.to}`, step.to));
  const wrong: string[] = [];
  const seen = new Set<string>();
  const open: (readonly [number, number])[] = states.flatMap((state, place) => (state.matches('offline') ? [[place, 0]] : []));
  for (const [place, at] of open) {
    for (const [key, to] of from.get(place) ?? []) {
      const word = key.slice(0, key.indexOf('>'));
      let state: number | undefined = at;
      for (const letter of word) state = state === undefined ? undefined : automaton.next[state]?.get(letter);
      if (state === undefined || automaton.accepting[state] !== true)
        wrong.push(`${word} from ${JSON.stringify(states[place]?.value)}`);
      else if (!seen.has(`${to} ${state}`)) {
        seen.add(`${to} ${state}`);
        open.push([to, state]);
      }
    }
  }
  return [...new Set(wrong)];
}

/** What the automaton allows and the chart cannot say: every state of it with all that the chart may be in after the same notices. */
function unsaid(automaton: Dfa, rules: Rules): string[] {
  const { steps, states } = rules === fullRules ? full : stepsOf(rules);
  const byPlace = states.map((): { word: string; to: number }[] => []);
  for (const { from, word, to } of steps) byPlace[from]?.push({ word, to });
  const starts = states.flatMap((state, place) =>
    state.matches('offline') && place < restarts(rules, presenceMachine).length ? [place] : [],
  );
  /** A state, or a state that is reached when the rest has been said. */
  const settle = (configurations: Iterable<string>): string[] => {
    const all = new Set(configurations);
    for (const configuration of all) {
      if (!configuration.startsWith('>')) continue;
      const place = Number(configuration.slice(1));
      if (states[place]?.matches('offline') === true) for (const start of starts) all.add(`>${start}`);
      for (const { word, to } of byPlace[place] ?? []) all.add(`${word}>${to}`);
    }
    return [...all].sort();
  };
  const wrong: string[] = [];
  const seen = new Set<string>();
  const open = [{ word: '', state: 0, now: settle(starts.map((start) => `>${start}`)) }];
  for (const { word, state, now } of open) {
    const key = `${state} ${now.join()}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if (automaton.accepting[state] === true && !now.some((configuration) => configuration.startsWith('>')))
      wrong.push(`${word} ends`);
    for (const [letter, next] of automaton.next[state] ?? []) {
      const after = now.flatMap((configuration) => (configuration.startsWith(letter) ? [configuration.slice(1)] : []));
      if (after.length === 0) wrong.push(`${word}${letter}`);
      else open.push({ word: word + letter, state: next, now: settle(after) });
    }
  }
  return wrong;
}

describe('B10 The grammar', () => {
  it('allows everything that the chart says', () => {
    expect(beyond(dfa, fullRules)).toEqual([]);
  }, 120_000);

  it('allows nothing that the chart cannot say', () => {
    expect(unsaid(dfa, fullRules)).toEqual([]);
  }, 120_000);

  it.each<[string, Partial<Rules>]>([
    ['a longer queue', { queue: 3 }],
    ['idleness in place of a chosen status', { idleFrom: [MISTATUS.BUSY] }],
    ['idleness in place of every status', { idleFrom: smallRules.statuses }],
    ['no idleness', { idle: false, away: false, idleFrom: [] }],
    ['idleness that goes straight to AWAY', { idle: false }],
    ['idleness without AWAY', { away: false }],
    ['a transport without ONLINE', { statuses: [MISTATUS.BUSY, MISTATUS.INVISIBLE] }],
  ])('allows what the chart says with %s', (_, rules) => {
    expect(beyond(dfa, { ...smallRules, ...rules })).toEqual([]);
  });

  it.each<[string, Chart]>([
    ['forgets the status of a state', provided({ actions: { answerSignin: () => {} } })],
    ['signs out without a word', edited((at) => void (at('session').on['signout.request'] = { target: '#disconnecting' }))],
    ['skips the synchronization', edited((at) => void (at('attempt.connecting').on['link.opened'] = '#online'))],
  ])('forbids something of a chart that %s', (_, mutant) => {
    expect(beyond(dfa, smallRules, mutant)).not.toEqual([]);
  });

  it('is minimal: each state is reached, can end, and differs from each other one', () => {
    const size = dfa.next.length;
    const reached = new Set([0]);
    for (const state of reached) for (const to of dfa.next[state]?.values() ?? []) reached.add(to);
    expect(reached.size).toBe(size);
    // Table filling: told apart by the end, by a letter that one of them lacks, or by where a letter leads.
    const apart = (a: number, b: number, known: ReadonlySet<string>): boolean => {
      const [one, other] = [dfa.next[a], dfa.next[b]];
      const symbols = new Set([...(one?.keys() ?? []), ...(other?.keys() ?? [])]);
      return (
        dfa.accepting[a] !== dfa.accepting[b] ||
        [...symbols].some((symbol) => {
          const [x, y] = [one?.get(symbol), other?.get(symbol)];
          return x === undefined || y === undefined || known.has(`${x} ${y}`);
        })
      );
    };
    const known = new Set<string>();
    for (let before = -1; before !== known.size;) {
      before = known.size;
      for (let a = 0; a < size; a++) for (let b = 0; b < size; b++) if (a !== b && apart(a, b, known)) known.add(`${a} ${b}`);
    }
    expect(known.size).toBe(size * (size - 1));
  });

  it('uses every letter', () => {
    expect(derived.letters).toEqual(letters);
    expect(new Set(letters.map(({ letter }) => letter)).size).toBe(letters.length);
  });

  it('is the published one', () => {
    expect({ start: publishedStart, states: publishedStates }).toEqual({ start: derived.start, states: derived.states });
    expect(publishedDfa.next.length).toBe(dfa.next.length);
  });

  it('is the drawn one', async () => {
    expect(JSON.parse(await readFile('machines/drawn/grammar.json', 'utf8')) as Grammar).toEqual(derived);
  });
});

/** An automaton for an expression, after Thompson. */
function automatonOf(expression: Expression): Nfa {
  const silent: number[][] = [];
  const moves: (readonly [string, number])[][] = [];
  const node = () => (moves.push([]), silent.push([]) - 1);
  const free = (from: number, to: number) => void silent[from]?.push(to);
  const build = (part: Expression): readonly [number, number] => {
    const [from, to] = [node(), node()];
    if (part.kind === 'letter') moves[from]?.push([part.letter, to]);
    else if (part.kind === 'sequence') {
      let last = from;
      for (const [begin, end] of part.parts.map(build)) {
        free(last, begin);
        last = end;
      }
      free(last, to);
    } else if (part.kind === 'choice') {
      for (const [begin, end] of part.parts.map(build)) {
        free(from, begin);
        free(end, to);
      }
    } else if ('of' in part) {
      const [begin, end] = build(part.of);
      free(from, begin);
      free(end, to);
      if (part.kind !== '+') free(from, to);
      if (part.kind !== '?') free(end, begin);
    }
    return [from, to];
  };
  const [start, end] = build(expression);
  return { start, accepting: new Set([end]), silent, moves };
}

describe('B10 The expression', () => {
  const expression = expressionOf(dfa);

  it('has the same language as the automaton', () => {
    const sorted: Dfa = { ...dfa, next: dfa.next.map((moves) => new Map([...moves].sort(([a], [b]) => (a < b ? -1 : 1)))) };
    expect(minimise(determinise(automatonOf(expression)))).toEqual(minimise(sorted));
  });

  it('is the published one, short enough to be read', () => {
    expect(derived.expression).toBe(toText(expression));
    expect(derived.expression.length).toBeLessThan(250);
  });

  it('is understood by other tools', () => {
    const pattern = new RegExp(`^(?:${derived.expression})$`);
    for (const word of ['', 'FCGYn', 'FCWX', 'FWX', 'FCGYEX', 'FCGYnNbBXXFCGYbQDX', 'FCGYQDX'])
      expect([word, pattern.test(word)]).toEqual([word, true]);
    for (const word of ['n', 'FG', 'FCGYnB', 'FCGYX'.repeat(2).slice(1), 'FCGYnQX', 'FCWn', 'FCGYE', 'FCGYnD'])
      expect([word, pattern.test(word)]).toEqual([word, false]);
  });
});
