/**
 * The list of contacts as stanzas have it (RFC 6121 §2), and requests to see the user (§3.1); pure. It must never trust a sender: that is checked where
 * the stanza comes in.
 */
import { type Element, xml } from '@xmpp/xml';
import type { RosterEntry, SubscriptionRequest } from '../../transport.js';
import { bareOf, isSound } from './address.js';
import { noteOf } from './stanzas.js';

const rosterNamespace = 'jabber:iq:roster';

export const rosterQuery = (): Element => xml('iq', { type: 'get' }, xml('query', { xmlns: rosterNamespace }));

const subscriptions: ReadonlyMap<string, NonNullable<RosterEntry['subscription']>> = new Map(
  (['none', 'to', 'from', 'both', 'remove'] as const).map((each) => [each, each]),
);

/** Whom an answer or a change lists; whatever is no address is left out. */
export function entriesOf(stanza: Element): RosterEntry[] {
  const items = stanza.getChild('query', rosterNamespace)?.getChildren('item') ?? [];
  return items.flatMap((item): RosterEntry[] => {
    const { jid = '', name = '', subscription = '' } = item.attrs;
    if (!isSound(jid)) return [];
    const groups = item.getChildren('group').flatMap((group) => (group.text() === '' ? [] : [group.text()]));
    return [
      {
        name: bareOf(jid),
        ...(name === '' ? {} : { displayName: name }),
        ...(groups.length === 0 ? {} : { groups }),
        // Not said is `none` there (RFC 6121 §2.1.2.5).
        subscription: subscriptions.get(subscription) ?? 'none',
      },
    ];
  });
}

/** Who asks to see the user; undefined when nobody does. */
export function requestOf(stanza: Element): SubscriptionRequest | undefined {
  const { from = '', type } = stanza.attrs;
  if (type !== 'subscribe' || !isSound(from)) return undefined;
  return { name: bareOf(from), ...noteOf(stanza) };
}
