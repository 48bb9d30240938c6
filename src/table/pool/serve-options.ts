/** What a host is given, and what it keeps of each session that is not at rest. Types only. */
import type { Fact, Message, Output, SettableStatus } from '../../../machines/index.js';
import type { Credentials, Server, Transport } from '../../transport.js';
import type { SessionPool } from './pool.js';
import type { HostEvents, Surroundings } from './serve-events.js';
import type { SessionLine } from './serve-line.js';
import type { Failed } from './serve-words.js';
import type { SessionId } from './sessions.js';

export type ServedPool = SessionPool<Message, Output>;

export interface ServeOptions {
  /** The plug: one for all, or a function that makes one for each session, asked when a session that is at rest is signed in. */
  readonly transport: Transport | ((session: SessionId) => Transport);
  /**
   * Where credentials come from that nobody gave to `signin`: for the sessions of a restored pool, and for one renewal of a token that has
   * expired. Nothing, or another name: the attempt ends as `invalidPassword`.
   */
  readonly credentials?: (session: SessionId, signal: AbortSignal) => Credentials | undefined | Promise<Credentials | undefined>;
  /** Most links that are being opened at one time; default: no limit. Who waits does so within the limit of connecting (15 s). */
  readonly concurrency?: number;
  /** Who is told what lines tell of others: contacts, the user's other devices, requests. */
  readonly events?: HostEvents;
  /** What says since when somebody is idle, ms since the epoch; give the pool's. Default: the host's time. */
  readonly clock?: { now(): number };
}

/** What is kept of a session that is not at rest. */
export interface Served {
  readonly transport: Transport;
  readonly line: SessionLine;
  readonly surroundings: Surroundings;
  name: string | undefined;
  /** What was given to `signin`, kept for retries; `offered` is what this attempt uses. */
  given: Credentials | undefined;
  offered: Credentials | undefined;
  server: Server;
  note: string | undefined;
  /** The user's change that is not answered yet. */
  asked: { readonly status: SettableStatus; readonly note: string | undefined } | undefined;
  lastInput: number | undefined;
}

/** How the driver is told what came of a verb. */
export interface Reports {
  report(session: SessionId, fact: Fact): void;
  /** @param fact what the failure is in the chart's words */
  fail(session: SessionId, failure: Failed, fact: (failure: Failed) => Fact): void;
}
