/**
 * Charts that differ from the real one in one place, to see whether what is made of the chart shows it. Mutants are made from the chart's own
 * configuration; nothing here may know what the difference means.
 */
import { presenceMachine, type Chart } from '../../machines/index.js';
import { vocabulary } from '../../machines/moves.js';

interface StateConfig {
  readonly description?: string;
  readonly on?: Readonly<Record<string, unknown>>;
  readonly states?: Readonly<Record<string, StateConfig>>;
}

/** The chart with one state changed. @param path the keys of the state, outermost first */
export function mutant(path: readonly string[], change: (state: StateConfig) => StateConfig): Chart {
  const changed = (config: StateConfig, [key, ...rest]: readonly string[]): StateConfig => {
    if (key === undefined) return change(config);
    const child = config.states?.[key];
    if (!child) throw new RangeError(`mutant: no state ${key}`);
    return { ...config, states: { ...config.states, [key]: changed(child, rest) } };
  };
  const config = changed(presenceMachine.config as StateConfig, path);
  return vocabulary.createMachine(config as Parameters<typeof vocabulary.createMachine>[0]) as unknown as Chart;
}

/** The chart without one state's transitions for one message. */
export function withoutTransition(path: readonly string[], message: string): Chart {
  return mutant(path, ({ on = {}, ...state }) => {
    if (!(message in on)) throw new RangeError(`mutant: ${path.join('.')} has no ${message}`);
    return { ...state, on: Object.fromEntries(Object.entries(on).filter(([type]) => type !== message)) };
  });
}
