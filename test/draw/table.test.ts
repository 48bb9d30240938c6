/**
 * The table: that it says what the walk found, all of it, in words that hold for every situation that they stand for.
 */
import { describe, expect, it } from '@jest/globals';
import {
  MISTATUS,
  fullRules,
  isNotice,
  leafOf,
  leaves,
  presenceMachine,
  resultName,
  samples,
  smallRules,
  statusName,
  type Message,
} from '../../machines/index.js';
import { explorationsOf } from '../../src/draw/files.js';
import { tableToMarkdown, toTable, type Outcome } from '../../src/draw/index.js';
import { explore, type Cell } from '../../src/table/explore.js';
import { isWhole } from '../support/whole.js';
import { withoutTransition } from './mutant.js';

const walk = explore();
const table = toTable(walk);
const leafTable = (leaf: string) => table.leaves.find((one) => one.leaf === leaf);
const outcomesOf = ({ from, message }: Cell): readonly Outcome[] =>
  leafTable(leafOf(from))?.handled.find((row) => row.message === message.type)?.outcomes ?? [];

/** Whether an outcome can stand for a cell, as far as it says so without its words. */
function fits({ to, commands, notices, onlyIf }: Outcome, cell: Cell): boolean {
  const said = [...commands, ...notices].map((text) => text.split(' ')[0]);
  const done = [...cell.outputs.filter((output) => !isNotice(output)), ...cell.outputs.filter(isNotice)].map(({ type }) => type);
  const told = 'status' in cell.message ? cell.message.status : undefined;
  const [from, now] = [leafOf(cell.from), leafOf(cell.to)];
  const reaches = to === '<told>' ? cell.to.context.shown === told : to.startsWith('<') || to === (now === from ? 'stays' : now);
  const holds = onlyIf.every(({ of, is }) => {
    if (of === 'user') return is.includes(cell.from.context.user);
    if (of === 'by') return is.includes('by' in cell.message ? cell.message.by : cell.from.context.by);
    return true;
  });
  return reaches && holds && JSON.stringify(said) === JSON.stringify(done);
}

describe('The table', () => {
  it('has every handled pair of leaf and message, and only those', () => {
    const handled = new Set(
      walk.cells.flatMap((cell) => (cell.kind === 'handled' ? [`${leafOf(cell.from)} ${cell.message.type}`] : [])),
    );
    const listed = table.leaves.flatMap(({ leaf, handled: rows }) => rows.map(({ message }) => `${leaf} ${message}`));
    expect(listed.sort()).toEqual([...handled].sort());
  });

  it('has an outcome for every handled cell, with the same commands and notices in the same order', () => {
    const missing = walk.cells.filter(
      (cell) => cell.kind === 'handled' && !outcomesOf(cell).some((outcome) => fits(outcome, cell)),
    );
    expect(missing.map(({ from, message }) => `${leafOf(from)} ${message.type}`)).toEqual([]);
  });

  it('has no outcome that nothing comes to', () => {
    const idle = table.leaves.flatMap(({ leaf, handled }) => {
      const cells = walk.cells.filter((cell) => cell.kind === 'handled' && leafOf(cell.from) === leaf);
      return handled.flatMap(({ message, outcomes }) =>
        outcomes.filter((outcome) => !cells.some((cell) => cell.message.type === message && fits(outcome, cell))),
      );
    });
    expect(idle).toEqual([]);
  });

  it('has every message of the alphabet in every leaf: handled, ignored, refused or impossible (L25)', () => {
    const all = [...new Set(samples(smallRules).map(({ type }: Message) => type))].sort();
    for (const { leaf, handled, ignored, impossible, refused } of table.leaves) {
      const quiet = [...ignored, ...impossible].flatMap(({ always, sometimes }) => [...always, ...sometimes]);
      const listed = [...[...handled, ...refused].map(({ message }) => message), ...quiet];
      expect([leaf, [...new Set(listed)].sort()]).toEqual([leaf, all]);
    }
  });

  it('says always only of what is never handled', () => {
    for (const { handled, ignored, impossible } of table.leaves) {
      const always = [...ignored, ...impossible].flatMap((row) => row.always);
      expect(handled.filter(({ message }) => always.includes(message))).toEqual([]);
    }
  });

  it('says every refusal with its code', () => {
    const refused = new Set(
      walk.cells.flatMap(({ kind, from, message, hr = 0 }) =>
        kind === 'refused' ? [`${leafOf(from)} ${message.type} ${resultName(hr)}`] : [],
      ),
    );
    const listed = table.leaves.flatMap(({ leaf, refused: rows }) => rows.map(({ message, hr }) => `${leaf} ${message} ${hr}`));
    expect(listed.sort()).toEqual([...refused].sort());
  });

  it('tells apart what depends on the reason and on the tries (L22)', () => {
    const row = leafTable('findingServer')?.handled.find(({ message }) => message === 'server.failed');
    const waits = row?.outcomes.find(({ to }) => to === 'waitingToRetry');
    expect(waits?.onlyIf).toEqual([
      { of: 'its reason', is: ['not final'] },
      { of: 'tries', is: ['retry'] },
    ]);
    expect(waits?.notices).toEqual(['OnSignin <hr> <reason>', 'OnMyStatusChange S_OK OFFLINE <reason>']);
  });

  it('changes with a transition that is taken away', () => {
    const mutated = toTable(explore({ chart: withoutTransition(['session', 'signedIn'], 'idle.due') }));
    const handles = mutated.leaves.flatMap(({ leaf, handled }) =>
      handled.some(({ message }) => message === 'idle.due') ? [leaf] : [],
    );
    expect(handles).toEqual([]);
    expect(leafTable('online')?.handled.some(({ message }) => message === 'idle.due')).toBe(true);
  });

  it('has every answer of every call (L16)', () => {
    const busy = table.answers.find(({ call }) => call === 'signin, other name');
    expect(busy?.answers.online).toEqual({ hr: 'MSGR_E_ALREADY_LOGGED_ON', effect: 'refused' });
    expect(table.answers.flatMap(({ answers }) => Object.keys(answers)).length).toBe(5 * 6);
  });

  // One walk with all statuses takes long; the walks that are drawn must say the same.
  if (isWhole('the comparison of the drawn walks with one of all statuses')) {
    it('says the same of several walks with few statuses as of one with all', () => {
      expect(toTable(explorationsOf(presenceMachine))).toEqual(toTable(explore({ rules: fullRules })));
    }, 600_000);
  }
});

describe('The page of the table', () => {
  const page = tableToMarkdown(table);

  it('has one section for each leaf', () => {
    const reached = new Set([...walk.states.values()].map(leafOf));
    const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(['Answers of the calls', ...leaves.filter((leaf) => reached.has(leaf))]);
  });

  it('has tables whose rows have as many cells as their head', () => {
    const tables = page.split('\n\n').filter((block) => block.startsWith('|'));
    expect(tables.length).toBe(table.leaves.length + 1);
    for (const block of tables) {
      const widths = block.split('\n').map((line) => line.split(/(?<!\\)\|/).length);
      expect(new Set(widths).size).toBe(1);
    }
  });

  it('says rows that two leaves share only once', () => {
    const online = leafTable('online');
    if (!online) throw new RangeError('online');
    const twin = { ...online, leaf: 'onThePhone' as const, status: statusName(MISTATUS.ON_THE_PHONE) };
    const shared = tableToMarkdown({ ...table, leaves: [online, twin] });
    expect(shared).toContain('Shows `ON_THE_PHONE` (0x32). The same rows as [online](#online).');
  });
});
