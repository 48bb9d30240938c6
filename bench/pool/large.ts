/**
 * One question about very many sessions, in a process of its own: memory, caches and what has been compiled of one peer must not be another's.
 * It judges nothing.
 */
import type { Message } from '../../machines/alphabet.js';
import { createSessionPool, type PresencePool } from '../../src/table/pool/index.js';
import { followerOf } from '../../src/table/engine.js';
import { seededRandom } from '../../src/testing/index.js';
import { summarize, takeTurns } from '../harness.js';
import { tally } from '../peers/listening.js';
import { loadPeer, type PeerName } from '../peers/index.js';
import { events } from '../peers/part.js';
import { openPool } from '../peers/pool.js';
import { answer, cpu, keepTimerLists, memory } from '../program.js';
import { all, arrival, presence, shuffledOrder, storm } from './workloads.js';

export type LargeQuestion =
  | { readonly what: 'storm'; readonly peer: PeerName; readonly size: number; readonly times: number }
  | { readonly what: 'bytes'; readonly peer: PeerName; readonly size: number }
  | { readonly what: 'crowd'; readonly peer: PeerName; readonly size: number; readonly changes: number }
  | { readonly what: 'walk'; readonly size: number; readonly changes: number; readonly rounds: number }
  | { readonly what: 'timers'; readonly size: number; readonly rounds: number }
  | { readonly what: 'saved'; readonly size: number };

/** Nanoseconds of the processor for an event, and how much was heard. */
export interface StormAnswer {
  readonly ns: number;
  readonly signin: number;
}
/** Bytes of a session, its handle not counted, and ns to open one. */
export interface BytesAnswer {
  readonly idle: number;
  /** A limit runs. */
  readonly armed: number;
  readonly online: number;
  readonly open: number;
  /** What the fleet says itself that a session takes while its limit runs. */
  readonly columns?: number;
}
/** Nanoseconds for an event, or a read. */
export interface WalkAnswer {
  readonly read: number;
  readonly walk: number;
  /** Nobody listens; not asked of more than a million. */
  readonly deaf?: number;
  readonly batch: number;
  readonly send: number;
  /** Of each round: batch with listeners / bare walk. */
  readonly ratios: readonly number[];
}
export interface TimersAnswer {
  /** Of each round: `setTimeout` and `clearTimeout` / arming and cancelling in the pool. */
  readonly ratios: readonly number[];
  readonly pool: number;
  readonly host: number;
}
/** Milliseconds, and bytes of a session. */
export interface SavedAnswer {
  readonly save: number;
  readonly restore: number;
  readonly bytes: number;
}

/** Everybody loses his line and comes back, once to warm up and then so many times. */
async function stormOf(folder: string, name: PeerName, size: number, count: number): Promise<StormAnswer> {
  const { peer, tally: listen } = await loadPeer(folder, name);
  const { world, read } = listen();
  const fleet = peer.open(size, world);
  const begin = cpu();
  for (const step of arrival) fleet.ready(all(size, step))();
  const signin = (cpu() - begin) / size / arrival.length;
  const score = storm(size);
  const play = fleet.ready(score);
  const times = Array.from({ length: count + 1 }, () => {
    const start = cpu();
    play();
    return (cpu() - start) / score.what.length;
  });
  // A sign-in says five things, a way back six.
  const expected = size * (5 + (count + 1) * 6);
  if (read().heard !== expected) throw new Error(`${peer.name}: ${read().heard} notices heard, ${expected} expected`);
  return { ns: summarize(times.slice(1)).median, signin };
}

/** Changes of status by anybody. */
async function crowdOf(folder: string, name: PeerName, size: number, changes: number): Promise<{ readonly ns: number }> {
  const { peer, tally: listen } = await loadPeer(folder, name);
  const fleet = peer.open(size, listen().world);
  for (const step of arrival) fleet.ready(all(size, step))();
  keepTimerLists();
  const plays = [1, 2, 3, 4].map((seed) => fleet.ready(presence(size, changes, seed)));
  const { crowd } = await takeTurns({ crowd: inTurn(plays) }, { rounds: 7, settle: 400, ms: 10 });
  return { ns: summarize(crowd).median / changes / 2 };
}

async function bytesOf(folder: string, name: PeerName, size: number): Promise<BytesAnswer> {
  const { peer, tally: listen } = await loadPeer(folder, name);
  // What is made once, by whoever comes first, is nobody's.
  const first = peer.open(100, listen().world);
  for (const step of arrival) first.ready(all(100, step))();
  first.close();
  const { world } = listen();
  const handle = name.startsWith('pool') ? 4 : 8;
  const before = await memory();
  const begin = cpu();
  const fleet = peer.open(size, world);
  const open = (cpu() - begin) / size;
  const now = async (): Promise<number> => ((await memory()) - before) / size - handle;
  const idle = await now();
  fleet.ready(all(size, arrival[0] as number))();
  const armed = await now();
  const columns = fleet.bytes && fleet.bytes() / size;
  for (const step of arrival.slice(1)) fleet.ready(all(size, step))();
  const found = { idle, armed, online: await now(), open, ...(columns === undefined ? {} : { columns }) };
  fleet.close();
  return found;
}

const inTurn = (plays: readonly (() => void)[]): (() => void) => {
  let turn = 0;
  return () => (plays[turn++ % plays.length] as () => void)();
};

function openOnline(size: number, isHeard: boolean): { readonly pool: PresencePool; readonly sessions: Uint32Array } {
  const opened = isHeard ? openPool(size, tally().world) : deafPool(size);
  for (const step of arrival) opened.pool.sendAll(opened.sessions, events[step] as Message);
  return opened;
}
function deafPool(size: number): { readonly pool: PresencePool; readonly sessions: Uint32Array } {
  const pool = createSessionPool();
  return { pool, sessions: Uint32Array.from({ length: size }, () => pool.open()) };
}

/** The pool, and beside it the bare walk through its table and the bare read of a column: as fast as memory can be read. */
async function walkOf(size: number, changes: number, rounds: number): Promise<WalkAnswer> {
  const scores = [1, 2, 3, 4].map((seed) => presence(size, changes, seed));
  const { pool, sessions } = openOnline(size, true);
  const { cells, shift, letters, initial } = pool.table;
  const codes = Uint16Array.from(events, (event) => pool.codeOf(event));
  const next = Uint16Array.from(cells, followerOf);
  const columns = Uint16Array.from(codes, (code) => letters[code]?.column ?? 0);
  const online = arrival.reduce((state, step) => next[(state << shift) | (columns[step] as number)] as number, initial.state);
  const states = new Uint16Array(size).fill(online);
  let sum = 0;
  const read =
    ({ who }: { readonly who: Uint32Array }) =>
    (): void => {
      for (let at = 0; at < who.length; at++) sum = (sum + (states[who[at] as number] as number)) | 0;
    };
  const walk = (who: Uint32Array, ways: Uint16Array) => (): void => {
    for (let at = 0; at < who.length; at++) {
      const place = who[at] as number;
      states[place] = next[((states[place] as number) << shift) | (ways[at] as number)] as number;
    }
  };
  const batches = ({ pool: other, sessions: ids }: ReturnType<typeof openPool>) =>
    inTurn(
      scores.map(({ who, what }) => {
        const chosen = who.map((one) => ids[one] as number);
        const batch = Uint16Array.from(what, (one) => codes[one] as number);
        return () => void other.dispatch(chosen, batch);
      }),
    );
  const send =
    ({ who, what }: (typeof scores)[number]) =>
    (): void => {
      for (let at = 0; at < who.length; at++)
        pool.send(sessions[who[at] as number] as number, events[what[at] as number] as Message);
    };
  const samples = await takeTurns(
    {
      read: inTurn(scores.map(read)),
      walk: inTurn(
        scores.map(({ who, what }) =>
          walk(
            who,
            Uint16Array.from(what, (one) => columns[one] as number),
          ),
        ),
      ),
      batch: batches({ pool, sessions }),
    },
    { rounds, settle: 300, ms: 10 },
  );
  const ratios = samples.batch.map((took, at) => took / (samples.walk[at] as number));
  const alone = await takeTurns({ send: inTurn(scores.map(send)) }, { rounds: 5, settle: 200, ms: 10 });
  pool.dispose();
  const unheard =
    size > 1_000_000
      ? undefined
      : await takeTurns({ deaf: batches(openOnline(size, false)) }, { rounds: 5, settle: 200, ms: 10 });
  if (sum === -1) throw new Error('never');
  const each = (took: readonly number[]): number => summarize(took).median / changes / 2;
  return {
    read: each(samples.read),
    walk: each(samples.walk),
    ...(unheard ? { deaf: each(unheard.deaf) } : {}),
    batch: each(samples.batch),
    send: each(alone.send),
    ratios,
  };
}

/** A limit armed for everybody, then cancelled, in random order: in the pool by a change of status that nobody hears, beside it by the host's own timers. */
async function timersOf(size: number, rounds: number): Promise<TimersAnswer> {
  const { pool, sessions } = openOnline(size, false);
  const order = shuffledOrder(size, seededRandom(3));
  const chosen = order.map((one) => sessions[one] as number);
  const asked = new Uint16Array(size).fill(pool.codeOf({ type: 'status.request', status: 10 }));
  const told = new Uint16Array(size).fill(pool.codeOf({ type: 'status.published', by: 'user', status: 10 }));
  const host = new Array<NodeJS.Timeout | undefined>(size).fill(undefined);
  const none = (): void => {};
  const samples = await takeTurns(
    {
      pool: () => {
        pool.dispatch(chosen, asked);
        pool.dispatch(chosen, told);
      },
      host: () => {
        for (const one of order) host[one] = setTimeout(none, 10_000);
        for (const one of order) clearTimeout(host[one]);
      },
    },
    { rounds, settle: 200, ms: 20 },
  );
  return {
    ratios: samples.host.map((took, at) => took / (samples.pool[at] as number)),
    pool: summarize(samples.pool).median / size,
    host: summarize(samples.host).median / size,
  };
}

/** All are online, half of them with a change at the server, whose limit runs. */
function savedOf(size: number): SavedAnswer {
  const { pool, sessions } = openOnline(size, false);
  pool.sendAll(sessions.subarray(0, size >> 1), { type: 'status.request', status: 10 });
  const took = (work: () => void): number => {
    const begin = performance.now();
    work();
    return performance.now() - begin;
  };
  let saved = pool.save();
  const save = took(() => void (saved = pool.save()));
  pool.dispose();
  createSessionPool.restore(saved).dispose();
  let restored = createSessionPool();
  const restore = took(() => void (restored = createSessionPool.restore(saved)));
  if (restored.size !== size) throw new Error(`${restored.size} sessions restored, ${size} saved`);
  restored.dispose();
  return { save, restore, bytes: saved.length / size };
}

answer<LargeQuestion>((folder, question) => {
  switch (question.what) {
    case 'storm':
      return stormOf(folder, question.peer, question.size, question.times);
    case 'crowd':
      return crowdOf(folder, question.peer, question.size, question.changes);
    case 'bytes':
      return bytesOf(folder, question.peer, question.size);
    case 'walk':
      return walkOf(question.size, question.changes, question.rounds);
    case 'timers':
      return timersOf(question.size, question.rounds);
    case 'saved':
      return savedOf(question.size);
  }
});
