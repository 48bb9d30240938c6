/**
 * The overview: every state and every arrow of the full layout, smaller, inside what holds them, and the same every time.
 */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { presenceMachine } from '../../machines/index.js';
import { fonts } from '../../src/draw/boxes.js';
import type { Layout } from '../../src/draw/index.js';
import { layoutOf } from '../../src/draw/layout.js';
import { overviewOf } from '../../src/draw/overview.js';
import { widthOf } from '../../src/draw/text.js';

type Box = Pick<Layout['states'][number], 'x' | 'y' | 'width' | 'height'>;
const contains = (outer: Box, inner: Box): boolean =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height;
const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

describe('The overview', () => {
  let full: Layout;
  let small: Layout;
  beforeAll(async () => {
    full = await layoutOf(presenceMachine);
    small = await overviewOf(full);
  });
  const boxOf = (name: string): Box => {
    const state = small.states.find((one) => one.name === name);
    if (!state) throw new RangeError(name);
    return state;
  };

  it('is the same every time', async () => {
    expect(await overviewOf(full)).toEqual(small);
  });

  it('has every state and every arrow of the full layout, on half the room', () => {
    expect(small.states.map(({ name }) => name)).toEqual(full.states.map(({ name }) => name));
    expect(small.edges.map(({ id, triggers }) => [id, triggers])).toEqual(full.edges.map(({ id, triggers }) => [id, triggers]));
    expect(small.width * small.height).toBeLessThan((full.width * full.height) / 2);
    // Beside the controls of a page it is as wide as 530 px: names must not get smaller than 12 px.
    expect((530 / small.width) * 17).toBeGreaterThan(12);
  });

  it('holds every state in its parent, and none on another', () => {
    const whole = { x: 0, y: 0, width: small.width, height: small.height };
    const outside = small.states.filter((state) => !contains(state.parent === undefined ? whole : boxOf(state.parent), state));
    expect(outside.map(({ name }) => name)).toEqual([]);
    const leaves = small.states.filter(({ children }) => children.length === 0);
    const clashes = leaves.flatMap((a, at) =>
      leaves.slice(at + 1).flatMap((b) => (overlap(a, b) ? [`${a.name} on ${b.name}`] : [])),
    );
    expect(clashes).toEqual([]);
  });

  it('has room for each name at the size in which a page writes it', () => {
    for (const { lines, width } of small.states) {
      for (const { x, text } of lines) expect([text, x + widthOf(text, 17, fonts.name.face) <= width]).toEqual([text, true]);
    }
  });

  it('leads every arrow from its source to its target', () => {
    for (const { id, source, target, points } of small.edges) {
      const isAt = ([x, y]: readonly [number, number], box: Box): boolean =>
        x >= box.x - 1 && x <= box.x + box.width + 1 && y >= box.y - 1 && y <= box.y + box.height + 1;
      const [first, last] = [points[0], points.at(-1)];
      expect([id, first && isAt(first, boxOf(source)), last && isAt(last, boxOf(target))]).toEqual([id, true, true]);
    }
  });
});
