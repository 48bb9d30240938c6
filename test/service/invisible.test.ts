/** INVISIBLE: a capability, a promise, and the proof that it is kept: what others are told is what they are told of somebody who is signed out (M26, B15, L13). */
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  effective,
  fullRules,
  initialState,
  isOnline,
  leafOf,
  phaseOf,
  samples,
  step,
  type Message,
  type Output,
  type Rules,
  type State,
} from '../../machines/index.js';
import { createPresenceService, E_INVALIDARG, MISTATUS, S_OK, TransportError, type ContactPresence } from '../../src/index.js';
import { keyOf } from '../../src/table/explore.js';
import { possibleMessages } from '../../src/testing/index.js';
import { ann, bob, bringTo, stage, type Stage, type StageOptions } from '../support/stage.js';

const { AWAY, BUSY, IDLE, INVISIBLE, OFFLINE, ONLINE } = MISTATUS;

/** What bob, who is online all the time, is told of ann. */
async function watched(options: StageOptions = {}): Promise<Stage & { readonly told: () => string[] }> {
  const it1 = stage(options);
  const seen: ContactPresence[] = [];
  const transport = it1.server.transport();
  const { signal } = new AbortController();
  const events = { lost: () => {}, own: () => {}, contact: (presence: ContactPresence) => void seen.push(presence) };
  const link = await transport.connect(await transport.findServer(bob, signal), bob, events, signal);
  await link.synchronize(signal);
  await link.publish({ status: ONLINE }, signal);
  return { ...it1, told: () => seen.splice(0).map(({ status, note }) => `${status} ${note ?? ''}`.trim()) };
}

describe('M26 INVISIBLE is a capability of the transport', () => {
  const without = { plug: { capabilities: { statuses: [ONLINE, BUSY, AWAY, IDLE] } } };

  it('one that has it takes it, at sign-in and later', async () => {
    const it1 = stage();
    it1.service.signin(ann, { status: INVISIBLE });
    await it1.clock.settle();
    expect(it1.service.myStatus).toBe(INVISIBLE);
    expect(isOnline(it1.service.myStatus)).toBe(true);
    expect(it1.others()).toEqual({ status: 'OFFLINE' });
    expect(it1.server.sessions).toMatchObject([{ status: INVISIBLE }]);
  });

  it('one that lacks it refuses it, in every call, and shows nothing in its place (L13)', async () => {
    const it1 = await watched(without);
    expect(it1.service.signin(ann, { status: INVISIBLE })).toBe(E_INVALIDARG);
    await it1.clock.settle();
    expect(it1.told()).toEqual([]);
    await bringTo(it1, 'online');
    expect(it1.service.setStatus(INVISIBLE)).toBe(E_INVALIDARG);
    await it1.clock.settle();
    expect([it1.service.myStatus, it1.told()]).toEqual([ONLINE, [`${ONLINE}`]]);
  });

  it('one whose server turns out not to keep it says so, and the status stays as it was', async () => {
    const it1 = await watched();
    await bringTo(it1, 'online');
    it1.server.faults.rejectStatus = [INVISIBLE];
    expect(it1.service.setStatus(INVISIBLE)).toBe(S_OK);
    await it1.clock.settle();
    expect([it1.service.myStatus, it1.service.wanted.status]).toEqual([ONLINE, ONLINE]);
  });

  it('idleness never stands before it, whatever `idleFrom` says', async () => {
    const it1 = await watched({ policy: { idleFrom: [ONLINE, INVISIBLE], awayAfterIdle: 60_000 } });
    it1.service.signin(ann, { status: INVISIBLE });
    await it1.clock.settle();
    it1.service.environment({ userActive: false });
    await it1.clock.advance(3_600_000);
    expect([it1.service.myStatus, it1.told()]).toEqual([INVISIBLE, []]);
  });
});

describe('B15 Invisible and signed out are one to others', () => {
  const rules: Rules = { ...fullRules, statuses: [ONLINE, INVISIBLE], idleFrom: [ONLINE, INVISIBLE] };

  /** The chart, and what the user has asked for and is not answered yet, which the driver keeps. */
  interface Place {
    readonly state: State;
    readonly asked: readonly number[];
  }

  /** Everything that can happen to somebody who never wishes to be seen: all facts of the world, all timers, sign-ins and -outs. */
  const messages = samples(rules, 'all').filter((message) => !('status' in message) || message.status === INVISIBLE);

  it('on all paths of the model on which nobody wishes to be seen, not one publication is of anything else', () => {
    const seen = new Map<string, State>();
    const start = step(initialState(rules), { type: 'signin.request', tries: 'retry', status: INVISIBLE })[0];
    const queue = [start];
    let steps = 0;
    let publications = 0;
    for (let state = queue.shift(); state; state = queue.shift()) {
      for (const message of possibleMessages(state, messages)) {
        // Whoever signs in again without a status wishes for what is wished for, which a sign-out has made ONLINE.
        const isNewWish =
          leafOf(state) === 'signedOut' &&
          ((message.type === 'signin.request' && message.status === undefined) || message.type === 'session.restored');
        if (isNewWish) continue;
        const [next, outputs] = step(state, message);
        steps += 1;
        for (const output of outputs) {
          if (output.type !== 'presence.publish') continue;
          publications += 1;
          // The user's own change is what was asked for: only INVISIBLE was.
          if (output.by !== 'user')
            expect([leafOf(state), message, output]).toEqual([leafOf(state), message, { ...output, status: INVISIBLE }]);
        }
        const key = keyOf(next);
        if (seen.has(key)) continue;
        seen.set(key, next);
        if (leafOf(next) !== 'signedOut') expect(effective(next.context)).toBe(INVISIBLE);
        queue.push(next);
      }
    }
    expect(seen.size).toBeGreaterThan(150);
    expect(publications).toBeGreaterThan(50);
    process.stdout.write(`B15: ${seen.size} states, ${steps} steps, ${publications} publications, all INVISIBLE\n`);
  }, 30_000);

  it('on all paths of the whole model, from INVISIBLE on nothing visible is published before the user, or the end of a time, asks for it', () => {
    const all = samples(rules);
    const placeOf = (place: Place): string => `${keyOf(place.state)} ${place.asked.join()}`;
    const known = new Set<string>();
    const queue: Place[] = [{ state: initialState(rules), asked: [] }];
    let hidden = 0;
    for (let place = queue.shift(); place; place = queue.shift()) {
      for (const message of possibleMessages(place.state, all)) {
        const { context } = place.state;
        if (message.type === 'status.published' && message.by === 'user' && message.status !== place.asked[0]) continue;
        if (message.type === 'status.request' && context.pending > rules.queue) continue;
        const [state, outputs] = step(place.state, message);
        const asked = askedAfter(place, message, state);
        // Wished for INVISIBLE and confirmed, with nothing else under way: only a wish may end it.
        const isHidden =
          context.wished === INVISIBLE && context.shown === INVISIBLE && place.asked.every((status) => status === INVISIBLE);
        const isWish =
          ('status' in message && message.status !== undefined && message.status !== INVISIBLE) ||
          message.type === 'signin.request';
        if (isHidden && phaseOf(leafOf(place.state)) === 'online' && !isWish) {
          hidden += 1;
          expect(visibleIn(outputs, asked)).toEqual([]);
        }
        const next: Place = { state, asked };
        const key = placeOf(next);
        if (known.has(key)) continue;
        known.add(key);
        queue.push(next);
      }
    }
    expect(hidden).toBeGreaterThan(500);
  }, 30_000);

  function askedAfter({ state, asked }: Place, message: Message, next: State): readonly number[] {
    if (phaseOf(leafOf(next)) !== 'online') return [];
    if (message.type === 'status.request' && phaseOf(leafOf(state)) === 'online') return [...asked, message.status];
    return asked.slice(Math.max(0, asked.length - next.context.pending));
  }
  const visibleIn = (outputs: readonly Output[], asked: readonly number[]): Output[] =>
    outputs.filter(
      (output) => output.type === 'presence.publish' && (output.by === 'user' ? asked[0] : output.status) !== INVISIBLE,
    );

  type Weather =
    | 'lose'
    | 'kick'
    | 'network'
    | 'sleep'
    | 'idle'
    | 'input'
    | 'wait'
    | 'again'
    | 'note'
    | 'reject'
    | 'calm'
    | 'busyServer'
    | 'signout'
    | 'restart'
    | 'silent';
  const weathers: readonly Weather[] = [
    'lose',
    'kick',
    'network',
    'sleep',
    'idle',
    'input',
    'wait',
    'again',
    'note',
    'reject',
    'calm',
    'busyServer',
    'signout',
    'restart',
    'silent',
  ];

  it.each([true, false])(
    'what a contact is told in 100 random lives of a service is nothing at all, as if nobody were there (sessions resumed: %s)',
    async (resume) => {
      let lives = 0;
      let wasOnline = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(fc.constantFrom(...weathers), { minLength: 5, maxLength: 20 }), async (deeds) => {
          const options: StageOptions = {
            credentials: ann,
            policy: { idleFrom: [ONLINE, INVISIBLE], awayAfterIdle: 60_000, remember: true },
          };
          const first = await watched({ ...options, server: { resume } });
          let { service } = first;
          const { clock, server, told } = first;
          let isOff = false;
          service.signin(ann, { status: INVISIBLE, note: 'here I am' });
          for (const deed of deeds) {
            if (deed === 'lose') server.drop(ann.name);
            else if (deed === 'kick') server.kick(ann.name);
            else if (deed === 'network' || deed === 'sleep') {
              isOff = !isOff;
              service.environment(deed === 'network' ? { network: !isOff } : { awake: !isOff });
            } else if (deed === 'idle') service.environment({ userActive: false });
            else if (deed === 'input') service.environment({ userActive: true });
            else if (deed === 'note') service.setStatus(INVISIBLE, { note: 'and here', until: clock.now() + 90_000 });
            else if (deed === 'again') service.signin(ann, { status: INVISIBLE });
            else if (deed === 'reject') server.faults.rejectStatus = [INVISIBLE];
            else if (deed === 'busyServer') server.next('publish', new TransportError('serverTooBusy'), { name: ann.name });
            else if (deed === 'silent') server.faults.silent = { publish: 1 };
            else if (deed === 'calm') server.calm();
            else if (deed === 'signout') service.signout();
            else if (deed === 'restart') {
              const snapshot = service.getPersistedSnapshot();
              await service.dispose();
              service = createPresenceService({ transport: server.transport(), ...options, clock, random: () => 0.5, snapshot });
              isOff = false;
            }
            await clock.advance(deed === 'wait' ? 400_000 : 1_000);
            if (isOnline(service.myStatus)) wasOnline += 1;
          }
          expect(told()).toEqual([]);
          expect(server.presenceOf(ann.name).status).toBe(OFFLINE);
          lives += 1;
          await service.dispose();
        }),
        { numRuns: 100, seed: 15 },
      );
      expect(lives).toBe(100);
      expect(wasOnline).toBeGreaterThan(200);
    },
    30_000,
  );

  it('becoming INVISIBLE is a goodbye to others, and its end says nothing', async () => {
    const it1 = await watched();
    const signedOut = await watched();
    await bringTo(it1, 'online');
    await bringTo(signedOut, 'online');
    it1.service.setStatus(INVISIBLE, { note: 'hidden' });
    signedOut.service.signout();
    await it1.clock.settle();
    await signedOut.clock.settle();
    expect(it1.told()).toEqual([`${ONLINE}`, `${OFFLINE}`]);
    expect(signedOut.told()).toEqual([`${ONLINE}`, `${OFFLINE}`]);
    it1.service.signout();
    await it1.clock.settle();
    expect(it1.told()).toEqual([]);
  });
});
