/**
 * The storm on the service (B13): delayed, doubled, reordered and stale facts, lines lost, half-open or late at every point, clock jumps,
 * restarts of server and app, with the laws as the oracle. The many are run by the very command that makes longer ones, which is twice as
 * fast outside the test runner; CI runs 10^5 by it.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type createPresenceService, MISTATUS, MSGR_E_UNEXPECTED } from '../../src/index.js';
import { readRecording, replay } from '../../src/replay.js';
import { createStorm } from '../../src/testing/storm.js';
import { mutant } from '../support/source-mutants.js';
import { again, runStorm, type Kept } from './commands.js';
import { corpus, help, readOrder } from './order.js';

const seed = Number(process.env['STORM_SEED'] ?? 1);

/** `npm run storm --` with these options. */
function storm(...options: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const args = ['node_modules/tsx/dist/cli.mjs', 'test/storm/run.ts', ...options];
  return new Promise((done) => {
    execFile(process.execPath, args, (error, out, err) => done({ code: Number(error?.code ?? 0), out, err }));
  });
}

describe('B13 a storm on the service', () => {
  it('breaks no law in 2,000 seeded schedules, and what is wanted is what others see when it is over', async () => {
    const { code, out, err } = await storm('--seed', `${seed}`, '--sessions', '2000');
    expect([code, err.match(/.*(?:kept as|: L\d\d|^L\d\d).*/gm) ?? []]).toEqual([0, []]);
    const [, schedules, steps] = /^service: (\d+) schedules, \d+ deeds, (\d+) steps, .*no law broken/.exec(out) ?? [];
    expect(Number(schedules)).toBe(2_000);
    expect(Number(steps)).toBeGreaterThan(20_000);
    expect(err.match(/^service \[[#.]{30}\]/gm)?.length).toBeGreaterThanOrEqual(10);
  }, 120_000);

  it.each([
    [
      'L21 late answers are heard',
      {
        file: 'src/verbs.ts',
        from: 'return this.#running.get(verb) === controller && this.#running.delete(verb);',
        to: 'void controller; this.#running.delete(verb); return true;',
      },
    ],
    [
      'L23 a note is left out on a fresh session',
      {
        file: 'src/publication.ts',
        from: '...(asked.note === undefined ? {} : { note: asked.note }),',
        to: "...(command.by === 'user' && asked.note !== undefined ? { note: asked.note } : {}),",
      },
    ],
  ])(
    'finds a mutant (%s), makes it small, and keeps it as a recording',
    async (_, damage) => {
      const folder = mkdtempSync(join(tmpdir(), 'storm-'));
      try {
        const { createPresenceService: create } = (await mutant(damage)) as unknown as {
          createPresenceService: typeof createPresenceService;
        };
        const { failure } = await runStorm({ seed, schedules: 500, corpus: folder, create });
        expect(failure).toBeDefined();
        expect(failure?.deeds.length).toBeLessThan(12);
        const kept = readRecording(readFileSync(failure?.file ?? '', 'utf8'));
        expect(kept.records.length).toBeGreaterThan(0);
        const deeds = JSON.parse(readFileSync(failure?.file.replace('.jsonl', '.deeds.json') ?? '', 'utf8')) as Kept;
        expect(await again(deeds, create)).not.toEqual([]);
        expect(await again(deeds)).toEqual([]);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    60_000,
  );

  it('M16 finds half-open lines: silent for both ends, checked after a sleep, and given up in 3 s', async () => {
    const storm = createStorm({ seed: 7 });
    await storm.perform({ do: 'signin', who: 'ann', status: MISTATUS.BUSY, note: 'here' });
    await storm.perform({ do: 'halfOpen' });
    await storm.perform({ do: 'setStatus', status: MISTATUS.AWAY });
    await storm.perform({ do: 'advance', ms: 60_000 });
    // Nobody has told, so nobody knows: the change alone was not answered.
    expect(storm.notices.at(-1)).toMatchObject({ hr: MSGR_E_UNEXPECTED, mMyStatus: MISTATUS.BUSY, reason: 'timedOut' });
    await storm.perform({ do: 'jump', ms: 3_600_000 });
    const told = storm.notices.length;
    await storm.perform({ do: 'advance', ms: 2_999 });
    expect(storm.notices).toHaveLength(told);
    await storm.perform({ do: 'advance', ms: 6_000 });
    expect(storm.notices[told]).toMatchObject({ mMyStatus: MISTATUS.OFFLINE, reason: 'timedOut' });
    expect(storm.notices.at(-1)).toMatchObject({ mMyStatus: MISTATUS.BUSY, reason: 'progress' });
    expect(storm.server.presenceOf('ann@example.com')).toMatchObject({ status: MISTATUS.BUSY, note: 'here' });
    expect(await storm.finish()).toEqual([]);
  });

  it('is the same storm again from the same seed', async () => {
    const run = async () => {
      const storm = createStorm({ seed: 7 });
      for (const deed of [
        { do: 'blow', verb: 'connect', before: 7, after: 90, deaf: true },
        { do: 'signin', who: 'ann', status: MISTATUS.BUSY, note: 'here' },
        { do: 'advance', ms: 40 },
        { do: 'lose', reason: 'lineLost' },
        { do: 'advance', ms: 30_000 },
      ] as const)
        await storm.perform(deed);
      const { recording } = storm;
      expect(await storm.finish()).toEqual([]);
      return recording;
    };
    expect(await run()).toEqual(await run());
  });
});

describe('The command of the storm', () => {
  it.each([
    ['--sessions=-3'],
    ['--sessions', '1.5'],
    ['--sessions', ''],
    ['--sessions', '0'],
    ['--seed', '4294967296'],
    ['--hours', '1e9'],
    ['--steps', '5', '--hours', '2'],
    ['--full'],
    ['--fury', '9'],
    ['9'],
  ])('is not begun with %s %s', (...options) => {
    expect(() => readOrder(options, 1)).toThrow(/^(?:--|Unknown option|Unexpected argument)/);
  });

  it('ends with 2 and says what it takes when it is given nonsense', async () => {
    const { code, out, err } = await storm('--sessions', 'many');
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(`--sessions: expected a whole number from 0 to 9007199254740991, got "many"\n\n${help}`);
  });

  it('takes what its help says, and has a script of its own', () => {
    expect(readOrder(['--help'], 1)).toBeUndefined();
    expect(readOrder([], 9)).toEqual({ seed: 9, sessions: 2_000, hours: 0, steps: 0, isFull: false });
    const all = readOrder(['--seed', '5', '--sessions', '6', '--hours', '7', '--steps', '8', '--full'], 1);
    expect(all).toEqual({ seed: 5, sessions: 6, hours: 7, steps: 8, isFull: true });
    for (const option of ['--seed N', '--sessions N', '--hours N', '--steps N', '--full']) expect(help).toContain(`  ${option} `);
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    expect(scripts['storm']).toBe('tsx test/storm/run.ts');
  });
});

describe('The corpus of the storm', () => {
  const files = readdirSync(corpus);

  it('holds a schedule beside each recording', () => {
    const recordings = files.filter((file) => file.endsWith('.jsonl'));
    expect(files.filter((file) => file.endsWith('.deeds.json')).sort()).toEqual(
      recordings.map((file) => file.replace('.jsonl', '.deeds.json')).sort(),
    );
    expect(recordings.length).toBeGreaterThanOrEqual(3);
    for (const file of recordings) expect(replay(readRecording(readFileSync(join(corpus, file), 'utf8'))).steps).not.toEqual([]);
  });

  it('breaks no law any more', async () => {
    for (const file of files.filter((name) => name.endsWith('.deeds.json'))) {
      const kept = JSON.parse(readFileSync(join(corpus, file), 'utf8')) as Kept;
      expect([file, await again(kept)]).toEqual([file, []]);
    }
  });
});
