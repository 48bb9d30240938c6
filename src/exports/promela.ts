/**
 * An automaton as Promela for `spin`: its steps as tables; people, world and trouble as processes; and the laws of notices as assertions of
 * one that listens. The laws are written there a second time, on purpose, without a look at `machines/laws.ts`. It is made from the
 * explored graph, and must never hold anything that is not in it but the listener.
 */
import { type Message } from '../../machines/index.js';
import type { Automaton, AutomatonStep } from '../table/minimize.js';
import { outputName, rulesText } from './names.js';
import { declarations, formulas, heardLines, type Heard } from './promela-laws.js';
import { columnsOf, leavesOf, rowsOf, senderOf, situationOf, Tables, type Situation } from './world.js';

export interface PromelaOptions {
  /**
   * `true`: with processes, laws and the liveness formulas `settles` and `answers`. `false`: nothing but the automaton, so that the number of
   * states that spin stores is that of its states. Default `true`.
   */
  readonly laws?: boolean;
}

/** What spin's parser takes in one list, with room to spare. */
const mostStates = 4_000;
/** The width of spin's `mtype`. */
const mostMessages = 255;

/**
 * The automaton as a Promela model.
 * @returns text for `spin -a`; compile with `gcc -O0`: the tables are set in one long function, over which an optimizer takes minutes
 * @throws RangeError for more states or messages than spin can hold
 */
export function toPromela(automaton: Automaton, { laws = true }: PromelaOptions = {}): string {
  const { states, messages, rules } = automaton;
  if (states.length > mostStates) throw new RangeError(`toPromela: ${states.length} states, at most ${mostStates}`);
  if (messages.length > mostMessages) throw new RangeError(`toPromela: ${messages.length} messages, at most ${mostMessages}`);

  const lines: string[] = [];
  const tables = new Tables((name, values) => lines.push(table(name, values)));
  const heard = new Map<string, Heard>();
  const options = columnsOf(automaton).map(({ message, name, steps }): Option => {
    const targets = steps.map((step) => (step ? step.to + 1 : 0));
    const told = steps.map((step) => (step && laws ? numberOf(step, heard) : 0));
    return { message, name, to: tables.add('to', name, targets), says: laws ? tables.add('says', name, told) : '' };
  });
  const opening = [
    `/* Presence: ${states.length} states, ${messages.length} messages. ${rulesText(rules)}. */`,
    '/* Tables by message: the number of the next state plus one, by state; 0 where the message cannot come. Equal ones stand once. */',
    ...lines,
    'short state = 0;',
  ];
  if (!laws) return [...opening, ...bareChart(options), ''].join('\n');

  const leaves = leavesOf(automaton);
  const places = states.map(({ leaf }) => leaves.indexOf(leaf));
  const define = (name: string, situation: Situation) => {
    const found = [...leaves.keys()].filter((place) => situationOf(leaves[place] ?? 'signedOut') === situation);
    return `#define ${name} (${found.map((place) => `leaf[state] == ${place} /* ${leaves[place]} */`).join(' || ') || 'false'})`;
  };
  return [
    ...opening,
    `mtype = { ${options.map(({ name }) => name).join(', ')} };`,
    table('leaf', places),
    define('wanted', 'wanted'),
    define('online', 'online'),
    define('over', 'over'),
    '/* What has come last, and the number of what was said about it; 0: the listener has heard everything. */',
    'mtype message;',
    'short said = 0;',
    declarations,
    ...surroundings(options),
    'active proctype laws() {',
    'end:',
    '  do',
    ...[...heard.values()].flatMap((one) => heardLines(one).map((line) => `  ${line}`)),
    '  od',
    '}',
    formulas,
    '',
  ].join('\n');
}

interface Option {
  readonly message: Message;
  readonly name: string;
  /** The names of its tables. */
  readonly to: string;
  readonly says: string;
}

/** `hidden`: it never changes, so it is no part of what spin stores. */
const table = (name: string, values: readonly number[]): string =>
  `hidden short ${name}[${values.length}] = {\n${rowsOf(values)}\n};`;

function numberOf({ message, outputs }: AutomatonStep, heard: Map<string, Heard>): number {
  const effect = effectOf(message);
  const key = [effect, ...outputs.map(outputName)].join(' ');
  const known = heard.get(key) ?? { number: heard.size + 1, effect, outputs };
  heard.set(key, known);
  return known.number;
}

/** What a message itself means to the listener, whatever is said about it. */
function effectOf(message: Message): string {
  switch (message.type) {
    case 'signin.request':
    case 'session.restored':
      return 'begins_anew()';
    case 'status.request':
      return 'asked()';
    case 'link.opened':
      return 'opened()';
    case 'link.lost':
    case 'check.expired':
      return 'lost_line()';
    case 'status.published':
    case 'status.refused':
      return message.by === 'signin' ? 'first_answer()' : `answered(${message.by === 'user' ? 'USER' : 'AUTOMATIC'})`;
    case 'publish.expired':
      return 'answered(at_server)';
    default:
      return '';
  }
}

/** Without an end label, so that a state without any step is an invalid end state. */
function bareChart(options: readonly Option[]): string[] {
  return [
    'active proctype chart() {',
    '  do',
    ...options.map(({ name, to }) => `  :: d_step { ${to}[state] != 0 -> state = ${to}[state] - 1 } /* ${name} */`),
    '  od',
    '}',
  ];
}

function surroundings(options: readonly Option[]): string[] {
  const come = (sender: ReturnType<typeof senderOf>) =>
    options
      .filter(({ message }) => senderOf(message) === sender)
      .map(
        ({ name, to, says }) =>
          `  :: d_step { said == 0 && ${to}[state] != 0 -> message = ${name}; said = ${says}[state]; state = ${to}[state] - 1 }`,
      );
  return [
    'bool asking = true;',
    'bool troubled = true;',
    '#define calm (!asking && !troubled)',
    '/* People ask for what they like, and may stop asking. */',
    'active proctype people() {',
    'end:',
    '  do',
    ...come('people'),
    '  :: asking = false; break',
    '  od',
    '}',
    '/* Limits run out, lines break, devices sleep; that may stop, too. */',
    'active proctype trouble() {',
    'end:',
    '  do',
    ...come('trouble'),
    '  :: troubled = false; break',
    '  od',
    '}',
    '/* The world answers. It may rest only when nobody waits for it, so a machine that waits for ever is an invalid end state. */',
    'active proctype world() {',
    '  do',
    ...come('world'),
    '  :: said == 0 && calm && changes == 0 && (online || over) -> break',
    '  od',
    '}',
  ];
}
