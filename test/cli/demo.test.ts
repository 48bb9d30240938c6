/**
 * `demo`: the story as it is told through a pipe, what happens when it goes wrong, how it is interrupted, and the prompt after it at a
 * pseudo-terminal. Everything runs against the embedded server.
 */
import { afterEach, describe, expect, it } from '@jest/globals';
import { demo } from '../../src/cli/demo.js';
import { runWork } from '../../src/cli/program.js';
import { Queue } from '../../src/cli/queue.js';
import { fastPace, setStage, type Stage } from '../../src/cli/stage.js';
import { story, StoryError, tellStory, type Step } from '../../src/cli/story.js';
import type { ContactPresence, Notice } from '../../src/index.js';
import { fakeHost, killLeftovers, noticesIn, runFake, startAtTerminal, startCommand } from './fakes.js';

afterEach(killLeftovers);

const attempt = [
  'OnMyStatusChange S_OK LOCAL_FINDING_SERVER progress',
  'OnMyStatusChange S_OK LOCAL_CONNECTING_TO_SERVER progress',
];
const accepted = ['OnSignin S_OK progress', 'OnMyStatusChange S_OK LOCAL_SYNCHRONIZING_WITH_SERVER progress'];
const told = [
  ...attempt,
  ...accepted,
  'OnMyStatusChange S_OK ONLINE progress',
  'OnMyStatusChange S_OK BUSY userRequest',
  'OnMyStatusChange S_OK OFFLINE lineLost',
  ...attempt,
  ...accepted,
  'OnMyStatusChange S_OK BUSY progress',
  'OnSignout userRequest',
  'OnMyStatusChange S_OK LOCAL_DISCONNECTING_FROM_SERVER userRequest',
  'OnMyStatusChange S_OK OFFLINE userRequest',
  ...attempt,
  'OnSignin MSGR_E_INVALID_PASSWORD invalidPassword',
  'OnMyStatusChange S_OK OFFLINE invalidPassword',
  ...attempt,
  'OnSignin MSGR_E_CANCEL cancelled',
  'OnMyStatusChange S_OK OFFLINE cancelled',
];
const seenByBob = ['ONLINE', 'BUSY "in a meeting"', 'OFFLINE', 'BUSY "in a meeting"', 'OFFLINE'];
const sights = (text: string) => [...text.matchAll(/^ {15}bob sees alice@localhost: (.*)$/gm)].map(([, sight]) => sight);

describe('demo --fast through a pipe', () => {
  it('prints every notice of the story in order, what Bob sees, without colour, and ends by itself with 0', async () => {
    const begin = performance.now();
    const { code, out, err } = await startCommand(['demo', '--fast']).end;
    expect(err).toBe('');
    expect(noticesIn(out)).toEqual(told);
    expect(sights(out)).toEqual(seenByBob);
    expect(out).toMatch(/The story went as told\.\n$/);
    expect(out).not.toContain(String.fromCodePoint(27));
    expect(code).toBe(0);
    expect(performance.now() - begin).toBeLessThan(10_000);
  }, 15_000);

  it('prints no prompt when only one end is a terminal', async () => {
    const host = fakeHost();
    const { code, out } = await runFake(['demo', '--fast'], { ...host, input: Object.assign(host.input, { isTTY: true }) });
    expect([code, noticesIn(out), out.includes('> ')]).toEqual([0, told, false]);
    expect(host.listeners()).toBe(0);
  });
});

describe('A story that goes wrong', () => {
  it('ends the demo with 1 and names the step', async () => {
    const host = fakeHost();
    const refuseBusy = ({ server }: Stage) => {
      server.faults.presence = { condition: 'not-allowed', show: 'dnd' };
    };
    expect(await runWork((own, signal) => demo(own, signal, fastPace, refuseBusy), host)).toBe(1);
    expect(host.err.text).toBe(
      'The story failed at "busy": expected OnMyStatusChange S_OK BUSY userRequest, ' +
        'got OnMyStatusChange MSGR_E_UNEXPECTED ONLINE statusRejected\n',
    );
    expect(host.out.text).not.toContain('went as told');
  });

  let stage: Stage | undefined;
  afterEach(async () => {
    await stage?.close();
    stage = undefined;
  });
  async function tell(spoil: (set: Stage) => void, steps?: readonly Step[], limit = 5_000): Promise<StoryError | undefined> {
    const seen = { notices: new Queue<Notice>(), sights: new Queue<ContactPresence>() };
    const { signal } = new AbortController();
    stage = await setStage({ ...fastPace, limit }, (presence) => seen.sights.push(presence), signal);
    stage.service.on('*', (notice) => seen.notices.push(notice));
    spoil(stage);
    try {
      await tellStory(stage, seen, () => undefined, signal, steps);
      return undefined;
    } catch (error) {
      if (error instanceof StoryError) return error;
      throw error;
    }
  }
  function only(name: string): Step {
    const found = story.find((step) => step.name === name);
    if (found === undefined) throw new Error(`the story has no step ${name}`);
    return found;
  }

  it('is one in which nothing comes within the limit', async () => {
    const error = await tell(({ server }) => (server.faults.silent = 'roster'), undefined, 300);
    expect(error?.step).toBe('sign-in');
    expect(error?.message).toContain('expected OnMyStatusChange S_OK ONLINE progress, nothing came within 300 ms');
  });

  it('is one in which a call is refused', async () => {
    const error = await tell(() => undefined, [only('busy')]);
    expect([error?.step, error?.message]).toEqual(['busy', expect.stringContaining('the call answered MSGR_E_NOT_LOGGED_ON')]);
  });

  it('is one in which Bob sees something else', async () => {
    const error = await tell(() => undefined, [{ ...only('sign-in'), sees: 'AWAY' }]);
    expect(error?.message).toBe('The story failed at "sign-in": expected Bob to see AWAY, got ONLINE');
  });

  it('is one in which more comes than expected', async () => {
    const step = only('wrong password');
    const error = await tell(() => undefined, [{ ...step, notices: step.notices.slice(0, -1) }]);
    expect(error?.message).toBe('The story failed at "wrong password": more came than expected');
  });
});

describe('Ending the demo early', () => {
  it('by an interrupt closes everything and gives the exit code of the interrupt', async () => {
    const host = fakeHost();
    const code = runFake(['demo'], host);
    await host.out.until(/LOCAL_FINDING_SERVER/);
    host.interrupt(130);
    expect((await code).code).toBe(130);
    expect(host.out.text).not.toContain('ONLINE');
    expect(host.err.text).toBe('');
    expect(host.listeners()).toBe(0);
  });

  it('by Ctrl-C ends the process with 130', async () => {
    const command = startCommand(['demo']);
    await command.out.until(/LOCAL_FINDING_SERVER/);
    command.signal('SIGINT');
    expect(await command.end).toMatchObject({ code: 130, err: '' });
  }, 15_000);

  it('by a reader that has read enough is no error', async () => {
    const command = startCommand(['demo', '--fast']);
    await command.out.until(/Alice signs in/);
    command.stopReading();
    expect(await command.end).toMatchObject({ code: 0, err: '' });
  }, 15_000);
});

describe('The prompt after the story, at a pseudo-terminal', () => {
  it('takes commands, prints the notices above them, and quits signed out', async () => {
    const terminal = startAtTerminal(['demo', '--fast']);
    /** Types a line and waits for what it has to bring about; the notice of a call may come before the call's answer. */
    const type = async (line: string, ...patterns: readonly RegExp[]) => {
      const from = terminal.out.text.length;
      terminal.write(`${line}\r`);
      for (const pattern of patterns) await terminal.out.until(pattern, from);
    };
    await terminal.out.until(/`quit` ends[^]*> /);
    await type('hlp', /There is no command hlp\. Did you mean help\?/);
    await type('help', /busy \[note\] +chosen: busy/, /kick +the account signs in elsewhere/);
    await type('busy', /BUSY: MSGR_E_NOT_LOGGED_ON, not possible while signed out/);
    await type('signin away', /signin: S_OK, success/, /OnMyStatusChange {2}S_OK {2}AWAY/, /bob sees alice@localhost: AWAY/);
    await type('signin', /signin: MSGR_E_ALREADY_LOGGED_ON/);
    await type('busy in a  call', /BUSY: S_OK/, /S_OK {2}BUSY/, /bob sees alice@localhost: BUSY "in a {2}call"/);
    await type('state', /status BUSY \(0xa\)/, /note "in a {2}call"/, /name alice@localhost/);
    await type('network off', /OFFLINE\s+networkOff/, /bob sees alice@localhost: OFFLINE/);
    await type('network on', /S_OK {2}BUSY/, /bob sees alice@localhost: BUSY/);
    await type('lose', /the line is cut/, /OFFLINE\s+lineLost/, /S_OK {2}BUSY/);
    await type('online', /S_OK {2}ONLINE/);
    await type('idle', /S_OK {2}IDLE/);
    await type('active', /S_OK {2}ONLINE\s+userActive/);
    await type('kick', /thrown out/, /OFFLINE\s+signedInElsewhere/);
    await type('lose', /nobody is signed in/);
    await type('mistype', /MSGR_E_INVALID_PASSWORD/, /OFFLINE\s+invalidPassword/);
    await type('signin', /S_OK {2}ONLINE/);
    await type('quit', /OnSignout/, /OFFLINE\s+userRequest/);
    const { code, out } = await terminal.end;
    expect(code).toBe(0);
    expect(noticesIn(out.replaceAll('\r', '').split('went as told')[0] ?? '')).toEqual(told);
  }, 20_000);

  it.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])(
    'ends by %s with 0, signed out',
    async (_, key) => {
      const terminal = startAtTerminal(['demo', '--fast']);
      await terminal.out.until(/`quit` ends[^]*> /);
      terminal.write('signin\r');
      await terminal.out.until(/bob sees alice@localhost: ONLINE/, terminal.out.text.length);
      terminal.write(key);
      const { code, out } = await terminal.end;
      expect(code).toBe(0);
      expect(out.trimEnd()).toMatch(/OFFLINE\s+userRequest: not connected to a server$/);
    },
    15_000,
  );
});
