/**
 * The door of `presence-machine/inspector`: an observer that shows an app's actors live on a local page, the redactor that everything passes,
 * and the server behind the page. It is for development, and costs nothing where it is not imported. Browsers get `index-browser.ts`.
 */
import { basename } from 'node:path';
import { defaultFolder } from './observer-address.js';
import { joinBySocket } from './observer-line.js';
import { defaultPort, joinOrHost, nodeSocket } from './observer-node.js';
import { checkOptions, createInspector, type Inspector, type InspectorOptions } from './observer-options.js';
import { pageFiles } from './page-files.js';
import type { InspectorPage } from './server.js';

export { createHub, type Hub, type HubOptions } from './observer-hub.js';
export type { Inspector, InspectorOptions } from './observer-options.js';
export type * from './protocol.js';
export { createRedactor, redact, type RedactOptions, type Redactor } from './redact.js';
export {
  startInspectorServer,
  type InspectorClient,
  type InspectorPage,
  type InspectorServer,
  type InspectorServerOptions,
} from './server.js';

export interface NodeInspectorOptions extends InspectorOptions {
  /** Of the server, if this process has to start it. Default 17433; any free one where that is taken. */
  readonly port?: number | undefined;
  /** Where its address is kept for other apps of this user. Default: `presence-machine` in `$XDG_RUNTIME_DIR`. */
  readonly folder?: string | undefined;
  /** Web origins, beside those of this machine, whose pages may join. */
  readonly origins?: readonly string[] | undefined;
  /** The files of the page, by path. Default: those that the package brings along. */
  readonly pages?: Readonly<Record<string, InspectorPage>> | undefined;
}

/**
 * Shows this process's actors on the local page: `createPresenceService({ inspect: inspector() })`. The first app of this user on this machine
 * serves the page, the others join it; when it ends, another one takes over. Nothing happens before the first actor is made.
 * @returns an XState inspection observer; no credential passes it
 * @throws TypeError for an option of the wrong kind or an unknown one
 */
export function inspector(options: NodeInspectorOptions = {}): Inspector {
  checkOptions(options, ['name', 'url', 'keep', 'onUrl', 'keys', 'secrets', 'port', 'folder', 'origins', 'pages']);
  const { url, port = defaultPort, folder = defaultFolder(), origins = [], pages } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new TypeError('inspector: port: expected a number from 0 to 65535');
  const print = (line: string): void => void process.stderr.write(`${line}\n`);
  const onUrl = options.onUrl ?? ((link: string) => print(`Inspector: ${link}`));
  const find =
    url === undefined
      ? joinOrHost({ port, folder, origins, onUrl, pages: () => (pages === undefined ? pageFiles() : Promise.resolve(pages)) })
      : joinBySocket(() => nodeSocket(url), onUrl);
  const script = process.argv[1];
  const name = script === undefined || script === '' ? 'node' : basename(script);
  return createInspector(options, { app: { name, kind: 'node', pid: process.pid }, find, print });
}
