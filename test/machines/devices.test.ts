/** The fold of several devices: its laws on random presences, its order by example, its time (M27). */
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { foldDevices, joinPresence, MISTATUS, sourceOf, statusRows, type DevicePresence } from '../../machines/index.js';

const { AWAY, BE_RIGHT_BACK, BUSY, IDLE, INVISIBLE, OFFLINE, ONLINE, ON_THE_PHONE, UNKNOWN } = MISTATUS;
const { IN_A_CONFERENCE, IN_A_MEETING, OUT_OF_OFFICE } = MISTATUS;

const anyPresence: fc.Arbitrary<DevicePresence> = fc.record(
  {
    device: fc.constantFrom('', 'desk', 'phone'),
    status: fc.constantFrom(...statusRows.map(([, number]) => number)),
    note: fc.constantFrom('', 'one', 'two'),
    idleSince: fc.integer({ min: 0, max: 3 }),
    source: fc.constantFrom('wanted', 'call', 'calendar', 'idle'),
    until: fc.integer({ min: 0, max: 3 }),
  },
  { requiredKeys: ['status'] },
);
const several = { numRuns: 2_000 };

describe('M27 The fold of devices', () => {
  it('joins two whichever comes first: commutative', () => {
    fc.assert(
      fc.property(anyPresence, anyPresence, (a, b) => expect(joinPresence(a, b)).toEqual(joinPresence(b, a))),
      several,
    );
  });

  it('joins three whichever pair comes first: associative', () => {
    fc.assert(
      fc.property(anyPresence, anyPresence, anyPresence, (a, b, c) =>
        expect(joinPresence(joinPresence(a, b), c)).toEqual(joinPresence(a, joinPresence(b, c))),
      ),
      several,
    );
  });

  it('is not changed by hearing the same again, in any order: idempotent', () => {
    fc.assert(
      fc.property(
        fc.array(anyPresence, { maxLength: 6 }),
        fc.array(fc.nat(), { maxLength: 6 }),
        fc.integer(),
        (all, again, seed) => {
          const doubled = [...all, ...again.flatMap((at) => (all.length > 0 ? [all[at % all.length]] : []))] as DevicePresence[];
          const mixed = doubled.map((one, at) => [((at + 1) * (seed | 1)) % 7919, one] as const).sort(([a], [b]) => a - b);
          expect(foldDevices(mixed.map(([, one]) => one))).toEqual(foldDevices(all));
          const folded = foldDevices(all);
          expect(foldDevices([folded, ...all])).toEqual(folded);
        },
      ),
      several,
    );
  });

  it('shows one of those that were said, never a mixture, and OFFLINE when nobody says anything', () => {
    fc.assert(
      fc.property(fc.array(anyPresence, { maxLength: 5 }), (all) => {
        const folded = foldDevices(all);
        expect(all.includes(folded) || folded.status === OFFLINE).toBe(true);
      }),
      several,
    );
    expect(foldDevices([])).toEqual({ status: OFFLINE });
    expect(foldDevices([{ status: INVISIBLE, note: 'secret' }, { status: OFFLINE }])).toEqual({ status: OFFLINE });
  });

  const alone = (...statuses: MISTATUS[]) => foldDevices(statuses.map((status) => ({ status }))).status;

  it('shows busy before available before away', () => {
    expect(alone(ONLINE, BUSY)).toBe(BUSY);
    expect(alone(ONLINE, IDLE)).toBe(ONLINE);
    expect(foldDevices([{ status: ONLINE }, { status: AWAY, idleSince: 5 }]).status).toBe(ONLINE);
    expect(
      foldDevices([
        { status: IDLE, idleSince: 5 },
        { status: AWAY, idleSince: 5 },
      ]).status,
    ).toBe(IDLE);
    expect(alone(AWAY, ON_THE_PHONE, BE_RIGHT_BACK)).toBe(ON_THE_PHONE);
    expect(alone(UNKNOWN, IDLE)).toBe(IDLE);
    expect(alone(UNKNOWN, OFFLINE)).toBe(UNKNOWN);
  });

  it('shows what is wanted before a call before the calendar before what the machine sees', () => {
    expect(alone(IN_A_MEETING, IN_A_CONFERENCE, ONLINE)).toBe(IN_A_CONFERENCE);
    expect(alone(IN_A_MEETING, ONLINE)).toBe(IN_A_MEETING);
    expect(alone(OUT_OF_OFFICE, ONLINE)).toBe(OUT_OF_OFFICE);
    expect(alone(AWAY, ONLINE)).toBe(AWAY);
    expect(alone(AWAY, IN_A_CONFERENCE)).toBe(AWAY);
    expect(foldDevices([{ status: ONLINE, source: 'wanted' }, { status: IN_A_CONFERENCE }]).status).toBe(ONLINE);
    expect(
      foldDevices([
        { status: BUSY, source: 'calendar' },
        { status: AWAY, source: 'call' },
      ]).status,
    ).toBe(AWAY);
  });

  it("takes away beside a time of input for the machine's word, without one for the person's", () => {
    expect(sourceOf({ status: AWAY })).toBe('wanted');
    expect(sourceOf({ status: AWAY, idleSince: 0 })).toBe('idle');
    expect(sourceOf({ status: BUSY, idleSince: 0 })).toBe('wanted');
    expect(sourceOf({ status: AWAY, idleSince: 0, source: 'call' })).toBe('call');
  });

  it('of two that are idle shows the one that was used last', () => {
    expect(
      foldDevices([
        { status: IDLE, idleSince: 10 },
        { status: IDLE, idleSince: 20 },
      ]).idleSince,
    ).toBe(20);
  });

  it('hears a device until its time is over, and not at that moment any more', () => {
    const devices: DevicePresence[] = [{ status: BUSY, until: 1_000 }, { status: ONLINE }];
    expect(foldDevices(devices).status).toBe(BUSY);
    expect(foldDevices(devices, 999).status).toBe(BUSY);
    expect(foldDevices(devices, 1_000).status).toBe(ONLINE);
  });
});
