/** How long sessions of a pool wait: under the service's policy, each by its own failures, and never shorter than its server has asked for. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { MISTATUS } from '../../../machines/index.js';
import { TransportError } from '../../../src/index.js';
import { defaultPolicy } from '../../../src/policy.js';
import { defaultPoolRetry, presenceDelays } from '../../../src/table/pool/delays.js';
import { createSessionPool, servePool, type PresencePoolOptions } from '../../../src/table/pool/index.js';
import { createPretendClock } from '../../../src/testing/index.js';
import { createMemoryServer } from '../../../src/transports/memory/index.js';

const generation = 2 ** 24;
const failed = { type: 'timer.start', timer: 'retry', cause: 'failure' } as const;

describe('The policy of a pool', () => {
  it('is by default the service’s, number by number', () => {
    const { retry, backOnlineSpread } = defaultPolicy;
    const { base, factor, cap, firstSpread } = retry;
    expect(defaultPoolRetry).toEqual({ base, factor, cap, firstSpread, backOnlineSpread });
  });

  it.each<[unknown, string]>([
    [{ cap: NaN }, 'policy.cap: expected ms from 0 to 2147483647, got NaN'],
    [{ cap: Infinity }, 'policy.cap: expected ms from 0 to 2147483647, got Infinity'],
    [{ base: -1 }, 'policy.base: expected ms from 0 to 2147483647, got -1'],
    [{ firstSpread: 2 ** 31 }, 'policy.firstSpread: expected ms from 0 to 2147483647, got 2147483648'],
    [{ backOnlineSpread: '1000' }, 'policy.backOnlineSpread: expected ms from 0 to 2147483647, got something of type string'],
    [{ factor: -2 }, 'policy.factor: expected a number of 0 or more, got -2'],
    [{ factor: Infinity }, 'policy.factor: expected a number of 0 or more, got Infinity'],
    [{ speed: 1 }, 'policy: expected one of base, factor, cap, firstSpread, backOnlineSpread, got speed'],
    [{ toString: 1 }, 'policy: expected one of base, factor, cap, firstSpread, backOnlineSpread, got toString'],
    [[], 'policy: expected an object with some of base'],
    [null, 'policy: expected an object with some of base'],
  ])('%p is refused, with what was expected', (policy, message) => {
    expect(() => createSessionPool({ policy: policy as never })).toThrow(message);
    expect(() => createSessionPool({ policy: policy as never })).toThrow(TypeError);
  });

  it('takes what is left out, or undefined, from the default; and a random source that is none is refused', () => {
    const { retry } = presenceDelays({ policy: { base: undefined, cap: 10_000 } as never, random: () => 0.5 });
    expect([1, 2, 3, 4, 5].map(() => retry(0, failed))).toEqual([1_000, 2_000, 4_000, 5_000, 5_000]);
    expect(() => presenceDelays({ random: 0.5 as never })).toThrow('random: expected a function, got something of type number');
  });

  it('a wait is a number whatever the policy: without base, with a factor that grows past all numbers', () => {
    for (const policy of [{ base: 0, factor: 1e200 }, { base: 1, factor: 1e200 }, { factor: 0 }]) {
      const { retry } = presenceDelays({ policy, random: () => 0.999 });
      for (let failure = 0; failure < 400; failure++) expect(retry(0, failed)).toBeGreaterThanOrEqual(0);
    }
  });
});

describe('The failures of a session', () => {
  const delays = () => presenceDelays({ random: () => 0.5 });

  it('are not those of the session that had its place before', () => {
    const { retry } = delays();
    for (let failure = 0; failure < 5; failure++) retry(7, failed);
    expect(retry(7 + generation, failed)).toBe(1_000);
    expect(retry(7 + generation, failed)).toBe(2_000);
    expect(retry(5_000_000 + 127 * generation, failed)).toBe(1_000);
    expect(retry(5_000_000 + 127 * generation, failed)).toBe(2_000);
  });

  it.each(['a sign-out', 'a final reason', 'its closing, 128 users later'])('are forgotten after %s', async (how) => {
    const clock = createPretendClock();
    const pool = createSessionPool({ clock, random: () => 0.5, capacity: 1 });
    let session = pool.open();
    const fail = async (wait: number) => {
      pool.send(session, { type: 'server.failed', reason: 'connectFailed' });
      await clock.advance(wait - 1);
      expect(pool.matches(session, { offline: 'waitingToRetry' })).toBe(true);
      await clock.advance(1);
      expect(pool.matches(session, { attempt: 'findingServer' })).toBe(true);
    };
    const begin = () => pool.send(session, { type: 'signin.request', tries: 'retry' });
    begin();
    for (const wait of [1_000, 2_000, 4_000]) await fail(wait);
    if (how === 'a sign-out') pool.send(session, { type: 'signout.request' });
    else if (how === 'a final reason') pool.send(session, { type: 'server.failed', reason: 'invalidPassword' });
    else {
      const first = session;
      for (let user = 0; user < 128; user++) {
        pool.close(session);
        session = pool.open();
      }
      expect(session).toBe(first);
    }
    begin();
    await fail(1_000);
    await fail(2_000);
    pool.dispose();
  });
});

describe('The server’s own "retry after"', () => {
  const ends: (() => void)[] = [];
  afterEach(() => ends.splice(0).forEach((end) => end()));

  function stage(options: PresencePoolOptions = {}) {
    const clock = createPretendClock({ now: 1_000 });
    const memory = createMemoryServer({ clock, random: () => 0.5 });
    const pool = createSessionPool({ clock, random: () => 0.5, ...options });
    const host = servePool(pool, { transport: memory.transport(), clock });
    ends.push(() => (host.dispose(), pool.dispose()));
    const session = pool.open();
    const busy = (retryAfterMs: number) => new TransportError('serverTooBusy', { retryAfterMs });
    const waits = async (ms: number) => {
      await clock.settle();
      expect(pool.matches(session, { offline: 'waitingToRetry' })).toBe(true);
      await clock.advance(ms - 1);
      expect(pool.matches(session, { offline: 'waitingToRetry' })).toBe(true);
      await clock.advance(1);
      expect(pool.matches(session, { offline: 'waitingToRetry' })).toBe(false);
    };
    const signin = (name = 'alice@example.org') => host.signin(session, { name, password: 'x' }, { tries: 'retry' });
    return { clock, memory, pool, host, session, busy, waits, signin };
  }

  it.each(['findServer', 'connect', 'synchronize', 'publish'] as const)('with which %s fails is the least wait', async (verb) => {
    const { memory, busy, waits, signin } = stage();
    memory.next(verb, busy(90_000));
    signin();
    await waits(90_000);
  });

  it.each<[string, PresencePoolOptions]>([
    ['the policy', {}],
    ['a function', { delays: { retry: () => 10 } }],
    ['a fixed wait', { delays: { retry: 10 } }],
  ])('holds also where waits are said by %s; a longer one stays as it is', async (_, options) => {
    const { memory, busy, waits, signin } = stage(options);
    memory.next('connect', busy(90_000));
    signin();
    await waits(90_000);
    const longer = stage({ delays: { retry: 70_000 } });
    longer.memory.next('connect', longer.busy(60_000));
    longer.signin();
    await longer.waits(70_000);
  });

  it('is not shortened by a network that goes and comes, and is over once somebody is online', async () => {
    const { clock, memory, pool, session, busy, waits, signin } = stage();
    memory.next('connect', busy(90_000));
    signin();
    await clock.advance(20_000);
    pool.send(session, { type: 'network.lost' });
    await clock.advance(10_000);
    pool.send(session, { type: 'network.restored' });
    await waits(60_000);
    memory.next('connect', busy(90_000));
    memory.drop();
    await clock.advance(10_000);
    // Now, since the user does not want to wait.
    signin();
    await clock.settle();
    expect(memory.presenceOf('alice@example.org')).toMatchObject({ status: MISTATUS.ONLINE });
    memory.drop();
    await waits(2_500);
  });

  it('is never longer than it was meant to be: the clock may be set back', async () => {
    const { clock, memory, pool, session, busy, waits, signin } = stage();
    memory.next('connect', busy(90_000));
    signin();
    await clock.settle();
    pool.send(session, { type: 'network.lost' });
    clock.jump(-900);
    pool.send(session, { type: 'network.restored' });
    await waits(90_000);
  });

  it('is one session’s, and goes with a sign-out', async () => {
    const { clock, memory, pool, host, session, busy, waits, signin } = stage();
    const other = pool.open();
    memory.next('connect', busy(90_000));
    signin();
    await clock.settle();
    memory.next('connect', new TransportError('connectFailed'));
    host.signin(other, { name: 'bob@example.org', password: 'x' }, { tries: 'retry' });
    await clock.advance(1_000);
    expect(memory.presenceOf('bob@example.org')).toMatchObject({ status: MISTATUS.ONLINE });
    host.signout(session);
    memory.next('connect', new TransportError('connectFailed'));
    signin();
    await waits(1_000);
  });

  it('of a loss counts; of a change that was refused it does not; nonsense is none, and one of a year is cut to 24 days', async () => {
    const { clock, memory, host, session, pool, busy, waits, signin } = stage();
    signin();
    await clock.settle();
    memory.next('publish', new TransportError('serverTooBusy', { retryAfterMs: 90_000 }));
    host.setStatus(session, MISTATUS.BUSY);
    await clock.settle();
    memory.drop();
    await waits(2_500);
    await clock.settle();
    memory.next('publish', new TransportError('serverShutdown', { retryAfterMs: 80_000 }));
    host.setStatus(session, MISTATUS.BUSY);
    await waits(80_000);
    for (const nonsense of [NaN, -1, Infinity, '90000']) {
      const broken = stage();
      broken.memory.next('connect', busy(nonsense as number));
      broken.signin();
      await broken.waits(1_000);
    }
    const year = stage();
    year.memory.next('connect', busy(365 * 86_400_000));
    year.signin();
    await year.waits(2 ** 31 - 1);
    expect(pool.size).toBe(1);
  });
});
