/**
 * The pure door: one message in, the next state and what leaves out. It runs the chart itself through XState's own interpreter with a
 * scope that executes nothing, so it is the same behaviour as a running actor, at a fraction of the cost of `transition()`.
 * The scope is an internal contract of XState; that knowledge must stay in this file.
 */
import { createActor, type AnyStateMachine, type EventFromLogic, type InputFrom, type SnapshotFrom } from 'xstate';
import type { Message, Output, Rules, TimerName } from './alphabet.js';
import { MISTATUS } from './codes.js';
import { presenceMachine } from './presence.js';

/** A state of the chart with its context: plain data that can be kept, compared and gone on from. */
export type State = SnapshotFrom<typeof presenceMachine>;
/** The chart, or a chart made from it: what a mutant or a stricter variant is. */
export type Chart = typeof presenceMachine;

/** Runs one machine purely. `initial` and `step` never touch a clock, a timer or a listener. */
export interface Stepper {
  initial(rules: Rules): State;
  step(state: State, message: Message): readonly [State, readonly Output[]];
}

/** A stepper for a chart. Outputs are in the order in which the chart says them. */
export function stepperOf(chart: Chart): Stepper {
  let outputs: Output[] = [];
  let pure: Pure<Chart> | undefined;
  const pureOf = (rules: Rules) =>
    (pure ??= purely(chart, rules, ({ type, params }) => {
      // A mutant may have actions of its own.
      if (type === 'xstate.emit') outputs.push((params as { readonly event: Output }).event);
    }));
  return {
    initial: (rules) => chart.getInitialSnapshot(pureOf(rules).scope as never, rules),
    step: (state, message) => {
      outputs = [];
      return [pureOf(state.context.rules).step(state, message), outputs];
    },
  };
}

/** What a machine wants done: `xstate.emit`, `xstate.raise` with a delay, `xstate.cancel`, or an action of its own. */
export interface PureAction {
  readonly type: string;
  readonly params: unknown;
}

/** Any machine as a function of state and event: nothing that it wants done is done, all of it is told. */
export interface Pure<M extends AnyStateMachine> {
  readonly scope: object;
  initial(): SnapshotFrom<M>;
  step(state: SnapshotFrom<M>, event: EventFromLogic<M>): SnapshotFrom<M>;
}

/** @param tell is called for each action, in order, while `initial` or `step` runs */
export function purely<M extends AnyStateMachine>(machine: M, input: InputFrom<M>, tell: (action: PureAction) => void): Pure<M> {
  const self = createActor(machine, { input });
  const quiet = { emit: () => {}, actionExecutor: tell, defer: () => {}, stopChild: () => {}, logger: () => {} };
  const scope = { self, id: self.id, sessionId: self.sessionId, system: self.system, ...quiet } as never;
  return {
    scope,
    initial: () => machine.getInitialSnapshot(scope, input) as SnapshotFrom<M>,
    step: (state, event) => machine.transition(state, event, scope) as SnapshotFrom<M>,
  };
}

const production = stepperOf(presenceMachine);

/** The state in which a service begins. */
export const initialState = (rules: Rules): State => production.initial(rules);

/**
 * One step of the chart.
 * @param message a request that `answer` accepts or keeps, or a fact
 * @returns the next state and the commands and notices, in order
 */
export const step = (state: State, message: Message): readonly [State, readonly Output[]] => production.step(state, message);

/** The name of the state shown: the leaf of the chart, such as `waitingToRetry` or `busy`. */
export function leafOf(state: Pick<State, 'value'>): Leaf {
  let value: unknown = state.value;
  while (typeof value === 'object' && value !== null) value = Object.values(value)[0];
  return value as Leaf;
}

export const leaves = [
  'signedOut',
  'waitingToRetry',
  'held',
  'findingServer',
  'connecting',
  'synchronizing',
  'online',
  'busy',
  'beRightBack',
  'idle',
  'away',
  'onThePhone',
  'outToLunch',
  'invisible',
  'disconnecting',
] as const;
export type Leaf = (typeof leaves)[number];

/** What a state does with respect to the server; the columns of the table of answers. */
export type Phase = 'signedOut' | 'attempt' | 'synchronizing' | 'online' | 'waiting' | 'disconnecting';
export function phaseOf(leaf: Leaf): Phase {
  switch (leaf) {
    case 'signedOut':
    case 'synchronizing':
    case 'disconnecting':
      return leaf;
    case 'waitingToRetry':
    case 'held':
      return 'waiting';
    case 'findingServer':
    case 'connecting':
      return 'attempt';
    default:
      return 'online';
  }
}

const leafStatuses: Readonly<Record<Leaf, MISTATUS>> = {
  signedOut: MISTATUS.OFFLINE,
  waitingToRetry: MISTATUS.OFFLINE,
  held: MISTATUS.OFFLINE,
  findingServer: MISTATUS.LOCAL_FINDING_SERVER,
  connecting: MISTATUS.LOCAL_CONNECTING_TO_SERVER,
  synchronizing: MISTATUS.LOCAL_SYNCHRONIZING_WITH_SERVER,
  online: MISTATUS.ONLINE,
  busy: MISTATUS.BUSY,
  beRightBack: MISTATUS.BE_RIGHT_BACK,
  idle: MISTATUS.IDLE,
  away: MISTATUS.AWAY,
  onThePhone: MISTATUS.ON_THE_PHONE,
  outToLunch: MISTATUS.OUT_TO_LUNCH,
  invisible: MISTATUS.INVISIBLE,
  disconnecting: MISTATUS.LOCAL_DISCONNECTING_FROM_SERVER,
};

/** The status that a state shows: the origin's flat list, unflattened by the chart and flattened again here. */
export function statusOfLeaf(leaf: Leaf): MISTATUS {
  return leafStatuses[leaf];
}

/** Which of the chart's timers run in a state; a check of the link may run besides, in a session. */
export function timersOf(state: State): TimerName[] {
  const leaf = leafOf(state);
  const { by, user, rules } = state.context;
  const timers: TimerName[] = [];
  if (leaf === 'findingServer') timers.push('finding');
  if (leaf === 'connecting') timers.push('logon');
  if (leaf === 'synchronizing') timers.push('synchronizing');
  if (leaf === 'disconnecting') timers.push('signout');
  if (leaf === 'waitingToRetry') timers.push('retry');
  if (phaseOf(leaf) !== 'online') return timers;
  if (by !== 'none') timers.push('publish');
  if (user === 'inactive') timers.push('idle');
  if (leaf === 'idle' && user === 'idle' && rules.away) timers.push('away');
  return timers;
}
