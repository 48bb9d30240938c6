/** The pictures of the bench: what an event costs, how it grows, and what a session takes. Drawn from what was measured; it decides nothing of it. */
import { barsToSvg, type Bar } from './bars.js';
import type { ChartFile } from './chart-files.js';
import { peerNames, type PeerName } from './peers/index.js';
import { toSvg, type Mark, type Plot } from './plot.js';
import type { Measured, Scale } from './suite.js';
import { nanoseconds, titles, tookOf } from './tables.js';

/** @throws Error where a part has not been measured */
export function drawCharts(found: Measured): Readonly<Record<ChartFile, string>> {
  return {
    'bench/drawn/peers.svg': drawPeers(found),
    'bench/drawn/scale.svg': toSvg('scale', scalePlot(found)),
    'bench/drawn/bytes.svg': drawBytes(found),
  };
}

const isOurs = (name: PeerName): boolean => name === 'compiled' || name.startsWith('pool');
const falling = (bars: readonly Bar[]): Bar[] => [...bars].sort((a, b) => b.value - a.value);

function drawPeers({ turns }: Measured): string {
  const bars = peerNames.map((name): Bar => {
    const value = tookOf(turns.cycle, name);
    if (value === undefined) throw new Error(`bench: ${name} was not measured`);
    return { label: titles[name], value, text: `${nanoseconds(value)} ns`, colour: colourOf(name) };
  });
  return barsToSvg('peers', {
    title: 'What an event costs one session',
    note: 'Nanoseconds of the processor, powers of ten; sign-in, changes of status, a lost line, the way back, sign-out. Blue: ours.',
    says: `What an event costs one session, in nanoseconds: ${saidOf(bars)}`,
    bars: falling(bars),
  });
}

function drawBytes({ bytes }: Measured): string {
  const bars = peerNames.flatMap((name): Bar[] => {
    const found = bytes[name];
    if (!found) return [];
    const value = Math.max(1, found.armed);
    const text = value < 100 ? `${value.toFixed(0)} B` : `${Math.round(value).toLocaleString('en')} B`;
    return [{ label: titles[name].replace(', batch', ''), value, text, colour: colourOf(name) }];
  });
  return barsToSvg('bytes', {
    title: 'What a session takes in memory',
    note: 'Bytes while it finds its server and a limit runs, powers of ten. Blue: ours.',
    says: `Bytes of a session: ${saidOf(bars)}`,
    bars: falling(bars),
  });
}

const colourOf = (name: PeerName): Bar['colour'] =>
  isOurs(name) ? 'first' : name === 'callbacks' || name === 'emitter' ? 'second' : 'muted';
const saidOf = (bars: readonly Bar[]): string =>
  falling(bars)
    .map(({ label, text }) => `${label} ${text}`)
    .join(', ');

function scalePlot({ scale, loads }: Measured): Plot {
  const of = (pick: (one: Scale) => number | undefined): (readonly [number, number])[] =>
    scale.flatMap((one) => {
      const value = pick(one);
      return value === undefined ? [] : [[one.size, value] as const];
    });
  const marks: Mark[] = [
    {
      draw: 'line',
      colour: 'limit',
      hasDots: true,
      // The largest number of actors is that of P10.
      points: [...of(({ peers }) => peers.actor), ...(loads ? [[loads.actor.size, 1e9 / loads.actor.perSecond] as const] : [])],
    },
    { draw: 'line', colour: 'third', hasDots: true, points: of(({ peers }) => peers.emitter) },
    { draw: 'line', colour: 'second', hasDots: true, points: of(({ peers }) => peers.callbacks) },
    { draw: 'line', colour: 'first', isDashed: true, hasDots: true, points: of(({ walk }) => walk.send) },
    { draw: 'line', colour: 'first', hasDots: true, points: of(({ walk }) => walk.batch) },
    { draw: 'line', colour: 'muted', isDashed: true, hasDots: true, points: of(({ walk }) => walk.walk) },
  ];
  const values = marks.flatMap((mark) => (mark.draw === 'line' ? mark.points.map(([, value]) => value) : []));
  const lowest = Math.floor(Math.log10(Math.min(...values)));
  const highest = Math.ceil(Math.log10(Math.max(...values)));
  const tens = Array.from({ length: highest - lowest + 1 }, (_, at) => 10 ** (lowest + at));
  const sizes = scale.map(({ size }) => size);
  const [from, to] = [Math.min(...sizes), Math.max(...sizes)];
  return {
    says: `Time for an event of a session at random, by number of sessions from ${from.toLocaleString('en')} to ${to.toLocaleString('en')}`,
    panels: [
      {
        title: 'A change of status by a session at random: time for an event, by how many there are',
        x: {
          // Room for the dots and words at both ends.
          from: from / 1.3,
          to: to * 1.6,
          says: 'sessions',
          isLogarithmic: true,
          ticks: sizes.map((size) => [size, size.toLocaleString('en')]),
        },
        y: {
          from: 10 ** lowest,
          to: 10 ** highest,
          says: '',
          isLogarithmic: true,
          ticks: tens.map((ten) => [ten, ten < 1_000 ? `${ten} ns` : `${ten / 1_000} µs`]),
        },
        marks,
      },
    ],
    legend: [
      { colour: 'limit', form: 'line', says: 'xstate 5' },
      { colour: 'third', form: 'line', says: 'EventEmitter' },
      { colour: 'second', form: 'line', says: 'callbacks' },
      { colour: 'first', form: 'dashed', says: 'pool.send' },
      { colour: 'first', form: 'line', says: 'pool, batch' },
      { colour: 'muted', form: 'dashed', says: 'bare walk' },
    ],
  };
}
