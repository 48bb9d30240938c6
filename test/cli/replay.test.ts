/** `replay --step`: walking through a recording at a real terminal, forth and back, and the ways out of it; the plain form is in test/replay.test.ts. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createPresenceService, MISTATUS } from '../../src/index.js';
import { writeRecording } from '../../src/replay.js';
import { createPretendClock } from '../../src/testing/index.js';
import { createMemoryServer } from '../../src/transports/memory/index.js';
import { fakeHost, killLeftovers, runFake, startAtTerminal, type FakeHost } from './fakes.js';

let folder = '';
let good = '';
let bad = '';
let none = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'replay-'));
  [good, bad, none] = [join(folder, 'good.jsonl'), join(folder, 'bad.jsonl'), join(folder, 'none.jsonl')] as const;
  const clock = createPretendClock({ now: 1_000_000 });
  const service = createPresenceService({ transport: createMemoryServer({ clock }).transport(), clock });
  await writeFile(none, writeRecording(service.recording));
  service.signin({ name: 'alice', password: 'p' }, { status: MISTATUS.BUSY });
  await clock.advance(1_000);
  const text = writeRecording(service.recording);
  await writeFile(good, text);
  await writeFile(bad, text.replace('"to":"connecting"', '"to":"online"'));
  await service.dispose();
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(killLeftovers);

const prompt = (step: number) => new RegExp(`step ${step} of 5 \\[Enter, b, number, q\\]: `);

describe('B08 replay --step at a terminal', () => {
  it('goes from findingServer to busy, back, to a step by its number, and tells each; what is no step changes nothing', async () => {
    const terminal = startAtTerminal(['replay', good, '--step']);
    await terminal.out.until(
      /1\. signin\.request: signedOut to findingServer[^]*LOCAL_FINDING_SERVER {2}progress[^]*step 1 of 5/,
    );
    const type = async (line: string, ...patterns: readonly RegExp[]) => {
      const from = terminal.out.text.length;
      terminal.write(`${line}\r`);
      for (const pattern of patterns) await terminal.out.until(pattern, from);
    };
    await type('', /2\. server\.found: findingServer to connecting/, prompt(2));
    await type('', /3\. link\.opened: connecting to synchronizing[^]*OnSignin/, prompt(3));
    await type('b', /2\. server\.found/, prompt(2));
    await type('5', /5\. status\.published: synchronizing to busy/, prompt(5));
    for (const wrong of ['7', '0', '2.5', 'forward'])
      await type(wrong, new RegExp(`There is no step ${wrong}: 1 to 5\\.`), prompt(5));
    await type('1', /1\. signin\.request/, prompt(1));
    await type('b', /1\. signin\.request/, prompt(1));
    await type('q');
    const { code, out } = await terminal.end;
    expect([code, out.endsWith('5 steps, as the model has it.\r\n')]).toEqual([0, true]);
  }, 30_000);

  it('takes what is typed ahead, and ends after the last step', async () => {
    const terminal = startAtTerminal(['replay', good, '--step']);
    await terminal.out.until(prompt(1));
    terminal.write('\r\r\r\r\r');
    const { code, out } = await terminal.end;
    expect(code).toBe(0);
    for (const step of [1, 2, 3, 4, 5]) expect(out).toMatch(prompt(step));
    expect(out).toContain('5. status.published: synchronizing to busy');
  }, 30_000);

  it('ends with 130 and without a word at Ctrl-C, and as by q at Ctrl-D', async () => {
    const interrupted = startAtTerminal(['replay', good, '--step']);
    await interrupted.out.until(prompt(1));
    interrupted.write('\u0003');
    const first = await interrupted.end;
    expect([first.code, /presence-machine:|Abort/.test(first.out)]).toEqual([130, false]);
    const ended = startAtTerminal(['replay', good, '--step']);
    await ended.out.until(prompt(1));
    ended.write('\u0004');
    const second = await ended.end;
    expect([second.code, second.out.includes('5 steps, as the model has it.')]).toEqual([0, true]);
  }, 30_000);

  it('of one that departs shows the steps up to there, and ends with 1 and the line', async () => {
    const terminal = startAtTerminal(['replay', bad, '--step']);
    await terminal.out.until(/step 1 of \d/);
    terminal.write('q\r');
    const { code, out } = await terminal.end;
    expect(code).toBe(1);
    expect(out).toMatch(/line \d+ departs from the model in to:\r\n {2}expected "connecting"\r\n {2}got {6}"online"/);
  }, 30_000);
});

describe('B08 replay --step', () => {
  const atStep1 = async (host: FakeHost) => host.out.until(prompt(1));

  it('is ended by a signal with its code, and leaves the input as it was', async () => {
    const host = fakeHost({ tty: true });
    const outcome = runFake(['replay', good, '--step'], host);
    await atStep1(host);
    host.interrupt(143);
    expect(await outcome).toMatchObject({ code: 143, err: '' });
    expect([host.listeners(), host.input.isPaused(), host.input.modes]).toEqual([0, true, [true, false]]);
  });

  it('asks nothing where there is no step', async () => {
    const { code, out } = await runFake(['replay', none, '--step'], fakeHost({ tty: true }));
    expect([code, out]).toEqual([0, '0 steps, as the model has it.\n']);
  });

  it('without a terminal is not understood, exit code 2', async () => {
    expect(await runFake(['replay', good, '--step'])).toEqual({ code: 2, out: '', err: '--step needs a terminal\n' });
  });
});
