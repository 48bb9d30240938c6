/**
 * The road between a client and its server: a TCP proxy in this process that can be cut, closed, or made to swallow everything. It must never change
 * a byte that it carries.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Road {
  readonly port: number;
  /** Resets every connection on it. */
  cut(): void;
  /** From now on, whoever comes is reset (a port that nobody listens at looks the same), or heard and never answered; what is on it stops where it is. */
  block(how: 'refuse' | 'swallow'): void;
  /** What was stopped goes on. */
  open(): void;
  close(): Promise<void>;
}

export async function startRoad(target: number): Promise<Road> {
  const ends = new Set<Socket>();
  let state: 'open' | 'refuse' | 'swallow' = 'open';
  const server = createServer((near) => {
    if (state === 'refuse') return void near.resetAndDestroy();
    const far = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(from);
      from.on('data', (data) => {
        if (!to.destroyed) to.write(data);
      });
      from.on('error', () => undefined);
      from.on('end', () => to.end());
      from.on('close', () => {
        ends.delete(from);
        to.destroy();
      });
      if (state === 'swallow') from.pause();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    for (const end of [...ends]) {
      // What is being ended cannot be reset any more: Node 20 would forget it open, and the process would turn for ever at its end.
      if (end.writableEnded) end.destroy();
      else end.resetAndDestroy();
    }
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    block(how) {
      state = how;
      for (const end of ends) end.pause();
    },
    open() {
      state = 'open';
      for (const end of ends) end.resume();
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
}
