/**
 * The plug: what a messaging network must offer so that the machine can drive it, in types, and the one error that it throws.
 * A transport reports and never decides: it retries nothing, keeps no timer beyond `drop()`, and no state that the chart also has.
 */
import { isReason, type MISTATUS, type PresenceSource, type Reason, type ShownStatus } from '../machines/index.js';

/** What signs a user in. Handed from the app to the transport; the chart, records and snapshots never see more of it than the name. */
export interface Credentials {
  /** Sign-in name, at most 129 characters, no white space. */
  readonly name: string;
  readonly password?: string;
  readonly token?: string;
  /** Server to use in place of the one found from the name. */
  readonly server?: string;
}

/** Where credentials come from when nobody typed them: a value, or a function that is asked at each need. */
export type CredentialsSource =
  Credentials | ((signal: AbortSignal) => Credentials | undefined | Promise<Credentials | undefined>);

/** What `findServer` found: handed on to `connect` unread. */
export type Server = unknown;

/** The status that others are to see. */
export interface Presence {
  readonly status: ShownStatus;
  readonly note?: string;
  /** Time of the last input, milliseconds since the epoch; only beside an automatic status (XEP-0319). */
  readonly idleSince?: number;
}

/** The presence of one device of somebody else. OFFLINE: that device is gone; without a `device`, all of them. */
export interface ContactPresence {
  /** Address of the person, the same for all devices (XMPP: the bare address). */
  readonly name: string;
  /** Which of the person's devices, where the network tells (XMPP: the resource). */
  readonly device?: string;
  readonly status: MISTATUS;
  readonly note?: string;
  /** Time of the last input, ms since the epoch (XEP-0319); an AWAY with it was set by the machine, one without it by the person. */
  readonly idleSince?: number;
  /** Who said so, where the network tells; otherwise it is taken from the status (`sourceOf` of the model). */
  readonly source?: PresenceSource;
}

/** The presence of another device of the same user. OFFLINE: it is gone. */
export interface OwnPresence extends Omit<ContactPresence, 'name'> {
  /** For how long this holds, ms, unless it is said again: for networks on which a device may vanish without a word. Default: for ever. */
  readonly lasts?: number;
}

/** Somebody on the user's list of contacts (RFC 6121 §2). */
export interface RosterEntry {
  /** Address, as in `ContactPresence.name`. */
  readonly name: string;
  /** What the user calls them. */
  readonly displayName?: string;
  readonly groups?: readonly string[];
  /** Who sees whom: `to`, the user sees them; `from`, they see the user. `remove`: not on the list any more. Default `both`. */
  readonly subscription?: 'none' | 'to' | 'from' | 'both' | 'remove';
}

/** Somebody asks to see the user's presence (RFC 6121 §3.1). */
export interface SubscriptionRequest {
  readonly name: string;
  /** What they say beside it. */
  readonly note?: string;
}

/** What a link tells without being asked. Called only after `connect` has resolved and before `drop()`. */
export interface LinkEvents {
  /** The line is gone, for good. Once. */
  lost(error: TransportError): void;
  /**
   * The presence of somebody else's device. On a fresh session all those that are there are told, before or after `synchronize` resolves; on a
   * resumed one only what has changed, since the service keeps the rest. In any order, and harmless twice.
   */
  contact(presence: ContactPresence): void;
  /** The same for the user's other devices; never for the device at the other end of this link. */
  own(presence: OwnPresence): void;
  /**
   * The list of contacts. A network that has one tells it whole on a fresh session before `synchronize` resolves, an empty one too (an app that
   * makes its own events may have left it out: call it as `events.roster?.(...)`), and each change later. Presence of people who are not on
   * a list that was told is not shown. Where there is no list, everybody whose presence is told is a contact.
   */
  roster?(entries: readonly RosterEntry[]): void;
  /** Somebody asks to see the user's presence; it stands until the list says `from` or `both` of them, or the user signs out. Twice is one. */
  request?(request: SubscriptionRequest): void;
}

/** A session with the server, logged on. */
export interface Link {
  /**
   * Fetches what has to be known before being online. `resumed`: the server kept the former session and its presence. `kept`: the session, but
   * perhaps not the presence published last, so what was told of others still holds; as `resumed` unless given.
   */
  synchronize(signal: AbortSignal): Promise<{ resumed: boolean; kept?: boolean }>;
  /** Resolves when the server has accepted the presence; rejects with `statusRejected` when it refuses it. */
  publish(presence: Presence, signal: AbortSignal): Promise<void>;
  /** Asks for a sign of life. */
  check?(signal: AbortSignal): Promise<void>;
  /** Says goodbye, if it can, and closes. */
  close(signal: AbortSignal): Promise<void>;
  /** Closes at once; silent afterwards; twice is harmless. */
  drop(): void;
}

export interface Capabilities {
  /**
   * Statuses that the network can show; IDLE among them if it can show idleness. INVISIBLE only where the promise can be kept on every path: a
   * session that begins invisible broadcasts nothing, not even for a moment, one that becomes invisible tells contacts what they see of somebody
   * who signs out, and the end of an invisible session says nothing (B15). A server that turns out not to keep it is answered by `publish`
   * with `statusRejected`: the machine then shows nothing else in its place (L13).
   */
  readonly statuses: readonly MISTATUS[];
  /** Longest note in UTF-16 units; 0: none. */
  readonly note: number;
  /** Whether a lost session can be resumed. */
  readonly resume: boolean;
}

/** One way to be online. Every failure is a rejection with a `TransportError`; anything else thrown counts as `unexpected`. */
export interface Transport {
  readonly name: string;
  readonly capabilities: Capabilities;
  /** Finds the server of a sign-in name. A name that leads nowhere: `serverNotFound`. */
  findServer(request: { readonly name: string; readonly server?: string }, signal: AbortSignal): Promise<Server>;
  /**
   * Connects and logs on. Resolves when the server has accepted the user.
   * @param previous the link lost last, to resume; absent on a first connect and after a sign-out
   */
  connect(server: Server, credentials: Credentials, events: LinkEvents, signal: AbortSignal, previous?: Link): Promise<Link>;
}

// The registry's symbol is shared by all copies of this module, so an app may hold the ESM and the CommonJS build at once.
const brand = Symbol.for('presence-machine/TransportError');

export interface TransportErrorOptions {
  /** Result code in place of the reason's own; one that is not legal where it would stand becomes MSGR_E_UNEXPECTED. */
  readonly hr?: number;
  /** The server's own "retry after", milliseconds: a lower bound of the wait. */
  readonly retryAfterMs?: number;
  /** For people; must hold no credential. */
  readonly message?: string;
  readonly cause?: unknown;
}

/** How a transport says that something failed. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly reason: Reason;
  readonly hr: number | undefined;
  readonly retryAfterMs: number | undefined;

  /** @throws TypeError when `reason` is not one of the closed list */
  constructor(reason: Reason, options: TransportErrorOptions = {}) {
    if (!isReason(reason))
      throw new TypeError(`TransportError: expected a reason such as 'connectFailed', got ${JSON.stringify(reason)}`);
    super(options.message ?? reason, 'cause' in options ? { cause: options.cause } : undefined);
    this.reason = reason;
    this.hr = options.hr;
    this.retryAfterMs = options.retryAfterMs;
    Object.defineProperty(this, brand, { value: true });
  }

  /** Recognises the error by its brand, whichever copy of this module made it. */
  static is(error: unknown): error is TransportError {
    return typeof error === 'object' && error !== null && brand in error;
  }
}
