/**
 * The written chart as DOT for Graphviz: its hierarchy as clusters, one arrow for each pair of states. It reads the chart and nothing else; it must
 * never know what a guard decides.
 */
import type { AnyStateNode } from 'xstate';
import { statusName, type Chart } from '../../machines/index.js';

/** The chart as a `digraph`. Arrows carry `event [guard]`, one a line; what is handled in place is an arrow to itself. */
export function toDot(chart: Chart): string {
  const root = chart.root as AnyStateNode;
  const edges = [...allOf(root)].flatMap((node) => edgesFrom(node));
  return [
    `digraph ${quoted(root.key)} {`,
    '  compound=true; node [shape=box, style=rounded];',
    ...Object.values(root.states).flatMap((node) => stateLines(node, '  ')),
    '  "" [shape=point];',
    `  "" -> ${quoted(leafIn(root).key)};`,
    ...edges,
    '}',
    '',
  ].join('\n');
}

function stateLines(node: AnyStateNode, indent: string): string[] {
  const about = [`label=${quoted(node.key)}`, `tooltip=${quoted(node.description ?? '')}`];
  const children = Object.values(node.states);
  if (children.length === 0) return [`${indent}${quoted(node.key)} [${about.join(', ')}];`];
  return [
    `${indent}subgraph ${quoted(`cluster_${node.key}`)} {`,
    `${indent}  ${about.join('; ')};`,
    ...children.flatMap((child) => stateLines(child, `${indent}  `)),
    `${indent}}`,
  ];
}

function edgesFrom(node: AnyStateNode): string[] {
  const labels = new Map<AnyStateNode, string[]>();
  for (const definitions of node.transitions.values()) {
    for (const { target, eventType, guard } of definitions) {
      const to = (target?.[0] as AnyStateNode | undefined) ?? node;
      const label = guard === undefined ? eventType : `${eventType} [${guardText(guard)}]`;
      labels.set(to, [...(labels.get(to) ?? []), label]);
    }
  }
  return [...labels].map(([to, all]) => {
    // Graphviz draws between leaves; these cut the arrow at the edge of a cluster, where it leads out of it or into it.
    const ends = [
      ...(isCompound(node) && !isInside(to, node) ? [`ltail=${quoted(`cluster_${node.key}`)}`] : []),
      ...(isCompound(to) && !isInside(node, to) ? [`lhead=${quoted(`cluster_${to.key}`)}`] : []),
    ];
    const label = quoted(all.join('\n'));
    return `  ${quoted(leafIn(node).key)} -> ${quoted(leafIn(to).key)} [${[`label=${label}`, ...ends].join(', ')}];`;
  });
}

const isInside = (node: AnyStateNode, around: AnyStateNode): boolean =>
  node === around || (node.parent !== undefined && isInside(node.parent, around));
const isCompound = (node: AnyStateNode): boolean => Object.keys(node.states).length > 0;

function leafIn(node: AnyStateNode): AnyStateNode {
  const first = node.initial?.target[0] as AnyStateNode | undefined;
  return first ? leafIn(first) : node;
}

function* allOf(node: AnyStateNode): Generator<AnyStateNode> {
  for (const child of Object.values(node.states)) {
    yield child;
    yield* allOf(child);
  }
}

function guardText(guard: unknown): string {
  if (typeof guard === 'string') return guard;
  const { type, params = {} } = guard as { readonly type?: unknown; readonly params?: Readonly<Record<string, unknown>> };
  const values = Object.entries(params).map(([name, value]) =>
    name === 'status' && typeof value === 'number' ? statusName(value) : String(value),
  );
  return [typeof type === 'string' ? type : 'guard', ...values].join(' ');
}

/** A DOT string: only the quote and the backslash need care; a line end is centred text. */
const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
