/**
 * The Mermaid text, read by a small reader that knows only what the text may hold: it must never depend on Mermaid.
 */
import { describe, expect, it } from '@jest/globals';
import { presenceMachine } from '../../machines/index.js';
import { drawingOf } from '../../src/draw/chart.js';
import { toMermaid } from '../../src/draw/index.js';
import { withoutTransition } from './mutant.js';

interface Read {
  readonly parents: Map<string, string>;
  readonly arrows: { readonly source: string; readonly target: string; readonly label: string; readonly within: string }[];
}

/** @throws SyntaxError at the first line that is none of the few forms */
function readMermaid(text: string): Read {
  const [, header, ...lines] = text.trimEnd().split('\n');
  if (header !== 'stateDiagram-v2') throw new SyntaxError(`not a state diagram: ${header}`);
  const read: Read = { parents: new Map(), arrows: [] };
  const open: string[] = [];
  for (const raw of lines) {
    const line = raw.trim();
    const arrow = /^(\[\*\]|\w+) --> (\w+)(?: : ([^:;#{}]+))?$/.exec(line);
    const state = /^(?:state (\w+) \{|(\w+))$/.exec(line);
    if (line.startsWith('%%') || line === 'direction TB') continue;
    if (line === '}') {
      if (open.pop() === undefined) throw new SyntaxError('a brace too many');
    } else if (arrow) {
      read.arrows.push({ source: arrow[1] ?? '', target: arrow[2] ?? '', label: arrow[3] ?? '', within: open.at(-1) ?? '' });
    } else if (state) {
      read.parents.set(state[1] ?? state[2] ?? '', open.at(-1) ?? '');
      if (state[1] !== undefined) open.push(state[1]);
    } else throw new SyntaxError(`not understood: ${line}`);
  }
  if (open.length > 0) throw new SyntaxError(`never closed: ${open.join(', ')}`);
  return read;
}

const text = toMermaid(presenceMachine);
const drawing = drawingOf(presenceMachine);

describe('The Mermaid text', () => {
  it('can be read, and keeps the hierarchy', () => {
    const { parents } = readMermaid(text);
    expect(Object.fromEntries(parents)).toEqual(
      Object.fromEntries(drawing.states.map(({ name, parent = '' }) => [name, parent])),
    );
  });

  it('has every arrow with its messages and guards, and one where the chart begins', () => {
    const { arrows } = readMermaid(text);
    expect(arrows.filter(({ source }) => source === '[*]')).toEqual([
      { source: '[*]', target: 'offline', label: '', within: '' },
      { source: '[*]', target: 'signedOut', label: '', within: 'offline' },
    ]);
    expect(
      arrows.filter(({ source }) => source !== '[*]').map(({ source, target, label }) => [`${source}-${target}`, label]),
    ).toEqual(
      drawing.edges.map(({ id, triggers }) => [
        id,
        triggers.map(({ type, guard }) => type + (guard === undefined ? '' : ` [${guard}]`)).join('<br/>'),
      ]),
    );
  });

  it('never puts the word state before a state without children, which Mermaid reads on from', () => {
    expect(text).not.toMatch(/^\s*state \w+$/m);
  });

  it('says every description in a comment', () => {
    for (const { name, description } of drawing.states) expect(text).toContain(`%% ${name}: ${description}`);
  });

  it('changes with a transition that is taken away', () => {
    const without = toMermaid(withoutTransition(['session'], 'signout.request'));
    expect(readMermaid(without).arrows.map(({ target }) => target)).not.toContain('disconnecting');
  });

  it('is checked by a reader that sees what is wrong', () => {
    expect(() => readMermaid('%% x\nstateDiagram-v2\nstate a {')).toThrow('never closed: a');
    expect(() => readMermaid('%% x\nstateDiagram-v2\n}')).toThrow('a brace too many');
    expect(() => readMermaid('%% x\nstateDiagram-v2\na --> b : x; y')).toThrow('not understood');
  });
});
