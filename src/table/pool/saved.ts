/**
 * A pool as bytes and back: columns, registers, and deadlines as points in time. What is damaged, cut off or another table's is refused
 * before anything is taken up.
 */
import type { Table, TableRegister } from '../format.js';
import { mostSessions } from './sessions.js';
import type { Running } from './alarms.js';
import { packed, unpacked } from './saved-values.js';

interface SavedPool {
  readonly uses: Uint8Array;
  readonly states: Uint16Array;
  /** One list for each register, as long as the columns. */
  readonly registers: readonly (readonly unknown[] | Int32Array)[];
  readonly running: readonly Running[];
}

/** The last byte counts the ways in which it has been written. */
const magic = 0x50_4d_53_32;
/** Before the header: the magic, the lengths of header and body, the checksum. */
const begin = 16;
/** Place, timer, due and delay. */
const entry = 21;
interface Header {
  readonly hash: string;
  readonly places: number;
  readonly timers: number;
  /** Registers that are no integers. */
  readonly lists: readonly (readonly unknown[])[];
}

/** @throws TypeError for a register that holds more than data */
export function writeSaved(table: Table, { uses, states, registers, running }: SavedPool): Uint8Array {
  const lists = table.registers.flatMap((register, at) => {
    const column = registers[at] ?? [];
    return register.kind === 'integer' ? [] : [Array.from(uses, (_, place) => packedOf(column[place], register))];
  });
  const integers = registers.filter((_, at) => table.registers[at]?.kind === 'integer');
  const header: Header = { hash: table.hash, places: uses.length, timers: running.length, lists };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const body = uses.length * (3 + 4 * integers.length) + running.length * entry;
  const bytes = new Uint8Array(begin + text.length + body);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic);
  view.setUint32(4, text.length);
  view.setUint32(8, body);
  bytes.set(text, begin);
  let at = begin + text.length;
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
  if (bytes.length < begin || view.getUint32(0) !== magic)
    throw new TypeError('expected the bytes of a saved pool, got something else');
  const [length, body] = [view.getUint32(4), view.getUint32(8)];
  const whole = begin + length + body;
  if (bytes.length !== whole) throw new TypeError(`the saved pool is cut off: expected ${whole} bytes, got ${bytes.length}`);
  if (view.getUint32(12) !== checksum(bytes)) throw damaged('its checksum is another');
  const { hash, places, timers, lists } = headerOf(bytes.subarray(begin, begin + length));
  if (hash !== table.hash)
    throw new TypeError(`the saved pool is one of the table ${hash}, not of ${table.hash}: machine or rules have changed`);
  const integers = table.registers.filter(({ kind }) => kind === 'integer').length;
  if (body !== places * (3 + 4 * integers) + timers * entry || places > mostSessions)
    throw damaged('its parts are not as long as it says');
  if (lists.length !== table.registers.length - integers || lists.some((list) => list.length !== places))
    throw damaged('its registers are not as long as its columns');
  let at = begin + length;
  const uses = bytes.slice(at, at + places);
  at += places;
  const states = Uint16Array.from({ length: places }, (_, place) => view.getUint16(at + 2 * place));
  if (states.some((state) => state >= table.states)) throw damaged('it has a state that is none');
  at += 2 * places;
  const others = lists.values();
  const registers = table.registers.map(({ kind }) => {
    if (kind !== 'integer') return (others.next().value as readonly unknown[]).map(unpackedOf);
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
  checkRunning(table, uses, running);
  return { uses, states, registers, running };
}

function checkRunning({ timers }: Table, uses: Uint8Array, running: readonly Running[]): void {
  const width = Math.max(0, ...timers.map(({ place }) => place + 1));
  const taken = new Uint8Array(uses.length * width);
  for (const { slot, timer, due, delay = 0 } of running) {
    const place = timers[timer]?.place;
    if (place === undefined || !((uses[slot] ?? 0) & 0x80)) throw damaged('a timer is nobody’s');
    // Of those that share a place one can run.
    if (taken[slot * width + place] === 1) throw damaged('two timers run where there is place for one');
    taken[slot * width + place] = 1;
    if (!Number.isFinite(due) || !(delay >= 0 && delay < 2 ** 31)) throw damaged('a timer has no end');
  }
}

function headerOf(bytes: Uint8Array): Header {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw damaged('its header cannot be read', cause);
  }
  const { hash, places, timers, lists } = (header ?? {}) as Partial<Header>;
  const isOne =
    typeof hash === 'string' && isCount(places) && isCount(timers) && Array.isArray(lists) && lists.every(Array.isArray);
  if (!isOne) throw damaged('its header is none');
  return header as Header;
}

function packedOf(value: unknown, { field }: TableRegister): unknown {
  try {
    return packed(value);
  } catch (error) {
    throw new TypeError(`save: context.${field}: expected data, got ${(error as Error).message}`, { cause: error });
  }
}

function unpackedOf(value: unknown): unknown {
  try {
    return unpacked(value);
  } catch (cause) {
    throw damaged('a register holds what is no value', cause);
  }
}

const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;
const damaged = (how: string, cause?: unknown) =>
  new TypeError(`the saved pool is damaged: ${how}`, cause === undefined ? {} : { cause });

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
