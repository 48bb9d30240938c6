/** Wanted, current, pending: three things, readable at any time; and every wish in every state is applied, kept or refused with a code (M18). */
import { describe, expect, it } from '@jest/globals';
import { leaves, statusRows } from '../../machines/index.js';
import {
  E_INVALIDARG,
  MISTATUS,
  MSGR_E_NOT_LOGGED_ON,
  MSGR_E_SERVER_TOO_BUSY,
  S_FALSE,
  S_OK,
  statusName,
  TransportError,
} from '../../src/index.js';
import { ann, bringTo, onlinePhases, phases, shownStatuses, stage, start, type PhaseName } from '../support/stage.js';

const { AWAY, BUSY, IDLE, ONLINE, ON_THE_PHONE } = MISTATUS;
const settable: readonly number[] = Object.values(shownStatuses);

describe('Wanted, current and pending', () => {
  it('are three things: what was confirmed, what is shown, what is under way', async () => {
    const it1 = stage();
    const { service, clock, server } = it1;
    expect(service.wanted).toEqual({ status: ONLINE });
    await bringTo(it1, 'online');
    server.faults.latency = { publish: 1_000 };
    service.setStatus(BUSY, { note: 'deep', until: start + 60_000 });
    service.setStatus(AWAY);
    expect([service.wanted, service.myStatus]).toEqual([{ status: ONLINE }, ONLINE]);
    expect(service.pending).toEqual([{ status: BUSY, note: 'deep', until: start + 60_000 }, { status: AWAY }]);
    await clock.advance(1_000);
    expect([service.wanted, service.myStatus]).toEqual([{ status: BUSY, note: 'deep', until: start + 60_000 }, BUSY]);
    expect(service.pending).toEqual([{ status: AWAY }]);
    await clock.advance(1_000);
    expect([service.wanted, service.myStatus, service.pending]).toEqual([{ status: AWAY }, AWAY, []]);
  });

  it('idleness changes what is shown and not what is wanted', async () => {
    const it1 = stage();
    await bringTo(it1, 'idle');
    expect([it1.service.wanted, it1.service.myStatus]).toEqual([{ status: ONLINE }, IDLE]);
  });

  it('what was refused or lost is not wanted and not pending any more (L14)', async () => {
    const it1 = stage();
    const { service, clock, server } = it1;
    await bringTo(it1, 'online');
    server.next('publish', new TransportError('statusRejected'));
    service.setStatus(BUSY);
    await clock.settle();
    expect([service.wanted, service.pending]).toEqual([{ status: ONLINE }, []]);
    server.faults.silent = { publish: true };
    service.setStatus(BUSY);
    service.setStatus(AWAY);
    server.drop(ann.name);
    await clock.settle();
    expect([service.wanted, service.pending]).toEqual([{ status: ONLINE }, []]);
  });

  it('a wish kept while connecting is wanted at once, and nobody owes an answer', async () => {
    const it1 = stage();
    await bringTo(it1, 'connecting');
    expect(it1.service.setStatus(BUSY, { note: 'soon' })).toBe(S_FALSE);
    expect([it1.service.wanted, it1.service.pending]).toEqual([{ status: BUSY, note: 'soon' }, []]);
  });

  it('M25 a wish whose time is over is not wanted any more, whether or not a timer runs', async () => {
    const it1 = stage({ policy: { remember: true } });
    it1.service.setStatus(BUSY, { until: start + 1_000 });
    it1.clock.jump(999);
    expect(it1.service.wanted).toEqual({ status: BUSY, until: start + 1_000 });
    it1.clock.jump(1);
    expect(it1.service.wanted).toEqual({ status: ONLINE });
  });

  it('are what a restart begins with, and what a sign-out ends', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    it1.service.setStatus(BUSY, { note: 'deep' });
    await it1.clock.settle();
    const snapshot = it1.service.getPersistedSnapshot();
    await it1.service.dispose();
    const it2 = stage({ after: it1, snapshot, credentials: ann });
    expect([it2.service.wanted, it2.service.pending]).toEqual([{ status: BUSY, note: 'deep' }, []]);
    await it2.clock.advance(5_000);
    it2.service.signout();
    await it2.clock.settle();
    expect(it2.service.wanted).toEqual({ status: ONLINE });
  });

  it('are handed out to read: frozen, and no door to what is kept', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    it1.server.faults.silent = { publish: true };
    it1.service.setStatus(BUSY);
    const { wanted, pending } = it1.service;
    expect([wanted, pending, ...pending].every((one) => Object.isFrozen(one))).toBe(true);
    expect(() => Object.assign(wanted, { status: AWAY })).toThrow(TypeError);
  });
});

describe('M18 Every wish, in every state', () => {
  it('is asked for in each leaf of the chart', () => {
    const leafOf: Partial<Record<PhaseName, string>> = {
      finding: 'findingServer',
      waiting: 'waitingToRetry',
      publishing: 'synchronizing',
    };
    expect([...new Set(phases.map((phase) => leafOf[phase] ?? phase))].sort()).toEqual([...leaves].sort());
  });

  const wishes = statusRows.map(([name, status]) => [name, status] as const);

  it.each(phases)(
    'while %s is applied with one answer, kept and then shown, or refused with a code and without a trace',
    async (phase) => {
      for (const [name, status] of wishes) {
        for (const note of [undefined, 'why', 'x'.repeat(1_025)]) {
          const it1 = stage();
          await bringTo(it1, phase);
          const { service, clock } = it1;
          const before = it1.fingerprint();
          const wanted = service.wanted;
          const wish = note === undefined ? {} : { note };
          const hr = service.setStatus(status, wish);
          const case1 = `${phase} ${name} ${note?.slice(0, 3)}`;
          if (!settable.includes(status) || (note?.length ?? 0) > 1_024) expect([case1, hr]).toEqual([case1, E_INVALIDARG]);
          else if (phase === 'signedOut' || phase === 'disconnecting') expect([case1, hr]).toEqual([case1, MSGR_E_NOT_LOGGED_ON]);
          else expect([case1, hr]).toEqual([case1, onlinePhases.includes(phase) ? S_OK : S_FALSE]);
          const asked = { status, ...wish };
          if (hr < 0) {
            expect([case1, it1.fingerprint(), service.wanted, service.pending]).toEqual([case1, before, wanted, []]);
          } else if (hr === S_FALSE) {
            expect([case1, service.wanted, service.pending]).toEqual([case1, asked, []]);
            if (phase === 'waiting' || phase === 'held') {
              service.environment({ network: true });
              await clock.advance(10_000);
              expect([case1, it1.others()]).toEqual([case1, seen(status, note)]);
            }
          } else {
            expect([case1, service.pending]).toEqual([case1, [asked]]);
            await clock.settle();
            expect([case1, it1.told()]).toEqual([case1, [`${statusName(status)} userRequest`]]);
            expect([case1, service.wanted, service.pending]).toEqual([case1, asked, []]);
            expect([case1, it1.others()]).toEqual([case1, seen(status, note)]);
          }
          await service.dispose();
        }
      }
    },
  );

  it('one too many while online is refused, and those before it are answered in order', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    it1.server.faults.latency = { publish: 10 };
    const asked = [BUSY, AWAY, ON_THE_PHONE, BUSY, AWAY, ON_THE_PHONE, BUSY, AWAY, ON_THE_PHONE] as const;
    for (const status of asked) expect(it1.service.setStatus(status)).toBe(S_OK);
    expect(it1.service.setStatus(BUSY)).toBe(MSGR_E_SERVER_TOO_BUSY);
    expect(it1.service.pending.map(({ status }) => status)).toEqual(asked);
    await it1.clock.advance(1_000);
    expect(it1.told()).toEqual(asked.map((status) => `${statusName(status)} userRequest`));
  });
});

function seen(status: MISTATUS, note: string | undefined): { status: string; note?: string } {
  if (status === MISTATUS.INVISIBLE) return { status: 'OFFLINE' };
  return { status: statusName(status), ...(note === undefined ? {} : { note }) };
}
