/**
 * The mutation score of the generated suites: damages the chart and the driver in every way that can be derived from their text, runs the suites
 * against each, and prints what was killed and what was not.
 *
 *     npm run mutants                 all of them
 *     npm run mutants -- driver.ts    those whose name contains it
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { load } from './build.js';
import { write } from './driver-suite.js';
import { equivalent, missed } from './equivalent.js';
import { allMutants, placeOf, type Result } from './mutants.js';
import { runPool } from './pool.js';

const goal = 0.95;
const print = (line = '') => process.stdout.write(`${line}\n`);
const [, , ...wanted] = process.argv;
const mutants = allMutants();
const ids = [...mutants.keys()].filter((id) => wanted.every((part) => id.includes(part)));

const folder = await mkdtemp(join(resolve('.'), '.tmp-mutants-'));
const began = performance.now();
const results = new Map<string, Result>();
const seconds = () => Math.round((performance.now() - began) / 1000);
try {
  const real = await load('library', folder);
  if (typeof real === 'string') throw new Error('the sources cannot be built');
  const written = join(folder, 'written.json');
  await writeFile(written, JSON.stringify(await write(real)));
  print(`${ids.length} mutants; the real service wrote its lives and paths in ${seconds()} s`);
  let slowest = 0;
  await runPool(ids, {
    processes: 2,
    limit: 30_000,
    folder,
    written,
    each(id, result, ms) {
      results.set(id, result);
      slowest = Math.max(slowest, ms);
      if (process.env['VERBOSE'] === '1') print(`${Math.round(ms)} ms ${result.outcome} ${id} [${result.by}]`);
      if (results.size % 100 === 0) print(`${results.size} of ${ids.length}, ${seconds()} s`);
    },
  });
  print(`all judged in ${seconds()} s, the slowest in ${Math.round(slowest / 100) / 10} s\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

interface Count {
  killed: number;
  survived: number;
  equivalent: number;
  listed: number;
}
const table = new Map<string, Count>();
const total: Count = { killed: 0, survived: 0, equivalent: 0, listed: 0 };
const killers = new Map<string, number>();
const survivors: string[] = [];
for (const id of ids) {
  const mutant = mutants.get(id);
  const result = results.get(id);
  if (!mutant || !result || result.outcome === 'none') continue;
  const place = placeOf(mutant);
  const count = table.get(place) ?? { killed: 0, survived: 0, equivalent: 0, listed: 0 };
  table.set(place, count);
  const kind = result.outcome === 'survived' && equivalent[id] !== undefined ? 'listed' : result.outcome;
  count[kind] += 1;
  total[kind] += 1;
  if (kind === 'killed') {
    const by = /^(L\d\d|\w+)/.exec(result.by)?.[0] ?? '';
    killers.set(by, (killers.get(by) ?? 0) + 1);
  }
  if (kind === 'survived') {
    const where = 'line' in mutant ? `${mutant.file}:${mutant.line} ` : '';
    survivors.push(`${where}${id} [${missed[id] ?? (result.by || 'no reason is known')}]`);
  }
}

const rowOf = (name: string, { killed, survived, equivalent: proved, listed }: Count) =>
  [
    name.padEnd(24),
    ...[killed, survived, proved, listed].map((number) => String(number).padStart(8)),
    `${((100 * killed) / (killed + survived || 1)).toFixed(1).padStart(7)} %`,
  ].join(' ');
print(['file'.padEnd(24), ...['killed', 'survived', 'proved', 'listed'].map((word) => word.padStart(8)), '   score'].join(' '));
for (const [place, count] of table) print(rowOf(place, count));
print(rowOf('all', total));
print(
  `\nproved: shown to be equivalent by following both charts; listed: test/mutation/equivalent.ts; ${[...results.values()].filter(({ outcome }) => outcome === 'none').length} more change nothing that is built`,
);
print(
  `killed by: ${[...killers]
    .sort(([, a], [, b]) => b - a)
    .map(([by, number]) => `${by} ${number}`)
    .join(', ')}`,
);
if (survivors.length > 0) print(`\nsurvivors:\n  ${survivors.join('\n  ')}`);

const listed = Object.keys({ ...equivalent, ...missed });
const stale = wanted.length > 0 ? [] : listed.filter((id) => results.get(id)?.outcome !== 'survived');
if (stale.length > 0) print(`\nstale lines in equivalent.ts:\n  ${stale.join('\n  ')}`);
const score = total.killed / (total.killed + total.survived);
if (score < goal) print(`\nthe score is ${(100 * score).toFixed(1)} %, under ${100 * goal} %`);
process.exitCode = stale.length > 0 || score < goal ? 1 : 0;
