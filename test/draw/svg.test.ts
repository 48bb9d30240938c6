/**
 * The picture: well-formed, complete, and able to show where a service is and what it just did.
 */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { DOMParser, type Document, type Element } from '@xmldom/xmldom';
import { leaves, presenceMachine } from '../../machines/index.js';
import { edgeOf, toSvg, type Layout } from '../../src/draw/index.js';
import { layoutOf } from '../../src/draw/layout.js';
import { mutant } from './mutant.js';

/** @throws at anything that is not well-formed */
function parse(svg: string): Document {
  const onError = (level: string, message: string): never => {
    throw new SyntaxError(`${level}: ${message}`);
  };
  return new DOMParser({ onError }).parseFromString(svg, 'image/svg+xml');
}
const groupsOf = (svg: string): Element[] => [...parse(svg).getElementsByTagName('g')];
const classesOf = (svg: string, attribute: string, value: string): string[] =>
  (
    groupsOf(svg)
      .find((group) => group.getAttribute(attribute) === value)
      ?.getAttribute('class') ?? ''
  ).split(' ');

describe('The SVG', () => {
  let layout: Layout;
  beforeAll(async () => {
    layout = await layoutOf(presenceMachine);
  });

  it('is well-formed XML and needs nothing from elsewhere', () => {
    const svg = toSvg(layout);
    expect(parse(svg).documentElement?.nodeName).toBe('svg');
    expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(/https?:|url\(|<script|<image|@import/);
    expect(() => parse('<svg><g></svg>')).toThrow('tag mismatch');
  });

  it('has every leaf, with its description as its title', () => {
    const groups = groupsOf(toSvg(layout));
    for (const leaf of leaves) {
      const group = groups.find((one) => one.getAttribute('data-state') === leaf);
      const { description } = layout.states.find(({ name }) => name === leaf) ?? {};
      expect([leaf, group?.getElementsByTagName('title')[0]?.textContent]).toEqual([
        leaf,
        expect.stringContaining(`: ${description}`),
      ]);
    }
  });

  it('has every arrow, with its ends and its messages', () => {
    const groups = groupsOf(toSvg(layout));
    for (const { id, source, target, triggers } of layout.edges) {
      const group = groups.find((one) => one.getAttribute('data-edge') === id);
      expect([group?.getAttribute('data-source'), group?.getAttribute('data-target')]).toEqual([source, target]);
      expect(group?.getAttribute('data-messages')?.split(' ')).toEqual([...new Set(triggers.map(({ type }) => type))]);
    }
  });

  it('has light and dark colours, and only one of them when asked', () => {
    expect(toSvg(layout)).toContain('@media (prefers-color-scheme: dark)');
    const [light, dark] = [toSvg(layout, { theme: 'light' }), toSvg(layout, { theme: 'dark' })];
    for (const svg of [light, dark]) expect(svg).not.toContain('@media');
    expect(light).not.toBe(dark);
  });

  it('keeps its style to itself', () => {
    const style = parse(toSvg(layout)).getElementsByTagName('style')[0]?.textContent ?? '';
    const rules = style.split('\n').filter((line) => line.includes('{') && !line.startsWith('@media'));
    expect(rules.length).toBeGreaterThan(20);
    expect(rules.filter((rule) => !rule.trim().startsWith('.presence-chart '))).toEqual([]);
  });

  it('highlights a leaf, with what is around it and nothing else', () => {
    const svg = toSvg(layout, { state: 'busy' });
    expect(classesOf(svg, 'data-state', 'busy')).toContain('here');
    const around = groupsOf(svg).filter((group) => group.getAttribute('class')?.split(' ').includes('around'));
    expect(around.map((group) => group.getAttribute('data-state'))).toEqual(['session', 'signedIn']);
    expect(toSvg(layout)).not.toMatch(/class="[^"]*\b(?:here|around|taken|handled)\b/);
  });

  it('highlights the arrow of a transition, also one that a parent has', () => {
    const found = edgeOf(layout, { from: 'busy', to: 'held', type: 'network.lost' });
    expect(found?.id).toBe('session-held');
    expect(edgeOf(layout, { from: 'synchronizing', to: 'away', type: 'status.published' })?.id).toBe('synchronizing-signedIn');
    expect(edgeOf(layout, { from: 'synchronizing', to: 'waitingToRetry', type: 'link.lost' })?.id).toBe(
      'synchronizing-waitingToRetry',
    );
    const svg = toSvg(layout, { transition: { from: 'busy', to: 'held', type: 'network.lost' } });
    expect(classesOf(svg, 'data-edge', 'session-held')).toContain('taken');
  });

  it('highlights the box that handled a message without an arrow', () => {
    const transition = { from: 'busy', to: 'away', type: 'status.published' };
    expect(edgeOf(layout, transition)).toBeUndefined();
    expect(classesOf(toSvg(layout, { transition }), 'data-state', 'signedIn')).toContain('handled');
  });

  it('escapes what a description may hold', async () => {
    const description = 'a < b & "c" > d';
    const odd = mutant(['disconnecting'], (state) => ({ ...state, description }));
    const group = groupsOf(toSvg(await layoutOf(odd))).find((one) => one.getAttribute('data-state') === 'disconnecting');
    expect(group?.getElementsByTagName('title')[0]?.textContent).toContain(description);
  });
});
