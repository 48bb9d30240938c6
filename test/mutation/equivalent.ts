/**
 * Mutants that survive the generated suite and are of no consequence, or of none that anybody could see from outside, each with the reason. Those
 * of the chart are not here: that they are equivalent is computed. A line that names no survivor is stale, and fails the run.
 */
export const equivalent: Readonly<Record<string, string>> = {};
