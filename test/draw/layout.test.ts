/**
 * Where things are in the picture: inside what holds them, beside each other, and with arrows that begin and end where they say.
 */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { presenceMachine } from '../../machines/index.js';
import { fonts } from '../../src/draw/boxes.js';
import { layoutOf, type Layout, type Point } from '../../src/draw/layout.js';
import { widthOf, wrap } from '../../src/draw/text.js';
import { withoutTransition } from './mutant.js';

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
const contains = (outer: Box, inner: Box): boolean =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height;
/** On the border, give or take the px of rounding. */
const isOnBorder = ([x, y]: Point, box: Box): boolean => {
  const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1;
  const insideX = x >= box.x - 1 && x <= box.x + box.width + 1;
  const insideY = y >= box.y - 1 && y <= box.y + box.height + 1;
  return insideX && insideY && (near(x, box.x) || near(x, box.x + box.width) || near(y, box.y) || near(y, box.y + box.height));
};
const partsOf = (points: readonly Point[]): Box[] =>
  points.slice(1).map(([x, y], index) => {
    const [fromX, fromY] = points[index] ?? [x, y];
    return { x: Math.min(x, fromX), y: Math.min(y, fromY), width: Math.abs(x - fromX), height: Math.abs(y - fromY) };
  });

describe('The layout', () => {
  let layout: Layout;
  beforeAll(async () => {
    layout = await layoutOf(presenceMachine);
  });
  const boxOf = (name: string): Box => {
    const state = layout.states.find((one) => one.name === name);
    if (!state) throw new RangeError(name);
    return state;
  };

  it('is the same every time', async () => {
    expect(await layoutOf(presenceMachine)).toEqual(layout);
  });

  it('is no wider than a page of readers', () => {
    expect(layout.width).toBeLessThanOrEqual(1210);
  });

  it('holds every state in its parent, and all in the picture', () => {
    const whole = { x: 0, y: 0, width: layout.width, height: layout.height };
    const outside = layout.states.filter((state) => !contains(state.parent === undefined ? whole : boxOf(state.parent), state));
    expect(outside.map(({ name }) => name)).toEqual([]);
    expect(layout.edges.filter(({ label }) => !contains(whole, label)).map(({ id }) => id)).toEqual([]);
  });

  it('has room for all that is written in a box or on an arrow', () => {
    for (const { width, height, lines } of [...layout.states, ...layout.edges.map(({ label }) => label)]) {
      for (const { x, y, role, text } of lines) {
        expect([text, x + widthOf(text, fonts[role].size, fonts[role].face) <= width, y <= height]).toEqual([text, true, true]);
      }
    }
  });

  it('puts no state on another that does not hold it, and no label on a leaf or a label', () => {
    const leaves = layout.states.filter(({ children }) => children.length === 0);
    const labels = layout.edges.map(({ id, label }) => ({ name: id, ...label }));
    const things = [...leaves, ...labels];
    const clashes = things.flatMap((a, index) =>
      things.slice(index + 1).flatMap((b) => (overlap(a, b) ? [`${a.name} on ${b.name}`] : [])),
    );
    expect(clashes).toEqual([]);
  });

  it('leads every arrow from the border of its source to the border of its target, around the corner only', () => {
    for (const { id, source, target, points } of layout.edges) {
      const [first, last] = [points[0], points.at(-1)];
      expect([id, first && isOnBorder(first, boxOf(source)), last && isOnBorder(last, boxOf(target))]).toEqual([id, true, true]);
      expect([id, partsOf(points).filter(({ width, height }) => width > 0 && height > 0)]).toEqual([id, []]);
    }
  });

  it('leads no arrow through the label of another or through a leaf', () => {
    const leaves = layout.states.filter(({ children }) => children.length === 0);
    const clashes = layout.edges.flatMap(({ id, points }) => {
      const others = layout.edges.filter((edge) => edge.id !== id).map((edge) => ({ name: edge.id, ...edge.label }));
      return partsOf(points).flatMap((part) =>
        // A line has no width of its own, so touching a border is no overlap.
        [...others, ...leaves].flatMap((box) => (overlap(part, box) ? [`${id} through ${box.name}`] : [])),
      );
    });
    expect(clashes).toEqual([]);
  });

  it('writes every label on its own arrow', () => {
    for (const { id, points, label } of layout.edges) {
      expect([id, partsOf(points).some((part) => overlap(part, label))]).toEqual([id, true]);
    }
  });

  it('changes with a transition that is taken away', async () => {
    const without = await layoutOf(withoutTransition(['attempt', 'connecting'], 'link.opened'));
    expect(without.edges.length).toBe(layout.edges.length - 1);
  });
});

describe('Wrapping', () => {
  it('keeps every piece whole and every line within the width, but for a piece that is wider itself', () => {
    const pieces = ['one', 'two', 'three', 'a-piece-that-is-wider-than-all', 'four'];
    const lines = wrap(pieces, ', ', 90, 10, 'mono');
    expect(lines).toEqual(['one, two,', 'three,', 'a-piece-that-is-wider-than-all,', 'four']);
    expect(wrap([], ', ', 90, 10, 'mono')).toEqual([]);
  });
});
