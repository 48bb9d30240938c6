/** What README.md says is true: its code runs and prints what it says, its numbers are the numbers, its links lead somewhere. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jsonTransport } from '../examples/websocket-transport.js';
import { createPresenceService, MISTATUS, statusName, type Notice } from '../src/index.js';
import * as environment from '../src/environment/index.js';
import { PresenceService } from '../src/service.js';
import { mapping } from '../src/transports/xmpp/mapping.js';
import * as codes from '../machines/codes.js';
import { bundle } from './support/bundle.js';
import { startJsonServer, type JsonServer } from './support/json-server.js';

const readme = readFileSync('README.md', 'utf8');
const blocks = [...readme.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, language, text]) => ({ language, text: text ?? '' }));
const block = (language: string) => blocks.find((found) => found.language === language)?.text ?? '';

describe('README', () => {
  it('shows twelve lines of code that run and print what it says (M02)', async () => {
    const code = block('ts');
    expect(
      code
        .trim()
        .split('\n')
        .filter((line) => line !== ''),
    ).toHaveLength(12);
    const folder = await mkdtemp(resolve('.tmp-readme-'));
    try {
      await writeFile(join(folder, 'app.ts'), code);
      await writeFile(join(folder, 'app.mjs'), await bundle(join(folder, 'app.ts')));
      const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'app.mjs')], { timeout: 20_000 });
      expect(stdout).toBe(block('text'));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('shows files as they are', () => {
    const shown = [...readme.matchAll(/<!-- file: (\S+) -->\n+```\w+\n([\s\S]*?)```/g)];
    expect(shown.length).toBeGreaterThan(0);
    for (const [, path, text] of shown) expect(text).toBe(readFileSync(path ?? '', 'utf8'));
  });

  it('names numbers as they are', () => {
    const rows = [...readme.matchAll(/^\| `([A-Z_]+)` +\| (0x[0-9a-f]+) /gm)];
    expect(rows.length).toBe(13 + 11);
    for (const [, name = '', hex = ''] of rows) {
      const number = name in MISTATUS ? MISTATUS[name as keyof typeof MISTATUS] : (codes as Record<string, unknown>)[name];
      expect([name, number]).toEqual([name, Number(hex) | 0]);
    }
  });

  it('has every call of a service in its table, and counts calls and notices as they are', () => {
    const calls = Object.entries(Object.getOwnPropertyDescriptors(PresenceService.prototype))
      .filter(([name, { value }]) => typeof value === 'function' && name !== 'constructor')
      .map(([name]) => name);
    const table = readme.slice(readme.indexOf('| Call '), readme.indexOf('To read:'));
    const shown = [...table.matchAll(/^\| (.+?) +\| /gm)].flatMap(([, cell = '']) => cell.match(/(?<=`)\w+(?=\()/g) ?? []);
    expect([...shown].sort()).toEqual([...calls].sort());
    const noticesTold = [...readme.matchAll(/^\| `(On\w+)` +\| /gm)].map(([, name]) => name);
    expect([calls.length, noticesTold.length, readme.includes('eleven calls, five notices')]).toEqual([11, 5, true]);
    const readable = Object.entries(Object.getOwnPropertyDescriptors(PresenceService.prototype)).filter(([, { get }]) => get);
    const told = readme.slice(readme.indexOf('To read:'), readme.indexOf('`presence-machine/environment` tells'));
    expect(readable.map(([name]) => name).filter((name) => !told.includes(`\`${name}\``))).toEqual([]);
  });

  it('has every source of surroundings in its table', () => {
    const shown = [...readme.matchAll(/^\| `(watch\w+)` +\| /gm)].map(([, name]) => name);
    expect(new Set(shown)).toEqual(new Set(Object.keys(environment)));
  });

  it('has the mapping of statuses as it is (M21)', () => {
    const rows = [...readme.matchAll(/^\| `(\w+)` +\| (\d+) +\| (\S+) +\| (\S*) +\| `(\w+)` +\|$/gm)].map(
      ([, ...cells]) => cells,
    );
    expect(rows).toEqual(
      mapping.map(({ status, show, plainly, ...more }) => [
        statusName(status),
        String(codes.availabilityOf(status)),
        show === '' ? 'none' : `\`${show}\``,
        'activity' in more ? `\`${more.activity.join('/')}\`` : '',
        statusName(plainly),
      ]),
    );
  });

  it('links to files that exist', () => {
    const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, link = '']) => link).filter((link) => !link.startsWith('http'));
    expect(links.filter((link) => !existsSync(link))).toEqual([]);
  });
});

describe('the transport that README shows', () => {
  let server: JsonServer;

  beforeAll(async () => {
    server = await startJsonServer({ refused: [MISTATUS.AWAY], garbled: [MISTATUS.IDLE] });
  });
  afterAll(() => server.close());

  async function until(notices: Notice[], text: string): Promise<string[]> {
    const told = () =>
      notices.map((notice) =>
        'mMyStatus' in notice
          ? `${notice.hr} ${statusName(notice.mMyStatus)} ${notice.reason}`
          : `${notice.type} ${notice.reason}`,
      );
    while (!told().includes(text)) await new Promise((turn) => setImmediate(turn));
    return told();
  }

  const start = () => {
    const service = createPresenceService({ transport: jsonTransport, policy: { retry: { firstSpread: 0, base: 0 } } });
    const notices: Notice[] = [];
    service.on('*', (notice) => void notices.push(notice));
    return { service, notices };
  };

  it('signs in as busy, is refused as away, loses its line, comes back busy and signs out (T1 T13 T16 T15)', async () => {
    const { service, notices } = start();
    service.signin({ name: 'alice@chat', password: 'secret', server: server.url }, { status: MISTATUS.BUSY });
    await service.ready();
    service.setStatus(MISTATUS.AWAY);
    await until(notices, '-2130705651 BUSY statusRejected');
    const before = notices.length;
    server.breakLines();
    await until(notices, '0 OFFLINE lineLost');
    while (service.myStatus !== MISTATUS.BUSY || notices.length < before + 5) await new Promise((turn) => setImmediate(turn));
    service.signout();
    await until(notices, '0 OFFLINE userRequest');
    while (server.lines > 0) await new Promise((turn) => setImmediate(turn));
    await service.dispose();
  });

  it('ends with invalidPassword where the password is wrong, and with serverNotFound where the address is none (T2 T3)', async () => {
    const { service, notices } = start();
    service.signin({ name: 'alice@chat', password: 'wrong', server: server.url });
    await until(notices, '0 OFFLINE invalidPassword');
    service.signin({ name: 'alice@chat', password: 'secret', server: 'nowhere' });
    await until(notices, '0 OFFLINE serverNotFound');
    await service.dispose();
  });

  it('takes an answer that is no JSON for a lost line, not for a crash (L20)', async () => {
    const { service, notices } = start();
    service.signin({ name: 'alice@chat', password: 'secret', server: server.url });
    await service.ready();
    service.environment({ userActive: false });
    await service.dispose();
    expect(notices.at(-1)).toMatchObject({ mMyStatus: MISTATUS.ONLINE });
    const link = await jsonTransport.connect(
      server.url,
      { name: 'bob', password: 'secret' },
      { lost: () => {}, contact: () => {}, own: () => {} },
      AbortSignal.timeout(5_000),
    );
    await expect(link.publish({ status: MISTATUS.IDLE }, AbortSignal.timeout(5_000))).rejects.toMatchObject({
      reason: 'lineLost',
    });
    link.drop();
  });
});
