/**
 * Kill -9 of an app in each phase, and its restart from the last snapshot: status, note and expiry are what they were (M28 L23 L24). A real
 * process, a real file, a real socket; the server lives here, so that it outlives the app.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MISTATUS, type PolicyOptions } from '../src/index.js';
import { startLoopbackServer, type LoopbackFaults, type LoopbackServer } from '../src/transports/loopback/index.js';
import { bundle } from './support/bundle.js';
import type { MortalOptions, Order, Told } from './support/mortal-app.js';

const { BUSY, AWAY, OUT_TO_LUNCH } = MISTATUS;
const ann = { name: 'ann@localhost', password: 'correct-horse' };
const quick: PolicyOptions = { idleAfter: 60_000, retry: { firstSpread: 0, base: 20, cap: 20 } };

let folder = '';
beforeAll(async () => {
  mkdirSync(resolve('.tmp'), { recursive: true });
  // Inside the project, so that packages are found.
  folder = mkdtempSync(resolve('.tmp', 'mortal-'));
  writeFileSync(join(folder, 'app.mjs'), await bundle(resolve('test/support/mortal-app.ts')));
});
/** What a test that failed has left. */
const left: (() => unknown)[] = [];
afterAll(async () => {
  await Promise.all(left.map((end) => end()));
  rmSync(folder, { recursive: true, force: true });
});

interface App {
  /** All that it told so far. */
  readonly told: readonly Told[];
  order(order: Order): void;
  /** Comes true with what was told at this state; at once, when it is the present one. */
  is(state: string, message?: string): Promise<Told>;
  /** SIGKILL; comes true when the process is gone. */
  kill(): Promise<void>;
}

function startApp(options: Omit<MortalOptions, 'name' | 'password'>): App {
  const args = [join(folder, 'app.mjs'), JSON.stringify({ ...ann, ...options })];
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, args);
  left.push(() => child.kill('SIGKILL'));
  const told: Told[] = [];
  let complaint = '';
  const looks = new Set<() => void>();
  const look = () => looks.forEach((one) => one());
  const gone = new Promise<void>((done) => {
    child.once('close', () => {
      done();
      look();
    });
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    told.push(JSON.parse(line) as Told);
    look();
  });
  child.stderr.on('data', (data) => (complaint += String(data)));
  return {
    told,
    order: (order) => void child.stdin.write(`${JSON.stringify(order)}\n`),
    is: (state, message) =>
      new Promise((found, failed) => {
        const one = () => {
          const last = told.at(-1);
          const isThere = last?.state === state && (message === undefined || last.message === message);
          if (!isThere && child.exitCode === null && child.signalCode === null) return;
          looks.delete(one);
          if (isThere) found(last);
          else failed(new Error(`not ${state} any more: ${JSON.stringify(told)} ${complaint}`));
        };
        looks.add(one);
        one();
      }),
    async kill() {
      child.kill('SIGKILL');
      await gone;
      if (child.signalCode !== 'SIGKILL') throw new Error(`ended by itself: ${child.exitCode} ${complaint}`);
    },
  };
}

interface Death {
  /** In which it is killed. */
  readonly state: string;
  /** The message that the phase begins with, where the state alone does not tell. */
  readonly at?: string;
  readonly faults?: Partial<LoopbackFaults>;
  readonly isLost?: boolean;
  readonly policy?: PolicyOptions;
  /** What leads to the phase, from signed in as busy with a note; without it the faults keep the app from getting there. */
  readonly next?: (app: App, server: LoopbackServer) => unknown;
}
const busy = { status: BUSY, note: 'head down' } as const;

/** Lives up to the phase, dies, and lives again, with the server as it was but without its faults. */
async function dieAndLive(key: string, { state, at, faults = {}, isLost = false, policy = {}, next }: Death) {
  const server = await startLoopbackServer({ users: [ann] });
  left.push(() => server.close());
  const file = join(folder, `${key}.json`);
  const until = Date.now() + 3_600_000;
  const options = { port: server.port, file, policy: { ...quick, ...policy }, isLost };
  const before = startApp(options);
  await before.is('signedOut', 'start');
  if (!next) server.fault(faults);
  before.order({ do: 'signin', ...busy, until });
  if (next) {
    await before.is('busy');
    server.fault(faults);
    await next(before, server);
  }
  const last = await before.is(state, at);
  await before.kill();
  while (server.connections() > 0) await new Promise((later) => setTimeout(later, 5));
  server.calm();
  const kept = JSON.parse(readFileSync(file, 'utf8')) as { state: string; wanted: { until?: number }; retryAt?: number };
  const after = startApp({ ...options, isLost: false });
  return { server, until, last, kept, after, snapshot: () => JSON.parse(readFileSync(file, 'utf8')) as typeof kept };
}

const deaths: readonly (readonly [phase: string, death: Death])[] = [
  ['finding', { state: 'findingServer', isLost: true }],
  ['connecting', { state: 'connecting', faults: { silent: 'auth' } }],
  ['synchronizing', { state: 'synchronizing', faults: { silent: 'roster' } }],
  [
    'synchronizing with the first presence at the server',
    { state: 'synchronizing', at: 'session.synchronized', faults: { silent: 'presence' } },
  ],
  ['busy with a note until an hour later', { state: 'busy', next: () => {} }],
  [
    'busy with a change to away at the server',
    {
      state: 'busy',
      at: 'status.request',
      faults: { silent: 'presence' },
      next: (app) => app.order({ do: 'setStatus', status: AWAY, note: 'not confirmed' }),
    },
  ],
  [
    'waiting to retry',
    {
      state: 'waitingToRetry',
      faults: { connection: 503 },
      policy: { retry: { firstSpread: 4_000, base: 4_000, cap: 4_000 } },
      next: (_, server) => void server.drop(),
    },
  ],
  ['held', { state: 'held', next: (app) => app.order({ do: 'environment', network: false }) }],
];

describe('M28 L23 an app that is killed with SIGKILL while', () => {
  it.concurrent.each(deaths)(
    '%s is seen as busy with its note when it is back, until the same moment',
    async (phase, death) => {
      const { server, until, last, kept, after, snapshot } = await dieAndLive(phase, death);
      expect(kept.state).toBe(death.state);
      const begin = await after.is('waitingToRetry', 'start');
      expect(begin.reasons).toEqual(['restored']);
      // The moment of the next attempt is kept, too.
      if (last.retryAt !== undefined) expect(begin.retryAt).toBeGreaterThanOrEqual(last.retryAt);
      await after.is('busy');
      expect(server.sessions()).toMatchObject([{ user: ann.name, show: 'dnd', note: 'head down' }]);
      expect(snapshot()).toMatchObject({ state: 'busy', wanted: { ...busy, until } });
      await after.kill();
      await server.close();
    },
    20_000,
  );

  it.concurrent(
    'L24 idle is idle when it is back, and busy as it was with the next input',
    async () => {
      const idle: Death = {
        state: 'idle',
        policy: { idleAfter: 100, idleFrom: [BUSY] },
        next: (app) => app.order({ do: 'environment', userActive: false }),
      };
      const { server, after, until, snapshot } = await dieAndLive('idle', { ...idle });
      await after.is('idle');
      expect(server.sessions()).toMatchObject([{ show: 'away', note: 'head down' }]);
      after.order({ do: 'environment', userActive: true });
      await after.is('busy');
      expect(server.sessions()).toMatchObject([{ show: 'dnd', note: 'head down' }]);
      expect(snapshot()).toMatchObject({ state: 'busy', wanted: { ...busy, until } });
      await after.kill();
      await server.close();
    },
    20_000,
  );

  it.concurrent(
    'signing out stays signed out when it is back, and asks nothing of the server (L27)',
    async () => {
      const leaving: Death = { state: 'disconnecting', faults: { silent: 'close' }, next: (app) => app.order({ do: 'signout' }) };
      const { server, after } = await dieAndLive('leaving', leaving);
      await after.is('signedOut', 'start');
      await new Promise((later) => setTimeout(later, 300));
      expect(after.told).toHaveLength(1);
      expect(after.told[0]).toMatchObject({ status: 'OFFLINE', reasons: [] });
      expect(server.connections()).toBe(0);
      await after.kill();
      await server.close();
    },
    20_000,
  );

  it.concurrent(
    'M25 busy for a moment in place of out to lunch is seen so when it is back after the end of that',
    async () => {
      const short: Death = {
        state: 'busy',
        next: async (app) => {
          app.order({ do: 'setStatus', status: OUT_TO_LUNCH, note: 'noodles' });
          await app.is('outToLunch');
          app.order({ do: 'setStatus', status: BUSY, note: 'a call', until: Date.now() + 2_000 });
        },
      };
      const { server, after, kept } = await dieAndLive('short', short);
      expect(kept.wanted).toMatchObject({ status: BUSY, before: { status: OUT_TO_LUNCH } });
      await after.is('outToLunch');
      expect(server.sessions()).toMatchObject([{ show: 'xa', note: 'noodles' }]);
      await after.kill();
      await server.close();
    },
    20_000,
  );
});
