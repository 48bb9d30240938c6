/** javascript-state-machine: a class of its factory, a method for each event; limits and what is said are observers of ours. */
import StateMachine from 'javascript-state-machine';
import {
  connecting,
  disconnected,
  disconnecting,
  finding,
  fleetOfMethods,
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
  type Methods,
  type Peer,
  type World,
} from './part.js';

interface Data {
  readonly world: World;
  readonly timer: LimitTimer;
  shown: number;
  isRetried: boolean;
  by: 'none' | 'signin' | 'user';
}
interface Made extends Data, Methods {
  /** Its limit is over. */
  over(): unknown;
}

const enter = (status: number, limit: Limit, reason = 'progress') =>
  function (this: Data): void {
    this.world.onStatus(statusSaid(status, reason));
    this.timer.start(limits[limit]);
  };
function wait(data: Data, reason: string): void {
  data.by = 'none';
  data.timer.start(waitOf(data.world));
  data.world.onStatus(statusSaid(offline, reason));
}
function rest(data: Data, reason: string): void {
  data.timer.stop();
  data.world.onStatus(statusSaid(offline, reason));
}
function answer(data: Data, reason: string): void {
  if (data.by === 'user') data.world.onStatus(statusSaid(data.shown, reason, disconnected));
  data.by = 'none';
}
function fail(data: Data, hr: number, reason: string): void {
  data.world.onSignin(signinSaid(hr, reason));
  if (data.isRetried) wait(data, reason);
  else rest(data, reason);
}
const afterFailure = function (this: Data): string {
  return this.isRetried ? 'waiting' : 'signedOut';
};
/** No name of a state: the event does not come here, which is no error. */
const ifPublishing = (by: Data['by']) =>
  function (this: Data, publisher: string): string | undefined {
    return publisher === by && this.by === by ? 'signedIn' : undefined;
  };

const Session = StateMachine.factory<Data, [world: World]>({
  init: 'signedOut',
  data: (world) => ({ world, timer: new LimitTimer(() => {}), shown: offline, isRetried: false, by: 'none' }),
  transitions: [
    { name: 'signin', from: 'signedOut', to: 'finding' },
    { name: 'found', from: 'finding', to: 'connecting' },
    { name: 'opened', from: 'connecting', to: 'synchronizing' },
    { name: 'synchronized', from: 'synchronizing', to: 'synchronizing' },
    { name: 'published', from: 'synchronizing', to: ifPublishing('signin') },
    { name: 'published', from: 'signedIn', to: ifPublishing('user') },
    { name: 'request', from: 'signedIn', to: 'signedIn' },
    { name: 'lost', from: 'signedIn', to: 'waiting' },
    { name: 'due', from: 'waiting', to: 'finding' },
    { name: 'signout', from: 'signedIn', to: 'disconnecting' },
    { name: 'closed', from: 'disconnecting', to: 'signedOut' },
    { name: 'over', from: ['finding', 'connecting'], to: afterFailure },
    { name: 'over', from: 'synchronizing', to: 'waiting' },
    { name: 'over', from: 'signedIn', to: 'signedIn' },
    { name: 'over', from: 'waiting', to: 'finding' },
    { name: 'over', from: 'disconnecting', to: 'signedOut' },
  ],
  methods: {
    onInvalidTransition() {},
    onEnterFinding: enter(finding, 'finding'),
    onEnterConnecting: enter(connecting, 'logon'),
    onEnterSynchronizing: enter(synchronizing, 'synchronizing'),
    onEnterDisconnecting: enter(disconnecting, 'signout', 'userRequest'),
    onBeforeSignin() {
      this.isRetried = false;
    },
    onBeforeOpened() {
      this.isRetried = true;
      this.world.onSignin(signinSaid(ok, 'progress'));
    },
    onBeforeSynchronized() {
      this.by = 'signin';
    },
    onBeforePublished(_, by: 'signin' | 'user', status: number) {
      this.by = 'none';
      this.shown = status;
      this.timer.stop();
      this.world.onStatus(statusSaid(status, by === 'user' ? 'userRequest' : 'progress'));
    },
    onBeforeRequest() {
      if (this.by !== 'none') return;
      this.by = 'user';
      this.timer.start(limits.publish);
    },
    onBeforeLost() {
      answer(this, 'lineLost');
      wait(this, 'lineLost');
    },
    onBeforeSignout() {
      answer(this, 'userRequest');
      this.world.onSignout(signoutSaid());
    },
    onBeforeClosed() {
      rest(this, 'userRequest');
    },
    onBeforeOver({ from }) {
      if (from === 'finding') fail(this, noServer, 'serverNotFound');
      if (from === 'connecting') fail(this, noAnswer, 'logonTimeout');
      if (from === 'disconnecting') rest(this, 'userRequest');
      if (from === 'synchronizing') {
        this.world.onStatus(statusSaid(synchronizing, 'timedOut', unavailable));
        wait(this, 'timedOut');
      }
      if (from !== 'signedIn') return;
      this.by = 'none';
      this.world.onStatus(statusSaid(this.shown, 'timedOut', unexpected));
    },
  },
});

export const peer: Peer = {
  name: 'javascript-state-machine',
  packages: ['javascript-state-machine'],
  open: (size, world) =>
    fleetOfMethods(
      Array.from({ length: size }, () => {
        const session = new Session(world) as Made;
        return Object.assign(session, { timer: new LimitTimer(() => void session.over()) });
      }),
      ({ timer }) => timer.stop(),
    ),
};
