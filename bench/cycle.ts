/**
 * One cycle (sign in, become BUSY, sign out) in several ways: by the bare actor; by a transport alone; by both, wired by hand; by the service.
 * The memory transport does real work; the instant one only promises, so that what is left is the service's own. All tell the same story,
 * which is proved before anything is measured. It measures nothing.
 */
import { createActor, type Actor } from 'xstate';
import { isNotice, MISTATUS, presenceMachine, type ChartNotice, type Message, type Rules } from '../machines/index.js';
import { createPresenceService, type Notice } from '../src/index.js';
import { createMemoryServer } from '../src/transports/memory/index.js';
import type { Link, LinkEvents, Presence, Transport } from '../src/transport.js';
import type { Rival } from './harness.js';

/** What a notice says in whichever way it came: the driver's stamps left out. */
export type Told = readonly (string | number)[];
export interface CycleRival extends Rival {
  /** What one cycle tells; nothing for a rival without a chart. */
  tell(): Promise<readonly Told[]>;
}

const credentials = { name: 'juliet@capulet.example', password: 'measured' };
const request = { name: credentials.name };
const rules: Rules = {
  statuses: [
    MISTATUS.ONLINE,
    MISTATUS.BUSY,
    MISTATUS.BE_RIGHT_BACK,
    MISTATUS.AWAY,
    MISTATUS.ON_THE_PHONE,
    MISTATUS.OUT_TO_LUNCH,
    MISTATUS.INVISIBLE,
  ],
  idle: true,
  away: false,
  idleFrom: [MISTATUS.ONLINE],
  remember: false,
  queue: 8,
};

/** What the service sends to its actor in one cycle, in this order. */
const messages: readonly Message[] = [
  { type: 'signin.request', tries: 'once' },
  { type: 'server.found' },
  { type: 'link.opened' },
  { type: 'session.synchronized', resumed: false },
  { type: 'status.published', by: 'signin', status: MISTATUS.ONLINE },
  { type: 'status.request', status: MISTATUS.BUSY },
  { type: 'status.published', by: 'user', status: MISTATUS.BUSY },
  { type: 'signout.request' },
  { type: 'link.closed' },
];
const [signin, found, opened, synchronized, publishedOnline, setBusy, publishedBusy, signout, closed] = messages as readonly [
  Message,
  Message,
  Message,
  Message,
  Message,
  Message,
  Message,
  Message,
  Message,
];

const asOnline: Presence = { status: MISTATUS.ONLINE };
const asBusy: Presence = { status: MISTATUS.BUSY };
const noEvents: LinkEvents = { lost: () => {}, contact: () => {}, own: () => {} };

/** Without a log, which would grow; no latency. */
const newMemory = (): Transport => createMemoryServer({ logLimit: 0 }).transport();

const yes: Promise<void> = Promise.resolve();
const instantLink: Link = {
  synchronize: () => Promise.resolve({ resumed: false }),
  publish: () => yes,
  close: () => yes,
  drop: () => {},
};
/** Says yes to everything, at once. */
const instant: Transport = {
  name: 'instant',
  capabilities: newMemory().capabilities,
  findServer: () => Promise.resolve({}),
  connect: () => Promise.resolve(instantLink),
};

/** How a verb is called by hand. */
type Call = <T>(verb: (signal: AbortSignal) => Promise<T>) => Promise<T>;

// One signal for ever: the least that a transport can be given.
const never = new AbortController().signal;
const plainly: Call = (verb) => verb(never);

/** What nobody can do without who keeps L08 and L21: for each verb a signal of its own, and a limit that aborts it. */
const limited: Call = async (verb) => {
  const controller = new AbortController();
  const limit = setTimeout(() => controller.abort(), 15_000);
  try {
    return await verb(controller.signal);
  } finally {
    clearTimeout(limit);
  }
};

export type CycleName =
  'actor' | 'memory' | 'memoryByHand' | 'memoryService' | 'instantByHand' | 'instantFloor' | 'instantService';

export function createRivals(): Readonly<Record<CycleName, CycleRival>> {
  return {
    actor: bareActor(),
    memory: transportAlone('memory transport alone', newMemory()),
    memoryByHand: byHand('memory transport, actor by hand', newMemory(), plainly),
    memoryService: service('memory transport, service', newMemory()),
    instantByHand: byHand('instant transport, actor by hand', instant, plainly),
    instantFloor: byHand('the same with the signals and limits of the contract', instant, limited),
    instantService: service('instant transport, service', instant),
  };
}

/** The messages of a cycle as the service's own records have them, to prove that `messages` is that list. */
export async function messagesOfService(): Promise<readonly Message[]> {
  const { run, records } = service('', instant);
  await run(1);
  return records().map(({ message }) => message);
}
export const messagesByHand = messages;

function bareActor(): CycleRival {
  const { actor, tell } = listened();
  const run = (times: number): Promise<void> => {
    for (let time = 0; time < times; time++) for (const message of messages) actor.send(message);
    return Promise.resolve();
  };
  return { name: 'bare actor, facts sent by hand', run, tell: () => tell(() => run(1)) };
}

function transportAlone(name: string, transport: Transport): CycleRival {
  const run = async (times: number): Promise<void> => {
    for (let time = 0; time < times; time++) {
      const server = await transport.findServer(request, never);
      const link = await transport.connect(server, credentials, noEvents, never);
      await link.synchronize(never);
      await link.publish(asOnline, never);
      await link.publish(asBusy, never);
      await link.close(never);
      link.drop();
    }
  };
  return { name, run, tell: () => Promise.resolve([]) };
}

function byHand(name: string, transport: Transport, call: Call): CycleRival {
  const { actor, tell } = listened();
  const run = async (times: number): Promise<void> => {
    for (let time = 0; time < times; time++) {
      actor.send(signin);
      const server = await call((signal) => transport.findServer(request, signal));
      actor.send(found);
      const link = await call((signal) => transport.connect(server, credentials, noEvents, signal));
      actor.send(opened);
      await call((signal) => link.synchronize(signal));
      actor.send(synchronized);
      await call((signal) => link.publish(asOnline, signal));
      actor.send(publishedOnline);
      actor.send(setBusy);
      await call((signal) => link.publish(asBusy, signal));
      actor.send(publishedBusy);
      actor.send(signout);
      await call((signal) => link.close(signal));
      actor.send(closed);
      link.drop();
    }
  };
  return { name, run, tell: () => tell(() => run(1)) };
}

/** Real clock and records, as an app has them. The listener leads through the cycle, so that nothing is waited for in between. */
function service(
  name: string,
  transport: Transport,
): CycleRival & { records(): ReturnType<typeof createPresenceService>['records'] } {
  const presence = createPresenceService({ transport });
  let told: Told[] | undefined;
  let left = 0;
  let done: () => void = () => {};
  const lead = (notice: Notice): void => {
    told?.push(asTold(notice));
    if (notice.type !== 'OnMyStatusChange') return;
    if (notice.mMyStatus === MISTATUS.ONLINE) presence.setStatus(MISTATUS.BUSY);
    else if (notice.mMyStatus === MISTATUS.BUSY) presence.signout();
    else if (notice.mMyStatus === MISTATUS.OFFLINE && --left > 0) presence.signin(credentials);
    else if (left === 0) done();
  };
  presence.on('*', lead);
  const run = (times: number): Promise<void> =>
    new Promise((resolve) => {
      left = times;
      done = resolve;
      presence.signin(credentials);
    });
  return {
    name,
    run,
    async tell() {
      const heard: Told[] = (told = []);
      await run(1);
      told = undefined;
      return heard;
    },
    records: () => presence.records,
  };
}

function listened(): { actor: Actor<typeof presenceMachine>; tell(run: () => Promise<void>): Promise<readonly Told[]> } {
  const actor = createActor(presenceMachine, { input: rules }).start();
  let told: Told[] | undefined;
  actor.on('*', (output) => {
    if (told !== undefined && isNotice(output)) told.push(asTold(output));
  });
  return {
    actor,
    async tell(run) {
      const heard: Told[] = (told = []);
      await run();
      told = undefined;
      return heard;
    },
  };
}

function asTold(notice: ChartNotice | Notice): Told {
  if (notice.type === 'OnSignout') return [notice.type, notice.reason];
  if (notice.type === 'OnSignin') return [notice.type, notice.hr, notice.reason];
  return [notice.type, notice.hr, notice.mMyStatus, notice.reason];
}
