/**
 * Who may sign in. Secrets live in the closure and nowhere else: nothing here returns, prints or throws one.
 */
import { type Credentials, TransportError } from '../../transport.js';

/** What a user signs in with: a password, or both or either of password and token. */
export type Secret = string | { readonly password?: string; readonly token?: string };

export interface Users {
  /** @throws TransportError `invalidPassword` (wrong password, unknown user: the same, L11) or `tokenExpired` */
  check(credentials: Credentials): void;
  /** A token that is replaced has expired; `undefined` forgets the user. */
  set(name: string, secret: Secret | undefined): void;
  expire(token: string): void;
  /** Everybody who may sign in; undefined where any name may. */
  names(): readonly string[] | undefined;
}

interface Known {
  readonly password: string | undefined;
  readonly token: string | undefined;
  readonly former: ReadonlySet<string>;
}

/** @param listed names with their secrets; without it every name with any non-empty password or token is accepted */
export function createUsers(listed: Readonly<Record<string, Secret>> | undefined): Users {
  const known = new Map<string, Known>();
  const expired = new Set<string>();
  /** Every name that is not set is accepted. */
  const open = listed === undefined;

  function set(name: string, secret: Secret | undefined): void {
    const before = known.get(name);
    if (secret === undefined) {
      known.delete(name);
      return;
    }
    const { password, token } = typeof secret === 'string' ? { password: secret, token: undefined } : secret;
    const former = new Set(before?.former);
    if (before?.token !== undefined) former.add(before.token);
    if (token !== undefined) former.delete(token);
    known.set(name, { password, token, former });
  }
  for (const [name, secret] of Object.entries(listed ?? {})) set(name, secret);

  return {
    set,
    expire: (token) => void expired.add(token),
    names: () => (open ? undefined : [...known.keys()]),
    check({ name, password, token }) {
      const user = known.get(name);
      if (token) {
        const outdated = user?.former.has(token) ?? false;
        const issued = user === undefined ? open : user.token === token || outdated;
        if (!issued) throw new TransportError('invalidPassword');
        if (outdated || expired.has(token)) throw new TransportError('tokenExpired');
        return;
      }
      const fits = user === undefined ? open && Boolean(password) : Boolean(password) && user.password === password;
      if (!fits) throw new TransportError('invalidPassword');
    },
  };
}
