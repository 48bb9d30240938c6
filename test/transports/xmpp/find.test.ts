/** Finding the server: addresses, SRV records, and the answers of a DNS that is not there. */
import { describe, expect, it } from '@jest/globals';
import {
  decodeHost,
  isLoopbackAddress,
  orderSrv,
  parseAddress,
  parseService,
  type SrvRecord,
} from '../../../src/transports/xmpp/address.js';
import { findServer, type Found } from '../../../src/transports/xmpp/find.js';
import { type Resolver, xmppTransport, type XmppOptions } from '../../../src/transports/xmpp/index.js';
import { live, outcome, startStub, client } from '../../support/xmpp.js';

const dnsError = (code: string): Error => Object.assign(new Error(`query ${code}`), { code });

/** A DNS that has these and nothing else; it counts what it is asked. */
function dns(rows: {
  readonly hosts?: Record<string, string | Error>;
  readonly srv?: Record<string, readonly SrvRecord[] | Error>;
}) {
  const asked: string[] = [];
  const resolver: Resolver = {
    async lookup(host) {
      asked.push(host);
      const row = rows.hosts?.[host] ?? dnsError('ENOTFOUND');
      if (row instanceof Error) throw row;
      return [{ address: row, family: 4 }];
    },
    async resolveSrv(name) {
      asked.push(name);
      const row = rows.srv?.[name] ?? dnsError('ENODATA');
      if (row instanceof Error) throw row;
      return row;
    },
  };
  return { resolver, asked };
}
const record = (name: string, port: number, priority = 0, weight = 0): SrvRecord => ({ name, port, priority, weight });

async function find(
  name: string,
  { resolver, ...options }: XmppOptions & { readonly hasTcp?: boolean },
  server?: string,
): Promise<Found> {
  const request = server === undefined ? { name } : { name, server };
  return findServer(request, { hasTcp: true, ...options, random: () => 0, resolver: async () => resolver }, live);
}
const urls = ({ endpoints }: Found): string[] => endpoints.map(({ url }) => url);

describe('A server that is given', () => {
  it.each([
    ['ws://chat.example/ws', 'ws://chat.example/ws'],
    ['wss://chat.example:5443/ws', 'wss://chat.example:5443/ws'],
    ['xmpp://chat.example', 'xmpp://chat.example:5222'],
    ['xmpps://chat.example', 'xmpps://chat.example:5223'],
    ['chat.example:5299', 'xmpp://chat.example:5299'],
    ['chat.example', 'xmpp://chat.example:5222'],
  ])('%s is looked up and taken as %s', async (service, url) => {
    const { resolver, asked } = dns({ hosts: { 'chat.example': '192.0.2.1' } });
    const found = await find('alice@example.org', { service, resolver });
    expect(found).toMatchObject({ domain: 'example.org', endpoints: [{ url, addresses: [{ address: '192.0.2.1' }] }] });
    expect(asked).toEqual(['chat.example']);
  });

  it.each([
    'ws://',
    'http://chat.example',
    'ws://a b',
    '://',
    '',
    'ws://u:p@chat.example',
    'xmpp://chat.example:99999',
    'xmpp://chat.example:0',
    'xmpp://a b',
    'xmpp://%zz',
  ])('%p is no address (L09)', async (service) => {
    const { resolver, asked } = dns({});
    expect(await outcome(find('alice@example.org', { service, resolver }))).toBe('serverNotFound');
    expect(asked).toEqual([]);
  });

  it('for one sign-in comes before the configured one', async () => {
    const found = await find('alice@example.org', { service: 'ws://127.0.0.1:1/', ...dns({}) }, 'xmpp://127.0.0.1:2');
    expect(urls(found)).toEqual(['xmpp://127.0.0.1:2']);
  });

  it.each([
    ['ws://127.0.0.1:1/x', '127.0.0.1'],
    ['ws://localhost:1/x', '127.0.0.1'],
    ['xmpp://[::1]:5222', '::1'],
    ['xmpp://chat.localhost', '127.0.0.1'],
  ])('%s needs no DNS', async (service, address) => {
    const { resolver, asked } = dns({});
    const found = await find('alice@localhost', { service, resolver });
    expect(found.endpoints[0]?.addresses[0]?.address).toBe(address);
    expect(asked).toEqual([]);
  });

  it.each([
    ['ENOTFOUND', 'serverNotFound'],
    ['ENODATA', 'serverNotFound'],
    ['EAI_AGAIN', 'serverUnavailable'],
  ])('whose host gives %s is %s (L09)', async (code, reason) => {
    const { resolver } = dns({ hosts: { 'chat.example': dnsError(code) } });
    expect(await outcome(find('alice@example.org', { service: 'ws://chat.example/', resolver }))).toBe(reason);
  });

  it('gives its host as the domain of a name without one', async () => {
    expect((await find('alice', { service: 'ws://localhost:1/' })).domain).toBe('localhost');
    expect((await find('alice', { service: 'ws://localhost:1/', domain: 'example.org' })).domain).toBe('example.org');
    expect(await outcome(find('alice', dns({})))).toBe('serverNotFound');
  });
});

describe('Discovery', () => {
  const [secure, plain] = ['_xmpps-client._tcp.example.org', '_xmpp-client._tcp.example.org'];
  const hosts = { 'a.example': '192.0.2.1', 'b.example': '192.0.2.2', 'c.example': '192.0.2.3', 'example.org': '192.0.2.9' };

  it('takes both kinds of records by priority', async () => {
    const srv = {
      [secure]: [record('b.example', 443, 10)],
      [plain]: [record('a.example', 5222, 5), record('c.example', 5222, 20)],
    };
    expect(urls(await find('alice@example.org', dns({ hosts, srv })))).toEqual([
      'xmpp://a.example:5222',
      'xmpps://b.example:443',
      'xmpp://c.example:5222',
    ]);
  });

  it('falls back to the domain itself', async () => {
    expect(urls(await find('alice@example.org', dns({ hosts })))).toEqual(['xmpp://example.org:5222']);
    const srv = { [secure]: dnsError('ESERVFAIL'), [plain]: dnsError('ETIMEOUT') };
    expect(urls(await find('alice@example.org', dns({ hosts, srv })))).toEqual(['xmpp://example.org:5222']);
  });

  it('believes a domain that says it has no service (RFC 2782)', async () => {
    const srv = { [plain]: [record('.', 0)] };
    expect(await outcome(find('alice@example.org', dns({ hosts, srv })))).toBe('serverNotFound');
    const other = { [plain]: [record('.', 0)], [secure]: [record('b.example', 443)] };
    expect(urls(await find('alice@example.org', dns({ hosts, srv: other })))).toEqual(['xmpps://b.example:443']);
  });

  it('leaves out targets that do not resolve, and fails only if none does', async () => {
    const srv = { [plain]: [record('gone.example', 5222, 1), record('a.example', 5222, 2)] };
    expect(urls(await find('alice@example.org', dns({ hosts, srv })))).toEqual(['xmpp://a.example:5222']);
    expect(await outcome(find('alice@example.org', dns({ srv })))).toBe('serverNotFound');
    const shaky = { 'a.example': dnsError('EAI_AGAIN') };
    expect(await outcome(find('alice@example.org', dns({ hosts: shaky, srv })))).toBe('serverUnavailable');
  });

  it('asks nobody about this machine', async () => {
    const { resolver, asked } = dns({});
    expect(urls(await find('alice@localhost', { resolver }))).toEqual(['xmpp://localhost:5222']);
    expect(urls(await find('alice@127.0.0.1', { resolver }))).toEqual(['xmpp://127.0.0.1:5222']);
    expect(asked).toEqual([]);
  });

  it('asks in the letters of DNS', async () => {
    const { resolver, asked } = dns({});
    await outcome(find('alice@bücher.example', { resolver }));
    expect(asked).toContain('_xmpp-client._tcp.xn--bcher-kva.example');
  });

  it('says what is missing where there is no DNS', async () => {
    await expect(find('alice@example.org', {})).rejects.toThrow('give its address');
  });

  it('draws among equals by weight', () => {
    const records = [record('light', 1, 0, 1), record('heavy', 2, 0, 99), record('later', 3, 1, 0)];
    expect(orderSrv(records, () => 0.5).map(({ name }) => name)).toEqual(['heavy', 'light', 'later']);
    expect(orderSrv(records, () => 0).map(({ name }) => name)).toEqual(['light', 'heavy', 'later']);
    expect(
      orderSrv([record('a', 1), record('b', 2)], () => 0.9)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['a', 'b']);
  });
});

describe('findServer', () => {
  it('settles at the abort and swallows what DNS says later', async () => {
    let answer: (error: Error) => void = () => undefined;
    const late = new Promise<never>((_, reject) => (answer = reject));
    const resolver: Resolver = { lookup: () => late, resolveSrv: () => late };
    const abort = new AbortController();
    const transport = xmppTransport({ service: 'ws://chat.example/', resolver });
    const finding = outcome(transport.findServer({ name: 'alice@example.org' }, abort.signal));
    abort.abort();
    expect(await finding).toBe('cancelled');
    answer(dnsError('ENOTFOUND'));
    await late.catch(() => undefined);
  });

  it('asks nobody when it is aborted already', async () => {
    const { resolver, asked } = dns({});
    const transport = xmppTransport({ service: 'ws://chat.example/', resolver });
    expect(await outcome(transport.findServer({ name: 'alice@example.org' }, AbortSignal.abort()))).toBe('cancelled');
    expect(asked).toEqual([]);
  });

  it('connects where DNS pointed, and to the next target if the first cannot be reached', async () => {
    const stub = await startStub('tcp');
    const gone = await startStub('tcp');
    await gone.close();
    const { resolver } = dns({
      hosts: { 'a.example': '127.0.0.1', 'b.example': '127.0.0.1' },
      srv: { '_xmpp-client._tcp.example.org': [record('a.example', gone.port, 1), record('b.example', stub.port, 2)] },
    });
    const link = await client('alice@example.org', { resolver }).open();
    link.drop();
    await stub.close();
    expect(stub.said[0]).toContain('to="example.org"');
  });

  it('does not ask another target once a server was reached', async () => {
    const reached = await startStub('tcp', { auth: { cut: true } });
    const other = await startStub('tcp');
    const { resolver } = dns({
      hosts: { 'a.example': '127.0.0.1' },
      srv: { '_xmpp-client._tcp.example.org': [record('a.example', reached.port, 1), record('a.example', other.port, 2)] },
    });
    expect(await outcome(client('alice@example.org', { resolver }).open(live))).toBe('connectFailed');
    expect(other.said).toEqual([]);
    await Promise.all([reached.close(), other.close()]);
  });
});

describe('Addresses', () => {
  it('are taken apart as RFC 7622 says', () => {
    expect(parseAddress('a@b/c@d/e')).toEqual({ local: 'a', domain: 'b', resource: 'c@d/e' });
    expect(parseAddress('b')).toEqual({ local: '', domain: 'b', resource: '' });
  });

  it('of this machine are known', () => {
    expect(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'].map(isLoopbackAddress)).toEqual([true, true, true, true]);
    expect(['10.0.0.1', '::2', '1270.0.0.1', ''].map(isLoopbackAddress)).toEqual([false, false, false, false]);
  });

  it('of services are read whatever they look like', () => {
    expect(parseService('xmpp://[::1]:5222')).toMatchObject({ host: '::1', port: 5222, url: 'xmpp://[::1]:5222' });
    expect(parseService('xmpp://bücher.example')).toMatchObject({ host: 'xn--bcher-kva.example' });
    expect(decodeHost('a/b')).toBeUndefined();
    expect(decodeHost('[::1')).toBeUndefined();
  });
});

describe('xmppTransport', () => {
  it.each([
    [{ priority: 200 }, 'priority'],
    [{ priority: 1.5 }, 'priority'],
    [{ domain: '' }, 'domain'],
    [{ resource: '' }, 'resource'],
  ])('refuses %p at once', (options, name) => {
    expect(() => xmppTransport(options)).toThrow(name);
  });

  it('takes only what it found itself', async () => {
    const other = await xmppTransport({ service: 'ws://127.0.0.1:1/' }).findServer({ name: 'alice@localhost' }, live);
    const events = client('x@localhost', {}).events;
    for (const server of [other, undefined, 'ws://127.0.0.1:1/', {}]) {
      expect(await outcome(xmppTransport().connect(server, { name: 'alice@localhost', password: 'x' }, events, live))).toBe(
        'unexpected',
      );
    }
  });
});
