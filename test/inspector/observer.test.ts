/** The observer and its hub: an app is seen as it lives, by pages that are there and pages that come late, alone or among others, and without a secret. */
import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { assign, createActor, emit, fromPromise, setup } from 'xstate';
import { presenceMachine, smallRules } from '../../machines/index.js';
import { createPresenceService, MISTATUS, type PresenceService } from '../../src/index.js';
import { createHub, inspector, type Happening, type Inspector } from '../../src/inspector/index.js';
import { inspector as browserInspector } from '../../src/inspector/index-browser.js';
import { createMemoryServer } from '../../src/transports/memory/index.js';
import { killLeftovers, start } from '../cli/fakes.js';
import { openPage, listen, type Ear, type Heard } from '../support/inspector-clients.js';

const password = 'pw-53cr3t-hunter2';
const token = 'tk-53cr3t-bearer9';
const secret = '53cr3t';
const ann = { name: 'ann@example.org', password };
const pages = { '/': { type: 'text/html', body: '<p>page</p>' } };

let folder = '';
const closing: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'presence-inspected-'));
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  killLeftovers();
  await rm(folder, { recursive: true, force: true });
});

interface Watched {
  readonly observer: Inspector;
  /** The first link; further ones as they come. */
  readonly urls: string[];
  url(): Promise<string>;
}

function watched(options: Parameters<typeof inspector>[0] = {}): Watched {
  const urls: string[] = [];
  const waiting: ((url: string) => void)[] = [];
  const onUrl = (url: string): void => {
    urls.push(url);
    for (const tell of waiting.splice(0)) tell(url);
  };
  const observer = inspector({ folder, port: 0, pages, onUrl, ...options });
  closing.push(() => observer.close());
  return { observer, urls, url: async () => urls[0] ?? (await new Promise((resolve) => waiting.push(resolve))) };
}

function serve(observer: Inspector, users: Record<string, string> = { [ann.name]: password }): PresenceService {
  const service = createPresenceService({ transport: createMemoryServer({ users }).transport(), inspect: observer });
  closing.push(() => service.dispose());
  return service;
}

/** All that a page was told of an app, since it joined last. */
function happenings(ear: Ear, name?: string): Happening[] {
  const ids = ear.heard.filter(
    ({ type, app }) => type === 'app.joined' && (name === undefined || (app as { name: string }).name === name),
  );
  const { id } = (ids.at(-1)?.['app'] ?? {}) as { id?: string };
  return ear.heard
    .filter(({ type, app }) => type === 'app.happened' && app === id)
    .flatMap((message) => message['happenings'] as Happening[]);
}
const isOnline = (happening: Happening): boolean =>
  happening.type === 'snapshot.taken' && JSON.stringify(happening.snapshot.value) === '{"session":{"signedIn":"online"}}';
const online = (ear: Ear, name?: string) =>
  ear.until((it1) => happenings(it1, name).some(isOnline), `${name ?? 'the app'} online`);

describe('A page', () => {
  it('sees an app come, its actor with definition, events, microsteps, commands, notices and snapshots, in order', async () => {
    const { observer, url } = watched({ name: 'my app' });
    const service = serve(observer);
    const page = await openPage(await url());
    service.signin(ann);
    await online(page);
    const [joined] = page.heard;
    expect(joined).toMatchObject({ type: 'app.joined', app: { name: 'my app', kind: 'node', pid: process.pid } });
    const seen = happenings(page);
    expect(seen.map(({ n }) => n)).toEqual(seen.map((_, index) => index + 1));
    expect(seen[0]).toMatchObject({
      type: 'actor.created',
      definition: { id: 'presence', initial: 'offline' },
      snapshot: { status: 'active' },
    });
    const told = seen.flatMap((happening): string[] => {
      switch (happening.type) {
        case 'event.received':
          return [`event ${(happening.event as { type: string }).type}`];
        case 'output.emitted':
          return [`output ${(happening.output as { type: string }).type}`];
        case 'microstep.taken':
          return happening.transitions.map(({ source, targets }) => `step ${source} to ${targets.join()}`);
        case 'snapshot.taken':
          return [`state ${JSON.stringify(happening.snapshot.value)}`];
        default:
          return [];
      }
    });
    expect(told.slice(0, 9)).toEqual([
      'event xstate.init',
      'output session.forget',
      'state {"offline":"signedOut"}',
      'event signin.request',
      'step signedOut to findingServer',
      'output OnMyStatusChange',
      'output timer.start',
      'output server.find',
      'state {"attempt":"findingServer"}',
    ]);
    expect(told).toContain('output OnSignin');
    expect(told.at(-1)).toBe('state {"session":{"signedIn":"online"}}');
    expect(seen.at(-1)).toMatchObject({ by: 'status.published', snapshot: { context: { shown: MISTATUS.ONLINE } } });
  });

  it('that comes late, or is loaded again, sees the same', async () => {
    const { observer, url } = watched();
    const service = serve(observer);
    const page = await openPage(await url());
    service.signin(ann);
    await online(page);
    service.setStatus(MISTATUS.BUSY);
    const isBusy = (happening: Happening) =>
      happening.type === 'snapshot.taken' && JSON.stringify(happening.snapshot.value).includes('busy');
    await page.until((it1) => happenings(it1).some(isBusy), 'busy');
    const late = await listen(Number(new URL(await url()).port), `/socket?token=${await tokenOf()}`);
    await late.until((it1) => happenings(it1).some(isBusy), 'busy');
    expect(happenings(late)).toEqual(happenings(page));
  });

  it('sees that an app has gone, and still what it did', async () => {
    const first = watched({ name: 'host' });
    serve(first.observer);
    const page = await openPage(await first.url());
    const second = watched({ name: 'guest' });
    serve(second.observer).signin(ann);
    await online(page, 'guest');
    await second.observer.close();
    await page.next('app.left');
    const late = await listen(Number(new URL(await first.url()).port), `/socket?token=${await tokenOf()}`);
    await late.next('app.left');
    expect(happenings(late, 'guest').some(isOnline)).toBe(true);
  });

  it('sees the end of an actor', async () => {
    const { observer, url } = watched();
    const service = serve(observer);
    const page = await openPage(await url());
    await service.dispose();
    await page.until(
      (it1) => happenings(it1).some((one) => one.type === 'snapshot.taken' && one.snapshot.status === 'stopped'),
      'the end',
    );
  });

  it('of any actor system sees children, parents and what they emit', async () => {
    const { observer, url } = watched();
    const machine = setup({
      actors: { work: fromPromise(() => Promise.resolve({ answer: 42 })) },
      types: { emitted: {} as { type: 'done' } },
    }).createMachine({
      id: 'boss',
      initial: 'busy',
      states: {
        busy: { invoke: { id: 'worker', src: 'work', onDone: { target: 'idle', actions: emit({ type: 'done' }) } } },
        idle: { tags: 'rest' },
      },
    });
    const actor = createActor(machine, { inspect: observer });
    const page = await openPage(await url());
    actor.start();
    await page.until((it1) => happenings(it1).some((one) => one.type === 'output.emitted'), 'the emitted one');
    const seen = happenings(page);
    const [boss, worker] = seen.filter((one) => one.type === 'actor.created');
    expect(worker).toMatchObject({ id: 'worker', parent: boss?.actor, root: boss?.actor });
    expect(seen).toContainEqual(
      expect.objectContaining({
        type: 'snapshot.taken',
        actor: worker?.actor,
        snapshot: { status: 'done', output: { answer: 42 } },
      }),
    );
    expect(seen).toContainEqual(
      expect.objectContaining({
        type: 'snapshot.taken',
        actor: boss?.actor,
        snapshot: expect.objectContaining({ value: 'idle', tags: ['rest'] }),
      }),
    );
  });
});

describe('Several apps', () => {
  const app = (name: string, ...more: string[]) =>
    start(process.execPath, ['--import', 'tsx', 'test/support/inspected-app.ts', folder, '0', name, ...more]);
  const urlIn = (text: string): string => /url (\S+)/.exec(text)?.[1] ?? '';

  it('from several processes are on one page; when the one that serves it ends, another takes over', async () => {
    const first = app('first');
    await first.out.until(/url .*\n/, 0, 60_000);
    const page = await openPage(urlIn(first.out.text));
    await online(page, 'first');
    const second = app('second');
    await online(page, 'second');
    await second.out.until(/url .*\n/);
    // The second one prints a link of its own, to the same page.
    expect(new URL(urlIn(second.out.text)).port).toBe(new URL(urlIn(first.out.text)).port);
    await (await openPage(urlIn(second.out.text))).next('app.happened');
    const so = second.out.text.length;
    first.signal('SIGKILL');
    await page.closed();
    await second.out.until(/url .*\n/, so, 20_000);
    const after = await openPage(urlIn(second.out.text.slice(so)));
    await online(after, 'second');
    // What is kept tells the whole story again, from its beginning.
    expect(happenings(after, 'second')[0]).toMatchObject({ n: 1, type: 'actor.created' });
    const third = watched({ name: 'third' });
    serve(third.observer).signin(ann);
    await online(after, 'third');
  }, 120_000);

  it('end when they have nothing more to do: an inspector keeps no process alive', async () => {
    const host = app('host', 'once');
    const { code, err } = await host.end;
    expect([code, err]).toEqual([0, '']);
    // A guest as well, while its host lives.
    const { observer, url } = watched();
    serve(observer);
    await url();
    expect((await app('guest', 'once').end).code).toBe(0);
  }, 120_000);

  it('that begin at once find each other', async () => {
    const port = await freePort();
    const all = ['a', 'b', 'c', 'd'].map((name) => watched({ name, port }));
    for (const { observer } of all) serve(observer).signin(ann);
    const ports = await Promise.all(all.map(async ({ url }) => new URL(await url()).port));
    expect(new Set(ports)).toEqual(new Set([String(port)]));
    const page = await openPage((await all[0]?.url()) ?? '');
    for (const name of ['a', 'b', 'c', 'd']) await online(page, name);
  });
});

describe('The address', () => {
  it('is a file that only its user can read, and is taken away again', async () => {
    const { observer, url } = watched();
    serve(observer);
    await url();
    expect(await readdir(folder)).toEqual(['inspector.json']);
    expect((await stat(join(folder, 'inspector.json'))).mode & 0o777).toBe(0o600);
    expect(await addressIn()).toEqual({
      port: expect.any(Number),
      token: expect.stringMatching(/^[\w-]{32}$/),
      pid: process.pid,
    });
    await observer.close();
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    ['of a process that is gone', { port: 1, token: 'x', pid: 2 ** 22 + 1 }, 0o600],
    ['that others could have written', { port: 1, token: 'x', pid: process.pid }, 0o666],
    ['that is damaged', 'nonsense', 0o600],
    ['where nobody listens', { port: 1, token: 'x', pid: process.pid }, 0o600],
  ])('%s is not believed', async (_, address, mode) => {
    await writeFile(join(folder, 'inspector.json'), JSON.stringify(address));
    await chmod(join(folder, 'inspector.json'), mode);
    const { observer, url } = watched();
    serve(observer);
    await openPage(await url());
    expect((await addressIn()).port).toBe(Number(new URL(await url()).port));
  });

  it('in a folder that is open to others is not kept; the app is shown all the same', async () => {
    await chmod(folder, 0o755);
    const { observer, url } = watched();
    serve(observer).signin(ann);
    await online(await openPage(await url()));
    expect(await readdir(folder)).toEqual([]);
  });

  it('has another port where the usual one is somebody else’s', async () => {
    const stranger = createServer();
    const port = await freePort(stranger);
    closing.push(() => new Promise((resolve) => stranger.close(resolve)));
    const { observer, url } = watched({ port });
    serve(observer).signin(ann);
    const link = await url();
    expect(Number(new URL(link).port)).not.toBe(port);
    await online(await openPage(link));
  });
});

describe('Limits', () => {
  it('of what is kept: a page that comes late sees the last happenings, upon the state before them', async () => {
    const { observer, url } = watched({ keep: 10 });
    const machine = setup({ types: { context: {} as { n: number } } }).createMachine({
      id: 'counter',
      context: { n: 0 },
      on: { more: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
    });
    const actor = createActor(machine, { inspect: observer }).start();
    for (let n = 0; n < 5_000; n++) actor.send({ type: 'more' });
    const page = await openPage(await url());
    const kept = await page.until((it1) => {
      const seen = happenings(it1);
      return seen.length > 0 && seen;
    }, 'what is kept');
    expect(kept).toHaveLength(11);
    const [created, ...rest] = kept;
    expect(created).toMatchObject({
      type: 'actor.created',
      definition: { id: 'counter' },
      snapshot: { context: { n: expect.any(Number) } },
    });
    const first = rest.find((one) => one.type === 'snapshot.taken');
    const before = created?.type === 'actor.created' ? (created.snapshot.context as { n: number }).n : 0;
    expect(first?.snapshot.context).toEqual({ n: before + 1 });
    expect(rest.at(-1)).toMatchObject({ snapshot: { context: { n: 5_000 } } });
  });

  it('of actors: those that have ended are forgotten', async () => {
    const { observer, url } = watched({ keep: 10 });
    for (let n = 0; n < 100; n++) createActor(presenceMachine, { input: smallRules, inspect: observer }).start().stop();
    const page = await openPage(await url());
    const kept = await page.until((it1) => happenings(it1).length > 0 && happenings(it1), 'what is kept');
    expect(kept.length).toBeLessThan(13);
  });

  it('of one happening: what is too much to show is left out, and all else arrives', async () => {
    const { observer, url } = watched();
    const machine = setup({ types: { context: {} as { much: unknown } } }).createMachine({
      id: 'big',
      context: { much: Array.from({ length: 900 }, () => 'x'.repeat(2_000)) },
      initial: 'a',
      states: { a: { on: { go: 'b' } }, b: {} },
    });
    const page_ = url();
    const actor = createActor(machine, { inspect: observer }).start();
    const page = await openPage(await page_);
    actor.send({ type: 'go', much: Array.from({ length: 900 }, () => 'y'.repeat(2_000)) });
    await page.until((it1) => happenings(it1).some((one) => one.type === 'snapshot.taken' && one.snapshot.value === 'b'), 'b');
    expect(happenings(page)).toContainEqual(
      expect.objectContaining({
        type: 'event.received',
        event: { type: 'go', left: expect.stringMatching(/^\[\d+ characters\]$/) },
      }),
    );
    expect(Math.max(...page.texts.map(({ length }) => length))).toBeLessThan(400_000);
  });
});

describe('Secrets', () => {
  /** Everything that left, as text. */
  const leaks = (ear: Ear): string[] => ear.texts.filter((text) => text.includes(secret));

  it('of a session are in no message, whatever comes of it', async () => {
    const { observer, url } = watched();
    const page = await (async () => {
      const service = serve(observer, { [ann.name]: password });
      const opened = await openPage(await url());
      service.signin({ ...ann, token });
      await service.ready().catch(() => undefined);
      service.signout();
      service.signin({ name: ann.name, password: `${password}-wrong` });
      await service.ready().catch(() => undefined);
      return opened;
    })();
    await page.until(
      (it1) =>
        happenings(it1).filter((one) => one.type === 'output.emitted' && JSON.stringify(one.output).includes('invalidPassword'))
          .length > 0,
      'the refusal',
    );
    expect(leaks(page)).toEqual([]);
  });

  it('of a machine that keeps and sends them are in no message: context, event, input, output, error, definition', async () => {
    const { observer, url } = watched();
    const page_ = url();
    const machine = setup({
      actors: {
        logon: fromPromise(({ input }: { input: { password: string } }) =>
          Promise.resolve({ accessToken: `${input.password}-${token}` }),
        ),
        fail: fromPromise(({ input }: { input: { password: string } }) =>
          Promise.reject(new Error(`401 for ${input.password}`, { cause: { token } })),
        ),
      },
    }).createMachine({
      id: 'leaky',
      context: { password, url: `wss://ann:${password}@example.org`, header: `Bearer ${token}` },
      initial: 'a',
      states: {
        a: { invoke: { src: 'logon', input: { password }, onDone: 'b' } },
        b: { invoke: { src: 'fail', input: { password }, onError: 'c' } },
        c: { on: { again: 'd' } },
        d: { type: 'final', output: { token } },
      },
      output: ({ context }: { context: unknown }) => context,
    });
    const actor = createActor(machine, { inspect: observer }).start();
    const page = await openPage(await page_);
    await page.until((it1) => happenings(it1).some((one) => one.type === 'snapshot.taken' && one.snapshot.value === 'c'), 'c');
    actor.send({ type: 'again', password, note: `my password=${password}`, text: JSON.stringify({ token }) });
    await page.until((it1) => happenings(it1).some((one) => one.type === 'snapshot.taken' && one.snapshot.value === 'd'), 'd');
    expect(page.texts.join()).toContain('[redacted]');
    expect(leaks(page)).toEqual([]);
  });

  it('that the app names are hidden where no key tells of them', async () => {
    const { observer, url } = watched({ secrets: () => [password], keys: ['pet'], name: `app of ${password}` });
    const page_ = url();
    const machine = setup({}).createMachine({ id: 'plain', context: { pet: 'rex', words: [`it is ${password}`] } });
    createActor(machine, { inspect: observer }).start();
    const page = await openPage(await page_);
    await page.until((it1) => happenings(it1).some((one) => one.type === 'snapshot.taken'), 'a snapshot');
    expect(page.heard[0]).toMatchObject({ app: { name: 'app of [redacted]' } });
    expect(happenings(page).at(-1)).toMatchObject({ snapshot: { context: { pet: '[redacted]', words: ['it is [redacted]'] } } });
    expect(leaks(page)).toEqual([]);
  });
});

describe('The app', () => {
  it('is never hurt: an observer swallows what it cannot read, and works without anybody to tell', async () => {
    const { observer } = watched({ url: 'ws://127.0.0.1:1/app?token=x' });
    const hostile = {
      get type(): never {
        throw new Error('no');
      },
    };
    expect(() => observer.next(hostile as never)).not.toThrow();
    expect(() => observer.next({ type: '@xstate.actor', actorRef: null } as never)).not.toThrow();
    const service = serve(observer);
    service.signin(ann);
    await service.ready();
    expect(service.myStatus).toBe(MISTATUS.ONLINE);
  });

  it('sees nothing start before its first actor, and nothing happen after close', async () => {
    const { observer, urls } = watched();
    await observer.close();
    await observer.close();
    const service = serve(observer);
    service.signin(ann);
    await service.ready();
    expect(urls).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    [{ nmae: 'x' }, 'there is no option "nmae"'],
    [{ name: '' }, 'name: expected'],
    [{ url: 'http://user:hunter2@x' }, 'url: expected'],
    [{ keep: -1 }, 'keep: expected'],
    [{ port: 70_000 }, 'port: expected'],
    [{ onUrl: 'x' }, 'onUrl: expected'],
    [{ secrets: [1] }, 'secrets: expected'],
  ])('is told of options that are none: %j', (options, message) => {
    expect(() => inspector(options as object)).toThrow(TypeError);
    expect(() => inspector(options as object)).toThrow(message);
    expect(() => inspector(options as object)).not.toThrow('hunter2');
  });

  it('in a browser has to say where the server is', () => {
    expect(() => browserInspector()).toThrow('url: in a browser');
    expect(() => browserInspector({ port: 1 } as object)).toThrow('there is no option "port"');
  });
});

describe('The hub', () => {
  const app = { id: 'a', name: 'app', kind: 'node', at: 1 };
  const one = { type: 'snapshot.taken', n: 1, at: 1, actor: 'x:0', by: 'e', snapshot: { status: 'active' } };
  function hubWith() {
    const told: Heard[] = [];
    const hub = createHub({ broadcast: (message) => void told.push(message as unknown as Heard), newUrl: () => 'link' });
    const answers: object[] = [];
    const client = (id: number, role: 'app' | 'page' = 'app') => ({
      id,
      role,
      send: (message: object) => void answers.push(message),
    });
    return { hub, told, answers, client };
  }

  it.each([
    ['no app', { type: 'app.joined' }],
    ['an app without a name', { type: 'app.joined', app: { ...app, name: undefined } }],
    ['an id that is endless', { type: 'app.joined', app: { ...app, id: 'x'.repeat(65) } }],
    ['another kind', { type: 'app.joined', app: { ...app, kind: '<script>' } }],
    ['an app that did not join', { type: 'app.happened', app: 'b', happenings: [one] }],
    ['no list', { type: 'app.happened', app: 'a', happenings: one }],
    ['a happening that is none', { type: 'app.happened', app: 'a', happenings: [{ ...one, type: 'x' }] }],
    ['a snapshot that is none', { type: 'app.happened', app: 'a', happenings: [{ ...one, snapshot: null }] }],
    ['null', { type: 'app.happened', app: 'a', happenings: [null] }],
  ])('refuses %s as a whole', (_, message) => {
    const { hub, told, client } = hubWith();
    hub.take(client(1), { type: 'app.joined', app });
    const before = told.length;
    expect(() => hub.take(client(1), message)).toThrow();
    expect(told).toHaveLength(before);
    expect(hub.hello()).toEqual([{ type: 'app.joined', app }]);
  });

  it('lets nobody speak for another app, and leaves other messages to others', () => {
    const { hub, answers, client } = hubWith();
    expect(hub.take(client(1), { type: 'app.joined', app })).toBe(true);
    expect(answers).toEqual([{ type: 'app.welcome', url: 'link' }]);
    expect(() => hub.take(client(2), { type: 'app.happened', app: 'a', happenings: [one] })).toThrow();
    expect(() => hub.take(client(2), { type: 'app.joined', app })).toThrow('here already');
    expect(hub.take(client(1), { type: 'something.else' })).toBe(false);
    expect(hub.take(client(3, 'page'), { type: 'app.joined', app })).toBe(false);
    hub.leave({ id: 1 });
    expect(hub.take(client(2), { type: 'app.joined', app })).toBe(true);
  });

  it('has room for 64 apps; those that are gone make room', () => {
    const { hub, client } = hubWith();
    for (let id = 0; id < 64; id++) hub.take(client(id), { type: 'app.joined', app: { ...app, id: `a${id}` } });
    const next = { type: 'app.joined', app: { ...app, id: 'next' } };
    expect(() => hub.take(client(99), next)).toThrow('more than 64');
    hub.leave({ id: 5 });
    expect(hub.take(client(99), next)).toBe(true);
    expect(hub.hello().filter(({ type }) => type === 'app.joined')).toHaveLength(64);
  });
});

async function addressIn(): Promise<{ port: number; token: string; pid: number }> {
  return JSON.parse(await readFile(join(folder, 'inspector.json'), 'utf8')) as { port: number; token: string; pid: number };
}
const tokenOf = async (): Promise<string> => (await addressIn()).token;

/** A port that was free a moment ago; with a server, its own. */
function freePort(server = createServer()): Promise<number> {
  const isKept = arguments.length > 0;
  return new Promise((resolve, reject) => {
    server.on('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      if (isKept) resolve(port);
      else server.close(() => resolve(port));
    });
  });
}
