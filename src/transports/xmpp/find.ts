/**
 * Finding the server of a sign-in name: the address that was given, or DNS (RFC 6120 §3.2, XEP-0368). It must never connect.
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
}

export interface FindOptions {
  readonly service?: string;
  readonly domain?: string;
  readonly random: () => number;
  /** Undefined where there is no DNS to ask. */
  resolver(): Promise<Resolver | undefined>;
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

async function discover(domain: string, { resolver, random }: FindOptions): Promise<readonly Endpoint[]> {
  const host = decodeHost(domain);
  if (host === undefined) throw notFound(`expected a domain, got ${JSON.stringify(domain)}`);
  const own = placeOf('tcp', host, 5222);
  if (ipFamily(host) !== 0 || isLocalhost(host)) return [await locate(own, undefined)];
  const dns = await resolver();
  if (dns === undefined) throw notFound(`no DNS here to find the server of ${domain}; give its address`);
  const targets = await targetsOf(host, dns, random);
  if (targets === 'none') throw notFound(`${domain} says that it has no XMPP service`);
  const places = targets.length === 0 ? [own] : targets;
  const looked = await Promise.allSettled(places.map((place) => locate(place, dns)));
  const endpoints = looked.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  if (endpoints.length > 0) return endpoints;
  const failures = looked.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  // A failure that may pass must not be reported as a name that leads nowhere.
  throw failures.find((error) => TransportError.is(error) && error.reason !== 'serverNotFound') ?? failures[0];
}

/**
 * @param request `server`: an address, or a host with or without port, in place of the configured or discovered one
 * @throws TransportError `serverNotFound`, `serverUnavailable`
 */
export async function findServer(
  request: { readonly name: string; readonly server?: string },
  options: FindOptions,
): Promise<Found> {
  const { service, domain = parseAddress(request.name).domain } = options;
  const given = request.server ?? service;
  const place = given === undefined ? undefined : parseService(given);
  if (given !== undefined && place === undefined) {
    throw notFound('expected a server address such as wss://example.org/xmpp or xmpp://example.org:5222');
  }
  // A name without a domain belongs to the server that was given.
  const home = options.domain === undefined && !request.name.includes('@') ? (place?.host ?? '') : domain;
  if (home === '') throw notFound('expected a sign-in name with a domain, such as alice@example.org');
  if (place === undefined) return { domain: home, endpoints: await discover(home, options) };
  const needsDns = ipFamily(place.host) === 0 && !isLocalhost(place.host);
  return { domain: home, endpoints: [await locate(place, needsDns ? await options.resolver() : undefined)] };
}
