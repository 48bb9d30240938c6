/** Credentials are nowhere but in the hands of the transport: in no record, snapshot, notice, inspector message, error or line of the console (L19, M29). */
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MISTATUS, TransportError, type Credentials, type PresenceService } from '../../src/index.js';
import { ann, bringTo, phases, stage, type PhaseName, type Stage, type StageOptions } from '../support/stage.js';

const password = 'pw-53cr3t-hunter2';
const token = 'tk-53cr3t-bearer9';
const secret = '53cr3t';

/** What the chart is made of: the same for all, made before anybody signed in. */
const isDefinition = (value: object): boolean => ['StateMachine', 'StateNode'].includes(value.constructor?.name ?? '');

/** Every string that can be reached from a value: own properties, hidden ones too, entries of maps and sets. */
function strings(value: unknown, seen = new Set<unknown>(), found: string[] = []): string[] {
  if (typeof value === 'string') found.push(value);
  if (typeof value !== 'object' || value === null || seen.has(value) || isDefinition(value)) return found;
  seen.add(value);
  if (value instanceof Map || value instanceof Set) for (const entry of value) strings(entry, seen, found);
  for (const key of Reflect.ownKeys(value)) {
    if (typeof key === 'string') found.push(key);
    const property = Object.getOwnPropertyDescriptor(value, key);
    if (property && 'value' in property) strings(property.value, seen, found);
  }
  return found;
}
const leaks = (value: unknown): string[] => strings(value).filter((text) => text.includes(secret));

describe('The search for secrets', () => {
  it('finds one in hidden properties, maps, causes and circles', () => {
    const circle: Record<string, unknown> = { map: new Map([['k', [Object.defineProperty({}, 'hidden', { value: password })]]]) };
    circle['self'] = circle;
    expect(leaks(circle)).toEqual([password]);
    expect(leaks(new Error('x', { cause: new Error(token) })).length).toBeGreaterThan(0);
    expect(leaks({ name: ann.name })).toEqual([]);
  });
});

describe('L19 M29', () => {
  const printed: unknown[] = [];
  beforeEach(() => {
    printed.length = 0;
    for (const method of ['log', 'error', 'warn', 'info', 'debug', 'trace'] as const) {
      jest.spyOn(console, method).mockImplementation((...words: unknown[]) => void printed.push(words));
    }
  });
  afterEach(() => void jest.restoreAllMocks());

  /** A service of which everything that leaves is kept, as it was at the moment. */
  function watched(options: StageOptions = {}) {
    const found: string[] = [];
    const look = (where: string, value: unknown): void => {
      for (const text of leaks(value)) found.push(`${where}: ${text}`);
    };
    let events = 0;
    const it1 = stage({
      users: { [ann.name]: { password, token } },
      ...options,
      inspect: (event) => {
        events += 1;
        look(event.type, event);
      },
    });
    it1.service.on('*', (notice) => look('notice', notice));
    const search = (): string[] => {
      const { service } = it1;
      look('records', service.records);
      look('snapshot', service.getPersistedSnapshot());
      look('actor', service.actor.getSnapshot());
      look('actor, persisted', service.actor.getPersistedSnapshot());
      look('service', service);
      look('service, printed', inspect(service, { depth: 3, showHidden: true }));
      look('properties', service.presenceProperties);
      look('console', printed);
      look('log of the server', it1.server.log);
      return found;
    };
    return { it1, search, events: () => events };
  }

  /** `bringTo` signs ann in with the credentials of the stage; here with these. */
  function withSecret(it1: Stage, credentials: Credentials): Stage {
    const service = new Proxy(it1.service, {
      get(target, key) {
        if (key === 'signin')
          return (_: unknown, wish: Parameters<PresenceService['signin']>[1]) => target.signin(credentials, wish);
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    return { ...it1, service };
  }

  it.each(phases.flatMap((phase) => [[phase, 'password'] as const, [phase, 'token'] as const]))(
    'while %s with a typed %s nothing holds it',
    async (phase: PhaseName, kind) => {
      const { it1, search, events } = watched();
      const credentials = kind === 'password' ? { name: ann.name, password } : { name: ann.name, token };
      await bringTo(withSecret(it1, credentials), phase);
      expect(search()).toEqual([]);
      if (phase !== 'signedOut') expect(events()).toBeGreaterThan(1);
      it1.service.signout();
      await it1.clock.advance(10_000);
      expect(search()).toEqual([]);
    },
  );

  const failures: [string, StageOptions, (it1: Stage) => void][] = [
    ['a wrong password', { users: { [ann.name]: 'another' } }, () => undefined],
    ['an unknown user', { users: {} }, () => undefined],
    ['an expired token', {}, ({ server }) => void (server.faults.tokenExpired = true)],
    [
      'a transport that prints its arguments in the error',
      {},
      ({ server }) => server.next('connect', new Error(`401 for ${password}`)),
    ],
    [
      'a transport that throws its arguments',
      {},
      ({ server }) =>
        server.next('connect', new TransportError('connectFailed', { message: password, cause: { password, token } })),
    ],
    ['a transport that throws the credentials themselves', {}, ({ server }) => server.next('connect', { password, token })],
  ];
  it.each(failures)('after %s nothing holds it, neither the error of ready()', async (_, options, fail) => {
    for (const stored of [{ name: ann.name, password, token }, () => ({ name: ann.name, password, token })]) {
      const { it1, search } = watched({ ...options, credentials: stored, policy: { firstTry: 'once' } });
      fail(it1);
      it1.service.autoSignin();
      const failed = it1.service.ready().catch((error: unknown) => error);
      await it1.clock.advance(60_000);
      expect(it1.service.myStatus).toBe(MISTATUS.OFFLINE);
      expect(leaks(await failed)).toEqual([]);
      expect(inspect(await failed, { showHidden: true })).not.toContain(secret);
      expect(search()).toEqual([]);
    }
  });

  it('a credentials function that throws the secret is told as a reason only', async () => {
    const { it1, search } = watched({
      credentials: () => {
        throw new Error(`no keychain for ${password}`);
      },
      policy: { firstTry: 'once' },
    });
    it1.service.autoSignin();
    const failed = it1.service.ready().catch((error: unknown) => error);
    await it1.clock.advance(60_000);
    expect(leaks(await failed)).toEqual([]);
    expect(search()).toEqual([]);
  });

  it('refused calls do not repeat it', async () => {
    const { it1, search } = watched({ credentials: { name: ann.name, password } });
    const { service } = it1;
    const errors: unknown[] = [];
    const attempt = (call: () => unknown): void => {
      try {
        call();
      } catch (error) {
        errors.push(error);
      }
    };
    const odd = (credentials: object) => attempt(() => service.signin(credentials as Credentials));
    odd({ name: 5, password });
    odd({ name: ann.name, password: [password] });
    odd({ name: ann.name, password, user: password });
    odd({ name: ann.name, token: { token } });
    attempt(() => service.signin({ name: 'a b', password }));
    await bringTo(it1, 'online');
    attempt(() => service.signin({ name: ann.name, password }));
    await service.dispose();
    attempt(() => service.signin({ name: ann.name, password }));
    expect(errors).toHaveLength(5);
    expect(errors.flatMap((error) => [...leaks(error), inspect(error)]).filter((text) => text.includes(secret))).toEqual([]);
    expect(leaks(printed)).toEqual([]);
    void search;
  });

  it('notes are not in the records either', async () => {
    const { it1 } = watched();
    await bringTo(withSecret(it1, { name: ann.name, password }), 'online');
    it1.service.setStatus(MISTATUS.BUSY, { note: 'a private note' });
    await it1.clock.settle();
    expect(JSON.stringify(it1.service.records)).not.toContain('a private note');
  });
});
