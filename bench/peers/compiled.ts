/** The table of the chart as logic of an XState 5 actor for each session (tier 1); timers as for the chart itself. */
import { createActor } from 'xstate';
import { logicOf } from '../../src/table/compile/index.js';
import { readArtifact } from '../../src/table/format.js';
import { presenceArtifact } from '../../src/table/pool/artifact.js';
import { obeyed, type PresenceActor } from './obeyed.js';
import type { Peer } from './part.js';

const logic = logicOf(readArtifact(presenceArtifact));

export const peer: Peer = {
  name: 'compiled logic',
  packages: ['xstate'],
  open: (size, world) => obeyed(size, world, () => createActor(logic) as unknown as PresenceActor),
};
