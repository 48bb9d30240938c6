/** `dispose()`: at once, without a goodbye, nothing follows and nothing is left, wherever it is called (L26, L27). */
import { describe, expect, it } from '@jest/globals';
import { MessengerError, MISTATUS, type PresenceService } from '../../src/index.js';
import { createFakeTransport, type FakeVerb } from '../support/fake-transport.js';
import { ann, bringTo, phases, stage, type PhaseName } from '../support/stage.js';

describe('dispose', () => {
  it.each(phases)('while %s leaves no link and no timer, and nothing is told any more', async (phase) => {
    const it1 = stage();
    await bringTo(it1, phase);
    const status = it1.service.myStatus;
    const disposed = it1.service.dispose();
    expect(it1.timers()).toBe(0);
    expect(it1.server.undropped).toBe(0);
    expect(it1.server.log.filter(({ verb }) => verb === 'close').length).toBe(phase === 'disconnecting' ? 2 : 0);
    await disposed;
    await it1.clock.advance(3_600_000);
    expect(it1.told()).toEqual([]);
    expect(it1.service.myStatus).toBe(status);
    expect(it1.timers()).toBe(0);
    expect(it1.server.links).toBe(0);
  });

  it.each(phases)('while %s twice, and as asyncDispose, is harmless', async (phase) => {
    const it1 = stage();
    await bringTo(it1, phase);
    await Promise.all([it1.service.dispose(), it1.service.dispose(), it1.service[Symbol.asyncDispose]()]);
    await it1.service.dispose();
    expect(it1.timers()).toBe(0);
  });

  it('resolves without waiting for clock or transport', async () => {
    const it1 = stage();
    it1.server.faults.silent = true;
    await bringTo(it1, 'finding');
    let isOver = false;
    void it1.service.dispose().then(() => (isOver = true));
    for (let turn = 0; turn < 3; turn++) await Promise.resolve();
    expect(isOver).toBe(true);
  });

  it('swallows the notices that wait', async () => {
    const it1 = stage();
    it1.service.signin(ann);
    await it1.service.dispose();
    await it1.clock.settle();
    expect(it1.told()).toEqual([]);
  });

  it('rejects every open ready() and ends every iterator', async () => {
    const it1 = stage();
    await bringTo(it1, 'connecting');
    const open = [it1.service.ready(), it1.service.ready()];
    const nexts = [it1.service.notices().next(), it1.service.notices().next()];
    await it1.service.dispose();
    for (const promise of open) await expect(promise).rejects.toBeInstanceOf(MessengerError);
    for (const next of nexts) expect(await next).toEqual({ done: true, value: undefined });
  });

  it('inside a listener: no other listener hears anything any more', async () => {
    const it1 = stage();
    const heard: string[] = [];
    it1.service.on('OnMyStatusChange', () => {
      heard.push('first');
      void it1.service.dispose();
    });
    it1.service.on('OnMyStatusChange', () => heard.push('second'));
    it1.service.on('*', () => heard.push('all'));
    it1.service.signin(ann);
    it1.take();
    await it1.clock.advance(60_000);
    expect(heard).toEqual(['first']);
    expect(it1.timers()).toBe(0);
    expect(it1.server.undropped).toBe(0);
  });

  it.each<PhaseName>(['finding', 'connecting', 'synchronizing', 'publishing', 'online'])(
    'inside a listener, at the notice before %s and each after it, leaves nothing',
    async (phase) => {
      for (let at = 1; at <= 5; at++) {
        const it1 = stage();
        let count = 0;
        it1.service.on('*', () => {
          count += 1;
          if (count === at) void it1.service.dispose();
        });
        await bringTo(it1, phase);
        await it1.service.dispose();
        await it1.clock.advance(60_000);
        expect(count).toBeLessThanOrEqual(at);
        expect([it1.timers(), it1.server.undropped]).toEqual([0, 0]);
      }
    },
  );

  const verbs: FakeVerb[] = ['findServer', 'connect', 'synchronize', 'publish', 'close', 'check'];
  it.each(verbs)('inside the transport’s %s leaves no timer and no link, and its answer is nobody’s', async (verb) => {
    const fake = createFakeTransport();
    const it1 = stage({ transport: fake.transport });
    fake.before(verb, () => void it1.service.dispose());
    it1.service.signin(ann);
    const answers: [FakeVerb, () => void][] = [
      ['findServer', () => fake.last('findServer').resolve()],
      ['connect', () => fake.accept()],
      ['synchronize', () => fake.last('synchronize').resolve({ resumed: false })],
      ['publish', () => fake.last('publish').resolve()],
    ];
    for (const [name, answer] of answers) {
      await it1.clock.settle();
      if (name === verb) it1.take();
      if (fake.count(name) > 0) answer();
    }
    await it1.clock.settle();
    if (verb === 'close') it1.service.signout();
    if (verb === 'check') {
      it1.clock.jump(3_600_000);
      await it1.clock.advance(0);
    }
    await it1.clock.settle();
    expect(fake.count(verb)).toBe(1);
    expect(fake.last(verb).signal.aborted).toBe(true);
    expect(it1.timers()).toBe(0);
    expect(fake.links.map(({ drops }) => drops > 0)).toEqual(fake.links.map(() => true));
    it1.take();
    fake.last(verb).resolve({ resumed: true });
    await it1.clock.advance(60_000);
    expect(it1.told()).toEqual([]);
    expect(it1.timers()).toBe(0);
  });

  it('inside the credentials function leaves no verb called', async () => {
    const fake = createFakeTransport();
    const made: { service?: PresenceService } = {};
    const it1 = stage({
      transport: fake.transport,
      credentials: (signal) => {
        void made.service?.dispose();
        expect(signal.aborted).toBe(true);
        return ann;
      },
    });
    made.service = it1.service;
    it1.service.autoSignin();
    await it1.clock.advance(60_000);
    expect(fake.calls).toEqual([]);
    expect(it1.timers()).toBe(0);
    expect(it1.told()).toEqual([]);
  });

  it('inside an inspector, and inside the random source, leaves nothing', async () => {
    const made: { service?: PresenceService } = {};
    const it1 = stage({
      random: () => {
        void made.service?.dispose();
        return 0.5;
      },
    });
    made.service = it1.service;
    await bringTo(it1, 'online');
    it1.server.drop();
    await it1.clock.settle();
    expect(it1.timers()).toBe(0);
    expect(it1.server.undropped).toBe(0);
    const inspected: { service?: PresenceService } = {};
    const it2 = stage({ inspect: ({ type }) => void (type === '@xstate.event' && inspected.service?.dispose()) });
    inspected.service = it2.service;
    it2.service.signin(ann);
    await it2.clock.advance(60_000);
    expect([it2.timers(), it2.server.undropped, it2.told()]).toEqual([0, 0, []]);
  });

  it('drops a link that arrives late (L26)', async () => {
    const it1 = stage();
    it1.server.faults.deaf = { connect: true };
    it1.server.faults.latency = { connect: 5_000 };
    it1.service.signin(ann);
    await it1.clock.advance(1_000);
    await it1.service.dispose();
    await it1.clock.advance(10_000);
    expect(it1.server.log.find(({ verb }) => verb === 'connect')).toMatchObject({ outcome: 'ok', late: true });
    expect(it1.server.undropped).toBe(0);
    expect(it1.server.links).toBe(0);
  });

  it('survives a link whose drop throws', async () => {
    const fake = createFakeTransport();
    const it1 = stage({ transport: fake.transport });
    it1.service.signin(ann);
    await it1.clock.settle();
    fake.last('findServer').resolve();
    await it1.clock.settle();
    const link = {
      synchronize: () => new Promise<never>(() => undefined),
      publish: () => Promise.resolve(),
      close: () => Promise.resolve(),
      drop: () => {
        throw new Error('cannot');
      },
    };
    fake.last('connect').resolve(link);
    await it1.clock.settle();
    await it1.service.dispose();
    expect(it1.timers()).toBe(0);
    expect(it1.service.myStatus).toBe(MISTATUS.LOCAL_SYNCHRONIZING_WITH_SERVER);
  });
});
