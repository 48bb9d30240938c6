/**
 * Mutants of the statechart, made on its configuration as it is: every transition, target, guard, entry and exit is damaged once. Which ones
 * there are follows from the chart; nothing here knows what it says.
 */
import { not } from 'xstate';
import { presenceMachine, type Chart } from '../../machines/index.js';
import { edited, type StateConfig } from '../support/chart-mutants.js';

export interface ConfigMutant {
  readonly id: string;
  /** Where: path of the state, and the event. */
  readonly where: string;
  readonly what: string;
  chart(): Chart;
}

interface Transition {
  readonly target?: string;
  readonly guard?: unknown;
  readonly actions?: unknown;
  readonly reenter?: boolean;
}
interface Node extends StateConfig {
  readonly id?: string;
  readonly initial?: string;
}

const listOf = <T>(value: T | readonly T[] | undefined): T[] =>
  value === undefined ? [] : Array.isArray(value) ? [...value] : [value as T];
const without = <T>(list: readonly T[], at: number) => list.filter((_, index) => index !== at);
const replaced = <T>(list: readonly T[], at: number, item: T) => list.map((old, index) => (index === at ? item : old));
const nameOf = (item: unknown): string =>
  typeof item === 'string'
    ? item
    : `${(item as { type: string }).type} ${JSON.stringify((item as { params?: unknown }).params ?? '')}`.trim();

const root = presenceMachine.config as unknown as Node;

/** Every state with its path; the root is ''. */
function statesOf(node: Node = root, path = ''): { readonly path: string; readonly node: Node }[] {
  const inner = Object.entries(node.states ?? {}).flatMap(([key, state]) =>
    statesOf(state, path === '' ? key : `${path}.${key}`),
  );
  return [{ path, node }, ...inner];
}
const states = statesOf();
const pathOfId = new Map(states.map(({ path, node }) => [node.id ?? `presence.${path}`, path]));
const parentOf = (path: string) => path.split('.').slice(0, -1).join('.');
const referenceTo = (path: string) => `#${states.find((state) => state.path === path)?.node.id ?? `presence.${path}`}`;
const childrenOf = (path: string) => Object.keys(states.find((state) => state.path === path)?.node.states ?? {});

/** The state next to this one under the same parent. */
function siblingOf(path: string): string | undefined {
  const parent = parentOf(path);
  const names = childrenOf(parent);
  const next = names[(names.indexOf(path.split('.').at(-1) ?? '') + 1) % names.length];
  const sibling = parent === '' ? next : `${parent}.${next}`;
  return sibling === path ? undefined : sibling;
}

/** The damages of one list of things to do. */
function damagedActions(actions: unknown): { readonly what: string; readonly to: unknown[] }[] {
  const list = listOf(actions);
  const dropped = list.map((item, at) => ({ what: `without ${nameOf(item)}`, to: without(list, at) }));
  const turned = list.length > 1 ? [{ what: 'in the other order', to: [...list].reverse() }] : [];
  const changed = list.flatMap((item, at) => {
    const params = (item as { params?: { timer?: string; status?: number } }).params;
    if (params === undefined) return [];
    const other =
      params.timer === undefined
        ? { status: params.status === 0x400 ? 0x300 : 0x400 }
        : { timer: params.timer === 'publish' ? 'check' : 'publish' };
    return [
      { what: `${nameOf(item)} with ${JSON.stringify(other)}`, to: replaced(list, at, { ...(item as object), params: other }) },
    ];
  });
  return [...dropped, ...turned, ...changed];
}

type Edit = { readonly what: string; readonly to: Transition | undefined };

function damagedTransition(path: string, written: string | Transition): Edit[] {
  const transition: Transition = typeof written === 'string' ? { target: written } : written;
  const { target, guard, actions } = transition;
  const edits: Edit[] = [{ what: 'is dropped', to: undefined }];
  if (target !== undefined) {
    const reached = target.startsWith('#')
      ? pathOfId.get(target.slice(1))
      : [parentOf(path), target].filter((part) => part !== '').join('.');
    if (reached === undefined) throw new Error(`${path}: no state ${target}`);
    const sibling = siblingOf(reached);
    if (sibling !== undefined) edits.push({ what: `leads to ${sibling}`, to: { ...transition, target: referenceTo(sibling) } });
    edits.push({ what: 'leads nowhere', to: { ...transition, target: undefined as never } });
    // Whatever is left is entered again in any case.
    const isInside = reached === path || reached.startsWith(`${path}.`);
    if (isInside) {
      const what = transition.reenter ? 'does not enter again' : 'enters again';
      edits.push({ what, to: { ...transition, reenter: !transition.reenter } });
    }
  }
  if (guard !== undefined) {
    const { guard: _, ...always } = transition;
    edits.push({ what: `without the guard ${nameOf(guard)}`, to: always });
    edits.push({ what: `with not ${nameOf(guard)}`, to: { ...transition, guard: not(guard as never) } });
  }
  for (const { what, to } of damagedActions(actions)) edits.push({ what, to: { ...transition, actions: to } });
  return edits;
}

/** Every mutant of the configuration, in the order of the chart. */
export function configMutants(): ConfigMutant[] {
  const found: ConfigMutant[] = [];
  const add = (where: string, what: string, edit: Parameters<typeof edited>[0]) =>
    found.push({ id: `presence.ts: ${where}: ${what}`, where, what, chart: () => edited(edit) });
  for (const { path, node } of states) {
    const name = path === '' ? 'presence' : path;
    for (const key of ['entry', 'exit'] as const) {
      for (const { what, to } of damagedActions(node[key])) add(`${name} ${key}`, what, (at) => void (at(path)[key] = to));
    }
    const other = childrenOf(path).find((child) => child !== node.initial);
    if (node.initial !== undefined && other !== undefined)
      add(name, `begins in ${other}`, (at) => void Object.assign(at(path), { initial: other }));
    for (const [event, written] of Object.entries(node.on ?? {})) {
      const list = listOf(written as string | Transition);
      list.forEach((transition, at) => {
        const which = list.length > 1 ? `${name} ${event} #${at + 1}` : `${name} ${event}`;
        for (const { what, to } of damagedTransition(path, transition)) {
          const now = to === undefined ? without(list, at) : replaced(list, at, to);
          add(which, what, (state) => void (now.length > 0 ? (state(path).on[event] = now) : delete state(path).on[event]));
        }
      });
      if (list.length > 1) add(`${name} ${event}`, 'in the other order', (at) => void (at(path).on[event] = [...list].reverse()));
    }
  }
  return found;
}
