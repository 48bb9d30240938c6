/**
 * The guards and actions that the chart names: what is remembered (a small, finite context), what is asked of the driver and what is told
 * to the app. Everything here is a pure function of context and message; no clock, no randomness, no secret.
 */
import { enqueueActions, setup } from 'xstate';
import type { ChartNotice, Command, Message, Output, Publisher, Rules, TimerName, WaitCause } from './alphabet.js';
import {
  MISTATUS,
  MSGR_E_CANCEL,
  MSGR_E_DISCONNECTED,
  MSGR_E_SERVER_UNAVAILABLE,
  S_OK,
  isOnline,
  reasons,
  type Reason,
  type SettableStatus,
  type ShownStatus,
  type SigninFailure,
  type StatusFailure,
} from './codes.js';

/** What the chart remembers besides its state. Whatever means nothing in a phase is reset on leaving it, so that the graph stays small. */
export interface Context {
  readonly rules: Rules;
  /** Holds: neither attempt nor session exists while one of these is false. */
  readonly network: boolean;
  readonly awake: boolean;
  /** What is known of the person: inactive counts towards idle. */
  readonly user: 'active' | 'inactive' | 'idle' | 'away';
  /** Whether an attempt that fails is followed by another. */
  readonly tries: 'once' | 'retry';
  /** The one renewal of this attempt's token is used up. */
  readonly renewed: boolean;
  /** The status that the user wants. */
  readonly wished: SettableStatus;
  /** What is wanted is not what the server was told last. */
  readonly changed: boolean;
  /** The user's changes that are not answered yet, the one at the server included. */
  readonly pending: number;
  /** Whose change is at the server; for all but the user's, which status. */
  readonly by: Publisher | 'none';
  readonly offered: ShownStatus | 0;
  /** The status announced last. */
  readonly shown: MISTATUS;
}

/** The status that others are to see: the wished one, unless idleness stands before it; it never does before INVISIBLE (B15). */
export function effective({ user, wished, rules }: Context): ShownStatus {
  if (wished === MISTATUS.INVISIBLE || !rules.idleFrom.includes(wished)) return wished;
  if (user === 'away' && rules.away) return MISTATUS.AWAY;
  return (user === 'idle' || user === 'away') && rules.idle ? MISTATUS.IDLE : wished;
}

/** Why a status is shown or a change failed: one of the closed list, from the message that caused it. */
export function why({ shown }: Context, event: Message): Reason {
  // A sign-out ends as it was asked for, whatever cut it short.
  if (shown === MISTATUS.LOCAL_DISCONNECTING_FROM_SERVER) return 'userRequest';
  if ('reason' in event) return event.reason;
  switch (event.type) {
    case 'signin.request':
      // Only a hold shows anything at once; an attempt shows that it goes on.
      return 'progress';
    case 'signout.request':
      return shown === MISTATUS.LOCAL_FINDING_SERVER || shown === MISTATUS.LOCAL_CONNECTING_TO_SERVER
        ? 'cancelled'
        : 'userRequest';
    case 'finding.expired':
      return 'serverNotFound';
    case 'logon.expired':
      return 'logonTimeout';
    case 'synchronizing.expired':
    case 'publish.expired':
    case 'check.expired':
      return 'timedOut';
    case 'network.lost':
      return 'networkOff';
    case 'power.suspended':
      return 'asleep';
    case 'session.restored':
      return 'restored';
    case 'status.published':
      return publisherReasons[event.by];
    default:
      return 'progress';
  }
}
const publisherReasons = {
  signin: 'progress',
  user: 'userRequest',
  idle: 'userIdle',
  away: 'userIdle',
  return: 'userActive',
  expiry: 'statusExpired',
} as const satisfies Record<Publisher, Reason>;

/** How many changes wait behind the one at the server (L03). */
export function waitingChanges({ pending, by }: Context): number {
  return by === 'user' ? pending - 1 : pending;
}

function isAtServer({ by, offered }: Context, event: Message): boolean {
  if (event.type !== 'status.published' && event.type !== 'status.refused') return false;
  return event.by === by && (event.type === 'status.refused' || by === 'user' || event.status === offered);
}
const isHeld = ({ network, awake }: Context) => !network || !awake;
const isWrong = (context: Context) => context.changed || effective(context) !== context.shown;

/** Whose change it is when the machine by itself puts right what others see. */
function corrector(context: Context): Exclude<Publisher, 'user' | 'signin'> {
  const { shown, wished, user } = context;
  const status = effective(context);
  if (status !== wished) return user === 'away' && status === MISTATUS.AWAY ? 'away' : 'idle';
  return shown === MISTATUS.IDLE || (shown === MISTATUS.AWAY && wished !== MISTATUS.AWAY) ? 'return' : 'expiry';
}

const start = (timer: Exclude<TimerName, 'retry'>): Command => ({ type: 'timer.start', timer });
const stop = (timer: TimerName): Command => ({ type: 'timer.stop', timer });

/** The part of the context that says what is at the server: the user's next change, else a correction, else nothing. */
type AtServer = Pick<Context, 'by' | 'offered' | 'changed'>;
function nextAtServer(context: Context, correct: boolean): AtServer {
  if (context.pending > 0) return { by: 'user', offered: 0, changed: context.changed };
  if (correct && isWrong(context)) return { by: corrector(context), offered: effective(context), changed: false };
  return { by: 'none', offered: 0, changed: context.changed };
}
function publication({ by, offered }: AtServer): Command[] {
  if (by === 'none') return [stop('publish')];
  if (by === 'user') return [{ type: 'presence.publish', by }, start('publish')];
  return offered === 0 ? [] : [{ type: 'presence.publish', by, status: offered }, start('publish')];
}

const failed = (hr: StatusFailure, context: Context, event: Message): ChartNotice => ({
  type: 'OnMyStatusChange',
  hr,
  mMyStatus: context.shown,
  reason: why(context, event),
});

const types = {} as { context: Context; events: Message; emitted: Output; input: Rules };

/** One thing to do: what to remember, then what to say, judged with the context as it is after remembering. */
const doing = <P extends undefined | { status: MISTATUS } | { timer: Exclude<TimerName, 'retry'> } = undefined>(
  act: (context: Context, event: Message, params: P) => { remember?: Partial<Context>; say?: readonly Output[] },
) =>
  enqueueActions<Context, Message, P, Message, never, never, never, never, Output>(({ context, event, enqueue }, params) => {
    const { remember, say } = act(context, event, params);
    if (remember) enqueue.assign(remember);
    for (const output of say ?? []) enqueue.emit(output);
  });

/** The vocabulary in which `presence.ts` is written. */
export const vocabulary = setup({
  types,
  guards: {
    /** The network is off, or the device sleeps. */
    isHeld: ({ context }) => isHeld(context),
    /** The other hold is still there. */
    isStillHeld: ({ context, event }) => (event.type === 'network.restored' ? !context.awake : !context.network),
    /** The first publication was refused, or the synchronization failed, for good (L22). */
    isSynchronizingOver: ({ context, event }) =>
      (event.type === 'session.failed' ? context.by === 'none' : isAtServer(context, event)) &&
      reasons[why(context, event)].final,
    /** What happened is never retried (L22). */
    isFinal: ({ context, event }) => reasons[why(context, event)].final,
    /** What happened is never retried, or a first attempt is made only once. */
    isOver: ({ context, event }) => reasons[why(context, event)].final || context.tries === 'once',
    /** The first token of this attempt that has expired. */
    mayRenew: ({ context, event }) => event.type === 'link.refused' && event.reason === 'tokenExpired' && !context.renewed,
    /** The server does not show what is wanted: a fresh session, or one that missed a change. */
    mustPublish: ({ context, event }) =>
      event.type === 'session.synchronized' && context.by === 'none' && (context.changed || !event.resumed),
    /** Something else was wished for while this one was at the server. */
    isOutdated: ({ context, event }) =>
      context.changed && isAtServer(context, event) && (event.type !== 'status.refused' || event.reason === 'statusRejected'),
    isPublishing: ({ context }) => context.by !== 'none',
    /** The server does not want this status, and another may stand for it: never for INVISIBLE (L13). */
    mayFallBack: ({ context, event }) =>
      event.type === 'status.refused' &&
      isAtServer(context, event) &&
      event.reason === 'statusRejected' &&
      context.offered !== MISTATUS.ONLINE &&
      context.offered !== MISTATUS.INVISIBLE &&
      context.rules.statuses.includes(MISTATUS.ONLINE),
    /** The change that is answered is the one at the server. */
    isAtServer: ({ context, event }) => isAtServer(context, event),
    /** The synchronization failed: it was running, or the first publication was refused. */
    isSynchronizing: ({ context, event }) =>
      event.type === 'session.failed' ? context.by === 'none' : isAtServer(context, event),
    /** This status is what others see from now on. */
    shows: ({ context, event }, { status }: { status: ShownStatus }) =>
      event.type === 'status.published'
        ? event.status === status && isAtServer(context, event)
        : context.by === 'none' && effective(context) === status,
    isInactive: ({ context }) => context.user === 'inactive',
    isActive: ({ context }) => context.user === 'active',
    isIdle: ({ context }) => context.user === 'idle',
  },
  actions: {
    /** Every state says its name on being entered (L01, L04); only the very first entry is silent. */
    announce: doing<{ status: MISTATUS }>((context, event, { status }) => ({
      remember: { shown: status },
      say:
        (event.type as string) === 'xstate.init'
          ? []
          : [{ type: 'OnMyStatusChange', hr: S_OK, mMyStatus: status, reason: why(context, event) }],
    })),
    /** The same for a hold, whose reason is what holds, whoever asks. */
    announceHold: doing((context, event) => {
      const reason = event.type === 'signin.request' ? (context.network ? 'asleep' : 'networkOff') : why(context, event);
      return {
        remember: { shown: MISTATUS.OFFLINE },
        say: [{ type: 'OnMyStatusChange', hr: S_OK, mMyStatus: MISTATUS.OFFLINE, reason }],
      };
    }),
    /** An attempt is over, well or badly: its one answer (L05). */
    answerSignin: doing((context, event) => {
      if (event.type === 'link.opened') return { say: [{ type: 'OnSignin', hr: S_OK, reason: 'progress' }] };
      const reason = why(context, event);
      const own = event.type === 'server.failed' || event.type === 'link.refused' ? event.hr : undefined;
      const hr: SigninFailure = event.type === 'signout.request' ? MSGR_E_CANCEL : (own ?? reasons[reason].signin);
      return { say: [{ type: 'OnSignin', hr, reason }] };
    }),
    /** The session is over: every change that is not answered yet is answered now (L14), and what the server shows is doubtful. */
    answerPending: doing((context, event) => {
      const automatic = context.by !== 'none' && context.by !== 'user' && context.by !== 'signin' ? 1 : 0;
      return {
        remember: {
          pending: 0,
          by: 'none',
          offered: 0,
          changed: !isOnline(context.shown) || context.by !== 'none' || isWrong(context),
        },
        say: Array.from({ length: context.pending + automatic }, () => failed(MSGR_E_DISCONNECTED, context, event)),
      };
    }),
    /** T8: the synchronization failed, with the status as it is; OFFLINE follows. */
    reportSynchronizing: doing((context, event) => {
      const reason = why(context, event);
      const own =
        event.type === 'session.failed' || event.type === 'link.lost' || event.type === 'status.refused' ? event.hr : undefined;
      return {
        say: [failed(own ?? (reason === 'timedOut' ? MSGR_E_SERVER_UNAVAILABLE : reasons[reason].status), context, event)],
      };
    }),
    /** The sign-out that was asked for begins (L17). */
    reportSignout: doing(() => ({ say: [{ type: 'OnSignout', reason: 'userRequest' }] })),

    /** A sign-in begins: how often it is tried and what to be. */
    begin: doing((context, event) =>
      event.type === 'signin.request'
        ? { remember: { tries: event.tries, wished: event.status ?? context.wished, changed: false } }
        : {},
    ),
    /** A wish made while nobody is online is kept. */
    wish: doing(({ user }, event) => {
      if (event.type !== 'signin.request' && event.type !== 'status.request' && event.type !== 'status.expired') return {};
      if (event.status === undefined) return {};
      // Asking counts as input; the end of a time does not.
      const asked = event.type === 'status.expired' || user === 'active' ? {} : ({ user: 'inactive' } as const);
      return { remember: { wished: event.status, changed: true, ...asked } };
    }),
    /** The same while signed out: there is nothing yet that it could differ from. */
    rememberWish: doing((_, event) => (event.type === 'status.request' ? { remember: { wished: event.status } } : {})),
    /** A restart takes up what was wanted before. */
    resume: doing(() => ({ remember: { tries: 'retry', changed: true } })),
    /** The server has accepted the user: from now on failures are losses. */
    accept: doing(() => ({ remember: { tries: 'retry' } })),
    /** At rest: nothing is wanted, nothing is kept. */
    forget: doing(() => ({
      remember: { tries: 'once', wished: MISTATUS.ONLINE, changed: false },
      say: [{ type: 'session.forget' }],
    })),

    find: doing(() => ({ say: [start('finding'), { type: 'server.find' }] })),
    open: doing(() => ({ say: [start('logon'), { type: 'link.open', renew: false }] })),
    renew: doing(() => ({ remember: { renewed: true }, say: [{ type: 'link.open', renew: true }] })),
    clearRenewal: doing(() => ({ remember: { renewed: false } })),
    synchronize: doing(() => ({ say: [start('synchronizing'), { type: 'session.synchronize' }] })),
    /** The first publication of a session; its limit is that of synchronizing. */
    publishWish: doing((context) => {
      const status = effective(context);
      return {
        remember: { by: 'signin', offered: status, changed: false },
        say: [{ type: 'presence.publish', by: 'signin', status }],
      };
    }),
    /** Online at last: nothing is at the server any more. */
    arrive: doing(() => ({ remember: { by: 'none', offered: 0 } })),
    /** ONLINE in place of what was refused; the wish goes only if it was the wish that was refused (L24). */
    fallBack: doing(({ offered, wished }) => ({
      remember: { wished: offered === wished ? MISTATUS.ONLINE : wished, offered: MISTATUS.ONLINE },
      say: [{ type: 'presence.publish', by: 'signin', status: MISTATUS.ONLINE }],
    })),
    close: doing(() => ({ say: [start('signout'), { type: 'link.close' }] })),
    drop: doing((_, event) => ((event.type as string) === 'xstate.init' ? {} : { say: [{ type: 'link.drop' }] })),
    wait: doing((context, event) => {
      const cause: WaitCause =
        event.type === 'session.restored'
          ? 'restore'
          : event.type === 'network.restored' || event.type === 'power.resumed'
            ? 'hold'
            : isOnline(context.shown)
              ? 'loss'
              : 'failure';
      return { say: [{ type: 'timer.start', timer: 'retry', cause }] };
    }),
    check: doing(() => ({ say: [start('check'), { type: 'link.check' }] })),

    /** A change that the user asked for: to the server, or behind the one that is there. Asking counts as input. */
    request: doing((context) => {
      const { user, by, pending } = context;
      const back = user === 'active' ? [] : [stop('away'), start('idle')];
      const first = by === 'none' ? ({ by: 'user', offered: 0, changed: context.changed } satisfies AtServer) : undefined;
      return {
        remember: { pending: pending + 1, user: user === 'active' ? user : 'inactive', ...first },
        say: [...back, ...(first ? publication(first) : [])],
      };
    }),
    /** What was confirmed is wanted; then whatever is next. */
    settle: doing((context, event) => {
      if (event.type !== 'status.published') return {};
      const mine =
        event.by === 'user' ? { wished: event.status as SettableStatus, pending: context.pending - 1, changed: false } : {};
      const now = { ...context, ...mine, shown: event.status };
      const next = nextAtServer(now, true);
      return { remember: { ...mine, ...next }, say: publication(next) };
    }),
    /** What was refused is reported (L02) and not wanted any more; what the machine tried by itself is not tried again before the next input. */
    refuse: doing((context, event) => {
      const own = event.type === 'status.refused' ? event.hr : undefined;
      const mine = context.by === 'user';
      const now = mine ? { ...context, pending: context.pending - 1 } : { ...context, changed: true };
      const next = nextAtServer(now, mine);
      return {
        remember: { pending: now.pending, ...next },
        say: [failed(own ?? reasons[why(context, event)].status, context, event), ...publication(next)],
      };
    }),
    withdraw: doing(() => ({ say: [{ type: 'presence.withdraw' }] })),
    /** The user's time is over: back to the one before, at once if nothing else is at the server. */
    expire: doing((context, event) => {
      if (event.type !== 'status.expired') return {};
      const now = { ...context, wished: event.status, changed: true };
      if (context.by !== 'none') return { remember: { wished: now.wished, changed: true } };
      const next: AtServer = { by: 'expiry', offered: effective(now), changed: false };
      return { remember: { wished: now.wished, ...next }, say: publication(next) };
    }),

    /** Input is the app's to report; only in a session does it cause anything. */
    ceaseInput: doing(() => ({ remember: { user: 'inactive' } })),
    resumeInput: doing((context) => {
      const now: Context = { ...context, user: 'active' };
      return { remember: { user: 'active', changed: context.changed || effective(now) !== effective(context) } };
    }),
    activate: doing((context) => {
      const now: Context = { ...context, user: 'active' };
      const timers = context.user === 'active' ? [] : [stop('idle'), stop('away')];
      const next = context.by === 'none' && isWrong(now) ? nextAtServer(now, true) : undefined;
      return { remember: { user: 'active', ...next }, say: [...timers, ...(next ? publication(next) : [])] };
    }),
    idle: doing((context) => automatic(context, 'idle')),
    away: doing((context) => automatic(context, 'away')),

    loseNetwork: doing(() => ({ remember: { network: false } })),
    findNetwork: doing(() => ({ remember: { network: true } })),
    fallAsleep: doing(() => ({ remember: { awake: false } })),
    wake: doing(() => ({ remember: { awake: true } })),

    startTimer: doing<{ timer: Exclude<TimerName, 'retry'> }>((_, __, { timer }) => ({ say: [start(timer)] })),
    stopTimer: doing<{ timer: Exclude<TimerName, 'retry'> }>((_, __, { timer }) => ({ say: [stop(timer)] })),
    stopRetry: doing(() => ({ say: [stop('retry')] })),
    /** Counts on from the last input, which the driver knows. */
    countIdle: doing((context) => ({ say: context.user === 'inactive' ? [start('idle')] : [] })),
    countAway: doing((context) => ({ say: context.user === 'idle' && context.rules.away ? [start('away')] : [] })),
  },
});

/** Idleness noticed: shown at once, unless a change is at the server, which goes first. */
function automatic(context: Context, user: 'idle' | 'away') {
  const now: Context = { ...context, user };
  const status = effective(now);
  const due = context.by === 'none' && status !== context.shown && status !== context.wished;
  const next: AtServer | undefined = due ? { by: user, offered: status, changed: false } : undefined;
  const isShownIdle = user === 'idle' && context.shown === MISTATUS.IDLE && context.rules.away;
  return { remember: { user, ...next }, say: next ? publication(next) : isShownIdle ? [start('away')] : [] };
}
