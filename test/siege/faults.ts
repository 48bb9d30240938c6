/**
 * What is done to a server and to the road to it, and undone again: rows. Each ends with everything as it was before it. It must never touch the
 * client.
 */
import type { Prosody } from '../support/prosody.js';
import type { Road } from './road.js';

export interface Place {
  readonly prosody: Prosody;
  readonly road: Road;
  /** [0, 1), from the seed. */
  readonly random: () => number;
  /** The longest that a server is frozen, ms. */
  readonly longest: number;
}

const wait = (ms: number): Promise<void> => new Promise((later) => setTimeout(later, ms));

export const faults = {
  /** SIGKILL, and started again up to 2 s later. */
  async killed({ prosody, random }: Place) {
    await prosody.kill();
    await wait(random() * 2_000);
    await prosody.start();
  },
  /** SIGSTOP for 1 s and more; nothing is lost. */
  async frozen({ prosody, random, longest }: Place) {
    prosody.freeze();
    await wait(1_000 + random() * (longest - 1_000));
    prosody.thaw();
  },
  /** The same, and the line is lost meanwhile: who comes back is let in and not answered. */
  async frozenAndCut({ prosody, road, random, longest }: Place) {
    const time = 1_000 + random() * (longest - 1_000);
    const until = random() * time;
    prosody.freeze();
    await wait(until);
    road.cut();
    await wait(time - until);
    prosody.thaw();
  },
  /** Nothing but the line. */
  async cut({ road }: Place) {
    road.cut();
  },
  /** The port refuses for up to 4 s. */
  async blocked({ road, random }: Place) {
    road.block('refuse');
    road.cut();
    await wait(random() * 4_000);
    road.open();
  },
  /** The port swallows everything for up to 10 s, then goes on as if nothing had been. */
  async swallowed({ road, random, longest }: Place) {
    road.block('swallow');
    await wait(random() * Math.min(10_000, longest));
    road.open();
  },
  /** The same, and then the lines are lost. */
  async swallowedAndCut({ road, random, longest }: Place) {
    road.block('swallow');
    await wait(random() * Math.min(10_000, longest));
    road.cut();
    road.open();
  },
  /** The data is removed by a crash; accounts are made again before the server is. */
  async wiped({ prosody, random }: Place) {
    await prosody.kill();
    prosody.removeAccounts();
    await wait(random() * 1_000);
    prosody.createAccounts();
    await prosody.start();
  },
  /** The data is removed under a running server, the line is lost, and the accounts come back later: until then the password is wrong. */
  async robbed({ prosody, road, random }: Place) {
    prosody.removeAccounts();
    road.cut();
    await wait(random() * 2_000);
    prosody.createAccounts();
  },
} as const satisfies Readonly<Record<string, (place: Place) => Promise<void>>>;

export type FaultName = keyof typeof faults;
export const faultNames = Object.keys(faults) as readonly FaultName[];
