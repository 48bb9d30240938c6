/**
 * The published grammar, for those who check logs and do not want to walk the chart first: the same as `machines/drawn/grammar.json`, which is
 * generated. A test compares; it must never be changed but to what that file says.
 */
import { dfaOf, type GrammarState } from './derive.js';

const online = {
  n: 'ONLINE',
  b: 'BUSY',
  r: 'BE_RIGHT_BACK',
  i: 'IDLE',
  a: 'AWAY',
  p: 'ON_THE_PHONE',
  l: 'OUT_TO_LUNCH',
  v: 'INVISIBLE',
} as const;
const leaving = { Q: 'owes LOCAL_DISCONNECTING_FROM_SERVER', X: 'OFFLINE' } as const;
/** Any status may follow, and the letter of a change that failed. */
const staying = (letter: string, status: string): GrammarState => ({
  end: true,
  next: { ...online, ...leaving, [letter]: status },
});

/** The automaton by the names of its states. */
export const publishedStates: Readonly<Record<string, GrammarState>> = {
  OFFLINE: { end: true, next: { F: 'LOCAL_FINDING_SERVER', X: 'OFFLINE' } },
  LOCAL_FINDING_SERVER: { end: true, next: { C: 'LOCAL_CONNECTING_TO_SERVER', W: 'owes OFFLINE' } },
  LOCAL_CONNECTING_TO_SERVER: { end: true, next: { G: 'owes LOCAL_SYNCHRONIZING_WITH_SERVER', W: 'owes OFFLINE' } },
  'owes LOCAL_SYNCHRONIZING_WITH_SERVER': { end: false, next: { Y: 'LOCAL_SYNCHRONIZING_WITH_SERVER' } },
  LOCAL_SYNCHRONIZING_WITH_SERVER: { end: true, next: { ...online, ...leaving, E: 'owes OFFLINE' } },
  'owes OFFLINE': { end: false, next: { X: 'OFFLINE' } },
  ONLINE: staying('N', 'ONLINE'),
  BUSY: staying('B', 'BUSY'),
  BE_RIGHT_BACK: staying('R', 'BE_RIGHT_BACK'),
  IDLE: staying('I', 'IDLE'),
  AWAY: staying('A', 'AWAY'),
  ON_THE_PHONE: staying('P', 'ON_THE_PHONE'),
  OUT_TO_LUNCH: staying('L', 'OUT_TO_LUNCH'),
  INVISIBLE: staying('V', 'INVISIBLE'),
  'owes LOCAL_DISCONNECTING_FROM_SERVER': { end: false, next: { D: 'LOCAL_DISCONNECTING_FROM_SERVER' } },
  LOCAL_DISCONNECTING_FROM_SERVER: { end: true, next: { X: 'OFFLINE' } },
};

/** Where a log begins. */
export const publishedStart = 'OFFLINE';

export const publishedDfa = dfaOf({ start: publishedStart, states: publishedStates });
