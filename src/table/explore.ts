/**
 * Walks the whole reachable graph of a chart: every state, every message, and what becomes of the pair. It runs the pure steps only; it
 * must never meet a clock or a transport.
 */
import {
  initialState,
  judge,
  leafOf,
  presenceMachine,
  samples,
  silenceOf,
  smallRules,
  stepperOf,
  type Ask,
  type Chart,
  type Leaf,
  type Message,
  type Output,
  type Request,
  type Rules,
  type State,
} from '../../machines/index.js';

/** One cell of the table: a reachable state and a message. */
export interface Cell {
  readonly from: State;
  readonly message: Message;
  /** `silent` must not exist (L25). */
  readonly kind: 'handled' | 'ignored' | 'refused' | 'impossible' | 'silent';
  /** For a handled cell: what comes of it. */
  readonly to: State;
  readonly outputs: readonly Output[];
  /** For an ignored or impossible cell: the reason; for a refused one: the result code. */
  readonly because?: string;
  readonly hr?: number;
}

export interface Exploration {
  readonly rules: Rules;
  readonly messages: readonly Message[];
  /** Every reachable state by its key; the first is the initial one. */
  readonly states: ReadonlyMap<string, State>;
  readonly cells: readonly Cell[];
}

/** What makes two states the same: the value and the context, without the rules, which never change. */
export function keyOf(state: State): string {
  const { rules: _, ...context } = state.context;
  return JSON.stringify([state.value, context]);
}

/** The call behind a request, as `answer` wants it. */
export function askOf(request: Request): Ask {
  switch (request.type) {
    case 'signin.request':
      return { type: 'signin', name: 'same' };
    case 'signout.request':
      return { type: 'signout' };
    case 'status.request':
      return { type: 'setStatus', status: request.status };
  }
}

export interface ExploreOptions {
  readonly rules?: Rules;
  readonly messages?: readonly Message[];
  readonly chart?: Chart;
  /** Most states to visit; more is an error, since a finite chart was promised. */
  readonly limit?: number;
  /** Ends the walk at the first cell for which this is true. */
  readonly until?: (cell: Cell) => boolean;
}

/** Walks everything that can be reached. @throws RangeError beyond `limit` states */
export function explore(options: ExploreOptions = {}): Exploration {
  const { rules = smallRules, chart = presenceMachine, limit = 50_000, until } = options;
  const messages = options.messages ?? samples(rules);
  const stepper = stepperOf(chart);
  const first = chart === presenceMachine ? initialState(rules) : stepper.initial(rules);
  const states = new Map<string, State>([[keyOf(first), first]]);
  const cells: Cell[] = [];
  for (const from of states.values()) {
    for (const message of messages) {
      const cell = cellOf(from, message, stepper.step);
      cells.push(cell);
      if (until?.(cell)) return { rules, messages, states, cells };
      if (cell.kind !== 'handled') continue;
      const key = keyOf(cell.to);
      if (states.has(key)) continue;
      if (states.size >= limit)
        throw new RangeError(`explore: more than ${limit} states; the chart is not finite for these rules`);
      states.set(key, cell.to);
    }
  }
  return { rules, messages, states, cells };
}

/** What becomes of one message in one state. */
export function cellOf(
  from: State,
  message: Message,
  step: (state: State, message: Message) => readonly [State, readonly Output[]],
): Cell {
  const nothing = { from, message, to: from, outputs: [] };
  if (isRequest(message)) {
    const [hr, effect] = judge(from, askOf(message));
    if (effect === 'refused' || effect === 'joined') return { ...nothing, kind: 'refused', hr };
  } else {
    const silence = silenceOf(from, message);
    if (silence) return { ...nothing, kind: silence.kind, because: silence.because };
  }
  const [to, outputs] = step(from, message);
  // Asked only of what has not changed: asking costs half as much as the step.
  if (to === from && !from.can(message)) return { ...nothing, kind: 'silent' };
  return { from, message, kind: 'handled', to, outputs };
}

export function isRequest(message: Message): message is Request {
  return message.type.endsWith('.request');
}

/** How many cells of each kind there are. */
export function countCells(cells: readonly Cell[]): Record<Cell['kind'], number> {
  const count = { handled: 0, ignored: 0, refused: 0, impossible: 0, silent: 0 };
  for (const { kind } of cells) count[kind] += 1;
  return count;
}

/** The leaf of a cell's two ends, for messages to people. */
export const endsOf = ({ from, to }: Cell): readonly [Leaf, Leaf] => [leafOf(from), leafOf(to)];
