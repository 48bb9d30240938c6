/**
 * `lab`: a herd of clients that loses its server, by the wait rule of one library after the other: figures, curves, a picture. It picks
 * numbers and a place; what happens is the laboratory's. It must never show progress to anybody but a terminal.
 */
import type { Command } from 'commander';
import {
  herd,
  herdsToSvg,
  plotHerds,
  policies,
  policyNames,
  tableOfHerds,
  type HerdPolicy,
  type HerdResult,
} from '../lab/index.js';
import { emit } from './emit.js';
import { coloursOf, UsageError, type Host, type Verb } from './host.js';
import { didYouMean } from './nearest.js';
import { printable } from './words.js';

interface LabOptions {
  readonly clients: string;
  readonly policy?: string;
  readonly outage: string;
  readonly accept?: string;
  readonly queue?: string;
  readonly fail: string;
  readonly seed: string;
  readonly svg?: string;
  readonly json?: boolean;
}

/** What every herd of a run has in common. */
interface Numbers {
  readonly clients: number;
  readonly outage: number;
  readonly accept: number;
  readonly queue: number;
  readonly fail: number;
  readonly seed: number;
}

const mostClients = 2 ** 24;
const day = 86_400_000;

export function addLab(program: Command, verb: Verb): void {
  const width = Math.max(...policyNames.map((name) => name.length)) + 2;
  const table = [...policies.values()].map(({ name, waits }) => `  ${name.padEnd(width)}${waits}`);
  program
    .command('lab')
    .summary('a herd of clients loses its server: attempts per second and time until all are back, by policy')
    .description(
      'Runs compiled sessions against a model of a server in simulated time. All lose it within a second; it is away, then lets clients in at a ' +
        'steady rate, keeps some waiting in line and refuses the others. Waits are those of known libraries by default, and ours.',
    )
    .option('--clients <number>', 'how many, such as 1e6', '1e5')
    .option('--policy <names>', 'one or more of the policies below, with commas; all when left out')
    .option('--outage <ms>', 'how long the server is away', '120000')
    .option('--accept <rate>', 'how many it lets in per second; a fiftieth of the clients when left out')
    .option('--queue <number>', 'how many may wait in line; as many as it lets in per second when left out')
    .option('--fail <part>', 'the part of attempts that fail when their turn has come, 0 to below 1', '0')
    .option('--seed <number>', 'another number, another herd', '1')
    .option('--svg <file>', 'draw the curves into a file')
    .option('--json', 'as JSON, with every second')
    .addHelpText('after', `\nPolicies:\n${table.join('\n')}`)
    .action(async (options: LabOptions) => verb((host, signal) => runLab(host, signal, options)));
}

async function runLab(host: Host, signal: AbortSignal, options: LabOptions): Promise<number> {
  const chosen = chosenPolicies(options.policy);
  const numbers = numbersOf(options);
  const herds: HerdResult[] = [];
  for (const policy of chosen) herds.push(await oneHerd(host, signal, policy, numbers));
  if (options.svg !== undefined) await emit(host, herdsToSvg(herds, numbers), options.svg, '--svg');
  if (options.json === true) {
    const named = herds.map((one) => ({ ...one, ...describedPolicy(one.policy) }));
    await emit(host, `${JSON.stringify({ ...numbers, herds: named }, undefined, 2)}\n`);
    return 0;
  }
  const colours = coloursOf(host);
  const { clients, outage, accept, queue, fail, seed } = numbers;
  const failing = fail === 0 ? '' : `, ${fail * 100} % fail`;
  const setting = `${clients} clients; the server is away for ${outage} ms, then lets in ${accept} per second, ${queue} wait in line${failing}; seed ${seed}`;
  // A terminal that does not know its width says 0.
  const plot = plotHerds(herds, numbers, host.out.columns || 80, colours);
  host.out.write(`${setting}\n\n${tableOfHerds(herds, colours)}\nattempts per second\n${plot}`);
  return 0;
}

const describedPolicy = (name: string): object => {
  const { waits, jitter, cap, givesUp, limit, source } = policies.get(name) as HerdPolicy;
  return { waits, jitter, cap, givesUp, limit, source };
};

/** Runs one herd, with a bar at a terminal. @throws the reason of `signal` */
async function oneHerd(host: Host, signal: AbortSignal, policy: HerdPolicy, numbers: Numbers): Promise<HerdResult> {
  const { err } = host;
  const shows = err.isTTY === true;
  const run = herd({ ...numbers, policy });
  try {
    for (;;) {
      const step = run.next();
      if (step.done === true) return step.value;
      const { now, settled } = step.value;
      if (shows) {
        // Half of the way is the outage, the other half that all come back.
        const away = numbers.outage === 0 ? 1 : Math.min(1, now / numbers.outage);
        err.write(`\r${bar(policy.name, (away + settled / numbers.clients) / 2, now)}`);
      }
      // The host has its turn, so that an interrupt is heard.
      await new Promise((turn) => setImmediate(turn));
      signal.throwIfAborted();
    }
  } finally {
    if (shows) err.write(`\r${' '.repeat(barWidth + 40)}\r`);
  }
}

const barWidth = 30;
const nameWidth = Math.max(...policyNames.map((name) => name.length));

function bar(name: string, part: number, now: number): string {
  const done = Math.floor(part * barWidth);
  const percent = String(Math.floor(part * 100)).padStart(3);
  return `${name.padEnd(nameWidth)} ${'█'.repeat(done)}${'░'.repeat(barWidth - done)} ${percent} % ${(now / 1_000).toFixed(0).padStart(6)} s`;
}

/** @throws UsageError for a name that nobody knows */
function chosenPolicies(names: string | undefined): readonly HerdPolicy[] {
  if (names === undefined) return [...policies.values()];
  const words = names.split(',').map((word) => word.trim());
  const found = words.map((word) => {
    const policy = policies.get(word.toLowerCase());
    if (policy !== undefined) return policy;
    throw new UsageError(
      `error: --policy: ${printable(word)} is not one of ${policyNames.join(', ')}.${didYouMean(word, policyNames)}`,
    );
  });
  return [...new Set(found)];
}

/** @throws UsageError for what is no number, or none that makes sense */
function numbersOf(options: LabOptions): Numbers {
  const clients = numberOf('--clients', options.clients, { from: 1, to: mostClients, whole: true });
  const outage = numberOf('--outage', options.outage, { from: 0, to: day, whole: true });
  const accept = numberOf('--accept', options.accept ?? String(Math.max(1, Math.round(clients / 50))), { from: 0.1, to: 1e9 });
  const queue = numberOf('--queue', options.queue ?? String(Math.max(1, Math.min(mostClients, Math.round(accept)))), {
    from: 1,
    to: mostClients,
    whole: true,
  });
  const fail = numberOf('--fail', options.fail, { from: 0, to: 0.99 });
  const seed = numberOf('--seed', options.seed, { from: 0, to: 2 ** 32 - 1, whole: true });
  return { clients, outage, accept, queue, fail, seed };
}

interface Bounds {
  readonly from: number;
  readonly to: number;
  readonly whole?: boolean;
}

function numberOf(option: string, word: string, { from, to, whole = false }: Bounds): number {
  const number = word.trim() === '' ? NaN : Number(word);
  if (number >= from && number <= to && (!whole || Number.isInteger(number))) return number;
  const kind = whole ? 'a whole number' : 'a number';
  throw new UsageError(`error: ${option}: expected ${kind} from ${from} to ${to}, got ${printable(word)}`);
}
