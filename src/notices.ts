/**
 * Delivery: notices leave in order, one at a time, in microtasks, never re-entrant (L18), to listeners, iterators and `ready()`. What a
 * listener does is its own affair: one that throws is reported and harms nobody else.
 */
import {
  isOnline,
  isSuccess,
  MISTATUS,
  MSGR_E_DISCONNECTED,
  type Reason,
  type SigninResult,
  type StatusResult,
} from '../machines/index.js';
import type { ContactNotice, ContactNoticeMap } from './contacts.js';
import { MessengerError } from './errors.js';
import { report } from './report.js';

export { report } from './report.js';

/** The answer to a sign-in, once per attempt (R2). */
export interface OnSignin {
  readonly type: 'OnSignin';
  /** S_OK: the server has accepted it; negative: the attempt is over. */
  readonly hr: SigninResult;
  readonly reason: Reason;
  /** Counts attempts from 1; 0 before any. */
  readonly attempt: number;
}
/** The own status was reached, or a change was tried and failed (R1). */
export interface OnMyStatusChange {
  readonly type: 'OnMyStatusChange';
  /** S_OK whenever the status is new; an error: a change failed, and the status is as it was. */
  readonly hr: StatusResult;
  /** The current status. */
  readonly mMyStatus: MISTATUS;
  /** The status of the notice before. */
  readonly previous: MISTATUS;
  readonly reason: Reason;
  readonly attempt: number;
  /** When the next attempt begins, milliseconds since the epoch; only while waiting. */
  readonly retryAt?: number;
}
/** A sign-out that was asked for has begun. */
export interface OnSignout {
  readonly type: 'OnSignout';
  readonly reason: 'userRequest';
}
export interface NoticeMap {
  OnSignin: OnSignin;
  OnMyStatusChange: OnMyStatusChange;
  OnSignout: OnSignout;
}
export type Notice = NoticeMap[keyof NoticeMap];
/** `*`, and the iterator of `notices()`, are all that the machine tells; what is seen of contacts is told only to those who name it, as it may be much. */
export type NoticeType = keyof NoticeMap | keyof ContactNoticeMap | '*';
export type NoticeOf<T extends NoticeType> = T extends keyof NoticeMap
  ? NoticeMap[T]
  : T extends keyof ContactNoticeMap
    ? ContactNoticeMap[T]
    : T extends '*'
      ? Notice
      : never;
export type Listener<T extends NoticeType> = (notice: NoticeOf<T>) => unknown;

/** A notice on its way, with what becomes true when it is delivered. */
export interface Delivery {
  readonly notice: Notice;
  readonly note: string | undefined;
  /** The machine has come to rest signed out. */
  readonly rests: boolean;
}

interface Waiter {
  /** Deliveries up to this one are about what was before. */
  readonly after: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const turn = Promise.resolve();

export class Notices {
  /** As of the notice delivered last. */
  status: MISTATUS = MISTATUS.OFFLINE;
  note: string | undefined;
  readonly #listeners = new Map<string, Set<Listener<never>>>();
  readonly #iterators = new Set<{ push(notice: Notice): void; end(): void }>();
  readonly #waiters = new Set<Waiter>();
  #queue: (Delivery | (() => void))[] = [];
  #isScheduled = false;
  #pushed = 0;
  #delivered = 0;
  #lastFailure: { hr: number; reason: Reason } | undefined;

  /** To be delivered in a microtask, after what waits already. */
  push(deliveries: readonly Delivery[]): void {
    if (deliveries.length === 0) return;
    this.#queue.push(...deliveries);
    this.#pushed += deliveries.length;
    this.#schedule();
  }

  /** To be done when its turn among the notices has come; what it throws is reported, and stops nothing else. */
  inTurn(act: () => void): void {
    this.#queue.push(act);
    this.#schedule();
  }

  /** Tells of a contact, at once: to be called out of `inTurn`. */
  tell(notice: ContactNotice): void {
    this.#tell(notice.type, notice);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // A microtask like that of `queueMicrotask`, without what hosts do besides for an error in it: there is none.
    void turn.then(this.#deliver);
  }

  on<T extends NoticeType>(type: T, listener: Listener<T>, signal?: AbortSignal): () => void {
    if (signal?.aborted) return () => {};
    // One entry a call: the same function twice is two listeners, each with its own end.
    const entry: Listener<T> = (notice) => listener(notice);
    let set = this.#listeners.get(type);
    if (!set) this.#listeners.set(type, (set = new Set()));
    set.add(entry);
    const off = () => {
      set.delete(entry);
      signal?.removeEventListener('abort', off);
    };
    signal?.addEventListener('abort', off);
    return off;
  }

  iterate(signal?: AbortSignal): AsyncIterableIterator<Notice> {
    const waiting: Notice[] = [];
    const takers: ((result: IteratorResult<Notice>) => void)[] = [];
    let isOver = false;
    const sink = {
      push: (notice: Notice) => {
        const taker = takers.shift();
        if (taker) taker({ done: false, value: notice });
        else waiting.push(notice);
      },
      end: () => {
        isOver = true;
        this.#iterators.delete(sink);
        signal?.removeEventListener('abort', sink.end);
        for (const taker of takers.splice(0)) taker({ done: true, value: undefined });
      },
    };
    this.#iterators.add(sink);
    signal?.addEventListener('abort', sink.end);
    if (signal?.aborted) sink.end();
    return {
      next: () => {
        const notice = waiting.shift();
        if (notice) return Promise.resolve({ done: false, value: notice });
        if (isOver) return Promise.resolve({ done: true, value: undefined });
        return new Promise((resolve) => takers.push(resolve));
      },
      return: () => {
        waiting.length = 0;
        sink.end();
        return Promise.resolve({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /** Comes true at the next online notice; see `PresenceService.ready`. */
  ready(isAtRest: boolean, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#waiters.delete(waiter);
        signal?.removeEventListener('abort', abort);
      };
      const waiter: Waiter = {
        // Somebody is on the way already: an end that is still to be told is that of another attempt.
        after: isAtRest ? 0 : this.#pushed,
        resolve: () => (end(), resolve()),
        reject: (error) => (end(), reject(error)),
      };
      const abort = () => waiter.reject(signal?.reason);
      this.#waiters.add(waiter);
      signal?.addEventListener('abort', abort);
    });
  }

  /** Nothing follows. */
  end(): void {
    this.#queue = [];
    for (const set of this.#listeners.values()) set.clear();
    for (const iterator of [...this.#iterators]) iterator.end();
    for (const waiter of [...this.#waiters])
      waiter.reject(new MessengerError(MSGR_E_DISCONNECTED, 'ready: the service was disposed of'));
  }

  readonly #deliver = (): void => {
    for (let delivery = this.#queue.shift(); delivery; delivery = this.#queue.shift()) {
      if (typeof delivery === 'function') {
        try {
          delivery();
        } catch (error) {
          report(error);
        }
        continue;
      }
      const { notice, note, rests } = delivery;
      this.#delivered += 1;
      if (notice.type === 'OnMyStatusChange') {
        this.status = notice.mMyStatus;
        this.note = note;
      }
      if ('hr' in notice && !isSuccess(notice.hr)) this.#lastFailure = { hr: notice.hr, reason: notice.reason };
      this.#tell(notice.type, notice);
      this.#tell('*', notice);
      if (this.#iterators.size > 0) for (const iterator of [...this.#iterators]) iterator.push(notice);
      this.#settleReady(notice, rests);
    }
    this.#isScheduled = false;
  };

  #tell(type: string, notice: Notice | ContactNotice): void {
    const set = this.#listeners.get(type);
    if (!set || set.size === 0) return;
    // A copy, since a listener may add or end others; one that was ended is not called any more.
    for (const listener of [...set]) if (set.has(listener)) call(listener, notice);
  }

  #settleReady(notice: Notice, rests: boolean): void {
    if (notice.type !== 'OnMyStatusChange') return;
    if (isSuccess(notice.hr) && isOnline(notice.mMyStatus)) {
      this.#lastFailure = undefined;
      for (const waiter of [...this.#waiters]) waiter.resolve();
    } else if (rests) {
      const { reason } = notice;
      const hr = this.#lastFailure?.reason === reason ? this.#lastFailure.hr : MSGR_E_DISCONNECTED;
      this.#lastFailure = undefined;
      for (const waiter of [...this.#waiters]) {
        if (waiter.after < this.#delivered) waiter.reject(new MessengerError(hr, `ready: signed out, ${reason}`, { reason }));
      }
    }
  }
}

function call(listener: Listener<never>, notice: Notice | ContactNotice): void {
  try {
    const result: unknown = listener(notice as never);
    if (typeof result === 'object' && result !== null && 'then' in result) Promise.resolve(result).catch(report);
  } catch (error) {
    report(error);
  }
}
