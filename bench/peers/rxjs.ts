/** RxJS: a subject of events, `scan` with a pure function, and a subscriber that says and does what each step has left to say and do. */
import { distinctUntilChanged, scan, Subject } from 'rxjs';
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
  type Said,
  type World,
} from './part.js';

/** `phase` is the status shown, or `waiting`. */
interface Memory {
  readonly phase: number;
  readonly isRetried: boolean;
  readonly by: 'none' | 'signin' | 'user';
  readonly said: readonly Said[];
  readonly limit: Limit | 'retry' | 'none' | 'same';
}

const waiting = 0x1000;
const isOnline = ({ phase }: Memory): boolean => (phase & 2) !== 0;
const start: Memory = { phase: offline, isRetried: false, by: 'none', said: [], limit: 'same' };

const find = (isRetried: boolean): Memory => ({
  phase: finding,
  isRetried,
  by: 'none',
  said: [statusSaid(finding, 'progress')],
  limit: 'finding',
});
const wait = (said: readonly Said[]): Memory => ({ phase: waiting, isRetried: true, by: 'none', said, limit: 'retry' });
const rest = (said: readonly Said[]): Memory => ({ phase: offline, isRetried: false, by: 'none', said, limit: 'none' });
function fail({ isRetried }: Memory, hr: number, reason: string): Memory {
  const said = [signinSaid(hr, reason), statusSaid(offline, reason)];
  return isRetried ? wait(said) : rest(said);
}
/** A change that is at the server is answered before what ends it. */
const answered = ({ by, phase }: Memory, reason: string): Said[] =>
  by === 'user' ? [statusSaid(phase, reason, disconnected)] : [];

/** @returns the same memory for an event that does not come here */
function step(memory: Memory, event: PartEvent): Memory {
  const { phase, isRetried, by } = memory;
  switch (event.type) {
    case 'signin.request':
      return phase === offline ? find(false) : memory;
    case 'server.found':
      if (phase !== finding) return memory;
      return { phase: connecting, isRetried, by, said: [statusSaid(connecting, 'progress')], limit: 'logon' };
    case 'link.opened': {
      if (phase !== connecting) return memory;
      const said = [signinSaid(ok, 'progress'), statusSaid(synchronizing, 'progress')];
      return { phase: synchronizing, isRetried: true, by, said, limit: 'synchronizing' };
    }
    case 'session.synchronized':
      return phase === synchronizing ? { phase, isRetried, by: 'signin', said: [], limit: 'same' } : memory;
    case 'status.published': {
      if (by !== event.by) return memory;
      const reason = by === 'user' ? 'userRequest' : 'progress';
      return { phase: event.status, isRetried, by: 'none', said: [statusSaid(event.status, reason)], limit: 'none' };
    }
    case 'status.request':
      if (!isOnline(memory) || by !== 'none') return memory;
      return { phase, isRetried, by: 'user', said: [], limit: 'publish' };
    case 'link.lost':
      return isOnline(memory) ? wait([...answered(memory, 'lineLost'), statusSaid(offline, 'lineLost')]) : memory;
    case 'retry.due':
      return phase === waiting ? find(isRetried) : memory;
    case 'signout.request': {
      if (!isOnline(memory)) return memory;
      const said = [...answered(memory, 'userRequest'), signoutSaid(), statusSaid(disconnecting, 'userRequest')];
      return { phase: disconnecting, isRetried, by: 'none', said, limit: 'signout' };
    }
    case 'link.closed':
      return phase === disconnecting ? rest([statusSaid(offline, 'userRequest')]) : memory;
    case 'limit.over':
      return over(memory);
  }
}

function over(memory: Memory): Memory {
  const { phase, isRetried } = memory;
  if (phase === waiting) return find(isRetried);
  if (phase === finding) return fail(memory, noServer, 'serverNotFound');
  if (phase === connecting) return fail(memory, noAnswer, 'logonTimeout');
  if (phase === disconnecting) return rest([statusSaid(offline, 'userRequest')]);
  if (phase === synchronizing) return wait([statusSaid(synchronizing, 'timedOut', unavailable), statusSaid(offline, 'timedOut')]);
  return { phase, isRetried, by: 'none', said: [statusSaid(phase, 'timedOut', unexpected)], limit: 'same' };
}

function sessionOf(world: World) {
  const events = new Subject<PartEvent>();
  const timer = new LimitTimer(() => events.next({ type: 'limit.over' }));
  events.pipe(scan(step, start), distinctUntilChanged()).subscribe(({ said, limit }) => {
    if (limit === 'none') timer.stop();
    else if (limit !== 'same') timer.start(limit === 'retry' ? waitOf(world) : limits[limit]);
    for (const one of said) {
      if (one.type === 'OnMyStatusChange') world.onStatus(one);
      else if (one.type === 'OnSignin') world.onSignin(one);
      else world.onSignout(one);
    }
  });
  return { events, timer };
}

export const peer: Peer = {
  name: 'rxjs',
  packages: ['rxjs'],
  open: (size, world) =>
    fleetOf(
      Array.from({ length: size }, () => sessionOf(world)),
      ({ events }, event) => events.next(event),
      ({ timer }) => timer.stop(),
    ),
};
