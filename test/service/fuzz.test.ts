/**
 * Random lives: calls, surroundings, faults, losses and time in any order on a service with the memory server, and the laws on what comes of it.
 * It knows no model. A failure prints its seed; `FUZZ_SEED` and `FUZZ_RUNS` in the environment repeat it or look longer.
 */
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  isOnline,
  MISTATUS,
  MSGR_E_NOT_LOGGED_ON,
  S_OK,
  TransportError,
  type PolicyOptions,
  type Reason,
} from '../../src/index.js';
import { ann, bob, breaches, stage, type Stage, type StageOptions } from '../support/stage.js';
import type { Verb } from '../../src/transports/memory/index.js';

const chosen = [MISTATUS.ONLINE, MISTATUS.BUSY, MISTATUS.AWAY, MISTATUS.INVISIBLE] as const;
const verbs: Verb[] = ['findServer', 'connect', 'synchronize', 'publish', 'check', 'close'];
const thrown: (Reason | 'no error')[] = [
  'serverNotFound',
  'connectFailed',
  'invalidPassword',
  'tokenExpired',
  'serverTooBusy',
  'lineLost',
  'timedOut',
  'signedInElsewhere',
  'statusRejected',
  'no error',
];

/** One thing that happens. Plain data, so that a failing life is read at a glance and made smaller. */
type Deed =
  | { readonly do: 'signin'; readonly who: 'ann' | 'bob' | 'wrong'; readonly status?: (typeof chosen)[number] | undefined }
  | { readonly do: 'autoSignin' }
  | { readonly do: 'signout' }
  | {
      readonly do: 'setStatus';
      readonly status: (typeof chosen)[number];
      readonly note?: string | undefined;
      readonly lasts?: number | undefined;
    }
  | { readonly do: 'environment'; readonly network?: boolean; readonly awake?: boolean; readonly userActive?: boolean }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'turns'; readonly count: number }
  | { readonly do: 'drop'; readonly reason: Reason }
  | { readonly do: 'fail'; readonly verb: Verb; readonly reason: Reason | 'no error' }
  | { readonly do: 'silent' | 'deaf'; readonly verb: Verb }
  | { readonly do: 'latency'; readonly verb: Verb; readonly ms: number }
  | { readonly do: 'calm' }
  | { readonly do: 'restart' };

const status = fc.constantFrom(...chosen);
const verb = fc.constantFrom(...verbs);
const ms = fc.oneof(
  fc.constantFrom(0, 1, 500, 999, 2_500, 5_000, 10_000, 15_000, 30_000, 300_000),
  fc.integer({ min: 0, max: 20_000 }),
);
const common: fc.WeightedArbitrary<Deed>[] = [
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('signin'),
      who: fc.constantFrom('ann', 'ann', 'ann', 'bob', 'wrong'),
      status: fc.option(status, { nil: undefined }),
    } as const),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'autoSignin' } as const) },
  { weight: 2, arbitrary: fc.constant({ do: 'signout' } as const) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('environment'), network: fc.boolean() } as const) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('environment'), awake: fc.boolean() } as const) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('advance'), ms } as const) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('turns'), count: fc.nat(12) } as const) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('drop'),
      reason: fc.constantFrom<Reason>('lineLost', 'serverShutdown', 'signedInElsewhere', 'timedOut'),
    } as const),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('fail'), verb, reason: fc.constantFrom(...thrown) } as const) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('silent', 'deaf'), verb } as const) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('latency'), verb, ms: fc.constantFrom(1, 100, 7_000, 20_000) } as const) },
  { weight: 2, arbitrary: fc.constant({ do: 'calm' } as const) },
  { weight: 1, arbitrary: fc.constant({ do: 'restart' } as const) },
];
const changes: fc.WeightedArbitrary<Deed> = {
  weight: 6,
  arbitrary: fc.record({ do: fc.constant('setStatus'), status, note: fc.constantFrom(undefined, 'a note') } as const),
};
const automatic: fc.WeightedArbitrary<Deed>[] = [
  { weight: 4, arbitrary: fc.record({ do: fc.constant('environment'), userActive: fc.boolean() } as const) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('setStatus'), status, lasts: fc.constantFrom(1, 1_000, 100_000) } as const),
  },
];
const life = (...kinds: fc.WeightedArbitrary<Deed>[]) =>
  fc.array(fc.oneof(...kinds), { minLength: 1, maxLength: 25, size: 'max' });

/** What a life must keep besides the order of notices. */
interface Account {
  /** setStatus calls that returned S_OK. */
  accepted: number;
  readonly complaints: string[];
}

function perform(deed: Deed, it1: Stage, account: Account): Promise<void> | void {
  const { service, server, clock } = it1;
  switch (deed.do) {
    case 'signin': {
      const who = deed.who === 'bob' ? bob : deed.who === 'ann' ? ann : { ...ann, password: 'wrong' };
      service.signin(who, deed.status === undefined ? {} : { status: deed.status });
      return;
    }
    case 'autoSignin':
      return void service.autoSignin();
    case 'signout':
      return void service.signout();
    case 'setStatus': {
      const { note, lasts } = deed;
      if (service.setStatus(deed.status, { note, until: lasts === undefined ? undefined : clock.now() + lasts }) === S_OK)
        account.accepted += 1;
      return;
    }
    case 'environment': {
      const { do: _, ...known } = deed;
      return service.environment(known);
    }
    case 'advance':
      return clock.advance(deed.ms);
    case 'turns':
      return (async () => {
        for (let turn = 0; turn < deed.count; turn++) await Promise.resolve();
      })();
    case 'drop': {
      // L20: what was queued before the loss may still be told; from the loss on, OFFLINE comes first. Hence all is told first.
      return (async () => {
        await clock.settle();
        const before = it1.notices.length;
        if (server.drop(undefined, new TransportError(deed.reason)) === 0) return;
        await clock.settle();
        const first = it1.notices.slice(before).find((notice) => 'hr' in notice && notice.hr >= 0);
        if (first?.type !== 'OnMyStatusChange' || first.mMyStatus !== MISTATUS.OFFLINE)
          account.complaints.push('L20 OFFLINE first');
      })();
    }
    case 'fail':
      return server.next(deed.verb, deed.reason === 'no error' ? 'boom' : new TransportError(deed.reason));
    case 'silent':
    case 'deaf':
      server.faults[deed.do] = { ...(server.faults[deed.do] as object), [deed.verb]: true };
      return;
    case 'latency':
      server.faults.latency = { ...(server.faults.latency as object), [deed.verb]: deed.ms };
      return;
    case 'calm':
      server.calm();
      server.faults.silent = server.faults.deaf = server.faults.latency = {};
      return;
    case 'restart':
      return server.restart();
  }
}

function invariants(it1: Stage, account: Account): string[] {
  const { server, service, clock } = it1;
  const found = [...account.complaints, ...breaches(it1.notices, it1.times, clock.now())];
  for (const name of [ann.name, bob.name]) {
    if (server.everOpen(name) > 1) found.push(`L26 ${server.everOpen(name)} links`);
    if (server.everAttempting(name) > 1) found.push(`L26 ${server.everAttempting(name)} attempts`);
  }
  if (server.undropped > 1) found.push(`L26 ${server.undropped} links not dropped`);
  const { value } = service.actor.getSnapshot();
  const isAtRest = JSON.stringify(value) === '{"offline":"signedOut"}';
  if (isAtRest && (it1.timers() > 0 || server.undropped > 0)) found.push('L27 at rest with a timer or a link');
  if (isOnline(service.myStatus) !== JSON.stringify(value).includes('signedIn')) found.push('L12');
  return found;
}

/** Lives through the deeds, comes to rest, and says which laws were broken. */
async function run(deeds: readonly Deed[], options: StageOptions, isExact: boolean): Promise<string[]> {
  const it1 = stage({ credentials: ann, policy: { idleAfter: 20_000, awayAfterIdle: 20_000, remember: true }, ...options });
  const { service, server, clock } = it1;
  server.faults.silent = server.faults.deaf = server.faults.latency = {};
  const account: Account = { accepted: 0, complaints: [] };
  let depth = 0;
  service.on('*', (notice) => {
    if (++depth > 1) account.complaints.push('L18 re-entrant');
    if (notice.type === 'OnMyStatusChange' && service.myStatus !== notice.mMyStatus) account.complaints.push('L18 myStatus');
    depth -= 1;
  });
  for (const deed of deeds) {
    const told = it1.notices.length;
    const going = perform(deed, it1, account);
    // Nothing but time is awaited within a call, so nothing may have been told yet.
    if (it1.notices.length !== told) account.complaints.push(`L18 told before ${deed.do} returned`);
    await going;
    if (deed.do === 'turns') continue;
    await clock.settle();
    const found = invariants(it1, account);
    if (found.length > 0) return found;
  }
  const asked = clock.now();
  if (service.signout() === MSGR_E_NOT_LOGGED_ON) await clock.advance(5_000);
  else {
    await clock.advance(5_000);
    const last = it1.times.at(-1) ?? 0;
    if (last - asked > 5_000 || service.myStatus !== MISTATUS.OFFLINE) account.complaints.push('L17 a sign-out is over in 5 s');
  }
  const quiet = it1.notices.length;
  // Late answers of deaf verbs arrive by now (L21).
  await clock.advance(60_000);
  if (it1.notices.length !== quiet) account.complaints.push('L21 something followed');
  if (it1.timers() > 0 || server.undropped > 0 || server.links > 0) account.complaints.push('L27 L26 something is left');
  const answers = it1.notices.filter(
    (notice) =>
      notice.type === 'OnMyStatusChange' && isOnline(notice.mMyStatus) && (notice.hr < 0 || notice.reason === 'userRequest'),
  ).length;
  if (isExact ? answers !== account.accepted : answers < account.accepted) {
    account.complaints.push(`L03 ${answers} answers to ${account.accepted} changes`);
  }
  return invariants(it1, account);
}

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 100);
const seed = process.env['FUZZ_SEED'];
const parameters = { numRuns, ...(seed === undefined ? {} : { seed: Number(seed) }) };
const exact: PolicyOptions = { idleAfter: 1e9 };

describe('A random life keeps the laws', () => {
  it('L01 to L08, L12, L14, L17, L18, L20, L21, L26, L27, and answers each change once (L03)', async () => {
    await fc.assert(
      fc.asyncProperty(life(...common, changes), async (deeds) => {
        expect(await run(deeds, { policy: exact }, true)).toEqual([]);
      }),
      parameters,
    );
  });

  it('the same with idleness and statuses for a time', async () => {
    await fc.assert(
      fc.asyncProperty(life(...common, changes, ...automatic), async (deeds) => {
        expect(await run(deeds, {}, false)).toEqual([]);
      }),
      parameters,
    );
  });

  it('the same on a server that keeps lost sessions, with firstTry once', async () => {
    await fc.assert(
      fc.asyncProperty(life(...common, changes), async (deeds) => {
        const policy: PolicyOptions = { ...exact, firstTry: 'once' };
        expect(await run(deeds, { policy, server: { resume: true, resumeFor: 4_000 } }, true)).toEqual([]);
      }),
      parameters,
    );
  });
});

describe('The account of a life', () => {
  const life: readonly Deed[] = [
    { do: 'signin', who: 'ann' },
    { do: 'setStatus', status: MISTATUS.BUSY },
  ];

  it('is empty for a good one', async () => {
    expect(await run(life, { policy: exact }, true)).toEqual([]);
  });

  it('shows what is broken: a notice that is lost, doubled or out of order', async () => {
    const it1 = stage();
    it1.service.signin(ann);
    await it1.clock.settle();
    it1.service.setStatus(MISTATUS.BUSY);
    it1.service.signout();
    await it1.clock.settle();
    const { notices } = it1;
    expect(breaches(notices)).toEqual([]);
    notices.forEach((notice, at) => {
      // How many answers a change has is L03's account, not a matter of order; and no order shows that the end is missing.
      const isAnswer = notice.type === 'OnMyStatusChange' && notice.hr < 0;
      const lost = notices.filter((_, index) => index !== at);
      const doubled = [...notices.slice(0, at), notice, ...notices.slice(at)];
      const next = notices[at + 1];
      const swapped = next ? [...notices.slice(0, at), next, notice, ...notices.slice(at + 2)] : undefined;
      expect([at, breaches(lost).length > 0]).toEqual([at, !isAnswer && next !== undefined]);
      expect([at, breaches(doubled).length > 0]).toEqual([at, !isAnswer]);
      if (swapped) expect([at, breaches(swapped).length > 0]).toEqual([at, true]);
    });
  });
});
