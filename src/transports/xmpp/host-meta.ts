/**
 * Finding the WebSocket of a domain by what its web server says (XEP-0156: host-meta as JSON and as XRD). Only encrypted answers and addresses count,
 * but for this machine's own. It must never connect to what it finds, nor read without end.
 */
import { type Element, Parser } from '@xmpp/xml';
import { TransportError } from '../../transport.js';
import { decodeHost, ipFamily, isLocalhost, isLoopbackAddress, parseService, type Place } from './address.js';
import { boundedParser } from './reader.js';

/** What is used of `fetch`; the built-in one fits. */
export type Fetch = (
  url: string,
  options: { readonly signal: AbortSignal; readonly headers: Readonly<Record<string, string>>; readonly credentials: 'omit' },
) => Promise<{
  readonly ok: boolean;
  readonly url: string;
  readonly body: AsyncIterable<Uint8Array> | ReadableBody | null;
}>;
/** A body as browsers have it. */
interface ReadableBody {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
    cancel(): Promise<unknown>;
  };
}

const relation = 'urn:xmpp:alt-connections:websocket';
/** Bytes: a longer answer is none. */
const longest = 2 ** 16;
/** More than these are not tried. */
const most = 8;

const isHere = (host: string): boolean => isLocalhost(host) || isLoopbackAddress(host);
function mayAsk(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || (protocol === 'http:' && isHere(decodeHost(hostname) ?? ''));
}

async function read(body: AsyncIterable<Uint8Array> | ReadableBody): Promise<string> {
  const decoder = new TextDecoder();
  let [text, length] = ['', 0];
  const take = (piece: Uint8Array): void => {
    length += piece.length;
    if (length > longest) throw new Error('an answer that is too long');
    text += decoder.decode(piece, { stream: true });
  };
  if ('getReader' in body) {
    const reader = body.getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        if (value !== undefined) take(value);
      }
    } finally {
      await reader.cancel();
    }
  } else for await (const piece of body) take(piece);
  return text + decoder.decode();
}

/** The addresses in a `host-meta.json` (XEP-0156 §3.2); whatever else it holds is passed over. */
export function addressesInJson(text: string): string[] {
  const { links } = JSON.parse(text) as { readonly links?: unknown };
  if (!Array.isArray(links)) return [];
  return (links as readonly unknown[]).flatMap((link) => {
    const { rel, href } = typeof link === 'object' && link !== null ? (link as Readonly<Record<string, unknown>>) : {};
    return rel === relation && typeof href === 'string' ? [href] : [];
  });
}

/** The addresses in a `host-meta` (XRD 1.0). @throws Breach when it is no XML, or more than XMPP would take */
export function addressesInXrd(text: string): string[] {
  let root: Element | undefined;
  const parser = new (boundedParser(Parser, { length: longest, elements: 1_000 }, false))();
  const links: Element[] = [];
  parser.on('start', (element) => (root = element));
  parser.on('element', (element) => links.push(element));
  parser.write(text);
  if (root?.is('XRD', 'http://docs.oasis-open.org/ns/xri/xrd-1.0') !== true) return [];
  return links.flatMap(({ name, attrs }) =>
    name.replace(/.*:/, '') === 'Link' && attrs['rel'] === relation && attrs['href'] ? [attrs['href']] : [],
  );
}

/** Encrypted, or within this machine. */
function placeOf(address: string): Place | undefined {
  const place = /^wss?:/i.test(address) ? parseService(address) : undefined;
  return place !== undefined && (place.kind === 'wss' || isHere(place.host)) ? place : undefined;
}

/**
 * @param origin `https://example.org`, or `http://` of this machine
 * @returns in the order given there; empty when it says nothing
 * @throws TransportError `serverNotFound` when the origin may not be asked
 */
export async function findWebSockets(origin: string, fetch: Fetch, signal: AbortSignal): Promise<readonly Place[]> {
  if (!mayAsk(origin)) throw new TransportError('serverNotFound', { message: 'host-meta is asked for over https only' });
  const ask = async (file: string, addressesIn: (text: string) => string[]): Promise<readonly Place[]> => {
    try {
      const url = new URL(`/.well-known/${file}`, origin).href;
      const { ok, url: answered, body } = await fetch(url, { signal, headers: { accept: '*/*' }, credentials: 'omit' });
      // It may have been led elsewhere: there too, nobody in between may have had a say.
      if (!ok || body === null || !mayAsk(answered === '' ? url : answered)) return [];
      return addressesIn(await read(body)).flatMap((address) => placeOf(address) ?? []);
    } catch {
      // No such file, no web server, no sense in it: all the same, there is nothing to be found here.
      return [];
    }
  };
  const [json, xrd] = await Promise.all([ask('host-meta.json', addressesInJson), ask('host-meta', addressesInXrd)]);
  return (json.length > 0 ? json : xrd).slice(0, most);
}

/** Where the web server of a domain is. */
export function originOf(host: string): string {
  const name = ipFamily(host) === 6 ? `[${host}]` : host;
  return `${isHere(host) ? 'http' : 'https'}://${name}`;
}
