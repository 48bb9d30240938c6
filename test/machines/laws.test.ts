/** The laws hold on every step of the real chart, and each of them is broken by a mutant of it (B02). */
import { describe, expect, it } from '@jest/globals';
import { assign, emit } from 'xstate';
import {
  breachesOfRow,
  breachesOfStray,
  fullRules,
  laws,
  MISTATUS,
  MSGR_E_USER_NOT_FOUND,
  presenceMachine,
  samples,
  smallRules,
  stepperOf,
  type Chart,
  type Rules,
} from '../../machines/index.js';
import { endsOf, explore, type Cell } from '../../src/table/explore.js';
import { edited, provided } from '../support/chart-mutants.js';
import { isWhole } from '../support/whole.js';

const invisibleRules: Rules = { ...smallRules, statuses: [MISTATUS.ONLINE, MISTATUS.INVISIBLE] };

/** Every breach, by law, with one example each. */
function breachesOf(chart: Chart, rules: Rules, stopAt?: string): Map<string, string> {
  const { step } = stepperOf(chart);
  const found = new Map<string, string>();
  const judge = (cell: Cell) => {
    const again = (message: typeof cell.message) => step(cell.from, message);
    const note = (breach: string) => {
      const id = breach.slice(0, 3);
      if (!found.has(id)) found.set(id, `${breach} at ${endsOf(cell)[0]}, ${JSON.stringify(cell.message)}`);
    };
    if (cell.kind === 'handled') breachesOfRow({ ...cell, again }).forEach(note);
    else if (cell.kind === 'silent') note(`L25: ${cell.message.type} is silent`);
    else if (cell.kind === 'impossible') {
      const [to, outputs] = step(cell.from, cell.message);
      breachesOfStray({ from: cell.from, message: cell.message, to, outputs, again }).forEach(note);
    }
    return stopAt !== undefined && found.has(stopAt);
  };
  explore({ chart, rules, limit: 20_000, until: judge });
  return found;
}

describe('the laws over rows (B02, M02)', () => {
  it.each([
    ['two settable statuses', smallRules],
    ['a transport with INVISIBLE', invisibleRules],
    ['a transport without IDLE and without AWAY', { ...smallRules, idle: false, away: false }],
  ])('hold on every step of the whole graph, with %s', (_, rules) => {
    expect([...breachesOf(presenceMachine, rules).values()]).toEqual([]);
  });

  const everything = isWhole('the laws on every step with every status and every reason') ? it : it.skip;
  everything(
    'hold on every step of the whole graph, with every status and every reason',
    () => {
      const { cells } = explore({ rules: fullRules, messages: samples(fullRules, 'all') });
      const { step } = stepperOf(presenceMachine);
      const found = cells
        .filter(({ kind }) => kind === 'handled')
        .flatMap((cell) => breachesOfRow({ ...cell, again: (message) => step(cell.from, message) }));
      expect(found.slice(0, 5)).toEqual([]);
    },
    240_000,
  );

  it('are numbered L01 to L27, and each of them is a predicate over something', () => {
    expect(laws.map(({ id }) => id)).toEqual(Array.from({ length: 27 }, (_, i) => `L${String(i + 1).padStart(2, '0')}`));
    expect(laws.filter(({ row, stray, trace }) => !row && !stray && !trace)).toEqual([]);
  });
});

const signedIn = 'session.signedIn';
/** One damaged chart for each law that speaks of the chart. */
const mutants: Record<string, readonly [damage: string, chart: () => Chart, rules?: Rules]> = {
  L01: ['busy is entered in silence', () => edited((at) => void (at(`${signedIn}.busy`).entry = []))],
  L02: [
    'a refused change is not reported',
    () => edited((at) => void (at(signedIn).on['status.refused'] = { actions: 'accept' })),
  ],
  L03: ['a confirmed change stays pending', () => provided({ actions: { settle: () => {} } })],
  L04: ['connecting is entered in silence', () => edited((at) => void (at('attempt.connecting').entry = 'open'))],
  L05: ['an attempt ends without OnSignin', () => edited((at) => void (at('attempt').exit = []))],
  L06: ['accepted means online', () => edited((at) => void (at('attempt.connecting').on['link.opened'] = '#online'))],
  L07: [
    'OnSignin carries a code that R2 excludes',
    () => provided({ actions: { answerSignin: emit({ type: 'OnSignin', hr: MSGR_E_USER_NOT_FOUND, reason: 'unexpected' }) } }),
  ],
  L08: ['finding has no limit', () => provided({ actions: { find: emit({ type: 'server.find' }) } })],
  L09: [
    'an unknown server is connected to',
    () => edited((at) => void (at('attempt.findingServer').on['server.failed'] = 'connecting')),
  ],
  L10: [
    'giving up an attempt is a sign-out',
    () => edited((at) => void (at('attempt').on['signout.request'] = '#disconnecting')),
  ],
  L11: [
    'a wrong password is retried',
    () => edited((at) => void (at('attempt.connecting').on['link.refused'] = { actions: 'renew' })),
  ],
  L12: [
    'busy shows a status that is not online',
    () => edited((at) => void (at(`${signedIn}.busy`).entry = { type: 'announce', params: { status: MISTATUS.OFFLINE } })),
  ],
  L13: [
    'a refused INVISIBLE becomes ONLINE',
    () => provided({ guards: { mayFallBack: ({ event }: { event: { reason?: string } }) => event.reason === 'statusRejected' } }),
    invisibleRules,
  ],
  L14: [
    'a pending change is forgotten',
    () => edited((at) => void (at('session').exit = { type: 'stopTimer', params: { timer: 'check' } })),
  ],
  L15: [
    'the console may sign in during a hold',
    () =>
      provided({
        guards: {
          isHeld: ({ context, event }: { context: { network: boolean }; event: object }) =>
            !context.network && !('origin' in event),
        },
      }),
  ],
  L16: [
    'a sign-in while waiting is accepted and not heard',
    () => edited((at) => void (at('offline.waitingToRetry').on['signin.request'] = { actions: 'wish' })),
  ],
  L17: ['a sign-out does not say so', () => edited((at) => void (at('session').on['signout.request'] = '#disconnecting'))],
  L19: ['the password is remembered', () => provided({ actions: { begin: assign({ password: 'secret' }) } })],
  L20: ['a lost line leaves the client online', () => edited((at) => void (at(signedIn).on['link.lost'] = '#online'))],
  L21: [
    'a late answer signs in somebody who waits',
    () => edited((at) => void (at('offline.waitingToRetry').on['link.opened'] = '#synchronizing')),
  ],
  L22: [
    'a wrong password is offered again',
    () =>
      provided({
        guards: { isOver: ({ context }: { context: { tries: string } }) => context.tries === 'once', isFinal: () => false },
      }),
  ],
  L23: [
    'a resumed session is told everything again',
    () =>
      provided({
        guards: {
          mustPublish: ({ context, event }: { context: { by: string }; event: { type: string } }) =>
            event.type === 'session.synchronized' && context.by === 'none',
        },
      }),
  ],
  L24: [
    'idleness changes what is wanted',
    () => provided({ actions: { idle: assign({ user: 'idle', wished: MISTATUS.BUSY }) } }),
  ],
  L25: ['the end of a wait is not heard', () => edited((at) => void delete at('offline.waitingToRetry').on['retry.due'])],
  L26: ['a lost link is not dropped', () => edited((at) => void delete at('offline').entry)],
  L27: ['the wait goes on after it was given up', () => edited((at) => void delete at('offline.waitingToRetry').exit)],
};

describe('a mutant of the chart for each law (B02)', () => {
  it.each(Object.entries(mutants).map(([id, [damage, chart, rules]]) => ({ id, damage, chart, rules })))(
    '$id is broken where $damage',
    ({ id, chart, rules }) => {
      const found = breachesOf(chart(), rules ?? smallRules, id);
      expect([...found.keys()]).toContain(id);
    },
  );

  it('leaves out only L18, which speaks of delivery and not of the chart', () => {
    expect(laws.map(({ id }) => id).filter((id) => !(id in mutants))).toEqual(['L18']);
  });
});
