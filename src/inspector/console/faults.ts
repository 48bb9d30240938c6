/**
 * The faults of the embedded server as the page switches them: a name, the values that it can have, and what that does. Data only; the
 * server does it.
 */
import type { LoopbackFaults } from '../../transports/loopback/index.js';

export const faultNames = [
  'latency',
  'slowSync',
  'connection',
  'stream',
  'version',
  'auth',
  'roster',
  'presence',
  'silent',
] as const;
export type FaultName = (typeof faultNames)[number];
export type FaultValues = Readonly<Record<FaultName, string | number | false>>;

/** Long enough that each phase of a sign-in is seen. */
export const usualLatency = 250;

/** What the page is told; a refusal of only some presences, which the page cannot ask for, shows as its condition. */
export function valuesOf(faults: LoopbackFaults): FaultValues {
  const values = faultNames.map((name): [FaultName, string | number | false] => {
    const value = faults[name];
    return [name, typeof value === 'object' ? value.condition : value];
  });
  return Object.fromEntries(values) as FaultValues;
}
