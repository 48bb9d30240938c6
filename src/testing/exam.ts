/**
 * The questions of the transport exam, made out of the chart: in every state that a user can be in, everything that an app may ask for or
 * report, and where the chart says that it must end if the server answers. It must never know a transport.
 */
import {
  initialState,
  isOnline,
  judge,
  leafOf,
  leaves,
  phaseOf,
  silenceOf,
  statusName,
  statusOfLeaf,
  step,
  type Fact,
  type Leaf,
  type Message,
  type MISTATUS,
  type Rules,
  type SettableStatus,
  type State,
} from '../../machines/index.js';
import { askOf, isRequest } from '../table/explore.js';

/** Something that is done to a running service from outside. */
export type Push =
  | { readonly push: 'signin'; readonly status?: SettableStatus }
  | { readonly push: 'signout' }
  | { readonly push: 'setStatus'; readonly status: SettableStatus }
  | { readonly push: 'network'; readonly on: boolean }
  | { readonly push: 'awake'; readonly on: boolean }
  | { readonly push: 'breakLine' };

/** One question: come to a state, push, and see whether it ends where the chart says. */
export interface Question {
  /** Such as `signin › connecting: signout`; names the item in a list of deviations. */
  readonly id: string;
  readonly wish: SettableStatus | undefined;
  /** The state in which it is pushed. */
  readonly at: Leaf;
  readonly push: Push;
  /** Where it ends, if the server answers: a leaf, and the status shown. */
  readonly ends: Leaf;
  readonly shows: MISTATUS;
  /** What the transport must have for it. */
  readonly statuses: readonly MISTATUS[];
}

function messageOf(push: Push): Message {
  switch (push.push) {
    case 'signin':
      return { type: 'signin.request', tries: 'once', ...(push.status === undefined ? {} : { status: push.status }) };
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

export function nameOf(push: Push): string {
  if (push.push === 'network' || push.push === 'awake') return `${push.push} ${push.on ? 'on' : 'off'}`;
  return 'status' in push && push.status !== undefined ? `${push.push} ${statusName(push.status)}` : push.push;
}

/** What a server that answers, and a world that lets time pass, say next; nothing in a state that rests. */
export function goodAnswer(state: State): Fact | undefined {
  const { by, offered, wished } = state.context;
  switch (leafOf(state)) {
    case 'findingServer':
      return { type: 'server.found' };
    case 'connecting':
      return { type: 'link.opened' };
    case 'synchronizing':
      return by === 'none'
        ? { type: 'session.synchronized', resumed: false }
        : { type: 'status.published', by, status: offered || wished };
    case 'disconnecting':
      return { type: 'link.closed' };
    case 'waitingToRetry':
      return { type: 'retry.due' };
    default:
      return undefined;
  }
}

/** Follows good answers from a state to where it rests. @param asked statuses that the user has asked for and that are not answered */
export function settle(state: State, asked: readonly SettableStatus[] = []): State {
  const queue = [...asked];
  let next = state;
  for (;;) {
    const { by, offered } = next.context;
    const isPending = phaseOf(leafOf(next)) === 'online' && by !== 'none';
    const status = by === 'user' ? queue.shift() : offered || undefined;
    const fact: Fact | undefined =
      isPending && status !== undefined ? { type: 'status.published', by, status } : goodAnswer(next);
    if (!fact) return next;
    next = step(next, fact)[0];
  }
}

/** The state at a leaf on the straight way from a sign-in. */
function onTheWay(rules: Rules, wish: SettableStatus | undefined, at: Leaf): State | undefined {
  let state = initialState(rules);
  if (at === 'signedOut') return state;
  state = step(state, { type: 'signin.request', tries: 'retry', ...(wish === undefined ? {} : { status: wish }) })[0];
  if (at === 'held') return step(state, { type: 'network.lost' })[0];
  for (let seen = 0; seen < leaves.length; seen += 1) {
    if (leafOf(state) === at) return state;
    const answer = goodAnswer(state);
    if (!answer) break;
    state = step(state, answer)[0];
  }
  return at === 'disconnecting' && isOnline(state.context.shown) ? step(state, { type: 'signout.request' })[0] : undefined;
}

/** Every question for a transport with these rules. */
export function questionsFor(rules: Rules): Question[] {
  const [first, second = first] = rules.statuses;
  if (first === undefined || second === undefined) return [];
  const pushes: Push[] = [
    { push: 'signin' },
    { push: 'signin', status: second },
    { push: 'signout' },
    ...rules.statuses.map((status): Push => ({ push: 'setStatus', status })),
    { push: 'network', on: false },
    { push: 'network', on: true },
    { push: 'awake', on: false },
    { push: 'breakLine' },
  ];
  const questions: Question[] = [];
  for (const wish of rules.statuses) {
    for (const at of leaves) {
      const state = onTheWay(rules, wish, at);
      // The states before anybody is online are asked about once, with the first status only.
      if (!state || (wish !== first && phaseOf(at) !== 'online') || (phaseOf(at) === 'online' && statusOfLeaf(at) !== wish))
        continue;
      for (const push of pushes) {
        const message = messageOf(push);
        const isPossible = isRequest(message) ? judge(state, askOf(message))[1] !== 'refused' : !silenceOf(state, message);
        if (!isPossible) continue;
        const pushed = step(state, message)[0];
        const end = settle(pushed, push.push === 'setStatus' ? [push.status] : []);
        const shows = statusOfLeaf(leafOf(end));
        const statuses = [wish, ...('status' in push && push.status !== undefined ? [push.status] : [])];
        questions.push({ id: `${at}: ${nameOf(push)}`, wish, at, push, ends: leafOf(end), shows, statuses });
      }
    }
  }
  return questions;
}
