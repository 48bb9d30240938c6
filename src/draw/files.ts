/**
 * Everything that is drawn of a chart, by file name. It writes nothing: one caller writes the files, another compares them.
 */
import {
  MISTATUS,
  presenceMachine,
  settableStatuses,
  smallRules,
  type Chart,
  type SettableStatus,
} from '../../machines/index.js';
import { edgesOf, traceabilityOf, traceabilityToMarkdown } from '../explain/index.js';
import { deriveGrammar } from '../grammar/index.js';
import { explore, type Exploration } from '../table/explore.js';
import { layoutOf } from './layout.js';
import { tableToMarkdown } from './markdown.js';
import { toMermaid } from './mermaid.js';
import { overviewOf } from './overview.js';
import { drawnSubtitle, toSvg } from './svg.js';
import { toTable } from './table.js';

/** The folder of the drawn files, from the root of the package. */
export const drawnFolder = 'machines/drawn';

/**
 * One walk for each settable status, beside ONLINE, which idleness may replace, and AWAY, which also the machine sets: together they say the
 * same as one walk with all statuses, at a fraction of its cost (a test in CI compares).
 */
export function* explorationsOf(chart: Chart): Generator<Exploration> {
  const always: readonly SettableStatus[] = [MISTATUS.ONLINE, MISTATUS.AWAY];
  for (const status of settableStatuses) {
    if (!always.includes(status)) yield explore({ chart, rules: { ...smallRules, statuses: [...always, status] } });
  }
}

/** The drawn files, by name, in the order of their names. */
export async function drawnFiles(chart: Chart = presenceMachine): Promise<ReadonlyMap<string, string>> {
  const layout = await layoutOf(chart);
  const table = toTable(explorationsOf(chart));
  return new Map([
    ['grammar.json', json(deriveGrammar(undefined, chart))],
    ['presence.layout.json', json(layout)],
    ['presence.mmd', toMermaid(chart)],
    ['presence.overview.json', json(await overviewOf(layout))],
    ['presence.svg', toSvg(layout, { subtitle: drawnSubtitle })],
    ['presence.table.json', json(table)],
    ['presence.table.md', tableToMarkdown(table)],
    ['traceability.md', traceabilityToMarkdown(traceabilityOf(edgesOf(undefined, chart)))],
  ]);
}

/** Where the layout stands in the package: as a module, since neither module kind can find a file beside it in the same words. */
export const layoutModule = 'src/draw/layout-data.ts';

/** The text of that module. @param text the layout as JSON */
export function toLayoutModule(text: string): string {
  const quoted = JSON.stringify(JSON.parse(text)).replace(/[\\`]|\$(?=\{)/g, '\\$&');
  return [
    '/**',
    ' * GENERATED (npm run draw): the layout of the drawn chart, the same as `machines/drawn/presence.layout.json`, for whoever draws it where there is no',
    ' * layout engine. It must never be changed by hand.',
    ' */',
    "import type { Layout } from './laid.js';",
    '',
    'const text = `' + quoted + '`;',
    '',
    '/** As it was laid out when the chart was drawn last. */',
    'export const drawnLayout = JSON.parse(text) as Layout;',
    '',
  ].join('\n');
}

/** One line for each small thing, so that a change shows as a changed line. */
function json(value: unknown, indent = ''): string {
  const flat = JSON.stringify(value) ?? 'null';
  if (flat.length + indent.length <= 120 || typeof value !== 'object' || value === null)
    return flat + (indent === '' ? '\n' : '');
  const inner = `${indent} `;
  const items = Array.isArray(value)
    ? value.map((item) => inner + json(item, inner))
    : Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => `${inner}${JSON.stringify(key)}: ${json(item, inner)}`);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  return `${open}\n${items.join(',\n')}\n${indent}${close}${indent === '' ? '\n' : ''}`;
}
