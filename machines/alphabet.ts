/**
 * Every message of the machine, told apart by its shape: requests (app to chart), facts (world to chart, past participle), commands
 * (chart to driver, imperative) and notices (chart to app, historical spelling); and samples of what may come in. Types and data only;
 * it must never hold a secret, a time or a text that is not finite.
 */
import {
  MISTATUS,
  reasonRows,
  reasons,
  type Reason,
  type SettableStatus,
  type ShownStatus,
  type SigninFailure,
  type SigninResult,
  type StatusFailure,
  type StatusResult,
} from './codes.js';

/** What the machine is told once about its surroundings: the input of the chart. */
export interface Rules {
  /** Statuses that an app may wish for, as far as the transport has them. */
  readonly statuses: readonly SettableStatus[];
  /** Whether the transport can show IDLE. */
  readonly idle: boolean;
  /** Whether a user idle for longer is shown AWAY. */
  readonly away: boolean;
  /** Statuses that idleness may replace. */
  readonly idleFrom: readonly SettableStatus[];
  /** Whether a status wished for while signed out is kept for the next sign-in. */
  readonly remember: boolean;
  /** How many status changes may wait behind the one at the server. */
  readonly queue: number;
}

/** Who caused a publication: the sign-in, the user, or one of the automatic changes. */
export type Publisher = 'signin' | 'user' | 'idle' | 'away' | 'return' | 'expiry';

/** App to chart. Only what `answer` accepts or keeps is ever sent. */
export type Request =
  | { readonly type: 'signin.request'; readonly tries: 'once' | 'retry'; readonly status?: SettableStatus }
  | { readonly type: 'signout.request' }
  | { readonly type: 'status.request'; readonly status: SettableStatus };

interface Failure<Hr> {
  readonly reason: Reason;
  /** The transport's own code, already legal; else the reason's. */
  readonly hr?: Hr;
}

/** World to chart: what the transport, the clock and the surroundings report. */
export type Fact =
  | { readonly type: 'server.found' }
  | ({ readonly type: 'server.failed' } & Failure<SigninFailure>)
  | { readonly type: 'link.opened' }
  | ({ readonly type: 'link.refused' } & Failure<SigninFailure>)
  | { readonly type: 'session.synchronized'; readonly resumed: boolean }
  | ({ readonly type: 'session.failed' } & Failure<StatusFailure>)
  | { readonly type: 'status.published'; readonly by: Publisher; readonly status: ShownStatus }
  | ({ readonly type: 'status.refused'; readonly by: Publisher } & Failure<StatusFailure>)
  | ({ readonly type: 'link.lost' } & Failure<StatusFailure>)
  | { readonly type: 'link.verified' }
  | { readonly type: 'link.closed' }
  | { readonly type: 'finding.expired' }
  | { readonly type: 'logon.expired' }
  | { readonly type: 'synchronizing.expired' }
  | { readonly type: 'publish.expired' }
  | { readonly type: 'signout.expired' }
  | { readonly type: 'check.expired' }
  | { readonly type: 'retry.due' }
  | { readonly type: 'idle.due' }
  | { readonly type: 'away.due' }
  | { readonly type: 'status.expired'; readonly status: SettableStatus }
  | { readonly type: 'network.lost' }
  | { readonly type: 'network.restored' }
  | { readonly type: 'power.suspended' }
  | { readonly type: 'power.resumed' }
  | { readonly type: 'input.ceased' }
  | { readonly type: 'input.resumed' }
  | { readonly type: 'clock.jumped' }
  | { readonly type: 'session.restored' };

export type Message = Request | Fact;

/** The chart's timers. Their limits are the driver's; their end is a fact. */
export type TimerName = 'finding' | 'logon' | 'synchronizing' | 'publish' | 'signout' | 'check' | 'retry' | 'idle' | 'away';

/** Which fact the end of a timer is. */
export const timerFacts = {
  finding: 'finding.expired',
  logon: 'logon.expired',
  synchronizing: 'synchronizing.expired',
  publish: 'publish.expired',
  signout: 'signout.expired',
  check: 'check.expired',
  retry: 'retry.due',
  idle: 'idle.due',
  away: 'away.due',
} as const satisfies Record<TimerName, Fact['type']>;

/** What a wait follows; the driver draws its length from it. */
export type WaitCause = 'failure' | 'loss' | 'hold' | 'restore';

/** Chart to driver. */
export type Command =
  | { readonly type: 'server.find' }
  | { readonly type: 'link.open'; readonly renew: boolean }
  | { readonly type: 'session.synchronize' }
  /** By the user: the oldest change that waits. By others: the status given, with the note that is wanted. */
  | { readonly type: 'presence.publish'; readonly by: 'user' }
  | { readonly type: 'presence.publish'; readonly by: Exclude<Publisher, 'user'>; readonly status: ShownStatus }
  /** Gives up the publication at the server; its late answer is nobody's. */
  | { readonly type: 'presence.withdraw' }
  | { readonly type: 'link.check' }
  | { readonly type: 'link.close' }
  /** Ends every running verb and drops the link, if there is one. */
  | { readonly type: 'link.drop' }
  | { readonly type: 'timer.start'; readonly timer: Exclude<TimerName, 'retry'> }
  | { readonly type: 'timer.start'; readonly timer: 'retry'; readonly cause: WaitCause }
  | { readonly type: 'timer.stop'; readonly timer: TimerName }
  /** Nobody is signed in or wants to be: credentials, name and wish are forgotten. */
  | { readonly type: 'session.forget' };

/** The answer to a sign-in that was asked for (R2). */
export interface SigninNotice {
  readonly type: 'OnSignin';
  readonly hr: SigninResult;
  readonly reason: Reason;
}
/** The status, or a change of it, that was reached or tried (R1). */
export interface StatusNotice {
  readonly type: 'OnMyStatusChange';
  readonly hr: StatusResult;
  readonly mMyStatus: MISTATUS;
  readonly reason: Reason;
}
/** A sign-out that was asked for has begun. */
export interface SignoutNotice {
  readonly type: 'OnSignout';
  readonly reason: 'userRequest';
}
/** Chart to app, before the driver has stamped it. */
export type ChartNotice = SigninNotice | StatusNotice | SignoutNotice;

export type Output = Command | ChartNotice;

/** Tells notices from commands by their shape. */
export function isNotice(output: Output): output is ChartNotice {
  return output.type.startsWith('On');
}

/** Two settable statuses and a queue of one: enough to reach every kind of situation, small enough to walk at every test run. */
export const smallRules: Rules = {
  statuses: [MISTATUS.ONLINE, MISTATUS.BUSY],
  idle: true,
  away: true,
  idleFrom: [MISTATUS.ONLINE],
  remember: true,
  queue: 1,
};

/** Everything that the contract has; the queue stays short, since a longer one repeats itself. */
export const fullRules: Rules = {
  ...smallRules,
  statuses: [
    MISTATUS.ONLINE,
    MISTATUS.BUSY,
    MISTATUS.BE_RIGHT_BACK,
    MISTATUS.AWAY,
    MISTATUS.ON_THE_PHONE,
    MISTATUS.OUT_TO_LUNCH,
    MISTATUS.INVISIBLE,
  ],
};

const fewReasons: readonly Reason[] = [
  'serverNotFound',
  'invalidPassword',
  'tokenExpired',
  'serverTooBusy',
  'lineLost',
  'timedOut',
  'signedInElsewhere',
  'statusRejected',
];

/** The reasons with which something can fail: all but those that only tell of a change. */
export const failureReasons: readonly Reason[] = reasonRows
  .map(([name]) => name)
  .filter((name) => reasons[name].kind !== 'status' || name === 'statusRejected');

/**
 * At least one message of every kind, and one for every value that decides.
 * @param which `few`: one reason for every way a reason can matter; `all`: every reason that can fail something
 */
export function samples(rules: Rules, which: 'few' | 'all' = 'few'): Message[] {
  const why = which === 'all' ? failureReasons : fewReasons;
  const shown: ShownStatus[] = [...rules.statuses, ...(rules.idle ? [MISTATUS.IDLE] : [])];
  const published = (by: Publisher, statuses: readonly ShownStatus[]): Message[] =>
    statuses.map((status) => ({ type: 'status.published', by, status }));
  const publishers: Publisher[] = ['signin', 'user', 'idle', 'away', 'return', 'expiry'];
  return [
    { type: 'signin.request', tries: 'once' },
    { type: 'signin.request', tries: 'retry' },
    ...rules.statuses.map((status): Message => ({ type: 'signin.request', tries: 'once', status })),
    { type: 'signout.request' },
    ...rules.statuses.map((status): Message => ({ type: 'status.request', status })),
    { type: 'server.found' },
    ...why.map((reason): Message => ({ type: 'server.failed', reason })),
    { type: 'link.opened' },
    ...why.map((reason): Message => ({ type: 'link.refused', reason })),
    { type: 'session.synchronized', resumed: false },
    { type: 'session.synchronized', resumed: true },
    ...why.map((reason): Message => ({ type: 'session.failed', reason })),
    ...published('signin', rules.away ? [...new Set<ShownStatus>([...shown, MISTATUS.AWAY])] : shown),
    ...published('user', rules.statuses),
    ...published('idle', [MISTATUS.IDLE]),
    ...published('away', [MISTATUS.AWAY]),
    ...published('return', rules.statuses),
    ...published('expiry', shown),
    ...publishers.flatMap((by) =>
      why.filter((reason) => reasons[reason].kind !== 'line').map((reason): Message => ({ type: 'status.refused', by, reason })),
    ),
    ...why.filter((reason) => reasons[reason].kind === 'line').map((reason): Message => ({ type: 'link.lost', reason })),
    { type: 'link.verified' },
    { type: 'link.closed' },
    { type: 'finding.expired' },
    { type: 'logon.expired' },
    { type: 'synchronizing.expired' },
    { type: 'publish.expired' },
    { type: 'signout.expired' },
    { type: 'check.expired' },
    { type: 'retry.due' },
    { type: 'idle.due' },
    { type: 'away.due' },
    ...rules.statuses.map((status): Message => ({ type: 'status.expired', status })),
    { type: 'network.lost' },
    { type: 'network.restored' },
    { type: 'power.suspended' },
    { type: 'power.resumed' },
    { type: 'input.ceased' },
    { type: 'input.resumed' },
    { type: 'clock.jumped' },
    { type: 'session.restored' },
  ];
}
