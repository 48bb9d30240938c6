/**
 * What the service costs over the bare actor, in ratios: the measurement behind `service.ts` (prints) and `gate.ts` (judges). Absolute
 * times are kept for the reader and never judged.
 */
import { isDeepStrictEqual } from 'node:util';
import type * as Cycle from './cycle.js';
import { loadCompiled } from './compiled.js';
import { measure, paired, summarize, tableOf, type Effort, type Summary } from './harness.js';

export interface Overhead {
  /** Nanoseconds a cycle. */
  readonly times: readonly { readonly name: string; readonly took: Summary; readonly ratio: Summary }[];
  readonly ratios: Readonly<Record<RatioName, Summary>>;
}

type Took = Readonly<Record<Cycle.CycleName, number>>;
/** What is compared; each is 1 where the service, or what it is compared with, costs nothing. */
const figures = {
  'instant transport: service / actor': ({ instantService, actor }: Took) => instantService / actor,
  'instant transport: service / by hand with signals and limits': ({ instantService, instantFloor }: Took) =>
    instantService / instantFloor,
  'memory transport: (service - transport) / actor': ({ memoryService, memory, actor }: Took) => (memoryService - memory) / actor,
  'memory transport: service / by hand': ({ memoryService, memoryByHand }: Took) => memoryService / memoryByHand,
  'for comparison: by hand with signals and limits / actor': ({ instantFloor, actor }: Took) => instantFloor / actor,
  'for comparison: (memory by hand - transport) / actor': ({ memoryByHand, memory, actor }: Took) =>
    (memoryByHand - memory) / actor,
};
export type RatioName = keyof typeof figures;

/** @throws Error when the rivals do not tell the same story, in which case no figure would mean anything */
export async function measureOverhead(effort: Effort): Promise<Overhead> {
  const { createRivals, messagesByHand, messagesOfService } = (await loadCompiled('cycle.ts')) as typeof Cycle;
  const rivals = createRivals();
  await proveEqual(rivals);
  if (!isDeepStrictEqual(await messagesOfService(), messagesByHand)) throw new Error('bench: the service sends other messages');
  const samples = await measure(rivals, effort);
  const names = Object.keys(rivals) as Cycle.CycleName[];
  return {
    times: names.map((key) => ({
      name: rivals[key].name,
      took: summarize(samples[key]),
      ratio: summarize(paired(samples, (took) => took[key] / took.actor)),
    })),
    ratios: Object.fromEntries(
      Object.entries(figures).map(([name, figure]) => [name, summarize(paired(samples, figure))]),
    ) as Record<RatioName, Summary>,
  };
}

async function proveEqual(rivals: ReturnType<typeof Cycle.createRivals>): Promise<void> {
  const expected = await rivals.actor.tell();
  if (expected.length === 0) throw new Error('bench: the actor told nothing');
  for (const { name, tell } of Object.values(rivals)) {
    const told = await tell();
    if (name !== rivals.memory.name && !isDeepStrictEqual(told, expected))
      throw new Error(`bench: ${name} told ${JSON.stringify(told)}, the actor ${JSON.stringify(expected)}`);
  }
}

export function print({ times, ratios }: Overhead, { rounds, times: cycles }: Effort): string {
  const ratio = ({ median, spread }: Summary) => [median.toFixed(2), `${(spread * 100).toFixed(1)} %`];
  const rows = times.map(({ name, took, ratio: to }) => [name, (took.median / 1000).toFixed(1), ...ratio(to)]);
  return [
    `One cycle: sign in, BUSY, sign out; ${rounds} shuffled rounds of ${cycles} cycles; Node ${process.version}.`,
    '',
    tableOf(['rival', 'us', 'x actor', 'spread'], rows),
    '',
    tableOf(
      ['ratio of paired rounds', 'median', 'spread'],
      Object.entries(ratios).map(([name, summary]) => [name, ...ratio(summary)]),
    ),
  ].join('\n');
}
