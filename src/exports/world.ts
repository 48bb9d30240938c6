/**
 * What the formal exports have in common: who sends each message, which states nobody may rest in, and the steps of an automaton by message.
 * It must never know a format.
 */
import { phaseOf, reasons, type Leaf, type Message } from '../../machines/index.js';
import type { Automaton, AutomatonStep } from '../table/minimize.js';
import { identifier, messageName } from './names.js';

/**
 * What a world that is well again does: it finds, opens, confirms and closes, gives network and power back and lets waits end. `link.verified`
 * is not among them: it answers a check, which only trouble causes, and leads nowhere.
 */
const answers: readonly Message['type'][] = [
  'server.found',
  'link.opened',
  'session.synchronized',
  'status.published',
  'link.closed',
  'retry.due',
  'network.restored',
  'power.resumed',
];

/** Who sends a message: people ask; the world answers, well or for a final reason; everything else is trouble, or at least nothing that anybody waits for. */
export function senderOf(message: Message): 'people' | 'world' | 'trouble' {
  if (message.type.endsWith('.request')) return 'people';
  // A line that is lost answers nothing, for whatever reason.
  const isRefusal = message.type !== 'link.lost' && 'reason' in message && reasons[message.reason].final;
  return isRefusal || answers.includes(message.type) ? 'world' : 'trouble';
}

/** What a state is to somebody who wants to be signed in. */
export type Situation = 'over' | 'wanted' | 'online' | 'leaving';
export function situationOf(leaf: Leaf): Situation {
  const phase = phaseOf(leaf);
  if (phase === 'online') return phase;
  return phase === 'signedOut' ? 'over' : phase === 'disconnecting' ? 'leaving' : 'wanted';
}

/** The leaves that an automaton has, in the order of its states. */
export const leavesOf = ({ states }: Automaton): Leaf[] => [...new Set(states.map(({ leaf }) => leaf))];

/** One message with what becomes of it in each state; `undefined` where it cannot come. */
export interface Column {
  readonly message: Message;
  readonly name: string;
  readonly steps: readonly (AutomatonStep | undefined)[];
}

/** The messages that can come in some state. @throws TypeError if two have the same name */
export function columnsOf({ messages, states }: Automaton): Column[] {
  const byMessage = states.map(({ steps }) => new Map(steps.map((step) => [step.message, step])));
  const columns = messages.map((message) => ({
    message,
    name: identifier(messageName(message)),
    steps: byMessage.map((steps) => steps.get(message)),
  }));
  const twice = columns.find(({ name }, index) => columns.findIndex((other) => other.name === name) !== index);
  if (twice) throw new TypeError(`two messages are called ${twice.name}`);
  return columns.filter(({ steps }) => steps.some((step) => step !== undefined));
}

/** Tables by content: what is the same for several messages is written once. */
export class Tables {
  readonly #names = new Map<string, string>();
  readonly #write: (name: string, values: readonly number[]) => void;

  /** @param write is told each table that is new */
  constructor(write: (name: string, values: readonly number[]) => void) {
    this.#write = write;
  }

  /** @returns the name of the table of this kind that has these values */
  add(kind: string, name: string, values: readonly number[]): string {
    const key = `${kind} ${values.join()}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    this.#names.set(key, `${kind}_${name}`);
    this.#write(`${kind}_${name}`, values);
    return `${kind}_${name}`;
  }
}

/** Numbers in lines of two dozen. */
export function rowsOf(values: readonly number[]): string {
  const rows: string[] = [];
  for (let at = 0; at < values.length; at += 24) rows.push(`  ${values.slice(at, at + 24).join(', ')}`);
  return rows.join(',\n');
}
