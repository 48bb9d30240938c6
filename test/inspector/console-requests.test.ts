/**
 * What a page may ask for: each request as it is meant, and everything else refused in words.
 */
import { describe, expect, it } from '@jest/globals';
import type { Wanted } from '../../src/inspector/console/protocol.js';
import { readRequest } from '../../src/inspector/console/requests.js';

const read = (wanted: unknown): unknown => readRequest({ type: 'console.do', request: 1, wanted });

describe('A request of the page', () => {
  const good: readonly Wanted[] = [
    { do: 'signin' },
    { do: 'signin', status: 10, note: 'in a meeting', for: 60_000 },
    { do: 'signout' },
    { do: 'status', status: 2 },
    { do: 'environment', network: false, awake: true, userActive: false },
    { do: 'speed', speed: 60 },
    { do: 'speed', speed: 0 },
    { do: 'step' },
    { do: 'step', ms: 1_000 },
    { do: 'fault', name: 'silent', value: 'auth' },
    { do: 'fault', name: 'latency', value: 0 },
    { do: 'fault', name: 'auth', value: false },
    { do: 'calm' },
    { do: 'strike', what: 'kick' },
    { do: 'account' },
    { do: 'account', name: 'you@example.org', url: 'wss://example.org/xmpp-websocket' },
  ];
  it.each(good.map((wanted) => [JSON.stringify(wanted), wanted]))('is taken as it is: %s', (_, wanted) => {
    expect(read(wanted)).toEqual({ type: 'console.do', request: 1, wanted });
  });

  it.each<readonly [string, unknown]>([
    ['nothing', undefined],
    ['a list', []],
    ['no verb', {}],
    ['an unknown verb', { do: 'explode' }],
    ['a verb of Object', { do: 'constructor' }],
    ['a status that is no number', { do: 'status', status: '2' }],
    ['no status', { do: 'status' }],
    ['a note that is too long', { do: 'status', status: 2, note: 'x'.repeat(5_000) }],
    ['a note that is no text', { do: 'signin', note: { toString: 1 } }],
    ['a span without end', { do: 'status', status: 2, for: Infinity }],
    ['a span of nothing', { do: 'status', status: 2, for: 0 }],
    ['a speed that there is none', { do: 'speed', speed: 3 }],
    ['an unknown fault', { do: 'fault', name: '__proto__', value: false }],
    ['a fault with a list', { do: 'fault', name: 'auth', value: [] }],
    ['an unknown blow', { do: 'strike', what: 'murder' }],
    ['a network that is no boolean', { do: 'environment', network: 'off' }],
    ['a name with a space', { do: 'account', name: 'a b@example.org' }],
    ['an address with a password', { do: 'account', name: 'a@example.org', url: 'wss://a:secret@example.org' }],
    ['an address of the web', { do: 'account', name: 'a@example.org', url: 'https://example.org' }],
  ])('is refused in words: %s', (_, wanted) => {
    const answer = read(wanted);
    expect(typeof answer).toBe('string');
    expect(answer).not.toContain('secret');
  });

  it('keeps nothing that it does not know, a password least of all', () => {
    const wanted: unknown = JSON.parse('{"do":"signin","password":"secret","__proto__":{"status":2},"extra":1}');
    expect(read(wanted)).toEqual({ type: 'console.do', request: 1, wanted: { do: 'signin' } });
  });

  it('needs a number and the right type', () => {
    expect(readRequest({ type: 'console.do', request: '1', wanted: { do: 'calm' } })).toBe('request: expected a whole number');
    expect(readRequest({ type: 'other', request: 1, wanted: { do: 'calm' } })).toBe('not a request');
  });
});
