/**
 * What each call returns, at once, in each state: the table of answers. It judges and never changes anything; a call that is refused or
 * joins what runs causes no notice.
 */
import {
  E_FAIL,
  E_INVALIDARG,
  MSGR_E_ALREADY_LOGGED_ON,
  MSGR_E_NOT_LOGGED_ON,
  MSGR_E_SERVER_TOO_BUSY,
  S_FALSE,
  S_OK,
} from './codes.js';
import { waitingChanges } from './moves.js';
import { leafOf, phaseOf, type Phase, type State } from './step.js';

/** A call as far as it matters for its answer. */
export type Ask =
  /** `name`: whether it is the one that is signed in, or being signed in. */
  | { readonly type: 'signin'; readonly name: 'same' | 'other' }
  | { readonly type: 'autoSignin'; readonly credentials: boolean }
  | { readonly type: 'signout' }
  | { readonly type: 'setStatus'; readonly status: number };

/** What an answer lets happen: sent to the chart as a request, kept by it as a wish, joined without a word, or refused. */
export type Effect = 'accepted' | 'kept' | 'joined' | 'refused';
type Cell = readonly [hr: number, effect: Effect];

const ok: Cell = [S_OK, 'accepted'];
const kept: Cell = [S_FALSE, 'kept'];
const joined: Cell = [S_FALSE, 'joined'];
const fail: Cell = [E_FAIL, 'refused'];
const already: Cell = [MSGR_E_ALREADY_LOGGED_ON, 'refused'];
const notLoggedOn: Cell = [MSGR_E_NOT_LOGGED_ON, 'refused'];

/** One row a call, one column a phase. */
export const answerTable = {
  'signin, same name': { signedOut: ok, attempt: kept, synchronizing: kept, online: already, waiting: ok, disconnecting: fail },
  'signin, other name': {
    signedOut: ok,
    attempt: fail,
    synchronizing: fail,
    online: already,
    waiting: fail,
    disconnecting: fail,
  },
  autoSignin: { signedOut: ok, attempt: joined, synchronizing: joined, online: already, waiting: joined, disconnecting: fail },
  signout: { signedOut: notLoggedOn, attempt: ok, synchronizing: ok, online: ok, waiting: ok, disconnecting: notLoggedOn },
  setStatus: {
    signedOut: notLoggedOn,
    attempt: kept,
    synchronizing: kept,
    online: ok,
    waiting: kept,
    disconnecting: notLoggedOn,
  },
} as const satisfies Record<string, Record<Phase, Cell>>;

/** The answer with its effect: what the service does with the call. */
export function judge(state: State, ask: Ask): Cell {
  const phase = phaseOf(leafOf(state));
  switch (ask.type) {
    case 'signin':
      return answerTable[`signin, ${ask.name} name`][phase];
    case 'autoSignin':
      return phase === 'signedOut' && !ask.credentials ? fail : answerTable.autoSignin[phase];
    case 'signout':
      return answerTable.signout[phase];
    case 'setStatus': {
      const { rules, by } = state.context;
      if (!(rules.statuses as readonly number[]).includes(ask.status)) return [E_INVALIDARG, 'refused'];
      if (phase === 'signedOut' && rules.remember) return kept;
      if (phase === 'online' && by !== 'none' && waitingChanges(state.context) >= rules.queue) {
        return [MSGR_E_SERVER_TOO_BUSY, 'refused'];
      }
      return answerTable.setStatus[phase];
    }
  }
}

/**
 * The HRESULT that a call returns in a state (L16).
 * @returns S_OK: outcome by notices; S_FALSE: joined or kept; negative: refused, and nothing happened
 */
export function answer(state: State, ask: Ask): number {
  return judge(state, ask)[0];
}
