/**
 * Takes from the library's client what it would do by itself and we do not want: coming back, waiting by its own timers, closing politely,
 * reading without limits, and making sockets. It must never add anything.
 */
import type { Client } from '@xmpp/client';
import type { Element } from '@xmpp/xml';
import { TransportError } from '../../transport.js';
import { boundedParser, type Limits } from './reader.js';
import type { Wire } from './wire.js';

/**
 * @param limits of what the server may send, looked at as they are at the moment
 * @param framed one element in each piece, as WebSockets have it
 * @param request sends an iq, without a timer
 * @throws TransportError `connectFailed` when the library has no way to connect to the address
 */
export function restrain(
  xmpp: Client,
  wire: Wire,
  limits: Readonly<Limits>,
  framed: boolean,
  request: (stanza: Element) => Promise<Element>,
): void {
  xmpp.reconnect.stop();
  // 0: its waits have no timers. Time is the chart's.
  xmpp.timeout = 0;
  // It disconnects politely, by waiting for a server that may be gone.
  xmpp.disconnect = () => Promise.resolve();
  // Its own requests live on a timer of 30 s that survives the connection.
  xmpp.iqCaller.request = request;
  const base = xmpp.transports.find(({ prototype }) => {
    try {
      return prototype.socketParameters(xmpp.options.service) !== undefined;
    } catch {
      return false;
    }
  });
  if (base === undefined) throw new TransportError('connectFailed', { message: 'no way to connect to such an address here' });
  const prototype = Object.create(base.prototype) as typeof base.prototype;
  // Called with `new`, which takes the object that it returns.
  prototype.Socket = function socket() {
    return wire;
  };
  prototype.Parser = boundedParser(base.prototype.Parser, limits, framed);
  xmpp.transports = [{ prototype }];
}
