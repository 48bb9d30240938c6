/**
 * The table between our statuses and what XMPP has for them. XMPP knows four values of `show` (RFC 6121 §4.7.2.1); three things beside it keep our
 * statuses apart: a child of our own, the activity of XEP-0108 where one fits, the mark of XEP-0319 for who has not touched anything for a while. Who
 * knows only `show` sees the row's last column. It must never let a contact tell INVISIBLE from offline, and sends nothing by PEP (XEP-0107, XEP-0108 as
 * written): what is kept there outlives the presence and would reach contacts of somebody invisible.
 */
import { type Element, xml } from '@xmpp/xml';
import { MISTATUS, type ShownStatus, statusName } from '../../../machines/index.js';
import { MISTATUS_NAMESPACE } from './namespace.js';

/** XEP-0319. */
export const idleNamespace = 'urn:xmpp:idle:1';
/** XEP-0108. */
const activityNamespace = 'http://jabber.org/protocol/activity';

export interface MappingRow {
  readonly status: ShownStatus;
  /** Empty: none, which is plain available. `unavailable` is no show but the type of the stanza. */
  readonly show: '' | 'away' | 'xa' | 'dnd' | 'unavailable';
  /** General and specific activity (XEP-0108 §3). */
  readonly activity?: readonly [general: string, specific: string];
  /** What somebody makes of it who knows nothing but `show`. */
  readonly plainly: MISTATUS;
}

export const mapping = [
  { status: MISTATUS.ONLINE, show: '', plainly: MISTATUS.ONLINE },
  { status: MISTATUS.BUSY, show: 'dnd', plainly: MISTATUS.BUSY },
  { status: MISTATUS.BE_RIGHT_BACK, show: 'away', plainly: MISTATUS.AWAY },
  { status: MISTATUS.AWAY, show: 'away', plainly: MISTATUS.AWAY },
  { status: MISTATUS.IDLE, show: 'away', plainly: MISTATUS.AWAY },
  { status: MISTATUS.ON_THE_PHONE, show: 'dnd', activity: ['talking', 'on_the_phone'], plainly: MISTATUS.BUSY },
  { status: MISTATUS.OUT_TO_LUNCH, show: 'xa', activity: ['eating', 'having_lunch'], plainly: MISTATUS.AWAY },
  { status: MISTATUS.INVISIBLE, show: 'unavailable', plainly: MISTATUS.OFFLINE },
] as const satisfies readonly MappingRow[];

const rows: readonly MappingRow[] = mapping;
/** Those that somebody sees who is meant to see them. */
const visible = rows.filter(({ show }) => show !== 'unavailable');

/** What stands beside `show` so that the status survives; nothing for ONLINE, which needs nothing. */
export function marksOf(status: ShownStatus): readonly Element[] {
  if (status === MISTATUS.ONLINE) return [];
  const { activity } = rows.find((row) => row.status === status) ?? {};
  return [
    ...(activity === undefined ? [] : [xml('activity', { xmlns: activityNamespace }, xml(activity[0], {}, xml(activity[1])))]),
    xml('mistatus', { xmlns: MISTATUS_NAMESPACE }, statusName(status)),
  ];
}

/** The `show` of a status, empty where there is none. */
export function showOf(status: ShownStatus): string {
  return visible.find((row) => row.status === status)?.show ?? '';
}

/** The status that an available presence tells. What stands beside `show` counts only where it fits to it: else somebody else has changed one of them. */
export function statusOf(presence: Element): MISTATUS {
  const show = presence.getChildText('show')?.trim() ?? '';
  const fitting = visible.filter((row) => row.show === show);
  const name = presence.getChildText('mistatus', MISTATUS_NAMESPACE);
  const marked = fitting.find(({ status }) => statusName(status) === name);
  if (marked !== undefined) return marked.status;
  const doing = presence.getChild('activity', activityNamespace);
  const active = fitting.find(({ activity }) => activity && doing?.getChild(activity[0])?.getChild(activity[1]) !== undefined);
  if (active !== undefined) return active.status;
  // A `show` that is none of XMPP's, and `chat`, are simply available.
  const plain = fitting[0]?.plainly ?? MISTATUS.ONLINE;
  return plain === MISTATUS.AWAY && presence.getChild('idle', idleNamespace) !== undefined ? MISTATUS.IDLE : plain;
}
