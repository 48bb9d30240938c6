/** The parts of the prompt that need no terminal: finding commands, their answers in every phase, hidden input, waiting with a limit. */
import { describe, expect, it } from '@jest/globals';
import { commandsOf, environmentCommands, leave, type PromptCommand } from '../../src/cli/commands.js';
import { coloursOf, InterruptedError } from '../../src/cli/host.js';
import { findCommand, helpText } from '../../src/cli/prompt.js';
import { pause, Queue } from '../../src/cli/queue.js';
import { readSecret } from '../../src/cli/secret.js';
import { createPresenceService, MISTATUS } from '../../src/index.js';
import { createPretendClock } from '../../src/testing/index.js';
import { createMemoryServer } from '../../src/transports/memory/index.js';
import { fakeHost } from './fakes.js';

const { signal } = new AbortController();
const plain = coloursOf(fakeHost());

function setUp() {
  const clock = createPretendClock({ now: 1_000_000 });
  const server = createMemoryServer({ clock });
  const service = createPresenceService({ transport: server.transport(), clock, random: () => 0.5 });
  const credentials = { name: 'ann@example.com', password: 'correct-horse' };
  const actor = { service, idleAfter: 300_000, credentials: () => Promise.resolve(credentials) };
  const commands = commandsOf(actor, environmentCommands(actor));
  const type = async (line: string) => {
    const { command, rest, complaint } = findCommand(line, commands);
    if (command === undefined || typeof command === 'string') return complaint ?? command;
    const answer = await command.run(rest, plain);
    await clock.settle();
    return answer;
  };
  return { clock, server, service, commands, actor, type };
}

describe('A line', () => {
  const { commands } = setUp();
  const nameOf = (command: PromptCommand | 'help' | 'quit' | undefined) => (typeof command === 'object' ? command.name : command);

  it.each([
    ['busy', 'busy', ''],
    ['  BUSY   in a  meeting ', 'busy', 'in a  meeting'],
    ['busy busy', 'busy', 'busy'],
    ['brb', 'be-right-back', ''],
    ['network off', 'network', 'off'],
    ['?', 'help', ''],
    ['exit', 'quit', ''],
    ['   ', undefined, ''],
  ])('%j is the command %s with %j', (line, name, rest) => {
    const found = findCommand(line, commands);
    expect([nameOf(found.command), found.rest, found.complaint]).toEqual([name, rest, undefined]);
  });

  it('that is no command is answered with the nearest, or with how to find one', () => {
    expect(findCommand('singout now', commands).complaint).toBe('There is no command singout. Did you mean signout?');
    expect(findCommand('hepl', commands).complaint).toBe('There is no command hepl. Did you mean help?');
    expect(findCommand('xyzzy', commands).complaint).toBe('There is no command xyzzy. `help` lists the commands.');
    expect(findCommand('constructor', commands).command).toBeUndefined();
  });

  it('of help stands for each command once', () => {
    const lines = helpText(commands).split('\n');
    expect(lines).toHaveLength(commands.length + 2);
    for (const { name, help } of commands)
      expect(lines.filter((line) => line.includes(name) && line.endsWith(help))).toHaveLength(1);
  });
});

describe('A command', () => {
  it('is answered with the code of its call, whatever the phase (L16)', async () => {
    const { type, service } = setUp();
    expect(await type('signout')).toBe('signout: MSGR_E_NOT_LOGGED_ON, not possible while signed out');
    expect(await type('busy')).toBe('BUSY: MSGR_E_NOT_LOGGED_ON, not possible while signed out');
    expect(await type('signin')).toBe('signin: S_OK, success');
    expect(await type('signin')).toBe('signin: MSGR_E_ALREADY_LOGGED_ON, signed in already, so no new sign-in');
    expect(await type('brb back at noon')).toBe('BE_RIGHT_BACK: S_OK, success');
    expect(service.myStatus).toBe(MISTATUS.BE_RIGHT_BACK);
    expect(await type('state')).toContain('note "back at noon"');
    expect(await type(`busy ${'x'.repeat(2_000)}`)).toContain('E_INVALIDARG');
    expect(await type('signout')).toBe('signout: S_OK, success');
    await service.dispose();
  });

  it('takes its words or says which', async () => {
    const { type, service } = setUp();
    expect(await type('signin bsy')).toBe('signin: bsy is no status. Did you mean busy?');
    expect(await type('network')).toBe('network: expected off or on.');
    expect(await type('network of')).toBe('network: expected off or on. Did you mean off?');
    expect(service.myStatus).toBe(MISTATUS.OFFLINE);
    await service.dispose();
  });

  it('tells the service of its surroundings', async () => {
    const { type, service, clock } = setUp();
    await type('signin');
    expect(await type('idle')).toBe('no input from now on: IDLE in 300 s');
    await clock.advance(300_000);
    expect(service.myStatus).toBe(MISTATUS.IDLE);
    await type('active');
    expect(service.myStatus).toBe(MISTATUS.ONLINE);
    for (const [off, on] of [
      ['network off', 'network on'],
      ['sleep', 'wake'],
    ] as const) {
      await type(off);
      expect(service.myStatus).toBe(MISTATUS.OFFLINE);
      await type(on);
      await clock.advance(1_000);
      expect(service.myStatus).toBe(MISTATUS.ONLINE);
    }
    await service.dispose();
  });
});

describe('leave', () => {
  it('resolves when signed out, from every phase', async () => {
    for (const lines of [[], ['signin'], ['signin', 'network off']]) {
      const { type, service, clock } = setUp();
      for (const line of lines) await type(line);
      const left = leave(service, signal);
      await clock.settle();
      await left;
      expect(service.myStatus).toBe(MISTATUS.OFFLINE);
      expect(clock.timers).toBe(0);
      await service.dispose();
    }
  });

  it('waits for a sign-out that is under way', async () => {
    const { type, service, clock, server } = setUp();
    await type('signin');
    server.faults.silent = { close: true };
    await type('signout');
    expect(service.myStatus).toBe(MISTATUS.LOCAL_DISCONNECTING_FROM_SERVER);
    let isLeft = false;
    const left = leave(service, signal).then(() => (isLeft = true));
    await clock.settle();
    expect(isLeft).toBe(false);
    await clock.advance(5_000);
    await left;
    await service.dispose();
  });
});

describe('Hidden input', () => {
  async function answer(...keys: readonly (string | Buffer)[]) {
    const host = fakeHost({ tty: true });
    const answered = readSecret(host, 'Secret: ', signal);
    for (const key of keys) host.input.write(key);
    const secret = await answered;
    expect(host.input.modes).toEqual([true, false]);
    expect(host.input.listenerCount('data')).toBe(0);
    expect([host.err.text, host.out.text]).toEqual(['Secret: \n', '']);
    return secret;
  }

  it('is what was typed up to the end of the line, with corrections', async () => {
    expect(await answer('hunter2\r')).toBe('hunter2');
    expect(await answer('h', 'u', 'x', '\u007f', 'n\n')).toBe('hun');
    expect(await answer('wrong\u0015right\rrest')).toBe('right');
    expect(await answer('a\u001b[Db\u001bOAc\u001b[1;5Cd\r')).toBe('abcd');
    expect(await answer('\u0004')).toBeUndefined();
  });

  it('may be any text, also when it comes in pieces', async () => {
    const bytes = Buffer.from('pässwörd🔑\r');
    expect(await answer(...Array.from(bytes, (byte) => Buffer.from([byte])))).toBe('pässwörd🔑');
    expect(await answer('🔑🔒\u007f\r')).toBe('🔑');
  });

  it('ends by Ctrl-C, by a signal, and by the end of the input, and leaves the terminal as it was', async () => {
    await expect(answer('abc\u0003')).rejects.toThrow(InterruptedError);
    const host = fakeHost({ tty: true });
    const controller = new AbortController();
    const answered = readSecret(host, 'Secret: ', controller.signal);
    controller.abort(new InterruptedError(143));
    await expect(answered).rejects.toMatchObject({ code: 143 });
    const ended = fakeHost({ tty: true });
    const nothing = readSecret(ended, 'Secret: ', signal);
    ended.input.end();
    expect(await nothing).toBeUndefined();
    for (const { input } of [host, ended]) expect(input.modes).toEqual([true, false]);
  });
});

describe('A queue', () => {
  it('hands on in order what has come and what comes, and nothing after the limit', async () => {
    const queue = new Queue<number>();
    queue.push(1);
    queue.push(2);
    expect([await queue.next(0, signal), await queue.next(0, signal), queue.length]).toEqual([1, 2, 0]);
    const third = queue.next(60_000, signal);
    queue.push(3);
    queue.push(4);
    expect([await third, queue.length]).toEqual([3, 1]);
    await queue.next(0, signal);
    expect(await queue.next(1, signal)).toBeUndefined();
    queue.push(5);
    expect(queue.length).toBe(1);
  });

  it('ends a wait, and a pause, with the reason of the signal', async () => {
    const controller = new AbortController();
    const waits = [new Queue().next(60_000, controller.signal), pause(60_000, controller.signal)];
    controller.abort(new InterruptedError(130));
    for (const wait of [...waits, new Queue().next(1, controller.signal), pause(0, controller.signal)]) {
      await expect(wait).rejects.toMatchObject({ code: 130 });
    }
  });
});
