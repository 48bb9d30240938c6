/**
 * The part written by hand by somebody who knows what is fast: an object of six fields, a method for each event, one timer. What it says is said
 * by the class on top of it: by callbacks, or by an EventEmitter.
 */
import {
  connecting,
  disconnected,
  disconnecting,
  finding,
  limits,
  noAnswer,
  noServer,
  offline,
  ok,
  signinSaid,
  signoutSaid,
  waitOf,
  type World,
  statusSaid,
  synchronizing,
  unavailable,
  unexpected,
  type Methods,
  type SigninSaid,
  type SignoutSaid,
  type StatusSaid,
} from './part.js';

/** Shows OFFLINE, too. */
const waiting = 0x1000;
/** The bit of every online status. */
const online = 2;

export abstract class Session implements Methods {
  /** The status shown, or `waiting`. */
  #phase = offline;
  #by: 'none' | 'signin' | 'user' = 'none';
  #isRetried = false;
  #timer: NodeJS.Timeout | undefined;
  protected readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  protected abstract sayStatus(said: StatusSaid): void;
  protected abstract saySignin(said: SigninSaid): void;
  protected abstract saySignout(said: SignoutSaid): void;

  signin(_status: number): void {
    if (this.#phase !== offline) return;
    this.#isRetried = false;
    this.#find();
  }

  found(): void {
    if (this.#phase !== finding) return;
    this.#show(connecting, 'progress');
    this.#limit(limits.logon);
  }

  opened(): void {
    if (this.#phase !== connecting) return;
    this.#isRetried = true;
    this.saySignin(signinSaid(ok, 'progress'));
    this.#show(synchronizing, 'progress');
    this.#limit(limits.synchronizing);
  }

  synchronized(): void {
    if (this.#phase === synchronizing) this.#by = 'signin';
  }

  published(by: 'signin' | 'user', status: number): void {
    if (by !== this.#by) return;
    this.#by = 'none';
    this.#stop();
    this.#show(status, by === 'user' ? 'userRequest' : 'progress');
  }

  request(_status: number): void {
    if ((this.#phase & online) === 0 || this.#by !== 'none') return;
    this.#by = 'user';
    this.#limit(limits.publish);
  }

  lost(): void {
    if ((this.#phase & online) === 0) return;
    this.#answer('lineLost');
    this.#wait('lineLost');
  }

  due(): void {
    if (this.#phase === waiting) this.#find();
  }

  signout(): void {
    if ((this.#phase & online) === 0) return;
    this.#answer('userRequest');
    this.saySignout(signoutSaid());
    this.#show(disconnecting, 'userRequest');
    this.#limit(limits.signout);
  }

  closed(): void {
    if (this.#phase === disconnecting) this.#rest('userRequest');
  }

  end(): void {
    this.#stop();
  }

  #find(): void {
    this.#show(finding, 'progress');
    this.#limit(limits.finding);
  }

  #answer(reason: string): void {
    if (this.#by === 'user') this.sayStatus(statusSaid(this.#phase, reason, disconnected));
    this.#by = 'none';
  }

  #wait(reason: string): void {
    this.#phase = waiting;
    this.#limit(waitOf(this.world));
    this.sayStatus(statusSaid(offline, reason));
  }

  #rest(reason: string): void {
    this.#stop();
    this.#show(offline, reason);
  }

  #show(status: number, reason: string): void {
    this.#phase = status;
    this.sayStatus(statusSaid(status, reason));
  }

  #limit(ms: number): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#over(), ms);
  }

  #stop(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #over(): void {
    this.#timer = undefined;
    switch (this.#phase) {
      case waiting:
        return this.#find();
      case finding:
        return this.#failed(noServer, 'serverNotFound');
      case connecting:
        return this.#failed(noAnswer, 'logonTimeout');
      case synchronizing:
        this.#by = 'none';
        this.sayStatus(statusSaid(synchronizing, 'timedOut', unavailable));
        return this.#wait('timedOut');
      case disconnecting:
        return this.#show(offline, 'userRequest');
      default:
        this.#by = 'none';
        this.sayStatus(statusSaid(this.#phase, 'timedOut', unexpected));
    }
  }

  #failed(hr: number, reason: string): void {
    this.saySignin(signinSaid(hr, reason));
    if (this.#isRetried) this.#wait(reason);
    else this.#rest(reason);
  }
}
