/**
 * Generated test files run green: the command of the built package generates for each runner the suites of a service, of a transport and of an app
 * into a folder that git ignores, and the real runner runs them in a process of its own, as somebody who has installed the package would; and each
 * of them is shown to fail when what it tests is damaged.
 */
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { runners, serviceFile, targets, transportFile, uiFile, type RunnerName, type Target } from '../../src/generate/index.js';

const root = process.cwd();

/** A transport for the exam, as a user would write the module. */
const makeTransport = `import { createMemoryServer } from 'presence-machine/memory';

export function makeTransport() {
  const server = createMemoryServer({ users: { alice: 'secret' } });
  const seen = [];
  server.on('presence', ({ status, note }) => seen.push({ status, note }));
  return {
    transport: server.transport(),
    account: { name: 'alice', password: 'secret' },
    wrongAccount: { name: 'alice', password: 'wrong' },
    breakLine: () => void server.drop('alice'),
    silence: (isSilent) => void (server.faults.silent = isSilent ? { connect: true, publish: true } : {}),
    seenByOthers: () => seen,
    openLines: () => server.links,
    close: () => void server.drop(),
  };
}
`;

/** One whose links still speak after they were dropped (L26). */
const brokenTransport = `import { TransportError } from 'presence-machine';
import { makeTransport as makeReal } from './real-transport.mjs';

const chatty = (link, events) => ({
  synchronize: (signal) => link.synchronize(signal),
  publish: (presence, signal) => link.publish(presence, signal),
  close: (signal) => link.close(signal),
  drop() {
    link.drop();
    queueMicrotask(() => events.lost(new TransportError('lineLost')));
  },
});

export function makeTransport() {
  const { transport, ...others } = makeReal();
  const connect = async (server, credentials, events, signal) =>
    chatty(await transport.connect(server, credentials, events, signal), events);
  return { ...others, transport: { ...transport, connect } };
}
`;

/** An app whose whole page is one line of text. */
const hooks = `import { createPresenceService } from 'presence-machine';
import { createMemoryServer } from 'presence-machine/memory';

const now = { base: 0, firstSpread: 0, cap: 0, slowCap: 0 };
const alice = { name: 'alice', password: 'secret' };
const patience = 5_000;

export function arrange() {
  const server = createMemoryServer({ users: { alice: 'secret' } });
  const service = createPresenceService({ transport: server.transport(), policy: { retry: now, backOnlineSpread: 0 } });
  const app = { server, service, line: 'signed out' };
  service.on('OnMyStatusChange', () => void (app.line = lineOf(service.actor.getSnapshot().value)));
  return app;
}

function lineOf(value) {
  const leaf = typeof value === 'string' ? value : lineOf(Object.values(value)[0]);
  return leaf.replace(/[A-Z]/g, (letter) => \` \${letter.toLowerCase()}\`);
}

export function act({ server, service }, push) {
  switch (push.push) {
    case 'signin':
      return void service.signin(alice, push.status === undefined ? {} : { status: push.status });
    case 'wrongPassword':
      return void service.signin({ ...alice, password: 'wrong' });
    case 'signout':
      return void service.signout();
    case 'setStatus':
      return void service.setStatus(push.status);
    case 'network':
      return service.environment({ network: push.on });
    case 'awake':
      return service.environment({ awake: push.on });
    case 'breakLine':
      return void server.drop('alice');
  }
}

/** Looked at again and again, and never before the news of what was done has arrived: a line that breaks comes back to where it was. */
export async function assert(app, { text, status }) {
  const end = performance.now() + patience;
  const isShown = () =>
    app.line === text && app.service.myStatus === status && app.service.actor.getSnapshot().context.by === 'none';
  do await new Promise((turn) => setImmediate(turn));
  while (!isShown() && performance.now() < end);
  if (!isShown()) throw new Error(\`shows \${app.line}, not \${text}\`);
}

export const close = ({ service }) => service.dispose();
`;

/** Everything that a folder may hold beside the generated files. */
type Modules = Readonly<Record<string, string>>;
const sound: Modules = { 'transport.js': makeTransport, 'hooks.js': hooks };
/** Nobody can sign out of this app, and one that shows the wrong thing is not given long. */
const damaged: Modules = {
  'real-transport.mjs': makeTransport,
  'transport.js': brokenTransport,
  'hooks.js': hooks.replace('return void service.signout()', 'return undefined').replace('5_000', '50'),
};

interface Outcome {
  readonly code: number | null;
  readonly said: string;
  readonly ms: number;
}

function start(args: readonly string[]): Promise<Outcome> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    // A runner of its own: what this run is told of itself is not for it.
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(?:JEST|NODE_OPTIONS$|NODE_TEST|VITEST)/.test(name)),
    );
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...env, NO_COLOR: '1', FORCE_COLOR: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => void (said += data.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, said, ms: Math.round(performance.now() - began) }));
  });
}

const commands: Readonly<Record<RunnerName, (folder: string, files: readonly string[]) => readonly string[]>> = {
  jest: (folder) => [
    '--experimental-vm-modules',
    'node_modules/jest/bin/jest.js',
    '--config',
    JSON.stringify({ rootDir: folder, testEnvironment: 'node', testMatch: ['**/*.test.mjs'] }),
  ],
  vitest: (folder) => ['node_modules/vitest/vitest.mjs', 'run', '--root', folder],
  node: (folder, files) => ['--test', '--test-reporter=tap', ...files.map((file) => join(folder, file))],
};
/** How many tests a runner says it has passed, and failed. */
const counts: Readonly<Record<RunnerName, readonly [passed: RegExp, failed: RegExp]>> = {
  jest: [/^Tests: .*?(\d+) passed/m, /^Tests: .*?(\d+) failed/m],
  vitest: [/^ *Tests .*?(\d+) passed/m, /^ *Tests .*?(\d+) failed/m],
  node: [/^# pass (\d+)/m, /^# fail (\d+)/m],
};
const countIn = (said: string, pattern: RegExp): number => Number(pattern.exec(said)?.[1] ?? 0);

mkdirSync(join(root, '.tmp'), { recursive: true });
const home = mkdtempSync(join(root, '.tmp', 'generated-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
/** The package as it is installed: a folder of its own, so that a build in the working folder meanwhile does no harm. */
const installed = join(home, 'node_modules', 'presence-machine');

const fileOf = (target: Target) => `presence.${target}.test.mjs`;

/** A folder with the suites of all three targets, by the command. */
async function generate(runner: RunnerName): Promise<string> {
  const folder = mkdtempSync(join(home, `${runner}-`));
  const command = join(installed, 'dist/esm/src/cli/main.js');
  const said = await Promise.all(
    targets.map(async (target) => {
      const outcome = await start([command, 'generate', '--runner', runner, '--target', target, '--out', folder]);
      if (outcome.code !== 0) throw new Error(outcome.said);
      return outcome.said.trim().split('\n').at(-1);
    }),
  );
  process.stdout.write(`  ${runner}: ${said[targets.indexOf('service')]}\n`);
  return folder;
}

function put(folder: string, modules: Modules): void {
  for (const [name, text] of Object.entries(modules)) writeFileSync(join(folder, name), text);
}

/** Runs the suites of a folder. */
async function run(runner: RunnerName, folder: string): Promise<Outcome & { readonly passed: number; readonly failed: number }> {
  const outcome = await start(commands[runner](folder, targets.map(fileOf)));
  const [passed, failed] = counts[runner];
  return { ...outcome, passed: countIn(outcome.said, passed), failed: countIn(outcome.said, failed) };
}

beforeAll(async () => {
  // Modules of the one kind are all that is needed of a build; that the types are right is judged elsewhere.
  const sources = ['machines', 'src'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(root, folder, name)),
  );
  await build({
    entryPoints: sources.filter((name) => name.endsWith('.ts')),
    outdir: join(installed, 'dist', 'esm'),
    outbase: root,
    format: 'esm',
    target: 'node20',
    logLevel: 'silent',
  });
  copyFileSync(join(root, 'package.json'), join(installed, 'package.json'));
  // A project of its own: else the package's name would mean the project that this folder lies in.
  writeFileSync(join(home, 'package.json'), '{ "private": true, "type": "module" }\n');
}, 60_000);

const stepsIn = (text: string): number => text.split('\n').filter((line) => line.startsWith('      [')).length;
let wholeSteps = 0;

describe.each([...runners])('With %s', (runner) => {
  let folder = '';
  beforeAll(async () => {
    folder = await generate(runner);
  }, 60_000);

  it('the generated suites of a service, a transport and an app are green, in less than 10 s (M31, B07)', async () => {
    put(folder, sound);
    const { passed, failed, code, said, ms } = await run(runner, folder);
    process.stdout.write(`  ${runner}: ${passed} tests in ${ms} ms\n`);
    if (code !== 0) throw new Error(said);
    expect(failed).toBe(0);
    const text = readFileSync(join(folder, fileOf('service')), 'utf8');
    const paths = text.split(/^ {2}it\(/m).length - 1;
    wholeSteps = stepsIn(text);
    // More than the paths of the service: those of the app, and the items of the exam.
    expect(paths).toBeGreaterThan(100);
    expect(passed).toBeGreaterThan(paths + 20 + 80);
    // Where others are at work as well, it has to wait for its turn.
    expect(ms).toBeLessThan(10_000 * Math.max(1, (loadavg()[0] ?? 0) / availableParallelism()));
  }, 120_000);

  it('each of them fails when what it tests is damaged, and says where', async () => {
    put(folder, damaged);
    const file = join(folder, fileOf('service'));
    const text = readFileSync(file, 'utf8');
    // A driver's fault: who signs in unattended is not signed in again.
    const once = text.replace(
      '(options) => createPresenceService(options)',
      "(options) => createPresenceService({ ...options, policy: { ...options.policy, firstTry: 'once' } })",
    );
    expect(once).not.toBe(text);
    writeFileSync(file, once);
    const { code, said, failed, passed } = await run(runner, folder);
    process.stdout.write(`  ${runner}: damaged, ${failed} of ${failed + passed} tests fail\n`);
    expect(code).not.toBe(0);
    expect(failed).toBeGreaterThan(3);
    // A suite in which everything fails would say nothing about what is damaged.
    expect(passed).toBeGreaterThan(100);
    expect(said).toMatch(/"?step\\?"?: \d+/);
    expect(said).toMatch(/L26: after drop\(\) the link still told lost.*; path: findServer begins › /);
    expect(said).toContain('signout, has to end in signedOut: shows');
  }, 120_000);
});

describe('A generated file', () => {
  it('is no longer than what is asked for', () => {
    const { file, counts: numbers } = serviceFile('node', { states: ['idle'], maxSteps: 40 });
    expect(stepsIn(file.text)).toBe(numbers.steps);
    expect(file.text).toContain(`paths ${numbers.paths}, steps ${numbers.steps}`);
    expect(numbers.steps).toBeLessThan(wholeSteps / 4);
  });

  it('keeps a name that is none of a variable between quotes', () => {
    expect(transportFile('node', "./it's.mjs").text).toContain("from './it\\'s.mjs'");
    expect(uiFile('vitest', './hooks.js', { states: ['busy'], maxSteps: 7 }).file.text).toContain(
      "states: ['busy'], maxSteps: 7",
    );
  });
});
