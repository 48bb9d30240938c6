/**
 * Herds in a terminal: a table of figures, and attempts per second as blocks, on one scale for all so that they can be compared. Pure text; it must
 * never ask the terminal anything.
 */
import type { HerdResult } from './herd.js';

/** The colours that are used; a terminal without any gives the text back. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  cyan(text: string): string;
}

export interface Frame {
  /** ms from the first loss. */
  readonly outage: number;
  readonly clients: number;
  readonly accept: number;
}

const plain: Paint = { bold: (text) => text, dim: (text) => text, cyan: (text) => text };

/** A number for people: `1,000,000`. */
export function counted(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}
const timed = (ms: number | undefined): string => (ms === undefined ? 'never' : `${(ms / 1_000).toFixed(1)} s`);

const columns: readonly (readonly [head: string, cell: (herd: HerdResult) => string])[] = [
  ['policy', ({ policy }) => policy],
  ['attempts', ({ attempts }) => counted(attempts)],
  ['peak /s', ({ peak }) => counted(peak)],
  ['after return /s', ({ peakAfter }) => counted(peakAfter)],
  ['half back', ({ halfBack }) => timed(halfBack)],
  ['99 % back', ({ mostBack }) => timed(mostBack)],
  ['all back', ({ allBack }) => timed(allBack)],
  ['gave up', ({ gaveUp }) => counted(gaveUp)],
];

/** Figures, a line for each herd. */
export function tableOfHerds(herds: readonly HerdResult[], paint: Paint = plain): string {
  const lines = [columns.map(([head]) => head), ...herds.map((herd) => columns.map(([, cell]) => cell(herd)))];
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines
    .map((line, row) => {
      const cells = line.map((text, at) => (at === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[at] ?? 0)));
      const text = cells.join('  ');
      return `${row === 0 ? paint.dim(text) : text}\n`;
    })
    .join('');
}

/** How many seconds are worth showing: long tails are cut off, which the table tells anyway. */
export function secondsShown(herds: readonly HerdResult[], { outage, clients, accept }: Frame): number {
  const longest = Math.max(1, ...herds.map(({ attemptsBySecond }) => attemptsBySecond.length));
  return Math.min(longest, Math.ceil(Math.max((4 * outage) / 1_000, (2 * clients) / accept, 60)));
}

/** The top of the scale: a power of ten that holds every peak. */
export function topOf(herds: readonly HerdResult[]): number {
  return 10 ** Math.max(1, Math.ceil(Math.log10(Math.max(1, ...herds.map(({ peak }) => peak)))));
}

const blocks = ' ▁▂▃▄▅▆▇█';
const rows = 4;
const margin = 11;

/** Attempts per second, a strip for each herd; up the powers of ten, from 1. @param width of the terminal */
export function plotHerds(herds: readonly HerdResult[], frame: Frame, width: number, paint: Paint = plain): string {
  const seconds = secondsShown(herds, frame);
  const top = topOf(herds);
  const wide = Math.max(20, width - margin - 1);
  const cells = Math.min(wide, seconds);
  const lines = herds.flatMap((herd) => {
    const heights = Array.from({ length: cells }, (_, cell) => {
      const from = Math.floor((cell * seconds) / cells);
      const some = herd.attemptsBySecond.slice(from, Math.max(from + 1, Math.floor(((cell + 1) * seconds) / cells)));
      const high = Math.max(0, ...some);
      // One attempt is a line at the foot; none is nothing.
      return high === 0 ? 0 : Math.max(1, Math.round((Math.log10(high) / Math.log10(top)) * rows * 8));
    });
    const strip = Array.from({ length: rows }, (_, row) => {
      const foot = (rows - 1 - row) * 8;
      const text = heights.map((height) => blocks[Math.min(8, Math.max(0, height - foot))] ?? '').join('');
      const label = row === 0 ? counted(top) : row === rows - 1 ? '1' : '';
      return `${paint.dim(`${label.padStart(margin - 2)} │`)}${paint.cyan(text.trimEnd())}`;
    });
    return [paint.bold(herd.policy), ...strip];
  });
  const cellOf = (second: number): number => Math.min(cells - 1, Math.floor((second * cells) / seconds));
  const up = frame.outage / 1_000;
  const mark = up < seconds ? cellOf(up) : undefined;
  const ruler = Array.from({ length: cells }, (_, cell) => (cell === mark ? '┴' : '─')).join('');
  const ends = [`0 s`, ...(mark === undefined ? [] : [`the server is back at ${up} s`]), `${seconds} s`];
  lines.push(paint.dim(`${' '.repeat(margin - 1)}└${ruler}`), paint.dim(`${' '.repeat(margin)}${ends.join(' ── ')}`));
  return lines.map((line) => `${line}\n`).join('');
}
