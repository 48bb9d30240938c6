/**
 * The door of `presence-machine/testing`: what test authors use. It only gathers; nothing is made here.
 */
export { createPretendClock, seededRandom, type PretendClock } from './clock.js';
export { watch, type Watch, type WatchedService } from './watch.js';
