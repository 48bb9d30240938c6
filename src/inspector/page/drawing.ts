/**
 * A layout as SVG elements that can be lit: boxes that can be reached by keyboard and are told by screen readers, arrows with what is written on them.
 * It draws once and then only changes classes; where things are is the layout's to say.
 */
import type { LaidEdge, LaidState, Layout, Point } from '../../draw/index.js';
import { statusName } from '../../../machines/index.js';
import { s } from './dom.js';

export interface Drawing {
  readonly root: SVGGElement;
  readonly states: ReadonlyMap<string, SVGGElement>;
  readonly edges: ReadonlyMap<string, SVGGElement>;
  /** A light that runs along an arrow. */
  readonly comet: SVGPathElement;
  /** The message that was taken last, beside its arrow. */
  readonly pill: SVGGElement;
}

const corner = 7;
const tip = { length: 10, half: 4.5 } as const;

export function draw(layout: Layout): Drawing {
  const states = new Map(layout.states.map((state) => [state.name, drawState(state)]));
  const phaseAt = (name: string): string => layout.states.find((state) => state.name === name)?.phase ?? 'unknown';
  const edges = new Map(layout.edges.map((edge) => [edge.id, drawEdge(edge, phaseAt(edge.target))]));
  const comet = s('path', { class: 'comet', attrs: { pathLength: 1 } });
  const pill = s('g', { class: 'pill' }, s('rect', { attrs: { height: 20, rx: 10 } }), s('text', { attrs: { y: 14 } }));
  const labels = layout.edges.map((edge) => drawLabel(edge, phaseAt(edge.target)));
  const starts = layout.starts.map(({ x, y, points }) =>
    s(
      'g',
      { class: 'start', attrs: { 'aria-hidden': 'true' } },
      s('circle', { class: 'dot', attrs: { cx: x, cy: y, r: 6 } }),
      ...route(points),
    ),
  );
  const root = s(
    'g',
    {},
    // Zones below arrows, leaves above them: an arrow may lead through the box around the one where it ends.
    ...layout.states.filter(isZone).map(({ name }) => states.get(name)),
    s('g', { class: 'edges', attrs: { 'aria-hidden': 'true' } }, ...edges.values(), comet),
    ...starts,
    ...layout.states.filter((state) => !isZone(state)).map(({ name }) => states.get(name)),
    s('g', { class: 'labels', attrs: { 'aria-hidden': 'true' } }, ...labels, pill),
  );
  return { root, states, edges, comet, pill };
}

const isZone = ({ children }: LaidState): boolean => children.length > 0;

/** `busy, status BUSY. Chosen: busy.` */
export function labelOfState({ name, status, description, children }: LaidState): string {
  const shown = status === undefined ? '' : `, status ${statusName(status)}`;
  const inside = children.length === 0 ? '' : `, holds ${children.join(', ')}`;
  return `${name}${shown}${inside}. ${description}`;
}

function drawState(state: LaidState): SVGGElement {
  const { name, phase = 'unknown', x, y, width, height, lines } = state;
  const attrs = {
    transform: `translate(${x} ${y})`,
    'data-state': name,
    role: 'button',
    tabindex: -1,
    'aria-label': labelOfState(state),
    'aria-describedby': 'tip-body',
  };
  const radius = isZone(state) ? 14 : 9;
  return s(
    'g',
    { class: `state ${isZone(state) ? 'zone' : 'leaf'} ${phase}`, attrs },
    s('rect', { class: 'halo', attrs: { x: -5, y: -5, width: width + 10, height: height + 10, rx: radius + 5 } }),
    s('rect', { class: 'frame', attrs: { width, height, rx: radius } }),
    ...lines.map(drawLine),
  );
}

/** Puts the pill beside the longest part of an arrow where it covers no leaf; undefined hides it. */
export function placePill(pill: SVGGElement, layout: Layout, edge: LaidEdge | undefined, text: string): void {
  const phase = layout.states.find(({ name }) => name === edge?.target)?.phase ?? 'unknown';
  pill.setAttribute('class', edge === undefined ? 'pill' : `pill is-shown to-${phase}`);
  const [rect, words] = [pill.querySelector('rect'), pill.querySelector('text')];
  if (edge === undefined || rect === null || words === null) return;
  words.textContent = text;
  // Monospace: as wide as it has letters.
  const width = Math.round(text.length * 7.25 + 20);
  words.setAttribute('x', String(width / 2));
  rect.setAttribute('width', String(width));
  const [x, y] = placeOf(layout, edge, width);
  pill.setAttribute('transform', `translate(${Math.round(x)} ${Math.round(y)})`);
}

const pillHeight = 20;
function placeOf(layout: Layout, { points }: LaidEdge, width: number): Point {
  const parts = points.slice(1).map((to, index) => [points[index] ?? to, to] as const);
  const places = parts
    .sort((a, b) => distance(b[0], b[1]) - distance(a[0], a[1]))
    .flatMap(([from, to]): Point[] => {
      const [x, y] = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
      if (from[0] === to[0])
        return [0.5, 0.25, 0.75].flatMap((part): Point[] => {
          const at = from[1] + (to[1] - from[1]) * part - pillHeight / 2;
          return [
            [x + 9, at],
            [x - 9 - width, at],
          ];
        });
      return [
        [x - width / 2, y - pillHeight - 5],
        [x - width / 2, y + 5],
      ];
    });
  const leaves = layout.states.filter((state) => !isZone(state));
  const isFree = ([x, y]: Point): boolean =>
    x >= 4 &&
    x + width <= layout.width - 4 &&
    leaves.every((leaf) => x > leaf.x + leaf.width || x + width < leaf.x || y > leaf.y + leaf.height || y + pillHeight < leaf.y);
  return places.find(isFree) ?? places[0] ?? [0, 0];
}

const drawLine = ({ x, y, role, text }: LaidState['lines'][number]): SVGTextElement =>
  s('text', { class: role, attrs: { x, y } }, text);

function drawEdge({ id, source, target, points }: LaidEdge, phase: string): SVGGElement {
  const attrs = { 'data-edge': id, 'data-source': source, 'data-target': target };
  return s(
    'g',
    { class: `edge to-${phase}`, attrs },
    s('path', { class: 'hit', attrs: { d: pathOf(points) } }),
    ...route(points),
  );
}

function drawLabel({ id, label }: LaidEdge, phase: string): SVGGElement {
  return s(
    'g',
    { class: `label to-${phase}`, attrs: { 'data-label': id, transform: `translate(${label.x} ${label.y})` } },
    s('rect', { class: 'plate', attrs: { x: -3, y: -1, width: label.width + 6, height: label.height + 2, rx: 6 } }),
    ...label.lines.map(drawLine),
  );
}

/** A line with round corners and an arrowhead. */
function route(points: readonly Point[]): SVGElement[] {
  const end = points.at(-1);
  const before = points.at(-2);
  if (end === undefined || before === undefined) return [];
  const foot = towards(end, before, tip.length);
  const [across, along] = before[0] === end[0] ? [tip.half, 0] : [0, tip.half];
  const head = [end, [foot[0] + across, foot[1] + along], [foot[0] - across, foot[1] - along]] as const;
  return [
    s('path', { class: 'route', attrs: { d: pathOf(points) } }),
    s('polygon', { class: 'tip', attrs: { points: head.map((point) => point.join(',')).join(' ') } }),
  ];
}

export function pathOf(points: readonly Point[]): string {
  const [start] = points;
  const end = points.at(-1);
  const before = points.at(-2);
  if (start === undefined || end === undefined || before === undefined) return '';
  const parts = [`M${start.join(' ')}`];
  for (const [index, bend] of points.slice(1, -1).entries()) {
    const previous = points[index] ?? bend;
    const next = points[index + 2] ?? bend;
    const radius = Math.min(corner, distance(previous, bend) / 2, distance(bend, next) / 2);
    parts.push(`L${towards(bend, previous, radius).join(' ')}`, `Q${bend.join(' ')} ${towards(bend, next, radius).join(' ')}`);
  }
  parts.push(`L${towards(end, before, tip.length - 2).join(' ')}`);
  return parts.join('');
}

const distance = (a: Point, b: Point): number => Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]);
function towards(from: Point, to: Point, length: number): Point {
  return [from[0] + Math.sign(to[0] - from[0]) * length, from[1] + Math.sign(to[1] - from[1]) * length];
}
