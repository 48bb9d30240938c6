/**
 * The door of `presence-machine/memory`: an embedded, scriptable server for tests. It only gathers; nothing is made here.
 */
export { createMemoryServer } from './server.js';
export type {
  LogEntry,
  MemoryServer,
  MemoryServerEvents,
  MemoryServerOptions,
  MemoryTransportOptions,
  SessionView,
} from './server.js';
export type { Fault, Faults, Latency, Overload, PerVerb, Verb } from './script.js';
export type { ServerClock } from './perform.js';
export type { ContactLists } from './lists.js';
export type { Secret } from './users.js';
