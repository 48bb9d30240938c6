/** Features that are spread over many files, each proved once by its id; and a list of ids that no test may lose. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createColors } from 'picocolors';
import { isNotice, isReason, MISTATUS, phaseOf, leafOf } from '../machines/index.js';
import { commandsOf } from '../src/cli/commands.js';
import { createPresenceService, S_FALSE, MSGR_E_ALREADY_LOGGED_ON, type Notice } from '../src/index.js';
import { explore } from '../src/table/explore.js';
import { createPretendClock } from '../src/testing/index.js';
import { createMemoryServer } from '../src/transports/memory/index.js';

const graph = explore();
const alice = { name: 'alice', password: 'secret' };

function stand() {
  const clock = createPretendClock({ now: 1_000 });
  const server = createMemoryServer({ clock, users: { alice: 'secret' } });
  const service = createPresenceService({ transport: server.transport(), clock, random: () => 0.5 });
  const notices: Notice[] = [];
  service.on('*', (notice) => void notices.push(notice));
  return { clock, server, service, notices };
}

describe('M03 every notice says why', () => {
  it('on every edge of the graph, with a reason out of the closed list', () => {
    const notices = graph.cells.flatMap(({ outputs }) => outputs.filter(isNotice));
    expect(notices.length).toBeGreaterThan(1_000);
    expect(notices.filter(({ reason }) => !isReason(reason))).toEqual([]);
  });

  it('and from online to waitingToRetry: what was, what is, which attempt, and when the next one begins', async () => {
    const { clock, server, service, notices } = stand();
    service.signin(alice);
    await clock.settle();
    server.drop('alice');
    await clock.settle();
    expect(notices.at(-1)).toEqual({
      type: 'OnMyStatusChange',
      hr: 0,
      mMyStatus: MISTATUS.OFFLINE,
      previous: MISTATUS.ONLINE,
      reason: 'lineLost',
      attempt: 1,
      retryAt: 1_000 + 2_500,
    });
  });
});

describe('M06 a sign-in that is not needed', () => {
  it('joins the one that runs while findingServer and is refused while online, both without a notice', async () => {
    const { clock, service, notices } = stand();
    service.signin(alice);
    expect(service.signin(alice)).toBe(S_FALSE);
    await clock.settle();
    expect(notices.filter(({ type }) => type === 'OnSignin')).toHaveLength(1);
    const before = notices.length;
    expect(service.signin(alice)).toBe(MSGR_E_ALREADY_LOGGED_ON);
    await clock.settle();
    expect(notices).toHaveLength(before);
  });
});

describe('L15 whoever asks', () => {
  it('a sign-in, busy, away and a sign-out have the same notices by calls and by the commands of the prompt', async () => {
    const called = stand();
    const typed = stand();
    const colours = createColors(false);
    const commands = commandsOf({ service: typed.service, idleAfter: 300_000, credentials: () => Promise.resolve(alice) });
    const type = async (line: string) => {
      const [name, ...rest] = line.split(' ');
      const command = commands.find((known) => known.name === name);
      if (!command) throw new Error(`no command ${name}`);
      await command.run(rest.join(' '), colours);
      await typed.clock.settle();
    };
    await type('signin');
    called.service.signin(alice);
    await called.clock.settle();
    await type('busy in a meeting');
    called.service.setStatus(MISTATUS.BUSY, { note: 'in a meeting' });
    await called.clock.settle();
    await type('away');
    called.service.setStatus(MISTATUS.AWAY);
    await called.clock.settle();
    await type('signout');
    called.service.signout();
    await called.clock.settle();
    expect(typed.notices).toEqual(called.notices);
    expect(called.notices).toHaveLength(10);
  });
});

describe('M17 stale truth', () => {
  it('is never shown: after the first sign of a loss no state of the graph shows an online status before OFFLINE', () => {
    const losses = graph.cells.filter(({ kind, message }) => kind === 'handled' && message.type === 'link.lost');
    expect(losses.length).toBeGreaterThan(100);
    expect(losses.filter(({ to }) => phaseOf(leafOf(to)) === 'online')).toEqual([]);
  });
});

describe('The list of features', () => {
  const required = [
    'M01 M02 M03 M04 M05 M06 M07 M08 M09 M17 M18 M29 M30 M31',
    'M19 M22 M23 M24 M25 M26 M27 B06 B14 B15',
    'B01 B02 B03 B04 B05 B09',
    'T1 T2 T3 T4 T5 T6 T7 T8 T9',
  ]
    .concat(
      'T11 T12 T13 T14 T15 T16 T18',
      Array.from({ length: 27 }, (_, index) => `L${String(index + 1).padStart(2, '0')}`).join(' '),
    )
    .join(' ')
    .split(' ');

  it('has a test for every id', () => {
    const files = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.test.ts'));
    // This file names every id in its list, so it proves only what its own titles prove.
    const own =
      readFileSync(join('test', 'features.test.ts'), 'utf8')
        .match(/^(?:describe|\s+it)\(.*$/gm)
        ?.join('\n') ?? '';
    const text = files.map((file) => (file === 'features.test.ts' ? own : readFileSync(join('test', file), 'utf8'))).join('\n');
    expect(required.filter((id) => !new RegExp(`\\b${id}\\b`).test(text))).toEqual([]);
  });
});
