/** Errors: what is thrown, what is answered with E_INVALIDARG, and that neither changes anything nor repeats a secret (contract §6). */
import { describe, expect, it } from '@jest/globals';
import {
  createPresenceService,
  E_INVALIDARG,
  MessengerError,
  MISTATUS,
  S_FALSE,
  S_OK,
  statusName,
  type PresenceService,
  type PresenceServiceOptions,
  type Transport,
} from '../../src/index.js';
import { ann, bringTo, stage, start, type PhaseName } from '../support/stage.js';

const { ONLINE, BUSY, BE_RIGHT_BACK, AWAY, ON_THE_PHONE, OUT_TO_LUNCH, INVISIBLE, IDLE } = MISTATUS;
const settable: readonly number[] = [ONLINE, BUSY, BE_RIGHT_BACK, AWAY, ON_THE_PHONE, OUT_TO_LUNCH, INVISIBLE];
const every = Object.values(MISTATUS).map((status) => [statusName(status), status, settable.includes(status)] as const);
const noStatus = [-1, 3, 0xffff, 2.5, NaN, Infinity, 2 ** 32 + 2];
const some: PhaseName[] = ['signedOut', 'connecting', 'online', 'waiting'];

/** A call as JavaScript can make it, past the types. */
type Loose = { readonly [K in keyof PresenceService]: (...args: unknown[]) => unknown };
const loose = (service: PresenceService): Loose => service as unknown as Loose;

/** Makes the call and sees that nothing has changed. */
async function unchanged(it1: ReturnType<typeof stage>, call: () => unknown): Promise<void> {
  const before = it1.fingerprint();
  call();
  await it1.clock.settle();
  expect(it1.fingerprint()).toBe(before);
}

describe('E_INVALIDARG for a status', () => {
  it.each(every)('setStatus judges %s (%i): settable is %s', async (_, status, isSettable) => {
    for (const phase of some) {
      const it1 = stage({ policy: { remember: true } });
      await bringTo(it1, phase);
      if (isSettable) expect(it1.service.setStatus(status)).toBe(phase === 'online' ? S_OK : S_FALSE);
      else await unchanged(it1, () => expect(it1.service.setStatus(status)).toBe(E_INVALIDARG));
    }
  });

  it.each(every)('signin judges %s (%i): settable is %s', async (_, status, isSettable) => {
    const it1 = stage();
    const call = () => it1.service.signin(ann, { status: status as typeof ONLINE });
    if (!isSettable) return unchanged(it1, () => expect(call()).toBe(E_INVALIDARG));
    expect(call()).toBe(S_OK);
    await it1.clock.settle();
    expect(it1.service.myStatus).toBe(status);
  });

  it.each(noStatus)('holds for the number %p, which is no status', async (number) => {
    const it1 = stage();
    await bringTo(it1, 'online');
    await unchanged(it1, () => expect(it1.service.setStatus(number)).toBe(E_INVALIDARG));
    const it2 = stage();
    await unchanged(it2, () => expect(it2.service.signin(ann, { status: number as typeof ONLINE })).toBe(E_INVALIDARG));
  });

  it('L13 holds for a status that the transport lacks', async () => {
    const it1 = stage({ plug: { capabilities: { statuses: [ONLINE, BUSY] } } });
    await unchanged(it1, () => expect(it1.service.signin(ann, { status: INVISIBLE })).toBe(E_INVALIDARG));
    await bringTo(it1, 'online');
    for (const status of [INVISIBLE, AWAY, IDLE]) {
      await unchanged(it1, () => expect(it1.service.setStatus(status)).toBe(E_INVALIDARG));
    }
    expect(it1.service.setStatus(BUSY)).toBe(S_OK);
  });
});

describe('E_INVALIDARG for a name', () => {
  it.each([
    ['empty', ''],
    ['a space', ' '],
    ['a space within', 'an n@example.com'],
    ['a space behind', 'ann@example.com '],
    ['CR', 'ann\r@example.com'],
    ['LF', 'ann@example.com\n'],
    ['a tab', 'ann\t@example.com'],
    ['130 characters', `${'a'.repeat(118)}@example.com`],
  ])('that is or has %s', async (_, name) => {
    const it1 = stage();
    await unchanged(it1, () => expect(it1.service.signin({ ...ann, name })).toBe(E_INVALIDARG));
    expect(it1.service.mySigninName).toBeUndefined();
  });

  it('but 129 characters are a name', async () => {
    const name = `${'a'.repeat(117)}@example.com`;
    expect(name).toHaveLength(129);
    const it1 = stage({ users: { [name]: 'long' } });
    expect(it1.service.signin({ name, password: 'long' })).toBe(S_OK);
    await it1.clock.settle();
    expect(it1.service.myStatus).toBe(ONLINE);
  });

  it.each(['', 'two words', 'a\r\nb'])('and the same for a server %j', async (server) => {
    const it1 = stage();
    await unchanged(it1, () => expect(it1.service.signin({ ...ann, server })).toBe(E_INVALIDARG));
  });
});

describe('E_INVALIDARG for a note or an end', () => {
  it.each([
    ['note', { note: 'x'.repeat(11) }],
    ['until now', { until: start }],
    ['until the past', { until: start - 1 }],
    ['until 0', { until: 0 }],
    ['until NaN', { until: NaN }],
    ['until Infinity', { until: Infinity }],
    ['until an invalid Date', { until: new Date(NaN) }],
    ['until a past Date', { until: new Date(start - 1) }],
  ])('%s out of bounds', async (_, wish) => {
    for (const phase of some) {
      const it1 = stage({ server: { note: 10 }, policy: { remember: true } });
      await bringTo(it1, phase);
      await unchanged(it1, () => expect(it1.service.setStatus(BUSY, wish)).toBe(E_INVALIDARG));
      await unchanged(it1, () => expect(it1.service.signin(ann, wish)).toBe(E_INVALIDARG));
    }
  });

  it('but a note of exactly the limit and an end one millisecond ahead are taken', async () => {
    const it1 = stage({ server: { note: 10 } });
    await bringTo(it1, 'online');
    expect(it1.service.setStatus(BUSY, { note: 'x'.repeat(10), until: new Date(start + 1) })).toBe(S_OK);
    await it1.clock.settle();
    expect(it1.others().note).toBe('x'.repeat(10));
  });

  it('and any note where the transport has none', async () => {
    const it1 = stage({ server: { note: 0 } });
    await bringTo(it1, 'online');
    await unchanged(it1, () => expect(it1.service.setStatus(BUSY, { note: 'x' })).toBe(E_INVALIDARG));
    expect(it1.service.setStatus(BUSY)).toBe(S_OK);
  });
});

describe('A TypeError for the wrong kind of thing', () => {
  const wrong: [string, (service: Loose) => unknown][] = [
    ['signin()', (service) => service.signin()],
    ['signin(null)', (service) => service.signin(null)],
    ['signin("ann")', (service) => service.signin('ann', 'password')],
    ['signin([])', (service) => service.signin([])],
    ['signin without a name', (service) => service.signin({ password: 'x' })],
    ['signin with a name that is a number', (service) => service.signin({ name: 5 })],
    ['signin with a password that is null', (service) => service.signin({ name: 'ann', password: null })],
    ['signin with an option that is not one', (service) => service.signin({ name: 'ann', passwort: 'x' })],
    ['signin with a wish that is a number', (service) => service.signin(ann, 2)],
    ['signin with a wish that is null', (service) => service.signin(ann, null)],
    ['signin with a wish that is not one', (service) => service.signin(ann, { state: 2 })],
    ['signin with a status that is a string', (service) => service.signin(ann, { status: 'BUSY' })],
    ['signin with a note that is a number', (service) => service.signin(ann, { note: 5 })],
    ['signin with an until that is a string', (service) => service.signin(ann, { until: '2030-01-01' })],
    ['setStatus()', (service) => service.setStatus()],
    ['setStatus("BUSY")', (service) => service.setStatus('BUSY')],
    ['setStatus with options that are null', (service) => service.setStatus(BUSY, null)],
    ['setStatus with a note as options', (service) => service.setStatus(BUSY, 'note')],
    ['setStatus with an option that is not one', (service) => service.setStatus(BUSY, { text: 'x' })],
    ['setStatus with a note that is a number', (service) => service.setStatus(BUSY, { note: 5 })],
    ['setStatus with an until that is null', (service) => service.setStatus(BUSY, { until: null })],
    ['environment()', (service) => service.environment()],
    ['environment with a word', (service) => service.environment({ network: 'off' })],
    ['environment with a number', (service) => service.environment({ awake: 0 })],
    ['environment with an option that is not one', (service) => service.environment({ wifi: true })],
    ['on an event that is none', (service) => service.on('OnSignIn', () => undefined)],
    ['on with no listener', (service) => service.on('OnSignin')],
    ['on with an object', (service) => service.on('*', { handleEvent: () => undefined })],
    ['on with options that are null', (service) => service.on('*', () => undefined, null)],
    ['on with an option that is not one', (service) => service.on('*', () => undefined, { once: true })],
    ['on with a signal that is none', (service) => service.on('*', () => undefined, { signal: 5 })],
    ['notices with an option that is not one', (service) => service.notices({ limit: 5 })],
    ['notices with a signal that is none', (service) => service.notices({ signal: 5 })],
  ];
  it.each(wrong)('%s', async (_, call) => {
    for (const phase of some) {
      const it1 = stage();
      await bringTo(it1, phase);
      await unchanged(it1, () => expect(() => call(loose(it1.service))).toThrow(TypeError));
    }
  });

  it('and assigning to myStatus what is no number', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    await unchanged(it1, () => expect(() => void ((it1.service as { myStatus: unknown }).myStatus = 'BUSY')).toThrow(TypeError));
  });

  it.each([
    ['an option that is not one', { limit: 5 }],
    ['a signal that is none', { signal: 5 }],
  ])('ready with %s rejects, or throws', async (_, options) => {
    const it1 = stage();
    const call = async () => await it1.service.ready(options as { signal?: AbortSignal });
    it1.service.signin(ann);
    const outcome = call().then(
      () => 'resolved',
      (error: unknown) => error,
    );
    await it1.clock.settle();
    await expect(outcome).resolves.toBeInstanceOf(TypeError);
  });

  it('a listener whose registration threw does not hear anything', async () => {
    const it1 = stage();
    const heard: unknown[] = [];
    expect(() => loose(it1.service).on('*', (notice: unknown) => heard.push(notice), { signal: 5 })).toThrow(TypeError);
    it1.service.signin(ann);
    await it1.clock.settle();
    expect(heard).toEqual([]);
  });

  it('says what was expected and what came', () => {
    const { service } = stage();
    expect(() => loose(service).setStatus('BUSY')).toThrow(/expected a status number, got a string/);
    expect(() => loose(service).environment({ network: 'off' })).toThrow(/network: expected a boolean, got a string/);
    expect(() => loose(service).signin({ name: 'ann', passwort: 'x' })).toThrow(/"passwort" is no option; expected one of name/);
  });

  it.each([
    ['a password that is a number', { name: 'ann', password: 8675309 }],
    ['a token that is a number', { name: 'ann', token: 8675309 }],
    ['a token that is a list', { name: 'ann', token: ['8675309'] }],
    ['a token that is a bigint', { name: 'ann', token: 8675309n }],
  ])('L19 does not repeat %s', (_, credentials) => {
    const { service, server } = stage();
    let thrown: unknown;
    try {
      loose(service).signin(credentials);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TypeError);
    expect(String(thrown)).not.toContain('8675309');
    try {
      createPresenceService({ transport: server.transport(), credentials: credentials as never });
      thrown = undefined;
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TypeError);
    expect(String(thrown)).not.toContain('8675309');
  });
});

describe('A disposed service', () => {
  const calls: [string, (service: PresenceService) => unknown][] = [
    ['signin', (service) => service.signin(ann)],
    ['autoSignin', (service) => service.autoSignin()],
    ['signout', (service) => service.signout()],
    ['setStatus', (service) => service.setStatus(BUSY)],
    ['myStatus', (service) => void (service.myStatus = BUSY)],
    ['on', (service) => service.on('*', () => undefined)],
    ['notices', (service) => service.notices()],
    ['environment', (service) => service.environment({ network: true })],
    ['getPersistedSnapshot', (service) => service.getPersistedSnapshot()],
  ];
  it.each(calls)('throws MessengerError on %s', async (name, call) => {
    const it1 = stage({ credentials: ann });
    await bringTo(it1, 'online');
    await it1.service.dispose();
    expect(() => call(it1.service)).toThrow(MessengerError);
    expect(() => call(it1.service)).toThrow(name === 'myStatus' ? /disposed/ : new RegExp(`^${name}: .*disposed`));
    await it1.clock.settle();
    expect(it1.told()).toEqual([]);
    expect(it1.timers()).toBe(0);
  });

  it('rejects ready(), and can still be read', async () => {
    const it1 = stage();
    await bringTo(it1, 'busy');
    await it1.service.dispose();
    await expect(it1.service.ready()).rejects.toBeInstanceOf(MessengerError);
    expect(it1.service.myStatus).toEqual(expect.any(Number));
    expect(it1.service.presenceProperties).toHaveLength(11);
    expect(it1.service.mySigninName).toBeUndefined();
  });
});

describe('createPresenceService', () => {
  const { server, clock } = stage();
  const transport = server.transport();
  const broken = (part: Partial<Record<keyof Transport, unknown>>) => ({ ...transport, ...part });
  const table: [string, unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['no transport', {}],
    ['a transport that is null', { transport: null }],
    ['a transport that is a function', { transport: () => transport }],
    ['a transport without a name', { transport: broken({ name: undefined }) }],
    ['a transport without findServer', { transport: broken({ findServer: undefined }) }],
    ['a transport without connect', { transport: broken({ connect: 'connect' }) }],
    ['a transport without capabilities', { transport: broken({ capabilities: undefined }) }],
    ['capabilities without statuses', { transport: broken({ capabilities: { note: 0, resume: false } }) }],
    [
      'capabilities with a note limit that is no number',
      { transport: broken({ capabilities: { ...transport.capabilities, note: '9' } }) },
    ],
    ['capabilities with a negative note limit', { transport: broken({ capabilities: { ...transport.capabilities, note: -1 } }) }],
    ['capabilities with a note limit NaN', { transport: broken({ capabilities: { ...transport.capabilities, note: NaN } }) }],
    ['an option that is not one', { transport, polici: {} }],
    ['credentials that are a string', { transport, credentials: 'ann' }],
    ['credentials without a name', { transport, credentials: { password: 'x' } }],
    ['credentials with an option that is not one', { transport, credentials: { ...ann, user: 'ann' } }],
    ['credentials that are null', { transport, credentials: null }],
    ['a clock that is null', { transport, clock: null }],
    ['a clock without setTimeout', { transport, clock: { now: Date.now, clearTimeout } }],
    ['a clock whose now is a number', { transport, clock: { ...clock, now: 5 } }],
    ['random that is a number', { transport, random: 0.5 }],
    ['records that are negative', { transport, records: -1 }],
    ['records that are no whole number', { transport, records: 1.5 }],
    ['inspect that is a number', { transport, inspect: 5 }],
    ['a policy that is null', { transport, policy: null }],
    ['a policy that is a list', { transport, policy: [] }],
    ['a policy with an option that is not one', { transport, policy: { connectTimeOut: 5 } }],
    ['a limit that is a string', { transport, policy: { connectTimeout: '5' } }],
    ['a limit that is negative', { transport, policy: { connectTimeout: -1 } }],
    ['a limit that is NaN', { transport, policy: { idleAfter: NaN } }],
    ['a limit that is Infinity', { transport, policy: { signoutTimeout: Infinity } }],
    ['a limit that is null', { transport, policy: { publishTimeout: null } }],
    ['a retry that is a number', { transport, policy: { retry: 5 } }],
    ['a retry that is null', { transport, policy: { retry: null } }],
    ['a retry with an option that is not one', { transport, policy: { retry: { bass: 5 } } }],
    ['a retry with a negative cap', { transport, policy: { retry: { cap: -5 } } }],
    ['a firstTry that is none', { transport, policy: { firstTry: 'never' } }],
    ['remember that is a number', { transport, policy: { remember: 1 } }],
    ['idleFrom that is a status', { transport, policy: { idleFrom: ONLINE } }],
    ['idleFrom with a status that cannot be set', { transport, policy: { idleFrom: [IDLE] } }],
  ];
  it.each(table)('throws a TypeError at once for %s', (_, options) => {
    expect(() => createPresenceService(options as PresenceServiceOptions)).toThrow(TypeError);
  });

  it('takes undefined for what is left out', async () => {
    const it1 = stage({
      credentials: undefined,
      policy: { connectTimeout: undefined as unknown as number, retry: { base: undefined as unknown as number } },
      snapshot: undefined,
      inspect: undefined,
    });
    it1.service.signin(
      { ...ann, token: undefined as unknown as string },
      { status: undefined, note: undefined, until: undefined },
    );
    await it1.clock.settle();
    expect(it1.service.myStatus).toBe(ONLINE);
  });
});
