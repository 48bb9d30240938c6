/**
 * The door of `presence-machine/inspector` for browsers: the observer and the redactor. A page cannot start a server, so it is told where one
 * is. It must never import what only Node has.
 */
import { joinBySocket, type PlainSocket } from './observer-line.js';
import { checkOptions, createInspector, type Inspector, type InspectorOptions } from './observer-options.js';

export type { Inspector, InspectorOptions } from './observer-options.js';
export { createRedactor, redact, type RedactOptions, type Redactor } from './redact.js';

/** What is used of the page: the types of browsers are not part of this project. */
interface Page {
  readonly document?: { readonly title?: string };
  readonly location?: { readonly host?: string };
  readonly WebSocket: new (url: string) => PlainSocket;
}

/**
 * Shows this tab's actors on the page of a server that runs: `createPresenceService({ inspect: inspector({ url }) })`.
 * @throws TypeError without `url`, and for options that are none
 */
export function inspector(options: InspectorOptions = {}): Inspector {
  checkOptions(options, ['name', 'url', 'keep', 'onUrl', 'keys', 'secrets']);
  const { url, onUrl } = options;
  if (url === undefined) throw new TypeError('inspector: url: in a browser, expected the appUrl of a server that runs');
  const { document, location, WebSocket } = globalThis as unknown as Page;
  // oxlint-disable-next-line no-console -- where else would a page say it
  const print = (line: string): void => console.info(line);
  return createInspector(options, {
    app: { name: document?.title || location?.host || 'browser', kind: 'browser' },
    find: joinBySocket(() => new WebSocket(url), onUrl ?? ((link) => print(`Inspector: ${link}`))),
    print,
  });
}
