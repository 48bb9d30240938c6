// The server of the exam: takes { id, op, ... } as JSON over a WebSocket and answers { id } or { id, error }. Yours is the one that you have.
import { once } from 'node:events';
import { MISTATUS } from 'presence-machine';
import { WebSocketServer, type WebSocket } from 'ws';

export async function startServer() {
  const lines = new Set<WebSocket>();
  /** What somebody else would have seen of the account. */
  const seen: { status: MISTATUS; note?: string }[] = [];
  let isSilent = false;
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (line) => {
    lines.add(line);
    line.on('close', () => {
      lines.delete(line);
      if (seen.length > 0) seen.push({ status: MISTATUS.OFFLINE });
    });
    line.on('message', (data) => {
      if (isSilent) return;
      const { id, op, password, ...presence } = JSON.parse((data as Buffer).toString()) as Record<string, unknown>;
      if (op === 'publish') seen.push(presence as (typeof seen)[number]);
      line.send(JSON.stringify({ id, ...(op === 'login' && password !== 'secret' ? { error: 'password' } : {}) }));
    });
  });
  await once(server, 'listening');
  const breakLines = () => {
    for (const line of lines) line.terminate();
  };
  return {
    url: `ws://127.0.0.1:${(server.address() as { port: number }).port}`,
    lines: () => lines.size,
    seen: () => seen,
    silence: (silent: boolean) => void (isSilent = silent),
    breakLines,
    close() {
      breakLines();
      return new Promise<void>((done) => server.close(() => done()));
    },
  };
}
