/** The test model over the production machine: its paths are counted, end well, and are the same in both libraries. */
import { describe, expect, it } from '@jest/globals';
import { TestModel } from '@xstate/test';
import { TestModel as GraphTestModel } from 'xstate/graph';
import { leafOf, presenceMachine, samples, smallRules, type Chart, type Message, type State } from '../../machines/index.js';
import { explore, keyOf } from '../../src/table/explore.js';
import { asTestLogic, possibleMessages, presenceTestModel } from '../../src/testing/index.js';
import { provided } from '../support/chart-mutants.js';

const graph = explore({ rules: smallRules });
const model = presenceTestModel({ TestModel });
const paths = model.getShortestPaths();
/** What is asked of every path besides its number: an exception inside a model only shows as a status (XState 5.32.6). */
const failed = (some: readonly { state: State; steps: readonly { state: State }[] }[]) =>
  some.filter(({ state, steps }) => state.status !== 'active' || steps.some((step) => step.state.status !== 'active'));

describe('presenceTestModel', () => {
  it('has a known number of shortest paths, and none ends in an error', () => {
    expect(failed(paths)).toEqual([]);
    const steps = paths.reduce((sum, path) => sum + path.steps.length - 1, 0);
    process.stdout.write(`  ${paths.length} shortest paths, ${steps} steps\n`);
    expect(paths.length).toBe(507);
  });

  it('reaches with them exactly the states of the walk', () => {
    const reached = new Set(paths.flatMap((path) => path.steps.map(({ state }) => keyOf(state))));
    expect([...reached].sort()).toEqual([...graph.states.keys()].sort());
  });

  it('finds the same paths in xstate/graph', () => {
    const others = presenceTestModel({ TestModel: GraphTestModel }).getShortestPaths();
    expect(failed(others)).toEqual([]);
    expect(others.length).toBe(paths.length);
    const texts = (some: readonly { steps: readonly { event: { type: string } }[] }[]) =>
      some.map(({ steps }) => JSON.stringify(steps.map(({ event }) => event.type))).sort();
    expect(texts(others)).toEqual(texts(paths));
  });

  it('tries only what can happen', () => {
    const can = new Set(
      graph.cells
        .filter(({ kind }) => kind === 'handled')
        .map(({ from, message }) => `${keyOf(from)} ${JSON.stringify(message)}`),
    );
    const tried = [...graph.states.values()].flatMap((state) =>
      possibleMessages(state, graph.messages).map((message) => `${keyOf(state)} ${JSON.stringify(message)}`),
    );
    expect(tried.filter((pair) => !can.has(pair))).toEqual([]);
    expect(tried.length).toBe(can.size);
  });

  it('covers transitions when the key holds the message', () => {
    const key = (state: State, message?: Message) => `${leafOf(state)} ${state.context.by} ${message?.type ?? ''}`;
    const byMessage = presenceTestModel({ TestModel, key }).getShortestPaths();
    expect(failed(byMessage)).toEqual([]);
    const pairs = new Set(byMessage.flatMap(({ steps }) => steps.map(({ state, event }) => `${event.type} ${leafOf(state)}`)));
    expect(pairs.has('link.lost waitingToRetry') && pairs.has('signout.expired signedOut')).toBe(true);
  });

  it('walks a mutant in place of the chart', () => {
    const messages = samples(smallRules).filter(({ type }) => /^(?:signin|server|link|retry)/.test(type));
    const renewed = (chart: Chart) =>
      presenceTestModel({ TestModel, messages, chart })
        .getShortestPaths()
        .flatMap(({ steps }) => steps)
        .some(({ state }) => state.context.renewed);
    expect(renewed(presenceMachine)).toBe(true);
    expect(renewed(provided({ guards: { mayRenew: () => false } }))).toBe(false);
  });

  it('runs the states of a test by leaf, and fails when the test does', async () => {
    const seen: string[] = [];
    const path = paths.find(({ state }) => leafOf(state) === 'held');
    await path?.test({ states: { held: () => void seen.push('held'), signedOut: () => void seen.push('signedOut') } });
    expect(seen).toContain('held');
    expect(seen[0]).toBe('signedOut');
    const failing = path?.test({
      states: {
        held: () => {
          throw new Error('not held');
        },
      },
    });
    await expect(failing).rejects.toThrow('not held');
  });
});

describe('the inert scope', () => {
  it('is what @xstate/test needs: without it the first action fails', () => {
    const bare = new TestModel(presenceMachine as never, { events: () => samples(smallRules) });
    expect(() => bare.getShortestPaths()).toThrow('originalExecutor');
  });

  it('leaves the chart as it is', () => {
    const logic = asTestLogic();
    expect(Object.getPrototypeOf(logic)).toBe(presenceMachine);
    expect(logic.transition).not.toBe(presenceMachine.transition);
    expect((logic as unknown as typeof presenceMachine).root).toBe(presenceMachine.root);
  });
});
