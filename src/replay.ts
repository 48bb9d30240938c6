/**
 * Replay: a recording run again through the pure chart, step by step, and the place where a log departs from the model. It needs no
 * transport, no clock and no service, and must never believe a file: what is not a recording is refused as a whole.
 */
import {
  initialState,
  isNotice,
  isReason,
  isStatus,
  leafOf,
  leaves,
  MISTATUS,
  presenceMachine,
  samples,
  smallRules,
  step,
  type ChartNotice,
  type Command,
  type Message,
  type State,
} from '../machines/index.js';
import { describe } from './errors.js';
import type { Notice } from './notices.js';
import { isCommand, type Recording, type StepRecord } from './record.js';

/** What the model makes of a record. */
export interface ReplayedStep {
  readonly record: StepRecord;
  readonly state: State;
  readonly commands: readonly Command[];
  /** With what a driver stamps: attempt, previous, retryAt. */
  readonly notices: readonly Notice[];
}

/** The first place where a log and the model are not the same. */
export interface Departure {
  /** Counts from 1, in the file: the header is line 1. */
  readonly line: number;
  readonly what: 'from' | 'to' | 'commands' | 'notices';
  readonly expected: unknown;
  readonly came: unknown;
}

export interface Replay {
  readonly steps: readonly ReplayedStep[];
  readonly departure: Departure | undefined;
}

/** Runs a recording again, up to the first departure. */
export function replay(recording: Recording): Replay {
  const { rules, start, records } = recording;
  let state = presenceMachine.resolveState({ value: start.value, context: { ...start.context, rules } });
  let { attempt, status } = start;
  let retryAt: number | undefined;
  const steps: ReplayedStep[] = [];
  for (const [index, record] of records.entries()) {
    const from = leafOf(state);
    const [next, outputs] = step(state, record.message);
    const commands = outputs.filter(isCommand);
    attempt += commands.filter(({ type }) => type === 'server.find').length;
    retryAt = record.due?.retry ?? retryAt;
    const isWaiting = leafOf(next) === 'waitingToRetry';
    const notices = outputs.filter(isNotice).map((notice) => {
      const stamped = stamp(notice, { attempt, previous: status, retryAt: isWaiting ? retryAt : undefined });
      if ('mMyStatus' in stamped) status = stamped.mMyStatus;
      return stamped;
    });
    const departure = compare(index + 2, record, { from, to: leafOf(next), commands, notices });
    if (departure) return { steps, departure };
    state = next;
    steps.push({ record, state, commands, notices });
  }
  return { steps, departure: undefined };
}

function stamp(notice: ChartNotice, stamps: { attempt: number; previous: MISTATUS; retryAt: number | undefined }): Notice {
  const { attempt, previous, retryAt } = stamps;
  if (notice.type === 'OnSignout') return notice;
  if (notice.type === 'OnSignin') return { ...notice, attempt };
  const { type, hr, mMyStatus, reason } = notice;
  const isWaiting = retryAt !== undefined && mMyStatus === MISTATUS.OFFLINE;
  return { type, hr, mMyStatus, previous, reason, attempt, ...(isWaiting ? { retryAt } : {}) };
}

function compare(line: number, record: StepRecord, model: Record<Departure['what'], unknown>): Departure | undefined {
  for (const what of ['from', 'to', 'commands', 'notices'] as const) {
    if (JSON.stringify(model[what]) !== JSON.stringify(record[what]))
      return { line, what, expected: model[what], came: record[what] };
  }
  return undefined;
}

/** A recording as JSON lines: a header, then one record a line. */
export function writeRecording({ records, ...header }: Recording): string {
  return [header, ...records].map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** Longest file that is read, characters: about a hundred thousand records. */
const longest = 64 * 1024 * 1024;

/**
 * A recording out of JSON lines.
 * @throws SyntaxError that says the line, what was expected and what came
 */
export function readRecording(text: string): Recording {
  if (text.length > longest) throw new SyntaxError(`a recording has at most ${longest} characters, got ${text.length}`);
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const header = readLine(1, lines[0] ?? '');
  const { format, version, rules, start } = header;
  if (format !== 'presence-machine recording' || version !== 1) {
    throw new SyntaxError(
      `line 1: expected the header of a presence-machine recording, version 1, got ${describe(format)}, version ${describe(version)}`,
    );
  }
  const checked = { rules: readRules(rules), start: readStart(start) };
  const records = lines.slice(1).map((line, index) => readRecord(index + 2, readLine(index + 2, line)));
  return { format, version, ...checked, records };
}

function readLine(line: number, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SyntaxError(`line ${line}: expected JSON, got ${describe(text)}`);
  }
  return object(`line ${line}`, value);
}

function object(what: string, value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new SyntaxError(`${what}: expected an object, got ${describe(value)}`);
}

function readRules(value: unknown): Recording['rules'] {
  const rules = object('line 1: rules', value);
  for (const [key, model] of Object.entries(smallRules)) {
    const isAlike = Array.isArray(model) ? isStatusList(rules[key]) : typeof rules[key] === typeof model;
    if (!isAlike)
      throw new SyntaxError(`line 1: rules.${key}: expected the like of ${JSON.stringify(model)}, got ${describe(rules[key])}`);
  }
  return rules as unknown as Recording['rules'];
}

const isStatusList = (value: unknown) =>
  Array.isArray(value) && value.every((status) => (Object.values(MISTATUS) as unknown[]).includes(status));

function readStart(value: unknown): Recording['start'] {
  const start = object('line 1: start', value);
  const context = object('line 1: start.context', start['context']);
  const model: Readonly<Record<string, unknown>> = { ...initialState(smallRules).context };
  for (const [key, example] of Object.entries(model)) {
    if (key === 'rules' || typeof context[key] === typeof example) continue;
    throw new SyntaxError(`line 1: start.context.${key}: expected a ${typeof example}, got ${describe(context[key])}`);
  }
  try {
    leafOf(
      presenceMachine.resolveState({
        value: start['value'] as State['value'],
        context: { ...context, rules: smallRules } as never,
      }),
    );
  } catch {
    throw new SyntaxError('line 1: start.value: expected a state of the chart');
  }
  for (const key of ['attempt', 'status']) {
    if (typeof start[key] !== 'number')
      throw new SyntaxError(`line 1: start.${key}: expected a number, got ${describe(start[key])}`);
  }
  return start as unknown as Recording['start'];
}

const messageTypes = new Set<string>(samples(smallRules).map(({ type }) => type));

function readRecord(line: number, record: Record<string, unknown>): StepRecord {
  const message = object(`line ${line}: message`, record['message']) as unknown as Message;
  const wrong = (what: string, expected: string, came: unknown) =>
    new SyntaxError(`line ${line}: ${what}: expected ${expected}, got ${describe(came)}`);
  if (!messageTypes.has(message.type)) throw wrong('message.type', 'a message of the machine', message.type);
  if ('reason' in message && !isReason(message.reason)) throw wrong('message.reason', 'a reason', message.reason);
  if ('status' in message && !isStatus(message.status)) throw wrong('message.status', 'a status', message.status);
  if (typeof record['n'] !== 'number') throw wrong('n', 'a number', record['n']);
  if (typeof record['at'] !== 'number') throw wrong('at', 'a time in milliseconds', record['at']);
  for (const key of ['from', 'to']) {
    if (!(leaves as readonly unknown[]).includes(record[key])) throw wrong(key, 'the name of a state', record[key]);
  }
  for (const key of ['commands', 'notices']) {
    if (!Array.isArray(record[key])) throw wrong(key, 'a list', record[key]);
  }
  return record as unknown as StepRecord;
}
