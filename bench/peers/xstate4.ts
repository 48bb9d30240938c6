/** XState 4: hierarchy, guards and delayed transitions of its own; it has no emit, so actions call the listeners. */
import { assign, cancel, createMachine, interpret, send } from 'xstate4';
import {
  connecting,
  disconnected,
  disconnecting,
  finding,
  fleetOf,
  limits,
  noAnswer,
  noServer,
  offline,
  ok,
  signinSaid,
  signoutSaid,
  statuses,
  statusSaid,
  synchronizing,
  unavailable,
  unexpected,
  waitOf,
  type PartEvent,
  type Peer,
  type World,
} from './part.js';

interface Memory {
  readonly world: World;
  readonly shown: number;
  readonly isRetried: boolean;
  readonly isPublishing: boolean;
}
type Event = PartEvent | { readonly type: 'publish.expired' };

const why = (event: Event | { readonly type: string }): string => {
  switch (event.type) {
    case 'link.lost':
      return 'lineLost';
    case 'signout.request':
    case 'link.closed':
      return 'userRequest';
    case 'status.published':
      return 'by' in event && event.by === 'user' ? 'userRequest' : 'progress';
    default:
      return 'progress';
  }
};
const announce =
  (status: number) =>
  ({ world }: Memory, event: Event) =>
    world.onStatus(statusSaid(status, why(event)));
const rest =
  (reason: string) =>
  ({ world }: Memory) =>
    world.onStatus(statusSaid(offline, reason));
const sayOn =
  (hr: number, reason: string) =>
  ({ world }: Memory) =>
    world.onSignin(signinSaid(hr, reason));
const failed = (hr: number, reason: string) => [
  { target: '#waiting', cond: 'isRetried', actions: [sayOn(hr, reason), rest(reason)] },
  { target: '#signedOut', actions: [sayOn(hr, reason), rest(reason)] },
];
const names = ['online', 'busy', 'beRightBack', 'away', 'onThePhone'] as const;
/** Answers the change that is still at the server. */
const answer = ({ world, shown, isPublishing }: Memory, event: Event): void => {
  if (isPublishing) world.onStatus(statusSaid(shown, why(event), disconnected));
};
const settled = [assign<Memory, Event>({ isPublishing: false }), cancel('publish')];
const published = (by: 'signin' | 'user') =>
  statuses.map((status, at) => ({
    target: `#${names[at]}`,
    cond: ({ isPublishing }: Memory, event: Event) =>
      isPublishing && event.type === 'status.published' && event.by === by && event.status === status,
    actions: settled,
  }));

const machine = createMachine<Memory, Event>(
  {
    predictableActionArguments: true,
    initial: 'offline',
    states: {
      offline: {
        initial: 'signedOut',
        states: {
          signedOut: {
            id: 'signedOut',
            on: { 'signin.request': { target: '#finding', actions: 'begin' } },
          },
          waiting: { id: 'waiting', on: { 'retry.due': '#finding' }, after: { wait: '#finding' } },
        },
      },
      attempt: {
        initial: 'finding',
        states: {
          finding: {
            id: 'finding',
            entry: announce(finding),
            on: { 'server.found': 'connecting' },
            after: { [limits.finding]: failed(noServer, 'serverNotFound') },
          },
          connecting: {
            entry: announce(connecting),
            on: {
              'link.opened': {
                target: '#synchronizing',
                actions: [sayOn(ok, 'progress'), assign<Memory, Event>({ isRetried: true })],
              },
            },
            after: { [limits.logon]: failed(noAnswer, 'logonTimeout') },
          },
        },
      },
      session: {
        initial: 'synchronizing',
        states: {
          synchronizing: {
            id: 'synchronizing',
            entry: announce(synchronizing),
            on: {
              'session.synchronized': { actions: 'publish' },
              'status.published': published('signin'),
            },
            after: {
              [limits.synchronizing]: { target: '#waiting', actions: ['reportSynchronizing', 'settle', rest('timedOut')] },
            },
          },
          signedIn: {
            initial: 'online',
            on: {
              'status.request': {
                cond: 'isIdle',
                actions: ['publish', send('publish.expired', { delay: limits.publish, id: 'publish' })],
              },
              'status.published': published('user'),
              'publish.expired': { actions: ['reportPublish', ...settled] },
              'link.lost': { target: '#waiting', actions: [answer, ...settled, rest('lineLost')] },
              'signout.request': { target: '#disconnecting', actions: [answer, ...settled, 'sayGoodbye'] },
            },
            states: Object.fromEntries(
              names.map((name, at) => {
                const status = statuses[at] as number;
                return [name, { id: name, entry: [announce(status), assign<Memory, Event>({ shown: status })] }];
              }),
            ),
          },
        },
      },
      disconnecting: {
        id: 'disconnecting',
        entry: announce(disconnecting),
        on: { 'link.closed': { target: '#signedOut', actions: rest('userRequest') } },
        after: { [limits.signout]: { target: '#signedOut', actions: rest('userRequest') } },
      },
    },
  },
  {
    delays: { wait: ({ world }) => waitOf(world) },
    guards: { isRetried: ({ isRetried }) => isRetried, isIdle: ({ isPublishing }) => !isPublishing },
    actions: {
      begin: assign({ isRetried: false }),
      publish: assign({ isPublishing: true }),
      settle: assign({ isPublishing: false }),
      reportSynchronizing: ({ world }) => world.onStatus(statusSaid(synchronizing, 'timedOut', unavailable)),
      reportPublish: ({ world, shown }) => world.onStatus(statusSaid(shown, 'timedOut', unexpected)),
      sayGoodbye: ({ world }) => world.onSignout(signoutSaid()),
    },
  },
);

export const peer: Peer = {
  name: 'xstate 4',
  packages: ['xstate4'],
  open: (size, world) =>
    fleetOf(
      Array.from({ length: size }, () =>
        interpret(machine.withContext({ world, shown: offline, isRetried: false, isPublishing: false })).start(),
      ),
      (service, event) => void service.send(event),
      (service) => void service.stop(),
    ),
};
