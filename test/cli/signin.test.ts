/**
 * `signin` against the loopback server by its address, as against any XMPP server: exit codes, what is printed, the prompt, and that the
 * password is nowhere in it.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startLoopbackServer, type LoopbackServer } from '../../src/transports/loopback/index.js';
import { fakeHost, killLeftovers, noticesIn, runFake, startAtTerminal, startCommand } from './fakes.js';

const secret = 'correct-horse-battery';
const wrong = 'staple-staple';
const name = 'alice@localhost';
let server: LoopbackServer;
beforeAll(async () => {
  server = await startLoopbackServer({ users: { [name]: secret } });
});
afterEach(() => {
  killLeftovers();
  server.calm();
  server.drop();
});
afterAll(() => server.close());
const to = () => ['signin', '--xmpp', name, '--url', server.url];

const signedIn = [
  'OnMyStatusChange S_OK LOCAL_FINDING_SERVER progress',
  'OnMyStatusChange S_OK LOCAL_CONNECTING_TO_SERVER progress',
  'OnSignin S_OK progress',
  'OnMyStatusChange S_OK LOCAL_SYNCHRONIZING_WITH_SERVER progress',
];
const signedOut = [
  'OnSignout userRequest',
  'OnMyStatusChange S_OK LOCAL_DISCONNECTING_FROM_SERVER userRequest',
  'OnMyStatusChange S_OK OFFLINE userRequest',
];

describe('signin through a pipe', () => {
  it('signs in, says so, signs out and ends by itself with 0', async () => {
    const { code, out, err } = await startCommand(to(), { PRESENCE_PASSWORD: secret }).end;
    expect(err).toBe('');
    expect(noticesIn(out)).toEqual([...signedIn, 'OnMyStatusChange S_OK ONLINE progress', ...signedOut]);
    expect(code).toBe(0);
    expect(out).not.toContain(secret);
    expect(server.sessions()).toEqual([]);
  }, 15_000);

  it('ends with 1 when the password is wrong', async () => {
    const { code, out, err } = await runFake(to(), fakeHost({ env: { PRESENCE_PASSWORD: wrong } }));
    expect(noticesIn(out)).toEqual([
      ...signedIn.slice(0, 2),
      'OnSignin MSGR_E_INVALID_PASSWORD invalidPassword',
      'OnMyStatusChange S_OK OFFLINE invalidPassword',
    ]);
    expect([code, err]).toEqual([1, '']);
    expect(out).not.toContain(wrong);
  });

  it('ends with 1 when the server fails after it has accepted the sign-in, although that would be retried', async () => {
    server.faults.roster = 'internal-server-error';
    const { code, out } = await runFake(to(), fakeHost({ env: { PRESENCE_PASSWORD: secret } }));
    expect(noticesIn(out).slice(0, 4)).toEqual(signedIn);
    expect(noticesIn(out).at(-1)).toBe('OnMyStatusChange S_OK OFFLINE userRequest');
    expect(code).toBe(1);
  });

  it('shows the status and note that were asked for', async () => {
    const host = fakeHost({ env: { PRESENCE_PASSWORD: secret } });
    server.faults.silent = 'close';
    const outcome = runFake([...to(), '--status', 'out-to-lunch', '--note', 'soup'], host);
    await host.out.until(/OUT_TO_LUNCH/);
    expect(server.sessions()).toEqual([expect.objectContaining({ user: name, show: 'xa', note: 'soup' })]);
    server.drop();
    expect((await outcome).code).toBe(0);
  });

  it('is ended by an interrupt, with nothing left at the server', async () => {
    const host = fakeHost({ env: { PRESENCE_PASSWORD: secret } });
    server.faults.silent = 'auth';
    const outcome = runFake(to(), host);
    await host.out.until(/LOCAL_CONNECTING/);
    host.interrupt(143);
    expect((await outcome).code).toBe(143);
    expect(host.listeners()).toBe(0);
  });
});

describe('signin at a terminal', () => {
  it('asks for the password without showing it, then takes commands', async () => {
    const terminal = startAtTerminal([...to(), '--status', 'BUSY'], { PRESENCE_PASSWORD: '' });
    const type = async (line: string, ...patterns: readonly RegExp[]) => {
      const from = terminal.out.text.length;
      terminal.write(`${line}\r`);
      for (const pattern of patterns) await terminal.out.until(pattern, from);
    };
    await terminal.out.until(/Password of alice@localhost: $/);
    await type(wrong, /MSGR_E_INVALID_PASSWORD/, /OFFLINE {2}invalidPassword|OFFLINE\s+invalidPassword/);
    // It was wrong, so it is asked for once more.
    await type('signin', /Password of alice@localhost: $/);
    await type(`${secret}x\u007f`, /signin: S_OK/, /S_OK {2}BUSY/);
    await type('signout', /signout: S_OK/, /OFFLINE\s+userRequest/);
    await type('signin online', /signin: S_OK/, /S_OK {2}ONLINE/);
    await type('lose', /There is no command lose/);
    await type('quit', /OFFLINE\s+userRequest/);
    const { code, out } = await terminal.end;
    expect(code).toBe(0);
    expect(out).not.toContain(secret);
    expect(out).not.toContain(wrong);
  }, 20_000);

  it('is interrupted at the question by Ctrl-C with 130, and by an empty answer with 2', async () => {
    const interrupted = fakeHost({ tty: true });
    const first = runFake(to(), interrupted);
    await interrupted.err.until(/Password of alice@localhost: $/);
    interrupted.input.write('\u0003');
    expect((await first).code).toBe(130);

    const empty = fakeHost({ tty: true });
    const second = runFake(to(), empty);
    await empty.err.until(/Password/);
    empty.input.write('\r');
    expect(await second).toMatchObject({ code: 2, err: expect.stringContaining('error: no password') });
    for (const host of [interrupted, empty]) expect(host.input.modes).toEqual([true, false]);
  });
});
