/**
 * The suite that the chart generates for any app with a user interface, run against the console's page: every push in every state in which it can be made,
 * by clicks. Where each has to end says the chart; that the page shows it is looked at here.
 */
import { describe, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { isOnline, MISTATUS } from '../../src/index.js';
import { spoken } from '../../src/inspector/page/words.js';
import { uiSuite, type UiPush } from '../../src/testing/index.js';
import { describePage, eventually } from './page-browser.js';

/** By its text alone: to look for roles among hundreds of rows costs more than what is tested. */
const button = (page: Page, text: string): Locator =>
  page.locator('#controls button, #account button').filter({ hasText: new RegExp(`^${text}$`) });

/** Steps of the session before the push: what the page shows has to be of a later one. */
interface Run {
  steps: number;
}

// Each spread has its least value, 0: who waits tries again at once, and no limit has to be hurried by a fast clock.
describePage('The page of the console', { once: true, random: () => 0 }, (bench) => {
  const stage = () => bench.open.console.stage;
  const steps = (): number => stage().session.all().records.at(-1)?.n ?? 0;
  const leaf = (): string => stage().session.situation().leaf;

  /** Signed out, on a session that has not begun. */
  async function arrange(): Promise<Run> {
    const { page } = bench.open;
    if (leaf() !== 'signedOut') await button(page, 'Sign out').click();
    await eventually('signed out', () => leaf() === 'signedOut');
    const former = stage().number;
    await button(page, 'Change…').click();
    await button(page, 'Use the embedded account').click();
    await eventually('another session', () => stage().number === former + 1);
    await page.locator('.where', { hasText: '0 / 0' }).waitFor();
    return { steps: -1 };
  }

  async function act(run: Run, push: UiPush): Promise<void> {
    const { page } = bench.open;
    run.steps = steps();
    switch (push.push) {
      case 'signin':
        await page.locator('[aria-label="Status to sign in with"]').selectOption(String(push.status ?? ''));
        return button(page, 'Sign in').click();
      case 'wrongPassword':
        await button(page, 'Wrong password').click();
        await page.locator('[aria-label="Status to sign in with"]').selectOption('');
        await button(page, 'Sign in').click();
        await eventually('refused', () => leaf() === 'signedOut' && steps() > run.steps);
        return button(page, 'All well').click();
      case 'signout':
        return button(page, 'Sign out').click();
      case 'setStatus':
        return button(page, spoken(push.status)).click();
      case 'network':
        return flip(page, button(page, 'Network'), push.on);
      case 'awake':
        return flip(page, button(page, 'Awake'), push.on);
      case 'breakLine':
        return button(page, 'Drop the line').click();
    }
  }

  /** It has to show the other position first, or a click would not mean this one. */
  async function flip(page: Page, toggle: Locator, on: boolean): Promise<void> {
    await page
      .locator(`button[aria-pressed="${String(!on)}"]`)
      .and(toggle)
      .click();
  }

  uiSuite<Run>({
    describe,
    it,
    name: 'by clicks',
    statuses: [MISTATUS.ONLINE, MISTATUS.BUSY],
    cover: 'edges',
    maxSteps: 60,
    timeout: 300_000,
    arrange,
    act,
    async assert(run, expected) {
      const { page } = bench.open;
      await eventually(`${expected.leaf}, is ${leaf()}`, () => {
        const isOver = steps() > run.steps && stage().session.situation().pending === 0;
        return isOver && leaf() === expected.leaf;
      });
      const { status } = expected;
      const shown = [
        page.locator(`#chart [data-state="${expected.leaf}"][aria-current="true"]`),
        page.locator('.where', { hasText: `${steps()} / ${steps()} ` }),
        page.locator('.person.own strong', { hasText: spoken(status) }),
        page.locator('.person.seen strong', { hasText: spoken(isOnline(status) ? status : MISTATUS.OFFLINE) }),
        ...(isOnline(status) ? [page.locator('.status[aria-pressed="true"]', { hasText: spoken(status) })] : []),
      ];
      // All of it in one look at the page.
      await shown.reduce((body, has) => body.filter({ has }), page.locator('body')).waitFor();
    },
  });
});
