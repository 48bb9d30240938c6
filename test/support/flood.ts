/**
 * Sends the pages of a console a thousand notices a second, as sixty messages a second, whatever its service does. Each is the last record again with a
 * number of its own. It must never wait for a page.
 */
import type { Console } from '../../src/inspector/console/console.js';
import type { ConsoleNews } from '../../src/inspector/console/protocol.js';
import type { StepRecord } from '../../src/record.js';

const pace = 16;

/** @returns makes one flood of `ms`, after those before; resolves with the number of the last record, and how many notices it was a second */
export function flooder({ server, stage }: Console): (ms: number) => Promise<{ readonly last: number; readonly rate: number }> {
  const { records, situation } = stage.session.all();
  const record = records.filter(({ notices }) => notices.length === 1).at(-1);
  if (record === undefined) throw new Error('there is no record to be repeated');
  let n = records.at(-1)?.n ?? 0;
  return async (ms) => {
    const [first, began] = [n, performance.now()];
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        const passed = performance.now() - began;
        const due = first + Math.floor(Math.min(passed, ms));
        const many: StepRecord[] = [];
        while (n < due) many.push({ ...record, n: ++n, at: record.at + n });
        const news = { records: many, wire: [], sights: [], situation };
        server.broadcast({
          type: 'console.news',
          session: stage.number,
          news,
          now: stage.clock.now(),
        } satisfies ConsoleNews);
        if (passed < ms) return;
        clearInterval(timer);
        resolve();
      }, pace);
    });
    return { last: n, rate: ((n - first) / (performance.now() - began)) * 1_000 };
  };
}
