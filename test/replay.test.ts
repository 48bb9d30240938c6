/** Replay and restore: what a recording or a snapshot holds is enough to go on as if nothing had happened (B08, M28). */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { presenceMachine, step } from '../machines/index.js';
import { createPresenceService, MISTATUS, type Recording } from '../src/index.js';
import { readRecording, replay, writeRecording } from '../src/replay.js';
import { explore, keyOf } from '../src/table/explore.js';
import { createPretendClock, seededRandom } from '../src/testing/index.js';
import { createMemoryServer } from '../src/transports/memory/index.js';
import { bundle } from './support/bundle.js';

const alice = { name: 'alice', password: 'swordfish-42' };

/** A life with everything in it, by chance. */
async function life(seed: number, steps: number, records = 100_000): Promise<Recording> {
  const random = seededRandom(seed);
  const clock = createPretendClock({ now: 1_000_000 });
  const server = createMemoryServer({ clock, random, users: { alice: alice.password } });
  const service = createPresenceService({
    transport: server.transport(),
    clock,
    random,
    records,
    policy: { awayAfterIdle: 60_000, remember: true },
    credentials: alice,
  });
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const acts: readonly (() => unknown)[] = [
    () => service.signin({ ...alice, password: random() < 0.8 ? alice.password : 'wrong' }),
    () => service.autoSignin(),
    () => service.signout(),
    () => service.setStatus(pick([MISTATUS.ONLINE, MISTATUS.BUSY, MISTATUS.AWAY]), { note: 'n', until: clock.now() + 90_000 }),
    () => service.setStatus(pick([MISTATUS.ONLINE, MISTATUS.BUSY, MISTATUS.INVISIBLE])),
    () => service.environment({ network: random() < 0.6 }),
    () => service.environment({ awake: random() < 0.7 }),
    () => service.environment({ userActive: random() < 0.5 }),
    () => server.drop('alice'),
    () => (server.faults.refuse = random() < 0.3),
    () => (server.faults.silent = random() < 0.2 ? { publish: true } : {}),
    () => (server.faults.latency = pick([0, 0, 40])),
  ];
  for (let n = 0; n < steps; n++) {
    pick(acts)();
    if (random() < 0.7) await clock.advance(pick([0, 30, 2_000, 400_000]));
  }
  const { recording } = service;
  await service.dispose();
  return recording;
}

describe('B08 a recording', () => {
  it.each([1, 2, 3])('of a life by chance (seed %i) is the same byte for byte when it is replayed', async (seed) => {
    const recording = await life(seed, 300);
    expect(recording.records.length).toBeGreaterThan(200);
    const read = readRecording(writeRecording(recording));
    const { departure, steps } = replay(read);
    expect(departure).toBeUndefined();
    expect(steps.map(({ notices }) => notices)).toEqual(recording.records.map(({ notices }) => notices));
    expect(writeRecording(read)).toBe(writeRecording(recording));
  });

  it('whose ring has dropped its beginning is replayed from where it begins', async () => {
    const recording = await life(4, 300, 50);
    expect(recording.records).toHaveLength(50);
    expect(recording.records[0]?.n).toBeGreaterThan(50);
    expect(replay(recording).departure).toBeUndefined();
  });

  it('L19 M29 holds no credential', async () => {
    expect(writeRecording(await life(5, 200))).not.toContain(alice.password);
  });

  it('that was altered departs from the model at that line', async () => {
    const recording = await life(6, 60);
    const at = recording.records.findIndex(({ to }) => to === 'connecting');
    const altered = recording.records.map((record, index) => (index === at ? { ...record, to: 'online' as const } : record));
    expect(replay({ ...recording, records: altered }).departure).toMatchObject({
      line: at + 2,
      what: 'to',
      expected: 'connecting',
      came: 'online',
    });
    const silenced = recording.records.map((record, index) => (index === at ? { ...record, notices: [] } : record));
    expect(replay({ ...recording, records: silenced }).departure).toMatchObject({ line: at + 2, what: 'notices', came: [] });
  });

  it('that is none, or damaged, is refused with the line, what was expected and what came', async () => {
    const text = writeRecording(await life(7, 20));
    const [header = '', first = ''] = text.split('\n');
    expect(() => readRecording('')).toThrow('line 1: expected JSON');
    expect(() => readRecording('{}')).toThrow('expected the header of a presence-machine recording');
    expect(() => readRecording(header.replace('"version":1', '"version":2'))).toThrow('version 2');
    expect(() => readRecording(header.replace('"queue":8', '"queue":"many"'))).toThrow('rules.queue');
    expect(() => readRecording(header.replace('"pending":0', '"pending":"0"'))).toThrow('start.context.pending');
    expect(() => readRecording(header.replace('"signedOut"', '"nowhere"'))).toThrow('start.value');
    expect(() => readRecording(`${header}\n${first.slice(0, -5)}`)).toThrow('line 2: expected JSON');
    expect(() => readRecording(`${header}\n${first.replace('signin.request', 'rm.rf')}`)).toThrow('line 2: message.type');
    expect(() => readRecording(`${header}\n[]`)).toThrow('line 2: expected an object');
  });

  it('with any bytes at all is refused or replayed, and never anything else', async () => {
    const text = writeRecording(await life(8, 30));
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(40), fc.string(), (at, length, put) => {
        const damaged = text.slice(0, at) + put + text.slice(at + length);
        try {
          replay(readRecording(damaged));
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('presence-machine replay', () => {
  let folder: string;
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [join(folder, 'cli.mjs'), 'replay', ...args], { encoding: 'utf8', timeout: 30_000 });
  beforeAll(async () => {
    // Inside the project, so that packages are found.
    folder = mkdtempSync(resolve('.tmp-replay-'));
    writeFileSync(join(folder, 'cli.mjs'), await bundle(resolve('src/cli/main.ts')));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('tells the steps of a recording and ends with 0, and with 1 at a line that departs', async () => {
    const recording = await life(9, 30);
    const file = join(folder, 'good.jsonl');
    writeFileSync(file, writeRecording(recording));
    const good = run(file);
    expect([good.status, good.stderr]).toEqual([0, '']);
    expect(good.stdout).toContain(`${recording.records.length} steps, as the model has it.`);
    expect(good.stdout).toContain('LOCAL_FINDING_SERVER');
    const bad = join(folder, 'bad.jsonl');
    writeFileSync(bad, writeRecording(recording).replace('"to":"findingServer"', '"to":"online"'));
    const departed = run(bad);
    expect(departed.status).toBe(1);
    expect(departed.stderr).toMatch(
      /^line \d+ departs from the model in to:\n {2}expected "findingServer"\n {2}got {6}"online"\n$/,
    );
  }, 60_000);

  it('ends with 1 where there is no file or no recording, and with 2 where --step has no terminal', () => {
    const missing = run(join(folder, 'missing.jsonl'));
    expect([missing.status, missing.stderr.includes('missing.jsonl')]).toEqual([1, true]);
    const file = join(folder, 'none.jsonl');
    writeFileSync(file, 'hello');
    expect(run(file).stderr).toContain('line 1: expected JSON');
    expect(run(file, '--step').status).toBe(2);
  }, 60_000);
});

describe('M28 a state that is kept as JSON', () => {
  it('goes on with the same outputs as if it had never stopped, from every reachable state, for every message', () => {
    const { states, cells } = explore();
    const restored = new Map(
      [...states].map(([key, { value, context }]) => [
        key,
        presenceMachine.resolveState(
          JSON.parse(JSON.stringify({ value, context })) as Parameters<typeof presenceMachine.resolveState>[0],
        ),
      ]),
    );
    let compared = 0;
    for (const { kind, from, message, to, outputs } of cells) {
      if (kind !== 'handled') continue;
      const again = restored.get(keyOf(from));
      if (!again) throw new Error('a state was lost');
      const [next, said] = step(again, message);
      if (keyOf(next) !== keyOf(to) || JSON.stringify(said) !== JSON.stringify(outputs)) {
        throw new Error(`${keyOf(from)} goes on differently at ${message.type}`);
      }
      compared += 1;
    }
    expect(compared).toBeGreaterThan(15_000);
  });
});
