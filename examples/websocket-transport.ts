// A complete transport, for any server that takes { id, op, ... } as JSON over a WebSocket and answers { id } or { id, error }.
import { EventEmitter, once } from 'node:events';
import { MISTATUS, TransportError, type Reason, type Transport } from 'presence-machine';
import WebSocket from 'ws';

const reasons: Record<string, Reason> = { password: 'invalidPassword', busy: 'serverTooBusy', status: 'statusRejected' };

export const jsonTransport: Transport = {
  name: 'json',
  capabilities: { statuses: [MISTATUS.ONLINE, MISTATUS.BUSY, MISTATUS.AWAY, MISTATUS.IDLE], note: 140, resume: false },
  async findServer({ name, server = `wss://${name.split('@')[1]}/presence` }) {
    if (!URL.canParse(server)) throw new TransportError('serverNotFound');
    return server;
  },
  async connect(server, { name, password }, events, signal) {
    const socket = new WebSocket(String(server));
    const answers = new EventEmitter().on('error', () => {});
    let count = 0;
    async function ask(op: string, body: object, signal: AbortSignal) {
      const id = `#${++count}`;
      socket.send(JSON.stringify({ id, op, ...body }));
      const [error] = (await once(answers, id, { signal })) as [string?];
      if (error) throw new TransportError(reasons[error] ?? 'unexpected');
    }
    socket.on('message', (data) => {
      try {
        const { id, error } = JSON.parse((data as Buffer).toString()) as { id: string; error?: string };
        answers.emit(id, error);
      } catch {
        socket.terminate(); // what is no JSON is no answer either
      }
    });
    socket.on('error', () => {}); // 'close' follows and says it
    socket.on('close', () => answers.emit('error', new TransportError('lineLost')));
    try {
      await once(socket, 'open', { signal });
      await ask('login', { name, password }, signal);
    } catch (error) {
      socket.terminate();
      throw TransportError.is(error) ? error : new TransportError('connectFailed');
    }
    const lost = () => events.lost(new TransportError('lineLost'));
    socket.on('close', lost);
    return {
      synchronize: async () => ({ resumed: false }),
      publish: (presence, signal) => ask('publish', presence, signal),
      check: (signal) => ask('ping', {}, signal),
      close: (signal) => ask('bye', {}, signal),
      drop: () => (socket.off('close', lost), socket.terminate()),
    };
  },
};
