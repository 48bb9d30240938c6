/**
 * A plot as SVG: axes, lines, bands, bars and a legend, in colours that follow the reader's light or dark. Pure text, without a date or a
 * version; it knows nothing of what is plotted.
 */
import { escaped, inBoth, letters, paper, round, svgOf } from '../src/lab/ink.js';

export interface Axis {
  readonly from: number;
  readonly to: number;
  readonly says: string;
  readonly ticks: readonly (readonly [at: number, text: string])[];
  /** By powers: `from` is above 0. */
  readonly isLogarithmic?: boolean;
}
export type Colour = 'first' | 'second' | 'third' | 'limit' | 'muted';
type Point = readonly [x: number, y: number];

export type Mark =
  | {
      readonly draw: 'line';
      readonly colour: Colour;
      readonly points: readonly Point[];
      readonly isDashed?: boolean;
      readonly hasDots?: boolean;
    }
  | { readonly draw: 'band'; readonly colour: Colour; readonly low: readonly Point[]; readonly high: readonly Point[] }
  /** From 0 up, each so wide as the x axis says. */
  | { readonly draw: 'bars'; readonly colour: Colour; readonly width: number; readonly points: readonly Point[] };

export interface Panel {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  /** What is above the top is cut off; a note says so. */
  readonly marks: readonly Mark[];
  readonly note?: string;
}
export interface Plot {
  /** For those who cannot see it. */
  readonly says: string;
  readonly panels: readonly Panel[];
  readonly legend: readonly {
    readonly colour: Colour;
    readonly form: 'line' | 'dashed' | 'area' | 'band';
    readonly says: string;
  }[];
}

const width = 760;
const panelHeight = 250;
const left = 64;
const right = 18;
const top = 40;
const bottom = 50;
const legendHeight = 34;

const usual: readonly Colour[] = ['first', 'second', 'limit'];
const styleOf = (colours: readonly Colour[]): string[] => [
  ...letters('plot'),
  '.plot .grid { stroke-width: 1; }',
  '.plot .line { fill: none; stroke-width: 2; }',
  '.plot .dashed { stroke-dasharray: 6 4; }',
  '.plot .band { fill-opacity: 0.22; }',
  ...inBoth((ink) => [
    ...paper('plot', ink),
    ...colours.flatMap((colour) => [
      `.plot .line.${colour} { stroke: ${ink[colour]}; }`,
      `.plot .area.${colour} { fill: ${ink[colour]}; }`,
    ]),
  ]),
];

/** @param name unique in a page that holds several */
export function toSvg(name: string, { says, panels, legend }: Plot): string {
  const height = panels.length * panelHeight + legendHeight;
  const used = panels.flatMap(({ marks }) => marks.map(({ colour }) => colour));
  const style = styleOf([...new Set([...usual, ...used])]);
  return svgOf({ kind: 'plot', name, width, height, says, style }, [
    ...panels.flatMap((panel, index) => drawPanel(`${name}-${index}`, panel, index * panelHeight)),
    ...drawLegend(legend, panels.length * panelHeight + 10),
  ]);
}

function scale({ from, to, isLogarithmic }: Axis, start: number, end: number): (value: number) => number {
  const place = isLogarithmic ? (value: number) => Math.log10(Math.max(value, from)) : (value: number) => value;
  return (value) => start + ((place(value) - place(from)) / (place(to) - place(from))) * (end - start);
}

function drawPanel(name: string, { title, x, y, marks, note }: Panel, offset: number): string[] {
  const floor = offset + panelHeight - bottom;
  const toX = scale(x, left, width - right);
  const toY = scale(y, floor, offset + top);
  const path = (points: readonly Point[]) => points.map(([at, value]) => `${round(toX(at))},${round(toY(value))}`).join(' ');
  const text = (at: readonly [x: number, y: number], said: string, anchor: string, more = '') =>
    `<text class="text" x="${round(at[0])}" y="${round(at[1])}" text-anchor="${anchor}"${more}>${escaped(said)}</text>`;
  const draw = (mark: Mark): string[] => {
    switch (mark.draw) {
      case 'line': {
        const dots = mark.hasDots ? mark.points : [];
        return [
          `<polyline class="line ${mark.colour}${mark.isDashed ? ' dashed' : ''}" points="${path(mark.points)}"/>`,
          ...dots.map(
            ([at, value]) => `<circle class="area ${mark.colour}" cx="${round(toX(at))}" cy="${round(toY(value))}" r="3"/>`,
          ),
        ];
      }
      case 'band':
        return [`<polygon class="area band ${mark.colour}" points="${path([...mark.high, ...[...mark.low].reverse()])}"/>`];
      case 'bars': {
        const rects = mark.points.map(([at, value]) => {
          const [begin, end, height] = [toX(at), toX(at + mark.width), toY(value)];
          return `M${round(begin)} ${round(floor)}V${round(height)}H${round(end)}V${round(floor)}Z`;
        });
        return [`<path class="area ${mark.colour}" d="${rects.join('')}"/>`];
      }
    }
  };
  const middle = offset + top + (floor - offset - top) / 2;
  return [
    `<text class="title" x="${left}" y="${offset + 25}">${escaped(title)}</text>`,
    ...y.ticks.map(([at]) => `<path class="grid" d="M${left} ${round(toY(at))}H${width - right}"/>`),
    `<clipPath id="${name}"><rect x="${left}" y="${offset + top}" width="${width - left - right}" height="${floor - offset - top}"/></clipPath>`,
    `<g clip-path="url(#${name})">`,
    ...marks.flatMap(draw),
    '</g>',
    ...(note === undefined ? [] : [text([width - right, offset + 25], note, 'end')]),
    ...y.ticks.map(([at, said]) => text([left - 8, toY(at) + 4], said, 'end')),
    ...x.ticks.map(([at, said]) => text([toX(at), floor + 17], said, 'middle')),
    text([(left + width - right) / 2, floor + 36], x.says, 'middle'),
    text([15, middle], y.says, 'middle', ` transform="rotate(-90 15 ${round(middle)})"`),
  ];
}

function drawLegend(legend: Plot['legend'], offset: number): string[] {
  let at = left;
  return legend.flatMap(({ colour, form, says }) => {
    const begin = at;
    // Letters of the text are about so wide.
    at += 44 + says.length * 6.6;
    const sign =
      form === 'area' || form === 'band'
        ? `<rect class="area ${colour}${form === 'band' ? ' band' : ''}" x="${round(begin)}" y="${offset}" width="22" height="11"/>`
        : `<path class="line ${colour}${form === 'dashed' ? ' dashed' : ''}" d="M${round(begin)} ${offset + 6}h22"/>`;
    return [sign, `<text class="text" x="${round(begin + 28)}" y="${offset + 10}">${escaped(says)}</text>`];
  });
}
