/** Where input is heard: several tabs, the Idle Detection API, Electron, a terminal; and that only input ever counts as activity. */
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import {
  watchBrowserIdle,
  watchElectron,
  watchTerminal,
  type BroadcastChannelLike,
  type IdleDetectorLike,
  type InputEventLike,
  type InputWindow,
  type PowerMonitor,
  type TerminalInput,
} from '../../src/environment/index.js';
import { MISTATUS } from '../../src/index.js';
import { createPretendClock, type PretendClock } from '../../src/testing/index.js';
import { ann, bringTo, stage, start } from '../support/stage.js';
import { watched } from '../support/watched.js';

const { IDLE, ONLINE } = MISTATUS;
const five = 300_000;
const quiet = 10_000;

/** What a service is told: `+` active, `-12` that the last input was 12 ms after the start, `awake`, `asleep`. */
function listener(clock: PretendClock) {
  const told: string[] = [];
  const begin = clock.now();
  return {
    service: watched(({ userActive, lastInput, awake }) => {
      if (awake !== undefined) told.push(awake ? 'awake' : 'asleep');
      if (userActive !== undefined) told.push(userActive ? '+' : `-${(lastInput ?? clock.now()) - begin}`);
    }),
    take: () => told.splice(0),
  };
}

/** Channels as a browser has them: what one posts, the others of its name hear, a turn later. */
function browserOf(clock: PretendClock) {
  const channels = new Set<FakeChannel>();
  class FakeChannel implements BroadcastChannelLike {
    readonly name: string;
    readonly listeners = new Set<(event: { readonly data: unknown }) => void>();
    posts = 0;
    constructor(name: string) {
      this.name = name;
      channels.add(this);
    }
    postMessage(data: unknown): void {
      this.posts += 1;
      for (const other of channels) {
        if (other === this || other.name !== this.name) continue;
        clock.setTimeout(() => channels.has(other) && other.listeners.forEach((listen) => listen({ data })), 2);
      }
    }
    addEventListener(_: 'message', listen: (event: { readonly data: unknown }) => void): void {
      this.listeners.add(listen);
    }
    removeEventListener(_: 'message', listen: (event: { readonly data: unknown }) => void): void {
      this.listeners.delete(listen);
    }
    close(): void {
      channels.delete(this);
    }
  }
  class FakeWindow implements InputWindow {
    readonly listeners = new Map<string, Set<(event: InputEventLike) => void>>();
    readonly BroadcastChannel: InputWindow['BroadcastChannel'] = FakeChannel;
    IdleDetector: InputWindow['IdleDetector'];
    addEventListener(type: string, listen: (event: InputEventLike) => void): void {
      this.listeners.set(type, (this.listeners.get(type) ?? new Set()).add(listen));
    }
    removeEventListener(type: string, listen: (event: InputEventLike) => void): void {
      this.listeners.get(type)?.delete(listen);
    }
    fire(type: string, event: InputEventLike = { isTrusted: true }): void {
      for (const listen of this.listeners.get(type) ?? []) listen(event);
    }
    get size(): number {
      return [...this.listeners.values()].reduce((sum, { size }) => sum + size, 0);
    }
  }
  return { tab: () => new FakeWindow(), channels };
}

/** Another tab says something. */
function post(window: InputWindow, data: unknown): void {
  const { BroadcastChannel: Channel } = window;
  if (!Channel) throw new Error('a window has channels');
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel, not a window
  new Channel('presence-machine/input').postMessage(data);
}

function oneTab() {
  const clock = createPretendClock({ now: start });
  const browser = browserOf(clock);
  const window = browser.tab();
  const { service, take } = listener(clock);
  return { clock, browser, window, service, take };
}

describe('watchBrowserIdle', () => {
  it('tells of a burst of input twice: at its first, and when it is over, with the time of its last', async () => {
    const { clock, window, service, take } = oneTab();
    watchBrowserIdle(service, { window, clock });
    expect(take()).toEqual(['-0']);
    await clock.advance(1_000);
    for (let key = 0; key < 100; key += 1) {
      window.fire('keydown');
      await clock.advance(70);
    }
    expect(take()).toEqual(['+']);
    await clock.advance(quiet);
    expect(take()).toEqual([`-${1_000 + 99 * 70}`]);
    await clock.advance(3_600_000);
    expect(take()).toEqual([]);
    expect(clock.timers).toBe(0);
  });

  it('M22 M23 makes a service IDLE exactly `idleAfter` from the last input, says since when, and brings it back at once', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    const { tab } = browserOf(it1.clock);
    const window = tab();
    watchBrowserIdle(it1.service, { window, clock: it1.clock });
    await it1.clock.advance(60_000);
    window.fire('pointerdown');
    await it1.clock.advance(five - 1);
    expect(it1.told()).toEqual([]);
    await it1.clock.advance(1);
    expect(it1.told()).toEqual(['IDLE userIdle']);
    expect(it1.server.sessions).toMatchObject([{ status: IDLE, idleSince: start + 60_000 }]);
    window.fire('keydown');
    await it1.clock.settle();
    expect(it1.told()).toEqual(['ONLINE userActive']);
  });

  it("takes neither a script's event for input, nor a page that moves under a pointer that is still", async () => {
    const { clock, window, service, take } = oneTab();
    watchBrowserIdle(service, { window, clock });
    window.fire('pointermove', { isTrusted: true, screenX: 5, screenY: 5 });
    await clock.advance(quiet);
    take();
    for (let time = 0; time < 100; time += 1) {
      window.fire('keydown', { isTrusted: false });
      window.fire('pointermove', { isTrusted: true, screenX: 5, screenY: 5 });
      await clock.advance(1_000);
    }
    expect(take()).toEqual([]);
    window.fire('pointermove', { isTrusted: true, screenX: 5, screenY: 6 });
    expect(take()).toEqual(['+']);
  });

  it('all tabs agree: one in which nothing is typed is idle when the other is, to the millisecond', async () => {
    const clock = createPretendClock({ now: start });
    const { tab } = browserOf(clock);
    const tabs = [tab(), tab(), tab()];
    const heard = tabs.map((window) => {
      const each = listener(clock);
      watchBrowserIdle(each.service, { window, clock });
      return each;
    });
    heard.forEach(({ take }) => take());
    await clock.advance(1_000);
    for (let key = 0; key < 300; key += 1) {
      tabs[0]?.fire('keydown');
      await clock.advance(137);
    }
    // Not once did the others take it for ceased in between.
    expect(heard.map(({ take }) => take())).toEqual([['+'], ['+'], ['+']]);
    await clock.advance(quiet + 100);
    const last = `-${1_000 + 299 * 137}`;
    expect(heard.map(({ take }) => take().at(-1))).toEqual([last, last, last]);
    await clock.advance(60_000);
    tabs[2]?.fire('wheel');
    await clock.advance(2);
    expect(heard.map(({ take }) => take())).toEqual([['+'], ['+'], ['+']]);
  });

  it('M22 two services in two tabs go IDLE at the same time and come back together', async () => {
    const it1 = stage({ server: { conflict: 'allow' } });
    const it2 = stage({ after: it1 });
    await bringTo(it1, 'online');
    await bringTo(it2, 'online');
    const { tab } = browserOf(it1.clock);
    const [one, other] = [tab(), tab()];
    watchBrowserIdle(it1.service, { window: one, clock: it1.clock });
    watchBrowserIdle(it2.service, { window: other, clock: it1.clock });
    for (let times = 0; times < 20; times += 1) {
      one.fire('keydown');
      await it1.clock.advance(60_000);
    }
    expect([it1.told(), it2.told()]).toEqual([[], []]);
    await it1.clock.advance(five);
    expect([it1.told(), it2.told()]).toEqual([['IDLE userIdle'], ['IDLE userIdle']]);
    expect(new Set(it1.server.sessions.map(({ idleSince }) => idleSince)).size).toBe(1);
    other.fire('keydown');
    await it1.clock.advance(2);
    expect([it1.told(), it2.told()]).toEqual([['ONLINE userActive'], ['ONLINE userActive']]);
  });

  it('tells the others seldom, and nothing but a time', async () => {
    const { clock, browser, window, service } = oneTab();
    watchBrowserIdle(service, { window, clock, channel: 'mine' });
    const posted: unknown[] = [];
    const Channel = window.BroadcastChannel;
    if (!Channel) throw new Error('a window has channels');
    new Channel('mine').addEventListener('message', ({ data }) => void posted.push(data));
    for (let key = 0; key < 600; key += 1) {
      window.fire('keydown');
      await clock.advance(100);
    }
    expect(posted.length).toBeLessThanOrEqual(13);
    expect(posted.every((data) => Object.keys(data as object).join() === 'lastInput')).toBe(true);
    expect([...browser.channels].every(({ name }) => name === 'mine')).toBe(true);
  });

  it.each([undefined, null, 'now', { lastInput: 'now' }, { lastInput: NaN }, { lastInput: Infinity }, { lastInput: start - 1 }])(
    'a message that says nothing is no activity: %p',
    async (data) => {
      const { clock, window, service, take } = oneTab();
      watchBrowserIdle(service, { window, clock });
      take();
      await clock.advance(1_000);
      post(window, data);
      await clock.advance(five);
      expect(take()).toEqual([]);
    },
  );

  it('another tab whose clock is ahead cannot make this one active for longer than now', async () => {
    const { clock, window, service, take } = oneTab();
    watchBrowserIdle(service, { window, clock });
    take();
    await clock.advance(1_000);
    post(window, { lastInput: clock.now() + 3_600_000 });
    await clock.advance(quiet + 2);
    expect(take()).toEqual(['+', '-1002']);
    window.fire('keydown');
    expect(take()).toEqual(['+']);
  });

  it('a word from another tab that comes late, as after a freeze, is no return from idleness', async () => {
    const { clock, window, service, take } = oneTab();
    watchBrowserIdle(service, { window, clock });
    await clock.advance(five);
    take();
    post(window, { lastInput: clock.now() - quiet });
    await clock.advance(five);
    expect(take()).toEqual([]);
  });

  it('works without channels, and where a page may not have one', async () => {
    for (const Channel of [
      undefined,
      function () {
        throw new Error('SecurityError');
      } as unknown as NonNullable<InputWindow['BroadcastChannel']>,
    ]) {
      const { clock, window, service, take } = oneTab();
      Object.defineProperty(window, 'BroadcastChannel', { value: Channel });
      watchBrowserIdle(service, { window, clock });
      window.fire('keydown');
      expect(take()).toEqual(['-0', '+']);
      await clock.advance(quiet);
      expect(take()).toEqual(['-0']);
    }
  });

  it.each(['stop', 'signal', 'dispose'])('leaves nothing behind, at once, when it ends by %s', async (how) => {
    const it1 = stage();
    const { tab, channels } = browserOf(it1.clock);
    const window = tab();
    const controller = new AbortController();
    const stop = watchBrowserIdle(it1.service, { window, clock: it1.clock, signal: controller.signal });
    await it1.clock.advance(1);
    window.fire('keydown');
    const left = () => [window.size > 0, channels.size, it1.clock.timers];
    // One timer for the end of the input, one for the next word to the other tabs.
    expect(left()).toEqual([true, 1, 2]);
    if (how === 'stop') stop();
    else if (how === 'signal') controller.abort();
    else void it1.service.dispose();
    expect(left()).toEqual([false, 0, 0]);
    stop();
  });

  it('where there is no window, as in a worker, is a mistake, and so is an option that is none', () => {
    const { service, window } = oneTab();
    expect(() => watchBrowserIdle(service)).toThrow(TypeError);
    expect(() => watchBrowserIdle(service, { window, quiet: 0 })).toThrow('quiet');
    expect(() => watchBrowserIdle(service, { window, channel: 3 as never })).toThrow('channel');
    expect(() => watchBrowserIdle(service, { window, often: 3 } as never)).toThrow('often');
    expect(() => watchBrowserIdle({} as never, { window })).toThrow('presence service');
  });
});

class FakeDetector extends EventEmitter implements IdleDetectorLike {
  userState: string | null = 'active';
  screenState: string | null = 'unlocked';
  started: { threshold: number; signal: AbortSignal } | undefined;
  answer: Promise<void> = Promise.resolve();
  addEventListener(type: 'change', listen: () => void): void {
    this.on(type, listen);
  }
  removeEventListener(type: 'change', listen: () => void): void {
    this.off(type, listen);
  }
  start(options: { threshold: number; signal: AbortSignal }): Promise<void> {
    this.started = options;
    return this.answer;
  }
  say(userState: string | null, screenState: string | null = 'unlocked'): void {
    Object.assign(this, { userState, screenState });
    this.emit('change');
  }
}

describe('watchBrowserIdle with the Idle Detection API', () => {
  function withDetector(answer: Promise<void>) {
    const tab1 = oneTab();
    const detector = new FakeDetector();
    detector.answer = answer;
    tab1.window.IdleDetector = function () {
      return detector;
    } as unknown as NonNullable<InputWindow['IdleDetector']>;
    return { ...tab1, detector };
  }

  it('is heard in place of the events, and knows when the last input was', async () => {
    const { clock, window, service, take, detector, browser } = withDetector(Promise.resolve());
    watchBrowserIdle(service, { window, clock });
    expect(window.size).toBeGreaterThan(0);
    await clock.settle();
    expect([window.size, browser.channels.size]).toEqual([0, 0]);
    expect(detector.started?.threshold).toBe(60_000);
    expect(take()).toEqual(['-0', '+']);
    await clock.advance(100_000);
    detector.say('idle');
    expect(take()).toEqual(['-40000']);
    detector.say('active');
    await clock.advance(1_000);
    detector.say('active', 'locked');
    expect(take()).toEqual(['+', '-101000']);
  });

  it('a reading that fails is no activity', async () => {
    const { clock, window, service, take, detector } = withDetector(Promise.resolve());
    detector.userState = null;
    watchBrowserIdle(service, { window, clock });
    await clock.settle();
    detector.say(null, null);
    detector.say('unknown', 'unlocked');
    await clock.advance(five);
    expect(take()).toEqual(['-0']);
  });

  it('that is not allowed, or cannot even be made, leaves the events in place', async () => {
    const refused = withDetector(Promise.reject(new Error('NotAllowedError')));
    const broken = oneTab();
    broken.window.IdleDetector = function () {
      throw new Error('no');
    } as unknown as NonNullable<InputWindow['IdleDetector']>;
    for (const { clock, window, service, take } of [refused, broken]) {
      watchBrowserIdle(service, { window, clock });
      await clock.settle();
      window.fire('keydown');
      expect(take()).toEqual(['-0', '+']);
    }
    expect(refused.detector.listenerCount('change')).toBe(0);
  });

  it('ends with the watching, also while it is being started', async () => {
    let started: (() => void) | undefined;
    const { clock, window, service, take, detector } = withDetector(new Promise((resolve) => (started = resolve)));
    const stop = watchBrowserIdle(service, { window, clock });
    take();
    stop();
    started?.();
    await clock.settle();
    expect([detector.started?.signal.aborted, detector.listenerCount('change'), take()]).toEqual([true, 0, []]);
  });

  it('is given up when the service is disposed of, at once', async () => {
    const { window, detector } = withDetector(Promise.resolve());
    const it1 = stage();
    watchBrowserIdle(it1.service, { window, clock: it1.clock });
    await it1.clock.settle();
    expect([detector.started?.signal.aborted, detector.listenerCount('change')]).toEqual([false, 1]);
    void it1.service.dispose();
    expect([detector.started?.signal.aborted, detector.listenerCount('change'), it1.clock.timers]).toEqual([true, 0, 0]);
  });
});

class FakeMonitor extends EventEmitter implements PowerMonitor {
  /** Seconds, or what is wrong. */
  reading: unknown = 0;
  state = 'active';
  getSystemIdleTime(): number {
    if (this.reading instanceof Error) throw this.reading;
    return this.reading as number;
  }
  getSystemIdleState(): string {
    return this.state;
  }
}

describe('watchElectron', () => {
  it('M22 M23 makes a service IDLE `idleAfter` from the last input on the device, and brings it back', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    const powerMonitor = new FakeMonitor();
    watchElectron(it1.service, { powerMonitor, clock: it1.clock });
    for (let second = 1; second <= 300; second += 1) {
      await it1.clock.advance(1_000);
      powerMonitor.reading = second < 60 ? 0 : second - 60;
    }
    expect(it1.service.myStatus).toBe(ONLINE);
    for (let second = 301; second <= 370; second += 1) {
      await it1.clock.advance(1_000);
      powerMonitor.reading = second - 60;
    }
    expect(it1.told()).toEqual(['IDLE userIdle']);
    const since = it1.server.sessions[0]?.idleSince ?? 0;
    // Whole seconds, read every five: so exact is it.
    expect(Math.abs(since - (start + 60_000))).toBeLessThanOrEqual(5_000);
    powerMonitor.reading = 1;
    await it1.clock.advance(5_000);
    expect(it1.told()).toEqual(['ONLINE userActive']);
  });

  it.each([
    ['throws', new Error('no session')],
    ['is no number', 'soon'],
    ['is NaN', NaN],
    ['is negative', -1],
    ['is nothing', undefined],
  ])('a reading that %s is no activity: the user becomes IDLE all the same', async (_, reading) => {
    const it1 = stage();
    await bringTo(it1, 'online');
    const powerMonitor = new FakeMonitor();
    powerMonitor.reading = reading;
    watchElectron(it1.service, { powerMonitor, clock: it1.clock });
    await it1.clock.advance(five);
    expect(it1.told()).toEqual(['IDLE userIdle']);
    await it1.clock.advance(five);
    expect(it1.told()).toEqual([]);
  });

  it('nor is one of a system that cannot say, whatever number it gives', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    const powerMonitor = new FakeMonitor();
    powerMonitor.state = 'unknown';
    watchElectron(it1.service, { powerMonitor, clock: it1.clock });
    await it1.clock.advance(five);
    expect(it1.told()).toEqual(['IDLE userIdle']);
  });

  it('tells of sleep, and of a locked screen as nobody there, whatever is read meanwhile', async () => {
    const clock = createPretendClock({ now: start });
    const { service, take } = listener(clock);
    const powerMonitor = new FakeMonitor();
    const stop = watchElectron(service, { powerMonitor, clock });
    await clock.advance(5_000);
    expect(take()).toEqual(['-0', '+']);
    powerMonitor.emit('lock-screen');
    await clock.advance(60_000);
    expect(take()).toEqual(['-5000']);
    powerMonitor.emit('unlock-screen');
    powerMonitor.reading = 1_000;
    powerMonitor.emit('suspend');
    clock.jump(3_600_000);
    powerMonitor.emit('resume');
    expect(take()).toEqual(['+', 'asleep', 'awake']);
    await clock.advance(60_000);
    expect(take()).toEqual(['-65000']);
    stop();
    expect([powerMonitor.eventNames(), clock.timers]).toEqual([[], 0]);
  });

  it('takes an idle time that has not counted a sleep for no return', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    const powerMonitor = new FakeMonitor();
    powerMonitor.reading = 600;
    watchElectron(it1.service, { powerMonitor, clock: it1.clock });
    await it1.clock.advance(five);
    expect(it1.told()).toEqual(['IDLE userIdle']);
    powerMonitor.reading = 605;
    powerMonitor.emit('resume');
    await it1.clock.advance(60_000);
    expect(it1.told()).toEqual([]);
  });

  it('leaves neither listener nor timer when the service is disposed of, at once', async () => {
    const it1 = stage();
    const powerMonitor = new FakeMonitor();
    watchElectron(it1.service, { powerMonitor, clock: it1.clock });
    await it1.clock.advance(5_000);
    expect([powerMonitor.eventNames().length, it1.clock.timers]).toEqual([4, 2]);
    void it1.service.dispose();
    expect([powerMonitor.eventNames(), it1.clock.timers]).toEqual([[], 0]);
  });

  it('is known by what it can do', () => {
    const { service } = listener(createPretendClock());
    expect(() => watchElectron(service, {} as never)).toThrow('getSystemIdleTime');
    expect(() => watchElectron(service, { powerMonitor: { getSystemIdleTime: () => 0 } as never })).toThrow('on');
    expect(() => watchElectron(service, { powerMonitor: new FakeMonitor(), every: 0 })).toThrow('every');
  });
});

describe('watchTerminal', () => {
  function terminal(): PassThrough & TerminalInput {
    return Object.assign(new PassThrough(), { isTTY: true });
  }

  it('counts what the program reads, and does not make it flow: nothing is lost to whoever reads later', async () => {
    const clock = createPretendClock({ now: start });
    const { service, take } = listener(clock);
    const input = terminal();
    const stop = watchTerminal(service, { input, clock });
    input.write('early ');
    await new Promise((turn) => setImmediate(turn));
    expect([input.readableFlowing, take()]).toEqual([null, ['-0']]);
    const read: string[] = [];
    input.on('data', (chunk: Buffer) => void read.push(chunk.toString()));
    input.write('late');
    await new Promise((turn) => setImmediate(turn));
    expect([read.join(''), take()]).toEqual(['early late', ['+']]);
    await clock.advance(quiet);
    expect(take()).toEqual(['-0']);
    stop();
    expect([input.listenerCount('data'), clock.timers]).toEqual([1, 0]);
  });

  it('leaves neither listener nor timer when the service is disposed of, at once', async () => {
    const it1 = stage();
    const input = terminal();
    watchTerminal(it1.service, { input, clock: it1.clock });
    input.emit('data');
    expect([input.listenerCount('data'), it1.clock.timers]).toEqual([1, 1]);
    const disposed = it1.service.dispose();
    expect([input.listenerCount('data'), it1.clock.timers]).toEqual([0, 0]);
    await disposed;
    watchTerminal(it1.service, { input, clock: it1.clock });
    expect([input.listenerCount('data'), it1.clock.timers]).toEqual([0, 0]);
  });

  it("behind a pipe, where words are nobody's input, is a mistake", () => {
    const { service } = listener(createPretendClock());
    expect(() => watchTerminal(service, { input: new PassThrough() })).toThrow('terminal');
    expect(() => watchTerminal(service, { input: 3 as never })).toThrow('terminal');
  });
});

describe('M22 The time of the last input', () => {
  it('that a source knows only later counts: IDLE comes when it is due, at once if it is overdue', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    await it1.clock.advance(10_000);
    it1.service.environment({ userActive: false, lastInput: start + 4_000 });
    await it1.clock.advance(five - 6_001);
    expect(it1.told()).toEqual([]);
    await it1.clock.advance(1);
    expect(it1.told()).toEqual(['IDLE userIdle']);
    it1.service.environment({ userActive: true });
    await it1.clock.advance(2 * five);
    it1.told();
    it1.service.environment({ userActive: false, lastInput: start + 400_000 });
    await it1.clock.advance(0);
    expect(it1.told()).toEqual(['IDLE userIdle']);
    expect(it1.server.sessions).toMatchObject([{ idleSince: start + 400_000 }]);
  });

  it('is not after now, and not before what the service has seen itself: asking for a status is input', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    await it1.clock.advance(50_000);
    it1.service.setStatus(ONLINE);
    await it1.clock.settle();
    it1.service.environment({ userActive: false, lastInput: start });
    await it1.clock.advance(five - 1);
    expect(it1.told()).toEqual(['ONLINE userRequest']);
    await it1.clock.advance(1);
    expect(it1.server.sessions).toMatchObject([{ idleSince: start + 50_000 }]);
    const it2 = stage();
    await bringTo(it2, 'online');
    it2.service.environment({ userActive: false, lastInput: start + 99_000_000 });
    await it2.clock.advance(five);
    expect(it2.told()).toEqual(['IDLE userIdle']);
  });

  it('that is no time is a mistake', () => {
    const { service } = stage();
    expect(() => service.environment({ userActive: false, lastInput: 'then' as never })).toThrow(TypeError);
    expect(() => service.environment({ userActive: false, lastInput: NaN })).toThrow(TypeError);
    expect(() => service.signin(ann)).not.toThrow();
  });
});
