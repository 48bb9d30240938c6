/** A browser's word on network and sleep, from targets that a test plays: what becomes a fact, what does not, and that nothing is left. */
import { describe, expect, it, jest } from '@jest/globals';
import { watchBrowser, type BrowserDocument, type BrowserWindow } from '../../src/environment/index.js';
import { MISTATUS } from '../../src/index.js';
import { ann, bringTo, stage } from '../support/stage.js';
import { watched } from '../support/watched.js';

class Source {
  readonly listeners = new Map<string, Set<() => void>>();
  addEventListener(type: string, listener: () => void): void {
    this.listeners.set(type, (this.listeners.get(type) ?? new Set()).add(listener));
  }
  removeEventListener(type: string, listener: () => void): void {
    this.listeners.get(type)?.delete(listener);
  }
  fire(type: string): void {
    for (const listener of this.listeners.get(type) ?? []) listener();
  }
  get size(): number {
    return [...this.listeners.values()].reduce((sum, { size }) => sum + size, 0);
  }
}
class FakeWindow extends Source implements BrowserWindow {
  navigator: { onLine?: boolean } = { onLine: true };
}
class FakeDocument extends Source implements BrowserDocument {
  visibilityState = 'visible';
}

function browser() {
  const known: unknown[] = [];
  const window = new FakeWindow();
  const document = new FakeDocument();
  const service = watched((fact) => void known.push(fact));
  return { window, document, service, known, take: () => known.splice(0) };
}

describe('watchBrowser', () => {
  it('M15 tells of network and sleep, and of nothing else', () => {
    const { window, document, service, take } = browser();
    watchBrowser(service, { window, document });
    expect(take()).toEqual([{ network: true }]);
    window.fire('offline');
    window.fire('online');
    document.fire('freeze');
    document.fire('resume');
    expect(take()).toEqual([{ network: false }, { network: true }, { awake: false }, { awake: true, network: true }]);
    document.visibilityState = 'hidden';
    document.fire('visibilitychange');
    expect(take()).toEqual([]);
  });

  it('looks again when the page is shown again, since a page that slept has heard nothing', () => {
    const { window, document, service, take } = browser();
    watchBrowser(service, { window, document });
    window.navigator.onLine = false;
    take();
    document.fire('visibilitychange');
    expect(take()).toEqual([{ awake: true, network: false }]);
  });

  it.each<[string, () => BrowserWindow['navigator']]>([
    ['is none', () => undefined],
    ['does not say', () => ({})],
    ['says nonsense', () => ({ onLine: 'yes' as unknown as boolean })],
    [
      'throws',
      () => {
        throw new Error('denied');
      },
    ],
  ])('a navigator that %s is no news', (_, navigator) => {
    const { document, service, take } = browser();
    const window = Object.defineProperty(new Source(), 'navigator', { get: navigator }) as unknown as BrowserWindow;
    watchBrowser(service, { window, document });
    document.fire('visibilitychange');
    expect(take()).toEqual([{}, { awake: true }]);
  });

  it('ends with its function, with a signal, or with the service, and leaves no listener', async () => {
    const { window, document, service, take } = browser();
    const stop = watchBrowser(service, { window, document });
    expect(window.size + document.size).toBe(5);
    stop();
    stop();
    expect(window.size + document.size).toBe(0);
    const ending = new AbortController();
    watchBrowser(service, { window, document, signal: ending.signal });
    ending.abort();
    watchBrowser(service, { window, document, signal: ending.signal });
    expect(window.size + document.size).toBe(0);
    take();
    window.fire('offline');
    expect(take()).toEqual([]);
    const it1 = stage();
    watchBrowser(it1.service, { window, document });
    expect(window.size + document.size).toBe(5);
    const disposed = it1.service.dispose();
    expect(window.size + document.size).toBe(0);
    await disposed;
    watchBrowser(it1.service, { window, document });
    expect(window.size + document.size).toBe(0);
  });

  it('does without a document, as in a worker, and takes the global targets where there are some', () => {
    const { window, document, service, take } = browser();
    Object.assign(globalThis, { window, document });
    try {
      watchBrowser(service)();
      expect(take()).toEqual([{ network: true }]);
      expect(window.size + document.size).toBe(0);
    } finally {
      Reflect.deleteProperty(globalThis, 'window');
      Reflect.deleteProperty(globalThis, 'document');
    }
    const stop = watchBrowser(service, { window });
    expect(window.size).toBe(2);
    stop();
  });

  it('throws a TypeError for what is no browser, no service, no option', () => {
    const { window, service } = browser();
    expect(() => watchBrowser(service, { window: {} as never })).toThrow(TypeError);
    expect(() => watchBrowser(service, { window, document: 5 as never })).toThrow(TypeError);
    expect(() => watchBrowser({} as never, { window })).toThrow(TypeError);
    expect(() => watchBrowser({ environment: () => {} } as never, { window })).toThrow(TypeError);
    expect(() => watchBrowser(service, { window, widnow: window } as never)).toThrow('"widnow"');
    expect(() => watchBrowser(service, { window, signal: {} as never })).toThrow(TypeError);
    expect(window.size).toBe(0);
  });

  it('a mistake of the service is not hidden', () => {
    const { window, document } = browser();
    const environment = jest.fn(() => {
      throw new RangeError('a bug');
    });
    expect(() => watchBrowser(watched(environment), { window, document })).toThrow(RangeError);
    expect(window.size + document.size).toBe(0);
  });

  it('M15 M16 drives a service from online to held and back, from busy to busy', async () => {
    const it1 = stage();
    const { window, document } = browser();
    watchBrowser(it1.service, { window, document });
    await bringTo(it1, 'busy');
    window.fire('offline');
    await it1.clock.settle();
    expect(it1.told()).toEqual(['OFFLINE networkOff']);
    document.fire('freeze');
    window.fire('online');
    await it1.clock.advance(10_000);
    expect(it1.told()).toEqual(['OFFLINE asleep']);
    document.fire('resume');
    await it1.clock.advance(1_000);
    expect(it1.service.myStatus).toBe(MISTATUS.BUSY);
    expect(it1.service.mySigninName).toBe(ann.name);
  });
});
