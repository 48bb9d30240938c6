/** @xstate/store: transitions as functions, emit and effects of its own; the phase is a field, limits are effects of ours. */
import { createStore } from '@xstate/store';
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
  synchronizing,
  unavailable,
  unexpected,
  waitOf,
  type Peer,
  type Said,
  type SigninSaid,
  type SignoutSaid,
  type StatusSaid,
  type World,
} from './part.js';

/** `phase` is the status shown, or `waiting`. */
interface Memory {
  readonly phase: number;
  readonly isRetried: boolean;
  readonly by: 'none' | 'signin' | 'user';
}
type Event =
  | { type: 'status.published'; by: 'signin' | 'user'; status: number }
  | {
      type:
        | 'signin.request'
        | 'status.request'
        | 'server.found'
        | 'link.opened'
        | 'session.synchronized'
        | 'link.lost'
        | 'retry.due'
        | 'signout.request'
        | 'link.closed'
        | 'limit.over';
    };
interface Enqueue {
  emit: {
    OnMyStatusChange(said: Omit<StatusSaid, 'type'>): void;
    OnSignin(said: Omit<SigninSaid, 'type'>): void;
    OnSignout(said: Omit<SignoutSaid, 'type'>): void;
  };
  effect(run: () => void): void;
}

const waiting = 0x1000;
const isOnline = (phase: number): boolean => (phase & 2) !== 0;

function sessionOf(world: World) {
  const timer = new LimitTimer(() => store.send({ type: 'limit.over' }));
  const start = ({ effect }: Enqueue, ms: number): void => effect(() => timer.start(ms));
  const show = ({ emit }: Enqueue, mMyStatus: number, reason: string, hr = ok): void =>
    emit.OnMyStatusChange({ hr, mMyStatus, reason });
  const find = (memory: Memory, enqueue: Enqueue): Memory => {
    show(enqueue, finding, 'progress');
    start(enqueue, limits.finding);
    return { ...memory, phase: finding };
  };
  const wait = (enqueue: Enqueue, reason: string): Memory => {
    start(enqueue, waitOf(world));
    show(enqueue, offline, reason);
    return { phase: waiting, isRetried: true, by: 'none' };
  };
  const rest = (enqueue: Enqueue, reason: string): Memory => {
    enqueue.effect(() => timer.stop());
    show(enqueue, offline, reason);
    return { phase: offline, isRetried: false, by: 'none' };
  };
  const fail = ({ isRetried }: Memory, enqueue: Enqueue, hr: number, reason: string): Memory => {
    enqueue.emit.OnSignin({ hr, reason });
    return isRetried ? wait(enqueue, reason) : rest(enqueue, reason);
  };
  const answer = ({ phase, by }: Memory, enqueue: Enqueue, reason: string): void => {
    if (by === 'user') show(enqueue, phase, reason, disconnected);
  };

  const store = createStore<Memory, Event, Said>({
    context: { phase: offline, isRetried: false, by: 'none' },
    on: {
      'signin.request': (memory, _, enqueue) =>
        memory.phase === offline ? find({ ...memory, isRetried: false }, enqueue) : memory,
      'server.found': (memory, _, enqueue) => {
        if (memory.phase !== finding) return memory;
        show(enqueue, connecting, 'progress');
        start(enqueue, limits.logon);
        return { ...memory, phase: connecting };
      },
      'link.opened': (memory, _, enqueue) => {
        if (memory.phase !== connecting) return memory;
        enqueue.emit.OnSignin({ hr: ok, reason: 'progress' });
        show(enqueue, synchronizing, 'progress');
        start(enqueue, limits.synchronizing);
        return { ...memory, phase: synchronizing, isRetried: true };
      },
      'session.synchronized': (memory) => (memory.phase === synchronizing ? { ...memory, by: 'signin' } : memory),
      'status.published': (memory, { by, status }, enqueue) => {
        if (by !== memory.by) return memory;
        enqueue.effect(() => timer.stop());
        show(enqueue, status, by === 'user' ? 'userRequest' : 'progress');
        return { ...memory, phase: status, by: 'none' };
      },
      'status.request': (memory, _, enqueue) => {
        if (!isOnline(memory.phase) || memory.by !== 'none') return memory;
        start(enqueue, limits.publish);
        return { ...memory, by: 'user' };
      },
      'link.lost': (memory, _, enqueue) => {
        if (!isOnline(memory.phase)) return memory;
        answer(memory, enqueue, 'lineLost');
        return wait(enqueue, 'lineLost');
      },
      'retry.due': (memory, _, enqueue) => (memory.phase === waiting ? find(memory, enqueue) : memory),
      'signout.request': (memory, _, enqueue) => {
        if (!isOnline(memory.phase)) return memory;
        answer(memory, enqueue, 'userRequest');
        enqueue.emit.OnSignout({ reason: 'userRequest' });
        show(enqueue, disconnecting, 'userRequest');
        start(enqueue, limits.signout);
        return { ...memory, phase: disconnecting, by: 'none' };
      },
      'link.closed': (memory, _, enqueue) => (memory.phase === disconnecting ? rest(enqueue, 'userRequest') : memory),
      'limit.over': (memory, _, enqueue) => {
        switch (memory.phase) {
          case waiting:
            return find(memory, enqueue);
          case finding:
            return fail(memory, enqueue, noServer, 'serverNotFound');
          case connecting:
            return fail(memory, enqueue, noAnswer, 'logonTimeout');
          case synchronizing:
            show(enqueue, synchronizing, 'timedOut', unavailable);
            return wait(enqueue, 'timedOut');
          case disconnecting:
            return rest(enqueue, 'userRequest');
          default:
            show(enqueue, memory.phase, 'timedOut', unexpected);
            return { ...memory, by: 'none' };
        }
      },
    },
  });
  store.on('OnMyStatusChange', world.onStatus);
  store.on('OnSignin', world.onSignin);
  store.on('OnSignout', world.onSignout);
  return { store, timer };
}

export const peer: Peer = {
  name: '@xstate/store',
  packages: ['@xstate/store'],
  open: (size, world) =>
    fleetOf(
      Array.from({ length: size }, () => sessionOf(world)),
      ({ store }, event) => store.send(event),
      ({ timer }) => timer.stop(),
    ),
};
