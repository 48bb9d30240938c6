/**
 * What XState 5 itself costs on the way of a change of status, for the question what our chart adds to it (P2). Three charts, no peers: they know
 * nothing but that a change is asked for and confirmed. `floor` does nothing else; `lean` says the same as our chart there, and remembers nothing;
 * `naive` says it out of what it has written down before, with an assignment for each.
 */
import { assign, createActor, emit, setup, type AnyActorLogic, type AnyActor } from 'xstate';
import type { Message, Output } from '../../machines/alphabet.js';
import { MISTATUS, S_OK } from '../../machines/codes.js';
import { fleetOf, type Fleet, type Peer, type StatusSaid, type World } from './part.js';

type Published = Extract<Message, { type: 'status.published' }>;
interface Context {
  readonly hr: number;
  readonly shown: number;
  readonly reason: string;
  readonly by: string;
}
const silent = {} as { events: Message };
const speaking = {} as { events: Message; emitted: Output };
const remembering = {} as { context: Context; events: Message; emitted: Output };

const nothing: Context = { hr: S_OK, shown: MISTATUS.BUSY, reason: 'progress', by: 'none' };

const floorChart = setup({ types: silent }).createMachine({
  initial: 'settled',
  states: {
    settled: { on: { 'status.request': 'publishing' } },
    publishing: { on: { 'status.published': 'settled' } },
  },
});

const publish = { type: 'presence.publish', by: 'user' } as const;
const start = { type: 'timer.start', timer: 'publish' } as const;
const stop = { type: 'timer.stop', timer: 'publish' } as const;

const leanChart = setup({ types: speaking }).createMachine({
  initial: 'settled',
  states: {
    settled: { on: { 'status.request': { target: 'publishing', actions: [emit(publish), emit(start)] } } },
    publishing: {
      on: {
        'status.published': {
          target: 'settled',
          actions: [
            emit(stop),
            emit(({ event }) => ({ type: 'OnMyStatusChange', hr: S_OK, mMyStatus: event.status, reason: 'userRequest' })),
          ],
        },
      },
    },
  },
});

const statusOf = ({ event }: { event: Message }) => (event as Published).status;
const naiveChart = setup({ types: remembering }).createMachine({
  context: nothing,
  initial: 'settled',
  states: {
    settled: {
      on: { 'status.request': { target: 'publishing', actions: [assign({ by: 'user' }), emit(publish), emit(start)] } },
    },
    publishing: {
      on: {
        'status.published': {
          target: 'settled',
          actions: [
            emit(stop),
            assign({ shown: statusOf }),
            assign({ reason: 'userRequest' }),
            assign({ hr: S_OK }),
            assign({ by: 'none' }),
            emit(
              ({ context: { hr, shown, reason } }) =>
                ({ type: 'OnMyStatusChange', hr, mMyStatus: shown, reason }) as Extract<Output, { type: 'OnMyStatusChange' }>,
            ),
          ],
        },
      },
    },
  },
});

function fleet(size: number, world: World, logic: AnyActorLogic): Fleet {
  const actors = Array.from({ length: size }, (): AnyActor => {
    const actor = createActor(logic);
    actor.on('OnMyStatusChange', (said) => world.onStatus(said as unknown as StatusSaid));
    return actor.start();
  });
  return fleetOf(
    actors,
    (actor, event) => actor.send(event),
    (actor) => void actor.stop(),
  );
}
const sketch = (name: string, logic: AnyActorLogic): Peer => ({
  name,
  packages: ['xstate'],
  open: (size, world) => fleet(size, world, logic),
});

export const floor = sketch('empty toggle', floorChart);
export const lean = sketch('lean sketch', leanChart);
export const naive = sketch('sketch with assign everywhere', naiveChart);
