/** The inspector's server under attack: strangers are refused, damage stays with who does it, and nothing is left behind. */
import { createConnection } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from '@jest/globals';
import { startInspectorServer, type InspectorServer, type InspectorServerOptions } from '../../src/inspector/index.js';
import { ask, cookieOf, listen, openPage } from '../support/inspector-clients.js';

const servers: InspectorServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const html = '<!doctype html><title>page</title>';
async function serve(options: Partial<InspectorServerOptions> = {}): Promise<InspectorServer> {
  const server = await startInspectorServer({
    pages: {
      '/': { type: 'text/html; charset=utf-8', body: html },
      '/page.js': { type: 'text/javascript', body: Buffer.from('1;') },
    },
    onMessage: (client, message) => client.send({ type: 'echo', message }),
    hello: () => [{ type: 'first' }, { type: 'second' }],
    ...options,
  });
  servers.push(server);
  return server;
}
const refused = (status: number) => new Error(`refused: ${status}`);

describe('The link', () => {
  it('opens the page once: it is exchanged for a cookie that scripts and other sites cannot use', async () => {
    const server = await serve();
    const { port, url } = server;
    const { pathname, search } = new URL(url);
    const opened = await ask(port, pathname + search);
    expect([opened.status, opened.headers['location'], opened.body]).toEqual([303, '/', '']);
    expect(opened.headers['set-cookie']?.[0]).toMatch(/^presence-inspector-\d+=[\w-]{32}; HttpOnly; SameSite=Strict; Path=\/$/);
    const again = await ask(port, pathname + search);
    expect([again.status, again.headers['set-cookie']]).toEqual([403, undefined]);
    expect(again.body).toContain('opened before');
    expect(server.url).not.toBe(url);
    expect((await ask(port, new URL(server.url).search.replace(/^/, '/'))).status).toBe(303);
  });

  it('stays the same until it is used, and there may be several', async () => {
    const server = await serve();
    expect(server.url).toBe(server.url);
    const more = [server.newUrl(), server.newUrl()];
    expect(new Set(more).size).toBe(2);
    for (const url of more) await cookieOf(url);
  });

  it('gives way when too many were made', async () => {
    const server = await serve();
    const first = server.url;
    for (let made = 0; made < 32; made++) server.newUrl();
    await expect(cookieOf(first)).rejects.toThrow('403');
  });

  it('lets the page and its files be read, also after a reload', async () => {
    const server = await serve();
    const cookie = await cookieOf(server.url);
    for (let visit = 0; visit < 2; visit++) {
      expect(await ask(server.port, '/', { cookie })).toMatchObject({ status: 200, body: html });
      expect(await ask(server.port, '/page.js', { cookie, 'sec-fetch-site': 'same-origin' })).toMatchObject({
        status: 200,
        headers: { 'content-type': 'text/javascript' },
        body: '1;',
      });
    }
    expect(await ask(server.port, '/', { cookie }, 'HEAD')).toMatchObject({ status: 200, body: '' });
  });
});

describe('A stranger', () => {
  it('without the cookie sees nothing', async () => {
    const { port, token } = await serve();
    for (const headers of [
      {},
      { cookie: `presence-inspector-${port}=${'a'.repeat(32)}` },
      { cookie: `presence-inspector-${port}=` },
    ]) {
      for (const path of ['/', '/page.js', '/none']) expect((await ask(port, path, headers)).status).toBe(403);
    }
    // The token for programs is no link.
    expect((await ask(port, `/?token=${token}`)).status).toBe(403);
  });

  it('at another address of this machine finds nobody', async () => {
    const { port } = await serve();
    const others = Object.values(networkInterfaces())
      .flatMap((entries) => entries ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4')
      .map(({ address }) => address);
    for (const host of [...others, '127.0.0.2', '::1']) {
      const outcome = await new Promise((resolve) => {
        const socket = createConnection({ host, port, timeout: 2_000 });
        socket
          .on('connect', () => resolve('open'))
          .on('error', () => resolve('closed'))
          .on('timeout', () => resolve('closed'));
        socket.on('connect', () => socket.destroy()).on('timeout', () => socket.destroy());
      });
      expect([host, outcome]).toEqual([host, 'closed']);
    }
  });

  it('under a foreign name is refused, whatever else is right (DNS rebinding)', async () => {
    const server = await serve();
    const { port, token } = server;
    const cookie = await cookieOf(server.url);
    const { search } = new URL(server.url);
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      '127.0.0.1',
      '127.0.0.1:1',
      `localhost.evil.example:${port}`,
      `[::1]:${port}`,
    ]) {
      expect([host, (await ask(port, '/', { host, cookie })).status]).toEqual([host, 403]);
      expect([host, (await ask(port, `/${search}`, { host })).status]).toEqual([host, 403]);
      await expect(listen(port, `/app?token=${token}`, { host })).rejects.toEqual(refused(403));
      await expect(listen(port, '/socket', { host, cookie, origin: `http://${host}` })).rejects.toEqual(refused(403));
    }
    // The link was not spent on them.
    await cookieOf(server.url);
    expect((await ask(port, '/', { host: `localhost:${port}`, cookie })).status).toBe(200);
  });

  it('of a foreign origin is refused, with the cookie and with the token', async () => {
    const server = await serve();
    const { port, token } = server;
    const cookie = await cookieOf(server.url);
    const foreign = [
      'https://evil.example',
      'null',
      'file://',
      `http://127.0.0.1.evil.example:${port}`,
      'http://localhost@evil.example',
      'x',
    ];
    for (const origin of [...foreign, 'http://127.0.0.1:1', `https://127.0.0.1:${port}`]) {
      await expect(listen(port, '/socket', { origin, cookie })).rejects.toEqual(refused(403));
      await expect(listen(port, `/socket?token=${token}`, { origin })).rejects.toEqual(refused(403));
      expect([origin, (await ask(port, '/', { origin, cookie })).status]).toEqual([origin, 403]);
    }
    for (const origin of foreign) await expect(listen(port, `/app?token=${token}`, { origin })).rejects.toEqual(refused(403));
    for (const site of ['cross-site', 'same-site']) {
      expect((await ask(port, '/page.js', { cookie, 'sec-fetch-site': site })).status).toBe(403);
    }
  });

  it('without token or cookie gets no socket, nor with a cookie that left its browser', async () => {
    const server = await serve();
    const { port } = server;
    const origin = `http://127.0.0.1:${port}`;
    const cookie = await cookieOf(server.url);
    for (const path of ['/socket', '/app', '/app?token=', '/app?token=x', `/socket?token=${'a'.repeat(32)}`]) {
      await expect(listen(port, path, { origin })).rejects.toEqual(refused(403));
      await expect(listen(port, path)).rejects.toEqual(refused(403));
    }
    await expect(listen(port, '/socket', { cookie })).rejects.toEqual(refused(403));
    // A page is no app.
    await expect(listen(port, '/app', { cookie, origin })).rejects.toEqual(refused(403));
    await expect(listen(port, '/elsewhere', { cookie, origin })).rejects.toEqual(refused(404));
  });

  it('is told nothing by the way: every answer has the headers that keep a page to itself', async () => {
    const server = await serve();
    const cookie = await cookieOf(server.url);
    const answers = [
      await ask(server.port, '/', { cookie }),
      await ask(server.port, '/'),
      await ask(server.port, '/none', { cookie }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 403, 404]);
    for (const { headers } of answers) {
      const policy = String(headers['content-security-policy']);
      expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      });
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  it.each([
    ['POST', '/', 405],
    ['OPTIONS', '/', 405],
    ['GET', '//evil.example/', 400],
    ['GET', '/../../etc/passwd', 404],
    ['GET', '/%2e%2e/%2e%2e/etc/passwd', 404],
    ['GET', '/__proto__', 404],
    ['GET', '/constructor', 404],
  ])('that asks %s %s is answered %i', async (method, path, status) => {
    const server = await serve();
    expect((await ask(server.port, path, { cookie: await cookieOf(server.url) }, method)).status).toBe(status);
  });
});

describe('Messages', () => {
  it('reach the handler with the role, and pages are told all that is kept first', async () => {
    const seen: unknown[] = [];
    const left: unknown[] = [];
    const server = await serve({
      onMessage: ({ role }, message) => void seen.push([role, message]),
      onLeave: ({ role }) => left.push(role),
    });
    const page = await openPage(server.url);
    const app = await listen(server.port, `/app?token=${server.token}`);
    await page.next('second');
    expect(server.clients.map(({ role }) => role)).toEqual(['page', 'app']);
    page.say({ type: 'click' });
    app.say({ type: 'news', n: 1 });
    server.broadcast({ type: 'all' });
    await page.next('all');
    app.socket.close();
    await app.closed();
    page.socket.terminate();
    const other = await openPage(server.url);
    await other.next('second');
    expect(page.heard.map(({ type }) => type)).toEqual(['first', 'second', 'all']);
    expect(app.heard).toEqual([]);
    expect(seen).toEqual(
      expect.arrayContaining([
        ['page', { type: 'click' }],
        ['app', { type: 'news', n: 1 }],
      ]),
    );
    expect(left).toEqual(expect.arrayContaining(['app', 'page']));
  });

  it('may come from a program that shows the page, by token', async () => {
    const server = await serve();
    const page = await listen(server.port, `/socket?token=${server.token}`);
    expect((await page.next('first')).type).toBe('first');
  });

  it('of an app may come from a page of this machine, or of an origin that was named', async () => {
    const server = await serve({ origins: ['https://dev.example.org'] });
    for (const origin of [
      'http://localhost:5173',
      'http://app.localhost',
      'http://127.0.0.1:3000',
      'http://[::1]:80',
      'https://dev.example.org',
    ]) {
      const app = await listen(server.port, `/app?token=${server.token}`, { origin });
      app.say({ type: 'x' });
      await app.next('echo');
    }
    expect(server.appUrl).toBe(`ws://127.0.0.1:${server.port}/app?token=${server.token}`);
  });

  it.each([
    ['no JSON', '{"type":'],
    ['a text', '"hello"'],
    ['a number', '7'],
    ['null', 'null'],
    ['a list', '[]'],
    ['no type', '{"a":1}'],
    ['a type that is no text', '{"type":{}}'],
    ['nothing', ''],
    ['binary', new Uint8Array([1, 2, 3])],
  ])('that are malformed (%s) are answered by an error, and what follows is taken', async (_, message) => {
    const server = await serve();
    const app = await listen(server.port, `/app?token=${server.token}`);
    app.say(message);
    expect(await app.next('error')).toEqual({ type: 'error', code: 'malformed', message: expect.any(String) });
    app.say({ type: 'again' });
    expect(await app.next('echo')).toEqual({ type: 'echo', message: { type: 'again' } });
  });

  it('that make the handler fail are answered without what it said', async () => {
    const errors: unknown[] = [];
    const server = await serve({
      onMessage: (_, { type }) => {
        if (type === 'sync') throw new Error('the password is hunter2');
        return Promise.reject(new Error('the password is hunter2'));
      },
      hello: () => {
        throw new Error('no hello');
      },
      onError: (error) => errors.push(error),
    });
    const page = await openPage(server.url);
    for (const type of ['sync', 'async']) {
      const from = page.heard.length;
      page.say({ type });
      expect(await page.next('error', from)).toMatchObject({ code: 'failed' });
    }
    expect(page.texts.join()).not.toContain('hunter2');
    expect(errors).toEqual([new Error('no hello'), new Error('the password is hunter2'), new Error('the password is hunter2')]);
  });

  it('of 50 MB close their own socket and no other', async () => {
    const seen: unknown[] = [];
    const server = await serve({ onMessage: (client, message) => (seen.push(message), client.send({ type: 'echo' })) });
    const [rude, polite] = [await listen(server.port, `/app?token=${server.token}`), await openPage(server.url)];
    // The socket may be cut while the rest is still on its way.
    rude.socket.on('error', () => undefined);
    rude.say(JSON.stringify({ type: 'big', text: 'x'.repeat(50 * 1024 * 1024) }));
    expect([1009, 1006]).toContain(await rude.closed());
    polite.say({ type: 'small' });
    await polite.next('echo');
    expect(seen).toEqual([{ type: 'small' }]);
    expect(server.clients).toHaveLength(1);
  });

  it('just under a megabyte are taken, just over are not', async () => {
    const server = await serve({ onMessage: (client) => client.send({ type: 'taken' }) });
    const frame = (bytes: number): string => `{"type":"${'x'.repeat(bytes - 11)}"}`;
    const app = await listen(server.port, `/app?token=${server.token}`);
    app.socket.on('error', () => undefined);
    expect(Buffer.byteLength(frame(1_048_576))).toBe(1_048_576);
    app.say(frame(1_048_576));
    await app.next('taken');
    app.say(frame(1_048_577));
    expect(await app.closed()).toBe(1009);
  });

  it('that come too fast end with an error and the socket, for that client only', async () => {
    let taken = 0;
    const server = await serve({ rate: 20, onMessage: (client) => ((taken += 1), client.send({ type: 'echo' })) });
    const [rude, polite] = [await listen(server.port, `/app?token=${server.token}`), await openPage(server.url)];
    rude.socket.on('error', () => undefined);
    for (let n = 0; n < 2_000; n++) rude.say({ type: 'again' });
    expect(await rude.closed()).toBe(1008);
    expect(rude.heard.at(-1)).toMatchObject({ type: 'error', code: 'tooMany' });
    expect(taken).toBeLessThan(300);
    polite.say({ type: 'small' });
    await polite.next('echo');
  });

  it('that a page does not read are not kept without end', async () => {
    const server = await serve();
    const [deaf, page] = [await openPage(server.url), await openPage(server.url)];
    deaf.socket.pause();
    const text = 'x'.repeat(1_000_000);
    for (let sent = 0; sent < 60 && server.clients.length === 2; sent++) {
      server.broadcast({ type: 'much', sent, text });
      // The one that listens has had this one.
      await page.until(({ heard }) => heard.some((message) => message['sent'] === sent), `message ${sent}`);
    }
    expect(server.clients).toHaveLength(1);
    deaf.socket.terminate();
  });
});

describe('The server', () => {
  it('lets so many in and no more', async () => {
    const server = await serve();
    const path = `/app?token=${server.token}`;
    const apps = await Promise.all(Array.from({ length: 64 }, () => listen(server.port, path)));
    await expect(listen(server.port, path)).rejects.toEqual(refused(503));
    apps[0]?.socket.close();
    await apps[0]?.closed();
    await expect(listen(server.port, path)).resolves.toBeDefined();
  });

  it('takes the port that it is given, or rejects', async () => {
    const { port } = await serve();
    await expect(serve({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('ends at once, twice without harm, and leaves nothing', async () => {
    const server = await serve();
    const page = await openPage(server.url);
    await Promise.all([server.close(), server.close()]);
    await page.closed();
    expect(server.clients).toEqual([]);
    server.broadcast({ type: 'nobody' });
    await expect(ask(server.port, '/')).rejects.toThrow(/ECONNREFUSED/);
    expect((await serve({ port: server.port })).port).toBe(server.port);
  });

  it('survives what is no HTTP at all', async () => {
    const server = await serve();
    for (const noise of [
      '\u0000\u0001\u0002\r\n\r\n',
      'GET /socket HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
      `GET / HTTP/1.1\r\nHost: ${'x'.repeat(20_000)}\r\n\r\n`,
    ]) {
      const said = await new Promise<string>((resolve) => {
        let text = '';
        const socket = createConnection({ host: '127.0.0.1', port: server.port }, () => void socket.write(noise));
        socket
          .on('data', (data) => (text += data.toString('latin1')))
          .on('close', () => resolve(text))
          .on('error', () => undefined);
      });
      expect(said).toMatch(/^HTTP\/1\.1 4\d\d /);
    }
    expect((await ask(server.port, '/')).status).toBe(403);
  });
});
