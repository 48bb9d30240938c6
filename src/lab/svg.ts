/**
 * Herds as one SVG: a panel for each policy with attempts per second as an area and those let in as a line, all on one scale by powers of ten, in
 * colours that follow the reader's light or dark. Pure text, without a date or a version.
 */
import type { HerdResult } from './herd.js';
import { counted, secondsShown, topOf, type Frame } from './plot.js';

const width = 760;
const panel = 132;
const left = 78;
const right = 18;
const head = 64;
const foot = 44;
const rise = 92;

const palettes = {
  light: {
    canvas: '#ffffff',
    ink: '#1c2530',
    muted: '#4d5a67',
    grid: '#dfe4e9',
    tries: '#2177b8',
    back: '#258a5f',
    limit: '#bd3f64',
  },
  dark: {
    canvas: '#0d1117',
    ink: '#e6edf3',
    muted: '#a3b0bd',
    grid: '#2a323b',
    tries: '#5aa9ea',
    back: '#4cc38a',
    limit: '#e57896',
  },
} as const;

function paint({ canvas, ink, muted, grid, tries, back, limit }: (typeof palettes)['light' | 'dark']): string[] {
  return [
    `.herds .canvas { fill: ${canvas}; }`,
    `.herds .title { fill: ${ink}; }`,
    `.herds .text { fill: ${muted}; }`,
    `.herds .grid { stroke: ${grid}; }`,
    `.herds .tries { fill: ${tries}; }`,
    `.herds .back { stroke: ${back}; }`,
    `.herds .limit { stroke: ${limit}; }`,
  ];
}
const sans = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";
const style = [
  `.herds .title { font: 600 15px ${sans}; }`,
  `.herds .text { font: 400 12px ${sans}; }`,
  '.herds .grid { stroke-width: 1; }',
  '.herds .tries { fill-opacity: 0.75; }',
  '.herds .back, .herds .limit { fill: none; stroke-width: 2; }',
  '.herds .limit { stroke-dasharray: 6 4; stroke-width: 1.5; }',
  ...paint(palettes.light),
  '@media (prefers-color-scheme: dark) {',
  ...paint(palettes.dark).map((rule) => `  ${rule}`),
  '}',
];

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const round = (value: number): string => String(Math.round(value * 10) / 10);
const text = (x: number, y: number, said: string, anchor = 'start', kind = 'text'): string =>
  `<text class="${kind}" x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escaped(said)}</text>`;

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
      text(left, floor - rise - 8, herd.policy, 'start', 'title'),
      text(width - right, floor - rise - 8, `after the return at most ${counted(herd.peakAfter)} /s; ${end}`, 'end'),
      ...tens.map((ten) => `<path class="grid" d="M${left} ${round(toY(ten))}H${width - right}"/>`),
      ...[tens[0] ?? 1, top].map((ten) => text(left - 8, toY(ten) + 4, counted(ten), 'end')),
      `<path class="tries" d="M${left} ${floor}${steps(herd.attemptsBySecond)}V${floor}Z"/>`,
      ...(herd.back > 0 ? [`<path class="back" d="M${left} ${floor}${steps(herd.backBySecond)}"/>`] : []),
      ...(outage / 1_000 < seconds
        ? [`<path class="limit" d="M${round(toX(outage / 1_000))} ${floor}V${round(floor - rise)}"/>`]
        : []),
    ];
  });
  const base = head + herds.length * panel;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="herds" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="herds-title">`,
    `<title id="herds-title">${escaped(said)}</title>`,
    `<style>\n${style.join('\n')}\n</style>`,
    `<rect class="canvas" width="${width}" height="${height}"/>`,
    text(left, 24, said, 'start', 'title'),
    text(left, 44, 'per second: attempts (area), let in (line); dashed: the server is back'),
    ...panels,
    ...[0, 0.25, 0.5, 0.75, 1].map((part) => text(toX(part * seconds), base + 10, `${Math.round(part * seconds)} s`, 'middle')),
    '</svg>',
    '',
  ].join('\n');
}
