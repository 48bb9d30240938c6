/**
 * The console's page in a browser, with everything kept that it must not do: errors in its console, requests to elsewhere, secrets in its frames.
 */
import type { BrowserContext, Locator, Page } from 'playwright-core';
import type { Console, ConsoleOptions } from '../../src/inspector/console/console.js';
import { pagesOfNow, startTestConsole } from './console-stand.js';

export interface OpenPage {
  readonly console: Console;
  readonly page: Page;
  /** Errors and warnings of the page, and exceptions that nobody caught. */
  readonly errors: string[];
  /** Addresses asked for that are not of the console's own server. */
  readonly foreign: string[];
  /** Everything sent and received over WebSockets. */
  readonly frames: string[];
  close(): Promise<void>;
}

/** One more tab on a console that runs, or on one of its own. */
export async function openPage(
  context: BrowserContext,
  options: ConsoleOptions & { readonly on?: Console; readonly hash?: string } = {},
): Promise<OpenPage> {
  const { on, hash = '', ...rest } = options;
  const own = on ?? (await startTestConsole({ pages: await pagesOfNow(), ...rest }));
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const opened: OpenPage = {
    console: own,
    page,
    errors: [],
    foreign: [],
    frames: [],
    async close() {
      await page.close();
      if (on === undefined) await own.close();
    },
  };
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) opened.errors.push(message.text());
  });
  page.on('pageerror', (error) => opened.errors.push(error.message));
  page.on('request', (request) => {
    if (new URL(request.url()).host !== `127.0.0.1:${own.server.port}`) opened.foreign.push(request.url());
  });
  page.on('websocket', (socket) => {
    opened.frames.push(socket.url());
    const keep = ({ payload }: { payload: string | Buffer }): void => void opened.frames.push(payload.toString());
    socket.on('framesent', keep);
    socket.on('framereceived', keep);
  });
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ reducedMotion: 'reduce', colorScheme: 'light' });
  await page.goto(own.url + hash);
  await page.locator('#chart [data-state="signedOut"]').waitFor();
  await page.locator('#line:has-text("Live")').waitFor();
  return opened;
}

/** Waits until the machine is there, as the page shows it. */
export const inState = (page: Page, state: string, limit = 10_000): Promise<void> =>
  page.locator(`#chart [data-state="${state}"][aria-current="true"]`).waitFor({ timeout: limit });

export const button = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true });

/** Waits for a row of the notices in which all these words stand. */
export const noticed = (page: Page, ...words: readonly string[]): Promise<void> =>
  words
    .reduce((rows, word) => rows.filter({ hasText: word }), page.locator('#notices li'))
    .first()
    .waitFor({ timeout: 10_000 });
