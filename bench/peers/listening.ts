/** Listeners that count and add up what they hear. Bundled with each peer, so that no two of them share a function. */
import type { World } from './part.js';

export interface Tally {
  readonly world: World;
  /** How much has been heard, and the sum of what was said: equal for all who say the same. */
  read(): { readonly heard: number; readonly sum: number };
}

export function tally(): Tally {
  let heard = 0;
  let sum = 0;
  return {
    world: {
      random: Math.random,
      onStatus: ({ hr, mMyStatus }) => {
        heard += 1;
        sum = (sum + hr + mMyStatus) | 0;
      },
      onSignin: ({ hr }) => {
        heard += 1;
        sum = (sum + hr + 1) | 0;
      },
      onSignout: ({ reason }) => {
        heard += 1;
        sum = (sum + reason.length) | 0;
      },
    },
    read: () => ({ heard, sum }),
  };
}
