/**
 * What a page's main thread did meanwhile: its tasks, with the time they took and the processor time they had, which a busy machine does not make longer. From
 * the browser's own trace. It must never judge.
 */
import type { Page } from 'playwright-core';

export interface Task {
  /** ms, on the clock of the marks. */
  readonly at: number;
  /** ms until it was over. */
  readonly took: number;
  /** ms of the processor. */
  readonly worked: number;
}

export interface Trace {
  readonly tasks: readonly Task[];
  /** When `performance.mark` was called first, ms, by name. */
  readonly marks: Readonly<Record<string, number>>;
}

interface TraceEvent {
  readonly name: string;
  readonly cat: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds, as the following ones. */
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
}

/** @param mark one that the page sets during `work`: it tells which thread is the page's */
export async function traced(page: Page, mark: string, work: () => Promise<void>): Promise<Trace> {
  const session = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  try {
    session.on('Tracing.dataCollected', ({ value }) => void events.push(...(value as unknown as TraceEvent[])));
    const includedCategories = ['disabled-by-default-devtools.timeline', 'blink.user_timing'];
    await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories } });
    const ended = new Promise<void>((resolve) => session.once('Tracing.tracingComplete', () => resolve()));
    try {
      await work();
    } finally {
      await session.send('Tracing.end');
      await ended;
    }
  } finally {
    await session.detach();
  }
  const own = events.filter(({ name, cat }) => name === mark && cat.includes('user_timing')).at(-1);
  if (own === undefined) throw new Error(`the page has not set the mark ${mark}`);
  const ofPage = events.filter(({ pid, tid }) => pid === own.pid && tid === own.tid);
  const tasks = ofPage
    .filter(({ name, tdur }) => name === 'RunTask' && tdur !== undefined)
    .map(({ ts, dur = 0, tdur = 0 }): Task => ({ at: ts / 1_000, took: dur / 1_000, worked: tdur / 1_000 }));
  if (tasks.length === 0) throw new Error('the browser has told of no task');
  const marks = ofPage.filter(({ cat }) => cat.includes('user_timing')).map(({ name, ts }) => [name, ts / 1_000] as const);
  return { tasks, marks: Object.fromEntries(marks.reverse()) };
}
