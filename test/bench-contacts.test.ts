/** The bench of contacts still runs and prints what it promises. It is run small, so its figures mean nothing here and none is judged. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const root = process.cwd();

describe('The bench of contacts', () => {
  it('runs small, proves that every change and every contact is told, and prints its ratios', async () => {
    const tsx = join(root, 'node_modules/tsx/dist/cli.mjs');
    const { stdout } = await promisify(execFile)(process.execPath, [tsx, 'bench/contacts.ts', '--quick'], { cwd: root });
    expect(stdout).toMatch(/one change among 2000 +\| +\d+\.\d \|/);
    expect(stdout).toMatch(/sign-in with 2000 contacts[^|]*\| +\d+\.\d \|/);
    expect(stdout).toMatch(/a change: among 2000 \/ among 100 +\| +\d+\.\d\d \|/);
    expect(stdout).toMatch(/the whole list: service \/ bare map +\| +\d+\.\d\d \|/);
  }, 60_000);
});
