/**
 * Reading the part of XML that XMPP allows (RFC 6120 §11.1), piece by piece and within limits: no comments, no instructions, no document types, no
 * entities but the five of XML itself. In place of the library's own reader, which skips what is forbidden and keeps whatever comes. It must never
 * hold more than the limits say, nor read anything twice because it came in small pieces.
 */
import type { Attributes, Parser } from '@xmpp/xml';

/** What one element on the top level may be. */
export interface Limits {
  /** UTF-16 units, its tags included. */
  length: number;
  /** Elements in it, itself included. */
  elements: number;
}

/** Before the logon anybody may be at the other end. */
export const limitsBeforeLogon: Readonly<Limits> = Object.freeze({ length: 2 ** 16, elements: 1_000 });
export const limitsOnline: Readonly<Limits> = Object.freeze({ length: 2 ** 20, elements: 10_000 });
/** While the contact list is awaited: it comes in one piece, and some have a hundred thousand contacts. */
export const limitsOfRoster: Readonly<Limits> = Object.freeze({ length: 2 ** 25, elements: 500_000 });

const [longestTag, deepest, longestReference] = [2 ** 16, 64, 12];

/** What comes is no XML, none that XMPP allows, or more than the limits. */
export class Breach extends Error {
  /** As the library's own: one name for all that is wrong with what is read. */
  override readonly name = 'XMLError';
}

export interface Listener {
  opened(name: string, attributes: Attributes): void;
  text(text: string): void;
  closed(name: string): void;
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function referenceOf(name: string): string {
  const [, decimal, hex] = /^#(?:(\d{1,7})|x([\dA-Fa-f]{1,6}))$/.exec(name) ?? [];
  const known = Object.hasOwn(entities, name) ? entities[name] : undefined;
  if (known !== undefined) return known;
  const code = decimal === undefined ? parseInt(hex ?? '', 16) : Number(decimal);
  // XML 1.0 §2.2.
  const isLegal =
    [9, 10, 13].includes(code) ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff);
  if (!isLegal) throw new Breach(`there is no entity ${JSON.stringify(name.slice(0, 20))} here`);
  return String.fromCodePoint(code);
}

function decode(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&([^;&]*)(;?)/g, (_, name: string, end: string) => {
    if (end === '') throw new Breach('an & that begins no entity');
    return referenceOf(name);
  });
}

const nameOf = /[^\s/>"'=<&]+/y;
const attributeOf = /\s+([^\s/>"'=<&]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const startOfInterest = /["'>]/g;

/** The inside of `<...>`: name, attributes, and whether it is closed in itself. */
function readTag(tag: string): { readonly name: string; readonly attributes: Record<string, string>; readonly isEmpty: boolean } {
  nameOf.lastIndex = 0;
  const name = nameOf.exec(tag)?.[0];
  const attributes: Record<string, string> = {};
  if (name === undefined) throw new Breach('a tag without a name');
  let at = name.length;
  for (;;) {
    attributeOf.lastIndex = at;
    const [whole, key, double, single] = attributeOf.exec(tag) ?? [];
    if (whole === undefined || key === undefined) break;
    if (Object.hasOwn(attributes, key)) throw new Breach(`the attribute ${JSON.stringify(key.slice(0, 50))} is there twice`);
    attributes[key] = decode(double ?? single ?? '');
    at += whole.length;
  }
  const rest = tag.slice(at).trim();
  if (rest !== '' && rest !== '/') throw new Breach('a tag that makes no sense');
  return { name, attributes, isEmpty: rest === '/' };
}

/** `framed`: one whole element in each piece (RFC 7395 §3.3.3); otherwise elements in one that lasts as long as the stream. */
export class Reader {
  readonly #listener: Listener;
  readonly #limits: Readonly<Limits>;
  readonly #framed: boolean;
  readonly #open: string[] = [];
  /** What was begun and is not whole yet, and how much of it has been looked at. */
  #rest = '';
  #seen = 0;
  #quote = '';
  #inCdata = false;
  #began = false;
  #length = 0;
  #elements = 0;

  /** @param limits looked at as they are at the moment */
  constructor(listener: Listener, limits: Readonly<Limits>, framed: boolean) {
    this.#listener = listener;
    this.#limits = limits;
    this.#framed = framed;
  }

  /** @throws Breach, after which nothing more may be written */
  write(piece: string): void {
    const data = this.#rest === '' ? piece : this.#rest + piece;
    this.#rest = '';
    let at = 0;
    while (at < data.length) {
      const next = this.#inCdata ? this.#cdata(data, at) : data[at] === '<' ? this.#markup(data, at) : this.#text(data, at);
      if (next === undefined) {
        this.#rest = data.slice(at);
        // A character reference that waits for its end is short: longer ones were refused.
        if (this.#rest.length > longestTag) throw new Breach('a tag that is too long');
        break;
      }
      this.#count(next - at);
      at = next;
    }
    if (!this.#framed) return;
    if (this.#rest !== '' || this.#open.length > 0) throw new Breach('a frame that does not hold one whole element');
    this.#began = false;
  }

  /** Depth at which what belongs to no element stands. */
  get #top(): number {
    return this.#framed ? 0 : 1;
  }

  #count(length: number): void {
    if (this.#open.length <= this.#top) return;
    this.#length += length;
    this.#check();
  }
  #check(): void {
    if (this.#length > this.#limits.length || this.#elements > this.#limits.elements)
      throw new Breach('an element that is too big');
  }

  #tell(text: string): void {
    if (this.#open.length > this.#top) return this.#listener.text(text);
    // White space keeps a line alive and is not kept (RFC 6120 §4.6.1).
    if (text.trim() !== '') throw new Breach('text outside of any element');
  }

  /** @returns where to go on; undefined when more has to come */
  #text(data: string, at: number): number | undefined {
    const lt = data.indexOf('<', at);
    let end = lt < 0 ? data.length : lt;
    if (lt < 0) {
      const amp = data.lastIndexOf('&');
      if (amp >= at && !data.includes(';', amp)) {
        if (data.length - amp > longestReference) throw new Breach('an & that begins no entity');
        if (amp === at) return undefined;
        end = amp;
      }
    }
    this.#tell(decode(data.slice(at, end)));
    return end;
  }

  #cdata(data: string, at: number): number | undefined {
    const close = data.indexOf(']]>', at);
    if (close >= 0) {
      this.#inCdata = false;
      if (close > at) this.#tell(data.slice(at, close));
      return close + 3;
    }
    // Its end may be cut in two.
    const end = Math.max(at, data.length - 2);
    if (end === at) return undefined;
    this.#tell(data.slice(at, end));
    return end;
  }

  #markup(data: string, at: number): number | undefined {
    const start = '<![CDATA[';
    const head = data.slice(at, at + start.length);
    if (start.startsWith(head) && head.length > 1) {
      if (head.length < start.length) return undefined;
      this.#inCdata = true;
      return at + start.length;
    }
    if (head[1] === '!') throw new Breach('comments and document types are not allowed');
    if (head[1] === '?') return this.#declaration(data, at);
    const end = this.#endOfTag(data, at);
    if (end === undefined) return undefined;
    if (end - at > longestTag) throw new Breach('a tag that is too long');
    this.#began = true;
    if (head[1] === '/') this.#close(data.slice(at + 2, end).trimEnd());
    else this.#begin(data.slice(at + 1, end), end + 1 - at);
    return end + 1;
  }

  /** `<?xml version='1.0'?>`, before everything else. */
  #declaration(data: string, at: number): number | undefined {
    const head = data.slice(at, at + 5);
    if (this.#began || !'<?xml'.startsWith(head)) throw new Breach('instructions are not allowed');
    const end = data.indexOf('?>', at);
    if (end < 0) return undefined;
    this.#began = true;
    return end + 2;
  }

  /** Where the `>` is, outside of quotes; goes on where it stopped last. */
  #endOfTag(data: string, at: number): number | undefined {
    let look = at + Math.max(1, this.#seen);
    for (;;) {
      let found: number;
      if (this.#quote === '') {
        startOfInterest.lastIndex = look;
        found = startOfInterest.exec(data)?.index ?? -1;
      } else found = data.indexOf(this.#quote, look);
      if (found < 0) {
        this.#seen = data.length - at;
        return undefined;
      }
      look = found + 1;
      const letter = data[found] ?? '';
      if (this.#quote !== '') this.#quote = '';
      else if (letter !== '>') this.#quote = letter;
      else {
        this.#seen = 0;
        return found;
      }
    }
  }

  #begin(tag: string, length: number): void {
    const { name, attributes, isEmpty } = readTag(tag);
    if (this.#open.length === this.#top) [this.#length, this.#elements] = [length, 0];
    this.#elements += 1;
    this.#open.push(name);
    if (this.#open.length > deepest) throw new Breach('elements too deep in each other');
    this.#check();
    this.#listener.opened(name, attributes);
    if (isEmpty) this.#close(name);
  }

  #close(name: string): void {
    const open = this.#open.pop();
    if (open !== name)
      throw new Breach(`${open === undefined ? 'nothing' : JSON.stringify(open.slice(0, 50))} is closed by another name`);
    this.#listener.closed(name);
  }
}

type ParserClass = new () => Parser;

/** The library's parser, which makes elements, with this reader in place of its own. */
export function boundedParser(Base: ParserClass, limits: Readonly<Limits>, framed: boolean): ParserClass {
  return class extends Base {
    readonly #reader = new Reader(
      {
        opened: (name, attributes) => this.onStartElement(name, attributes),
        text: (text) => this.onText(text),
        closed: (name) => this.onEndElement(name),
      },
      limits,
      framed,
    );

    override write(data: string): void {
      this.#reader.write(data);
    }
  };
}
