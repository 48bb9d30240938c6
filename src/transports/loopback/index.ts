/**
 * The door of `presence-machine/loopback`: a small real XMPP server on 127.0.0.1 for demos and tests. It only gathers; nothing is made here.
 */
export {
  startLoopbackServer,
  type LoopbackClock,
  type LoopbackOptions,
  type LoopbackServer,
  type LoopbackSession,
  type LoopbackUser,
} from './server.js';
export {
  authConditions,
  stanzaConditions,
  steps as silentSteps,
  streamConditions,
  type AuthCondition,
  type LoopbackFaults,
  type Show,
  type StanzaCondition,
  type Step,
  type StreamCondition,
} from './faults.js';
