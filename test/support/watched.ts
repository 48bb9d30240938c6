/** A service as a source of surroundings needs it, played by a test: it hears what is told and never ends by itself. Nothing is judged here. */
import type { WatchedService } from '../../src/environment/index.js';

export const watched = (environment: WatchedService['environment']): WatchedService => ({
  environment,
  actor: { subscribe: () => ({ unsubscribe: () => {} }) },
});
