/**
 * Which cells of the table happen in life: a counter for each state and message, filled from records, or live from a running service. It
 * counts and keeps nothing else; no name, no note and no time can get into it, so that it may be sent home.
 */
import { fullRules, leaves, samples, type Leaf, type Message } from '../machines/index.js';
import type { StepRecord } from './record.js';
import type { PresenceService } from './service.js';

type MessageType = Message['type'];

/** Counts by state and message; what never happened is missing. Plain JSON. */
export type CellCounts = Readonly<Partial<Record<Leaf, Readonly<Partial<Record<MessageType, number>>>>>>;

export interface Coverage {
  /** By the state in which the message came. */
  readonly cells: CellCounts;
  /** How many messages came. */
  readonly steps: number;
  /** How many cells they fell into. */
  readonly visited: number;
  /** How many cells the table has. */
  readonly size: number;
}

const types: readonly MessageType[] = [...new Set(samples(fullRules).map(({ type }) => type))];
const columns = new Map<string, number>(types.map((type, column) => [type, column]));
const rows = new Map<Leaf, number>(leaves.map((leaf, row) => [leaf, row]));
const width = types.length;

/** One number for each cell, in one piece of memory. */
class Counters {
  readonly #counts = new Uint32Array(leaves.length * width);

  /** A message that the alphabet does not have is not counted. */
  count(leaf: Leaf, type: string): void {
    const column = columns.get(type);
    if (column === undefined) return;
    const cell = (rows.get(leaf) ?? 0) * width + column;
    this.#counts[cell] = (this.#counts[cell] ?? 0) + 1;
  }

  get coverage(): Coverage {
    const counted = leaves.map((leaf, row) => {
      const mine = types.flatMap((type, column): [MessageType, number][] => {
        const count = this.#counts[row * width + column] ?? 0;
        return count > 0 ? [[type, count]] : [];
      });
      return [leaf, mine] as const;
    });
    const all = counted.flatMap(([, mine]) => mine);
    return {
      cells: Object.fromEntries(counted.flatMap(([leaf, mine]) => (mine.length > 0 ? [[leaf, Object.fromEntries(mine)]] : []))),
      steps: all.reduce((sum, [, count]) => sum + count, 0),
      visited: all.length,
      size: leaves.length * width,
    };
  }
}

/**
 * The coverage of some records: those of `service.records`, which keep the last steps only, or those of a file.
 * @param records of one service or of several
 */
export function coverageOf(records: Iterable<Pick<StepRecord, 'from' | 'message'>>): Coverage {
  const counters = new Counters();
  for (const { from, message } of records) counters.count(from, message.type);
  return counters.coverage;
}

/** A count that goes on. */
export interface LiveCoverage {
  /** Since the beginning, or since `reset`. */
  read(): Coverage;
  /** Steps that were not counted, since more than the service keeps records of came between two notices. */
  readonly missed: number;
  /** Begins again, after the counts have been sent home. */
  reset(): void;
  /** Ends the count; what was counted stays. Twice is harmless. */
  stop(): void;
}

/**
 * Counts every step of a service from now on, out of its records: at each notice those that are new, and at each reading. That is far
 * cheaper than an inspector, which XState tells of every microstep and action.
 * @param service one of `createPresenceService` that keeps records (`records: 0` cannot be counted)
 */
export function countCoverage(service: Pick<PresenceService, 'on' | 'records'>): LiveCoverage {
  let counters = new Counters();
  let last = service.records.at(-1)?.n ?? 0;
  let missed = 0;
  let isStopped = false;
  const drain = (): void => {
    if (isStopped) return;
    const { records } = service;
    const first = records[0]?.n ?? last + 1;
    missed += Math.max(0, first - last - 1);
    for (let at = Math.max(0, last + 1 - first); at < records.length; at++) {
      const record = records[at];
      if (record) counters.count(record.from, record.message.type);
    }
    last = records.at(-1)?.n ?? last;
  };
  const off = service.on('*', drain);
  return {
    read() {
      drain();
      return counters.coverage;
    },
    get missed() {
      return missed;
    },
    reset() {
      drain();
      counters = new Counters();
      missed = 0;
    },
    stop() {
      drain();
      isStopped = true;
      off();
    },
  };
}

/** Several coverages as one: of many services, or of many days. */
export function addCoverage(...all: readonly Coverage[]): Coverage {
  const cells: Partial<Record<Leaf, Partial<Record<MessageType, number>>>> = {};
  for (const coverage of all) {
    for (const leaf of leaves) {
      for (const [type, count] of Object.entries(coverage.cells[leaf] ?? {}) as [MessageType, number][]) {
        const row = (cells[leaf] ??= {});
        row[type] = (row[type] ?? 0) + count;
      }
    }
  }
  const counts = Object.values(cells).flatMap((row) => Object.values(row));
  return { cells, steps: counts.reduce((sum, count) => sum + count, 0), visited: counts.length, size: leaves.length * width };
}
