/**
 * Two services that live the same cycle (sign in, BUSY, sign out) on a server without latency, one of them counted. It measures nothing.
 */
import { countCoverage, type LiveCoverage } from '../src/coverage.js';
import { createPresenceService, MISTATUS, type Notice } from '../src/index.js';
import { createMemoryServer } from '../src/transports/memory/index.js';
import type { Rival } from './harness.js';

const credentials = { name: 'juliet@capulet.example', password: 'measured' };

export interface CoverageRivals {
  readonly plain: Rival;
  readonly counted: Rival;
  readonly coverage: LiveCoverage;
  /** How many messages the counted one has had: nine a cycle. */
  readonly sent: () => number;
}

export function createCoverageRivals(): CoverageRivals {
  const plain = living('service');
  const counted = living('service, counted');
  return {
    plain: plain.rival,
    counted: counted.rival,
    coverage: countCoverage(counted.service),
    sent: () => counted.cycles() * 9,
  };
}

/** The listener leads through the cycle, so that nothing is waited for in between. */
function living(name: string) {
  const service = createPresenceService({ transport: createMemoryServer({ logLimit: 0 }).transport() });
  let left = 0;
  let cycles = 0;
  let done: () => void = () => {};
  service.on('*', (notice: Notice) => {
    if (notice.type !== 'OnMyStatusChange') return;
    if (notice.mMyStatus === MISTATUS.ONLINE) service.setStatus(MISTATUS.BUSY);
    else if (notice.mMyStatus === MISTATUS.BUSY) service.signout();
    else if (notice.mMyStatus === MISTATUS.OFFLINE && --left > 0) service.signin(credentials);
    else if (left === 0) done();
  });
  const run = (times: number): Promise<void> =>
    new Promise((resolve) => {
      left = times;
      cycles += times;
      done = resolve;
      service.signin(credentials);
    });
  return { service, cycles: () => cycles, rival: { name, run } satisfies Rival };
}
