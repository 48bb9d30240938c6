/** The figures of a siege as a table for people. It judges nothing. */
import { faultNames } from './faults.js';
import type { Figures, Result } from './siege.js';

const heads = [
  'fault',
  'times',
  'back',
  'said why',
  'stuck',
  'line kept',
  'resumed',
  'fresh',
  'median ms',
  '95 % ms',
  'longest ms',
];

function row(name: string, results: readonly Result[]): readonly string[] {
  const count = (test: (result: Result) => boolean): string => String(results.filter(test).length);
  const times = results
    .filter(({ end }) => end === 'back')
    .map(({ ms }) => ms)
    .sort((one, other) => one - other);
  const at = (part: number): string => String(times[Math.min(times.length - 1, Math.floor(part * times.length))] ?? '-');
  return [
    name,
    String(results.length),
    count(({ end }) => end === 'back'),
    count(({ end }) => end === 'why'),
    count(({ end }) => end === 'stuck'),
    count(({ session }) => session === 'kept'),
    count(({ session }) => session === 'resumed'),
    count(({ session }) => session === 'fresh'),
    at(0.5),
    at(0.95),
    at(1),
  ];
}

/** Heap that a long siege may take besides: caches fill, and collectors are free to wait. */
const mostHeap = 16 * 2 ** 20;

/** What must not be, in words; none: the siege was stood. */
export function faultsOf({ results, unhandled, handles, heap }: Figures): string[] {
  const stuck = results.filter(({ end }) => end === 'stuck').length;
  return [
    ...(stuck > 0 ? [`${stuck} were stuck`] : []),
    ...(unhandled.length > 0 ? [`${unhandled.length} errors that nobody handled`] : []),
    ...(handles[1] > handles[0] ? [`${handles[1] - handles[0]} sockets or servers were left`] : []),
    ...(heap[1] > heap[0] + mostHeap ? [`the heap has grown by ${heap[1] - heap[0]} bytes`] : []),
  ];
}

export function tableOf({ results, unhandled, handles, heap }: Figures): string {
  const rows = [
    heads,
    ...faultNames.map((name) =>
      row(
        name,
        results.filter(({ fault }) => fault === name),
      ),
    ),
    row('all', results),
  ];
  const widths = heads.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const lines = rows.map((cells) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  );
  const mega = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`;
  return [
    ...lines,
    '',
    `unhandled rejections and exceptions: ${unhandled.length}`,
    `sockets and servers with everybody online: ${handles[0]} before, ${handles[1]} after`,
    `heap after collecting: ${mega(heap[0])} after a tenth of the faults, ${mega(heap[1])} at the end`,
  ].join('\n');
}
