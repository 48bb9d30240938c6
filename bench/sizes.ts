/** What an app has to load, compressed (P9): of the pool, without and with the packed table, and of XState with the chart. */
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';

/** Bytes. */
export interface Sizes {
  readonly runtime: number;
  readonly withArtifact: number;
  /** The chart and `createActor`. */
  readonly actor: number;
}

const root = join(import.meta.dirname, '..');

export function measureSizes(): Sizes {
  const gzip = (contents: string, ...external: string[]): number => {
    const { outputFiles } = buildSync({
      stdin: { contents, resolveDir: root, loader: 'ts' },
      bundle: true,
      minify: true,
      format: 'esm',
      define: { 'process.env.NODE_ENV': '"production"' },
      write: false,
      external,
      logLevel: 'error',
    });
    return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length;
  };
  const pool = "export { createSessionPool } from './src/table/pool/index.ts';";
  return {
    runtime: gzip(pool, '*/artifact.js'),
    withArtifact: gzip(pool),
    actor: gzip("export { createActor } from 'xstate'; export { presenceMachine } from './machines/presence.ts';"),
  };
}
