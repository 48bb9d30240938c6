/** Ten faults of the siege, with short freezes: `npm run siege` is the long one. */
import { expect, it } from '@jest/globals';
import { faultsOf, tableOf } from '../siege/figures.js';
import { siege } from '../siege/siege.js';
import { describeWith, prosodyAvailable } from '../support/prosody.js';

const seed = Number(process.env['SEED'] ?? Date.now() % 1e9);

describeWith(prosodyAvailable)('A client under siege, online as busy with a note', () => {
  it('is seen as busy with the same note after each of ten faults, or has said why not (M15 M17 M19 L23)', async () => {
    const figures = await siege({ seed, faults: 10, worlds: 2, longest: 1_500, patience: 15_000 });
    const faults = faultsOf(figures);
    if (faults.length > 0) process.stderr.write(`SEED=${seed}\n${tableOf(figures)}\n`);
    expect(faults).toEqual([]);
    expect(figures.results).toHaveLength(10);
  }, 60_000);
});
