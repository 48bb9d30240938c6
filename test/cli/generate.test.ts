/** `generate`: what it prints and writes, what it does not understand, and what cannot be written. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { serviceFile, transportFile, uiFile, vectorFiles } from '../../src/generate/index.js';
import { runFake } from './fakes.js';

const home = mkdtempSync(join(tmpdir(), 'presence-generate-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
let folders = 0;
const place = () => join(home, `${(folders += 1)}`);
const counts = /^edges \d+, pairs \d+, paths \d+, steps \d+, lower bound \d+, ratio \d\.\d\d\n$/;

describe('generate', () => {
  it.each([[['generate', '--help']], [['help', 'generate']]])('explains itself with %j', async (args) => {
    const { code, out, err } = await runFake(args);
    expect([code, err]).toEqual([0, '']);
    for (const word of [
      '--runner',
      'jest, vitest, node',
      'service, transport, ui',
      '--vectors',
      '--out',
      '--states',
      '--max-steps',
      'waitingToRetry',
      'Exit codes:',
    ]) {
      expect(out).toContain(word);
    }
  });

  it('prints the suite of a service for node:test unless it is told otherwise; the counts go to the error output', async () => {
    const { code, out, err } = await runFake(['generate']);
    expect(code).toBe(0);
    expect(out).toBe(serviceFile('node', {}).file.text);
    expect(err).toMatch(counts);
  }, 30_000);

  it.each(['jest', 'vitest', 'node'] as const)(
    'takes the runner %s',
    async (runner) => {
      const some = ['--states', 'held, busy', '--max-steps', '30', '--cover', 'edges'];
      const { out } = await runFake(['generate', '--runner', runner.toUpperCase(), ...some]);
      expect(out).toBe(serviceFile(runner, { states: ['held', 'busy'], maxSteps: 30, cover: 'edges' }).file.text);
    },
    30_000,
  );

  it('writes everything into a folder that it makes, in less than 5 s (M31)', async () => {
    const folder = join(place(), 'deep');
    const began = performance.now();
    for (const target of ['service', 'transport', 'ui']) {
      const { code, out } = await runFake(['generate', '--target', target, '--runner', 'vitest', '--out', folder]);
      expect([code, out]).toEqual([0, `${join(folder, `presence.${target}.test.mjs`)}\n`]);
    }
    const { code, out, err } = await runFake(['generate', '--vectors', '--out', folder]);
    const ms = Math.round(performance.now() - began);
    expect([code, out.trimEnd().split('\n').length]).toEqual([0, 2]);
    expect(err).toMatch(counts);
    process.stdout.write(`  everything generated in ${ms} ms\n`);
    // Where others are at work as well, it has to wait for its turn.
    expect(ms).toBeLessThan(5_000 * Math.max(1, (loadavg()[0] ?? 0) / availableParallelism()));
    expect(readdirSync(folder).sort()).toEqual([
      'presence.service.test.mjs',
      'presence.transport.test.mjs',
      'presence.ui.test.mjs',
      'presence.vectors.json',
      'presence.vectors.schema.json',
    ]);
    expect(readFileSync(join(folder, 'presence.transport.test.mjs'), 'utf8')).toBe(
      transportFile('vitest', './transport.js').text,
    );
    expect(readFileSync(join(folder, 'presence.ui.test.mjs'), 'utf8')).toBe(uiFile('vitest', './hooks.js', {}).file.text);
    const [vectors, schema] = vectorFiles({}).files;
    expect(readFileSync(join(folder, 'presence.vectors.json'), 'utf8')).toBe(vectors.text);
    expect(readFileSync(join(folder, 'presence.vectors.schema.json'), 'utf8')).toBe(schema.text);
  }, 30_000);

  it('writes to the file that is named, and the schema beside it', async () => {
    const folder = place();
    const file = join(folder, 'mine.json');
    const { code, out } = await runFake(['generate', '--vectors', '--out', file]);
    expect(code).toBe(0);
    expect(out).toBe(`${file}\n${join(folder, 'presence.vectors.schema.json')}\n`);
    expect(readFileSync(file, 'utf8')).toContain('"$schema": "./presence.vectors.schema.json"');
  });

  it('imports the modules that are named', async () => {
    const exam = await runFake(['generate', '--target', 'transport', '--transport', './my-transport.js']);
    expect(exam.out).toContain("import { makeTransport } from './my-transport.js';");
    const ui = await runFake(['generate', '--target', 'ui', '--hooks', './page.js', '--states', 'signedOut']);
    expect(ui.out).toContain("import * as hooks from './page.js';");
    expect(ui.out).toContain("states: ['signedOut']");
    for (const { out, code } of [exam, ui]) expect([code, /TODO|FIXME/.test(out)]).toEqual([0, false]);
  });

  it('says what so few steps leave out', async () => {
    const { code, err } = await runFake(['generate', '--max-steps', '2']);
    expect(code).toBe(0);
    expect(err).toMatch(/, out of reach of so few steps \d+\n$/);
  }, 30_000);
});

describe('generate does not understand', () => {
  it.each([
    [
      'an unknown runner',
      ['--runner', 'vittest'],
      'error: --runner: vittest is not one of jest, vitest, node. Did you mean vitest?\n',
    ],
    ['a runner like none', ['--runner', 'x'], 'error: --runner: x is not one of jest, vitest, node.\n'],
    [
      'an unknown target',
      ['--target', 'transprot'],
      'error: --target: transprot is not one of service, transport, ui. Did you mean transport?\n',
    ],
    [
      'an unknown state',
      ['--states', 'busy,onlin'],
      /^error: --states: onlin is not one of signedOut, .* Did you mean online\?\n$/,
    ],
    ['no state', ['--states', ''], /^error: --states: {2}is not one of/],
    ['an unknown cover', ['--cover', 'pair'], 'error: --cover: pair is not one of edges, pairs. Did you mean pairs?\n'],
    ['no steps', ['--max-steps', '0'], 'error: --max-steps: expected a whole number of 1 or more, got 0\n'],
    ['steps that are no number', ['--max-steps', 'many'], 'error: --max-steps: expected a whole number of 1 or more, got many\n'],
    ['vectors for a runner', ['--vectors', '--runner', 'jest'], /^error: --vectors are for every runner/],
    ['vectors for a target', ['--vectors', '--target', 'ui'], /^error: --vectors are for every runner/],
    ['a part of an exam', ['--target', 'transport', '--max-steps', '4'], /^error: the exam of a transport is always whole/],
    ['a transport for a service', ['--transport', './a.js'], 'error: --transport is for --target transport\n'],
    ['hooks for a transport', ['--target', 'transport', '--hooks', './a.js'], 'error: --hooks is for --target ui\n'],
    ['an option like another', ['--vector'], "error: unknown option '--vector'\n(Did you mean --vectors?)\n"],
  ])('%s', async (_, args, message) => {
    const { code, out, err } = await runFake(['generate', ...args]);
    expect([code, out]).toEqual([2, '']);
    if (typeof message === 'string') expect(err).toBe(message);
    else expect(err).toMatch(message);
  });
});

describe('generate cannot write', () => {
  it('into a folder that is a file', async () => {
    const folder = place();
    writeFileSync(folder, '');
    const { code, out, err } = await runFake(['generate', '--target', 'transport', '--out', join(folder, 'in')]);
    expect([code, out]).toEqual([1, '']);
    expect(err).toBe(`--out: cannot write ${join(folder, 'in', 'presence.transport.test.mjs')}: EEXIST\n`);
  });

  it('over a folder of that name', async () => {
    const folder = place();
    await runFake(['generate', '--target', 'transport', '--out', join(folder, 'presence.ui.test.mjs', 'x')]);
    const { code, err } = await runFake(['generate', '--target', 'ui', '--out', folder]);
    expect(code).toBe(1);
    expect(err).toBe(`--out: cannot write ${join(folder, 'presence.ui.test.mjs')}: EISDIR\n`);
  });

  it('where the system forbids it', async () => {
    const { code, out, err } = await runFake(['generate', '--vectors', '--out', '/proc/nowhere/vectors.json']);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^--out: cannot write \/proc\/nowhere\/vectors\.json: E[A-Z]+\n$/);
  });
});
