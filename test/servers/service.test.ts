/** The whole way on a real server: app, service, chart, XMPP, Prosody; and a second account with a client that is not ours. */
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import {
  createPresenceService,
  MISTATUS,
  resultName,
  statusName,
  type Notice,
  type PolicyOptions,
  type PresenceService,
  type SettableStatus,
} from '../../src/index.js';
import { watch } from '../../src/testing/index.js';
import { xmppTransport, type XmppOptions } from '../../src/transports/xmpp/index.js';
import { stanza, type ForeignClient } from '../support/foreign-clients.js';
import { describeWith, prosodyAvailable, startProsody, type Prosody } from '../support/prosody.js';
import { handles, moreThan, startStub, turns } from '../support/xmpp.js';

const password = 'correct horse battery staple';
const alice = { name: 'alice@localhost', password };
const quick: PolicyOptions = { retry: { firstSpread: 0, base: 20, cap: 20 }, idleAfter: 50 };
const clock = { now: () => Date.now() };

let prosody: Prosody;
let service: PresenceService | undefined;

/** A service with its notices in short: `OnSignin MSGR_E_CANCEL cancelled`, `BUSY userRequest`. */
function start(options: XmppOptions = {}, policy: PolicyOptions = quick) {
  const eye = watch(xmppTransport({ service: prosody.websocket, ...options }), clock);
  const started = createPresenceService({ transport: eye.transport, policy });
  service = started;
  const told: string[] = [];
  const waiting = new Set<() => void>();
  started.on('*', (notice: Notice) => {
    if (notice.type === 'OnSignin') told.push(`OnSignin ${resultName(notice.hr)} ${notice.reason}`);
    else if (notice.type === 'OnSignout') told.push('OnSignout');
    else told.push(`${notice.hr === 0 ? '' : `${resultName(notice.hr)} `}${statusName(notice.mMyStatus)} ${notice.reason}`);
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
  return { service: started, told, tells, eye };
}

describeWith(prosodyAvailable)('A service on Prosody', () => {
  let bob: ForeignClient;
  beforeAll(async () => {
    prosody = await startProsody({ users: { alice: password, bob: password } });
    bob = await stanza(prosody.websocket, 'bob@localhost', password);
    bob.show('');
  }, 30_000);
  afterAll(async () => {
    await bob.signOut();
    await prosody.remove();
  });
  afterEach(() => service?.dispose());

  it('M21 shows the contact at sign-in, hears each change with the status before, and has it OFFLINE when the line is lost', async () => {
    const { service: app, tells } = start();
    const heard: string[] = [];
    let look = (): void => undefined;
    app.on('OnContactStatusChange', ({ contact, previous, current }) => {
      heard.push(`${contact.name} ${statusName(previous)} ${statusName(current)}`);
      look();
    });
    const hears = (text: string) =>
      new Promise<void>((found) => {
        look = () => {
          if (heard.includes(text)) found();
        };
        look();
      });
    app.signin(alice);
    await hears('bob@localhost OFFLINE ONLINE');
    expect(app.contacts.get('bob@localhost')?.status).toBe(MISTATUS.ONLINE);
    bob.show('dnd');
    await hears('bob@localhost ONLINE BUSY');
    bob.show('');
    await hears('bob@localhost BUSY ONLINE');
    app.environment({ network: false });
    await tells('OFFLINE networkOff');
    await hears('bob@localhost ONLINE OFFLINE');
    expect(app.contacts.get('bob@localhost')?.status).toBe(MISTATUS.OFFLINE);
  }, 20_000);

  it('signs in from signedOut to busy, and signs out to signedOut, seen by a foreign client within 1 s (T1 T15 M02 M09 M32 L17)', async () => {
    const { service, told, tells, eye } = start();
    expect(service.signin(alice, { status: MISTATUS.BUSY, note: 'in a review' })).toBe(0);
    await service.ready();
    await bob.hears('alice@localhost dnd (in a review)');
    expect(told).toEqual([
      'LOCAL_FINDING_SERVER progress',
      'LOCAL_CONNECTING_TO_SERVER progress',
      'OnSignin S_OK progress',
      'LOCAL_SYNCHRONIZING_WITH_SERVER progress',
      'BUSY progress',
    ]);
    const heard = bob.heard.length;
    const at = Date.now();
    expect(service.signout()).toBe(0);
    await bob.hears('alice@localhost unavailable', heard);
    expect(Date.now() - at).toBeLessThan(1_000);
    await tells('OFFLINE userRequest');
    expect(told.slice(5)).toEqual(['OnSignout', 'LOCAL_DISCONNECTING_FROM_SERVER userRequest', 'OFFLINE userRequest']);
    expect(eye.links).toBe(0);
  });

  it.each([
    ['T2 L11 a wrong password', { password: 'wrong' }, {}, 'OnSignin MSGR_E_INVALID_PASSWORD invalidPassword'],
    ['T2 L11 an unknown user', { name: 'mallory@localhost' }, {}, 'OnSignin MSGR_E_INVALID_PASSWORD invalidPassword'],
    [
      'T3 L09 an unknown host',
      {},
      { service: 'ws://nowhere.invalid/xmpp' },
      'OnSignin MSGR_E_INVALID_SERVER_NAME serverNotFound',
    ],
  ])('%s ends in signedOut with one OnSignin', async (_, account, options, expected) => {
    const { service, told, tells } = start(options);
    service.signin({ ...alice, ...account });
    await tells(expected);
    await tells(`OFFLINE ${expected.split(' ').at(-1)}`);
    expect(told.filter((text) => text.startsWith('OnSignin'))).toEqual([expected]);
  });

  it('T4 a refused port ends in signedOut with CONNECT', async () => {
    const gone = await startStub('tcp');
    await gone.close();
    const { service, tells } = start({ service: `xmpp://127.0.0.1:${gone.port}` });
    service.signin(alice);
    await tells('OnSignin MSGR_E_CONNECT connectFailed');
    await tells('OFFLINE connectFailed');
  });

  it.each(['ws', 'tcp'] as const)(
    'T5 L08 a server that accepts %s and never answers ends connecting with LOGON_TIMEOUT',
    async (kind) => {
      const stub = await startStub(kind, { upgrade: { silent: true }, open: { silent: true } });
      const before = handles();
      const url = kind === 'ws' ? `ws://127.0.0.1:${stub.port}/xmpp-websocket` : `xmpp://127.0.0.1:${stub.port}`;
      const { service, tells, told } = start({ service: url }, { ...quick, connectTimeout: 150 });
      service.signin(alice);
      await tells('OnSignin MSGR_E_LOGON_TIMEOUT logonTimeout');
      await tells('OFFLINE logonTimeout');
      expect(told).toHaveLength(4);
      await service.dispose();
      await turns();
      expect(moreThan(before)).toEqual({});
      await stub.close();
    },
  );

  it('T6 L10 M07 is given up at every 5 ms from 0 to 500 ms, and every time ends in signedOut with nothing left (L26 L27)', async () => {
    const rounds = Array.from({ length: 101 }, (_, index) => index * 5);
    const giveUp = async (ms: number) => {
      const eye = watch(xmppTransport({ service: prosody.websocket, resource: `cancel${ms}` }), clock);
      const one = createPresenceService({ transport: eye.transport, policy: { signoutTimeout: 2_000 } });
      const statuses: string[] = [];
      const isOffline = new Promise<void>((done) => {
        one.on('OnMyStatusChange', ({ mMyStatus }) => {
          statuses.push(statusName(mMyStatus));
          if (mMyStatus === MISTATUS.OFFLINE) done();
        });
      });
      one.signin(alice);
      await new Promise((later) => setTimeout(later, ms));
      expect(one.signout()).toBe(0);
      await isOffline;
      expect(one.getPersistedSnapshot()).toMatchObject({ state: 'signedOut' });
      expect(eye.links).toBe(0);
      await one.dispose();
      return statuses.at(-1);
    };
    const uncaught: unknown[] = [];
    const note = (error: unknown) => void uncaught.push(error);
    process.on('unhandledRejection', note);
    // Twenty at a time: the moments are spread over the whole sign-in, which is slower then, so that they fall into every phase.
    for (let first = 0; first < rounds.length; first += 20) {
      const ended = await Promise.all(rounds.slice(first, first + 20).map(giveUp));
      expect(new Set(ended)).toEqual(new Set(['OFFLINE']));
    }
    await turns();
    process.off('unhandledRejection', note);
    expect(uncaught).toEqual([]);
    while ((await prosody.sessions()) > 1) await new Promise((later) => setTimeout(later, 5));
  }, 60_000);

  it.each<[SettableStatus | typeof MISTATUS.IDLE, string]>([
    [MISTATUS.BUSY, 'dnd'],
    [MISTATUS.BE_RIGHT_BACK, 'away'],
    [MISTATUS.AWAY, 'away'],
    [MISTATUS.ON_THE_PHONE, 'dnd'],
    [MISTATUS.OUT_TO_LUNCH, 'xa'],
    [MISTATUS.INVISIBLE, 'unavailable'],
    [MISTATUS.ONLINE, 'available'],
    [MISTATUS.IDLE, 'away'],
  ])('T11 M21 L03 status %s is seen by a foreign client as %s', async (status, show) => {
    const { service, tells } = start();
    service.signin(alice, { status: status === MISTATUS.ONLINE ? MISTATUS.BUSY : MISTATUS.ONLINE });
    await service.ready();
    const from = bob.heard.length;
    if (status === MISTATUS.IDLE) service.environment({ userActive: false });
    else expect(service.setStatus(status, { note: `as ${show}` })).toBe(0);
    await tells(`${statusName(status)} ${status === MISTATUS.IDLE ? 'userIdle' : 'userRequest'}`);
    await bob.hears(`alice@localhost ${show}`, from);
  });

  it('T16 L20 L23 M17 is online as busy, loses its server, and comes back busy with its note when the server is back', async () => {
    const { service, told, tells } = start();
    service.signin(alice, { status: MISTATUS.BUSY, note: 'writing' });
    await service.ready();
    const from = told.length;
    await prosody.restart();
    bob = await stanza(prosody.websocket, 'bob@localhost', password);
    bob.show('');
    await tells('BUSY progress', from);
    expect(told[from]).toMatch(/^OFFLINE (lineLost|serverShutdown)$/);
    await bob.hears('alice@localhost dnd (writing)');
  }, 30_000);

  it('L19 M29 the password is in no record, notice or snapshot', async () => {
    const { service, told, eye } = start();
    service.signin(alice);
    await service.ready();
    const text = JSON.stringify([
      service.records,
      told,
      service.getPersistedSnapshot(),
      service.actor.getPersistedSnapshot(),
      eye.seen,
    ]);
    expect(text).not.toContain(password);
  });
});
