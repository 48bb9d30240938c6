/**
 * Time travel on the page: slider and steps, files saved and loaded, links; and that a file that is no recording changes nothing.
 */
import { readFile } from 'node:fs/promises';
import { beforeEach, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { readRecording, replay } from '../../src/replay.js';
import { button, describePage, drawn, inState, seen, type OpenPage } from './page-browser.js';

const slider = (page: Page) => page.locator('.travel input[type="range"]');
const picker = (page: Page) => page.locator('.travel input[type="file"]');
const says = (page: Page, text: string, kind: string) =>
  page.locator(`.travel-says[data-kind="${kind}"]`, { hasText: text }).waitFor();
/** Everything that tells which situation is shown. */
async function situation(open: OpenPage): Promise<readonly (string | null)[]> {
  const { page } = open;
  await drawn(open);
  return Promise.all([
    page.locator('#chart .here').getAttribute('data-state'),
    page.locator('#notices').innerText(),
    page.locator('#sequence').innerText(),
    page.locator('.person.own strong').innerText(),
    page.locator('.person.seen strong').innerText(),
    slider(page).getAttribute('aria-valuetext'),
  ]);
}

describePage('Time travel', {}, (bench) => {
  beforeEach(async () => {
    const { page } = bench.open;
    await button(page, 'Sign in').click();
    await inState(page, 'online');
    await button(page, 'Busy').click();
    await inState(page, 'busy');
    await seen(page, 'Busy');
  });

  it('goes back and forth by steps and by the slider, while the session goes on', async () => {
    const { page } = bench.open;
    const present = await situation(bench.open);
    const back = page.getByRole('button', { name: 'One step back' });
    for (const state of [
      'busy',
      'online',
      'online',
      'synchronizing',
      'synchronizing',
      'connecting',
      'findingServer',
      'signedOut',
    ]) {
      await inState(page, state);
      if (state !== 'signedOut') await back.click();
    }
    expect(await back.isDisabled()).toBe(true);
    await drawn(bench.open);
    expect(await page.locator('#notices li').count()).toBe(0);
    expect(await page.locator('#controls').evaluate((controls) => (controls as unknown as { inert: boolean }).inert)).toBe(true);
    await slider(page).fill('3');
    await inState(page, 'synchronizing');
    expect(await slider(page).getAttribute('aria-valuetext')).toBe('step 3 of 7, link.opened: connecting → synchronizing');
    await bench.open.console.stage.perform({ do: 'status', status: 0x22 });
    await page.locator('.where', { hasText: '3 / 9' }).waitFor();
    await inState(page, 'synchronizing');
    await button(page, 'Back to now').click();
    await inState(page, 'away');
    expect((await situation(bench.open))[0]).not.toBe(present[0]);
  });

  it('leads from a notice to the step that told it', async () => {
    const { page } = bench.open;
    await page.locator('#notices li', { hasText: 'OnSignin' }).click();
    await page.locator('.where', { hasText: '3 / 7' }).waitFor();
    await inState(page, 'synchronizing');
  });

  it('saves a file that replay runs again, and that shows the same when it is loaded', async () => {
    const { page } = bench.open;
    const before = await situation(bench.open);
    const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Save').click()]);
    expect(download.suggestedFilename()).toBe('presence-recording-7.jsonl');
    const text = await readFile(await download.path(), 'utf8');
    expect(replay(readRecording(text)).departure).toBeUndefined();
    await button(page, 'Sign out').click();
    await inState(page, 'signedOut');
    await picker(page).setInputFiles({ name: 'mine.jsonl', mimeType: 'application/jsonl', buffer: Buffer.from(text) });
    await page.locator('body[data-mode="file"]').waitFor();
    await says(page, 'Record from mine.jsonl', '');
    const loaded = await situation(bench.open);
    expect(loaded).toEqual(before);
    await page.getByRole('button', { name: 'One step back' }).click();
    await page.getByRole('button', { name: 'One step back' }).click();
    await inState(page, 'online');
    await button(page, 'Close file').click();
    await inState(page, 'signedOut');
  });

  it('makes a link that leads to the very step, in another tab', async () => {
    const { page } = bench.open;
    await slider(page).fill('4');
    await inState(page, 'synchronizing');
    const before = await situation(bench.open);
    await button(page, 'Link').click();
    await page.locator('.travel-says[data-kind="done"]').waitFor();
    await bench.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.bringToFront();
    await button(page, 'Link').click();
    await says(page, 'The link is in the clipboard', 'done');
    const link = (await page.evaluate('navigator.clipboard.readText()')) as string;
    expect(link).not.toContain('token');
    const { hash } = new URL(link);
    const second = await bench.another({ on: bench.open.console, hash });
    await second.page.locator('body[data-mode="file"]').waitFor();
    expect(await situation(second)).toEqual(before);
    await button(second.page, 'Close file').click();
    await inState(second.page, 'busy');
    expect(new URL(second.page.url()).hash).toBe('');
  });

  it.each([
    ['text', 'not a recording'],
    ['a script', '<script>document.title = "owned"</script>'],
    ['JSON of something else', '{"name":"package"}'],
    ['binary', '\u0000\u0001\u0002'],
  ])('is not moved by a file with %s', async (_, content) => {
    const { page } = bench.open;
    const before = await situation(bench.open);
    await picker(page).setInputFiles({ name: '<img src=x>.json', mimeType: 'application/json', buffer: Buffer.from(content) });
    await says(page, '<img src=x>.json was not opened', 'error');
    expect(await situation(bench.open)).toEqual(before);
    expect(await page.locator('body').getAttribute('data-mode')).toBe('live');
    expect(await page.title()).toBe('presence-machine console');
  });

  it('is not moved by a link that is damaged, nor by a recording that departs from the chart', async () => {
    const { page } = bench.open;
    const before = await situation(bench.open);
    await page.evaluate("location.hash = 'record=AAAA'");
    await says(page, 'the link was not opened: the link is damaged', 'error');
    expect(await situation(bench.open)).toEqual(before);
    const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Save').click()]);
    const text = await readFile(await download.path(), 'utf8');
    const forged = text.replace('"to":"connecting"', '"to":"online"');
    await picker(page).setInputFiles({ name: 'forged.jsonl', mimeType: 'application/json', buffer: Buffer.from(forged) });
    await says(page, 'forged.jsonl was not opened: line 3 departs from the chart in to', 'error');
    expect(await situation(bench.open)).toEqual(before);
  });
});
