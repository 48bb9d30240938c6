/**
 * The door of the drawings: a chart, or a walk through it, as picture, text, table and page. All of it is pure. What makes layouts and files
 * (`layout.ts`, `overview.ts`, `files.ts`) loads the layout engine, a tool of development, so it stays behind this door.
 */
export type { LaidEdge, LaidStart, LaidState, Layout, Point } from './laid.js';
export { drawnLayout } from './layout-data.js';
export { tableToMarkdown } from './markdown.js';
export { toMermaid } from './mermaid.js';
export { drawnSubtitle, edgeOf, toSvg, type SvgOptions, type TakenTransition } from './svg.js';
export type { Theme } from './style.js';
export { toTable, type AnswerRow, type Condition, type LeafTable, type Outcome, type QuietRow, type Table } from './table.js';
