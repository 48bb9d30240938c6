/** The exam for transports on a real server: Prosody, as an ordinary process on a free loopback port. */
import { afterAll, beforeAll, it } from '@jest/globals';
import { MISTATUS } from '../../src/index.js';
import { transportConformance } from '../../src/testing/index.js';
import type { Link } from '../../src/transport.js';
import { xmppTransport } from '../../src/transports/xmpp/index.js';
import { describeWith, prosodyAvailable, startProsody, type Prosody } from '../support/prosody.js';

type Sight = { readonly status: MISTATUS; readonly note?: string | undefined };

const resource = 'exam';
let prosody: Prosody;
let bob: Link;
let seen: Sight[] = [];

describeWith(prosodyAvailable)('B07 The exam on Prosody', () => {
  beforeAll(async () => {
    prosody = await startProsody({ users: { alice: 'secret', bob: 'secret' } });
    const signal = AbortSignal.timeout(10_000);
    const transport = xmppTransport({ service: prosody.websocket });
    const name = 'bob@localhost';
    const server = await transport.findServer({ name }, signal);
    const events = {
      lost: () => {},
      own: () => {},
      contact: (presence: { name: string; status: MISTATUS; note?: string | undefined }) => {
        if (presence.name.startsWith('alice@')) seen.push(presence);
      },
    };
    bob = await transport.connect(server, { name, password: 'secret' }, events, signal);
    await bob.synchronize(signal);
    await bob.publish({ status: MISTATUS.ONLINE }, signal);
  }, 30_000);

  afterAll(async () => {
    bob.drop();
    await prosody.remove();
  }, 30_000);

  transportConformance(
    () => {
      seen = [];
      return {
        transport: xmppTransport({ service: prosody.websocket, resource }),
        account: { name: 'alice@localhost', password: 'secret' },
        wrongAccount: { name: 'alice@localhost', password: 'wrong' },
        breakLine: async () => void (await prosody.dropSocket(`alice@localhost/${resource}`)),
        seenByOthers: () => seen,
      };
    },
    { describe: (_, body) => body(), it, name: 'xmpp, on Prosody', patience: 5_000 },
  );
});
