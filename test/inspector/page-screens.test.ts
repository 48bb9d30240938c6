/**
 * How the page looks, in light, in dark and on a phone, against pictures that people have looked at. Browsers draw letters and edges a little differently from
 * machine to machine, and fonts are not the same everywhere: so letters are made invisible, the page is made smaller eight times, and what is compared is where
 * things are and what colour they have. `UPDATE_SCREENS=1` makes the pictures anew.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import pixelmatch from 'pixelmatch';
import type { Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { StageClock } from '../../src/inspector/console/clock.js';
import { button, describePage, drawn, inState, seen } from './page-browser.js';

const folder = join('test', 'inspector', 'screens');
const smaller = 8;
/** Of the squares. Another font makes 1 % differ, what is broken at least 5 %. */
const tolerance = 0.025;

/** The mean of each square of pixels. */
function shrink(bytes: Buffer): PNG {
  const { width, height, data } = PNG.sync.read(bytes);
  const small = new PNG({ width: Math.floor(width / smaller), height: Math.floor(height / smaller) });
  for (let y = 0; y < small.height; y++) {
    for (let x = 0; x < small.width; x++) {
      for (let channel = 0; channel < 4; channel++) {
        let sum = 0;
        for (let dy = 0; dy < smaller; dy++) {
          for (let dx = 0; dx < smaller; dx++) sum += data[((y * smaller + dy) * width + x * smaller + dx) * 4 + channel] ?? 0;
        }
        small.data[(y * small.width + x) * 4 + channel] = Math.round(sum / smaller ** 2);
      }
    }
  }
  return small;
}

/** The part of the squares that differ. */
function difference(one: PNG, other: PNG): number {
  if (one.width !== other.width || one.height !== other.height) return 1;
  const different = pixelmatch(one.data, other.data, undefined, one.width, one.height, { threshold: 0.04, includeAA: true });
  return different / (one.width * one.height);
}

const looks = {
  light: { colorScheme: 'light', width: 1280, height: 800 },
  dark: { colorScheme: 'dark', width: 1280, height: 800 },
  phone: { colorScheme: 'light', width: 390, height: 844 },
} as const;
type Look = keyof typeof looks;

// Time stands still at a known point: what is written on the page is the same each time.
const clock = new StageClock(Date.UTC(2026, 0, 5, 9, 30));
clock.speed = 0;

describePage('The looks of the page', { once: true, clock }, (bench) => {
  async function shoot(look: Look): Promise<PNG> {
    const { page } = bench.open;
    const { colorScheme, width, height } = looks[look];
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    await drawn(bench.open);
    return shrink(await rested(page));
  }

  const shots = new Map<Look, PNG>();
  /** As the page is. */
  async function good(look: Look): Promise<PNG> {
    const shot = shots.get(look) ?? (await shoot(look));
    shots.set(look, shot);
    return shot;
  }
  /** How much of a look a sheet changes. */
  async function change(look: Look, css: string): Promise<number> {
    const { page } = bench.open;
    const before = await good(look);
    await style(page, css);
    try {
      return difference(before, await shoot(look));
    } finally {
      await page.evaluate('void document.adoptedStyleSheets.pop()');
    }
  }

  beforeAll(async () => {
    const { page } = bench.open;
    await button(page, 'Sign in').click();
    await inState(page, 'online');
    await page.getByLabel('Note', { exact: true }).fill('in a meeting');
    await button(page, 'Busy').click();
    await seen(page, '“in a meeting”');
    await button(page, 'Drop the line').click();
    await inState(page, 'waitingToRetry');
    await seen(page, 'Offline');
    await page.locator('.answer', { hasText: 'drop: done' }).waitFor();
    await page.mouse.move(0, 0);
    await page.evaluate('document.activeElement.blur()');
    await style(
      page,
      '* { color: transparent !important; } text { fill: none !important; } ::placeholder { color: transparent !important; }',
    );
  });

  it.each(['light', 'dark', 'phone'] as const)('are in %s as they were when somebody found them good', async (look) => {
    const shot = await good(look);
    const file = join(folder, `${look}.png`);
    if (process.env['UPDATE_SCREENS'] === '1') {
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, PNG.sync.write(shot, { colorType: 2 }));
    }
    expect(existsSync(file)).toBe(true);
    const part = difference(shot, PNG.sync.read(readFileSync(file)));
    if (part > tolerance) {
      mkdirSync('.tmp', { recursive: true });
      const now = join('.tmp', `${look}.now.png`);
      writeFileSync(now, PNG.sync.write(shot));
      throw new Error(`${(part * 100).toFixed(1)} % of the page looks different: compare ${file} and ${now}`);
    }
  });

  it.each(['light', 'phone'] as const)('are found good in %s with other fonts', async (look) => {
    expect(await change(look, ':root { --sans: serif; --mono: serif; }')).toBeLessThan(tolerance);
  });

  it.each([
    ['light', 'a part that is missing', '#lists { visibility: hidden !important; }'],
    ['light', 'controls one below the other', '.controls { display: block !important; }'],
    ['light', 'a chart without its boxes', '#chart { display: none !important; }'],
    ['dark', 'the other theme', ':root { color-scheme: light !important; }'],
    ['phone', 'a header that has grown', '.top { padding-top: 40px !important; }'],
  ] as const)('would not be found good in %s with %s', async (look, _, css) => {
    expect(await change(look, css)).toBeGreaterThan(tolerance * 1.5);
  });
});

/** A sheet made by script: the page's policy lets in no other. */
async function style(page: Page, css: string): Promise<void> {
  await page.evaluate(
    `{ const sheet = new CSSStyleSheet(); sheet.replaceSync(${JSON.stringify(css)}); document.adoptedStyleSheets.push(sheet); }`,
  );
}

/** A picture that is the same as the one before: nothing moves, and every part has had its turn to be drawn. */
async function rested(page: Page): Promise<Buffer> {
  let former = await page.screenshot();
  for (let tries = 0; tries < 50; tries++) {
    const now = await page.screenshot();
    if (now.equals(former)) return now;
    former = now;
  }
  throw new Error('the page does not come to rest');
}
