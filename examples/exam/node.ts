/**
 * The exam for transports, put to the one of `websocket-transport.ts`, with the test runner of Node.js:
 *
 *     node --import tsx --test examples/exam/node.ts
 *
 * For Jest and Vitest the first import is another one; nothing else is.
 */
import { describe, it } from 'node:test';
import { transportConformance } from 'presence-machine/testing';
import { jsonTransport } from '../websocket-transport.js';
import { startServer } from './server.js';

transportConformance(
  async () => {
    const server = await startServer();
    const account = { name: 'alice@chat', password: 'secret', server: server.url };
    return {
      transport: jsonTransport,
      account,
      wrongAccount: { ...account, password: 'wrong' },
      // What only the server can do or see; without one of them, the questions that need it are left out.
      breakLine: server.breakLines,
      silence: server.silence,
      seenByOthers: server.seen,
      openLines: server.lines,
      close: server.close,
    };
  },
  { describe, it, name: 'json' },
);
