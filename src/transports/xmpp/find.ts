/**
 * Finding the server of a sign-in name: the address that was given, DNS (RFC 6120 §3.2, XEP-0368), or the domain's web server (XEP-0156). It must
 * never connect to what it finds.
 */
import { TransportError } from '../../transport.js';
import {
  decodeHost,
  ipFamily,
  isLocalhost,
  orderSrv,
  parseAddress,
  parseService,
  type Place,
  placeOf,
  type SrvRecord,
} from './address.js';
import { failureOf, signinError } from './errors.js';
import { type Fetch, findWebSockets, originOf } from './host-meta.js';

export interface IpAddress {
  readonly address: string;
  readonly family: number;
}

/** The two questions that are put to DNS; `node:dns/promises` fits. Rejections carry Node's codes (`ENOTFOUND`, `EAI_AGAIN`). */
export interface Resolver {
  lookup(host: string, options: { readonly all: true }): Promise<readonly IpAddress[]>;
  resolveSrv(name: string): Promise<readonly SrvRecord[]>;
}

/** A place, with the addresses that DNS has for it; none where there is no DNS to ask (browsers). */
export interface Endpoint extends Place {
  readonly addresses: readonly IpAddress[];
}

/** What `findServer` hands to `connect`. */
export interface Found {
  readonly domain: string;
  /** In the order in which to try them. */
  readonly endpoints: readonly Endpoint[];
  /** What else there may be when none of them could be reached: where DNS names no server, its web server may (XEP-0156). */
  more?(signal: AbortSignal): Promise<readonly Endpoint[]>;
}

export interface FindOptions {
  readonly service?: string;
  readonly domain?: string;
  readonly random: () => number;
  /** False in browsers: there only a WebSocket leads anywhere. */
  readonly hasTcp: boolean;
  /** Undefined where there is no DNS to ask. */
  resolver(): Promise<Resolver | undefined>;
  /** Undefined where there is no web to ask. */
  readonly fetch?: Fetch | undefined;
}

const notFound = (message: string): TransportError => new TransportError('serverNotFound', { message });

async function locate(place: Place, resolver: Resolver | undefined): Promise<Endpoint> {
  const family = ipFamily(place.host);
  if (family !== 0) return { ...place, addresses: [{ address: place.host, family }] };
  if (isLocalhost(place.host)) {
    const addresses = [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ];
    return { ...place, addresses };
  }
  if (resolver === undefined) return { ...place, addresses: [] };
  let addresses: readonly IpAddress[];
  try {
    addresses = await resolver.lookup(place.host, { all: true });
  } catch (error) {
    throw signinError(failureOf(error, false));
  }
  if (addresses.length === 0) throw notFound(`${place.host} has no address`);
  return { ...place, addresses };
}

/** The SRV targets of a domain: empty when it has none; `'none'` when it says that there is no such service (RFC 2782, "Target"). */
async function targetsOf(domain: string, resolver: Resolver, random: () => number): Promise<readonly Place[] | 'none'> {
  const ask = async (kind: 'tls' | 'tcp', service: string) => {
    try {
      return (await resolver.resolveSrv(`${service}.${domain}`)).map((record) => ({ ...record, kind }));
    } catch {
      // No answer, for whatever reason: RFC 6120 §3.2.2 goes on with the domain itself, whose lookup then tells what is wrong.
      return [];
    }
  };
  const answers = (await Promise.all([ask('tls', '_xmpps-client._tcp'), ask('tcp', '_xmpp-client._tcp')])).flat();
  const places = orderSrv(answers, random).flatMap(({ kind, name, port }) => {
    const host = decodeHost(name.replace(/\.$/, ''));
    return name === '.' || host === undefined || host === '' ? [] : [placeOf(kind, host, port)];
  });
  return answers.length > 0 && places.length === 0 ? 'none' : places;
}

/** Located as far as they can be; fails only if none can. */
async function locateAll(places: readonly Place[], resolver: Resolver | undefined): Promise<readonly Endpoint[]> {
  const looked = await Promise.allSettled(places.map((place) => locate(place, resolver)));
  const endpoints = looked.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  if (endpoints.length > 0 || looked.length === 0) return endpoints;
  const failures = looked.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  // A failure that may pass must not be reported as a name that leads nowhere.
  throw failures.find((error) => TransportError.is(error) && error.reason !== 'serverNotFound') ?? failures[0];
}

async function byWeb(origin: string, { fetch, resolver }: FindOptions, signal: AbortSignal): Promise<readonly Endpoint[]> {
  if (fetch === undefined) return [];
  return locateAll(await findWebSockets(origin, fetch, signal), await resolver());
}

async function discover(domain: string, options: FindOptions, signal: AbortSignal): Promise<Omit<Found, 'domain'>> {
  const host = decodeHost(domain);
  if (host === undefined) throw notFound(`expected a domain, got ${JSON.stringify(domain)}`);
  const own = placeOf('tcp', host, 5222);
  const isHere = ipFamily(host) !== 0 || isLocalhost(host);
  if (!options.hasTcp) {
    const endpoints = await byWeb(originOf(host), options, signal);
    if (endpoints.length === 0) throw notFound(`the web server of ${domain} names no WebSocket; give its address`);
    return { endpoints };
  }
  if (isHere) return { endpoints: [await locate(own, undefined)] };
  const dns = await options.resolver();
  if (dns === undefined) throw notFound(`no DNS here to find the server of ${domain}; give its address`);
  const targets = await targetsOf(host, dns, options.random);
  if (targets === 'none') throw notFound(`${domain} says that it has no XMPP service`);
  if (targets.length > 0) return { endpoints: await locateAll(targets, dns) };
  return { endpoints: await locateAll([own], dns), more: (later) => byWeb(originOf(host), options, later) };
}

/**
 * @param request `server`: an address, or a host with or without port, in place of the configured or discovered one
 * @throws TransportError `serverNotFound`, `serverUnavailable`
 */
export async function findServer(
  request: { readonly name: string; readonly server?: string },
  options: FindOptions,
  signal: AbortSignal,
): Promise<Found> {
  const { service, domain = parseAddress(request.name).domain } = options;
  const given = request.server ?? service;
  if (given !== undefined && /^https?:/i.test(given)) {
    if (domain === '') throw notFound('expected a sign-in name with a domain, such as alice@example.org');
    const endpoints = await byWeb(given, options, signal);
    if (endpoints.length === 0) throw notFound('no WebSocket is named there');
    return { domain, endpoints };
  }
  const place = given === undefined ? undefined : parseService(given);
  if (given !== undefined && place === undefined) {
    throw notFound('expected a server address such as wss://example.org/xmpp or xmpp://example.org:5222');
  }
  // A name without a domain belongs to the server that was given.
  const home = options.domain === undefined && !request.name.includes('@') ? (place?.host ?? '') : domain;
  if (home === '') throw notFound('expected a sign-in name with a domain, such as alice@example.org');
  if (place === undefined) return { domain: home, ...(await discover(home, options, signal)) };
  const needsDns = ipFamily(place.host) === 0 && !isLocalhost(place.host);
  return { domain: home, endpoints: [await locate(place, needsDns ? await options.resolver() : undefined)] };
}
