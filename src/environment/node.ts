/**
 * What Node.js can tell of its surroundings, as facts for a service: whether the machine has an address that leads anywhere. It looks from
 * time to time, since no event tells. A look that fails is no news. It must never import a module of Node.js: browsers load this door, too.
 */
import { checkClock } from '../arguments.js';
import { describe } from '../errors.js';
import { checkKeys, checkObject, type Clock } from '../policy.js';
import { createTeller, type WatchedService } from './teller.js';
import { checkMilliseconds, createTick, hostClock } from './time.js';

/** As `networkInterfaces()` of `node:os` gives it, as far as it is read. */
export type Interfaces = Readonly<Record<string, readonly { readonly internal: boolean }[] | undefined>>;

export interface WatchNodeOptions {
  /** Milliseconds between two looks; default 5000. */
  readonly every?: number | undefined;
  /** The one that the service was given; default: the real one, whose timer keeps no process alive. */
  readonly clock?: Clock | undefined;
  /** Default: `networkInterfaces` of `node:os`. */
  readonly interfaces?: (() => Interfaces) | undefined;
  /** Ends the watching, as the returned function does. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Tells a service whether this machine has a network, from now until it is stopped or the service is disposed of. With each look the
 * service also notices a clock that has jumped, as after a sleep. Not for an app whose server is on the very same machine: that needs none.
 * @returns stops; twice is harmless
 * @throws TypeError for an option that is not one, and without `interfaces` where there is no Node.js
 */
export function watchNode(service: WatchedService, options: WatchNodeOptions = {}): () => void {
  checkObject('watchNode', options);
  checkKeys('watchNode', options, ['every', 'clock', 'interfaces', 'signal']);
  const { every = 5_000, clock = hostClock, interfaces = interfacesOfNode(), signal } = options;
  checkMilliseconds('watchNode.every', every);
  if (typeof interfaces !== 'function')
    throw new TypeError(`watchNode.interfaces: expected a function, got ${describe(interfaces)}`);
  checkClock(clock);
  const teller = createTeller('watchNode', service, signal);
  const tick = createTick(teller, clock);

  function look(): void {
    const network = networkOf(interfaces);
    // Told also when there is no news: the service then judges its deadlines by the clock.
    teller.tell(network === undefined ? {} : { network });
    tick.start(every, look);
  }
  look();
  return teller.stop;
}

/** Whether there is an address that others could answer to; undefined: the look failed. */
function networkOf(interfaces: () => Interfaces): boolean | undefined {
  try {
    const all: unknown = interfaces();
    if (typeof all !== 'object' || all === null) return undefined;
    const lists = Object.values(all as Interfaces);
    // Not even the way to itself: some systems hide the list from apps.
    if (lists.length === 0) return undefined;
    return lists.some((list) => list?.some(({ internal }) => !internal) === true);
  } catch {
    return undefined;
  }
}

function interfacesOfNode(): () => Interfaces {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  const os = process?.getBuiltinModule?.('node:os') as { networkInterfaces(): Interfaces } | undefined;
  if (!os) throw new TypeError('watchNode: there is no Node.js here; give it interfaces, or use watchBrowser');
  return () => os.networkInterfaces();
}
