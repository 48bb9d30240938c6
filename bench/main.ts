/**
 * `npm run bench`: everything, on a quiet machine in less than four minutes; prints it, and writes `bench/RESULTS.md` and the pictures. `-- --quick` only
 * shows that it runs, `-- --only crowd,timers` looks at some parts, `-- --prove` at nothing but whether all peers say the same; none of these writes. It judges nothing:
 * limits stand in `gate.ts`.
 */
import { writeFileSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeBundles } from './bundles.js';
import { drawCharts } from './charts.js';
import { resultsOf, surroundings } from './results.js';
import { measureAll, partNames, quick, whole, type PartName } from './suite.js';
import { sections } from './tables.js';

const root = join(import.meta.dirname, '..');

function namesIn(text: string | undefined): readonly PartName[] {
  const names = text?.split(',') ?? partNames;
  const wrong = names.find((name) => !partNames.some((part) => part === name));
  if (wrong !== undefined) throw new TypeError(`--only: expected some of ${partNames.join(', ')}, got ${wrong}`);
  return names as readonly PartName[];
}

/** Ten million sessions, their scores, and twice the columns while they grow. */
const fits = (size: number): boolean => size <= 1_000_000 || freemem() > 3 * 2 ** 30;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { quick: { type: 'boolean' }, only: { type: 'string' }, prove: { type: 'boolean' } } });
  const names = values.prove ? [] : namesIn(values.only);
  const effort = values.quick ? quick : whole.scale.every(fits) ? whole : { ...whole, scale: whole.scale.filter(fits) };
  if (!values.quick && effort !== whole) process.stderr.write('left out: more sessions than there is free memory for\n');
  const begin = performance.now();
  const seconds = (): string => ((performance.now() - begin) / 1_000).toFixed(0).padStart(4);
  const bundles = await makeBundles();
  try {
    const found = await measureAll(bundles, effort, names, (text) => process.stderr.write(`${seconds()} s  ${text}\n`));
    if (values.prove) {
      process.stdout.write(`${found.equal?.peers} peers say the same ${found.equal?.words} words\n`);
      return;
    }
    const all = sections(found, effort);
    process.stdout.write(`${surroundings(new Date()).join('\n')}\n\n`);
    if (values.quick) process.stdout.write('A quick look: far fewer sessions than it says, and no figure means anything.\n\n');
    process.stdout.write(all.map(({ title, text }) => `== ${title}\n\n${text}\n\n`).join(''));
    if (values.quick || values.only !== undefined) return;
    const written = { 'bench/RESULTS.md': resultsOf(all, new Date(), performance.now() - begin), ...drawCharts(found) };
    for (const [file, text] of Object.entries(written)) writeFileSync(join(root, file), text);
    process.stdout.write(`written: ${Object.keys(written).join(', ')}, after ${seconds().trim()} s\n`);
  } finally {
    await bundles.remove();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
