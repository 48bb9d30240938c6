/** Presence properties, read and written as in the origin: one array by index, ranges of availability, its error codes. */
import { describe, expect, it } from '@jest/globals';
import {
  E_INVALIDARG,
  MessengerError,
  MISTATUS,
  MSGR_E_NOT_LOGGED_ON,
  PRESENCE_PROPERTY,
  S_FALSE,
  S_OK,
  statusName,
  type PresenceProperty,
} from '../../src/index.js';
import { bringTo, stage, start, type Stage, type StageOptions } from '../support/stage.js';

const { AWAY, BE_RIGHT_BACK, BUSY, DO_NOT_DISTURB, IDLE, INVISIBLE, ONLINE, ON_THE_PHONE, OUT_TO_LUNCH, UNKNOWN } = MISTATUS;
const { MSTATE, AVAILABILITY, PRESENCE_NOTE, IS_BLOCKED, TOOL_TIP, CUSTOM_STATUS_STRING, MAX } = PRESENCE_PROPERTY;

function write(values: Readonly<Record<number, PresenceProperty>>, length: number = MAX): PresenceProperty[] {
  return Array.from({ length }, (_, index) => values[index] ?? null);
}
async function online(options: StageOptions = {}): Promise<Stage> {
  const it1 = stage(options);
  await bringTo(it1, 'online');
  return it1;
}

describe('Properties that are read', () => {
  it.each([
    [ONLINE, 3_000],
    [BUSY, 6_000],
    [ON_THE_PHONE, 6_000],
    [BE_RIGHT_BACK, 12_000],
    [AWAY, 15_000],
    [OUT_TO_LUNCH, 15_000],
    [INVISIBLE, 18_000],
  ] as const)('show %i with the lower end of its range, %i, and the note', async (status, availability) => {
    const it1 = await online();
    it1.service.setStatus(status, { note: 'here' });
    await it1.clock.settle();
    expect(it1.service.presenceProperties).toEqual([
      status,
      availability,
      false,
      'here',
      null,
      null,
      null,
      null,
      null,
      null,
      null,
    ]);
    expect(Object.isFrozen(it1.service.presenceProperties)).toBe(true);
  });

  it('show busy but idle where idleness stands before BUSY, and available but idle before ONLINE', async () => {
    const it1 = await online({ policy: { idleFrom: [ONLINE, BUSY] } });
    it1.service.environment({ userActive: false });
    await it1.clock.advance(300_000);
    expect(it1.service.presenceProperties.slice(0, 2)).toEqual([IDLE, 4_500]);
    it1.service.setStatus(BUSY);
    await it1.clock.advance(300_000);
    expect(it1.service.presenceProperties.slice(0, 2)).toEqual([IDLE, 7_500]);
  });
});

describe('Properties that are written', () => {
  it.each([
    ['an MSTATE', { [MSTATE]: BUSY }, BUSY],
    ['an availability in the middle of a range', { [AVAILABILITY]: 6_500 }, BUSY],
    ['beside an MSTATE that is UNKNOWN, which is empty', { [MSTATE]: UNKNOWN, [AVAILABILITY]: 3_500 }, ONLINE],
    ['the first of a range', { [AVAILABILITY]: 15_000 }, AWAY],
    ['the last of a range', { [AVAILABILITY]: 14_999 }, BE_RIGHT_BACK],
    ['offline or appear offline', { [AVAILABILITY]: 18_500 }, INVISIBLE],
    ['both, where they agree', { [MSTATE]: OUT_TO_LUNCH, [AVAILABILITY]: 15_500 }, OUT_TO_LUNCH],
  ])('are a status: %s', async (_, values, status) => {
    const it1 = await online();
    expect(it1.service.setPresenceProperties(write(values))).toBe(S_OK);
    await it1.clock.settle();
    expect(it1.told()).toEqual([`${statusName(status)} userRequest`]);
    expect(it1.service.wanted).toEqual({ status });
  });

  it('leave as it is what is not written: the note beside a status, status and end beside a note', async () => {
    const it1 = await online();
    const { service, clock } = it1;
    service.setStatus(BUSY, { note: 'deep', until: start + 60_000 });
    await clock.settle();
    expect(service.setPresenceProperties(write({ [PRESENCE_NOTE]: 'deeper' }))).toBe(S_OK);
    await clock.settle();
    expect(service.wanted).toEqual({ status: BUSY, note: 'deeper', until: start + 60_000 });
    expect(service.setPresenceProperties(write({ [MSTATE]: AWAY }, 1))).toBe(S_OK);
    await clock.settle();
    expect(service.wanted).toEqual({ status: AWAY, note: 'deeper' });
    expect(service.setPresenceProperties(write({ [PRESENCE_NOTE]: '' }))).toBe(S_OK);
    await clock.settle();
    expect(service.wanted).toEqual({ status: AWAY });
    expect(it1.others()).toEqual({ status: 'AWAY' });
  });

  it('a note alone is input, as every change is: it ends idleness, with the status that is wanted', async () => {
    const it1 = await online();
    const { service, clock, server } = it1;
    service.environment({ userActive: false });
    await clock.advance(300_000);
    it1.take();
    expect(service.myStatus).toBe(IDLE);
    expect(service.setPresenceProperties(write({ [PRESENCE_NOTE]: 'back soon' }))).toBe(S_OK);
    await clock.settle();
    expect(it1.told()).toEqual(['ONLINE userRequest']);
    expect(server.sessions[0]).toMatchObject({ status: ONLINE, note: 'back soon' });
    expect(server.sessions[0]).not.toHaveProperty('idleSince');
  });

  it('a note that was written beside a status for a time goes with it, and what was before comes back', async () => {
    const it1 = await online();
    const { service, clock } = it1;
    service.setStatus(AWAY, { note: 'lasting' });
    service.setStatus(BUSY, { note: 'deep', until: start + 60_000 });
    await clock.settle();
    service.setPresenceProperties(write({ [PRESENCE_NOTE]: 'deeper' }));
    await clock.advance(60_000);
    expect(service.wanted).toEqual({ status: AWAY, note: 'lasting' });
    expect(it1.others()).toEqual({ status: 'AWAY', note: 'lasting' });
  });

  it('count from the newest change that is under way', async () => {
    const it1 = await online();
    it1.server.faults.latency = { publish: 1_000 };
    it1.service.setStatus(BUSY, { note: 'first' });
    it1.service.setPresenceProperties(write({ [PRESENCE_NOTE]: 'second' }));
    await it1.clock.advance(5_000);
    expect(it1.service.wanted).toEqual({ status: BUSY, note: 'second' });
  });

  it('by assignment throw what the call answers', async () => {
    const it1 = await online();
    it1.service.presenceProperties = write({ [MSTATE]: BUSY, [PRESENCE_NOTE]: 'deep' });
    await it1.clock.settle();
    expect(it1.others()).toEqual({ status: 'BUSY', note: 'deep' });
    expect(() => {
      it1.service.presenceProperties = write({ [MSTATE]: IDLE });
    }).toThrow(expect.objectContaining({ hr: E_INVALIDARG }));
    it1.service.signout();
    await it1.clock.settle();
    expect(() => {
      it1.service.presenceProperties = write({ [MSTATE]: BUSY });
    }).toThrow(MessengerError);
  });

  it.each([
    ['nothing', write({})],
    ['nothing but UNKNOWN', write({ [MSTATE]: UNKNOWN })],
    ['an index beyond the last (E_INVALIDINDEX)', write({ [MSTATE]: BUSY, [MAX]: 1 }, MAX + 1)],
    ['a status that cannot be set', write({ [MSTATE]: DO_NOT_DISTURB })],
    ['a status that is none', write({ [MSTATE]: 7 })],
    ['an availability that only a machine has (E_INVALIDAVAILABILITY)', write({ [AVAILABILITY]: 5_000 })],
    ['busy idle', write({ [AVAILABILITY]: 7_500 })],
    ['do not disturb', write({ [AVAILABILITY]: 9_500 })],
    ['no availability', write({ [AVAILABILITY]: 2_999 })],
    ['half of one', write({ [AVAILABILITY]: 3_000.5 })],
    ['no end of it', write({ [AVAILABILITY]: Infinity })],
    ['an availability that is not that of the status', write({ [MSTATE]: BUSY, [AVAILABILITY]: 3_000 })],
    ['a custom state', write({ [MSTATE]: BUSY, [CUSTOM_STATUS_STRING]: 'fishing' })],
    ["what is not the user's: blocking", write({ [IS_BLOCKED]: true })],
    ["what is not the user's: the tool tip", write({ [TOOL_TIP]: 'tip', [PRESENCE_NOTE]: 'x' })],
    ['a note that is too long', write({ [PRESENCE_NOTE]: 'x'.repeat(1_025) })],
  ])('are refused as E_INVALIDARG, without a notice: %s', async (_, values) => {
    const it1 = await online();
    const before = it1.fingerprint();
    expect(it1.service.setPresenceProperties(values)).toBe(E_INVALIDARG);
    await it1.clock.settle();
    expect(it1.fingerprint()).toBe(before);
    expect(it1.told()).toEqual([]);
  });

  it('INVISIBLE by its range is refused where the transport lacks it (L13)', async () => {
    const it1 = await online({ plug: { capabilities: { statuses: [ONLINE, BUSY] } } });
    expect(it1.service.setPresenceProperties(write({ [AVAILABILITY]: 18_500 }))).toBe(E_INVALIDARG);
    expect(it1.service.setPresenceProperties(write({ [AVAILABILITY]: 15_500 }))).toBe(E_INVALIDARG);
  });

  it('while signed out are MSGR_E_NOT_LOGGED_ON (E_NOT_LOGGED_ON), or kept with `remember`', () => {
    expect(stage().service.setPresenceProperties(write({ [MSTATE]: BUSY }))).toBe(MSGR_E_NOT_LOGGED_ON);
    const it1 = stage({ policy: { remember: true } });
    expect(it1.service.setPresenceProperties(write({ [MSTATE]: BUSY }))).toBe(S_FALSE);
    expect(it1.service.setPresenceProperties(write({ [PRESENCE_NOTE]: 'later' }))).toBe(S_FALSE);
    expect(it1.service.wanted).toEqual({ status: BUSY, note: 'later' });
  });

  it('of the wrong kind are a mistake: TypeError', async () => {
    const { service } = await online();
    expect(() => service.setPresenceProperties('BUSY' as never)).toThrow(TypeError);
    expect(() => service.setPresenceProperties(write({ [MSTATE]: 'BUSY' }))).toThrow(TypeError);
    expect(() => service.setPresenceProperties(write({ [AVAILABILITY]: true }))).toThrow(TypeError);
    expect(() => service.setPresenceProperties(write({ [PRESENCE_NOTE]: 3 }))).toThrow(TypeError);
    await service.dispose();
    expect(() => service.setPresenceProperties(write({ [MSTATE]: BUSY }))).toThrow(MessengerError);
  });
});
