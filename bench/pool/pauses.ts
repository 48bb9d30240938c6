/**
 * What a host that has other things to do sees of very many sessions: how much of the time is garbage collection under load, how long the longest piece of
 * work takes, and how long it is kept from its turn while everybody's limit ends at once (P6, P10). In a process of its own; it judges nothing.
 */
import { PerformanceObserver } from 'node:perf_hooks';
import { loadPeer, type PeerName } from '../peers/index.js';
import { createSessionPool } from '../../src/table/pool/index.js';
import { answer, keepTimerLists, stopwatch } from '../program.js';
import { all, arrival, presence } from './workloads.js';

export type PausesQuestion =
  | { readonly what: 'load'; readonly peer: PeerName; readonly size: number; readonly ms: number }
  | { readonly what: 'expiry'; readonly of: 'pool' | 'host'; readonly size: number };

export interface LoadAnswer {
  /** Of the time. */
  readonly share: number;
  /** ms */
  readonly longestPause: number;
  /** The longest 1,000 events, ms. */
  readonly slice: number;
  readonly perSecond: number;
}
export interface ExpiryAnswer {
  /** The longest time in which the host had no turn, ms. */
  readonly longest: number;
  /** From the first end to the last, ms. */
  readonly whole: number;
}

async function load(folder: string, name: PeerName, size: number, ms: number): Promise<LoadAnswer> {
  let collected = 0;
  let longestPause = 0;
  const { peer, tally } = await loadPeer(folder, name);
  const fleet = peer.open(size, tally().world);
  for (const step of arrival) fleet.ready(all(size, step))();
  const slices = Array.from({ length: 400 }, (_, seed) => fleet.ready(presence(size, 500, seed + 1)));
  keepTimerLists();
  // What the beginning has left behind is collected before it counts.
  for (const play of slices.slice(0, 20)) play();
  await new Promise((turn) => setTimeout(turn, 100));
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      collected += duration;
      longestPause = Math.max(longestPause, duration);
    }
  }).observe({ entryTypes: ['gc'] });
  const begin = performance.now();
  let slice = 0;
  let count = 0;
  while (performance.now() - begin < ms) {
    const took = stopwatch();
    (slices[count++ % slices.length] as () => void)();
    slice = Math.max(slice, took());
    if (count % 10 === 0) await new Promise((turn) => setImmediate(turn));
  }
  const took = performance.now() - begin;
  // Entries are handed over in turns of their own.
  await new Promise((turn) => setTimeout(turn, 50));
  return { share: collected / took, longestPause, slice, perSecond: (count * 1_000) / (took / 1_000) };
}

/** All limits end at the same moment. */
async function expiry(of: 'pool' | 'host', size: number): Promise<ExpiryAnswer> {
  const wait = 300;
  let ended = 0;
  let first = 0;
  const end = (): void => {
    if (ended++ === 0) first = performance.now();
  };
  if (of === 'host') for (let at = 0; at < size; at++) setTimeout(end, wait);
  else {
    const pool = createSessionPool({ delays: { finding: wait } });
    pool.on('OnSignin', end);
    pool.sendAll(
      Uint32Array.from({ length: size }, () => pool.open()),
      { type: 'signin.request', tries: 'once' },
    );
  }
  let longest = 0;
  while (ended < size) {
    const took = stopwatch();
    const before = ended;
    await new Promise((turn) => setImmediate(turn));
    if (ended > before) longest = Math.max(longest, took());
  }
  return { longest, whole: performance.now() - first };
}

answer<PausesQuestion>((folder, question) =>
  question.what === 'load' ? load(folder, question.peer, question.size, question.ms) : expiry(question.of, question.size),
);
