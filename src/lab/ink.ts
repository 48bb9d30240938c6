/**
 * What all pictures of the project share: colours that follow the reader's light or dark, letters, and the frame of an SVG file. Pure text,
 * without a date or a version; it must never know what is drawn.
 */

/** `first`, `second` and `third` are of what is compared, `limit` of what must not be passed. */
export interface Ink {
  readonly canvas: string;
  readonly ink: string;
  readonly muted: string;
  readonly grid: string;
  readonly first: string;
  readonly second: string;
  readonly third: string;
  readonly limit: string;
}

const light: Ink = {
  canvas: '#ffffff',
  ink: '#1c2530',
  muted: '#4d5a67',
  grid: '#dfe4e9',
  first: '#2177b8',
  second: '#258a5f',
  third: '#9a6b00',
  limit: '#bd3f64',
};
const dark: Ink = {
  canvas: '#0d1117',
  ink: '#e6edf3',
  muted: '#a3b0bd',
  grid: '#2a323b',
  first: '#5aa9ea',
  second: '#4cc38a',
  third: '#d9a63c',
  limit: '#e57896',
};

/** Rules of style for light, and for dark where the reader has it. */
export const inBoth = (rules: (ink: Ink) => readonly string[]): string[] => [
  ...rules(light),
  '@media (prefers-color-scheme: dark) {',
  ...rules(dark).map((rule) => `  ${rule}`),
  '}',
];

/** The letters of every picture. @param kind the class of its outermost element */
export const letters = (kind: string): string[] => {
  const sans = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";
  return [`.${kind} .title { font: 600 15px ${sans}; }`, `.${kind} .text { font: 400 12px ${sans}; }`];
};

/** The colours of canvas, letters and grid. */
export const paper = (kind: string, { canvas, ink, muted, grid }: Ink): string[] => [
  `.${kind} .canvas { fill: ${canvas}; }`,
  `.${kind} .title { fill: ${ink}; }`,
  `.${kind} .text { fill: ${muted}; }`,
  `.${kind} .grid { stroke: ${grid}; }`,
];

export interface Sheet {
  /** The class of its outermost element. */
  readonly kind: string;
  /** Unique in a page that holds several. */
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** For those who cannot see it. */
  readonly says: string;
  readonly style: readonly string[];
}

/** A whole file. */
export function svgOf({ kind, name, width, height, says, style }: Sheet, drawn: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="${kind}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="${name}-title">`,
    `<title id="${name}-title">${escaped(says)}</title>`,
    `<style>\n${style.join('\n')}\n</style>`,
    `<rect class="canvas" width="${width}" height="${height}"/>`,
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

export const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
/** To a tenth of a pixel. */
export const round = (value: number): string => String(Math.round(value * 10) / 10);
/** A text at a point. */
export const textAt = (x: number, y: number, said: string, anchor = 'start', kind = 'text'): string =>
  `<text class="${kind}" x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escaped(said)}</text>`;
