/**
 * `npx tsx test/snapshots/make.ts`: writes the snapshots of scenes that the corpus of the present version lacks. It never writes over one: a
 * snapshot that lies on somebody's disk does not change either, so a changed format is another version, with a folder of its own.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { snapshotVersion } from '../../src/snapshot.js';
import { scenes, take } from './scenes.js';

const folder = join(import.meta.dirname, `v${snapshotVersion}`);
mkdirSync(folder, { recursive: true });
for (const name of Object.keys(scenes)) {
  const file = join(folder, `${name}.json`);
  if (existsSync(file)) continue;
  writeFileSync(file, `${JSON.stringify(await take(name), null, 2)}\n`);
  process.stdout.write(`${file}\n`);
}
