/**
 * The pairs of state and fact in which nothing is meant to happen, each with its reason (L25): ignored, because it changes nothing, or
 * impossible, because the driver that keeps its contract cannot report it there. What an impossible fact does is promised for answers only
 * (nothing, L21); one that comes all the same is a breach of contract, which the driver records. What is in no list and not handled by the chart is silent, and a test fails.
 */
import type { Fact } from './alphabet.js';
import type { Context } from './moves.js';
import { leafOf, phaseOf, type Leaf, type State } from './step.js';

export interface Silence {
  readonly kind: 'ignored' | 'impossible';
  readonly facts: readonly Fact['type'][];
  readonly when: (leaf: Leaf, context: Context, fact: Fact) => boolean;
  readonly because: string;
}

const outside =
  (...places: readonly Leaf[]) =>
  (leaf: Leaf) =>
    !places.includes(leaf);
const online = (leaf: Leaf) => phaseOf(leaf) === 'online';
const inSession = (leaf: Leaf) => online(leaf) || leaf === 'synchronizing';

export const silences: readonly Silence[] = [
  {
    kind: 'impossible',
    facts: ['server.found', 'server.failed', 'finding.expired'],
    when: outside('findingServer'),
    because: 'it answers a search, and none runs',
  },
  {
    kind: 'impossible',
    facts: ['link.opened', 'link.refused', 'logon.expired'],
    when: outside('connecting'),
    because: 'it answers a connect, and none runs',
  },
  {
    kind: 'impossible',
    facts: ['session.synchronized', 'session.failed'],
    when: (leaf, { by }) => leaf !== 'synchronizing' || by !== 'none',
    because: 'it answers a synchronization, and none runs',
  },
  {
    kind: 'impossible',
    facts: ['synchronizing.expired'],
    when: outside('synchronizing'),
    because: 'this limit runs only while synchronizing',
  },
  {
    kind: 'impossible',
    facts: ['status.published', 'status.refused'],
    when: (leaf, { by, offered }, fact) =>
      !inSession(leaf) ||
      ((fact.type === 'status.published' || fact.type === 'status.refused') && fact.by !== by) ||
      (fact.type === 'status.published' && by !== 'user' && fact.status !== offered),
    because: 'it answers the change at the server, and that is another one or none',
  },
  {
    kind: 'impossible',
    facts: ['publish.expired'],
    when: (leaf, { by }) => !online(leaf) || by === 'none',
    because: 'this limit runs only while a change of somebody online is at the server',
  },
  {
    kind: 'impossible',
    facts: ['link.lost'],
    when: (leaf) => !inSession(leaf) && leaf !== 'disconnecting',
    because: 'there is no link',
  },
  {
    kind: 'impossible',
    facts: ['link.verified', 'check.expired'],
    when: (leaf) => !inSession(leaf),
    because: 'a check ends with its session',
  },
  {
    kind: 'impossible',
    facts: ['link.closed', 'signout.expired'],
    when: outside('disconnecting'),
    because: 'nobody is signing out',
  },
  { kind: 'impossible', facts: ['retry.due'], when: outside('waitingToRetry'), because: 'no wait runs' },
  {
    kind: 'impossible',
    facts: ['idle.due'],
    when: (leaf, { user }) => !online(leaf) || user !== 'inactive',
    because: 'idleness is counted only while online and without input',
  },
  {
    kind: 'impossible',
    facts: ['away.due'],
    when: (leaf, { user, rules }) => leaf !== 'idle' || user !== 'idle' || !rules.away,
    because: 'longer idleness is counted only while idle',
  },
  {
    kind: 'impossible',
    facts: ['status.expired'],
    when: (leaf) => leaf === 'signedOut' || leaf === 'disconnecting',
    because: 'nothing is wanted any more, so nothing can run out',
  },
  {
    kind: 'impossible',
    facts: ['network.lost'],
    when: (_, { network }) => !network,
    because: 'only a change of the network is reported',
  },
  {
    kind: 'impossible',
    facts: ['network.restored'],
    when: (_, { network }) => network,
    because: 'only a change of the network is reported',
  },
  {
    kind: 'impossible',
    facts: ['power.suspended'],
    when: (_, { awake }) => !awake,
    because: 'only a change of the power is reported',
  },
  {
    kind: 'impossible',
    facts: ['power.resumed'],
    when: (_, { awake }) => awake,
    because: 'only a change of the power is reported',
  },
  {
    kind: 'impossible',
    facts: ['session.restored'],
    when: (leaf, { network, awake }) => leaf !== 'signedOut' || !network || !awake,
    because: 'a restart comes once, before anything else',
  },
  {
    kind: 'ignored',
    facts: ['input.ceased'],
    when: (_, { user }) => user !== 'active',
    because: 'it is known already, and the time counts from the first word of it',
  },
  {
    kind: 'ignored',
    facts: ['clock.jumped'],
    when: (leaf) => !inSession(leaf),
    because: 'there is no session to doubt; deadlines are the clock owner’s to judge',
  },
];

/** Why nothing happens for a fact in a state, if nothing is meant to happen. */
export function silenceOf(state: State, fact: Fact): Silence | undefined {
  const leaf = leafOf(state);
  return silences.find((row) => row.facts.includes(fact.type) && row.when(leaf, state.context, fact));
}
