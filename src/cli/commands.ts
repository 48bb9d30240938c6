/**
 * The commands of the prompt: what each is called, takes, does, and answers. Each is one call of the service, so that its notices are those of the
 * call (L15). It must never wait for a notice.
 */
import {
  availabilityOf,
  MISTATUS,
  MSGR_E_NOT_LOGGED_ON,
  settableStatuses,
  statusMeaning,
  statusName,
  type SettableStatus,
} from '../../machines/index.js';
import type { Credentials, PresenceService } from '../index.js';
import type { LoopbackServer } from '../transports/loopback/index.js';
import { type Colours } from './host.js';
import { didYouMean } from './nearest.js';
import { answerLine, printable, statusOfWord, statusWords, typedStatus } from './words.js';

/** Whom the commands act on. */
export interface Actor {
  readonly service: PresenceService;
  /** `policy.idleAfter`, milliseconds. */
  readonly idleAfter: number;
  /** The status and note to sign in with when none is typed. */
  readonly wish?: { readonly status?: SettableStatus | undefined; readonly note?: string | undefined };
  /** What to sign in with; may ask at the terminal. undefined: nobody answered. */
  credentials(): Promise<Credentials | undefined>;
}

/** What to print, if anything. */
export type Answer = string | undefined;

export interface PromptCommand {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** As shown by help: `[note]`. */
  readonly takes?: string;
  readonly help: string;
  /** Asks at the terminal itself, so the prompt has to let go of it. */
  readonly asks?: boolean;
  /** @param rest what was typed after the name, trimmed */
  run(rest: string, colours: Colours): Answer | Promise<Answer>;
}

/** The whole set: sign-in, statuses, the given others, `state`, and `help` and `quit`, which are the prompt's. */
export function commandsOf(
  actor: Actor,
  others: readonly PromptCommand[] = [],
  options: { asks?: boolean } = {},
): PromptCommand[] {
  const { service } = actor;
  const statuses = settableStatuses.map((status): PromptCommand => {
    const name = typedStatus(status);
    const aliases = statusWords.filter((word) => word !== name && statusOfWord(word) === status);
    return {
      name,
      ...(aliases.length === 0 ? {} : { aliases }),
      takes: '[note]',
      help: statusMeaning(status),
      run: (note, colours) => setStatus(service, status, note, colours),
    };
  });
  return [
    {
      name: 'signin',
      takes: '[status]',
      help: 'sign in',
      asks: options.asks === true,
      run: (word, colours) => signin(actor, word, colours),
    },
    { name: 'signout', help: 'sign out, or give up', run: (_, colours) => answerLine('signout', service.signout(), colours) },
    ...statuses,
    ...others,
    { name: 'state', help: 'what the service says of itself', run: () => stateOf(service) },
  ];
}

async function signin(actor: Actor, word: string, colours: Colours): Promise<Answer> {
  const status = word === '' ? undefined : statusOfWord(word);
  if (word !== '' && status === undefined) return `signin: ${printable(word)} is no status.${didYouMean(word, statusWords)}`;
  const credentials = await actor.credentials();
  if (credentials === undefined) return 'signin: no password';
  return answerLine('signin', actor.service.signin(credentials, status === undefined ? actor.wish : { status }), colours);
}

function setStatus(service: PresenceService, status: SettableStatus, note: string, colours: Colours): Answer {
  return answerLine(statusName(status), service.setStatus(status, { note }), colours);
}

function stateOf(service: PresenceService): Answer {
  const { myStatus, mySigninName, presenceProperties } = service;
  const note = presenceProperties[3];
  return [
    `status ${statusName(myStatus)} (0x${myStatus.toString(16)}): ${statusMeaning(myStatus)}`,
    `availability ${availabilityOf(myStatus)}`,
    ...(typeof note === 'string' && note !== '' ? [`note "${printable(note)}"`] : []),
    `state ${JSON.stringify(service.actor.getSnapshot().value)}`,
    ...(mySigninName === undefined ? [] : [`name ${printable(mySigninName)}`]),
  ].join('\n');
}

function oneOf(name: string, words: readonly [string, string], act: (isSecond: boolean) => string): PromptCommand['run'] {
  return (word) => {
    if (words.includes(word)) return act(word === words[1]);
    return `${name}: expected ${words.join(' or ')}.${word === '' ? '' : didYouMean(word, words)}`;
  };
}

/** What a device notices of its surroundings. */
export function environmentCommands({ service, idleAfter }: Actor): PromptCommand[] {
  const after = `${(idleAfter / 1000).toFixed(idleAfter < 1000 ? 1 : 0)} s`;
  return [
    {
      name: 'idle',
      help: `the last input is now: IDLE follows after ${after}, from ONLINE`,
      run() {
        service.environment({ userActive: false });
        return service.myStatus === MISTATUS.ONLINE ? `no input from now on: IDLE in ${after}` : undefined;
      },
    },
    {
      name: 'active',
      help: 'input again',
      run() {
        service.environment({ userActive: true });
        return undefined;
      },
    },
    {
      name: 'network',
      takes: 'off|on',
      help: 'this device loses or finds its network',
      run: oneOf('network', ['off', 'on'], (network) => (service.environment({ network }), `network ${network ? 'on' : 'off'}`)),
    },
    {
      name: 'sleep',
      help: 'this device goes to sleep',
      run() {
        service.environment({ awake: false });
        return undefined;
      },
    },
    {
      name: 'wake',
      help: 'this device wakes up',
      run() {
        service.environment({ awake: true });
        return undefined;
      },
    },
  ];
}

/** What the embedded server does to somebody. */
export function serverCommands({ service }: Actor, server: LoopbackServer, { name, password }: Credentials): PromptCommand[] {
  const count = (lines: number, done: string) => (lines === 0 ? 'nobody is signed in' : done);
  return [
    { name: 'lose', help: 'the line breaks', run: () => count(server.drop(name), 'the line is cut') },
    { name: 'kick', help: 'the account signs in elsewhere', run: () => count(server.kick(name), 'thrown out') },
    {
      name: 'mistype',
      help: 'sign in with a wrong password',
      run: (_, colours) => answerLine('signin', service.signin({ name, password: `not ${password ?? ''}` }), colours),
    },
  ];
}

/** Signs out if there is anything to sign out from, and resolves when that is over. @throws the reason of `signal` */
export function leave(service: PresenceService, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const end = (): void => {
      off();
      signal.removeEventListener('abort', abort);
    };
    const finish = (): void => (end(), resolve());
    const abort = (): void => (end(), reject(signal.reason as Error));
    const off = service.on('OnMyStatusChange', ({ mMyStatus, retryAt }) => {
      if (mMyStatus === MISTATUS.OFFLINE && retryAt === undefined) finish();
    });
    signal.addEventListener('abort', abort);
    const isAtRest = service.signout() === MSGR_E_NOT_LOGGED_ON && service.myStatus === MISTATUS.OFFLINE;
    if (isAtRest) finish();
  });
}
