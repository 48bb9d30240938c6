/** The redactor: whatever shape a credential hides in, it does not come out; whatever is no credential stays readable; nothing makes it throw or dawdle. */
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { createRedactor, redact } from '../../src/inspector/index.js';

const secret = 'hunter2-X7q!';
const hidden = '[redacted]';
const textOf = (value: unknown): string => JSON.stringify(value) ?? '';

describe('Keys', () => {
  it.each([
    'password',
    'PassWord',
    'user_password',
    'newPassword2',
    'passwd',
    'pwd',
    'token',
    'accessToken',
    'refresh-token',
    'client_secret',
    'Authorization',
    'Set-Cookie',
    'X-Api-Key',
    'apiKey',
    'privateKey',
    'credentials',
    'passphrase',
    'jwt',
    'otp',
    'pin',
    'pass',
    'auth',
  ])('%s hides its value, of any kind', (key) => {
    for (const value of [secret, 123456, { deep: [secret] }, [secret], new Map([[1, secret]]), () => secret]) {
      expect(createRedactor()({ [key]: value })).toEqual({ [key]: hidden });
    }
  });

  it.each([
    'name',
    'status',
    'note',
    'type',
    'sessionId',
    'rootId',
    'code',
    'reason',
    'spin',
    'passive',
    'author',
    'monkey',
    'key',
  ])('%s does not', (key) => {
    expect(redact({ [key]: 'visible' })).toEqual({ [key]: 'visible' });
  });

  it('do not hide that there is nothing, or whether', () => {
    const nothing = { password: undefined, token: null, isTokenExpired: true };
    expect(redact(nothing)).toEqual(nothing);
  });

  it('may be named besides, as texts and as expressions', () => {
    const own = createRedactor({ keys: ['pet', /^x-/] });
    expect(own({ Pet: secret, 'x-1': secret, petal: 'a', password: secret })).toEqual({
      Pet: hidden,
      'x-1': hidden,
      petal: 'a',
      password: hidden,
    });
  });

  it('count as well in pairs and in labelled values', () => {
    expect(
      redact({
        headers: [
          ['Authorization', secret],
          ['Accept', 'a/b'],
        ],
      }),
    ).toEqual({
      headers: [
        ['Authorization', hidden],
        ['Accept', 'a/b'],
      ],
    });
    expect(
      redact([
        { name: 'password', value: secret },
        { name: 'user', value: 'ann' },
      ]),
    ).toEqual([
      { name: 'password', value: hidden },
      { name: 'user', value: 'ann' },
    ]);
    expect(
      redact(
        new Map([
          ['token', secret],
          ['a', 'b'],
        ]),
      ),
    ).toEqual([
      ['token', hidden],
      ['a', 'b'],
    ]);
  });
});

describe('Texts', () => {
  it.each([
    ['an address', `wss://ann:${secret}@example.org/x`, `wss://${hidden}@example.org/x`],
    ['a query', `https://example.org/?a=1&access_token=${secret}&b=2`, `https://example.org/?a=1&access_token=${hidden}&b=2`],
    ['a header', `Authorization: Bearer abc.def.ghi-${secret}`, undefined],
    ['a scheme alone', 'Basic YW5uOmh1bnRlcjItU2VjcmV0IQ==', `Basic ${hidden}`],
    ['prose', `logon failed (password: ${secret}) for ann`, `logon failed (password: ${hidden} for ann`],
    ['quoted prose', `bad {"password": "with \\"quotes\\" ${secret}"} sent`, undefined],
    ['JSON escaped in a text', `got "{\\"password\\":\\"${secret}\\"}"`, undefined],
    ['a JWT', 'is eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl here', `is ${hidden} here`],
    [
      'SASL',
      `<auth xmlns='urn:x' mechanism='PLAIN'>AGFubgBodW50ZXIy</auth>`,
      `<auth xmlns='urn:x' mechanism='PLAIN'>${hidden}</auth>`,
    ],
    ['an element', `<query><password>${secret}</password></query>`, `<query><password>${hidden}</password></query>`],
  ])('lose a secret that %s gives away', (_, text, expected) => {
    const quiet = createRedactor()(text);
    expect(quiet).not.toContain(secret);
    expect(quiet).not.toMatch(/YW5u|AGFu|c2lnb/);
    if (expected !== undefined) expect(quiet).toBe(expected);
    expect(quiet).toContain(hidden);
  });

  it('that are JSON are read: the definition of a machine stays JSON', () => {
    const definition = JSON.stringify({ id: 'm', context: { password: secret, n: 1 }, states: { a: { on: { x: 'b' } } } });
    const event = redact({ type: '@xstate.actor', definition });
    expect(JSON.parse(event.definition)).toEqual({
      id: 'm',
      context: { password: hidden, n: 1 },
      states: { a: { on: { x: 'b' } } },
    });
    expect(JSON.parse(redact(JSON.stringify([definition])))).toHaveLength(1);
    expect(redact(JSON.stringify([definition]))).not.toContain(secret);
  });

  it.each([
    'signin.request',
    'state {"a":"b"} of x',
    'the token was refused',
    'https://example.org/a?b=c',
    '[object Object]',
    '12:30',
    'a = b',
    '{broken',
    'Basic',
  ])('%j stays as it is', (text) => {
    expect(redact(text)).toBe(text);
  });
});

describe('Known secrets', () => {
  const known = createRedactor({ secrets: [secret, 'abc'] });

  it('are hidden wherever they stand, also as a part', () => {
    expect(known({ note: `it is ${secret}, abc`, [`key ${secret}`]: [secret] })).toEqual({
      note: `it is ${hidden}, ${hidden}`,
      [`key ${hidden}`]: [hidden],
    });
    expect(known(new Error(`no ${secret}`))).toEqual({ name: 'Error', message: `no ${hidden}` });
    expect(known(Symbol(secret))).toBe(`Symbol(${hidden})`);
  });

  it('are hidden in the forms in which they travel', () => {
    const odd = 'p"ä\\ß/+ %';
    const own = createRedactor({ secrets: [odd] });
    expect(own(encodeURIComponent(odd))).toBe(hidden);
    expect(own(`x ${JSON.stringify(odd)}`)).toBe(`x "${hidden}"`);
    for (const before of ['', 'a', 'ab', '\0ann\0', '\0anna\0', '\0annas\0']) {
      const coded = Buffer.from(`${before}${odd}`).toString('base64');
      const core = Buffer.from(odd).toString('base64').slice(4, 8);
      expect(own(`x ${coded} y`)).toContain(hidden);
      expect(own(`x ${coded} y`)).not.toContain(core);
      expect(own(Buffer.from(`${before}${odd}`).toString('base64url'))).toContain(hidden);
    }
  });

  it('may be asked for each time, and a function that throws knows none', () => {
    let now: string[] = [];
    const own = createRedactor({ secrets: () => now });
    expect(own('first second')).toBe('first second');
    now = ['second'];
    expect(own('first second')).toBe(`first ${hidden}`);
    now = ['first'];
    expect(own('first second')).toBe(`${hidden} second`);
    const broken = createRedactor({
      secrets: () => {
        throw new Error('x');
      },
    });
    expect(broken('first')).toBe('first');
  });

  it('are learned from keys: an error that repeats a password is covered, before and after', () => {
    const own = createRedactor();
    const both = own({ error: new Error(`401 for ${secret}`), input: { password: secret } });
    expect(textOf(both)).not.toContain(secret);
    expect(own({ later: `again ${secret}` })).toEqual({ later: `again ${hidden}` });
    expect(createRedactor()({ later: secret })).toEqual({ later: secret });
  });

  it('are not learned where they would hide ordinary words', () => {
    const own = createRedactor();
    own({ password: 'busy', token: 7 });
    expect(own({ state: 'busy', n: 7 })).toEqual({ state: 'busy', n: 7 });
  });

  it('that are learned do not pile up', () => {
    const own = createRedactor();
    for (let n = 0; n < 200; n++) own({ password: `password-number-${n}-` });
    expect(own('password-number-199-')).toBe(hidden);
    expect(own('password-number-1-')).toBe('password-number-1-');
  });
});

describe('Shapes', () => {
  it('come out as plain JSON data', () => {
    class Point {
      readonly x = 1;
      get sum(): number {
        return this.x;
      }
    }
    expect(
      redact({
        point: new Point(),
        date: new Date(0),
        never: new Date(Number.NaN),
        big: 1n,
        bytes: new Uint8Array(3),
        set: new Set([1]),
        url: new URL('http://a.b/'),
        match: /a/,
        none: null,
        call: function named() {},
      }),
    ).toEqual({
      point: { x: 1 },
      date: '1970-01-01T00:00:00.000Z',
      never: null,
      big: '1n',
      bytes: '[3 bytes]',
      set: [1],
      url: 'http://a.b/',
      match: '/a/',
      none: null,
      call: { type: 'named' },
    });
  });

  it('of errors keep name, message, causes and fields', () => {
    const error = Object.assign(
      new TypeError(`no password=${secret}`, { cause: new Error('deep', { cause: { token: secret } }) }),
      { code: 'E1', token: secret },
    );
    expect(redact(error)).toEqual({
      name: 'TypeError',
      message: `no password=${hidden}`,
      code: 'E1',
      token: hidden,
      cause: { name: 'Error', message: 'deep', cause: { token: hidden } },
    });
    expect(redact(new AggregateError([new Error('a')], 'b'))).toMatchObject({ errors: [{ message: 'a' }] });
  });

  it('that are circular, deep, huge or hostile do no harm, and what is given stays as it was', () => {
    const circle: Record<string, unknown> = { password: secret };
    circle['self'] = circle;
    const before = { ...circle };
    expect(redact(circle)).toEqual({ password: hidden, self: '[circular]' });
    expect(circle).toEqual(before);
    let deep: unknown = { password: secret };
    for (let n = 0; n < 10_000; n++) deep = { deep };
    expect(textOf(redact(deep)).length).toBeLessThan(2_000);
    expect(redact(Array.from({ length: 1_005 }, () => 1))).toHaveLength(1_001);
    expect(Object.keys(redact(Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`k${n}`, n]))))).toHaveLength(1_001);
    expect(redact('x'.repeat(20_000)).length).toBeLessThan(16_500);
    expect(redact('x'.repeat(5_000_000))).toBe('[5000000 characters]');
    const shared = { a: 1 };
    expect(redact([shared, shared])).toEqual([shared, shared]);
    const throwing = {
      get bad(): never {
        throw new Error(secret);
      },
      good: 1,
    };
    expect(redact(throwing)).toEqual({ bad: '[unreadable]', good: 1 });
    const trap = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error(secret);
        },
      },
    );
    expect(redact({ trap })).toEqual({ trap: '[unreadable]' });
    expect(
      redact({
        toJSON: () => {
          throw new Error(secret);
        },
      }),
    ).toBe('[unreadable]');
    expect(redact({ toJSON: () => ({ password: secret, a: 1 }) })).toEqual({ password: hidden, a: 1 });
    expect(redact(JSON.parse('{"__proto__":{"polluted":true},"a":1}'))).toEqual({ a: 1 });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('that are texts made to be slow are not', () => {
    const slow = [
      'password'.repeat(20_000),
      '<auth'.repeat(40_000),
      'eyJ-'.repeat(50_000),
      'a://'.repeat(50_000),
      'Bearer '.repeat(30_000),
      `token="${'\\"'.repeat(80_000)}`,
      `token=\\"${'\\'.repeat(100_000)}`,
      '['.repeat(200_000),
      '{"a":'.repeat(40_000),
      `token${' '.repeat(200_000)}`,
      '<'.repeat(200_000),
      `${'-'.repeat(200_000)}=`,
    ];
    for (const text of slow) {
      const begin = process.cpuUsage();
      redact(text);
      const { user } = process.cpuUsage(begin);
      expect([text.slice(0, 10), user < 1_500_000]).toEqual([text.slice(0, 10), true]);
    }
  });

  it('of any kind lose a known secret, wherever it is put', () => {
    const known = createRedactor({ secrets: [secret] });
    const leaf = fc.oneof(
      fc.string(),
      fc.constant(secret),
      fc.string().map((text) => text + secret + text),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    );
    const any = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('node'), { maxLength: 4 }),
        fc.dictionary(fc.oneof(fc.string(), fc.constant(secret)), tie('node'), { maxKeys: 4 }),
        tie('node').map((node) => JSON.stringify(node)),
        tie('node').map((node) => new Error(`x ${JSON.stringify(node)}`, { cause: node })),
        tie('node').map((node) => new Map([['k', node]])),
        tie('node').map((node) => new Set([node])),
      ),
    })).node;
    fc.assert(
      fc.property(any, (value) => {
        expect(textOf(known(value))).not.toContain(secret);
      }),
      { numRuns: 300 },
    );
  });
});

describe('createRedactor', () => {
  it('refuses options of the wrong kind, without repeating a secret', () => {
    expect(() => createRedactor({ keys: [5 as unknown as string] })).toThrow(TypeError);
    expect(() => createRedactor({ secrets: [{ secret } as unknown as string] })).toThrow(/^redactor: secrets: expected texts$/);
  });
});
