/** The door of the model: chart, alphabet, codes. It imports xstate and nothing else. */
export * from './alphabet.js';
export * from './codes.js';
export { foldDevices, joinPresence, sourceOf, type DevicePresence, type PresenceSource } from './devices.js';
export { presenceMachine } from './presence.js';
export { effective, waitingChanges, why, type Context } from './moves.js';
export { answer, answerTable, judge, type Ask, type Effect } from './answers.js';
export {
  initialState,
  leafOf,
  leaves,
  phaseOf,
  step,
  purely,
  stepperOf,
  type Chart,
  type Leaf,
  type Phase,
  type State,
  type Stepper,
  type Pure,
  type PureAction,
} from './step.js';
export { silenceOf, silences, type Silence } from './silence.js';
export { breachesOfRow, breachesOfStray, breachesOfTrace, laws, type Law } from './laws.js';
export type { Row } from './rows.js';
export { type Seen, type SeenNotice, type Trace } from './traces.js';
export { statusOfLeaf, timersOf } from './step.js';
