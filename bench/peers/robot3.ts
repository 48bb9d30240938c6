/** robot3: states, guards and reducers of its own; limits and what is said are actions of ours. Its entry actions leave out a state that follows itself. */
import { action, createMachine, guard, interpret, reduce, state, transition } from 'robot3';
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
  type Limit,
  type PartEvent,
  type Peer,
  type World,
} from './part.js';

interface Memory {
  readonly world: World;
  readonly timer: LimitTimer;
  readonly shown: number;
  readonly isRetried: boolean;
  readonly isPublishing: boolean;
}

const remember = (part: Partial<Memory>) => reduce((memory: Memory) => ({ ...memory, ...part }));
const enter = (status: number, limit: Limit, reason = 'progress') =>
  action(({ world, timer }: Memory) => {
    world.onStatus(statusSaid(status, reason));
    timer.start(limits[limit]);
  });
const answerSignin = (hr: number, reason: string) => action(({ world }: Memory) => world.onSignin(signinSaid(hr, reason)));
const rest = (reason: string) =>
  action(({ world, timer }: Memory) => {
    timer.stop();
    world.onStatus(statusSaid(offline, reason));
  });
const wait = (reason: string) =>
  action(({ world, timer }: Memory) => {
    timer.start(waitOf(world));
    world.onStatus(statusSaid(offline, reason));
  });
const failed = (hr: number, reason: string) =>
  [
    transition(
      'limit.over',
      'waiting',
      guard(({ isRetried }: Memory) => isRetried),
      answerSignin(hr, reason),
      wait(reason),
    ),
    transition('limit.over', 'signedOut', answerSignin(hr, reason), rest(reason)),
  ] as const;
/** A change that is at the server is answered before what ends it. */
const answer = (reason: string) =>
  action(({ world, shown, isPublishing }: Memory) => {
    if (isPublishing) world.onStatus(statusSaid(shown, reason, disconnected));
  });

type Published = Extract<PartEvent, { type: 'status.published' }>;
const isMine = (by: Published['by']) => guard((memory: Memory, event: Published) => memory.isPublishing && event.by === by);
const settle = reduce((memory: Memory, { status }: Published) => ({ ...memory, shown: status, isPublishing: false }));
const show = action(({ world, timer, shown }: Memory, { by }: Published) => {
  timer.stop();
  world.onStatus(statusSaid(shown, by === 'user' ? 'userRequest' : 'progress'));
});
const isPublishing = guard((memory: Memory) => memory.isPublishing);
const isFree = guard((memory: Memory) => !memory.isPublishing);

const machine = createMachine(
  'signedOut',
  {
    signedOut: state(transition('signin.request', 'finding', remember({ isRetried: false }))),
    waiting: state(transition('retry.due', 'finding'), transition('limit.over', 'finding')),
    finding: state(enter(finding, 'finding'), transition('server.found', 'connecting'), ...failed(noServer, 'serverNotFound')),
    connecting: state(
      enter(connecting, 'logon'),
      transition('link.opened', 'synchronizing', remember({ isRetried: true }), answerSignin(ok, 'progress')),
      ...failed(noAnswer, 'logonTimeout'),
    ),
    synchronizing: state(
      enter(synchronizing, 'synchronizing'),
      transition('session.synchronized', 'synchronizing', remember({ isPublishing: true })),
      transition('status.published', 'signedIn', isMine('signin'), settle, show),
      transition(
        'limit.over',
        'waiting',
        remember({ isPublishing: false }),
        action(({ world }: Memory) => world.onStatus(statusSaid(synchronizing, 'timedOut', unavailable))),
        wait('timedOut'),
      ),
    ),
    signedIn: state(
      transition(
        'status.request',
        'signedIn',
        isFree,
        remember({ isPublishing: true }),
        action(({ timer }: Memory) => timer.start(limits.publish)),
      ),
      transition('status.published', 'signedIn', isMine('user'), settle, show),
      transition(
        'limit.over',
        'signedIn',
        isPublishing,
        remember({ isPublishing: false }),
        action(({ world, shown }: Memory) => world.onStatus(statusSaid(shown, 'timedOut', unexpected))),
      ),
      transition('link.lost', 'waiting', answer('lineLost'), remember({ isPublishing: false }), wait('lineLost')),
      transition(
        'signout.request',
        'disconnecting',
        answer('userRequest'),
        remember({ isPublishing: false }),
        action(({ world }: Memory) => world.onSignout(signoutSaid())),
      ),
    ),
    disconnecting: state(
      enter(disconnecting, 'signout', 'userRequest'),
      transition('link.closed', 'signedOut', rest('userRequest')),
      transition('limit.over', 'signedOut', rest('userRequest')),
    ),
  },
  (memory: Memory) => memory,
);

export const peer: Peer = {
  name: 'robot3',
  packages: ['robot3'],
  open: (size, world) =>
    fleetOf(
      Array.from({ length: size }, () => {
        const timer = new LimitTimer(() => service.send('limit.over'));
        const memory: Memory = { world, timer, shown: offline, isRetried: false, isPublishing: false };
        const service = interpret(machine, () => {}, memory);
        return { service, timer };
      }),
      ({ service }, event) => service.send(event),
      ({ timer }) => timer.stop(),
    ),
};
