/** machina: one behaviour for any number of clients; limits are ours. It leaves out a state that follows itself, so online statuses are one state. */
import { createBehavioralFsm } from 'machina';
import {
  connecting,
  disconnected,
  disconnecting,
  finding,
  fleetOf,
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
  type PartEvent,
  type Peer,
  type Said,
  type World,
} from './part.js';

interface Client {
  readonly timer: LimitTimer;
  readonly world: World;
  shown: number;
  isRetried: boolean;
  by: 'none' | 'signin' | 'user';
}
interface Handling {
  readonly ctx: Client;
  emit(name: string, data?: unknown): void;
}
type Published = Extract<PartEvent, { type: 'status.published' }>;

const say = ({ emit }: Handling, said: Said): void => emit(said.type, said);
const show = (handling: Handling, status: number, reason = 'progress', hr = ok): void =>
  say(handling, statusSaid(status, reason, hr));

function wait(handling: Handling, reason: string): 'waiting' {
  const { ctx } = handling;
  ctx.by = 'none';
  ctx.timer.start(waitOf(ctx.world));
  show(handling, offline, reason);
  return 'waiting';
}
function rest(handling: Handling, reason: string): 'signedOut' {
  handling.ctx.timer.stop();
  show(handling, offline, reason);
  return 'signedOut';
}
function fail(handling: Handling, hr: number, reason: string): 'waiting' | 'signedOut' {
  say(handling, signinSaid(hr, reason));
  return handling.ctx.isRetried ? wait(handling, reason) : rest(handling, reason);
}
/** A change that is at the server is answered before what ends it. */
function answer(handling: Handling, reason: string): void {
  const { ctx } = handling;
  if (ctx.by === 'user') show(handling, ctx.shown, reason, disconnected);
  ctx.by = 'none';
}
function settle(handling: Handling, { by, status }: Published): boolean {
  const { ctx } = handling;
  if (ctx.by !== by) return false;
  ctx.by = 'none';
  ctx.shown = status;
  ctx.timer.stop();
  show(handling, status, by === 'user' ? 'userRequest' : 'progress');
  return true;
}

function behaviour() {
  return createBehavioralFsm<Client>()({
    id: 'presence',
    initialState: 'signedOut',
    states: {
      signedOut: {
        'signin.request': ({ ctx }: Handling) => {
          ctx.isRetried = false;
          return 'finding';
        },
      },
      waiting: { 'retry.due': 'finding', 'limit.over': 'finding' },
      finding: {
        _onEnter: (handling: Handling) => {
          show(handling, finding);
          handling.ctx.timer.start(limits.finding);
        },
        'server.found': 'connecting',
        'limit.over': (handling: Handling) => fail(handling, noServer, 'serverNotFound'),
      },
      connecting: {
        _onEnter: (handling: Handling) => {
          show(handling, connecting);
          handling.ctx.timer.start(limits.logon);
        },
        'link.opened': (handling: Handling) => {
          handling.ctx.isRetried = true;
          say(handling, signinSaid(ok, 'progress'));
          return 'synchronizing';
        },
        'limit.over': (handling: Handling) => fail(handling, noAnswer, 'logonTimeout'),
      },
      synchronizing: {
        _onEnter: (handling: Handling) => {
          show(handling, synchronizing);
          handling.ctx.timer.start(limits.synchronizing);
        },
        'session.synchronized': ({ ctx }: Handling) => {
          ctx.by = 'signin';
        },
        'status.published': (handling: Handling, event: unknown) => {
          return settle(handling, event as Published) ? 'signedIn' : undefined;
        },
        'limit.over': (handling: Handling) => {
          show(handling, synchronizing, 'timedOut', unavailable);
          return wait(handling, 'timedOut');
        },
      },
      signedIn: {
        'status.request': ({ ctx }: Handling) => {
          if (ctx.by !== 'none') return;
          ctx.by = 'user';
          ctx.timer.start(limits.publish);
        },
        'status.published': (handling: Handling, event: unknown) => {
          settle(handling, event as Published);
        },
        'limit.over': (handling: Handling) => {
          handling.ctx.by = 'none';
          show(handling, handling.ctx.shown, 'timedOut', unexpected);
        },
        'link.lost': (handling: Handling) => {
          answer(handling, 'lineLost');
          return wait(handling, 'lineLost');
        },
        'signout.request': (handling: Handling) => {
          answer(handling, 'userRequest');
          say(handling, signoutSaid());
          return 'disconnecting';
        },
      },
      disconnecting: {
        _onEnter: (handling: Handling) => {
          show(handling, disconnecting, 'userRequest');
          handling.ctx.timer.start(limits.signout);
        },
        'link.closed': (handling: Handling) => rest(handling, 'userRequest'),
        'limit.over': (handling: Handling) => rest(handling, 'userRequest'),
      },
    },
  });
}

export const peer: Peer = {
  name: 'machina 7',
  packages: ['machina'],
  open(size, world) {
    const fsm = behaviour();
    // Typed for its own words only, but it emits and hears any.
    fsm.on('OnMyStatusChange' as 'handled', world.onStatus as never);
    fsm.on('OnSignin' as 'handled', world.onSignin as never);
    fsm.on('OnSignout' as 'handled', world.onSignout as never);
    const clients = Array.from({ length: size }, () => {
      const timer = new LimitTimer(() => fsm.handle(client, 'limit.over'));
      const client: Client = { timer, world, shown: offline, isRetried: false, by: 'none' };
      return client;
    });
    return fleetOf(
      clients,
      (client, event) => fsm.handle(client, event.type, event),
      ({ timer }) => timer.stop(),
    );
  },
};
