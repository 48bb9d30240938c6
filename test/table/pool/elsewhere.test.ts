/** A saved pool of the chart in another process: it goes on there with the same numbers, words and deadlines, or is refused. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MISTATUS, type Message } from '../../../machines/index.js';
import { compileLogic } from '../../../src/table/compile/index.js';
import { createSessionPool, SessionPool } from '../../../src/table/pool/index.js';
import { createPretendClock, seededRandom } from '../../../src/testing/index.js';
import { bundle } from '../../support/bundle.js';
import { hearAll, poolOptions, type Heard } from '../../support/pool-heard.js';
import { call } from '../charts.js';

interface Elsewhere {
  readonly heard?: readonly Heard[];
  readonly sessions?: readonly number[];
  readonly refused?: string;
}

describe('A saved pool in another process', () => {
  let folder = '';
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pool-'));
    writeFileSync(join(folder, 'program.mjs'), await bundle('test/support/pool-elsewhere.ts'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function elsewhere(saved: Uint8Array, now: number, waits: readonly number[]): Promise<Elsewhere> {
    writeFileSync(join(folder, 'pool'), saved);
    // Without the folder of packages: what the pool needs, it has.
    const given = ['program.mjs', 'pool', String(now), waits.join()];
    const { stdout } = await promisify(execFile)(process.execPath, given, { cwd: folder, maxBuffer: 2 ** 26 });
    return JSON.parse(stdout) as Elsewhere;
  }

  /** Two hundred sessions, each somewhere else between signedOut and idle, some of them closed. */
  async function lived() {
    const clock = createPretendClock({ now: 1_700_000_000_000 });
    const pool = createSessionPool(poolOptions(clock));
    const random = seededRandom(3);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const way: readonly Message[] = [
      { type: 'signin.request', tries: 'retry' },
      { type: 'server.found' },
      { type: 'link.opened' },
      { type: 'session.synchronized', resumed: false },
      { type: 'status.published', by: 'signin', status: MISTATUS.ONLINE },
      { type: 'input.ceased' },
      { type: 'status.request', status: MISTATUS.BUSY },
    ];
    const turns: readonly Message[] = [
      { type: 'link.lost', reason: 'lineLost' },
      { type: 'clock.jumped' },
      { type: 'signout.request' },
      { type: 'network.lost' },
      { type: 'server.failed', reason: 'connectFailed' },
    ];
    for (let at = 0; at < 200; at++) {
      const session = pool.open();
      for (const message of way.slice(0, Math.floor(random() * (way.length + 1)))) pool.send(session, message);
      if (random() < 0.5) pool.send(session, pick(turns));
      if (random() < 0.1) pool.close(session);
      await clock.advance(Math.floor(random() * 100));
    }
    return { clock, pool };
  }
  const waits = [0, 999, 1, 4_000, 5_000, 5_000, 15_000, 300_000, 60_000];

  it('says the same at the same times, deadline by deadline, on the way from every state', async () => {
    const { clock, pool } = await lived();
    const [saved, now] = [pool.save(), clock.now()];
    const here = hearAll(pool, clock);
    for (const wait of waits) await clock.advance(wait);
    const there = await elsewhere(saved, now, waits);
    expect(there.sessions).toEqual([...pool]);
    expect(there.heard).toEqual(here);
    const said = new Set(here.map(([, , what]) => (what as { readonly reason?: string }).reason));
    for (const reason of ['serverNotFound', 'logonTimeout', 'timedOut', 'userRequest']) expect(said).toContain(reason);
    expect(here.some(([, , what]) => (what as { readonly by?: string }).by === 'idle')).toBe(true);
    expect(new Set(here.map(([at]) => at)).size).toBeGreaterThan(100);
    pool.dispose();
  });

  it('that comes later ends at once what is over, in the order of the deadlines, and keeps what is not', async () => {
    const { clock, pool } = await lived();
    const [saved, now] = [pool.save(), clock.now()];
    const here = hearAll(pool, clock);
    await clock.advance(20_000);
    const late = await elsewhere(saved, now + 20_000, [0]);
    const first = (heard: readonly Heard[]) => {
      const firsts = new Map<number, string>();
      for (const [, session, said] of heard) {
        const { type, reason } = said as { readonly type: string; readonly reason?: string };
        if (type === 'OnMyStatusChange' && !firsts.has(session)) firsts.set(session, `${session} ${reason}`);
      }
      return [...firsts.values()];
    };
    expect(first(late.heard ?? [])).toEqual(first(here));
    expect(first(here).length).toBeGreaterThan(50);
    expect(late.heard?.every(([at]) => at === now + 20_000)).toBe(true);
    pool.dispose();
  });

  it('is refused when the file is cut off, or is one of another machine', async () => {
    const { pool } = await lived();
    const saved = pool.save();
    pool.dispose();
    expect((await elsewhere(saved.slice(0, -1), 0, [0])).refused).toBe(
      `TypeError: the saved pool is cut off: expected ${saved.length} bytes, got ${saved.length - 1}`,
    );
    const other = new SessionPool(compileLogic(call.machine, { events: call.events, keep: ['code'] }).table);
    other.open();
    expect((await elsewhere(other.save(), 0, [0])).refused).toMatch(
      /^TypeError: the saved pool is one of the table \w+, not of \w+: machine or rules have changed$/,
    );
    other.dispose();
  });
});
