/**
 * The door of the exports: the machine for tools that nobody here wrote. SCXML, Promela and TLA+ are made from the explored graph, DOT and
 * XState JSON from the chart as it is written. Everything behind it goes purely from an automaton or a chart to a text; it must never write a file.
 */
export { toDot } from './dot.js';
export { messageName, outputName } from './names.js';
export { toPromela, type PromelaOptions } from './promela.js';
export { toScxml } from './scxml.js';
export { toTla } from './tla.js';
export { toXStateJson } from './xstate-json.js';
