/**
 * What the page must not do: tell a secret, run what is data, ask anybody else; and what it must: be light, be there at once, stay awake under load. And
 * the apps that are inspected appear on it.
 */
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { flooder } from '../support/flood.js';
import { traced } from '../support/trace.js';
import { pagesOfNow, passwords } from './console-stand.js';
import { button, describePage, drawn, inState, noticed } from './page-browser.js';

describe('The files of the page', () => {
  it('weigh at most 200 kB, compressed', async () => {
    const sizes = Object.values(await pagesOfNow()).map(({ body }) => gzipSync(body).length);
    expect(sizes.length).toBeGreaterThanOrEqual(5);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(200_000);
  });

  it('name no other place on the web', async () => {
    for (const [path, { body }] of Object.entries(await pagesOfNow())) {
      const text = body.toString();
      const places = [...text.matchAll(/https?:\/\/[\w.-]+/g)].map(([place]) => place);
      // Names of namespaces, a link into documentation within a warning of XState: nothing of it is ever fetched.
      const known = ['http://www.w3.org', 'https://stately.ai', 'https://github.com', 'https://stately.ai.'];
      expect([path, places.filter((place) => !known.includes(place))]).toEqual([path, []]);
    }
  });
});

describePage('The page in a browser', {}, (bench) => {
  it('shows what comes as data as text, never as HTML', async () => {
    const { page } = bench.open;
    const note = '<img src=x onerror="document.title=1"><script>document.title=2</script>{{7*7}}';
    await button(page, 'Sign in').click();
    await inState(page, 'online');
    await page.getByLabel('Note', { exact: true }).fill(note);
    await button(page, 'Busy').click();
    await inState(page, 'busy');
    await page.locator('.person.own .says', { hasText: `“${note}”` }).waitFor();
    await page.locator('.person.seen .says', { hasText: `“${note}”` }).waitFor();
    expect(await page.title()).toBe('presence-machine console');
    expect(await page.locator('main img, main script').count()).toBe(0);
  });

  it('has no password in its document, address, files, storage or messages (L19)', async () => {
    const { page, frames } = bench.open;
    await button(page, 'Wrong password').click();
    await button(page, 'Sign in').click();
    await noticed(page, 'MSGR_E_INVALID_PASSWORD');
    await button(page, 'All well').click();
    await button(page, 'Sign in').click();
    await inState(page, 'online');
    await button(page, 'Link').click();
    await page.locator('.travel-says[data-kind="done"]').waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Save').click()]);
    const saved = await readFile(await download.path(), 'utf8');
    expect(saved).toContain('invalidPassword');
    const values = await page
      .locator('input')
      .evaluateAll((all) => all.map((one) => (one as unknown as { value: string }).value));
    const stored = (await page.evaluate(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])',
    )) as string;
    const all = [saved, await page.content(), page.url(), ...values, stored, ...frames].join('\n');
    expect(frames.length).toBeGreaterThan(5);
    for (const secret of Object.values(passwords)) {
      expect(all).not.toContain(secret);
      expect(all).not.toContain(Buffer.from(secret).toString('base64').slice(0, -3));
    }
  });

  it('lets no script in that is not its own', async () => {
    const { page } = bench.open;
    const added = page.addScriptTag({ content: 'document.title = "foreign"' }).catch(() => undefined);
    await added;
    expect(await page.title()).toBe('presence-machine console');
    // The policy says so in the browser's console, as it should.
    const said = bench.open.errors.splice(0);
    expect(said.length).toBeGreaterThan(0);
    expect(said.filter((text) => !text.includes('Content Security Policy'))).toEqual([]);
  });

  it('needs no other machine: with the network cut it is all there, and so is a session', async () => {
    const { page } = bench.open;
    const tab = await bench.context.newPage();
    try {
      // Every page of these tests is looked at by a browser that finds nobody.
      const tried = await tab.goto('http://example.org/').catch((error: Error) => error.message);
      expect(tried).toContain('ERR_NAME_NOT_RESOLVED');
    } finally {
      await tab.close();
    }
    await button(page, 'Sign in').click();
    await inState(page, 'online');
    await button(page, 'All labels').click();
    await page.locator('#chart-host[data-detail="full"]').waitFor();
  });

  it('has drawn its chart after less than half a second of work', async () => {
    const { page } = bench.open;
    const { tasks, marks } = await traced(page, 'chart-drawn', async () => {
      await page.reload();
      await inState(page, 'signedOut');
    });
    const worked = tasks.filter(({ at }) => at < (marks['chart-drawn'] ?? 0)).reduce((sum, task) => sum + task.worked, 0);
    expect(worked).toBeGreaterThan(5);
    expect(worked).toBeLessThan(500);
  });

  it('works at most 50 ms in one piece at a thousand notices a second, and ends with the last of them', async () => {
    const { page } = bench.open;
    await button(page, 'Sign in').click();
    await inState(page, 'online');
    const flood = flooder(bench.open.console);
    const { tasks } = await traced(page, 'flood', async () => {
      await page.evaluate("void performance.mark('flood')");
      const { last } = await flood(2_000);
      await page.locator('.where', { hasText: `${last} / ${last}` }).waitFor();
    });
    expect(tasks.length).toBeGreaterThan(20);
    expect(Math.max(...tasks.map(({ worked }) => worked))).toBeLessThan(50);
    // In the end all is there that a list holds.
    await page.locator('#notices li').nth(149).waitFor({ state: 'attached' });
    await drawn(bench.open, false);
    expect(await page.locator('#notices li').count()).toBe(150);
    expect(await page.locator('#sequence li').count()).toBe(150);
  });
});
