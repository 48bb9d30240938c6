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
export { checkNotices, type CheckOptions, type NoticeFault, type NoticesChecked } from '../grammar/index.js';
export { addCoverage, countCoverage, coverageOf, type CellCounts, type Coverage, type LiveCoverage } from '../coverage.js';
export { coveringPaths, type Cover, type CoverOptions, type Path } from './cover.js';
export { chartGraph, type ChartGraphOptions, type GraphStep, type PathGraph } from './graph.js';
export {
  randomPaths,
  shortestPaths,
  simplePaths,
  type PathFilter,
  type RandomPathOptions,
  type SimplePathOptions,
} from './paths.js';
export {
  createScriptedWorld,
  noticeLine,
  type Happened,
  type ScriptedWorld,
  type ScriptedWorldOptions,
  type ServiceInWorld,
} from './world.js';
export { movesFor, worldGraph, type Move, type WorldGraphOptions } from './world-model.js';
export { uiGraph, uiSuite, type UiExpected, type UiGraphOptions, type UiPush, type UiSuiteOptions } from './ui.js';
