/** The core door in a page: no Node types, the browser's own. Compiled, not run. */
import { createPresenceService, type Transport } from 'presence-machine';

export function open(transport: Transport, leave: AbortSignal) {
  const service = createPresenceService({ transport });
  service.on('OnMyStatusChange', (notice) => console.log(notice.mMyStatus), { signal: leave });
  return service;
}
