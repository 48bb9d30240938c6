/** Transports at their worst: deaf to the abort, late, twice, early, throwing: an abandoned attempt changes nothing and no link is left (L07, L21, L26). */
import { describe, expect, it } from '@jest/globals';
import {
  MISTATUS,
  MSGR_E_CONNECT,
  MSGR_E_DISCONNECTED,
  MSGR_E_INVALID_PASSWORD,
  MSGR_E_LIST_FULL,
  MSGR_E_SERVER_TOO_BUSY,
  MSGR_E_UNEXPECTED,
  S_OK,
  TransportError,
  type Notice,
} from '../../src/index.js';
import { createFakeTransport, type FakeTransport, type FakeVerb } from '../support/fake-transport.js';
import { ann, breaches, brief, signedIn, stage, type Stage } from '../support/stage.js';

const steps: [FakeVerb, (fake: FakeTransport) => void][] = [
  ['findServer', (fake) => fake.last('findServer').resolve()],
  ['connect', (fake) => void fake.accept()],
  ['synchronize', (fake) => fake.last('synchronize').resolve({ resumed: false })],
  ['publish', (fake) => fake.last('publish').resolve()],
];

function act(policy = {}): { fake: FakeTransport; it1: Stage } {
  const fake = createFakeTransport();
  return { fake, it1: stage({ transport: fake.transport, policy }) };
}
/** Answers verb after verb until one is called that is named; that one waits. */
async function until(verb: FakeVerb | 'online', fake: FakeTransport, { clock }: Stage): Promise<void> {
  for (const [name, answer] of steps) {
    await clock.settle();
    if (name === verb) return;
    answer(fake);
  }
  await clock.settle();
}
const seen = (notices: readonly Notice[]) => notices.map(brief);

describe('L21 A verb that ignores its abort', () => {
  const waiting: FakeVerb[] = ['findServer', 'connect', 'synchronize', 'publish'];
  const cuts: [string, (it1: Stage) => void][] = [
    ['a sign-out', ({ service }) => void service.signout()],
    ['a hold', ({ service }) => service.environment({ network: false })],
    ['dispose', ({ service }) => void service.dispose()],
  ];
  it.each(waiting.flatMap((verb) => cuts.map(([name, cut]) => [verb, name, cut] as const)))(
    '(%s) and answers after %s changes nothing, well or badly',
    async (verb, _, cut) => {
      for (const answer of ['resolve', 'reject'] as const) {
        const { fake, it1 } = act();
        it1.service.signin(ann);
        await until(verb, fake, it1);
        const call = fake.last(verb);
        cut(it1);
        if (fake.count('close') > 0) fake.last('close').resolve();
        await it1.clock.settle();
        expect(call.signal.aborted).toBe(true);
        const before = seen(it1.notices);
        const calls = fake.calls.length;
        if (answer === 'reject') call.reject(new TransportError('signedInElsewhere'));
        else if (verb === 'connect') fake.accept();
        else call.resolve({ resumed: true });
        await it1.clock.advance(60_000);
        expect(seen(it1.notices)).toEqual(before);
        expect(fake.calls.length).toBe(calls);
        expect(fake.links.every(({ drops }) => drops > 0)).toBe(true);
        expect(it1.timers()).toBe(0);
      }
    },
  );

  it('(connect) and gives its link to the next attempt gives nothing: it is dropped, its loss is nobody’s (L26)', async () => {
    const { fake, it1 } = act();
    it1.service.signin(ann);
    await until('connect', fake, it1);
    const late = fake.last('connect');
    it1.service.environment({ network: false });
    it1.service.environment({ network: true });
    await it1.clock.advance(500);
    await until('synchronize', fake, it1);
    const mine = fake.links[0];
    expect(fake.count('connect')).toBe(2);
    let drops = 0;
    late.resolve({ ...mine, drop: () => (drops += 1) });
    await it1.clock.settle();
    late.events?.lost(new TransportError('lineLost'));
    await it1.clock.settle();
    expect(drops).toBe(1);
    expect(mine?.drops).toBe(0);
    await until('online', fake, it1);
    expect(it1.service.myStatus).toBe(MISTATUS.ONLINE);
  });

  it('(connect) after its limit is dropped too, while the next attempt goes on (L08, L26)', async () => {
    const { fake, it1 } = act({ firstTry: 'retry' });
    it1.service.signin(ann);
    await until('connect', fake, it1);
    await it1.clock.advance(15_000);
    expect(seen(it1.take()).slice(-2)).toEqual(['I(MSGR_E_LOGON_TIMEOUT) logonTimeout', 'OFFLINE logonTimeout']);
    const link = fake.accept();
    await it1.clock.settle();
    expect(link.drops).toBe(1);
    expect(it1.told()).toEqual([]);
  });

  it('(close) is left after 5 s, its link dropped', async () => {
    const { fake, it1 } = act();
    it1.service.signin(ann);
    await until('online', fake, it1);
    it1.service.signout();
    await it1.clock.advance(5_000);
    expect(fake.links[0]?.drops).toBe(1);
    fake.last('close').reject(new TransportError('lineLost'));
    await it1.clock.settle();
    expect(it1.told().slice(-1)).toEqual(['OFFLINE userRequest']);
  });

  it('(check) answers after the line was given up', async () => {
    const { fake, it1 } = act();
    it1.service.signin(ann);
    await until('online', fake, it1);
    it1.clock.jump(60_000);
    await it1.clock.advance(3_000);
    expect(it1.told().at(-1)).toBe('OFFLINE timedOut');
    fake.last('check').resolve();
    await it1.clock.settle();
    expect(it1.told()).toEqual([]);
  });
});

describe('A line that is lost', () => {
  it('in the very tick in which connect resolves is told behind OnSignin', async () => {
    const { fake, it1 } = act();
    it1.service.signin(ann);
    await until('connect', fake, it1);
    fake.accept().lose(new TransportError('lineLost'));
    await it1.clock.settle();
    expect(it1.told()).toEqual([
      ...signedIn().slice(0, 4),
      '!MSGR_E_SERVER_UNAVAILABLE SYNCHRONIZING lineLost',
      'OFFLINE lineLost',
    ]);
    expect(fake.links[0]?.drops).toBe(1);
  });

  it('twice in that tick is lost for the first reason', async () => {
    const { fake, it1 } = act();
    it1.service.signin(ann);
    await until('connect', fake, it1);
    const link = fake.accept();
    link.lose(new TransportError('lineLost'));
    link.lose(new TransportError('signedInElsewhere'));
    await it1.clock.settle();
    expect(it1.told().at(-1)).toBe('OFFLINE lineLost');
  });

  it('twice is lost once, also when the second time is in the next session', async () => {
    const { fake, it1 } = act();
    it1.service.signin(ann);
    await until('online', fake, it1);
    it1.take();
    const [link] = fake.links;
    link?.lose(new TransportError('lineLost'));
    link?.lose(new TransportError('signedInElsewhere'));
    await it1.clock.settle();
    expect(it1.told()).toEqual(['OFFLINE lineLost']);
    await it1.clock.advance(2_500);
    expect(fake.last('findServer')).toBeDefined();
    await until('online', fake, it1);
    expect(fake.last('connect').previous).toBe(link);
    link?.lose(new TransportError('signedInElsewhere'));
    await it1.clock.settle();
    expect(it1.service.myStatus).toBe(MISTATUS.ONLINE);
  });

  it('after a sign-out was asked for ends it, as it was asked for', async () => {
    const { fake, it1 } = act();
    it1.service.signin(ann);
    await until('online', fake, it1);
    it1.take();
    it1.service.signout();
    fake.links[0]?.lose(new TransportError('lineLost'));
    await it1.clock.settle();
    expect(it1.told()).toEqual(['O', 'DISCONNECTING userRequest', 'OFFLINE userRequest']);
    expect(it1.timers()).toBe(0);
  });

  it('by the word of each verb of the session is lost (L20)', async () => {
    for (const verb of ['synchronize', 'publish', 'check'] as const) {
      const { fake, it1 } = act();
      it1.service.signin(ann);
      await until(verb === 'check' ? 'online' : verb, fake, it1);
      if (verb === 'check') {
        it1.clock.jump(60_000);
        await it1.clock.advance(0);
      }
      it1.take();
      fake.last(verb).reject(new TransportError('serverShutdown'));
      await it1.clock.settle();
      expect(
        it1.take().filter(({ type, ...rest }) => type === 'OnMyStatusChange' && 'hr' in rest && rest.hr === S_OK),
      ).toMatchObject([{ mMyStatus: MISTATUS.OFFLINE, reason: 'serverShutdown' }]);
      expect(fake.links[0]?.drops).toBe(1);
    }
  });

  it('is not resumed after a sign-out: `previous` is absent then', async () => {
    const { fake, it1 } = act();
    it1.service.signin(ann);
    await until('online', fake, it1);
    it1.service.signout();
    fake.last('close').resolve();
    await it1.clock.settle();
    it1.service.signin(ann);
    await until('connect', fake, it1);
    expect(fake.last('connect').previous).toBeUndefined();
  });
});

describe('What a transport throws', () => {
  const things: [string, unknown][] = [
    ['an Error', new Error('boom')],
    ['a string', 'boom'],
    ['undefined', undefined],
    ['null', null],
    ['a number', 42],
    ['a frozen object', Object.freeze({ reason: 'invalidPassword', hr: MSGR_E_CONNECT })],
    ['an AbortError', new DOMException('aborted', 'AbortError')],
    ['a brand without a reason', Object.defineProperty({}, Symbol.for('presence-machine/TransportError'), { value: true })],
  ];
  it.each(things)('(%s) is unexpected, whether rejected or thrown at once (L07)', async (_, thrown) => {
    for (const how of ['reject', 'throw'] as const) {
      for (const verb of ['findServer', 'connect', 'synchronize', 'publish'] as const) {
        const { fake, it1 } = act();
        if (how === 'throw') {
          fake.before(verb, () => {
            throw thrown;
          });
        }
        it1.service.signin(ann);
        await until(verb, fake, it1);
        if (how === 'reject') fake.last(verb).reject(thrown);
        await it1.clock.settle();
        const isAttempt = verb === 'findServer' || verb === 'connect';
        const failure = it1.take().at(-2);
        expect(failure).toMatchObject({
          type: isAttempt ? 'OnSignin' : 'OnMyStatusChange',
          hr: MSGR_E_UNEXPECTED,
          reason: 'unexpected',
        });
        expect(fake.links.every(({ drops }) => drops > 0)).toBe(true);
      }
    }
  });

  it('as reason of a loss, if it is no TransportError, is unexpected', async () => {
    const { fake, it1 } = act();
    it1.service.signin(ann);
    await until('online', fake, it1);
    it1.take();
    fake.links[0]?.lose('gone' as unknown as TransportError);
    await it1.clock.settle();
    expect(it1.told()).toEqual(['OFFLINE unexpected']);
  });

  const codes: [string, number, number][] = [
    ['not legal in an OnSignin', MSGR_E_DISCONNECTED, MSGR_E_UNEXPECTED],
    ['of another realm', MSGR_E_LIST_FULL, MSGR_E_UNEXPECTED],
    ['a success', S_OK, MSGR_E_UNEXPECTED],
    ['no result at all', 12345, MSGR_E_UNEXPECTED],
    ['legal', MSGR_E_SERVER_TOO_BUSY, MSGR_E_SERVER_TOO_BUSY],
    ['legal and unsigned', 0x81000303, MSGR_E_INVALID_PASSWORD],
  ];
  it.each(codes)('with an hr that is %s (%i) is told as %i in OnSignin (L07)', async (_, hr, expected) => {
    for (const verb of ['findServer', 'connect'] as const) {
      const { fake, it1 } = act();
      it1.service.signin(ann);
      await until(verb, fake, it1);
      fake.last(verb).reject(new TransportError('connectFailed', { hr }));
      await it1.clock.settle();
      expect(it1.take().at(-2)).toMatchObject({ type: 'OnSignin', hr: expected, reason: 'connectFailed' });
    }
  });

  it.each([
    ['not legal there', MSGR_E_INVALID_PASSWORD, MSGR_E_UNEXPECTED],
    ['a success', S_OK, MSGR_E_UNEXPECTED],
    ['legal', MSGR_E_SERVER_TOO_BUSY, MSGR_E_SERVER_TOO_BUSY],
  ])('with an hr that is %s (%i) is told as %i of a change (L07)', async (_, hr, expected) => {
    const { fake, it1 } = act();
    it1.service.signin(ann);
    await until('online', fake, it1);
    it1.take();
    it1.service.setStatus(MISTATUS.BUSY);
    await it1.clock.settle();
    fake.last('publish').reject(new TransportError('serverUnavailable', { hr }));
    await it1.clock.settle();
    expect(it1.take()).toMatchObject([{ hr: expected, mMyStatus: MISTATUS.ONLINE, reason: 'serverUnavailable' }]);
  });
});

describe('What a transport resolves with against its types', () => {
  it.each<[FakeVerb, unknown]>([
    ['connect', undefined],
    ['connect', null],
    ['connect', {}],
    ['synchronize', undefined],
    ['synchronize', null],
    ['synchronize', { resumed: 'yes' }],
  ])('(%s with %j) brings down neither the process nor the service', async (verb, value) => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', note);
    try {
      const { fake, it1 } = act();
      it1.service.signin(ann);
      await until(verb, fake, it1);
      fake.last(verb).resolve(value);
      await it1.clock.advance(15_000);
      // Node tells of unhandled rejections only between macrotasks.
      await new Promise((resolve) => setImmediate(resolve));
      expect(unhandled).toEqual([]);
      if (it1.server.sessions.length === 0) it1.service.signout();
      if (fake.count('close') > 0) fake.last('close').resolve();
      await it1.clock.advance(5_000);
      expect(it1.timers()).toBe(0);
      expect(breaches(it1.notices, it1.times, it1.clock.now())).toEqual([]);
    } finally {
      process.off('unhandledRejection', note);
    }
  });

  it('a link that cannot be asked counts as alive', async () => {
    const fake = createFakeTransport({ check: false });
    const it1 = stage({ transport: fake.transport });
    it1.service.signin(ann);
    await until('online', fake, it1);
    it1.take();
    it1.clock.jump(3_600_000);
    await it1.clock.advance(10_000);
    expect(it1.told()).toEqual([]);
  });
});

describe('A call made inside a verb', () => {
  const verbs: FakeVerb[] = ['findServer', 'connect', 'synchronize', 'publish', 'close', 'check'];
  const doings: [string, (it1: Stage, fake: FakeTransport) => void][] = [
    ['signout', ({ service }) => void service.signout()],
    ['a hold', ({ service }) => service.environment({ network: false })],
    [
      'a hold that comes and goes',
      ({ service }) => (service.environment({ awake: false }), service.environment({ awake: true })),
    ],
    ['setStatus', ({ service }) => void service.setStatus(MISTATUS.BUSY)],
    ['signin', ({ service }) => void service.signin(ann, { status: MISTATUS.AWAY })],
    ['a loss', (_, fake) => fake.links.at(-1)?.lose(new TransportError('lineLost'))],
    ['a final loss', (_, fake) => fake.links.at(-1)?.lose(new TransportError('signedInElsewhere'))],
  ];
  it.each(verbs.flatMap((verb) => doings.map(([name, act1]) => [verb, name, act1] as const)))(
    '(%s: %s) keeps the laws, and leads to rest (L01, L05, L26, L27)',
    async (verb, _, call) => {
      const { fake, it1 } = act();
      const { service, clock } = it1;
      fake.before(verb, () => call(it1, fake));
      service.signin(ann);
      await until('online', fake, it1).catch(() => undefined);
      clock.jump(60_000);
      await clock.advance(0);
      if (fake.count('check') > 0) fake.last('check').resolve();
      await clock.advance(600);
      service.signout();
      await clock.settle();
      if (fake.count('close') > 0) fake.last('close').resolve();
      await clock.advance(5_000);
      expect(breaches(it1.notices)).toEqual([]);
      expect(service.actor.getSnapshot().value).toEqual({ offline: 'signedOut' });
      expect(fake.links.every(({ drops }) => drops > 0)).toBe(true);
      expect(it1.timers()).toBe(0);
    },
  );
});
