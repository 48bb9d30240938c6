/**
 * What is said between an inspected app, the inspector's server and its page: JSON objects, one per WebSocket text frame. It must never name
 * a credential: whoever makes such a message passes it through the redactor first.
 */

/** Anything that is sent; `type` says what it is. */
export interface WireMessage {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** Answered to a frame that could not be taken. */
export interface ErrorMessage {
  readonly type: 'error';
  /** `malformed`: no JSON object with a `type`; `tooMany`: faster than allowed, the socket is closed; `failed`: it could not be done. */
  readonly code: 'malformed' | 'tooMany' | 'failed';
  readonly message: string;
}

/** An app that is inspected. */
export interface AppInfo {
  /** Made by the app, random: the same when it joins again. */
  readonly id: string;
  readonly name: string;
  readonly kind: 'node' | 'browser';
  /** Of a process. */
  readonly pid?: number;
  /** When inspection began, milliseconds since the epoch. */
  readonly at: number;
}

interface Told {
  /** Counts from 1 per app: the order of happening, also across actors. */
  readonly n: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The actor, by XState's `sessionId`: unique within an app. */
  readonly actor: string;
}

/** An actor began. */
export interface ActorCreated extends Told {
  readonly type: 'actor.created';
  readonly id: string;
  readonly root: string;
  readonly parent?: string;
  /** The machine's config as plain data; absent for what is no machine. */
  readonly definition?: unknown;
  readonly snapshot: SnapshotView;
}
/** An event was delivered to an actor. */
export interface EventReceived extends Told {
  readonly type: 'event.received';
  readonly event: unknown;
  /** The actor that sent it, if one did. */
  readonly source?: string;
}
/** A whole step is done. */
export interface SnapshotTaken extends Told {
  readonly type: 'snapshot.taken';
  /** The type of the event that led here. */
  readonly by: string;
  readonly snapshot: SnapshotView;
}
/** One microstep within a step: which transitions were taken. */
export interface MicrostepTaken extends Told {
  readonly type: 'microstep.taken';
  readonly by: string;
  readonly transitions: readonly TransitionView[];
  readonly value: unknown;
}
/** An actor emitted something: in this library a notice or a command. */
export interface OutputEmitted extends Told {
  readonly type: 'output.emitted';
  readonly output: unknown;
}
/** What an app tells of itself, in order. */
export type Happening = ActorCreated | EventReceived | SnapshotTaken | MicrostepTaken | OutputEmitted;

export interface SnapshotView {
  readonly status: string;
  readonly value?: unknown;
  readonly context?: unknown;
  readonly tags?: readonly string[];
  readonly output?: unknown;
  readonly error?: unknown;
}
export interface TransitionView {
  readonly source: string;
  readonly targets: readonly string[];
  /** The event descriptor. */
  readonly event: string;
  readonly guard?: string;
}

/** App to server. `app.joined` comes first, also after a lost line; `happened` carries what happened since, several at a time. */
export type FromApp =
  | { readonly type: 'app.joined'; readonly app: AppInfo }
  | { readonly type: 'app.happened'; readonly app: string; readonly happenings: readonly Happening[] };
/** Server to app: the answer to `app.joined`. `url` is a new one-time link to the page. */
export type ToApp = { readonly type: 'app.welcome'; readonly url: string } | ErrorMessage;
/** Server to page: the same two, and when an app is gone. A page that comes late is told all that is kept, in this same form. */
export type ToPage = FromApp | { readonly type: 'app.left'; readonly app: string } | ErrorMessage;

/** Reads a frame. @returns undefined for what is no JSON object with a `type` */
export function readMessage(text: string): WireMessage | undefined {
  try {
    const found: unknown = JSON.parse(text);
    const isMessage = typeof found === 'object' && found !== null && 'type' in found && typeof found.type === 'string';
    return isMessage ? (found as WireMessage) : undefined;
  } catch {
    return undefined;
  }
}
