/**
 * The statechart: sign-in and presence of a messaging client, spelled out. Read it from top to bottom; `moves.ts` says what the named
 * guards and actions do, `drawn/` shows it as a picture and as a table. It waits for nothing and calls nobody: what it wants leaves as
 * commands and notices, what happens comes in as facts. It must never hold a clock, a promise, a random number or a secret.
 */
import { MISTATUS } from './codes.js';
import { vocabulary } from './moves.js';

/** Both ends of every hold: where nothing runs, the surroundings are only noted. */
const noteSurroundings = {
  'network.lost': { actions: 'loseNetwork' },
  'network.restored': { actions: 'findNetwork' },
  'power.suspended': { actions: 'fallAsleep' },
  'power.resumed': { actions: 'wake' },
} as const;

/** Network off or asleep ends whatever runs, at once; the wish stays. */
const hold = {
  'network.lost': { target: '#held', actions: 'loseNetwork' },
  'power.suspended': { target: '#held', actions: 'fallAsleep' },
} as const;

/** An attempt that failed: over for good, or tried again. */
const afterFailure = [{ guard: 'isOver', target: '#signedOut' }, { target: '#waitingToRetry' }] as const;

/** A session that failed before it was online is a failed synchronization (T8); it had been accepted, so it is tried again. */
const afterSynchronizing = [
  { guard: 'isFinal', target: '#signedOut', actions: 'reportSynchronizing' },
  { target: '#waitingToRetry', actions: 'reportSynchronizing' },
] as const;

/** The same for an answer, which counts only if it was waited for. */
const afterAnswer = [
  { guard: 'isSynchronizingOver', target: '#signedOut', actions: 'reportSynchronizing' },
  { guard: 'isSynchronizing', target: '#waitingToRetry', actions: 'reportSynchronizing' },
] as const;

/** The status that the server shows now, said again even if it is the same (L03). */
const shows = <const S extends MISTATUS>(status: S) => ({ type: 'shows', params: { status } }) as const;
const announce = <const S extends MISTATUS>(status: S) => ({ type: 'announce', params: { status } }) as const;
const startTimer = <const T extends string>(timer: T) => ({ type: 'startTimer', params: { timer } }) as const;
const stopTimer = <const T extends string>(timer: T) => ({ type: 'stopTimer', params: { timer } }) as const;

/** Input that has ceased, or come back, where it changes nothing at once. */
const noteInput = {
  'input.ceased': { guard: 'isActive', actions: 'ceaseInput' },
  'input.resumed': { actions: 'resumeInput' },
} as const;

/** Where a confirmed status leads. */
const toShownStatus = [
  { guard: shows(MISTATUS.ONLINE), target: '#online' },
  { guard: shows(MISTATUS.BUSY), target: '#busy' },
  { guard: shows(MISTATUS.BE_RIGHT_BACK), target: '#beRightBack' },
  { guard: shows(MISTATUS.IDLE), target: '#idle' },
  { guard: shows(MISTATUS.AWAY), target: '#away' },
  { guard: shows(MISTATUS.ON_THE_PHONE), target: '#onThePhone' },
  { guard: shows(MISTATUS.OUT_TO_LUNCH), target: '#outToLunch' },
  { guard: shows(MISTATUS.INVISIBLE), target: '#invisible' },
] as const;

export const presenceMachine = vocabulary.createMachine({
  id: 'presence',
  context: ({ input }) => ({
    rules: input,
    network: true,
    awake: true,
    user: 'active',
    tries: 'once',
    renewed: false,
    wished: MISTATUS.ONLINE,
    changed: false,
    pending: 0,
    by: 'none',
    offered: 0,
    shown: MISTATUS.OFFLINE,
  }),
  initial: 'offline',
  states: {
    offline: {
      description: 'No link and no verb runs.',
      entry: 'drop',
      initial: 'signedOut',
      on: noteInput,
      states: {
        signedOut: {
          id: 'signedOut',
          description: 'At rest: nobody is signed in and nobody wants to be.',
          entry: ['forget', announce(MISTATUS.OFFLINE)],
          on: {
            'signin.request': [
              { guard: 'isHeld', target: 'held', actions: 'begin' },
              { target: '#findingServer', actions: 'begin' },
            ],
            'status.request': { actions: 'rememberWish' },
            'session.restored': { target: 'waitingToRetry', actions: 'resume' },
            ...noteSurroundings,
          },
        },
        waitingToRetry: {
          id: 'waitingToRetry',
          description: 'The last attempt or session failed; the next attempt begins at retryAt.',
          entry: ['wait', announce(MISTATUS.OFFLINE)],
          exit: 'stopRetry',
          on: {
            'retry.due': '#findingServer',
            'signin.request': { target: '#findingServer', actions: 'wish' },
            'signout.request': 'signedOut',
            'status.request': { actions: 'wish' },
            'status.expired': { actions: 'wish' },
            ...hold,
          },
        },
        held: {
          id: 'held',
          description: 'Wants to be signed in, but the network is off or the device sleeps.',
          entry: 'announceHold',
          on: {
            'network.restored': [
              { guard: 'isStillHeld', actions: 'findNetwork' },
              { target: 'waitingToRetry', actions: 'findNetwork' },
            ],
            'power.resumed': [
              { guard: 'isStillHeld', actions: 'wake' },
              { target: 'waitingToRetry', actions: 'wake' },
            ],
            'network.lost': { target: 'held', reenter: true, actions: 'loseNetwork' },
            'power.suspended': { target: 'held', reenter: true, actions: 'fallAsleep' },
            'signin.request': { target: 'held', reenter: true, actions: 'wish' },
            'signout.request': 'signedOut',
            'status.request': { actions: 'wish' },
            'status.expired': { actions: 'wish' },
          },
        },
      },
    },

    attempt: {
      description: 'Asks to be signed in, and is not accepted yet: owes exactly one OnSignin.',
      exit: 'answerSignin',
      initial: 'findingServer',
      on: {
        'signin.request': { actions: 'wish' },
        'signout.request': '#signedOut',
        'status.request': { actions: 'wish' },
        'status.expired': { actions: 'wish' },
        ...hold,
        ...noteInput,
      },
      states: {
        findingServer: {
          id: 'findingServer',
          description: 'Looks for the server of the sign-in name.',
          entry: [announce(MISTATUS.LOCAL_FINDING_SERVER), 'find'],
          exit: stopTimer('finding'),
          on: {
            'server.found': 'connecting',
            'server.failed': afterFailure,
            'finding.expired': afterFailure,
          },
        },
        connecting: {
          description: 'Connects and logs on; one expired token may be renewed within the same limit.',
          entry: [announce(MISTATUS.LOCAL_CONNECTING_TO_SERVER), 'open'],
          exit: ['clearRenewal', stopTimer('logon')],
          on: {
            'link.opened': { target: '#synchronizing', actions: 'accept' },
            'link.refused': [{ guard: 'mayRenew', actions: 'renew' }, ...afterFailure],
            'logon.expired': afterFailure,
          },
        },
      },
    },

    session: {
      description: 'Accepted by the server: owes an answer to every change that is still pending when it ends.',
      exit: ['answerPending', stopTimer('check')],
      initial: 'synchronizing',
      on: {
        'signout.request': { target: '#disconnecting', actions: 'reportSignout' },
        'clock.jumped': { actions: 'check' },
        'link.verified': { actions: stopTimer('check') },
        ...hold,
      },
      states: {
        synchronizing: {
          id: 'synchronizing',
          description: 'Fetches what has to be known and tells the wanted status, before online is announced.',
          entry: [announce(MISTATUS.LOCAL_SYNCHRONIZING_WITH_SERVER), 'synchronize'],
          exit: stopTimer('synchronizing'),
          on: {
            'session.synchronized': [{ guard: 'mustPublish', actions: 'publishWish' }, ...toShownStatus],
            'status.published': [
              { guard: { type: 'isOutdated' }, actions: 'publishWish' },
              ...toShownStatus.map((to) => ({ ...to, actions: 'arrive' as const })),
            ],
            'status.refused': [
              { guard: 'isOutdated', actions: 'publishWish' },
              { guard: 'mayFallBack', actions: 'fallBack' },
              ...afterAnswer,
            ],
            'session.failed': afterAnswer,
            'synchronizing.expired': afterSynchronizing,
            'link.lost': afterSynchronizing,
            'check.expired': afterSynchronizing,
            'signin.request': { actions: 'wish' },
            'status.request': { actions: 'wish' },
            'status.expired': { actions: 'wish' },
            ...noteInput,
          },
        },
        signedIn: {
          description: 'Online as what the status says. One change at a time is at the server; it is no state of its own.',
          entry: 'countIdle',
          exit: [stopTimer('publish'), stopTimer('idle')],
          on: {
            'status.request': { actions: 'request' },
            'status.published': toShownStatus.map((to) => ({ ...to, reenter: false, actions: 'settle' as const })),
            'status.refused': { guard: 'isAtServer', actions: 'refuse' },
            'publish.expired': { guard: 'isPublishing', actions: ['withdraw', 'refuse'] },
            'status.expired': { actions: 'expire' },
            'idle.due': { guard: 'isInactive', actions: 'idle' },
            'away.due': { guard: 'isIdle', actions: 'away' },
            'input.ceased': { guard: 'isActive', actions: ['ceaseInput', startTimer('idle')] },
            'input.resumed': { actions: 'activate' },
            'link.lost': [{ guard: 'isFinal', target: '#signedOut' }, { target: '#waitingToRetry' }],
            'check.expired': '#waitingToRetry',
          },
          initial: 'online',
          states: {
            online: { id: 'online', description: 'Available.', entry: announce(MISTATUS.ONLINE) },
            busy: { id: 'busy', description: 'Chosen: busy.', entry: announce(MISTATUS.BUSY) },
            beRightBack: {
              id: 'beRightBack',
              description: 'Chosen: gone for a short time.',
              entry: announce(MISTATUS.BE_RIGHT_BACK),
            },
            idle: {
              id: 'idle',
              description: 'No input for a while; input brings back what was.',
              entry: [announce(MISTATUS.IDLE), 'countAway'],
              exit: stopTimer('away'),
            },
            away: { id: 'away', description: 'Chosen, or idle for longer: away.', entry: announce(MISTATUS.AWAY) },
            onThePhone: { id: 'onThePhone', description: 'Chosen: on the phone.', entry: announce(MISTATUS.ON_THE_PHONE) },
            outToLunch: { id: 'outToLunch', description: 'Chosen: out to lunch.', entry: announce(MISTATUS.OUT_TO_LUNCH) },
            invisible: {
              id: 'invisible',
              description: 'Connected, but others see offline.',
              entry: announce(MISTATUS.INVISIBLE),
            },
          },
        },
      },
    },

    disconnecting: {
      id: 'disconnecting',
      description: 'Says goodbye, for a limited time.',
      entry: [announce(MISTATUS.LOCAL_DISCONNECTING_FROM_SERVER), 'close'],
      exit: stopTimer('signout'),
      on: {
        'link.closed': '#signedOut',
        'link.lost': '#signedOut',
        'signout.expired': '#signedOut',
        'network.lost': { target: '#signedOut', actions: 'loseNetwork' },
        'power.suspended': { target: '#signedOut', actions: 'fallAsleep' },
        ...noteInput,
      },
    },
  },
});
