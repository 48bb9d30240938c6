/**
 * `npx tsx bench/inspector.ts [--quick] [--judge]`: what being inspected costs the app, in processor time a transition. At 1,000 transitions a second each
 * has 1 ms, so 10 % are 100 us. The page, and the server where the app is a guest, are in other processes, as they are in life. With
 * `--judge` it fails above the limit.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import type * as Core from '../src/index.js';
import type * as Inspect from '../src/inspector/index.js';
import type * as Memory from '../src/transports/memory/index.js';
import { loadCompiled } from './compiled.js';
import { measure, paired, summarize, tableOf, type Effort, type Rival } from './harness.js';

/** Of the processor, at 1,000 transitions a second. */
const limit = 0.1;
/** Request and fact, twice. */
const transitions = 4;
const quick: Effort = { rounds: 3, times: 20, warm: 2 };
const whole: Effort = { rounds: 31, times: 200, warm: 10 };
const pages = { '/': { type: 'text/html', body: '<p>bench</p>' } };

type Doors = typeof Core & typeof Memory & typeof Inspect;
const doors = async (): Promise<Doors> => (await loadCompiled('inspected.ts')) as Doors;

/** An online service that goes BUSY and back. After each run it rests, so that what was put off is done within it. */
async function rival(
  { createPresenceService, createMemoryServer, MISTATUS }: Doors,
  name: string,
  inspect?: Core.PresenceServiceOptions['inspect'],
) {
  const service = createPresenceService({ transport: createMemoryServer().transport(), inspect });
  service.signin({ name: 'ada@example.org', password: 'secret' });
  await service.ready();
  let reached = (): void => undefined;
  service.on('OnMyStatusChange', () => reached());
  const set = (status: number): Promise<void> =>
    new Promise((resolve) => {
      reached = resolve;
      service.setStatus(status);
    });
  const run = async (times: number): Promise<void> => {
    for (let n = 0; n < times; n++) {
      await set(MISTATUS.BUSY);
      await set(MISTATUS.ONLINE);
    }
    await new Promise((resolve) => setTimeout(resolve, 40));
  };
  return { name, run, close: () => service.dispose() } satisfies Rival & { close(): Promise<void> };
}

/** Another process of this file: `host`, which serves in a folder, or `page`, which looks at an address. Resolves with what it prints first. */
async function helper(...args: string[]) {
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const said = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (data: Buffer) => resolve(data.toString('utf8').trim()));
    child.once('error', reject).once('exit', (code) => reject(new Error(`bench: the ${args[0]} ended with ${code}`)));
  });
  return { said, end: () => child.stdin.end() };
}
const stay = (): Promise<void> => new Promise((resolve) => process.stdin.resume().once('end', resolve));

async function beHost(folder: string): Promise<void> {
  const all = await doors();
  const observer = all.inspector({ folder, port: 0, pages, onUrl: (url) => process.stdout.write(`${url}\n`) });
  const { close } = await rival(all, 'host', observer);
  await stay();
  await close();
  await observer.close();
}

async function bePage(url: string): Promise<void> {
  const { origin, host } = new URL(url);
  const { headers } = await fetch(url, { redirect: 'manual' });
  const cookie = headers.get('set-cookie')?.split(';')[0] ?? '';
  const socket = new WebSocket(`ws://${host}/socket`, { headers: { cookie, origin } });
  socket.once('message', () => process.stdout.write('open\n'));
  await stay();
  socket.terminate();
}

async function main(): Promise<void> {
  const effort = process.argv.includes('--quick') ? quick : whole;
  const all = await doors();
  const folders = await Promise.all(['guest', 'host'].map((name) => mkdtemp(join(tmpdir(), `presence-bench-${name}-`))));
  const [guestFolder = '', hostFolder = ''] = folders;
  const observers: Inspect.Inspector[] = [];
  const observed = (folder: string): [Inspect.Inspector, Promise<string>] => {
    const url = deferred();
    const observer = all.inspector({ folder, port: 0, pages, onUrl: url.resolve });
    observers.push(observer);
    return [observer, url.promise];
  };
  const host = await helper('host', guestFolder);
  const watcher = await helper('page', host.said);
  const [guest, guestUrl] = observed(guestFolder);
  const [hosting, hostUrl] = observed(hostFolder);
  const rivals = {
    none: await rival(all, 'not inspected'),
    empty: await rival(all, 'an observer that does nothing', () => undefined),
    guest: await rival(all, 'inspected as a guest', guest),
    host: await rival(all, 'inspected, serving a page that looks', hosting),
  };
  await guestUrl;
  const page = await helper('page', await hostUrl);
  const samples = await measure(rivals, effort);
  for (const { end } of [page, watcher, host]) end();
  for (const { close } of Object.values(rivals)) await close();
  for (const observer of observers) await observer.close();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });

  const names = Object.keys(rivals) as (keyof typeof rivals)[];
  const added = (name: keyof typeof rivals) =>
    summarize(paired(samples, (took) => (took[name] - took.none) / transitions / 1_000_000));
  const rows = names.map((name) => {
    const perTransition = summarize(samples[name]).median / transitions / 1000;
    const share = name === 'none' ? '' : `${(added(name).median * 100).toFixed(1)} %`;
    const ratio = summarize(paired(samples, (took) => took[name] / took.none));
    return [rivals[name].name, perTransition.toFixed(1), ratio.median.toFixed(2), `${(ratio.spread * 100).toFixed(1)} %`, share];
  });
  console.log(
    `One cycle: BUSY and back, ${transitions} transitions; ${effort.rounds} shuffled rounds of ${effort.times}; Node ${process.version}.`,
  );
  console.log(tableOf(['service', 'us a transition', 'x', 'spread', 'of the processor at 1,000/s'], rows));
  const over = names.filter((name) => name !== 'none' && !(added(name).median <= limit));
  if (!process.argv.includes('--judge')) return;
  console.log(over.length === 0 ? 'ok: at most 10 %' : `FAILED: over 10 %: ${over.join(', ')}`);
  if (over.length > 0) process.exitCode = 1;
}

function deferred(): { promise: Promise<string>; resolve: (value: string) => void } {
  let resolve: (value: string) => void = () => undefined;
  const promise = new Promise<string>((settle) => (resolve = settle));
  return { promise, resolve };
}

const [, , task, argument = ''] = process.argv;
(task === 'host' ? beHost(argument) : task === 'page' ? bePage(argument) : main()).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
