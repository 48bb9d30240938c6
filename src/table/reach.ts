/**
 * The fast walk: everything that can be reached, and each step that can happen, without the cells in which nothing does. For those who
 * need the paths and not the table. It runs the pure steps only; it must never meet a clock or a transport.
 */
import {
  judge,
  presenceMachine,
  samples,
  silenceOf,
  stepperOf,
  type Chart,
  type Message,
  type Output,
  type Rules,
  type State,
} from '../../machines/index.js';
import { askOf, isRequest, keyOf } from './explore.js';

/** One step that can happen; states by their place in the list of those reached. */
export interface Step {
  readonly from: number;
  readonly message: Message;
  readonly to: number;
  readonly outputs: readonly Output[];
}

export interface ReachOptions {
  readonly rules: Rules;
  /** `samples(rules)` unless given. */
  readonly messages?: readonly Message[];
  readonly chart?: Chart;
  /** Where to begin; the initial state unless given. */
  readonly starts?: readonly State[];
  /** Most states to visit; more is an error, since a finite chart was promised. */
  readonly limit?: number;
}

export interface Reached {
  /** The starts, and then the others in the order of their distance. */
  readonly states: readonly State[];
  /** The step by which each was reached first; none for a start. A shortest path is read backwards from here. */
  readonly arrivals: readonly (Step | undefined)[];
}

/** Whether a message can come in a state: a call that is neither refused nor joined, or a fact that is not meant to change nothing. */
export function canCome(state: State, message: Message): boolean {
  if (!isRequest(message)) return silenceOf(state, message) === undefined;
  const [, effect] = judge(state, askOf(message));
  return effect === 'accepted' || effect === 'kept';
}

/**
 * Walks breadth first, so that who arrives first has come the shortest way.
 * @param visit is shown every step that can happen
 * @throws RangeError beyond `limit` states
 */
export function reach(options: ReachOptions, visit?: (step: Step) => void): Reached {
  const { rules, chart = presenceMachine, limit = 50_000 } = options;
  const messages = options.messages ?? samples(rules);
  const stepper = stepperOf(chart);
  const starts = new Map((options.starts ?? [stepper.initial(rules)]).map((state) => [keyOf(state), state]));
  const states = [...starts.values()];
  const arrivals: (Step | undefined)[] = states.map(() => undefined);
  const places = new Map([...starts.keys()].map((key, place) => [key, place]));
  for (let from = 0; from < states.length; from++) {
    const state = states[from];
    for (const message of messages) {
      if (!state || !canCome(state, message)) continue;
      const [next, outputs] = stepper.step(state, message);
      const key = keyOf(next);
      const known = places.get(key);
      const step = { from, message, to: known ?? states.length, outputs };
      if (known === undefined) {
        if (states.length >= limit)
          throw new RangeError(`reach: more than ${limit} states; the chart is not finite for these rules`);
        places.set(key, states.length);
        states.push(next);
        arrivals.push(step);
      }
      visit?.(step);
    }
  }
  return { states, arrivals };
}

/** The steps of a shortest path to a state, from the first on. */
export function pathTo({ arrivals }: Reached, place: number): Step[] {
  const path: Step[] = [];
  for (let step = arrivals[place]; step; step = arrivals[step.from]) path.unshift(step);
  return path;
}
