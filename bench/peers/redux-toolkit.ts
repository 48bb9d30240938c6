/**
 * Redux Toolkit: a store with one slice for each session, and a subscriber that says and does what the last step has put into its outbox. (The store
 * leaves out a step to an equal state, so what is said cannot be found by comparing statuses.)
 */
import { configureStore, createSlice, Tuple, type PayloadAction } from '@reduxjs/toolkit';
import {
  connecting,
  disconnected,
  disconnecting,
  fleetOfMethods,
  finding,
  limits,
  LimitTimer,
  noAnswer,
  noServer,
  offline,
  ok,
  signinSaid,
  signoutSaid,
  statusSaid,
  synchronizing,
  unavailable,
  unexpected,
  waitOf,
  type Limit,
  type Peer,
  type Said,
  type World,
} from './part.js';

/** `phase` is the status shown, or `waiting`. */
interface State {
  phase: number;
  isRetried: boolean;
  by: 'none' | 'signin' | 'user';
  outbox: { said: Said[]; limit: Limit | 'retry' | 'none' | 'same' };
}

const waiting = 0x1000;
const isOnline = ({ phase }: State): boolean => (phase & 2) !== 0;
const start: State = { phase: offline, isRetried: false, by: 'none', outbox: { said: [], limit: 'same' } };

function go(state: State, phase: number, limit: State['outbox']['limit'], ...said: Said[]): void {
  state.phase = phase;
  state.outbox = { said, limit };
}
const find = (state: State): void => go(state, finding, 'finding', statusSaid(finding, 'progress'));
function fail(state: State, hr: number, reason: string): void {
  const said = [signinSaid(hr, reason), statusSaid(offline, reason)] as const;
  if (state.isRetried) go(state, waiting, 'retry', ...said);
  else go(state, offline, 'none', ...said);
}
/** A change that is at the server is answered before what ends it. */
function answered(state: State, reason: string): Said[] {
  const said = state.by === 'user' ? [statusSaid(state.phase, reason, disconnected)] : [];
  state.by = 'none';
  return said;
}

const { reducer, actions } = createSlice({
  name: 'presence',
  initialState: start,
  reducers: {
    signin(state) {
      if (state.phase !== offline) return;
      state.isRetried = false;
      find(state);
    },
    found(state) {
      if (state.phase === finding) go(state, connecting, 'logon', statusSaid(connecting, 'progress'));
    },
    opened(state) {
      if (state.phase !== connecting) return;
      state.isRetried = true;
      go(state, synchronizing, 'synchronizing', signinSaid(ok, 'progress'), statusSaid(synchronizing, 'progress'));
    },
    synchronized(state) {
      if (state.phase === synchronizing) state.by = 'signin';
    },
    published(state, { payload: { by, status } }: PayloadAction<{ by: 'signin' | 'user'; status: number }>) {
      if (state.by !== by) return;
      state.by = 'none';
      go(state, status, 'none', statusSaid(status, by === 'user' ? 'userRequest' : 'progress'));
    },
    request(state) {
      if (!isOnline(state) || state.by !== 'none') return;
      state.by = 'user';
      go(state, state.phase, 'publish');
    },
    lost(state) {
      if (isOnline(state)) go(state, waiting, 'retry', ...answered(state, 'lineLost'), statusSaid(offline, 'lineLost'));
    },
    due(state) {
      if (state.phase === waiting) find(state);
    },
    signout(state) {
      if (!isOnline(state)) return;
      const said = [...answered(state, 'userRequest'), signoutSaid(), statusSaid(disconnecting, 'userRequest')];
      go(state, disconnecting, 'signout', ...said);
    },
    closed(state) {
      if (state.phase === disconnecting) go(state, offline, 'none', statusSaid(offline, 'userRequest'));
    },
    over(state) {
      const { phase, by } = state;
      state.by = 'none';
      if (phase === waiting) find(state);
      else if (phase === finding) fail(state, noServer, 'serverNotFound');
      else if (phase === connecting) fail(state, noAnswer, 'logonTimeout');
      else if (phase === disconnecting) go(state, offline, 'none', statusSaid(offline, 'userRequest'));
      else if (by === 'user') go(state, phase, 'same', statusSaid(phase, 'timedOut', unexpected));
      else {
        const said = [statusSaid(synchronizing, 'timedOut', unavailable), statusSaid(offline, 'timedOut')];
        go(state, waiting, 'retry', ...said);
      }
    },
  },
});

function sessionOf(world: World) {
  // Without middleware: none of this is needed here, and each would cost.
  const store = configureStore({ reducer, devTools: false, middleware: () => new Tuple() });
  const timer = new LimitTimer(() => store.dispatch(actions.over()));
  let last = store.getState().outbox;
  store.subscribe(() => {
    const { outbox } = store.getState();
    if (outbox === last) return;
    last = outbox;
    const { said, limit } = outbox;
    if (limit === 'none') timer.stop();
    else if (limit !== 'same') timer.start(limit === 'retry' ? waitOf(world) : limits[limit]);
    for (const one of said) {
      if (one.type === 'OnMyStatusChange') world.onStatus(one);
      else if (one.type === 'OnSignin') world.onSignin(one);
      else world.onSignout(one);
    }
  });
  return {
    timer,
    signin: () => store.dispatch(actions.signin()),
    found: () => store.dispatch(actions.found()),
    opened: () => store.dispatch(actions.opened()),
    synchronized: () => store.dispatch(actions.synchronized()),
    published: (by: 'signin' | 'user', status: number) => store.dispatch(actions.published({ by, status })),
    request: () => store.dispatch(actions.request()),
    lost: () => store.dispatch(actions.lost()),
    due: () => store.dispatch(actions.due()),
    signout: () => store.dispatch(actions.signout()),
    closed: () => store.dispatch(actions.closed()),
  };
}

export const peer: Peer = {
  name: 'redux-toolkit',
  packages: ['@reduxjs/toolkit'],
  open: (size, world) =>
    fleetOfMethods(
      Array.from({ length: size }, () => sessionOf(world)),
      ({ timer }) => timer.stop(),
    ),
};
