/**
 * The curves of the retry policy: the pictures, and what README says beside them. Everything is made from the default policy and a seed; it
 * writes nothing.
 */
import { defaultPolicy } from '../src/policy.js';
import { herd, herdSize, spreads, type Herd } from './herd.js';
import { toSvg, type Axis, type Panel, type Plot } from './plot.js';

const attempts = 12;
const away = 120_000;
/** The most that one window may hold: while the server is back at once, and after the first minute of a longer absence. */
export const limits = { atOnce: 0.25, late: 0.05 } as const;

export interface Curves {
  /** By path from the root of the project. */
  readonly files: Readonly<Record<string, string>>;
  /** What stands in README between its two marks. */
  readonly readme: string;
}

const begin = '<!-- curves: made by npm run curves -->';
const end = '<!-- /curves -->';

/** README with the curves in their place. @throws Error when it has no place for them */
export function filled(readme: string, { readme: text }: Curves): string {
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`README.md has no ${begin} followed by ${end}`);
  return `${readme.slice(0, from)}${begin}\n\n${text}\n\n${readme.slice(to)}`;
}

export function drawCurves(): Curves {
  const atOnce = herd(0);
  const late = herd(away);
  const afterMinute = [...late.tries].filter(([window]) => window >= 60).map(([, share]) => share);
  const { base, factor, cap, firstSpread, slowAfter, slowCap } = defaultPolicy.retry;
  const herdText = herdSize.toLocaleString('en');
  return {
    files: { 'bench/drawn/wait.svg': toSvg('wait', waitPlot()), 'bench/drawn/herd.svg': toSvg('herd', herdPlot(atOnce, late)) },
    readme: [
      `A lost line is tried again after a random part of ${seconds(firstSpread)}, then of ${seconds(base * factor)}, doubled each time up to ${seconds(cap)}; after ${seconds(slowAfter)} of failing, up to ${seconds(slowCap)}.`,
      `The numbers are a [policy](src/policy.ts); the wait is [one pure function](src/retry.ts) of them.`,
      '',
      '![Wait against attempt: the bound, the median, and the middle nine tenths of the waits](bench/drawn/wait.svg)',
      '',
      `${herdText} sessions that lose their server in the same moment do not return in the same moment: no second sees more than ${most(atOnce.tries.values())}`,
      `of them when it is back at once, and after the first minute none more than ${most(afterMinute)} when it is away for ${seconds(away)}.`,
      '',
      `![Load on a server that comes back, by second: at once, and after ${seconds(away)}](bench/drawn/herd.svg)`,
    ].join('\n'),
  };
}

const most = (shares: Iterable<number>): string => `${(Math.max(...shares) * 100).toFixed(1)} %`;
const seconds = (ms: number): string => (ms < 120_000 ? `${ms / 1_000} s` : `${ms / 60_000} min`);

function waitPlot(): Plot {
  const all = spreads(attempts);
  const points = (of: 'bound' | 'low' | 'median' | 'high') => all.map((spread) => [spread.attempt, spread[of]] as const);
  return {
    says: 'Wait before each attempt while the server stays away, with the default policy',
    panels: [
      {
        title: 'Wait before each attempt',
        x: {
          from: 0.6,
          to: attempts + 0.4,
          says: 'attempt',
          ticks: all.map(({ attempt }) => [attempt, `${attempt}`]),
        },
        y: {
          from: 50,
          to: 500_000,
          says: 'wait',
          isLogarithmic: true,
          ticks: [100, 1_000, 10_000, 60_000, 300_000].map((ms) => [ms, seconds(ms)]),
        },
        marks: [
          { draw: 'band', colour: 'first', low: points('low'), high: points('high') },
          { draw: 'line', colour: 'first', points: points('median'), hasDots: true },
          { draw: 'line', colour: 'limit', points: points('bound'), isDashed: true, hasDots: true },
        ],
      },
    ],
    legend: [
      { colour: 'limit', form: 'dashed', says: 'never longer' },
      { colour: 'first', form: 'line', says: 'median' },
      { colour: 'first', form: 'band', says: 'nine tenths of the waits' },
    ],
  };
}

function herdPlot(atOnce: Herd, late: Herd): Plot {
  const percent = (some: readonly number[]): Axis['ticks'] => some.map((share) => [share, `${Math.round(share * 100)} %`]);
  const highest = 0.27;
  const panel = (title: string, of: Herd, to: number, step: number, limit: number, from: number, note?: string): Panel => ({
    title,
    ...(note === undefined ? {} : { note }),
    x: {
      from: 0,
      to,
      says: 'seconds since the loss',
      ticks: Array.from({ length: Math.floor(to / step) + 1 }, (_, index) => [index * step, `${index * step}`]),
    },
    y: {
      from: 0,
      to: highest,
      says: 'tries per second',
      ticks: percent([0, 0.05, 0.1, 0.15, 0.2, 0.25].filter((share) => share <= highest)),
    },
    marks: [
      { draw: 'bars', colour: 'first', width: 1, points: sorted(of.tries) },
      { draw: 'bars', colour: 'second', width: 1, points: sorted(of.back) },
      {
        draw: 'line',
        colour: 'limit',
        isDashed: true,
        points: [
          [from, limit],
          [to, limit],
        ],
      },
    ],
  });
  const sorted = (windows: ReadonlyMap<number, number>) => [...windows].sort(([a], [b]) => a - b);
  return {
    says: `Tries of ${herdSize} sessions, as a share of them all, in each second after they lost their server: in vain, and to be back`,
    panels: [
      panel('The server is back at once', atOnce, 10, 1, limits.atOnce, 0),
      panel(
        `The server is away for ${seconds(away)}`,
        late,
        300,
        30,
        limits.late,
        60,
        `in the first seconds up to ${most(late.tries.values())} in vain`,
      ),
    ],
    legend: [
      { colour: 'first', form: 'area', says: 'try in vain' },
      { colour: 'second', form: 'area', says: 'are back' },
      { colour: 'limit', form: 'dashed', says: 'the most that there may be' },
    ],
  };
}
