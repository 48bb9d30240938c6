/**
 * The colours and fonts of the picture, by light and by dark. It must stay inside the picture: every rule begins with its class, so that a
 * page that holds the picture keeps its own looks.
 */
import type { Phase } from '../../machines/index.js';
import { fonts, type Role } from './boxes.js';

export type Theme = 'auto' | 'light' | 'dark';

/** The colours of a phase: its line, a leaf's ground, the ground of what holds leaves. */
type Tone = readonly [line: string, leaf: string, zone: string];
interface Palette {
  readonly canvas: string;
  readonly ink: string;
  readonly muted: string;
  readonly phases: Readonly<Record<Phase, Tone>>;
}

const light: Palette = {
  canvas: '#ffffff',
  ink: '#1c2530',
  muted: '#4d5a67',
  phases: {
    signedOut: ['#75818d', '#e9edf1', '#f6f8f9'],
    waiting: ['#7b61b8', '#ece6f9', '#f6f3fc'],
    attempt: ['#b87503', '#fcefcd', '#fffaee'],
    synchronizing: ['#2177b8', '#dceefb', '#f2f8fd'],
    online: ['#258a5f', '#d6f3e4', '#ecf9f2'],
    disconnecting: ['#bd3f64', '#fae1e9', '#fdf2f5'],
  },
};
const dark: Palette = {
  canvas: '#0d1117',
  ink: '#e6edf3',
  muted: '#a3b0bd',
  phases: {
    signedOut: ['#8b98a5', '#27303a', '#151b22'],
    waiting: ['#a98fe0', '#2d2647', '#1a1729'],
    attempt: ['#d8a03a', '#3d3014', '#1f1a0f'],
    synchronizing: ['#5aa9ea', '#15344f', '#0e1c2a'],
    online: ['#4cc38a', '#143e2d', '#0d241b'],
    disconnecting: ['#e57896', '#451d2a', '#251219'],
  },
};

/** The class of everything inside the picture. */
export const root = 'presence-chart';
/** Size of the title in px. */
export const titleSize = 22;
const families = {
  sans: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif",
  mono: "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace",
} as const;

/** The style sheet of the picture. */
export function styleSheet(theme: Theme): string {
  const faces = (Object.keys(fonts) as Role[]).map((role) => {
    const { size, face } = fonts[role];
    return `.${root} .${role} { font: ${face === 'bold' || role === 'mark' ? '600' : '400'} ${size}px ${families[face === 'mono' ? 'mono' : 'sans']}; }`;
  });
  const shapes = [
    `.${root} .title { font: 700 ${titleSize}px ${families.sans}; }`,
    `.${root} .frame { stroke-width: 1.2; }`,
    `.${root} .guard { font-style: italic; }`,
    `.${root} .route { fill: none; stroke-width: 1.4; }`,
    `.${root} .plate { stroke-width: 0.8; stroke-opacity: 0.55; }`,
    `.${root} .here > .frame { stroke-width: 4; }`,
    `.${root} .around > .frame { stroke-width: 2.4; }`,
    `.${root} .handled > .frame { stroke-dasharray: 6 3; stroke-width: 3; }`,
    `.${root} .taken .route { stroke-width: 3.6; }`,
    `.${root} .taken .plate { stroke-width: 2; stroke-opacity: 1; }`,
  ];
  const colours =
    theme === 'auto'
      ? [...paint(light), '@media (prefers-color-scheme: dark) {', ...paint(dark).map((rule) => `  ${rule}`), '}']
      : paint(theme === 'dark' ? dark : light);
  return [...faces, ...shapes, ...colours].join('\n');
}

function paint({ canvas, ink, muted, phases }: Palette): string[] {
  return [
    `.${root} .canvas, .${root} .plate { fill: ${canvas}; }`,
    `.${root} .name, .${root} .title, .${root} .trigger { fill: ${ink}; }`,
    `.${root} .says, .${root} .code, .${root} .mark, .${root} .list, .${root} .guard { fill: ${muted}; }`,
    `.${root} .dot { fill: ${ink}; }`,
    `.${root} .start { stroke: ${ink}; }`,
    `.${root} .start .tip { fill: ${ink}; }`,
    ...(Object.keys(phases) as Phase[]).flatMap((phase) => {
      const [line, leaf, zone] = phases[phase];
      return [
        `.${root} .${phase} > .frame, .${root} .to-${phase} .route, .${root} .to-${phase} .plate { stroke: ${line}; }`,
        `.${root} .${phase} > .frame { fill: ${leaf}; }`,
        `.${root} .zone.${phase} > .frame { fill: ${zone}; }`,
        `.${root} .to-${phase} .tip { fill: ${line}; }`,
      ];
    }),
  ];
}
