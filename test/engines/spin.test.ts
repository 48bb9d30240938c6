/**
 * A second opinion on the chart: spin walks its Promela, counts as many states as our walk, and finds neither a deadlock nor a breach of the
 * laws, nor a session that waits for ever; and finds each of them in a damaged chart.
 */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { assign } from 'xstate';
import { smallRules, type Chart } from '../../machines/index.js';
import { toPromela } from '../../src/exports/index.js';
import { explore, type Exploration } from '../../src/table/explore.js';
import { minimize, unmerged, type Automaton } from '../../src/table/minimize.js';
import { edited, provided } from '../support/chart-mutants.js';
import { spinAvailable, verifierOf, type Verdict } from '../support/spin.js';

async function verdictOn(promela: string, kind: 'safety' | 'liveness', formulas: readonly (string | undefined)[] = [undefined]) {
  const verifier = await verifierOf(promela, kind);
  try {
    const verdicts: Verdict[] = [];
    for (const formula of formulas) verdicts.push(await verifier.verify(formula));
    return verdicts;
  } finally {
    await verifier.remove();
  }
}
const steps = ({ states }: Automaton) => states.reduce((sum, state) => sum + state.steps.length, 0);

const { skip: leftOut } = describe;
(spinAvailable ? describe : leftOut)('the Promela in spin (B16)', () => {
  let walked: Exploration;
  let machine: Automaton;
  beforeAll(() => {
    walked = explore();
    machine = minimize(walked);
  });

  it.each([
    ['merged', () => machine],
    ['raw', () => unmerged(walked)],
  ])(
    'has as many %s states and steps as our walk, and each of them leads on',
    async (_, automatonOf) => {
      const automaton = automatonOf();
      const [verdict] = await verdictOn(toPromela(automaton, { laws: false }), 'safety');
      expect(verdict?.error).toBeUndefined();
      expect(verdict?.states).toBe(automaton.states.length);
      // Spin counts the beginning as a transition.
      expect(verdict?.transitions).toBe(steps(automaton) + 1);
    },
    60_000,
  );

  it('keeps the laws L02, L03, L05, L06, L14, L17, L20, L22 and L26, and never waits for nobody', async () => {
    const [verdict] = await verdictOn(toPromela(machine), 'safety');
    expect(verdict).toMatchObject({ error: undefined, trail: [] });
    // The listener and the processes multiply the states; fewer would mean that it stopped listening.
    expect(verdict?.states).toBeGreaterThan(machine.states.length * 2);
  }, 60_000);

  it('brings a session that is wanted online or to an end, and answers every change, if the world answers in the end', async () => {
    const verdicts = await verdictOn(toPromela(machine), 'liveness', ['settles', 'answers']);
    expect(verdicts.map(({ error, trail }) => [error, trail])).toEqual([
      [undefined, []],
      [undefined, []],
    ]);
  }, 60_000);

  // Without idleness there are a third as many states, and every kind of damage shows.
  const rules = { ...smallRules, idle: false, away: false, remember: false };
  type Damage = Parameters<typeof edited>[0];
  const damaged: readonly (readonly [law: string, damage: string, edit: Damage | Chart, error: RegExp, last: RegExp])[] = [
    [
      'L02',
      'does not report a refused change',
      (at) => void (at('session.signedIn').on['status.refused'] = { actions: 'accept' }),
      /assertion violated +!\(answering\)/,
      /^status_refused_/,
    ],
    ['L05', 'does not answer an attempt', (at) => void (at('attempt').exit = []), /assertion violated .*owed/, /./],
    [
      'L06',
      'goes on after a failing OnSignin',
      (at) => void (at('attempt.findingServer').on['server.failed'] = '#synchronizing'),
      /assertion violated .*refused/,
      /^server_failed_/,
    ],
    [
      'L14',
      'forgets the changes that are pending',
      provided({ actions: { answerPending: assign({ pending: 0, by: 'none', offered: 0, changed: true }) } }),
      /assertion violated .*changes==0/,
      /./,
    ],
    [
      'L17',
      'leaves without a goodbye',
      (at) => void (at('session').on['signout.request'] = { target: '#signedOut', actions: 'reportSignout' }),
      /assertion violated .*leaving/,
      /^signout_request$/,
    ],
    [
      'L20',
      'says goodbye over a lost line',
      (at) => void (at('session.signedIn').on['link.lost'] = '#disconnecting'),
      /assertion violated/,
      /^link_lost_/,
    ],
    [
      'L22',
      'tries again after a final reason',
      (at) => void (at('session.signedIn').on['link.lost'] = '#waitingToRetry'),
      /assertion violated .*final/,
      /./,
    ],
    ['L26', 'leaves a line behind', (at) => void (at('offline').entry = []), /assertion violated .*line==0/, /./],
    [
      'no deadlock',
      'waits without an end',
      (at) => void delete at('offline.waitingToRetry').on['retry.due'],
      /invalid end state/,
      /./,
    ],
  ];
  it.each(damaged)(
    'finds a breach of %s in a chart that %s',
    async (_, __, edit, error, last) => {
      const [verdict] = await verdictOn(
        toPromela(minimize(explore({ chart: typeof edit === 'function' ? edited(edit) : edit, rules }))),
        'safety',
      );
      expect(verdict?.error).toMatch(error);
      expect(verdict?.trail.at(-1)).toMatch(last);
    },
    60_000,
  );

  const endless: readonly (readonly [formula: string, damage: string, edit: Damage])[] = [
    [
      'settles',
      'waits again and again',
      (at) => void (at('offline.waitingToRetry').on['retry.due'] = { target: '#waitingToRetry', reenter: true }),
    ],
    [
      'answers',
      'does not hear the answer to a change',
      (at) => {
        const { on } = at('session.signedIn');
        delete on['status.published'];
        delete on['status.refused'];
      },
    ],
  ];
  it.each(endless)(
    'finds that %s does not hold in a chart that %s',
    async (formula, _, edit) => {
      const chart: Chart = edited(edit);
      const [verdict] = await verdictOn(toPromela(minimize(explore({ chart, rules }))), 'liveness', [formula]);
      expect(verdict?.error).toMatch(/acceptance cycle/);
      expect(verdict?.trail).toContain('(again and again)');
    },
    60_000,
  );
});
