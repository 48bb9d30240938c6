/**
 * One question about very many sessions, in a process of its own: `large.ts NAME [SIZE]` prints one line of JSON. Memory and caches of one
 * rival must not be another's.
 */
import { performance, PerformanceObserver } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createSessionPool } from '../../src/table/pool/index.js';
import { seededRandom } from '../../src/testing/index.js';
import { deed, deeds, fleets, openPool, type FleetName } from './fleets.js';
import { everybody, presence, storm } from './workloads.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1_000;
};
const [question = '', sizeText = '1000000'] = process.argv.slice(2);
const size = Number(sizeText);
let heard = 0;
const hear = (): void => void (heard += 1);
const memory = (): number => {
  collect();
  const { heapUsed, arrayBuffers, external } = process.memoryUsage();
  return heapUsed + Math.max(arrayBuffers, external);
};

const questions: Record<string, () => object | Promise<object>> = {
  /** A reconnect storm: ns for each event. */
  storm: () => stormOf((process.argv[4] ?? 'pool batch') as FleetName),

  /** Changes of status by anybody, and beside them the bare walk through the table, as fast as memory can be read. */
  walk: () => {
    const { pool, sessions } = openPool(size, hear);
    const all = everybody(size);
    pool.dispatch(
      Uint32Array.from(all.who, (who) => sessions[who] as number),
      Uint16Array.from(all.what, (what) => codes[what] as number),
    );
    const { who, what } = presence(size, 1_000_000);
    const chosen = Uint32Array.from(who, (one) => sessions[one] as number);
    const letters = Uint16Array.from(what, (one) => codes[one] as number);
    const { cells, shift, letters: alphabet } = pool.table;
    const columnsOf = (what: Uint8Array) => Uint16Array.from(what, (one) => alphabet[codes[one] as number]?.column ?? 0);
    const columns = columnsOf(what);
    const states = new Uint16Array(size).fill(pool.table.initial.state);
    const walk = (places: Uint32Array, ways: Uint16Array): number => {
      let sum = 0;
      for (let at = 0; at < places.length; at++) {
        const place = places[at] as number;
        const cell = cells[((states[place] as number) << shift) | (ways[at] as number)] as number;
        states[place] = cell & 0xffff;
        sum += cell >>> 16;
      }
      return sum;
    };
    walk(all.who, columnsOf(all.what));
    const bare = () => walk(who, columns);
    for (let warm = 0; warm < 2; warm++) {
      bare();
      pool.dispatch(chosen, letters);
    }
    const ratios: number[] = [];
    for (let round = 0; round < 5; round++) {
      const begin = cpu();
      if (bare() < 0) throw new Error('never');
      const middle = cpu();
      pool.dispatch(chosen, letters);
      ratios.push((cpu() - middle) / (middle - begin));
    }
    return { ratio: ratios.sort((a, b) => a - b)[2] };
  },

  /** Bytes of a session with its timer running, and ns to open one. */
  bytes: () => {
    const { pool: warm } = openPool(1_000, hear);
    warm.dispose();
    const before = memory();
    const begin = cpu();
    const { pool, sessions } = openPool(size, hear);
    const open = (cpu() - begin) / size;
    pool.sendAll(sessions, { type: 'signin.request', tries: 'once' });
    const bytes = (memory() - before - sessions.byteLength) / size;
    if (pool.size !== size) throw new Error('some are missing');
    return { bytes, open, columns: pool.bytes / size };
  },

  /** The same for actors; fewer, since a million of them need more than a default heap. */
  actors: () => {
    const before = memory();
    const begin = cpu();
    const fleet = fleets.actors(size, hear);
    const open = (cpu() - begin) / size;
    const all = everybody(size);
    fleet.play(all.who, all.what);
    const bytes = (memory() - before - all.who.byteLength - all.what.byteLength) / size;
    return { bytes, open };
  },

  /** Arming and cancelling, against the host's own timers. */
  timers: () => {
    const { pool, sessions } = openPool(size, () => {});
    const random = seededRandom(3);
    const chosen = Uint32Array.from({ length: 400_000 }, () => sessions[Math.floor(random() * size)] as number);
    const arm = new Uint16Array(chosen.length).fill(codes[deed.signin] as number);
    const stop = new Uint16Array(chosen.length).fill(pool.codeOf({ type: 'signout.request' }));
    const host = new Array<NodeJS.Timeout | undefined>(size);
    const both = (): number => {
      const begin = cpu();
      for (let at = 0; at < chosen.length; at += 4_096) {
        const end = Math.min(chosen.length, at + 4_096);
        pool.dispatch(chosen.subarray(at, end), arm.subarray(at, end));
        pool.dispatch(chosen.subarray(at, end), stop.subarray(at, end));
      }
      return cpu() - begin;
    };
    const hosts = (): number => {
      const begin = cpu();
      for (const one of chosen) host[one % size] = setTimeout(hear, 10_000);
      for (const one of chosen) clearTimeout(host[one % size]);
      return cpu() - begin;
    };
    for (let warm = 0; warm < 2; warm++) if (both() + hosts() < 0) throw new Error('never');
    const ratios = Array.from({ length: 5 }, () => hosts() / both());
    return { ratio: ratios.sort((a, b) => a - b)[2] };
  },

  /** The share of garbage collection under load, and the longest turn in which timers end. */
  pauses: async () => {
    let collected = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) collected += duration;
    }).observe({ entryTypes: ['gc'] });
    const { pool, sessions } = openPool(size, hear);
    const all = everybody(size);
    pool.dispatch(
      Uint32Array.from(all.who, (who) => sessions[who] as number),
      Uint16Array.from(all.what, (what) => codes[what] as number),
    );
    const { who, what } = presence(size, 500_000);
    const chosen = Uint32Array.from(who, (one) => sessions[one] as number);
    const letters = Uint16Array.from(what, (one) => codes[one] as number);
    const begin = performance.now();
    collected = 0;
    while (performance.now() - begin < 4_000) {
      for (let at = 0; at < chosen.length; at += 10_000)
        pool.dispatch(chosen.subarray(at, at + 10_000), letters.subarray(at, at + 10_000));
      await new Promise((turn) => setImmediate(turn));
    }
    const share = collected / (performance.now() - begin);
    // All are lost at once; their waits end at once, too.
    pool.dispose();
    const turns = await longestTurn();
    return { share, ...turns };
  },
};

/** Everybody's timer ends at the same moment. */
async function longestTurn(): Promise<{ readonly longest: number; readonly ended: number }> {
  const pool = createSessionPool({ delays: { finding: 200 } });
  let ended = 0;
  let begin = 0;
  let longest = 0;
  pool.on('OnSignin', () => void (ended += 1));
  const sessions = Uint32Array.from({ length: size }, () => pool.open());
  // A pause between two looks at the clock is what the timers have kept the host from.
  pool.sendAll(sessions, { type: 'signin.request', tries: 'once' });
  while (ended < size) {
    begin = performance.now();
    await new Promise((turn) => setTimeout(turn, 0));
    if (ended > 0) longest = Math.max(longest, performance.now() - begin - 1);
  }
  pool.dispose();
  return { longest, ended };
}

function stormOf(name: FleetName): object {
  const fleet = fleets[name](size, hear);
  const all = everybody(size);
  fleet.play(all.who, all.what);
  const { who, what } = storm(size);
  fleet.play(who, what);
  const times = [0, 1, 2].map(() => {
    const begin = cpu();
    fleet.play(who, what);
    return cpu() - begin;
  });
  return { ns: (times.sort((a, b) => a - b)[1] as number) / who.length, heard };
}

const codes = ((): readonly number[] => {
  const pool = createSessionPool({ capacity: 1 });
  const all = deeds.map(({ event }) => pool.codeOf(event));
  pool.dispose();
  return all;
})();

const ask = questions[question];
if (!ask) throw new Error(`expected one of ${Object.keys(questions).join(', ')}, got ${question}`);
console.log(JSON.stringify(await ask()));
process.exit(0);
