/**
 * The door of `presence-machine/environment`: ready-made sources of what an app knows of its surroundings. It only gathers; nothing is made here.
 */
export { watchBrowser, type BrowserDocument, type BrowserWindow, type EventSource, type WatchBrowserOptions } from './browser.js';
export { watchNode, type Interfaces, type WatchNodeOptions } from './node.js';
export type { WatchedService } from './teller.js';
