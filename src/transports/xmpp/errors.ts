/**
 * What went wrong, as XMPP, HTTP, DNS and sockets say it, and the reason that the machine knows it by: rows, and the functions that look them
 * up. It must never do I/O, and never put a credential into a message.
 */
import { type Reason } from '../../../machines/index.js';
import { TransportError } from '../../transport.js';

/** A failure before it has a reason. */
export type Failure =
  | { readonly kind: 'stream' | 'sasl' | 'stanza'; readonly condition: string; readonly text?: string }
  | { readonly kind: 'http'; readonly status: number; readonly retryAfterMs?: number }
  /** From DNS, TCP, TLS or the library. `opened`: the socket had been open before. */
  | { readonly kind: 'system'; readonly code?: string; readonly message: string; readonly opened: boolean }
  /** The other side closed stream or socket without a reason. */
  | { readonly kind: 'closed'; readonly message?: string }
  | { readonly kind: 'xml'; readonly message: string };

/**
 * Condition; reason when signing in; reason when it ends a session. RFC 6120 §4.9.3. `policy-violation` before the sign-in is what the
 * connection throttles of Prosody and ejabberd answer, hence "too busy".
 */
export const streamRows = [
  ['bad-format', 'unexpected', 'lineLost'],
  ['bad-namespace-prefix', 'unexpected', 'lineLost'],
  ['conflict', 'unexpected', 'signedInElsewhere'],
  ['connection-timeout', 'unexpected', 'lineLost'],
  ['host-gone', 'serverNotFound', 'lineLost'],
  ['host-unknown', 'serverNotFound', 'lineLost'],
  ['improper-addressing', 'serverNotFound', 'lineLost'],
  ['internal-server-error', 'serverUnavailable', 'lineLost'],
  ['invalid-from', 'unexpected', 'lineLost'],
  ['invalid-namespace', 'unexpected', 'lineLost'],
  ['invalid-xml', 'unexpected', 'lineLost'],
  ['not-authorized', 'invalidPassword', 'lineLost'],
  ['not-well-formed', 'unexpected', 'lineLost'],
  ['policy-violation', 'serverTooBusy', 'policyViolation'],
  ['remote-connection-failed', 'serverUnavailable', 'lineLost'],
  ['reset', 'unexpected', 'lineLost'],
  ['resource-constraint', 'serverTooBusy', 'lineLost'],
  ['restricted-xml', 'unexpected', 'lineLost'],
  ['see-other-host', 'serverUnavailable', 'lineLost'],
  ['system-shutdown', 'serverUnavailable', 'serverShutdown'],
  ['undefined-condition', 'unexpected', 'lineLost'],
  ['unsupported-encoding', 'unexpected', 'lineLost'],
  ['unsupported-feature', 'versionMismatch', 'lineLost'],
  ['unsupported-stanza-type', 'versionMismatch', 'lineLost'],
  ['unsupported-version', 'versionMismatch', 'lineLost'],
] as const satisfies readonly (readonly [string, Reason, Reason])[];

/** Condition of a refused logon; reason. RFC 6120 §6.5. */
export const saslRows = [
  ['aborted', 'cancelled'],
  ['account-disabled', 'invalidPassword'],
  ['credentials-expired', 'invalidPassword'],
  ['encryption-required', 'versionMismatch'],
  ['incorrect-encoding', 'unexpected'],
  ['invalid-authzid', 'unexpected'],
  ['invalid-mechanism', 'versionMismatch'],
  ['malformed-request', 'unexpected'],
  ['mechanism-too-weak', 'versionMismatch'],
  ['not-authorized', 'invalidPassword'],
  ['temporary-auth-failure', 'serverUnavailable'],
] as const satisfies readonly (readonly [string, Reason])[];

/** Condition of a refused request or presence; reason when signing in (bind, roster); reason as the answer to a presence. RFC 6120 §8.3.3. */
export const stanzaRows = [
  ['bad-request', 'unexpected', 'statusRejected'],
  ['conflict', 'unexpected', 'unexpected'],
  ['forbidden', 'unexpected', 'statusRejected'],
  ['internal-server-error', 'serverUnavailable', 'unexpected'],
  ['not-acceptable', 'unexpected', 'statusRejected'],
  ['not-allowed', 'unexpected', 'statusRejected'],
  ['not-authorized', 'invalidPassword', 'unexpected'],
  ['remote-server-timeout', 'serverUnavailable', 'serverUnavailable'],
  ['resource-constraint', 'serverTooBusy', 'serverTooBusy'],
  ['service-unavailable', 'serverUnavailable', 'serverUnavailable'],
] as const satisfies readonly (readonly [string, Reason, Reason])[];

/** HTTP status in answer to the WebSocket request: from, to, reason. */
export const httpRows = [
  [200, 200, 'versionMismatch'],
  [401, 401, 'invalidPassword'],
  [403, 403, 'invalidPassword'],
  [404, 404, 'versionMismatch'],
  [426, 426, 'versionMismatch'],
  [429, 429, 'serverTooBusy'],
  [503, 503, 'serverTooBusy'],
  [500, 599, 'serverUnavailable'],
] as const satisfies readonly (readonly [number, number, Reason])[];

/** Code of a Node.js error (its beginning, when it ends in `*`); reason. The first row that fits counts. */
export const systemRows = [
  ['ENOTFOUND', 'serverNotFound'],
  ['ENODATA', 'serverNotFound'],
  ['ERR_INVALID_URL', 'serverNotFound'],
  ['EAI_NONAME', 'serverNotFound'],
  ['EAI_NODATA', 'serverNotFound'],
  ['EAI_*', 'serverUnavailable'],
  ['ECONNREFUSED', 'connectFailed'],
  ['ECONNRESET', 'connectFailed'],
  ['ECONNABORTED', 'connectFailed'],
  ['ECONNERROR', 'connectFailed'],
  ['EHOSTUNREACH', 'connectFailed'],
  ['EHOSTDOWN', 'connectFailed'],
  ['ENETUNREACH', 'connectFailed'],
  ['ENETDOWN', 'connectFailed'],
  ['EADDRNOTAVAIL', 'connectFailed'],
  ['ETIMEDOUT', 'connectFailed'],
  ['EPIPE', 'connectFailed'],
  ['EPROTO', 'tlsFailed'],
  ['ERR_SSL_*', 'tlsFailed'],
  ['ERR_TLS_*', 'tlsFailed'],
  ['CERT_*', 'tlsFailed'],
  ['CRL_*', 'tlsFailed'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tlsFailed'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'tlsFailed'],
  ['UNABLE_TO_*', 'tlsFailed'],
  ['HOSTNAME_MISMATCH', 'tlsFailed'],
  ['INVALID_CA', 'tlsFailed'],
  ['INVALID_PURPOSE', 'tlsFailed'],
  ['PATH_LENGTH_EXCEEDED', 'tlsFailed'],
] as const satisfies readonly (readonly [string, Reason])[];

function reasonOfCode(code: string): Reason | undefined {
  return systemRows.find(([row]) => (row.endsWith('*') ? code.startsWith(row.slice(0, -1)) : row === code))?.[1];
}

function describe(failure: Failure): string {
  switch (failure.kind) {
    case 'http':
      return `the server answered the WebSocket request with HTTP ${failure.status}`;
    case 'system':
    case 'xml':
      return failure.message;
    case 'closed':
      return failure.message ?? 'the server closed the connection';
    default:
      return failure.text ? `${failure.condition}: ${failure.text}` : failure.condition;
  }
}

function errorOf(reason: Reason, failure: Failure): TransportError {
  const message = describe(failure);
  const retryAfterMs = failure.kind === 'http' ? failure.retryAfterMs : undefined;
  return new TransportError(reason, retryAfterMs === undefined ? { message } : { message, retryAfterMs });
}

function signinReason(failure: Failure): Reason {
  switch (failure.kind) {
    case 'stream':
      return streamRows.find(([condition]) => condition === failure.condition)?.[1] ?? 'unexpected';
    case 'sasl':
      return saslRows.find(([condition]) => condition === failure.condition)?.[1] ?? 'unexpected';
    case 'stanza':
      return stanzaRows.find(([condition]) => condition === failure.condition)?.[1] ?? 'unexpected';
    case 'http':
      return httpRows.find(([from, to]) => failure.status >= from && failure.status <= to)?.[2] ?? 'unexpected';
    case 'system':
      // Without a known code, a failure to open is a failure to connect; a later one is nobody's guess.
      return reasonOfCode(failure.code ?? '') ?? (failure.opened ? 'unexpected' : 'connectFailed');
    case 'closed':
      return 'connectFailed';
    case 'xml':
      return 'unexpected';
  }
}

/** Why a sign-in failed: finding, connecting, logging on, binding, synchronizing. */
export function signinError(failure: Failure): TransportError {
  return errorOf(signinReason(failure), failure);
}

/** Why a session ended. */
export function lineError(failure: Failure): TransportError {
  const row = failure.kind === 'stream' ? streamRows.find(([condition]) => condition === failure.condition) : undefined;
  return errorOf(row?.[2] ?? 'lineLost', failure);
}

/** Why a presence was refused. */
export function publishError(condition: string, text?: string): TransportError {
  const row = stanzaRows.find(([name]) => name === condition);
  return errorOf(row?.[2] ?? 'unexpected', { kind: 'stanza', condition, ...(text ? { text } : {}) });
}

/** What an error says of itself; not by instanceof, because errors of Node.js may come from another realm than this module. */
function factsOf(thrown: unknown): { readonly name?: unknown; readonly code?: unknown; readonly message?: unknown } {
  return typeof thrown === 'object' && thrown !== null ? thrown : {};
}

/** True for what the library's parser reports. */
export function isXmlError(thrown: unknown): boolean {
  return factsOf(thrown).name === 'XMLError';
}

/** Anything thrown by Node.js, a browser or the library, as a failure. */
export function failureOf(thrown: unknown, opened: boolean): Failure {
  if (thrown instanceof HttpRefusal) {
    const { status, retryAfterMs } = thrown;
    return { kind: 'http', status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
  if (thrown instanceof Refusal) return { kind: 'stanza', condition: thrown.condition, text: thrown.text };
  const { name, code, message } = factsOf(thrown);
  const text =
    [message, code, name].find((each): each is string => typeof each === 'string' && each !== '') ??
    'an error without a description';
  if (isXmlError(thrown)) return { kind: 'xml', message: `the server sent what is not XML: ${text}` };
  return { kind: 'system', message: text, opened, ...(typeof code === 'string' ? { code } : {}) };
}

/** The answer of a web server that did not want to talk WebSocket. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal';
  readonly status: number;
  readonly retryAfterMs: number | undefined;

  constructor(status: number, retryAfterMs: number | undefined) {
    super(`HTTP ${status}`);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** A request or presence that the server answered with an error. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly condition: string;
  readonly text: string;

  constructor(condition: string, text: string) {
    super(text === '' ? condition : `${condition}: ${text}`);
    this.condition = condition;
    this.text = text;
  }
}

/** Milliseconds that a `Retry-After` header asks for (RFC 9110 §10.2.3), undefined when it says nothing sensible. */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}
