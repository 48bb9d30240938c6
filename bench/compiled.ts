/**
 * Loads a bench module as an app would have it: compiled and bundled without the development loader's helpers, which wrap each function
 * that is made at run time and so would be measured with it. Packages stay outside, as installed.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');

/** @param entry a file of this folder */
export async function loadCompiled(entry: string): Promise<unknown> {
  // Inside the project, so that packages are found.
  const scratch = join(root, '.tmp');
  await mkdir(scratch, { recursive: true });
  const folder = await mkdtemp(join(scratch, 'bench-'));
  try {
    const outfile = join(folder, 'entry.mjs');
    await build({
      entryPoints: [join(import.meta.dirname, entry)],
      outfile,
      bundle: true,
      packages: 'external',
      format: 'esm',
      platform: 'node',
      target: 'node20',
      logLevel: 'error',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
