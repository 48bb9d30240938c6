/** The same class with an EventEmitter, as most clients of messaging have it. */
import { EventEmitter } from 'node:events';
import { Session } from './byhand.js';
import { fleetOfMethods, type Peer, type SigninSaid, type SignoutSaid, type StatusSaid, type World } from './part.js';

class EmitterSession extends Session {
  readonly events = new EventEmitter();
  constructor(world: World) {
    super(world);
    this.events.on('OnMyStatusChange', world.onStatus);
    this.events.on('OnSignin', world.onSignin);
    this.events.on('OnSignout', world.onSignout);
  }
  protected override sayStatus(said: StatusSaid): void {
    this.events.emit('OnMyStatusChange', said);
  }
  protected override saySignin(said: SigninSaid): void {
    this.events.emit('OnSignin', said);
  }
  protected override saySignout(said: SignoutSaid): void {
    this.events.emit('OnSignout', said);
  }
}

export const peer: Peer = {
  name: 'EventEmitter class',
  packages: [],
  open: (size, world) =>
    fleetOfMethods(
      Array.from({ length: size }, () => new EmitterSession(world)),
      (session) => session.end(),
    ),
};
