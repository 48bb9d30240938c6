/** `draw`: the same picture as the committed one, with what is marked, in three formats; and what it says when it cannot. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DOMParser } from '@xmldom/xmldom';
import { leaves } from '../../machines/index.js';
import { layoutModule, toLayoutModule } from '../../src/draw/files.js';
import { edgeOf, drawnLayout } from '../../src/draw/index.js';
import { writeRecording } from '../../src/replay.js';
import { ann, bringTo, stage } from '../support/stage.js';
import { runFake } from './fakes.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'presence-draw-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const draw = (...args: string[]) => runFake(['draw', ...args]);

/** The classes of the group that stands for a state or an arrow. */
function classesOf(svg: string, attribute: string, value: string): string[] {
  const groups = [...new DOMParser().parseFromString(svg, 'image/svg+xml').getElementsByTagName('g')];
  return (groups.find((group) => group.getAttribute(attribute) === value)?.getAttribute('class') ?? '').split(' ');
}
const marked = (svg: string): string[] => leaves.filter((leaf) => classesOf(svg, 'data-state', leaf).includes('here'));

describe('draw', () => {
  it('draws from the layout that is committed, which is in the package as a module', async () => {
    const layout = await readFile('machines/drawn/presence.layout.json', 'utf8');
    expect(await readFile(layoutModule, 'utf8')).toBe(toLayoutModule(layout));
    expect(drawnLayout).toEqual(JSON.parse(layout));
    expect(toLayoutModule('{"a":"`${b}\\\\"}')).toContain('`{"a":"\\`\\${b}\\\\\\\\"}`');
  });

  it('makes the picture of the README', async () => {
    const { code, out, err } = await draw();
    expect([code, err]).toEqual([0, '']);
    expect(out).toBe(await readFile('machines/drawn/presence.svg', 'utf8'));
    expect(marked(out)).toEqual([]);
    expect((await draw('--format', 'SVG', '--theme', 'dark')).out).not.toContain('@media');
  });

  it('makes Mermaid that is the committed one', async () => {
    expect((await draw('--format', 'mermaid')).out).toBe(await readFile('machines/drawn/presence.mmd', 'utf8'));
  });

  it.each(leaves)('marks %s in every format', async (leaf) => {
    expect(marked((await draw('--state', leaf)).out)).toEqual([leaf]);
    expect((await draw('--format', 'mermaid', '--state', leaf)).out).toContain(`\n  class ${leaf} here\n`);
    const { out } = await draw('--format', 'dot', '--state', leaf.toUpperCase());
    expect(out).toMatch(/^digraph [^]*\n\}\n$/);
    expect(out.match(/penwidth/g)).toHaveLength(1);
    expect(out).toContain(`\n  "${leaf}" [penwidth`);
  });

  it('marks the end of a recording, and the way to it, from either kind of file', async () => {
    const it1 = stage({ credentials: ann });
    await bringTo(it1, 'online');
    it1.service.environment({ network: false });
    const { records } = it1.service;
    const list = join(folder, 'records.json');
    const lines = join(folder, 'recording.jsonl');
    await writeFile(list, JSON.stringify(records));
    await writeFile(lines, writeRecording(it1.service.recording));
    await it1.service.dispose();
    const edge = edgeOf(drawnLayout, { from: 'online', to: 'held', type: 'network.lost' });
    for (const file of [list, lines]) {
      const { code, out, err } = await draw('--record', file);
      expect([code, err]).toEqual([0, '']);
      expect(marked(out)).toEqual(['held']);
      expect(classesOf(out, 'data-edge', edge?.id ?? '')).toContain('taken');
    }
  });

  it('writes a file and prints nothing then', async () => {
    const file = join(folder, 'chart.svg');
    expect(await draw('--output', file)).toEqual({ code: 0, out: '', err: '' });
    expect(await readFile(file, 'utf8')).toBe((await draw()).out);
  });

  it.each([
    [['--format', 'mermiad'], 'error: --format: mermiad is not one of svg, mermaid, dot. Did you mean mermaid?\n'],
    [['--format', 'gif'], 'error: --format: gif is not one of svg, mermaid, dot.\n'],
    [['--state', 'bsuy'], /^error: --state: bsuy is not one of signedOut, .* Did you mean busy\?\n$/],
    [['--state', 'conecting'], /Did you mean connecting\?\n$/],
    [['--theme', 'drak'], 'error: --theme: drak is not one of auto, light, dark. Did you mean dark?\n'],
    [['--state', 'busy', '--record', 'x'], /one of them, please/],
    [['--fromat', 'svg'], "error: unknown option '--fromat'\n(Did you mean --format?)\n"],
  ])('does not understand %j', async (args, message) => {
    const { code, out, err } = await draw(...args);
    expect([code, out]).toEqual([2, '']);
    if (typeof message === 'string') expect(err).toBe(message);
    else expect(err).toMatch(message);
  });

  it('fails where it cannot write', async () => {
    const nowhere = join(folder, 'no', 'such', 'chart.svg');
    expect(await draw('--output', nowhere)).toEqual({ code: 1, out: '', err: `${nowhere}: there is no such file or folder\n` });
    expect(await draw('--output', folder)).toEqual({ code: 1, out: '', err: `${folder}: cannot be used (EISDIR)\n` });
  });

  it.each([
    ['nothing', ''],
    ['no JSON', 'password=hunter2'],
    ['no list', '{"a":"hunter2"}'],
    ['half a list', '[{"from":"busy"'],
    ['an empty list', '[]'],
    ['a list of something else', '["hunter2", null]'],
    ['a state that is none', JSON.stringify([{ from: 'busy', to: '"><script>', message: { type: 'x' } }])],
  ])('fails for a recording that is %s, and repeats nothing of it', async (_, text) => {
    const file = join(folder, 'damaged.json');
    await writeFile(file, text);
    const { code, out, err } = await draw('--record', file);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(new RegExp(`^${file}: .+\n$`));
    expect(err).not.toMatch(/hunter2|script/);
  });

  it('fails for a recording that is not there', async () => {
    const file = join(folder, 'none.json');
    expect(await draw('--record', file)).toEqual({ code: 1, out: '', err: `${file}: there is no such file or folder\n` });
  });
});
