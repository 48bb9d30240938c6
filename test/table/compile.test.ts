/** Any finite machine to a table: foreign charts say the same as their actors, and what is no table is refused by name. */
import { assign, createActor, emit, fromPromise, setup, type AnyStateMachine } from 'xstate';
import { describe, expect, it } from '@jest/globals';
import { carried, CompileError, compileLogic, logicOf, type SampleEvent } from '../../src/table/compile/index.js';
import { SessionPool } from '../../src/table/pool/index.js';
import { createPretendClock, seededRandom } from '../../src/testing/index.js';
import { call, player, wizard } from './charts.js';
import { actorTwin, poolTwin, type React } from './twins.js';

const charts: readonly (readonly [string, AnyStateMachine, readonly SampleEvent[]])[] = [
  ['with timers and carried data', call.machine, call.events],
  ['with parallel regions', player.machine, player.events],
  ['with history', wizard.machine, wizard.events],
];

const seenTypes = {} as { context: { seen: number }; events: { type: 'go' } };
const noteTypes = {} as { context: { last: number }; events: { type: 'note'; what: number } };

/** The same random life for actors and sessions; listeners send back into it, also to each other. */
async function live(machine: AnyStateMachine, events: readonly SampleEvent[], seed: number, steps: number) {
  const clocks = [createPretendClock({ now: 5_000 }), createPretendClock({ now: 5_000 })] as const;
  const pool = new SessionPool(compileLogic(machine, { events }).table, { clock: clocks[1] });
  const random = seededRandom(seed);
  const count = 4;
  const eventAt = (number: number) =>
    Object.fromEntries(
      Object.entries(events[number % events.length] ?? {}).map(([field, value]) => [
        field,
        typeof value === 'object' ? number % 97 : value,
      ]),
    ) as {
      type: string;
    };
  // What a listener does depends only on what it hears.
  const reactions = [0, 0];
  const react =
    (side: number): React =>
    (twin, who, { type }) => {
      const number = (reactions[side] = (reactions[side] ?? 0) + 1);
      if (number % 5 === 0) twin.send(who, eventAt(number + type.length));
      if (number % 7 === 0) twin.send((who + 1) % count, eventAt(number));
    };
  const twins = [actorTwin(machine, undefined, count, clocks[0], react(0)), poolTwin(pool, count, react(1))];
  for (let step = 0; step < steps; step++) {
    const who = Math.floor(random() * count);
    const number = Math.floor(random() * 1_000);
    const wait = random() < 0.3 ? Math.floor(random() * 1_500) : 0;
    for (const twin of twins) twin.send(who, eventAt(number));
    for (const clock of clocks) await clock.advance(wait);
  }
  const values = twins.map((twin) => Array.from({ length: count }, (_, who) => twin.value(who)));
  pool.dispose();
  return { actors: twins[0]?.heard ?? [], sessions: twins[1]?.heard ?? [], values };
}

describe('A compiled machine', () => {
  it.each(charts)(
    '%s says in sessions what its actors say, with listeners that send back and a clock',
    async (_, machine, events) => {
      for (const seed of [1, 2, 3]) {
        const { actors, sessions, values } = await live(machine, events, seed, 300);
        expect(actors.length).toBeGreaterThan(wizardly(machine) ? 5 : 100);
        expect(sessions).toEqual(actors);
        expect(values[1]).toEqual(values[0]);
      }
    },
  );
  // It ends for good when it is sent.
  const wizardly = (machine: AnyStateMachine) => machine === (wizard.machine as AnyStateMachine);

  it.each(charts)('%s is drop-in actor logic that says the same', async (_, machine, events) => {
    const clocks = [createPretendClock(), createPretendClock()] as const;
    const actors = [
      createActor(machine, { clock: clocks[0] }),
      createActor(logicOf(compileLogic(machine, { events }).table), { clock: clocks[1] }),
    ] as const;
    const heard: unknown[][] = [[], []];
    for (const [at, actor] of actors.entries()) {
      (actor as { on(type: '*', listener: (emitted: object) => void): void }).on(
        '*',
        (emitted) => void heard[at]?.push({ ...emitted }),
      );
      actor.start();
    }
    const random = seededRandom(11);
    for (let step = 0; step < 400; step++) {
      const event = events[Math.floor(random() * events.length)] ?? { type: '' };
      const filled = Object.fromEntries(
        Object.entries(event).map(([field, value]) => [field, typeof value === 'object' ? step : value]),
      ) as { type: string };
      const wait = random() < 0.3 ? Math.floor(random() * 1_500) : 0;
      for (const actor of actors) actor.send(filled);
      for (const clock of clocks) await clock.advance(wait);
      const [one, two] = actors.map(
        (actor) => actor.getSnapshot() as { status: string; value: unknown; matches(value: unknown): boolean },
      );
      expect([two?.status, two?.value]).toEqual([one?.status, one?.value]);
      expect(two?.matches(one?.value)).toBe(true);
    }
    expect(heard[1]).toEqual(heard[0]);
    for (const actor of actors) actor.stop();
    expect(clocks[1].timers).toBe(0);
  });

  it('is restored as actor logic, and refuses a snapshot of another table', () => {
    const table = compileLogic(call.machine, { events: call.events }).table;
    const actor = createActor(logicOf(table)).start();
    actor.send({ type: 'dial', number: 7 } as never);
    const kept = JSON.parse(JSON.stringify(actor.getPersistedSnapshot())) as never;
    actor.stop();
    const again = createActor(logicOf(table), { snapshot: kept }).start();
    expect(again.getSnapshot().value).toBe('ringing');
    const said: unknown[] = [];
    again.on('*', (emitted) => said.push(emitted));
    again.send({ type: 'hang' });
    again.send({ type: 'redial' });
    expect(said).toEqual([{ type: 'Rings', number: 7 }]);
    again.stop();
    const other = compileLogic(player.machine, { events: player.events }).table;
    expect(createActor(logicOf(other), { snapshot: kept }).getSnapshot()).toMatchObject({
      status: 'error',
      error: { message: expect.stringContaining('expected a snapshot of the table') as unknown },
    });
  });

  it('reports states, registers and what nobody reads', () => {
    const { report } = compileLogic(call.machine, { events: call.events });
    expect(report.registers).toEqual({ number: 'integer', code: 'integer' });
    expect(report.walked).toBeGreaterThanOrEqual(report.states);
    expect(String(report)).toContain('register number (integer)');
    expect(Object.keys(report.timers)).toHaveLength(2);
    // They never run at once.
    expect(new Set(Object.values(report.timers)).size).toBe(1);
  });

  it('merges what nobody can tell apart, unless it has to be exact', () => {
    const machine = setup({ types: seenTypes }).createMachine({
      context: { seen: 0 },
      initial: 'here',
      states: { here: { on: { go: { actions: assign(({ context }) => ({ seen: (context.seen + 1) % 5 })) } } } },
    });
    const events = [{ type: 'go' }];
    expect(compileLogic(machine, { events }).report.states).toBe(1);
    expect(compileLogic(machine, { events, exact: true }).report.states).toBe(5);
  });

  it('leaves out writes that nobody reads, unless they are kept', () => {
    const machine = setup({ types: noteTypes }).createMachine({
      context: { last: 0 },
      on: { note: { actions: assign(({ event }) => ({ last: event.what })) } },
    });
    const events = [{ type: 'note', what: carried.integer }];
    expect(compileLogic(machine, { events }).report.dead).toEqual({ last: 1 });
    const kept = compileLogic(machine, { events, keep: ['last'] });
    expect(kept.report.dead).toEqual({ last: 0 });
    const pool = new SessionPool(kept.table);
    const session = pool.open();
    pool.send(session, { type: 'note', what: 41 } as never);
    expect(pool.getSnapshot(session).context).toEqual({ last: 41 });
    expect(() => compileLogic(machine, { events, keep: ['first'] })).toThrow('keep: first is no register');
  });
});

describe('What cannot be a table is refused with state, event and field', () => {
  type Go = { type: 'go'; size: number };
  const goTypes = {} as {
    context: { sum: number; inner: object };
    events: Go | { type: 'end' };
    emitted: { type: string; size?: number };
  };
  const delayTypes = {} as { events: Go | { type: 'end' } };
  const made = setup({
    types: goTypes,
    actors: { job: fromPromise(() => Promise.resolve(1)) },
    actions: { log: () => {} },
  });
  const context = { sum: 0, inner: {} };
  const events: readonly SampleEvent[] = [{ type: 'go', size: carried.integer }, { type: 'end' }];
  const cases: readonly (readonly [string, AnyStateMachine, string])[] = [
    [
      'a guard on what is only carried',
      made.createMachine({
        context,
        initial: 'a',
        states: { a: { on: { go: { guard: ({ event }) => event.size > 10, target: 'b' } } }, b: {} },
      }),
      'go in a: the next state depends on carried data',
    ],
    [
      'an emission computed from it',
      made.createMachine({
        context,
        initial: 'a',
        states: { a: { on: { go: { actions: emit(({ event }) => ({ type: 'Out', size: event.size * 2 })) } } } },
      }),
      'go in a: size of what is emitted is computed from carried data',
    ],
    [
      'a sum',
      made.createMachine({
        context,
        initial: 'a',
        states: { a: { on: { go: { actions: assign(({ context: { sum }, event }) => ({ sum: sum + event.size })) } } } },
      }),
      'go in a: context.sum is computed from carried data',
    ],
    [
      'chance',
      made.createMachine({
        context,
        initial: 'a',
        states: { a: { on: { end: { actions: assign(() => ({ sum: Math.random() })) } } } },
      }),
      'end in a: context.sum depends on carried data, or on something outside',
    ],
    [
      'a counter without bounds',
      made.createMachine({
        context,
        initial: 'a',
        states: { a: { on: { end: { actions: assign(({ context: { sum } }) => ({ sum: sum + 1 })) } } } },
      }),
      'more than 64 states, the last by end in a; context.sum has 64 values: bound it, or keep it outside',
    ],
    [
      'a child',
      made.createMachine({
        context,
        initial: 'a',
        states: { a: { on: { end: 'b' } }, b: { invoke: { src: 'job', id: 'work' } } },
      }),
      'end in a:',
    ],
    [
      'an action that does something by itself',
      made.createMachine({ context, initial: 'a', states: { a: { on: { end: { actions: 'log' } } } } }),
      'end in a: the action log does something by itself; emit what it should do',
    ],
    [
      'data inside a field',
      made.createMachine({
        context,
        initial: 'a',
        states: { a: { on: { go: { actions: assign(({ event }) => ({ inner: { size: event.size } })) } } } },
      }),
      'go in a: context.inner holds carried data inside',
    ],
    [
      'a context that is no plain data',
      made.createMachine({
        context,
        initial: 'a',
        states: { a: { on: { end: { actions: assign(() => ({ inner: new Map() })) } } } },
      }),
      'end in a: context.inner: expected plain data, got an instance of Map',
    ],
    [
      'a machine that throws',
      made.createMachine({
        context,
        initial: 'a',
        states: {
          a: {
            on: {
              end: {
                actions: assign(() => {
                  throw new Error('no way');
                }),
              },
            },
          },
        },
      }),
      'end in a: the machine threw: no way',
    ],
    [
      'a delay that comes from data',
      setup({
        types: delayTypes,
        delays: { long: ({ event }) => (event as Go).size },
      }).createMachine({ initial: 'a', states: { a: { on: { go: 'b' } }, b: { after: { long: 'a' } } } }),
      'go in a: a delay depends on carried data',
    ],
  ];
  it.each(cases)('%s', (_, machine, message) => {
    expect(() => compileLogic(machine, { events, maxStates: 64 })).toThrow(CompileError);
    expect(() => compileLogic(machine, { events, maxStates: 64 })).toThrow(message);
  });

  it.each<[string, unknown, string]>([
    ['none', [], 'expected events, got none'],
    ['no type', [{ size: 1 }], 'events[0]: expected an event with a type'],
    ['twice', [{ type: 'go' }, { type: 'go' }], 'events[1]: go is there twice'],
    ['a wildcard', [{ type: 'go.*' }], 'expected the type of an event that can come, got go.*'],
    ['a function inside', [{ type: 'go', size: () => 1 }], 'expected plain data, got a function'],
  ])('events: %s', (_, given, message) => {
    expect(() => compileLogic(call.machine, { events: given as never })).toThrow(message);
  });
});
