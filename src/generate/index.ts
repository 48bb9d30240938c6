/** The door of the generator: test files and vectors as text. It never touches a file system. */
export { countsLine, runners, targets, type Counts, type GeneratedFile, type RunnerName, type Target } from './files.js';
export { transportFile, uiFile } from './hooks.js';
export { serviceFile } from './service.js';
export { vectorFiles, vectorGraph, vectorLimits, vectorRules } from './vectors.js';
