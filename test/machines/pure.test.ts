/**
 * The pure step is the chart: for every handled pair of the small graph, and on long random walks, it gives what a running XState actor gives,
 * and what XState's own pure function gives. The pure door may never drift from the interpreter that apps run.
 */
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { createActor, initialTransition, transition } from 'xstate';
import {
  fullRules,
  initialState,
  judge,
  presenceMachine,
  samples,
  silenceOf,
  smallRules,
  step,
  type Message,
  type Output,
  type Rules,
  type State,
} from '../../machines/index.js';
import { askOf, explore, isRequest, keyOf, type Cell } from '../../src/table/explore.js';

const print = (line: string) => process.stdout.write(`  ${line}\n`);
const { cells, states } = explore({ rules: smallRules });
const handled = cells.filter(({ kind }) => kind === 'handled');

/** State and outputs as one text, so that comparing thousands stays cheap. */
const textOf = (state: State, outputs: readonly Output[]) => `${state.status} ${keyOf(state)} ${JSON.stringify(outputs)}`;
const describeCell = ({ from, message }: Cell) => `${keyOf(from)} x ${JSON.stringify(message)}`;

/** A running actor, at the beginning or at a state, with everything that it emits. */
function run(rules: Rules, snapshot?: State) {
  const actor = createActor(presenceMachine, { input: rules, ...(snapshot ? { snapshot } : {}) });
  const outputs: Output[] = [];
  actor.on('*', (output) => outputs.push(output));
  actor.start();
  return {
    state: () => actor.getSnapshot(),
    send(message: Message): string {
      outputs.length = 0;
      actor.send(message);
      return textOf(actor.getSnapshot(), outputs);
    },
    said: () => [...outputs],
    stop: () => actor.stop(),
  };
}

describe('step', () => {
  it('gives value, context and outputs of an actor restored at that state, for every handled pair of the small graph', () => {
    const wrong = handled.filter(({ from, message, to, outputs }) => {
      const actor = run(smallRules, from);
      const differs = actor.said().length > 0 || actor.send(message) !== textOf(to, outputs);
      actor.stop();
      return differs;
    });
    print(`${handled.length} pairs compared with a restored actor`);
    expect(handled.length).toBeGreaterThan(10_000);
    expect(wrong.map(describeCell)).toEqual([]);
  });

  it('gives what an actor gives that was restored from plain JSON, for every state', () => {
    const wrong = [...states.values()].filter((from) => {
      const plain = JSON.parse(JSON.stringify(run(smallRules, from).state().toJSON())) as State;
      const message: Message = { type: 'power.suspended' };
      const [to, outputs] = step(from, message);
      return run(smallRules, plain).send(message) !== textOf(to, outputs);
    });
    expect(wrong.map(keyOf)).toEqual([]);
  });

  it('gives what the transition function of XState gives, on every seventh pair', () => {
    const sample = handled.filter((_, index) => index % 7 === 0);
    const wrong = sample.filter(({ from, message, to, outputs }) => {
      const [next, actions] = transition(presenceMachine, from, message);
      const executed: readonly { type: string; params: unknown }[] = actions;
      const emitted = executed.map(({ type, params }) =>
        type === 'xstate.emit' ? (params as { event: Output }).event : ({ type } as unknown as Output),
      );
      return textOf(next, emitted) !== textOf(to, outputs);
    });
    print(`${sample.length} pairs compared with transition()`);
    expect(wrong.map(describeCell)).toEqual([]);
  });

  it('begins where an actor and the initial transition of XState begin, and says nothing there', () => {
    const actor = run(smallRules);
    const [first, actions] = initialTransition(presenceMachine, smallRules);
    expect(textOf(actor.state(), [])).toBe(textOf(initialState(smallRules), []));
    expect(keyOf(first)).toBe(keyOf(initialState(smallRules)));
    // At rest from the start: only what would be forgotten is forgotten.
    expect(actions.filter(({ type }) => (type as string) !== 'xstate.emit')).toEqual([]);
    expect(actor.said()).toEqual([{ type: 'session.forget' }]);
  });

  it('changes neither the state that it is given nor the message', () => {
    const freeze = <T>(value: T): T => {
      if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
        Object.freeze(value);
        Object.values(value).forEach(freeze);
      }
      return value;
    };
    for (const { from, message, to, outputs } of handled.filter((_, index) => index % 50 === 0)) {
      freeze(from.context);
      freeze(from.value);
      const [again, said] = step(from, freeze({ ...message }));
      expect(textOf(again, said)).toBe(textOf(to, outputs));
    }
  });
});

describe('a random walk', () => {
  const messages = samples(fullRules, 'all');
  const types = [...new Set(messages.map(({ type }) => type))];
  const ending =
    /^(?:signout\.request|network\.lost|power\.suspended|(?:server|session)\.failed|link\.(?:lost|refused)|(?:finding|logon|synchronizing|check)\.expired)$/;

  /** Something that can happen: first a type, so that rare ones have their turn, and mostly one that ends nothing, or no walk would get far. */
  function choose(state: State, choice: number): Message {
    const possible = messages.filter((message) =>
      isRequest(message)
        ? ['accepted', 'kept'].includes(judge(state, askOf(message))[1])
        : silenceOf(state, message) === undefined,
    );
    const some = choice % 16 === 0 ? possible : possible.filter(({ type }) => !ending.test(type));
    const present = types.filter((type) => some.some((message) => message.type === type));
    const same = some.filter(({ type }) => type === present[choice % present.length]);
    const message = same[choice % same.length];
    if (!message) throw new Error(`nothing can happen in ${keyOf(state)}`);
    return message;
  }

  it('of a thousand steps leaves an actor and the pure step side by side, all statuses and reasons', () => {
    const walk = fc.array(fc.noBias(fc.nat({ max: 0xffffff })), { minLength: 1000, maxLength: 1000 });
    const seen = new Set<string>();
    fc.assert(
      fc.property(walk, (choices) => {
        const actor = run(fullRules);
        let state = initialState(fullRules);
        for (const choice of choices) {
          const message = choose(state, choice);
          const [to, outputs] = step(state, message);
          expect(actor.send(message)).toBe(textOf(to, outputs));
          state = to;
          seen.add(keyOf(state));
        }
        actor.stop();
      }),
      { numRuns: 10, endOnFailure: true },
    );
    print(`10 walks of 1000 steps, ${seen.size} states visited`);
    expect(seen.size).toBeGreaterThan(100);
  });

  it('with facts that cannot come there, or mean nothing, goes the same way in both; what is ignored changes nothing', () => {
    const choices = fc.array(fc.noBias(fc.nat({ max: 0xffffff })), { minLength: 200, maxLength: 200 });
    fc.assert(
      fc.property(choices, (picked) => {
        const actor = run(fullRules);
        let state = initialState(fullRules);
        for (const choice of picked) {
          const stray = messages[choice % messages.length];
          const silence = stray && !isRequest(stray) && silenceOf(state, stray);
          if (stray && silence) {
            const [to, outputs] = step(state, stray);
            expect(actor.send(stray)).toBe(textOf(to, outputs));
            if (silence.kind === 'ignored') expect(textOf(to, outputs)).toBe(textOf(state, []));
            state = to;
          }
          const message = choose(state, choice);
          actor.send(message);
          [state] = step(state, message);
        }
        actor.stop();
      }),
      { numRuns: 10, endOnFailure: true },
    );
  });
});
