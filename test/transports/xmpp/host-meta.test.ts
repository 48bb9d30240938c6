/** Finding a WebSocket by a domain's web server (XEP-0156): as JSON and XRD, encrypted only but for this machine, and never in the way of DNS. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { findServer, type FindOptions, type Resolver } from '../../../src/transports/xmpp/find.js';
import { addressesInJson, addressesInXrd, type Fetch } from '../../../src/transports/xmpp/host-meta.js';
import { makeCertificates, startTlsServer } from '../../support/certificates.js';
import { describeWith, opensslAvailable } from '../../support/prosody.js';
import { client, live, outcome, startStub } from '../../support/xmpp.js';

const relation = 'urn:xmpp:alt-connections:websocket';
const json = (...hrefs: readonly string[]): string =>
  JSON.stringify({
    links: [
      { rel: 'urn:xmpp:alt-connections:xbosh', href: 'https://bosh.example/' },
      ...hrefs.map((href) => ({ rel: relation, href })),
    ],
  });
const xrd = (...hrefs: readonly string[]): string =>
  `<?xml version='1.0' encoding='utf-8'?>\n<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>\n <Link rel="urn:xmpp:alt-connections:xbosh" href="https://bosh.example/"/>\n${hrefs.map((href) => ` <Link rel='${relation}'\n href='${href}' />`).join('\n')}\n</XRD>`;

/** A web that has these files and nothing else; it writes down what it is asked. */
function web(files: Readonly<Record<string, string | { readonly text: string; readonly from: string } | Error>>) {
  const asked: string[] = [];
  const fetch: Fetch = async (url) => {
    asked.push(url);
    const file = files[url] ?? { text: 'not found', from: url };
    if (file instanceof Error) throw file;
    const { text, from } = typeof file === 'string' ? { text: file, from: url } : file;
    return { ok: files[url] !== undefined, url: from, body: new Blob([text]).stream() };
  };
  return { fetch, asked };
}
const resolver: Resolver = {
  lookup: async (host) => [
    { address: host.endsWith('.v6.example') ? '2001:db8::1' : '192.0.2.1', family: host.endsWith('.v6.example') ? 6 : 4 },
  ],
  resolveSrv: async () => {
    throw Object.assign(new Error('none'), { code: 'ENODATA' });
  },
};
function find(name: string, options: Partial<FindOptions>, server?: string) {
  const request = server === undefined ? { name } : { name, server };
  return findServer(request, { hasTcp: false, random: () => 0, resolver: async () => undefined, ...options }, live);
}
const well = 'https://example.org/.well-known';

describe('A domain without DNS to ask, as in a browser', () => {
  it.each([
    ['JSON', { [`${well}/host-meta.json`]: json('wss://ws.example/a', 'wss://ws.example/b') }],
    ['XRD', { [`${well}/host-meta`]: xrd('wss://ws.example/a', 'wss://ws.example/b') }],
    [
      'JSON before XRD',
      {
        [`${well}/host-meta.json`]: json('wss://ws.example/a', 'wss://ws.example/b'),
        [`${well}/host-meta`]: xrd('wss://ws.example/c'),
      },
    ],
    [
      'XRD beside broken JSON',
      { [`${well}/host-meta.json`]: '{', [`${well}/host-meta`]: xrd('wss://ws.example/a', 'wss://ws.example/b') },
    ],
  ])('is found by its web server, %s', async (_name, files) => {
    const { fetch, asked } = web(files);
    const found = await find('alice@example.org', { fetch });
    expect(found.domain).toBe('example.org');
    expect(found.endpoints.map(({ url }) => url)).toEqual(['wss://ws.example/a', 'wss://ws.example/b']);
    expect(asked.sort()).toEqual([`${well}/host-meta`, `${well}/host-meta.json`]);
  });

  const laughs = `<!DOCTYPE a [<!ENTITY b "c">]>`;
  it.each<[string, Parameters<typeof web>[0]]>([
    ['says nothing', {}],
    [
      'is not there',
      { [`${well}/host-meta.json`]: new TypeError('fetch failed'), [`${well}/host-meta`]: new TypeError('fetch failed') },
    ],
    [
      'names what is not encrypted',
      { [`${well}/host-meta.json`]: json('ws://ws.example/a', 'http://ws.example/', 'javascript:alert(1)') },
    ],
    ['names no address at all', { [`${well}/host-meta.json`]: json('', 'wss://', 'wss://u:p@ws.example/') }],
    [
      'leads elsewhere in the clear',
      { [`${well}/host-meta.json`]: { text: json('wss://ws.example/a'), from: 'http://example.org/x' } },
    ],
    [
      'sends megabytes',
      { [`${well}/host-meta.json`]: json(...Array.from({ length: 5_000 }, (_, at) => `wss://ws.example/${at}`)) },
    ],
    ['sends what has a document type', { [`${well}/host-meta`]: laughs + xrd('wss://ws.example/a') }],
    ['sends other XML', { [`${well}/host-meta`]: `<html><Link rel='${relation}' href='wss://ws.example/a'/></html>` }],
    ['sends other JSON', { [`${well}/host-meta.json`]: '{"links":{"rel":1}}', [`${well}/host-meta`]: 'null' }],
  ])('whose web server %s is not found (L09)', async (_name, files) => {
    expect(await outcome(find('alice@example.org', web(files)))).toBe('serverNotFound');
  });

  it('tries eight addresses at most', async () => {
    const many = json(...Array.from({ length: 50 }, (_, at) => `wss://ws.example/${at}`));
    expect((await find('alice@example.org', web({ [`${well}/host-meta.json`]: many }))).endpoints).toHaveLength(8);
  });

  it('is not found where there is no web either', async () => {
    expect(await outcome(find('alice@example.org', {}))).toBe('serverNotFound');
  });
});

describe('A web server that is given', () => {
  it.each(['http://example.org', 'http://192.0.2.1/'])('%s is not asked in the clear', async (server) => {
    const { fetch, asked } = web({});
    expect(await outcome(find('alice@example.org', { fetch }, server))).toBe('serverNotFound');
    expect(asked).toEqual([]);
  });

  it('is asked in place of the domain, and what it names is looked up', async () => {
    const files = { 'https://meta.example:8443/.well-known/host-meta': xrd('wss://ws.v6.example/a') };
    const found = await find('alice@example.org', { ...web(files), resolver: async () => resolver }, 'https://meta.example:8443');
    expect(found).toMatchObject({
      domain: 'example.org',
      endpoints: [{ url: 'wss://ws.v6.example/a', addresses: [{ address: '2001:db8::1', family: 6 }] }],
    });
  });
});

describe('On the wire', () => {
  const cleanUp: (() => unknown)[] = [];
  afterEach(async () => {
    for (const work of cleanUp.splice(0).reverse()) await work();
  });

  it('a web server of this machine leads to its WebSocket, with the built-in fetch', async () => {
    const stub = await startStub('ws');
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/.well-known/host-meta' ? 200 : 404, { connection: 'close' }).end(xrd(stub.service));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanUp.push(
      () => stub.close(),
      () => server.close(),
    );
    const service = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const link = await client('alice@localhost', { service }).open();
    link.drop();
    expect(stub.said[0]).toContain('to="localhost"');
  });

  describeWith(opensslAvailable)('what the web names', () => {
    it('is taken only when nothing that DNS named could be reached', async () => {
      const stub = await startStub('ws');
      const front = await startTlsServer(makeCertificates().good, stub.port, 'direct');
      const reached = await startStub('tcp', { auth: { cut: true } });
      cleanUp.push(
        () => stub.close(),
        () => front.close(),
        () => reached.close(),
      );
      const { fetch, asked } = web({ [`${well}/host-meta.json`]: json(`wss://ws.example:${front.port}/xmpp`) });
      const here: Resolver = { ...resolver, lookup: async () => [{ address: '127.0.0.1', family: 4 }] };
      const tls = { rejectUnauthorized: false };
      // Nothing listens at port 5222 of this machine.
      (await client('alice@example.org', { resolver: here, fetch, tls }).open()).drop();
      expect(asked.length).toBe(2);
      expect(stub.said.some((text) => text.includes('<auth '))).toBe(true);
      const named = { ...here, resolveSrv: async () => [{ name: 'a.example', port: reached.port, priority: 0, weight: 0 }] };
      const plain = { ...named, resolveSrv: async (name: string) => (name.startsWith('_xmpps') ? [] : named.resolveSrv()) };
      expect(await outcome(client('alice@example.org', { resolver: plain, fetch, tls }).open())).toBe('connectFailed');
      expect(asked.length).toBe(2);
    });
  });

  it('an address of IPv6 is connected to', async () => {
    const stub = await startStub('tcp', {}, undefined, '::1');
    cleanUp.push(() => stub.close());
    const six: Resolver = {
      lookup: async () => [{ address: '::1', family: 6 }],
      resolveSrv: async (name) =>
        name.startsWith('_xmpp-client') ? [{ name: 'six.example', port: stub.port, priority: 0, weight: 0 }] : [],
    };
    (await client('alice@example.org', { resolver: six }).open()).drop();
    (await client('alice@example.org', { service: `xmpp://[::1]:${stub.port}` }).open()).drop();
    expect(stub.said.filter((text) => text.includes('<auth '))).toHaveLength(2);
  });
});

describe('What is read', () => {
  it('is the address of the right relation only', () => {
    expect(addressesInJson(json('wss://a/'))).toEqual(['wss://a/']);
    expect(addressesInXrd(xrd('wss://a/', 'wss://b/?x=1&amp;y=2'))).toEqual(['wss://a/', 'wss://b/?x=1&y=2']);
    expect(
      addressesInXrd(
        `<x:XRD xmlns:x='http://docs.oasis-open.org/ns/xri/xrd-1.0'><x:Link rel='${relation}' href='wss://a/'/></x:XRD>`,
      ),
    ).toEqual(['wss://a/']);
  });
});
