/** The order in which states are written: one in which neighbours do alike, so that columns are few long runs. Found by trying, always the same. */

/**
 * @param count how many states there are
 * @param axes their properties
 * @param cells column by column, what each state does
 * @returns the states in their new order
 */
export function bestOrder(count: number, axes: readonly Uint16Array[], cells: readonly Uint16Array[]): readonly number[] {
  let best = axes.map((_, at) => at);
  let order = sortedBy(best);
  let least = runsIn(order);
  // To the front or to the back, each once or twice: more gained nothing.
  for (let round = 0; round < 2; round++) {
    for (const axis of axes.keys()) {
      const rest = best.filter((one) => one !== axis);
      for (const candidate of [
        [axis, ...rest],
        [...rest, axis],
      ]) {
        const tried = sortedBy(candidate);
        const runs = runsIn(tried);
        if (runs >= least) continue;
        [best, order, least] = [candidate, tried, runs];
      }
    }
  }
  return order;

  function sortedBy(keys: readonly number[]): number[] {
    const columns = keys.map((axis) => axes[axis] as Uint16Array);
    return Array.from({ length: count }, (_, state) => state).sort((a, b) => {
      for (const column of columns) if (column[a] !== column[b]) return (column[a] ?? 0) - (column[b] ?? 0);
      return a - b;
    });
  }

  function runsIn(states: readonly number[]): number {
    let runs = 0;
    for (const column of cells) {
      let last = -1;
      for (const state of states) {
        const effect = column[state] ?? 0;
        if (effect !== last) runs += 1;
        last = effect;
      }
    }
    return runs;
  }
}
