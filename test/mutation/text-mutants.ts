/**
 * Mutants of a source file, made on its text: one small change each. It looks at code only, never into comments, strings, types that stand in
 * imports, or the opening paragraph; a change that makes no difference to what is built (in a type) is for the builder to find.
 */

/** One change of one place. */
export interface TextMutant {
  readonly id: string;
  readonly file: string;
  readonly line: number;
  /** Such as `!== for ===`. */
  readonly what: string;
  readonly start: number;
  readonly end: number;
  readonly to: string;
}

type Change = Pick<TextMutant, 'start' | 'end' | 'to' | 'what'>;

/** The text with everything that is not code blanked, place by place. */
export function codeOf(text: string): string {
  const code = [...text];
  const blank = (from: number, to: number) => {
    for (let at = from; at < to; at++) if (code[at] !== '\n') code[at] = ' ';
  };
  for (let at = 0; at < text.length; at++) {
    const two = text.slice(at, at + 2);
    if (two === '//') {
      const end = text.indexOf('\n', at);
      blank(at, end);
      at = end;
    } else if (two === '/*') {
      const end = text.indexOf('*/', at) + 2;
      blank(at, end);
      at = end - 1;
    } else if (text[at] === "'" || text[at] === '`') {
      const quote = text[at];
      let end = at + 1;
      while (end < text.length && text[end] !== quote) end += text[end] === '\\' ? 2 : 1;
      // The quotes stay, so that a string is seen to be there.
      blank(at + 1, end);
      at = end;
    }
  }
  for (const { index, 0: found } of code
    .join('')
    .matchAll(/^(?:import|export type|export interface|interface|type)\b[^;]*?(?:;|^\})/gms)) {
    blank(index, index + found.length);
  }
  return code.join('');
}

const swaps: readonly (readonly [pattern: RegExp, to: string])[] = [
  [/ && /g, ' || '],
  [/ \|\| /g, ' && '],
  [/ \?\? /g, ' && '],
  [/ === /g, ' !== '],
  [/ !== /g, ' === '],
  [/ < /g, ' <= '],
  [/ <= /g, ' < '],
  [/ > /g, ' >= '],
  [/ >= /g, ' > '],
  [/ \+ /g, ' - '],
  [/ - /g, ' + '],
  [/ \* /g, ' / '],
  [/ \*\* /g, ' * '],
  [/ \+= /g, ' -= '],
  [/\bMath\.max\b/g, 'Math.min'],
  [/\bMath\.min\b/g, 'Math.max'],
  [/\btrue\b/g, 'false'],
  [/\bfalse\b/g, 'true'],
  [/(?<![!\w)\]])!(?![=])(?=[\w(])/g, ''],
  [/ \? /g, ' && false ? '],
  [/(?<=[^?]) \? /g, ' || true ? '],
];

function swapped(code: string): Change[] {
  return swaps.flatMap(([pattern, to]) =>
    [...code.matchAll(pattern)].map(({ index, 0: found }) => ({
      start: index,
      end: index + found.length,
      to,
      what: to.trim() === '' ? 'without !' : `${to.trim()} for ${found.trim()}`,
    })),
  );
}

function numbers(code: string): Change[] {
  return [...code.matchAll(/(?<![\w.#$])\d[\d_]*(?![\w.])/g)].map(({ index, 0: found }) => {
    const to = String(Number(found.replaceAll('_', '')) + 1);
    return { start: index, end: index + found.length, to, what: `${to} for ${found}` };
  });
}

/** Codes, statuses and reasons that decide: another one in their place. */
function codes(code: string, text: string): Change[] {
  const named = [...code.matchAll(/\b(?:MISTATUS\.[A-Z_]+|MSGR_E_[A-Z_]+|S_OK)\b/g)].map(({ index, 0: found }) => {
    const isStatus = found.startsWith('MISTATUS');
    const [first, second] = isStatus ? ['MISTATUS.BUSY', 'MISTATUS.AWAY'] : ['MSGR_E_UNEXPECTED', 'MSGR_E_DISCONNECTED'];
    const to = found === first ? second : first;
    return { start: index, end: index + found.length, to: to ?? '', what: `${to} for ${found}` };
  });
  const reasons = [...text.matchAll(/(?<=(?:reason: |return |=> |\? |: ))'([a-z]+[A-Z]\w*)'(?=[,;) }\n])/g)]
    .filter(({ index }) => code[index] === "'")
    .map(({ index, 0: found }) => {
      const to = found === "'unexpected'" ? "'progress'" : "'unexpected'";
      return { start: index, end: index + found.length, to, what: `${to} for ${found}` };
    });
  return [...named, ...reasons];
}

/** Where what opens at a place is closed; the place itself for something unbalanced. */
function closing(code: string, open: number): number {
  let depth = 0;
  for (let at = open; at < code.length; at++) {
    if ('([{'.includes(code[at] ?? ' ')) depth += 1;
    if (')]}'.includes(code[at] ?? ' ')) depth -= 1;
    if (depth === 0) return at;
  }
  return open;
}

function conditions(code: string, text: string): Change[] {
  return [...code.matchAll(/\b(?:if|while) \(/g)].map(({ index, 0: found }) => {
    const open = index + found.length - 1;
    const end = closing(code, open) + 1;
    return { start: open, end, to: `(!${text.slice(open, end)})`, what: `not ${shortened(text.slice(open, end))}` };
  });
}

/** Statements of one expression: calls, assignments, and what is returned early. */
function statements(code: string, text: string): Change[] {
  const found: Change[] = [];
  // At the beginning of a line, or after a condition in the same line.
  const begin =
    /(?<=^ +(?:(?:if \(.*\)|else|for \(.*\)) )?)(?:return |void |await )?(?:this\.|super\.|[a-z]\w*(?:\?\.\w|[.([])|[a-z]\w*\(|[a-z]\w* [+&|?*-]*= )/gm;
  for (const { index } of code.matchAll(begin)) {
    let end = index;
    while (end < code.length && code[end] !== ';') {
      if ('([{'.includes(code[end] ?? ' ')) end = closing(code, end);
      else if (')]}'.includes(code[end] ?? ' ')) break;
      end += 1;
    }
    if (code[end] !== ';') continue;
    const statement = text.slice(index, end + 1);
    const isReturn = statement.startsWith('return ');
    found.push({
      start: index,
      end: end + 1,
      to: isReturn ? 'return undefined as never;' : ';',
      what: `without ${shortened(statement)}`,
    });
  }
  return found;
}

/** Elements of lists: what is said, what is tried. */
function elements(code: string, text: string): Change[] {
  return parts(code, /(?<=(?:say|return|:|=>|\?|=)(?: \w+ \?)? \(?)\[(?!\])/g).map(({ start, end }) => ({
    start,
    end,
    to: '',
    what: `without the element ${shortened(text.slice(start, end))}`,
  }));
}

/** Properties of what is remembered. */
function properties(code: string, text: string): Change[] {
  return (
    parts(code, /(?<=remember: |\(\{ |\? |: |return |= |as const\))\{(?! ?\})/g)
      .filter(
        ({ open, close }) =>
          !/^\s*(?:=>|=|\)\s*(?:=>|:)|:|from)/.test(code.slice(close + 1)) && !/\b(?:const|let)\s*$/.test(code.slice(0, open)),
      )
      // A guard or an action that is not there at all is no mutant: the chart does not start.
      .filter(({ start, end }) => /^\s*(?:\w+\s*:(?![^]*=>)|\.\.\.)/.test(text.slice(start, end)))
      .map(({ start, end }) => ({ start, end, to: '', what: `without the property ${shortened(text.slice(start, end))}` }))
  );
}

interface Part {
  readonly start: number;
  readonly end: number;
  readonly open: number;
  readonly close: number;
}
/** What stands between the commas of a bracket, with the comma. */
function parts(code: string, pattern: RegExp): Part[] {
  return [...code.matchAll(pattern)].flatMap(({ index: open }) => {
    const close = closing(code, open);
    const found: Part[] = [];
    let start = open + 1;
    for (let at = start; at <= close; at++) {
      if (at < close && '([{'.includes(code[at] ?? ' ')) at = closing(code, at);
      else if (code[at] === ',' || at === close) {
        const end = at === close ? close : at + 1;
        if (code.slice(start, end).replace(',', '').trim() !== '') found.push({ start, end, open, close });
        start = end;
      }
    }
    return found;
  });
}

const shortened = (text: string) => {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
};

/** Every mutant of a file, in the order of their places. */
export function textMutants(file: string, text: string): TextMutant[] {
  const code = codeOf(text);
  const all = [
    ...swapped(code),
    ...numbers(code),
    ...codes(code, text),
    ...conditions(code, text),
    ...statements(code, text),
    ...elements(code, text),
    ...properties(code, text),
  ];
  const seen = new Map<string, number>();
  return all
    .sort((a, b) => a.start - b.start || a.end - b.end)
    .map((change) => {
      const line = text.slice(0, change.start).split('\n').length;
      // Named by what stands there and not by the line, which any other edit would move.
      const source = (text.split('\n')[line - 1] ?? '').trim();
      const name = `${file}: ${shortened(source)}: ${change.what}`;
      const count = (seen.get(name) ?? 0) + 1;
      seen.set(name, count);
      return { ...change, id: count === 1 ? name : `${name} (${count})`, file, line };
    });
}

/** The text with the change made. */
export function applied(text: string, { start, end, to }: Pick<TextMutant, 'start' | 'end' | 'to'>): string {
  return text.slice(0, start) + to + text.slice(end);
}
