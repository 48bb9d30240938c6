/**
 * `npm run siege -- --faults 200 --seed 1 --worlds 6 --longest 60000`: the long siege, with its figures as a table. Ends with 1 when somebody was
 * stuck, something was left, or nobody handled an error.
 */
import { parseArgs } from 'node:util';
import { prosodyAvailable } from '../support/prosody.js';
import { faultsOf, tableOf } from './figures.js';
import { siege } from './siege.js';

async function main(): Promise<void> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { faults: text, seed: text, worlds: text, longest: text } });
  const number = (value: string | undefined, byDefault: number): number => {
    const given = value === undefined ? byDefault : Number(value);
    if (!Number.isSafeInteger(given) || given < 1) throw new TypeError(`expected a whole number of 1 or more, got ${value}`);
    return given;
  };
  const seed = number(values.seed, Math.floor(Date.now() % 1e9));
  const [faults, worlds] = [number(values.faults, 200), number(values.worlds, 6)];
  const longest = Math.max(1_000, number(values.longest, 60_000));
  if (!prosodyAvailable) throw new Error('the siege needs a Prosody on the PATH');
  process.stdout.write(`seed ${seed}, ${faults} faults, ${worlds} servers, frozen for up to ${longest} ms\n`);
  const began = Date.now();
  let done = 0;
  const figures = await siege({
    seed,
    faults,
    worlds,
    longest,
    patience: 30_000,
    progress({ fault, end, session, ms, story }) {
      done += 1;
      const words = end === 'back' ? '' : `: ${story.join(', ')}`;
      process.stdout.write(`${String(done).padStart(4)} ${fault} ${end} (${session}) after ${ms} ms${words}\n`);
    },
  });
  process.stdout.write(`\n${tableOf(figures)}\nit took ${Math.round((Date.now() - began) / 1_000)} s\n`);
  if (faultsOf(figures).length === 0) return;
  process.stderr.write(`FAILED: ${faultsOf(figures).join('; ')}\n`);
  process.exitCode = 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
