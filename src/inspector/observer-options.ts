/**
 * The options of `inspector()` and the object that it gives: the same for Node and for browsers, which differ in how they find the page.
 */
import type { InspectionEvent } from 'xstate';
import { KeptLine, type FindWay } from './observer-line.js';
import { Observed } from './observer.js';
import type { AppInfo } from './protocol.js';
import { createRedactor, type RedactOptions } from './redact.js';

export interface InspectorOptions extends RedactOptions {
  /** What the page calls this app. Default: the name of its script, or its title. */
  readonly name?: string | undefined;
  /** The address of a server for apps (`appUrl`). Default in Node: that of this user, started when there is none. A browser needs it. */
  readonly url?: string | undefined;
  /** How many happenings are kept for a page that comes late. Default 2,000. */
  readonly keep?: number | undefined;
  /** Told a new link to the page, which works once, whenever a server was found. Default: a line on the standard error, or the console. */
  readonly onUrl?: ((url: string) => void) | undefined;
}

/** An XState inspection observer: for `inspect` of `createPresenceService`, and of any actor. */
export interface Inspector {
  readonly next: (event: InspectionEvent) => void;
  /** Sends what waits and lets go of the page. Twice is harmless. */
  close(): Promise<void>;
}

export interface Surroundings {
  readonly app: Omit<AppInfo, 'id' | 'at'>;
  readonly find: FindWay;
  readonly print: (line: string) => void;
}

/** @throws TypeError for an option of the wrong kind or an unknown one */
export function checkOptions(options: object, known: readonly string[]): void {
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw new TypeError(`inspector: there is no option ${JSON.stringify(key)}`);
  }
  const { name, url, keep, onUrl } = options as InspectorOptions;
  if (name !== undefined && (typeof name !== 'string' || name === '')) throw new TypeError('inspector: name: expected a text');
  if (url !== undefined && !isSocketAddress(url))
    throw new TypeError('inspector: url: expected an address that begins with ws:// or wss://');
  if (keep !== undefined && (!Number.isInteger(keep) || keep < 0))
    throw new TypeError('inspector: keep: expected a whole number of 0 or more');
  if (onUrl !== undefined && typeof onUrl !== 'function') throw new TypeError('inspector: onUrl: expected a function');
}
// Its token must not stand in an error: the address is not repeated.
const isSocketAddress = (url: unknown): boolean =>
  typeof url === 'string' && URL.canParse(url) && /^wss?:$/.test(new URL(url).protocol);

export function createInspector(options: InspectorOptions, { app, find, print }: Surroundings): Inspector {
  const { keep = 2_000, keys, secrets, name = app.name } = options;
  const redact = createRedactor({ keys, secrets });
  const id = globalThis.crypto.randomUUID();
  const observed = new Observed({
    app: { ...app, id, name: redact(name).slice(0, 200), at: Date.now() },
    redact,
    keep,
    onFirst: () => line.open(),
  });
  const line = new KeptLine(observed, find, (error) => {
    const { code } = (error ?? {}) as { code?: unknown };
    print(`Inspector: nobody to show it to yet${typeof code === 'string' ? ` (${code})` : ''}; it is tried again.`);
  });
  let closing: Promise<void> | undefined;
  return Object.freeze<Inspector>({ next: observed.next, close: () => (closing ??= line.close()) });
}
