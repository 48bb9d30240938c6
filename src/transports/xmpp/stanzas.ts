/**
 * Presence to stanza and back, pure. XMPP has four values of `show` where the machine has eight statuses: `show` serves everybody, a child element
 * of our own keeps the eight apart for those who know it. It must never let a contact tell INVISIBLE from offline.
 */
import { type Element, xml } from '@xmpp/xml';
import { MISTATUS, type ShownStatus, statusName } from '../../../machines/index.js';
import type { ContactPresence, OwnPresence, Presence } from '../../transport.js';
import { bareOf, parseAddress } from './address.js';
import { MISTATUS_NAMESPACE } from './namespace.js';

/** XEP-0352. */
export const clientStateNamespace = 'urn:xmpp:csi:0';
/** XEP-0319. */
const idleNamespace = 'urn:xmpp:idle:1';

/** Status; `show` (RFC 6121 §4.7.2.1), empty: none. */
export const showRows = [
  [MISTATUS.ONLINE, ''],
  [MISTATUS.BUSY, 'dnd'],
  [MISTATUS.BE_RIGHT_BACK, 'away'],
  [MISTATUS.AWAY, 'away'],
  [MISTATUS.IDLE, 'away'],
  [MISTATUS.ON_THE_PHONE, 'dnd'],
  [MISTATUS.OUT_TO_LUNCH, 'xa'],
] as const satisfies readonly (readonly [ShownStatus, string])[];

/** What a foreign `show` means; others, and none, are simply available. */
const statusOfShow = new Map<string, MISTATUS>([
  ['away', MISTATUS.AWAY],
  ['xa', MISTATUS.AWAY],
  ['dnd', MISTATUS.BUSY],
]);

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
  const show = showRows.find(([row]) => row === status)?.[1] ?? '';
  const text = note?.replace(notXml, '\ufffd') ?? '';
  return xml(
    'presence',
    { id },
    show === '' ? undefined : xml('show', {}, show),
    text === '' ? undefined : xml('status', {}, text),
    priority === 0 ? undefined : xml('priority', {}, String(priority)),
    idleSince === undefined ? undefined : xml('idle', { xmlns: idleNamespace, since: new Date(idleSince).toISOString() }),
    status === MISTATUS.ONLINE ? undefined : xml('mistatus', { xmlns: MISTATUS_NAMESPACE }, statusName(status)),
  );
}

function statusOf(stanza: Element, idle: boolean): MISTATUS {
  const show = stanza.getChildText('show')?.trim() ?? '';
  const named = stanza.getChildText('mistatus', MISTATUS_NAMESPACE);
  // A name that its own `show` belies was written by somebody else.
  const row = showRows.find(([status, itsShow]) => statusName(status) === named && itsShow === show);
  if (row !== undefined) return row[0];
  const plain = statusOfShow.get(show) ?? MISTATUS.ONLINE;
  return plain === MISTATUS.AWAY && idle ? MISTATUS.IDLE : plain;
}

/** What a presence stanza tells of a device; undefined when it tells nothing (subscriptions, probes, errors, types unknown). */
export function readPresence(stanza: Element): Omit<OwnPresence, 'device'> | undefined {
  const { type } = stanza.attrs;
  if (type === 'unavailable') {
    const note = stanza.getChildText('status');
    return { status: MISTATUS.OFFLINE, ...(note ? { note } : {}) };
  }
  if (type !== undefined) return undefined;
  const since = stanza.getChild('idle', idleNamespace);
  const idleSince = Date.parse(since?.attrs['since'] ?? '');
  const note = stanza.getChildText('status');
  return {
    status: statusOf(stanza, since !== undefined),
    ...(note ? { note } : {}),
    ...(Number.isNaN(idleSince) ? {} : { idleSince }),
  };
}

/** The same with the person and device that it is about; undefined when it says neither who nor what. */
export function readContactPresence(stanza: Element): ContactPresence | undefined {
  const presence = readPresence(stanza);
  const { from } = stanza.attrs;
  if (presence === undefined || from === undefined || from === '') return undefined;
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
