/** What has come and nobody has looked at yet, in order, with a limit for how long one waits. It must never leave a timer behind. */

export class Queue<T> {
  readonly #waiting: T[] = [];
  #taker: ((value: T) => void) | undefined;

  get length(): number {
    return this.#waiting.length;
  }

  push(value: T): void {
    if (this.#taker === undefined) this.#waiting.push(value);
    else this.#taker(value);
  }

  /**
   * The next one; one caller at a time.
   * @param limit milliseconds, then undefined
   * @throws the reason of `signal`
   */
  next(limit: number, signal: AbortSignal): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const first = this.#waiting.shift();
      if (first !== undefined) return resolve(first);
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        this.#taker = undefined;
      };
      const abort = (): void => (end(), reject(signal.reason as Error));
      const timer = setTimeout(() => (end(), resolve(undefined)), limit);
      this.#taker = (value) => (end(), resolve(value));
      signal.addEventListener('abort', abort);
    });
  }
}

/** Waits. @throws the reason of `signal` */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw signal.reason;
  if (ms > 0) await new Queue<never>().next(ms, signal);
}
