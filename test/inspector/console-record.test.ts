/**
 * Record files and links: what is written is read back as it was, also by `replay`; what is damaged or hostile is an error that says where.
 */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { createPresenceService, MISTATUS } from '../../src/index.js';
import {
  fromFragment,
  lastOf,
  readRecordFile,
  RecordFileError,
  toFragment,
  writeRecordFile,
  type RecordFile,
} from '../../src/inspector/console/record-file.js';
import { readRecording, replay } from '../../src/replay.js';
import { createPretendClock } from '../../src/testing/index.js';
import { createMemoryServer } from '../../src/transports/memory/index.js';

const note = 'a note that nobody else is to read';
const password = 'p4ssw0rd-of-the-test';

async function record(): Promise<RecordFile> {
  const clock = createPretendClock({ now: 1_700_000_000_000 });
  const server = createMemoryServer({ clock, random: () => 0.5, users: { 'alice@example.org': password } });
  const service = createPresenceService({ transport: server.transport(), clock, random: () => 0.5 });
  service.signin({ name: 'alice@example.org', password }, { note });
  await clock.advance(1_000);
  service.setStatus(MISTATUS.BUSY, { note, until: clock.now() + 60_000 });
  await clock.advance(1_000);
  service.environment({ network: false });
  await clock.advance(1_000);
  service.environment({ network: true });
  await clock.advance(5_000);
  service.signout();
  await clock.advance(1_000);
  const { recording } = service;
  await service.dispose();
  return {
    recording,
    wire: [
      { n: 1, at: 1_700_000_000_000, step: 1, verb: 'findServer', phase: 'asked' },
      { n: 2, at: 1_700_000_000_000, step: 1, verb: 'findServer', phase: 'failed', detail: 'serverNotFound' },
    ],
    sights: [{ n: 1, at: 1_700_000_000_500, step: 4, status: MISTATUS.ONLINE, note }],
    step: recording.records.length - 2,
  };
}

let file: RecordFile;
let text: string;
beforeAll(async () => {
  file = await record();
  text = writeRecordFile(file);
});
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const withoutNotes = ({ sights, ...rest }: RecordFile): unknown =>
  plain({ ...rest, sights: sights.map(({ n, at, step, status }) => ({ n, at, step, status })) });

describe('A record file', () => {
  it('is read back as it was written', () => {
    expect(file.recording.records.length).toBeGreaterThan(10);
    expect(plain(readRecordFile(text))).toEqual(withoutNotes(file));
  });

  it('holds no note and no password (L19)', () => {
    expect(text).not.toContain(note);
    expect(text).not.toContain(password);
  });

  it('is a recording that replay runs again without a departure', () => {
    expect(replay(readRecording(text)).departure).toBeUndefined();
  });

  it('takes a recording made elsewhere: one looks at its last step', () => {
    const [header = '', ...lines] = text.split('\n');
    const { step: _, wire: __, sights: ___, ...bare } = JSON.parse(header) as Record<string, unknown>;
    const read = readRecordFile([JSON.stringify(bare), ...lines].join('\n'));
    expect([read.step, read.wire, read.sights]).toEqual([file.recording.records.length, [], []]);
  });

  it('can be cut to its last steps, and is still a walk through the chart', () => {
    const short = lastOf(file, 4);
    expect(short.recording.records.map(({ n }) => n)).toEqual([file.step - 3, file.step - 2, file.step - 1, file.step]);
    const read = readRecordFile(writeRecordFile(short));
    expect(plain(read.recording)).toEqual(plain(short.recording));
  });
});

describe('A damaged or hostile file', () => {
  type Line = Record<string, unknown> & {
    message: Record<string, unknown>;
    notices: Record<string, unknown>[];
    commands: unknown[];
  };
  const changed = (line: number, change: (value: Line) => unknown): string =>
    text
      .trimEnd()
      .split('\n')
      .map((old, index) => {
        if (index !== line) return old;
        const value = JSON.parse(old) as Line;
        const made = change(value);
        return JSON.stringify(made ?? value);
      })
      .join('\n');

  it.each<readonly [string, () => string]>([
    ['nothing at all', () => ''],
    ['no JSON', () => '<script>alert(1)</script>'],
    ['something else in JSON', () => '{"name":"package"}'],
    ['a list', () => '[1,2,3]'],
    ['cut off in the middle', () => text.slice(0, text.length * 0.6)],
    ['no record', () => text.split('\n')[0] ?? ''],
    ['another version', () => changed(0, (header) => ({ ...header, version: 2 }))],
    ['rules that are none', () => changed(0, (header) => ({ ...header, rules: null }))],
    ['a start that is no state', () => changed(0, (header) => ({ ...header, start: { value: 'nowhere', context: {} } }))],
    [
      'a context that is none',
      () => changed(0, (header) => ({ ...header, start: { ...(header['start'] as object), context: [] } })),
    ],
    ['a step that is not there', () => changed(0, (header) => ({ ...header, step: 9_999 }))],
    ['a step that is no number', () => changed(0, (header) => ({ ...header, step: '__proto__' }))],
    [
      'a wire with a text of its own',
      () => changed(0, (header) => ({ ...header, wire: [{ n: 1, at: 1, step: 1, verb: '<img>', phase: 'asked' }] })),
    ],
    [
      'a detail that is a page long',
      () =>
        changed(0, (header) => ({
          ...header,
          wire: [{ n: 1, at: 1, step: 1, verb: 'lost', phase: 'told', detail: 'x'.repeat(99) }],
        })),
    ],
    ['a sight of no status', () => changed(0, (header) => ({ ...header, sights: [{ n: 1, at: 1, step: 1, status: 3 }] }))],
    ['a list of a million', () => changed(0, (header) => ({ ...header, sights: Array.from({ length: 30_000 }, () => 1) }))],
    ['a message that there is none', () => changed(2, (line) => ({ ...line, message: { type: 'explode' } }))],
    [
      'a message that does not lead there',
      () => changed(2, (line) => ({ ...line, message: { type: 'link.lost', reason: 'lineLost' } })),
    ],
    [
      'a message that carries a script',
      () => changed(2, (line) => ({ ...line, message: { ...line.message, html: '<script>' } })),
    ],
    ['another state than the chart says', () => changed(3, (line) => ({ ...line, to: 'online' }))],
    ['a state that there is none', () => changed(3, (line) => ({ ...line, to: '__proto__' }))],
    [
      'a notice too many',
      () => changed(3, (line) => ({ ...line, notices: [...line.notices, ...line.notices, { type: 'OnSignin' }] })),
    ],
    [
      'a notice with another code',
      () => changed(1, (line) => ({ ...line, notices: line.notices.map((one) => ({ ...one, hr: -1 })) })),
    ],
    ['a command that was not given', () => changed(1, (line) => ({ ...line, commands: [] }))],
    ['a number that is missing', () => changed(4, (line) => ({ ...line, n: 99 }))],
    ['a time that is none', () => changed(4, (line) => ({ ...line, at: 1e300 }))],
    ['an end of a timer that is none', () => changed(1, (line) => ({ ...line, due: { finding: 'now' } }))],
    ['a line left out', () => text.replace(/^(.*\n.*\n.*\n).*\n/, '$1')],
  ])('is an error in words: %s', (_, made) => {
    expect(() => readRecordFile(made())).toThrow(RecordFileError);
  });

  it('is refused before it is read when it is too large', () => {
    expect(() => readRecordFile(`${text}${' '.repeat(17_000_000)}`)).toThrow('too large');
  });

  it('cannot reach the prototype of anything', () => {
    const hostile = text.replace('"rules":{', '"__proto__":{"polluted":1},"rules":{"__proto__":{"polluted":1},');
    try {
      readRecordFile(hostile);
    } catch (error) {
      expect(error).toBeInstanceOf(RecordFileError);
    }
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe('A link', () => {
  it('leads back to the same steps, and is short', async () => {
    const fragment = await toFragment(file);
    expect(fragment).toMatch(/^record=[\w-]+$/);
    expect(fragment.length).toBeLessThan(6_000);
    expect(plain(await fromFragment(`#${fragment}`))).toEqual(withoutNotes(file));
  });

  it('that is about something else is left alone', async () => {
    expect(await fromFragment('#notices')).toBeUndefined();
  });

  it.each(['', '!!', 'AAAA', 'x'.repeat(1_000)])('that is damaged is an error: %s', async (code) => {
    await expect(fromFragment(`#record=${code}`)).rejects.toThrow(RecordFileError);
  });

  it('that unpacks to far too much is given up on the way', async () => {
    const bomb = new Blob([new Uint8Array(64 * 1024 * 1024)]).stream().pipeThrough(new CompressionStream('deflate-raw'));
    const code = Buffer.from(await new Response(bomb).arrayBuffer()).toString('base64url');
    expect(code.length).toBeLessThan(200_000);
    await expect(fromFragment(`#record=${code}`)).rejects.toThrow('too large');
  });
});
