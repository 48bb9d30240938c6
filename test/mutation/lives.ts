/**
 * Random lives of a service, made from a number: calls, surroundings, faults, losses, restarts, listeners and time in any order, on the memory
 * server with pretend time and a plug that is sometimes odd. A life is written down in full, deed by deed, so that two services that do the
 * same write the same. It judges nothing, and looks at public things only.
 */
import {
  leafOf,
  MISTATUS,
  MSGR_E_CONNECT,
  MSGR_E_SERVER_TOO_BUSY,
  MSGR_E_USER_NOT_FOUND,
  type Reason,
  type SettableStatus,
} from '../../machines/index.js';
import type * as Library from '../../src/index.js';
import { TransportError, type Credentials, type Link, type LinkEvents, type Transport } from '../../src/transport.js';
import { createPretendClock, seededRandom } from '../../src/testing/index.js';
import { createMemoryServer, type Verb } from '../../src/transports/memory/index.js';

const name = 'ann@example.com';
const other = 'bob@example.com';
const secret = 'correct-horse';
const start = 1_000_000;
const verbs: readonly Verb[] = ['findServer', 'connect', 'synchronize', 'publish', 'publish', 'check', 'close'];
const statuses: readonly SettableStatus[] = [MISTATUS.ONLINE, MISTATUS.BUSY, MISTATUS.AWAY, MISTATUS.INVISIBLE];
const reasons: readonly Reason[] = [
  'serverNotFound',
  'connectFailed',
  'invalidPassword',
  'tokenExpired',
  'serverTooBusy',
  'serverUnavailable',
  'lineLost',
  'timedOut',
  'signedInElsewhere',
  'statusRejected',
  'progress',
];

/** A plug that does what a contract allows and what it forbids, now and then. */
function odd(transport: Transport, chance: (share: number) => boolean): Transport {
  const strange = (link: Link, lose: () => void): Link => {
    const { check } = link;
    return {
      synchronize: (signal) => (chance(0.1) ? Promise.resolve(undefined as never) : link.synchronize(signal)),
      publish: (presence, signal) => {
        if (chance(0.05)) throw new Error('at once');
        return link.publish(presence, signal);
      },
      ...(check && chance(0.7) ? { check: (signal: AbortSignal) => check.call(link, signal) } : {}),
      close: (signal) => link.close(signal),
      drop() {
        link.drop();
        // Forbidden, both of it.
        if (chance(0.2)) lose();
        if (chance(0.2)) throw new Error('cannot drop');
      },
    };
  };
  return {
    name: transport.name,
    capabilities: transport.capabilities,
    findServer: (request, signal) => {
      if (chance(0.05)) throw new TransportError('serverNotFound');
      return transport.findServer(request, signal);
    },
    async connect(server, credentials, events, signal, previous) {
      const lose = () => events.lost(new TransportError('lineLost'));
      const heard = {
        ...events,
        lost: (error: TransportError) => {
          events.lost(error);
          if (chance(0.2)) lose();
        },
      };
      const link = await transport.connect(server, credentials, heard, signal, previous && originals.get(previous));
      if (chance(0.03)) return (link.drop(), (chance(0.5) ? undefined : {}) as never);
      const shown = strange(link, lose);
      originals.set(shown, link);
      // In the same turn in which `connect` resolves.
      if (chance(0.04)) {
        lose();
        events.lost(new TransportError('serverShutdown'));
      }
      events.contact({ name: other, status: MISTATUS.ONLINE });
      return shown;
    },
  };
}
const originals = new WeakMap<Link, Link>();

/** What a life is mostly about: the deeds that are done in it, and all of them where nothing is said. */
const themes: readonly (readonly string[])[] = [
  [],
  [
    'signin',
    'time',
    'drop',
    'lost twice',
    'fail',
    'fail early',
    'hold after health',
    'loss after health',
    'network',
    'autoSignin',
    'again',
    'busy',
    'lost at once again',
  ],
  [
    'signin',
    'time',
    'setStatus',
    'setStatus often',
    'input',
    'network',
    'drop',
    'fail',
    'again',
    'signout',
    'long hold',
    'refused wish',
    'jump',
    'late tick',
    'set back',
  ],
  [
    'signin',
    'time',
    'drop',
    'fail',
    'silent',
    'deaf',
    'latency',
    'calm',
    'signout',
    'setStatus',
    'jump',
    'expire',
    'no answer',
    'end in a verb',
  ],
  [
    'signin',
    'time',
    'drop',
    'setStatus',
    'signout',
    'others',
    'lost while asked',
    'listen',
    'ready',
    'iterate',
    'abort',
    'autoSignin',
    'fail',
    'quick',
    'end from within',
    'to the actor',
    'calm',
  ],
  [
    'signin',
    'time',
    'setStatus',
    'input',
    'drop',
    'jump',
    'jump and ask',
    'failed check',
    'busy',
    'no answer',
    'latency',
    'calm',
    'late tick',
    'set back',
    'checked twice',
  ],
];
const deedsOfALife = 40;

/** What was written down: one entry a deed. */
export interface Entry {
  readonly deed: string;
  readonly text: string;
}

/**
 * Lives one life.
 * @param library the service under test
 * @param seed which life
 */
export async function live({ createPresenceService, MessengerError }: typeof Library, seed: number): Promise<Entry[]> {
  const random = seededRandom(seed);
  const chance = (share: number) => random() < share;
  const theme = themes[seed % themes.length] ?? [];
  const isAboutTime = theme.includes('fail early');
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const clock = createPretendClock({ now: start, limit: 40 });
  const keeps = chance(0.4);
  const server = createMemoryServer({
    clock,
    random: seededRandom(seed + 1),
    users: { [name]: { password: secret, token: 'token 1' }, [other]: 'battery-staple' },
    resume: keeps,
    resumeFor: pick([4_000, 60_000]),
  });
  server.faults.silent = server.faults.deaf = server.faults.latency = {};
  const entries: Entry[] = [];
  let lines: string[] = [];
  // What is there and undefined is not the same as what is not there.
  const shown = (value: unknown) =>
    JSON.stringify(value, (_, inner: unknown) =>
      inner === undefined ? '(undefined)' : inner === Infinity ? '(endless)' : inner,
    );
  const write = (what: string, value: unknown) => void lines.push(`${clock.now()} ${what} ${shown(value)}`);
  server.on('presence', (presence) => write('others see', presence));
  server.on('log', (entry) => write('server', entry));

  const armed = new Map<unknown, number>();
  const own: Library.Clock = {
    now: clock.now,
    setTimeout(fn, ms) {
      const id = clock.setTimeout(() => (armed.delete(id), fn()), ms);
      armed.set(id, ms);
      return id;
    },
    clearTimeout: (id) => (armed.delete(id), clock.clearTimeout(id)),
  };
  let tokens = 1;
  const renewing = (): Credentials | undefined => {
    if (chance(0.1)) throw new TransportError('serverUnavailable');
    if (chance(0.1)) return undefined;
    if (chance(0.1)) return { name: other, password: 'battery-staple' };
    if (chance(0.6)) server.setUser(name, { password: secret, token: `token ${(tokens += 1)}` });
    return { name, token: `token ${tokens}` };
  };
  let endsInVerb = false;
  let waitsInVerb = false;
  /** Tells of others, also by a link that is gone. */
  let gossip: LinkEvents | undefined;
  const shownLinks = new WeakMap<Link, Link>();
  /** Writes down what is asked of the plug; a verb may also end the service that asks. */
  const seen = (plug: Transport): Transport => ({
    ...plug,
    findServer(request, signal) {
      write('find', request);
      if (waitsInVerb) wait();
      waitsInVerb = false;
      if (endsInVerb) void service.dispose();
      isOver ||= endsInVerb;
      endsInVerb = false;
      return plug.findServer(request, signal);
    },
    async connect(server, credentials, events, signal, ...previous) {
      write('connect', [credentials, previous.length]);
      gossip = events;
      const former = previous[0] && (shownLinks.get(previous[0]) ?? previous[0]);
      const link = await plug.connect(server, credentials, events, signal, ...(former ? [former] : []));
      if (typeof link?.publish !== 'function') return link;
      const shown = new Proxy({} as Link, {
        get(_, verb) {
          const value = Reflect.get(link, verb) as unknown;
          if (typeof value !== 'function') return value;
          return (...args: readonly unknown[]) => {
            if (verb === 'publish') write('publish', args[0]);
            return Reflect.apply(value, link, args) as unknown;
          };
        },
      });
      shownLinks.set(shown, link);
      return shown;
    },
  });
  let draws = 0;
  /** Losses in one instant, and then a wait that can be seen. */
  const mostlyAtOnce = () => ((draws += 1) % 5 === 0 ? 0.5 : 0);
  const options = {
    transport: seen(
      (chance(0.5) ? (plug: Transport) => odd(plug, chance) : (plug: Transport) => plug)(
        server.transport({
          device: 'desk',
          ...(chance(0.2) ? { capabilities: { statuses: [MISTATUS.ONLINE, MISTATUS.BUSY, MISTATUS.INVISIBLE] } } : {}),
        }),
      ),
    ),
    clock: own,
    ...(chance(0.3) ? { inspect: (event: { type: string }) => write('inspected', event.type) } : {}),
    ...(chance(0.4)
      ? {
          onRecord: (record: Library.StepRecord) => {
            write('record', record);
            if (chance(0.1)) throw new Error('a recorder throws');
          },
        }
      : {}),
    // Round waits meet limits exactly.
    random: pick([seededRandom(seed + 2), () => 0, () => 0.5, () => 0.5, () => 1 - 2 ** -53, mostlyAtOnce]),
    records: pick([0, 3, 200]),
    policy: {
      idleAfter: 20_000,
      wakeCheck: pick([3_000, 3_000, 0]),
      awayAfterIdle: pick([0, 20_000]),
      remember: chance(0.5),
      firstTry: isAboutTime ? 'retry' : pick(['auto', 'once', 'retry'] as const),
      idleFrom: pick([[MISTATUS.ONLINE], [MISTATUS.ONLINE, MISTATUS.BUSY]]),
      ...(chance(0.6)
        ? { retry: { healthyAfter: 4_000, slowAfter: 13_000, cap: 5_000, slowCap: 9_000, flapLosses: 2, flapWithin: 30_000 } }
        : {}),
    },
    ...(chance(0.85)
      ? {
          credentials: pick([
            { name, password: secret },
            { name, token: 'token 1' },
            renewing,
            () => Promise.resolve(renewing()),
          ]),
        }
      : {}),
  };

  let service: Library.PresenceService;
  let isOver = false;
  const abort = () => new AbortController();
  let controllers: AbortController[] = [];
  /** Who listens to a signal: nobody may be left when it is of no interest any more. */
  const listening = new Set<unknown>();
  const watchSignal = (watched: AbortSignal) => {
    const add = watched.addEventListener.bind(watched);
    const remove = watched.removeEventListener.bind(watched);
    watched.addEventListener = (...args: Parameters<typeof add>) => {
      listening.add(args[1]);
      add(...args);
    };
    watched.removeEventListener = (...args: Parameters<typeof remove>) => {
      listening.delete(args[1]);
      remove(...args);
    };
  };
  const signal = () => {
    if (chance(0.5)) return {};
    const controller = abort();
    watchSignal(controller.signal);
    if (chance(0.1)) controller.abort(new Error('too late'));
    controllers.push(controller);
    return { signal: controller.signal };
  };
  /** Makes the service and listens to it. */
  function begin(snapshot?: Library.PersistedSnapshot): void {
    isOver = false;
    const reaction = pick([0, 0, 0.1]);
    controllers = [];
    service = createPresenceService({ ...options, ...(snapshot ? { snapshot } : {}) });
    for (const type of ['OnContactStatusChange', 'OnContactRequest'] as const)
      service.on(type, (notice) => write('told of others', [notice, service.contacts.size]));
    let depth = 0;
    service.on('*', (notice) => {
      depth += 1;
      write('told', [notice, service.myStatus, depth, service.presenceProperties]);
      if (chance(reaction))
        write('from within', [service.setStatus(pick(statuses)), service.signout()].slice(0, chance(0.5) ? 1 : 2));
      depth -= 1;
    });
  }
  function listen(): void {
    const type = pick(['OnSignin', 'OnMyStatusChange', 'OnSignout', '*'] as const);
    const mood = random();
    const listener = (notice: Library.Notice) => {
      write('heard', [type, notice.type]);
      if (mood < 0.2) throw new Error('a listener throws');
      if (mood < 0.3) return Promise.reject(new Error('a listener rejects'));
      if (mood < 0.5) off();
      if (mood > 0.75 && mood < 0.9) wait();
      if (mood > 0.9) service.on(type, () => write('heard later', type));
      return undefined;
    };
    const off = service.on(type, listener, signal());
    if (chance(0.1)) service.on(type, listener);
  }
  function wait(): void {
    const from = clock.now();
    service.ready(signal()).then(
      () => write('ready', from),
      (error: Error) => write('not ready', [from, error.message, MessengerError.is(error) ? [error.hr, error.reason] : '']),
    );
  }
  function iterate(): void {
    const iterator = service.notices(signal());
    const most = pick([1, 3, 100]);
    const read = async () => {
      for (let count = 0; count < most; count++) {
        const { done, value } = await iterator.next();
        write('read', [done, value]);
        if (done) return;
        if (chance(0.1)) await Promise.resolve();
      }
      write('read', await iterator.return?.());
      write('read', await iterator.next());
    };
    void read();
  }
  const ms = () =>
    isAboutTime
      ? pick([0, 2_500, 2_500, 4_000, 5_000, 7_500, 13_000, 15_000, 30_000])
      : pick([0, 1, 500, 1_000, 2_500, 5_000, 10_000, 15_000, 20_000, 31_000, Math.floor(random() * 20_000)]);
  const wish = () => ({
    ...(chance(0.4) ? { note: pick(['a note', 'another', '']) } : {}),
    ...(chance(0.3) ? { until: clock.now() + pick([1, 1_000, 12_000, 100_000, 3e9]) } : {}),
  });
  const error = () =>
    new TransportError(pick(reasons), {
      ...(chance(0.3)
        ? { hr: pick([MSGR_E_CONNECT, MSGR_E_SERVER_TOO_BUSY, MSGR_E_USER_NOT_FOUND, 0, MSGR_E_CONNECT >>> 0]) }
        : {}),
      ...(chance(0.3) ? { retryAfterMs: pick([7_000, 0, -1, Number.NaN, 40_000, Infinity]) } : {}),
    });

  const deeds: readonly (readonly [share: number, name: string, act: () => unknown])[] = [
    [
      7,
      'signin',
      () =>
        service.signin(
          {
            name,
            ...pick([{ password: secret }, { password: secret }, { token: `token ${tokens}` }, { password: 'wrong' }, {}]),
            ...(chance(0.3) ? { server: pick(['here', 'there']) } : {}),
          },
          chance(0.5) ? { status: pick(statuses), ...wish() } : wish(),
        ),
    ],
    [1, 'signin other', () => service.signin({ name: other, password: 'battery-staple' })],
    [3, 'autoSignin', () => service.autoSignin()],
    [2, 'signout', () => service.signout()],
    [8, 'setStatus', () => service.setStatus(pick(statuses), wish())],
    [1, 'setStatus often', () => Array.from({ length: 11 }, () => service.setStatus(pick(statuses), wish()))],
    [1, 'myStatus', () => void (service.myStatus = pick(statuses))],
    [3, 'network', () => service.environment({ network: chance(0.6) })],
    [2, 'power', () => service.environment({ awake: chance(0.6) })],
    [5, 'input', () => service.environment({ userActive: chance(0.4) })],
    [12, 'time', () => clock.advance(ms())],
    [1, 'long time', () => clock.advance(150_000)],
    [
      2,
      'jump',
      async () => {
        clock.jump(pick([4_000, 40_000, -5_000, -2_000, 1, 2_999, 3_000, 5_500, 13_000, 33_000, 100_000]));
        await clock.advance(pick([0, 0, 12_000, 31_000]));
      },
    ],
    [
      2,
      'jump and ask',
      () => {
        clock.jump(pick([2_999, 3_000, 13_000, 18_000, 23_000, 33_000, 100_000]));
        return chance(0.5) ? service.setStatus(pick(statuses)) : service.environment({});
      },
    ],
    [
      2,
      'failed check',
      async () => {
        if (chance(0.5)) server.next('check', error());
        else server.faults.silent = { check: true };
        clock.jump(40_000);
        await clock.advance(0);
        clock.jump(pick([2_000, 40_000]));
        await clock.advance(pick([0, 1_000, 3_000]));
      },
    ],
    [
      2,
      'no answer',
      async () => {
        server.faults.silent = { publish: pick([1, true]) };
        const answers = [service.setStatus(pick(statuses), wish()), ...(chance(0.5) ? [service.setStatus(pick(statuses))] : [])];
        await clock.advance(pick([10_000, 10_000, 20_000]));
        return answers;
      },
    ],
    [
      2,
      'busy',
      async () => {
        for (const retryAfterMs of pick([[40_000], [40_000, 0], [7_000, Infinity], [40_000, -1]])) {
          server.next('connect', new TransportError('serverTooBusy', { retryAfterMs }));
        }
        server.drop();
        await clock.advance(pick([0, 2_500, 5_000]));
        if (chance(0.3)) service.setStatus(pick(statuses), { until: clock.now() + 12_000 });
      },
    ],
    [
      2,
      'refused wish',
      () => {
        server.next('publish', new TransportError('statusRejected'));
        return [service.signin({ name, password: secret }, { status: MISTATUS.BUSY, ...wish() }), server.drop()];
      },
    ],
    [
      2,
      'loss after health',
      async () => {
        server.drop();
        await clock.advance(2_500);
        await clock.advance(4_000);
        server.next('findServer', error());
        server.drop();
        await clock.advance(pick([2_500, 5_000]));
      },
    ],
    [
      2,
      'quick',
      () => {
        waitsInVerb = chance(0.5);
        const answers = [service.signout(), service.signin({ name, password: secret })];
        wait();
        if (chance(0.5)) answers.push(service.signout());
        return answers;
      },
    ],
    [
      3,
      'others',
      () => {
        const status = pick([MISTATUS.ONLINE, MISTATUS.BUSY, MISTATUS.OFFLINE]);
        const all = [
          () => gossip?.contact({ name: other, status }),
          () => gossip?.own({ device: 'phone', status }),
          () => gossip?.roster?.([{ name: other, displayName: 'Bob', subscription: pick(['both', 'remove']) }]),
          () => gossip?.request?.({ name: 'carol@example.com' }),
        ];
        for (const tell of chance(0.5) ? all : [pick(all)]) tell();
      },
    ],
    [
      2,
      'lost while asked',
      async () => {
        const answers = [service.setStatus(pick(statuses), { note: 'a note' })];
        await clock.settle();
        server.faults.silent = { publish: true };
        answers.push(service.setStatus(pick(statuses)));
        await clock.settle();
        server.drop();
        await clock.settle();
        server.faults.silent = {};
        return answers;
      },
    ],
    [
      2,
      'late tick',
      async () => {
        // One millisecond late, or two: less than a jump, or just one.
        if (clock.next !== undefined) clock.jump(clock.next - clock.now() + pick([1, 2]));
        await clock.advance(0);
      },
    ],
    [
      2,
      'set back',
      async () => {
        const answer = service.setStatus(pick(statuses), { until: clock.now() + 12_000 });
        service.environment({ userActive: false });
        await clock.settle();
        clock.jump(pick([-5_000, -2_000]));
        await clock.advance(12_000);
        await clock.advance(9_000);
        return answer;
      },
    ],
    [
      2,
      'checked twice',
      async () => {
        server.faults.silent = { check: true };
        clock.jump(40_000);
        await clock.advance(0);
        const answer = service.setStatus(pick(statuses), { until: clock.now() + 1_000 });
        await clock.settle();
        clock.jump(-5_000);
        await clock.advance(1_000);
        return answer;
      },
    ],
    [
      2,
      'lost at once again',
      async () => {
        for (let count = 0; count < 3; count += 1) {
          server.drop();
          await clock.advance(0);
        }
      },
    ],
    [1, 'to the actor', () => service.actor.send({ type: chance(0.5) ? 'network.lost' : 'network.restored' })],
    [1, 'end in a verb', () => void (endsInVerb = true)],
    [3, 'drop', () => server.drop(undefined, chance(0.5) ? undefined : error())],
    [1, 'kick', () => server.kick(name)],
    [1, 'restart', () => server.restart()],
    [1, 'shutdown', () => server.shutdown()],
    [4, 'fail', () => server.next(pick(verbs), chance(0.1) ? 'boom' : error(), { times: pick([1, 1, 3]) })],
    [
      3,
      'fail early',
      () => server.next(pick(['findServer', 'connect']), new TransportError('connectFailed'), { times: pick([1, 3, 9]) }),
    ],
    [2, 'expire', () => server.expireToken(`token ${tokens}`)],
    [2, 'silent', () => void (server.faults.silent = { ...(server.faults.silent as object), [pick(verbs)]: pick([1, true]) })],
    [2, 'deaf', () => void (server.faults.deaf = { ...(server.faults.deaf as object), [pick(verbs)]: pick([1, true]) })],
    [
      3,
      'latency',
      () => void (server.faults.latency = { ...(server.faults.latency as object), [pick(verbs)]: pick([1, 100, 7_000, 20_000]) }),
    ],
    [
      3,
      'calm',
      () => (server.calm(), server.restart(), void (server.faults.silent = server.faults.deaf = server.faults.latency = {})),
    ],
    [2, 'listen', listen],
    [2, 'ready', wait],
    [1, 'iterate', iterate],
    [
      2,
      'abort',
      () => {
        const controller = controllers.shift();
        controller?.abort(new Error('aborted'));
        // Whoever begins with it afterwards has come to the end.
        if (controller) {
          const late = service.notices({ signal: controller.signal });
          void late.next().then(({ done }) => write('read too late', done));
        }
      },
    ],
    [2, 'lost twice', () => [server.drop(), clock.settle().then(() => server.drop())][1]],
    [
      2,
      'hold after health',
      async () => {
        await clock.advance(pick([4_000, 30_000]));
        service.environment({ network: false });
        await clock.advance(pick([0, 2_000]));
        server.next('findServer', error(), { times: pick([1, 3]) });
        service.environment({ network: true });
        await clock.advance(pick([1_000, 20_000]));
      },
    ],
    [
      1,
      'long hold',
      async () => {
        service.environment({ network: false });
        service.setStatus(pick(statuses), { until: clock.now() + 3e9 });
        await clock.advance(2.2e9);
        await clock.advance(1e9);
      },
    ],
    [
      1,
      'end from within',
      () => {
        service.on('*', () => ((isOver = true), void service.dispose()));
        service.on('*', () => write('heard after the end', isOver));
      },
    ],
    [
      2,
      'again',
      async () => {
        const snapshot = service.getPersistedSnapshot();
        await service.dispose();
        await clock.advance(pick([0, 3_000, 30_000]));
        begin(JSON.parse(JSON.stringify(snapshot)) as Library.PersistedSnapshot);
      },
    ],
  ];
  const [first, ...others] = deeds.filter(([, deed]) => theme.length === 0 || theme.includes(deed));
  if (!first) throw new Error('no deeds');
  const total = [first, ...others].reduce((sum, [share]) => sum + share, 0);
  const draw = () => {
    let at = random() * total;
    return [first, ...others].find(([share]) => (at -= share) < 0) ?? first;
  };

  // Some hosts have no `reportError`.
  const host = globalThis as { reportError?: unknown };
  const formerReport = Object.getOwnPropertyDescriptor(host, 'reportError');
  const formerError = console.error;
  const reported = (value: unknown) => write('reported', value instanceof Error ? value.message : String(value));
  if (seed % 3 > 0) Object.defineProperty(host, 'reportError', { configurable: true, writable: true, value: reported });
  else delete host.reportError;
  console.error = reported;
  try {
    begin();
    for (let count = 0; count < deedsOfALife; count++) {
      const [, deed, act] = count === 0 ? first : draw();
      lines = [];
      try {
        const result = act();
        write('returned', result instanceof Promise ? await result : result);
      } catch (thrown) {
        write('threw', String(thrown));
      }
      if (chance(0.2)) await Promise.resolve();
      else await clock.settle();
      const state = service!.actor.getSnapshot();
      write('is', [leafOf(state), service!.mySigninName, service!.myStatus, service!.presenceProperties]);
      if (isOver) begin();
      write('kept', service!.getPersistedSnapshot());
      write('recording', service!.recording);
      write('pending', service!.pending);
      write('others', [[...service!.contacts.values()], service!.contactRequests, [...service!.devices.values()]]);
      write('timers', [...armed.values()]);
      write('listening', listening.size);
      write('records', service!.records);
      write('server', [server.sessions, server.links, server.undropped]);
      entries.push({ deed, text: lines.join('\n') });
    }
    lines = [];
    await service!.dispose();
    await clock.settle();
    await clock.advance(60_000);
    write('after', [service!.actor.getSnapshot().status, armed.size, server.links, server.undropped]);
    entries.push({ deed: 'dispose', text: lines.join('\n') });
  } finally {
    console.error = formerError;
    if (formerReport) Object.defineProperty(host, 'reportError', formerReport);
    else delete host.reportError;
  }
  return entries;
}
