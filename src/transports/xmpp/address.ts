/**
 * Names, service addresses and the order of SRV records: pure text work. It must never look anything up.
 */

/** Bytes, of which each letter has one or more. */
const longestPart = 1023;

/** `alice@example.org/phone` taken apart. */
export interface Address {
  readonly local: string;
  readonly domain: string;
  readonly resource: string;
}

/** RFC 7622 §3.1: the first `/` ends the domain, the first `@` before it ends the local part. */
export function parseAddress(text: string): Address {
  const slash = text.indexOf('/');
  const bare = slash < 0 ? text : text.slice(0, slash);
  const at = bare.indexOf('@');
  return {
    local: at < 0 ? '' : bare.slice(0, at),
    domain: bare.slice(at + 1),
    resource: slash < 0 ? '' : text.slice(slash + 1),
  };
}

/** The address without its resource, lower case, as servers compare it. */
export function bareOf(text: string): string {
  const slash = text.indexOf('/');
  return (slash < 0 ? text : text.slice(0, slash)).toLowerCase();
}

/** Something that can be an address at all: each part within its length (RFC 7622 §3). */
export function isSound(text: string): boolean {
  const { local, domain, resource } = parseAddress(text);
  return domain !== '' && [local, domain, resource].every((part) => part.length <= longestPart);
}

/** The address of one device. */
export function isFull(text: string): boolean {
  const { local, domain, resource } = parseAddress(text);
  return isSound(text) && local !== '' && resource !== '' && !domain.includes('@');
}

/** The same address; only the resource is case-sensitive. */
export function sameAddress(one: string, other: string): boolean {
  return bareOf(one) === bareOf(other) && parseAddress(one).resource === parseAddress(other).resource;
}

export type Kind = 'tcp' | 'tls' | 'ws' | 'wss';

/** A place to connect to. */
export interface Place {
  readonly kind: Kind;
  readonly host: string;
  readonly port: number;
  /** As the library and WebSockets want it. */
  readonly url: string;
}

const kinds: Readonly<Record<string, { readonly kind: Kind; readonly port: number }>> = {
  'xmpp:': { kind: 'tcp', port: 5222 },
  'xmpps:': { kind: 'tls', port: 5223 },
  'ws:': { kind: 'ws', port: 80 },
  'wss:': { kind: 'wss', port: 443 },
};

/** The place of a host and port found by discovery. */
export function placeOf(kind: 'tcp' | 'tls', host: string, port: number): Place {
  const name = host.includes(':') ? `[${host}]` : host;
  return { kind, host, port, url: `${kind === 'tls' ? 'xmpps' : 'xmpp'}://${name}:${port}` };
}

/** Reads `xmpp://`, `xmpps://`, `ws://`, `wss://`, or a bare host with or without port; undefined when it is none of these. */
export function parseService(text: string): Place | undefined {
  const written = text.includes('://') ? text : `xmpp://${text}`;
  if (!URL.canParse(written)) return undefined;
  const url = new URL(written);
  const row = kinds[url.protocol];
  // A name or password in the address has no meaning here and would reach error messages.
  if (row === undefined || url.hostname === '' || url.username !== '' || url.password !== '' || url.hash !== '') return undefined;
  const host = decodeHost(url.hostname);
  if (host === undefined) return undefined;
  const port = url.port === '' ? row.port : Number(url.port);
  if (port === 0) return undefined;
  if (row.kind === 'tcp' || row.kind === 'tls') return placeOf(row.kind, host, port);
  return { kind: row.kind, host, port, url: url.href };
}

/** A host as DNS wants it: brackets of IPv6 off, letters outside ASCII as punycode; undefined when it cannot be a host. */
export function decodeHost(host: string): string | undefined {
  if (host.startsWith('[')) return host.endsWith(']') ? host.slice(1, -1) : undefined;
  if (host.includes(':')) return host;
  let plain: string;
  try {
    plain = decodeURIComponent(host);
  } catch {
    return undefined;
  }
  if (/[\s/?#@\\]/.test(plain) || !URL.canParse(`http://${plain}`)) return undefined;
  return new URL(`http://${plain}`).hostname;
}

/** 4 or 6 for an IP address literal, 0 for a name. */
export function ipFamily(host: string): 0 | 4 | 6 {
  if (host.includes(':')) return 6;
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(host) ? 4 : 0;
}

/** RFC 6761 §6.3: these names are this machine, whatever DNS says. */
export function isLocalhost(host: string): boolean {
  return /^(?:.+\.)?localhost\.?$/i.test(host);
}

/** True for an address of this machine, as sockets write it. */
export function isLoopbackAddress(address: string): boolean {
  return /^(?:::ffff:)?127(\.\d{1,3}){3}$/i.test(address) || address === '::1';
}

/** A row of an SRV answer (RFC 2782). */
export interface SrvRecord {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

/**
 * The order in which to try: lowest priority first; among equals a draw in which each has its weight in chances (RFC 2782, "Weight").
 * @param random in [0, 1)
 */
export function orderSrv<T extends SrvRecord>(records: readonly T[], random: () => number): T[] {
  const left = [...records].sort((a, b) => a.priority - b.priority || a.weight - b.weight);
  const order: T[] = [];
  while (left.length > 0) {
    const equals = left.filter(({ priority }) => priority === left[0]?.priority);
    const sum = equals.reduce((total, { weight }) => total + weight, 0);
    let draw = random() * sum;
    const drawn = equals.find(({ weight }) => (draw -= weight) < 0) ?? equals[0];
    if (drawn === undefined) break;
    order.push(drawn);
    left.splice(left.indexOf(drawn), 1);
  }
  return order;
}
