// A transport as one writes it on the first day, for the same server as websocket-transport.ts. It works, and has three typical bugs; the
// exam of `presence-machine/testing` finds each of them. Not to be used.
import { once } from 'node:events';
import { MISTATUS, TransportError, type Link, type Reason, type Transport } from 'presence-machine';
import WebSocket from 'ws';

const reasons: Record<string, Reason> = { password: 'invalidPassword', busy: 'serverTooBusy', status: 'statusRejected' };

export function naiveTransport(): Transport {
  const shown = new WeakMap<Link, object>();
  return {
    name: 'naive',
    capabilities: { statuses: [MISTATUS.ONLINE, MISTATUS.BUSY, MISTATUS.AWAY, MISTATUS.IDLE], note: 140, resume: false },
    async findServer({ name, server = `wss://${name.split('@')[1]}/presence` }) {
      if (!URL.canParse(server)) throw new TransportError('serverNotFound');
      return server;
    },
    async connect(server, { name, password }, events, signal, previous) {
      const socket = new WebSocket(String(server));
      const waiting = new Map<string, { resolve(): void; reject(error: Error): void }>();
      let count = 0;
      function ask(op: string, body: object, signal?: AbortSignal) {
        return new Promise<void>((resolve, reject) => {
          const id = `#${++count}`;
          waiting.set(id, { resolve, reject });
          signal?.addEventListener('abort', () => reject(new TransportError('timedOut')));
          socket.send(JSON.stringify({ id, op, ...body }));
        });
      }
      socket.on('message', (data) => {
        const { id, error } = JSON.parse((data as Buffer).toString()) as { id: string; error?: string };
        if (error) waiting.get(id)?.reject(new TransportError(reasons[error] ?? 'unexpected'));
        else waiting.get(id)?.resolve();
      });
      socket.on('error', () => {}); // 'close' follows and says it
      socket.on('close', () => waiting.forEach(({ reject }) => reject(new TransportError('lineLost'))));
      try {
        await once(socket, 'open', { signal });
        await ask('login', { name, password }); // Bug 1: somebody who gives up now is logged on all the same, a little later.
      } catch (error) {
        socket.terminate();
        throw TransportError.is(error) ? error : new TransportError('connectFailed');
      }
      const lost = () => events.lost(new TransportError('lineLost'));
      socket.on('close', lost);
      const link: Link = {
        async synchronize(signal) {
          const before = previous && shown.get(previous);
          if (before) await ask('publish', before, signal); // Bug 3: the service says it as well, so that others see it twice.
          return { resumed: false };
        },
        publish: (presence) => (shown.set(link, presence), ask('publish', presence)), // Bug 2: no limit, if the server is silent.
        check: (signal) => ask('ping', {}, signal),
        close: (signal) => ask('bye', {}, signal),
        drop: () => (socket.off('close', lost), socket.terminate()),
      };
      return link;
    },
  };
}
