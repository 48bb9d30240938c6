/**
 * A server with bad intentions, in a process of its own: so that what it holds and how busy it is does not count as the client's. It is told what to
 * do by messages. It must never run inside a test.
 */
import { type Play, startStub, type Stub } from './xmpp.js';

export type Attack =
  | { readonly do: 'start'; readonly kind: 'ws' | 'tcp'; readonly play: Play }
  /** Says `piece` (`NUMBER` becomes 0, 1, 2 ...) so many times; over WebSocket, lines are frames. */
  | { readonly do: 'say'; readonly head?: string; readonly piece: string; readonly times: number; readonly tail?: string }
  /** What has been said to it. */
  | { readonly do: 'said' }
  | { readonly do: 'stop' };

let stub: Stub | undefined;

async function obey(attack: Attack): Promise<unknown> {
  switch (attack.do) {
    case 'start':
      stub = await startStub(attack.kind, attack.play);
      return stub.service;
    case 'say': {
      const { head = '', piece, times, tail = '' } = attack;
      const pieces = piece.includes('NUMBER')
        ? Array.from({ length: times }, (_, at) => piece.replaceAll('NUMBER', String(at))).join('')
        : piece.repeat(times);
      stub?.say(head + pieces + tail);
      return undefined;
    }
    case 'said':
      return stub?.said;
    case 'stop':
      await stub?.close();
      stub = undefined;
      return undefined;
  }
}

process.on('message', (attack: Attack) => {
  void obey(attack).then((answer) => process.send?.({ answer }));
});
process.on('disconnect', () => process.exit());
