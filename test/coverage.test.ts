/** Coverage in production (B22): what happened is counted by state and message, from records and live, and nothing else gets into it. */
import { describe, expect, it } from '@jest/globals';
import { fullRules, leaves, MISTATUS, samples } from '../machines/index.js';
import { addCoverage, countCoverage, coverageOf } from '../src/coverage.js';
import { ann, stage } from './support/stage.js';

const size = leaves.length * new Set(samples(fullRules).map(({ type }) => type)).size;

/** Sign in, BUSY, sign out. */
async function cycle({ service, clock }: ReturnType<typeof stage>): Promise<void> {
  service.signin(ann);
  await clock.settle();
  service.setStatus(MISTATUS.BUSY);
  await clock.settle();
  service.signout();
  await clock.settle();
}
const once = {
  signedOut: { 'signin.request': 1 },
  findingServer: { 'server.found': 1 },
  connecting: { 'link.opened': 1 },
  synchronizing: { 'session.synchronized': 1, 'status.published': 1 },
  online: { 'status.request': 1, 'status.published': 1 },
  busy: { 'signout.request': 1 },
  disconnecting: { 'link.closed': 1 },
};

describe('B22 coverageOf', () => {
  it('counts the records of a service by state and message', async () => {
    const it1 = stage();
    await cycle(it1);
    expect(coverageOf(it1.service.records)).toEqual({ cells: once, steps: 9, visited: 9, size });
  });

  it('counts nothing of nothing', () => {
    expect(coverageOf([])).toEqual({ cells: {}, steps: 0, visited: 0, size });
  });

  it('passes over a message that the alphabet does not have', () => {
    const strange = { from: 'online', message: { type: '__proto__' } } as unknown as Parameters<
      typeof coverageOf
    >[0] extends Iterable<infer R>
      ? R
      : never;
    expect(coverageOf([strange]).steps).toBe(0);
  });

  it('is plain JSON without a name, a note or a time', async () => {
    const it1 = stage();
    it1.service.signin(ann, { status: MISTATUS.BUSY, note: 'a private note' });
    await it1.clock.settle();
    const coverage = coverageOf(it1.service.records);
    const text = JSON.stringify(coverage);
    expect(JSON.parse(text)).toEqual(coverage);
    for (const secret of [ann.name, ann.password, 'private', String(it1.clock.now())]) expect(text).not.toContain(secret);
  });
});

describe('B22 countCoverage', () => {
  it('counts the same live, however few records are kept', async () => {
    const it1 = stage({ records: 3 });
    const live = countCoverage(it1.service);
    for (let time = 0; time < 5; time++) await cycle(it1);
    expect(live.missed).toBe(0);
    expect(live.read()).toMatchObject({ steps: 45, visited: 9, cells: { busy: { 'signout.request': 5 } } });
    expect(coverageOf(it1.service.records).steps).toBe(3);
  });

  it('begins with what comes, not with what was', async () => {
    const it1 = stage();
    await cycle(it1);
    const live = countCoverage(it1.service);
    expect(live.read().steps).toBe(0);
    await cycle(it1);
    expect(live.read().cells).toEqual(once);
  });

  it('counts steps that tell nothing, at the reading', () => {
    const { service } = stage();
    const live = countCoverage(service);
    service.environment({ network: false });
    service.environment({ network: true, userActive: false });
    expect(live.read().cells).toEqual({ signedOut: { 'network.lost': 1, 'network.restored': 1, 'input.ceased': 1 } });
  });

  it('says how many steps it has missed', () => {
    const { service } = stage({ records: 2 });
    const live = countCoverage(service);
    for (let time = 0; time < 5; time++) service.environment({ network: time % 2 === 1 });
    expect([live.read().steps, live.missed]).toEqual([2, 3]);
  });

  it('begins again after a reset, and ends with stop, twice too', async () => {
    const it1 = stage();
    const live = countCoverage(it1.service);
    await cycle(it1);
    live.reset();
    expect([live.read().steps, live.missed]).toEqual([0, 0]);
    await cycle(it1);
    live.stop();
    live.stop();
    await cycle(it1);
    expect(live.read().cells).toEqual(once);
  });

  it('outlives its service', async () => {
    const it1 = stage();
    const live = countCoverage(it1.service);
    await cycle(it1);
    await it1.service.dispose();
    expect(live.read().steps).toBe(9);
  });
});

describe('addCoverage', () => {
  it('adds what many services have counted', async () => {
    const [one, two] = [stage(), stage()];
    await cycle(one);
    await cycle(two);
    two.service.environment({ network: false });
    const sum = addCoverage(coverageOf(one.service.records), coverageOf(two.service.records));
    expect(sum).toMatchObject({ steps: 19, visited: 10, size, cells: { signedOut: { 'signin.request': 2, 'network.lost': 1 } } });
    expect(addCoverage()).toEqual({ cells: {}, steps: 0, visited: 0, size });
  });
});
