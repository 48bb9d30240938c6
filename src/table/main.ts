/** Writes the artifact of our chart, which the pool loads: `npm run draw`. With `--check` it compares instead, and writes nothing. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { artifactModule } from './artifact-module.js';
import { compilePresence } from './presence.js';

const file = join(process.cwd(), 'src', 'table', 'pool', 'artifact.ts');
const { artifact, report } = compilePresence();
const text = artifactModule(artifact);
process.stdout.write(`${String(report)}\n`);
if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) {
  process.stderr.write(`${file} is not what the chart compiles to: npm run draw\n`);
  process.exitCode = 1;
}
