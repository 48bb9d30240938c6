/**
 * What the console and its page say to each other, beside what inspected apps say: JSON objects, one per WebSocket message. A page asks for
 * one thing at a time; the process tells what came of it to all pages. It must never have a place where a password could stand.
 */
import type { Leaf } from '../../../machines/index.js';
import type { Recording, StepRecord } from '../../record.js';
import type { Speed } from './clock.js';
import type { FaultName, FaultValues } from './faults.js';

/** Where the machine is now, beyond what records tell. */
export interface Situation {
  readonly leaf: Leaf;
  readonly status: number;
  readonly name?: string;
  /** The note that others see beside the status. */
  readonly note?: string;
  readonly network: boolean;
  readonly awake: boolean;
  readonly user: 'active' | 'inactive' | 'idle' | 'away';
  /** Changes of the user that wait for the server's answer. */
  readonly pending: number;
  /** When a temporary status ends, milliseconds since the epoch of the console's clock. */
  readonly until?: number;
}

/** What passed between transport and server: a verb of the plug, its outcome, or something that the server told by itself. */
export interface WireEvent {
  /** Counts from 1 per session. */
  readonly n: number;
  readonly at: number;
  /** The number of the step that it follows. */
  readonly step: number;
  readonly verb: 'findServer' | 'connect' | 'synchronize' | 'publish' | 'check' | 'close' | 'drop' | 'lost';
  readonly phase: 'asked' | 'done' | 'failed' | 'told';
  /** A status, a reason, `resumed`; never a text of the server. */
  readonly detail?: string;
}

/** What the other account sees. */
export interface Sight {
  readonly n: number;
  readonly at: number;
  readonly step: number;
  readonly status: number;
  readonly note?: string;
}

/** What a session holds since `console.session`, or all of it. */
export interface SessionNews {
  /** Where the records that are kept begin; told again whenever the first ones were let go. */
  readonly begin?: { readonly n: number; readonly rules: Recording['rules']; readonly start: Recording['start'] };
  readonly records: readonly StepRecord[];
  readonly wire: readonly WireEvent[];
  readonly sights: readonly Sight[];
  readonly situation: Situation;
}

export interface Account {
  /** `alice@localhost`. */
  readonly name: string;
  /** On the embedded server: its password is known to the process, and its faults apply. */
  readonly embedded: boolean;
  /** Address of the server, where one was given. */
  readonly url?: string;
}

/** Everything around the session. */
export interface Stage {
  readonly account: Account;
  /** The embedded server. */
  readonly server: { readonly url: string; readonly faults: FaultValues };
  readonly onlooker: { readonly name: string; readonly isThere: boolean };
  readonly speed: Speed;
  /** The console's time when this was said. */
  readonly now: number;
  /** Statuses that the account's transport can show. */
  readonly statuses: readonly number[];
  /** Longest note. */
  readonly noteLimit: number;
  /** The process asks for a password at its terminal. */
  readonly isAsking: boolean;
}

/** Process to page. */
export type ConsoleNews =
  | { readonly type: 'console.session'; readonly session: number; readonly news: SessionNews; readonly stage: Stage }
  | { readonly type: 'console.news'; readonly session: number; readonly news: SessionNews; readonly now: number }
  | { readonly type: 'console.stage'; readonly stage: Stage }
  | {
      readonly type: 'console.answer';
      readonly request: number;
      readonly call: string;
      readonly hr?: number;
      readonly error?: string;
    };

/** What a page asks for. */
export type Wanted =
  | { readonly do: 'signin'; readonly status?: number; readonly note?: string; readonly for?: number }
  | { readonly do: 'signout' }
  | { readonly do: 'status'; readonly status: number; readonly note?: string; /** ms */ readonly for?: number }
  | { readonly do: 'environment'; readonly network?: boolean; readonly awake?: boolean; readonly userActive?: boolean }
  | { readonly do: 'speed'; readonly speed: Speed }
  /** Without ms: to the next timer. */
  | { readonly do: 'step'; readonly ms?: number }
  | { readonly do: 'fault'; readonly name: FaultName; readonly value: string | number | false }
  | { readonly do: 'calm' }
  | { readonly do: 'strike'; readonly what: 'drop' | 'kick' | 'shutdown' }
  /** Without a name: the embedded account. */
  | { readonly do: 'account'; readonly name?: string; readonly url?: string };

/** Page to process. */
export interface ConsoleRequest {
  readonly type: 'console.do';
  /** The page's own number, handed back with the answer. */
  readonly request: number;
  readonly wanted: Wanted;
}
