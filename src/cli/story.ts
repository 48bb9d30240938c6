/**
 * The story of the demo: seven steps, each with the notices that it has to cause, in order, and what the onlooker has to see. The teller
 * waits for each; whatever else comes, or does not come, ends the story with the name of the step.
 */
import {
  isSuccess,
  MISTATUS,
  MSGR_E_CANCEL,
  MSGR_E_INVALID_PASSWORD,
  resultName,
  S_OK,
  statusName,
  type Reason,
} from '../../machines/index.js';
import type { ContactPresence, Notice } from '../index.js';
import { FailedError } from './host.js';
import { pause, type Queue } from './queue.js';
import type { Stage } from './stage.js';

/** A notice to come, as text: type, code, status, reason. */
export type Expected = string;

export interface Step {
  readonly name: string;
  /** Told before it happens. */
  readonly text: string;
  /** Makes it happen; returns the answer of the call, if it was a call. */
  act(stage: Stage): number | void;
  /** In order. */
  readonly notices: readonly Expected[];
  /** What happens a moment after these, and what it causes. */
  readonly later?: { act(stage: Stage): number | void; readonly notices: readonly Expected[] };
  /** Status and note that Bob sees in the end. */
  readonly sees?: string;
}

/** The notice in the words in which a story expects it: `OnSignin S_OK progress`. */
export function wordsOf(notice: Notice): Expected {
  if (notice.type === 'OnSignout') return `OnSignout ${notice.reason}`;
  const code = resultName(notice.hr);
  if (notice.type === 'OnSignin') return `OnSignin ${code} ${notice.reason}`;
  return `OnMyStatusChange ${code} ${statusName(notice.mMyStatus)} ${notice.reason}`;
}
function sightOf({ status, note }: ContactPresence): string {
  return note === undefined ? statusName(status) : `${statusName(status)} "${note}"`;
}
const status = (number: MISTATUS, reason: Reason, hr: number = S_OK): Expected =>
  `OnMyStatusChange ${resultName(hr)} ${statusName(number)} ${reason}`;
const signin = (hr: number, reason: Reason): Expected => `OnSignin ${resultName(hr)} ${reason}`;

const begin: readonly Expected[] = [
  status(MISTATUS.LOCAL_FINDING_SERVER, 'progress'),
  status(MISTATUS.LOCAL_CONNECTING_TO_SERVER, 'progress'),
];
const arrive = (number: MISTATUS): Expected[] => [
  signin(S_OK, 'progress'),
  status(MISTATUS.LOCAL_SYNCHRONIZING_WITH_SERVER, 'progress'),
  status(number, 'progress'),
];
const note = 'in a meeting';

export const story: readonly Step[] = [
  {
    name: 'sign-in',
    text: 'Alice signs in.',
    act: ({ service, credentials }) => service.signin(credentials),
    notices: [...begin, ...arrive(MISTATUS.ONLINE)],
    sees: 'ONLINE',
  },
  {
    name: 'busy',
    text: `She is busy, with a note: ${note}.`,
    act: ({ service }) => service.setStatus(MISTATUS.BUSY, { note }),
    notices: [status(MISTATUS.BUSY, 'userRequest')],
    sees: `BUSY "${note}"`,
  },
  {
    name: 'lost line',
    text: 'The line breaks.',
    act: ({ server, credentials }) => void server.drop(credentials.name),
    notices: [status(MISTATUS.OFFLINE, 'lineLost')],
    sees: 'OFFLINE',
  },
  {
    name: 'return',
    text: 'After a while she is back by herself, busy as she was.',
    act: () => undefined,
    notices: [...begin, ...arrive(MISTATUS.BUSY)],
    sees: `BUSY "${note}"`,
  },
  {
    name: 'sign-out',
    text: 'She signs out.',
    act: ({ service }) => service.signout(),
    notices: [
      'OnSignout userRequest',
      status(MISTATUS.LOCAL_DISCONNECTING_FROM_SERVER, 'userRequest'),
      status(MISTATUS.OFFLINE, 'userRequest'),
    ],
    sees: 'OFFLINE',
  },
  {
    name: 'wrong password',
    text: 'She signs in again, and mistypes the password: nobody tries that twice.',
    act: ({ service, credentials }) => service.signin({ ...credentials, password: `not ${credentials.password}` }),
    notices: [...begin, signin(MSGR_E_INVALID_PASSWORD, 'invalidPassword'), status(MISTATUS.OFFLINE, 'invalidPassword')],
  },
  {
    name: 'cancel',
    text: 'Once more, but the server does not answer, and she gives up.',
    act({ service, server, credentials }) {
      server.faults.silent = 'auth';
      return service.signin(credentials);
    },
    notices: begin,
    later: {
      act({ service, server }) {
        server.faults.silent = false;
        return service.signout();
      },
      notices: [signin(MSGR_E_CANCEL, 'cancelled'), status(MISTATUS.OFFLINE, 'cancelled')],
    },
  },
];

/** The story did not go as told. */
export class StoryError extends FailedError {
  readonly step: string;
  constructor(step: string, message: string) {
    super(`The story failed at "${step}": ${message}`);
    this.step = step;
  }
}

/** What came and nobody has looked at yet. */
export interface Seen {
  readonly notices: Queue<Notice>;
  readonly sights: Queue<ContactPresence>;
}

/**
 * Tells the story, step by step.
 * @param heading called before each step
 * @throws StoryError when something else came than expected, nothing within the limit, or something too much; the reason of `signal`
 */
export async function tellStory(
  stage: Stage,
  { notices, sights }: Seen,
  heading: (text: string) => void,
  signal: AbortSignal,
  steps: readonly Step[] = story,
): Promise<void> {
  const { limit, pause: between } = stage.pace;

  async function expect<T>(step: Step, queue: Queue<T>, wanted: string, words: (value: T) => string, who: string): Promise<void> {
    const came = await queue.next(limit, signal);
    if (came === undefined) throw new StoryError(step.name, `expected ${who}${wanted}, nothing came within ${limit} ms`);
    if (words(came) !== wanted) throw new StoryError(step.name, `expected ${who}${wanted}, got ${words(came)}`);
  }
  async function perform(step: Step, act: Step['act'], wanted: readonly Expected[]): Promise<void> {
    const hr = act(stage) ?? S_OK;
    if (!isSuccess(hr)) throw new StoryError(step.name, `the call answered ${resultName(hr)}`);
    for (const words of wanted) await expect(step, notices, words, wordsOf, '');
  }

  for (const [at, step] of steps.entries()) {
    heading(`${at + 1}. ${step.text}`);
    await perform(step, (on) => step.act(on), step.notices);
    const { later } = step;
    if (later !== undefined) {
      await pause(between, signal);
      await perform(step, (on) => later.act(on), later.notices);
    }
    if (step.sees !== undefined) await expect(step, sights, step.sees, sightOf, 'Bob to see ');
    // The return begins by itself, so what it tells may come in the pause before it.
    if (steps[at + 1]?.name !== 'return') {
      await pause(between, signal);
      if (notices.length > 0 || sights.length > 0) throw new StoryError(step.name, 'more came than expected');
    }
  }
}
