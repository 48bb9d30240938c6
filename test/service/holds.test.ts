/** Holds: network off and sleep end whatever runs, at once, in every phase; the wish stays and a new attempt begins when no hold is left (M15, M16). */
import { describe, expect, it } from '@jest/globals';
import { MISTATUS, S_FALSE, S_OK, type Environment } from '../../src/index.js';
import { ann, bringTo, phases, signedIn, stage, start, type PhaseName, type Stage } from '../support/stage.js';

const holds = [
  ['network off', { network: false }, { network: true }, 'networkOff'],
  ['asleep', { awake: false }, { awake: true }, 'asleep'],
] as const satisfies readonly (readonly [string, Environment, Environment, string])[];

/** What a hold tells in a phase. */
function toldBy(phase: PhaseName, reason: string): string[] {
  if (phase === 'signedOut') return [];
  if (phase === 'finding' || phase === 'connecting') return [`I(MSGR_E_CONNECT) ${reason}`, `OFFLINE ${reason}`];
  return [phase === 'disconnecting' ? 'OFFLINE userRequest' : `OFFLINE ${reason}`];
}
const cases = holds.flatMap(([name, begin, end, reason]) => phases.map((phase) => [name, phase, begin, end, reason] as const));
const wants = (phase: PhaseName) => phase !== 'signedOut' && phase !== 'disconnecting';

describe('A hold', () => {
  it.each(cases)('(%s) while %s ends what runs at once, with no link and no timer left', async (_, phase, begin, end, reason) => {
    const it1 = stage();
    await bringTo(it1, phase);
    if (phase === 'held') it1.service.environment({ network: true });
    await it1.clock.settle();
    it1.take();
    it1.service.environment(begin);
    await it1.clock.settle();
    expect(it1.told()).toEqual(toldBy(phase, reason));
    expect([it1.timers(), it1.server.undropped]).toEqual([0, 0]);
    await it1.clock.advance(3_600_000);
    expect(it1.told()).toEqual([]);
    it1.service.environment(end);
    await it1.clock.settle();
    if (!wants(phase)) {
      expect(it1.told()).toEqual([]);
      expect(it1.timers()).toBe(0);
      return;
    }
    expect(it1.take()).toMatchObject([{ mMyStatus: MISTATUS.OFFLINE, retryAt: it1.clock.now() + 500 }]);
    await it1.clock.advance(499);
    expect(it1.told()).toEqual([]);
    await it1.clock.advance(1);
    expect(it1.told().slice(0, 4)).toEqual(signedIn().slice(0, 4));
    expect(it1.server.everOpen(ann.name)).toBeLessThanOrEqual(1);
  });

  it.each([0, 0.999])('is followed by an attempt within 0 to 1 s, here with random %s', async (random) => {
    const it1 = stage({ random: () => random });
    await bringTo(it1, 'held');
    it1.service.environment({ network: true });
    await it1.clock.settle();
    expect(it1.take()).toMatchObject([{ retryAt: start + random * 1_000 }]);
    await it1.clock.advance(random * 1_000);
    expect(it1.told()).toEqual(signedIn());
  });

  it.each([
    [{ network: false }, { awake: false }, { network: true }, { awake: true }, ['networkOff', 'asleep']],
    [{ network: false }, { awake: false }, { awake: true }, { network: true }, ['networkOff', 'asleep']],
    [{ awake: false }, { network: false }, { awake: true }, { network: true }, ['asleep', 'networkOff']],
    [{ awake: false }, { network: false }, { network: true }, { awake: true }, ['asleep', 'networkOff']],
  ] as const)('on top of another ends only when none is left: %j %j %j %j', async (first, second, third, fourth, reasons) => {
    const it1 = stage();
    await bringTo(it1, 'online');
    it1.service.environment(first);
    it1.service.environment(second);
    await it1.clock.settle();
    expect(it1.told()).toEqual(reasons.map((reason) => `OFFLINE ${reason}`));
    it1.service.environment(third);
    await it1.clock.advance(60_000);
    expect(it1.told()).toEqual([]);
    expect(it1.timers()).toBe(0);
    it1.service.environment(fourth);
    await it1.clock.advance(500);
    expect(it1.told().slice(1)).toEqual(signedIn());
  });

  it('that is reported again, or that is none, changes nothing', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    it1.service.environment({});
    it1.service.environment({ network: true, awake: true, userActive: true });
    it1.service.environment({ network: undefined });
    await it1.clock.settle();
    expect(it1.told()).toEqual([]);
    it1.service.environment({ network: false });
    it1.service.environment({ network: false });
    await it1.clock.settle();
    expect(it1.told()).toEqual(['OFFLINE networkOff']);
  });

  it('keeps status and note', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    it1.service.setStatus(MISTATUS.BUSY, { note: 'at work' });
    await it1.clock.settle();
    it1.service.environment({ awake: false });
    await it1.clock.advance(3_600_000);
    it1.service.environment({ awake: true });
    await it1.clock.advance(500);
    expect(it1.others()).toEqual({ status: 'BUSY', note: 'at work' });
  });
});

describe('A sign-in during a hold', () => {
  it.each(holds)(
    '(%s) is S_OK, tells one OFFLINE with the reason, and begins when no hold is left',
    async (_, begin, end, reason) => {
      const it1 = stage();
      it1.service.environment(begin);
      expect(it1.service.signin(ann, { status: MISTATUS.BUSY })).toBe(S_OK);
      await it1.clock.advance(60_000);
      expect(it1.take()).toStrictEqual([
        {
          type: 'OnMyStatusChange',
          hr: S_OK,
          mMyStatus: MISTATUS.OFFLINE,
          previous: MISTATUS.OFFLINE,
          reason,
          attempt: 0,
        },
      ]);
      expect(it1.server.log).toEqual([]);
      expect(it1.timers()).toBe(0);
      it1.service.environment(end);
      await it1.clock.advance(500);
      expect(it1.told().slice(1)).toEqual(signedIn('BUSY'));
    },
  );

  it('by autoSignin is the same, and then joins', async () => {
    const it1 = stage({ credentials: ann });
    it1.service.environment({ network: false });
    expect(it1.service.autoSignin()).toBe(S_OK);
    expect(it1.service.autoSignin()).toBe(S_FALSE);
    await it1.clock.settle();
    expect(it1.told()).toEqual(['OFFLINE networkOff']);
  });

  it('is tried once under firstTry once, when the hold is over', async () => {
    const it1 = stage({ policy: { firstTry: 'once' } });
    it1.service.environment({ network: false });
    it1.service.signin(ann);
    it1.server.faults.refuse = true;
    it1.service.environment({ network: true });
    await it1.clock.advance(60_000);
    expect(it1.told().slice(-2)).toEqual(['I(MSGR_E_CONNECT) connectFailed', 'OFFLINE connectFailed']);
    expect(it1.timers()).toBe(0);
  });

  it('whose attempt was cut off by a hold is begun again, also under firstTry once: the wish stays', async () => {
    const it1 = stage({ policy: { firstTry: 'once' } });
    await bringTo(it1, 'connecting');
    it1.service.environment({ network: false });
    it1.service.environment({ network: true });
    await it1.clock.advance(500);
    expect(it1.told().slice(-5)).toEqual(signedIn());
  });
});

describe('Holds that come and go', () => {
  it('leave one link and one attempt at most, however fast (L26)', async () => {
    const it1: Stage = stage();
    it1.server.faults.deaf = true;
    it1.server.faults.latency = 300;
    it1.service.signin(ann);
    for (let n = 0; n < 60; n++) {
      it1.service.environment({ network: n % 2 === 1 });
      await it1.clock.advance(n * 37);
    }
    expect(it1.server.everOpen(ann.name)).toBeLessThanOrEqual(1);
    expect(it1.server.everAttempting(ann.name)).toBe(1);
    expect(it1.server.undropped).toBeLessThanOrEqual(1);
    it1.service.environment({ network: true });
    it1.server.calm();
    await it1.clock.advance(10_000);
    expect(it1.service.myStatus).toBe(MISTATUS.ONLINE);
    expect(it1.server.undropped).toBe(1);
  });
});
