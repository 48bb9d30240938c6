/** `export`: what it prints and writes in each format, what it does not understand, and what cannot be written. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { presenceMachine } from '../../machines/index.js';
import { toMermaid } from '../../src/draw/index.js';
import { toDot, toPromela, toScxml, toTla, toXStateJson } from '../../src/exports/index.js';
import { explore } from '../../src/table/explore.js';
import { minimize, type Automaton } from '../../src/table/minimize.js';
import { killLeftovers, runFake, startCommand } from './fakes.js';

const home = mkdtempSync(join(tmpdir(), 'presence-export-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
afterEach(killLeftovers);
const formats = 'scxml, promela, tla, dot, mermaid, xstate';

describe('export', () => {
  it.each([[['export', '--help']], [['help', 'export']]])('explains itself with %j', async (args) => {
    const { code, out, err } = await runFake(args);
    expect([code, err]).toEqual([0, '']);
    for (const word of ['--format', formats, '--out', 'ONLINE and BUSY', 'spin -a', 'createMachine', 'Exit codes:'])
      expect(out).toContain(word);
  });

  describe('of every state that can be reached', () => {
    let automaton: Automaton;
    beforeAll(() => {
      automaton = minimize(explore());
    }, 30_000);

    it.each([
      ['promela', (machine: Automaton) => toPromela(machine)],
      ['TLA', (machine: Automaton) => toTla(machine)],
    ])(
      'prints %s',
      async (format, made) => {
        const { code, out, err } = await runFake(['export', '--format', format]);
        expect([code, err]).toEqual([0, '']);
        expect(out).toBe(made(automaton));
      },
      30_000,
    );

    it('prints all of a long one into a pipe', async () => {
      const { code, out, err } = await startCommand(['export', '--format', 'scxml']).end;
      expect([code, err]).toEqual([0, '']);
      expect(out.length).toBeGreaterThan(1_000_000);
      expect(out).toBe(toScxml(automaton));
    }, 60_000);
  });

  it.each([
    ['dot', toDot],
    ['mermaid', toMermaid],
    ['xstate', toXStateJson],
  ])('prints the chart as it is written as %s, and writes the same to a file', async (format, made) => {
    const { code, out, err } = await runFake(['export', '--format', format]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toBe(made(presenceMachine).replace(/\n?$/, '\n'));
    const file = join(home, `chart.${format}`);
    expect(await runFake(['export', '--format', format, '--out', file])).toEqual({ code: 0, out: '', err: '' });
    expect(readFileSync(file, 'utf8')).toBe(out);
  });
});

describe('export does not understand', () => {
  it.each([
    ['no format', [], `error: say a format with --format: one of ${formats}\n`],
    ['a format like another', ['--format', 'scmxl'], `error: --format: scmxl is not one of ${formats}. Did you mean scxml?\n`],
    ['a format like none', ['--format', 'pdf'], `error: --format: pdf is not one of ${formats}.\n`],
    ['a name that every object has', ['--format', 'constructor'], `error: --format: constructor is not one of ${formats}.\n`],
    ['no name of a format', ['--format'], "error: option '--format <format>' argument missing\n"],
    [
      'a file without its option',
      ['--format', 'dot', 'a.dot'],
      "error: too many arguments for 'export'. Expected 0 arguments but got 1.\n",
    ],
    ['an option like another', ['--fromat', 'dot'], "error: unknown option '--fromat'\n(Did you mean --format?)\n"],
  ])('%s, exit code 2', async (_, args, err) => {
    expect(await runFake(['export', ...args])).toEqual({ code: 2, out: '', err });
  });

  it('a verb like it', async () => {
    const { code, err } = await runFake(['exprot']);
    expect([code, err]).toEqual([2, "error: unknown command 'exprot'\n(Did you mean export?)\n"]);
  });
});

describe('export cannot write', () => {
  it.each([
    ['into a folder that is not there', 'missing/chart.dot', 'no such folder'],
    ['over a folder', '.', 'it is a folder'],
    ['into a file', 'plain/chart.dot', 'a part of the path is no folder'],
  ])('%s, exit code 1', async (_, name, problem) => {
    writeFileSync(join(home, 'plain'), '');
    const file = join(home, name);
    const { code, out, err } = await runFake(['export', '--format', 'dot', '--out', file]);
    expect([code, out, err]).toEqual([1, '', `--out: cannot write ${file}: ${problem}\n`]);
  });
});
