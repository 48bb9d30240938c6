/** A class with a switch, a timer and callbacks: the least that a session can be as an object. */
import { Session } from './byhand.js';
import { fleetOfMethods, type Peer, type SigninSaid, type SignoutSaid, type StatusSaid } from './part.js';

class CallbackSession extends Session {
  protected override sayStatus(said: StatusSaid): void {
    this.world.onStatus(said);
  }
  protected override saySignin(said: SigninSaid): void {
    this.world.onSignin(said);
  }
  protected override saySignout(said: SignoutSaid): void {
    this.world.onSignout(said);
  }
}

export const peer: Peer = {
  name: 'callbacks class',
  packages: [],
  open: (size, world) =>
    fleetOfMethods(
      Array.from({ length: size }, () => new CallbackSession(world)),
      (session) => session.end(),
    ),
};
