/**
 * Herds as one SVG: a panel for each policy with attempts per second as an area and those let in as a line, all on one scale by powers of ten, in
 * colours that follow the reader's light or dark. Pure text, without a date or a version.
 */
import type { HerdResult } from './herd.js';
import { inBoth, letters, paper, round, svgOf, textAt } from './ink.js';
import { counted, secondsShown, topOf, type Frame } from './plot.js';

const width = 760;
const panel = 132;
const left = 78;
const right = 18;
const head = 64;
const foot = 44;
const rise = 92;

const style = [
  ...letters('herds'),
  '.herds .grid { stroke-width: 1; }',
  '.herds .tries { fill-opacity: 0.75; }',
  '.herds .back, .herds .limit { fill: none; stroke-width: 2; }',
  '.herds .limit { stroke-dasharray: 6 4; stroke-width: 1.5; }',
  ...inBoth((ink) => [
    ...paper('herds', ink),
    `.herds .tries { fill: ${ink.first}; }`,
    `.herds .back { stroke: ${ink.second}; }`,
    `.herds .limit { stroke: ${ink.limit}; }`,
  ]),
];

/** @returns a whole file */
export function herdsToSvg(herds: readonly HerdResult[], frame: Frame): string {
  const { outage, clients, accept } = frame;
  const seconds = secondsShown(herds, frame);
  const top = topOf(herds);
  const height = head + herds.length * panel + foot;
  const toX = (second: number): number => left + (second / seconds) * (width - left - right);
  const said = `${counted(clients)} clients lose a server for ${outage / 1_000} s; it then lets in ${counted(accept)} per second`;
  const panels = herds.flatMap((herd, index) => {
    const floor = head + index * panel + rise + 24;
    const toY = (count: number): number => floor - (count < 1 ? 0 : Math.max(1, (Math.log10(count) / Math.log10(top)) * rise));
    const steps = (counts: readonly number[]): string =>
      counts
        .slice(0, seconds)
        .map((count, second) => `L${round(toX(second))} ${round(toY(count))}H${round(toX(second + 1))}`)
        .join('');
    const tens = Array.from({ length: Math.round(Math.log10(top)) + 1 }, (_, power) => 10 ** power);
    const { allBack, gaveUp } = herd;
    const end = allBack === undefined ? `${counted(gaveUp)} gave up` : `all back after ${(allBack / 1_000).toFixed(1)} s`;
    return [
      textAt(left, floor - rise - 8, herd.policy, 'start', 'title'),
      textAt(width - right, floor - rise - 8, `after the return at most ${counted(herd.peakAfter)} /s; ${end}`, 'end'),
      ...tens.map((ten) => `<path class="grid" d="M${left} ${round(toY(ten))}H${width - right}"/>`),
      ...[tens[0] ?? 1, top].map((ten) => textAt(left - 8, toY(ten) + 4, counted(ten), 'end')),
      `<path class="tries" d="M${left} ${floor}${steps(herd.attemptsBySecond)}V${floor}Z"/>`,
      ...(herd.back > 0 ? [`<path class="back" d="M${left} ${floor}${steps(herd.backBySecond)}"/>`] : []),
      ...(outage / 1_000 < seconds
        ? [`<path class="limit" d="M${round(toX(outage / 1_000))} ${floor}V${round(floor - rise)}"/>`]
        : []),
    ];
  });
  const base = head + herds.length * panel;
  return svgOf({ kind: 'herds', name: 'herds', width, height, says: said, style }, [
    textAt(left, 24, said, 'start', 'title'),
    textAt(left, 44, 'per second: attempts (area), let in (line); dashed: the server is back'),
    ...panels,
    ...[0, 0.25, 0.5, 0.75, 1].map((part) => textAt(toX(part * seconds), base + 10, `${Math.round(part * seconds)} s`, 'middle')),
  ]);
}
