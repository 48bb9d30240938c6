/**
 * Loss and return on a real server, seen by a contact with a client that is not ours: what is resumed and what is published again, client state, a
 * change that was on its way, a wrong password, and two devices of one name. Where something must not happen, long times are pretended and short
 * ones are real.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  createPresenceService,
  MISTATUS,
  resultName,
  statusName,
  type Notice,
  type PolicyOptions,
  type PresenceService,
} from '../../src/index.js';
import { createPretendClock, watch, type PretendClock } from '../../src/testing/index.js';
import { xmppTransport, type XmppOptions } from '../../src/transports/xmpp/index.js';
import { onlooker, type Onlooker } from '../siege/onlooker.js';
import { describeWith, prosodyAvailable, startProsody, type Prosody } from '../support/prosody.js';

const alice = { name: 'alice@localhost', password: 'secret' };
const resource = 'desk';
const address = `alice@localhost/${resource}`;
const note = 'in a review';
const quick: PolicyOptions = { retry: { firstSpread: 0, base: 20, cap: 20 }, idleAfter: 50 };

let prosody: Prosody;
let bob: Onlooker;
const services: PresenceService[] = [];

interface Told {
  readonly service: PresenceService;
  readonly told: readonly string[];
  /** Resolves when this has been told after so many. */
  tells(text: string, from?: number): Promise<void>;
}

/** A service with its notices in short: `BUSY userRequest`. */
function start(options: XmppOptions = {}, policy: PolicyOptions = quick, clock?: PretendClock): Told {
  const eye = watch(xmppTransport({ service: prosody.websocket, resource, ...options }), { now: () => Date.now() });
  const credentials = { ...alice, password: 'wrong' };
  const service = createPresenceService({ transport: eye.transport, policy, credentials, ...(clock ? { clock } : {}) });
  services.push(service);
  const told: string[] = [];
  const waiting = new Set<() => void>();
  service.on('*', (notice: Notice) => {
    const hr = notice.type === 'OnSignout' || notice.hr === 0 ? '' : `${resultName(notice.hr)} `;
    told.push(
      `${notice.type === 'OnMyStatusChange' ? '' : notice.type} ${hr}${notice.type === 'OnMyStatusChange' ? statusName(notice.mMyStatus) : ''} ${notice.reason}`
        .replace(/ +/g, ' ')
        .trim(),
    );
    for (const look of waiting) look();
  });
  const tells = (text: string, from = 0) =>
    new Promise<void>((found) => {
      const look = () => {
        if (!told.slice(from).includes(text)) return;
        waiting.delete(look);
        found();
      };
      waiting.add(look);
      look();
    });
  return { service, told, tells };
}
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((later) => setTimeout(later, 10));
}
/** What must not happen has three seconds for it, on the host's clock and the server's: a retry here waits 20 ms. */
const realTime = () => new Promise((later) => setTimeout(later, 3_000));
/** What each synchronization of a service came to. */
const resumed = ({ records }: PresenceService): readonly boolean[] =>
  records.flatMap(({ message }) => (message.type === 'session.synchronized' ? [message.resumed] : []));

describeWith(prosodyAvailable)('On Prosody, a session that has lost its line', () => {
  beforeAll(async () => {
    prosody = await startProsody({ users: { alice: 'secret', bob: 'secret', carol: 'secret' }, keepFor: 2 });
    bob = await onlooker(() => prosody.websocket, 'bob@localhost', 'secret', 'alice@localhost');
  }, 30_000);
  afterAll(async () => {
    await bob.stop();
    await prosody.remove();
  });
  beforeEach(() => bob.until(() => bob.devices.size === 0));
  afterEach(async () => {
    // A goodbye, so that the server does not keep the session for the next test.
    for (const service of services.splice(0)) {
      service.signout();
      await until(async () => service.myStatus === MISTATUS.OFFLINE);
      await service.dispose();
    }
  });

  describe('M19 L23 is resumed', () => {
    it.each(['websocket', 'tcp', 'held'] as const)('(%s): nothing is published again', async (kind) => {
      const tls = prosody.ca === undefined ? {} : { ca: prosody.ca };
      const { service, told, tells } = start({ service: prosody[kind === 'tcp' ? 'tcp' : 'websocket'], tls });
      service.signin(alice, { status: MISTATUS.BUSY, note });
      await service.ready();
      await bob.until(() => bob.devices.get(resource)?.note === note);
      const [from, heard, binds] = [told.length, bob.heard.length, await prosody.binds()];
      if (kind === 'held') {
        service.environment({ network: false });
        await until(async () => (await prosody.kept()) === 1);
        service.environment({ network: true });
      } else {
        expect(await prosody.dropSocket(address)).toBe(1);
      }
      await tells('BUSY progress', from);
      expect(told[from]).toBe(kind === 'held' ? 'OFFLINE networkOff' : 'OFFLINE lineLost');
      expect(resumed(service)).toEqual([false, true]);
      // One more change, which proves that nothing came before it.
      service.setStatus(MISTATUS.ON_THE_PHONE, { note: 'hello' });
      await bob.until(() => bob.devices.get(resource)?.note === 'hello');
      expect(bob.heard.slice(heard)).toEqual(['dnd (hello)']);
      expect(await prosody.binds()).toBe(binds);
    });

    it('and hears what contacts did meanwhile', async () => {
      const carol = start({ resource: 'carol' });
      carol.service.signin({ name: 'carol@localhost', password: 'secret' });
      await carol.service.ready();
      const heard: string[] = [];
      const transport = xmppTransport({ service: prosody.websocket, resource });
      const events = {
        lost: () => heard.push('lost'),
        own: () => undefined,
        contact: ({ name, status }: { name: string; status: MISTATUS }) => heard.push(`${name} ${statusName(status)}`),
      };
      const { signal } = new AbortController();
      const server = await transport.findServer(alice, signal);
      const link = await transport.connect(server, alice, events, signal);
      await link.synchronize(signal);
      await link.publish({ status: MISTATUS.ONLINE }, signal);
      await until(async () => heard.includes('carol@localhost ONLINE'));
      link.drop();
      await until(async () => (await prosody.kept()) === 1);
      carol.service.setStatus(MISTATUS.OUT_TO_LUNCH);
      await carol.tells('OUT_TO_LUNCH userRequest');
      expect(heard).not.toContain('carol@localhost OUT_TO_LUNCH');
      const next = await transport.connect(server, alice, events, signal, link);
      expect(await next.synchronize(signal)).toEqual({ resumed: true });
      await until(async () => heard.includes('carol@localhost OUT_TO_LUNCH'));
      expect(heard).not.toContain('lost');
      await next.close(signal);
    });
  });

  describe('M19 L23 is not kept', () => {
    it('and then status and note are published', async () => {
      const { service, told, tells } = start();
      service.signin(alice, { status: MISTATUS.BUSY, note });
      await service.ready();
      await bob.until(() => bob.devices.get(resource)?.note === note);
      const [from, heard] = [told.length, bob.heard.length];
      // A stream that ends in an error takes the session with it.
      await prosody.closeStream(address, 'reset');
      await tells('BUSY progress', from);
      await bob.until(() => bob.devices.get(resource)?.note === note);
      expect(resumed(service)).toEqual([false, false]);
      expect(bob.heard.slice(heard)).toEqual([expect.stringMatching(/^unavailable/), `dnd (${note})`]);
    });

    it('and then the idle mark is published too, with the same time (M20 L24)', async () => {
      const { service, told, tells } = start();
      service.signin(alice, { status: MISTATUS.ONLINE, note });
      await service.ready();
      service.environment({ userActive: false });
      await tells('IDLE userIdle');
      await bob.until(() => bob.devices.get(resource)?.idleSince !== undefined);
      const since = bob.devices.get(resource)?.idleSince;
      const [from, heard] = [told.length, bob.heard.length];
      await prosody.closeStream(address, 'reset');
      await tells('IDLE progress', from);
      await bob.until(() => bob.heard.length >= heard + 2 && bob.devices.size === 1);
      expect(bob.devices.get(resource)).toEqual({ show: 'away', note, idleSince: since });
    });

    it('after a sign-out: the next sign-in is a new session', async () => {
      const { service, tells } = start();
      service.signin(alice, { status: MISTATUS.BUSY, note });
      await service.ready();
      service.signout();
      await tells('OFFLINE userRequest');
      expect([await prosody.sessions(), await prosody.kept()]).toEqual([1, 0]);
      const binds = await prosody.binds();
      service.signin(alice);
      await service.ready();
      expect(await prosody.binds()).toBe(binds + 1);
    });
  });

  it('M20 tells the client state again, resumed or fresh', async () => {
    const { service, told, tells } = start();
    const from = (await prosody.clientStates()).length;
    const states = async () => (await prosody.clientStates()).slice(from);
    service.signin(alice);
    await service.ready();
    service.environment({ userActive: false });
    await tells('IDLE userIdle');
    await until(async () => (await states()).length === 1);
    let mark = told.length;
    await prosody.dropSocket(address);
    await tells('IDLE progress', mark);
    await until(async () => (await states()).length === 2);
    mark = told.length;
    await prosody.closeStream(address, 'reset');
    await tells('IDLE progress', mark);
    await until(async () => (await states()).length === 3);
    expect(resumed(service)).toEqual([false, true, false]);
    service.environment({ userActive: true });
    await tells('ONLINE userActive');
    expect(await states()).toEqual(['alice inactive', 'alice inactive', 'alice inactive', 'alice active']);
  });

  it('L14 L23 while a change was on its way: that is answered with DISCONNECTED, and others end up seeing what was before', async () => {
    const { service, told, tells } = start();
    service.signin(alice, { status: MISTATUS.BUSY, note });
    await service.ready();
    const from = told.length;
    prosody.freeze();
    service.setStatus(MISTATUS.AWAY, { note: 'gone' });
    await new Promise((turn) => setTimeout(turn, 50));
    service.environment({ network: false });
    await tells('OFFLINE networkOff', from);
    expect(told.slice(from)).toEqual(['MSGR_E_DISCONNECTED BUSY networkOff', 'OFFLINE networkOff']);
    prosody.thaw();
    await until(async () => (await prosody.kept()) === 1);
    service.environment({ network: true });
    await tells('BUSY progress', from);
    service.setStatus(MISTATUS.BUSY, { note: 'done' });
    await bob.until(() => bob.devices.get(resource)?.note === 'done');
    // Whether the change had arrived is the server's luck; the last word before 'done' is not.
    expect(bob.heard.slice(-2)).toEqual([`dnd (${note})`, 'dnd (done)']);
  });

  it('M12 L22 a wrong password is offered once, also in 30 pretended seconds, by calls that retry everything', async () => {
    const clock = createPretendClock({ now: Date.now() });
    const { service, told, tells } = start({}, { ...quick, firstTry: 'retry' }, clock);
    const offered = async () => prosody.logons();
    for (const signIn of [() => service.signin({ ...alice, password: 'wrong' }), () => service.autoSignin()]) {
      const [before, from] = [await offered(), told.length];
      expect(signIn()).toBe(0);
      await tells('OnSignin MSGR_E_INVALID_PASSWORD invalidPassword', from);
      await tells('OFFLINE invalidPassword', from);
      expect(clock.timers).toBe(0);
      for (let second = 0; second < 30; second++) {
        await clock.advance(1_000);
        // The world has its turns too.
        await new Promise((turn) => setTimeout(turn, 5));
      }
      expect((await offered()) - before).toBe(1);
      expect(told.slice(from)).toHaveLength(4);
    }
  });

  it('M12 L22 a wrong password is offered once in 3 s of real time, in which a client that retries has offered it a hundred times', async () => {
    const [asked, unattended] = [start({}, { ...quick, firstTry: 'retry' }), start({}, { ...quick, firstTry: 'retry' })];
    const before = await prosody.logons();
    expect(asked.service.signin({ ...alice, password: 'wrong' })).toBe(0);
    expect(unattended.service.autoSignin()).toBe(0);
    const both = [asked, unattended];
    await Promise.all(both.map(({ tells }) => tells('OFFLINE invalidPassword')));
    await realTime();
    expect((await prosody.logons()) - before).toBe(2);
    expect(both.map(({ told }) => told.length)).toEqual([4, 4]);
  }, 20_000);

  it('M14 two services on one resource: one kick, then quiet for 3 s of real time, in which a duel has a hundred rounds', async () => {
    const [one, two] = [start(), start()];
    one.service.signin(alice, { status: MISTATUS.ONLINE });
    await one.tells('ONLINE progress');
    const [binds, logons] = [await prosody.binds(), await prosody.logons()];
    two.service.signin(alice, { status: MISTATUS.BUSY, note });
    await Promise.all([one.tells('OFFLINE signedInElsewhere'), two.tells('BUSY progress')]);
    const told = one.told.length + two.told.length;
    await realTime();
    expect([await prosody.binds(), await prosody.logons()]).toEqual([binds + 1, logons + 1]);
    expect(one.told.length + two.told.length).toBe(told);
    expect(one.service.getPersistedSnapshot()).toMatchObject({ state: 'signedOut' });
    expect(two.service.myStatus).toBe(MISTATUS.BUSY);
    await bob.until(() => bob.devices.get(resource)?.note === note);
  }, 20_000);

  it.each(['active', 'idle'])(
    'M14 two services on one resource: one kick, then quiet for 10 pretended seconds (the first one %s)',
    async (user) => {
      const clock = createPretendClock({ now: Date.now() });
      const [one, two] = [start({}, quick, clock), start({}, quick, clock)];
      one.service.signin(alice, { status: MISTATUS.ONLINE });
      await one.tells('ONLINE progress');
      if (user === 'idle') {
        one.service.environment({ userActive: false });
        await clock.advance(50);
        await one.tells('IDLE userIdle');
        await until(async () => (await prosody.clientStates()).at(-1) === 'alice inactive');
      }
      const [binds, logons] = [await prosody.binds(), await prosody.logons()];
      two.service.signin(alice, { status: MISTATUS.BUSY, note });
      await Promise.all([one.tells('OFFLINE signedInElsewhere'), two.tells('BUSY progress')]);
      const told = one.told.length + two.told.length;
      for (let tenth = 0; tenth < 100; tenth++) {
        await clock.advance(100);
        await new Promise((turn) => setTimeout(turn, 2));
      }
      expect([await prosody.binds(), await prosody.logons()]).toEqual([binds + 1, logons + 1]);
      expect(one.told.length + two.told.length).toBe(told);
      expect(one.service.getPersistedSnapshot()).toMatchObject({ state: 'signedOut' });
      expect(two.service.myStatus).toBe(MISTATUS.BUSY);
    },
  );
});
