/**
 * `npm run bench:gate`: fails when something has become dear: the service over its actor, the pool over its peers, contacts, the count of coverage, the inspector's
 * page. It judges ratios, sizes and bytes, with room for the noise of a shared machine and for other versions of Node, and never absolute time but where
 * a page promises one. What is over its limit is measured once more before it counts.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromiumAvailable } from '../test/support/chromium.js';
import { makeBundles } from './bundles.js';
import { goals, isWithin, shown } from './goals.js';
import { tableOf } from './harness.js';
import { measureOverhead, print, type RatioName } from './overhead.js';
import { measureForGate, type Effort } from './suite.js';

/** Of the service; each is 1 where it costs nothing. */
const limits: Partial<Record<RatioName, number>> = {
  'instant transport: service / actor': 2.2,
  'instant transport: service / by hand with signals and limits': 1.8,
  'memory transport: service / by hand': 2.5,
};

const effort: Effort = {
  service: { rounds: 21, times: 100, warm: 14 },
  turns: { rounds: 9, settle: 400, ms: 10 },
  crowdTurns: { rounds: 5, settle: 300, ms: 40 },
  stormTurns: { rounds: 5, settle: 300, ms: 40 },
  processes: 1,
  crowd: 10_000,
  many: 1_000_000,
  changes: 100_000,
  scale: [1_000_000],
  timers: 200_000,
  actors: 0,
  objects: 0,
  load: 0,
};

const seconds = (): string => (performance.now() / 1_000).toFixed(0).padStart(4);
const say = (text: string): void => void process.stderr.write(`${seconds()} s  ${text}\n`);

async function service(): Promise<string[]> {
  say('service');
  const overhead = await measureOverhead(effort.service);
  process.stdout.write(`${print(overhead, effort.service)}\n\n`);
  return (Object.keys(limits) as RatioName[]).flatMap((name) => {
    const { median } = overhead.ratios[name];
    const limit = limits[name] ?? Infinity;
    // Not a number is no pass.
    return median <= limit ? [] : [`${name}: ${median.toFixed(2)}, at most ${limit} allowed`];
  });
}

async function pool(): Promise<string[]> {
  const bundles = await makeBundles();
  try {
    const found = await measureForGate(bundles, effort, say);
    const judged = goals.flatMap(({ what, held, of }) => {
      if (!held) return [];
      const value = of(found)?.value ?? NaN;
      return [{ what, held, value }];
    });
    const rows = judged.map(({ what, held, value }) => [what, `${held.is} ${held.value} ${held.unit}`, shown(value, held.unit)]);
    process.stdout.write(`${tableOf(['what', 'held', 'reached'], rows)}\n\n`);
    return judged.flatMap(({ what, held, value }) =>
      isWithin(held, value) ? [] : [`${what}: ${shown(value, held.unit)}, ${held.is} ${held.value} allowed`],
    );
  } finally {
    await bundles.remove();
  }
}

/** A bench that judges itself. */
const judge =
  (file: string, ...flags: readonly string[]) =>
  async (): Promise<string[]> => {
    say(file);
    const tsx = join(import.meta.dirname, '..', 'node_modules', 'tsx', 'dist', 'cli.mjs');
    const run = [tsx, join(import.meta.dirname, `${file}.ts`), '--judge', ...flags];
    try {
      const { stdout } = await promisify(execFile)(process.execPath, run);
      process.stdout.write(`${stdout}\n`);
      return [];
    } catch (error) {
      const { stdout, stderr } = error as { stdout?: string; stderr?: string };
      process.stdout.write(stdout ?? '');
      return [`${file}: ${(stdout ?? '').trim().split('\n').at(-1) || (stderr ?? String(error)).trim()}`];
    }
  };

async function main(): Promise<void> {
  const parts = [service, pool, judge('coverage'), judge('contacts', '--brief')];
  if (chromiumAvailable) parts.push(judge('inspector-page', '--brief'));
  else process.stdout.write('Left out: the page of the inspector, since there is no Chromium here.\n\n');
  const failed: string[] = [];
  for (const part of parts) {
    let over = await part();
    if (over.length > 0) {
      process.stderr.write(`over the limit, measured once more: ${over.join('; ')}\n`);
      over = await part();
    }
    failed.push(...over);
  }
  process.stdout.write(failed.length === 0 ? 'ok: all within their limits\n' : `FAILED: ${failed.join('; ')}\n`);
  if (failed.length > 0) process.exitCode = 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
