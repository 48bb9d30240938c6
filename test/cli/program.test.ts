/** The grammar of the command: help, version, exit codes, suggestions, and that a password given where none belongs is not shown. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { version } from '../../src/cli/version.js';
import { fakeHost, runFake } from './fakes.js';

describe('The command', () => {
  it('has the version of the package', async () => {
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string };
    expect(version).toBe(manifest.version);
    for (const flag of ['--version', '-V']) expect(await runFake([flag])).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  it.each([[['--help']], [['help']], [['-h']]])('explains itself with %j', async (args) => {
    const { code, out, err } = await runFake(args);
    expect([code, err]).toEqual([0, '']);
    for (const word of ['demo', 'signin', '--version', 'Exit codes:', 'not understood']) expect(out).toContain(word);
  });

  it.each([
    ['demo', '--fast'],
    ['signin', 'PRESENCE_PASSWORD'],
  ])('explains %s', async (verb, word) => {
    for (const args of [
      [verb, '--help'],
      ['help', verb],
    ]) {
      const { code, out, err } = await runFake(args);
      expect([code, err]).toEqual([0, '']);
      expect(out).toContain(`presence-machine ${verb}`);
      expect(out).toContain(word);
      expect(out).toContain('Exit codes:');
      expect(out).not.toContain('--password');
    }
  });

  it('explains each of its commands, with what its exit codes mean', async () => {
    const { out } = await runFake(['--help']);
    const commands = out.slice(out.indexOf('Commands:')).matchAll(/^ {2}([a-z]+)\b/gm);
    const verbs = [...commands].map(([, verb = '']) => verb).filter((verb) => verb !== 'help');
    expect(verbs.length).toBeGreaterThan(9);
    for (const verb of verbs) {
      const help = await runFake([verb, '--help']);
      expect([verb, help.code, help.err]).toEqual([verb, 0, '']);
      expect(help.out).toContain(`Usage: presence-machine ${verb}`);
      expect(help.out).toContain('Exit codes:');
      const nonsense = await runFake([verb, '--nonsense']);
      expect([verb, nonsense.code, nonsense.out]).toEqual([verb, 2, '']);
      expect(nonsense.err).toContain("unknown option '--nonsense'");
    }
  });

  it('shows its help as an error when no verb is given', async () => {
    const { code, out, err } = await runFake([]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('Usage: presence-machine');
  });

  it.each([
    [['dmeo'], "error: unknown command 'dmeo'\n(Did you mean demo?)\n"],
    [['singin'], "error: unknown command 'singin'\n(Did you mean signin?)\n"],
    [['demo', '--fsat'], "error: unknown option '--fsat'\n(Did you mean --fast?)\n"],
    [['demo', 'now'], "error: too many arguments for 'demo'. Expected 0 arguments but got 1.\n"],
  ])('does not understand %j, and says what was probably meant', async (args, message) => {
    expect(await runFake(args)).toEqual({ code: 2, out: '', err: message });
  });
});

describe('signin does not understand', () => {
  const secret = 'hunter2-hunter2';
  const env = { PRESENCE_PASSWORD: secret };
  const to = ['signin', '--xmpp', 'alice@localhost'];

  it.each([
    ['no address', ['signin'], /--xmpp is required/],
    ['an address without a user', ['signin', '--xmpp', 'localhost'], /--xmpp: expected a sign-in name such as .*"localhost"/],
    ['an address with a space', ['signin', '--xmpp', 'a b@localhost'], /--xmpp: expected/],
    ['an address that is too long', ['signin', '--xmpp', `${'a'.repeat(129)}@b`], /--xmpp: expected/],
    ['an unknown status', [...to, '--status', 'bsy'], /--status: bsy is not one of online, .* Did you mean busy\?/],
    ['a status that nobody can set', [...to, '--status', 'IDLE'], /--status: IDLE is not one of/],
    ['a note that is too long', [...to, '--note', 'x'.repeat(1025)], /--note: at most 1024 characters/],
    ['an address of the web', [...to, '--url', 'http://localhost'], /--url: expected/],
    ['an address with nothing in it', [...to, '--url', 'ws://'], /--url: expected/],
    ['no address at all', [...to, '--url', 'localhost'], /--url: expected/],
  ])('%s', async (_, args, message) => {
    const { code, out, err } = await runFake(args, fakeHost({ env }));
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
  });

  it.each([
    ['--password and its value', [...to, '--password', secret]],
    ['--password=value', [...to, `--password=${secret}`]],
    ['--password without an address', ['signin', '--password', secret]],
    ['--password without a value', [...to, '--password']],
  ])('%s, and explains why', async (_, args) => {
    const { code, out, err } = await runFake(args, fakeHost({ env }));
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/--password is refused: .*PRESENCE_PASSWORD/);
    expect(err).not.toContain(secret);
  });

  it.each([
    ['a mistyped --password', [...to, `--pasword=${secret}`]],
    ['a short option', [...to, `-p${secret}`]],
    ['a word too many', [...to, secret]],
    ['an address with a password in it', [...to, '--url', `ws://alice:${secret}@localhost`]],
    ['--password before the verb', [`--password=${secret}`, ...to]],
  ])('%s, and does not repeat it', async (_, args) => {
    const { code, out, err } = await runFake(args, fakeHost({ env }));
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^error: /);
    expect(err).not.toContain(secret);
  });

  it('that there is no password and nobody to ask', async () => {
    for (const given of [{}, { PRESENCE_PASSWORD: '' }]) {
      const { code, err } = await runFake(to, fakeHost({ env: given }));
      expect([code, err]).toEqual([2, expect.stringContaining('PRESENCE_PASSWORD is not set')]);
    }
  });
});
