/**
 * Before anything is timed: all peers say the same to the same score, word for word, limits that end included, or there is nothing to compare. Time
 * is pretended: what the host calls `setTimeout` is the proof's while it runs.
 */
import { createPretendClock, type PretendClock } from '../../src/testing/clock.js';
import { all, arrival, change, cycle, everybody, ignored, presence, storm } from '../pool/workloads.js';
import { answer } from '../program.js';
import { loadPeer, peerNames, type PeerName } from './index.js';
import { deed, limits, type Peer, type Said, type Score } from './part.js';

/** Scores, and milliseconds that pass. */
function script(size: number): (Score | number)[] {
  const each = (...what: readonly number[]): Score => all(size, ...what);
  const busy = 1;
  const back = each(deed.found, deed.opened, deed.synchronized, deed.arrived);
  return [
    ignored(8),
    cycle(),
    everybody(size),
    presence(size, 500),
    each(...change(busy), ...change(busy)),
    storm(size),
    ignored(8),
    // A change that nobody answers; then one in the middle of which the line is lost, and everybody is back by himself.
    ...[each(deed.request), limits.publish],
    ...[each(deed.request, deed.lost), 3_000, back],
    // The same while finding, while connecting, and while synchronizing, of sessions that go on trying.
    ...[each(deed.lost, deed.due), limits.finding, 5_000, each(deed.found), limits.logon, 6_000],
    ...[each(deed.found, deed.opened), limits.synchronizing, 10_000, back],
    // A sign-out in the middle of a change, without an answer; then attempts that are made once only.
    ...[each(deed.request, deed.signout), limits.signout],
    ...[each(deed.signin), limits.finding, 60_000],
    ...[each(deed.signin, deed.found), limits.logon, 60_000],
    ...[each(...arrival, deed.signout, deed.closed), 60_000],
  ];
}

async function played(peer: Peer, size: number): Promise<string[]> {
  const words: string[] = [];
  let isOver = false;
  const hear = (said: Said): void => {
    const { type, reason } = said;
    const numbers = type === 'OnSignout' ? [] : type === 'OnSignin' ? [said.hr] : [said.hr, said.mMyStatus];
    if (!isOver) words.push([type, ...numbers, reason].join(' '));
  };
  const clock = createPretendClock();
  const leave = enter(clock);
  try {
    const fleet = peer.open(size, { onStatus: hear, onSignin: hear, onSignout: hear, random: () => 0.5 });
    for (const part of script(size)) {
      if (typeof part === 'number') await clock.advance(part);
      else fleet.ready(part)();
    }
    isOver = true;
    fleet.close();
    if (clock.timers > 0) throw new Error(`${peer.name} leaves ${clock.timers} timers behind`);
  } finally {
    leave();
  }
  return words;
}

/** The host's time is the clock's. @returns undoes it */
function enter(clock: PretendClock): () => void {
  const { setTimeout, clearTimeout } = globalThis;
  const [ofDate, ofPerformance] = [Date.now, performance.now.bind(performance)];
  Object.assign(globalThis, { setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout });
  Date.now = performance.now = clock.now;
  return () => {
    Object.assign(globalThis, { setTimeout, clearTimeout });
    Date.now = ofDate;
    performance.now = ofPerformance;
  };
}

/** @throws Error that names the first word in which one differs from the chart's actor */
async function proveEqual(folder: string, names: readonly PeerName[], size: number): Promise<number> {
  let meant: readonly string[] | undefined;
  for (const name of names) {
    const { peer } = await loadPeer(folder, name);
    const words = await played(peer, size);
    meant ??= words;
    const expected = meant;
    const wrong = words.findIndex((word, at) => word !== expected[at]);
    const at = wrong < 0 ? Math.min(words.length, expected.length) : wrong;
    if (wrong >= 0 || words.length !== expected.length)
      throw new Error(
        `${peer.name} says ${words[at] ?? 'no more'} as word ${at} of ${words.length}, where xstate 5 says ${expected[at] ?? 'no more'}, after ${expected.slice(Math.max(0, at - 3), at).join(', ')}`,
      );
  }
  if (!meant || meant.length === 0) throw new Error('nobody has said anything');
  return meant.length;
}

/** How much is played; the first name is what the others are compared with. */
export interface EqualQuestion {
  readonly size: number;
}
export interface EqualAnswer {
  readonly words: number;
  readonly peers: number;
}

answer<EqualQuestion>(async (folder, { size }): Promise<EqualAnswer> => {
  return { words: await proveEqual(folder, peerNames, size), peers: peerNames.length };
});
