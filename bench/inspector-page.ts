/**
 * `npx tsx bench/inspector-page.ts [--quick | --brief] [--judge]`: the inspector's page in Chromium: what it weighs, how soon its chart is painted, and how long it is
 * deaf at 1,000 notices a second. With `--judge` it fails above the limits.
 */
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { startConsole, type Console } from '../src/inspector/console/console.js';
import { pageFiles } from '../src/inspector/page-files.js';
import { chromiumAvailable, startChromium } from '../test/support/chromium.js';
import { flooder } from '../test/support/flood.js';
import { traced } from '../test/support/trace.js';
import { tableOf } from './harness.js';

const limits = { kB: 200, paint: 500, task: 50 } as const;
const isQuick = process.argv.includes('--quick');
/** How often a page is opened, and flooded; for so many ms. */
const [openings, floodings, flooding] = isQuick ? [1, 1, 500] : process.argv.includes('--brief') ? [3, 2, 1_000] : [11, 7, 3_000];

/** [what, number, limit, unit] */
type Figure = readonly [string, number, number | undefined, string];

const median = (values: readonly number[]): number => values.slice().sort((a, b) => a - b)[values.length >> 1] ?? NaN;

/** The page of a tab that was never there: navigation to the frame in which the whole chart is on the screen. */
async function paints(console: Console, newPage: () => Promise<Page>): Promise<Figure[]> {
  const [walls, works]: [number[], number[]] = [[], []];
  for (let round = 0; round < openings; round++) {
    const page = await newPage();
    const { tasks, marks } = await traced(page, 'chart-painted', async () => {
      await page.goto(console.url);
      // The frame after the one in which it was drawn is on the screen.
      await page.locator('#chart [data-state="signedOut"]').waitFor();
      await page.evaluate(`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
        performance.mark('chart-painted');
        done();
      })))`);
    });
    walls.push(await page.evaluate<number>('performance.getEntriesByName("chart-painted")[0].startTime'));
    const end = marks['chart-drawn'] ?? 0;
    works.push(tasks.filter(({ at }) => at < end).reduce((sum, { worked }) => sum + worked, 0));
    await page.close();
  }
  return [
    ['first paint with the chart, median', median(walls), limits.paint, 'ms'],
    ['of it processor, median', median(works), undefined, 'ms'],
  ];
}

async function floods(console: Console, newPage: () => Promise<Page>): Promise<Figure[]> {
  const page = await newPage();
  await page.goto(console.url);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.locator('#chart [data-state="online"][aria-current="true"]').waitFor();
  const flood = flooder(console);
  const [longest, works, rates, busy]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let round = 0; round < floodings; round++) {
    const { tasks } = await traced(page, 'flood', async () => {
      await page.evaluate("void performance.mark('flood')");
      const { last, rate } = await flood(flooding);
      rates.push(rate);
      await page.locator('.where', { hasText: `${last} / ${last}` }).waitFor();
    });
    longest.push(Math.max(...tasks.map(({ took }) => took)));
    works.push(Math.max(...tasks.map(({ worked }) => worked)));
    busy.push(tasks.reduce((sum, { worked }) => sum + worked, 0) / (flooding / 100));
  }
  await page.close();
  return [
    ['notices sent, median', median(rates), undefined, '/s'],
    ['longest task meanwhile, median', median(longest), limits.task, 'ms'],
    ['of processor time, longest of all', Math.max(...works), limits.task, 'ms'],
    ['of the processor, median', median(busy), undefined, '%'],
  ];
}

async function main(): Promise<void> {
  if (!chromiumAvailable) return;
  const pages = await pageFiles();
  const weights = Object.values(pages).map(({ body }) => gzipSync(body).length / 1_000);
  const weight = weights.reduce((sum, one) => sum + one, 0);
  const page = await startConsole({ pages, latency: 0 });
  const chromium = await startChromium();
  const newPage = (): Promise<Page> => chromium.context.newPage();
  try {
    const figures: readonly Figure[] = [
      ['all files of the page, compressed', weight, limits.kB, 'kB'],
      ...(await paints(page, newPage)),
      ...(await floods(page, newPage)),
    ];
    const rows = figures.map(([what, value, limit, unit]) => [
      what,
      `${value.toFixed(1)} ${unit}`,
      limit === undefined ? '' : `${limit} ${unit}`,
    ]);
    console.log(tableOf(['the page', 'is', 'at most'], rows));
    const over = figures.filter(([, value, limit]) => limit !== undefined && !(value <= limit)).map(([what]) => what);
    if (!process.argv.includes('--judge')) return;
    console.log(over.length === 0 ? 'ok' : `FAILED: ${over.join('; ')}`);
    if (over.length > 0) process.exitCode = 1;
  } finally {
    await chromium.close();
    await page.close();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
