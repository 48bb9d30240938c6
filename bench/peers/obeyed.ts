/** Actors whose timer commands are obeyed by the host's timers: what the smallest driver would do. It must never answer any other command. */
import type { Actor } from 'xstate';
import { timerFacts, type Message, type TimerName } from '../../machines/alphabet.js';
import type { presenceMachine } from '../../machines/presence.js';
import { fleetOf, limits, waitOf, type Fleet, type World } from './part.js';

export type PresenceActor = Actor<typeof presenceMachine>;

const lengths: Partial<Record<TimerName, number>> = limits;

export function obeyed(size: number, world: World, make: () => PresenceActor): Fleet {
  const actors = Array.from({ length: size }, () => {
    const actor = make();
    const running: Partial<Record<TimerName, NodeJS.Timeout>> = {};
    actor.on('OnMyStatusChange', world.onStatus);
    actor.on('OnSignin', world.onSignin);
    actor.on('OnSignout', world.onSignout);
    actor.on('timer.start', ({ timer }) => {
      clearTimeout(running[timer]);
      running[timer] = setTimeout(() => actor.send({ type: timerFacts[timer] }), lengths[timer] ?? waitOf(world));
    });
    actor.on('timer.stop', ({ timer }) => {
      clearTimeout(running[timer]);
    });
    return { actor: actor.start(), running };
  });
  return fleetOf(
    actors,
    ({ actor }, event) => actor.send(event as Message),
    ({ actor, running }) => {
      actor.stop();
      for (const timer of Object.values(running)) clearTimeout(timer);
    },
  );
}
