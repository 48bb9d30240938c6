/** A clock that jumps, as after a sleep that nobody announced: deadlines are judged again, and a link that seems alive has to show it. */
import { availableParallelism, loadavg } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { createPresenceService, MISTATUS, S_OK, statusName, type Notice, type PolicyOptions } from '../../src/index.js';
import { createPretendClock } from '../../src/testing/index.js';
import { createMemoryServer } from '../../src/transports/memory/index.js';

const hour = 3_600_000;
const alice = { name: 'alice', password: 'secret' };

async function online(policy: PolicyOptions = {}) {
  const clock = createPretendClock({ now: 1_000_000 });
  const server = createMemoryServer({ clock });
  const service = createPresenceService({ transport: server.transport(), clock, random: () => 0.5, policy });
  const notices: Notice[] = [];
  service.on('*', (notice) => void notices.push(notice));
  service.signin(alice, { status: MISTATUS.BUSY, note: 'writing' });
  await clock.settle();
  const told = () =>
    notices.splice(0).map((notice) => ('mMyStatus' in notice ? `${statusName(notice.mMyStatus)} ${notice.reason}` : notice.type));
  told();
  return { clock, server, service, told };
}

describe('M16 a clock that jumps', () => {
  it.each([34_000, 60_000, 10 * hour])(
    'forwards by %i ms while busy: a link that answers is kept, and nothing is said',
    async (jump) => {
      const { clock, server, service, told } = await online();
      clock.jump(jump);
      await clock.advance(31_000);
      expect(server.log.filter(({ verb, outcome }) => verb === 'check' && outcome === 'ok').length).toBeGreaterThan(0);
      expect(told()).toEqual([]);
      expect(service.myStatus).toBe(MISTATUS.BUSY);
    },
  );

  it('forwards while busy: a link that does not answer within wakeCheck is lost, from busy to waitingToRetry (L20)', async () => {
    const { clock, server, told } = await online();
    server.faults.silent = { check: true };
    clock.jump(hour);
    await clock.advance(0);
    expect(told()).toEqual([]);
    await clock.advance(2_999);
    expect(told()).toEqual([]);
    await clock.advance(1);
    expect(told()).toEqual(['OFFLINE timedOut']);
  });

  it('is noticed by the next call of the app, before that call is judged', async () => {
    const { clock, server, service, told } = await online();
    service.setStatus(MISTATUS.AWAY, { until: clock.now() + hour });
    await clock.settle();
    told();
    clock.jump(2 * hour);
    service.setStatus(MISTATUS.ON_THE_PHONE);
    await clock.settle();
    expect(told()).toEqual(['BUSY statusExpired', 'ON_THE_PHONE userRequest']);
    expect(server.log.some(({ verb }) => verb === 'check')).toBe(true);
  });

  it('forwards while waitingToRetry: the wait that has passed on the wall is over', async () => {
    const { clock, server, service, told } = await online();
    server.drop('alice');
    await clock.settle();
    expect(told()).toEqual(['OFFLINE lineLost']);
    clock.jump(hour);
    expect(service.signout()).toBe(0);
    await clock.settle();
    // The attempt began first; giving it up is what the call then did.
    expect(told()).toEqual(['LOCAL_FINDING_SERVER progress', 'OnSignin', 'OFFLINE cancelled']);
  });

  it.each([-4_000, -hour])('backwards by %i ms while connecting: the limit is not longer for it (L08)', async (jump) => {
    const { clock, server, service, told } = await online();
    service.signout();
    await clock.settle();
    server.faults.silent = { connect: true };
    told();
    service.signin(alice);
    await clock.settle();
    clock.jump(jump);
    await clock.advance(15_000);
    expect(told()).toEqual([
      'LOCAL_FINDING_SERVER progress',
      'LOCAL_CONNECTING_TO_SERVER progress',
      'OnSignin',
      'OFFLINE logonTimeout',
    ]);
  });

  it('backwards: the end of a status is where the wall says, not where the timer was (M25)', async () => {
    const { clock, service, told } = await online();
    const until = clock.now() + hour;
    service.setStatus(MISTATUS.AWAY, { until });
    await clock.settle();
    told();
    clock.jump(-hour);
    await clock.advance(hour + 1_000);
    expect(told()).toEqual([]);
    await clock.advance(hour);
    expect(told()).toEqual(['BUSY statusExpired']);
  });

  it('wake does not make the wait short again: the tries go on counting after a hold', async () => {
    const { clock, server, service, told } = await online({ retry: { firstSpread: 1_000 } });
    server.shutdown();
    await clock.advance(40_000);
    told();
    service.environment({ awake: false });
    await clock.advance(hour);
    service.environment({ awake: true });
    await clock.advance(1_000);
    const before = clock.now();
    expect(told().slice(0, 3)).toEqual(['OFFLINE asleep', 'OFFLINE progress', 'LOCAL_FINDING_SERVER progress']);
    const next = clock.next ?? 0;
    expect(next - before).toBeGreaterThan(5_000);
  });
});

describe('B09 time is a value', () => {
  /** @returns how long it took, ms of the processor: what others do on the machine does not count */
  async function week(): Promise<number> {
    const { user: before } = process.cpuUsage();
    const clock = createPretendClock({ now: 1_000_000 });
    const server = createMemoryServer({ clock, users: { alice: { token: 'first' } } });
    let [cached, fresh] = ['first', 'first'];
    const service = createPresenceService({
      transport: server.transport(),
      clock,
      random: () => 0.5,
      // As apps do that keep a token: the old one once more, and another when it is asked for again.
      credentials: () => {
        const token = cached;
        cached = fresh;
        return { name: 'alice', token };
      },
    });
    const results: number[] = [];
    service.on('OnSignin', ({ hr }) => void results.push(hr));
    service.autoSignin();
    await clock.settle();
    service.setStatus(MISTATUS.BUSY, { note: 'all week' });
    await clock.settle();
    for (let day = 0; day < 7; day++) {
      if (day === 3) {
        server.setUser('alice', { token: 'second' });
        fresh = 'second';
      }
      for (let loss = 0; loss < 3; loss++) {
        await clock.advance(4 * hour);
        server.drop('alice');
      }
      await clock.advance(4 * hour);
      service.environment({ awake: false });
      clock.jump(8 * hour);
      service.environment({ awake: true });
      await clock.advance(10_000);
      expect(service.myStatus).toBe(MISTATUS.BUSY);
    }
    expect(server.presenceOf('alice')).toMatchObject({ status: MISTATUS.BUSY, note: 'all week' });
    expect(results).toEqual(Array.from({ length: 1 + 7 * 4 }, () => S_OK));
    expect(server.log.filter(({ outcome }) => outcome === 'tokenExpired')).toHaveLength(1);
    await service.dispose();
    return (process.cpuUsage().user - before) / 1_000;
  }

  it('a pretend week with daily sleep, three losses a day and one expired token ends busy as it began, in under 1 s', async () => {
    // Where more wait for a processor than there are, each instruction takes longer, too.
    const limit = 1_000 * Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());
    const took = [await week()];
    while (took.length < 3 && Math.min(...took) >= limit) took.push(await week());
    expect(Math.min(...took)).toBeLessThan(limit);
  });
});
