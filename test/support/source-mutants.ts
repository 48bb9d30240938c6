/** The library built from its sources with one text replaced: for mutants of what is not the chart. */
import { readFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type * as Library from '../../src/index.js';

/** One replacement: the file, a text that must stand in it exactly once, and what to put there. */
export interface Damage {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const root = resolve('.');

/** @throws Error when the text does not stand in the file exactly once: the mutant would be none */
export async function mutant(damage?: Damage): Promise<typeof Library> {
  const folder = await mkdtemp(join(root, '.tmp-mutant-'));
  try {
    const { outputFiles } = await build({
      entryPoints: [join(root, 'src/index.ts')],
      bundle: true,
      write: false,
      format: 'esm',
      target: 'node20',
      external: ['xstate'],
      plugins: damage
        ? [
            {
              name: 'damage',
              setup({ onLoad }) {
                onLoad({ filter: /\.ts$/ }, async ({ path }) => {
                  const contents = await readFile(path, 'utf8');
                  if (path !== join(root, damage.file)) return { contents, loader: 'ts' };
                  const parts = contents.split(damage.from);
                  if (parts.length !== 2)
                    throw new Error(`${damage.file} holds ${JSON.stringify(damage.from)} ${parts.length - 1} times`);
                  return { contents: parts.join(damage.to), loader: 'ts' };
                });
              },
            },
          ]
        : [],
    });
    const file = join(folder, 'library.mjs');
    await writeFile(file, outputFiles[0]?.text ?? '');
    return (await import(pathToFileURL(file).href)) as typeof Library;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
