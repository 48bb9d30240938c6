/**
 * `npm run bench:pool [-- --quick]`: what the session pool reaches, as ratios, each beside what is demanded of it. Writes `bench/RESULTS.md`
 * unless it is a quick look. With `--gate` it fails where a ratio of the first part falls short of what has been reached before.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, buildSync } from 'esbuild';
import { tableOf } from '../harness.js';
import { proveEqual } from './equal.js';
import { measureRatios, type Ratio } from './ratios.js';

const root = join(import.meta.dirname, '..', '..');
const isQuick = process.argv.includes('--quick');
const isGate = process.argv.includes('--gate');

const words = proveEqual();
console.log(`all rivals say the same: ${words} notices`);
const { ratios, absolute } = await measureRatios(isQuick ? 0.1 : isGate ? 0.4 : 1);
const rows = ratios.map(({ what, demand, ratio }) => [
  what,
  `>= ${demand} x`,
  `${ratio.median.toFixed(1)} x`,
  `${(ratio.spread * 100).toFixed(0)} %`,
]);
if (!isGate) rows.push(...(await large(isQuick ? 20_000 : 1_000_000)), ...sizes());
const table = tableOf(['what', 'demanded', 'reached', 'spread'], rows);
const times = tableOf(['workload', 'rival', 'ns of the processor for an event'], absolute);
console.log(`${table}\n\n${times}`);
if (isGate) judge(ratios);
else if (!isQuick) writeFileSync(join(root, 'bench', 'RESULTS.md'), results());

function judge(all: readonly Ratio[]): void {
  const short = all.filter(({ held, ratio }) => !(ratio.median >= held));
  for (const { what, held, ratio } of short) console.error(`FAILED: ${what}: ${ratio.median.toFixed(1)}, at least ${held}`);
  if (short.length > 0) process.exitCode = 1;
  else console.log('ok: all ratios within their limits');
}

async function large(size: number): Promise<string[][]> {
  const scratch = mkdtempSync(join(root, '.tmp', 'bench-'));
  try {
    const file = join(scratch, 'large.mjs');
    await build({
      entryPoints: [join(import.meta.dirname, 'large.ts')],
      outfile: file,
      bundle: true,
      packages: 'external',
      format: 'esm',
      platform: 'node',
      logLevel: 'error',
    });
    const ask = <T>(question: string, count: number, rival = ''): T =>
      JSON.parse(execFileSync(process.execPath, [file, question, String(count), rival], { encoding: 'utf8' })) as T;
    const fewer = Math.min(size, 50_000);
    const pool = ask<{ bytes: number; open: number; columns: number }>('bytes', size);
    const actors = ask<{ bytes: number; open: number }>('actors', fewer);
    const batch = ask<{ ns: number }>('storm', size, 'pool batch');
    const classes = ask<{ ns: number }>('storm', size, 'callbacks class');
    const { ratio: walk } = ask<{ ratio: number }>('walk', size);
    const { ratio: timers } = ask<{ ratio: number }>('timers', size);
    const { share, longest } = ask<{ share: number; longest: number }>('pauses', size);
    return [
      [`${size} sessions, reconnect storm: batch / callbacks class`, '>= 10 x', `${(classes.ns / batch.ns).toFixed(1)} x`, ''],
      [`${size} sessions: batch with listeners / bare walk of the table`, '<= 6 x', `${walk.toFixed(1)} x`, ''],
      [
        'bytes of a session, its timer running',
        '<= 24',
        `${pool.columns.toFixed(1)} in columns, ${pool.bytes.toFixed(1)} in all`,
        '',
      ],
      ['bytes: actor / session', '', `${(actors.bytes / pool.bytes).toFixed(0)} x`, ''],
      ['opening: actor / session', '>= 500 x', `${(actors.open / pool.open).toFixed(0)} x`, ''],
      ['timers, arm and cancel: setTimeout pair / pool', '>= 4 x', `${timers.toFixed(1)} x`, ''],
      ['share of garbage collection under load', '<= 3 %', `${(share * 100).toFixed(1)} %`, ''],
      [`longest turn while ${size} timers end`, '<= 5 ms', `${longest.toFixed(1)} ms`, ''],
      [`${size} sessions come back, each 6 events`, '', `${((batch.ns * size * 6) / 1e9).toFixed(2)} s`, ''],
    ];
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function sizes(): string[][] {
  const gzip = (entry: string, ...external: string[]): string => {
    const { outputFiles } = buildSync({
      entryPoints: [join(root, 'src', 'table', 'pool', entry)],
      bundle: true,
      minify: true,
      format: 'esm',
      write: false,
      external,
      logLevel: 'error',
    });
    return `${(gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length / 1_000).toFixed(1)} kB`;
  };
  return [
    ['gzip: runtime', '<= 3 kB', gzip('pool.ts'), ''],
    ['gzip: runtime and artifact', '<= 8 kB', gzip('index.ts'), ''],
  ];
}

function results(): string {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules', 'xstate', 'package.json'), 'utf8')) as {
    version: string;
  };
  return `# What the session pool reaches

Written by \`npm run bench:pool\`. Node ${process.version}, xstate ${version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}. Ratios are medians of paired
rounds in one process; of a million sessions and more, each figure is a process of its own. Trust the ratios, not the nanoseconds.

${table}

${times}
`;
}
