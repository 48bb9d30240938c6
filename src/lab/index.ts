/**
 * The herd laboratory: very many clients lose one server at once and come back, each by the wait rule of a library, in simulated time. Entered by the
 * command; it must never look at a real clock or at `Math.random`.
 */
export { herd, type HerdOptions, type HerdProgress, type HerdResult } from './herd.js';
export { plotHerds, tableOfHerds, type Frame, type Paint } from './plot.js';
export { policies, policyNames, type HerdPolicy } from './policies.js';
export { herdsToSvg } from './svg.js';
