/** Builds what is under test out of its sources with one change made, and loads it. It must never touch the sources themselves. */
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type * as Machines from '../../machines/index.js';
import type * as Library from '../../src/index.js';
import type * as Testing from '../../src/testing/index.js';
import { applied, type TextMutant } from './text-mutants.js';

const root = resolve('.');
let count = 0;

/** What is built: the model, or the service with the exam for its transport. */
const parts = {
  model: "export * from './machines/index.ts';",
  library: "export * from './src/index.ts'; export { transportConformance } from './src/testing/index.ts';",
} as const;
export interface Built {
  readonly model: typeof Machines;
  readonly library: typeof Library & Pick<typeof Testing, 'transportConformance'>;
}

async function textOf(part: keyof Built, damage: TextMutant | undefined): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: parts[part], resolveDir: root, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    // Names and comments are of no consequence, so that a change in a type leaves the very same text.
    legalComments: 'none',
    logLevel: 'silent',
    plugins: damage
      ? [
          {
            name: 'damage',
            setup: ({ onLoad }) =>
              onLoad({ filter: new RegExp(`${damage.file.replaceAll('.', '\\.')}$`) }, async ({ path }) => ({
                contents: applied(await readFile(path, 'utf8'), damage),
                loader: 'ts',
              })),
          },
        ]
      : [],
  });
  return outputFiles[0]?.text ?? '';
}

const undamaged = new Map<keyof Built, Promise<string>>();

/**
 * @param folder where the bundle is put; inside the project, since it imports packages
 * @returns why there is nothing to test: what is built is the same, or cannot be built
 */
export async function load<P extends keyof Built>(
  part: P,
  folder: string,
  damage?: TextMutant,
): Promise<Built[P] | 'same' | 'none'> {
  const real = undamaged.get(part) ?? textOf(part, undefined);
  undamaged.set(part, real);
  let text: string;
  try {
    text = await textOf(part, damage);
  } catch {
    return 'none';
  }
  if (damage && text === (await real)) return 'same';
  const file = join(folder, `${process.pid}-${(count += 1)}.mjs`);
  await writeFile(file, text);
  return (await import(pathToFileURL(file).href)) as Built[P];
}
