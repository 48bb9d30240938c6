/**
 * The stage of the demo: the embedded server with two accounts, Alice's service over real XMPP, and Bob who looks on. Everything that it starts,
 * `close` ends. It must never show a password: they are made anew each time and are known to nobody.
 */
import { randomUUID } from 'node:crypto';
import { createPresenceService, type ContactPresence, type PolicyOptions, type PresenceService } from '../index.js';
import { type LoopbackServer, startLoopbackServer } from '../transports/loopback/index.js';
import { xmppTransport } from '../transports/xmpp/index.js';
import { lookOn } from './onlooker.js';

/** How fast it goes, milliseconds. */
export interface Pace {
  /** Between two steps of the story. */
  readonly pause: number;
  /** Before the server deals with each thing it is sent: without it nobody could see the phases go by. */
  readonly latency: number;
  /** Longest wait for the next notice. */
  readonly limit: number;
  readonly policy: PolicyOptions;
}

export const humanPace: Pace = {
  pause: 1_500,
  latency: 250,
  limit: 20_000,
  policy: { retry: { base: 1_000, firstSpread: 3_000, cap: 8_000, slowCap: 10_000 }, idleAfter: 3_000 },
};
export const fastPace: Pace = {
  pause: 20,
  latency: 5,
  limit: 10_000,
  policy: { retry: { base: 100, firstSpread: 100, cap: 400, slowCap: 400 }, idleAfter: 200 },
};

export interface Stage {
  readonly server: LoopbackServer;
  readonly service: PresenceService;
  readonly pace: Pace;
  /** Alice's sign-in. */
  readonly credentials: { readonly name: string; readonly password: string };
  readonly idleAfter: number;
  close(): Promise<void>;
}

/** Sets everything up; nobody but Bob is signed in yet. @param see what Bob sees */
export async function setStage(pace: Pace, see: (presence: ContactPresence) => void, signal: AbortSignal): Promise<Stage> {
  const alice = { name: 'alice@localhost', password: randomUUID() };
  const bob = { name: 'bob@localhost', password: randomUUID() };
  const server = await startLoopbackServer({ users: [alice, bob] });
  try {
    const transport = () => xmppTransport({ service: server.url });
    const onlooker = await lookOn(transport(), bob, see, signal);
    server.faults.latency = pace.latency;
    // The middle of each spread: the story takes as long each time.
    const service = createPresenceService({ transport: transport(), policy: pace.policy, random: () => 0.5 });
    return {
      server,
      service,
      pace,
      credentials: alice,
      idleAfter: pace.policy.idleAfter ?? 0,
      async close() {
        await service.dispose();
        server.calm();
        await onlooker.leave();
        await server.close();
      },
    };
  } catch (error) {
    await server.close();
    throw error;
  }
}
