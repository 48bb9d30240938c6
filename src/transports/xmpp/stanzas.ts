/**
 * Presence to stanza and back, and errors, pure; which status is which is in the mapping. It must never let a contact tell INVISIBLE from offline.
 */
import { type Element, xml } from '@xmpp/xml';
import { MISTATUS } from '../../../machines/index.js';
import type { ContactPresence, OwnPresence, Presence } from '../../transport.js';
import { bareOf, isSound, parseAddress } from './address.js';
import { idleNamespace, marksOf, showOf, statusOf } from './mapping.js';

/** XEP-0352. */
export const clientStateNamespace = 'urn:xmpp:csi:0';

/** Longest note, in UTF-16 units, ours and theirs. */
export const longestNote = 1024;

// XML 1.0 §2.2 has no place for these, not even escaped: a server would end the stream over one.
const notXml = /[\u{fffe}\u{ffff}]|\p{Cs}|(?![\t\n\r\u007f-\u009f])\p{Cc}/gu;

/**
 * The stanza that shows a status to others.
 * @param options `id`: to know its answer by; `priority`: RFC 6121 §4.7.2.3
 */
export function presenceStanza(
  { status, note, idleSince }: Presence,
  { id, priority = 0 }: { readonly id?: string; readonly priority?: number } = {},
): Element {
  if (status === MISTATUS.INVISIBLE) return xml('presence', { id, type: 'unavailable' });
  const show = showOf(status);
  const text = note?.replace(notXml, '\ufffd') ?? '';
  return xml(
    'presence',
    { id },
    show === '' ? undefined : xml('show', {}, show),
    text === '' ? undefined : xml('status', {}, text),
    priority === 0 ? undefined : xml('priority', {}, String(priority)),
    idleSince === undefined ? undefined : xml('idle', { xmlns: idleNamespace, since: new Date(idleSince).toISOString() }),
    marksOf(status),
  );
}

/** What somebody wrote beside it; what is longer is cut, between letters. */
export function noteOf(stanza: Element): { readonly note?: string } {
  const text = stanza.getChildText('status');
  if (!text) return {};
  return { note: text.length <= longestNote ? text : text.slice(0, longestNote).replace(/[\ud800-\udbff]$/, '') };
}

/** What a presence stanza tells of a device; undefined when it tells nothing (subscriptions, probes, errors, types unknown). */
export function readPresence(stanza: Element): Omit<OwnPresence, 'device'> | undefined {
  const { type } = stanza.attrs;
  if (type === 'unavailable') {
    return { status: MISTATUS.OFFLINE, ...noteOf(stanza) };
  }
  if (type !== undefined) return undefined;
  const since = stanza.getChild('idle', idleNamespace);
  const idleSince = Date.parse(since?.attrs['since'] ?? '');
  return {
    status: statusOf(stanza),
    ...noteOf(stanza),
    ...(Number.isNaN(idleSince) ? {} : { idleSince }),
  };
}

/** The same with the person and device that it is about; undefined when it says neither who nor what. */
export function readContactPresence(stanza: Element): ContactPresence | undefined {
  const presence = readPresence(stanza);
  const { from } = stanza.attrs;
  if (presence === undefined || from === undefined || !isSound(from)) return undefined;
  const { resource } = parseAddress(from);
  return { name: bareOf(from), ...(resource === '' ? {} : { device: resource }), ...presence };
}

interface Condition {
  readonly condition: string;
  readonly text: string;
}

/** Condition and text among the children of an error (RFC 6120 §4.9.2, §6.5, §8.3.2). */
export function conditionOf(error: Element | undefined, byDefault = 'undefined-condition'): Condition {
  const children = error?.getChildElements() ?? [];
  const condition = children.find((child) => child.getName() !== 'text')?.getName() ?? byDefault;
  return { condition, text: children.find((child) => child.getName() === 'text')?.text() ?? '' };
}

/** The same of a stanza of type `error`. */
export function errorOf(stanza: Element): Condition {
  return conditionOf(stanza.getChild('error'));
}
