/** A program of the bench: it is asked one question, answers with one line of JSON, and ends, whatever still runs. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { limits } from './peers/part.js';

/** @param reply gets the folder of the bundles and the question */
export function answer<Q>(reply: (folder: string, question: Q) => object | Promise<object>): void {
  const [folder = '', text = ''] = process.argv.slice(2);
  Promise.resolve()
    .then(() => reply(folder, JSON.parse(text) as Q))
    .then(
      (found) => process.stdout.write(`${JSON.stringify(found)}\n`, () => process.exit(0)),
      (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`, () =>
          process.exit(1),
        );
      },
    );
}

setFlagsFromString('--expose-gc');
/** Collects all garbage. */
export const collect = runInNewContext('gc') as () => void;

/** Processor time of this process so far, ns: the turns of other processes left out, its own helpers' included. */
export function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1_000;
}

/** What the process holds after a collection, bytes. The memory of arrays is given back by a helper thread, which the next collection waits for. */
export async function memory(): Promise<number> {
  for (let time = 0; time < 3; time++) {
    collect();
    await new Promise((turn) => setImmediate(turn));
  }
  const { heapUsed, arrayBuffers, external } = process.memoryUsage();
  return heapUsed + Math.max(arrayBuffers, external);
}

/**
 * The host keeps a list for each length of a timer. In a process with very few sessions it would be emptied and made anew at every turn, which is not what is
 * asked about: somebody else's timer of each length runs beside.
 */
export function keepTimerLists(): void {
  for (const ms of new Set(Object.values(limits))) setInterval(() => {}, ms);
}

/** How long this turn of the host has taken so far, ms: of real time or of the processor, whichever is less. The one counts the turns of other processes, the other own helper threads. */
export function stopwatch(): () => number {
  const [real, processor] = [performance.now(), cpu()];
  return () => Math.min(performance.now() - real, (cpu() - processor) / 1e6);
}
