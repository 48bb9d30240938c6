/**
 * Two charts and one server, explored together (B14): two devices of one account, everything that they, the server and the world can do, in every order.
 * No conflict without end, and no flicker: found by looking for circles in the graph of both.
 */
import { describe, expect, it } from '@jest/globals';
import {
  foldDevices,
  initialState,
  isOnline,
  judge,
  leafOf,
  MISTATUS,
  phaseOf,
  smallRules,
  step,
  type Fact,
  type Message,
  type MISTATUS as Status,
  type Rules,
  type SettableStatus,
  type State,
} from '../machines/index.js';
import { askOf, isRequest, keyOf } from '../src/table/explore.js';

const { BUSY, IDLE, OFFLINE, ONLINE } = MISTATUS;
const rules: Rules = { ...smallRules, statuses: [ONLINE, BUSY], away: false, remember: false, queue: 0 };

/** One device: its chart, and what its user has asked for and is not answered. */
interface Side {
  readonly state: State;
  readonly asked: readonly SettableStatus[];
}
type Pair = readonly [Side, Side];
/** `user`: a person does it; `world`: lines and networks; `answer`: the server answers, or a timer ends. */
type Kind = 'user' | 'world' | 'answer';
interface Edge {
  readonly from: number;
  readonly to: number;
  readonly kind: Kind;
  readonly side: 0 | 1;
  readonly message: Message;
  readonly kicks: boolean;
}
interface Product {
  readonly places: readonly Pair[];
  readonly edges: readonly Edge[];
}

interface Network {
  /** What a second session of the account does to the first. */
  readonly conflict: 'kickOld' | 'allow';
  /** How the first one is told. */
  readonly told: Fact;
  /** Whether users may change their minds in between, or have only signed in. */
  readonly wishes: boolean;
}

const hasSession = ({ state }: Side): boolean => ['synchronizing', 'online'].includes(phaseOf(leafOf(state)));

/** Each side once, whatever pairs it is in: the same object for the same side. */
const sides = new Map<string, Side>();
const followers = new Map<Side, Map<string, Side>>();
function sideOf(state: State, asked: readonly SettableStatus[]): Side {
  const key = `${keyOf(state)} ${asked.join()}`;
  let side = sides.get(key);
  if (!side) sides.set(key, (side = { state, asked }));
  return side;
}

function after(side: Side, message: Message): Side {
  const known = followers.get(side) ?? new Map<string, Side>();
  followers.set(side, known);
  const key = JSON.stringify(message);
  let follower = known.get(key);
  if (!follower) {
    const { state, asked } = side;
    const to = step(state, message)[0];
    let left = asked;
    if (message.type === 'status.request' && phaseOf(leafOf(state)) === 'online') left = [...asked, message.status];
    if (message.type === 'status.published' && message.by === 'user') left = asked.slice(1);
    follower = sideOf(to, phaseOf(leafOf(to)) === 'online' ? left : []);
    known.set(key, follower);
  }
  return follower;
}

/** What the server answers, and which timers end, in a state. */
function answers({ state, asked }: Side): Fact[] {
  const { by, offered, user, wished } = state.context;
  switch (leafOf(state)) {
    case 'findingServer':
      return [{ type: 'server.found' }];
    case 'connecting':
      return [{ type: 'link.opened' }];
    case 'waitingToRetry':
      return [{ type: 'retry.due' }];
    case 'disconnecting':
      return [{ type: 'link.closed' }];
    case 'synchronizing':
      return by === 'none'
        ? [{ type: 'session.synchronized', resumed: false }]
        : [{ type: 'status.published', by, status: offered === 0 ? wished : offered }];
    case 'signedOut':
    case 'held':
      return [];
    default: {
      const status = by === 'user' ? asked[0] : offered === 0 ? undefined : offered;
      return [
        ...(by !== 'none' && status !== undefined ? [{ type: 'status.published', by, status } as const] : []),
        ...(user === 'inactive' ? [{ type: 'idle.due' } as const] : []),
      ];
    }
  }
}

function world({ state }: Side): Fact[] {
  const isRunning = !['signedOut', 'waitingToRetry', 'held', 'findingServer', 'disconnecting'].includes(leafOf(state));
  const isLinked = ['synchronizing', 'online'].includes(phaseOf(leafOf(state)));
  return [
    ...(isLinked ? [{ type: 'link.lost', reason: 'lineLost' } as const] : []),
    ...(isRunning && !isLinked ? [{ type: 'link.refused', reason: 'connectFailed' } as const] : []),
    { type: state.context.network ? 'network.lost' : 'network.restored' },
  ];
}

function deeds({ state }: Side, { wishes }: Network): Message[] {
  const all: Message[] = [
    { type: 'signin.request', tries: 'once' },
    { type: 'signin.request', tries: 'retry' },
    { type: 'signout.request' },
    ...(wishes ? rules.statuses.map((status): Message => ({ type: 'status.request', status })) : []),
  ];
  const asked = all.filter((message) => isRequest(message) && judge(state, askOf(message))[1] !== 'refused');
  if (!wishes) return asked;
  return [...asked, { type: state.context.user === 'active' ? 'input.ceased' : 'input.resumed' }];
}

function product(network: Network): Product {
  const begin = sideOf(initialState(rules), []);
  const places: Pair[] = [[begin, begin]];
  const known = new Map<Side, Map<Side, number>>([[begin, new Map([[begin, 0]])]]);
  const placeOf = (pair: Pair): number => {
    const [one, other] = pair;
    const others = known.get(one) ?? new Map<Side, number>();
    known.set(one, others);
    let place = others.get(other);
    if (place === undefined) others.set(other, (place = places.push(pair) - 1));
    return place;
  };
  const moves = new Map<Side, readonly (readonly [Kind, Message])[]>();
  const movesOf = (side: Side): readonly (readonly [Kind, Message])[] => {
    let mine = moves.get(side);
    if (!mine) {
      mine = [
        ...answers(side).map((message) => ['answer', message] as const),
        ...world(side).map((message) => ['world', message] as const),
        ...deeds(side, network).map((message) => ['user', message] as const),
      ];
      moves.set(side, mine);
    }
    return mine;
  };
  const edges: Edge[] = [];
  for (let from = 0; from < places.length; from += 1) {
    const pair = places[from] as Pair;
    for (const side of [0, 1] as const) {
      const mine = pair[side];
      for (const [kind, message] of movesOf(mine)) {
        const moved = after(mine, message);
        let other = pair[1 - side] as Side;
        const kicks = message.type === 'link.opened' && network.conflict === 'kickOld' && hasSession(other);
        if (kicks) other = after(other, network.told);
        const place = placeOf(side === 0 ? [moved, other] : [other, moved]);
        edges.push({ from, to: place, kind, side, message, kicks });
      }
    }
  }
  return { places, edges };
}

/** Which circle each place is on: places with the same number can reach each other by these edges (Tarjan, without recursion). */
function circles(count: number, edges: readonly Edge[]): number[] {
  const out: number[][] = Array.from({ length: count }, () => []);
  for (const { from, to } of edges) (out[from] as number[]).push(to);
  const index = new Int32Array(count).fill(-1);
  const low = new Int32Array(count);
  const circle = Array.from({ length: count }, () => -1);
  const stack: number[] = [];
  let time = 0;
  let found = 0;
  for (let root = 0; root < count; root += 1) {
    if (index[root] !== -1) continue;
    const work: [place: number, edge: number][] = [[root, 0]];
    while (work.length > 0) {
      const top = work.at(-1) as [number, number];
      const [place, edge] = top;
      if (edge === 0) {
        index[place] = low[place] = time++;
        stack.push(place);
      }
      const to = out[place]?.[edge];
      if (to !== undefined) {
        top[1] += 1;
        if (index[to] === -1) work.push([to, 0]);
        else if (circle[to] === -1) low[place] = Math.min(low[place] as number, index[to] as number);
        continue;
      }
      if (low[place] === index[place]) {
        for (let last = stack.pop(); last !== undefined; last = stack.pop()) {
          circle[last] = found;
          if (last === place) break;
        }
        found += 1;
      }
      work.pop();
      const before = work.at(-1)?.[0];
      if (before !== undefined) low[before] = Math.min(low[before] as number, low[place] as number);
    }
  }
  return circle;
}

/** Most edges of a sort on any way by `edges`; Infinity if one of them is on a circle. Circles are numbered from where ways end. */
function most({ places }: Product, edges: readonly Edge[], counts: (edge: Edge) => boolean): number {
  const circle = circles(places.length, edges);
  const best: number[] = [];
  const sorted = [...edges].sort((one, other) => (circle[one.from] as number) - (circle[other.from] as number));
  for (const edge of sorted) {
    const from = circle[edge.from] as number;
    const to = circle[edge.to] as number;
    if (from === to) {
      if (counts(edge)) return Infinity;
      continue;
    }
    best[from] = Math.max(best[from] ?? 0, (best[to] ?? 0) + Number(counts(edge)));
  }
  return best.reduce((longest, one) => Math.max(longest, one), 0);
}

/** What others see of the account. */
const shownBy = ({ state }: Side): Status => (isOnline(state.context.shown) ? state.context.shown : OFFLINE);
const together = (pair: Pair): Status =>
  foldDevices(pair.map((side) => ({ status: shownBy(side), ...(shownBy(side) === IDLE ? { idleSince: 1 } : {}) }))).status;

describe('B14 Two devices where the account has one seat', () => {
  const kicked: Network = { conflict: 'kickOld', told: { type: 'link.lost', reason: 'signedInElsewhere' }, wishes: false };

  it('fight at most once for each time that a user signs in, whatever lines and networks do', () => {
    const both = product(kicked);
    const quiet = both.edges.filter(({ kind }) => kind !== 'user');
    expect(both.edges.filter(({ kicks }) => kicks).length).toBeGreaterThan(10);
    const kicks = most(both, quiet, (edge) => edge.kicks);
    process.stdout.write(
      `B14: ${both.places.length} pairs of states, ${both.edges.length} steps, at most ${kicks} kick without a user\n`,
    );
    expect(kicks).toBe(1);
  });

  it('would fight for ever if a kick were told as a line that was lost: the search finds it', () => {
    const both = product({ ...kicked, told: { type: 'link.lost', reason: 'lineLost' } });
    const quiet = both.edges.filter(({ kind }) => kind === 'answer');
    expect(most(both, quiet, (edge) => edge.kicks)).toBe(Infinity);
  });
});

describe('B14 Two devices of an account that has many seats', () => {
  const both = product({ conflict: 'allow', told: { type: 'link.lost', reason: 'signedInElsewhere' }, wishes: true });
  const changes = ({ from, to }: Edge): boolean => together(both.places[from] as Pair) !== together(both.places[to] as Pair);

  it('come to rest, and what others see changes a bounded number of times, when users and world are quiet', () => {
    const quiet = both.edges.filter(({ kind }) => kind === 'answer');
    const steps = most(both, quiet, () => true);
    const flickers = most(both, quiet, changes);
    process.stdout.write(
      `B14: ${both.places.length} pairs of states, ${both.edges.length} steps; at rest after ${steps} answers, what others see changes ${flickers} times at most\n`,
    );
    expect(steps).toBeLessThan(40);
    // Each device: in, what was asked for, idle.
    expect(flickers).toBeLessThanOrEqual(6);
  });

  /** A step by which one device changes what others see, though the other has been shown ONLINE all the while and neither was asked for a status. */
  const isFlicker =
    (see: (pair: Pair, mover: 0 | 1) => Status) =>
    (edge: Edge): boolean => {
      const from = both.places[edge.from] as Pair;
      const to = both.places[edge.to] as Pair;
      const stays = from[1 - edge.side] as Side;
      const isAsked = edge.message.type === 'status.published' && (edge.message.by === 'user' || edge.message.status === BUSY);
      const shownBusy = [from, to].some((pair) => pair.some((side) => shownBy(side) === BUSY));
      return shownBy(stays) === ONLINE && !isAsked && !shownBusy && see(from, edge.side) !== see(to, edge.side);
    };

  it('do not flicker: while one is shown ONLINE, nothing that the other does by itself changes what others see', () => {
    const own = both.edges.filter(({ from, side }) => shownBy((both.places[from] as Pair)[1 - side] as Side) === ONLINE);
    expect(own.length).toBeGreaterThan(1_000);
    expect(own.filter(isFlicker(together))).toEqual([]);
  });

  it('would flicker if the last word counted: the search finds it', () => {
    expect(both.edges.filter(isFlicker((pair, mover) => shownBy(pair[mover]))).length).toBeGreaterThan(100);
  });
});
