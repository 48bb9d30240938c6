/**
 * The graveyard (B18): threads in which users of other clients complained, each acted on the service with a memory server and a pretend
 * clock. It has to end well, and to break no law on the way. The tables are in `graveyard/`.
 */
import { describe, expect, it } from '@jest/globals';
import { isSuccess, MISTATUS, statusName, type Notice } from '../src/index.js';
import { createStorm, type Storm } from '../src/testing/storm.js';
import { stormUsers } from '../src/testing/deeds.js';
import type { Ending, Grave } from './graveyard/grave.js';
import { signins } from './graveyard/signin.js';
import { status } from './graveyard/status.js';
import { stuck } from './graveyard/stuck.js';

const graves: readonly Grave[] = [...stuck, ...status, ...signins];
const address = ({ thread, is }: Grave) =>
  `https://github.com/${thread.replace('#', is === 'pull request' ? '/pull/' : '/issues/')}`;

const statusesOf = (notices: readonly Notice[]) =>
  notices.flatMap((notice) => (notice.type === 'OnMyStatusChange' ? [notice] : []));

/** What an ending says, as it really came out. */
function outcome(
  storm: Storm,
  seen: ReadonlySet<number>,
  { status: told, others, never, waits }: Ending,
): Record<keyof Ending, unknown> {
  const { service, server, notices, clock } = storm;
  const statuses = statusesOf(notices);
  const last = statuses.at(-1);
  const shown = server.presenceOf(stormUsers.ann);
  const isUnseen = service.myStatus === MISTATUS.OFFLINE || service.myStatus === MISTATUS.INVISIBLE;
  const expected = others ?? (isUnseen ? 'OFFLINE' : told);
  return {
    status: statusName(service.myStatus),
    note: shown.note,
    others: statusName(shown.status) === expected ? others : statusName(shown.status),
    reason: last?.reason,
    offers: server.credentialOffers(stormUsers.ann),
    attempts: Math.max(0, ...notices.map((notice) => ('attempt' in notice ? notice.attempt : 0))),
    failures: notices.filter((notice) => notice.type === 'OnSignin' && !isSuccess(notice.hr)).length,
    told: statuses.filter(({ mMyStatus, hr }) => mMyStatus === service.myStatus && isSuccess(hr)).length,
    never: never !== undefined && seen.has(MISTATUS[never]) ? `others saw ${never}` : never,
    waits: waits !== undefined && (last?.retryAt ?? 0) - clock.now() < waits ? (last?.retryAt ?? 0) - clock.now() : waits,
  };
}

describe('B18 a thread ends well', () => {
  it.each(graves.map((grave) => [grave.thread, grave.story, grave] as const))('%s: %s', async (_, __, grave) => {
    const { policy, server, deeds, ends } = grave;
    const storm = createStorm({ random: () => 0.5, ...(policy ? { policy } : {}), ...(server ? { server } : {}) });
    const seen = new Set<number>();
    storm.server.on('presence', ({ name, status: shown }) => void (name === stormUsers.ann && seen.add(shown)));
    for (const deed of deeds) await storm.perform(deed);
    const out = outcome(storm, seen, ends);
    const told = Object.fromEntries(Object.keys(ends).map((key) => [key, out[key as keyof Ending]]));
    expect({ ...told, others: out.others, note: out.note }).toEqual({ others: undefined, note: undefined, ...ends });
    expect(storm.breaches()).toEqual([]);
    expect(await storm.finish()).toEqual([]);
  });
});

describe('The graveyard', () => {
  it('has at least forty threads, each once, with an address and a story in a sentence', () => {
    expect(new Set(graves.map(({ thread }) => thread)).size).toBe(graves.length);
    for (const grave of graves) {
      expect(address(grave)).toMatch(/^https:\/\/github\.com\/[\w.-]+\/[\w.-]+\/(?:issues|pull)\/\d+$/);
      expect(grave.story).toMatch(/^\S.{15,}[.?]$/);
    }
    expect(graves.length).toBeGreaterThanOrEqual(40);
    process.stderr.write(`graveyard: ${graves.length} threads end well\n`);
  });

  it('is no place where everything ends well: a wrong ending is told from a right one', async () => {
    const storm = createStorm({ random: () => 0.5 });
    await storm.perform({ do: 'signin', who: 'ann', status: MISTATUS.BUSY });
    const right: Ending = { status: 'BUSY', told: 1, never: 'IDLE' };
    expect(outcome(storm, new Set([MISTATUS.BUSY]), right)).toMatchObject(right);
    for (const wrong of [
      { status: 'ONLINE' },
      { status: 'BUSY', told: 2 },
      { status: 'BUSY', never: 'BUSY' },
      { status: 'BUSY', waits: 1 },
    ] as Ending[]) {
      const out = outcome(storm, new Set([MISTATUS.BUSY]), wrong);
      expect(Object.entries(wrong).every(([key, value]) => out[key as keyof Ending] === value)).toBe(false);
    }
  });
});
