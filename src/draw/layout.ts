/**
 * Where everything of the picture is, in px: boxes, what is written in them, arrows and their labels. Plain data that outlives the layout
 * engine, which is a tool of development: it is loaded only when a layout is asked for, and only here.
 */
import type { ElkExtendedEdge, ElkNode } from 'elkjs';
import type { Chart } from '../../machines/index.js';
import { cellBoxes, headOf, labelOf, leafBox, sideOf, type Written } from './boxes.js';
import { drawingOf, selfAndParents, type Drawing, type DrawnState } from './chart.js';
import type { LaidEdge, LaidStart, LaidState, Layout, Point } from './laid.js';

export type { LaidEdge, LaidStart, LaidState, Layout, Point } from './laid.js';

const gap = { margin: 16, cell: 10, columns: 4, dot: 14 } as const;

const engineOptions = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.json.shapeCoords': 'ROOT',
  'elk.json.edgeCoords': 'ROOT',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.padding': '[top=16,left=16,bottom=16,right=16]',
  'elk.spacing.nodeNode': '20',
  'elk.spacing.edgeNode': '14',
  'elk.spacing.edgeEdge': '12',
  'elk.spacing.edgeLabel': '2',
  'elk.layered.spacing.nodeNodeBetweenLayers': '14',
  'elk.layered.spacing.edgeNodeBetweenLayers': '10',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '8',
  'elk.layered.thoroughness': '100',
  'elk.randomSeed': '2',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.layered.nodePlacement.strategy': 'SIMPLE',
  'elk.layered.edgeLabels.centerLabelPlacementStrategy': 'HEAD_LAYER',
};

/**
 * Lays a chart out.
 * @returns the same for the same chart, on every machine
 * @throws Error where the layout engine, a development dependency, is not installed
 */
export async function layoutOf(chart: Chart): Promise<Layout> {
  const drawing = drawingOf(chart);
  const { default: engine } = await import('elkjs/lib/elk.bundled.js');
  // A CommonJS module: its type says a namespace, at run time the import is the class itself.
  const Engine = engine as unknown as new () => { layout(graph: ElkNode): Promise<ElkNode> };
  return readBack(drawing, await new Engine().layout(graphOf(drawing)));
}

const childrenOf = ({ states }: Drawing, parent?: string): DrawnState[] => states.filter((state) => state.parent === parent);
const startId = (parent: string): string => `start of ${parent}`;

/** Children without arrows of their own stand in rows; what they say about arrows, their parent says. */
function isShelf(drawing: Drawing, { name }: DrawnState): boolean {
  const children = childrenOf(drawing, name);
  const touched = [...drawing.edges.flatMap(({ source, target }) => [source, target]), ...drawing.initial.flat()];
  return children.length > 0 && children.every((child) => child.children.length === 0 && !touched.includes(child.name));
}

interface Shelf extends Written {
  readonly cells: readonly (Written & { readonly state: DrawnState; readonly x: number; readonly y: number })[];
}
function shelfOf(state: DrawnState, children: readonly DrawnState[]): Shelf {
  const boxes = cellBoxes(children);
  const width = 2 * gap.margin - gap.cell + gap.columns * ((boxes[0]?.width ?? 0) + gap.cell);
  const head = headOf(state, width);
  const cells = boxes.flatMap((box, index) => {
    const child = children[index];
    const x = gap.margin + (index % gap.columns) * (box.width + gap.cell);
    const y = head.height + Math.floor(index / gap.columns) * (box.height + gap.cell);
    return child ? [{ ...box, state: child, x, y }] : [];
  });
  return {
    cells,
    lines: head.lines,
    width: Math.max(head.width, width),
    height: Math.max(...cells.map(({ y, height }) => y + height + gap.margin)),
  };
}

/**
 * The engine lays out from top to bottom and would lead every arrow back around its box. So all arrows are given to it in one direction,
 * from what comes first in the picture to what comes later, and those that go back are turned around afterwards.
 */
function orderOf(drawing: Drawing): (name: string) => number {
  const names = drawing.states.map(({ name }) => name);
  const [first] = drawing.states;
  const isAtFirst = (name: string): boolean => selfAndParents(drawing.states, name).some((state) => state === first);
  return (name) => {
    const state = drawing.states.find((one) => one.name === name);
    const onward = drawing.edges.filter(({ source }) => source === name);
    const before = drawing.edges.filter(({ target }) => target === name).map(({ source }) => names.indexOf(source));
    // A state that only leads back to where all begins stands beside the way, not at its end.
    const isBeside = state !== first && state?.parent === undefined && onward.every(({ target }) => isAtFirst(target));
    return isBeside && before.length > 0 ? Math.min(...before) - 0.5 : names.indexOf(name);
  };
}

function graphOf(drawing: Drawing): ElkNode {
  const order = orderOf(drawing);
  const nodeOf = (state: DrawnState): ElkNode => {
    const children = childrenOf(drawing, state.name);
    if (isShelf(drawing, state)) {
      const { width, height } = shelfOf(state, children);
      return { id: state.name, width, height };
    }
    if (children.length === 0) {
      const { width, height } = leafBox(state);
      return { id: state.name, width, height };
    }
    const side = sideOf(state);
    const starts = drawing.initial.filter(([parent]) => parent === state.name);
    return {
      id: state.name,
      layoutOptions: {
        'elk.padding': `[top=14,left=${side.width + 8},bottom=14,right=14]`,
        'elk.nodeSize.constraints': 'MINIMUM_SIZE',
        'elk.nodeSize.minimum': `(${side.width},${side.height})`,
      },
      children: [
        ...starts.map(([parent]) => ({ id: startId(parent), width: gap.dot, height: gap.dot })),
        ...children.map(nodeOf),
      ],
    };
  };
  const edges: ElkExtendedEdge[] = drawing.edges.map((edge) => {
    const { width, height } = labelOf(edge);
    const [first, last] = order(edge.source) < order(edge.target) ? [edge.source, edge.target] : [edge.target, edge.source];
    return {
      id: edge.id,
      sources: [first],
      targets: [last],
      labels: [{ id: `label ${edge.id}`, text: edge.id, width, height, layoutOptions: { 'elk.edgeLabels.inline': 'true' } }],
    };
  });
  const starts: ElkExtendedEdge[] = drawing.initial
    .filter(([parent]) => parent !== '')
    .map(([parent, child]) => ({ id: startId(parent), sources: [startId(parent)], targets: [child] }));
  return {
    id: 'chart',
    layoutOptions: engineOptions,
    children: childrenOf(drawing).map(nodeOf),
    edges: [...starts, ...edges],
  };
}

/** What the engine found, by name, in whole px. */
function readBack(drawing: Drawing, laid: ElkNode): Layout {
  const nodes = new Map<string, ElkNode>();
  const visit = (node: ElkNode): void => {
    nodes.set(node.id, node);
    node.children?.forEach(visit);
  };
  visit(laid);
  const placeOf = (id: string) => {
    const { x = 0, y = 0, width = 0, height = 0 } = nodes.get(id) ?? {};
    return { x: Math.round(x), y: Math.round(y), width: Math.round(width), height: Math.round(height) };
  };
  const pointsOf = (id: string): Point[] => {
    const sections = laid.edges?.find((edge) => edge.id === id)?.sections ?? [];
    return sections
      .flatMap(({ startPoint, bendPoints = [], endPoint }) => [startPoint, ...bendPoints, endPoint])
      .map(({ x, y }): Point => [Math.round(x), Math.round(y)]);
  };

  const order = orderOf(drawing);
  const states = drawing.states.flatMap((state): LaidState[] => {
    if (!nodes.has(state.name)) return [];
    const place = placeOf(state.name);
    const children = childrenOf(drawing, state.name);
    if (!isShelf(drawing, state))
      return [{ ...state, ...place, lines: (children.length > 0 ? sideOf(state) : leafBox(state)).lines }];
    const { lines, cells } = shelfOf(state, children);
    return [
      { ...state, ...place, lines },
      ...cells.map((cell): LaidState => {
        const { width, height } = cell;
        return { ...cell.state, x: place.x + cell.x, y: place.y + cell.y, width, height, lines: cell.lines };
      }),
    ];
  });
  const edges = drawing.edges.map((edge): LaidEdge => {
    const points = pointsOf(edge.id);
    const [label] = laid.edges?.find(({ id }) => id === edge.id)?.labels ?? [];
    return {
      ...edge,
      points: order(edge.source) < order(edge.target) ? points : points.reverse(),
      label: { x: Math.round(label?.x ?? 0), y: Math.round(label?.y ?? 0), ...labelOf(edge) },
    };
  });
  const starts = drawing.initial
    .filter(([parent]) => parent !== '')
    .map(([parent, target]): LaidStart => {
      const { x, y } = placeOf(startId(parent));
      return { target, x: x + gap.dot / 2, y: y + gap.dot / 2, points: pointsOf(startId(parent)) };
    });
  const { width, height } = placeOf(laid.id);
  return { title: drawing.id, width, height, states, edges, starts };
}
