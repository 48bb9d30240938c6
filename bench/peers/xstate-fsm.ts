/** @xstate/fsm: flat states, guards and assignments of its own; limits and what is said are actions of ours, which see the context as it is afterwards. */
import { assign, createMachine, interpret, type StateMachine } from '@xstate/fsm';
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
interface State {
  value: 'signedOut' | 'waiting' | 'finding' | 'connecting' | 'synchronizing' | 'signedIn' | 'disconnecting';
  context: Memory;
}
type Do = (memory: Memory) => void;
type Transition = StateMachine.Transition<Memory, PartEvent, State['value']>;

const remember = (part: Partial<Memory>) => assign<Memory, PartEvent>(part);
const enter =
  (status: number, limit: Limit, reason = 'progress'): Do =>
  ({ world, timer }) => {
    world.onStatus(statusSaid(status, reason));
    timer.start(limits[limit]);
  };
const answerSignin =
  (hr: number, reason: string): Do =>
  ({ world }) =>
    world.onSignin(signinSaid(hr, reason));
const rest =
  (reason: string): Do =>
  ({ world, timer }) => {
    timer.stop();
    world.onStatus(statusSaid(offline, reason));
  };
const wait =
  (reason: string): Do =>
  ({ world, timer }) => {
    timer.start(waitOf(world));
    world.onStatus(statusSaid(offline, reason));
  };
const failed = (hr: number, reason: string): Transition[] => [
  { target: 'waiting', cond: ({ isRetried }) => isRetried, actions: [answerSignin(hr, reason), wait(reason)] },
  { target: 'signedOut', actions: [answerSignin(hr, reason), rest(reason)] },
];
const answer =
  (reason: string): Do =>
  ({ world, shown }) =>
    world.onStatus(statusSaid(shown, reason, disconnected));
const isPublishing = (memory: Memory): boolean => memory.isPublishing;

type Published = Extract<PartEvent, { type: 'status.published' }>;
const published = (by: Published['by']): StateMachine.Transition<Memory, Published, State['value']> => ({
  target: 'signedIn',
  cond: (memory, event) => memory.isPublishing && event.by === by,
  actions: [
    assign({ shown: (_, { status }) => status, isPublishing: false }),
    ({ world, timer, shown }) => {
      timer.stop();
      world.onStatus(statusSaid(shown, by === 'user' ? 'userRequest' : 'progress'));
    },
  ],
});
const goodbye: Do = ({ world }) => world.onSignout(signoutSaid());

const machineOf = (context: Memory) => createMachine<Memory, PartEvent, State>({ initial: 'signedOut', context, states });

const states: StateMachine.Config<Memory, PartEvent, State>['states'] = {
  signedOut: { on: { 'signin.request': { target: 'finding', actions: remember({ isRetried: false }) } } },
  waiting: { on: { 'retry.due': 'finding', 'limit.over': 'finding' } },
  finding: {
    entry: enter(finding, 'finding'),
    on: { 'server.found': 'connecting', 'limit.over': failed(noServer, 'serverNotFound') },
  },
  connecting: {
    entry: enter(connecting, 'logon'),
    on: {
      'link.opened': { target: 'synchronizing', actions: [remember({ isRetried: true }), answerSignin(ok, 'progress')] },
      'limit.over': failed(noAnswer, 'logonTimeout'),
    },
  },
  synchronizing: {
    entry: enter(synchronizing, 'synchronizing'),
    on: {
      'session.synchronized': { actions: remember({ isPublishing: true }) },
      'status.published': published('signin'),
      'limit.over': {
        target: 'waiting',
        actions: [
          remember({ isPublishing: false }),
          ({ world }: Memory) => world.onStatus(statusSaid(synchronizing, 'timedOut', unavailable)),
          wait('timedOut'),
        ],
      },
    },
  },
  signedIn: {
    on: {
      'status.request': {
        cond: (memory) => !memory.isPublishing,
        actions: [remember({ isPublishing: true }), ({ timer }: Memory) => timer.start(limits.publish)],
      },
      'status.published': published('user'),
      'limit.over': {
        cond: isPublishing,
        actions: [
          remember({ isPublishing: false }),
          ({ world, shown }: Memory) => world.onStatus(statusSaid(shown, 'timedOut', unexpected)),
        ],
      },
      'link.lost': [
        {
          target: 'waiting',
          cond: isPublishing,
          actions: [answer('lineLost'), remember({ isPublishing: false }), wait('lineLost')],
        },
        { target: 'waiting', actions: wait('lineLost') },
      ],
      'signout.request': [
        {
          target: 'disconnecting',
          cond: isPublishing,
          actions: [answer('userRequest'), remember({ isPublishing: false }), goodbye],
        },
        { target: 'disconnecting', actions: goodbye },
      ],
    },
  },
  disconnecting: {
    entry: enter(disconnecting, 'signout', 'userRequest'),
    on: {
      'link.closed': { target: 'signedOut', actions: rest('userRequest') },
      'limit.over': { target: 'signedOut', actions: rest('userRequest') },
    },
  },
};

export const peer: Peer = {
  name: '@xstate/fsm',
  packages: ['@xstate/fsm'],
  open: (size, world) =>
    fleetOf(
      Array.from({ length: size }, () => {
        const timer = new LimitTimer(() => service.send('limit.over'));
        const service = interpret(machineOf({ world, timer, shown: offline, isRetried: false, isPublishing: false })).start();
        return { service, timer };
      }),
      ({ service }, event) => service.send(event),
      ({ service, timer }) => {
        timer.stop();
        service.stop();
      },
    ),
};
