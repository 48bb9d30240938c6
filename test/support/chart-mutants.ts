/** Damaged charts, made from the real one: an edited configuration, or other implementations of its guards and actions. */
import { presenceMachine, type Chart } from '../../machines/index.js';
import { vocabulary } from '../../machines/moves.js';

/** A state of the configuration, loosely: a mutant is damaged on purpose. */
export interface StateConfig {
  entry?: unknown;
  exit?: unknown;
  on?: Record<string, unknown>;
  states?: Record<string, StateConfig>;
}

/** The chart with its configuration edited. @param edit gets the state at a path such as `session.signedIn` */
export function edited(edit: (at: (path: string) => Required<Pick<StateConfig, 'on' | 'states'>> & StateConfig) => void): Chart {
  const config = copy(presenceMachine.config) as StateConfig;
  edit((path) => {
    let state = config;
    for (const key of path.split('.').filter((part) => part !== '')) {
      const next = state.states?.[key];
      if (!next) throw new Error(`no state ${path}`);
      state = next;
    }
    state.on ??= {};
    state.states ??= {};
    return state as Required<Pick<StateConfig, 'on' | 'states'>> & StateConfig;
  });
  return vocabulary.createMachine(config as never) as unknown as Chart;
}

/** The chart with other guards or actions under the same names. */
export function provided(implementations: { guards?: Record<string, unknown>; actions?: Record<string, unknown> }): Chart {
  return presenceMachine.provide(implementations);
}

function copy<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copy) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copy(inner)])) as T;
}
