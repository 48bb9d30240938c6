/**
 * `npx tsx bench/coverage.ts [--quick] [--judge]`: what the live count of cells costs a service, as a ratio of paired rounds. With `--judge`, shorter, it
 * fails above the limit.
 */
import type * as Coverage from './coverage-rivals.js';
import { loadCompiled } from './compiled.js';
import { measure, paired, summarize, tableOf } from './harness.js';

const isQuick = process.argv.includes('--quick');
const isJudged = process.argv.includes('--judge');
const limit = 1.3;
const effort = isQuick
  ? { rounds: 5, times: 50, warm: 1 }
  : isJudged
    ? { rounds: 15, times: 100, warm: 6 }
    : { rounds: 31, times: 300, warm: 6 };
const { createCoverageRivals } = (await loadCompiled('coverage-rivals.ts')) as typeof Coverage;
const { plain, counted, coverage, sent } = createCoverageRivals();
const samples = await measure({ plain, counted }, effort);
const { steps, visited } = coverage.read();
// A count that is off would make the figure worthless.
if (steps !== sent()) throw new Error(`bench: ${steps} messages counted, ${sent()} sent`);
const ratio = summarize(paired(samples, (took) => took.counted / took.plain));
const row = (name: string, took: readonly number[]) => [name, (summarize(took).median / 1000).toFixed(1)];
console.log(
  [
    `One cycle: sign in, BUSY, sign out; ${effort.rounds} shuffled rounds of ${effort.times} cycles; Node ${process.version}; ${visited} cells.`,
    tableOf(['rival', 'us'], [row(plain.name, samples.plain), row(counted.name, samples.counted)]),
    '',
    tableOf(
      ['ratio of paired rounds', 'median', 'spread'],
      [['production coverage: counted / plain', ratio.median.toFixed(3), `${(ratio.spread * 100).toFixed(1)} %`]],
    ),
  ].join('\n'),
);
if (isJudged) {
  const isWithin = ratio.median <= limit;
  console.log(isWithin ? 'ok' : `FAILED: counted / plain: ${ratio.median.toFixed(2)}, at most ${limit} allowed`);
  if (!isWithin) process.exitCode = 1;
}
