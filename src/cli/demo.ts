/**
 * `demo`: a story told in the terminal against the embedded server over real XMPP, and after it a prompt to go on by hand. It must never touch
 * another server than its own.
 */
import type { Command } from 'commander';
import type { ContactPresence, Notice } from '../index.js';
import { commandsOf, environmentCommands, serverCommands } from './commands.js';
import { type Host, isInteractive, type Verb } from './host.js';
import { runPrompt } from './prompt.js';
import { Queue } from './queue.js';
import { Screen } from './screen.js';
import { fastPace, humanPace, setStage, type Pace, type Stage } from './stage.js';
import { tellStory } from './story.js';
import { sightLine } from './words.js';

export function addDemo(program: Command, verb: Verb): void {
  program
    .command('demo')
    .summary('tell a story against the embedded server, then take commands')
    .description(
      'Tells a story against an embedded XMPP server on 127.0.0.1: a sign-in, a status, a lost line and the return, a sign-out, a wrong ' +
        'password, a cancelled attempt. Each notice is one line; what a second account sees is indented. In a terminal, a prompt follows.',
    )
    .option('--fast', 'the same story in a hurry')
    .action(async (options: { readonly fast?: boolean }) =>
      verb((host, signal) => demo(host, signal, options.fast === true ? fastPace : humanPace)),
    );
}

/**
 * Tells the story, then takes commands if there is somebody to give them.
 * @param prepare called when everything is set up, before the story: to spoil it
 * @throws StoryError; the reason of `signal`
 */
export async function demo(
  host: Host,
  signal: AbortSignal,
  pace: Pace,
  prepare: (stage: Stage) => void = () => undefined,
): Promise<number> {
  const screen = new Screen(host);
  const { colours } = screen;
  const seen = { notices: new Queue<Notice>(), sights: new Queue<ContactPresence>() };
  let isTelling = true;
  const stage = await setStage(
    pace,
    (presence) => {
      screen.line(sightLine('bob', presence, colours));
      if (isTelling) seen.sights.push(presence);
    },
    signal,
  );
  try {
    const { service, server, credentials, idleAfter } = stage;
    screen.line(`XMPP server at ${server.url}, with ${server.users.join(' and ')}.`);
    prepare(stage);
    screen.follow(service);
    const deaf = service.on('*', (notice) => seen.notices.push(notice));
    await tellStory(stage, seen, (text) => screen.line(`\n${colours.bold(text)}`), signal);
    isTelling = false;
    deaf();
    screen.line('\nThe story went as told.');
    if (isInteractive(host)) {
      const alice = { service, idleAfter, credentials: () => Promise.resolve(credentials) };
      const commands = commandsOf(alice, [...environmentCommands(alice), ...serverCommands(alice, server, credentials)]);
      screen.line('Now you are Alice. `signin` signs her in, `help` lists the commands, `quit` ends.');
      await runPrompt(host, screen, service, commands, signal);
    }
    return 0;
  } finally {
    await stage.close();
  }
}
