/** A pool as bytes: every value of a register as it was, and nothing taken up of what is damaged, whoever has damaged it. */
import { describe, expect, it } from '@jest/globals';
import { carried, compileLogic } from '../../../src/table/compile/index.js';
import { SessionPool } from '../../../src/table/pool/index.js';
import { packed, unpacked } from '../../../src/table/pool/saved-values.js';
import { readSaved, writeSaved } from '../../../src/table/pool/saved.js';
import { createPretendClock, seededRandom } from '../../../src/testing/index.js';
import { call } from '../charts.js';

/** The number that is dialled may be anything. */
const anyTable = compileLogic(call.machine, {
  events: call.events.map((event) => (event.type === 'dial' ? { ...event, number: carried.any } : event)),
}).table;
const anyPool = () => new SessionPool(anyTable, { clock: createPretendClock() });
const dial = (number: unknown) => ({ type: 'dial', number }) as never;

const values: readonly unknown[] = [
  null,
  NaN,
  -0,
  0,
  Infinity,
  -Infinity,
  2 ** 60 + 0.5,
  12n ** 40n,
  '',
  'alice',
  '\ud800 alone, \u2028 and "quoted"',
  true,
  [],
  ['list', [undefined, -0]],
  ['undefined'],
  {},
  { list: ['object'], ['__proto__']: { polluted: NaN }, deep: { 1: [null, { x: undefined }] } },
  [[[['number', 'NaN']]]],
];

describe('A register of any kind', () => {
  it('comes back from a saved pool as it was, also undefined, NaN and -0', () => {
    const pool = anyPool();
    const sessions = values.map((value) => {
      const session = pool.open();
      pool.send(session, dial(value));
      return session;
    });
    // Nobody has dialled here, and here somebody is gone.
    const fresh = pool.open();
    const closed = pool.open();
    pool.send(closed, dial('gone'));
    pool.close(closed);
    const again = anyPool();
    again.restore(pool.save());
    expect([...again]).toEqual([...pool]);
    for (const [at, session] of sessions.entries()) {
      const { number } = again.getSnapshot(session).context;
      expect([values[at], Object.is(number, -0)]).toStrictEqual([number, Object.is(values[at], -0)]);
    }
    expect(again.getSnapshot(fresh)).toStrictEqual(pool.getSnapshot(fresh));
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    // As a snapshot may have it: nothing is a value as well.
    const nothing = pool.open({
      snapshot: { ...pool.getPersistedSnapshot(fresh), context: { ...pool.getSnapshot(fresh).context, number: undefined } },
    });
    const third = anyPool();
    third.restore(pool.save());
    expect(third.getSnapshot(nothing).context).toStrictEqual(pool.getSnapshot(nothing).context);
    for (const one of [pool, again, third]) one.dispose();
  });

  const looped: unknown[] = [];
  looped.push({ looped });
  it.each<[string, unknown, string]>([
    ['a function', () => {}, 'a function'],
    ['a symbol', Symbol('x'), 'a symbol'],
    ['a Date', new Date(0), 'an object that is more than data'],
    ['a Map inside a list', [new Map()], 'an object that is more than data'],
    ['an object without a prototype', Object.create(null), 'an object that is more than data'],
    ['an object with a symbol', { [Symbol('x')]: 1 }, 'an object that is more than data'],
    ['a list with a hole', Object.assign([], { 1: 'x' }), 'a list that is more than data'],
    ['a list that has a name', Object.assign([1], { title: 'x' }), 'a list that is more than data'],
    ['something that holds itself', looped, 'something that holds itself'],
  ])('%s cannot be saved, and the error says whose it is', (_, value, expected) => {
    const pool = anyPool();
    const session = pool.open();
    pool.send(session, dial(value));
    expect(() => pool.save()).toThrow(`save: context.number: expected data, got ${expected}`);
    pool.send(session, { type: 'hang' });
    expect(pool.matches(session, 'idle')).toBe(true);
    pool.dispose();
  });

  it('stands for itself in JSON wherever it can, and nothing else is taken for a value', () => {
    for (const value of [null, 1, 'x', true]) expect(packed(value)).toBe(value);
    const shared = { x: 1 };
    expect(unpacked(JSON.parse(JSON.stringify(packed([shared, shared]))))).toEqual([shared, shared]);
    for (const wrong of [{}, [], ['date', 0], ['list'], ['object', [1]], ['bigint', 'x']])
      expect(() => unpacked(wrong)).toThrow();
  });
});

describe('A saved pool', () => {
  const saved = async () => {
    const clock = createPretendClock({ now: 50_000 });
    const pool = new SessionPool(anyTable, { clock });
    const sessions = Array.from({ length: 5 }, () => pool.open());
    for (const [at, session] of sessions.entries()) {
      pool.send(session, dial(values[at]));
      await clock.advance(100);
    }
    pool.close(sessions[1] as number);
    const bytes = pool.save();
    pool.dispose();
    return bytes;
  };

  it('is refused with one byte flipped, at every place, and cut off after each', async () => {
    const bytes = await saved();
    const pool = anyPool();
    const random = seededRandom(4);
    for (let at = 0; at < bytes.length; at++) {
      const flipped = bytes.slice();
      flipped[at] = (flipped[at] as number) ^ (1 + Math.floor(random() * 255));
      expect(() => pool.restore(flipped)).toThrow(/^(the saved pool is (damaged|cut off)|expected the bytes of a saved pool)/);
      expect(() => pool.restore(bytes.subarray(0, at))).toThrow(
        /^(the saved pool is cut off|expected the bytes of a saved pool)/,
      );
    }
    expect(() => pool.restore(Uint8Array.from([...bytes, 0]))).toThrow('the saved pool is cut off');
    expect(pool.size).toBe(0);
    pool.restore(bytes);
    expect(pool.size).toBe(4);
    pool.dispose();
  });

  /** Written anew with its checksum: what a program with a fault would hand over. */
  const rewritten = (bytes: Uint8Array, change: (header: Record<string, unknown>, body: DataView) => unknown): Uint8Array => {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const length = view.getUint32(4);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(16, 16 + length))) as Record<string, unknown>;
    const body = bytes.slice(16 + length);
    const given = change(header, new DataView(body.buffer)) ?? JSON.stringify(header);
    const text = new TextEncoder().encode(given as string);
    const out = new Uint8Array(16 + text.length + body.length);
    out.set(bytes.subarray(0, 16));
    out.set(text, 16);
    out.set(body, 16 + text.length);
    const whole = new DataView(out.buffer);
    whole.setUint32(4, text.length);
    let [a, b] = [1, 0];
    for (const [at, byte] of out.entries()) {
      if (at >= 12 && at < 16) continue;
      a = (a + byte) % 65_521;
      b = (b + a) % 65_521;
    }
    whole.setUint32(12, b * 65_536 + a);
    return out;
  };
  const states = 5;
  const ends = states * 3 + states * 4 * anyTable.registers.filter(({ kind }) => kind === 'integer').length;

  it.each<[string, (header: Record<string, unknown>, body: DataView) => unknown, string]>([
    [
      'a list that is too short',
      ({ lists }) => (lists as unknown[][])[0]?.pop() && undefined,
      'its registers are not as long as its columns',
    ],
    [
      'a list that is too long',
      ({ lists }) => void (lists as unknown[][])[0]?.push(1),
      'its registers are not as long as its columns',
    ],
    ['no list', (header) => void (header['lists'] = []), 'its registers are not as long as its columns'],
    ['a list that is none', (header) => void (header['lists'] = [{ length: 5 }]), 'its header is none'],
    [
      'a value that is none',
      ({ lists }) => void (lists as unknown[][])[0]?.splice(2, 1, {}),
      'a register holds what is no value',
    ],
    ['a header that is no JSON', () => '{"hash":', 'its header cannot be read'],
    ['a header that is null', () => 'null', 'its header is none'],
    ['half a session', (header) => void (header['places'] = 4.5), 'its header is none'],
    ['more sessions than bytes', (header) => void (header['places'] = 6), 'its parts are not as long as it says'],
    ['a state that is none', (_, body) => body.setUint16(states, 999), 'it has a state that is none'],
    ['a timer of nobody', (_, body) => body.setUint32(ends, 1), 'a timer is nobody’s'],
    ['a timer that is none', (_, body) => body.setUint8(ends + 4, 200), 'a timer is nobody’s'],
    [
      'the same timer twice',
      (_, body) => body.setUint32(ends, body.getUint32(ends + 21)),
      'two timers run where there is place for one',
    ],
    ['a deadline that is no time', (_, body) => body.setFloat64(ends + 5, NaN), 'a timer has no end'],
    ['a delay below nothing', (_, body) => body.setFloat64(ends + 13, -5), 'a timer has no end'],
  ])('with %s is refused, and nothing is taken up', async (_, change, message) => {
    const bytes = await saved();
    const pool = anyPool();
    expect(() => pool.restore(rewritten(bytes, change))).toThrow(`the saved pool is damaged: ${message}`);
    expect([pool.size, [...pool]]).toEqual([0, []]);
    // The way of writing it anew does not damage by itself.
    pool.restore(rewritten(bytes, () => undefined));
    expect(pool.size).toBe(4);
    pool.dispose();
  });

  it('is written and read as it is, also in the middle of other bytes', async () => {
    const bytes = await saved();
    const wide = new Uint8Array(bytes.length + 20);
    wide.set(bytes, 7);
    const read = readSaved(anyTable, wide.subarray(7, 7 + bytes.length));
    expect(writeSaved(anyTable, read)).toEqual(bytes);
    expect(read.running).toHaveLength(4);
  });
});
