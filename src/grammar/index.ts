/**
 * The door of the grammar: which orders of notices there are, as an automaton and as a regular expression, and the check of a log against
 * them. It only gathers.
 */
export { closureOf, determinise, minimise, stateAfter, type Dfa, type Nfa } from './automaton.js';
export { checkNotices, type CheckOptions, type NoticeFault, type NoticesChecked } from './check.js';
export { deriveGrammar, dfaOf, grammarOf, noticesOfChart, type Grammar, type GrammarState } from './derive.js';
export { expressionOf, toText, type Expression } from './expression.js';
export { letterOf, letters, meaningOf, type Letter, type LetterRow } from './letters.js';
export { publishedDfa, publishedStart, publishedStates } from './published.js';
