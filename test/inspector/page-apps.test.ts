/**
 * The inspector's page with the apps that are inspected: processes that find the console by themselves, a tab of the same browser, machines of others; live,
 * after a reload, and when they are gone. And the page without a console, served by an app.
 */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { createActor, createMachine } from 'xstate';
import { createPresenceService, MISTATUS } from '../../src/index.js';
import { inspector } from '../../src/inspector/index.js';
import { createMemoryServer } from '../../src/transports/memory/index.js';
import { killLeftovers, start } from '../cli/fakes.js';
import { serveTabApp } from '../support/inspected-tab.js';
import { pagesOfNow } from './console-stand.js';
import { describePage, eventually, inState, noticed } from './page-browser.js';

/** Of the apps: searched for in all that the page gets. */
const secrets = ['pw-53cr3t-hunter2', 'p4ssw0rd-of-carol'];
const folder = join(tmpdir(), `presence-apps-${randomUUID()}`);

const choice = (page: Page): Locator => page.getByLabel('Whom to look at');
const option = (page: Page, text: string): Locator => choice(page).locator('option', { hasText: text });
async function lookAt(page: Page, text: string): Promise<void> {
  const wanted = option(page, text).filter({ hasNotText: '(gone)' }).first();
  await wanted.waitFor({ state: 'attached' });
  await choice(page).selectOption(await wanted.getAttribute('value'));
  await page.locator('body[data-watch="app"]').waitFor();
}
describePage('The page of the console, among apps', { folder }, (bench) => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    killLeftovers();
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  afterEach(async () => {
    const { page, frames } = bench.open;
    const all = [page.isClosed() ? '' : await page.content(), ...frames].join('\n');
    expect(secrets.filter((secret) => all.includes(secret))).toEqual([]);
  });

  const process1 = (name: string) =>
    start(process.execPath, ['--import', 'tsx', 'test/support/inspected-app.ts', folder, '0', name]);

  it('shows apps of other processes, which find it by themselves: live, after a reload, and when one is gone', async () => {
    const { page } = bench.open;
    const first = process1('first.ts');
    process1('second.ts');
    await lookAt(page, 'first.ts');
    await inState(page, 'online');
    await noticed(page, 'OnSignin', 'S_OK');
    await page.locator('.log-microstep', { hasText: 'synchronizing' }).first().waitFor();
    await lookAt(page, 'second.ts');
    await inState(page, 'online');
    await page.locator('.app-about', { hasText: 'second.ts (node, process' }).waitFor();
    expect(await page.locator('#controls').isVisible()).toBe(false);
    await page.reload();
    await lookAt(page, 'first.ts');
    await inState(page, 'online');
    first.signal('SIGKILL');
    await option(page, 'first.ts').filter({ hasText: '(gone)' }).waitFor({ state: 'attached' });
    // What it did is still there, and so is the other one.
    await inState(page, 'online');
    expect(await option(page, 'second.ts').filter({ hasText: '(gone)' }).count()).toBe(0);
    await choice(page).selectOption('');
    await page.locator('body[data-watch="console"]').waitFor();
    await inState(page, 'signedOut');
  });

  it('shows an app in a tab of the same browser: live, when its tab is loaded again, and after its own reload', async () => {
    const { page, console } = bench.open;
    const served = await serveTabApp();
    const tab = await bench.context.newPage();
    closing.push(served.close, () => tab.close());
    await tab.goto(`${served.origin}/index.html?url=${encodeURIComponent(console.server.appUrl)}`);
    await lookAt(page, 'my tab');
    await inState(page, 'idle');
    await page.locator('.app-about', { hasText: 'my tab (browser)' }).waitFor();
    await page.locator('.log-event', { hasText: '[redacted]' }).first().waitFor();
    await tab.reload();
    await option(page, '(gone)').waitFor({ state: 'attached' });
    await eventually('the tab again', async () => (await option(page, 'my tab').count()) === 2);
    await page.reload();
    await lookAt(page, 'my tab');
    await inState(page, 'idle');
  });

  it('shows what an app does while one looks, its other machines, and its names as text', async () => {
    const { page } = bench.open;
    const memory = createMemoryServer({ users: { 'carol@example.org': 'p4ssw0rd-of-carol' } });
    const inspect = inspector({ name: 'my <b>app</b>', folder, onUrl: () => undefined });
    const service = createPresenceService({ transport: memory.transport(), inspect });
    closing.push(
      () => inspect.close(),
      () => service.dispose(),
    );
    service.signin({ name: 'carol@example.org', password: 'p4ssw0rd-of-carol' });
    await service.ready();
    await lookAt(page, 'my <b>app</b>');
    await inState(page, 'online');
    service.setStatus(MISTATUS.BUSY);
    await inState(page, 'busy');
    await noticed(page, 'BUSY', 'userRequest');
    await page.getByRole('button', { name: 'One step back' }).click();
    await page.locator('body[data-mode="past"]').waitFor();
    await inState(page, 'online');
    await page.getByRole('button', { name: 'Back to now' }).click();
    await inState(page, 'busy');
    expect(await page.locator('main b b').count()).toBe(0);
    const machine = createMachine({
      id: 'light',
      initial: 'red',
      states: { red: { on: { go: 'green' } }, green: { description: 'Go' } },
    });
    const light = createActor(machine, { inspect }).start();
    light.send({ type: 'go' });
    await lookAt(page, 'light');
    await page.locator('#foreign [aria-current="true"]', { hasText: 'green' }).waitFor();
    await service.dispose();
    await inspect.close();
    await option(page, '(gone)').first().waitFor({ state: 'attached' });
  });

  it('is served by an app when there is no console, and shows it alone', async () => {
    let told: (url: string) => void = () => undefined;
    const url = new Promise<string>((resolve) => (told = resolve));
    const inspect = inspector({ name: 'alone', folder: `${folder}/alone`, port: 0, pages: await pagesOfNow(), onUrl: told });
    const service = createPresenceService({ transport: createMemoryServer().transport(), inspect });
    const page = await bench.context.newPage();
    page.setDefaultTimeout(30_000);
    closing.push(
      () => inspect.close(),
      () => service.dispose(),
      () => page.close(),
    );
    await page.goto(await url);
    await page.locator('body[data-watch="app"]').waitFor();
    await inState(page, 'signedOut');
    service.signin({ name: 'dora@example.org', password: secrets[0] ?? '' });
    await inState(page, 'online');
    expect(await page.locator('#controls, #clock').filter({ visible: true }).count()).toBe(0);
    expect(await page.content()).not.toContain(secrets[0]);
  });
});
