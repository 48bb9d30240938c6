/** A pool that is served: what a service does on a transport, its host does for every session of a pool, with the same notices and answers. */
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  answerTable,
  failureReasons,
  leaves,
  MISTATUS,
  phaseOf as phaseOfLeaf,
  reasons,
  results,
  signinResults,
  statusResults,
  type ChartNotice,
  type Reason,
  type SettableStatus,
} from '../../../machines/index.js';
import { createPresenceService, resultName, statusName, TransportError, type Transport } from '../../../src/index.js';
import { createSessionPool, servePool, type PresencePool, type ServeOptions } from '../../../src/table/pool/index.js';
import {
  answers,
  codes,
  lineReasons,
  phaseOf,
  signinFailures,
  signinReasons,
  statusFailures,
} from '../../../src/table/pool/serve-words.js';
import { createPretendClock, seededRandom, type PretendClock } from '../../../src/testing/index.js';
import { createMemoryServer } from '../../../src/transports/memory/index.js';
import { bundle } from '../../support/bundle.js';
import { createFakeTransport } from '../../support/fake-transport.js';

const { S_OK, S_FALSE, E_FAIL, E_INVALIDARG, MSGR_E_ALREADY_LOGGED_ON, MSGR_E_NOT_LOGGED_ON, MSGR_E_SERVER_TOO_BUSY } = results;
const password = 'open sesame';
const users = Object.fromEntries(['alice', 'bob', 'carol'].map((name) => [`${name}@example.org`, { password }]));
const alice = { name: 'alice@example.org', password };

const lineOf = (notice: ChartNotice): string => {
  if (notice.type === 'OnSignout') return notice.type;
  const hr = notice.hr === S_OK ? '' : ` ${resultName(notice.hr)}`;
  return notice.type === 'OnSignin' ? `OnSignin${hr} ${notice.reason}` : `${statusName(notice.mMyStatus)}${hr} ${notice.reason}`;
};
/** Notices of each session, in short. */
function hear(pool: PresencePool): (session: number) => string[] {
  const lines = new Map<number, string[]>();
  const of = (session: number) => {
    const own = lines.get(session) ?? [];
    lines.set(session, own);
    return own;
  };
  for (const type of ['OnSignin', 'OnMyStatusChange', 'OnSignout'] as const)
    pool.on(type, (notice, session) => void of(session).push(lineOf(notice)));
  return of;
}

const ends: (() => void)[] = [];
afterEach(() => ends.splice(0).forEach((end) => end()));

function stage(options: Partial<ServeOptions> = {}, server: Parameters<typeof createMemoryServer>[0] = {}) {
  const clock = createPretendClock({ now: 1_000_000 });
  const memory = createMemoryServer({ clock, users, random: () => 0.5, ...server });
  const pool = createSessionPool({ clock, random: () => 0.5 });
  const lines = hear(pool);
  const host = servePool(pool, { transport: memory.transport(), clock, ...options });
  ends.push(() => {
    host.dispose();
    pool.dispose();
  });
  return { clock, memory, pool, lines, host };
}

describe('A served pool', () => {
  it('signs in sessions from signedOut to what each wished for, with its note, and out again (L04 L05 L17)', async () => {
    const { clock, memory, pool, lines, host } = stage();
    const wishes: readonly (readonly [string, SettableStatus, string | undefined])[] = [
      ['alice', MISTATUS.BUSY, 'in a review'],
      ['bob', MISTATUS.AWAY, undefined],
      ['carol', MISTATUS.ONLINE, 'here'],
    ];
    const sessions = wishes.map(([name, status, note]) => {
      const session = pool.open();
      expect(host.signin(session, { name: `${name}@example.org`, password }, { status, note })).toBe(S_OK);
      return session;
    });
    await clock.settle();
    for (const [at, [name, status, note]] of wishes.entries()) {
      expect(memory.presenceOf(`${name}@example.org`)).toMatchObject({ status, ...(note === undefined ? {} : { note }) });
      expect(lines(sessions[at] ?? -1)).toEqual([
        'LOCAL_FINDING_SERVER progress',
        'LOCAL_CONNECTING_TO_SERVER progress',
        'OnSignin progress',
        'LOCAL_SYNCHRONIZING_WITH_SERVER progress',
        `${statusName(status)} progress`,
      ]);
    }
    const [first = -1] = sessions;
    expect(host.signout(first)).toBe(S_OK);
    await clock.settle();
    expect(lines(first).slice(5)).toEqual(['OnSignout', 'LOCAL_DISCONNECTING_FROM_SERVER userRequest', 'OFFLINE userRequest']);
    expect([memory.links, memory.undropped, host.serving]).toEqual([2, 2, 2]);
    for (const session of sessions.slice(1)) host.signout(session);
    // The pool's one timer goes when it has found nothing to do.
    await clock.advance(15_000);
    expect([memory.links, memory.undropped, host.serving, clock.timers]).toEqual([0, 0, 0, 0]);
  });

  it('L22 a wrong password is final: one OnSignin, OFFLINE, no timer, and nothing is kept', async () => {
    const { clock, memory, pool, lines, host } = stage();
    const session = pool.open();
    host.signin(session, { ...alice, password: 'wrong' }, { tries: 'retry' });
    await clock.runAll();
    expect(lines(session).slice(-2)).toEqual(['OnSignin MSGR_E_INVALID_PASSWORD invalidPassword', 'OFFLINE invalidPassword']);
    expect([memory.credentialOffers(alice.name), host.serving, clock.timers]).toEqual([1, 0, 0]);
  });

  it('L22 a first attempt that fails is tried once, or again and again where that was asked for, with the wish', async () => {
    const { clock, memory, pool, lines, host } = stage();
    const [once, again] = [pool.open(), pool.open()];
    memory.faults.refuse = true;
    host.signin(once, alice);
    host.signin(again, { ...alice, name: 'bob@example.org' }, { tries: 'retry', status: MISTATUS.BUSY, note: 'soon' });
    await clock.advance(100_000);
    memory.faults.refuse = false;
    await clock.advance(60_000);
    expect(lines(once).slice(-2)).toEqual(['OnSignin MSGR_E_CONNECT connectFailed', 'OFFLINE connectFailed']);
    expect(lines(again).filter((line) => line.startsWith('OnSignin MSGR_E_CONNECT')).length).toBeGreaterThan(3);
    expect(lines(again).at(-1)).toBe('BUSY progress');
    expect(memory.presenceOf('bob@example.org')).toMatchObject({ status: MISTATUS.BUSY, note: 'soon' });
  });

  it.each([false, true])('L23 a lost line comes back with status and note (resumed: %s)', async (resume) => {
    const { clock, memory, pool, lines, host } = stage({}, { resume });
    const session = pool.open();
    host.signin(session, alice, { status: MISTATUS.BUSY, note: 'first' });
    await clock.settle();
    expect(host.setStatus(session, MISTATUS.AWAY, { note: 'second' })).toBe(S_OK);
    await clock.settle();
    lines(session).length = 0;
    expect(memory.drop()).toBe(1);
    await clock.settle();
    expect(lines(session)).toEqual(['OFFLINE lineLost']);
    expect(host.setStatus(session, MISTATUS.OUT_TO_LUNCH, { note: 'third' })).toBe(S_FALSE);
    await clock.advance(2_500);
    expect(lines(session).at(-1)).toBe('OUT_TO_LUNCH progress');
    expect(memory.presenceOf(alice.name)).toMatchObject({ status: MISTATUS.OUT_TO_LUNCH, note: 'third' });
    const published = () => memory.log.filter(({ verb }) => verb === 'publish').length;
    const before = published();
    memory.drop();
    await clock.advance(2_500);
    expect(lines(session).at(-1)).toBe('OUT_TO_LUNCH progress');
    // What a resumed session shows already is not said again.
    expect(published() - before).toBe(resume ? 0 : 1);
    expect(memory.presenceOf(alice.name)).toMatchObject({ status: MISTATUS.OUT_TO_LUNCH, note: 'third' });
    expect([memory.links, memory.undropped]).toEqual([1, 1]);
  });

  it.each([
    ['findServer', 'findingServer', ['OnSignin MSGR_E_CANCEL cancelled', 'OFFLINE cancelled']],
    ['connect', 'connecting', ['OnSignin MSGR_E_CANCEL cancelled', 'OFFLINE cancelled']],
    ['synchronize', 'synchronizing', ['OnSignout', 'LOCAL_DISCONNECTING_FROM_SERVER userRequest', 'OFFLINE userRequest']],
    ['publish', 'synchronizing', ['OnSignout', 'LOCAL_DISCONNECTING_FROM_SERVER userRequest', 'OFFLINE userRequest']],
    ['close', 'online', ['OnSignout', 'LOCAL_DISCONNECTING_FROM_SERVER userRequest', 'OFFLINE userRequest']],
  ] as const)('L10 L26 given up while %s is silent (%s), leaves no line and no timer', async (verb, _, expected) => {
    const { clock, memory, pool, lines, host } = stage();
    const session = pool.open();
    memory.faults.silent = { [verb]: true };
    host.signin(session, alice);
    await clock.settle();
    const from = lines(session).length;
    expect(host.signout(session)).toBe(S_OK);
    await clock.advance(5_000);
    expect(lines(session).slice(from)).toEqual(expected);
    // The pool's one timer goes when it has found nothing to do.
    await clock.advance(15_000);
    expect([memory.links, memory.undropped, host.serving, clock.timers]).toEqual([0, 0, 0, 0]);
    expect(host.signout(session)).toBe(MSGR_E_NOT_LOGGED_ON);
  });

  it('L08 every limit is the pool’s: a server that is silent ends each phase in its way', async () => {
    for (const [verb, limit, expected] of [
      ['findServer', 10_000, ['OnSignin MSGR_E_INVALID_SERVER_NAME serverNotFound', 'OFFLINE serverNotFound']],
      ['connect', 15_000, ['OnSignin MSGR_E_LOGON_TIMEOUT logonTimeout', 'OFFLINE logonTimeout']],
      ['publish', 15_000, ['LOCAL_SYNCHRONIZING_WITH_SERVER MSGR_E_SERVER_UNAVAILABLE timedOut', 'OFFLINE timedOut']],
    ] as const) {
      const { clock, memory, pool, lines, host } = stage();
      const session = pool.open();
      memory.faults.silent = { [verb]: true };
      host.signin(session, alice);
      await clock.advance(limit - 1);
      const from = lines(session).length;
      await clock.advance(1);
      expect(lines(session).slice(from)).toEqual(expected);
      expect([memory.links, memory.undropped]).toEqual([0, 0]);
    }
  });

  it('L21 L26 a link that arrives after its attempt was given up is dropped, and changes nothing', async () => {
    const fake = createFakeTransport();
    const { clock, pool, lines, host } = stage({ transport: fake.transport });
    const session = pool.open();
    host.signin(session, alice);
    fake.last('findServer').resolve({});
    await clock.settle();
    const late = fake.last('connect');
    host.signout(session);
    expect(late.signal.aborted).toBe(true);
    host.signin(session, alice);
    await clock.settle();
    const link = fake.accept();
    // The former attempt's answer: `accept` answers the latest connect, which is still the former one.
    await clock.settle();
    expect(link.drops).toBe(1);
    expect(lines(session).at(-1)).toBe('LOCAL_FINDING_SERVER progress');
    expect(fake.count('findServer')).toBe(2);
  });

  it('L21 an answer to a publication that was withdrawn is nobody’s, and a loss of an old link is not heard', async () => {
    const fake = createFakeTransport();
    const { clock, pool, lines, host } = stage({ transport: fake.transport });
    const session = pool.open();
    host.signin(session, alice);
    fake.last('findServer').resolve({});
    await clock.settle();
    const link = fake.accept();
    await clock.settle();
    fake.last('synchronize').resolve({ resumed: false });
    await clock.settle();
    fake.last('publish').resolve();
    await clock.settle();
    expect(host.setStatus(session, MISTATUS.BUSY, { note: 'late' })).toBe(S_OK);
    const withdrawn = fake.last('publish');
    expect(host.setStatus(session, MISTATUS.AWAY)).toBe(MSGR_E_SERVER_TOO_BUSY);
    await clock.advance(10_000);
    expect([withdrawn.signal.aborted, lines(session).at(-1)]).toEqual([true, 'ONLINE MSGR_E_UNEXPECTED timedOut']);
    withdrawn.resolve();
    await clock.settle();
    expect(lines(session).at(-1)).toBe('ONLINE MSGR_E_UNEXPECTED timedOut');
    expect(host.setStatus(session, MISTATUS.AWAY)).toBe(S_OK);
    fake.last('publish').resolve();
    await clock.settle();
    link.lose(new TransportError('lineLost'));
    link.lose(new TransportError('serverShutdown'));
    await clock.settle();
    expect(lines(session).slice(-2)).toEqual(['AWAY userRequest', 'OFFLINE lineLost']);
    expect(link.drops).toBe(1);
    await clock.advance(2_500);
    link.lose(new TransportError('signedInElsewhere'));
    expect(lines(session).at(-1)).toBe('LOCAL_FINDING_SERVER progress');
  });

  it('a link that is lost in the turn in which it is handed over, and one that is none, end the attempt or the session', async () => {
    const fake = createFakeTransport();
    const { clock, pool, lines, host } = stage({ transport: fake.transport });
    const [one, two] = [pool.open(), pool.open()];
    host.signin(one, alice);
    fake.last('findServer').resolve({});
    await clock.settle();
    fake.accept().lose(new TransportError('policyViolation'));
    await clock.settle();
    expect(lines(one).slice(-2)).toEqual([
      'LOCAL_SYNCHRONIZING_WITH_SERVER MSGR_E_UNEXPECTED policyViolation',
      'OFFLINE policyViolation',
    ]);
    host.signin(two, alice);
    fake.last('findServer').resolve({});
    await clock.settle();
    fake.last('connect').resolve('nonsense');
    await clock.settle();
    expect(lines(two).slice(-2)).toEqual(['OnSignin MSGR_E_UNEXPECTED unexpected', 'OFFLINE unexpected']);
  });

  it('is over at once when disposed of: no link, no verb, no timer, no call', async () => {
    const { clock, memory, pool, lines, host } = stage({ concurrency: 1 });
    const sessions = [pool.open(), pool.open(), pool.open()];
    host.signin(sessions[0] ?? -1, alice);
    await clock.settle();
    memory.faults.silent = { connect: true };
    for (const [at, name] of ['bob', 'carol'].entries())
      host.signin(sessions[at + 1] ?? -1, { name: `${name}@example.org`, password });
    await clock.settle();
    const told = sessions.map((session) => lines(session).length);
    host.dispose();
    host.dispose();
    pool.dispose();
    memory.calm();
    await clock.runAll();
    expect(sessions.map((session) => lines(session).length)).toEqual(told);
    expect([memory.links, memory.undropped, host.serving, clock.timers]).toEqual([0, 0, 0, 0]);
    expect(() => host.signout(sessions[0] ?? -1)).toThrow('signout: the host has been disposed of');
  });

  it('close ends a session with its line, also past the host', async () => {
    const { clock, memory, pool, host } = stage();
    const [one, two] = [pool.open(), pool.open()];
    host.signin(one, alice);
    host.signin(two, { name: 'bob@example.org', password });
    await clock.settle();
    host.close(one);
    expect([memory.links, memory.undropped, pool.isOpen(one)]).toEqual([1, 1, false]);
    expect(() => host.signin(one, alice)).toThrow(`session ${one} is closed`);
    pool.close(two);
    expect([memory.links, memory.undropped, host.serving]).toEqual([0, 0, 0]);
  });

  it('opens no more links at one time than it was told', async () => {
    const clock = createPretendClock();
    const memory = createMemoryServer({ clock });
    memory.faults.latency = { connect: 100 };
    const inner = memory.transport();
    let most = 0;
    const opening = new Set<{ readonly signal: AbortSignal }>();
    const transport: Transport = {
      ...inner,
      async connect(...given) {
        const open = { signal: given[3] };
        opening.add(open);
        most = Math.max(most, [...opening].filter(({ signal }) => !signal.aborted).length);
        try {
          return await inner.connect(...given);
        } finally {
          opening.delete(open);
        }
      },
    };
    const pool = createSessionPool({ clock });
    const host = servePool(pool, { transport, concurrency: 3 });
    const sessions = Array.from({ length: 10 }, () => pool.open());
    for (const session of sessions) host.signin(session, { name: `user${session}@example.org`, password });
    await clock.advance(150);
    // One who gives up inside makes room at once, one outside is not let in any more.
    host.signout(sessions[3] ?? -1);
    host.signout(sessions[9] ?? -1);
    await clock.advance(300);
    expect([most, memory.links]).toEqual([3, 8]);
    host.dispose();
    pool.dispose();
    expect([memory.undropped, clock.timers]).toEqual([0, 0]);
  });

  it('asks for credentials where none were given, and once for another token when one has expired (L22)', async () => {
    const asked: number[] = [];
    const tokens = ['old', 'new'];
    const { clock, memory, pool, lines, host } = stage(
      { credentials: (session) => (asked.push(session), { name: 'tina', token: tokens[asked.length] ?? 'new' }) },
      { users: { tina: { token: 'old' } } },
    );
    memory.setUser('tina', { token: 'new' });
    const session = pool.open();
    host.signin(session, { name: 'tina', token: 'old' });
    await clock.settle();
    expect([lines(session).at(-1), asked]).toEqual(['ONLINE progress', [session]]);
    // What was renewed is what is offered from now on.
    memory.drop();
    await clock.advance(2_500);
    expect([lines(session).at(-1), asked]).toEqual(['ONLINE progress', [session]]);
    expect(lines(session).filter((line) => line.startsWith('OnSignin'))).toEqual(['OnSignin progress', 'OnSignin progress']);
    host.signout(session);
    await clock.settle();
    // Past the host: it has to ask.
    pool.send(session, { type: 'signin.request', tries: 'once' });
    await clock.settle();
    expect([lines(session).at(-1), asked.length]).toEqual(['ONLINE progress', 2]);
    expect(pool.send(session, { type: 'status.request', status: MISTATUS.BUSY })).toBe(true);
    await clock.settle();
    expect(lines(session).at(-1)).toBe('ONLINE MSGR_E_UNEXPECTED unexpected');
  });

  it.each([
    ['nothing', undefined],
    ['another name', { name: 'mallory', token: 'x' }],
    ['the same token', { name: 'tina', token: 'old' }],
  ])('L22 a renewal that brings %s ends the attempt with INVALID_PASSWORD', async (_, renewed) => {
    const { clock, memory, pool, lines, host } = stage({ credentials: () => renewed }, { users: { tina: { token: 'old' } } });
    memory.setUser('tina', { token: 'new' });
    const session = pool.open();
    host.signin(session, { name: 'tina', token: 'old' });
    await clock.settle();
    expect(lines(session).slice(-2)).toEqual(['OnSignin MSGR_E_INVALID_PASSWORD tokenExpired', 'OFFLINE tokenExpired']);
  });

  it('shows idleness with the time of the last input, and what was before when there is input again (L24)', async () => {
    const { clock, memory, pool, lines, host } = stage();
    const session = pool.open();
    host.signin(session, alice, { note: 'mine' });
    await clock.advance(50);
    const since = clock.now();
    pool.send(session, { type: 'input.ceased' });
    await clock.advance(100_000);
    memory.drop();
    await clock.advance(2_500);
    expect(lines(session).at(-1)).toBe('ONLINE progress');
    await clock.advance(300_000);
    expect(memory.sessions).toMatchObject([{ status: MISTATUS.IDLE, note: 'mine', idleSince: since }]);
    pool.send(session, { type: 'input.resumed' });
    await clock.settle();
    expect(lines(session).slice(-2)).toEqual(['IDLE userIdle', 'ONLINE userActive']);
    expect(memory.sessions[0]).not.toHaveProperty('idleSince');
  });

  it('checks a line after the clock has jumped, and loses the one that is silent', async () => {
    const { clock, memory, pool, lines, host } = stage();
    const session = pool.open();
    host.signin(session, alice);
    await clock.settle();
    pool.send(session, { type: 'clock.jumped' });
    await clock.advance(3_000);
    expect(lines(session).at(-1)).toBe('ONLINE progress');
    memory.faults.fail = { check: new TransportError('connectFailed') };
    pool.send(session, { type: 'clock.jumped' });
    await clock.settle();
    expect(lines(session).at(-1)).toBe('OFFLINE lineLost');
  });
});

describe('A call on a host', () => {
  it('L16 is answered as the model says, in every phase', () => {
    expect(answers.signin).toEqual(heads(answerTable['signin, same name']));
    expect(answers.signout).toEqual(heads(answerTable.signout));
    expect(answers.setStatus).toEqual(heads(answerTable.setStatus));
    for (const [name, hr] of Object.entries(codes)) expect([name, hr]).toEqual([name, results[name as keyof typeof results]]);
  });

  it('its lists of reasons and codes are those of the model', () => {
    const kind = (wanted: string) =>
      Object.fromEntries(Object.entries(reasons).flatMap(([name, row]) => (row.kind === wanted ? [[name, row.final]] : [])));
    expect([lineReasons, signinReasons]).toEqual([kind('line'), kind('signin')]);
    const failing = (list: readonly number[]) => new Set(list.filter((hr) => hr < 0));
    expect(new Set(signinFailures)).toEqual(failing(signinResults));
    expect(new Set(statusFailures)).toEqual(failing(statusResults));
    const { table } = createSessionPool();
    const leafOf = (value: unknown): unknown => (typeof value === 'object' && value ? leafOf(Object.values(value)[0]) : value);
    for (const value of table.values) expect([value, phaseOf(value)]).toEqual([value, phaseOfLeaf(leafOf(value) as never)]);
    expect(new Set(table.values.map(leafOf))).toEqual(new Set(leaves));
  });

  it('another name is refused, the same joins, and arguments are judged first (L13)', async () => {
    const { clock, memory, pool, host } = stage({
      transport: createMemoryServer().transport({ capabilities: { note: 4, statuses: [MISTATUS.ONLINE, MISTATUS.BUSY] } }),
    });
    const session = pool.open();
    expect(memory.links).toBe(0);
    expect(host.signin(session, { ...alice, name: 'has space' })).toBe(E_INVALIDARG);
    expect(host.signin(session, { ...alice, server: '' })).toBe(E_INVALIDARG);
    expect(host.signin(session, alice, { status: MISTATUS.INVISIBLE })).toBe(E_INVALIDARG);
    expect(host.signin(session, alice, { note: 'longer' })).toBe(E_INVALIDARG);
    expect(host.setStatus(session, MISTATUS.ONLINE)).toBe(MSGR_E_NOT_LOGGED_ON);
    expect(host.setStatus(session, 99)).toBe(E_INVALIDARG);
    expect(host.serving).toBe(0);
    expect(host.signin(session, alice)).toBe(S_OK);
    expect(host.signin(session, { name: 'bob@example.org', password })).toBe(E_FAIL);
    expect(host.signin(session, alice, { note: 'now' })).toBe(S_FALSE);
    await clock.settle();
    expect(host.signin(session, alice)).toBe(MSGR_E_ALREADY_LOGGED_ON);
    expect(host.setStatus(session, MISTATUS.AWAY)).toBe(E_INVALIDARG);
    host.signout(session);
    expect(host.signin(session, alice)).toBe(E_FAIL);
    expect(host.setStatus(session, MISTATUS.BUSY)).toBe(MSGR_E_NOT_LOGGED_ON);
  });

  it('a wrong kind of thing throws and says what was expected, without any secret (L19)', () => {
    const { pool, host } = stage();
    const session = pool.open();
    const wrong: readonly (readonly [() => unknown, string])[] = [
      [() => host.signin(session, undefined as never), 'signin: expected an object'],
      [
        () => host.signin(session, { name: 'alice', password: 31337 } as never),
        'expected password to be a string, got something of type number',
      ],
      [() => host.signin(session, { ...alice, passwd: 'x' } as never), '"passwd" is no option'],
      [() => host.signin(session, alice, { tries: 'often' } as never), "'once' or 'retry'"],
      [() => host.signin(session, alice, { note: 5 } as never), 'expected note to be a string'],
      [() => host.setStatus(session, 'BUSY' as never), 'expected a status number'],
      [() => host.signin(77, alice), 'expected a session, got 77'],
      [() => servePool(pool, {} as never), 'transport: expected a transport'],
      [
        () => servePool(pool, { transport: createMemoryServer().transport(), concurrency: 0 }),
        'concurrency: expected a whole number',
      ],
      [
        () => servePool(pool, { transport: createMemoryServer().transport(), credentials: alice } as never),
        'credentials: expected a function',
      ],
    ];
    for (const [call, message] of wrong) expect(call).toThrow(message);
    for (const [call] of wrong) expect(call).not.toThrow(/31337|open sesame/);
  });

  it('L19 neither the pool, saved or shown, nor the host when it is shown, holds a credential', async () => {
    const { clock, pool, host } = stage();
    const session = pool.open();
    host.signin(session, alice, { note: 'a note' });
    await clock.settle();
    const shown = [
      inspect(host, { depth: 9, showHidden: true }),
      JSON.stringify(host),
      JSON.stringify(pool.getPersistedSnapshot(session)),
    ];
    const saved = Buffer.from(pool.save()).toString('latin1');
    for (const text of [...shown, saved]) expect(text).not.toMatch(/open sesame|alice/);
  });
});

describe('Whatever a transport throws', () => {
  const verbs = ['findServer', 'connect', 'synchronize', 'publish', 'check', 'close'] as const;
  it.each(verbs)('from %s ends in notices that are legal (L07), and in no error', async (verb) => {
    for (const thrown of [...failureReasons, 'userIdle', undefined] as (Reason | undefined)[]) {
      for (const hr of [undefined, results.MSGR_E_SERVER_TOO_BUSY, results.MSGR_E_CANCEL, 0, 7]) {
        const { clock, memory, pool, lines, host } = stage();
        const session = pool.open();
        const error = thrown === undefined ? 'text' : new TransportError(thrown, hr === undefined ? {} : { hr });
        memory.faults.fail = { [verb]: error };
        const heard: ChartNotice[] = [];
        pool.on('OnSignin', (notice) => void heard.push(notice));
        pool.on('OnMyStatusChange', (notice) => void heard.push(notice));
        host.signin(session, alice);
        await clock.settle();
        memory.calm();
        memory.faults.fail = verb === 'publish' || verb === 'check' ? { [verb]: error } : {};
        if (verb === 'check') pool.send(session, { type: 'clock.jumped' });
        if (verb === 'close') host.signout(session);
        await clock.settle();
        for (const notice of heard)
          expect(('mMyStatus' in notice ? statusResults : signinResults) as readonly number[]).toContain(
            'hr' in notice ? notice.hr : 0,
          );
        expect(lines(session).at(-1)).toMatch(
          verb === 'publish' && thrown === 'statusRejected' ? /^(ONLINE|OFFLINE) / : /^OFFLINE /,
        );
        host.dispose();
        pool.dispose();
        expect([memory.undropped, clock.timers]).toEqual([0, 0]);
      }
    }
  });
});

describe('Beside a service', () => {
  const reasonsHere: readonly Reason[] = [
    'statusRejected',
    'connectFailed',
    'lineLost',
    'serverTooBusy',
    'invalidPassword',
    'timedOut',
  ];
  const verbs = ['findServer', 'connect', 'synchronize', 'publish'] as const;
  const statuses: readonly SettableStatus[] = [MISTATUS.ONLINE, MISTATUS.BUSY, MISTATUS.AWAY, MISTATUS.INVISIBLE];

  async function walk(seed: number, begin: (clock: PretendClock, memory: ReturnType<typeof createMemoryServer>) => Played) {
    const clock = createPretendClock();
    const memory = createMemoryServer({ clock, users, resume: seed % 2 === 0 });
    const played = begin(clock, memory);
    const random = seededRandom(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const told = { answers: [] as string[], notices: played.lines, seen: [] as string[] };
    for (let deed = 0; deed < 60; deed++) {
      const [what, status, verb, reason] = [pick([0, 1, 1, 2, 2, 2, 3, 4, 4, 5]), pick(statuses), pick(verbs), pick(reasonsHere)];
      const note = pick([undefined, 'one', 'two']);
      const wish = note === undefined ? {} : { note };
      if (what === 0) told.answers.push(`signout ${played.signout()}`);
      if (what === 1) told.answers.push(`signin ${played.signin(pick(['alice', 'alice', 'bob']), { status, ...wish })}`);
      if (what === 2) told.answers.push(`setStatus ${played.setStatus(status, wish)}`);
      if (what === 3) told.answers.push(`lost ${memory.drop()}`);
      if (what === 4) memory.next(verb, new TransportError(reason));
      if (what === 5) await clock.advance(1);
      // Now and then calls come before the answers to those before.
      if (random() < 0.2) continue;
      await clock.settle();
      told.seen.push(JSON.stringify(memory.sessions.map(({ status, note, line }) => [status, note, line])));
    }
    await clock.settle();
    played.end();
    return told;
  }
  interface Played {
    readonly lines: string[];
    signin(name: string, wish: { status: SettableStatus; note?: string }): number;
    signout(): number;
    setStatus(status: SettableStatus, wish: { note?: string }): number;
    end(): void;
  }

  it('L15 the same calls and troubles bring the same answers, notices and presence', async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const hosted = await walk(seed, (clock, memory) => {
        const pool = createSessionPool({ clock, random: () => 0 });
        const session = pool.open();
        const lines = hear(pool)(session);
        const host = servePool(pool, { transport: memory.transport(), clock });
        return {
          lines,
          signin: (name, wish) => host.signin(session, { name: `${name}@example.org`, password }, wish),
          signout: () => host.signout(session),
          setStatus: (status, wish) => host.setStatus(session, status, wish),
          end: () => (host.dispose(), pool.dispose()),
        };
      });
      const served = await walk(seed, (clock, memory) => {
        const lines: string[] = [];
        const service = createPresenceService({
          clock,
          random: () => 0,
          transport: memory.transport(),
          policy: { firstTry: 'once' },
        });
        service.on('*', (notice) => void lines.push(lineOf(notice)));
        return {
          lines,
          signin: (name, wish) => service.signin({ name: `${name}@example.org`, password }, wish),
          signout: () => service.signout(),
          // A pool has no queue: a second change is answered at once.
          setStatus: (status, wish) => (service.pending.length > 0 ? MSGR_E_SERVER_TOO_BUSY : service.setStatus(status, wish)),
          end: () => void service.dispose(),
        };
      });
      expect({ seed, ...hosted }).toEqual({ seed, ...served });
      expect(hosted.notices.length).toBeGreaterThan(20);
    }
  });
});

it('A restored pool is served on: lost lines come back, what ran is run again, waits go on, notes are asked for anew', async () => {
  const clock = createPretendClock();
  const memory = createMemoryServer({ clock, random: () => 0.5 });
  const pool = createSessionPool({ clock, random: () => 0.5 });
  const phases = ['online', 'finding', 'connecting', 'synchronizing', 'waiting', 'disconnecting', 'signedOut'] as const;
  const sessions = phases.map(() => pool.open());
  const silent = { finding: 'findServer', connecting: 'connect', synchronizing: 'synchronize', disconnecting: 'close' } as const;
  const host = servePool(pool, { transport: memory.transport(), clock });
  const nameOf = (session: number) => `user${sessions.indexOf(session)}@example.org`;
  for (const [at, phase] of phases.entries()) {
    const session = sessions[at] ?? -1;
    if (phase === 'signedOut') continue;
    memory.faults.silent = phase in silent ? { [silent[phase as keyof typeof silent]]: true } : false;
    host.signin(session, { name: nameOf(session), password }, { status: MISTATUS.BUSY, note: 'before' });
    await clock.settle();
    if (phase === 'waiting') memory.drop(nameOf(session));
    if (phase === 'disconnecting') host.signout(session);
    await clock.settle();
  }
  const saved = pool.save();
  host.dispose();
  pool.dispose();
  memory.calm();
  const again = createSessionPool.restore(saved, { clock, random: () => 0.5 });
  const lines = hear(again);
  const next = servePool(again, {
    transport: memory.transport(),
    clock,
    credentials: (session) => Promise.resolve({ name: nameOf(session), password }),
  });
  expect(lines(sessions[5] ?? -1)).toEqual(['OFFLINE userRequest']);
  expect(next.setStatus(sessions[4] ?? -1, MISTATUS.AWAY, { note: 'after' })).toBe(S_FALSE);
  await clock.advance(2_500);
  for (const at of [0, 1, 2, 3]) {
    expect([at, lines(sessions[at] ?? -1).at(-1)]).toEqual([at, 'BUSY progress']);
    expect(memory.presenceOf(`user${at}@example.org`)).toMatchObject({ status: MISTATUS.BUSY });
  }
  expect(lines(sessions[0] ?? -1)[0]).toBe('OFFLINE lineLost');
  expect(lines(sessions[1] ?? -1)[0]).toBe('LOCAL_CONNECTING_TO_SERVER progress');
  expect(lines(sessions[2] ?? -1)[0]).toBe('OnSignin progress');
  expect(memory.presenceOf('user4@example.org')).toMatchObject({ status: MISTATUS.AWAY, note: 'after' });
  expect(lines(sessions[6] ?? -1)).toEqual([]);
  expect([memory.links, memory.undropped, next.serving]).toEqual([5, 5, 5]);
  next.dispose();
  again.dispose();
  expect([memory.undropped, clock.timers]).toEqual([0, 0]);
});

it('The door of the pool, bundled with its host, has no xstate in it', async () => {
  const text = await bundle('src/table/pool/index.ts');
  expect(text).toContain('servePool');
  expect(text).not.toMatch(/["']xstate["']|createMachine/);
});

function heads(row: Readonly<Record<string, readonly [number, unknown]>>): Record<string, number> {
  return Object.fromEntries(Object.entries(row).map(([phase, [hr]]) => [phase, hr]));
}
