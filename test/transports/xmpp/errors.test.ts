/** Every row of the error mapping: told as real stanzas over WebSocket and TCP, and looked up as a table. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isReason, reasons } from '../../../machines/index.js';
import {
  failureOf,
  httpRows,
  HttpRefusal,
  lineError,
  publishError,
  retryAfter,
  saslRows,
  signinError,
  stanzaRows,
  streamRows,
  systemRows,
} from '../../../src/transports/xmpp/errors.js';
import {
  client,
  header,
  live,
  outcome,
  type Play,
  saslFailure,
  stanzaError,
  startStub,
  streamError,
  type Stub,
  withStub,
} from '../../support/xmpp.js';

const kinds = ['ws', 'tcp'] as const;

/** The outcome of a sign-in at a stub that plays so. */
async function signIn(kind: 'ws' | 'tcp', play: Play): Promise<unknown> {
  return withStub(kind, play, async (stub) => {
    const reason = await outcome(client('alice@localhost', { service: stub.service }).open());
    await stub.empty();
    return reason;
  });
}

describe.each(kinds)('Signing in over %s', (kind) => {
  it.each(streamRows.map(([condition, reason]) => [condition, reason]))(
    'takes the stream error %s for %s',
    async (condition, reason) => {
      expect(await signIn(kind, { open: `${header(kind)}\n${streamError(condition)}` })).toBe(reason);
    },
  );

  it.each(saslRows.map(([condition, reason]) => [condition, reason]))(
    'takes the refused logon %s for %s',
    async (condition, reason) => {
      expect(await signIn(kind, { auth: saslFailure(condition) })).toBe(reason);
    },
  );

  it.each(stanzaRows.map(([condition, reason]) => [condition, reason]))(
    'takes the refused binding %s for %s',
    async (condition, reason) => {
      expect(await signIn(kind, { bind: stanzaError('iq', condition) })).toBe(reason);
    },
  );

  it('tells wrong password and unknown user alike (L11)', async () => {
    // RFC 6120 §6.5.10: servers answer both with the same condition.
    expect(reasons[String(await signIn(kind, { auth: saslFailure('not-authorized') })) as 'invalidPassword'].final).toBe(true);
  });

  it.each([
    ['cut at the opening', { open: { cut: true } }, 'connectFailed'],
    ['cut at the logon', { auth: { cut: true } }, 'connectFailed'],
    ['cut at the binding', { bind: { cut: true } }, 'connectFailed'],
    [
      'an error without a condition',
      { open: `${header(kind)}\n<stream:error xmlns:stream='http://etherx.jabber.org/streams'/>` },
      'unexpected',
    ],
    ['a refusal without a condition', { auth: `<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>` }, 'invalidPassword'],
    ['a binding without an address', { bind: `<iq xmlns='jabber:client' type='result' id='ID'/>` }, 'unexpected'],
    [
      'a success with proof that is not base64',
      { auth: `<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>%%%</success>` },
      'unexpected',
    ],
    [
      'an address that is none',
      { bind: `<presence xmlns='jabber:client' from='@'/>\n${stanzaError('iq', 'resource-constraint')}` },
      'unexpected',
    ],
    ['tags that do not match', { auth: '<a><b></a>' }, 'unexpected'],
    ['an entity that is none', { auth: `<a b='&nothing;'/>` }, 'unexpected'],
    ['a closing tag only', { auth: '</a>' }, 'unexpected'],
    ['no version', { open: header(kind, '') }, 'versionMismatch'],
    ['version 2.0', { open: header(kind, `version='2.0'`) }, 'versionMismatch'],
    ['version 0.9 at the second opening', { reopen: header(kind, `version='0.9'`) }, 'versionMismatch'],
    [
      'nothing to log on with',
      { open: `${header(kind)}\n<stream:features xmlns:stream='http://etherx.jabber.org/streams'/>` },
      'versionMismatch',
    ],
    [
      'nothing to bind',
      { reopen: `${header(kind)}\n<stream:features xmlns:stream='http://etherx.jabber.org/streams'/>` },
      'versionMismatch',
    ],
    [
      'a mechanism that is not known',
      {
        open: `${header(kind)}\n<stream:features xmlns:stream='http://etherx.jabber.org/streams'><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>GSSAPI</mechanism></mechanisms></stream:features>`,
      },
      'versionMismatch',
    ],
  ] as const)('survives %s', async (_what, play, reason) => {
    expect(await signIn(kind, play as Play)).toBe(reason);
  });

  it('does not follow see-other-host', async () => {
    await withStub(kind, {}, async (other) => {
      const play = { open: `${header(kind)}\n${streamError('see-other-host', `127.0.0.1:${other.port}`)}` };
      expect(await signIn(kind, play)).toBe('serverUnavailable');
      expect(other.said).toEqual([]);
    });
  });
});

describe('Signing in over WebSocket', () => {
  const rows = httpRows.map(([status, , reason]) => [status, reason] as const).filter(([status]) => status !== 200);
  it.each([...rows, [200, 'versionMismatch'], [599, 'serverUnavailable'], [302, 'unexpected'], [418, 'unexpected']] as const)(
    'takes HTTP %i for %s',
    async (status, reason) => {
      expect(await signIn('ws', { upgrade: `HTTP/1.1 ${status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n` })).toBe(
        reason,
      );
    },
  );

  it('hands on how long the server wants to be left alone', async () => {
    const upgrade = 'HTTP/1.1 503 X\r\nRetry-After: 7\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';
    await withStub('ws', { upgrade }, async (stub) => {
      const attempt = client('alice@localhost', { service: stub.service }).open();
      await expect(attempt).rejects.toMatchObject({ reason: 'serverTooBusy', retryAfterMs: 7000 });
    });
  });

  it('takes a connection that is cut before the upgrade for connectFailed', async () => {
    expect(await signIn('ws', { upgrade: { cut: true } })).toBe('connectFailed');
  });
});

describe.each(kinds)('Online over %s', (kind) => {
  it.each(streamRows.map(([condition, , reason]) => [condition, reason]))(
    'takes the stream error %s for the loss %s',
    async (condition, reason) => {
      await withStub(kind, {}, async (stub) => {
        const alice = client('alice@localhost', { service: stub.service });
        await alice.open();
        stub.say(streamError(condition));
        await alice.hears('lost');
        await stub.empty();
        expect(alice.heard).toEqual([`lost ${reason}`]);
      });
    },
  );

  it.each([
    ['closes the stream', kind === 'ws' ? `<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>` : '</stream:stream>'],
    ['sends tags that do not match', '<a><b></a>'],
    ['sends an entity that is none', `<a b='&nothing;'/>`],
    ['sends an error without a condition', `<stream:error xmlns:stream='http://etherx.jabber.org/streams'/>`],
  ])('loses the line, once, when the server %s', async (_what, text) => {
    await withStub(kind, {}, async (stub) => {
      const alice = client('alice@localhost', { service: stub.service });
      const link = await alice.open();
      stub.say(text);
      await alice.hears('lost');
      await stub.empty();
      link.drop();
      expect(alice.heard).toEqual(['lost lineLost']);
    });
  });
});

describe('The answer to a presence', () => {
  let stub: Stub;
  const play: { presence?: string } = {};
  beforeAll(async () => {
    stub = await startStub('ws', play);
  });
  afterAll(() => stub.close());

  it.each([...stanzaRows.map(([condition, , reason]) => [condition, reason]), ['gone', 'unexpected']])(
    '%s is %s',
    async (condition, reason) => {
      play.presence = stanzaError('presence', condition);
      const link = await client('alice@localhost', { service: stub.service }).open();
      expect(await outcome(link.publish({ status: 10 }, live))).toBe(reason);
      link.drop();
    },
  );
});

describe('The table', () => {
  it('names reasons of the closed list only', () => {
    const named = [
      ...streamRows.flatMap(([, signin, line]) => [signin, line]),
      ...stanzaRows.flatMap(([, signin, publish]) => [signin, publish]),
      ...[...saslRows, ...systemRows].map(([, reason]) => reason),
      ...httpRows.map(([, , reason]) => reason),
    ];
    expect(named.filter((reason) => !isReason(reason))).toEqual([]);
  });

  it('ends a session with reasons for a lost line only', () => {
    expect(streamRows.map(([, , reason]) => reasons[reason].kind).filter((kind) => kind !== 'line')).toEqual([]);
  });

  it('has each condition once', () => {
    for (const rows of [streamRows, saslRows, stanzaRows, systemRows]) {
      const names = rows.map(([name]) => name as string);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it.each([
    ['ENOTFOUND', 'serverNotFound'],
    ['ENODATA', 'serverNotFound'],
    ['ERR_INVALID_URL', 'serverNotFound'],
    ['EAI_AGAIN', 'serverUnavailable'],
    ['ECONNREFUSED', 'connectFailed'],
    ['EHOSTUNREACH', 'connectFailed'],
    ['ENETUNREACH', 'connectFailed'],
    ['ETIMEDOUT', 'connectFailed'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tlsFailed'],
    ['CERT_HAS_EXPIRED', 'tlsFailed'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tlsFailed'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tlsFailed'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tlsFailed'],
  ])('knows the code %s as %s', (code, reason) => {
    expect(signinError(failureOf(Object.assign(new Error('x'), { code }), false)).reason).toBe(reason);
  });

  it('knows errors of another realm, which are no instance of Error here', () => {
    expect(signinError(failureOf({ code: 'CERT_HAS_EXPIRED', message: 'x' }, true)).reason).toBe('tlsFailed');
    expect(signinError(failureOf({ name: 'XMLError', message: 'x' }, false)).reason).toBe('unexpected');
    expect(signinError(failureOf({ code: 'ECONNREFUSED', message: '' }, false)).message).toBe('ECONNREFUSED');
  });

  it('takes an unknown failure for connectFailed before the socket was open, for unexpected after', () => {
    expect(signinError(failureOf(new Error('x'), false)).reason).toBe('connectFailed');
    expect(signinError(failureOf(new Error('x'), true)).reason).toBe('unexpected');
    expect(signinError(failureOf('x', true)).reason).toBe('unexpected');
  });

  it('takes an unknown condition for unexpected, and online for a lost line', () => {
    expect(signinError({ kind: 'stream', condition: 'new-in-2099' }).reason).toBe('unexpected');
    expect(signinError({ kind: 'sasl', condition: 'new-in-2099' }).reason).toBe('unexpected');
    expect(lineError({ kind: 'stream', condition: 'new-in-2099' }).reason).toBe('lineLost');
    expect(lineError(failureOf(Object.assign(new Error('x'), { code: 'ECONNRESET' }), true)).reason).toBe('lineLost');
    expect(publishError('new-in-2099').reason).toBe('unexpected');
  });

  it('tells what the server said', () => {
    expect(lineError({ kind: 'stream', condition: 'conflict', text: 'Replaced' }).message).toBe('conflict: Replaced');
    expect(signinError(failureOf(new HttpRefusal(404, undefined), false)).message).toContain('404');
  });

  it.each([
    ['7', 7000],
    ['Thu, 01 Jan 1970 00:00:09 GMT', 5000],
    ['Thu, 01 Jan 1970 00:00:01 GMT', undefined],
    ['0', undefined],
    ['soon', undefined],
    [undefined, undefined],
  ])('reads Retry-After %s as %s ms', (text, ms) => {
    expect(retryAfter(text, 4000)).toBe(ms);
  });
});
