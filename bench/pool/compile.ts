/**
 * Compiling our chart, in a process that has done nothing else (P9), and the proof that the table is the chart: every configuration that it can reach is
 * walked together with the state of the table, and in each every message that can come there is tried on both.
 */
import { presenceMachine, samples, stepperOf, type Output, type State } from '../../machines/index.js';
import { Engine, followerOf, isOutside, programIn } from '../../src/table/engine.js';
import { readArtifact, type Table } from '../../src/table/format.js';
import { presenceArtifact } from '../../src/table/pool/artifact.js';
import { compilePresence, poolRules } from '../../src/table/presence.js';
import { wordOf } from '../../src/table/plain.js';
import { canCome } from '../../src/table/reach.js';
import { answer, cpu } from '../program.js';

export interface CompileAnswer {
  /** Of the processor, and as it was waited for. */
  readonly ms: number;
  readonly waited: number;
  readonly states: number;
  readonly letters: number;
  readonly bytes: number;
  readonly isPacked: boolean;
}
export interface EqualityAnswer {
  readonly configurations: number;
  readonly cells: number;
}

function compile(): CompileAnswer {
  const [begin, start] = [cpu(), performance.now()];
  const { artifact, table } = compilePresence();
  const [ms, waited] = [(cpu() - begin) / 1e6, performance.now() - start];
  const text = JSON.stringify(artifact);
  return {
    ms,
    waited,
    states: table.states,
    letters: table.letters.length,
    bytes: text.length,
    isPacked: text === JSON.stringify(presenceArtifact),
  };
}

/** What a cell of the table says and does. */
function readerOf(table: Table): (cell: number, code: number) => string {
  const engine = new Engine(table);
  return (cell, code) => {
    if (isOutside(cell)) return 'outside';
    const program = programIn(cell);
    const said = engine
      .emissionsOf(program)
      .map((prepared) => prepared.of(table.letters, code, undefined, (register) => table.registers[register]?.initial));
    const timers = engine.programOf(program).timers.map(({ timer, delay }) => [table.timers[timer]?.name, delay !== undefined]);
    return wordOf([said, timers]);
  };
}
/** The same as the chart has it. */
function wordsOf(outputs: readonly Output[]): string {
  const timers = outputs.flatMap((output) =>
    output.type === 'timer.start' ? [[output.timer, true]] : output.type === 'timer.stop' ? [[output.timer, false]] : [],
  );
  return wordOf([outputs.map((output) => ({ ...output })), timers]);
}

/** @throws Error at the first cell that is not what the chart does there */
function walk(table: Table): EqualityAnswer {
  const engine = new Engine(table);
  const read = readerOf(table);
  const { step, initial } = stepperOf(presenceMachine);
  const messages = samples(poolRules, 'all').map((message) => [message, engine.codeOf(message)] as const);
  const nameOf = ({ value, context }: State) => wordOf([value, context]);
  const start = initial(poolRules);
  const known = new Map([[nameOf(start), table.initial.state]]);
  const open: State[] = [start];
  let cells = 0;
  for (let from = open.pop(); from; from = open.pop()) {
    const state = known.get(nameOf(from)) as number;
    for (const [message, code] of messages) {
      if (!canCome(from, message)) continue;
      const cell = table.cells[(state << table.shift) | (table.letters[code]?.column ?? 0)] as number;
      const [next, outputs] = step(from, message);
      const said = wordsOf(outputs);
      const name = nameOf(next);
      const to = known.get(name) ?? followerOf(cell);
      const where = (): string => `${JSON.stringify(message)} in ${JSON.stringify(from?.value)}`;
      if (read(cell, code) !== said) throw new Error(`${where()}: the table says ${read(cell, code)}, the chart ${said}`);
      if (followerOf(cell) !== to) throw new Error(`${where()}: the table leads to ${followerOf(cell)}, and elsewhere to ${to}`);
      if (!known.has(name)) {
        known.set(name, to);
        open.push(next);
      }
      cells += 1;
    }
  }
  return { configurations: known.size, cells };
}

export interface CompileQuestion {
  readonly what: 'compile' | 'equality';
}
answer<CompileQuestion>((_, { what }): CompileAnswer | EqualityAnswer => {
  return what === 'compile' ? compile() : walk(readArtifact(presenceArtifact));
});
