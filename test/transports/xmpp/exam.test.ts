/** The exam of all transports, taken by the XMPP transport over WebSocket at the loopback server. */
import { describe, it } from '@jest/globals';
import { transportConformance } from '../../../src/testing/index.js';
import type { MISTATUS } from '../../../machines/index.js';
import { startLoopbackServer } from '../../../src/transports/loopback/index.js';
import { xmppTransport } from '../../../src/transports/xmpp/index.js';
import { live } from '../../support/xmpp.js';

transportConformance(
  async () => {
    const server = await startLoopbackServer({ users: { alice: 'secret', bob: 'secret' } });
    const seen: { status: MISTATUS; note: string | undefined }[] = [];
    const other = xmppTransport({ service: server.url });
    const bob = { name: 'bob@localhost', password: 'secret' };
    const events = {
      lost: () => undefined,
      own: () => undefined,
      contact: ({ status, note }: { status: MISTATUS; note?: string }) => void seen.push({ status, note }),
    };
    const link = await other.connect(await other.findServer(bob, live), bob, events, live);
    await link.publish({ status: 2 }, live);
    return {
      transport: xmppTransport({ service: server.url }),
      account: { name: 'alice@localhost', password: 'secret' },
      wrongAccount: { name: 'alice@localhost', password: 'wrong' },
      breakLine: () => void server.drop('alice'),
      silence(isSilent) {
        server.faults.silent = isSilent ? 'open' : false;
      },
      seenByOthers: () => seen,
      openLines: () => server.sessions().filter(({ user }) => user.startsWith('alice')).length,
      async close() {
        link.drop();
        await server.close();
      },
    };
  },
  { describe, it, name: 'the XMPP transport' },
);
