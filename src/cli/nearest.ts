/** Finds what somebody probably meant when a word is not one of those known. Pure; it must never choose in place of the person. */

/** Letters to change, add, leave out, or swap with the next one, to get from one word to the other. */
function distance(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, at) => at)];
  const cell = (row: number, column: number): number => rows[row]?.[column] ?? 0;
  for (let row = 1; row <= one.length; row++) {
    rows[row] = [row];
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1];
      let least = Math.min(cell(row - 1, column) + 1, cell(row, column - 1) + 1, cell(row - 1, column - 1) + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      if (swapped) least = Math.min(least, cell(row - 2, column - 2) + 1);
      rows[row]?.push(least);
    }
  }
  return cell(one.length, other.length);
}

/** The nearest of `words`, or undefined when none is near: at most two fifths of the letters may differ. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const meant = word.toLowerCase();
  let best: string | undefined;
  let least = Infinity;
  for (const candidate of words) {
    const away = distance(meant, candidate.toLowerCase());
    if (away < least && away <= Math.max(meant.length, candidate.length) * 0.4) [best, least] = [candidate, away];
  }
  return best;
}

/** ` Did you mean busy?`, or nothing. */
export function didYouMean(word: string, words: readonly string[]): string {
  const found = nearest(word, words);
  return found === undefined ? '' : ` Did you mean ${found}?`;
}
