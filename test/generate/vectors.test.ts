/**
 * The vectors: that they keep to their schema, that the service of this package passes them at the very times they say, and that the example client in
 * Python does; one altered step fails at its line.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { leafOf, MISTATUS, resultName, statusName, type Fact } from '../../machines/index.js';
import { createPresenceService, type Notice, type PolicyOptions } from '../../src/index.js';
import { vectorFiles, vectorGraph, vectorLimits } from '../../src/generate/index.js';
import { createPretendClock, createScriptedTransport } from '../../src/testing/index.js';
import { faults } from './schema.js';

interface Step {
  readonly time: number;
  readonly event: { readonly kind: string; readonly type: string; readonly tries?: string; readonly status?: string };
  readonly answer?: string;
  readonly state: string;
  readonly status: string;
  readonly commands: readonly { readonly type: string }[];
  readonly notices: readonly object[];
}
interface Vectors {
  readonly coverage: { readonly steps: number; readonly edges: number; readonly ratio: number };
  readonly vectors: readonly { readonly name: string; readonly steps: readonly Step[] }[];
}

const { files, counts } = vectorFiles({});
const [{ text }, { text: schemaText }] = files;
const vectors = JSON.parse(text) as Vectors;
const schema = JSON.parse(schemaText) as Record<string, unknown>;
const steps = vectors.vectors.flatMap((vector) => vector.steps);

describe('B07 The vectors', () => {
  it('keep to their schema', () => {
    expect(faults(schema, vectors)).toEqual([]);
    expect(schema['$schema']).toBe('https://json-schema.org/draft/2020-12/schema');
  });

  it.each([
    ['an unknown status', '"status":"BUSY"', '"status":"BUSIER"'],
    ['an unknown event', '"type":"server.found"', '"type":"server.find"'],
    ['a time before the start', '"time":1,', '"time":-1,'],
    ['a step without notices', ',"notices":[]', ''],
    ['a word that nobody knows', '"answer":"S_OK"', '"answer":"S_OK","why":1'],
    ['another version', '"version": 1', '"version": 2'],
  ])('would not with %s', (_, from, to) => {
    expect(text).toContain(from);
    expect(faults(schema, JSON.parse(text.replace(from, to)))).not.toEqual([]);
  });

  it('cover every edge and pair of their graph, few steps each, one a line', () => {
    process.stdout.write(`  ${JSON.stringify(counts)}\n`);
    expect(new Set(vectorGraph().steps.map(({ edge }) => edge)).size).toBe(counts.edges);
    expect([counts.steps, vectors.coverage.steps]).toEqual([steps.length, steps.length]);
    expect(counts.ratio).toBeLessThanOrEqual(1.5);
    expect(text.split('\n').filter((line) => line.trimStart().startsWith('{"time":')).length).toBe(steps.length);
    expect(new Set(steps.map(({ event }) => event.kind))).toEqual(new Set(['call', 'answer', 'surroundings', 'time']));
  });

  it('are the same each time', () => {
    expect(vectorFiles({}).files).toEqual(files);
  });

  it('are passed by the service of this package, at the very times', async () => {
    let number = 0;
    for (const { name, steps: path } of vectors.vectors) {
      const difference = await passes(path);
      if (difference !== undefined) throw new Error(`vector ${name}, ${difference}`);
      number += 1;
    }
    expect(number).toBe(counts.paths);
  }, 60_000);

  it('are not passed at other times', async () => {
    const path = vectors.vectors.find((vector) => vector.steps.some(({ event }) => event.type === 'logon.expired'))?.steps ?? [];
    const at = path.findIndex(({ event }) => event.type === 'logon.expired');
    const later = path.map((step, index) => (index >= at ? { ...step, time: step.time + 1 } : step));
    expect(await passes(path)).toBeUndefined();
    expect(await passes(later)).toContain('too early');
  });
});

const wait = vectorLimits.retry * 2;
const policy: PolicyOptions = {
  findServerTimeout: vectorLimits.finding,
  connectTimeout: vectorLimits.logon,
  synchronizeTimeout: vectorLimits.synchronizing,
  publishTimeout: vectorLimits.publish,
  signoutTimeout: vectorLimits.signout,
  // The random number is a half: every wait is the one of the vectors.
  retry: { base: wait, factor: 1, cap: wait, slowCap: wait, firstSpread: wait },
  backOnlineSpread: wait,
};
const statusOf = (name: string) => MISTATUS[name as keyof typeof MISTATUS];

/** What this package's service does otherwise, if anything. */
async function passes(path: readonly Step[]): Promise<string | undefined> {
  const clock = createPretendClock();
  const script = createScriptedTransport({ capabilities: { statuses: [MISTATUS.ONLINE, MISTATUS.BUSY] } });
  let tokens = 0;
  const credentials = () => ({ name: 'romeo@example.test', token: `${(tokens += 1)}` });
  const service = createPresenceService({ transport: script.transport, credentials, policy, clock, random: () => 0.5 });
  let told: Notice[] = [];
  service.on('*', (notice) => void told.push(notice));
  try {
    for (const step of path) {
      told = [];
      await clock.advance(step.time - 1 - clock.now());
      if (told.length > 0) return `${step.event.type}: ${told[0]?.type} too early`;
      await clock.advance(1);
      const hr = happen(step);
      await clock.settle();
      const came = {
        answer: hr === undefined ? undefined : resultName(hr),
        state: leafOf(service.actor.getSnapshot()),
        status: statusName(service.myStatus),
        notices: told.map(noticeJson),
      };
      const { answer, state, status, notices } = step;
      const meant = { answer, state, status, notices };
      if (JSON.stringify(came) !== JSON.stringify(meant))
        return `${step.event.type}: ${JSON.stringify(came)}, not ${JSON.stringify(meant)}`;
    }
    return undefined;
  } finally {
    await service.dispose();
  }

  function happen({ event }: Step): number | undefined {
    const { kind, type, tries, status } = event;
    if (type === 'signin.request' && tries === 'retry') return service.autoSignin();
    const wish = status === undefined ? {} : { status: statusOf(status) as typeof MISTATUS.BUSY };
    if (type === 'signin.request') return service.signin({ name: 'romeo@example.test', token: 'typed' }, wish);
    if (type === 'signout.request') return service.signout();
    if (type === 'status.request') return service.setStatus(statusOf(status ?? ''));
    if (type.startsWith('network.')) {
      service.environment({ network: type === 'network.restored' });
      return undefined;
    }
    if (type.startsWith('power.')) {
      service.environment({ awake: type === 'power.resumed' });
      return undefined;
    }
    if (kind === 'answer') {
      const { kind: _, ...fact } = event;
      script.happen({ ...fact, ...(status === undefined ? {} : { status: statusOf(status) }) } as Fact);
    }
    return undefined;
  }
}

function noticeJson(notice: Notice): object {
  const { type, reason } = notice;
  if (notice.type === 'OnSignout') return { type, reason };
  const hr = resultName(notice.hr);
  return notice.type === 'OnSignin' ? { type, hr, reason } : { type, hr, status: statusName(notice.mMyStatus), reason };
}

const pythonAvailable = spawnSync('python3', ['--version']).status === 0;
if (!pythonAvailable) {
  if (process.env['REQUIRE_SERVERS'] === '1') throw new Error('REQUIRE_SERVERS=1, but there is no python3 on the PATH');
  process.stderr.write('LEFT OUT: the vectors in Python, since there is no python3 on the PATH\n');
}
const describePython = pythonAvailable ? describe : describe.skip;

describePython('The example client in Python', () => {
  const home = mkdtempSync(join(tmpdir(), 'presence-vectors-'));
  afterAll(() => rmSync(home, { recursive: true, force: true }));
  const run = (content: string, name = 'vectors.json') => {
    const file = join(home, name);
    writeFileSync(file, content);
    const { status, stdout, stderr } = spawnSync('python3', ['examples/python/run.py', file], { encoding: 'utf8' });
    return { file, code: status, out: stdout, err: stderr };
  };

  it('passes all of them', () => {
    expect(run(text)).toMatchObject({ code: 0, out: `${counts.paths} vectors, ${counts.steps} steps: all right\n`, err: '' });
  });

  it.each([
    ['a notice', '"reason":"lineLost"}', '"reason":"timedOut"}'],
    ['a command', '{"type":"link.drop"}', '{"type":"link.close"}'],
    ['an answer', '"answer":"S_FALSE"', '"answer":"S_OK"'],
    ['a state', '"state":"busy"', '"state":"online"'],
    ['a time at which a limit is over', /"time":(\d+)(?=,"event":\{"kind":"time","type":"publish.expired")/, '"time":$1999'],
  ])('fails at the line in which %s was altered', (_, from, to) => {
    const lines = text.split('\n');
    const at = lines.findIndex((line) => (typeof from === 'string' ? line.includes(from) : from.test(line)));
    expect(at).toBeGreaterThan(0);
    const altered = lines.map((line, index) => (index === at ? line.replace(from, to) : line)).join('\n');
    const { file, code, err } = run(altered);
    expect(code).toBe(1);
    expect(err.split('\n')[0]).toMatch(new RegExp(`^${file.replaceAll('.', '\\.')}:${at + 1}: vector \\d+, [a-z.]+$`));
  });

  it('says that something else is no vectors', () => {
    for (const content of ['{}', 'nothing', '[]']) {
      const { code, err } = run(content, 'other.json');
      expect([content, code]).toEqual([content, 2]);
      expect(err).toMatch(/^run\.py: /);
    }
    expect(spawnSync('python3', ['examples/python/run.py'], { encoding: 'utf8' }).status).toBe(2);
  });

  it('has a runner of at most 60 lines that needs nothing but Python', () => {
    const { stdout } = spawnSync('python3', ['-c', 'print(open("examples/python/run.py").read())'], { encoding: 'utf8' });
    expect(stdout.trimEnd().split('\n').length).toBeLessThanOrEqual(60);
    expect([...stdout.matchAll(/^(?:import|from) (\w+)/gm)].map(([, name]) => name)).toEqual(['json', 'sys', 'client']);
  });
});
