/** The same sessions six ways, all played by the same score: who does what next. Each has two listeners. It times nothing. */
import { createActor, type AnyActor } from 'xstate';
import { MISTATUS, presenceMachine, type Message } from '../../machines/index.js';
import { logicOf } from '../../src/table/compile/index.js';
import { createSessionPool, type PresencePool } from '../../src/table/pool/index.js';
import { presenceArtifact } from '../../src/table/pool/artifact.js';
import { readArtifact } from '../../src/table/format.js';
import { poolRules } from '../../src/table/presence.js';
import { CallbackSession, EmitterSession, type Heard } from './byhand.js';

/** Statuses that a session takes on in the workloads. */
export const statuses = [MISTATUS.ONLINE, MISTATUS.BUSY, MISTATUS.BE_RIGHT_BACK, MISTATUS.AWAY, MISTATUS.ON_THE_PHONE] as const;

/** What can be done to a session: the events of the workloads, and what it is for a class written by hand. */
export const deeds: readonly { readonly event: Message; readonly do: (session: CallbackSession | EmitterSession) => void }[] = [
  { event: { type: 'signin.request', tries: 'once', status: MISTATUS.BUSY }, do: (session) => session.signin(MISTATUS.BUSY) },
  { event: { type: 'server.found' }, do: (session) => session.found() },
  { event: { type: 'link.opened' }, do: (session) => session.opened() },
  { event: { type: 'session.synchronized', resumed: false }, do: (session) => session.synchronized() },
  {
    event: { type: 'status.published', by: 'signin', status: MISTATUS.BUSY },
    do: (session) => session.published('signin'),
  },
  { event: { type: 'link.lost', reason: 'lineLost' }, do: (session) => session.lost() },
  { event: { type: 'retry.due' }, do: (session) => session.due() },
  { event: { type: 'signout.request' }, do: (session) => session.signout() },
  { event: { type: 'link.closed' }, do: (session) => session.closed() },
  ...statuses.flatMap((status) => [
    {
      event: { type: 'status.request' as const, status },
      do: (session: CallbackSession | EmitterSession) => session.request(status),
    },
    {
      event: { type: 'status.published' as const, by: 'user' as const, status },
      do: (session: CallbackSession | EmitterSession) => session.published('user'),
    },
  ]),
];
export const deed = {
  signin: 0,
  found: 1,
  opened: 2,
  synchronized: 3,
  published: 4,
  lost: 5,
  due: 6,
  signout: 7,
  closed: 8,
  request: 9,
} as const;

/** Sessions of one kind. */
export interface Fleet {
  readonly size: number;
  play(who: Uint32Array, what: Uint8Array): void;
  dispose(): void;
}
export type MakeFleet = (size: number, hear: Heard) => Fleet;

function ofClass(Session: typeof CallbackSession | typeof EmitterSession): MakeFleet {
  return (size, hear) => {
    const sessions = Array.from({ length: size }, () => new Session(hear, hear));
    return {
      size,
      play(who, what) {
        for (let at = 0; at < who.length; at++)
          (deeds[what[at] as number] as (typeof deeds)[number]).do(sessions[who[at] as number] as CallbackSession);
      },
      dispose() {
        for (const session of sessions) {
          session.signout();
          session.closed();
        }
      },
    };
  };
}

function ofActors(make: () => AnyActor): MakeFleet {
  return (size, hear) => {
    const actors = Array.from({ length: size }, () => {
      const actor = make();
      actor.on('OnMyStatusChange' as never, hear);
      actor.on('OnSignin' as never, hear);
      return actor.start();
    });
    return {
      size,
      play(who, what) {
        for (let at = 0; at < who.length; at++)
          (actors[who[at] as number] as AnyActor).send((deeds[what[at] as number] as (typeof deeds)[number]).event);
      },
      dispose() {
        for (const actor of actors) actor.stop();
      },
    };
  };
}

export function openPool(size: number, hear: Heard): { readonly pool: PresencePool; readonly sessions: Uint32Array } {
  const pool = createSessionPool({ random: () => 0.5 });
  pool.on('OnMyStatusChange', hear);
  pool.on('OnSignin', hear);
  const sessions = Uint32Array.from({ length: size }, () => pool.open());
  return { pool, sessions };
}

const poolSend: MakeFleet = (size, hear) => {
  const { pool, sessions } = openPool(size, hear);
  return {
    size,
    play(who, what) {
      for (let at = 0; at < who.length; at++)
        pool.send(sessions[who[at] as number] as number, (deeds[what[at] as number] as (typeof deeds)[number]).event);
    },
    dispose: () => pool.dispose(),
  };
};

const poolBatch: MakeFleet = (size, hear) => {
  const { pool, sessions } = openPool(size, hear);
  const codes = Uint16Array.from(deeds, ({ event }) => pool.codeOf(event));
  let chosen = new Uint32Array(0);
  let letters = new Uint16Array(0);
  return {
    size,
    play(who, what) {
      if (chosen.length !== who.length) [chosen, letters] = [new Uint32Array(who.length), new Uint16Array(who.length)];
      for (let at = 0; at < who.length; at++) {
        chosen[at] = sessions[who[at] as number] as number;
        letters[at] = codes[what[at] as number] as number;
      }
      pool.dispatch(chosen, letters);
    },
    dispose: () => pool.dispose(),
  };
};

const logic = logicOf(readArtifact(presenceArtifact));

export const fleets = {
  actors: ofActors(() => createActor(presenceMachine, { input: poolRules })),
  'compiled logic': ofActors(() => createActor(logic)),
  'pool.send': poolSend,
  'pool batch': poolBatch,
  'callbacks class': ofClass(CallbackSession),
  'EventEmitter class': ofClass(EmitterSession),
} as const satisfies Record<string, MakeFleet>;
export type FleetName = keyof typeof fleets;
