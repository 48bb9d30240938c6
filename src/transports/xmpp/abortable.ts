/**
 * Waiting that a signal can end. It must never leave a listener on the signal, nor a rejection that nobody handles.
 */
import { TransportError } from '../../transport.js';

/** What an aborted verb rejects with. */
export function cancelled(signal: AbortSignal): TransportError {
  return new TransportError('cancelled', { message: 'aborted', cause: signal.reason });
}

/**
 * Settles as `work` does, or rejects at the abort, whichever comes first; what `work` does later is swallowed. `work` is not called at all when
 * the signal is aborted already.
 */
export function abortable<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(cancelled(signal));
    const abort = (): void => reject(cancelled(signal));
    signal.addEventListener('abort', abort, { once: true });
    const release = (): void => signal.removeEventListener('abort', abort);
    work().then(
      (value) => {
        release();
        resolve(value);
      },
      (error: unknown) => {
        release();
        reject(error);
      },
    );
  });
}
