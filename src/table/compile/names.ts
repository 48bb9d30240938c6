/** States in the words of people, for messages. It must never be used to tell states apart. */
import type { AnyMachineSnapshot } from 'xstate';

/** As people write it: `session.signedIn.busy`. */
export function nameOf(snapshot: Pick<AnyMachineSnapshot, 'value'>): string {
  const names = (value: unknown): string =>
    typeof value === 'string'
      ? value
      : Object.entries(value as object)
          .map(([name, inner]) => {
            const rest = names(inner);
            return rest === '' ? name : `${name}.${rest}`;
          })
          .join(' + ');
  return names(snapshot.value);
}
