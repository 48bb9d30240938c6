/**
 * What others ask of this client, and what they get: the account's own server is answered, everybody else hears what a server says of a device that
 * is not there. So nobody can tell from an answer whether somebody invisible is here (B15). It must never send, and never repeat what was asked.
 */
import { type Element, xml } from '@xmpp/xml';
import { bareOf, sameAddress } from './address.js';

const rosterNamespace = 'jabber:iq:roster';

/** True for a change of the contact list (RFC 6121 §2.1.6). */
export const isRosterPush = (stanza: Element): boolean =>
  stanza.is('iq') && stanza.attrs['type'] === 'set' && stanza.getChild('query', rosterNamespace) !== undefined;

/** Said by the server for the account itself: without a sender, or in the account's own name. Others could invent contacts. */
export function isFromAccount(stanza: Element, own: string): boolean {
  const { from } = stanza.attrs;
  return from === undefined || sameAddress(from, bareOf(own)) || sameAddress(from, own);
}

/**
 * The answer to a request; undefined when the stanza is none.
 * @param own full address of this device
 */
export function answerTo(stanza: Element, own: string, domain: string): Element | undefined {
  const { type, id, from } = stanza.attrs;
  if (!stanza.is('iq') || (type !== 'get' && type !== 'set')) return undefined;
  const reply = (kind: 'result' | 'error', child?: Element): Element => xml('iq', { type: kind, id, to: from }, child);
  const isHome = isFromAccount(stanza, own) || (from !== undefined && sameAddress(from, domain));
  if (isHome && type === 'get' && stanza.getChild('ping', 'urn:xmpp:ping') !== undefined) return reply('result');
  if (isFromAccount(stanza, own) && isRosterPush(stanza)) return reply('result');
  const condition = xml('service-unavailable', { xmlns: 'urn:ietf:params:xml:ns:xmpp-stanzas' });
  return reply('error', xml('error', { type: 'cancel' }, condition));
}
