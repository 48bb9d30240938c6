/**
 * The same transport in a browser: bundled for it, run in Chromium, over real WebSockets. PLAIN goes over encrypted lines and within this machine only,
 * and host-meta leads to the server. Left out, with a message, where there is no Chromium.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { type LoopbackServer, startLoopbackServer } from '../../../src/transports/loopback/index.js';
import type { XmppOptions } from '../../../src/transports/xmpp/index.js';
import { ownDoors } from '../../support/bundle.js';
import { makeCertificates, startTlsServer } from '../../support/certificates.js';
import { chromiumAvailable, type OwnChromium, startChromium } from '../../support/chromium.js';
import { describeWith, opensslAvailable, prosodyAvailable, startProsody } from '../../support/prosody.js';
import { header } from '../../support/xmpp.js';

const program = `
import { createPresenceService, resultName, statusName } from 'presence-machine';
import { xmppTransport } from 'presence-machine/xmpp';
globalThis.visit = async (name, password, options) => {
  const service = createPresenceService({ transport: xmppTransport(options), policy: { connectTimeout: 10_000 } });
  const told = [];
  service.on('*', ({ type, hr, reason, mMyStatus }) => {
    told.push(type === 'OnSignin' ? 'OnSignin ' + resultName(hr) + ' ' + reason : type === 'OnSignout' ? type : statusName(mMyStatus) + ' ' + reason);
  });
  const over = new Promise((resolve) => service.on('OnMyStatusChange', ({ mMyStatus }) => mMyStatus === 1 && resolve()));
  service.signin({ name, password });
  await service.ready().catch(() => undefined);
  if (service.signout() === 0) await over;
  await service.dispose();
  return told;
};
`;
const signedIn = [
  'OnSignin S_OK progress',
  'LOCAL_SYNCHRONIZING_WITH_SERVER progress',
  'ONLINE progress',
  'OnSignout',
  'LOCAL_DISCONNECTING_FROM_SERVER userRequest',
  'OFFLINE userRequest',
];

describeWith(chromiumAvailable)('In Chromium', () => {
  let chromium: OwnChromium;
  let web: Server;
  let origin: string;
  let loopback: LoopbackServer;
  let page: Page;
  let hostMeta = '';

  beforeAll(async () => {
    const { outputFiles } = await build({
      stdin: { contents: program, resolveDir: process.cwd() },
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      logLevel: 'silent',
      // As the example page is bundled: what belongs to Node.js becomes empty.
      alias: Object.fromEntries(['node:dns', 'node:dns/promises'].map((name) => [name, './examples/signin-page/empty.ts'])),
      plugins: [ownDoors],
    });
    const script = outputFiles[0]?.text ?? '';
    web = createServer(({ url }, response) => {
      if (url === '/program.js') response.writeHead(200, { 'content-type': 'text/javascript' }).end(script);
      else if (url === '/.well-known/host-meta.json') response.writeHead(hostMeta === '' ? 404 : 200).end(hostMeta);
      else if (url === '/')
        response
          .writeHead(200, { 'content-type': 'text/html' })
          .end('<!doctype html><script type="module" src="/program.js"></script>');
      else response.writeHead(404).end();
    });
    web.listen(0, '127.0.0.1');
    await once(web, 'listening');
    origin = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
    loopback = await startLoopbackServer({ users: { alice: 'secret' } });
    chromium = await startChromium();
    page = await chromium.context.newPage();
    await page.goto(origin);
    await page.waitForFunction('typeof visit === "function"');
  }, 60_000);
  afterEach(() => {
    hostMeta = '';
  });
  afterAll(async () => {
    await chromium?.close();
    await loopback?.close();
    web?.closeAllConnections();
    web?.close();
  }, 30_000);

  const visit = (options: XmppOptions, password = 'secret', name = 'alice@localhost'): Promise<string[]> =>
    page.evaluate(
      ([who, word, how]) => (globalThis as unknown as { visit(...all: unknown[]): Promise<string[]> }).visit(who, word, how),
      [name, password, options] as const,
    );
  const named = (address: string): string =>
    JSON.stringify({ links: [{ rel: 'urn:xmpp:alt-connections:websocket', href: address }] });

  it('signs in and out over a WebSocket of this machine (T1 T15)', async () => {
    expect((await visit({ service: loopback.url })).slice(2)).toEqual(signedIn);
    expect(loopback.sessions()).toEqual([]);
  }, 30_000);

  it('finds it by what the web server says (XEP-0156)', async () => {
    hostMeta = named(loopback.url);
    expect((await visit({ service: origin })).slice(2)).toEqual(signedIn);
    hostMeta = '';
    expect(await visit({ service: origin })).toEqual([
      'LOCAL_FINDING_SERVER progress',
      'OnSignin MSGR_E_INVALID_SERVER_NAME serverNotFound',
      'OFFLINE serverNotFound',
    ]);
  }, 30_000);

  it('is told of a wrong password as anywhere (L11)', async () => {
    expect((await visit({ service: loopback.url }, 'wrong')).slice(2)).toEqual([
      'OnSignin MSGR_E_INVALID_PASSWORD invalidPassword',
      'OFFLINE invalidPassword',
    ]);
  }, 30_000);

  it.each([
    ['ws', 'OnSignin MSGR_E_SERVER_VERSION versionMismatch', false],
    ['wss', 'OnSignin MSGR_E_INVALID_PASSWORD invalidPassword', true],
  ] as const)(
    'to another machine that takes the password in the clear only, over %s: %s',
    async (scheme, expected, isSaid) => {
      const said: string[] = [];
      await page.routeWebSocket(/far\.example/, (socket) => {
        socket.onMessage((message) => {
          const text = message.toString();
          said.push(text);
          const offer = `<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>`;
          if (text.includes('<open')) {
            socket.send(header('ws'));
            socket.send(`<stream:features xmlns:stream='http://etherx.jabber.org/streams'>${offer}</stream:features>`);
          } else if (text.includes('<auth'))
            socket.send(`<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>`);
        });
      });
      // What was routed once is routed in pages that are opened after it.
      await page.goto(origin);
      await page.waitForFunction('typeof visit === "function"');
      expect((await visit({ service: `${scheme}://far.example/xmpp` })).at(-2)).toBe(expected);
      expect(said.some((text) => text.includes('<auth'))).toBe(isSaid);
    },
    30_000,
  );

  describeWith(opensslAvailable)('over wss', () => {
    it('does not open a line to a server whose certificate nobody signed, and cannot say why', async () => {
      const front = await startTlsServer(makeCertificates().selfSigned, loopback.port, 'direct');
      expect((await visit({ service: `wss://localhost:${front.port}/xmpp-websocket` })).at(-2)).toBe(
        'OnSignin MSGR_E_CONNECT connectFailed',
      );
      await front.close();
    }, 30_000);
  });

  describeWith(prosodyAvailable)('beside Prosody', () => {
    it('logs on at Prosody without saying the password (SCRAM)', async () => {
      const prosody = await startProsody({ users: { alice: 'secret' } });
      try {
        expect((await visit({ service: prosody.websocket })).slice(2)).toEqual(signedIn);
        expect((await visit({ service: prosody.websocket }, 'wrong')).at(-1)).toBe('OFFLINE invalidPassword');
      } finally {
        await prosody.remove();
      }
    }, 30_000);
  });
});
