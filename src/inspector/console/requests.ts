/**
 * Reads what a page asks for. It takes nothing on trust: a page may be an old one, or no page of ours. It must never hand on a field that it
 * does not know.
 */
import { speeds, type Speed } from './clock.js';
import { faultNames, type FaultName } from './faults.js';
import type { ConsoleRequest, Wanted } from './protocol.js';

/** The request, or in words what is wrong with it. */
export function readRequest(message: Readonly<Record<string, unknown>>): ConsoleRequest | string {
  const { type, request, wanted } = message;
  if (type !== 'console.do') return 'not a request';
  if (!Number.isSafeInteger(request)) return 'request: expected a whole number';
  if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted)) return 'wanted: expected an object';
  const read = readWanted(wanted as Readonly<Record<string, unknown>>);
  return typeof read === 'string' ? read : { type, request: request as number, wanted: read };
}

type Given = Readonly<Record<string, unknown>>;

function readWanted(given: Given): Wanted | string {
  const known = Object.hasOwn(readers, String(given['do'])) ? readers[given['do'] as Wanted['do']] : undefined;
  if (known === undefined) return 'do: expected one of ' + Object.keys(readers).join(', ');
  try {
    return known(given);
  } catch (error) {
    if (error instanceof Wrong) return error.message;
    throw error;
  }
}

class Wrong extends Error {}

function optional<T>(given: Given, key: string, is: (value: unknown) => value is T, expected: string): { [key: string]: T } {
  const value = given[key];
  if (value === undefined) return {};
  if (!is(value)) throw new Wrong(`${key}: expected ${expected}`);
  return { [key]: value };
}
function required<T>(given: Given, key: string, is: (value: unknown) => value is T, expected: string): T {
  const value = given[key];
  if (!is(value)) throw new Wrong(`${key}: expected ${expected}`);
  return value;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= 4_096;
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
const isSpeed = (value: unknown): value is Speed => (speeds as readonly unknown[]).includes(value);
const isFault = (value: unknown): value is FaultName => (faultNames as readonly unknown[]).includes(value);
const isStrike = (value: unknown): value is 'drop' | 'kick' | 'shutdown' =>
  ['drop', 'kick', 'shutdown'].includes(value as string);
const isFaultValue = (value: unknown): value is string | number | false => value === false || isNumber(value) || isText(value);
/** A year: longer than any status is meant to last, and within what a timer can do in parts. */
const isSpan = (value: unknown): value is number => isNumber(value) && value > 0 && value <= 366 * 86_400_000;

const wishOf = (given: Given): { note?: string; for?: number } => ({
  ...optional(given, 'note', isText, 'a text'),
  ...optional(given, 'for', isSpan, 'milliseconds'),
});

const readers: { readonly [K in Wanted['do']]: (given: Given) => Extract<Wanted, { readonly do: K }> } = {
  signin: (given) => ({ do: 'signin', ...optional(given, 'status', isNumber, 'a status number'), ...wishOf(given) }),
  signout: () => ({ do: 'signout' }),
  status: (given) => ({ do: 'status', status: required(given, 'status', isNumber, 'a status number'), ...wishOf(given) }),
  environment: (given) => ({
    do: 'environment',
    ...optional(given, 'network', isBoolean, 'a boolean'),
    ...optional(given, 'awake', isBoolean, 'a boolean'),
    ...optional(given, 'userActive', isBoolean, 'a boolean'),
  }),
  speed: (given) => ({ do: 'speed', speed: required(given, 'speed', isSpeed, speeds.join(', ')) }),
  step: (given) => ({ do: 'step', ...optional(given, 'ms', isSpan, 'milliseconds') }),
  fault: (given) => ({
    do: 'fault',
    name: required(given, 'name', isFault, faultNames.join(', ')),
    value: required(given, 'value', isFaultValue, 'a value or false'),
  }),
  calm: () => ({ do: 'calm' }),
  strike: (given) => ({ do: 'strike', what: required(given, 'what', isStrike, 'drop, kick or shutdown') }),
  account: (given) => ({
    do: 'account',
    ...optional(given, 'name', isName, 'a sign-in name such as you@example.org'),
    ...optional(given, 'url', isAddress, 'an address such as wss://example.org/xmpp-websocket, without a user in it'),
  }),
};

function isName(value: unknown): value is string {
  return isText(value) && value.length <= 129 && /^[^\s@/]+@[^\s@/]+(?:\/\S+)?$/.test(value);
}

/** Without user and password: an address is shown and logged. */
function isAddress(value: unknown): value is string {
  if (!isText(value) || !/^(?:wss?|xmpps?):\/\//i.test(value) || !URL.canParse(value)) return false;
  const { hostname, username, password } = new URL(value);
  return hostname !== '' && username === '' && password === '';
}
