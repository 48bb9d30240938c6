/**
 * Bars that lie beside each other, on a scale by powers of ten, as SVG: for figures that are thousands of times apart. A bar says its value in words as
 * well. Pure text, without a date or a version; it knows nothing of what is compared.
 */
import { inBoth, letters, paper, round, svgOf, textAt } from '../src/lab/ink.js';

export type BarColour = 'first' | 'second' | 'muted';
export interface Bar {
  readonly label: string;
  readonly value: number;
  /** The value in words. */
  readonly text: string;
  readonly colour: BarColour;
}
export interface Bars {
  readonly title: string;
  /** What the scale is of. */
  readonly note: string;
  /** For those who cannot see it. */
  readonly says: string;
  readonly bars: readonly Bar[];
}

const width = 760;
const left = 190;
const right = 130;
const top = 64;
const step = 24;
const thickness = 14;
const colours: readonly BarColour[] = ['first', 'second', 'muted'];

const style = [
  ...letters('bars'),
  '.bars .grid { stroke-width: 1; }',
  ...inBoth((ink) => [...paper('bars', ink), ...colours.map((colour) => `.bars .${colour} { fill: ${ink[colour]}; }`)]),
];

/** @param name unique in a page that holds several */
export function barsToSvg(name: string, { title, note, says, bars }: Bars): string {
  const values = bars.map(({ value }) => value);
  const from = 10 ** Math.floor(Math.log10(Math.min(...values)));
  const to = 10 ** Math.ceil(Math.log10(Math.max(...values)));
  const powers = Math.round(Math.log10(to / from));
  const toX = (value: number): number => left + (Math.log10(value / from) / powers) * (width - left - right);
  const floor = top + bars.length * step;
  const tens = Array.from({ length: powers + 1 }, (_, power) => from * 10 ** power);
  return svgOf({ kind: 'bars', name, width, height: floor + 34, says, style }, [
    textAt(16, 26, title, 'start', 'title'),
    textAt(16, 46, note),
    ...tens.map((ten) => `<path class="grid" d="M${round(toX(ten))} ${top - 4}V${floor}"/>`),
    ...tens.map((ten) => textAt(toX(ten), floor + 18, ten.toLocaleString('en'), 'middle')),
    ...bars.flatMap(({ label, value, text, colour }, at) => {
      const middle = top + at * step + step / 2;
      // A bar of one whole power below the scale's beginning would be none.
      const wide = Math.max(2, toX(value) - left);
      return [
        textAt(left - 8, middle + 4, label, 'end'),
        `<rect class="${colour}" x="${left}" y="${round(middle - thickness / 2)}" width="${round(wide)}" height="${thickness}"/>`,
        textAt(left + wide + 6, middle + 4, text),
      ];
    }),
  ]);
}
