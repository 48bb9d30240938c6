/**
 * The door of the explainer: sentences for cells, the tour, the edges with their clauses, the table of traceability. It only gathers.
 */
export { clausesOf, clausesWithoutEdge, clauseText, rowClauses, type ClauseId, type Constraints } from './clauses.js';
export { conditionText, fits, rulesFor, type Answers, type Rule } from './conditions.js';
export { decisions, type Decision } from './decisions.js';
export { edgeKey, edgesOf, type Edge } from './edges.js';
export { calls, events, explain, explainAll, type Call, type ExplainedEvent, type Explanation } from './explain.js';
export { eventNamed, eventWords, statesNamed, stateWords } from './names.js';
export { descriptionOf, narrate, noticeText, shortestPathsTo, tour, type TourPath, type TourStep } from './tour.js';
export { traceabilityOf, traceabilityToMarkdown, type ClauseLine, type Traceability } from './traceability.js';
export { traces, type Trace } from './traces.js';
