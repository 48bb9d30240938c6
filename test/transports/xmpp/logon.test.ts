/** Logging on: what is said, to whom it is said, who is believed, and what no error ever shows. */
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openStream } from '../../../src/transports/xmpp/stream.js';
import { Wire } from '../../../src/transports/xmpp/wire.js';
import {
  client,
  header,
  live,
  outcome,
  type Play,
  saslFailure,
  stanzaError,
  startStub,
  streamError,
} from '../../support/xmpp.js';

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const work of cleanUp.splice(0).reverse()) await work();
});

describe('Logging on', () => {
  it('without a password connects to nobody', async () => {
    const stub = await startStub('ws');
    cleanUp.push(() => stub.close());
    const alice = client('alice@localhost', { service: stub.service });
    expect(await outcome(alice.open(live, {}))).toBe('invalidPassword');
    expect(await outcome(alice.open(live, { password: '' }))).toBe('invalidPassword');
    expect(await outcome(alice.open(live, { token: 't' }))).toBe('versionMismatch');
    expect(stub.said).toEqual([]);
  });

  it.each(['ws', 'tcp'] as const)('over %s takes letters outside ASCII', async (kind) => {
    const stub = await startStub(kind);
    cleanUp.push(() => stub.close());
    const link = await client('jürgen@localhost', { service: stub.service }, 'wörd').open();
    cleanUp.push(() => link.drop());
    const auth = stub.said.map((text) => /<auth [^>]*>([^<]+)</.exec(text)?.[1]).find((found) => found !== undefined);
    expect(Buffer.from(auth ?? '', 'base64').toString('utf8')).toBe('\0jürgen\0wörd');
  });

  it('does not give the password to another machine over a line that is not encrypted', async () => {
    class FarWire extends Wire {
      readonly said: string[] = [];
      connect(): void {
        queueMicrotask(() => this.emit('connect'));
      }
      write(text: string, done?: (error?: Error | null) => void): void {
        this.said.push(text);
        queueMicrotask(() => done?.(null));
        if (!text.includes('<open')) return;
        const mechanisms = `<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>`;
        const features = `<stream:features xmlns:stream='http://etherx.jabber.org/streams'>${mechanisms}</stream:features>`;
        queueMicrotask(() => [header('ws'), features].forEach((each) => this.received(each)));
      }
      protected cut(): void {}
    }
    const wire = new FarWire();
    const account = { username: 'alice', domain: 'localhost', password: 'secret' };
    const attempt = openStream(wire, 'ws://far.example/', account, live);
    await expect(attempt).rejects.toMatchObject({ reason: 'versionMismatch', message: expect.stringContaining('clear text') });
    expect(wire.said.join()).not.toContain('<auth');
  });

  it('believes no server that lets in without proof of the password', async () => {
    const offer = `<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism></mechanisms>`;
    const open = `${header('ws')}\n<stream:features xmlns:stream='http://etherx.jabber.org/streams'>${offer}</stream:features>`;
    const stub = await startStub('ws', { open });
    cleanUp.push(() => stub.close());
    await expect(client('alice@localhost', { service: stub.service }).open()).rejects.toThrow('could not prove');
  });

  it('uses neither SASL2 nor its successors, whatever is offered', async () => {
    const more = `<authentication xmlns='urn:xmpp:sasl:2'><mechanism>PLAIN</mechanism></authentication><sm xmlns='urn:xmpp:sm:2'/>`;
    const mechanisms = `<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>`;
    const bind = `<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>`;
    const features = (inner: string): string =>
      `<stream:features xmlns:stream='http://etherx.jabber.org/streams'>${more}${inner}</stream:features>`;
    const stub = await startStub('ws', {
      open: `${header('ws')}\n${features(mechanisms)}`,
      reopen: `${header('ws')}\n${features(bind)}`,
    });
    cleanUp.push(() => stub.close());
    const link = await client('alice@localhost', { service: stub.service }).open();
    cleanUp.push(() => link.drop());
    await link.check?.(live);
    expect(stub.said.join()).not.toMatch(/sasl:2|sm:2|<enable/);
  });

  it('leaves no credential in any error', async () => {
    const plays: Play[] = [
      { auth: saslFailure('not-authorized') },
      { auth: { cut: true } },
      { auth: '</a>' },
      { open: streamError('reset') },
      { bind: stanzaError('iq', 'conflict') },
    ];
    for (const play of plays) {
      const stub = await startStub('ws', play);
      const error: unknown = await client('alice@localhost', { service: stub.service }, 'horse-battery')
        .open()
        .catch((thrown: unknown) => thrown);
      await stub.close();
      const seen = inspect(error, { depth: 20, showHidden: true });
      expect(error).toBeInstanceOf(Error);
      expect(seen).not.toContain('horse-battery');
      expect(seen).not.toContain(Buffer.from('\0alice\0horse-battery').toString('base64'));
    }
  });
});
