/**
 * The chart as Mermaid text (stateDiagram-v2), which code hosts draw by themselves. It says what the picture says, with descriptions and
 * what is handled in place as comments; it must never say more than the chart.
 */
import type { Chart } from '../../machines/index.js';
import { drawingOf, triggerText, type DrawnState, type Trigger } from './chart.js';

/** The chart as a `stateDiagram-v2`, with its hierarchy; one arrow for each pair of states. */
export function toMermaid(chart: Chart): string {
  const { id, states, edges, initial } = drawingOf(chart);
  const beginning = (parent: string, indent: string): string[] =>
    initial.filter(([within]) => within === parent).map(([, child]) => `${indent}[*] --> ${child}`);
  const stateLines = (state: DrawnState, indent: string): string[] => {
    const { name, description, children, stays, again, within } = state;
    const comments = [
      `%% ${name}: ${oneLine(description)}`,
      ...commentOf('stays', stays),
      ...commentOf('again', again),
      ...commentOf('inside', within),
    ].map((line) => indent + line);
    // Without the word `state`: before a state with children, the parser would read on into its name.
    if (children.length === 0) return [...comments, indent + name];
    const inner = indent + step;
    return [
      ...comments,
      `${indent}state ${name} {`,
      ...beginning(name, inner),
      ...states.filter(({ parent }) => parent === name).flatMap((child) => stateLines(child, inner)),
      `${indent}}`,
    ];
  };
  return [
    `%% ${id}`,
    'stateDiagram-v2',
    `${step}direction TB`,
    ...beginning('', step),
    ...states.filter(({ parent }) => parent === undefined).flatMap((state) => stateLines(state, step)),
    ...edges.map(({ source, target, triggers }) => `${step}${source} --> ${target} : ${triggers.map(triggerText).join('<br/>')}`),
    '',
  ].join('\n');
}

const step = '  ';
const oneLine = (text: string): string => text.replace(/\s+/g, ' ');

function commentOf(mark: string, triggers: readonly Trigger[]): string[] {
  return triggers.length > 0 ? [`%%   ${mark}: ${triggers.map(triggerText).join(', ')}`] : [];
}
