/** The artifact of the chart: what is committed is what today's chart compiles to; what is damaged or something else is refused. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { readArtifact, type Artifact } from '../../src/table/format.js';
import { presenceArtifact } from '../../src/table/pool/artifact.js';

describe('The artifact of the chart', () => {
  it('is the compile of today’s chart, byte for byte (npm run draw makes it)', () => {
    // In a process of its own: a test runner's context makes each global dear.
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'src/table/main.ts', '--check'], {
      encoding: 'utf8',
    });
    expect([status, stderr.includes('is not what the chart compiles to')]).toEqual([0, false]);
    process.stdout.write(`  ${stdout.split('\n')[0]}\n`);
  }, 90_000);

  it('has a state for each status, and is small enough for an app to load', () => {
    const table = readArtifact(presenceArtifact);
    expect(table.values).toHaveLength(15);
    expect(table.states).toBeGreaterThan(3_000);
    expect(JSON.stringify(presenceArtifact).length).toBeLessThan(200_000);
  });

  it.each<[string, unknown, string]>([
    ['of another format', { ...presenceArtifact, format: 2 }, 'expected format 1, got 2'],
    ['that is none', undefined, 'expected format 1, got undefined'],
    ['without programs', { ...presenceArtifact, programs: undefined }, 'expected a compiled machine'],
    ['cut off', { ...presenceArtifact, cells: presenceArtifact.cells.slice(0, -3) }, 'damaged'],
    ['with a foreign sign', { ...presenceArtifact, cells: `"${presenceArtifact.cells.slice(1)}` }, 'damaged'],
    [
      'with an effect that leads nowhere',
      { ...presenceArtifact, effects: presenceArtifact.effects.map(([program]) => [program, 0, 999]) },
      'damaged',
    ],
    ['with a program too few', { ...presenceArtifact, programs: presenceArtifact.programs.slice(0, 5) }, 'damaged'],
  ])('%s is refused', (_, artifact, message) => {
    expect(() => readArtifact(artifact as Artifact)).toThrow(message);
  });
});
