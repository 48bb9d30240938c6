/**
 * The storm: facts delayed, doubled, out of order and of dead attempts, lost lines at every point, clock jumps, restarts of server and app,
 * on the pure chart and on the service, with the laws as the oracle (B13). Longer ones: `npm run storm`; CI runs 10^5 on the service there.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { fullRules } from '../machines/index.js';
import { type createPresenceService, MISTATUS } from '../src/index.js';
import { readRecording, replay } from '../src/replay.js';
import { createStorm } from '../src/testing/storm.js';
import { again, runStorm, type Kept } from './storm/commands.js';
import { PureStorm } from './storm/pure.js';
import { provided } from './support/chart-mutants.js';
import { mutant } from './support/source-mutants.js';

const corpus = 'test/storm/corpus';
const seed = Number(process.env['STORM_SEED'] ?? 1);

describe('B13 a storm on the pure chart', () => {
  it('breaks no law in 100,000 seeded schedules, a seventh of their steps by facts that are stale or doubled', () => {
    const { failure, schedules, steps, strays } = new PureStorm({ memory: true }).run({ seed, schedules: 100_000 });
    expect(failure).toBeUndefined();
    expect(schedules).toBe(100_000);
    expect(strays / steps).toBeGreaterThan(0.1);
  }, 120_000);

  it('is the same where each step is really run each time, with all statuses', () => {
    const real = new PureStorm({ rules: fullRules });
    const remembered = new PureStorm({ rules: fullRules, memory: true });
    const run = { seed, schedules: process.env['CI'] ? 2_000 : 200 };
    const { pairs: _, ...done } = real.run(run);
    expect(remembered.run(run)).toMatchObject(done);
    expect(done).not.toHaveProperty('failure');
  }, 120_000);

  it.each([
    ['L14', 'pending changes are forgotten', provided({ actions: { answerPending: () => {} } })],
    ['L27', 'the wait goes on after it was given up', provided({ actions: { stopRetry: () => {} } })],
    [
      'L22',
      'final reasons are retried',
      provided({
        guards: { isFinal: () => false, isOver: ({ context }: { context: { tries: string } }) => context.tries === 'once' },
      }),
    ],
  ])('finds %s broken where %s, in a few messages', (law, _, chart) => {
    const { failure } = new PureStorm({ chart, memory: true }).run({ seed, schedules: 2_000 });
    expect(failure?.breaches.join()).toContain(`${law}:`);
    expect(failure?.messages.length).toBeLessThan(12);
  });
});

describe('B13 a storm on the service', () => {
  it('breaks no law in 2,000 seeded schedules, and what is wanted is what others see when it is over', async () => {
    const result = await runStorm({ seed, schedules: 2_000, corpus });
    expect(result.failure).toBeUndefined();
    expect(result.steps).toBeGreaterThan(20_000);
  }, 180_000);

  it.each([
    [
      'L21 late answers are heard',
      {
        file: 'src/line.ts',
        from: 'return this.#running.get(verb) === controller && this.#running.delete(verb);',
        to: 'void controller; this.#running.delete(verb); return true;',
      },
    ],
    [
      'L23 a note is left out on a fresh session',
      {
        file: 'src/driver.ts',
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

describe('The corpus of the storm', () => {
  const files = existsSync(corpus) ? readdirSync(corpus) : [];

  it('holds a schedule beside each recording', () => {
    const recordings = files.filter((file) => file.endsWith('.jsonl'));
    expect(files.filter((file) => file.endsWith('.deeds.json')).sort()).toEqual(
      recordings.map((file) => file.replace('.jsonl', '.deeds.json')).sort(),
    );
    for (const file of recordings) expect(replay(readRecording(readFileSync(join(corpus, file), 'utf8'))).steps).not.toEqual([]);
  });

  it('breaks no law any more', async () => {
    for (const file of files.filter((name) => name.endsWith('.deeds.json'))) {
      const kept = JSON.parse(readFileSync(join(corpus, file), 'utf8')) as Kept;
      expect([file, await again(kept)]).toEqual([file, []]);
    }
  });
});
