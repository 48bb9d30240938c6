/**
 * The error for a programmer's mistake and for a promise that cannot be kept. What the world does is a notice and never this; it must
 * never carry a credential.
 */
import { resultName, type Reason } from '../machines/index.js';

const brand = Symbol.for('presence-machine/MessengerError');

/** A call that made no sense, or a `ready()` that will not come true. `hr` is the result code in question. */
export class MessengerError extends Error {
  override readonly name = 'MessengerError';
  /** Signed 32-bit result code. */
  readonly hr: number;
  /** Why, where a notice told it. */
  readonly reason: Reason | undefined;

  constructor(hr: number, message: string, options: { reason?: Reason | undefined; cause?: unknown } = {}) {
    super(`${message} (${resultName(hr)})`, 'cause' in options ? { cause: options.cause } : undefined);
    this.hr = hr | 0;
    this.reason = options.reason;
    Object.defineProperty(this, brand, { value: true });
  }

  /** Recognises the error by its brand, whichever copy of this module made it. */
  static is(error: unknown): error is MessengerError {
    return typeof error === 'object' && error !== null && brand in error;
  }
}

/** What came in place of what was expected, in words short enough for a message and without repeating a text that may be secret. */
export function describe(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'boolean' || typeof value === 'number') return String(value);
  if (typeof value === 'string') return value === '' ? 'an empty string' : 'a string';
  if (typeof value === 'function') return 'a function';
  return Array.isArray(value) ? 'an array' : `${typeof value === 'object' ? 'an object' : `a ${typeof value}`}`;
}
