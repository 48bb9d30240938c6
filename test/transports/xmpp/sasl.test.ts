/** Logging on: the examples of the RFCs, letters outside ASCII, and servers that do not know the password. */
import { describe, expect, it } from '@jest/globals';
import { mechanismsHere, scram, type Verifying } from '../../../src/transports/xmpp/sasl.js';

const pencil = { username: 'user', password: 'pencil' };
const plain = (): Verifying => {
  const row = mechanismsHere().find(({ name }) => name === 'PLAIN');
  if (row === undefined) throw new Error('no PLAIN');
  return row.make();
};

/** The exchanges of RFC 5802 §5 and RFC 7677 §3. */
const examples = [
  {
    hash: 'SHA-1',
    nonce: 'fyko+d2lbbFgONRv9qkxdawL',
    serverFirst: 'r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096',
    clientFinal: 'c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
    serverFinal: 'v=rmF9pqV8S7suAoZWja4dJRkFsKQ=',
  },
  {
    hash: 'SHA-256',
    nonce: 'rOprNGfwEbeRWgbNEkqO',
    serverFirst: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
    clientFinal: 'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    serverFinal: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
  },
] as const;

describe.each(examples)('SCRAM with $hash', ({ hash, nonce, serverFirst, clientFinal, serverFinal }) => {
  async function upToProof(): Promise<Verifying> {
    const mechanism = scram(hash, () => nonce);
    expect(await mechanism.response(pencil)).toBe(`n,,n=user,r=${nonce}`);
    mechanism.challenge(serverFirst);
    expect(await mechanism.response(pencil)).toBe(clientFinal);
    return mechanism;
  }

  it('says what the example of its RFC says', async () => {
    expect((await upToProof()).proves(serverFinal)).toBe(true);
  });

  it('takes the proof as a last challenge too', async () => {
    const mechanism = await upToProof();
    mechanism.challenge(serverFinal);
    expect(await mechanism.response(pencil)).toBe('');
    expect(mechanism.proves('')).toBe(true);
  });

  it.each(['', 'v=AAAA', 'e=other-error', serverFinal.replace('v=', 'w=')])(
    'believes no server that proves itself with %p',
    async (final) => {
      expect((await upToProof()).proves(final)).toBe(false);
    },
  );

  it('believes no proof before there is one to compare', () => {
    expect(scram(hash, () => nonce).proves('v=undefined')).toBe(false);
  });

  it.each([
    ['a nonce of somebody else', 's=QSXCR+Q6sek8bf92,i=4096,r=other'],
    ['our own nonce and nothing more', `r=${nonce},s=QSXCR+Q6sek8bf92,i=4096`],
    ['no salt', `r=${nonce}x,s=,i=4096`],
    ['no rounds', `r=${nonce}x,s=QSXCR+Q6sek8bf92`],
    ['rounds that are no number', `r=${nonce}x,s=QSXCR+Q6sek8bf92,i=many`],
    ['more rounds than anybody needs', `r=${nonce}x,s=QSXCR+Q6sek8bf92,i=4000000000`],
    ['an extension that must be understood', `m=x,r=${nonce}x,s=QSXCR+Q6sek8bf92,i=1`],
    ['nothing', ''],
  ])('refuses a challenge with %s', async (_what, challenge) => {
    const mechanism = scram(hash, () => nonce);
    await mechanism.response(pencil);
    mechanism.challenge(challenge);
    await expect((async () => mechanism.response(pencil))()).rejects.toThrow('makes no sense');
  });
});

describe('Names and passwords', () => {
  it('go as UTF-8, which the base64 beneath does not do by itself', async () => {
    const said = Buffer.from(await plain().response({ username: 'jürgen', password: 'pass–wörd🙂' }), 'latin1').toString('utf8');
    expect(said).toBe('\0jürgen\0pass–wörd🙂');
  });

  it('with the letters that SCRAM uses itself are escaped', async () => {
    expect(await scram('SHA-1', () => 'n').response({ username: 'a=b,c', password: 'x' })).toBe('n,,n=a=3Db=2Cc,r=n');
  });

  it('prefer the mechanism that shows the password least', () => {
    expect(mechanismsHere().map(({ name }) => name)).toEqual(['SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN']);
  });

  it('use a new nonce each time', async () => {
    expect(await scram('SHA-1').response(pencil)).not.toBe(await scram('SHA-1').response(pencil));
  });
});
