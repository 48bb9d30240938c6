/**
 * The corpus of snapshots: what services of all versions have left on disks is read, and goes on as it should; what is damaged is refused as
 * a whole. The files are never made anew: a change of the format shows here, and asks for another version.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { leaves, statusName } from '../machines/index.js';
import {
  createPresenceService,
  E_INVALIDARG,
  MessengerError,
  MISTATUS,
  type Notice,
  type PersistedSnapshot,
} from '../src/index.js';
import { readSnapshot, snapshotVersion, vanished } from '../src/snapshot.js';
import { createPretendClock } from '../src/testing/index.js';
import { createMemoryServer } from '../src/transports/memory/index.js';
import { ann, policy, scenes, take, type Kept, type Shown } from './snapshots/scenes.js';

const root = 'test/snapshots';
const year = 365 * 24 * 3_600_000;
const versions = readdirSync(root, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
const read = (version: string, name: string) => JSON.parse(readFileSync(join(root, version, `${name}.json`), 'utf8')) as Kept;
const corpus = versions.flatMap((version) =>
  readdirSync(join(root, version)).map((file) => {
    const name = file.replace(/\.json$/, '');
    return [`${version} ${name}`, read(version, name)] as const;
  }),
);

/** A service out of a snapshot, on a server that knows nothing, so long after it was taken. */
function restored({ snapshot, at }: Pick<Kept, 'snapshot' | 'at'>, pause: number) {
  const clock = createPretendClock({ now: at + pause });
  const server = createMemoryServer({ clock, users: { [ann.name]: ann.password } });
  const service = createPresenceService({
    transport: server.transport(),
    clock,
    random: () => 0.5,
    credentials: ann,
    policy,
    snapshot,
  });
  const notices: Notice[] = [];
  service.on('*', (notice) => void notices.push(notice));
  const shown = (): Shown | null => {
    const [session] = server.sessions;
    if (!session) return null;
    const { status, note, idleSince } = session;
    return { status, ...(note === undefined ? {} : { note }), ...(idleSince === undefined ? {} : { idleSince }) };
  };
  return { clock, server, service, notices, shown };
}

describe('B17 the corpus of snapshots', () => {
  it('holds one of each leaf of the chart, with temporary statuses upon others, notes, and the moment of an attempt', () => {
    const snapshots = Object.keys(scenes).map((name) => read(`v${snapshotVersion}`, name).snapshot);
    expect(new Set(snapshots.map(({ state }) => state))).toEqual(new Set(leaves));
    const depth = (wish: unknown): number => (wish ? 1 + depth((wish as { before?: unknown }).before) : 0);
    expect(new Set(snapshots.map(({ wanted }) => depth(wanted)))).toEqual(new Set([1, 2, 3]));
    expect(snapshots.filter(({ retryAt }) => retryAt !== undefined).length).toBeGreaterThan(1);
  });

  it.each(Object.keys(scenes))('has the present format in %s: another one needs another version', async (name) => {
    expect(await take(name)).toEqual(read(`v${snapshotVersion}`, name));
  });

  it('L19 holds no secret', () => {
    expect(JSON.stringify(corpus)).not.toContain(ann.password);
  });

  it.each(corpus)('%s goes on after a restart of a second', async (_, kept) => {
    const { clock, service, notices, shown } = restored(kept, 1_000);
    const { name, retryAt } = kept.snapshot;
    await clock.settle();
    if (kept.back === null) {
      await clock.advance(60_000);
      expect([service.mySigninName, notices, shown(), clock.timers]).toEqual([undefined, [], null, 0]);
      return;
    }
    expect(service.mySigninName).toBe(name);
    expect(service.getPersistedSnapshot()).toMatchObject({ state: 'waitingToRetry', wanted: kept.snapshot['wanted'] });
    expect(notices).toMatchObject([
      { type: 'OnMyStatusChange', mMyStatus: MISTATUS.OFFLINE, reason: 'restored', ...(retryAt ? { retryAt } : {}) },
    ]);
    const wait = (notices[0] as { retryAt: number }).retryAt - clock.now();
    await clock.advance(wait);
    expect(shown()).toEqual(kept.back);
    expect(statusName(service.myStatus)).toBe(statusName(kept.back.status));
    if (!kept.next) return;
    const { at, ...next } = kept.next;
    await clock.advance(at - 1 - clock.now());
    expect(shown()).toEqual(kept.back);
    await clock.advance(1);
    expect(shown()).toEqual(next);
  });

  it.each(corpus)('%s goes on after a year, with what ran out meanwhile over', async (_, kept) => {
    const { clock, shown } = restored(kept, year);
    await clock.advance(10_000);
    expect(shown()).toEqual(kept.later ?? kept.back);
  });
});

describe('B17 a state that is no more', () => {
  const { snapshot } = read(`v${snapshotVersion}`, 'connecting');

  it('is taken for what the rule says, with all the rest as it was', () => {
    const gone = { ...snapshot, state: 'dialling' };
    expect(readSnapshot(gone, { dialling: 'connecting' })).toEqual(snapshot);
    expect(readSnapshot({ ...snapshot, state: 'signedOff' }, { dialling: 'connecting', signedOff: 'signedOut' }).state).toBe(
      'signedOut',
    );
  });

  it('is refused without a rule, whatever objects are born with', () => {
    for (const state of ['dialling', 'constructor', 'toString', '__proto__', '', undefined, 7, ['online'], { online: {} }])
      expect(() => readSnapshot({ ...snapshot, state }, { hungUp: 'signedOut' })).toThrow(/^snapshot.state: expected/);
  });

  it('has a rule when the corpus knows it, and no rule has the name of a state or leads elsewhere than to one', () => {
    const known: readonly string[] = leaves;
    for (const [name, kept] of corpus)
      expect([
        name,
        known.includes(String(kept.snapshot['state'])) || Object.hasOwn(vanished, String(kept.snapshot['state'])),
      ]).toEqual([name, true]);
    expect(Object.keys(vanished).filter((name) => known.includes(name))).toEqual([]);
    expect(Object.values(vanished).filter((leaf) => !known.includes(leaf))).toEqual([]);
  });
});

describe('B17 a damaged snapshot', () => {
  const { snapshot, at } = read(`v${snapshotVersion}`, 'waiting');
  const wanted = snapshot['wanted'] as Readonly<Record<string, unknown>>;
  const needed = Object.keys(snapshot).filter((key) => !['name', 'retryAt', 'wait'].includes(key));
  const damages: readonly (readonly [what: string, value: unknown])[] = [
    ...needed.map((key) => [`without ${key}`, { ...snapshot, [key]: undefined }] as const),
    ...Object.keys(snapshot).flatMap((key) =>
      [null, {}, [], true, 'x y', NaN].map(
        (value) => [`with ${key} = ${JSON.stringify(value)}`, { ...snapshot, [key]: value }] as const,
      ),
    ),
    ...[0, 2, -1, '1', 1.5].map((version) => [`of version ${JSON.stringify(version)}`, { ...snapshot, version }] as const),
    ...['status', 'note', 'until', 'before'].flatMap((key) =>
      [null, {}, true, Infinity].map(
        (value) =>
          [
            `with wanted.${key} = ${value === Infinity ? value : JSON.stringify(value)}`,
            { ...snapshot, wanted: { ...wanted, [key]: value } },
          ] as const,
      ),
    ),
    ['that waits for less than nothing', { ...snapshot, wait: -1 }],
    ['that is its own text', JSON.stringify(snapshot)],
    ['that is cut off', JSON.stringify(snapshot).slice(0, 40)],
    ['that is the whole file', read(`v${snapshotVersion}`, 'waiting')],
  ];

  it.each(damages)('%s is refused as a whole, and says what was expected', (_, damaged) => {
    const clock = createPretendClock({ now: at });
    const server = createMemoryServer({ clock, users: { [ann.name]: ann.password } });
    const make = () =>
      createPresenceService({ transport: server.transport(), clock, credentials: ann, snapshot: damaged as PersistedSnapshot });
    expect(make).toThrow(MessengerError);
    expect(make).toThrow(expect.objectContaining({ hr: E_INVALIDARG, message: expect.stringMatching(/^snapshot.*expected/) }));
    expect([clock.timers, server.log]).toEqual([0, []]);
  });

  it('is told from one that is whole', () => {
    expect(readSnapshot(snapshot)).toEqual(snapshot);
  });
});
