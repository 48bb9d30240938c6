/**
 * What a browser says of its surroundings, as facts for a service: `online` and `offline` are the network, `freeze` and `resume` are sleep
 * (HTML, Page Lifecycle). A hidden page is not asleep and must never be told to be: its user may be at work in another window.
 */
import { describe } from '../errors.js';
import { checkKeys, checkObject } from '../policy.js';
import { createTeller, type WatchedService } from './teller.js';

/** What listens; a real `window` or `document`, or anything like it. */
export interface EventSource {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}
export interface BrowserWindow extends EventSource {
  readonly navigator?: { readonly onLine?: boolean | undefined } | undefined;
}
export interface BrowserDocument extends EventSource {
  readonly visibilityState?: string | undefined;
}

export interface WatchBrowserOptions {
  /** Default: the global one; in a worker, which has none, the global object itself. */
  readonly window?: BrowserWindow | undefined;
  /** Default: the global one, if there is one. */
  readonly document?: BrowserDocument | undefined;
  /** Ends the watching, as the returned function does. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Tells a service of network and sleep, as this browser sees them, from now until it is stopped or the service is disposed of.
 * @returns stops; twice is harmless
 * @throws TypeError where there is no browser, or for an option that is not one
 */
export function watchBrowser(service: WatchedService, options: WatchBrowserOptions = {}): () => void {
  checkObject('watchBrowser', options);
  checkKeys('watchBrowser', options, ['window', 'document', 'signal']);
  const globals = globalThis as { window?: unknown; document?: unknown };
  const window = sourceOf('window', options.window ?? globals.window ?? globalThis) as BrowserWindow;
  const found = options.document ?? globals.document;
  const document = found === undefined ? undefined : (sourceOf('document', found) as BrowserDocument);
  const { tell, atEnd, stop } = createTeller('watchBrowser', service, options.signal);

  function listen(source: EventSource, type: string, listener: () => void): void {
    source.addEventListener(type, listener);
    atEnd(() => source.removeEventListener(type, listener));
  }
  /** Only a clear word counts: a browser that cannot say is no reason to hold anything. */
  const network = (): { network?: boolean } => {
    const isOnLine = onLineOf(window);
    return isOnLine === undefined ? {} : { network: isOnLine };
  };

  listen(window, 'online', () => tell({ network: true }));
  listen(window, 'offline', () => tell({ network: false }));
  if (document) {
    listen(document, 'freeze', () => tell({ awake: false }));
    listen(document, 'resume', () => tell({ awake: true, ...network() }));
    // Events are not sent to a page that sleeps, so on its return everything is looked at again; a clock that has jumped as well.
    listen(document, 'visibilitychange', () => {
      if (document.visibilityState !== 'hidden') tell({ awake: true, ...network() });
    });
  }
  tell(network());
  return stop;
}

function onLineOf(window: BrowserWindow): boolean | undefined {
  try {
    const isOnLine: unknown = window.navigator?.onLine;
    return typeof isOnLine === 'boolean' ? isOnLine : undefined;
  } catch {
    return undefined;
  }
}

function sourceOf(what: string, source: unknown): EventSource {
  const { addEventListener, removeEventListener } = (source ?? {}) as Partial<EventSource>;
  if (typeof addEventListener === 'function' && typeof removeEventListener === 'function') return source as EventSource;
  throw new TypeError(`watchBrowser.${what}: expected what a browser has, with addEventListener, got ${describe(source)}`);
}
