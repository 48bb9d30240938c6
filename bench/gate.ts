/**
 * `npx tsx bench/gate.ts`: fails when the service has become dear. It judges ratios of paired rounds only, with room for the noise of a shared
 * machine and for other versions of Node, and never absolute time. A ratio over its limit is measured once more before it counts.
 */
import { measureOverhead, print, type RatioName } from './overhead.js';

const limits: Partial<Record<RatioName, number>> = {
  'instant transport: service / actor': 2.2,
  'instant transport: service / by hand with signals and limits': 1.8,
  'memory transport: service / by hand': 2.5,
};

const effort = { rounds: 21, times: 150, warm: 14 };

async function findExceeded(): Promise<string[]> {
  const overhead = await measureOverhead(effort);
  console.log(print(overhead, effort));
  return (Object.keys(limits) as RatioName[]).flatMap((name) => {
    const { median } = overhead.ratios[name];
    const limit = limits[name] ?? Infinity;
    // Not a number is no pass.
    return median <= limit ? [] : [`${name}: ${median.toFixed(2)}, at most ${limit} allowed`];
  });
}

let exceeded = await findExceeded();
if (exceeded.length > 0) {
  console.error(`over the limit, measured once more: ${exceeded.join('; ')}`);
  exceeded = await findExceeded();
}
if (exceeded.length > 0) {
  console.error(`FAILED: ${exceeded.join('; ')}`);
  process.exitCode = 1;
} else console.log('ok: all ratios within their limits');
