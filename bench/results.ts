/** RESULTS.md: what was measured, on what, and how. Written by a whole run only. */
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { peerNames } from './peers/index.js';
import type { Section } from './tables.js';

const root = join(import.meta.dirname, '..');

/** The packages of peers, and what bundles them. */
const packages = [
  'xstate',
  'xstate4',
  '@xstate/fsm',
  '@xstate/store',
  'javascript-state-machine',
  '@reduxjs/toolkit',
  'robot3',
  'machina',
  'rxjs',
  'esbuild',
];
const versionOf = (name: string): string =>
  (JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version;

/** The machine, Node, and every version, in one line each. */
export function surroundings(date: Date): string[] {
  const [cpu] = cpus();
  return [
    `${date.toISOString().slice(0, 10)}; ${cpus().length} x ${cpu?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB; Node ${process.version} on ${process.platform} ${process.arch}`,
    packages.map((name) => `${name === 'xstate4' ? 'xstate' : name} ${versionOf(name)}`).join(', '),
  ];
}

/** @param took how long it all was, ms */
export function resultsOf(sections: readonly Section[], date: Date, took: number): string {
  const [goals, ...rest] = sections;
  return `# What the bench has found

Written by \`npm run bench\` in ${Math.round(took / 1_000)} s. ${surroundings(date).join('.\n')}.

Trust the ratios: nanoseconds move by up to two times with the machine's neighbours.

## ${goals?.title ?? ''}

${goals?.text ?? ''}

## How it is measured

- **The same work.** ${peerNames.length} peers play the same part of the chart: find, connect, synchronize, be online as one of five statuses, change it, lose the line,
  wait, come back, sign out, with every limit armed and cancelled. Before anything is timed all are played the same scores under a pretend clock,
  limits that end included, and each word that they say is compared. In every process that times them, how much is heard and its sum are compared again.
- **As their authors mean them.** Each is a small file in [\`peers/\`](peers), in the library's own idioms; what a library lacks (timers, words said, hierarchy) is glue of ours, the
  cheapest that we know. Flat ones keep the status as data. All but the chart's own leave out what the workloads do not need: holds, queues, idleness, refusals,
  and the commands to a transport. The chart's actor, the compiled logic and the pool have them all. Of an actor the timer commands are obeyed by \`setTimeout\`.
- **Nobody pays for another.** Each peer is a bundle of its own, in production mode, with copies of its own of its library, of the loop that plays the score and of the
  listeners, so that V8 learns of each what it would learn in an app. Scores are made ready before: a batch is typed arrays that whoever has a
  batch has already. Three listeners are attached, one for each kind of notice, and read what they are told.
- **Paired and interleaved.** Rivals of one table run in one process in short rounds in shuffled order, each for about as long, as often as it takes to fill it; only
  what stands in the same round is compared; before that each has played for half a second, which is what V8 needs to be done with XState. Ratios are medians of those; ± is the median absolute deviation. Where a span is given, several fresh
  processes were asked, and the middle one counts.
- **Processor time** of the process, its own helper threads (garbage collection, compiler) included, the turns of other processes left out. Garbage is not collected between
  rounds. Collections in P10 are real time; the longest turn and the longest slice are real or processor time, whichever is less.
- **Very many sessions**, memory, pauses and compiling: each question in a fresh process with the default heap.
- Waits before a retry are spread over 5 s at random for all, as the default policy has it. The host's timers are not favoured or hindered: in P1 a timer of each
  length runs beside, as in any process with more than one session.

${rest.map(({ title, text }) => `## ${title}\n\n${text}`).join('\n\n')}
`;
}
