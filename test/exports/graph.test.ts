/**
 * The texts that are made from the explored graph: what stands in them is the automaton, no more and no less. What engines make of SCXML and
 * Promela is tested with those engines; of TLA+ nobody here has one, so its form is looked at and its tables are read back.
 */
import { describe, expect, it } from '@jest/globals';
import { DOMParser, type Element } from '@xmldom/xmldom';
import { smallRules } from '../../machines/index.js';
import { messageName, outputName, toPromela, toScxml, toTla } from '../../src/exports/index.js';
import { explore } from '../../src/table/explore.js';
import { minimize, type Automaton } from '../../src/table/minimize.js';

const machine = minimize(explore({ rules: { ...smallRules, idle: false, away: false, remember: false } }));
const identifier = (name: string) => name.replace(/[.-]/g, '_');

interface PlainStep {
  readonly from: number;
  readonly event: string;
  readonly to: number;
  readonly said: readonly string[];
}
const stepsOf = ({ states }: Automaton, name = messageName): PlainStep[] =>
  states.flatMap(({ steps }, from) =>
    steps.map(({ message, to, outputs }) => ({ from, event: name(message), to, said: outputs.map(outputName) })),
  );
const sorted = (steps: readonly PlainStep[]): string[] => steps.map((step) => JSON.stringify(step)).sort();

describe('toScxml', () => {
  const text = toScxml(machine);
  const document = new DOMParser({
    onError: (level, message) => {
      throw new Error(`${level}: ${message}`);
    },
  }).parseFromString(text, 'text/xml');
  const all = (name: string) => [...document.getElementsByTagName(name)];

  it('has every step of the automaton once, and none besides', () => {
    const number = (id: string | null | undefined) => Number(id?.split('.')[1]);
    const found = all('transition').flatMap((transition): PlainStep[] => {
      const from = number((transition.parentNode as unknown as Element).getAttribute('id'));
      const to = transition.hasAttribute('target') ? number(transition.getAttribute('target')) : from;
      const said = [...transition.getElementsByTagName('send')].map((send) => send.getAttribute('event') ?? '');
      return (transition.getAttribute('event') ?? '').split(' ').map((event) => ({ from, event, to, said }));
    });
    expect(sorted(found)).toEqual(sorted(stepsOf(machine)));
  });

  it('keeps the hierarchy of the chart, and begins where the chart begins', () => {
    const ids = all('state').map((state) => state.getAttribute('id'));
    expect(new Set(ids).size).toBe(ids.length);
    expect(document.documentElement?.getAttribute('initial')).toBe('signedOut.0');
    const parents = (id: string): string[] => {
      const path: string[] = [];
      let node = all('state').find((state) => state.getAttribute('id') === id)?.parentNode as unknown as Element | null;
      for (; node?.nodeName === 'state'; node = node.parentNode as unknown as Element | null)
        path.unshift(node.getAttribute('id') ?? '');
      return path;
    };
    for (const [at, { leaf, path }] of machine.states.entries()) expect(parents(`${leaf}.${at}`)).toEqual(path);
  });
});

describe('toPromela', () => {
  it('has one table for each message that can come, read back as the automaton', () => {
    const text = toPromela(machine, { laws: false });
    const tables = new Map(
      [...text.matchAll(/hidden short (\w+)\[(\d+)\] = \{([^}]*)\}/g)].map(([, name, length, list]) => {
        const values = (list ?? '').split(',').map(Number);
        expect(values).toHaveLength(Number(length));
        return [name, values];
      }),
    );
    const found = [...text.matchAll(/d_step \{ (\w+)\[state\] != 0 -> state = \1\[state\] - 1 \} \/\* (\w+) \*\//g)].flatMap(
      ([, table, event]) =>
        (tables.get(table) ?? []).flatMap((to, from) => (to === 0 ? [] : [{ from, event: event ?? '', to: to - 1, said: [] }])),
    );
    const plain = stepsOf(machine, (message) => identifier(messageName(message))).map((step) => ({ ...step, said: [] }));
    expect(sorted(found)).toEqual(sorted(plain));
  });

  it('writes tables that are equal once', () => {
    const tables = [...toPromela(machine).matchAll(/hidden short (to|says)_\w+(\[[^}]*\})/g)].map(
      ([, kind, values]) => `${kind} ${values}`,
    );
    expect(new Set(tables).size).toBe(tables.length);
    expect(tables.length).toBeGreaterThan(50);
  });

  it('refuses what spin could not hold', () => {
    const [state] = machine.states;
    const [message] = machine.messages;
    expect(() => toPromela({ ...machine, states: Array.from({ length: 4_001 }, () => state!) })).toThrow(
      /4001 states, at most 4000/,
    );
    expect(() => toPromela({ ...machine, messages: Array.from({ length: 256 }, () => message!) })).toThrow(
      /256 messages, at most 255/,
    );
  });

  it('refuses two messages of the same name', () => {
    const messages = [...machine.messages, { ...machine.messages[0]! }];
    expect(() => toPromela({ ...machine, messages })).toThrow('two messages are called signin_request_once_unchanged');
  });
});

describe('toTla', () => {
  const text = toTla(machine);
  const lines = text.split('\n');

  it('is a module in form: header, end, balanced brackets, every name defined before its use', () => {
    expect(lines[0]).toBe('---- MODULE Presence ----');
    expect(lines.slice(-2)).toEqual(['====', '']);
    const bare = text.replaceAll(/"[^"\n]*"/g, '""').replaceAll(/\\\*.*/g, '');
    for (const [open, close] of [
      ['<<', '>>'],
      ['[', ']'],
      ['{', '}'],
      ['(', ')'],
    ] as const) {
      expect([open, bare.split(open).length]).toEqual([open, bare.split(close).length]);
    }
    const known = new Set([
      'Naturals',
      'Sequences',
      'Len',
      'BOOLEAN',
      'TRUE',
      'FALSE',
      'UNCHANGED',
      'EXTENDS',
      'VARIABLES',
      'MODULE',
      'Presence',
      'WF_vars',
      'cup',
      'in',
      'E',
      'm',
      '_vars',
    ]);
    const unknown = new Set<string>();
    for (const line of bare.split('\n')) {
      const [, defined] = /^(\w+)(?:\(m\))? ==/.exec(line) ?? [];
      for (const word of line.replace(/^VARIABLES /, '').matchAll(/[A-Za-z_]\w*(?! *\|->)\b/g)) {
        const name = word[0];
        if (name === defined || /^ *\w+ \|->/.test(line.slice(word.index))) continue;
        if (line.startsWith('VARIABLES')) known.add(name);
        else if (!known.has(name)) unknown.add(name);
      }
      if (defined !== undefined) known.add(defined);
    }
    expect([...unknown]).toEqual([]);
  });

  it('has every step of the automaton, read back from its tables', () => {
    const list = (values: string) => values.split(',').map(Number);
    const tables = new Map(
      [...text.matchAll(/^((?:To|Says)_\w+) == <<([^>]*)>>/gm)].map(([, name, values]) => [name, list(values ?? '')]),
    );
    const record = (name: string) =>
      new Map(
        [...(new RegExp(`^${name} == \\[([^\\]]*)\\]`, 'm').exec(text)?.[1] ?? '').matchAll(/(\w+) \|-> (\w+)/g)].map(
          ([, message, table]) => [message ?? '', tables.get(table) ?? []],
        ),
      );
    const said = [...(/^Said == <<\n([^]*?) >>$/m.exec(text)?.[1] ?? '').matchAll(/^ {2}<< (.*) >>/gm)].map(([, outputs]) =>
      [...(outputs ?? '').matchAll(/"([^"]*)"/g)].map(([, name]) => name ?? ''),
    );
    const says = record('Says');
    const found = [...record('To')].flatMap(([event, targets]) =>
      targets.flatMap((to, from) =>
        to === 0 ? [] : [{ from, event, to: to - 1, said: said[(says.get(event)?.[from] ?? 0) - 1] ?? ['?'] }],
      ),
    );
    expect(sorted(found)).toEqual(sorted(stepsOf(machine, (message) => identifier(messageName(message)))));
  });

  it('counts every message to exactly one of people, world and trouble', () => {
    const names = ['Requests', 'Answers', 'Troubles'].flatMap((set) =>
      [...(new RegExp(`^${set} == \\{(.*)\\}$`, 'm').exec(text)?.[1] ?? '').matchAll(/"(\w+)"/g)].map(([, name]) => name ?? ''),
    );
    expect(names.sort()).toEqual([...new Set(stepsOf(machine).map(({ event }) => identifier(event)))].sort());
  });
});
