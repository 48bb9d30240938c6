/** The service under an XState inspector: every event and every state has a name that can be read (M30). */
import { describe, expect, it } from '@jest/globals';
import { createPresenceService, type PresenceServiceOptions } from '../../src/index.js';
import { ann, bringTo, stage } from '../support/stage.js';

type InspectionEvent = Parameters<Extract<NonNullable<PresenceServiceOptions['inspect']>, (event: never) => void>>[0];

/** In short: what came in, or which state came out. */
function line(event: InspectionEvent): string | undefined {
  if (event.type === '@xstate.event') return `event ${event.event.type}`;
  if (event.type === '@xstate.snapshot' && 'value' in event.snapshot) return `state ${JSON.stringify(event.snapshot.value)}`;
  return event.type === '@xstate.actor' ? 'actor' : undefined;
}

function watched() {
  const events: InspectionEvent[] = [];
  const it1 = stage({ inspect: (event) => void events.push(event), credentials: ann });
  return { ...it1, events, lines: () => events.map(line).filter((text) => text !== undefined) };
}

describe('M30 The inspector', () => {
  it('T1 tells a sign-in in words', async () => {
    const { service, clock, lines } = watched();
    service.autoSignin();
    await clock.settle();
    expect(lines()).toEqual([
      'actor',
      'event xstate.init',
      'state {"offline":"signedOut"}',
      'event signin.request',
      'state {"attempt":"findingServer"}',
      'event server.found',
      'state {"attempt":"connecting"}',
      'event link.opened',
      'state {"session":"synchronizing"}',
      'event session.synchronized',
      'state {"session":"synchronizing"}',
      'event status.published',
      'state {"session":{"signedIn":"online"}}',
    ]);
  });

  it('has no nameless event and no nameless state on the way through every phase', async () => {
    const it1 = watched();
    await bringTo(it1, 'idle');
    it1.service.setStatus(10);
    it1.server.faults.silent = { check: true };
    it1.clock.jump(60_000);
    await it1.clock.advance(10_000);
    it1.service.environment({ network: false, awake: false });
    it1.service.environment({ network: true, awake: true });
    await it1.clock.advance(1_000);
    it1.service.signout();
    await it1.clock.settle();
    for (const event of it1.events) {
      if (event.type !== '@xstate.event') continue;
      expect(event.event.type).toMatch(/^(xstate\.[a-z.]+|[a-z]+\.[a-z]+)$/);
    }
    const words = it1.lines().join('\n');
    for (const name of [
      'waitingToRetry',
      'held',
      'disconnecting',
      'idle',
      'busy',
      'clock.jumped',
      'check.expired',
      'retry.due',
    ]) {
      expect(words).toContain(name);
    }
  });

  it('may be an observer object as well as a function', async () => {
    const seen: string[] = [];
    const { server, clock } = stage();
    const service = createPresenceService({
      transport: server.transport(),
      clock,
      inspect: { next: ({ type }) => seen.push(type) },
    });
    service.signin(ann);
    await clock.settle();
    expect(seen).toContain('@xstate.snapshot');
    await service.dispose();
  });

  it('sees the same actor that the service shows, whose snapshot can be followed', async () => {
    const it1 = watched();
    const values: unknown[] = [];
    const subscription = it1.service.actor.subscribe(({ value }) => values.push(value));
    await bringTo(it1, 'online');
    subscription.unsubscribe();
    expect(values).toContainEqual({ session: { signedIn: 'online' } });
    expect(it1.service.actor.getSnapshot().matches({ session: 'signedIn' })).toBe(true);
    expect(it1.events.every((event) => event.rootId === it1.service.actor.sessionId)).toBe(true);
  });
});
