/**
 * An app that may be killed at any moment: a service on XMPP that writes its snapshot at each step, and begins again from it. It obeys orders
 * on its standard input and tells each step on its standard output, as JSON lines. It must never say goodbye by itself.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import {
  createPresenceService,
  statusName,
  type Environment,
  type PersistedSnapshot,
  type PolicyOptions,
  type PresenceService,
  type SigninWish,
} from '../../src/index.js';
import { xmppTransport } from '../../src/transports/xmpp/index.js';

/** What it is started with, as JSON. */
export interface MortalOptions {
  readonly name: string;
  readonly password: string;
  readonly port: number;
  /** Of the snapshot. */
  readonly file: string;
  readonly policy: PolicyOptions;
  /** DNS never answers. */
  readonly isLost: boolean;
}

export type Order =
  | ({ readonly do: 'signin' | 'setStatus' } & SigninWish)
  | { readonly do: 'signout' }
  | ({ readonly do: 'environment' } & Environment);

/** What it tells after each step, when the snapshot is on the disk. */
export interface Told {
  readonly state: string;
  /** As the service tells it. */
  readonly status: string;
  readonly message: string;
  readonly reasons: readonly string[];
  readonly retryAt?: number;
}

const options = JSON.parse(process.argv[2] ?? '') as MortalOptions;
const { name, password, port, file, policy, isLost } = options;
const restored = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as PersistedSnapshot) : undefined;

/** Whole or not at all: a kill may come between any two system calls. */
function save(from: PresenceService): void {
  writeFileSync(`${file}.new`, JSON.stringify(from.getPersistedSnapshot()));
  renameSync(`${file}.new`, file);
}
const tell = (told: Told): void => void process.stdout.write(`${JSON.stringify(told)}\n`);

let service: PresenceService | undefined = undefined;
const made: PresenceService = createPresenceService({
  transport: xmppTransport({
    service: `ws://presence.example:${port}/xmpp-websocket`,
    domain: 'localhost',
    resolver: {
      lookup: () => (isLost ? new Promise(() => {}) : Promise.resolve([{ address: '127.0.0.1', family: 4 }])),
      resolveSrv: () => Promise.resolve([]),
    },
  }),
  credentials: { name, password },
  policy,
  random: () => 0.5,
  ...(restored ? { snapshot: restored } : {}),
  // Steps of the restart itself come before there is a service to ask.
  onRecord: ({ message, to, notices }) => {
    if (!service) return;
    save(service);
    const retryAt = notices.flatMap((notice) => ('retryAt' in notice ? [notice.retryAt] : [])).at(-1);
    tell({
      state: to,
      status: statusName(service.myStatus),
      message: message.type,
      reasons: notices.map(({ reason }) => reason),
      ...(retryAt === undefined ? {} : { retryAt }),
    });
  },
});
service = made;
save(made);
const start = made.records.at(-1);
const due = start?.due?.retry;
tell({
  state: start?.to ?? 'signedOut',
  status: statusName(made.myStatus),
  message: 'start',
  reasons: start?.notices.map(({ reason }) => reason) ?? [],
  ...(due === undefined ? {} : { retryAt: due }),
});

createInterface({ input: process.stdin }).on('line', (line) => {
  const order = JSON.parse(line) as Order;
  switch (order.do) {
    case 'signin': {
      const { do: _, ...wish } = order;
      return void made.signin({ name, password }, wish);
    }
    case 'setStatus': {
      const { do: _, status, ...more } = order;
      return void made.setStatus(status ?? NaN, more);
    }
    case 'signout':
      return void made.signout();
    case 'environment': {
      const { do: _, ...known } = order;
      return made.environment(known);
    }
  }
});
