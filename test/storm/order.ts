/** What `npm run storm` takes, and what it says about that. It runs nothing. */
import { parseArgs } from 'node:util';

/** Where schedules are kept that break a law. */
export const corpus = 'test/storm/corpus';

export const help = `npm run storm -- [options]

  --seed N      where it begins, 0 to 2^32 - 1; the time unless given, and always printed
  --sessions N  schedules on the service, each a session of its own (default 2000, or 0 with --steps)
  --hours N     simulated hours that each lasts at least, up to 1000 (default: as long as its deeds take)
  --steps N     steps of the pure chart, each of them run and judged (default 0)
  --full        the pure chart with all settable statuses, not two
  -h, --help    this

Ends with 0 when no law was broken, with 1 when one was, and with 2 for options that mean nothing. What breaks a law on the service is made
smaller, and kept in ${corpus} as a recording (seed-N.jsonl, for presence-machine replay) with its schedule (seed-N.deeds.json),
which npm test does again from then on.
`;

export interface StormOrder {
  readonly seed: number;
  readonly sessions: number;
  readonly hours: number;
  readonly steps: number;
  readonly isFull: boolean;
}

/**
 * The options of a command line; undefined: it asks for help.
 * @param now the seed when none is given
 * @throws TypeError that says what was expected and what came
 */
export function readOrder(args: readonly string[], now: number): StormOrder | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string' },
      sessions: { type: 'string' },
      hours: { type: 'string' },
      steps: { type: 'string' },
      full: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const seed = count('seed', values.seed, now % 2 ** 32, 2 ** 32 - 1);
  const steps = count('steps', values.steps, 0);
  const sessions = count('sessions', values.sessions, steps > 0 ? 0 : 2_000);
  const hours = count('hours', values.hours, 0, 1_000);
  if (steps === 0 && sessions === 0) throw new TypeError('--sessions 0: nothing to do without --steps');
  if (steps === 0 && values.full) throw new TypeError('--full: goes with --steps');
  if (sessions === 0 && hours > 0) throw new TypeError('--hours: goes with --sessions');
  return { seed, sessions, hours, steps, isFull: values.full };
}

function count(name: string, value: string | undefined, otherwise: number, most = Number.MAX_SAFE_INTEGER): number {
  const number = value === undefined ? otherwise : /^\d+$/.test(value) ? Number(value) : NaN;
  if (number >= 0 && number <= most) return number;
  throw new TypeError(`--${name}: expected a whole number from 0 to ${most}, got ${JSON.stringify(value)}`);
}
