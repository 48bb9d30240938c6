/** Features that are spread over many files, each proved once by its id; and a list of ids that no test may lose. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createColors } from 'picocolors';
import { isNotice, isReason, laws, MISTATUS, phaseOf, leafOf } from '../machines/index.js';
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

/** Every feature by its id: what others have (M), what nobody has (B), the traces of the origin (T), the laws (L). */
const features: Readonly<Record<string, string>> = {
  M01: 'every state is there and can be reached',
  M02: 'OnSignin once an attempt, OnMyStatusChange for each change, legal codes only',
  M03: 'every notice says why, what was before, which attempt, and when the next one begins',
  M04: 'online is the bit 0x2',
  M05: 'ready() comes true at the first online status only',
  M06: 'signing in again is answered at once and without a notice',
  M07: 'giving up works in every phase and leaves nothing behind',
  M08: 'every state that waits has a limit',
  M09: 'a sign-out is answered or times out, with a goodbye where it can',
  M10: 'the first sign-in is retried by the same policy, or once',
  M11: 'growing, jittered, capped waits in two grades',
  M12: 'a wrong password is offered once',
  M13: 'one renewal of a token for each failure',
  M14: 'signed in elsewhere is final: no duel',
  M15: 'network off holds at once, on tries at once',
  M16: 'after a sleep the line has to show that it lives',
  M17: 'stale truth is never shown',
  M18: 'a wish is applied, kept or refused, in every state',
  M19: 'status and note come back after a loss: published on a fresh session, not on a resumed one',
  M20: 'client state is told again',
  M21: 'statuses to XMPP and back',
  M22: 'idle and away by themselves, while online only',
  M23: 'the return from idle is exact',
  M24: 'a change by hand wins over idleness',
  M25: 'a status ends when it is due',
  M26: 'INVISIBLE where there is such a thing, else refused',
  M27: 'several devices, one person',
  M28: 'snapshots with deadlines',
  M29: 'records without secrets',
  M30: 'the inspectors of XState',
  M31: 'generated pictures, tables and suites',
  M32: 'a real server',
  B01: 'no pair of state and event is silent',
  B02: 'laws on the whole graph, each with a damaged chart that it catches',
  B03: 'a stable state within a bound, with the world silent',
  B04: 'a sign-out leads to rest from everywhere',
  B05: 'a bound for credentials that were refused',
  B06: 'what is wanted is what is seen, within a bound',
  B07: 'generated suites for transports and clients, run on a real server too',
  B08: 'a recording is replayed, forth and back',
  B09: 'time is a value',
  B10: 'the grammar of notices',
  B11: 'the chart as a table',
  B12: 'the laboratory of herds',
  B13: 'a storm of delayed, doubled and stale facts',
  B14: 'two clients of one account',
  B15: 'INVISIBLE cannot be told from signed out',
  B16: 'the chart in SCXML and Promela, and what others make of it',
  B17: 'snapshots of every release are read',
  B18: 'what went wrong elsewhere ends well here',
  B19: 'clause, edge and test',
  B20: 'the notices of the original API, in its order and with its numbers',
  B21: 'a sentence for every cell',
  B22: 'which cells happen in life',
  ...Object.fromEntries(Array.from({ length: 18 }, (_, index) => [`T${index + 1}`, 'a trace of the origin'])),
  ...Object.fromEntries(laws.map(({ id, says }) => [id, says])),
};
/** And what is not there, with the reason. */
const notThere: Readonly<Record<string, string>> = {
  T10: 'a dialog that asks for credentials: a service has no window of its own, the app asks and calls signin',
  T17: 'OnAppShutdown, when Communicator itself is closed: here nothing runs beside the app, and dispose() is its own call',
};

/** The titles in a test file, as far as they are written out. */
function titlesIn(text: string): string[] {
  const call = /(?:\b(?:describe|it|everything)\w*|\))\(\s*(?<quote>['"`])(?<title>(?:(?!\k<quote>)[^\n])+)\k<quote>,/g;
  return [...text.matchAll(call)].map(({ groups }) => groups?.['title'] ?? '');
}

describe('The list of features', () => {
  const files = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.test.ts'));
  const titles = files.flatMap((file) => titlesIn(readFileSync(join('test', file), 'utf8')));
  const isTold = (id: string) => titles.some((title) => new RegExp(`\\b${id}\\b`).test(title));

  it('is read from titles, and from nothing else that stands in a test', () => {
    const text = [
      "/** X1 in a comment */ describe('X2 one', () => {",
      "  it.each(['X3'])(\n    'two X4: %s', () => {});",
      "  expect('X5').toBe('X6, or so');",
      "  (isHere ? it : it.skip)('X7 three', () => {});",
      "  const text = ['X8', 'X9'];",
    ].join('\n');
    expect(titlesIn(text)).toEqual(['X2 one', 'two X4: %s', 'X7 three']);
    expect(titles.length).toBeGreaterThan(1_000);
  });

  it('has a test whose title says its id for each of them (`npx jest -t` runs those of one), or a reason why it is not there', () => {
    expect(Object.keys(features)).toHaveLength(32 + 22 + 18 + 27);
    expect(Object.keys(features).filter((id) => notThere[id] === undefined && !isTold(id))).toEqual([]);
  });

  it('says of nothing that it is not there which a test speaks of', () => {
    expect(Object.keys(notThere).filter((id) => isTold(id) || features[id] === undefined)).toEqual([]);
  });

  it('has every id that stands in a title', () => {
    const ids = titles.flatMap((title) => title.match(/\b(?:[MB]\d\d|T\d\d?|L\d\d)\b/g) ?? []);
    expect([...new Set(ids)].filter((id) => features[id] === undefined)).toEqual([]);
  });
});
