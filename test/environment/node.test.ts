/** Node's word on the network, from lists that a test plays: what is news, what is not, and that no timer is left. */
import { networkInterfaces } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { watchNode, type Interfaces } from '../../src/environment/index.js';
import { createPresenceService, MISTATUS } from '../../src/index.js';
import { createPretendClock } from '../../src/testing/index.js';
import { createMemoryServer } from '../../src/transports/memory/index.js';
import { bringTo, stage } from '../support/stage.js';
import { watched } from '../support/watched.js';

const lo = { lo: [{ internal: true }] };
const wired: Interfaces = { ...lo, eth0: [{ internal: false }] };

function machine(first: unknown = wired) {
  const clock = createPretendClock({ now: 1_000_000 });
  const known: unknown[] = [];
  let list = first;
  return {
    clock,
    service: watched((fact) => void known.push(fact)),
    take: () => known.splice(0),
    set: (next: unknown) => (list = next),
    interfaces: () => {
      if (list instanceof Error) throw list;
      return list as Interfaces;
    },
  };
}

describe('watchNode', () => {
  it('M15 tells at once and then every 5 s whether the machine has an address that leads anywhere', async () => {
    const { clock, service, interfaces, take, set } = machine();
    watchNode(service, { clock, interfaces });
    expect(take()).toEqual([{ network: true }]);
    set(lo);
    await clock.advance(4_999);
    expect(take()).toEqual([]);
    await clock.advance(1);
    expect(take()).toEqual([{ network: false }]);
    set({ ...lo, wlan0: [{ internal: false }, { internal: false }], tun0: undefined });
    await clock.advance(5_000);
    expect(take()).toEqual([{ network: true }]);
  });

  it.each<[string, unknown]>([
    ['that throws', new Error('EACCES')],
    ['of nothing', {}],
    ['that is none', null],
    ['of nonsense', { eth0: [null] }],
  ])('a look %s is no news, and the next one counts', async (_, list) => {
    const { clock, service, interfaces, take, set } = machine(list);
    watchNode(service, { clock, interfaces, every: 100 });
    expect(take()).toEqual([{}]);
    set(lo);
    await clock.advance(100);
    expect(take()).toEqual([{ network: false }]);
  });

  it('L27 ends with its function, with a signal, or with the service, and leaves no timer', async () => {
    const { clock, service, interfaces, take } = machine();
    const stop = watchNode(service, { clock, interfaces });
    expect(clock.timers).toBe(1);
    stop();
    stop();
    expect(clock.timers).toBe(0);
    const ending = new AbortController();
    watchNode(service, { clock, interfaces, signal: ending.signal });
    ending.abort();
    expect(clock.timers).toBe(0);
    take();
    watchNode(service, { clock, interfaces, signal: ending.signal });
    expect([clock.timers, take()]).toEqual([0, []]);
    const it1 = stage();
    watchNode(it1.service, { clock: it1.clock, interfaces });
    expect(it1.clock.timers).toBe(1);
    const disposed = it1.service.dispose();
    expect(it1.clock.timers).toBe(0);
    await disposed;
    watchNode(it1.service, { clock: it1.clock, interfaces });
    expect(it1.clock.timers).toBe(0);
  });

  it('reads the real list by itself, on a timer that keeps no process alive', () => {
    const { service, take } = machine();
    const stop = watchNode(service);
    const isThere = Object.values(networkInterfaces()).some((list) => list?.some(({ internal }) => !internal));
    expect(take()).toEqual([{ network: isThere }]);
    stop();
  });

  it('throws a TypeError for what is no option', () => {
    const { clock, service, interfaces } = machine();
    expect(() => watchNode(service, { clock, interfaces, every: 0 })).toThrow(TypeError);
    expect(() => watchNode(service, { clock, interfaces: {} as never })).toThrow(TypeError);
    expect(() => watchNode(service, { clock: {} as never, interfaces })).toThrow(TypeError);
    expect(() => watchNode(5 as never, { clock, interfaces })).toThrow(TypeError);
    expect(() => watchNode(service, { interval: 5 } as never)).toThrow('"interval"');
    expect(clock.timers).toBe(0);
  });

  it('M15 drives a service from onThePhone to held and back', async () => {
    const it1 = stage();
    const { interfaces, set } = machine();
    watchNode(it1.service, { clock: it1.clock, interfaces });
    await bringTo(it1, 'onThePhone');
    set(lo);
    await it1.clock.advance(5_000);
    expect(it1.told()).toEqual(['OFFLINE networkOff']);
    set(wired);
    await it1.clock.advance(6_000);
    expect(it1.service.myStatus).toBe(MISTATUS.ON_THE_PHONE);
  });

  it('M16 lets a service notice within 5 s that the clock has jumped, from busy on', async () => {
    const host = createPretendClock({ now: 1_000_000 });
    let slept = 0;
    // As hosts do it: timers count on after a sleep as if there had been none.
    const clock = { ...host, now: () => host.now() + slept };
    const server = createMemoryServer({ clock });
    const service = createPresenceService({ transport: server.transport(), clock });
    const stop = watchNode(service, { clock, interfaces: () => wired });
    service.signin({ name: 'alice', password: 'secret' }, { status: MISTATUS.BUSY });
    await host.advance(1_000);
    slept = 3_600_000;
    await host.advance(5_000);
    expect(server.log.filter(({ verb }) => verb === 'check')).toHaveLength(1);
    stop();
    await service.dispose();
    expect(host.timers).toBe(0);
  });
});
