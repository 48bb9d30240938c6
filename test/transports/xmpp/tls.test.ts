/** Whom the transport trusts: direct TLS, STARTTLS and wss against servers with good and bad certificates, checked as they are by default. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { TlsOptions } from '../../../src/transports/xmpp/index.js';
import { type Certificates, makeCertificates, startTlsServer } from '../../support/certificates.js';
import { describeWith, opensslAvailable } from '../../support/prosody.js';
import { client, handles, live, moreThan, outcome, startStub, type Stub, turns } from '../../support/xmpp.js';

const lines = ['xmpps', 'xmpp', 'wss'] as const;
type Line = (typeof lines)[number];

describeWith(opensslAvailable)('A certificate', () => {
  let made: Certificates;
  const before = handles();
  beforeAll(() => {
    made = makeCertificates();
  }, 30_000);
  afterAll(async () => {
    await turns(20);
    expect(moreThan(before)).toEqual({});
  });

  /** Signs in at a server that shows this certificate. Returns what came of it, and what the server was told. */
  async function visit(
    line: Line,
    name: Exclude<keyof Certificates, 'ca'>,
    tls: TlsOptions | undefined,
    user = 'alice@localhost',
  ) {
    const stub: Stub = await startStub(line === 'wss' ? 'ws' : 'tcp');
    const front = await startTlsServer(made[name], stub.port, line === 'xmpp' ? 'starttls' : 'direct');
    const service = `${line}://localhost:${front.port}${line === 'wss' ? '/xmpp' : ''}`;
    const one = client(user, { service, ...(tls === undefined ? {} : { tls }) });
    const opening = one.open();
    const result = await outcome(opening);
    if (result === 'ok') (await opening).drop();
    await front.close();
    await stub.close();
    return [result, stub.said.some((text) => text.includes('<auth '))];
  }

  it.each(lines)('over %s is trusted when an authority signed it that is trusted', async (line) => {
    expect(await visit(line, 'good', { ca: made.ca })).toEqual(['ok', true]);
    expect(await visit(line, 'good', { ca: [Buffer.from(made.ca)] })).toEqual(['ok', true]);
  });

  it.each(
    lines.flatMap((line) => (['otherHost', 'expired', 'selfSigned', 'stranger'] as const).map((name) => [line, name] as const)),
  )('over %s that is of the kind %s ends in tlsFailed, before the password', async (line, name) => {
    expect(await visit(line, name, { ca: made.ca })).toEqual(['tlsFailed', false]);
  });

  it.each(lines)('over %s is checked when nobody said anything, and signed by nobody known here', async (line) => {
    expect(await visit(line, 'good', undefined)).toEqual(['tlsFailed', false]);
    expect(await visit(line, 'good', {})).toEqual(['tlsFailed', false]);
  });

  it.each(lines)('over %s is not looked at when that was said', async (line) => {
    expect(await visit(line, 'expired', { rejectUnauthorized: false })).toEqual(['ok', true]);
  });

  it.each(['xmpps', 'xmpp'] as const)(
    'over %s is checked against the domain of the user, not the host that was connected to',
    async (line) => {
      expect(await visit(line, 'otherHost', { ca: made.ca }, 'alice@elsewhere.example')).toEqual(['ok', true]);
      expect(await visit(line, 'good', { ca: made.ca }, 'alice@elsewhere.example')).toEqual(['tlsFailed', false]);
    },
  );

  it('in the middle of a stream can be given up', async () => {
    const silent = await startStub('tcp', {
      open: `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'><stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features><proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`,
    });
    const abort = new AbortController();
    const opening = outcome(client('alice@localhost', { service: silent.service }).open(AbortSignal.any([abort.signal, live])));
    while (silent.said.length < 2) await turns(1);
    abort.abort();
    expect(await opening).toBe('cancelled');
    await silent.empty();
    await silent.close();
  });
});
