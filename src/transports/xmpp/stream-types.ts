/**
 * What a stream is to those who use it: who logs on, what can be said on it, what it tells. It must never hold code: the stream itself is long enough.
 */
import type { Element } from '@xmpp/xml';
import type { TransportError } from '../../transport.js';
import type { Resumption } from './resumption.js';

/** Who logs on where. */
export interface Account {
  readonly username: string;
  readonly domain: string;
  readonly password: string;
  readonly resource?: string;
}

/** A session whose stream has ended, and that the server may still keep. */
export interface Former {
  readonly address: string;
  readonly resumption: Resumption;
  /** It cannot be resumed, or not worth another try. */
  forget(): void;
}

/** What an open stream tells. */
export interface StreamEvents {
  /** A presence, or a change of the contact list that the server vouches for. */
  stanza(stanza: Element): void;
  /** It is over, once, and not by `destroy`. */
  ended(error: TransportError): void;
}

/** An open stream, logged on and bound. */
export interface Stream {
  /** The full address that the server gave. */
  readonly address: string;
  readonly domain: string;
  /** The former session goes on, with its presence. */
  readonly resumed: boolean;
  /** The server wants to know whether anybody looks at the screen (XEP-0352). */
  readonly takesClientState: boolean;
  /** Bytes of the longest stanza that the server takes (XEP-0478); Infinity when it does not say. */
  readonly longestStanza: number;
  /** What it takes to go on with this session on another stream; undefined when it ended for good, or the server does not keep it. */
  resumption(): Resumption | undefined;
  /** From now on; what came before is told now. */
  listen(events: StreamEvents): void;
  send(stanza: Element): void;
  /** Sends what is no stanza: it is not counted. */
  tell(element: Element): void;
  /**
   * The answer to an iq; rejects with a Refusal, or with a TransportError when the stream ends before.
   * @param isLong the answer may be as long as a contact list
   */
  request(stanza: Element, isLong?: boolean): Promise<Element>;
  newId(): string;
  /** Closes our side of the stream; nothing can be sent after it. */
  sayClosed(): void;
  destroy(): void;
}
