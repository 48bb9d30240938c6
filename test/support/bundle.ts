/** A program that imports `presence-machine`, bundled with the sources as they are now. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';

interface Door {
  readonly import?: { readonly default: string };
}
const doors = (JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, Door> }).exports;

/** The source file behind a door such as `presence-machine/xmpp`. */
function sourceOf(specifier: string): string {
  const built = doors[`.${specifier.slice('presence-machine'.length)}`]?.import?.default;
  if (built === undefined) throw new Error(`${specifier} is no door of the package`);
  return resolve(built.replace('./dist/esm/', '').replace(/\.js$/, '.ts'));
}

/** Leads the package's own names to the sources. */
export const ownDoors: Plugin = {
  name: 'own-doors',
  setup: ({ onResolve }) => onResolve({ filter: /^presence-machine($|\/)/ }, ({ path }) => ({ path: sourceOf(path) })),
};

export async function bundle(file: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    plugins: [ownDoors],
  });
  return outputFiles[0]?.text ?? '';
}
