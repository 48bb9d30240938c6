/**
 * `signin`: a real account on a real server. In a terminal it prints the notices and takes commands; otherwise it signs in, out again, and tells by
 * the exit code whether that was possible. It must never take a password from an argument, nor show one.
 */
import { type Command, Option } from 'commander';
import { isOnline, isSuccess, MISTATUS, resultName, type SettableStatus } from '../../machines/index.js';
import { createPresenceService, defaultPolicy, type PresenceService } from '../index.js';
import { xmppTransport } from '../transports/xmpp/index.js';
import { commandsOf, environmentCommands, leave } from './commands.js';
import { FailedError, type Host, InterruptedError, isInteractive, UsageError, type Verb } from './host.js';
import { didYouMean } from './nearest.js';
import { runPrompt } from './prompt.js';
import { Screen } from './screen.js';
import { readSecret } from './secret.js';
import { printable, statusOfWord, statusWords } from './words.js';

interface SigninOptions {
  readonly xmpp?: string;
  readonly url?: string;
  readonly status?: string;
  readonly note?: string;
  readonly insecure?: boolean;
  readonly password?: string | true;
}

export function addSignin(program: Command, verb: Verb): void {
  program
    .command('signin')
    .summary('sign in to a real server')
    .description(
      'Signs in to an XMPP server and prints every notice. The password comes from the environment variable PRESENCE_PASSWORD, or is asked ' +
        'for at the terminal; never from an argument. In a terminal, a prompt follows. Otherwise it signs out again as soon as it is online ' +
        '(exit code 0), or ends when the attempt has failed (exit code 1).',
    )
    .option('--xmpp <address>', 'sign-in name, such as alice@example.org; required')
    .option('--url <url>', 'address of the server: ws://, wss://, xmpp:// or xmpps://; default: found by DNS')
    .option('--status <status>', `status to sign in with: ${statusWords.join(', ')}`)
    .option('--note <text>', 'note beside the status')
    .option('--insecure', 'do not check the certificate of the server')
    .addOption(new Option('--password [refused]').hideHelp())
    .action(async (options: SigninOptions) => verb((host, signal) => signin(host, options, signal)));
}

/** What the options say, or why they do not. None of the messages repeats a value that may hold a secret. */
export function readOptions(options: SigninOptions): {
  readonly name: string;
  readonly url: string | undefined;
  readonly wish: { readonly status: SettableStatus | undefined; readonly note: string | undefined };
} {
  const { xmpp: name, url, status: word, note, password } = options;
  if (password !== undefined) {
    throw new UsageError(
      'error: --password is refused: every user of this machine can read the arguments of a command, and shells keep them. ' +
        'Put the password into the environment variable PRESENCE_PASSWORD, or type it when asked.',
    );
  }
  if (name === undefined) throw new UsageError('error: --xmpp is required: the sign-in name, such as alice@example.org');
  if (!/^[^\s@/]+@[^\s@/]+(?:\/\S+)?$/.test(name) || name.length > 129) {
    throw new UsageError(`error: --xmpp: expected a sign-in name such as alice@example.org, got ${JSON.stringify(name)}`);
  }
  if (url !== undefined && !isAddress(url)) {
    throw new UsageError(
      'error: --url: expected an address such as wss://example.org/xmpp-websocket or xmpp://example.org:5222, without a user in it',
    );
  }
  const status = word === undefined ? undefined : statusOfWord(word);
  if (word !== undefined && status === undefined) {
    throw new UsageError(
      `error: --status: ${printable(word)} is not one of ${statusWords.join(', ')}.${didYouMean(word, statusWords)}`,
    );
  }
  return { name, url, wish: { status, note } };
}

function isAddress(text: string): boolean {
  if (!/^(?:wss?|xmpps?):\/\//i.test(text) || !URL.canParse(text)) return false;
  const { hostname, username, password } = new URL(text);
  return hostname !== '' && username === '' && password === '';
}

async function passwordFor(name: string, host: Host, signal: AbortSignal): Promise<string> {
  const given = host.env['PRESENCE_PASSWORD'];
  if (given !== undefined && given !== '') return given;
  if (host.input.isTTY !== true) {
    throw new UsageError('error: no password: there is no terminal to ask at, and PRESENCE_PASSWORD is not set');
  }
  const typed = await readSecret(host, `Password of ${name}: `, signal);
  if (typed === undefined || typed === '') throw new UsageError('error: no password');
  return typed;
}

async function signin(host: Host, options: SigninOptions, signal: AbortSignal): Promise<number> {
  const { name, url, wish } = readOptions(options);
  const transport = xmppTransport({
    ...(url === undefined ? {} : { service: url }),
    ...(options.insecure === true ? { tls: { rejectUnauthorized: false } } : {}),
  });
  if ((wish.note ?? '').length > transport.capabilities.note) {
    throw new UsageError(`error: --note: at most ${transport.capabilities.note} characters`);
  }
  let password: string | undefined = await passwordFor(name, host, signal);
  if (options.insecure === true) host.err.write('warning: --insecure: nobody knows whether this is the right server\n');

  const service = createPresenceService({ transport });
  try {
    const screen = new Screen(host);
    screen.follow(service);
    const outcome = isInteractive(host) ? undefined : firstOutcome(service, signal);
    const hr = service.signin({ name, password }, wish);
    if (!isSuccess(hr)) throw new FailedError(`signin: ${resultName(hr)}`);
    if (outcome !== undefined) {
      const isThere = await outcome;
      await leave(service, signal);
      return isThere ? 0 : 1;
    }
    service.on('OnSignin', ({ reason }) => {
      if (reason === 'invalidPassword') password = undefined;
    });
    const actor = {
      service,
      wish,
      idleAfter: defaultPolicy.idleAfter,
      credentials: async () => {
        password ??= await readSecret(host, `Password of ${name}: `, signal).catch(nothingIfInterrupted);
        return password === undefined || password === '' ? undefined : { name, password };
      },
    };
    screen.line('`help` lists the commands, `quit` signs out and ends.');
    await runPrompt(host, screen, service, commandsOf(actor, environmentCommands(actor), { asks: true }), signal);
    return 0;
  } finally {
    await service.dispose();
  }
}

/** Ctrl-C at the question takes back the command, not the whole program. */
function nothingIfInterrupted(error: unknown): undefined {
  if (!(error instanceof InterruptedError)) throw error;
}

/** Whether the first thing that comes of a sign-in is being online: a loss on the way there counts as none, even if it would be retried. */
function firstOutcome(service: PresenceService, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    service.on('OnMyStatusChange', ({ hr, mMyStatus }) => {
      if (!isSuccess(hr)) return;
      if (isOnline(mMyStatus)) resolve(true);
      else if (mMyStatus === MISTATUS.OFFLINE) resolve(false);
    });
  });
}
