/**
 * The hub: what the inspected apps told, kept for pages that come late, and handed on to those that are there. It must never trust the
 * shape of what an app sends, and never keep more than its limits.
 */
import { Journal } from './observer-journal.js';
import type { AppInfo, Happening, ToPage, WireMessage } from './protocol.js';
import type { InspectorClient } from './server.js';

export interface Hub {
  /** For the server's `onMessage`. @returns whether the message was one of an app; others are left to the caller */
  take(client: Pick<InspectorClient, 'id' | 'role' | 'send'>, message: WireMessage): boolean;
  leave(client: Pick<InspectorClient, 'id'>): void;
  /** Everything that is kept, for a page. */
  hello(): readonly ToPage[];
}

export interface HubOptions {
  readonly broadcast: (message: ToPage) => void;
  /** A new one-time link to the page. */
  readonly newUrl: () => string;
  /** How many happenings of each app are kept. Default 2,000. */
  readonly keep?: number;
}

interface Member {
  readonly app: AppInfo;
  readonly journal: Journal;
  /** The socket; undefined when it is gone. */
  client: number | undefined;
}

/** Apps that are gone are kept as well: the one that crashed is the one of interest. */
const mostApps = 64;
const batch = 200;

export function createHub({ broadcast, newUrl, keep = 2_000 }: HubOptions): Hub {
  const members = new Map<string, Member>();

  function makeRoom(): void {
    if (members.size < mostApps) return;
    const gone = [...members].find(([, { client }]) => client === undefined);
    if (gone === undefined) throw new Error(`inspector: more than ${mostApps} apps`);
    members.delete(gone[0]);
  }

  function join(client: Pick<InspectorClient, 'id' | 'send'>, value: unknown): void {
    const app = readApp(value);
    const former = members.get(app.id);
    if (former?.client !== undefined && former.client !== client.id) throw new Error('inspector: this app is here already');
    if (former === undefined) makeRoom();
    members.set(app.id, { app, journal: new Journal(keep), client: client.id });
    broadcast({ type: 'app.joined', app });
    client.send({ type: 'app.welcome', url: newUrl() });
  }

  function happen(client: Pick<InspectorClient, 'id'>, id: unknown, value: unknown): void {
    const member = typeof id === 'string' ? members.get(id) : undefined;
    if (member === undefined || member.client !== client.id) throw new Error('inspector: app.happened without app.joined');
    const happenings = readHappenings(value);
    for (const happening of happenings) member.journal.add(happening);
    broadcast({ type: 'app.happened', app: member.app.id, happenings });
  }

  return {
    take(client, message) {
      if (client.role !== 'app') return false;
      if (message.type === 'app.joined') join(client, message['app']);
      else if (message.type === 'app.happened') happen(client, message['app'], message['happenings']);
      else return false;
      return true;
    },
    leave({ id }) {
      for (const member of members.values()) {
        if (member.client !== id) continue;
        member.client = undefined;
        broadcast({ type: 'app.left', app: member.app.id });
      }
    },
    hello() {
      return [...members.values()].flatMap(({ app, journal, client }): ToPage[] => {
        const { all } = journal;
        const batches = Array.from({ length: Math.ceil(all.length / batch) }, (_, at) => all.slice(at * batch, (at + 1) * batch));
        return [
          { type: 'app.joined', app },
          ...batches.map((happenings): ToPage => ({ type: 'app.happened', app: app.id, happenings })),
          ...(client === undefined ? [{ type: 'app.left', app: app.id } as const] : []),
        ];
      });
    },
  };
}

/** @throws TypeError for what is none */
function readApp(value: unknown): AppInfo {
  const { id, name, kind, pid, at } = (value ?? {}) as Partial<Record<keyof AppInfo, unknown>>;
  const isText = (text: unknown, most: number): text is string => typeof text === 'string' && text !== '' && text.length <= most;
  if (!isText(id, 64) || !isText(name, 200) || (kind !== 'node' && kind !== 'browser') || typeof at !== 'number') {
    throw new TypeError('inspector: expected an app with id, name, kind and at');
  }
  return { id, name, kind, at, ...(typeof pid === 'number' ? { pid } : {}) };
}

const types: readonly string[] = [
  'actor.created',
  'event.received',
  'snapshot.taken',
  'microstep.taken',
  'output.emitted',
] satisfies Happening['type'][];

/** @throws TypeError for what are none */
function readHappenings(value: unknown): readonly Happening[] {
  if (!Array.isArray(value)) throw new TypeError('inspector: expected a list of happenings');
  return value.map((item: unknown) => {
    const { type, n, at, actor, snapshot } = (item ?? {}) as Partial<Record<string, unknown>>;
    const isOne = typeof type === 'string' && types.includes(type) && typeof n === 'number' && typeof at === 'number';
    const hasSnapshot =
      typeof snapshot === 'object' && snapshot !== null && typeof (snapshot as { status?: unknown }).status === 'string';
    const needsSnapshot = type === 'actor.created' || type === 'snapshot.taken';
    if (!isOne || typeof actor !== 'string' || (needsSnapshot && !hasSnapshot))
      throw new TypeError('inspector: expected a happening');
    return item as Happening;
  });
}
