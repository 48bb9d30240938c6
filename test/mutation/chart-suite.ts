/**
 * The generated suite for charts: what the real chart says on every edge of its graph, and on every pair of edges that follow each other, along
 * shortest paths from the beginning; then the laws. A mutant sees messages only and is judged by what it says: leaf, status, commands, notices.
 * What survives is held against the real chart without end: no difference anywhere proves it equivalent.
 */
import {
  breachesOfRow,
  breachesOfStray,
  leafOf,
  MISTATUS,
  MSGR_E_CONNECT,
  MSGR_E_SERVER_TOO_BUSY,
  presenceMachine,
  samples,
  smallRules,
  stepperOf,
  type Chart,
  type Message,
  type Output,
  type Rules,
  type State,
  type Stepper,
} from '../../machines/index.js';
import { explore, keyOf, type Cell } from '../../src/table/explore.js';
import { goodAnswer } from '../../src/testing/exam.js';
import { canCome, pathTo, reach, type Reached, type Step } from '../../src/table/reach.js';

/** What became of a mutant. */
export interface Verdict {
  readonly outcome: 'killed' | 'survived' | 'equivalent';
  /** What killed it, or what shows that it differs all the same, or how far it was followed. */
  readonly by: string;
}

/** The real chart's graph for some rules, with what each step says. */
interface Golden {
  readonly name: string;
  readonly rules: Rules;
  readonly reached: Reached;
  /** By the place of the state that they leave. */
  readonly steps: readonly (readonly (Step & { readonly says: string })[])[];
}

/** What can be seen of a step from outside. */
const said = (state: State, outputs: readonly Output[]) => `${leafOf(state)} ${state.context.shown} ${JSON.stringify(outputs)}`;

/** A transport's own codes, which the samples leave out. */
const ownCodes: readonly Message[] = [
  { type: 'server.failed', reason: 'unexpected', hr: MSGR_E_CONNECT },
  { type: 'link.refused', reason: 'unexpected', hr: MSGR_E_CONNECT },
  { type: 'session.failed', reason: 'unexpected', hr: MSGR_E_SERVER_TOO_BUSY },
  { type: 'status.refused', by: 'signin', reason: 'serverUnavailable', hr: MSGR_E_SERVER_TOO_BUSY },
  { type: 'status.refused', by: 'user', reason: 'unexpected', hr: MSGR_E_SERVER_TOO_BUSY },
  { type: 'link.lost', reason: 'lineLost', hr: MSGR_E_SERVER_TOO_BUSY },
];

const plain = { ...smallRules, idle: false, away: false, idleFrom: [], queue: 0 };
/** Between them they reach every state of the chart, in small graphs. */
const surroundings: readonly (readonly [name: string, rules: Rules])[] = [
  ['BE_RIGHT_BACK', { ...plain, statuses: [MISTATUS.BE_RIGHT_BACK] }],
  ['ON_THE_PHONE', { ...plain, statuses: [MISTATUS.ON_THE_PHONE] }],
  ['OUT_TO_LUNCH', { ...plain, statuses: [MISTATUS.OUT_TO_LUNCH] }],
  ['INVISIBLE', { ...plain, statuses: [MISTATUS.ONLINE, MISTATUS.INVISIBLE] }],
  ['two statuses', smallRules],
  ['AWAY chosen, and IDLE', { ...smallRules, statuses: [MISTATUS.ONLINE, MISTATUS.AWAY], queue: 0 }],
  ['IDLE and no AWAY', { ...smallRules, away: false, queue: 0 }],
  ['AWAY and no IDLE', { ...smallRules, idle: false, idleFrom: [MISTATUS.ONLINE, MISTATUS.BUSY], queue: 0 }],
];

const goldens = new Map<string, Golden>();
function goldenOf([name, rules]: readonly [string, Rules]): Golden {
  const known = goldens.get(name);
  if (known) return known;
  const messages = [...samples(rules), ...ownCodes];
  const steps: (Step & { readonly says: string })[][] = [];
  const seen: Step[] = [];
  const reached = reach({ rules, messages }, (step) => void seen.push(step));
  for (const step of seen) {
    const to = reached.states[step.to];
    if (to) (steps[step.from] ??= []).push({ ...step, says: said(to, step.outputs) });
  }
  const golden = { name, rules, reached, steps };
  goldens.set(name, golden);
  return golden;
}

const nameOf = (message: Message) => {
  const { type, ...more } = message;
  const values = Object.values(more);
  return values.length > 0 ? `${type}(${values.join(' ')})` : type;
};
const tell = (golden: Golden, from: number, ...more: readonly Message[]) =>
  `${golden.name}: ${[...pathTo(golden.reached, from).map(({ message }) => message), ...more].map(nameOf).join(' › ')}`;

/** What brings a state on the straight way to being online: a good answer, or what lets an attempt begin. */
function onward(state: State): Message | undefined {
  const leaf = leafOf(state);
  if (leaf === 'signedOut') return { type: 'signin.request', tries: 'once' };
  if (leaf === 'held') return { type: state.context.network ? 'power.resumed' : 'network.restored' };
  return goodAnswer(state);
}

/**
 * Follows shortest paths to every state; then every edge; then every pair of edges, and from both ends of a pair the straight way to being
 * online with every edge along it.
 * @returns the first path on which it differs; else whether it was in the very same states all along, so that it can differ nowhere
 */
function differs(golden: Golden, mutant: Stepper): string | boolean {
  const { reached, steps, rules } = golden;
  const mine: State[] = [mutant.initial(rules)];
  const keys: string[] = [keyOf(mine[0] as State)];
  // The states are in the order of their distance.
  for (const [place, arrival] of reached.arrivals.entries()) {
    const before = arrival && mine[arrival.from];
    if (!arrival || !before) continue;
    const [next, outputs] = mutant.step(before, arrival.message);
    if (said(next, outputs) !== said(reached.states[place] as State, arrival.outputs)) return tell(golden, place);
    mine[place] = next;
    keys[place] = keyOf(next);
  }
  // Somewhere else than after the shortest path to that state: what follows was not looked at yet.
  interface Odd {
    readonly at: number;
    readonly state: State;
    readonly key: string;
    /** The path, from a state that was reached the shortest way. */
    readonly from: number;
    readonly path: readonly Message[];
  }
  const isNew = (known: Set<string>, at: number, key: string) => {
    const pair = `${at} ${key}`;
    return key !== keys[at] && !known.has(pair) && known.add(pair);
  };
  const ends = new Set<string>();
  const passed = new Set<string>();
  let difference: string | undefined;
  /** Every edge out of a place, and the odd ones among their ends. */
  function edgesOf({ at, state, from, path }: Omit<Odd, 'key'>): Odd[] {
    const odd: Odd[] = [];
    for (const { message, to, says } of steps[at] ?? []) {
      const [next, outputs] = mutant.step(state, message);
      if (said(next, outputs) !== says) {
        difference = tell(golden, from, ...path, message);
        return [];
      }
      const key = keyOf(next);
      if (isNew(ends, to, key)) odd.push({ at: to, state: next, key, from, path: [...path, message] });
    }
    return odd;
  }
  const first: Odd[] = [];
  for (const at of steps.keys()) {
    first.push(...edgesOf({ at, state: mine[at] as State, from: at, path: [] }));
    if (difference !== undefined) return difference;
  }
  const second: Odd[] = [];
  for (const odd of first) {
    second.push(...edgesOf(odd));
    if (difference !== undefined) return difference;
  }
  for (const odd of [...first, ...second]) {
    let here: Odd | undefined = odd;
    while (here) {
      const { at, state, from, path }: Odd = here;
      const message: Message | undefined = onward(reached.states[at] as State);
      const edge: (Step & { readonly says: string }) | undefined =
        message && (steps[at] ?? []).find((one) => JSON.stringify(one.message) === JSON.stringify(message));
      if (!edge) break;
      const [next] = mutant.step(state, edge.message);
      const key = keyOf(next);
      here = isNew(passed, edge.to, key) ? { at: edge.to, state: next, key, from, path: [...path, edge.message] } : undefined;
      if (here) edgesOf(here);
      if (difference !== undefined) return difference;
    }
  }
  return first.length === 0 && keys.every((key, place) => key === keyOf(reached.states[place] as State));
}

/** Follows both charts side by side for as long as there is anything new. @returns the path that tells them apart, if there is one */
function compare(golden: Golden, mutant: Stepper, limit: number): string | undefined {
  const real = stepperOf(presenceMachine);
  interface Pair {
    readonly mine: State;
    readonly yours: State;
    readonly path: readonly Message[];
  }
  const messages = [...samples(golden.rules), ...ownCodes];
  const first: Pair = { mine: real.initial(golden.rules), yours: mutant.initial(golden.rules), path: [] };
  const seen = new Set([`${keyOf(first.mine)}${keyOf(first.yours)}`]);
  const queue = [first];
  for (const { mine, yours, path } of queue) {
    for (const message of messages) {
      if (!canCome(mine, message)) continue;
      const [a, saysA] = real.step(mine, message);
      const [b, saysB] = mutant.step(yours, message);
      if (said(a, saysA) !== said(b, saysB)) return [...path, message].map(nameOf).join(' › ');
      const key = `${keyOf(a)}${keyOf(b)}`;
      if (seen.has(key)) continue;
      if (seen.size >= limit) return `more than ${limit} pairs of states`;
      seen.add(key);
      queue.push({ mine: a, yours: b, path: [...path, message] });
    }
  }
  return undefined;
}

/** The laws on every step of the mutant's own graph, what cannot happen included. */
function brokenLaw(chart: Chart, { step }: Stepper): string | undefined {
  let broken: string | undefined;
  const judge = (cell: Cell): boolean => {
    const again = (message: Message) => step(cell.from, message);
    if (cell.kind === 'silent') broken = `L25: ${cell.message.type} is silent`;
    else if (cell.kind === 'handled') [broken] = breachesOfRow({ ...cell, again });
    else if (cell.kind === 'impossible') {
      const [to, outputs] = step(cell.from, cell.message);
      [broken] = breachesOfStray({ from: cell.from, message: cell.message, to, outputs, again });
    }
    return broken !== undefined;
  };
  explore({ chart, rules: { ...plain, queue: 1 }, limit: 5_000, until: judge });
  return broken;
}

/** Runs the suite on a chart. @param make may throw: a chart that does not start is killed by anything */
export function judgeChart(make: () => { readonly chart: Chart; readonly stepper: Stepper }): Verdict {
  try {
    const { chart, stepper } = make();
    const odd: (readonly [string, Rules])[] = [];
    for (const around of surroundings) {
      const found = differs(goldenOf(around), stepper);
      if (typeof found === 'string') return { outcome: 'killed', by: `path, ${found}` };
      if (!found) odd.push(around);
    }
    const law = brokenLaw(chart, stepper);
    if (law !== undefined) return { outcome: 'killed', by: law };
    for (const around of odd) {
      const found = compare(goldenOf(around), stepper, 20_000);
      if (found !== undefined) return { outcome: 'survived', by: `differs only on ${around[0]}: ${found}` };
    }
    return { outcome: 'equivalent', by: 'says the same from every pair of states that can be reached' };
  } catch (error) {
    return { outcome: 'killed', by: `threw ${String(error).split('\n')[0]}` };
  }
}

/** How long the longest part, the graph of the real chart, has to be made ready; so that no mutant is blamed for it. */
export function prepareCharts(): void {
  for (const around of surroundings) goldenOf(around);
}
