/** A thousand accounts on Prosody, signed in by this one process through one pool, and seen by a client that is not ours. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { MISTATUS, type SettableStatus } from '../../machines/index.js';
import { createSessionPool, servePool } from '../../src/table/pool/index.js';
import { xmppTransport } from '../../src/transports/xmpp/index.js';
import { stanza, type ForeignClient } from '../support/foreign-clients.js';
import { describeWith, prosodyAvailable, startProsody, type Prosody } from '../support/prosody.js';

const accounts = 1_000;
const shown: readonly (readonly [status: SettableStatus, show: string])[] = [
  [MISTATUS.ONLINE, 'available'],
  [MISTATUS.BUSY, 'dnd'],
  [MISTATUS.AWAY, 'away'],
];
const wishOf = (at: number) => shown[at % shown.length] ?? [MISTATUS.ONLINE, 'available'];

describeWith(prosodyAvailable)('A pool of a thousand XMPP accounts', () => {
  let prosody: Prosody;
  let alice: ForeignClient;
  beforeAll(async () => {
    prosody = await startProsody({ users: { alice: 'secret' }, crowd: accounts, plain: true, keepFor: 30 });
    alice = await stanza(prosody.websocket, 'alice@localhost', 'secret');
  }, 30_000);
  afterAll(async () => {
    await alice.signOut();
    await prosody.remove();
  });

  it('goes from signedOut to what each wished for, is lost at once, is back with statuses and notes, and signs out (L17 L23)', async () => {
    const pool = createSessionPool({ policy: { firstSpread: 2_000, cap: 4_000 } });
    const online = new Set<number>();
    let wanted = () => false;
    let look = () => {};
    pool.on('OnMyStatusChange', ({ mMyStatus }, session) => {
      if ((mMyStatus & 2) !== 0) online.add(session);
      else online.delete(session);
      if (wanted()) look();
    });
    const until = (isThere: () => boolean) =>
      new Promise<void>((resolve) => {
        wanted = isThere;
        look = resolve;
        if (isThere()) resolve();
      });
    const host = servePool(pool, { transport: xmppTransport({ service: prosody.tcp }) });
    const sessions = Array.from({ length: accounts }, () => pool.open());
    const seen = async (change: number, from: number) => {
      for (const at of sessions.keys())
        await alice.hears(`crowd${at}@localhost ${wishOf(at + change)[1]} (${change}, ${at})`, from);
    };

    // A hundred at a time: each attempt has its limit of 15 s, however busy the machine is.
    for (const [at, session] of sessions.entries()) {
      const [status] = wishOf(at);
      expect(
        host.signin(session, { name: `crowd${at}@localhost`, password: 'crowd' }, { status, note: `0, ${at}`, tries: 'retry' }),
      ).toBe(0);
      if (at % 100 === 99) await until(() => online.size === at + 1);
    }
    expect([host.serving, await prosody.sessions()]).toEqual([accounts, accounts + 1]);
    await seen(0, 0);

    const [heard, binds] = [alice.heard.length, await prosody.binds()];
    const lost = new Set<number>();
    const end = pool.on('OnMyStatusChange', ({ reason }, session) => void (reason === 'lineLost' && lost.add(session)));
    expect(await prosody.dropCrowd()).toBe(accounts);
    await until(() => lost.size === accounts && online.size === accounts);
    end();
    expect(await prosody.sessions()).toBe(accounts + 1);
    // Kept sessions were resumed (XEP-0198): nothing began anew, and the contact has seen nobody go.
    expect(await prosody.binds()).toBe(binds);
    expect(alice.heard.slice(heard).filter((text) => text.includes('unavailable'))).toEqual([]);

    for (const [at, session] of sessions.entries())
      expect(host.setStatus(session, wishOf(at + 1)[0], { note: `1, ${at}` })).toBe(0);
    await seen(1, heard);

    for (const session of sessions) expect(host.signout(session)).toBe(0);
    await until(() => host.serving === 0);
    for (const at of sessions.keys()) await alice.hears(`crowd${at}@localhost unavailable`, heard);
    expect(await prosody.sessions()).toBe(1);
    host.dispose();
    pool.dispose();
  }, 60_000);
});
