/** The memory server, driven through its transports under pretend time: who sees what, every fault, every abort, and what must not leak. */
import { inspect } from 'node:util';
import { describe, expect, it, jest } from '@jest/globals';
import { MISTATUS, statusName } from '../../machines/index.js';
import { createPretendClock, seededRandom } from '../../src/testing/index.js';
import { type Credentials, type Link, type LinkEvents, type Presence, TransportError } from '../../src/transport.js';
import {
  createMemoryServer,
  type Faults,
  type MemoryServer,
  type MemoryServerOptions,
  type MemoryTransportOptions,
  type Verb,
} from '../../src/transports/memory/index.js';

const live = new AbortController().signal;
const secret = 'horse-battery';

function setUp(options: MemoryServerOptions = {}) {
  const clock = createPretendClock({ now: 1_000_000 });
  return { clock, server: createMemoryServer({ clock, random: seededRandom(7), ...options }) };
}

/** A bare client: what it heard, and the steps of a sign-in. */
function client(server: MemoryServer, name: string, options: MemoryTransportOptions = {}) {
  const transport = server.transport(options);
  const heard: string[] = [];
  const events: LinkEvents = {
    lost: (error) => heard.push(`lost ${error.reason}`),
    contact: ({ name: who, status, note }) => heard.push([who, statusName(status), ...(note ? [note] : [])].join(' ')),
    own: ({ device, status }) => heard.push(`own ${device} ${statusName(status)}`),
  };
  async function connect(extra: Partial<Credentials> = { password: secret }, previous?: Link, signal = live): Promise<Link> {
    const found = await transport.findServer({ name }, signal);
    return transport.connect(found, { name, ...extra }, events, signal, previous);
  }
  async function online(status: Presence['status'] = MISTATUS.ONLINE, previous?: Link): Promise<Link> {
    const link = await connect({ password: secret }, previous);
    const { resumed } = await link.synchronize(live);
    if (!resumed) await link.publish({ status }, live);
    return link;
  }
  return { transport, heard, events, connect, online };
}

/** `ok`, the reason, or what else was thrown. */
async function outcome(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'ok',
    (error: unknown) => (TransportError.is(error) ? error.reason : error),
  );
}

async function isOpen(promise: Promise<unknown>, clock: { settle(): Promise<void> }): Promise<boolean> {
  let open = true;
  const close = (): void => void (open = false);
  promise.then(close, close);
  await clock.settle();
  return open;
}

/** Calls one verb, with all that has to come before it done. */
async function stage(server: MemoryServer, verb: Verb): Promise<(signal: AbortSignal) => Promise<unknown>> {
  const { transport, events, connect } = client(server, 'ann@home');
  if (verb === 'findServer') return (signal) => transport.findServer({ name: 'ann@home' }, signal);
  const found = await transport.findServer({ name: 'ann@home' }, live);
  if (verb === 'connect') return (signal) => transport.connect(found, { name: 'ann@home', password: secret }, events, signal);
  const link = await connect();
  if (verb === 'publish') return (signal) => link.publish({ status: MISTATUS.BUSY }, signal);
  if (verb === 'check') return (signal) => link.check?.(signal) ?? Promise.reject(new Error('no check'));
  return (signal) => link[verb](signal);
}

const allVerbs: readonly Verb[] = ['findServer', 'connect', 'synchronize', 'publish', 'check', 'close'];

describe('signing in to a memory server', () => {
  it('accepts any name with any non-empty secret when it knows no users, and counts offers', async () => {
    const { server } = setUp();
    const ann = client(server, 'ann@home');
    expect(await outcome(ann.connect({ password: 'x' }))).toBe('ok');
    expect(await outcome(ann.connect({ token: 'y' }))).toBe('ok');
    expect(await outcome(ann.connect({ password: '' }))).toBe('invalidPassword');
    expect(await outcome(ann.connect({}))).toBe('invalidPassword');
    expect(server.credentialOffers('ann@home')).toBe(4);
    expect(server.credentialOffers('bob@home')).toBe(0);
  });

  it('answers a wrong password and an unknown user alike (L11)', async () => {
    const { server } = setUp({ users: { 'ann@home': secret, 'tok@home': { token: 't1' } } });
    const told = await Promise.all(
      [
        client(server, 'ann@home').connect({ password: 'wrong' }),
        client(server, 'nobody@home').connect({ password: secret }),
        client(server, 'ann@home').connect({ token: secret }),
        client(server, 'tok@home').connect({ password: 't1' }),
        client(server, 'constructor').connect({ password: secret }),
      ].map((attempt) => attempt.catch((error: unknown) => JSON.stringify([error, String(error)]))),
    );
    expect(new Set(told).size).toBe(1);
    expect(told[0]).toContain('invalidPassword');
    expect(await outcome(client(server, 'ann@home').connect())).toBe('ok');
    expect(await outcome(client(server, 'tok@home').connect({ token: 't1' }))).toBe('ok');
  });

  it('tells an expired or replaced token from one that never was', async () => {
    const { server } = setUp({ users: { 'ann@home': { token: 't1', password: secret } } });
    const ann = client(server, 'ann@home');
    server.expireToken('t1');
    expect(await outcome(ann.connect({ token: 't1' }))).toBe('tokenExpired');
    server.setUser('ann@home', { token: 't2' });
    expect(await outcome(ann.connect({ token: 't1' }))).toBe('tokenExpired');
    expect(await outcome(ann.connect({ token: 't2' }))).toBe('ok');
    expect(await outcome(ann.connect({ token: 't3' }))).toBe('invalidPassword');
    expect(await outcome(ann.connect())).toBe('invalidPassword');
    expect(await outcome(client(server, 'bob@home').connect({ token: 't1' }))).toBe('invalidPassword');
    server.setUser('ann@home', undefined);
    expect(await outcome(ann.connect({ token: 't2' }))).toBe('invalidPassword');
  });

  it('finds only the domains that lead to it, with no server reached (L09)', async () => {
    const { server } = setUp({ domains: ['home'] });
    const { transport } = client(server, 'x');
    expect(await outcome(transport.findServer({ name: 'ann@home' }, live))).toBe('ok');
    expect(await outcome(transport.findServer({ name: 'ann@away' }, live))).toBe('serverNotFound');
    expect(await outcome(transport.findServer({ name: 'ann@away', server: 'home' }, live))).toBe('ok');
    expect(server.credentialOffers('ann@away')).toBe(0);
  });

  it('refuses a server that it did not find itself', async () => {
    const { server } = setUp();
    const other = await setUp().server.transport().findServer({ name: 'ann@home' }, live);
    const { transport, events } = client(server, 'ann@home');
    for (const foreign of [other, undefined, 'home']) {
      expect(await outcome(transport.connect(foreign, { name: 'ann@home', password: secret }, events, live))).toBe('unexpected');
    }
  });

  it('declares the settable statuses and IDLE, notes of 1024 and no resume, unless told otherwise', () => {
    const { capabilities, name } = setUp().server.transport();
    expect(name).toBe('memory');
    expect(capabilities).toEqual({ statuses: [2, 10, 14, 34, 50, 66, 6, 18], note: 1024, resume: false });
    const server = createMemoryServer({ note: 0, resume: true });
    expect(server.transport({ name: 'poor', capabilities: { statuses: [MISTATUS.ONLINE] } })).toMatchObject({
      name: 'poor',
      capabilities: { statuses: [MISTATUS.ONLINE], note: 0, resume: true },
    });
  });
});

describe('presence on a memory server', () => {
  it('shows each user to all others: what is there at synchronize, then each change', async () => {
    const { server } = setUp();
    const [ann, bob] = [client(server, 'ann@home'), client(server, 'bob@home')];
    const annLink = await ann.online(MISTATUS.BUSY);
    const bobLink = await bob.online();
    expect(bob.heard).toEqual(['ann@home BUSY']);
    await annLink.publish({ status: MISTATUS.AWAY, note: 'tea' }, live);
    await annLink.publish({ status: MISTATUS.AWAY, note: 'tea' }, live);
    await bobLink.close(live);
    await annLink.close(live);
    expect(bob.heard.slice(1)).toEqual(['ann@home AWAY tea', 'ann@home AWAY tea']);
    expect(ann.heard).toEqual(['bob@home ONLINE', 'bob@home OFFLINE']);
    expect(server.sessions).toEqual([]);
  });

  it('tells a client nothing before it has synchronized', async () => {
    const { server } = setUp();
    const ann = client(server, 'ann@home');
    const link = await ann.connect();
    await client(server, 'bob@home').online();
    expect(ann.heard).toEqual([]);
    await link.synchronize(live);
    expect(ann.heard).toEqual(['bob@home ONLINE']);
  });

  it('shows INVISIBLE as OFFLINE to others, and does not speak of it when there is no change to see', async () => {
    const { server } = setUp();
    const [ann, bob] = [client(server, 'ann@home'), client(server, 'bob@home')];
    await bob.online();
    const link = await ann.online(MISTATUS.INVISIBLE);
    expect(bob.heard).toEqual([]);
    expect(server.sessions[1]).toMatchObject({ name: 'ann@home', status: MISTATUS.INVISIBLE, line: 'open' });
    expect(server.presenceOf('ann@home').status).toBe(MISTATUS.OFFLINE);
    await link.publish({ status: MISTATUS.ONLINE }, live);
    await link.publish({ status: MISTATUS.INVISIBLE, note: 'hidden' }, live);
    link.drop();
    expect(bob.heard).toEqual(['ann@home ONLINE', 'ann@home OFFLINE']);
  });

  it('shows OFFLINE after a loss and after drop(), and drop() is silent and harmless twice', async () => {
    const { server } = setUp();
    const [ann, bob, cyd] = [client(server, 'ann@home'), client(server, 'bob@home'), client(server, 'cyd@home')];
    await bob.online();
    await ann.online();
    const cydLink = await cyd.online();
    expect(server.drop('ann@home')).toBe(1);
    cydLink.drop();
    cydLink.drop();
    expect(bob.heard.slice(2)).toEqual(['ann@home OFFLINE', 'cyd@home OFFLINE']);
    expect(ann.heard.at(-1)).toBe('lost lineLost');
    expect(cyd.heard).toEqual(['bob@home ONLINE', 'ann@home ONLINE', 'ann@home OFFLINE']);
    expect(server.links).toBe(1);
    expect(server.undropped).toBe(2);
  });

  it('refuses statuses and notes beyond the capabilities, and others see nothing of them', async () => {
    const { server } = setUp({ note: 3 });
    const link = await client(server, 'ann@home', { capabilities: { statuses: [MISTATUS.ONLINE] } }).online();
    expect(await outcome(link.publish({ status: MISTATUS.BUSY }, live))).toBe('statusRejected');
    expect(await outcome(link.publish({ status: MISTATUS.ONLINE, note: 'four' }, live))).toBe('statusRejected');
    expect(await outcome(link.publish({ status: MISTATUS.ONLINE, note: 'two', idleSince: 5 }, live))).toBe('ok');
    expect(server.presenceOf('ann@home')).toMatchObject({ status: MISTATUS.ONLINE, note: 'two', idleSince: 5 });
  });

  it('throws the old session out when the same name signs in again', async () => {
    const { server } = setUp();
    const [old, young, bob] = [client(server, 'ann@home'), client(server, 'ann@home'), client(server, 'bob@home')];
    const oldLink = await old.online();
    await bob.online();
    await young.online(MISTATUS.BUSY);
    expect(old.heard).toEqual(['bob@home ONLINE', 'lost signedInElsewhere']);
    expect(bob.heard).toEqual(['ann@home ONLINE', 'ann@home OFFLINE', 'ann@home BUSY']);
    expect(server.everOpen('ann@home')).toBe(1);
    expect(await outcome(oldLink.publish({ status: MISTATUS.AWAY }, live))).toBe('lineLost');
    expect(await outcome(oldLink.close(live))).toBe('ok');
    expect(server.presenceOf('ann@home').status).toBe(MISTATUS.BUSY);
  });

  it("with conflict 'allow' lets devices see each other, and shows others what counts most", async () => {
    const { server } = setUp({ conflict: 'allow' });
    const [desk, phone, bob] = [
      client(server, 'ann@home', { device: 'desk' }),
      client(server, 'ann@home', { device: 'phone' }),
      client(server, 'bob@home'),
    ];
    const deskLink = await desk.online(MISTATUS.AWAY);
    const phoneLink = await phone.online(MISTATUS.INVISIBLE);
    await bob.online();
    expect(phone.heard).toEqual(['own desk AWAY', 'bob@home ONLINE']);
    expect(desk.heard).toEqual(['own phone INVISIBLE', 'bob@home ONLINE']);
    expect(bob.heard).toEqual(['ann@home AWAY']);
    await phoneLink.publish({ status: MISTATUS.ONLINE }, live);
    // AWAY is what ann said, ONLINE is what a machine says of itself.
    expect(server.presenceOf('ann@home')).toMatchObject({ device: 'desk', status: MISTATUS.AWAY });
    await phoneLink.publish({ status: MISTATUS.BUSY }, live);
    expect(server.presenceOf('ann@home')).toMatchObject({ device: 'phone', status: MISTATUS.BUSY });
    await deskLink.close(live);
    expect(phone.heard.at(-1)).toBe('own desk OFFLINE');
    expect(server.everOpen('ann@home')).toBe(2);
    await client(server, 'ann@home', { device: 'phone' }).connect();
    expect(phone.heard.at(-1)).toBe('lost signedInElsewhere');
  });

  it('keeps the order of events when a listener calls the server again, and survives one that throws', async () => {
    const { server } = setUp();
    const complaint = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const [bob, cyd] = [client(server, 'bob@home'), client(server, 'cyd@home')];
    const bobLink = await bob.online();
    server.on('presence', ({ name, status }) => {
      if (name === 'ann@home' && status === MISTATUS.ONLINE) bobLink.drop();
    });
    const stop = server.on('presence', () => {
      throw new Error('bad watcher');
    });
    await cyd.online();
    await client(server, 'ann@home').online();
    stop();
    expect(complaint).toHaveBeenCalledTimes(3);
    complaint.mockRestore();
    expect(cyd.heard).toEqual(['bob@home ONLINE', 'ann@home ONLINE', 'bob@home OFFLINE']);
    expect(bob.heard).toEqual(['cyd@home ONLINE']);
  });
});

describe('faults of a memory server', () => {
  it.each<[keyof Faults, Verb, string]>([
    ['serverNotFound', 'findServer', 'serverNotFound'],
    ['refuse', 'connect', 'connectFailed'],
    ['tlsFailure', 'connect', 'tlsFailed'],
    ['versionMismatch', 'connect', 'versionMismatch'],
    ['unavailable', 'connect', 'serverUnavailable'],
    ['tooBusy', 'connect', 'serverTooBusy'],
    ['wrongPassword', 'connect', 'invalidPassword'],
    ['tokenExpired', 'connect', 'tokenExpired'],
    ['rejectStatus', 'publish', 'statusRejected'],
  ])('%s makes %s reject with %s, as often as asked or until switched off', async (fault, verb, reason) => {
    const { server } = setUp();
    const go = await stage(server, verb);
    Object.assign(server.faults, { [fault]: 2 });
    expect([await outcome(go(live)), await outcome(go(live)), await outcome(go(live))]).toEqual([reason, reason, 'ok']);
    expect(server.faults[fault]).toBe(0);
    Object.assign(server.faults, { [fault]: true });
    expect([await outcome(go(live)), await outcome(go(live))]).toEqual([reason, reason]);
    server.calm();
    expect(server.faults[fault]).toBe(false);
    expect(await outcome(go(live))).toBe('ok');
  });

  it('leaves no session behind when connect fails, and counts only credentials that were handed over', async () => {
    const { server } = setUp();
    const go = await stage(server, 'connect');
    Object.assign(server.faults, { refuse: 1, tlsFailure: 1, tooBusy: 1, wrongPassword: 1, tokenExpired: 1 });
    for (let time = 0; time < 5; time++) await outcome(go(live));
    expect(server.credentialOffers('ann@home')).toBe(2);
    expect(server.links).toBe(0);
    expect(server.undropped).toBe(0);
  });

  it('says when to come back if it is too busy, so many times', async () => {
    const { server } = setUp();
    const go = await stage(server, 'connect');
    server.faults.tooBusy = { retryAfterMs: 30_000, times: 2 };
    const errors = [await go(live).catch((error: unknown) => error), await go(live).catch((error: unknown) => error)];
    expect(errors).toMatchObject([
      { reason: 'serverTooBusy', retryAfterMs: 30_000 },
      { reason: 'serverTooBusy', retryAfterMs: 30_000 },
    ]);
    expect(server.faults.tooBusy).toBe(false);
    server.faults.unavailable = { retryAfterMs: 5 };
    for (let time = 0; time < 3; time++)
      await expect(go(live)).rejects.toMatchObject({ reason: 'serverUnavailable', retryAfterMs: 5 });
  });

  it('rejects only the listed statuses', async () => {
    const { server } = setUp();
    const link = await client(server, 'ann@home').online();
    server.faults.rejectStatus = [MISTATUS.BUSY];
    expect(await outcome(link.publish({ status: MISTATUS.BUSY }, live))).toBe('statusRejected');
    expect(await outcome(link.publish({ status: MISTATUS.AWAY }, live))).toBe('ok');
    expect(server.presenceOf('ann@home').status).toBe(MISTATUS.AWAY);
  });

  it.each(allVerbs)('fails %s with whatever is queued, in order, then with what stands in fail', async (verb) => {
    const { server } = setUp();
    const go = await stage(server, verb);
    const [first, second, standing] = [new TransportError('policyViolation', { hr: -5 }), new Error('boom'), 'a string'];
    server.next(verb, first);
    server.next(verb, second, { times: 2 });
    server.faults.fail = { [verb]: standing };
    for (const expected of [first, second, second, standing, standing])
      expect(await go(live).catch((error: unknown) => error)).toBe(expected);
    server.faults.fail = {};
    expect(await outcome(go(live))).toBe('ok');
    expect(server.log.slice(-6).map((entry) => entry.outcome)).toEqual([
      'policyViolation',
      'threw Error',
      'threw Error',
      'threw string',
      'threw string',
      'ok',
    ]);
  });

  it('can be meant for one name only', async () => {
    const { server } = setUp();
    server.faultsFor('ann@home').refuse = true;
    server.next('findServer', new TransportError('serverNotFound'), { name: 'bob@home' });
    expect(await outcome(client(server, 'ann@home').connect())).toBe('connectFailed');
    expect(await outcome(client(server, 'bob@home').connect())).toBe('serverNotFound');
    expect(await outcome(client(server, 'bob@home').connect())).toBe('ok');
    expect(server.faults.refuse).toBe(false);
  });

  it('throws on a switch or a verb that does not exist', () => {
    const { server } = setUp();
    expect(() => Object.assign(server.faults, { refused: true })).toThrow(TypeError);
    expect(() => server.next('conect' as Verb, new Error('x'))).toThrow(TypeError);
  });

  it('takes its time as told: for all verbs, by verb, drawn, computed, and slow at synchronize', async () => {
    const { server, clock } = setUp();
    const took = async (verb: Verb): Promise<number> => {
      server.calm();
      const go = await stage(server, verb);
      Object.assign(server.faults, settings);
      const start = clock.now();
      const answered = go(live).then(() => clock.now());
      await clock.runAll();
      return (await answered) - start;
    };
    let settings: Partial<Faults> = { latency: 40 };
    for (const verb of allVerbs) expect(await took(verb)).toBe(40);
    settings = { latency: { connect: 70, publish: () => 30 }, slowSync: 9_000 };
    expect([await took('findServer'), await took('connect'), await took('publish'), await took('synchronize')]).toEqual([
      0, 70, 30, 9_000,
    ]);
    settings = { latency: [100, 200] };
    const drawn = [await took('check'), await took('check'), await took('check')];
    expect(new Set(drawn).size).toBe(3);
    for (const ms of drawn) expect(ms >= 100 && ms < 200).toBe(true);
  });

  it('rejects a verb whose latency is not a time', async () => {
    const { server, clock } = setUp();
    const go = await stage(server, 'connect');
    server.faults.latency = () => Number.NaN;
    await expect(go(live)).rejects.toThrow(RangeError);
    expect(clock.timers).toBe(0);
    expect(server.everAttempting('ann@home')).toBe(1);
  });

  it('uses no timer with latency 0, on the real clock too', async () => {
    const armed = jest.spyOn(globalThis, 'setTimeout');
    const server = createMemoryServer();
    const link = await client(server, 'ann@home').online();
    await link.check?.(live);
    await link.close(live);
    expect(armed).not.toHaveBeenCalled();
    armed.mockRestore();
  });
});

describe('aborts on a memory server', () => {
  it.each(allVerbs)('end %s at once with the reason of the signal: before, under way and silent', async (verb) => {
    for (const how of ['before', 'latency', 'silent'] as const) {
      const { server, clock } = setUp();
      const go = await stage(server, verb);
      const before = server.sessions;
      if (how === 'latency') server.faults.latency = 100;
      if (how === 'silent') server.faults.silent = { [verb]: 1 };
      const controller = new AbortController();
      const reason = new Error(`given up ${how}`);
      if (how === 'before') controller.abort(reason);
      const answer = go(controller.signal);
      if (how !== 'before') {
        expect(await isOpen(answer, clock)).toBe(true);
        controller.abort(reason);
      }
      expect(await answer.catch((error: unknown) => error)).toBe(reason);
      await clock.runAll();
      expect(clock.timers).toBe(0);
      expect(server.sessions).toEqual(before);
      expect(server.log.at(-1)).toMatchObject({ verb, outcome: 'aborted' });
    }
  });

  it('between the call and its microtask leave no session behind', async () => {
    const { server, clock } = setUp();
    const go = await stage(server, 'connect');
    const controller = new AbortController();
    const answer = outcome(go(controller.signal));
    controller.abort();
    expect(await answer).toMatchObject({ name: 'AbortError' });
    await clock.settle();
    expect(server.links).toBe(0);
    expect(server.credentialOffers('ann@home')).toBe(0);
  });

  it('are not heard by a deaf verb: the link arrives late, counts, and goes when it is dropped (L21, L26)', async () => {
    const { server, clock } = setUp();
    const go = await stage(server, 'connect');
    server.faults.latency = { connect: 500 };
    server.faults.deaf = { connect: 1 };
    const controller = new AbortController();
    const answer = go(controller.signal) as Promise<Link>;
    controller.abort();
    expect(await isOpen(answer, clock)).toBe(true);
    server.faults.latency = 0;
    expect(await outcome(go(live))).toBe('ok');
    expect(server.everAttempting('ann@home')).toBe(1);
    await clock.advance(500);
    const late = await answer;
    expect(server.log.at(-1)).toMatchObject({ verb: 'connect', outcome: 'ok', late: true });
    expect([server.links, server.undropped]).toEqual([1, 2]);
    late.drop();
    expect([server.links, server.undropped]).toEqual([0, 1]);
  });

  it('of a verb that is deaf and silent at once are never answered, and leave no timer', async () => {
    const { server, clock } = setUp();
    const go = await stage(server, 'close');
    Object.assign(server.faults, { deaf: true, silent: true, latency: 10 });
    const controller = new AbortController();
    const answer = go(controller.signal);
    controller.abort();
    await clock.runAll();
    expect(await isOpen(answer, clock)).toBe(true);
    expect(clock.timers).toBe(0);
  });

  it('show when two attempts are under way at one time (L26)', async () => {
    const { server } = setUp();
    const go = await stage(server, 'connect');
    server.faults.silent = true;
    void go(live);
    void go(live);
    expect(server.everAttempting('ann@home')).toBe(2);
  });
});

describe('losses on a memory server', () => {
  it('reject the calls under way, tell lost once, and leave no timer', async () => {
    const { server, clock } = setUp();
    const ann = client(server, 'ann@home');
    const link = await ann.online();
    server.faults.latency = 100;
    const answers = [
      link.publish({ status: MISTATUS.BUSY }, live),
      link.check?.(live) ?? Promise.resolve(),
      link.close(live),
    ].map(outcome);
    await clock.settle();
    server.drop();
    server.drop();
    expect(await Promise.all(answers)).toEqual(['lineLost', 'lineLost', 'lineLost']);
    expect(ann.heard).toEqual(['lost lineLost']);
    expect(clock.timers).toBe(0);
    expect(await outcome(link.synchronize(live))).toBe('lineLost');
    expect(await outcome(link.check?.(live) ?? Promise.resolve())).toBe('lineLost');
    expect(await outcome(link.close(live))).toBe('ok');
  });

  it('reject the calls under way when the client drops, without a word', async () => {
    const { server, clock } = setUp();
    const ann = client(server, 'ann@home');
    const link = await ann.online();
    server.faults.latency = 100;
    const answer = outcome(link.publish({ status: MISTATUS.BUSY }, live));
    link.drop();
    expect(await answer).toBe('lineLost');
    expect(ann.heard).toEqual([]);
    expect(clock.timers).toBe(0);
  });

  it('are told only after connect has resolved, even when they come in the same turn', async () => {
    const { server } = setUp();
    const { transport } = client(server, 'ann@home');
    const found = await transport.findServer({ name: 'ann@home' }, live);
    const order: string[] = [];
    server.on('log', ({ verb, outcome: result }) => {
      if (verb === 'connect' && result === 'ok') server.kick('ann@home');
    });
    const events: LinkEvents = { lost: ({ reason }) => order.push(reason), contact: () => undefined, own: () => undefined };
    await transport.connect(found, { name: 'ann@home', password: secret }, events, live);
    order.push('connected');
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    expect(order).toEqual(['connected', 'signedInElsewhere']);
  });

  it('come with any error: kicked, thrown out for a policy', async () => {
    const { server } = setUp();
    const [ann, bob] = [client(server, 'ann@home'), client(server, 'bob@home')];
    await ann.online();
    await bob.online();
    expect(server.kick('ann@home')).toBe(1);
    expect(server.drop('bob@home', new TransportError('policyViolation'))).toBe(1);
    expect(server.drop('bob@home')).toBe(0);
    expect(ann.heard.at(-1)).toBe('lost signedInElsewhere');
    expect(bob.heard).toEqual(['ann@home ONLINE', 'ann@home OFFLINE', 'lost policyViolation']);
  });

  it('come to all when the server goes down, which refuses until it is up again', async () => {
    const { server, clock } = setUp({ resume: true });
    const [ann, bob] = [client(server, 'ann@home'), client(server, 'bob@home')];
    await ann.online();
    await bob.online();
    server.drop('bob@home');
    server.faults.latency = { connect: 100 };
    server.faults.tooBusy = 1;
    const early = outcome(client(server, 'cyd@home').connect());
    await clock.settle();
    server.shutdown();
    expect(ann.heard.at(-1)).toBe('lost serverShutdown');
    expect(server.sessions).toEqual([]);
    const during = outcome(client(server, 'cyd@home').connect());
    await clock.advance(100);
    expect([await early, await during]).toEqual(['serverTooBusy', 'connectFailed']);
    expect(server.running).toBe(false);
    Object.assign(server.faults, { latency: 0, tooBusy: 1 });
    expect(await outcome(client(server, 'cyd@home').connect())).toBe('connectFailed');
    expect(server.faults.tooBusy).toBe(1);
    server.restart();
    server.calm();
    expect(await outcome(ann.online())).toBe('ok');
    server.restart();
    expect(ann.heard.at(-1)).toBe('lost serverShutdown');
    expect(clock.timers).toBe(0);
  });
});

describe('resuming on a memory server', () => {
  it('keeps session, presence and device for a client that comes back in time, and tells what it missed', async () => {
    const { server, clock } = setUp({ resume: true });
    const [ann, bob, cyd] = [client(server, 'ann@home'), client(server, 'bob@home'), client(server, 'cyd@home')];
    const bobLink = await bob.online();
    const cydLink = await cyd.online();
    const first = await ann.online(MISTATUS.BUSY);
    server.drop('ann@home');
    first.drop();
    await cydLink.publish({ status: MISTATUS.AWAY }, live);
    await cydLink.close(live);
    expect(server.sessions[1]).toMatchObject({ name: 'ann@home', status: MISTATUS.BUSY, line: 'lost' });
    expect(server.links).toBe(1);
    await clock.advance(59_999);
    const heard = ann.heard.length;
    const second = await ann.connect({ password: secret }, first);
    await bobLink.publish({ status: MISTATUS.BUSY }, live);
    expect(ann.heard.slice(heard)).toEqual([]);
    expect(await second.synchronize(live)).toEqual({ resumed: true });
    expect(ann.heard.slice(heard)).toEqual(['cyd@home OFFLINE', 'bob@home BUSY']);
    expect(bob.heard.filter((line) => line.startsWith('ann'))).toEqual(['ann@home BUSY']);
    expect(await second.synchronize(live)).toEqual({ resumed: false });
    await second.close(live);
    expect(clock.timers).toBe(0);
    expect(bob.heard.at(-1)).toBe('ann@home OFFLINE');
  });

  it('tells a resumed client the last of each contact only, in the order in which it came', async () => {
    const { server } = setUp({ resume: true });
    const [ann, bob, cyd] = [client(server, 'ann@home'), client(server, 'bob@home'), client(server, 'cyd@home')];
    const first = await ann.online();
    const [bobLink, cydLink] = [await bob.online(), await cyd.online()];
    first.drop();
    await bobLink.publish({ status: MISTATUS.BUSY }, live);
    await cydLink.publish({ status: MISTATUS.BUSY }, live);
    await bobLink.publish({ status: MISTATUS.AWAY }, live);
    await (await ann.connect({ password: secret }, first)).synchronize(live);
    expect(ann.heard.slice(2)).toEqual(['cyd@home BUSY', 'bob@home AWAY']);
  });

  it('gives up a kept session when its time is over: others see OFFLINE then, and the next is a fresh one', async () => {
    const { server, clock } = setUp({ resume: true, resumeFor: 5_000 });
    const [ann, bob] = [client(server, 'ann@home'), client(server, 'bob@home')];
    await bob.online();
    const first = await ann.online();
    server.drop('ann@home');
    await clock.advance(4_999);
    expect(bob.heard).toEqual(['ann@home ONLINE']);
    await clock.advance(1);
    expect(bob.heard).toEqual(['ann@home ONLINE', 'ann@home OFFLINE']);
    const second = await ann.connect({ password: secret }, first);
    expect(await second.synchronize(live)).toEqual({ resumed: false });
    expect(clock.timers).toBe(0);
  });

  it('does not resume after a sleep longer than the time, even before its timer could fire', async () => {
    const { server, clock } = setUp({ resume: true, resumeFor: 5_000 });
    const ann = client(server, 'ann@home');
    const first = await ann.online();
    server.drop('ann@home');
    clock.jump(5_000);
    const second = await ann.connect({ password: secret }, first);
    expect(await second.synchronize(live)).toEqual({ resumed: false });
    expect(server.sessions).toHaveLength(1);
    expect(clock.timers).toBe(0);
  });

  it.each<[string, (server: MemoryServer, link: Link) => unknown]>([
    ['a goodbye', (_server, link) => link.close(live)],
    ['a kick', (server) => server.kick('ann@home')],
    ['a restart', (server) => server.restart()],
  ])('keeps nothing after %s', async (_title, leave) => {
    const { server, clock } = setUp({ resume: true });
    const ann = client(server, 'ann@home');
    const first = await ann.online();
    await leave(server, first);
    expect(server.sessions).toEqual([]);
    expect(clock.timers).toBe(0);
    const second = await ann.connect({ password: secret }, first);
    expect(await second.synchronize(live)).toEqual({ resumed: false });
  });

  it('keeps nothing when it was not asked to, when the transport cannot, or when no presence was published (L23)', async () => {
    for (const [options, transport, publish] of [
      [{}, { capabilities: { resume: true } }, true],
      [{ resume: true }, { capabilities: { resume: false } }, true],
      [{ resume: true }, {}, false],
    ] as const) {
      const { server, clock } = setUp(options);
      const ann = client(server, 'ann@home', transport);
      const first = publish ? await ann.online() : await ann.connect();
      first.drop();
      expect(server.sessions).toEqual([]);
      expect(clock.timers).toBe(0);
      const second = await ann.connect({ password: secret }, first);
      expect(await second.synchronize(live)).toEqual({ resumed: false });
    }
  });

  it('resumes a line that only the client has given up, checks the password again, and never hands it to another name', async () => {
    const { server } = setUp({ resume: true, users: { 'ann@home': secret, 'bob@home': secret } });
    const [ann, bob] = [client(server, 'ann@home'), client(server, 'bob@home')];
    const first = await ann.online();
    expect(await outcome(ann.connect({ password: 'wrong' }, first))).toBe('invalidPassword');
    expect(await (await bob.connect({ password: secret }, first)).synchronize(live)).toEqual({ resumed: false });
    const second = await ann.connect({ password: secret }, first);
    expect(await second.synchronize(live)).toEqual({ resumed: true });
    expect(ann.heard.filter((line) => line.startsWith('lost'))).toEqual([]);
    first.drop();
    expect(server.sessions.map(({ name, line }) => `${name} ${line}`)).toEqual(['ann@home open', 'bob@home open']);
    expect(server.everOpen('ann@home')).toBe(1);
  });

  it('forgets a kept session when the same name signs in afresh', async () => {
    const { server, clock } = setUp({ resume: true });
    const ann = client(server, 'ann@home');
    await ann.online(MISTATUS.BUSY);
    server.drop('ann@home');
    await ann.online(MISTATUS.AWAY);
    expect(server.sessions).toMatchObject([{ status: MISTATUS.AWAY, line: 'open' }]);
    expect(clock.timers).toBe(0);
  });
});

describe('what a memory server shows', () => {
  async function story(): Promise<readonly [readonly unknown[], readonly string[]]> {
    const { server, clock } = setUp({ resume: true, users: { 'ann@home': secret, 'bob@home': { token: secret } } });
    const [ann, bob] = [client(server, 'ann@home'), client(server, 'bob@home')];
    server.faults.latency = [10, 900];
    server.faults.wrongPassword = 1;
    const steps = (async () => {
      await outcome(ann.connect());
      const first = await ann.online(MISTATUS.BUSY);
      const bobLink = await bob.connect({ token: secret });
      await bobLink.synchronize(live);
      server.drop('ann@home');
      server.next('publish', new Error('odd'));
      await outcome(bobLink.publish({ status: MISTATUS.IDLE, idleSince: 5 }, live));
      await ann.online(MISTATUS.BUSY, first);
      server.kick('bob@home');
    })();
    await clock.runAll();
    await steps;
    return [server.log, [...ann.heard, '', ...bob.heard]];
  }

  it('is the same twice for the same script, to the millisecond', async () => {
    const [first, second] = [await story(), await story()];
    expect(second).toEqual(first);
    expect(first[0].length).toBeGreaterThan(12);
    expect(first[1]).toContain('lost lineLost');
  });

  it('holds no credential: not in the log, the server, a link, a transport or an error (L19)', async () => {
    const { server } = setUp({ users: { 'ann@home': { password: secret, token: 'horse-token' } } });
    const ann = client(server, 'ann@home');
    const errors = [await ann.connect({ password: 'horse-wrong' }).catch((error: unknown) => error)];
    server.expireToken('horse-token');
    errors.push(await ann.connect({ token: 'horse-token' }).catch((error: unknown) => error));
    const link = await ann.online();
    const everything = [server, server.log, server.sessions, link, ann.transport, ...errors, server.faultsFor('ann@home')];
    for (const thing of everything) {
      expect(inspect(thing, { depth: Infinity, getters: true, showHidden: true })).not.toContain('horse');
      expect(JSON.stringify(thing)).not.toContain('horse');
    }
    expect(JSON.stringify(server)).toContain('ann@home');
  });

  it('keeps as many log entries as asked, and tells watchers each one', async () => {
    const { server } = setUp({ logLimit: 2 });
    const seen: string[] = [];
    const stop = server.on('log', ({ verb, outcome: result }) => seen.push(`${verb} ${result}`));
    const link = await client(server, 'ann@home').online();
    stop();
    link.drop();
    expect(seen).toEqual(['findServer ok', 'connect ok', 'synchronize ok', 'publish ok']);
    expect(server.log).toEqual([
      { at: 1_000_000, verb: 'publish', name: 'ann@home', device: 'device1', status: MISTATUS.ONLINE, outcome: 'ok' },
      { at: 1_000_000, verb: 'drop', name: 'ann@home', device: 'device1', outcome: 'ok' },
    ]);
  });
});
