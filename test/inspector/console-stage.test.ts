/**
 * The console without its page: real requests to a real service against a real server, what all pages are told, late pages, other accounts, and what
 * must never be told.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MISTATUS, resultName } from '../../src/index.js';
import type { Console } from '../../src/inspector/console/console.js';
import type { ConsoleNews } from '../../src/inspector/console/protocol.js';
import { Listener, passwords, startTestConsole } from './console-stand.js';

const shows = (status: number) => (message: ConsoleNews) => 'news' in message && message.news.situation.status === status;
const sees = (status: number, note?: string) => (message: ConsoleNews) =>
  'news' in message && message.news.sights.some((sight) => sight.status === status && sight.note === note);

describe('The console', () => {
  let console_: Console;
  let page: Listener;
  const asked: string[] = [];
  beforeEach(async () => {
    asked.length = 0;
    console_ = await startTestConsole({
      askPassword: (name) => {
        asked.push(name);
        return Promise.resolve(name.startsWith('nobody') ? undefined : passwords.bob);
      },
    });
    page = await Listener.open(console_);
  });
  afterEach(async () => {
    page.close();
    await console_.close();
  });

  it('signs in over real XMPP, and tells the other account’s view', async () => {
    const answer = await page.ask({ do: 'signin', status: MISTATUS.BUSY, note: 'in a meeting' });
    expect(resultName(answer.hr ?? -1)).toBe('S_OK');
    await page.until(shows(MISTATUS.BUSY));
    await page.until(sees(MISTATUS.BUSY, 'in a meeting'));
    expect(page.notices).toEqual([
      'OnMyStatusChange 256 progress',
      'OnMyStatusChange 512 progress',
      'OnSignin progress',
      'OnMyStatusChange 768 progress',
      'OnMyStatusChange 10 progress',
    ]);
    expect(console_.stage.server.sessions()).toContainEqual(
      expect.objectContaining({ user: 'alice@localhost', show: 'dnd', note: 'in a meeting' }),
    );
  });

  it('tells what passes between transport and server after the step that caused it', async () => {
    await page.ask({ do: 'signin' });
    await page.until(shows(MISTATUS.ONLINE));
    const all = console_.stage.session.all();
    expect(all.wire.map(({ step, verb, phase }) => `${step} ${verb} ${phase}`)).toEqual([
      '1 findServer asked',
      '1 findServer done',
      '2 connect asked',
      '2 connect done',
      '3 synchronize asked',
      '3 synchronize done',
      '4 publish asked',
      '4 publish done',
    ]);
    expect(all.records.map(({ n, message }) => `${n} ${message.type}`)).toEqual([
      '1 signin.request',
      '2 server.found',
      '3 link.opened',
      '4 session.synchronized',
      '5 status.published',
    ]);
  });

  it('tells a page that comes late all that happened', async () => {
    await page.ask({ do: 'signin' });
    await page.until(shows(MISTATUS.ONLINE));
    const late = await Listener.open(console_);
    const first = await late.until((message) => message.type === 'console.session');
    expect('news' in first && first.news.records.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5]);
    expect('news' in first && first.news.begin).toMatchObject({ n: 1, start: { value: { offline: 'signedOut' } } });
    late.close();
  });

  it('answers a call with its code in every state', async () => {
    expect(resultName((await page.ask({ do: 'signout' })).hr ?? 0)).toBe('MSGR_E_NOT_LOGGED_ON');
    expect(resultName((await page.ask({ do: 'status', status: MISTATUS.BUSY })).hr ?? 0)).toBe('MSGR_E_NOT_LOGGED_ON');
    expect(resultName((await page.ask({ do: 'status', status: 77 })).hr ?? 0)).toBe('E_INVALIDARG');
    await page.ask({ do: 'signin' });
    await page.until(shows(MISTATUS.ONLINE));
    expect(resultName((await page.ask({ do: 'signin' })).hr ?? 0)).toBe('MSGR_E_ALREADY_LOGGED_ON');
  });

  it('lets a status end by itself, on the clock of the console', async () => {
    await page.ask({ do: 'signin' });
    await page.until(shows(MISTATUS.ONLINE));
    await page.ask({ do: 'speed', speed: 60 });
    await page.ask({ do: 'status', status: MISTATUS.BUSY, for: 30_000 });
    await page.until((message) => 'news' in message && message.news.situation.until !== undefined);
    await page.until(({ type }) => type === 'console.news' && page.notices.includes('OnMyStatusChange 2 statusExpired'));
  });

  it('goes on only by steps when the clock stands still', async () => {
    await page.ask({ do: 'speed', speed: 0 });
    await page.ask({ do: 'fault', name: 'latency', value: 100 });
    await page.ask({ do: 'signin' });
    await page.until(shows(MISTATUS.LOCAL_CONNECTING_TO_SERVER));
    const before = console_.stage.clock.now();
    for (let step = 0; step < 200 && console_.stage.session.situation().status !== MISTATUS.ONLINE; step++) {
      const { error } = await page.ask({ do: 'step', ms: 100 });
      expect(error).toBeUndefined();
    }
    expect(console_.stage.session.situation().status).toBe(MISTATUS.ONLINE);
    expect(console_.stage.clock.now()).toBeGreaterThanOrEqual(before + 600);
  });

  it('switches only faults that the server has, and says why not', async () => {
    expect((await page.ask({ do: 'fault', name: 'silent', value: 'everywhere' })).error).toContain('silent cannot be');
    expect((await page.ask({ do: 'fault', name: 'auth', value: 'not-authorized' })).error).toBeUndefined();
    await page.until((message) => 'stage' in message && message.stage.server.faults.auth === 'not-authorized');
    await page.ask({ do: 'calm' });
    expect(console_.stage.view().server.faults).toMatchObject({ auth: false, latency: 0 });
  });

  it('says that nobody is there to be struck', async () => {
    expect((await page.ask({ do: 'strike', what: 'drop' })).error).toBe('nobody is connected');
  });

  it('brings the onlooker back after a shutdown, and says that it knew nothing meanwhile', async () => {
    await page.ask({ do: 'signin' });
    await page.until(sees(MISTATUS.ONLINE));
    await page.ask({ do: 'strike', what: 'shutdown' });
    await page.until(sees(MISTATUS.UNKNOWN));
    await page.until((message) => 'stage' in message && !message.stage.onlooker.isThere);
    await page.ask({ do: 'speed', speed: 10 });
    const since = page.messages.length;
    await page.until(
      (message) => page.messages.indexOf(message) >= since && 'stage' in message && message.stage.onlooker.isThere,
    );
  });

  it('takes an account on a real server by its address, with a password that no page ever has', async () => {
    // The loopback server stands in for the real one: it is reached by its address only.
    const { url } = console_.stage.server;
    expect((await page.ask({ do: 'account', name: 'bob@localhost', url })).error).toBeUndefined();
    const session = await page.until((message) => message.type === 'console.session' && message.session === 2);
    expect('stage' in session && session.stage.account).toEqual({ name: 'bob@localhost', embedded: false, url });
    expect((await page.ask({ do: 'speed', speed: 60 })).error).toBe('a real server keeps real time');
    await page.ask({ do: 'signin' });
    expect(asked).toEqual(['bob@localhost']);
    await page.until(shows(MISTATUS.ONLINE));
    expect((await page.ask({ do: 'account' })).error).toBe('sign out first');
    await page.ask({ do: 'signout' });
    await page.until(
      (message) => 'news' in message && message.news.situation.leaf === 'signedOut' && message.news.records.length > 0,
    );
    expect((await page.ask({ do: 'account' })).error).toBeUndefined();
    expect(console_.stage.view().account).toEqual({ name: 'alice@localhost', embedded: true });
  });

  it('asks again after a wrong password, and signs nobody in when nobody answers', async () => {
    const { url } = console_.stage.server;
    await page.ask({ do: 'account', name: 'mallory@localhost', url });
    await page.ask({ do: 'signin' });
    await page.until(({ type }) => type === 'console.news' && page.notices.includes('OnSignin invalidPassword'));
    await page.ask({ do: 'signin' });
    expect(asked).toEqual(['mallory@localhost', 'mallory@localhost']);
    await page.ask({ do: 'signout' });
    await page.ask({ do: 'account', name: 'nobody@localhost', url });
    expect((await page.ask({ do: 'signin' })).error).toBe('no password was given for nobody@localhost');
  });

  it('answers what is no request with an error, and goes on', async () => {
    page.send({ type: 'console.do', request: 1, wanted: { do: 'explode' } });
    page.send({ type: 'something else' });
    await page.until(({ type }) => (type as string) === 'error');
    expect((await page.ask({ do: 'calm' })).error).toBeUndefined();
  });

  it('tells no password, whatever happens (L19)', async () => {
    await page.ask({ do: 'fault', name: 'auth', value: 'not-authorized' });
    await page.ask({ do: 'signin' });
    await page.until(({ type }) => type === 'console.news' && page.notices.includes('OnSignin invalidPassword'));
    await page.ask({ do: 'calm' });
    await page.ask({ do: 'signin' });
    await page.until(shows(MISTATUS.ONLINE));
    await page.ask({ do: 'strike', what: 'kick' });
    await page.until(({ type }) => type === 'console.news' && page.notices.includes('OnMyStatusChange 1 signedInElsewhere'));
    const base64 = Buffer.from(`\0alice\0${passwords.alice}`).toString('base64');
    for (const secret of [...Object.values(passwords), base64]) expect(page.text).not.toContain(secret);
  });
});
