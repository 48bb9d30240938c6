/** In a real browser: an app in a tab appears on the inspector's page, live and after a reload; and the observer of Stately works unchanged, without a secret. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { createHub, startInspectorServer, type Happening, type InspectorServer } from '../../src/inspector/index.js';
import { chromiumAvailable, startChromium, type OwnChromium } from '../support/chromium.js';
import { serveTabApp, type TabApp } from '../support/inspected-tab.js';
import { openPage, type Ear } from '../support/inspector-clients.js';

const secret = '53cr3t';

(chromiumAvailable ? describe : describe.skip)('In a browser', () => {
  let browser: OwnChromium;
  let app: TabApp | undefined;
  let inspector: InspectorServer;
  let origin = '';
  beforeAll(async () => {
    app = await serveTabApp();
    origin = app.origin;
    const hub = createHub({ broadcast: (message) => inspector.broadcast(message), newUrl: () => inspector.newUrl() });
    inspector = await startInspectorServer({
      pages: { '/': { type: 'text/html', body: '<!doctype html><title>page</title><p>here' } },
      hello: () => hub.hello(),
      onMessage: (client, message) => hub.take(client, message),
      onLeave: (client) => hub.leave(client),
    });
    browser = await startChromium();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await inspector?.close();
    await app?.close();
  });

  /** Runs with a tab and its errors. */
  async function withTab(work: (tab: Page, errors: string[]) => Promise<void>): Promise<void> {
    const tab = await browser.context.newPage();
    const errors: string[] = [];
    tab.on('pageerror', (error) => errors.push(String(error)));
    tab.on(
      'console',
      (message) => message.type() === 'error' && !message.location().url.endsWith('favicon.ico') && errors.push(message.text()),
    );
    try {
      await work(tab, errors);
    } finally {
      await tab.close();
    }
  }

  const appsIn = ({ heard }: Ear): { id: string; name: string; kind: string }[] =>
    heard
      .filter(({ type }) => type === 'app.joined')
      .map(({ app: joined }) => joined as { id: string; name: string; kind: string });
  const isOnlineIn =
    (id: string) =>
    ({ heard }: Ear): boolean =>
      heard
        .filter(({ type, app: of }) => type === 'app.happened' && of === id)
        .flatMap(({ happenings }) => happenings as Happening[])
        .some((one) => one.type === 'snapshot.taken' && JSON.stringify(one.snapshot.value).includes('"signedIn":"online"'));

  it('an app in a tab joins by its address, live and after a reload', async () => {
    await withTab(async (tab, errors) => {
      const page = await openPage(inspector.url);
      await tab.goto(`${origin}/index.html?url=${encodeURIComponent(inspector.appUrl)}`);
      const first = await page.until((ear) => appsIn(ear)[0], 'the tab');
      expect(first).toMatchObject({ name: 'my tab', kind: 'browser' });
      await page.until(isOnlineIn(first.id), 'online');
      await tab.reload();
      const second = await page.until((ear) => appsIn(ear)[1], 'the tab again');
      expect(second.id).not.toBe(first.id);
      await page.until(isOnlineIn(second.id), 'online again');
      expect(page.heard).toContainEqual({ type: 'app.left', app: first.id });
      // A page that comes only now.
      const late = await openPage(inspector.url);
      await late.until(isOnlineIn(second.id), 'online, seen late');
      expect([...page.texts, ...late.texts].filter((text) => text.includes(secret))).toEqual([]);
      expect(page.texts.join()).toContain('"password":"[redacted]"');
      expect(errors).toEqual([]);
    });
  }, 60_000);

  it('the link opens the page in a tab, once; a reload keeps it, another browser does not get it', async () => {
    await withTab(async (tab) => {
      const { url } = inspector;
      expect((await tab.goto(`${url}#record=x`))?.status()).toBe(200);
      // The token has left the address; what stands behind the # is still there.
      expect(tab.url()).toBe(`http://127.0.0.1:${inspector.port}/#record=x`);
      expect((await tab.reload())?.status()).toBe(200);
      expect(await tab.evaluate('document.cookie')).toBe('');
      expect((await tab.goto(url))?.status()).toBe(403);
    });
  }, 60_000);

  it('a foreign page gets nothing: no frame, no file, no socket, although the browser has the cookie', async () => {
    await withTab(async (tab) => {
      await tab.goto(inspector.url);
      const own = `127.0.0.1:${inspector.port}`;
      await tab.goto(`${origin}/viewer.html`);
      const outcome = await tab.evaluate(`(async () => {
        const socket = (path) => new Promise((resolve) => {
          const socket = new WebSocket('ws://${own}' + path);
          socket.onopen = () => resolve('open');
          socket.onerror = () => resolve('refused');
        });
        const file = await fetch('http://${own}/', { credentials: 'include' }).then(() => 'read', () => 'refused');
        const frame = document.body.appendChild(document.createElement('iframe'));
        frame.src = 'http://${own}/';
        await new Promise((resolve) => (frame.onload = resolve));
        const script = await new Promise((resolve) => {
          const element = document.head.appendChild(document.createElement('script'));
          element.onload = () => resolve('run');
          element.onerror = () => resolve('refused');
          element.src = 'http://${own}/';
        });
        return [await socket('/socket'), await socket('/app'), file, script, frame.contentDocument === null];
      })()`);
      expect(outcome).toEqual(['refused', 'refused', 'refused', 'refused', true]);
      expect(inspector.clients.filter(({ role }) => role === 'page').length).toBeLessThan(3);
    });
  }, 60_000);

  it('the observer of Stately shows the service to a frame, with our redactor as `serialize`', async () => {
    await withTab(async (tab, errors) => {
      await tab.goto(`${origin}/stately.html`);
      const viewer = (): ReturnType<Page['frame']> => tab.frame({ url: /viewer\.html/ });
      await tab.waitForFunction(
        `document.querySelector('iframe').contentWindow?.received?.some((event) => event.type === '@xstate.event' && event.event.type === 'input.ceased')`,
      );
      const received = (await viewer()?.evaluate('received')) as {
        type: string;
        definition?: string;
        event?: { type: string };
        snapshot?: { value: unknown };
      }[];
      expect(JSON.parse(received.find(({ type }) => type === '@xstate.actor')?.definition ?? '{}')).toMatchObject({
        id: 'presence',
      });
      const events = received.filter(({ type }) => type === '@xstate.event').map(({ event }) => event?.type);
      expect(events.slice(0, 6)).toEqual([
        'xstate.init',
        'signin.request',
        'server.found',
        'link.opened',
        'session.synchronized',
        'status.published',
      ]);
      expect(received).toContainEqual(expect.objectContaining({ event: { type: 'input.ceased', password: '[redacted]' } }));
      expect(JSON.stringify(received)).not.toContain(secret);
      expect(errors).toEqual([]);
    });
  }, 60_000);
});
