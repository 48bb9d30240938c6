/**
 * The faults of the loopback server: one field per step of a sign-in, each off or on until switched back. They say what goes wrong, and must
 * never do it.
 */

/** RFC 6120 §4.9.3, the ones worth staging. */
export const streamConditions = [
  'bad-format',
  'conflict',
  'connection-timeout',
  'host-gone',
  'host-unknown',
  'internal-server-error',
  'not-authorized',
  'policy-violation',
  'remote-connection-failed',
  'reset',
  'resource-constraint',
  'see-other-host',
  'system-shutdown',
  'undefined-condition',
  'unsupported-version',
] as const;
/** RFC 6120 §6.5. */
export const authConditions = [
  'aborted',
  'account-disabled',
  'credentials-expired',
  'encryption-required',
  'incorrect-encoding',
  'invalid-authzid',
  'invalid-mechanism',
  'malformed-request',
  'mechanism-too-weak',
  'not-authorized',
  'temporary-auth-failure',
] as const;
/** RFC 6120 §8.3.3. */
export const stanzaConditions = [
  'bad-request',
  'conflict',
  'forbidden',
  'internal-server-error',
  'not-acceptable',
  'not-allowed',
  'remote-server-timeout',
  'resource-constraint',
  'service-unavailable',
  'undefined-condition',
] as const;
/** Where the server can fall silent: it takes the request and never answers. */
export const steps = ['upgrade', 'open', 'auth', 'bind', 'roster', 'presence', 'ping', 'close'] as const;
/** How a presence shows, as in the stanza: `''` is plain available. */
const shows = ['', 'chat', 'away', 'xa', 'dnd', 'unavailable'] as const;

export type StreamCondition = (typeof streamConditions)[number];
export type AuthCondition = (typeof authConditions)[number];
export type StanzaCondition = (typeof stanzaConditions)[number];
export type Step = (typeof steps)[number];
export type Show = (typeof shows)[number];

/** What goes wrong now. Assign a field to switch a fault, or use `fault()`. It counts for what happens next, not for what is under way. */
export interface LoopbackFaults {
  /** Milliseconds before the server deals with each thing that a client sends. */
  latency: number;
  /** Milliseconds more before it sends the contact list. */
  slowSync: number;
  /** Connections are cut at once, or answered with an HTTP status such as 503. */
  connection: 'reset' | number | false;
  /** A stream error in place of the first features: `policy-violation` and `resource-constraint` are what busy servers say. */
  stream: StreamCondition | false;
  /** A stream header without version, or of version 2.0. */
  version: 'missing' | 'unsupported' | false;
  /** Every logon is refused; `not-authorized` is the wrong password. */
  auth: AuthCondition | false;
  /** Every binding is refused. */
  bind: StanzaCondition | false;
  /** The contact list is refused. */
  roster: StanzaCondition | false;
  /** Presence is refused, all of it or what shows as given. */
  presence: StanzaCondition | { readonly condition: StanzaCondition; readonly show: Show } | false;
  /** From this step on, no answer. */
  silent: Step | false;
}

/** Everything switched off. */
export const noFaults: Readonly<LoopbackFaults> = Object.freeze({
  latency: 0,
  slowSync: 0,
  connection: false,
  stream: false,
  version: false,
  auth: false,
  bind: false,
  roster: false,
  presence: false,
  silent: false,
});

const oneOf =
  (words: readonly string[]) =>
  (value: unknown): boolean =>
    value === false || words.includes(value as string);
const isDelay = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 2 ** 31 - 1;
const isStatus = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 300 && (value as number) <= 599;

const checks: { readonly [K in keyof LoopbackFaults]: (value: unknown) => boolean } = {
  latency: isDelay,
  slowSync: isDelay,
  connection: (value) => value === false || value === 'reset' || isStatus(value),
  stream: oneOf(streamConditions),
  version: oneOf(['missing', 'unsupported']),
  auth: oneOf(authConditions),
  bind: oneOf(stanzaConditions),
  roster: oneOf(stanzaConditions),
  presence(value) {
    if (typeof value !== 'object' || value === null) return oneOf(stanzaConditions)(value);
    const { condition, show } = value as { readonly condition?: unknown; readonly show?: unknown };
    return stanzaConditions.includes(condition as StanzaCondition) && shows.includes(show as Show);
  },
  silent: oneOf(steps),
};

/** A set of faults in which every assignment is checked. */
export function createFaults(): LoopbackFaults {
  return new Proxy<LoopbackFaults>(
    { ...noFaults },
    {
      set(target, name, value) {
        const check = Object.hasOwn(checks, name) ? checks[name as keyof LoopbackFaults] : undefined;
        if (check === undefined) throw new TypeError(`loopback faults: there is no fault ${String(name)}`);
        if (!check(value)) throw new TypeError(`loopback faults: ${String(name)} cannot be ${JSON.stringify(value)}`);
        return Reflect.set(target, name, value);
      },
    },
  );
}

/** The condition with which this presence is to be refused, if at all. */
export function refusalOf(fault: LoopbackFaults['presence'], show: string): StanzaCondition | undefined {
  if (fault === false) return undefined;
  if (typeof fault === 'string') return fault;
  return fault.show === show ? fault.condition : undefined;
}
