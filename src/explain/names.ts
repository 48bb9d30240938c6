/**
 * What people type for a state or an event, and what they may have meant: names of leaves, historical names of statuses, calls and messages,
 * whatever their case. It must never choose in place of the person.
 */
import { leaves, statusName, statusOfLeaf, type Leaf } from '../../machines/index.js';
import { events, type ExplainedEvent } from './explain.js';

const plain = (word: string): string => word.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Names of states: the leaves, then the statuses that they show. */
export const stateWords: readonly string[] = [...new Set([...leaves, ...leaves.map((leaf) => statusName(statusOfLeaf(leaf)))])];
/** Names of events: calls and messages. */
export const eventWords: readonly string[] = events;

/** The leaf of that name, or all that show the status of that name; none when there is no such name. */
export function statesNamed(word: string): Leaf[] {
  const meant = plain(word);
  const leaf = leaves.filter((name) => plain(name) === meant);
  return leaf.length > 0 ? leaf : leaves.filter((name) => plain(statusName(statusOfLeaf(name))) === meant);
}

/** The call or message of that name. */
export function eventNamed(word: string): ExplainedEvent | undefined {
  const meant = plain(word);
  return events.find((event) => plain(event) === meant);
}
