/**
 * The drawn files are what would be drawn now: a change of behaviour is not taken without its picture and its table. To be compared, never
 * to be written, by a test.
 */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { drawnFiles, drawnFolder } from '../../src/draw/files.js';

describe('M31 the drawn files', () => {
  let drawn: ReadonlyMap<string, string>;
  beforeAll(async () => {
    drawn = await drawnFiles();
  }, 120_000);

  it.each([
    'grammar.json',
    'presence.layout.json',
    'presence.mmd',
    'presence.overview.json',
    'presence.svg',
    'presence.table.json',
    'presence.table.md',
    'traceability.md',
  ])('%s is what the chart says now', async (name) => {
    const file = join(drawnFolder, name);
    const there = (await readFile(file, 'utf8').catch(() => '')).split('\n');
    const now = (drawn.get(name) ?? '').split('\n');
    const line = now.findIndex((text, index) => text !== there[index]);
    if (line < 0 && now.length === there.length) return;
    const at = line < 0 ? now.length : line;
    throw new Error(
      `${file} is not what the chart says: run \`npm run draw\` and read the diff.\n` +
        `First at line ${at + 1}\n  there: ${there[at] ?? '(nothing)'}\n  now:   ${now[at] ?? '(nothing)'}`,
    );
  });

  it('are all of them, and no others', async () => {
    expect((await readdir(drawnFolder)).sort()).toEqual([...drawn.keys()].sort());
  });

  it('hold no date and no version', () => {
    for (const text of drawn.values()) expect(text).not.toMatch(/\b20\d\d-\d\d-\d\d\b|\bv?\d+\.\d+\.\d+\b/);
  });
});
