/** The chart itself as an XState 5 actor for each session; its timer commands are obeyed by the host's timers, as an app has to. */
import { createActor } from 'xstate';
import { presenceMachine } from '../../machines/presence.js';
import { poolRules } from '../../src/table/presence.js';
import { obeyed } from './obeyed.js';
import type { Peer } from './part.js';

export const peer: Peer = {
  name: 'xstate 5',
  packages: ['xstate'],
  open: (size, world) => obeyed(size, world, () => createActor(presenceMachine, { input: poolRules })),
};
