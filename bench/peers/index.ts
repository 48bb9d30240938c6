/**
 * Who plays: the files of this folder that are peers, by name. It must not import them: each is bundled by itself and loaded by its path, so that
 * what V8 learns of one is no burden to another.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Tally } from './listening.js';
import type { Peer } from './part.js';

/** In the order of the tables. */
export const peerNames = [
  'actor',
  'xstate4',
  'xstate-fsm',
  'xstate-store',
  'javascript-state-machine',
  'redux-toolkit',
  'robot3',
  'machina',
  'rxjs',
  'emitter',
  'callbacks',
  'compiled',
  'pool-send',
  'pool-batch',
] as const;
export type PeerName = (typeof peerNames)[number];

/** Parts of `sketches.ts`, which know nothing but a change of status. */
export const sketchNames = ['floor', 'lean', 'naive'] as const;
export type SketchName = (typeof sketchNames)[number];

/** What a peer's bundle holds: the peer, and listeners of its own. */
export interface LoadedPeer {
  readonly peer: Peer;
  tally(): Tally;
}

/** @param folder where the bundles are */
export async function loadPeer(folder: string, name: PeerName | SketchName): Promise<LoadedPeer> {
  return (await import(pathToFileURL(join(folder, `peer-${name}.mjs`)).href)) as LoadedPeer;
}
