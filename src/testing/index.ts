/**
 * The door of `presence-machine/testing`: what test authors use. It only gathers; nothing is made here.
 */
export { createPretendClock, seededRandom, type PretendClock } from './clock.js';
export { watch, type Watch, type WatchedService } from './watch.js';
export {
  asTestLogic,
  possibleMessages,
  presenceTestModel,
  type PresenceModelOptions,
  type TestLogic,
  type TestModelSettings,
} from './model.js';
export {
  createScriptedClock,
  createScriptedTransport,
  type ScriptedCall,
  type ScriptedClock,
  type ScriptedTimer,
  type ScriptedTransport,
  type ScriptedVerb,
} from './scripted.js';
export { transportConformance, type Examinee, type ExamOptions, type Runner } from './conformance.js';
