/** What every generated file shares: how a runner is imported, how a suite is introduced, how wide a line may be. Text only. */
import type { Cover } from '../testing/index.js';

export const runners = ['jest', 'vitest', 'node'] as const;
export type RunnerName = (typeof runners)[number];
export const targets = ['service', 'transport', 'ui'] as const;
export type Target = (typeof targets)[number];

/** A file to be written, by its usual name. */
export interface GeneratedFile {
  readonly name: string;
  readonly text: string;
}

/** The numbers of a suite. */
export type Counts = Omit<Cover<unknown>, 'paths'> & { readonly paths: number };

export const countsOf = <Move>({ paths, ...counts }: Cover<Move>): Counts => ({ ...counts, paths: paths.length });

/** Where a runner's functions come from. */
export const modules: Readonly<Record<RunnerName, string>> = { jest: '@jest/globals', vitest: 'vitest', node: 'node:test' };

/** A line that imports names from a module. */
export const importLine = (names: string, module: string): string => `import ${names} from ${quoted(module)};`;

/** How the file is run, for its opening comment. */
export const commands: Readonly<Record<RunnerName, string>> = {
  jest: 'node --experimental-vm-modules node_modules/jest/bin/jest.js',
  vitest: 'npx vitest run',
  node: 'node --test',
};

/** `edges 535, pairs 2048, paths 236, steps 6493, lower bound 4433, ratio 1.46` */
export function countsLine({ edges, pairs, paths, steps, lowerBound, ratio, outOfReach }: Counts): string {
  const line = `edges ${edges}, pairs ${pairs}, paths ${paths}, steps ${steps}, lower bound ${lowerBound}, ratio ${ratio.toFixed(2)}`;
  return outOfReach === 0 ? line : `${line}, out of reach of so few steps ${outOfReach}`;
}

/** A text as a JavaScript literal. */
export const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n')}'`;

/** Plain data as a JavaScript literal: keys bare where they may be. */
export function literal(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).map(([key, one]) => `${/^[\w$]+$/.test(key) ? key : quoted(key)}: ${literal(one)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}
