/**
 * The door of the drawings: a chart, or a walk through it, as picture, text, table and page. All of it is pure; only `layoutOf` loads a tool
 * of development, the layout engine, so nothing of an installed package may call it.
 */
export { drawnFiles, drawnFolder, explorationsOf } from './files.js';
export { layoutOf, type LaidEdge, type LaidStart, type LaidState, type Layout, type Point } from './layout.js';
export { tableToMarkdown } from './markdown.js';
export { toMermaid } from './mermaid.js';
export { edgeOf, toSvg, type SvgOptions, type TakenTransition } from './svg.js';
export type { Theme } from './style.js';
export { toTable, type AnswerRow, type Condition, type LeafTable, type Outcome, type QuietRow, type Table } from './table.js';
