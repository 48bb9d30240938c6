/**
 * Input in a browser, for idleness: where the app has the permission, the Idle Detection API, which knows of the whole device; else what this page
 * and the other tabs of the app hear, who tell each other when it was and nothing else. It must never ask for a permission, nor take a
 * script's event for an input.
 */
import { describe } from '../errors.js';
import { checkKeys, checkObject } from '../policy.js';
import { createActivity, idleOptions, readIdleOptions, type IdleOptions } from './idle.js';
import { createTeller, type Teller, type WatchedService } from './teller.js';
import { createTick } from './time.js';

/** As far as it is read of an input event. */
export interface InputEventLike {
  /** false: made by a script. */
  readonly isTrusted?: boolean | undefined;
  readonly screenX?: number | undefined;
  readonly screenY?: number | undefined;
}
export interface InputWindow {
  addEventListener(type: string, listener: (event: InputEventLike) => void, options?: object): void;
  removeEventListener(type: string, listener: (event: InputEventLike) => void, options?: object): void;
  readonly IdleDetector?: (new () => IdleDetectorLike) | undefined;
  readonly BroadcastChannel?: (new (name: string) => BroadcastChannelLike) | undefined;
}
/** Idle Detection API. */
export interface IdleDetectorLike {
  readonly userState: string | null;
  readonly screenState: string | null;
  addEventListener(type: 'change', listener: () => void): void;
  removeEventListener(type: 'change', listener: () => void): void;
  start(options: { threshold: number; signal: AbortSignal }): Promise<void>;
}
export interface BroadcastChannelLike {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  removeEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  close(): void;
}

export interface WatchBrowserIdleOptions extends IdleOptions {
  /** Default: the global one. */
  readonly window?: InputWindow | undefined;
  /** What the tabs that belong together call each other by; another one for each user that is signed in. Default `presence-machine/input`. */
  readonly channel?: string | undefined;
}

/** The shortest that the Idle Detection API allows, ms. */
const threshold = 60_000;
const inputs = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'];
// Heard before the app, which may stop the event; the page scrolls without waiting for us.
const listening = { capture: true, passive: true };

/**
 * Tells a service when its user was last active, as this browser knows it, from now until it is stopped or the service is disposed of. All tabs of
 * an app that use the same channel agree on it. For the Idle Detection API the app has to have asked for `idle-detection` before, at a click.
 * @returns stops; twice is harmless
 * @throws TypeError where there is no window, as in a worker, or for an option that is not one
 */
export function watchBrowserIdle(service: WatchedService, options: WatchBrowserIdleOptions = {}): () => void {
  const what = 'watchBrowserIdle';
  checkObject(what, options);
  checkKeys(what, options, ['window', 'channel', ...idleOptions]);
  const { window = (globalThis as { window?: InputWindow }).window, channel = 'presence-machine/input' } = options;
  if (typeof window?.addEventListener !== 'function')
    throw new TypeError(`${what}.window: expected what a browser has, with addEventListener, got ${describe(window)}`);
  if (typeof channel !== 'string') throw new TypeError(`${what}.channel: expected a string, got ${describe(channel)}`);
  const times = readIdleOptions(what, options);
  const teller = createTeller(what, service, options.signal);
  const stopEvents = watchEvents(teller, window, channel, times);
  teller.atEnd(stopEvents);
  watchDetector(teller, window, times.clock, stopEvents);
  return teller.stop;
}

/** @returns ends it: nothing is told after */
function watchEvents(
  outer: Teller,
  window: InputWindow,
  channel: string,
  { quiet, clock }: ReturnType<typeof readIdleOptions>,
): () => void {
  const { teller, stop } = partOf(outer);
  const others = open(window, channel);
  const tick = createTick(teller, clock);
  let told = -Infinity;
  let isPaused = false;
  /** Where the pointer was: a page that moves under it makes events, too. */
  let place = '';

  /** At once, then as often as is needed for nobody who hears of it to take it for ceased in between. */
  function tellOthers(): void {
    if (!others || activity.last === told) return;
    told = activity.last;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel, not a window: its origin is its own
    others.postMessage({ lastInput: told });
    isPaused = true;
    tick.start(quiet / 2, () => {
      isPaused = false;
      tellOthers();
    });
  }
  const activity = createActivity(teller, { quiet, clock }, tellOthers);
  told = activity.last;

  function hear(type: string, { isTrusted, screenX, screenY }: InputEventLike): void {
    if (isTrusted === false) return;
    if (type === 'pointermove') {
      const now = `${screenX} ${screenY}`;
      const isStill = now === place;
      place = now;
      if (isStill) return;
    }
    activity.input();
    if (!isPaused) tellOthers();
  }

  for (const type of inputs) {
    const listener = (event: InputEventLike) => hear(type, event);
    window.addEventListener(type, listener, listening);
    teller.atEnd(() => window.removeEventListener(type, listener, listening));
  }
  if (others) {
    const listener = ({ data }: { readonly data: unknown }) => {
      const { lastInput } = (typeof data === 'object' && data !== null ? data : {}) as { lastInput?: unknown };
      if (typeof lastInput !== 'number' || !Number.isFinite(lastInput)) return;
      activity.inputAt(lastInput);
      // The others have it already.
      if (activity.last === lastInput) told = lastInput;
    };
    others.addEventListener('message', listener);
    teller.atEnd(() => {
      others.removeEventListener('message', listener);
      others.close();
    });
  }
  return stop;
}

/** A page may not be allowed to have one; then every tab counts for itself. */
function open(window: InputWindow, name: string): BroadcastChannelLike | undefined {
  try {
    return window.BroadcastChannel && new window.BroadcastChannel(name);
  } catch {
    return undefined;
  }
}

/** Where the detector may start, it takes the place of the events. */
function watchDetector(
  { tell, atEnd }: Teller,
  { IdleDetector }: InputWindow,
  clock: ReturnType<typeof readIdleOptions>['clock'],
  started: () => void,
): void {
  if (typeof IdleDetector !== 'function') return;
  const controller = new AbortController();
  let isOver = false;
  let detector: IdleDetectorLike;
  function read(): void {
    const { userState, screenState } = detector;
    // Only words that are known count, and only "active" for activity.
    if (screenState === 'locked') tell({ userActive: false });
    else if (userState === 'active') tell({ userActive: true });
    else if (userState === 'idle') tell({ userActive: false, lastInput: clock.now() - threshold });
  }
  try {
    detector = new IdleDetector();
    detector.addEventListener('change', read);
    atEnd(() => {
      isOver = true;
      detector.removeEventListener('change', read);
      controller.abort();
    });
    detector.start({ threshold, signal: controller.signal }).then(
      () => {
        if (isOver) return;
        started();
        read();
      },
      // Not allowed: the events go on.
      () => detector.removeEventListener('change', read),
    );
  } catch {
    // The same.
  }
}

/** A teller of its own, which can end before the outer one. */
function partOf(outer: Teller): { readonly teller: Teller; readonly stop: () => void } {
  const cleaning: (() => void)[] = [];
  let isOver = false;
  const stop = (): void => {
    if (isOver) return;
    isOver = true;
    for (const clean of cleaning.splice(0)) clean();
  };
  return {
    stop,
    teller: {
      tell: (known) => void (isOver || outer.tell(known)),
      atEnd: (clean) => void (isOver ? clean() : cleaning.push(clean)),
      stop,
    },
  };
}
