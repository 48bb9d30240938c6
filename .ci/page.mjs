/**
 * Bundles the inspector's page: script, style sheet, HTML and the two drawings, as texts by the path under which they are served. It runs esbuild as a
 * program of its own, so that it works inside a test environment too. Run by hand, it prints what each file weighs.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = join(root, 'src', 'inspector', 'page');
const esbuild = join(dirname(createRequire(import.meta.url).resolve('esbuild/package.json')), 'bin', 'esbuild');

/** @returns by path: content type and body */
export async function bundlePage() {
  const out = await mkdtemp(join(tmpdir(), 'presence-page-'));
  try {
    const args = ['main.ts', 'page.css'].map((name) => join(page, name));
    await promisify(execFile)(
      esbuild,
      [
        ...args,
        '--bundle',
        '--minify',
        '--format=esm',
        '--target=es2022',
        '--charset=utf8',
        `--outdir=${out}`,
        '--log-level=warning',
      ],
      { cwd: root },
    );
    const text = (folder, name) => readFile(join(folder, name), 'utf8');
    const drawn = async (name) => JSON.stringify(JSON.parse(await text(join(root, 'machines', 'drawn'), name)));
    return {
      '/': { type: 'text/html; charset=utf-8', body: await text(page, 'index.html') },
      '/main.js': { type: 'text/javascript; charset=utf-8', body: await text(out, 'main.js') },
      '/page.css': { type: 'text/css; charset=utf-8', body: await text(out, 'page.css') },
      '/icon.svg': { type: 'image/svg+xml', body: await text(page, 'icon.svg') },
      '/overview.json': { type: 'application/json', body: await drawn('presence.overview.json') },
      '/full.json': { type: 'application/json', body: await drawn('presence.layout.json') },
    };
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

/** The module that takes the place of src/inspector/page-files.ts in the build. @param {'esm' | 'cjs'} kind */
export function pageModule(files, kind) {
  const body = `Promise.resolve(${JSON.stringify(files)})`;
  return kind === 'esm'
    ? `export function pageFiles() {\n  return ${body};\n}\n`
    : `"use strict";\nObject.defineProperty(exports, "__esModule", { value: true });\nexports.pageFiles = pageFiles;\nfunction pageFiles() {\n  return ${body};\n}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = await bundlePage();
  let sum = 0;
  for (const [path, { body }] of Object.entries(files)) {
    const size = gzipSync(body).length;
    sum += size;
    console.log(
      `${path.padEnd(16)} ${(body.length / 1024).toFixed(1).padStart(7)} kB  ${(size / 1024).toFixed(1).padStart(6)} kB gz`,
    );
  }
  console.log(`${'all'.padEnd(16)} ${' '.repeat(10)}  ${(sum / 1024).toFixed(1).padStart(6)} kB gz`);
}
