/** The same exam for every transport: in the same process, and over real XMPP. */
import { describe, it } from '@jest/globals';
import { MISTATUS } from '../../src/index.js';
import { transportConformance, type Examinee } from '../../src/testing/index.js';
import { startLoopbackServer } from '../../src/transports/loopback/index.js';
import { createMemoryServer } from '../../src/transports/memory/index.js';
import { xmppTransport } from '../../src/transports/xmpp/index.js';
import type { Link } from '../../src/transport.js';

type Sight = { readonly status: MISTATUS; readonly note?: string | undefined };

transportConformance(
  () => {
    const server = createMemoryServer({ users: { alice: 'secret' } });
    const seen: Sight[] = [];
    server.on('presence', (presence) => {
      if (presence.name === 'alice') seen.push(presence);
    });
    return {
      transport: server.transport(),
      account: { name: 'alice', password: 'secret' },
      wrongAccount: { name: 'alice', password: 'wrong' },
      breakLine: () => void server.drop('alice'),
      silence: (isSilent) => void (server.faults.silent = isSilent ? { connect: true, publish: true } : {}),
      seenByOthers: () => seen,
      openLines: () => server.links,
    };
  },
  { describe, it, name: 'memory' },
);

/** Somebody on another account who writes down what is seen of alice. */
async function watcher(url: string, name: string, seen: Sight[]): Promise<Link> {
  const signal = AbortSignal.timeout(10_000);
  const transport = xmppTransport({ service: url });
  const link = await transport.connect(
    await transport.findServer({ name }, signal),
    { name, password: 'secret' },
    {
      lost: () => {},
      own: () => {},
      contact: (presence) => {
        if (presence.name.startsWith('alice@')) seen.push(presence);
      },
    },
    signal,
  );
  await link.synchronize(signal);
  await link.publish({ status: MISTATUS.ONLINE }, signal);
  return link;
}

transportConformance(
  async (): Promise<Examinee> => {
    const server = await startLoopbackServer({ users: { alice: 'secret', bob: 'secret' } });
    const seen: Sight[] = [];
    const bob = await watcher(server.url, 'bob@localhost', seen);
    return {
      transport: xmppTransport({ service: server.url }),
      account: { name: 'alice@localhost', password: 'secret' },
      wrongAccount: { name: 'alice@localhost', password: 'wrong' },
      breakLine: () => void server.drop('alice'),
      // Asked before a connect: the handshake is not answered; asked on a link: its presence is not.
      silence: (isSilent) =>
        void server.fault({ silent: isSilent ? (server.sessions().length > 1 ? 'presence' : 'open') : false }),
      seenByOthers: () => seen,
      openLines: () => server.connections() - 1,
      close: async () => {
        bob.drop();
        await server.close();
      },
    };
  },
  { describe, it, name: 'xmpp, on the loopback server' },
);
