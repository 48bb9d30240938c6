/** `@statelyai/inspect` on our service: its observers work unchanged, against its own receivers, and with our redactor as `serialize` nothing leaks. */
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  createInspector,
  createWebSocketInspector,
  createWebSocketReceiver,
  type StatelyInspectionEvent,
} from '@statelyai/inspect';
import { createActor, fromPromise, setup, type InspectionEvent } from 'xstate';
import { WebSocketServer } from 'ws';
import { createPresenceService } from '../../src/index.js';
import { createRedactor, redact } from '../../src/inspector/index.js';
import { createMemoryServer } from '../../src/transports/memory/index.js';

const password = 'pw-53cr3t-hunter2';
const token = 'tk-53cr3t-bearer9';
const secret = '53cr3t';
const told = ['@xstate.actor', '@xstate.event', '@xstate.snapshot'];

interface Inspect {
  readonly inspect: { next?: (event: InspectionEvent) => void };
}

/** A session from sign-in to sign-out. @returns the types of what XState told, as far as Stately's protocol has them */
async function session({ inspect }: Inspect): Promise<string[]> {
  const types: string[] = [];
  const service = createPresenceService({
    transport: createMemoryServer({ users: { 'ann@example.org': password } }).transport(),
    inspect: {
      next(event) {
        if (told.includes(event.type)) types.push(event.type);
        inspect.next?.(event);
      },
    },
  });
  service.signin({ name: 'ann@example.org', password });
  await service.ready();
  service.signout();
  for await (const notice of service.notices()) if (notice.type === 'OnMyStatusChange' && notice.mMyStatus === 1) break;
  return types;
}

/** A machine that does everything wrong. */
async function leaky({ inspect }: Inspect): Promise<void> {
  const machine = setup({
    actors: {
      logon: fromPromise(({ input }: { input: { password: string } }) =>
        Promise.resolve({ accessToken: token, of: input.password.length }),
      ),
      fail: fromPromise(({ input }: { input: { password: string } }) => Promise.reject(new Error(`401 for ${input.password}`))),
    },
  }).createMachine({
    context: { password, headers: { Authorization: `Bearer ${token}` } },
    initial: 'a',
    states: {
      a: { invoke: { src: 'logon', input: { password }, onDone: 'b' } },
      b: { invoke: { src: 'fail', input: { password }, onError: 'c' } },
      c: {},
    },
  });
  const actor = createActor(machine, { inspect }).start();
  actor.send({ type: 'x', password, text: `my password=${password}` });
  await new Promise<void>((resolve) => actor.subscribe(({ value }) => value === 'c' && resolve()));
}

/** Looks again until it is so. */
async function until(isSo: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + 10_000; !isSo();) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('Any adapter', () => {
  function collected(options: Parameters<typeof createInspector>[1]) {
    const events: StatelyInspectionEvent[] = [];
    return { events, inspector: createInspector({ send: (event) => void events.push(event) }, options) };
  }

  it('is told all that XState tells of the service, in the shape of the protocol', async () => {
    const { events, inspector } = collected({ serialize: redact });
    const types = await session(inspector);
    await until(() => events.length >= types.length, 'all events');
    expect(events.map(({ type }) => type)).toEqual(types);
    const [actor] = events;
    expect(actor).toMatchObject({
      type: '@xstate.actor',
      name: 'presence',
      sessionId: expect.any(String),
      _version: expect.any(String),
    });
    if (actor?.type !== '@xstate.actor') throw new Error('no actor');
    expect(JSON.parse(actor.definition ?? '')).toMatchObject({ id: 'presence', states: { offline: { initial: 'signedOut' } } });
    const values = events.flatMap((event) =>
      event.type === '@xstate.snapshot' ? [JSON.stringify((event.snapshot as { value?: unknown }).value)] : [],
    );
    expect(values).toContain('{"session":{"signedIn":"online"}}');
    // Once more changes nothing: its WebSocket adapter serializes what waited a second time.
    for (const event of events) expect(redact(event)).toEqual(event);
  });

  it('gets the same with the redactor as without, where there is no secret', async () => {
    const [plain, quiet] = [collected({}), collected({ serialize: redact })];
    const shape = ({ events }: typeof plain): unknown[] =>
      events.map(
        (event) => JSON.parse(JSON.stringify({ ...event, sessionId: '', rootId: '', createdAt: '', id: '' })) as unknown,
      );
    for (const { events, inspector } of [plain, quiet]) {
      const types = await session(inspector);
      await until(() => events.length >= types.length, 'all events');
    }
    expect(shape(quiet)).toEqual(shape(plain));
  });

  it('is told no secret with `serialize`; without it, it would be', async () => {
    const [plain, quiet] = [collected({}), collected({ serialize: createRedactor() })];
    for (const { events, inspector } of [plain, quiet]) {
      await leaky(inspector);
      await until(() => JSON.stringify(events).includes('"value":"c"'), 'c');
    }
    const leaks = (events: readonly unknown[]): number => events.filter((event) => JSON.stringify(event).includes(secret)).length;
    expect(leaks(plain.events)).toBeGreaterThan(3);
    expect(leaks(quiet.events)).toBe(0);
    expect(quiet.events.map(({ type }) => type)).toEqual(plain.events.map(({ type }) => type));
  });
});

describe('By WebSocket', () => {
  let relay: WebSocketServer;
  let url = '';
  let texts: string[] = [];
  beforeEach(async () => {
    texts = [];
    relay = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await new Promise((resolve) => relay.on('listening', resolve));
    url = `ws://127.0.0.1:${(relay.address() as AddressInfo).port}`;
    relay.on('connection', (socket) => {
      socket.on('message', (data) => {
        const text = (data as Buffer).toString('utf8');
        texts.push(text);
        for (const other of relay.clients) if (other !== socket) other.send(text);
      });
    });
  });
  afterEach(async () => {
    for (const socket of relay.clients) socket.terminate();
    await new Promise((resolve) => relay.close(resolve));
  });

  it.each([
    ['the service', session],
    ['a machine that leaks', leaky],
  ])('the receiver of Stately hears %s, and no secret passes the line', async (_, run) => {
    const received: StatelyInspectionEvent[] = [];
    createWebSocketReceiver({ server: url }).subscribe((event) => void received.push(event));
    await until(() => relay.clients.size === 1, 'the receiver');
    const inspector = createWebSocketInspector({ url, serialize: redact });
    const types = await run(inspector);
    const end = run === session ? '"value":{"offline":"signedOut"}' : '"value":"c"';
    await until(() => texts.filter((text) => text.includes(end)).length >= (run === session ? 2 : 1), 'the end');
    await until(() => received.length === texts.length, 'all to arrive');
    inspector.stop();
    if (types !== undefined) expect(received.map(({ type }) => type)).toEqual(types);
    const actor = received.find(({ type }) => type === '@xstate.actor');
    expect(() => JSON.parse((actor as { definition: string }).definition) as unknown).not.toThrow();
    expect(texts.filter((text) => text.includes(secret))).toEqual([]);
  });
});
