/**
 * The console's page in a browser: one Chromium for a file, a console and a tab for each test, and everything kept that a page must not do: errors in its
 * console, requests to elsewhere, secrets in its frames. Whatever is opened is closed, also what failed half-way: a console left open keeps the run from ending.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest } from '@jest/globals';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import type { Console, ConsoleOptions } from '../../src/inspector/console/console.js';
import { chromiumAvailable, startChromium, type OwnChromium } from '../support/chromium.js';
import { pagesOfNow, startTestConsole } from './console-stand.js';

/** For one condition, ms: a busy machine takes its time, and what is waited for ends the wait. */
const patience = 30_000;
/** For a test. */
const longest = 180_000;

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

interface OpenOptions extends ConsoleOptions {
  /** One more tab on this console. */
  readonly on?: Console;
  readonly hash?: string;
  /** Where the machine is when the page is there. Default `signedOut`. */
  readonly leaf?: string;
}

/** What the tests of a file share. */
export interface Bench {
  readonly context: BrowserContext;
  /** The tab of this test, on a console of its own. */
  readonly open: OpenPage;
  /** One more, closed after the test. */
  another(options: OpenOptions): Promise<OpenPage>;
}

/**
 * A suite that is left out where there is no Chromium. After each test its pages must have had no error and asked nobody else.
 * @param options of each test's console; `once`: one console and tab for all tests
 */
export function describePage(
  title: string,
  { once = false, ...options }: OpenOptions & { readonly once?: boolean },
  body: (bench: Bench) => void,
): void {
  (chromiumAvailable ? describe : describe.skip)(title, () => {
    jest.setTimeout(longest);
    let chromium: OwnChromium | undefined;
    let open: OpenPage | undefined;
    const opened: OpenPage[] = [];
    const there = <T>(thing: T | undefined): T => {
      if (thing === undefined) throw new Error('nothing is open yet');
      return thing;
    };
    const another = async (more: OpenOptions): Promise<OpenPage> => {
      const one = await openPage(there(chromium).context, more);
      opened.push(one);
      return one;
    };
    const closeAll = async (): Promise<void> => {
      const all = opened.splice(0).reverse();
      for (const one of all) await one.close();
      const faults = all.flatMap(({ errors, foreign }) => [...errors, ...foreign.map((url) => `asked ${url}`)]);
      expect(faults).toEqual([]);
    };
    beforeAll(async () => {
      chromium = await startChromium({ isCutOff: true });
      if (once) open = await another(options);
    });
    afterAll(async () => {
      try {
        await closeAll();
      } finally {
        await chromium?.close();
      }
    });
    if (!once) {
      beforeEach(async () => {
        open = await another(options);
      });
      afterEach(closeAll);
    }
    body({
      get context() {
        return there(chromium).context;
      },
      get open() {
        return there(open);
      },
      another,
    });
  });
}

async function openPage(context: BrowserContext, options: OpenOptions): Promise<OpenPage> {
  const { on, hash = '', leaf = 'signedOut', ...rest } = options;
  const own = on ?? (await startTestConsole({ pages: await pagesOfNow(), ...rest }));
  let page: Page | undefined;
  const close = async (): Promise<void> => {
    try {
      await page?.close();
    } finally {
      if (on === undefined) await own.close();
    }
  };
  try {
    page = await context.newPage();
    const opened: OpenPage = { console: own, page, errors: [], foreign: [], frames: [], close };
    watch(opened);
    page.setDefaultTimeout(patience);
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.emulateMedia({ reducedMotion: 'reduce', colorScheme: 'light' });
    await page.goto(own.url + hash);
    if (hash === '') await inState(page, leaf);
    await page.locator('#line:has-text("Live")').waitFor();
    // Now it was told of the session; until then it shows what would be there without one.
    await page.locator('.account-name:has-text("@")').waitFor();
    return opened;
  } catch (error) {
    await close();
    throw error;
  }
}

function watch({ page, console: { server }, errors, foreign, frames }: OpenPage): void {
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol !== 'blob:' && host !== `127.0.0.1:${server.port}`) foreign.push(request.url());
  });
  page.on('websocket', (socket) => {
    frames.push(socket.url());
    const keep = ({ payload }: { payload: string | Buffer }): void => void frames.push(payload.toString());
    socket.on('framesent', keep);
    socket.on('framereceived', keep);
  });
}

/** Waits until the machine is there, as the page shows it. Only for where it stays: what passes by in an instant is in the notices. */
export const inState = (page: Page, state: string): Promise<void> =>
  page.locator(`#chart [data-state="${state}"][aria-current="true"]`).waitFor();

export const button = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true });

/** Waits for a row of the notices in which all these words stand. */
export const noticed = (page: Page, ...words: readonly string[]): Promise<void> =>
  words
    .reduce((rows, word) => rows.filter({ hasText: word }), page.locator('#notices li'))
    .first()
    .waitFor();

/** What the other account sees. */
export const seen = (page: Page, text: string): Promise<void> => page.locator('.person.seen', { hasText: text }).waitFor();

/**
 * Waits until the page has been told everything, and its lists show it.
 * @param isOwn false: it was told what the session does not know
 */
export async function drawn({ page, console: { stage } }: OpenPage, isOwn = true): Promise<void> {
  const last = (): number => stage.session.all().records.at(-1)?.n ?? 0;
  if (isOwn && (await page.locator('body').getAttribute('data-mode')) !== 'file') {
    await eventually('the last step', async () => (await page.locator('.where').innerText()).includes(`/ ${last()} `));
  }
  await page.locator('#lists[aria-busy="false"]').waitFor({ state: 'attached' });
}

/** Waits until it is so. @throws after a while, saying for what */
export async function eventually(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + patience;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
