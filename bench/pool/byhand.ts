/**
 * The part of the machine that the workloads need, as somebody writes it by hand who knows what is fast: a class with a switch, one timer,
 * and callbacks or an EventEmitter. Proved to say the same as the chart before anything is timed. Not for use: it knows no failure.
 */
import { EventEmitter } from 'node:events';
import { MISTATUS } from '../../machines/index.js';

export interface StatusSaid {
  readonly type: 'OnMyStatusChange';
  readonly hr: number;
  readonly mMyStatus: number;
  readonly reason: string;
}
export interface SigninSaid {
  readonly type: 'OnSignin';
  readonly hr: number;
  readonly reason: string;
}
export type Heard = (said: StatusSaid | SigninSaid) => void;

const phases = { out: 0, finding: 1, connecting: 2, synchronizing: 3, online: 4, waiting: 5, leaving: 6 } as const;

/** What both classes share: no more than an object with five fields and a timer. */
abstract class Session {
  #state: number = phases.out;
  #wished: number = MISTATUS.ONLINE;
  #isPublishing = false;
  #timer: NodeJS.Timeout | undefined;

  protected abstract say(said: StatusSaid | SigninSaid): void;

  signin(status: number): void {
    if (this.#state !== phases.out) return;
    this.#wished = status;
    this.#find();
  }

  found(): void {
    if (this.#state !== phases.finding) return;
    this.#state = phases.connecting;
    this.#show(MISTATUS.LOCAL_CONNECTING_TO_SERVER, 'progress');
    this.#wait(15_000);
  }

  opened(): void {
    if (this.#state !== phases.connecting) return;
    this.#state = phases.synchronizing;
    this.say({ type: 'OnSignin', hr: 0, reason: 'progress' });
    this.#show(MISTATUS.LOCAL_SYNCHRONIZING_WITH_SERVER, 'progress');
    this.#wait(15_000);
  }

  synchronized(): void {
    if (this.#state === phases.synchronizing) this.#isPublishing = true;
  }

  published(by: 'signin' | 'user'): void {
    if (!this.#isPublishing) return;
    this.#isPublishing = false;
    this.#state = phases.online;
    this.#stop();
    this.#show(this.#wished, by === 'user' ? 'userRequest' : 'progress');
  }

  request(status: number): void {
    if (this.#state !== phases.online || this.#isPublishing) return;
    this.#wished = status;
    this.#isPublishing = true;
    this.#wait(10_000);
  }

  lost(): void {
    if (this.#state !== phases.online) return;
    this.#state = phases.waiting;
    this.#isPublishing = false;
    this.#wait(2_500);
    this.#show(MISTATUS.OFFLINE, 'lineLost');
  }

  due(): void {
    if (this.#state === phases.waiting) this.#find();
  }

  signout(): void {
    if (this.#state !== phases.online) return;
    this.#state = phases.leaving;
    this.#show(MISTATUS.LOCAL_DISCONNECTING_FROM_SERVER, 'userRequest');
    this.#wait(5_000);
  }

  closed(): void {
    if (this.#state !== phases.leaving) return;
    this.#state = phases.out;
    this.#stop();
    this.#show(MISTATUS.OFFLINE, 'userRequest');
  }

  #find(): void {
    this.#state = phases.finding;
    this.#show(MISTATUS.LOCAL_FINDING_SERVER, 'progress');
    this.#wait(10_000);
  }

  #show(mMyStatus: number, reason: string): void {
    this.say({ type: 'OnMyStatusChange', hr: 0, mMyStatus, reason });
  }

  #wait(ms: number): void {
    this.#stop();
    this.#timer = setTimeout(() => this.#late(), ms).unref();
  }

  #stop(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #late(): void {
    this.#timer = undefined;
    if (this.#state === phases.waiting) return this.#find();
    this.#state = phases.out;
    this.#show(MISTATUS.OFFLINE, 'logonTimeout');
  }
}

export class CallbackSession extends Session {
  readonly #onStatus: Heard;
  readonly #onSignin: Heard;
  constructor(onStatus: Heard, onSignin: Heard) {
    super();
    this.#onStatus = onStatus;
    this.#onSignin = onSignin;
  }
  protected override say(said: StatusSaid | SigninSaid): void {
    if (said.type === 'OnSignin') this.#onSignin(said);
    else this.#onStatus(said);
  }
}

export class EmitterSession extends Session {
  readonly events = new EventEmitter();
  constructor(onStatus: Heard, onSignin: Heard) {
    super();
    this.events.on('OnMyStatusChange', onStatus);
    this.events.on('OnSignin', onSignin);
  }
  protected override say(said: StatusSaid | SigninSaid): void {
    this.events.emit(said.type, said);
  }
}
