/**
 * Every program in `examples/` is run as its opening comment says, by its own process against the built package, and its output is looked at. A
 * program without an expectation here is a failure. A file that exports something is for others to import, and is only loaded.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';

const exec = promisify(execFile);

const printed: Readonly<Record<string, readonly string[]>> = {
  'my-status.ts': [
    'EVENT my Status Changed - Current Status: LOCAL_FINDING_SERVER, Availability: 18000',
    'EVENT my Status Changed - Current Status: LOCAL_CONNECTING_TO_SERVER, Availability: 18000',
    'EVENT my Status Changed - Current Status: LOCAL_SYNCHRONIZING_WITH_SERVER, Availability: 18000',
    'EVENT my Status Changed - Current Status: ONLINE, Availability: 3000',
    'EVENT my Status Changed - Current Status: BE_RIGHT_BACK, Availability: 12000',
    'EVENT my Status Changed - Current Status: BUSY, Availability: 6000, Note: writing',
    'EVENT my Status Changed - Current Status: LOCAL_DISCONNECTING_FROM_SERVER, Availability: 18000',
    'EVENT my Status Changed - Current Status: OFFLINE, Availability: 18000',
  ],
  'signin.ts': [
    'Signin called: S_OK',
    'Signin failed: MSGR_E_INVALID_PASSWORD (invalidPassword)',
    'Not online: invalidPassword',
    'Signin called: S_OK',
    'Signin successful',
    'Online as alice@localhost',
  ],
};

const textOf = (file: string): string => readFileSync(join('examples', file), 'utf8');
const isModule = (file: string): boolean => /^export /m.test(textOf(file));
const files = readdirSync('examples')
  .filter((file) => file.endsWith('.ts'))
  .sort();
const programs = files.filter((file) => !isModule(file));
const modules = files.filter(isModule);

function newest(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Math.max(...files.map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs));
}

beforeAll(async () => {
  // `npm ci` has built dist/; in a clone where somebody works it may be older than what it is built from.
  const built = 'dist/esm/src/index.js';
  const isFresh = existsSync(built) && statSync(built).mtimeMs >= Math.max(newest('src'), newest('machines'));
  if (!isFresh) await exec(process.execPath, ['.ci/build.mjs']);
}, 60_000);

describe('Examples', () => {
  it('that are programs are all looked at', () => {
    expect(programs).toEqual(Object.keys(printed).sort());
  });

  it('that are modules can be imported, and do nothing by themselves', async () => {
    for (const file of modules) {
      const load = `await import('./examples/${file}')`;
      const { stdout, stderr } = await exec(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', load]);
      expect([file, stdout, stderr]).toEqual([file, '', '']);
    }
  }, 15_000);

  it.each(Object.entries(printed))(
    '%s prints what it promises and ends by itself',
    async (file, lines) => {
      const { stdout, stderr } = await exec(process.execPath, ['--import', 'tsx', join('examples', file)]);
      expect(stderr).toBe('');
      expect(stdout.trimEnd().split('\n')).toEqual(lines);
    },
    15_000,
  );

  it.each(Object.keys(printed))('%s says first what it is and how to run it', (file) => {
    expect(textOf(file)).toMatch(new RegExp(`^/\\*\\*\\n(?: \\*.*\\n)+ \\* +npx tsx examples/${file}\\n(?: \\*.*\\n)* \\*/\\n`));
  });
});

describe('The exam in examples/exam', () => {
  /** By the test runner of Node.js, as its opening comment says. */
  async function run(file: string): Promise<{ readonly code: number; readonly out: string }> {
    // A process that Jest has started would take its child for one of its own tests.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const args = ['--import', 'tsx', '--test', '--test-reporter=tap', file];
    return exec(process.execPath, args, { env, maxBuffer: 16e6 }).then(
      ({ stdout }) => ({ code: 0, out: stdout }),
      (error: { readonly code: number; readonly stdout: string }) => ({ code: error.code, out: error.stdout }),
    );
  }

  it('is passed by the transport that README shows, all the questions that README counts', async () => {
    const { code, out } = await run('examples/exam/node.ts');
    const [, questions] = /exam of (\d+) questions/.exec(readFileSync('README.md', 'utf8')) ?? [];
    expect([code, /^# pass (\d+)$/m.exec(out)?.[1], /^# fail (\d+)$/m.exec(out)?.[1]]).toEqual([0, questions, '0']);
  }, 60_000);

  it('is failed by the naive one, which names the laws', async () => {
    const folder = mkdtempSync(resolve('.tmp-exam-'));
    try {
      const text = readFileSync('examples/exam/node.ts', 'utf8')
        .replace("{ jsonTransport } from '../websocket-transport.js'", "{ naiveTransport } from '../examples/naive-transport.js'")
        .replace("'./server.js'", "'../examples/exam/server.js'")
        .replace('transport: jsonTransport', 'transport: naiveTransport()')
        .replace("name: 'json'", "name: 'naive', patience: 1_000");
      writeFileSync(join(folder, 'node.ts'), text);
      const { code, out } = await run(join(folder, 'node.ts'));
      expect([code, /^ +not ok \d+ - L23: .*$/m.test(out)]).toEqual([1, true]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 60_000);
});
