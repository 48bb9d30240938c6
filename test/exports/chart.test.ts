/** The texts that are made from the chart as it is written: the same states and transitions. */
import { describe, expect, it } from '@jest/globals';
import { createMachine, type AnyStateNode } from 'xstate';
import { leaves, presenceMachine, statusName } from '../../machines/index.js';
import { toDot, toXStateJson } from '../../src/exports/index.js';
import { edited } from '../support/chart-mutants.js';

/** Everything that is written of a state and of those inside it. */
function outline(node: AnyStateNode): unknown {
  const named = (things: readonly unknown[]) => things.map((thing) => (typeof thing === 'string' ? { type: thing } : thing));
  const guardOf = (guard: unknown) => (typeof guard === 'string' ? { type: guard } : guard);
  return {
    id: node.id,
    type: node.type,
    description: node.description,
    initial: (node.initial?.target[0] as AnyStateNode | undefined)?.id,
    entry: named(node.entry),
    exit: named(node.exit),
    transitions: [...node.transitions.values()].flat().map(({ eventType, target, guard, actions, reenter }) => ({
      eventType,
      target: target?.map(({ id }) => id),
      guard: guardOf(guard),
      actions: named(actions),
      reenter,
    })),
    states: Object.values(node.states).map((child) => outline(child)),
  };
}

describe('toXStateJson', () => {
  const json = toXStateJson(presenceMachine);

  it('is taken by createMachine, with the same states, transitions, guards, actions and descriptions', () => {
    const again = createMachine(JSON.parse(json) as never);
    const plain = (node: AnyStateNode) => JSON.parse(JSON.stringify(outline(node))) as unknown;
    expect(plain(again.root as unknown as AnyStateNode)).toEqual(plain(presenceMachine.root as AnyStateNode));
  });

  it('names guards and actions, and says where the context begins', () => {
    const { context, states } = JSON.parse(json) as { context: object; states: { offline: { entry: unknown } } };
    expect(states.offline.entry).toBe('drop');
    expect(context).toMatchObject({ network: true, awake: true, pending: 0 });
    expect(json).toContain('"guard": "isOutdated"');
  });

  it('refuses a function without a name, instead of losing it', () => {
    const chart = edited((at) => void (at('offline').entry = [() => {}]));
    expect(() => toXStateJson(chart)).toThrow('presence.states.offline.entry.0 is a function; it needs a name');
  });
});

describe('toDot', () => {
  const text = toDot(presenceMachine);

  it('is balanced, with one node for each leaf and one cluster for each state around some', () => {
    const bare = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');
    for (const [open, close] of ['{}', '[]']) expect(bare.split(open ?? '').length).toBe(bare.split(close ?? '').length);
    expect([...text.matchAll(/^ *"(\w+)" \[label=/gm)].map(([, name]) => name ?? '').sort()).toEqual([...leaves].sort());
    expect([...text.matchAll(/subgraph "cluster_(\w+)"/g)].map(([, name]) => name)).toEqual([
      'offline',
      'attempt',
      'session',
      'signedIn',
    ]);
  });

  it('has every transition of the chart on an arrow from its state to its target', () => {
    const arrows = new Set(
      [
        ...text.matchAll(
          /^ {2}"(\w+)" -> "(\w+)" \[label="([^"]*)"(?:, ltail="cluster_(\w+)")?(?:, lhead="cluster_(\w+)")?\];$/gm,
        ),
      ].flatMap(([, from, to, label]) => (label ?? '').split('\\n').map((line) => `${from} -> ${to}: ${line}`)),
    );
    const first = (node: AnyStateNode): string => {
      const inner = node.initial?.target[0] as AnyStateNode | undefined;
      return inner ? first(inner) : node.key;
    };
    const expected = new Set<string>();
    const visit = (node: AnyStateNode) => {
      for (const { eventType, target, guard } of [...node.transitions.values()].flat()) {
        const { type, params } = (typeof guard === 'string' ? { type: guard } : (guard ?? {})) as {
          type?: string;
          params?: { status: number };
        };
        const condition = type === undefined ? '' : ` [${type}${params ? ` ${statusName(params.status)}` : ''}]`;
        expected.add(`${first(node)} -> ${first((target?.[0] as AnyStateNode | undefined) ?? node)}: ${eventType}${condition}`);
      }
      Object.values(node.states).forEach(visit);
    };
    visit(presenceMachine.root as AnyStateNode);
    expect([...arrows].sort()).toEqual([...expected].sort());
  });

  it('keeps what a description says, quotes and semicolons included', () => {
    expect(text).toContain('tooltip="The last attempt or session failed; the next attempt begins at retryAt."');
    const chart = edited((at) => void Object.assign(at('disconnecting'), { description: 'Says "bye" \\ leaves' }));
    expect(toDot(chart)).toContain(String.raw`tooltip="Says \"bye\" \\ leaves"`);
  });
});
