/**
 * The machine as a test model: the production chart itself, ready for the `TestModel` of `@xstate/test` 1.0.0-beta.5 or of `xstate/graph`, which
 * the caller brings along, so that this door needs neither. There is no second, simplified machine; nothing here may know how anything behaves.
 */
import type { ActorLogic } from 'xstate';
import {
  judge,
  leafOf,
  presenceMachine,
  samples,
  silenceOf,
  smallRules,
  type Chart,
  type Message,
  type Rules,
  type State,
} from '../../machines/index.js';
import { askOf, isRequest, keyOf } from '../table/explore.js';

/** Logic for path generators: a machine without its extras, which would make the types of the libraries differ. */
export type TestLogic = ActorLogic<State, Message, Rules>;

/** The options that both libraries understand and that are set here. */
export interface TestModelSettings {
  readonly events: (state: State) => readonly Message[];
  readonly serializeState: (state: State, message: Message | undefined, previous?: State) => string;
  readonly serializeEvent: (message: Message) => string;
  /** The keys of the `states` of a test are leaves, such as `waitingToRetry`. */
  readonly stateMatcher: (state: State, key: string) => boolean;
}

export interface PresenceModelOptions<Model> {
  /** The class to make: the `TestModel` that `@xstate/test`, or `xstate/graph`, exports. */
  readonly TestModel: new (logic: TestLogic, settings: TestModelSettings) => Model;
  /** Surroundings; two settable statuses unless given. */
  readonly rules?: Rules;
  /** What may come in; `samples(rules)` unless given. Only what can happen in a state is tried there. */
  readonly messages?: readonly Message[];
  /**
   * What makes two vertices the same; the whole state unless given. One that takes the message in as well covers transitions, not only
   * states; one that leaves out what guards read misses states.
   */
  readonly key?: (state: State, message: Message | undefined, previous?: State) => string;
  /** A chart in place of the production one, for mutants. */
  readonly chart?: Chart;
}

/**
 * The test model over the production machine.
 * @returns an instance of the class given: `getShortestPaths()`, `testPath()` and whatever else it has
 */
export function presenceTestModel<Model>(options: PresenceModelOptions<Model>): Model {
  const { TestModel, rules = smallRules, messages = samples(rules), key = keyOf, chart = presenceMachine } = options;
  return new TestModel(asTestLogic(chart, rules), {
    events: (state) => possibleMessages(state, messages),
    serializeState: key,
    serializeEvent: (message) => JSON.stringify(message),
    stateMatcher: (state, leaf) => leafOf(state) === leaf,
  });
}

/**
 * The messages that can come in a state: calls that are neither refused nor joined, and facts that the outside world can report there.
 * What is ignored with a reason is left out, since it changes nothing.
 */
export function possibleMessages(state: State, messages: readonly Message[]): Message[] {
  return messages.filter((message) => {
    if (!isRequest(message)) return silenceOf(state, message) === undefined;
    const [, effect] = judge(state, askOf(message));
    return effect === 'accepted' || effect === 'kept';
  });
}

/** What a scope has to have, and nothing behind it. */
const inert = { emit() {}, actionExecutor() {}, defer() {}, stopChild() {}, logger() {} };

/**
 * Inherits everything of the chart; only the two doors by which the engines of both libraries enter see an inert scope, and the first also
 * the rules. Without it `@xstate/test` 1.0.0-beta.5 fails on any action with xstate 5.19 and later: its scope executes nothing and
 * emits nothing, not even in vain. An internal contract of XState; that knowledge must stay here.
 */
export function asTestLogic(chart: Chart = presenceMachine, rules: Rules = smallRules): TestLogic {
  const quiet = (scope: object) => ({ ...scope, ...inert }) as never;
  return Object.create(chart, {
    transition: { value: (state: State, message: Message, scope: object) => chart.transition(state, message, quiet(scope)) },
    getInitialSnapshot: { value: (scope: object) => chart.getInitialSnapshot(quiet(scope), rules) },
  }) as TestLogic;
}
