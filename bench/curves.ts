/** `npm run curves`: writes the pictures of the retry policy, and puts them into README.md. It decides nothing of what is in them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { drawCurves, filled } from './curves-drawn.js';

const root = join(import.meta.dirname, '..');
const curves = drawCurves();
for (const [file, text] of Object.entries(curves.files)) {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
  process.stdout.write(`${file}\n`);
}
const readme = join(root, 'README.md');
writeFileSync(readme, filled(readFileSync(readme, 'utf8'), curves));
process.stdout.write('README.md\n');
