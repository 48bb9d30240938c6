/**
 * The part of the machine that every peer plays: what can happen to a session, what it says, how long it waits. Each peer is bundled by itself
 * with a copy of this file, so that nothing here is slow for one because of another. It must never know a peer.
 */
import type { Message } from '../../machines/alphabet.js';
import {
  MISTATUS,
  MSGR_E_DISCONNECTED,
  MSGR_E_INVALID_SERVER_NAME,
  MSGR_E_LOGON_TIMEOUT,
  MSGR_E_SERVER_UNAVAILABLE,
  MSGR_E_UNEXPECTED,
  S_OK,
} from '../../machines/codes.js';

export interface StatusSaid {
  readonly type: 'OnMyStatusChange';
  readonly hr: number;
  readonly mMyStatus: number;
  readonly reason: string;
}
export interface SigninSaid {
  readonly type: 'OnSignin';
  readonly hr: number;
  readonly reason: string;
}
export interface SignoutSaid {
  readonly type: 'OnSignout';
  readonly reason: string;
}
export type Said = StatusSaid | SigninSaid | SignoutSaid;

/** What is around the sessions of a fleet: who listens, one function for each kind of notice, and chance. */
export interface World {
  readonly onStatus: (said: StatusSaid) => void;
  readonly onSignin: (said: SigninSaid) => void;
  readonly onSignout: (said: SignoutSaid) => void;
  /** In [0, 1): spreads the waits before a retry, as the default policy does. */
  readonly random: () => number;
}

/** Who does what, one after the other: the session's number, and the place in `events`. */
export interface Score {
  readonly who: Uint32Array;
  readonly what: Uint8Array;
}

/** Sessions of one kind. */
export interface Fleet {
  /** Makes ready whatever somebody who plays this score would have at hand. @returns plays it, as often as it is called */
  ready(score: Score): () => void;
  /** Ends all sessions. */
  close(): void;
  /** What it says itself that its sessions take, bytes. */
  bytes?(): number;
}

export interface Peer {
  readonly name: string;
  /** Names of the packages that it is made with. */
  readonly packages: readonly string[];
  open(size: number, world: World): Fleet;
}

/** Statuses that a session takes on. */
export const statuses = [MISTATUS.ONLINE, MISTATUS.BUSY, MISTATUS.BE_RIGHT_BACK, MISTATUS.AWAY, MISTATUS.ON_THE_PHONE] as const;

/** What can happen. A change of status is two events: asked for, and confirmed. */
export const events: readonly Message[] = [
  { type: 'signin.request', tries: 'once', status: MISTATUS.BUSY },
  { type: 'server.found' },
  { type: 'link.opened' },
  { type: 'session.synchronized', resumed: false },
  { type: 'status.published', by: 'signin', status: MISTATUS.BUSY },
  { type: 'link.lost', reason: 'lineLost' },
  { type: 'retry.due' },
  { type: 'signout.request' },
  { type: 'link.closed' },
  ...statuses.flatMap((status): Message[] => [
    { type: 'status.request', status },
    { type: 'status.published', by: 'user', status },
  ]),
];
/** Places in `events`; `request` + 2n and `published` + 2n are of the status n. */
export const deed = {
  signin: 0,
  found: 1,
  opened: 2,
  synchronized: 3,
  arrived: 4,
  lost: 5,
  due: 6,
  signout: 7,
  closed: 8,
  request: 9,
  published: 10,
} as const;

/** Limits of the default policy, ms. A session has one of them at a time. */
export const limits = { finding: 10_000, logon: 15_000, synchronizing: 15_000, publish: 10_000, signout: 5_000 } as const;
export type Limit = keyof typeof limits;
/** A lost line is tried again within 5 s. @returns ms */
export const waitOf = ({ random }: World): number => Math.floor(random() * 5_000);

// Held here: a name looked up in a module is cheaper than a property of a frozen object.
export const offline: number = MISTATUS.OFFLINE;
export const finding: number = MISTATUS.LOCAL_FINDING_SERVER;
export const connecting: number = MISTATUS.LOCAL_CONNECTING_TO_SERVER;
export const synchronizing: number = MISTATUS.LOCAL_SYNCHRONIZING_WITH_SERVER;
export const disconnecting: number = MISTATUS.LOCAL_DISCONNECTING_FROM_SERVER;
export const ok: number = S_OK;
export const disconnected: number = MSGR_E_DISCONNECTED;
export const noServer: number = MSGR_E_INVALID_SERVER_NAME;
export const noAnswer: number = MSGR_E_LOGON_TIMEOUT;
export const unavailable: number = MSGR_E_SERVER_UNAVAILABLE;
export const unexpected: number = MSGR_E_UNEXPECTED;

export const statusSaid = (mMyStatus: number, reason: string, hr: number = ok): StatusSaid => ({
  type: 'OnMyStatusChange',
  hr,
  mMyStatus,
  reason,
});
export const signinSaid = (hr: number, reason: string): SigninSaid => ({ type: 'OnSignin', hr, reason });
export const signoutSaid = (): SignoutSaid => ({ type: 'OnSignout', reason: 'userRequest' });

/** An event as a peer may take it: that of the alphabet, or the end of a limit. */
export type PartEvent =
  | { readonly type: 'signin.request'; readonly status: number }
  | { readonly type: 'status.request'; readonly status: number }
  | { readonly type: 'status.published'; readonly by: 'signin' | 'user'; readonly status: number }
  | {
      readonly type:
        | 'server.found'
        | 'link.opened'
        | 'session.synchronized'
        | 'link.lost'
        | 'retry.due'
        | 'signout.request'
        | 'link.closed'
        | 'limit.over';
    };
/** The same list for peers that take events as objects. */
export const partEvents = events as readonly unknown[] as readonly PartEvent[];

/** A fleet of objects that take events as objects. */
export function fleetOf<S>(
  sessions: readonly S[],
  send: (session: S, event: PartEvent) => void,
  close: (session: S) => void,
): Fleet {
  return {
    ready:
      ({ who, what }) =>
      () => {
        for (let at = 0; at < who.length; at++)
          send(sessions[who[at] as number] as S, partEvents[what[at] as number] as PartEvent);
      },
    close() {
      for (const session of sessions) close(session);
    },
  };
}

/** The limit that runs, for peers whose library has no timers: one at a time. */
export class LimitTimer {
  readonly #over: () => void;
  #timer: NodeJS.Timeout | undefined;
  constructor(over: () => void) {
    this.#over = over;
  }
  start(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#over, ms);
  }
  stop(): void {
    clearTimeout(this.#timer);
  }
}

/** A session that has a method for each event. */
export interface Methods {
  signin(status: number): unknown;
  found(): unknown;
  opened(): unknown;
  synchronized(): unknown;
  published(by: 'signin' | 'user', status: number): unknown;
  request(status: number): unknown;
  lost(): unknown;
  due(): unknown;
  signout(): unknown;
  closed(): unknown;
}

/** Plays by calling methods, as a protocol's handler would. The numbers are those of `deed`: a switch over literals is a jump. */
export function play(session: Methods, what: number): unknown {
  switch (what) {
    case 0:
      return session.signin(statuses[1]);
    case 1:
      return session.found();
    case 2:
      return session.opened();
    case 3:
      return session.synchronized();
    case 4:
      return session.published('signin', statuses[1]);
    case 5:
      return session.lost();
    case 6:
      return session.due();
    case 7:
      return session.signout();
    case 8:
      return session.closed();
    default: {
      const status = statuses[(what - 9) >> 1] as number;
      return (what & 1) === 1 ? session.request(status) : session.published('user', status);
    }
  }
}

/** A fleet of such sessions. */
export function fleetOfMethods<S extends Methods>(sessions: readonly S[], close: (session: S) => void): Fleet {
  return {
    ready:
      ({ who, what }) =>
      () => {
        for (let at = 0; at < who.length; at++) play(sessions[who[at] as number] as S, what[at] as number);
      },
    close() {
      for (const session of sessions) close(session);
    },
  };
}
