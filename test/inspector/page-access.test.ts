/**
 * The page without a mouse and without eyes: everything by keyboard, each state reachable, and no serious fault found by axe-core in any of its looks.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { leaves } from '../../machines/index.js';
import { button, describePage, eventually, inState, noticed, seen } from './page-browser.js';

const axe = readFileSync(createRequire(join(process.cwd(), 'package.json')).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** What axe-core finds, minor things too. */
async function faultsOf(page: Page): Promise<string[]> {
  // As a script of the debugger: the page's own policy lets no foreign script in.
  await page.evaluate(axe);
  const found = (await page.evaluate(
    "axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations)",
  )) as Violation[];
  return found.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${impact} ${id}: ${html} ${failureSummary}`),
  );
}
const focused = (page: Page): Promise<string> =>
  page.evaluate("(document.activeElement.getAttribute('data-state') ?? document.activeElement.innerText ?? '').trim()");

describePage('The page', { policy: { retry: { firstSpread: 600_000 } } }, (bench) => {
  /** Tab until that has the focus. */
  async function tabTo(page: Page, text: string): Promise<void> {
    for (let presses = 0; presses < 80; presses++) {
      await page.keyboard.press('Tab');
      if ((await focused(page)) === text) return;
    }
    throw new Error(`Tab does not lead to ${text}`);
  }

  it('is used by keyboard alone: in, busy with a note, out', async () => {
    const { page } = bench.open;
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('To the controls');
    await page.keyboard.press('Enter');
    await tabTo(page, 'Sign in');
    await page.keyboard.press('Enter');
    await inState(page, 'online');
    await page.getByLabel('Note', { exact: true }).focus();
    await page.keyboard.type('by hand');
    await page.keyboard.press('Enter');
    await inState(page, 'busy');
    await seen(page, '“by hand”');
    await tabTo(page, 'Drop the line');
    await page.keyboard.press('Space');
    await noticed(page, 'lineLost');
    await page.locator('.travel input[type="range"]').focus();
    await page.keyboard.press('ArrowLeft');
    await page.locator('body[data-mode="past"]').waitFor();
    await page.keyboard.press('End');
    await page.locator('body[data-mode="live"]').waitFor();
    await page.keyboard.press('Home');
    await tabTo(page, 'Back to now');
    await page.keyboard.press('Enter');
    await page.locator('body[data-mode="live"]').waitFor();
    await tabTo(page, 'Sign out');
    await page.keyboard.press('Enter');
    await inState(page, 'signedOut');
  });

  it('leads to each state of the chart by arrow keys, and tells what it is', async () => {
    const { page } = bench.open;
    await page.locator('#chart [data-state="signedOut"]').focus();
    const seen = new Set<string>();
    const tried = new Set<string>();
    // Every way from every state that was reached, until nothing new comes.
    const queue = ['signedOut'];
    for (let state = queue.shift(); state !== undefined; state = queue.shift()) {
      seen.add(state);
      for (const key of ['ArrowDown', 'ArrowRight', 'ArrowUp', 'ArrowLeft']) {
        if (tried.has(`${state} ${key}`)) continue;
        tried.add(`${state} ${key}`);
        await page.evaluate(`document.querySelector('[data-state="${state}"]').focus()`);
        await page.keyboard.press(key);
        const next = await focused(page);
        if (!seen.has(next) && !queue.includes(next)) queue.push(next);
      }
    }
    expect([...seen].sort()).toEqual([...leaves, 'offline', 'attempt', 'session', 'signedIn'].sort());
    await page.keyboard.press('Home');
    expect(await focused(page)).toBe('offline');
    await page.keyboard.press('End');
    expect(await focused(page)).toBe('disconnecting');
    const described = await page.locator('#chart [data-state="disconnecting"]').getAttribute('aria-describedby');
    expect(await page.locator(`#${described}`).innerText()).toContain('Says goodbye, for a limited time.');
    expect(await page.getByRole('button', { name: /^disconnecting, status LOCAL_DISCONNECTING_FROM_SERVER/ }).count()).toBe(1);
    await page.keyboard.press('Enter');
    await page.locator('#tip.is-pinned', { hasText: 'link.closed, link.lost' }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('#tip').waitFor({ state: 'hidden' });
  });

  it('zooms and pans by keys, wheel, drag and buttons, and back', async () => {
    const { page } = bench.open;
    const box = (): Promise<string | null> => page.locator('#chart').getAttribute('viewBox');
    const whole = await box();
    await page.locator('#chart [data-state="signedOut"]').focus();
    await page.keyboard.press('+');
    const nearer = await box();
    expect(nearer).not.toBe(whole);
    await page.keyboard.press('0');
    expect(await box()).toBe(whole);
    await page.locator('#chart').hover();
    await page.mouse.wheel(0, -400);
    await page.locator('#chart.is-zoomed').waitFor();
    const zoomed = await box();
    await page.mouse.down();
    await page.mouse.move(300, 300, { steps: 4 });
    await page.mouse.up();
    await eventually('another part', async () => (await box()) !== zoomed);
    await button(page, 'Fit').click();
    await eventually('all of it', async () => (await box()) === whole);
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await page.locator('#chart.is-zoomed').waitFor();
  });

  it('shows all labels, as large as they can be read, around where the machine is', async () => {
    const { page } = bench.open;
    await button(page, 'All labels').click();
    await page.locator('#chart-host[data-detail="full"]').waitFor();
    await button(page, 'Sign in').click();
    await inState(page, 'online');
    const text = await page.locator('#chart [data-state="online"] .says').first().boundingBox();
    const frame = await page.locator('#chart-host').boundingBox();
    expect(text?.height ?? 0).toBeGreaterThan(11);
    const isInside = text && frame && text.x > frame.x && text.y > frame.y && text.y < frame.y + frame.height;
    expect(isInside).toBe(true);
  });

  it('has descriptions on hover', async () => {
    const { page } = bench.open;
    await page.locator('#chart [data-state="waitingToRetry"]').hover();
    await page.locator('#tip', { hasText: 'The last attempt or session failed' }).waitFor();
    await page.mouse.move(5, 5);
    await page.locator('#tip').waitFor({ state: 'hidden' });
  });

  it.each([
    ['light', 1280, 800],
    ['dark', 1280, 800],
    ['light', 390, 844],
    ['dark', 390, 844],
  ] as const)('has no fault that axe-core finds: %s, %i x %i', async (colorScheme, width, height) => {
    const { page } = bench.open;
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    expect(await faultsOf(page)).toEqual([]);
    await button(page, 'Sign in').click();
    await inState(page, 'online');
    await seen(page, 'Online');
    await button(page, 'Wrong password').click();
    await button(page, 'Drop the line').click();
    await inState(page, 'waitingToRetry');
    await page.locator('#chart [data-state="busy"]').focus();
    expect(await faultsOf(page)).toEqual([]);
    await button(page, 'Change…').click();
    expect(await faultsOf(page)).toEqual([]);
    await button(page, 'Close').click();
    await page.getByRole('button', { name: 'One step back' }).click();
    await page.locator('body[data-mode="past"]').waitFor();
    expect(await faultsOf(page)).toEqual([]);
  });

  it('does not scroll sideways on a phone, and has room for fingers', async () => {
    const { page } = bench.open;
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    const heights = await page
      .locator('#controls button')
      .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height));
    expect(Math.min(...heights)).toBeGreaterThanOrEqual(34);
  });
});
