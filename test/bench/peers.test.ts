/**
 * The peers of the bench still say what the chart says, word for word, limits that end included: they must not rot between two runs of it. Nothing is
 * timed here.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { peerNames } from '../../bench/peers/index.js';

const root = process.cwd();

describe('The peers of the bench', () => {
  it('say the same as an actor of the chart, from signedOut through online and waitingToRetry and back', async () => {
    const tsx = join(root, 'node_modules/tsx/dist/cli.mjs');
    const { stdout } = await promisify(execFile)(process.execPath, [tsx, 'bench/main.ts', '--prove'], { cwd: root });
    const [, peers, words] = /^(\d+) peers say the same (\d+) words\n$/.exec(stdout) ?? [];
    expect(Number(peers)).toBe(peerNames.length);
    expect(Number(words)).toBeGreaterThan(1_000);
  }, 60_000);

  it('are all there: each file that exports one is played', () => {
    const files = readdirSync(join(root, 'bench/peers')).filter((file) =>
      /^export const peer\b/m.test(readFileSync(join(root, 'bench/peers', file), 'utf8')),
    );
    expect(files.sort()).toEqual(peerNames.map((name) => `${name}.ts`).sort());
  });
});
