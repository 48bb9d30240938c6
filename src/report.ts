/**
 * Tells the host of an error that no caller can catch: one of a listener, or of what came in a turn of its own. It must never throw, nor swallow
 * what it was given without a word.
 */

/** To `reportError` where the host has it, else to the console. */
export function report(error: unknown): void {
  const host = globalThis as { reportError?: (error: unknown) => void };
  try {
    if (typeof host.reportError === 'function') host.reportError(error);
    else console.error(error);
  } catch {
    // A host that cannot even be told must not stop what goes on.
  }
}

/** Does what nobody waits for: an error in it would be nobody's either. */
export function reporting(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    report(error);
  }
}
