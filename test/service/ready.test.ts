/** `ready()`: true at the first online status and never before, false when the machine comes to rest signed out (M05). */
import { describe, expect, it } from '@jest/globals';
import { MessengerError, MISTATUS, MSGR_E_INVALID_PASSWORD, TransportError } from '../../src/index.js';
import { ann, bringTo, onlinePhases, stage, type PhaseName, type Stage } from '../support/stage.js';

/** What became of a promise so far. */
function watch(promise: Promise<void>): { state: string; error?: unknown } {
  const seen: { state: string; error?: unknown } = { state: 'open' };
  promise.then(
    () => (seen.state = 'ready'),
    (error: unknown) => Object.assign(seen, { state: 'rejected', error }),
  );
  return seen;
}
async function ready(it1: Stage): Promise<{ state: string; error?: unknown }> {
  const seen = watch(it1.service.ready());
  await it1.clock.settle();
  return seen;
}

describe('M05 ready()', () => {
  it.each(onlinePhases)('is true at once while %s', async (phase) => {
    const it1 = stage();
    await bringTo(it1, phase);
    expect((await ready(it1)).state).toBe('ready');
  });

  it('comes true with the first online notice, not at OnSignin(S_OK)', async () => {
    const it1 = stage();
    const order: string[] = [];
    it1.service.on('*', (notice) => order.push(notice.type === 'OnMyStatusChange' ? String(notice.mMyStatus) : notice.type));
    void it1.service.ready().then(() => order.push('ready'));
    it1.service.signin(ann);
    await it1.clock.settle();
    expect(order).toEqual(['256', '512', 'OnSignin', '768', '2', 'ready']);
  });

  it('stays open when the line is lost after OnSignin(S_OK), and comes true at the next success', async () => {
    const it1 = stage();
    it1.server.next('synchronize', new TransportError('lineLost'));
    it1.service.signin(ann);
    const seen = await ready(it1);
    expect(it1.told()).toContain('I(S_OK) progress');
    expect(seen.state).toBe('open');
    await it1.clock.advance(2_500);
    expect(seen.state).toBe('ready');
  });

  it('stays open over failures that are tried again', async () => {
    const it1 = stage({ credentials: ann });
    it1.server.faults.refuse = 3;
    it1.service.autoSignin();
    const seen = await ready(it1);
    await it1.clock.advance(4_000);
    expect(seen.state).toBe('open');
    await it1.clock.advance(60_000);
    expect(seen.state).toBe('ready');
  });

  it.each<PhaseName>(['signedOut', 'finding', 'synchronizing', 'waiting', 'held', 'disconnecting'])(
    'is open while %s',
    async (phase) => {
      const it1 = stage();
      await bringTo(it1, phase);
      expect((await ready(it1)).state).toBe('open');
    },
  );

  it('is false with the code and reason when the sign-in failed for good', async () => {
    const it1 = stage();
    it1.service.signin({ ...ann, password: 'wrong' });
    const seen = await ready(it1);
    expect(seen.error).toBeInstanceOf(MessengerError);
    expect(seen.error).toMatchObject({ hr: MSGR_E_INVALID_PASSWORD, reason: 'invalidPassword' });
  });

  it.each<PhaseName>(['connecting', 'synchronizing', 'waiting', 'held'])(
    'is false when the user gives up while %s',
    async (phase) => {
      const it1 = stage();
      await bringTo(it1, phase);
      const seen = await ready(it1);
      it1.service.signout();
      await it1.clock.settle();
      expect(seen.error).toBeInstanceOf(MessengerError);
      expect((seen.error as MessengerError).hr).toBeLessThan(0);
    },
  );

  it('is false when the session was ended for good', async () => {
    const it1 = stage();
    await bringTo(it1, 'waiting');
    it1.server.next('synchronize', new TransportError('signedInElsewhere'));
    const seen = await ready(it1);
    await it1.clock.advance(2_500);
    expect(seen.error).toMatchObject({ name: 'MessengerError', reason: 'signedInElsewhere' });
  });

  it('tells why it is at rest, not of a failure of another day', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    it1.server.next('publish', new TransportError('statusRejected'));
    it1.service.setStatus(MISTATUS.BUSY);
    await it1.clock.settle();
    it1.server.faults.silent = { close: true };
    it1.service.signout();
    const seen = await ready(it1);
    await it1.clock.advance(5_000);
    expect(seen.error).toMatchObject({ name: 'MessengerError', reason: 'userRequest' });
  });

  it('is not about a former attempt when a listener begins another before OFFLINE is told', async () => {
    const it1 = stage();
    let seen: { state: string } | undefined;
    it1.service.on('OnSignin', ({ hr }) => {
      if (hr >= 0) return;
      it1.service.signin(ann);
      seen = watch(it1.service.ready());
    });
    it1.service.signin({ ...ann, password: 'wrong' });
    await it1.clock.settle();
    expect(it1.service.myStatus).toBe(MISTATUS.ONLINE);
    expect(seen?.state).toBe('ready');
  });

  it('is false when the service is disposed of, open ones and new ones', async () => {
    const it1 = stage();
    await bringTo(it1, 'connecting');
    const open = await ready(it1);
    await it1.service.dispose();
    await it1.clock.settle();
    expect(open.error).toBeInstanceOf(MessengerError);
    expect((await ready(it1)).error).toBeInstanceOf(MessengerError);
  });

  it('is given up by its signal with the reason of the signal', async () => {
    const it1 = stage();
    const controller = new AbortController();
    const mine = new Error('no longer needed');
    const seen = watch(it1.service.ready({ signal: controller.signal }));
    controller.abort(mine);
    await bringTo(it1, 'online');
    expect(seen).toEqual({ state: 'rejected', error: mine });
    await expect(it1.service.ready({ signal: AbortSignal.abort(mine) })).rejects.toBe(mine);
  });

  it('comes true for everybody who waits', async () => {
    const it1 = stage();
    const all = [1, 2, 3].map(() => watch(it1.service.ready()));
    await bringTo(it1, 'online');
    expect(all.map(({ state }) => state)).toEqual(['ready', 'ready', 'ready']);
  });
});
