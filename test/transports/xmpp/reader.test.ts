/** Reading XML in pieces and within limits: what is read whatever the cuts, what is refused, and what it costs. */
import { type Element, Parser } from '@xmpp/xml';
import { array, assert, constantFrom, letrec, nat, oneof, property, record, string, tuple, uniqueArray } from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import {
  Breach,
  boundedParser,
  type Limits,
  limitsBeforeLogon,
  limitsOfRoster,
  limitsOnline,
} from '../../../src/transports/xmpp/reader.js';

const open = `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`;

/** What the elements of a stream are, given in these pieces. */
function read(pieces: readonly string[], limits: Readonly<Limits> = limitsOnline): Said[] {
  const parser = new (boundedParser(Parser, limits, false))();
  const found: Said[] = [];
  parser.on('element', (element: Element) => found.push(saidBy(element)));
  for (const piece of pieces) parser.write(piece);
  return found;
}
const cutAt = (text: string, cuts: readonly number[]): string[] => {
  const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, at) => text.slice(from, places[at] ?? text.length));
};
const letters = (text: string): string[] => Array.from({ length: text.length }, (_, at) => text.charAt(at));

/** What an element says, adjacent texts joined. */
type Said = readonly [name: string, attributes: Readonly<Record<string, string | undefined>>, ...children: (Said | string)[]];
function joined(children: readonly (Said | string)[]): (Said | string)[] {
  const all: (Said | string)[] = [];
  for (const child of children) {
    const last = all.at(-1);
    if (typeof child === 'string' && typeof last === 'string') all[all.length - 1] = last + child;
    else if (child !== '') all.push(child);
  }
  return all;
}
function saidBy({ name, attrs, children }: Element): Said {
  return [name, { ...attrs }, ...joined(children.map((child) => (typeof child === 'string' ? child : saidBy(child))))];
}

interface Written {
  readonly text: string;
  readonly said: Said | string;
}
const escape = (text: string): string => text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
const name = constantFrom('a', 'show', 'stream:x', 'ü', 'x-1', 'p:q_2');
const words = string({ unit: constantFrom('a', 'ü', '🙂', ' ', '<', '>', '&', '"', "'", '/', '=', ']', '\n'), maxLength: 8 });
const { element } = letrec<{ element: Written; child: Written }>((tie) => ({
  element: record({
    name,
    attributes: uniqueArray(tuple(constantFrom('id', 'xmlns', 'to', 'xml:lang'), words), { selector: ([key]) => key }),
    children: array(tie('child'), { maxLength: 3, depthIdentifier: 'children' }),
  }).map(({ name, attributes, children }) => {
    const quoted = attributes.map(([key, value], at) =>
      at % 2 === 0 ? ` ${key}='${escape(value)}'` : `\n${key} = "${escape(value)}"`,
    );
    const inside = children.map(({ text }) => text).join('');
    const text = children.length === 0 ? `<${name}${quoted.join('')} />` : `<${name}${quoted.join('')}>${inside}</${name} >`;
    return { text, said: [name, Object.fromEntries(attributes), ...joined(children.map(({ said }) => said))] as const };
  }),
  child: oneof(
    { depthIdentifier: 'children' },
    words.map((said) => ({ text: escape(said), said })),
    words.map((said) => ({ text: `<![CDATA[${said.replaceAll(']]>', '')}]]>`, said: said.replaceAll(']]>', '') })),
    tie('element'),
  ),
}));

describe('A stream that is read in pieces', () => {
  it('gives what was written, whatever the cuts', () => {
    assert(
      property(array(element, { minLength: 1, maxLength: 4 }), array(nat(500), { maxLength: 6 }), (elements, cuts) => {
        const text = `${open}${elements.map((each) => each.text).join('\n')}`;
        const said = elements.map((each) => each.said);
        expect(read([text])).toEqual(said);
        expect(read(cutAt(text, cuts))).toEqual(said);
        expect(read(letters(text))).toEqual(said);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps no white space between elements', () => {
    const parser = new (boundedParser(Parser, limitsOnline, false))();
    let root: Element | undefined;
    parser.on('start', (element) => (root = element));
    parser.write(open);
    for (let time = 0; time < 1_000; time++) parser.write(' \n');
    expect(root?.children).toEqual([]);
  });
});

describe('Refused', () => {
  const laughs = `<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol1 "&lol;&lol;">]>`;
  it.each([
    ['a document type', `${laughs}${open}`],
    ['a document type within the stream', `${open}${laughs}`],
    ['an entity of its own', `${open}<a>&lol1;</a>`],
    ['an entity of its own in an attribute', `${open}<a b='&lol1;'/>`],
    ['an entity named as what every object has', `${open}<a>&constructor;</a>`],
    ['a comment', `${open}<!-- x -->`],
    ['an instruction', `${open}<?php x ?>`],
    ['a second declaration', `${open}<?xml version='1.0'?>`],
    ['a letter that XML does not have', `${open}<a>&#0;</a>`],
    ['half a letter', `${open}<a>&#xD83D;</a>`],
    ['a letter beyond all letters', `${open}<a>&#x110000;</a>`],
    ['an & alone', `${open}<a>a & b</a>`],
    ['an & that never ends', `${open}<a>&aaaaaaaaaaaaaaaaaaaa`],
    ['a tag closed by another', `${open}<a></b>`],
    ['a tag closed that was never opened', `</a>`],
    ['a tag without a name', `${open}<>`],
    ['an attribute twice', `${open}<a b='1' b='2'/>`],
    ['an attribute without quotes', `${open}<a b=1/>`],
    ['an attribute without a value', `${open}<a b/>`],
    ['a tag within a tag', `${open}<a b='<c/>'/>`],
    ['attributes without space between', `${open}<a b='1'c='2'/>`],
    ['text outside of any element', `${open}text<a/>`],
    ['text before the stream', `text${open}`],
  ])('is %s', (_name, text) => {
    expect(() => read([text])).toThrow(Breach);
    expect(() => read(letters(text))).toThrow(Breach);
  });

  it('in a frame is what is not one whole element', () => {
    const parser = (): Parser => new (boundedParser(Parser, limitsOnline, true))();
    for (const text of ['<a', '<a>', '<a b="', '</a>', 'text', '<a>&am', '<a/>&lt;']) {
      expect([
        text,
        (() => {
          try {
            parser().write(text);
            return 'read';
          } catch (error) {
            return (error as Error).name;
          }
        })(),
      ]).toEqual([text, 'XMLError']);
    }
  });
});

describe('Limits', () => {
  const tight: Limits = { length: 1_000, elements: 20 };
  it.each([
    ['text that is too long', `<a>${'x'.repeat(1_001)}`],
    ['text of many pieces that is too long', `<a>${'<b/>x'.repeat(15)}${'<![CDATA[x]]>'.repeat(100)}`],
    ['an attribute that is too long', `<a b='${'x'.repeat(1_001)}'/>`],
    ['a tag that never ends', `<a ${' '.repeat(70_000)}`],
    ['a name that never ends', `<${'a'.repeat(70_000)}`],
    ['a value that never ends', `<a b="${'>'.repeat(70_000)}`],
    ['a declaration that never ends', undefined],
    ['many elements', `<a>${'<b/>'.repeat(20)}`],
    ['elements in each other', '<a>'.repeat(70)],
  ])('stop %s', (_name, text) => {
    const whole = text === undefined ? `<?xml ${' '.repeat(70_000)}` : `${open}${text}`;
    expect(() => read([whole], tight)).toThrow(/too (?:long|big|deep)/);
    expect(() => read(whole.match(/[^]{1,997}/g) ?? [], tight)).toThrow(/too (?:long|big|deep)/);
  });

  it('count each element for itself, and can be changed in between', () => {
    const limits = { ...tight };
    expect(read([open, ...Array.from({ length: 500 }, () => `<a>${'x'.repeat(900)}</a>`)], limits)).toHaveLength(500);
    limits.length = 100;
    expect(() => read([open, `<a>${'x'.repeat(900)}</a>`], limits)).toThrow(Breach);
  });

  it('leave room for a hundred thousand contacts, and no more than that for a stranger', () => {
    const item = (at: number): string =>
      `<item jid='contact${at}@example.org' name='Contact ${at}' subscription='both'><group>Friends</group></item>`;
    const roster = `<iq type='result'><query xmlns='jabber:iq:roster'>${Array.from({ length: 100_000 }, (_, at) => item(at)).join('')}</query></iq>`;
    expect(roster.length).toBeLessThan(limitsOfRoster.length / 2);
    const parser = new (boundedParser(Parser, limitsOfRoster, false))();
    let contacts = 0;
    parser.on('element', (iq) => (contacts = iq.getChild('query')?.getChildren('item').length ?? 0));
    for (const piece of [open, ...(roster.match(/[^]{1,65536}/g) ?? [])]) parser.write(piece);
    expect(contacts).toBe(100_000);
    expect(() => read([open, roster], limitsOnline)).toThrow(Breach);
    expect(limitsBeforeLogon.length).toBeLessThan(limitsOnline.length);
  });

  it('are met in time that grows with the text, not with its square, in pieces of one letter', () => {
    // Only the tag is held together: 60,000 letters one by one.
    const text = `${open}<a b='${'x'.repeat(60_000)}'/>${`<c>${'y'.repeat(60_000)}</c>`}`;
    expect(read(letters(text))).toHaveLength(2);
  });
});
