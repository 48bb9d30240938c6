/**
 * What there is to draw of a chart: its states with what they do without being left, and its transitions merged into as few arrows as say
 * the same. It reads the chart and nothing else; it must never know where on a picture anything is.
 */
import type { AnyStateNode } from 'xstate';
import { leaves, phaseOf, statusName, type Chart, type Leaf, type Phase } from '../../machines/index.js';

/** What makes a transition happen: a message, and the guard that must hold (`else`: none of the guards before it did). */
export interface Trigger {
  readonly type: string;
  readonly guard?: string;
}

export interface DrawnState {
  /** The key in the chart; unique, as `leafOf` needs it. */
  readonly name: string;
  readonly parent?: string;
  readonly children: readonly string[];
  readonly description: string;
  /** Its own, or that of the first leaf inside. */
  readonly phase?: Phase;
  /** The number that is announced on entering, where the chart says it. */
  readonly status?: number;
  /** Handled without leaving the state. */
  readonly stays: readonly Trigger[];
  /** Left and entered again at once: published once more. */
  readonly again: readonly Trigger[];
  /** Handled by going to one of the children. */
  readonly within: readonly Trigger[];
}

export interface DrawnEdge {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly triggers: readonly Trigger[];
}

export interface Drawing {
  readonly id: string;
  /** Parents before children, in the chart's order. */
  readonly states: readonly DrawnState[];
  /** At most one for each pair of states. */
  readonly edges: readonly DrawnEdge[];
  /** For each compound state that is entered by itself, and for the chart (''): where it begins. */
  readonly initial: readonly (readonly [parent: string, child: string])[];
}

interface Branch extends Trigger {
  readonly guardType?: string;
  readonly target?: AnyStateNode;
  /** Stands for one branch to each child of the target. */
  readonly fan?: boolean;
}

/** Everything that is drawn of a chart. @throws TypeError if two states have the same key */
export function drawingOf(chart: Chart): Drawing {
  const nodes: AnyStateNode[] = [];
  const collect = (node: AnyStateNode): void => {
    for (const child of Object.values(node.states)) {
      if (nodes.some(({ key }) => key === child.key)) throw new TypeError(`drawingOf: two states are called ${child.key}`);
      nodes.push(child);
      collect(child);
    }
  };
  collect(chart.root as AnyStateNode);

  const edges = new Map<string, DrawnEdge>();
  const entered = new Set<AnyStateNode>([chart.root as AnyStateNode]);
  const states = nodes.map((node): DrawnState => {
    const stays: Trigger[] = [];
    const again: Trigger[] = [];
    const within: Trigger[] = [];
    for (const { target, guardType: _, fan = false, ...trigger } of branchesOf(node)) {
      if (!target) stays.push(trigger);
      else if (target === node && !fan) again.push(trigger);
      else if (isInside(target, node)) within.push(trigger);
      else {
        if (!fan) entered.add(target);
        const id = `${node.key}-${target.key}`;
        const { triggers = [] } = edges.get(id) ?? {};
        edges.set(id, { id, source: node.key, target: target.key, triggers: [...triggers, trigger] });
      }
    }
    const phase = phaseWithin(node);
    const status = announcedBy(node);
    return {
      name: node.key,
      ...(node.parent && node.parent !== chart.root ? { parent: node.parent.key } : {}),
      children: Object.keys(node.states),
      description: node.description ?? '',
      ...(phase ? { phase } : {}),
      ...(status === undefined ? {} : { status }),
      stays: sorted(stays),
      again: sorted(again),
      within: sorted(within),
    };
  });
  return {
    id: chart.id,
    states,
    edges: [...edges.values()].map((edge) => ({ ...edge, triggers: sorted(edge.triggers) })).sort((a, b) => compare(a.id, b.id)),
    initial: initialsOf(chart.root as AnyStateNode, entered),
  };
}

/** `link.lost [isFinal]` */
export function triggerText({ type, guard }: Trigger): string {
  return guard === undefined ? type : `${type} [${guard}]`;
}

/** The state and everything around it, innermost first. */
export function selfAndParents<S extends { readonly name: string; readonly parent?: string }>(
  states: readonly S[],
  name: string,
): S[] {
  const state = states.find((one) => one.name === name);
  return state ? [state, ...(state.parent === undefined ? [] : selfAndParents(states, state.parent))] : [];
}

/** Order by code unit: the same on every machine and in every language. */
export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function sorted(triggers: readonly Trigger[]): Trigger[] {
  const plain = triggers.map(({ type, guard }): Trigger => (guard === undefined ? { type } : { type, guard }));
  const unique = new Map(plain.map((trigger) => [triggerText(trigger), trigger]));
  // `[else]` sorts behind what it is the rest of.
  const rank = ({ type, guard }: Trigger): string => `${type} ${guard === 'else' ? '~' : (guard ?? '')}`;
  return [...unique.values()].sort((a, b) => compare(rank(a), rank(b)));
}

/** The branches of a state, with each fan folded: the same guard with one value for each child of a state is one branch to that state. */
function branchesOf(node: AnyStateNode): Branch[] {
  return [...node.transitions.values()].flatMap((definitions) => {
    const branches = definitions.map((definition, index): Branch => {
      const target = definition.target?.[0] as AnyStateNode | undefined;
      const { text, type } = guardOf(definition.guard, index > 0);
      return {
        type: definition.eventType,
        ...(text === undefined ? {} : { guard: text }),
        ...(type === undefined ? {} : { guardType: type }),
        ...(target ? { target } : {}),
      };
    });
    const parents = new Set(branches.flatMap(({ target }) => target?.parent ?? []));
    for (const parent of parents) {
      const fan = branches.filter(({ target, guard, guardType }) => target?.parent === parent && guard !== guardType);
      const [first] = fan;
      const children = Object.values(parent.states);
      const covers = children.length > 1 && children.every((child) => fan.some(({ target }) => target === child));
      if (!first || !covers || fan.some(({ guardType }) => guardType !== first.guardType)) continue;
      const folded = { type: first.type, guard: `${first.guardType} …`, target: parent, fan: true } as const;
      return [...branches.filter((branch) => !fan.includes(branch)), folded];
    }
    return branches;
  });
}

function guardOf(guard: unknown, follows: boolean): { readonly text?: string; readonly type?: string } {
  if (guard === undefined) return follows ? { text: 'else' } : {};
  if (typeof guard === 'string') return { text: guard, type: guard };
  const { type, params } = guard as { readonly type?: unknown; readonly params?: Readonly<Record<string, unknown>> };
  // A function without a name says nothing to a reader.
  if (typeof type !== 'string') return { text: 'guard', type: 'guard' };
  const values = Object.entries(params ?? {}).map(([name, value]) =>
    name === 'status' && typeof value === 'number' ? statusName(value) : String(value),
  );
  return { text: [type, ...values].join(' '), type };
}

function isInside(node: AnyStateNode, parent: AnyStateNode): boolean {
  return node === parent || (node.parent !== undefined && isInside(node.parent, parent));
}

function phaseWithin(node: AnyStateNode): Phase | undefined {
  const [first] = Object.values(node.states);
  if (first) return phaseWithin(first);
  return leaves.includes(node.key as Leaf) ? phaseOf(node.key as Leaf) : undefined;
}

function announcedBy(node: AnyStateNode): number | undefined {
  for (const action of node.entry as readonly { readonly type?: string; readonly params?: { readonly status?: unknown } }[]) {
    if (action.type === 'announce' && typeof action.params?.status === 'number') return action.params.status;
  }
  return undefined;
}

/** A compound state that is only ever entered by way of its children has no beginning worth drawing. */
function initialsOf(root: AnyStateNode, entered: ReadonlySet<AnyStateNode>): (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  const follow = (node: AnyStateNode, name: string): void => {
    const child = node.initial?.target[0] as AnyStateNode | undefined;
    if (!child || found.some(([parent]) => parent === name)) return;
    found.push([name, child.key]);
    follow(child, child.key);
  };
  follow(root, '');
  for (const node of entered) if (node !== root) follow(node, node.key);
  return found;
}
