/** What cannot be compiled, said with the state, the event and the field: by whoever finds it, for whoever wrote the machine. */

/** The machine cannot be a table; the message names where, and what would help. */
export class CompileError extends Error {
  override readonly name = 'CompileError';
}

/** Where something was found. */
export interface Place {
  readonly state: string;
  readonly event: string;
}

export function refuse({ state, event }: Place, why: string): never {
  throw new CompileError(`${event} in ${state}: ${why}`);
}
