/** Giving up, at every step of a sign-in and some turns later: it settles at once, and nothing is left; an error that nobody handles fails
 * the test that runs then, by the test runner's own doing. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { client, handles, moreThan, outcome, type Stage, startStub, turns, watchTimers } from '../../support/xmpp.js';

let timers: ReturnType<typeof watchTimers>;
beforeAll(() => {
  timers = watchTimers();
});
afterAll(() => {
  timers.restore();
});

const stages: readonly Stage[] = ['upgrade', 'open', 'auth', 'reopen', 'bind', 'roster', 'presence'];

describe.each(['ws', 'tcp'] as const)('Giving up over %s', (kind) => {
  const reachable = stages.filter((stage) => kind === 'ws' || stage !== 'upgrade');
  const moments = reachable.flatMap((stage) => [-1, 0, 1, 2, 3].map((later) => [stage, later] as const));

  it.each(moments)('at %s and %i turns leaves nothing', async (stage, later) => {
    const before = handles();
    const abort = new AbortController();
    const stub = await startStub(kind, {}, (reached) => {
      if (reached !== stage) return;
      if (later < 0) abort.abort();
      else void turns(later).then(() => abort.abort());
    });
    const alice = client('alice@localhost', { service: stub.service });
    const settled = outcome(alice.online(2, abort.signal));
    expect(['cancelled', 'ok']).toContain(await settled);
    // A session that was handed over belongs to the caller: here it is the stub that ends it.
    await turns();
    const open = stub.connections();
    await stub.close();
    await turns();
    const connected = ['bind', 'roster', 'presence'].includes(stage);
    if (!connected) expect(open).toBe(0);
    expect(alice.heard.filter((text) => !connected || text !== 'lost lineLost')).toEqual([]);
    expect(moreThan(before)).toEqual({});
    expect(timers.armed()).toBe(0);
  });
});

describe('Giving up before anything began', () => {
  it('opens no connection', async () => {
    const stub = await startStub('tcp');
    const alice = client('alice@localhost', { service: stub.service });
    const server = await alice.transport.findServer({ name: 'alice@localhost' }, new AbortController().signal);
    const credentials = { name: 'alice@localhost', password: 'secret' };
    expect(await outcome(alice.transport.connect(server, credentials, alice.events, AbortSignal.abort()))).toBe('cancelled');
    await turns();
    expect(stub.connections()).toBe(0);
    await stub.close();
    await turns();
  });
});

describe('A server that never answers', () => {
  it.each((['upgrade', 'open', 'auth', 'reopen', 'bind'] as const).map((stage) => [stage]))(
    'at %s is left when told to',
    async (stage) => {
      const before = handles();
      let reached: () => void = () => undefined;
      const there = new Promise<void>((resolve) => (reached = resolve));
      const stub = await startStub('ws', { [stage]: { silent: true } }, (at) => at === stage && reached());
      const abort = new AbortController();
      const opening = outcome(client('alice@localhost', { service: stub.service }).open(abort.signal));
      await there;
      await turns();
      abort.abort();
      expect(await opening).toBe('cancelled');
      await stub.empty();
      await stub.close();
      await turns();
      expect(moreThan(before)).toEqual({});
      expect(timers.armed()).toBe(0);
    },
  );
});
