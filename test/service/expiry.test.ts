/** A status for a time: shown until then, back to the one before, whatever lies in between (M25). */
import { describe, expect, it } from '@jest/globals';
import { MISTATUS, TransportError } from '../../src/index.js';
import { bringTo, stage, start, type PhaseName } from '../support/stage.js';

const { ONLINE, BUSY, AWAY, ON_THE_PHONE, OUT_TO_LUNCH } = MISTATUS;

describe('A status for a time', () => {
  it('M25 goes back to the status and note before when its time is over', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    it1.service.setStatus(AWAY, { note: 'lasting' });
    it1.service.setStatus(BUSY, { note: 'short', until: new Date(start + 10_000) });
    await it1.clock.advance(9_999);
    expect(it1.told()).toEqual(['AWAY userRequest', 'BUSY userRequest']);
    expect(it1.others()).toEqual({ status: 'BUSY', note: 'short' });
    await it1.clock.advance(1);
    expect(it1.told()).toEqual(['AWAY statusExpired']);
    expect(it1.others()).toEqual({ status: 'AWAY', note: 'lasting' });
    await it1.clock.advance(100_000);
    expect(it1.told()).toEqual([]);
  });

  it('M25 lasts for months without firing at once', async () => {
    const month = 30 * 24 * 3_600_000;
    const it1 = stage();
    await bringTo(it1, 'held');
    it1.service.setStatus(OUT_TO_LUNCH, { until: start + 2 * month });
    await it1.clock.advance(2 * month - 10_000);
    it1.service.environment({ network: true });
    await it1.clock.advance(9_999);
    expect(it1.told().at(-1)).toBe('OUT_TO_LUNCH progress');
    await it1.clock.advance(1);
    expect(it1.told()).toEqual(['ONLINE statusExpired']);
  });

  it('stacks one deep: below a second one for a time stands the first while it lasts, else the lasting one', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    it1.service.setStatus(AWAY);
    it1.service.setStatus(BUSY, { until: start + 30_000 });
    it1.service.setStatus(ON_THE_PHONE, { until: start + 10_000 });
    await it1.clock.advance(10_000);
    expect(it1.told().at(-1)).toBe('BUSY statusExpired');
    await it1.clock.advance(20_000);
    expect(it1.told()).toEqual(['AWAY statusExpired']);
    it1.service.setStatus(BUSY, { until: start + 40_000 });
    it1.service.setStatus(ON_THE_PHONE, { until: start + 50_000 });
    await it1.clock.advance(20_000);
    expect(it1.told()).toEqual(['BUSY userRequest', 'ON_THE_PHONE userRequest', 'AWAY statusExpired']);
  });

  it('is cancelled by a lasting one', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    it1.service.setStatus(BUSY, { until: start + 10_000 });
    it1.service.setStatus(AWAY);
    await it1.clock.advance(20_000);
    expect(it1.told()).toEqual(['BUSY userRequest', 'AWAY userRequest']);
  });

  it('is not watched when the server refused it', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    it1.server.next('publish', new TransportError('statusRejected'));
    it1.service.setStatus(BUSY, { until: start + 10_000 });
    await it1.clock.advance(20_000);
    expect(it1.told()).toEqual(['!MSGR_E_UNEXPECTED ONLINE statusRejected']);
  });

  it.each<PhaseName>(['waiting', 'held'])('ends while %s, and is not shown again', async (phase) => {
    const it1 = stage();
    await bringTo(it1, 'online');
    it1.service.setStatus(BUSY, { note: 'short', until: start + 1_000 });
    await it1.clock.settle();
    if (phase === 'held') it1.service.environment({ awake: false });
    else it1.server.drop();
    await it1.clock.advance(1_000);
    it1.service.environment({ awake: true });
    await it1.clock.advance(2_500);
    expect(it1.told().at(-1)).toBe('ONLINE progress');
    expect(it1.others()).toEqual({ status: 'ONLINE' });
  });

  it('M25 is over at the first turn after the clock jumped past its end, and not before its time when the clock is set back', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    it1.service.setStatus(BUSY, { until: start + 10_000 });
    await it1.clock.settle();
    it1.clock.jump(-5_000);
    await it1.clock.advance(14_999);
    expect(it1.told()).toEqual(['BUSY userRequest']);
    await it1.clock.advance(1);
    expect(it1.told()).toEqual(['ONLINE statusExpired']);
    it1.service.setStatus(AWAY, { until: start + 20_000 });
    await it1.clock.settle();
    it1.clock.jump(3_600_000);
    await it1.clock.advance(0);
    expect(it1.told()).toEqual(['AWAY userRequest', 'ONLINE statusExpired']);
  });

  it('loses against a change of the user that is at the server', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    it1.service.setStatus(BUSY, { until: start + 1_000 });
    await it1.clock.settle();
    it1.server.faults.latency = { publish: 2_000 };
    it1.service.setStatus(AWAY);
    await it1.clock.advance(60_000);
    expect(it1.told()).toEqual(['BUSY userRequest', 'AWAY userRequest']);
    expect(it1.others()).toEqual({ status: 'AWAY' });
  });

  it('is told once when its end fails, and not tried again before the next input', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    it1.service.setStatus(BUSY, { until: start + 1_000 });
    await it1.clock.settle();
    it1.server.faults.rejectStatus = [ONLINE];
    await it1.clock.advance(200_000);
    expect(it1.told()).toEqual(['BUSY userRequest', '!MSGR_E_UNEXPECTED BUSY statusRejected']);
    it1.server.calm();
    it1.service.environment({ userActive: true });
    await it1.clock.settle();
    expect(it1.told()).toEqual(['ONLINE statusExpired']);
  });
});
