/** Herds shown: the table, the strips of a terminal, the picture. */
import { describe, expect, it } from '@jest/globals';
import { herdsToSvg, plotHerds, tableOfHerds, type HerdResult } from '../../src/lab/index.js';

const base: HerdResult = {
  policy: 'steady',
  attempts: 1_234_567,
  whileDown: 0,
  whileFull: 0,
  failed: 0,
  abandoned: 0,
  back: 100,
  gaveUp: 0,
  halfBack: 1_500,
  mostBack: 3_000,
  allBack: 3_210,
  peak: 1_000,
  peakAfter: 10,
  attemptsBySecond: [1_000, 100, 10, 1, 0],
  backBySecond: [0, 0, 50, 50, 0],
};
const quitter: HerdResult = {
  ...base,
  policy: 'quits',
  back: 0,
  gaveUp: 100,
  halfBack: undefined,
  mostBack: undefined,
  allBack: undefined,
  attemptsBySecond: [50],
  backBySecond: [0],
};
const frame = { outage: 2_000, clients: 100, accept: 50 };

describe('The table of herds', () => {
  it('has a line for each, in columns', () => {
    expect(tableOfHerds([base, quitter])).toBe(
      [
        'policy   attempts  peak /s  after return /s  half back  99 % back  all back  gave up',
        'steady  1,234,567    1,000               10      1.5 s      3.0 s     3.2 s        0',
        'quits   1,234,567    1,000               10      never      never     never      100',
        '',
      ].join('\n'),
    );
  });
});

describe('The strips', () => {
  it('rise by powers of ten, on one scale, with the return marked', () => {
    expect(plotHerds([base, quitter], frame, 60).split('\n')).toEqual([
      'steady',
      '    1,000 │█',
      '          │█▅',
      '          │██▃',
      '        1 │███▁',
      'quits',
      '    1,000 │',
      '          │▂',
      '          │█',
      '        1 │█',
      '          └──┴──',
      '           0 s ── the server is back at 2 s ── 5 s',
      '',
    ]);
  });

  it('are no wider than the terminal, and cut off long tails', () => {
    const long = { ...base, attemptsBySecond: Array.from({ length: 5_000 }, () => 10) };
    const lines = plotHerds([long], frame, 80).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines.join('\n')).toContain('── 60 s');
  });
});

describe('The picture', () => {
  it('has a panel for each herd, and says what it shows', () => {
    const svg = herdsToSvg([base, quitter], frame);
    expect(svg).toMatch(/^<svg xmlns[^>]*viewBox="0 0 760 372"/);
    expect(svg).toContain('<title id="herds-title">100 clients lose a server for 2 s; it then lets in 50 per second</title>');
    expect(svg).toContain('after the return at most 10 /s; all back after 3.2 s');
    expect(svg).toContain('100 gave up');
    expect(svg.match(/class="tries"/g)).toHaveLength(2);
    // Nobody of the second came back, so it has no such line.
    expect(svg.match(/class="back"/g)).toHaveLength(1);
    expect(svg.match(/<path class="limit"/g)).toHaveLength(2);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('draws a second as wide as its part, from the foot up', () => {
    const svg = herdsToSvg([base], frame);
    const [, path = ''] = /class="tries" d="([^"]*)"/.exec(svg) ?? [];
    // 664 for five seconds, 92 for three powers of ten, the foot at 180.
    expect(path).toBe('M78 180L78 88H210.8L210.8 118.7H343.6L343.6 149.3H476.4L476.4 179H609.2L609.2 180H742V180Z');
  });

  it('has nothing in it that a name could break', () => {
    expect(herdsToSvg([{ ...base, policy: '<b>&"' }], frame)).toContain('>&#60;b&#62;&#38;&#34;</text>');
  });
});
