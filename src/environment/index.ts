/**
 * The door of `presence-machine/environment`: ready-made sources of what an app knows of its surroundings. It only gathers; nothing is made here.
 */
export { watchBrowser, type BrowserDocument, type BrowserWindow, type EventSource, type WatchBrowserOptions } from './browser.js';
export { watchNode, type Interfaces, type WatchNodeOptions } from './node.js';
export type { WatchedService } from './teller.js';
export type { IdleOptions } from './idle.js';
export {
  watchBrowserIdle,
  type BroadcastChannelLike,
  type IdleDetectorLike,
  type InputEventLike,
  type InputWindow,
  type WatchBrowserIdleOptions,
} from './idle-browser.js';
export { watchElectron, type PowerMonitor, type WatchElectronOptions } from './idle-electron.js';
export { watchTerminal, type TerminalInput, type WatchTerminalOptions } from './idle-terminal.js';
