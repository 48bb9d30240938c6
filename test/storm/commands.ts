/**
 * The storm as a fast-check command model: every deed is a command, drawn with its weight, which may run in what the model says of the world.
 * A schedule that breaks a law is made smaller and kept as a recording. The laws are the oracle; it must never say what a service ought to do.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { MISTATUS, type Reason } from '../../src/index.js';
import { writeRecording } from '../../src/replay.js';
import type { Deed } from '../../src/testing/deeds.js';
import { createStorm, type Storm, type StormOptions } from '../../src/testing/storm.js';
import type { WeatherVerb } from '../../src/testing/weather.js';

/** What a command may depend on. */
interface World {
  isServerUp: boolean;
}

class Doing implements fc.Command<World, Deed[]> {
  readonly deed: Deed;
  constructor(deed: Deed) {
    this.deed = deed;
  }
  check({ isServerUp }: Readonly<World>): boolean {
    if (this.deed.do === 'shutdown') return isServerUp;
    return this.deed.do !== 'restart' || !isServerUp;
  }
  run(world: World, schedule: Deed[]): void {
    if (this.deed.do === 'shutdown' || this.deed.do === 'restart') world.isServerUp = this.deed.do === 'restart';
    schedule.push(this.deed);
  }
  toString(): string {
    return JSON.stringify(this.deed);
  }
}

const verbs: WeatherVerb[] = ['findServer', 'connect', 'synchronize', 'publish', 'check', 'close'];
const verb = fc.constantFrom(...verbs);
const statuses = [MISTATUS.ONLINE, MISTATUS.BUSY, MISTATUS.AWAY, MISTATUS.INVISIBLE, MISTATUS.ON_THE_PHONE] as const;
const status = fc.constantFrom(...statuses);
const note = fc.constantFrom(undefined, undefined, 'a note', 'another');
const ms = fc.oneof(
  fc.constantFrom(0, 1, 500, 999, 1_000, 2_999, 3_000, 5_000, 10_000, 15_000, 30_000, 60_000, 300_000),
  fc.integer({ min: 0, max: 20_000 }),
);
const failures: (Reason | 'no error')[] = [
  'serverNotFound',
  'connectFailed',
  'tlsFailed',
  'logonTimeout',
  'invalidPassword',
  'tokenExpired',
  'versionMismatch',
  'serverTooBusy',
  'serverUnavailable',
  'lineLost',
  'serverShutdown',
  'timedOut',
  'signedInElsewhere',
  'policyViolation',
  'statusRejected',
  'no error',
];
const losses: Reason[] = [
  'lineLost',
  'lineLost',
  'serverShutdown',
  'timedOut',
  'signedInElsewhere',
  'policyViolation',
  'networkOff',
];
/** The field without what is undefined. */
const deed = <T extends { readonly do: Deed['do'] }>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<Deed> =>
  arbitrary.map(
    (drawn) => Object.fromEntries(Object.entries(drawn).filter(([, value]) => value !== undefined)) as unknown as Deed,
  );
const doing = <const D extends Deed['do']>(what: D) => fc.constant(what);

const kinds: readonly (readonly [weight: number, arbitrary: fc.Arbitrary<Deed>])[] = [
  [
    5,
    deed(
      fc.record({
        do: doing('signin'),
        who: fc.constantFrom('ann', 'ann', 'ann', 'bob', 'wrong'),
        status: fc.option(status, { nil: undefined }),
        note,
      }),
    ),
  ],
  [5, deed(fc.record({ do: doing('autoSignin') }))],
  [2, deed(fc.record({ do: doing('signout') }))],
  [7, deed(fc.record({ do: doing('setStatus'), status, note }))],
  [2, deed(fc.record({ do: doing('setStatus'), status, note, lasts: fc.constantFrom(1, 1_000, 100_000, 3_600_000) }))],
  [3, deed(fc.record({ do: doing('environment'), network: fc.boolean() }))],
  [2, deed(fc.record({ do: doing('environment'), awake: fc.boolean() }))],
  [3, deed(fc.record({ do: doing('environment'), userActive: fc.boolean() }))],
  [8, deed(fc.record({ do: doing('advance'), ms }))],
  [
    2,
    deed(
      fc.record({ do: doing('jump'), ms: fc.constantFrom(-3_600_000, -4_000, -1, 1_000, 4_000, 40_000, 3_600_000, 36_000_000) }),
    ),
  ],
  [4, deed(fc.record({ do: doing('lose'), reason: fc.constantFrom(...losses) }))],
  [2, deed(fc.record({ do: doing('shutdown') }))],
  [2, deed(fc.record({ do: doing('restart') }))],
  [
    4,
    deed(
      fc.record({
        do: doing('fail'),
        verb,
        reason: fc.constantFrom(...failures),
        times: fc.constantFrom(1, 1, 2, 5),
        retryAfterMs: fc.constantFrom(undefined, undefined, 20_000),
      }),
    ),
  ],
  [2, deed(fc.record({ do: doing('silent'), verb, on: fc.constantFrom(true, true, false) }))],
  [
    5,
    deed(
      fc.record({
        do: doing('blow'),
        verb,
        before: fc.constantFrom(0, 1, 100, 7_000, 20_000),
        after: fc.constantFrom(0, 1, 100, 7_000, 20_000),
        deaf: fc.boolean(),
      }),
    ),
  ],
  [1, deed(fc.record({ do: doing('lossDelay'), ms: fc.constantFrom(0, 1, 2_000, 20_000) }))],
  [2, deed(fc.record({ do: doing('halfOpen') }))],
  [4, deed(fc.record({ do: doing('echo'), back: fc.nat(6) }))],
  [2, deed(fc.record({ do: doing('calm') }))],
  [1, deed(fc.record({ do: doing('expireToken'), renewed: fc.boolean() }))],
  [1, deed(fc.record({ do: doing('reborn'), pause: fc.constantFrom(0, 1_000, 90_000, 3_600_000) }))],
];
/** Turns of the microtask queue until the next deed; undefined: as many as anything needs. */
const turns = fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat(12) });

const command = (kind: fc.Arbitrary<Deed>) =>
  fc.tuple(kind, turns).map(([drawn, count]) => new Doing(count === undefined ? drawn : { ...drawn, turns: count }));

/** Schedules of up to so many deeds. */
export const schedules = (most: number) =>
  fc.commands(
    kinds.flatMap(([weight, kind]) => Array.from({ length: weight }, () => command(kind))),
    { maxCommands: most, size: 'max' },
  );

/** The circumstances of a storm that are drawn once. */
export const circumstances = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  /** What is done first, so that most storms find somebody online. */
  first: fc.constantFrom<readonly Deed[]>(
    [],
    [{ do: 'autoSignin' }],
    [{ do: 'signin', who: 'ann', status: MISTATUS.BUSY, note: 'first' }],
  ),
  firstTry: fc.constantFrom('auto', 'once', 'retry'),
  idle: fc.boolean(),
  resume: fc.boolean(),
  remember: fc.boolean(),
});
type Circumstances = typeof circumstances extends fc.Arbitrary<infer T> ? T : never;

const optionsOf = ({ seed, firstTry, idle, resume, remember }: Circumstances): StormOptions => ({
  seed,
  policy: { firstTry, remember, idleAfter: idle ? 20_000 : 1e9, awayAfterIdle: idle ? 20_000 : 0 },
  server: resume ? { resume, resumeFor: 4_000 } : {},
});

/** What is kept of a schedule that broke a law, beside its recording. */
export interface Kept {
  readonly options: StormOptions;
  readonly breaches: readonly string[];
  readonly deeds: readonly Deed[];
}

/** Does the deeds of a kept schedule again. @returns what is broken today */
export async function again({ options, deeds }: Kept, create?: StormOptions['create']): Promise<readonly string[]> {
  return play(createStorm({ ...options, ...(create ? { create } : {}) }), deeds);
}

/** The one way in which a schedule is done: one turn of the microtask queue more between two deeds would be another schedule. */
async function play(storm: Storm, deeds: readonly Deed[]): Promise<readonly string[]> {
  try {
    for (const deed of deeds) {
      await storm.perform(deed);
      const breaches = storm.breaches();
      if (breaches.length > 0) return breaches;
    }
    return await storm.finish();
  } catch (error) {
    return [`thrown: ${String(error)}`];
  }
}

export interface StormRun {
  readonly seed: number;
  readonly schedules: number;
  /** Simulated time of each schedule, at least. */
  readonly hours?: number;
  /** Another build of the library, for mutants. */
  readonly create?: StormOptions['create'];
  /** Where a failing schedule is kept. */
  readonly corpus: string;
}

export interface StormResult {
  readonly schedules: number;
  readonly deeds: number;
  readonly steps: number;
  /** Simulated time. */
  readonly hours: number;
  /** The smallest schedule that was found to break a law, and the laws. */
  readonly failure?: { readonly breaches: readonly string[]; readonly deeds: readonly string[]; readonly file: string };
}

/** Runs schedules until one breaks a law, or all are done. */
export async function runStorm({ seed, schedules: count, hours = 0, create, corpus }: StormRun): Promise<StormResult> {
  const most = Math.max(30, Math.min(1_000, Math.round(hours * 20)));
  const sum = { schedules: 0, deeds: 0, steps: 0, hours: 0 };
  let last: { storm: Storm; breaches: readonly string[] } | undefined;
  const property = fc.asyncProperty(circumstances, schedules(most), async (drawn, commands) => {
    const deeds: Deed[] = [];
    fc.modelRun(() => ({ model: { isServerUp: true }, real: deeds }), commands);
    const whole = Math.ceil(hours * 3_600_000);
    const ms = Math.ceil(whole / Math.max(1, deeds.length));
    const slowly = whole > 0 ? deeds.flatMap((one): Deed[] => [one, { do: 'advance', ms }]) : deeds;
    const storm = createStorm({ ...optionsOf(drawn), ...(create ? { create } : {}) });
    const begin = storm.clock.now();
    const breaches = await play(storm, [...drawn.first, ...slowly]);
    sum.schedules += 1;
    sum.deeds += storm.deeds.length;
    sum.steps += storm.steps;
    sum.hours += (storm.clock.now() - begin) / 3_600_000;
    if (breaches.length === 0) return;
    last = { storm, breaches };
    throw new Error(breaches.join('\n'));
  });
  const { failed, counterexample } = await fc.check(property, { seed, numRuns: count, endOnFailure: false });
  if (!failed || !last || !counterexample) return sum;
  const [drawn] = counterexample;
  // The last storm that failed is the smallest one.
  const { storm, breaches } = last;
  const deeds = storm.deeds.map((done) => JSON.stringify(done));
  mkdirSync(corpus, { recursive: true });
  const file = join(corpus, `seed-${seed}.jsonl`);
  writeFileSync(file, writeRecording(storm.recording));
  writeFileSync(
    join(corpus, `seed-${seed}.deeds.json`),
    `${JSON.stringify({ options: optionsOf(drawn), breaches, deeds: storm.deeds } satisfies Kept, null, 2)}\n`,
  );
  return { ...sum, failure: { breaches, deeds, file } };
}
