/** `walk`: help, the whole tour, one state, files, exit codes; plain text that fits a terminal. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { leaves } from '../../machines/index.js';
import { shortestPathsTo, traces } from '../../src/explain/index.js';
import { runFake } from './fakes.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'walk-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('walk', () => {
  it('has a help with the names of the states, and the exit codes', async () => {
    const { code, out, err } = await runFake(['walk', '--help']);
    expect([code, err]).toEqual([0, '']);
    for (const word of ['presence-machine walk', '--to', '--output', 'waitingToRetry', 'Exit codes:'])
      expect(out).toContain(word);
  });

  it('goes to each state and through each trace, a numbered page each', async () => {
    const { code, out, err } = await runFake(['walk']);
    expect([code, err]).toEqual([0, '']);
    const pages = out.split(/\n(?=\[)/);
    const size = leaves.length + traces.length;
    expect(pages.map((page) => /^\[(\d+)\/(\d+)\] /.exec(page)?.slice(1).map(Number))).toEqual(
      Array.from({ length: size }, (_, at) => [at + 1, size]),
    );
    for (const leaf of leaves) expect(out).toContain(`] To ${leaf}: `);
    for (const { id, says } of traces) expect(out).toContain(`] ${id}, ${says}\n`);
    expect(out.split('\n').filter((line) => line.length > 120)).toEqual([]);
    expect(out).not.toContain('\u001b');
  });

  it('tells the way to one state, with its notices', async () => {
    const { code, out } = await runFake(['walk', '--to', 'connecting']);
    expect(code).toBe(0);
    expect(out).toBe(
      [
        '[1/1] To connecting: Connects and logs on; one expired token may be renewed within the same limit.',
        '  1.  You sign in. [signin.request]',
        '      findingServer: OnMyStatusChange S_OK LOCAL_FINDING_SERVER, progress',
        '  2.  The server of the name is found. [server.found]',
        '      connecting: OnMyStatusChange S_OK LOCAL_CONNECTING_TO_SERVER, progress',
        '',
      ].join('\n'),
    );
  });

  it('tells all shortest ways, to every state that shows a status', async () => {
    const { out } = await runFake(['walk', '--to', 'OFFLINE']);
    const count = (['signedOut', 'waitingToRetry', 'held'] as const).reduce((sum, leaf) => sum + shortestPathsTo(leaf).length, 0);
    expect(out.match(/^\[/gm)?.length).toBe(count);
    expect(count).toBeGreaterThan(3);
    expect(out).toContain('  Here a service begins.');
  });

  it('writes to a file', async () => {
    const file = join(folder, 'tour.txt');
    expect(await runFake(['walk', '--to', 'held', '--output', file])).toEqual({ code: 0, out: '', err: '' });
    expect(await readFile(file, 'utf8')).toBe((await runFake(['walk', '--to', 'held'])).out);
  });

  it.each([
    [['--to', 'hled'], 'error: --to: hled is no state. Did you mean held?\n'],
    [['--to', 'xxxxxxxxxx'], 'error: --to: xxxxxxxxxx is no state.\n'],
    [['--too', 'held'], "error: unknown option '--too'\n(Did you mean --to?)\n"],
    [['held'], "error: too many arguments for 'walk'. Expected 0 arguments but got 1.\n"],
  ])('does not understand %j, exit code 2', async (args, err) => {
    expect(await runFake(['walk', ...args])).toEqual({ code: 2, out: '', err });
  });

  it('says that it cannot write, exit code 1', async () => {
    const file = join(folder, 'no', 'tour.txt');
    const { code, out, err } = await runFake(['walk', '--to', 'held', '--output', file]);
    expect([code, out, err]).toEqual([1, '', `--output: cannot write ${file}: no such folder\n`]);
  });
});
