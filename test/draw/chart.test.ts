/**
 * What is drawn of a chart: that every transition of the chart is there once, and nothing else.
 */
import { describe, expect, it } from '@jest/globals';
import type { AnyStateNode } from 'xstate';
import { leaves, presenceMachine } from '../../machines/index.js';
import { drawingOf } from '../../src/draw/chart.js';
import { mutant, withoutTransition } from './mutant.js';

const drawing = drawingOf(presenceMachine);
const stateCalled = (name: string) => drawing.states.find((state) => state.name === name);

describe('The drawing of the chart', () => {
  it('has every leaf once, each with a description and a phase', () => {
    const drawn = drawing.states.filter(({ children }) => children.length === 0);
    expect(drawn.map(({ name }) => name).sort()).toEqual([...leaves].sort());
    expect(drawing.states.filter(({ description, phase }) => description === '' || phase === undefined)).toEqual([]);
  });

  it('has every message of every state of the chart, on an arrow or in the box', () => {
    const inChart: string[] = [];
    const visit = (node: AnyStateNode): void => {
      for (const type of node.transitions.keys()) inChart.push(`${node.key} ${type}`);
      for (const child of Object.values(node.states)) visit(child);
    };
    visit(presenceMachine.root as AnyStateNode);
    const onArrows = drawing.edges.flatMap(({ source, triggers }) => triggers.map(({ type }) => `${source} ${type}`));
    const inBoxes = drawing.states.flatMap(({ name, stays, again, within }) =>
      [...stays, ...again, ...within].map(({ type }) => `${name} ${type}`),
    );
    expect([...new Set([...onArrows, ...inBoxes])].sort()).toEqual([...new Set(inChart)].sort());
  });

  it('has at most one arrow for each pair of states, and none from a state to itself', () => {
    const pairs = drawing.edges.map(({ source, target }) => `${source} ${target}`);
    expect(new Set(pairs).size).toBe(pairs.length);
    expect(drawing.edges.filter(({ source, target }) => source === target)).toEqual([]);
  });

  it('says a hold once, on the parents', () => {
    const holds = drawing.edges.filter(
      ({ target, triggers }) => target === 'held' && triggers.some(({ type }) => type === 'network.lost'),
    );
    expect(holds.map(({ source }) => source).sort()).toEqual(['attempt', 'session', 'waitingToRetry']);
  });

  it('folds the branches to each child of a state into one arrow to the state', () => {
    const arrow = drawing.edges.find(({ id }) => id === 'synchronizing-signedIn');
    expect(arrow?.triggers).toContainEqual({ type: 'status.published', guard: 'shows …' });
    expect(stateCalled('signedIn')?.within).toEqual([{ type: 'status.published', guard: 'shows …' }]);
  });

  it('does not fold them when one child is left out', () => {
    const partial = mutant(['session', 'signedIn'], ({ on = {}, ...state }) => {
      const branches = on['status.published'] as readonly unknown[];
      return { ...state, on: { ...on, 'status.published': branches.slice(1) } };
    });
    const within = drawingOf(partial).states.find(({ name }) => name === 'signedIn')?.within ?? [];
    expect(within.map(({ guard }) => guard)).toContain('shows BUSY');
    expect(within.map(({ guard }) => guard)).not.toContain('shows ONLINE');
  });

  it('calls the last branch without a guard else', () => {
    expect(drawing.edges.find(({ id }) => id === 'signedIn-waitingToRetry')?.triggers).toEqual([
      { type: 'check.expired' },
      { type: 'link.lost', guard: 'else' },
    ]);
  });

  it('begins where the chart begins', () => {
    expect(drawing.initial).toEqual([
      ['', 'offline'],
      ['offline', 'signedOut'],
    ]);
  });

  it('changes with a transition that is taken away', () => {
    expect(drawingOf(withoutTransition(['attempt', 'connecting'], 'link.opened')).edges.map(({ id }) => id)).not.toContain(
      'connecting-synchronizing',
    );
  });

  it('refuses a chart in which two states have the same name', () => {
    const twins = mutant(['attempt', 'connecting'], (state) => ({ ...state, initial: 'held', states: { held: {} } }));
    expect(() => drawingOf(twins)).toThrow(new TypeError('drawingOf: two states are called held'));
  });
});
