/**
 * `console`: the live page, served from this process until somebody stops it. Without a terminal, or in a hurry, there is nobody to look at a page:
 * then it tells the story of `demo`. It must never take a password from an argument or from the page: only from the environment or the terminal.
 */
import { spawn } from 'node:child_process';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { defaultFolder, startConsole } from '../inspector/console/console.js';
import { demo } from './demo.js';
import { FailedError, type Host, InterruptedError, isInteractive, UsageError, type Verb } from './host.js';
import { Screen } from './screen.js';
import { readSecret } from './secret.js';
import { readOptions } from './signin.js';
import { fastPace, humanPace } from './stage.js';

interface ConsoleOptions {
  readonly fast?: boolean;
  readonly port?: number;
  readonly open?: boolean;
  readonly xmpp?: string;
  readonly url?: string;
  readonly insecure?: boolean;
  readonly password?: string | true;
}

export function addConsole(program: Command, verb: Verb): void {
  program
    .command('console')
    .summary('open the live page: chart, controls, notices, time travel')
    .description(
      'Serves a page on 127.0.0.1 on which a real service signs in to an embedded XMPP server, or to a server of yours, by clicks. The ' +
        'password of an account of yours comes from the environment variable PRESENCE_PASSWORD, or is asked for at this terminal; never ' +
        'by the page. Without a terminal, or with --fast, it tells the story of `demo` instead; with --port it serves the page in any case.',
    )
    .option('--port <number>', 'port to serve the page on; default: a free one', portOf)
    .option('--no-open', 'do not open a browser; print the link only')
    .option('--xmpp <address>', 'begin with an account of yours, such as alice@example.org')
    .option('--url <url>', 'address of its server: ws://, wss://, xmpp:// or xmpps://; default: found by DNS')
    .option('--insecure', 'do not check the certificates of servers')
    .option('--fast', 'tell the story of `demo` in a hurry')
    .addOption(new Option('--password [refused]').hideHelp())
    .action(async (options: ConsoleOptions) => verb((host, signal) => servePage(host, options, signal)));
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('Expected a number from 0 to 65535.');
  return port;
}

async function servePage(host: Host, options: ConsoleOptions, signal: AbortSignal): Promise<number> {
  const isStory = options.fast === true || (!isInteractive(host) && options.port === undefined);
  if (isStory) return demo(host, signal, options.fast === true ? fastPace : humanPace);
  if (options.url !== undefined && options.xmpp === undefined) throw new UsageError('error: --url needs --xmpp');
  if (options.password !== undefined) readOptions({ password: options.password });
  const { xmpp, url } = options;
  const account = xmpp === undefined ? undefined : readOptions({ xmpp, ...(url === undefined ? {} : { url }) });
  const screen = new Screen(host);
  const page = await startConsole({
    port: options.port,
    folder: defaultFolder(host.env),
    isInsecure: options.insecure === true,
    askPassword: (name, closing) => askPassword(host, name, AbortSignal.any([signal, closing])),
    onError: (error) => host.err.write(`presence-machine: ${error instanceof Error ? error.message : String(error)}\n`),
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE') throw new FailedError(`console: port ${options.port ?? 0} is taken`);
    throw error;
  });
  try {
    if (options.insecure === true) host.err.write('warning: --insecure: nobody knows whether a server is the right one\n');
    if (account !== undefined) {
      await page.stage.perform({ do: 'account', name: account.name, ...(account.url === undefined ? {} : { url: account.url }) });
    }
    const { url: link } = page;
    screen.line(`Console: ${link}`);
    screen.line('Apps of yours appear on it: of this machine by inspector(), in a browser by');
    screen.line(`inspector({ url: '${page.server.appUrl}' })`);
    screen.line('The link works once, and for this machine only. Press Ctrl-C to end.');
    if (options.open !== false && isInteractive(host)) openBrowser(link, host.env);
    return await untilAborted(signal);
  } finally {
    await page.close();
  }
}

async function askPassword(host: Host, name: string, signal: AbortSignal): Promise<string | undefined> {
  const given = host.env['PRESENCE_PASSWORD'];
  if (given !== undefined && given !== '') return given;
  if (host.input.isTTY !== true) return undefined;
  try {
    return await readSecret(host, `Password of ${name}: `, signal);
  } catch (error) {
    // Ctrl-C at the question takes back the sign-in, not the console.
    if (error instanceof InterruptedError && !signal.aborted) return undefined;
    throw error;
  }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}

/** The way of each system; where there is none, the link stands in the terminal. */
function openBrowser(link: string, env: Host['env']): void {
  if (env['CI'] || env['SSH_CONNECTION'] || env['BROWSER'] === 'none') return;
  const openers: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
    darwin: ['open'],
    win32: ['rundll32', 'url.dll,FileProtocolHandler'],
  };
  const [command, ...args] = openers[process.platform] ?? ['xdg-open'];
  spawn(command, [...args, link], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}
