/** The wire of browsers, over the same WebSocket interface as theirs: it signs in, tells no causes, and is silent once destroyed. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { parseService } from '../../../src/transports/xmpp/address.js';
import { BrowserWire } from '../../../src/transports/xmpp/browser-wire.js';
import { openStream } from '../../../src/transports/xmpp/stream.js';
import type { Stream } from '../../../src/transports/xmpp/stream-types.js';
import { live, outcome, startStub, turns, withStub } from '../../support/xmpp.js';

const account = { username: 'alice', domain: 'localhost', password: 'secret' };
function wireTo(service: string): BrowserWire {
  const place = parseService(service);
  if (place === undefined) throw new Error(`not an address: ${service}`);
  return new BrowserWire({ ...place, addresses: [] });
}
const open = (service: string, signal = live): Promise<Stream> => openStream(wireTo(service), service, account, signal);

describe('Without a WebSocket', () => {
  it('there is no connection, and it says why', async () => {
    const saved = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket');
    Reflect.deleteProperty(globalThis, 'WebSocket');
    await expect(open('ws://127.0.0.1:1/')).rejects.toMatchObject({
      reason: 'connectFailed',
      message: 'there is no WebSocket here',
    });
    if (saved !== undefined) Object.defineProperty(globalThis, 'WebSocket', saved);
  });
});

describe('The wire of browsers', () => {
  const saved = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket');
  beforeAll(() => {
    Object.defineProperty(globalThis, 'WebSocket', { value: WebSocket, configurable: true, writable: true });
  });
  afterAll(() => {
    Reflect.deleteProperty(globalThis, 'WebSocket');
    if (saved !== undefined) Object.defineProperty(globalThis, 'WebSocket', saved);
  });

  it('signs in, and tells of the end once', async () => {
    await withStub('ws', {}, async (stub) => {
      const stream = await open(stub.service);
      expect(stream.address).toBe('alice@localhost/here');
      const ends: string[] = [];
      const ended = new Promise<void>((resolve) => {
        stream.listen({ stanza: () => undefined, ended: ({ reason }) => (ends.push(reason), resolve()) });
      });
      await stub.close();
      await ended;
      await turns();
      expect(ends).toEqual(['lineLost']);
    });
  });

  it('is silent once destroyed', async () => {
    await withStub('ws', {}, async (stub) => {
      const stream = await open(stub.service);
      const heard: string[] = [];
      stream.listen({ stanza: () => heard.push('stanza'), ended: () => heard.push('ended') });
      stream.destroy();
      stub.say(`<presence xmlns='jabber:client' from='bob@localhost/x'/>`);
      await stub.empty();
      await turns();
      expect(heard).toEqual([]);
    });
  });

  it('calls every failure to connect the same', async () => {
    const gone = await startStub('ws');
    await gone.close();
    const refused = { upgrade: 'HTTP/1.1 404 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n' };
    const notFound = await withStub('ws', refused, (stub) => outcome(open(stub.service)));
    expect([await outcome(open(gone.service)), notFound]).toEqual(['connectFailed', 'connectFailed']);
  });

  it('can be given up while it connects', async () => {
    await withStub('ws', { upgrade: { silent: true } }, async (stub) => {
      const abort = new AbortController();
      const opening = outcome(open(stub.service, abort.signal));
      while (stub.connections() === 0) await turns(1);
      abort.abort();
      expect(await opening).toBe('cancelled');
      await stub.empty();
    });
  });

  it.each([
    ['ws://localhost/x', true],
    ['ws://127.0.0.1/x', true],
    ['ws://[::1]/x', true],
    ['wss://example.org/x', true],
    ['ws://example.org/x', false],
  ])('%s may carry a password as it is: %p', (service, secure) => {
    expect(wireTo(service).secure).toBe(secure);
  });
});
