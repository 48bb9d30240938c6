/**
 * Generated test files run green: for each runner the suites of a service, of a transport and of an app are generated into a folder that git
 * ignores, and run by the real runner in a process of its own against the built package; and each is shown to fail.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runners, serviceFile, transportFile, uiFile, type GeneratedFile, type RunnerName } from '../../src/generate/index.js';

const root = process.cwd();

/** A transport for the exam, as a user would write the module. */
const makeTransport = `import { createMemoryServer } from 'presence-machine/memory';

export function makeTransport() {
  const server = createMemoryServer({ users: { alice: 'secret' } });
  return {
    transport: server.transport(),
    account: { name: 'alice', password: 'secret' },
    wrongAccount: { name: 'alice', password: 'wrong' },
    breakLine: () => void server.drop('alice'),
    openLines: () => server.links,
  };
}
`;

/** An app whose whole page is one line of text. */
const hooks = `import { createPresenceService } from 'presence-machine';
import { createMemoryServer } from 'presence-machine/memory';

const now = { base: 0, firstSpread: 0, cap: 0, slowCap: 0 };
const alice = { name: 'alice', password: 'secret' };

export function arrange() {
  const server = createMemoryServer({ users: { alice: 'secret' } });
  const service = createPresenceService({ transport: server.transport(), policy: { retry: now, backOnlineSpread: 0 } });
  const app = { server, service, line: 'signed out' };
  service.on('OnMyStatusChange', ({ reason }) => {
    const { value } = service.actor.getSnapshot();
    app.line = lineOf(value);
  });
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

/** A change comes in its own time; a page would be looked at again and again as well. */
export async function assert(app, { text, status }) {
  const end = Date.now() + 5_000;
  const isShown = () => app.line === text && app.service.myStatus === status && app.service.actor.getSnapshot().context.by === 'none';
  while (!isShown() && Date.now() < end) await new Promise((turn) => setTimeout(turn, 1));
  if (!isShown()) throw new Error(\`shows \${app.line}, not \${text}\`);
}

export const close = ({ service }) => service.dispose();
`;

function newest(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Math.max(...files.map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs));
}

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
  node: (folder, files) => ['--test', ...files.map((file) => join(folder, file))],
};
/** How many tests a runner says it has passed, and failed. */
const counts: Readonly<Record<RunnerName, readonly [passed: RegExp, failed: RegExp]>> = {
  jest: [/^Tests: .*?(\d+) passed/m, /^Tests: .*?(\d+) failed/m],
  vitest: [/^ *Tests .*?(\d+) passed/m, /^ *Tests .*?(\d+) failed/m],
  node: [/^. pass (\d+)/m, /^. fail (\d+)/m],
};
const countIn = (said: string, pattern: RegExp): number => Number(pattern.exec(said)?.[1] ?? 0);

const home = mkdtempSync(join(root, '.tmp-generated-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Writes files into a folder of their own and runs them. */
async function run(
  runner: RunnerName,
  files: readonly GeneratedFile[],
): Promise<Outcome & { readonly passed: number; readonly failed: number }> {
  const folder = mkdtempSync(join(home, `${runner}-`));
  writeFileSync(join(folder, 'transport.mjs'), makeTransport);
  writeFileSync(join(folder, 'hooks.mjs'), hooks);
  for (const { name, text } of files) writeFileSync(join(folder, name), text);
  const outcome = await start(
    commands[runner](
      folder,
      files.map(({ name }) => name),
    ),
  );
  const [passed, failed] = counts[runner];
  return { ...outcome, passed: countIn(outcome.said, passed), failed: countIn(outcome.said, failed) };
}

beforeAll(async () => {
  // `npm ci` has built dist/; in a clone where somebody works it may be older than what it is built from.
  const built = join(root, 'dist/esm/src/index.js');
  if (existsSync(built) && statSync(built).mtimeMs >= Math.max(newest('src'), newest('machines'))) return;
  const { code, said } = await start(['.ci/build.mjs']);
  if (code !== 0) throw new Error(said);
}, 120_000);

describe.each([...runners])('With %s', (runner) => {
  it('the generated suites of a service, a transport and an app are green', async () => {
    const { file, counts: numbers } = serviceFile(runner, {});
    const { passed, failed, code, said, ms } = await run(runner, [
      file,
      transportFile(runner, './transport.mjs'),
      uiFile(runner, './hooks.mjs', {}).file,
    ]);
    process.stdout.write(`  ${runner}: ${passed} tests in ${ms} ms\n`);
    if (code !== 0) throw new Error(said);
    expect(failed).toBe(0);
    // More than the paths of the service: those of the app, and the items of the exam.
    expect(passed).toBeGreaterThan(numbers.paths + 20 + 80);
  }, 120_000);

  it('they fail when what they test is wrong', async () => {
    const { file } = serviceFile(runner, { cover: 'edges', states: ['connecting'] });
    const wrong = `(options) => createPresenceService({ ...options, policy: { ...options.policy, firstTry: 'once' } })`;
    const service = { ...file, text: file.text.replace('(options) => createPresenceService(options)', wrong) };
    expect(service.text).not.toBe(file.text);
    const ui = uiFile(runner, './hooks.mjs', { cover: 'edges' }).file;
    const broken = {
      ...ui,
      text: ui.text.replace(
        '...hooks,',
        "...hooks, act: (app, push) => (push.push === 'signout' ? undefined : hooks.act(app, push)), assert: (app, { text }) => new Promise((turn) => setTimeout(turn, 20)).then(() => { if (app.line !== text) throw new Error(`shows ${app.line}, not ${text}`); }),",
      ),
    };
    expect(broken.text).not.toBe(ui.text);
    const { code, said, failed } = await run(runner, [service, broken]);
    expect(code).not.toBe(0);
    expect(failed).toBeGreaterThan(1);
    expect(said).toContain('signout, has to end in signedOut: shows');
    // Of the service, the step is named that came out otherwise.
    expect(said).toMatch(/"?step"?: \d+/);
  }, 120_000);
});

describe('A generated file', () => {
  it('is no longer than what is asked for', () => {
    const whole = serviceFile('node', {});
    const some = serviceFile('node', { states: ['idle'], maxSteps: 40 });
    expect(some.counts.steps).toBeLessThan(whole.counts.steps / 4);
    expect(some.file.text.split('\n').filter((line) => line.startsWith('      [')).length).toBe(some.counts.steps);
    expect(whole.file.text).toContain(`paths ${whole.counts.paths}, steps ${whole.counts.steps}`);
    expect(whole.counts.ratio).toBeLessThanOrEqual(1.5);
  });

  it('keeps a name that is none of a variable between quotes', () => {
    expect(transportFile('node', "./it's.mjs").text).toContain("from './it\\'s.mjs'");
    expect(uiFile('vitest', './hooks.js', { states: ['busy'], maxSteps: 7 }).file.text).toContain(
      "states: ['busy'], maxSteps: 7",
    );
  });
});
