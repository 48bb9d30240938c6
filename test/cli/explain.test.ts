/** `explain` (B21): help, names in any case, suggestions, JSON, files, exit codes. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { explain, type Explanation } from '../../src/explain/index.js';
import { runFake } from './fakes.js';

const lines = (state: Parameters<typeof explain>[0], event: Parameters<typeof explain>[1]): string =>
  explain(state, event)
    .map(({ sentence }) => `${sentence}\n`)
    .join('');
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'explain-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('explain', () => {
  it('has a help with the names of all states and events, and the exit codes', async () => {
    const { code, out, err } = await runFake(['explain', '--help']);
    expect([code, err]).toEqual([0, '']);
    for (const word of [
      'presence-machine explain',
      '--all',
      '--json',
      '--output',
      'waitingToRetry',
      'BE_RIGHT_BACK',
      'setStatus',
      'link.lost',
      'Exit codes:',
    ])
      expect(out).toContain(word);
  });

  it.each([
    [['connecting', 'signout']],
    [['CONNECTING', 'SignOut']],
    [['local_connecting_to_server', 'signout']],
    [['local-connecting-to-server', 'signout']],
  ])('says what happens: %j', async (args) => {
    expect(await runFake(['explain', ...args])).toEqual({ code: 0, out: lines('connecting', 'signout'), err: '' });
  });

  it('takes the name of a message as well as that of a call', async () => {
    const { out } = await runFake(['explain', 'online', 'link.lost']);
    expect(out).toBe(lines('online', 'link.lost'));
    expect(out).toContain('OnMyStatusChange S_OK OFFLINE');
  });

  it('explains every state that shows a status', async () => {
    const { out } = await runFake(['explain', 'offline', 'signout']);
    expect(out).toBe(lines('signedOut', 'signout') + lines('waitingToRetry', 'signout') + lines('held', 'signout'));
  });

  it('explains every event of a state when none is named', async () => {
    const { code, out } = await runFake(['explain', 'held']);
    expect(code).toBe(0);
    for (const event of ['signin', 'setStatus', 'retry.due', 'clock.jumped', 'network.restored'])
      expect(out).toContain(`In held, ${event} `);
  });

  it('writes JSON with all that a sentence is made of', async () => {
    const { out } = await runFake(['explain', 'findingServer', 'server.failed', '--json']);
    const parsed = JSON.parse(out) as Explanation[];
    expect(parsed).toEqual(JSON.parse(JSON.stringify(explain('findingServer', 'server.failed'))));
    expect(Object.keys(parsed[0] ?? {})).toEqual(
      expect.arrayContaining(['state', 'event', 'kind', 'to', 'does', 'tells', 'onlyIf', 'clauses', 'codes', 'sentence']),
    );
  });

  it('explains everything with --all, into a file', async () => {
    const file = join(folder, 'all.txt');
    expect(await runFake(['explain', '--all', '--output', file])).toEqual({ code: 0, out: '', err: '' });
    const text = await readFile(file, 'utf8');
    expect(text.split('\n').length).toBeGreaterThan(500);
    expect(text).toContain(lines('connecting', 'signout'));
  }, 120_000);

  it.each([
    [['onlien', 'signout'], 'error: onlien is no state. Did you mean online?\n'],
    [['bussy', 'signout'], 'error: bussy is no state. Did you mean busy?\n'],
    [['zzzzzzzz', 'signout'], 'error: zzzzzzzz is no state.\n'],
    [['IN_A_MEETING', 'signout'], 'error: IN_A_MEETING is no state.\n'],
    [['online', 'singout'], 'error: singout is no event. Did you mean signout?\n'],
    [['online', 'link.lots'], 'error: link.lots is no event. Did you mean link.lost?\n'],
    [['online\u001b[31m', 'x'], 'error: online?[31m is no state.\n'],
    [[], 'error: say a state and an event, such as `explain online signout`, or --all\n'],
    [['online', '--all'], 'error: --all explains everything, so it takes no state and no event\n'],
    [['online', 'signout', 'now'], "error: too many arguments for 'explain'. Expected 2 arguments but got 3.\n"],
    [['online', '--jsno'], "error: unknown option '--jsno'\n(Did you mean --json?)\n"],
    [['online', '--output'], "error: option '--output <file>' argument missing\n"],
  ])('does not understand %j, exit code 2', async (args, err) => {
    expect(await runFake(['explain', ...args])).toEqual({ code: 2, out: '', err });
  });

  it.each([
    ['a folder that is not there', 'missing/out.txt', 'no such folder'],
    ['a folder', '.', 'it is a folder'],
    ['a file in a file', 'plain/out.txt', 'a part of the path is no folder'],
  ])('says that it cannot write to %s, exit code 1', async (_, name, problem) => {
    await writeFile(join(folder, 'plain'), '');
    const file = join(folder, name);
    const { code, out, err } = await runFake(['explain', 'online', 'signout', '--output', file]);
    expect([code, out, err]).toEqual([1, '', `--output: cannot write ${file}: ${problem}\n`]);
  });
});
