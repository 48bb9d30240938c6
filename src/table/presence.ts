/**
 * Our own chart, as it is compiled: which rules, which events can come, and which of its emissions are timers. For builds and tests; the
 * artifact that comes of it is what the pool loads.
 */
import {
  fullRules,
  presenceMachine,
  samples,
  timerFacts,
  type Message,
  type Rules,
  type State,
  type TimerName,
} from '../../machines/index.js';
import { defaultPolicy } from '../policy.js';
import { carried, compileLogic, type CompiledLogic, type CompileOptions, type SampleEvent } from './compile/index.js';
import { canCome } from './reach.js';

/** The default policy, with every status. Changes do not queue up in a pool: the second one is answered MSGR_E_SERVER_TOO_BUSY. */
export const poolRules: Rules = {
  ...fullRules,
  away: defaultPolicy.awayAfterIdle > 0,
  remember: defaultPolicy.remember,
  queue: 0,
};

const usual: Partial<Record<TimerName, number>> = {
  finding: defaultPolicy.findServerTimeout,
  logon: defaultPolicy.connectTimeout,
  synchronizing: defaultPolicy.synchronizeTimeout,
  publish: defaultPolicy.publishTimeout,
  signout: defaultPolicy.signoutTimeout,
  check: defaultPolicy.wakeCheck,
  idle: defaultPolicy.idleAfter,
  away: defaultPolicy.awayAfterIdle,
};

/** Every message of the alphabet; a transport's own code is only handed on. */
export function poolEvents(rules: Rules): SampleEvent[] {
  return samples(rules, 'all').flatMap((message): SampleEvent[] => {
    const event: SampleEvent = { ...message };
    return failing.has(message.type) ? [event, { ...event, hr: carried.integer }] : [event];
  });
}
const failing = new Set<Message['type']>(['server.failed', 'link.refused', 'session.failed', 'status.refused', 'link.lost']);

/** What compiles the chart under some rules. */
export function presenceOptions(rules: Rules = poolRules): CompileOptions {
  return {
    events: poolEvents(rules),
    input: rules,
    maxStates: 16_384,
    when: (snapshot, event) => canCome(snapshot as State, event as Message),
    timers: {
      names: Object.fromEntries(
        Object.entries(timerFacts).map(([timer, type]) => {
          const limit = usual[timer as TimerName];
          return [timer, { event: { type }, ...(limit === undefined ? {} : { usual: limit }) }];
        }),
      ),
      of: ({ type, timer }) => {
        if (type === 'timer.start') return { timer: timer as string, op: 'start' };
        return type === 'timer.stop' ? { timer: timer as string, op: 'stop' } : undefined;
      },
    },
  };
}

/** The chart as a table. */
export const compilePresence = (rules: Rules = poolRules): CompiledLogic => compileLogic(presenceMachine, presenceOptions(rules));
