/** What was measured, as tables for a terminal and for RESULTS.md: one list of sections for both. It judges nothing but by the list of goals. */
import { goalRows, middle, ratioOf } from './goals.js';
import { summarize, tableOf } from './harness.js';
import { print } from './overhead.js';
import { peerNames, type PeerName } from './peers/index.js';
import type { AroundName } from './pool/around.js';
import type { TimersAnswer } from './pool/large.js';
import type { Player, TurnsAnswer } from './pool/turns.js';
import type { Effort, Measured } from './suite.js';

export interface Section {
  readonly title: string;
  readonly text: string;
}

/** What peers are called. */
export const titles: Readonly<Record<Player, string>> = {
  actor: 'xstate 5',
  xstate4: 'xstate 4',
  'xstate-fsm': '@xstate/fsm',
  'xstate-store': '@xstate/store',
  'javascript-state-machine': 'javascript-state-machine',
  'redux-toolkit': 'redux-toolkit',
  robot3: 'robot3',
  machina: 'machina 7',
  rxjs: 'rxjs',
  emitter: 'EventEmitter class',
  callbacks: 'callbacks class',
  compiled: 'tier 1: compiled logic',
  'pool-send': 'tier 2: pool.send',
  'pool-batch': 'tier 2: pool, batch',
  floor: 'empty toggle of XState',
  lean: 'lean sketch',
  naive: 'sketch with assign everywhere',
};

const counted = (count: number): string => count.toLocaleString('en');
export const nanoseconds = (ns: number | undefined): string =>
  ns === undefined ? '' : ns < 100 ? ns.toFixed(1) : counted(Math.round(ns));
/** Nanoseconds of the middle process. */
export const tookOf = (answers: readonly TurnsAnswer[] | undefined, player: Player): number | undefined =>
  middle((answers ?? []).map(({ samples }) => summarize(samples[player])))?.value;

export function sections(found: Measured, effort: Effort): Section[] {
  const all: (Section | undefined)[] = [
    section('Numbers to reach', tableOf(['what', 'demanded', 'reached', 'met', 'how sure'], goalRows(found))),
    peersSection(found),
    leanSection(found),
    crowdSection(found, effort),
    scaleSection(found),
    millionSection(found),
    bytesSection(found),
    timersSection(found),
    compileSection(found),
    pausesSection(found),
    aroundSection(found),
    found.overhead && section('The service over the bare actor', print(found.overhead, effort.service)),
  ];
  return all.filter((one) => one !== undefined);
}

const section = (title: string, ...texts: readonly string[]): Section => ({ title, text: texts.join('\n\n') });

/** The batch is so many times as fast, in the same process. */
function crowdRows(answers: readonly TurnsAnswer[]): string[][] {
  const players = Object.keys(answers[0]?.samples ?? {}) as Player[];
  return players.map((player) => {
    const { value = NaN, spread = 0 } = ratioOf(answers, player, 'pool-batch') ?? {};
    const sure = player === 'pool-batch' ? '' : `${(spread * 100).toFixed(0)} %`;
    return [titles[player], nanoseconds(tookOf(answers, player)), value >= 10 ? value.toFixed(0) : value.toFixed(2), sure];
  });
}

function peersSection({ turns: { cycle, presence, ignored }, equal }: Measured): Section | undefined {
  if (!cycle || !presence || !ignored || !equal) return undefined;
  const rows = peerNames.map((name) => [
    titles[name],
    ...[cycle, presence, ignored].flatMap((answers) => {
      const value = ratioOf(answers, 'actor', name)?.value ?? NaN;
      return [nanoseconds(tookOf(answers, name)), value >= 10 ? value.toFixed(0) : value.toFixed(2)];
    }),
  ]);
  return section(
    'P1: one session',
    `Processor time, ns for an event, and how many times as fast as the actor. All ${equal.peers} were proved equal in what they say, word for word (${counted(equal.words)} words, limits that end included).`,
    tableOf(['peer', 'cycle', 'x', 'presence', 'x', 'ignored', 'x'], rows),
  );
}

function leanSection({ turns: { lean } }: Measured): Section | undefined {
  if (!lean) return undefined;
  return section(
    'P2: the lean chart',
    'A change of status is two events, asked for and confirmed. x: how many times as long as an empty toggle of XState takes for them.',
    tableOf(
      ['chart', 'ns', 'x'],
      (['floor', 'lean', 'naive', 'actor'] as const).map((player) => [
        player === 'actor' ? 'our chart' : titles[player],
        nanoseconds(tookOf(lean, player)),
        (ratioOf(lean, player, 'floor')?.value ?? NaN).toFixed(2),
      ]),
    ),
  );
}

function crowdSection({ crowds }: Measured, { crowd }: Effort): Section | undefined {
  const head = ['peer', 'ns for an event', 'batch is x times as fast', 'spread'];
  const table = (name: keyof Measured['crowds']): string => tableOf(head, crowdRows(crowds[name] ?? []));
  if (!crowds['crowd of actors']) return undefined;
  return section(
    `P3, P4: ${counted(crowd)} sessions`,
    'Actors and classes are in processes of their own, each with the pool: where there are so many actors, the garbage of classes is twice as dear.',
    'Random presence:',
    table('crowd of actors'),
    table('crowd of classes'),
    'Reconnect storm: all lose their line, and each comes back in six steps, each step by all in random order:',
    table('storm of actors'),
    table('storm of classes'),
  );
}

function scaleSection({ scale }: Measured): Section | undefined {
  if (scale.length === 0) return undefined;
  return section(
    'P5: how it grows (random presence, ns for an event)',
    tableOf(
      ['sessions', 'random read', 'bare walk', 'batch, unheard', 'batch', 'pool.send', 'callbacks', 'EventEmitter', 'xstate 5'],
      scale.map(({ size, walk, peers }) => [
        counted(size),
        ...[walk.read, walk.walk, walk.deaf, walk.batch, walk.send, peers.callbacks, peers.emitter, peers.actor].map(nanoseconds),
      ]),
    ),
  );
}

function millionSection({ storms, expiries, saved, bytes }: Measured): Section | undefined {
  if (!storms || !expiries || !saved) return undefined;
  const batch = storms.batch.map(({ ns }) => ns).sort((a, b) => a - b)[(storms.batch.length - 1) >> 1] ?? NaN;
  const own = storms.callbacks[0]?.ns ?? NaN;
  const seconds = (ns: number): string => `${((ns * storms.size * 6) / 1e9).toFixed(2)} s`;
  const ends = expiries.pool[0];
  const open = (name: PeerName): string => (bytes[name] ? `${((bytes[name].open * storms.size) / 1e6).toFixed(0)} ms` : '');
  return section(
    `P6: ${counted(storms.size)} sessions`,
    tableOf(
      ['what', 'pool', 'callbacks class with setTimeout'],
      [
        ['all come back, six events each', seconds(batch), seconds(own)],
        ['the same, ns for an event', nanoseconds(batch), nanoseconds(own)],
        ['all are opened', open('pool-batch'), open('callbacks')],
        ['all limits end: whole', `${ends?.whole.toFixed(0)} ms`, `${expiries.host.whole.toFixed(0)} ms (timers alone)`],
        ['all limits end: longest turn', `${ends?.longest.toFixed(1)} ms`, `${expiries.host.longest.toFixed(1)} ms`],
        ['saved', `${saved.save.toFixed(0)} ms, ${saved.bytes.toFixed(1)} B each`, ''],
        ['restored', `${saved.restore.toFixed(0)} ms`, ''],
      ],
    ),
  );
}

function bytesSection({ bytes }: Measured): Section | undefined {
  const names = peerNames.filter((name) => bytes[name]);
  if (names.length < 2) return undefined;
  return section(
    'P7: bytes of a session',
    'Heap and external memory after a collection, the handle not counted; each in a fresh process.',
    tableOf(
      ['peer', 'sessions', 'signed out', 'a limit runs', 'online', 'ns to open one'],
      names.map((name) => {
        const { size = 0, idle = NaN, armed = NaN, online = NaN, open = NaN } = bytes[name] ?? {};
        const each = (value: number): string => (value < 100 ? value.toFixed(1) : counted(Math.round(value)));
        return [titles[name], counted(size), each(idle), each(armed), each(online), nanoseconds(open)];
      }),
    ),
  );
}

function timersSection({ timers }: Measured): Section | undefined {
  if (!timers) return undefined;
  const row = (size: number, { pool, host, ratios }: TimersAnswer): string[] => {
    const { median, spread } = summarize(ratios);
    return [counted(size), nanoseconds(pool), nanoseconds(host), median.toFixed(2), `${(spread * 100).toFixed(0)} %`];
  };
  return section(
    'P8: a limit armed for everybody, then cancelled',
    'In the pool with the two whole events that do it; beside it a bare `setTimeout` and `clearTimeout`. Each row is a process.',
    tableOf(
      ['timers', 'pool, ns', 'host, ns', 'x', 'spread'],
      [row(...timers.crowd), ...timers.many.map((answer) => row(timers.size, answer))],
    ),
  );
}

function compileSection({ compile, sizes, equality }: Measured): Section | undefined {
  if (!compile || !sizes || !equality) return undefined;
  const kB = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} kB`;
  return section(
    'P9: compiling, and what is loaded',
    tableOf(
      ['what', 'is'],
      [
        ['compile: processor time', `${(compile.ms / 1_000).toFixed(2)} s`],
        ['compile: waited for', `${(compile.waited / 1_000).toFixed(2)} s`],
        ['states, events', `${compile.states}, ${compile.letters}`],
        ['artifact', `${kB(compile.bytes)} of JSON${compile.isPacked ? ', the packed one' : ', NOT the packed one'}`],
        ['gzip: pool without artifact', kB(sizes.runtime)],
        ['gzip: pool with artifact', kB(sizes.withArtifact)],
        ['gzip: createActor and the chart', kB(sizes.actor)],
        ['pool with artifact / actor and chart', (sizes.withArtifact / sizes.actor).toFixed(2)],
      ],
    ),
  );
}

function pausesSection({ loads }: Measured): Section | undefined {
  if (!loads) return undefined;
  const row = (name: string, load: 'pool' | 'actor'): string[] => {
    const { size, share, longestPause, slice, perSecond } = loads[load];
    return [
      name,
      counted(size),
      `${(share * 100).toFixed(1)} %`,
      `${longestPause.toFixed(1)} ms`,
      `${slice.toFixed(2)} ms`,
      counted(Math.round(perSecond)),
    ];
  };
  return section(
    'P10: under load',
    tableOf(
      ['', 'sessions', 'garbage collection', 'longest pause', 'longest 1,000 events', 'events a second'],
      [row('pool, batches of 1,000', 'pool'), row('xstate 5', 'actor')],
    ),
  );
}

function aroundSection({ around }: Measured): Section | undefined {
  if (!around) return undefined;
  return section(
    'P11: what surrounds an event',
    'So in a real gateway the transition is not what costs: keep the session number on the socket.',
    tableOf(
      ['what', 'ns'],
      (Object.keys(around) as AroundName[]).map((name) => [name, nanoseconds(summarize(around[name]).median)]),
    ),
  );
}
