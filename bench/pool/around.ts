/** What surrounds a transition in a gateway, for honesty (P11): what it costs to read an event, to find its session, to look at a clock. */
import { takeTurns } from '../harness.js';
import { answer } from '../program.js';

const many = 1_000_000;
const calls = 1_000;
const texts = Array.from({ length: 64 }, (_, at) => JSON.stringify({ type: 'status.request', status: 10, id: at }));

/** Nanoseconds a call, a number a round. */
export type AroundAnswer = Readonly<Record<AroundName, readonly number[]>>;
export type AroundName = keyof ReturnType<typeof rivals>;

let sum = 0;
const times = (work: (at: number) => number) => (): void => {
  for (let call = 0; call < calls; call++) sum = (sum + work(call)) | 0;
};

function rivals() {
  const names = Array.from({ length: many }, (_, at) => `user-${at}@example.com`);
  const sockets = names.map((_, session) => ({ session }));
  const byName = new Map(names.map((name, at) => [name, at]));
  const bySocket = new WeakMap(sockets.map((socket, at) => [socket, at]));
  let turn = 0;
  // A stride that shares no factor with a million: everybody's turn comes, and nobody's neighbour is next.
  const next = (): number => (turn = (turn + 617_041) % many);
  return {
    'JSON.parse of an event': times((at) => (JSON.parse(texts[at % 64] as string) as { status: number }).status),
    'Map.get by name, of 1,000,000': times(() => byName.get(names[next()] as string) as number),
    'WeakMap.get by socket, of 1,000,000': times(() => bySocket.get(sockets[next()] as object as { session: number }) as number),
    'socket.session, of 1,000,000': times(() => (sockets[next()] as { session: number }).session),
    'Date.now()': times(() => Date.now() & 0xff),
    'performance.now()': times(() => performance.now() & 0xff),
  };
}

answer<{ readonly rounds: number }>(async (_, { rounds }): Promise<AroundAnswer> => {
  const samples = await takeTurns(rivals(), { rounds, settle: 50, ms: 10 });
  if (sum === -1) throw new Error('never');
  return Object.fromEntries(
    Object.entries(samples).map(([name, all]) => [name, all.map((took) => took / calls)]),
  ) as unknown as AroundAnswer;
});
