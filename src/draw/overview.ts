/**
 * The same chart with names only, small enough to be seen whole beside something else: what is written on arrows and in boxes is for whoever
 * shows it to bring up when it is wanted. Made from the full layout; like it, it loads the layout engine, a tool of development.
 */
import type { ElkNode } from 'elkjs';
import type { LaidEdge, LaidStart, LaidState, Layout, Point } from './layout.js';
import { widthOf } from './text.js';

const nameSize = 17;
const gap = { pad: 14, head: 36, cell: 10, columns: 4, box: 40, dot: 12 } as const;

const engineOptions = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.json.shapeCoords': 'ROOT',
  'elk.json.edgeCoords': 'ROOT',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.padding': '[top=12,left=12,bottom=12,right=12]',
  'elk.spacing.nodeNode': '24',
  'elk.spacing.edgeNode': '14',
  'elk.spacing.edgeEdge': '10',
  'elk.layered.spacing.nodeNodeBetweenLayers': '22',
  'elk.layered.spacing.edgeNodeBetweenLayers': '9',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '7',
  'elk.layered.thoroughness': '100',
  'elk.randomSeed': '2',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
};

/** Lays it out anew. @returns the same for the same layout, on every machine */
export async function overviewOf(full: Layout): Promise<Layout> {
  const { default: engine } = await import('elkjs/lib/elk.bundled.js');
  // A CommonJS module: its type says a namespace, at run time the import is the class itself.
  const Engine = engine as unknown as new () => { layout(graph: ElkNode): Promise<ElkNode> };
  return readBack(full, await new Engine().layout(graphOf(full)));
}

const childrenOf = ({ states }: Layout, parent?: string): LaidState[] => states.filter((state) => state.parent === parent);
const boxWidth = (name: string): number => Math.ceil(widthOf(name, nameSize, 'bold')) + 2 * gap.pad;

/** Leaves that no arrow touches stand in rows. */
function isShelf(full: Layout, { name }: LaidState): boolean {
  const children = childrenOf(full, name);
  const touched = [...full.edges.flatMap(({ source, target }) => [source, target]), ...full.starts.map(({ target }) => target)];
  return children.length > 0 && children.every((child) => child.children.length === 0 && !touched.includes(child.name));
}
function shelfSize(children: readonly LaidState[]): { cell: number; width: number; height: number } {
  const cell = Math.max(...children.map(({ name }) => boxWidth(name)));
  const rows = Math.ceil(children.length / gap.columns);
  return {
    cell,
    width: 2 * gap.pad + gap.columns * (cell + gap.cell) - gap.cell,
    height: gap.head + rows * (gap.box + gap.cell) - gap.cell + gap.pad,
  };
}

/** As in the full layout, arrows are all given to the engine downwards: from what stands higher there to what stands lower. */
const isDown = (full: Layout, { source, target }: LaidEdge): boolean => {
  const topOf = (name: string): number => full.states.find((state) => state.name === name)?.y ?? 0;
  return topOf(source) <= topOf(target);
};

function graphOf(full: Layout): ElkNode {
  const nodeOf = (state: LaidState): ElkNode => {
    const children = childrenOf(full, state.name);
    if (isShelf(full, state)) return { id: state.name, ...shelfSize(children) };
    if (children.length === 0) return { id: state.name, width: boxWidth(state.name), height: gap.box };
    return {
      id: state.name,
      layoutOptions: { 'elk.padding': `[top=${gap.head},left=${gap.pad},bottom=${gap.pad},right=${gap.pad}]` },
      children: children.map(nodeOf),
    };
  };
  return {
    id: 'chart',
    layoutOptions: engineOptions,
    children: childrenOf(full).map(nodeOf),
    edges: full.edges.map((edge) => {
      const [first, last] = isDown(full, edge) ? [edge.source, edge.target] : [edge.target, edge.source];
      return { id: edge.id, sources: [first], targets: [last] };
    }),
  };
}

function readBack(full: Layout, laid: ElkNode): Layout {
  const nodes = new Map<string, ElkNode>();
  const visit = (node: ElkNode): void => {
    nodes.set(node.id, node);
    node.children?.forEach(visit);
  };
  visit(laid);
  const boxes = new Map<string, { x: number; y: number; width: number; height: number }>();
  const boxOf = (name: string) => boxes.get(name) ?? { x: 0, y: 0, width: 0, height: 0 };
  for (const state of full.states) {
    const { x = 0, y = 0, width = 0, height = 0 } = nodes.get(state.name) ?? {};
    if (!nodes.has(state.name)) continue;
    boxes.set(state.name, { x: Math.round(x), y: Math.round(y), width: Math.round(width), height: Math.round(height) });
    if (!isShelf(full, state)) continue;
    const children = childrenOf(full, state.name);
    const { cell } = shelfSize(children);
    for (const [index, { name }] of children.entries()) {
      boxes.set(name, {
        x: Math.round(x) + gap.pad + (index % gap.columns) * (cell + gap.cell),
        y: Math.round(y) + gap.head + Math.floor(index / gap.columns) * (gap.box + gap.cell),
        width: cell,
        height: gap.box,
      });
    }
  }
  const { width = 0, height = 0 } = laid;
  const size = { width: Math.round(width), height: Math.round(height) };
  return {
    title: full.title,
    ...size,
    states: full.states.map((state) => ({
      ...state,
      ...boxOf(state.name),
      lines: [{ x: gap.pad, y: state.children.length > 0 ? 24 : 26, role: 'name' as const, text: state.name }],
    })),
    edges: full.edges.map((edge) => {
      const sections = laid.edges?.find(({ id }) => id === edge.id)?.sections ?? [];
      const points = sections
        .flatMap(({ startPoint, bendPoints = [], endPoint }) => [startPoint, ...bendPoints, endPoint])
        .map(({ x, y }): Point => [Math.round(x), Math.round(y)]);
      if (!isDown(full, edge)) points.reverse();
      return { ...edge, points, label: { ...edge.label, ...beside(points, edge.label, size) } };
    }),
    starts: full.starts.map(({ target }) => startOf(target, boxOf(target))),
  };
}

/** Where a label is put when it is wanted: on the middle of the longest part, inside the picture. */
function beside(points: readonly Point[], label: { width: number; height: number }, size: { width: number; height: number }) {
  let longest = -1;
  let middle: Point = [0, 0];
  for (const [index, [x, y]] of points.slice(1).entries()) {
    const [fromX, fromY] = points[index] ?? [x, y];
    const length = Math.abs(x - fromX) + Math.abs(y - fromY);
    if (length > longest) [longest, middle] = [length, [(x + fromX) / 2, (y + fromY) / 2]];
  }
  const within = (at: number, room: number): number => Math.round(Math.max(2, Math.min(at, room - 2)));
  return {
    x: within(middle[0] - label.width / 2, size.width - label.width),
    y: within(middle[1] - label.height / 2, size.height - label.height),
  };
}

/** From the right, where no arrow enters. */
function startOf(target: string, { x, y, width }: { x: number; y: number; width: number }): LaidStart {
  const at = y + gap.box / 2;
  const from = x + width + 34;
  return { target, x: from, y: at, points: [[from - gap.dot / 2, at] as const, [x + width, at] as const] };
}
