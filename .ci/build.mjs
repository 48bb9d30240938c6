/**
 * Builds dist/: the same source once as ECMAScript modules, once as CommonJS, by two runs of tsc. It must never leave half a package:
 * everything is made beside dist/ and put in its place only when both runs were clean.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundlePage, pageModule } from './page.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');

function compile(project, outDir) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [tsc, '-p', project, '--outDir', outDir], { cwd: root, stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`tsc -p ${project} ended with ${code}`))));
  });
}

const { bin: commands = {} } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

/** npm gives a `bin` its run bit when somebody installs the package; the one who works in the clone gets it here. */
async function finishCommands(made) {
  for (const path of Object.values(commands)) {
    const file = join(made, relative('dist', path));
    const text = await readFile(file, 'utf8');
    if (!text.startsWith('#!')) await writeFile(file, `#!/usr/bin/env node\n${text}`);
    await chmod(file, 0o755);
  }
}

/** The inspector's page as texts, in place of the module that bundles it from the sources. */
async function finishPage(made) {
  const files = await bundlePage();
  for (const kind of ['esm', 'cjs'])
    await writeFile(join(made, kind, 'src', 'inspector', 'page-files.js'), pageModule(files, kind));
}

async function build() {
  const scratch = join(root, '.tmp');
  await mkdir(scratch, { recursive: true });
  const made = await mkdtemp(join(scratch, 'dist-'));
  try {
    await Promise.all([compile('tsconfig.build.json', join(made, 'esm')), compile('tsconfig.build.cjs.json', join(made, 'cjs'))]);
    // Without it Node would read dist/cjs/*.js by the "type" of the package, as ESM.
    await writeFile(join(made, 'cjs', 'package.json'), '{ "type": "commonjs" }\n');
    await Promise.all([finishCommands(made), finishPage(made)]);
    await chmod(made, 0o755);
    const dist = join(root, 'dist');
    const former = `${made}-former`;
    if (existsSync(dist)) await rename(dist, former);
    await rename(made, dist);
    await rm(former, { recursive: true, force: true });
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

try {
  await build();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
