/**
 * The bench still runs and prints what it promises. It is run tiny, so its figures mean nothing here and none is judged.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const root = process.cwd();
const tsx = join(root, 'node_modules/tsx/dist/cli.mjs');

/** The rows of all tables, by first cell. */
function rowsOf(text: string): Map<string, string[]> {
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.slice(1, -1).split('|'));
  return new Map(rows.map(([first = '', ...cells]) => [first.trim(), cells.map((cell) => cell.trim())]));
}

describe('The bench of the service', () => {
  it('runs with a tiny size, proves that all rivals tell the same, and prints both tables with dispersion', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [tsx, 'bench/service.ts', '--quick'], { cwd: root });
    const rows = rowsOf(stdout);
    expect(stdout).toContain(`Node ${process.version}`);
    expect(rows.get('rival')).toEqual(['us', 'x actor', 'spread']);
    expect(rows.get('ratio of paired rounds')).toEqual(['median', 'spread']);
    for (const rival of ['bare actor, facts sent by hand', 'memory transport, service', 'instant transport, service']) {
      const [took = '', ratio = '', spread = ''] = rows.get(rival) ?? [];
      expect([rival, Number(took) > 0, Number(ratio) > 0, /^\d+\.\d %$/.test(spread)]).toEqual([rival, true, true, true]);
    }
    for (const ratio of ['instant transport: service / actor', 'memory transport: (service - transport) / actor']) {
      const [median = '', spread = ''] = rows.get(ratio) ?? [];
      expect([ratio, /^-?\d+\.\d\d$/.test(median), /^\d+\.\d %$/.test(spread)]).toEqual([ratio, true, true]);
    }
    expect(rows.get('bare actor, facts sent by hand')?.[1]).toBe('1.00');
  }, 60_000);

  it('is part of the whole bench, and its gate is part of the gate', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    expect(scripts['bench']).toBe('tsx bench/main.ts');
    expect(scripts['bench:gate']).toBe('tsx bench/gate.ts');
    for (const file of ['suite', 'gate']) expect(readFileSync(`bench/${file}.ts`, 'utf8')).toMatch(/await measureOverhead\(/);
  });
});
