/**
 * A suite for a page or an app, by hooks: somebody signs in and out, chooses statuses, loses network and line, in every order of two, and after each
 * the page has to show where that ends if the server answers. The paths are the chart's; it must never know what a page is.
 */
import {
  initialState,
  judge,
  leafOf,
  MISTATUS,
  silenceOf,
  statusOfLeaf,
  step,
  type Leaf,
  type Message,
  type Rules,
  type SettableStatus,
  type State,
} from '../../machines/index.js';
import { askOf, isRequest, keyOf } from '../table/explore.js';
import type { Runner } from './conformance.js';
import { coveringPaths, type CoverOptions, type Path } from './cover.js';
import { nameOf, settle, type Push } from './exam.js';
import { graphOf, type Next, type PathGraph } from './graph.js';

/** What is done to an app: what its user asks for, its surroundings, faults of the server. */
export type UiPush =
  | Push
  /** Signs in with a secret that the server refuses. */
  | { readonly push: 'wrongPassword' };

/** What an app has to show once everything is answered. */
export interface UiExpected {
  /** Where the chart rests: `signedOut`, `held`, `online`, `busy`, ... */
  readonly leaf: Leaf;
  readonly status: MISTATUS;
  /** The leaf in words: `signed out`, `be right back`. */
  readonly text: string;
}

export interface UiSuiteOptions<App> extends Runner, CoverOptions {
  readonly name?: string;
  /** Statuses that the app offers; ONLINE and BUSY unless given. */
  readonly statuses?: readonly SettableStatus[];
  /** Pushes that the app or its test cannot make: left out. */
  readonly without?: readonly UiPush['push'][];
  /** Makes a fresh app, signed out, with a server that answers. */
  arrange(): App | Promise<App>;
  act(app: App, push: UiPush): void | Promise<void>;
  /** Waits until the app shows it. @throws when it does not */
  assert(app: App, expected: UiExpected): void | Promise<void>;
  close?(app: App): void | Promise<void>;
  /** For each path, ms; the runner's own unless given. */
  readonly timeout?: number;
}

export interface UiGraphOptions {
  readonly statuses?: readonly SettableStatus[];
  readonly without?: readonly UiPush['push'][];
}

function messageOf(push: UiPush): Message {
  switch (push.push) {
    case 'signin':
      return { type: 'signin.request', tries: 'once', ...(push.status === undefined ? {} : { status: push.status }) };
    case 'wrongPassword':
      return { type: 'signin.request', tries: 'once' };
    case 'signout':
      return { type: 'signout.request' };
    case 'setStatus':
      return { type: 'status.request', status: push.status };
    case 'network':
      return { type: push.on ? 'network.restored' : 'network.lost' };
    case 'awake':
      return { type: push.on ? 'power.resumed' : 'power.suspended' };
    case 'breakLine':
      return { type: 'link.lost', reason: 'lineLost' };
  }
}

/** Where a push ends if the server answers; nothing if it cannot be made, or is refused. */
function after(state: State, push: UiPush): Next<State, UiPush> | undefined {
  const message = messageOf(push);
  const isPossible = isRequest(message)
    ? ['accepted', 'kept'].includes(judge(state, askOf(message))[1])
    : silenceOf(state, message) === undefined;
  if (!isPossible) return undefined;
  const [pushed, outputs] = step(state, message);
  if (push.push !== 'wrongPassword') {
    return { to: settle(pushed, push.push === 'setStatus' ? [push.status] : []), move: push, outputs };
  }
  // Only where an attempt begins at once, and is the only one.
  if (leafOf(pushed) !== 'findingServer' || leafOf(state) !== 'signedOut') return undefined;
  const [connecting] = step(pushed, { type: 'server.found' });
  return { to: settle(step(connecting, { type: 'link.refused', reason: 'invalidPassword' })[0]), move: push, outputs };
}

/** What can be done to an app that has come to rest, and where it comes to rest then. */
export function uiGraph(options: UiGraphOptions = {}): PathGraph<UiPush> {
  const { statuses = [MISTATUS.ONLINE, MISTATUS.BUSY], without = [] } = options;
  const rules: Rules = { statuses, idle: false, away: false, idleFrom: [], remember: false, queue: 1 };
  const second = statuses[1] ?? statuses[0];
  const pushes: UiPush[] = [
    { push: 'signin' },
    ...(second === undefined ? [] : [{ push: 'signin', status: second } as const]),
    { push: 'wrongPassword' },
    { push: 'signout' },
    ...statuses.map((status): UiPush => ({ push: 'setStatus', status })),
    { push: 'network', on: false },
    { push: 'network', on: true },
    { push: 'awake', on: false },
    { push: 'awake', on: true },
    { push: 'breakLine' },
  ];
  const possible = pushes.filter(({ push }) => !without.includes(push));
  return graphOf<State, UiPush>({
    start: initialState(rules),
    keyOf,
    stateOf: (state) => state,
    *next(state) {
      for (const push of possible) {
        const next = after(state, push);
        if (next) yield next;
      }
    },
    kindOf: (state, { push }, to) => `${leafOf(state)} ${push} ${leafOf(to)}`,
  });
}

const wordsOf = (leaf: Leaf): string => leaf.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
const expectedAt = (leaf: Leaf): UiExpected => ({ leaf, status: statusOfLeaf(leaf), text: wordsOf(leaf) });
const pushName = (push: UiPush): string => (push.push === 'wrongPassword' ? 'signin with a wrong password' : nameOf(push));

/** Declares one test for each of the paths that cover every push in every state of the app, and every kind of push after every other. */
export function uiSuite<App>(options: UiSuiteOptions<App>): void {
  const { describe, it, name = 'the app', timeout } = options;
  const graph = uiGraph(options);
  const { paths, edges, pairs, steps } = coveringPaths(graph, { maxSteps: 20, ...options });
  describe(`${name}, ${edges} pushes and ${pairs} pairs of them in ${steps} steps`, () => {
    paths.forEach((path, number) => {
      const title = `${number + 1}: ${path.map(({ move }) => pushName(move)).join(', ')}`;
      const go = () => goPath(options, graph, path);
      if (timeout === undefined) it(title, go);
      else it(title, go, timeout);
    });
  });
}

async function goPath<App>(options: UiSuiteOptions<App>, graph: PathGraph<UiPush>, path: Path<UiPush>): Promise<void> {
  const { arrange, act, assert, close } = options;
  const app = await arrange();
  try {
    await assert(app, expectedAt('signedOut'));
    for (const [number, { move, to }] of path.entries()) {
      const state = graph.states[to];
      if (!state) continue;
      const expected = expectedAt(leafOf(state));
      try {
        await act(app, move);
        await assert(app, expected);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw new Error(`step ${number + 1}, ${pushName(move)}, has to end in ${expected.leaf}: ${why}`, { cause: error });
      }
    }
  } finally {
    await close?.(app);
  }
}
