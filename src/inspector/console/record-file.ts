/**
 * The record file: a recording, as `presence-machine replay` takes it, with what passed on the wire and what the other account saw in its first line;
 * and the same as a link. Reading takes nothing on trust: the steps are run again through the chart, and what departs from it, or is not known, is an
 * error. It must never hold a note.
 */
import { isReason, isStatus, type Message } from '../../../machines/index.js';
import type { Recording, StepRecord } from '../../record.js';
import { readRecording, replay, writeRecording } from '../../replay.js';
import type { Sight, WireEvent } from './protocol.js';

/** More than this is no walk that anybody looks at by hand. */
export const most = { characters: 16_777_216, items: 20_000 } as const;

export interface RecordFile {
  readonly recording: Recording;
  readonly wire: readonly WireEvent[];
  /** What the other account saw; without notes. */
  readonly sights: readonly Sight[];
  /** The step to look at: a record's number, 0 before the first. */
  readonly step: number;
}

/** What is wrong with a file, in words. */
export class RecordFileError extends Error {
  override readonly name = 'RecordFileError';
}

/** JSON lines: a header, then one record a line. */
export function writeRecordFile({ recording, wire, sights, step }: RecordFile): string {
  const { records, ...header } = recording;
  const seen = sights.map(({ n, at, step, status }) => ({ n, at, step, status }));
  // The header takes more than a recording has; who reads only recordings passes over it.
  return writeRecording({ ...header, step, wire, sights: seen, records } as Recording);
}

/**
 * Reads a file of ours, or any recording.
 * @throws RecordFileError that says what is wrong and where
 */
export function readRecordFile(text: string): RecordFile {
  if (text.length > most.characters) throw new RecordFileError('it is too large to be a recording');
  try {
    const source = readRecording(text);
    expect(source.records.length > 0 && source.records.length <= most.items, 'records', `1 to ${most.items}`);
    const recording = runAgain(source);
    const header = JSON.parse(text.trimStart().split('\n', 1)[0] ?? '') as Fields;
    const [first, last] = [recording.records[0]?.n ?? 1, recording.records.at(-1)?.n ?? 0];
    const step = header['step'] === undefined ? last : integer(header['step'], 'step');
    expect(step >= first - 1 && step <= last, 'step', `${first - 1} to ${last}`);
    return {
      recording,
      wire: list(header['wire'] ?? [], 'wire').map(readWire),
      sights: list(header['sights'] ?? [], 'sights').map(readSight),
      step,
    };
  } catch (error) {
    if (error instanceof RecordFileError) throw error;
    if (error instanceof SyntaxError) throw new RecordFileError(error.message);
    // A context that the chart itself stumbles over.
    throw new RecordFileError('it is no walk through this chart');
  }
}

/** The same recording, made anew out of what the chart says and the few things that only a file knows. */
function runAgain(source: Recording): Recording {
  const { steps, departure } = replay(source);
  if (departure) throw new RecordFileError(`line ${departure.line} departs from the chart in ${departure.what}`);
  const records = steps.map(({ record, commands, notices }, index): StepRecord => {
    const line = `line ${index + 2}`;
    const n = integer(record.n, `${line}: n`);
    expect(n === (source.records[0]?.n ?? 0) + index, `${line}: n`, 'one more than the line before');
    const { from, to, unheard, due } = record;
    return {
      n,
      at: time(record.at, `${line}: at`),
      message: readMessage(record.message, `${line}: message`),
      from,
      to,
      commands,
      notices,
      ...(due === undefined ? {} : { due: readDue(due, `${line}: due`) }),
      ...(unheard === true ? { unheard } : {}),
    };
  });
  return { format: source.format, version: source.version, rules: source.rules, start: source.start, records };
}

/** The same with the last steps only, up to the one looked at. */
export function lastOf({ recording, wire, sights, step }: RecordFile, count: number): RecordFile {
  const { records, rules } = recording;
  const past = records.filter(({ n }) => n <= step);
  const gone = past.slice(0, Math.max(0, past.length - count));
  const since = past[gone.length]?.n ?? step;
  const before = gone.length === 0 ? undefined : replay({ ...recording, records: gone }).steps.at(-1);
  const isKept = (item: { readonly step: number }): boolean => item.step >= since && item.step <= step;
  const { rules: _, ...context } = before?.state.context ?? { rules, ...recording.start.context };
  const told = gone.flatMap(({ notices }) => notices);
  const start = {
    value: before?.state.value ?? recording.start.value,
    context,
    attempt: told.reduce((attempt, notice) => ('attempt' in notice ? notice.attempt : attempt), recording.start.attempt),
    status: told.reduce<number>((status, notice) => ('mMyStatus' in notice ? notice.mMyStatus : status), recording.start.status),
  };
  return {
    recording: { ...recording, start: start as Recording['start'], records: past.slice(gone.length) },
    wire: wire.filter(isKept),
    sights: sights.filter(isKept),
    step,
  };
}

/** As the part of an address behind `#`. */
export async function toFragment(file: RecordFile): Promise<string> {
  const packed = new Blob([writeRecordFile(file)]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return `record=${btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`;
}

/**
 * Reads what `toFragment` made.
 * @returns undefined when the fragment is about something else
 * @throws RecordFileError
 */
export async function fromFragment(fragment: string): Promise<RecordFile | undefined> {
  const [, code] = /^#?record=(.*)$/s.exec(fragment) ?? [];
  return code === undefined ? undefined : readRecordFile(await unpack(code));
}

async function unpack(code: string): Promise<string> {
  if (code.length > most.characters || !/^[\w-]+$/.test(code)) throw new RecordFileError('the link is damaged');
  let text = '';
  try {
    const bytes = Uint8Array.from(atob(code.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));
    const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
    const decoder = new TextDecoder();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      text += decoder.decode(part.value, { stream: true });
      // A few bytes can unpack to gigabytes.
      if (text.length <= most.characters) continue;
      await reader.cancel();
      throw new RecordFileError('the link is too large to be a recording');
    }
  } catch (error) {
    if (error instanceof RecordFileError) throw error;
    throw new RecordFileError('the link is damaged');
  }
  return text;
}

type Fields = Readonly<Record<string, unknown>>;

function expect(isRight: boolean, what: string, expected: string): asserts isRight {
  if (!isRight) throw new RecordFileError(`${what}: expected ${expected}`);
}
function object(value: unknown, what: string): Fields {
  expect(typeof value === 'object' && value !== null && !Array.isArray(value), what, 'an object');
  return value as Fields;
}
function list(value: unknown, what: string): readonly unknown[] {
  expect(Array.isArray(value), what, 'a list');
  expect(value.length <= most.items, what, `at most ${most.items}`);
  return value;
}
function integer(value: unknown, what: string): number {
  expect(Number.isSafeInteger(value) && (value as number) >= 0, what, 'a whole number');
  return value as number;
}
function time(value: unknown, what: string): number {
  // What a Date can hold (ECMA-262 21.4.1.1).
  expect(typeof value === 'number' && Math.abs(value) <= 8.64e15, what, 'a time in milliseconds');
  return value;
}
function word<T extends string>(value: unknown, words: readonly T[], what: string): T {
  expect(typeof value === 'string' && (words as readonly string[]).includes(value), what, 'a word that is known');
  return value as T;
}

/** What a message may carry beside its type. */
const carried: Readonly<Record<string, (value: unknown) => boolean>> = {
  reason: isReason,
  status: (value) => typeof value === 'number' && isStatus(value),
  hr: (value) => Number.isInteger(value),
  by: (value) => ['signin', 'user', 'idle', 'away', 'return', 'expiry'].includes(value as string),
  tries: (value) => value === 'once' || value === 'retry',
  resumed: (value) => typeof value === 'boolean',
};

function readMessage({ type, ...fields }: Message, what: string): Message {
  const kept = Object.entries(fields).map(([key, value]) => {
    expect(Object.hasOwn(carried, key) && carried[key]?.(value) === true, `${what}.${key}`, 'what such a message carries');
    return [key, value];
  });
  return { type, ...(Object.fromEntries(kept) as object) } as Message;
}

const timers = ['finding', 'logon', 'synchronizing', 'publish', 'signout', 'check', 'retry', 'idle', 'away'] as const;
function readDue(value: unknown, what: string): NonNullable<StepRecord['due']> {
  const entries = Object.entries(object(value, what));
  return Object.fromEntries(entries.map(([key, at]) => [word(key, timers, what), time(at, `${what}.${key}`)]));
}

const numbered = (source: Fields, what: string): { n: number; at: number; step: number } => ({
  n: integer(source['n'], `${what}.n`),
  at: time(source['at'], `${what}.at`),
  step: integer(source['step'], `${what}.step`),
});

const verbs = ['findServer', 'connect', 'synchronize', 'publish', 'check', 'close', 'drop', 'lost'] as const;
function readWire(value: unknown, index: number): WireEvent {
  const what = `wire[${index}]`;
  const source = object(value, what);
  const { detail } = source;
  expect(detail === undefined || (typeof detail === 'string' && detail.length <= 64), `${what}.detail`, 'a word');
  return {
    ...numbered(source, what),
    verb: word(source['verb'], verbs, `${what}.verb`),
    phase: word(source['phase'], ['asked', 'done', 'failed', 'told'] as const, `${what}.phase`),
    ...(detail === undefined ? {} : { detail }),
  };
}

function readSight(value: unknown, index: number): Sight {
  const what = `sights[${index}]`;
  const source = object(value, what);
  const { status } = source;
  expect(typeof status === 'number' && isStatus(status), `${what}.status`, 'the number of a status');
  return { ...numbered(source, what), status };
}
