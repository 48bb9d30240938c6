/**
 * Clause, edge, test (B19): three sets without an orphan. Each edge has a clause behind it, found by doing damage; each clause has an edge or says
 * why not; and for each edge a generated test walks a path that ends with it, with every law watching.
 */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import {
  breachesOfRow,
  fullRules,
  initialState,
  laws,
  leafOf,
  leaves,
  smallRules,
  step,
  type Message,
  type State,
} from '../machines/index.js';
import {
  clausesOf,
  clausesWithoutEdge,
  decisions,
  edgeKey,
  edgesOf,
  rowClauses,
  traceabilityOf,
  traceabilityToMarkdown,
  type Edge,
} from '../src/explain/index.js';
import { explore, keyOf } from '../src/table/explore.js';
import { reach } from '../src/table/reach.js';
import { provided } from './support/chart-mutants.js';

const edges = edgesOf();
const { clauses } = traceabilityOf(edges);
const name = (edge: Edge): string => `${edge.from}, ${edge.message}: ${edge.to}`;

/** One of each kind is enough for the decisions. */
const smallMessages: Message[] = [
  { type: 'signin.request', tries: 'retry' },
  { type: 'signin.request', tries: 'once', status: 10 },
  { type: 'signout.request' },
  { type: 'status.request', status: 10 },
  { type: 'server.found' },
  { type: 'link.opened' },
  { type: 'link.refused', reason: 'tokenExpired' },
  { type: 'session.synchronized', resumed: false },
  { type: 'session.synchronized', resumed: true },
  { type: 'status.published', by: 'signin', status: 2 },
  { type: 'status.published', by: 'signin', status: 10 },
  { type: 'status.published', by: 'user', status: 10 },
  { type: 'status.published', by: 'idle', status: 18 },
  { type: 'status.refused', by: 'signin', reason: 'statusRejected' },
  { type: 'status.refused', by: 'user', reason: 'serverTooBusy' },
  { type: 'status.refused', by: 'idle', reason: 'serverTooBusy' },
  { type: 'publish.expired' },
  { type: 'link.lost', reason: 'lineLost' },
  { type: 'retry.due' },
  { type: 'idle.due' },
  { type: 'away.due' },
  { type: 'status.expired', status: 2 },
  { type: 'network.lost' },
  { type: 'network.restored' },
  { type: 'power.suspended' },
  { type: 'power.resumed' },
  { type: 'input.ceased' },
  { type: 'input.resumed' },
  { type: 'clock.jumped' },
  { type: 'link.verified' },
  { type: 'check.expired' },
  { type: 'session.restored' },
];

describe('B19 Clauses', () => {
  it('are all laws, all decisions and all traces of the origin', () => {
    const traceIds = Array.from({ length: 18 }, (_, index) => `T${index + 1}`);
    const expected = [...laws.map(({ id }) => id), ...decisions.map(({ id }) => id), ...traceIds];
    expect(clauses.map(({ id }) => id).sort()).toEqual([...expected].sort());
    expect(laws.map(({ id }) => id)).toEqual(Array.from({ length: 27 }, (_, index) => `L${String(index + 1).padStart(2, '0')}`));
  });

  it.each(clauses)('$id has an edge, or says why it has none', ({ required, forbidden, without }) => {
    if (without === undefined) expect(required + forbidden).toBeGreaterThan(0);
    else expect([required, forbidden, without.length > 20]).toEqual([0, 0, true]);
  });

  it.each(decisions)('$id holds on every step', ({ row }) => {
    const { cells } = explore({ rules: smallRules, messages: smallMessages });
    const wrong = cells.flatMap(({ kind, from, message, to, outputs }) => {
      if (kind !== 'handled') return [];
      const breach = row({ from, message, to, outputs, again: (other: Message) => step(from, other) });
      return breach === undefined ? [] : [`${leafOf(from)} ${message.type}: ${breach} at ${keyOf(from)}`];
    });
    expect(wrong).toEqual([]);
  });

  it('that have no edge are not judged by one', () => {
    const judged = rowClauses.filter(({ id }) => Object.hasOwn(clausesWithoutEdge, id)).map(({ id }) => id);
    expect(judged).toEqual(['L19']);
  });
});

describe('B19 Edges', () => {
  it('are all that the chart has', () => {
    const found = new Set<string>();
    const { states } = reach({ rules: smallRules }, () => undefined);
    reach({ rules: smallRules }, ({ from, message, to }) => {
      const [before, after] = [states[from], states[to]];
      if (before && after) found.add(edgeKey({ from: leafOf(before), message: message.type, to: leafOf(after) }));
    });
    const known = new Set(edges.map(edgeKey));
    expect([...found].filter((key) => !known.has(key))).toEqual([]);
    expect(new Set(edges.map(({ from }) => from))).toEqual(new Set(leaves));
    expect(new Set(edges.map(({ to }) => to))).toEqual(new Set(leaves));
    process.stdout.write(`  ${edges.length} edges, ${clauses.length} clauses\n`);
  });

  it('each have a clause behind them besides that nothing is silent (L25)', () => {
    expect(edges.filter(({ require }) => require.every((id) => id === 'L25')).map(name)).toEqual([]);
  });

  it.each(edges.map((edge) => [name(edge), edge] as const))(
    '%s is walked by a generated test, and every law is kept',
    (_, edge) => {
      let state: State = initialState(fullRules);
      let last = '';
      for (const message of edge.path) {
        const from = state;
        const [to, outputs] = step(from, message);
        expect(breachesOfRow({ from, message, to, outputs, again: (other) => step(from, other) })).toEqual([]);
        last = edgeKey({ from: leafOf(from), message: message.type, to: leafOf(to) });
        state = to;
      }
      expect(last).toBe(edgeKey(edge));
    },
  );
});

describe('The experiment', () => {
  const before = (...messages: readonly Message[]): State =>
    messages.reduce((state, message) => step(state, message)[0], initialState(fullRules));
  const constraints = (from: State, message: Message) => {
    const [to, outputs] = step(from, message);
    return clausesOf({ from, message, to, outputs, again: (other) => step(from, other) });
  };

  it('finds what giving up an attempt follows, and what keeps it from being more (L05, L06, L10, L17)', () => {
    const { require, forbid } = constraints(before({ type: 'signin.request', tries: 'once' }), { type: 'signout.request' });
    expect(require).toEqual(expect.arrayContaining(['L01', 'L05', 'L06', 'L10', 'L16', 'L25', 'L26']));
    expect(forbid).toContain('L17');
    expect(require).not.toContain('L14');
  });

  it('puts the telling ones first', () => {
    const { require } = constraints(before({ type: 'signin.request', tries: 'once' }), { type: 'signout.request' });
    expect(require.slice(0, 3)).toEqual(['L05', 'L06', 'L10']);
    expect(require.at(-1)).toBe('L25');
  });

  it('changes when the chart does: a mutant that does not renew has no edge for it', () => {
    const mutant = edgesOf(smallRules, provided({ guards: { mayRenew: () => false } }));
    const renewals = (some: readonly Edge[]) => some.filter(({ require }) => require.includes('Renewal'));
    expect(renewals(edges).map(name)).toEqual(['connecting, link.refused: connecting']);
    expect(renewals(mutant)).toEqual([]);
  });
});

describe('The table', () => {
  it('is the committed one', async () => {
    const there = await readFile('machines/drawn/traceability.md', 'utf8');
    expect(traceabilityToMarkdown({ edges, clauses }).split('\n')).toEqual(there.split('\n'));
  });
});
