/**
 * A pool of the chart that is taken up in a process of its own, under a pretend clock: `node program.mjs <file> <now> <ms,ms,...>`. It writes
 * what it hears, or how it was refused, as JSON to its output. It must never know anything of the process that saved the pool.
 */
import { readFileSync } from 'node:fs';
import { createSessionPool } from '../../src/table/pool/index.js';
import { createPretendClock } from '../../src/testing/clock.js';
import { hearAll, poolOptions, type Heard } from './pool-heard.js';

const [, , file = '', now = '0', waits = ''] = process.argv;
const clock = createPretendClock({ now: Number(now) });

async function goOn(): Promise<{ readonly heard: readonly Heard[]; readonly sessions: readonly number[] }> {
  const pool = createSessionPool.restore(readFileSync(file), poolOptions(clock));
  const heard = hearAll(pool, clock);
  for (const wait of waits.split(',')) await clock.advance(Number(wait));
  const sessions = [...pool];
  pool.dispose();
  return { heard, sessions };
}

goOn().then(
  (result) => process.stdout.write(JSON.stringify(result)),
  (error: unknown) => process.stdout.write(JSON.stringify({ refused: String(error) })),
);
