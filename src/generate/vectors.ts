/**
 * Test vectors for clients in other languages, as JSON: paths of the chart with two statuses, holds and retries, and without idleness, temporary statuses
 * and checks of the line; so never more than one timer runs, and every step has its one possible time. It must never hold what only this
 * implementation does.
 */
import {
  isNotice,
  judge,
  leafOf,
  MISTATUS,
  resultName,
  results,
  statusName,
  statusOfLeaf,
  timerFacts,
  timersOf,
  type ChartNotice,
  type Command,
  type Output,
  type Rules,
  type SettableStatus,
} from '../../machines/index.js';
import { defaultPolicy } from '../policy.js';
import { askOf, isRequest } from '../table/explore.js';
import {
  coveringPaths,
  movesFor,
  worldGraph,
  type CoverOptions,
  type Move,
  type Path,
  type PathGraph,
} from '../testing/index.js';
import { countsOf, type Counts, type GeneratedFile } from './files.js';
import { vectorSchema } from './schema.js';

/** How the client has to be set up. */
export const vectorRules: Rules = {
  statuses: [MISTATUS.ONLINE, MISTATUS.BUSY],
  idle: false,
  away: false,
  idleFrom: [],
  remember: false,
  queue: 1,
};

/** How long each timer runs, ms: the contract's limits, and one length for every wait. */
export const vectorLimits = {
  finding: defaultPolicy.findServerTimeout,
  logon: defaultPolicy.connectTimeout,
  synchronizing: defaultPolicy.synchronizeTimeout,
  publish: defaultPolicy.publishTimeout,
  signout: defaultPolicy.signoutTimeout,
  retry: 5_000,
} as const;
type VectorTimer = keyof typeof vectorLimits;

/** Between steps that are not a matter of time, ms: so short that the longest path lets no limit pass by chance. */
const pause = 1;

const leftOut = new Set<Move['type']>([
  'clock.jumped',
  'link.verified',
  'check.expired',
  'idle.due',
  'away.due',
  'input.ceased',
  'input.resumed',
  'status.expired',
  'session.restored',
]);
const moves = movesFor(vectorRules).filter((move) => !leftOut.has(move.type) && move.temporary !== true);

/** What can happen in the vectors. @param level what an edge is, as in `worldGraph` */
export const vectorGraph = (level: 'step' | 'leaf' = 'leaf'): PathGraph<Move> => worldGraph({ rules: vectorRules, moves, level });

const timers = Object.keys(vectorLimits) as VectorTimer[];
const timerOf = (type: Move['type']): VectorTimer | undefined => timers.find((timer) => timerFacts[timer] === type);

function kindOf(move: Move): 'call' | 'answer' | 'surroundings' | 'time' {
  if (isRequest(move)) return 'call';
  if (timerOf(move.type)) return 'time';
  return move.type.startsWith('network.') || move.type.startsWith('power.') ? 'surroundings' : 'answer';
}

type Json = Readonly<Record<string, unknown>>;

const named = ({ status, ...rest }: Json): Json =>
  typeof status === 'number' ? { ...rest, status: statusName(status) } : { ...rest };

function noticeJson(notice: ChartNotice): Json {
  const { type, reason } = notice;
  if (notice.type === 'OnSignout') return { type, reason };
  const hr = resultName(notice.hr);
  return notice.type === 'OnSignin' ? { type, hr, reason } : { type, hr, status: statusName(notice.mMyStatus), reason };
}

type VectorCommand = Exclude<Command, { type: 'timer.start' | 'timer.stop' }>;
/** Timers are seen by what their end does. */
const isForTransport = (output: Output): output is VectorCommand => !isNotice(output) && !output.type.startsWith('timer.');

/** One vector; times are counted from its start. */
function vectorOf(
  graph: PathGraph<Move>,
  path: Path<Move>,
  number: number,
): { readonly head: Json; readonly steps: readonly Json[] } {
  let time = 0;
  let deadline: readonly [VectorTimer, number] | undefined;
  /** What the user has asked for and the server has not answered. */
  let asked: SettableStatus[] = [];
  const steps = path.map(({ from, to, move, outputs }): Json => {
    const before = graph.states[from];
    const after = graph.states[to];
    if (!before || !after) throw new Error('vectors: a step without its states');
    const timer = timerOf(move.type);
    if (timer) time = deadlineOf(deadline, timer);
    else {
      time += pause;
      if (deadline && time >= deadline[1]) throw new RangeError(`vectors: a path is so long that ${deadline[0]} ends in it`);
    }
    const answer = isRequest(move) ? judge(before, askOf(move)) : undefined;
    if (move.type === 'status.request' && answer?.[1] === 'accepted') asked.push(move.status);
    const isAnswered = move.type === 'status.published' || move.type === 'status.refused' || move.type === 'publish.expired';
    if (isAnswered && before.context.by === 'user') asked.shift();
    for (const output of outputs) {
      if (output.type === 'link.close' || output.type === 'link.drop') asked = [];
      if (output.type === 'timer.start') deadline = startOf(output.timer, time);
      if (output.type === 'timer.stop' && deadline?.[0] === output.timer) deadline = undefined;
    }
    if (timersOf(after).join() !== (deadline?.[0] ?? '')) deadline = undefined;
    const next = asked[0];
    const commands = outputs.filter(isForTransport).map((command) => {
      const isUsers = command.type === 'presence.publish' && command.by === 'user' && next !== undefined;
      return named(isUsers ? { ...command, status: next } : { ...command });
    });
    return {
      time,
      event: { kind: kindOf(move), ...named({ ...move }) },
      ...(answer ? { answer: resultName(answer[0]) } : {}),
      state: leafOf(after),
      status: statusName(statusOfLeaf(leafOf(after))),
      commands,
      notices: outputs.filter(isNotice).map(noticeJson),
    };
  });
  return { head: { name: `${number + 1}`, start: { time: 0, state: 'signedOut', status: 'OFFLINE' } }, steps };
}

function deadlineOf(deadline: readonly [VectorTimer, number] | undefined, timer: VectorTimer): number {
  if (deadline?.[0] !== timer) throw new Error(`vectors: ${timer} ends, and ${deadline?.[0] ?? 'no timer'} runs`);
  return deadline[1];
}

function startOf(timer: string, time: number): readonly [VectorTimer, number] {
  const known = timers.find((one) => one === timer);
  if (!known) throw new Error(`vectors: ${timer} is none of their timers`);
  return [known, time + vectorLimits[known]];
}

/** The vectors and their schema. Each step is one line of the file, so that a reader can name the line of one that fails. */
export function vectorFiles(options: CoverOptions): {
  readonly files: readonly [GeneratedFile, GeneratedFile];
  readonly counts: Counts;
} {
  const graph = vectorGraph();
  const cover = coveringPaths(graph, options);
  const counts = countsOf(cover);
  const vectors = cover.paths.map((path, number) => vectorOf(graph, path, number));
  const pick = (all: Readonly<Record<string, unknown>>, used: ReadonlySet<string>) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => used.has(name)));
  const text = JSON.stringify(vectors);
  const used = new Set(text.match(/[A-Z][A-Z_]+/g) ?? []);
  const head = {
    $schema: './presence.vectors.schema.json',
    format: 'presence-machine vectors',
    version: 1,
    rules: { statuses: vectorRules.statuses.map(statusName), queue: vectorRules.queue, idle: false, remember: false },
    limits: vectorLimits,
    statuses: pick(MISTATUS, used),
    results: pick(results, used),
    coverage: { ...counts, ratio: Math.round(counts.ratio * 1000) / 1000 },
  };
  const lines = Object.entries(head).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},`);
  const bodies = vectors.map(({ head: { name, start }, steps }) => {
    const rows = steps.map((step) => `      ${JSON.stringify(step)}`).join(',\n');
    return `    { "name": ${JSON.stringify(name)}, "start": ${JSON.stringify(start)}, "steps": [\n${rows}\n    ] }`;
  });
  const types = (key: string) => [...new Set(vectors.flatMap(({ steps }) => steps.flatMap((step) => typesIn(step[key]))))].sort();
  const schema = vectorSchema(types('event'), types('commands'), Object.keys(vectorLimits));
  return {
    files: [
      { name: 'presence.vectors.json', text: `{\n${lines.join('\n')}\n  "vectors": [\n${bodies.join(',\n')}\n  ]\n}\n` },
      { name: 'presence.vectors.schema.json', text: `${JSON.stringify(schema, null, 2)}\n` },
    ],
    counts,
  };
}

const typesIn = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).map((one) => String((one as { readonly type?: unknown }).type));
