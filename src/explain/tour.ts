/**
 * The tour: shortest paths in words, one to each state, and the traces of the origin. What happens is worded here, once for each message;
 * what comes of it is read out of the chart. It must never tell anything that a walk has not shown.
 */
import {
  fullRules,
  initialState,
  isNotice,
  leafOf,
  leaves,
  MISTATUS,
  phaseOf,
  presenceMachine,
  resultName,
  samples,
  settableStatuses,
  statusName,
  statusOfLeaf,
  step,
  type ChartNotice,
  type Leaf,
  type Message,
  type State,
} from '../../machines/index.js';
import { canCome, reach, type Reached, type Step } from '../table/reach.js';
import { traces } from './traces.js';

export interface TourStep {
  /** What happens, in words. */
  readonly happens: string;
  readonly message: Message['type'];
  /** The state afterwards. */
  readonly state: Leaf;
  /** `OnSignin S_OK, progress`. */
  readonly tells: readonly string[];
}
export interface TourPath {
  readonly title: string;
  readonly steps: readonly TourStep[];
}

/** The five-minute tour: a shortest path to each state, then the traces. */
export function tour(): TourPath[] {
  return [...leaves.flatMap((leaf) => shortestPathsTo(leaf).slice(0, 1)), ...traces.map(pathOfTrace)];
}

/** All shortest paths to a state, those with the same messages once. */
export function shortestPathsTo(leaf: Leaf): TourPath[] {
  const title = `To ${leaf}: ${descriptionOf(leaf)}`;
  const from = initialState(rulesFor(leaf));
  if (leafOf(from) === leaf) return [{ title, steps: [] }];
  return distinct(waysTo(leaf)).map((messages) => ({ title, steps: narrate(from, messages) }));
}

function pathOfTrace({ id, says, messages }: (typeof traces)[number]): TourPath {
  return { title: `${id}, ${says}`, steps: narrate(initialState(fullRules), messages) };
}

/** What happens when these messages come. @throws Error when one cannot come there */
export function narrate(from: State, messages: readonly Message[]): TourStep[] {
  let state = from;
  return messages.map((message) => {
    if (!canCome(state, message)) throw new Error(`tour: ${message.type} cannot come in ${leafOf(state)}`);
    const [next, outputs] = step(state, message);
    state = next;
    return {
      happens: happensText(message),
      message: message.type,
      state: leafOf(next),
      tells: outputs.filter(isNotice).map(noticeText),
    };
  });
}

/** The status of the leaf, if it can be set, and ONLINE: no other status is on a shortest way. */
function rulesFor(leaf: Leaf) {
  const own = phaseOf(leaf) === 'online' ? settableStatuses.filter((status) => status === statusOfLeaf(leaf)) : [];
  return { ...fullRules, statuses: [...new Set([MISTATUS.ONLINE, ...own])] };
}

/** Every way of the least length, as messages. */
function waysTo(leaf: Leaf): Message[][] {
  const steps: Step[] = [];
  const rules = rulesFor(leaf);
  // Nobody resumes a session before there was one.
  const messages = samples(rules).filter((message) => message.type !== 'session.synchronized' || !message.resumed);
  const reached = reach({ rules, messages }, (one) => void steps.push(one));
  const distances = distancesOf(reached);
  const goals = [...reached.states.keys()].filter((place) => leafOf(reached.states[place] as State) === leaf);
  const least = Math.min(...goals.map((place) => distances[place] ?? Infinity));
  const before = new Map<number, Step[]>();
  for (const one of steps) {
    if ((distances[one.from] ?? 0) + 1 === distances[one.to]) before.set(one.to, [...(before.get(one.to) ?? []), one]);
  }
  const waysBack = (place: number): Message[][] => {
    const last = before.get(place);
    if (!last) return [[]];
    // Ways of the same types of messages are one to a reader.
    const ways = last.flatMap(({ from, message }) => waysBack(from).map((way) => [...way, message]));
    return distinct(ways);
  };
  return goals.filter((place) => distances[place] === least).flatMap(waysBack);
}

/** The first of those with the same types of messages. */
function distinct(ways: readonly Message[][]): Message[][] {
  return [...new Map([...ways].reverse().map((way) => [way.map(({ type }) => type).join(), way])).values()].reverse();
}

function distancesOf({ arrivals }: Reached): number[] {
  const distances: number[] = [];
  for (const arrival of arrivals) distances.push(arrival ? (distances[arrival.from] ?? 0) + 1 : 0);
  return distances;
}

/** What the chart says about a state. */
export function descriptionOf(leaf: Leaf): string {
  const find = (node: (typeof presenceMachine)['root']): string | undefined => {
    if (node.key === leaf && node.type === 'atomic') return node.description;
    for (const child of Object.values(node.states)) {
      const found = find(child);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return find(presenceMachine.root) ?? '';
}

export function noticeText(notice: ChartNotice): string {
  if (notice.type === 'OnSignout') return notice.type;
  const status = notice.type === 'OnMyStatusChange' ? ` ${statusName(notice.mMyStatus)}` : '';
  return `${notice.type} ${resultName(notice.hr)}${status}, ${notice.reason}`;
}

const happenings: Readonly<Record<Message['type'], string>> = {
  'signin.request': 'You sign in',
  'signout.request': 'You sign out, or give up',
  'status.request': 'You set your status',
  'server.found': 'The server of the name is found',
  'server.failed': 'The server cannot be found',
  'link.opened': 'The server accepts you',
  'link.refused': 'The server does not accept you, or cannot be reached',
  'session.synchronized': 'Everything that has to be known is fetched',
  'session.failed': 'The synchronization fails',
  'status.published': 'The server confirms the status',
  'status.refused': 'The server refuses the status',
  'link.lost': 'The line is lost',
  'link.verified': 'The server gives a sign of life',
  'link.closed': 'The goodbye is answered',
  'finding.expired': 'The time for finding the server is over',
  'logon.expired': 'The time for connecting is over',
  'synchronizing.expired': 'The time for synchronizing is over',
  'publish.expired': 'The time for publishing a status is over',
  'signout.expired': 'The time for saying goodbye is over',
  'check.expired': 'The server gives no sign of life in time',
  'retry.due': 'The wait is over',
  'idle.due': 'There was no input for a while',
  'away.due': 'There was no input for longer',
  'status.expired': 'The time of a temporary status is over',
  'network.lost': 'The network goes off',
  'network.restored': 'The network comes back',
  'power.suspended': 'The device falls asleep',
  'power.resumed': 'The device wakes up',
  'input.ceased': 'You stop typing',
  'input.resumed': 'You type again',
  'clock.jumped': 'The clock leaps',
  'session.restored': 'The app restarts from a snapshot',
};

/** What a message means, with what decides in it. */
export function happensText(message: Message): string {
  const details = [
    ...('status' in message && message.status !== undefined ? [statusName(message.status)] : []),
    ...('reason' in message ? [message.reason] : []),
    ...(message.type === 'session.synchronized' ? [message.resumed ? 'resumed' : 'a fresh session'] : []),
    ...(message.type === 'signin.request' && message.tries === 'retry' ? ['to be retried'] : []),
  ];
  return happenings[message.type] + (details.length > 0 ? ` (${details.join(', ')})` : '');
}
