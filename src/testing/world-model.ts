/**
 * What a world outside can bring about: the production chart together with the little that a service and its server remember beside it (what was
 * asked for and in which order, what is wanted for a while only, whether the line is being checked). Every path through it can be gone with a
 * real service, as it stands; the chart alone lets more happen than any world could. Pure; it must never run a service.
 */
import {
  effective,
  initialState,
  leafOf,
  judge,
  MISTATUS,
  phaseOf,
  samples,
  smallRules,
  step,
  type Message,
  type Output,
  type Rules,
  type SettableStatus,
  type State,
} from '../../machines/index.js';
import { askOf, keyOf } from '../table/explore.js';
import { graphOf, type Next, type PathGraph } from './graph.js';
import { possibleMessages } from './model.js';

/** Something that happens: a message of the chart as the world says it. */
export type Move = Message & {
  /** Of a status that is asked for: only for a while; then back to the one before. */
  readonly temporary?: true;
};

interface Wished {
  readonly status: SettableStatus;
  readonly ends: boolean;
}

/** What is remembered outside the chart. */
interface Memory {
  /** What is wanted, and below it what it stands before. */
  readonly wanted: readonly [Wished] | readonly [Wished, Wished];
  /** The user's changes that are not answered yet, oldest first. */
  readonly asked: readonly Wished[];
  readonly isChecking: boolean;
  /** Whether the service knows whose sign-in it is: not yet, when it has only stored credentials to be asked for. */
  readonly isNamed: boolean;
}

interface Place extends Memory {
  readonly state: State;
  readonly key: string;
}

const nothing: Wished = { status: MISTATUS.ONLINE, ends: false };
const atFirst: Memory = { wanted: [nothing], asked: [], isChecking: false, isNamed: false };

/** Whether the world can say this here. */
function canSay({ state, wanted, asked, isChecking, isNamed }: Place, move: Move): boolean {
  const { context } = state;
  const [top, below] = wanted;
  const isSignedOut = leafOf(state) === 'signedOut';
  switch (move.type) {
    case 'signin.request':
      // Only the stored credentials are tried again, and only a sign-out lets them be used.
      return isSignedOut || (move.tries === 'once' && isNamed);
    case 'status.request':
      // One that ends is asked for by somebody who is there, stands before another that lasts, and is answered before
      // anything else is asked for.
      if (asked.some(({ ends }) => ends)) return false;
      if (move.temporary !== true) return true;
      return !isSignedOut && !top.ends && top.status !== move.status && asked.length === 0 && context.user === 'active';
    case 'status.published':
      return move.by !== 'user' || asked[0]?.status === move.status;
    case 'status.expired':
      return top.ends && below?.status === move.status;
    case 'link.verified':
    case 'check.expired':
      return isChecking;
    case 'input.resumed':
      // The service hands on only what is new.
      return context.user !== 'active' || context.changed || effective(context) !== context.shown;
    default:
      return true;
  }
}

function withWish({ wanted }: Memory, { status, ends }: Wished): Memory['wanted'] {
  return ends ? [{ status, ends }, wanted[1] ?? wanted[0]] : [{ status, ends }];
}

/** What is remembered after a move. */
function remember(place: Place, move: Move, to: State, outputs: readonly Output[]): Memory {
  const { state, asked } = place;
  const { by, wished } = state.context;
  let { wanted, isChecking, isNamed } = place;
  let left = asked;
  switch (move.type) {
    case 'signin.request':
      if (move.status !== undefined) wanted = withWish(place, { status: move.status, ends: false });
      isNamed = move.tries === 'once';
      break;
    case 'status.request': {
      const wish: Wished = { status: move.status, ends: move.temporary === true };
      if (judge(state, askOf(move))[1] === 'kept') wanted = withWish(place, wish);
      else left = [...asked, wish];
      break;
    }
    case 'status.published': {
      const [first, ...others] = asked;
      if (by === 'user' && first) {
        wanted = withWish(place, first);
        left = others;
      } else if (wanted[0].status !== wished) wanted = [{ status: wished, ends: false }];
      break;
    }
    case 'status.refused':
    case 'publish.expired':
      if (by === 'user') left = asked.slice(1);
      break;
    case 'status.expired':
      wanted = [wanted[1] ?? nothing];
      break;
    case 'clock.jumped':
      isChecking = true;
      break;
    case 'link.verified':
    case 'check.expired':
      isChecking = false;
      break;
    case 'session.restored':
      isNamed = true;
      break;
    default:
  }
  for (const { type } of outputs) {
    if (type === 'link.close' || type === 'session.forget') wanted = [nothing];
    if (type === 'link.close' || type === 'link.drop') {
      left = [];
      isChecking = false;
    }
    if (type === 'server.find') isNamed = true;
  }
  if (phaseOf(leafOf(to)) === 'signedOut') isNamed = false;
  return { wanted, asked: left, isChecking, isNamed };
}

export interface WorldGraphOptions {
  /** Surroundings; two settable statuses, idleness and all else unless given. */
  readonly rules?: Rules;
  /** What may happen; `movesFor(rules)` unless given. */
  readonly moves?: readonly Move[];
  /**
   * `step`: an edge is a move at a vertex; `leaf`: a move in a leaf, whatever the rest of the state is. Default `leaf`. Kinds, and so pairs, are of
   * leaf, type of message and next leaf.
   */
  readonly level?: 'step' | 'leaf';
}

/** Everything that can happen; each status may be asked for only for a while. */
export function movesFor(rules: Rules): Move[] {
  return [...samples(rules), ...rules.statuses.map((status): Move => ({ type: 'status.request', status, temporary: true }))];
}

/** What the world can bring about. Every path in it can be gone with a real service; see `createScriptedWorld`. */
export function worldGraph(options: WorldGraphOptions = {}): PathGraph<Move> {
  const { rules = smallRules, moves = movesFor(rules), level = 'leaf' } = options;
  const start = initialState(rules);
  // Many places share a state of the chart: each is stepped once.
  const known = new Map<string, readonly Next<{ readonly state: State; readonly key: string }, Move>[]>();
  const nextStates = (state: State, key: string) => {
    let found = known.get(key);
    if (!found) {
      found = possibleMessages(state, moves).map((move) => {
        const [to, outputs] = step(state, move);
        return { to: { state: to, key: keyOf(to) }, move, outputs };
      });
      known.set(key, found);
    }
    return found;
  };
  return graphOf<Place, Move>({
    start: { state: start, key: keyOf(start), ...atFirst },
    keyOf: ({ key, wanted, asked, isChecking, isNamed }) => {
      const wishes = (list: readonly Wished[]) => list.map(({ status, ends }) => `${status}${ends ? '~' : ''}`).join();
      return `${key} ${wishes(wanted)} ${wishes(asked)} ${Number(isChecking)}${Number(isNamed)}`;
    },
    stateOf: ({ state }) => state,
    *next(place) {
      for (const { to, move, outputs } of nextStates(place.state, place.key)) {
        if (canSay(place, move)) yield { to: { ...to, ...remember(place, move, to.state, outputs) }, move, outputs };
      }
    },
    ...(level === 'leaf'
      ? { edgeOf: ({ state }: Place, move: Move, to: Place) => `${leafOf(state)} ${JSON.stringify(move)} ${leafOf(to.state)}` }
      : {}),
    kindOf: ({ state }, { type }, to) => `${leafOf(state)} ${type} ${leafOf(to.state)}`,
  });
}
