/**
 * Who has whom on the list of contacts, and who asks to be on it. Without lists everybody is a contact of everybody who is known. It must never
 * tell anybody anything.
 */
import type { RosterEntry, SubscriptionRequest } from '../../transport.js';

/** Lists of contacts by sign-in name. */
export type ContactLists = Readonly<Record<string, readonly (string | RosterEntry)[]>>;

export interface Lists {
  /** The list of a user, by name; undefined where there are no lists and nobody knows who there is. */
  of(name: string): readonly RosterEntry[] | undefined;
  /** Whether somebody is told of another's presence. */
  sees(viewer: string, name: string): boolean;
  /** @returns what has changed, `remove` for those who are not on it any more */
  set(name: string, list: readonly (string | RosterEntry)[]): readonly RosterEntry[];
  /** Those who ask to see a user and are not on the list yet. */
  requests(name: string): readonly SubscriptionRequest[];
  ask(name: string, request: SubscriptionRequest): void;
}

const entryOf = (entry: string | RosterEntry): RosterEntry =>
  Object.freeze(typeof entry === 'string' ? { name: entry, subscription: 'both' } : { ...entry });
const isShownUser = ({ subscription = 'both' }: RosterEntry): boolean => subscription === 'both' || subscription === 'from';

/** @param known names of all users, where only listed ones may sign in */
export function createLists(given: ContactLists | undefined, known: () => readonly string[] | undefined): Lists {
  const lists = new Map<string, ReadonlyMap<string, RosterEntry>>();
  const asking = new Map<string, Map<string, SubscriptionRequest>>();

  function put(name: string, list: readonly (string | RosterEntry)[]): ReadonlyMap<string, RosterEntry> {
    const entries = list.map(entryOf);
    const asked = asking.get(name);
    for (const entry of entries) if (isShownUser(entry)) asked?.delete(entry.name);
    const mine = new Map(entries.map((entry) => [entry.name, entry]));
    lists.set(name, mine);
    return mine;
  }
  for (const [name, list] of Object.entries(given ?? {})) put(name, list);

  return {
    of(name) {
      const mine = lists.get(name);
      if (mine) return [...mine.values()];
      if (given) return [];
      return known()
        ?.filter((other) => other !== name)
        .map(entryOf);
    },
    sees(viewer, name) {
      const mine = lists.get(viewer);
      if (!mine) return given === undefined;
      const { subscription = 'both' } = mine.get(name) ?? { subscription: 'none' };
      return subscription === 'both' || subscription === 'to';
    },
    set(name, list) {
      const former = lists.get(name) ?? new Map<string, RosterEntry>(this.of(name)?.map((entry) => [entry.name, entry]));
      const mine = put(name, list);
      const removed = [...former.keys()].filter((other) => !mine.has(other));
      return [...mine.values(), ...removed.map((other): RosterEntry => ({ name: other, subscription: 'remove' }))];
    },
    requests: (name) => [...(asking.get(name)?.values() ?? [])],
    ask(name, request) {
      asking.set(name, (asking.get(name) ?? new Map<string, SubscriptionRequest>()).set(request.name, request));
    },
  };
}
