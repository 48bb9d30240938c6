/**
 * `console` as a command: the story where nobody could look at a page, the page where it is asked for, the account at the command line, and where a
 * password may come from.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { fakeHost, killLeftovers, noticesIn, runFake, startCommand, type FakeHost } from './fakes.js';

afterEach(killLeftovers);

/** Where a console tells apps its address, in place of the user's own folder. */
let runtime = '';
beforeEach(async () => {
  runtime = await mkdtemp(join(tmpdir(), 'presence-runtime-'));
});
/** Consoles that run; a test that failed has not ended its own. */
const served = new Set<() => Promise<number | null>>();
afterEach(async () => {
  for (const end of served) await end();
  await rm(runtime, { recursive: true, force: true });
});

/** A page served at a free port, and what ends it. */
async function serve(args: readonly string[] = [], env: Record<string, string> = {}, host: FakeHost = hostWith(env)) {
  const outcome = runFake(['console', '--port', '0', '--no-open', ...args], host);
  const end = async (): Promise<number | null> => {
    served.delete(end);
    host.interrupt(130);
    return (await outcome).code;
  };
  served.add(end);
  await host.out.until(/Ctrl-C to end/);
  const url = /http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]+/.exec(host.out.text)?.[0] ?? '';
  return {
    host,
    url,
    end,
  };
}

const hostWith = (env: Record<string, string> = {}): FakeHost => fakeHost({ env: { XDG_RUNTIME_DIR: runtime, ...env } });

describe('console without a terminal', () => {
  it('tells the story of the demo, which is the first command of the README', async () => {
    const { code, out, err } = await startCommand(['console', '--fast']).end;
    expect([code, err]).toEqual([0, '']);
    expect(noticesIn(out).slice(0, 2)).toEqual([
      'OnMyStatusChange S_OK LOCAL_FINDING_SERVER progress',
      'OnMyStatusChange S_OK LOCAL_CONNECTING_TO_SERVER progress',
    ]);
    expect(out).toMatch(/The story went as told\.\n$/);
  }, 15_000);
});

describe('console with --port', () => {
  it('serves the page until it is interrupted, and leaves nothing behind', async () => {
    const page = await serve();
    expect(page.url).not.toBe('');
    const opened = await fetch(page.url, { redirect: 'manual' });
    expect(opened.status).toBe(303);
    const cookie = opened.headers.get('set-cookie')?.split(';')[0] ?? '';
    const html = await (await fetch(new URL('/', page.url), { headers: { cookie } })).text();
    expect(html).toContain('<title>presence-machine console</title>');
    // By this file apps find the console.
    const folder = join(runtime, 'presence-machine');
    const { port } = JSON.parse(await readFile(join(folder, 'inspector.json'), 'utf8')) as { port: number };
    expect(String(port)).toBe(new URL(page.url).port);
    expect(await page.end()).toBe(130);
    expect(await readdir(folder)).toEqual([]);
    expect(page.host.listeners()).toBe(0);
    await expect(fetch(page.url)).rejects.toThrow();
  });

  it('says that a port is taken', async () => {
    const first = await serve();
    const { port } = new URL(first.url);
    const { code, err } = await runFake(['console', '--port', port, '--no-open'], hostWith());
    expect([code, err]).toEqual([1, `console: port ${port} is taken\n`]);
    await first.end();
  });

  it('begins with an account of yours, whose password comes from the environment and goes nowhere else', async () => {
    const page = await serve(['--xmpp', 'you@example.org', '--url', 'ws://127.0.0.1:9/xmpp'], {
      PRESENCE_PASSWORD: 'p4ssw0rd-of-the-test',
    });
    const opened = await fetch(page.url, { redirect: 'manual' });
    const cookie = opened.headers.get('set-cookie')?.split(';')[0] ?? '';
    const { origin } = new URL(page.url);
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/socket`, { headers: { cookie }, origin });
    let text = '';
    const told = new Promise<void>((resolve) => {
      socket.on('message', (data: Buffer) => {
        text += data.toString('utf8');
        if (text.includes('connectFailed')) resolve();
      });
    });
    await new Promise((resolve) => socket.once('open', resolve));
    socket.send(JSON.stringify({ type: 'console.do', request: 1, wanted: { do: 'signin' } }));
    await told;
    expect(text).toContain('"account":{"name":"you@example.org","embedded":false,"url":"ws://127.0.0.1:9/xmpp"}');
    const kept = await readFile(join(runtime, 'presence-machine', 'inspector.json'), 'utf8');
    socket.terminate();
    await page.end();
    expect(kept + text + page.host.out.text + page.host.err.text).not.toContain('p4ssw0rd-of-the-test');
  });
});

describe('console', () => {
  it.each([
    [['--password', 'secret', '--port', '0'], 'error: --password is refused'],
    [['--url', 'wss://example.org', '--port', '0'], 'error: --url needs --xmpp'],
    [['--xmpp', 'no address', '--port', '0'], 'error: --xmpp: expected a sign-in name'],
    [['--port', '70000'], 'Expected a number from 0 to 65535'],
    [['--port', 'http'], 'Expected a number from 0 to 65535'],
  ])('is not understood with %j', async (args, says) => {
    const { code, err, out } = await runFake(['console', ...args], hostWith());
    expect(code).toBe(2);
    expect(err).toContain(says);
    expect(err + out).not.toContain('secret');
  });
});
