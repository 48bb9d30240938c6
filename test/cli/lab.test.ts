/** `lab`: what it prints, draws and says as JSON, its bar at a terminal, that it can be stopped, and what it does not understand. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { policyNames, type HerdResult } from '../../src/lab/index.js';
import { fakeHost, killLeftovers, runFake, startCommand } from './fakes.js';

const home = mkdtempSync(join(tmpdir(), 'presence-lab-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
afterEach(killLeftovers);
const small = ['lab', '--clients', '500', '--outage', '5000'];
const known = policyNames.join(', ');

describe('lab', () => {
  it.each([[['lab', '--help']], [['help', 'lab']]])('explains itself with %j', async (args) => {
    const { code, out, err } = await runFake(args);
    expect([code, err]).toEqual([0, '']);
    for (const word of ['--clients', '--policy', '--outage', '--accept', '--queue', '--fail', '--seed', '--svg', '--json'])
      expect(out).toContain(word);
    for (const name of policyNames) expect(out).toContain(`  ${name} `);
    expect(out).toContain('Exit codes:');
  });

  it('prints figures and curves of every policy, without colours and without a bar into a pipe', async () => {
    const { code, out, err } = await runFake(small);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('500 clients; the server is away for 5000 ms, then lets in 10 per second, 10 wait in line; seed 1\n');
    for (const name of policyNames) expect(out).toMatch(new RegExp(`^${name}(?: +[\\d,.]+)`, 'm'));
    expect(out).toMatch(/^signalr +1,981 .* never +462$/m);
    expect(out).toContain('the server is back at 5 s');
    expect(out).not.toContain('\u001b');
  });

  it('is the same each time, in a process as well', async () => {
    const args = [...small, '--policy', 'presence-machine,Socket.IO,presence-machine', '--fail', '0.2', '--seed', '7'];
    const { out } = await runFake(args);
    expect(out).toContain(', 20 % fail; seed 7\n');
    expect(out.match(/^presence-machine$/gm)).toHaveLength(1);
    expect(await startCommand(args).end).toEqual({ code: 0, out, err: '' });
  }, 30_000);

  it('says it as JSON with every second, and where the waits come from', async () => {
    const args = [...small, '--policy', 'xmpp.js', '--accept', '2e2', '--queue', '50', '--json'];
    const { code, out, err } = await runFake(args);
    expect([code, err]).toEqual([0, '']);
    const told = JSON.parse(out) as { readonly herds: readonly (HerdResult & { readonly source: string })[] };
    expect(told).toMatchObject({ clients: 500, outage: 5_000, accept: 200, queue: 50, fail: 0, seed: 1 });
    const [herd, ...others] = told.herds;
    expect(others).toEqual([]);
    expect(herd).toMatchObject({ policy: 'xmpp.js', back: 500, gaveUp: 0, waits: '1 s', cap: '1 s', limit: 2_000 });
    expect(herd?.source).toContain('packages/reconnect/index.js');
    expect(herd?.backBySecond.reduce((sum, one) => sum + one, 0)).toBe(500);
  });

  it('draws a picture into a file', async () => {
    const file = join(home, 'herd.svg');
    const { code, out, err } = await runFake([...small, '--policy', 'ably,phoenix', '--svg', file]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('phoenix');
    const svg = readFileSync(file, 'utf8');
    expect(svg).toMatch(/^<svg [^]*<\/svg>\n$/);
    for (const name of ['ably', 'phoenix', '500 clients lose a server for 5 s']) expect(svg).toContain(name);
  });

  it('cannot draw where there is no folder, exit code 1', async () => {
    const file = join(home, 'missing', 'herd.svg');
    const { code, out, err } = await runFake([...small, '--policy', 'signalr', '--svg', file]);
    expect([code, out, err]).toEqual([1, '', `--svg: cannot write ${file}: no such folder\n`]);
  });

  it('shows how far it is at a terminal, and leaves the line clean', async () => {
    const host = fakeHost({ tty: true, env: { NO_COLOR: '1' } });
    Object.assign(host.err, { isTTY: true });
    const { code, err } = await runFake([...small, '--policy', 'phoenix'], host);
    expect(code).toBe(0);
    const parts = [...err.matchAll(/phoenix +█*░* +(\d+) %/g)].map(([, part]) => Number(part));
    expect(parts.length).toBeGreaterThan(2);
    expect(parts).toEqual([...parts].sort((a, b) => a - b));
    expect(err).toMatch(/\r +\r$/);
    expect(err).not.toContain('\n');
  });

  it('stops when it is interrupted, exit code 130', async () => {
    const host = fakeHost();
    setImmediate(() => host.interrupt(130));
    const { code, out } = await runFake(['lab', '--clients', '20000', '--policy', 'xmpp.js'], host);
    expect([code, out, host.listeners()]).toEqual([130, '', 0]);
  });
});

describe('lab does not understand', () => {
  it.each([
    [
      'a policy like another',
      ['--policy', 'ably,socketio'],
      `--policy: socketio is not one of ${known}. Did you mean socket.io?`,
    ],
    ['a policy like none', ['--policy', 'carrier-pigeon'], `--policy: carrier-pigeon is not one of ${known}.`],
    ['a policy without a name', ['--policy', 'ably,'], `--policy:  is not one of ${known}.`],
    ['a name that every object has', ['--policy', 'constructor'], `--policy: constructor is not one of ${known}.`],
    ['no clients', ['--clients', '0'], '--clients: expected a whole number from 1 to 16777216, got 0'],
    ['half a client', ['--clients', '1.5'], '--clients: expected a whole number from 1 to 16777216, got 1.5'],
    ['clients in words', ['--clients', 'many'], '--clients: expected a whole number from 1 to 16777216, got many'],
    ['more clients than a pool holds', ['--clients', '1e9'], '--clients: expected a whole number from 1 to 16777216, got 1e9'],
    ['an outage before the loss', ['--outage=-1'], '--outage: expected a whole number from 0 to 86400000, got -1'],
    ['a server that lets nobody in', ['--accept', '0'], '--accept: expected a number from 0.1 to 1000000000, got 0'],
    ['no line', ['--queue', '0'], '--queue: expected a whole number from 1 to 16777216, got 0'],
    ['that all fail', ['--fail', '1'], '--fail: expected a number from 0 to 0.99, got 1'],
    ['a seed that is none', ['--seed', ''], '--seed: expected a whole number from 0 to 4294967295, got '],
  ])('%s, exit code 2', async (_, args, problem) => {
    expect(await runFake(['lab', ...args])).toEqual({ code: 2, out: '', err: `error: ${problem}\n` });
  });

  it('an option like another, or a verb like it', async () => {
    expect(await runFake(['lab', '--polcy', 'ably'])).toMatchObject({
      code: 2,
      err: "error: unknown option '--polcy'\n(Did you mean --policy?)\n",
    });
    expect(await runFake(['lba'])).toMatchObject({ code: 2, err: "error: unknown command 'lba'\n(Did you mean lab?)\n" });
  });
});
