/** The faults of the loopback server: each does what it says to a real client, and no more once it is switched off. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MISTATUS } from '../../machines/index.js';
import { createPretendClock } from '../../src/testing/index.js';
import {
  type LoopbackFaults,
  type LoopbackServer,
  silentSteps,
  startLoopbackServer,
} from '../../src/transports/loopback/index.js';
import { client, live, outcome, turns } from '../support/xmpp.js';

const users = { alice: 'secret', bob: 'secret', carol: 'secret' };
let server: LoopbackServer;
beforeEach(async () => {
  server = await startLoopbackServer({ users });
});
afterEach(() => server.close());

const at = (name: string) => client(`${name}@localhost`, { service: server.url });

describe('Faults', () => {
  const signInOutcomes: readonly (readonly [Partial<LoopbackFaults>, string])[] = [
    [{ connection: 'reset' }, 'connectFailed'],
    [{ connection: 503 }, 'serverTooBusy'],
    [{ connection: 404 }, 'versionMismatch'],
    [{ stream: 'policy-violation' }, 'serverTooBusy'],
    [{ stream: 'resource-constraint' }, 'serverTooBusy'],
    [{ stream: 'system-shutdown' }, 'serverUnavailable'],
    [{ stream: 'unsupported-version' }, 'versionMismatch'],
    [{ version: 'missing' }, 'versionMismatch'],
    [{ version: 'unsupported' }, 'versionMismatch'],
    [{ auth: 'not-authorized' }, 'invalidPassword'],
    [{ auth: 'temporary-auth-failure' }, 'serverUnavailable'],
    [{ bind: 'resource-constraint' }, 'serverTooBusy'],
    [{ roster: 'service-unavailable' }, 'serverUnavailable'],
    [{ presence: 'not-acceptable' }, 'statusRejected'],
    [{ presence: { condition: 'not-allowed', show: '' } }, 'statusRejected'],
  ];
  it.each(signInOutcomes.map(([fault, reason]) => [JSON.stringify(fault), reason, fault] as const))(
    '%s makes a sign-in end in %s, until it is switched off',
    async (_text, reason, fault) => {
      const undo = server.fault(fault);
      expect(await outcome(at('alice').online())).toBe(reason);
      undo();
      expect(await outcome(at('alice').online())).toBe('ok');
    },
  );

  it.each(silentSteps.map((step) => [step]))('silent at %s: no answer, no hang', async (step) => {
    server.faults.silent = step;
    const abort = new AbortController();
    const alice = at('alice');
    let settled = false;
    const attempt = (async () => {
      const link = await alice.online(2, abort.signal);
      await link.check?.(abort.signal);
      await link.close(abort.signal);
    })();
    const end = outcome(attempt).finally(() => (settled = true));
    await turns(300);
    expect(settled).toBe(false);
    abort.abort();
    expect(await end).toBe('cancelled');
  });

  it('of presence can be kept to one show', async () => {
    server.faults.presence = { condition: 'not-allowed', show: 'dnd' };
    const link = await at('alice').online(MISTATUS.AWAY);
    expect(await outcome(link.publish({ status: MISTATUS.BUSY }, live))).toBe('statusRejected');
    expect(await outcome(link.publish({ status: MISTATUS.ONLINE }, live))).toBe('ok');
    expect(server.sessions()[0]?.show).toBe('');
  });

  it('drop, kick and shutdown end sessions as a cut line, a conflict and a shutdown', async () => {
    const [alice, bob] = [at('alice'), at('bob')];
    await alice.online();
    await bob.online();
    expect(server.drop('alice')).toBe(1);
    await alice.hears('lost lineLost');
    expect(server.kick('bob@localhost')).toBe(1);
    await bob.hears('lost signedInElsewhere');
    expect([server.kick('bob'), server.drop()]).toEqual([0, expect.any(Number)]);
    const carol = at('carol');
    await carol.online();
    expect(server.shutdown()).toBeGreaterThan(0);
    await carol.hears('lost serverShutdown');
    expect(await outcome(at('carol').online())).toBe('ok');
  });

  it('calm() switches all off', async () => {
    server.fault({ auth: 'not-authorized', latency: 5, silent: 'open' });
    server.calm();
    expect(await outcome(at('alice').online())).toBe('ok');
  });

  it.each([
    { latency: -1 },
    { latency: Infinity },
    { connection: 700 },
    { stream: 'nonsense' },
    { silent: true },
    { presence: { condition: 'x', show: '' } },
    { nonsense: 1 },
  ])('%p is no fault, and says so', (fault) => {
    expect(() => server.fault(fault as Partial<LoopbackFaults>)).toThrow(Object.keys(fault)[0]);
  });

  it('latency and slowSync run on the clock that was given', async () => {
    const clock = createPretendClock();
    const slow = await startLoopbackServer({ users, clock });
    slow.fault({ latency: 100, slowSync: 1000 });
    const alice = client('alice@localhost', { service: slow.url });
    const opening = alice.open();
    const notYet = Symbol('not yet');
    const soon = (): Promise<unknown> => Promise.race([opening, turns(1).then(() => notYet)]);
    while ((await soon()) === notYet) if (clock.timers > 0) await clock.advance(100);
    const link = await opening;
    // Four elements: two openings, the logon, the binding.
    expect(clock.now()).toBe(400);
    const synchronizing = link.synchronize(live);
    while (clock.timers === 0) await turns(1);
    await clock.advance(100);
    expect(clock.next).toBe(1500);
    await clock.advance(1000);
    await synchronizing;
    link.drop();
    await slow.close();
    expect(clock.timers).toBe(0);
  });
});
