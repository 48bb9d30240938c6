/** What the bench of the inspector needs, in one file to be compiled: the doors that it measures, and nothing else. */
export { createPresenceService, MISTATUS } from '../src/index.js';
export { inspector } from '../src/inspector/index.js';
export { createMemoryServer } from '../src/transports/memory/index.js';
