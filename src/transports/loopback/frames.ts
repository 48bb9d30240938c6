/**
 * One WebSocket message is one element, whole and alone (RFC 7395 §3.3.3). This reads it, stricter than the parser beneath, and writes elements. It
 * must never throw.
 */
import { Element, Parser, xml } from '@xmpp/xml';

export const namespaces = {
  framing: 'urn:ietf:params:xml:ns:xmpp-framing',
  streams: 'http://etherx.jabber.org/streams',
  streamErrors: 'urn:ietf:params:xml:ns:xmpp-streams',
  sasl: 'urn:ietf:params:xml:ns:xmpp-sasl',
  bind: 'urn:ietf:params:xml:ns:xmpp-bind',
  stanzaErrors: 'urn:ietf:params:xml:ns:xmpp-stanzas',
  client: 'jabber:client',
  roster: 'jabber:iq:roster',
  ping: 'urn:xmpp:ping',
} as const;

class FrameParser extends Parser {
  whole: Element | undefined;
  wrong = false;

  override onStartElement(name: string, attrs: Record<string, string>): void {
    // The parser beneath goes on after the end, as a stream does.
    if (this.whole !== undefined) this.wrong = true;
    super.onStartElement(name, attrs);
  }
  override onText(text: string): void {
    if (this.whole !== undefined || this.cursor === null) this.wrong ||= text.trim() !== '';
    else super.onText(text);
  }
  override onEndElement(name: string): void {
    if (this.cursor === null || this.cursor.name !== name) this.wrong = true;
    else super.onEndElement(name);
  }
}

/** The element, or the stream error that it deserves. */
export function readFrame(text: string): Element | 'not-well-formed' | 'restricted-xml' {
  // RFC 6120 §11.1: no comments, no instructions, no document types. CDATA is allowed.
  if (/<\?|<!(?!\[CDATA\[)/.test(text)) return 'restricted-xml';
  const parser = new FrameParser();
  parser.on('start', (root) => {
    parser.root = root;
  });
  parser.on('element', (child) => parser.root?.append(child));
  parser.on('end', (root) => {
    parser.whole = root;
  });
  parser.on('error', () => {
    parser.wrong = true;
  });
  try {
    parser.write(text);
  } catch {
    return 'not-well-formed';
  }
  const after = text.slice(text.lastIndexOf('>') + 1);
  return parser.whole === undefined || parser.wrong || after.trim() !== '' ? 'not-well-formed' : parser.whole;
}

/** A copy with other attributes. */
export function readdress(stanza: Element, attrs: Record<string, string | undefined>): Element {
  const copy = new Element(stanza.name, { ...stanza.attrs, xmlns: namespaces.client, ...attrs });
  copy.children = stanza.children;
  return copy;
}

/** RFC 6120 §8.3.1: who causes an error gets it back with the reason. */
export function errorReply(stanza: Element, from: string | undefined, condition: string): Element {
  const type = condition === 'resource-constraint' || condition === 'remote-server-timeout' ? 'wait' : 'cancel';
  return xml(
    stanza.name,
    { xmlns: namespaces.client, type: 'error', id: stanza.attrs['id'], from },
    xml('error', { type }, xml(condition, { xmlns: namespaces.stanzaErrors })),
  );
}

export function streamError(condition: string, text?: string): Element {
  return xml(
    'stream:error',
    { 'xmlns:stream': namespaces.streams },
    xml(condition, { xmlns: namespaces.streamErrors }),
    text === undefined ? undefined : xml('text', { xmlns: namespaces.streamErrors, 'xml:lang': 'en' }, text),
  );
}
