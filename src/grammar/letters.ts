/**
 * The letters of the grammar: what of a notice decides which may follow. One character each, so that an order of notices is a word. Reasons,
 * attempts and times are no part of it; which code an error has is left to L07. It must never hold an order.
 */
import { isSuccess, MISTATUS, statusName, type SeenNotice } from '../../machines/index.js';

/** One character; see `letters`. */
export type Letter = string;

export interface LetterRow {
  readonly letter: Letter;
  readonly type: SeenNotice['type'];
  /** Whether `hr` is zero or positive; OnSignout has none. */
  readonly success?: boolean;
  /** The status, historical name; of an OnMyStatusChange only. */
  readonly status?: string;
}

/** Progress in capitals after its word, the online ones small; the failed change is the capital of the status that stays. */
const statusLetters: readonly (readonly [status: MISTATUS, reached: Letter, failed: Letter | undefined])[] = [
  [MISTATUS.OFFLINE, 'X', undefined],
  [MISTATUS.LOCAL_FINDING_SERVER, 'F', undefined],
  [MISTATUS.LOCAL_CONNECTING_TO_SERVER, 'C', undefined],
  [MISTATUS.LOCAL_SYNCHRONIZING_WITH_SERVER, 'Y', 'E'],
  [MISTATUS.ONLINE, 'n', 'N'],
  [MISTATUS.BUSY, 'b', 'B'],
  [MISTATUS.BE_RIGHT_BACK, 'r', 'R'],
  [MISTATUS.IDLE, 'i', 'I'],
  [MISTATUS.AWAY, 'a', 'A'],
  [MISTATUS.ON_THE_PHONE, 'p', 'P'],
  [MISTATUS.OUT_TO_LUNCH, 'l', 'L'],
  [MISTATUS.INVISIBLE, 'v', 'V'],
  [MISTATUS.LOCAL_DISCONNECTING_FROM_SERVER, 'D', undefined],
];

/** Every letter with what it stands for: G granted, W withheld, Q quit; the statuses and their failed changes. */
export const letters: readonly LetterRow[] = [
  { letter: 'G', type: 'OnSignin', success: true },
  { letter: 'W', type: 'OnSignin', success: false },
  { letter: 'Q', type: 'OnSignout' },
  ...statusLetters.flatMap(([status, reached, failed]): LetterRow[] => {
    const row = { type: 'OnMyStatusChange', status: statusName(status) } as const;
    const told: LetterRow = { letter: reached, ...row, success: true };
    return failed === undefined ? [told] : [told, { letter: failed, ...row, success: false }];
  }),
];

const reachedLetters = new Map<number, Letter>(statusLetters.map(([status, letter]) => [status, letter]));
const failedLetters = new Map<number, Letter>(
  statusLetters.flatMap(([status, , letter]) => (letter === undefined ? [] : [[status, letter]])),
);
const rows = new Map(letters.map((row) => [row.letter, row]));

/** The letter of a notice; none when the machine never tells such a one, whatever came before. */
export function letterOf(notice: SeenNotice): Letter | undefined {
  switch (notice.type) {
    case 'OnSignout':
      return 'Q';
    case 'OnSignin':
      return isSuccess(notice.hr) ? 'G' : 'W';
    case 'OnMyStatusChange':
      return (isSuccess(notice.hr) ? reachedLetters : failedLetters).get(notice.mMyStatus);
    default:
      return undefined;
  }
}

/** What a letter stands for, for messages to people. */
export function meaningOf(letter: Letter): string {
  const row = rows.get(letter);
  if (!row) return letter;
  if (row.type === 'OnSignout') return row.type;
  const outcome = row.success === true ? 'S_OK' : 'an error';
  return row.status === undefined ? `${row.type} with ${outcome}` : `${row.type} ${row.status} with ${outcome}`;
}
