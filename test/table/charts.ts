/** Machines of other people's kind, to be compiled: timers and carried data, parallel regions, history. Nothing here is ours. */
import { assign, emit, setup } from 'xstate';
import { carried, type SampleEvent } from '../../src/table/compile/index.js';

interface Chart {
  readonly machine: unknown;
  readonly events: readonly SampleEvent[];
}

type CallEvent =
  { type: 'dial'; number: number } | { type: 'answer' } | { type: 'fail'; code: number } | { type: 'hang' } | { type: 'redial' };

const callTypes = {} as {
  context: { number: number; code: number; tries: number };
  events: CallEvent;
  emitted: { type: 'Rings'; number: number } | { type: 'Talks' } | { type: 'Over'; code: number; tries: number };
};
const playerTypes = {} as {
  events: { type: 'mute' } | { type: 'unmute' } | { type: 'play' } | { type: 'stop' } | { type: 'full' };
  emitted: { type: string };
};
const wizardTypes = {} as {
  events: { type: 'next' } | { type: 'back' } | { type: 'aside' } | { type: 'again' } | { type: 'send' };
  emitted: { type: string };
};

/** A call: a limit while it rings, the number is remembered, the code of a failure is told later. */
export const call = {
  machine: setup({
    types: callTypes,
    guards: { mayTry: ({ context }) => context.tries < 2 },
    actions: {
      remember: assign(({ event }) => (event.type === 'dial' ? { number: event.number, tries: 0 } : {})),
      note: assign(({ event }) => (event.type === 'fail' ? { code: event.code } : {})),
      count: assign(({ context }) => ({ tries: Math.min(3, context.tries + 1) })),
      ring: emit(({ context }) => ({ type: 'Rings' as const, number: context.number })),
      tell: emit(({ context }) => ({ type: 'Over' as const, code: context.code, tries: context.tries })),
    },
  }).createMachine({
    context: { number: 0, code: 0, tries: 0 },
    initial: 'idle',
    states: {
      idle: { on: { dial: { target: 'ringing', actions: 'remember' }, redial: 'ringing' } },
      ringing: {
        entry: 'ring',
        after: { 3_000: { target: 'failed' } },
        on: { answer: 'talking', fail: { target: 'failed', actions: 'note' }, hang: 'idle' },
      },
      talking: { entry: emit({ type: 'Talks' }), on: { hang: { target: 'idle', actions: 'tell' } } },
      failed: {
        entry: 'count',
        after: {
          500: [
            { guard: 'mayTry', target: 'ringing' },
            { target: 'idle', actions: 'tell' },
          ],
        },
        on: { hang: { target: 'idle', actions: 'tell' } },
      },
    },
  }),
  events: [
    { type: 'dial', number: carried.integer },
    { type: 'answer' },
    { type: 'fail', code: carried.integer },
    { type: 'hang' },
    { type: 'redial' },
  ],
} satisfies Chart;

/** A player: sound, picture and progress side by side, and a word when all three are at rest. */
export const player = {
  machine: setup({
    types: playerTypes,
  }).createMachine({
    type: 'parallel',
    states: {
      sound: {
        initial: 'on',
        states: { on: { on: { mute: 'off' } }, off: { entry: emit({ type: 'Silent' }), on: { unmute: 'on' } } },
      },
      picture: {
        initial: 'small',
        states: {
          small: { on: { full: { target: 'full', actions: emit({ type: 'Full' }) } } },
          full: { on: { full: 'small', stop: 'small' } },
        },
      },
      progress: {
        initial: 'stopped',
        states: {
          stopped: { on: { play: 'playing' } },
          playing: {
            entry: emit({ type: 'Plays' }),
            on: { stop: { target: 'stopped', actions: emit({ type: 'Stops' }) } },
            after: { 1_000: 'stopped' },
          },
        },
      },
    },
  }),
  events: [{ type: 'mute' }, { type: 'unmute' }, { type: 'play' }, { type: 'stop' }, { type: 'full' }],
} satisfies Chart;

/** A wizard that is put aside and taken up where it was, deep inside. */
export const wizard = {
  machine: setup({
    types: wizardTypes,
  }).createMachine({
    initial: 'open',
    states: {
      open: {
        initial: 'name',
        states: {
          name: { entry: emit({ type: 'Name' }), on: { next: 'address' } },
          address: {
            initial: 'street',
            on: { back: 'name' },
            states: {
              street: { entry: emit({ type: 'Street' }), on: { next: 'town' } },
              town: { entry: emit({ type: 'Town' }), on: { send: '#sent' } },
            },
          },
          past: { type: 'history', history: 'deep' },
        },
        on: { aside: 'aside' },
      },
      aside: { on: { again: 'open.past' } },
      sent: { id: 'sent', type: 'final', entry: emit({ type: 'Sent' }) },
    },
  }),
  events: [{ type: 'next' }, { type: 'back' }, { type: 'aside' }, { type: 'again' }, { type: 'send' }],
} satisfies Chart;
