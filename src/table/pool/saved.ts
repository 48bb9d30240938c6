/**
 * A pool as bytes and back: columns, registers, and deadlines as points in time. What is damaged, cut off or another table's is refused
 * before anything is taken up.
 */
import type { Table } from '../format.js';
import { mostSessions } from './sessions.js';
import type { Running } from './alarms.js';

export interface SavedPool {
  readonly uses: Uint8Array;
  readonly states: Uint16Array;
  /** One list for each register, as long as the columns. */
  readonly registers: readonly (readonly unknown[] | Int32Array)[];
  readonly running: readonly Running[];
}

const magic = 0x50_4d_53_31;
/** Place, timer, due and delay. */
const entry = 21;
interface Header {
  readonly hash: string;
  readonly places: number;
  readonly timers: number;
  /** Registers that are no integers. */
  readonly lists: readonly (readonly unknown[])[];
}

export function writeSaved(table: Table, { uses, states, registers, running }: SavedPool): Uint8Array {
  const lists = registers.filter((_, at) => table.registers[at]?.kind !== 'integer') as readonly (readonly unknown[])[];
  const integers = registers.filter((_, at) => table.registers[at]?.kind === 'integer');
  const header: Header = { hash: table.hash, places: uses.length, timers: running.length, lists };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const body = uses.length * (3 + 4 * integers.length) + running.length * entry;
  const bytes = new Uint8Array(16 + text.length + body);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic);
  view.setUint32(4, text.length);
  view.setUint32(8, body);
  bytes.set(text, 16);
  let at = 16 + text.length;
  bytes.set(uses, at);
  at += uses.length;
  for (const state of states) {
    view.setUint16(at, state);
    at += 2;
  }
  for (const column of integers) {
    for (const value of column) {
      view.setInt32(at, value as number);
      at += 4;
    }
  }
  for (const { slot, timer, due, delay } of running) {
    view.setUint32(at, slot);
    view.setUint8(at + 4, timer);
    view.setFloat64(at + 5, due);
    view.setFloat64(at + 13, delay ?? NaN);
    at += entry;
  }
  view.setUint32(12, checksum(bytes));
  return bytes;
}

/** @throws TypeError for what is no saved pool, is damaged, or is another table's */
export function readSaved(table: Table, bytes: Uint8Array): SavedPool {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`expected the bytes of a saved pool, got ${typeof bytes}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 16 || view.getUint32(0) !== magic)
    throw new TypeError('expected the bytes of a saved pool, got something else');
  const [length, body] = [view.getUint32(4), view.getUint32(8)];
  if (bytes.length !== 16 + length + body)
    throw new TypeError(`the saved pool is cut off: expected ${16 + length + body} bytes, got ${bytes.length}`);
  if (view.getUint32(12) !== checksum(bytes)) throw new TypeError('the saved pool is damaged: its checksum is another');
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(16, 16 + length))) as Header;
  if (header.hash !== table.hash)
    throw new TypeError(`the saved pool is one of the table ${header.hash}, not of ${table.hash}: machine or rules have changed`);
  const { places, timers } = header;
  const integers = table.registers.filter(({ kind }) => kind === 'integer').length;
  if (body !== places * (3 + 4 * integers) + timers * entry || places > mostSessions)
    throw new TypeError('the saved pool is damaged: its parts are not as long as it says');
  let at = 16 + length;
  const uses = bytes.slice(at, at + places);
  at += places;
  const states = Uint16Array.from({ length: places }, (_, place) => view.getUint16(at + 2 * place));
  if (states.some((state) => state >= table.states))
    throw new TypeError('the saved pool is damaged: it has a state that is none');
  at += 2 * places;
  let list = 0;
  const registers = table.registers.map(({ kind }) => {
    if (kind !== 'integer') return header.lists[list++] ?? [];
    const column = Int32Array.from({ length: places }, (_, place) => view.getInt32(at + 4 * place));
    at += 4 * places;
    return column;
  });
  const running = Array.from({ length: timers }, (_, number): Running => {
    const from = at + entry * number;
    const delay = view.getFloat64(from + 13);
    return {
      slot: view.getUint32(from),
      timer: view.getUint8(from + 4),
      due: view.getFloat64(from + 5),
      delay: Number.isNaN(delay) ? undefined : delay,
    };
  });
  if (running.some(({ slot, timer }) => slot >= places || timer >= table.timers.length || !((uses[slot] as number) & 0x80)))
    throw new TypeError('the saved pool is damaged: a timer is nobody’s');
  return { uses, states, registers, running };
}

/** Adler-like, over everything but itself: finds what was cut, filled or flipped. */
function checksum(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (let at = 0; at < bytes.length; at++) {
    if (at === 12) at += 4;
    a = (a + (bytes[at] as number)) % 65_521;
    b = (b + a) % 65_521;
  }
  return b * 65_536 + a;
}
