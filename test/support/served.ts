/**
 * One served pool on pretend time, under a transport that is played by hand: its first session, and the way to online. It must never answer what a
 * test did not answer.
 */
import { statusName } from '../../src/index.js';
import { createSessionPool, servePool, type PresencePoolOptions, type ServeOptions } from '../../src/table/pool/index.js';
import { createPretendClock } from '../../src/testing/index.js';
import { createFakeTransport } from './fake-transport.js';

export type StageOptions = Partial<ServeOptions> & {
  readonly fake?: Parameters<typeof createFakeTransport>[0];
  readonly delays?: PresencePoolOptions['delays'];
};

export function createServedStage({ fake: given, delays, ...options }: StageOptions = {}) {
  const clock = createPretendClock({ now: 5_000 });
  const fake = createFakeTransport(given);
  const pool = createSessionPool({ clock, random: () => 0.5, ...(delays && { delays }) });
  const told: string[] = [];
  pool.on('OnMyStatusChange', ({ mMyStatus, reason }) => void told.push(`${statusName(mMyStatus)} ${reason}`));
  const host = servePool(pool, { transport: fake.transport, clock, ...options });
  const find = async () => {
    fake.last('findServer').resolve({});
    await clock.settle();
  };
  const connect = async () => {
    await find();
    const link = fake.accept();
    await clock.settle();
    return link;
  };
  const synchronize = async (result: object = { resumed: false }) => {
    fake.last('synchronize').resolve(result);
    await clock.settle();
  };
  /** From findingServer to online. */
  const arrive = async () => {
    const link = await connect();
    await synchronize();
    fake.last('publish').resolve();
    await clock.settle();
    return link;
  };
  const end = () => {
    host.dispose();
    pool.dispose();
  };
  return { clock, fake, pool, host, told, find, connect, synchronize, arrive, end, session: pool.open() };
}
