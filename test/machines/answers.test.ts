/** What every call returns in every reachable state, against the contract's table written out by hand (L16). Nothing here asks the table of the model. */
import { describe, expect, it } from '@jest/globals';
import {
  answer,
  E_FAIL,
  E_INVALIDARG,
  initialState,
  judge,
  leafOf,
  MISTATUS,
  MSGR_E_ALREADY_LOGGED_ON,
  MSGR_E_NOT_LOGGED_ON,
  MSGR_E_SERVER_TOO_BUSY,
  resultName,
  S_FALSE,
  S_OK,
  smallRules,
  step,
  type Ask,
  type Leaf,
  type Message,
  type Rules,
  type State,
} from '../../machines/index.js';
import { explore, keyOf } from '../../src/table/explore.js';

type Row = readonly [
  signinSame: number,
  signinOther: number,
  autoSignin: number,
  autoSigninWithout: number,
  signout: number,
  setStatus: number,
];

const inAttempt: Row = [S_FALSE, E_FAIL, S_FALSE, S_FALSE, S_OK, S_FALSE];
const inSession: Row = [
  MSGR_E_ALREADY_LOGGED_ON,
  MSGR_E_ALREADY_LOGGED_ON,
  MSGR_E_ALREADY_LOGGED_ON,
  MSGR_E_ALREADY_LOGGED_ON,
  S_OK,
  S_OK,
];
const inWait: Row = [S_OK, E_FAIL, S_FALSE, S_FALSE, S_OK, S_FALSE];

/** The columns of the contract, one row a leaf. */
const contract: Readonly<Record<Leaf, Row>> = {
  signedOut: [S_OK, S_OK, S_OK, E_FAIL, MSGR_E_NOT_LOGGED_ON, MSGR_E_NOT_LOGGED_ON],
  waitingToRetry: inWait,
  held: inWait,
  findingServer: inAttempt,
  connecting: inAttempt,
  synchronizing: inAttempt,
  online: inSession,
  busy: inSession,
  beRightBack: inSession,
  idle: inSession,
  away: inSession,
  onThePhone: inSession,
  outToLunch: inSession,
  invisible: inSession,
  disconnecting: [E_FAIL, E_FAIL, E_FAIL, E_FAIL, MSGR_E_NOT_LOGGED_ON, MSGR_E_NOT_LOGGED_ON],
};

const calls: readonly Ask[] = [
  { type: 'signin', name: 'same' },
  { type: 'signin', name: 'other' },
  { type: 'autoSignin', credentials: true },
  { type: 'autoSignin', credentials: false },
  { type: 'signout' },
];
const setStatus = (status: number): Ask => ({ type: 'setStatus', status });

/** What the contract says of a status that can be set: its column, but kept while signed out if so ruled, and not without end. */
function expectedOfSetStatus(state: State): number {
  const leaf = leafOf(state);
  const { rules, by, pending } = state.context;
  if (leaf === 'signedOut' && rules.remember) return S_FALSE;
  const isBusy = by !== 'none' && pending - (by === 'user' ? 1 : 0) >= rules.queue;
  return isBusy && contract[leaf] === inSession ? MSGR_E_SERVER_TOO_BUSY : contract[leaf][5];
}

const graphs: readonly (readonly [string, Rules])[] = [
  ['a wish kept while signed out', smallRules],
  ['no wish kept while signed out', { ...smallRules, remember: false, statuses: [MISTATUS.ONLINE, MISTATUS.AWAY] }],
];

describe.each(graphs)('in every reachable state, with %s', (_, rules) => {
  const states = [...explore({ rules }).states.values()];

  it('signin, autoSignin and signout answer as the contract says (L16)', () => {
    const wrong = states.flatMap((state) => {
      const came = calls.map((ask) => answer(state, ask));
      const expected = contract[leafOf(state)].slice(0, 5);
      return came.join() === expected.join()
        ? []
        : [`${keyOf(state)}: ${came.map(resultName).join()}, not ${expected.map(resultName).join()}`];
    });
    expect(wrong).toEqual([]);
    expect(states.length).toBeGreaterThan(500);
  });

  it('setStatus answers as the contract says, and too many changes are refused (L03, L16)', () => {
    const wrong = states.flatMap((state) =>
      rules.statuses
        .filter((status) => answer(state, setStatus(status)) !== expectedOfSetStatus(state))
        .map((status) => `${keyOf(state)}: ${resultName(answer(state, setStatus(status)))} for ${status}`),
    );
    expect(wrong).toEqual([]);
    const given = new Set(states.map((state) => answer(state, setStatus(MISTATUS.ONLINE))));
    expect(given).toEqual(new Set([S_OK, S_FALSE, MSGR_E_NOT_LOGGED_ON, MSGR_E_SERVER_TOO_BUSY]));
  });

  it('a status that the transport lacks, that nobody can set, or that is none is E_INVALIDARG (L13)', () => {
    const others = [...Object.values(MISTATUS), 3, -1, 0.5, Number.NaN].filter(
      (status) => !(rules.statuses as readonly number[]).includes(status),
    );
    expect(others.length).toBe(23);
    const wrong = states.flatMap((state) =>
      others.filter((status) => answer(state, setStatus(status)) !== E_INVALIDARG).map((status) => `${keyOf(state)}: ${status}`),
    );
    expect(wrong).toEqual([]);
  });

  it('negative means that nothing happens, and every answer is one of the contract', () => {
    const legal = [S_OK, S_FALSE, E_FAIL, E_INVALIDARG, MSGR_E_ALREADY_LOGGED_ON, MSGR_E_NOT_LOGGED_ON, MSGR_E_SERVER_TOO_BUSY];
    const asked = [...calls, setStatus(MISTATUS.ONLINE), setStatus(MISTATUS.IDLE)];
    const wrong = states.flatMap((state) =>
      asked
        .map((ask) => judge(state, ask))
        .filter(
          ([hr, effect]) => !legal.includes(hr) || hr < 0 !== (effect === 'refused') || (hr === S_OK && effect !== 'accepted'),
        )
        .map(([hr, effect]) => `${keyOf(state)}: ${resultName(hr)}, ${effect}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe('with the queue of the contract', () => {
  it('one change is at the server, eight wait, and the tenth is refused (L03)', () => {
    const rules: Rules = { ...smallRules, queue: 8 };
    const signedIn: Message[] = [
      { type: 'signin.request', tries: 'once' },
      { type: 'server.found' },
      { type: 'link.opened' },
      { type: 'session.synchronized', resumed: false },
      { type: 'status.published', by: 'signin', status: MISTATUS.ONLINE },
    ];
    let state = initialState(rules);
    for (const message of signedIn) [state] = step(state, message);
    const answers = Array.from({ length: 10 }, () => {
      const hr = answer(state, setStatus(MISTATUS.BUSY));
      if (hr === S_OK) [state] = step(state, { type: 'status.request', status: MISTATUS.BUSY });
      return hr;
    });
    expect(answers).toEqual([...Array.from({ length: 9 }, () => S_OK), MSGR_E_SERVER_TOO_BUSY]);
    [state] = step(state, { type: 'status.published', by: 'user', status: MISTATUS.BUSY });
    expect(answer(state, setStatus(MISTATUS.BUSY))).toBe(S_OK);
  });
});
