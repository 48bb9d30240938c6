/**
 * How wide a text is, without a font at hand: an upper bound for the usual ones, so that a picture made on one machine fits on all.
 * It must never ask the machine what fonts it has.
 */

export type Face = 'sans' | 'bold' | 'mono';

/** Widths in em, after DejaVu Sans, which is wider than Helvetica, Arial, Segoe UI and the fonts of the phones. */
const widths: readonly (readonly [characters: RegExp, em: number])[] = [
  [/[ijl.,:;'|!]/, 0.33],
  [/[ frt()[\]-]/, 0.41],
  [/[mwMW@…]/, 0.96],
  [/[A-Z]/, 0.7],
  [/./, 0.63],
];
const monoWidth = 0.61;
const boldFactor = 1.1;

/** Upper bound of the width of a line, in px. */
export function widthOf(text: string, size: number, face: Face): number {
  if (face === 'mono') return [...text].length * monoWidth * size;
  const em = [...text].reduce((sum, character) => sum + (widths.find(([set]) => set.test(character))?.[1] ?? 1), 0);
  return em * size * (face === 'bold' ? boldFactor : 1);
}

/** Joins pieces into lines no wider than `width` px. A piece is never broken; one that is too wide has a line of its own. */
export function wrap(pieces: readonly string[], glue: string, width: number, size: number, face: Face): string[] {
  const lines: string[] = [];
  for (const piece of pieces) {
    const last = lines.at(-1);
    const longer = last === undefined ? piece : last + glue + piece;
    // What follows a glue is one more piece, so the glue's own end has to fit as well.
    if (last !== undefined && widthOf(longer + glue.trimEnd(), size, face) <= width) lines[lines.length - 1] = longer;
    else {
      if (last !== undefined) lines[lines.length - 1] = last + glue.trimEnd();
      lines.push(piece);
    }
  }
  return lines;
}
