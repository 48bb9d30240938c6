/** The benches of the inspector still run and print what they promise. They are run small, so their figures mean nothing here and none is judged. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { chromiumAvailable } from './support/chromium.js';

const root = process.cwd();
const tsx = join(root, 'node_modules/tsx/dist/cli.mjs');
const run = async (bench: string): Promise<string> =>
  (await promisify(execFile)(process.execPath, [tsx, `bench/${bench}.ts`, '--quick'], { cwd: root })).stdout;

describe('The bench of the observer', () => {
  it('tells what being inspected costs, as a guest and as the one that serves the page', async () => {
    const stdout = await run('inspector');
    for (const row of ['not inspected', 'inspected as a guest', 'inspected, serving a page that looks'])
      expect(stdout).toMatch(new RegExp(`\\| ${row} +\\| +[0-9.]+ \\|`));
    expect(stdout.match(/ [0-9.-]+ % \|\n/g)?.length).toBe(3);
  }, 120_000);
});

(chromiumAvailable ? describe : describe.skip)('The bench of the page', () => {
  it('tells weight, first paint and longest task', async () => {
    const stdout = await run('inspector-page');
    expect(stdout).toMatch(/\| all files of the page, compressed +\| +[0-9.]+ kB \| +200 kB \|/);
    expect(stdout).toMatch(/\| first paint with the chart, median +\| +[0-9.]+ ms \| +500 ms \|/);
    expect(stdout).toMatch(/\| longest task meanwhile, median +\| +[0-9.]+ ms \| +50 ms \|/);
    expect(stdout).not.toContain('NaN');
  }, 120_000);
});
