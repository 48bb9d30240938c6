/**
 * The picture: a layout as one SVG that needs no script, no font and no other file, in light and in dark. It must never move anything; where
 * things are is the layout's to say.
 */
import { statusName, type Phase } from '../../machines/index.js';
import { fonts, type Line } from './boxes.js';
import { selfAndParents, triggerText } from './chart.js';
import type { LaidEdge, LaidStart, LaidState, Layout, Point } from './laid.js';
import { root, styleSheet, titleSize, type Theme } from './style.js';
import { widthOf } from './text.js';

/** A transition that was taken, from leaf to leaf. */
export interface TakenTransition {
  readonly from: string;
  readonly to: string;
  /** The type of the message. */
  readonly type: string;
}

export interface SvgOptions {
  /** The leaf to highlight, with what is around it. */
  readonly state?: string;
  /** The transition to highlight: its arrow, or the box that handled it without an arrow. */
  readonly transition?: TakenTransition;
  /** One line beside the title. */
  readonly subtitle?: string;
  /** `auto`, the default, follows the reader's system. */
  readonly theme?: Theme;
}

/** Beside the title of the drawn picture. */
export const drawnSubtitle = 'Sign-in and presence as one statechart: machines/presence.ts';

const head = 58;
const corner = 6;
const tip = { length: 9, half: 4 } as const;

/** The layout as SVG. States carry `data-state`, arrows `data-edge`, `data-source`, `data-target` and `data-messages`. */
export function toSvg(layout: Layout, options: SvgOptions = {}): string {
  const { state, transition, subtitle = '', theme = 'auto' } = options;
  const taken = transition && edgeOf(layout, transition);
  const handler = transition && !taken ? handlerOf(layout, transition) : undefined;
  const around = state === undefined ? [] : selfAndParents(layout.states, state).map(({ name }) => name);
  const marks = ({ name }: LaidState): string =>
    (name === state ? ' here' : around.includes(name) ? ' around' : '') + (name === handler ? ' handled' : '');
  const phaseAt = (name: string): Phase | 'unknown' => layout.states.find((one) => one.name === name)?.phase ?? 'unknown';
  const legend = legendOf(layout);
  const height = head + layout.height + legend.height;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="${root}" viewBox="0 0 ${layout.width} ${height}" width="${layout.width}" height="${height}" role="img" aria-labelledby="${root}-title ${root}-desc">`,
    `<title id="${root}-title">${escape(layout.title)}</title>`,
    `<desc id="${root}-desc">Statechart with ${layout.states.length} states: ${layout.states.map(({ name }) => escape(name)).join(', ')}</desc>`,
    `<style>\n${styleSheet(theme)}\n</style>`,
    `<rect class="canvas" width="${layout.width}" height="${height}" rx="10"/>`,
    `<text class="title" x="16" y="36">${escape(layout.title)}</text>`,
    lineSvg({ x: 30 + Math.ceil(widthOf(layout.title, titleSize, 'bold')), y: 36, role: 'says', text: subtitle }),
    `<g transform="translate(0 ${head})">`,
    // Boxes first: an arrow may lead through the box around the one where it ends.
    ...layout.states.map((one) => stateSvg(one, marks(one))),
    ...layout.edges.map((edge) => edgeSvg(edge, phaseAt(edge.target), edge === taken)),
    ...layout.starts.map(startSvg),
    '</g>',
    `<g transform="translate(0 ${head + layout.height})">`,
    legend.svg,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** The arrow that a transition takes: the innermost one that carries the message from where it was to where it is. */
export function edgeOf(layout: Layout, { from, to, type }: TakenTransition): LaidEdge | undefined {
  const ends = selfAndParents(layout.states, to).map(({ name }) => name);
  for (const { name } of selfAndParents(layout.states, from)) {
    const edge = layout.edges.find(
      ({ source, target, triggers }) =>
        source === name && ends.includes(target) && triggers.some((trigger) => trigger.type === type),
    );
    if (edge) return edge;
  }
  return undefined;
}

function handlerOf(layout: Layout, { from, type }: TakenTransition): string | undefined {
  return selfAndParents(layout.states, from).find(({ stays, again, within }) =>
    [...stays, ...again, ...within].some((trigger) => trigger.type === type),
  )?.name;
}

function stateSvg(state: LaidState, marks: string): string {
  const { name, description, phase = 'unknown', children, status, x, y, width, height } = state;
  const shown = status === undefined ? '' : ` (${statusName(status)})`;
  return [
    `<g class="state ${children.length > 0 ? 'zone' : 'leaf'} ${phase}${marks}" id="state-${escape(name)}" data-state="${escape(name)}" transform="translate(${x} ${y})">`,
    `<title>${escape(`${name}${shown}: ${description}`)}</title>`,
    `<rect class="frame" width="${width}" height="${height}" rx="${children.length > 0 ? 12 : 8}"/>`,
    ...state.lines.map(lineSvg),
    '</g>',
  ].join('\n');
}

function edgeSvg(edge: LaidEdge, phase: string, isTaken: boolean): string {
  const { id, source, target, triggers, points, label } = edge;
  const messages = [...new Set(triggers.map(({ type }) => type))].join(' ');
  return [
    `<g class="edge to-${phase}${isTaken ? ' taken' : ''}" data-edge="${escape(id)}" data-source="${escape(source)}" data-target="${escape(target)}" data-messages="${escape(messages)}">`,
    `<title>${escape(`${source} to ${target}: ${triggers.map(triggerText).join(', ')}`)}</title>`,
    routeSvg(points),
    `<g transform="translate(${label.x} ${label.y})">`,
    `<rect class="plate" width="${label.width}" height="${label.height}" rx="5"/>`,
    ...label.lines.map(lineSvg),
    '</g>',
    '</g>',
  ].join('\n');
}

function startSvg({ target, x, y, points }: LaidStart): string {
  return `<g class="start" data-target="${escape(target)}"><circle class="dot" cx="${x}" cy="${y}" r="6"/>${routeSvg(points)}</g>`;
}

/** A line with round corners and an arrowhead. */
function routeSvg(points: readonly Point[]): string {
  const [start, ...rest] = points;
  const end = rest.at(-1);
  const before = points.at(-2);
  if (!start || !end || !before) return '';
  const stop = towards(end, before, tip.length - 1);
  const parts = [`M${start.join(' ')}`];
  for (const [index, bend] of points.slice(1, -1).entries()) {
    const previous = points[index] ?? bend;
    const next = points[index + 2] ?? bend;
    const radius = Math.min(corner, distance(previous, bend) / 2, distance(bend, next) / 2);
    parts.push(`L${towards(bend, previous, radius).join(' ')}`, `Q${bend.join(' ')} ${towards(bend, next, radius).join(' ')}`);
  }
  parts.push(`L${stop.join(' ')}`);
  const foot = towards(end, before, tip.length);
  // At a right angle to the last part.
  const [across, along] = before[0] === end[0] ? [tip.half, 0] : [0, tip.half];
  const head = [end, [foot[0] + across, foot[1] + along], [foot[0] - across, foot[1] - along]] as const;
  return `<path class="route" d="${parts.join('')}"/><polygon class="tip" points="${head.map((point) => point.join(',')).join(' ')}"/>`;
}

const distance = (a: Point, b: Point): number => Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]);
function towards(from: Point, to: Point, length: number): Point {
  const [dx, dy] = [Math.sign(to[0] - from[0]), Math.sign(to[1] - from[1])];
  return [from[0] + dx * length, from[1] + dy * length];
}

const lineSvg = ({ x, y, role, text }: Line): string => `<text class="${role}" x="${x}" y="${y}">${escape(text)}</text>`;

/** What the signs mean, below the picture. */
function legendOf({ states }: Layout): { readonly svg: string; readonly height: number } {
  const explained: readonly (readonly [sign: string, role: Line['role'], meaning: string])[] = [
    [
      'link.lost [isFinal]',
      'trigger',
      'on an arrow: the message, and the guard that must hold; [else]: none of the other guards does',
    ],
    ['[shows …]', 'guard', 'to the one inside that belongs to the value: here the status shown now'],
    ['stays', 'mark', 'handled without leaving the state'],
    ['again', 'mark', 'left and entered again at once: published once more'],
    ['inside', 'mark', 'handled by going to one of the states inside'],
    ['0x100', 'code', 'the number of the status that is published on entering the state'],
  ];
  const parts: string[] = [];
  let x = 16;
  const phases = new Set(states.flatMap(({ phase, children }) => (phase && children.length === 0 ? [phase] : [])));
  for (const phase of phases) {
    parts.push(
      `<g class="leaf ${phase}" transform="translate(${x} 14)"><rect class="frame" width="22" height="14" rx="4"/></g>`,
      lineSvg({ x: x + 29, y: 25, role: 'says', text: phase }),
    );
    x += 29 + Math.ceil(widthOf(phase, fonts.says.size, fonts.says.face)) + 24;
  }
  let y = 30;
  for (const [sign, role, meaning] of explained) {
    y += 18;
    parts.push(lineSvg({ x: 16, y, role, text: sign }), lineSvg({ x: 170, y, role: 'says', text: meaning }));
  }
  return { svg: parts.join('\n'), height: y + 18 };
}

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
