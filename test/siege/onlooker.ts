/**
 * A contact with a client by somebody else, who keeps looking: what each device of one person shows now, and each thing that was heard, also after the
 * server was away. Nothing of ours may be used here: this is the witness.
 */
import { connect } from 'node:net';
import { createClient, type Agent } from 'stanza';

/** What one device shows. `show`: `available` when there is none. */
export interface Sight {
  readonly show: string;
  readonly note: string;
  /** XEP-0319. */
  readonly idleSince: Date | undefined;
}

export interface Onlooker {
  /** `dnd (note)`, `unavailable`, in the order of arrival; what the onlooker's own new sign-in brings, too. */
  readonly heard: readonly string[];
  /** The devices seen now, by resource. */
  readonly devices: ReadonlyMap<string, Sight>;
  readonly isOnline: boolean;
  /** Resolves when it is so; looks whenever something is heard. */
  until(isSo: () => boolean): Promise<void>;
  stop(): Promise<void>;
}

const [again, patience] = [100, 5_000];

/** Asked first, because the library writes every refusal to the console. */
function isThere(address: string): Promise<boolean> {
  const { hostname, port } = new URL(address);
  return new Promise((answer) => {
    const socket = connect(Number(port), hostname);
    socket
      .once('error', () => answer(false))
      .once('connect', () => {
        socket.destroy();
        answer(true);
      });
  });
}

/** Signs in and looks at `person`; comes back by itself until it is stopped. Resolves at the first sign-in. */
export async function onlooker(service: () => string, address: string, password: string, person: string): Promise<Onlooker> {
  const heard: string[] = [];
  const devices = new Map<string, Sight>();
  const waiting = new Set<() => void>();
  let agent: Agent | undefined;
  let online = false;
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended: () => void = () => undefined;

  const look = (): void => {
    for (const each of waiting) each();
  };
  const until = (isSo: () => boolean): Promise<void> =>
    new Promise((found) => {
      const each = (): void => {
        if (!isSo()) return;
        waiting.delete(each);
        found();
      };
      waiting.add(each);
      each();
    });

  async function signIn(): Promise<void> {
    if (!(await isThere(service()))) {
      if (!stopped) timer = setTimeout(() => void signIn(), again);
      return;
    }
    if (stopped) return;
    const idle = new Map<string, Date | undefined>();
    const transports = { websocket: service(), bosh: false };
    const one = createClient({ jid: address, password, transports, autoReconnect: false, useStreamManagement: false });
    agent = one;
    // A server that is frozen leaves a sign-in hanging.
    timer = setTimeout(() => one.disconnect(), patience);
    // The library looks for the time of idleness in the wrong place.
    one.on('raw:incoming', (text) => {
      const from = /^<presence\b[^>]* from=['"]([^'"]*)/.exec(text)?.[1];
      const since = /<idle\b[^>]* since=['"]([^'"]*)/.exec(text)?.[1];
      if (from !== undefined) idle.set(from, since === undefined ? undefined : new Date(since));
    });
    one.on('presence', ({ from, show, type, status = '' }) => {
      const idleSince = idle.get(from);
      // Errors are about the onlooker's own presence.
      if (!from.startsWith(`${person}/`) || (type !== undefined && type !== 'unavailable')) return;
      const resource = from.slice(person.length + 1);
      if (type === 'unavailable') devices.delete(resource);
      else devices.set(resource, { show: show ?? 'available', note: status, idleSince });
      heard.push([type ?? show ?? 'available', ...(status === '' ? [] : [`(${status})`])].join(' '));
      look();
    });
    one.on('session:started', () => {
      clearTimeout(timer);
      online = true;
      // Presence comes after the contact list was asked for and the first presence was sent.
      void one.getRoster().then(
        () => {
          one.sendPresence();
          look();
        },
        () => one.disconnect(),
      );
    });
    one.on('disconnected', () => {
      clearTimeout(timer);
      one.removeAllListeners();
      if (agent !== one) return;
      agent = undefined;
      online = false;
      devices.clear();
      look();
      if (stopped) return ended();
      timer = setTimeout(() => void signIn(), again);
    });
    one.connect();
  }

  await signIn();
  await until(() => online);
  return {
    heard,
    devices,
    get isOnline() {
      return online;
    },
    until,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      if (agent === undefined) return;
      const gone = new Promise<void>((resolve) => (ended = resolve));
      agent.disconnect();
      await gone;
    },
  };
}
