/**
 * An automaton as a TLA+ module: the steps as functions, calm as a variable that becomes true once, and the liveness property that a session
 * which is wanted settles. Made from the explored graph; it must never hold a step that is not in it. No checker of TLA+ is run on it
 * here: tests look at its form and read its tables back.
 */
import type { Automaton } from '../table/minimize.js';
import { outputName, rulesText } from './names.js';
import { columnsOf, leavesOf, rowsOf, senderOf, situationOf, Tables, type Column } from './world.js';

/**
 * The automaton as a module `Presence`, for TLC: `SPECIFICATION Spec`, `INVARIANT TypeOK`, `PROPERTY Settles`. States count from 1. `said` is what
 * the last step said; with `VIEW State` it does not multiply the states.
 */
export function toTla(automaton: Automaton): string {
  const { states, rules } = automaton;
  const said: string[] = [];
  const places = new Map<string, number>();
  const placeOf = (outputs: string): number => {
    const known = places.get(outputs) ?? said.push(outputs);
    places.set(outputs, known);
    return known;
  };
  const columns = columnsOf(automaton);
  const lines: string[] = [];
  const tables = new Tables((name, values) => lines.push(`${name} == <<\n${rowsOf(values)} >>`));
  const named = columns.map(({ name, steps }) => ({
    name,
    to: tables.add(
      'To',
      name,
      steps.map((step) => (step ? step.to + 1 : 0)),
    ),
    says: tables.add(
      'Says',
      name,
      steps.map((step) => (step ? placeOf(step.outputs.map((output) => `"${outputName(output)}"`).join(', ')) : 0)),
    ),
  }));
  const leaves = leavesOf(automaton);
  const leavesThat = (situations: readonly string[]) => quoted(leaves.filter((leaf) => situations.includes(situationOf(leaf))));
  return [
    '---- MODULE Presence ----',
    `\\* ${states.length} states. ${rulesText(rules)}.`,
    'EXTENDS Naturals, Sequences',
    '',
    'VARIABLES state, said, calm',
    'vars == << state, said, calm >>',
    'State == << state, calm >>',
    '',
    `Requests == ${quoted(sentBy(columns, 'people'))}`,
    `Answers == ${quoted(sentBy(columns, 'world'))}`,
    `Troubles == ${quoted(sentBy(columns, 'trouble'))}`,
    '',
    `Leaf == <<\n${states.map(({ leaf }) => `  "${leaf}"`).join(',\n')} >>`,
    `Said == <<\n${said.map((outputs) => `  << ${outputs} >>`).join(',\n')} >>`,
    '\\* By message and state: the next state, and the place in Said; 0 where the message cannot come.',
    ...lines,
    `To == [\n${named.map(({ name, to }) => `  ${name} |-> ${to}`).join(',\n')} ]`,
    `Says == [\n${named.map(({ name, says }) => `  ${name} |-> ${says}`).join(',\n')} ]`,
    '',
    'Take(m) == /\\ To[m][state] # 0',
    "           /\\ state' = To[m][state]",
    "           /\\ said' = Said[Says[m][state]]",
    '           /\\ UNCHANGED calm',
    'Answer == \\E m \\in Answers : Take(m)',
    'Disturb == ~calm /\\ \\E m \\in Requests \\cup Troubles : Take(m)',
    "CalmDown == ~calm /\\ calm' = TRUE /\\ UNCHANGED << state, said >>",
    '',
    'Init == state = 1 /\\ said = << >> /\\ calm = FALSE',
    'Next == Answer \\/ Disturb \\/ CalmDown',
    'Spec == Init /\\ [][Next]_vars /\\ WF_vars(Answer) /\\ WF_vars(CalmDown)',
    '',
    'TypeOK == state \\in 1..Len(Leaf) /\\ calm \\in BOOLEAN',
    `Wanted == Leaf[state] \\in ${leavesThat(['wanted'])}`,
    `Settled == Leaf[state] \\in ${leavesThat(['online', 'over'])}`,
    'Settles == Wanted ~> Settled',
    '====',
    '',
  ].join('\n');
}

const quoted = (names: readonly string[]): string => `{${names.map((name) => `"${name}"`).join(', ')}}`;
const sentBy = (columns: readonly Column[], sender: ReturnType<typeof senderOf>): string[] =>
  columns.filter(({ message }) => senderOf(message) === sender).map(({ name }) => name);
