/**
 * A second opinion on the chart: its SCXML in an interpreter that nobody here wrote says the same, step by step, as the chart; and does not, when
 * it was made from a damaged chart.
 */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { presenceMachine, smallRules, type Chart, type Rules } from '../../machines/index.js';
import { messageName, outputName, toScxml } from '../../src/exports/index.js';
import { explore } from '../../src/table/explore.js';
import { minimize, type Automaton } from '../../src/table/minimize.js';
import { chartGraph, coveringPaths } from '../../src/testing/index.js';
import { edited, provided } from '../support/chart-mutants.js';
import { coveringWalk, joinedWalk, type Taken } from '../support/covering-walk.js';
import { startScxml } from '../support/scion.js';

const machineOf = (chart: Chart, rules: Rules = smallRules): Automaton => minimize(explore({ chart, rules }));

/** The paths of the suite that `presence-machine generate` writes, one after the other: each edge, and each kind of step after every other. */
function generatedWalk(machine: Automaton): Taken[] {
  const { paths, edges, pairs } = coveringPaths(chartGraph({ rules: machine.rules }));
  const walk = joinedWalk(machine, paths);
  const leaf = (state: number) => machine.states[state]?.leaf ?? '';
  // Whatever is left out would be agreed upon by silence.
  expect(new Set(walk.map(({ from, message, to }) => `${leaf(from)} ${JSON.stringify(message)} ${leaf(to)}`)).size).toBe(edges);
  expect(walk.length).toBeGreaterThan(pairs);
  return walk;
}

/**
 * Walks an SCXML document along the steps of the chart.
 * @returns the first step at which it says or becomes something else
 */
async function firstDifference(document: string, walk: readonly Taken[], leafOf: (state: number) => string) {
  const session = await startScxml(document);
  for (const [index, { message, to, outputs }] of walk.entries()) {
    const said = session.send(messageName(message));
    const [at = ''] = session.configuration;
    const expected = [...outputs.map(outputName), leafOf(to)].join(' ');
    const found = [...said, at.replace(/\.\d+$/, '')].join(' ');
    if (found !== expected) return { step: index + 1, event: messageName(message), expected, found };
  }
  return undefined;
}

describe('the SCXML in an independent interpreter (B16)', () => {
  let machine: Automaton;
  let walk: readonly Taken[];
  beforeAll(() => {
    machine = machineOf(presenceMachine);
    walk = coveringWalk(machine);
  });

  it('gives the same notices and commands on the generated paths, from signedOut through every leaf', async () => {
    const walk = generatedWalk(machine);
    const leaf = (state: number) => machine.states[state]?.leaf ?? '';
    expect(new Set(walk.map(({ to }) => leaf(to)))).toEqual(new Set(machine.states.map((state) => state.leaf)));
    expect(await firstDifference(toScxml(machine), walk, leaf)).toBeUndefined();
  }, 60_000);

  it('gives the same on a walk that takes every step in every state, and has as many states', async () => {
    const steps = machine.states.reduce((sum, state) => sum + state.steps.length, 0);
    expect(new Set(walk.map(({ from, message }) => `${from} ${messageName(message)}`)).size).toBe(steps);

    const session = await startScxml(toScxml(machine));
    const names = machine.messages.map(messageName);
    const visited = new Set(session.configuration);
    const wrong: unknown[] = [];
    for (const { message, to, outputs } of walk) {
      const said = session.send(messageName(message));
      const [at = ''] = session.configuration;
      const expected = [...outputs.map(outputName), `${machine.states[to]?.leaf}.${to}`];
      if ([...said, at].join() !== expected.join()) wrong.push({ event: messageName(message), expected, found: [...said, at] });
      if (visited.has(at)) continue;
      visited.add(at);
      // What is refused, ignored or impossible there changes nothing and says nothing.
      const own = new Set(machine.states[to]?.steps.map((step) => messageName(step.message)));
      for (const name of names) {
        if (own.has(name)) continue;
        const answer = [...session.send(name), ...session.configuration];
        if (answer.join() !== at) wrong.push({ event: name, expected: [at], found: answer });
      }
    }
    expect(wrong.slice(0, 3)).toEqual([]);
    expect(visited.size).toBe(machine.states.length);
  }, 60_000);

  // Without idleness there are a third as many states, and the damage shows as well.
  const rules = { ...smallRules, idle: false, away: false, remember: false };
  const damaged: readonly (readonly [damage: string, chart: Chart, missing: string])[] = [
    ['does not answer an attempt (L05)', edited((at) => void (at('attempt').exit = [])), 'OnSignin.S_OK.progress'],
    [
      'waits after a sign-out (L17)',
      edited((at) => void (at('disconnecting').on['link.closed'] = '#waitingToRetry')),
      'signedOut',
    ],
    [
      'tries again after a final reason (L22)',
      provided({ guards: { isFinal: () => false } }),
      'OnMyStatusChange.S_OK.OFFLINE.signedInElsewhere signedOut',
    ],
  ];
  it.each(damaged)(
    'differs where it was made from a chart that %s',
    async (_, chart, missing) => {
      const whole = machineOf(presenceMachine, rules);
      const leaf = (state: number) => whole.states[state]?.leaf ?? '';
      const walk = generatedWalk(whole);
      const difference = await firstDifference(toScxml(machineOf(chart, rules)), walk, leaf);
      expect(difference?.expected).toContain(missing);
      expect(difference?.found).not.toContain(missing);
    },
    60_000,
  );

  it('does not swallow what goes wrong inside the interpreter, nor a document that is none', async () => {
    const document = (content: string) =>
      `<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" datamodel="null">${content}</scxml>`;
    const astray = await startScxml(
      document('<state id="a"><transition event="go"><send target="#_elsewhere" event="x"/></transition></state>'),
    );
    expect(() => astray.send('go')).toThrow('x is sent to #_elsewhere');
    await expect(startScxml(document('<state id="a">'))).rejects.toThrow();
  });
});
