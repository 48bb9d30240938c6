/** How notices arrive: after the call, in order, one at a time, in microtasks, and whatever a listener does harms nobody else (L18). */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { MessengerError, MISTATUS, MSGR_E_ALREADY_LOGGED_ON, S_OK, type Notice } from '../../src/index.js';
import { ann, brief, bringTo, signedIn, stage } from '../support/stage.js';

const { ONLINE, BUSY, AWAY } = MISTATUS;
type Host = { reportError?: ((error: unknown) => void) | undefined };
const host = globalThis as Host;
/** What makes an object a promise to everybody. */
const word: string = ['t', 'hen'].join('');

afterEach(() => {
  jest.restoreAllMocks();
  delete host.reportError;
});

describe('A notice', () => {
  it('is never told at creation, also not after a while', async () => {
    const it1 = stage();
    await it1.clock.advance(60_000);
    expect(it1.told()).toEqual([]);
    expect(it1.service.myStatus).toBe(MISTATUS.OFFLINE);
    expect(it1.timers()).toBe(0);
  });

  it('L18 follows the call, in a microtask, without any timer', async () => {
    const it1 = stage();
    expect(it1.service.signin(ann)).toBe(S_OK);
    expect(it1.told()).toEqual([]);
    expect(it1.service.myStatus).toBe(MISTATUS.OFFLINE);
    await Promise.resolve();
    expect(it1.told()).toEqual(['FINDING progress']);
    for (let turn = 0; turn < 100; turn++) await Promise.resolve();
    expect(it1.told()).toEqual(signedIn().slice(1));
  });

  it('is a plain frozen object with `type` first', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    it1.service.signout();
    await it1.clock.settle();
    expect(new Set(it1.notices.map(({ type }) => type))).toEqual(new Set(['OnSignin', 'OnMyStatusChange', 'OnSignout']));
    for (const notice of it1.notices) {
      expect(Object.isFrozen(notice)).toBe(true);
      expect(Object.keys(notice)[0]).toBe('type');
      expect(Object.getPrototypeOf(notice)).toBe(Object.prototype);
      expect(JSON.parse(JSON.stringify(notice))).toEqual(notice);
      expect(Object.values(notice)).not.toContain(undefined);
    }
  });

  it('L18 agrees with myStatus and presenceProperties inside the listener', async () => {
    const it1 = stage();
    const seen: boolean[] = [];
    it1.service.on('OnMyStatusChange', ({ mMyStatus }) => {
      seen.push(it1.service.myStatus === mMyStatus && it1.service.presenceProperties[0] === mMyStatus);
    });
    await bringTo(it1, 'online');
    it1.server.faults.silent = { publish: 1 };
    it1.service.setStatus(BUSY);
    it1.service.setStatus(AWAY);
    it1.service.signout();
    await it1.clock.settle();
    expect(seen).toHaveLength(8);
    expect(seen.every(Boolean)).toBe(true);
  });

  it('arrives at the listeners of its type and at those of all, each listener in its turn, in order', async () => {
    const { service, clock } = stage();
    const heard: string[] = [];
    service.on('OnSignin', (notice) => heard.push(`1 ${brief(notice)}`));
    service.on('OnMyStatusChange', (notice) => heard.push(`2 ${brief(notice)}`));
    service.on('*', (notice) => heard.push(`* ${brief(notice)}`));
    service.on('OnContactStatusChange', () => heard.push('contact'));
    service.signin({ ...ann, password: 'wrong' });
    await clock.settle();
    expect(heard).toEqual([
      '2 FINDING progress',
      '* FINDING progress',
      '2 CONNECTING progress',
      '* CONNECTING progress',
      '1 I(MSGR_E_INVALID_PASSWORD) invalidPassword',
      '* I(MSGR_E_INVALID_PASSWORD) invalidPassword',
      '2 OFFLINE invalidPassword',
      '* OFFLINE invalidPassword',
    ]);
  });
});

describe('A call made inside a listener', () => {
  it('L18 is judged by the state, which may be ahead, and its notices come behind those that wait', async () => {
    const it1 = stage();
    const answers: number[] = [];
    let depth = 0;
    let deepest = 0;
    it1.service.on('*', () => (deepest = Math.max(deepest, ++depth)));
    it1.service.on('OnSignin', ({ hr }) => {
      if (hr !== S_OK) answers.push(it1.service.signin(ann, { status: BUSY }));
    });
    it1.service.on('*', () => depth--);
    it1.service.signin({ ...ann, password: 'wrong' });
    await it1.clock.settle();
    expect(answers).toEqual([S_OK]);
    expect(it1.told()).toEqual([
      'FINDING progress',
      'CONNECTING progress',
      'I(MSGR_E_INVALID_PASSWORD) invalidPassword',
      'OFFLINE invalidPassword',
      ...signedIn('BUSY'),
    ]);
    expect(deepest).toBe(1);
  });

  it('may sign out at the very moment of the acceptance: a sign-out and no cancel (L10, L17)', async () => {
    const it1 = stage();
    it1.service.on('OnSignin', () => void it1.service.signout());
    it1.service.signin(ann);
    await it1.clock.settle();
    expect(it1.told()).toEqual([...signedIn().slice(0, 4), 'O', 'DISCONNECTING userRequest', 'OFFLINE userRequest']);
    expect(it1.server.undropped).toBe(0);
    expect(it1.timers()).toBe(0);
  });

  it('may set a status at the first online notice, over and over without running away', async () => {
    const it1 = stage();
    let left = 20;
    it1.service.on('OnMyStatusChange', ({ hr, mMyStatus }) => {
      if (hr === S_OK && (mMyStatus & 2) !== 0 && left-- > 0) it1.service.setStatus(left % 2 ? BUSY : AWAY);
    });
    it1.service.signin(ann);
    await it1.clock.settle();
    await it1.clock.settle();
    expect(it1.told()).toHaveLength(5 + 20);
  });

  it('may turn the network off: the attempt is over once (L05)', async () => {
    const it1 = stage();
    it1.service.on('OnMyStatusChange', ({ mMyStatus }) => {
      if (mMyStatus === MISTATUS.LOCAL_CONNECTING_TO_SERVER) it1.service.environment({ network: false });
    });
    it1.service.signin(ann);
    await it1.clock.settle();
    expect(it1.told()).toEqual(['FINDING progress', 'CONNECTING progress', 'I(MSGR_E_CONNECT) networkOff', 'OFFLINE networkOff']);
    expect(it1.server.undropped).toBe(0);
  });
});

describe('A listener that fails', () => {
  it('is reported to console.error and harms nobody else', async () => {
    const report = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const it1 = stage();
    const thrown = new Error('mine');
    it1.service.on('OnSignin', () => {
      throw thrown;
    });
    const after: Notice[] = [];
    it1.service.on('OnSignin', (notice) => after.push(notice));
    it1.service.signin(ann);
    await it1.clock.settle();
    expect(it1.told()).toEqual(signedIn());
    expect(after).toHaveLength(1);
    expect(report.mock.calls).toEqual([[thrown]]);
  });

  it('is reported when it rejects, or returns something thenable that does', async () => {
    const report = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const it1 = stage();
    const thrown = new Error('later');
    it1.service.on('OnSignin', async () => {
      await Promise.resolve();
      throw thrown;
    });
    const thenable = (property: PropertyDescriptor) => () => {
      const result = {};
      Reflect.defineProperty(result, word, property);
      return result;
    };
    it1.service.on('OnSignin', thenable({ value: (_: unknown, reject: (error: unknown) => void) => reject('thenable') }));
    it1.service.on(
      'OnSignin',
      thenable({
        get() {
          throw new Error('getter');
        },
      }),
    );
    it1.service.signin(ann);
    await it1.clock.settle();
    expect(it1.told()).toEqual(signedIn());
    expect(report).toHaveBeenCalledTimes(3);
    expect(report.mock.calls).toEqual(expect.arrayContaining([[thrown], ['thenable'], [expect.any(Error)]]));
  });

  it('is reported to reportError where the host has it', async () => {
    const logged = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const reported: unknown[] = [];
    host.reportError = (error) => reported.push(error);
    const it1 = stage();
    it1.service.on('OnSignin', () => {
      throw undefined as unknown as Error;
    });
    it1.service.signin(ann);
    await it1.clock.settle();
    expect(reported).toEqual([undefined]);
    expect(logged).not.toHaveBeenCalled();
  });

  it('does not stop the delivery when even the report throws', async () => {
    jest.spyOn(console, 'error').mockImplementation(() => {
      throw new Error('no console');
    });
    const it1 = stage();
    const uncaught = jest.fn();
    process.once('uncaughtException', uncaught);
    const heard: string[] = [];
    it1.service.on('OnSignin', () => {
      throw new Error('mine');
    });
    it1.service.on('*', (notice) => heard.push(brief(notice)));
    it1.service.signin(ann);
    await it1.clock.settle();
    await it1.clock.settle();
    process.removeListener('uncaughtException', uncaught);
    expect(heard).toEqual(signedIn());
  });
});

describe('Listening', () => {
  it('ends by the function returned, twice is harmless, and one function listening twice ends apart', async () => {
    const it1 = stage();
    const heard: string[] = [];
    const listener = (notice: Notice) => void heard.push(brief(notice));
    const first = it1.service.on('OnSignin', listener);
    it1.service.on('OnSignin', listener);
    first();
    first();
    await bringTo(it1, 'online');
    expect(heard).toHaveLength(1);
  });

  it('ends by its signal, and never begins with one that is aborted', async () => {
    const it1 = stage();
    const controller = new AbortController();
    const heard: string[] = [];
    it1.service.on('OnMyStatusChange', ({ mMyStatus }) => {
      heard.push(`a ${mMyStatus}`);
      if (mMyStatus === MISTATUS.LOCAL_CONNECTING_TO_SERVER) controller.abort();
    });
    it1.service.on('OnMyStatusChange', ({ mMyStatus }) => heard.push(`b ${mMyStatus}`), { signal: controller.signal });
    it1.service.on('*', () => heard.push('never'), { signal: AbortSignal.abort() });
    await bringTo(it1, 'online');
    expect(heard).toEqual(['a 256', 'b 256', 'a 512', 'a 768', 'a 2']);
  });

  it('may begin and end inside a listener: one that is added hears from the next notice on', async () => {
    const it1 = stage();
    const heard: string[] = [];
    const off = it1.service.on('*', (notice) => {
      heard.push(`first ${brief(notice)}`);
      off();
      it1.service.on('*', (later) => heard.push(`second ${brief(later)}`));
    });
    await bringTo(it1, 'online');
    expect(heard).toEqual([
      'first FINDING progress',
      ...signedIn()
        .slice(1)
        .map((told) => `second ${told}`),
    ]);
  });
});

describe('The iterator of notices', () => {
  it('gives what comes from now on, whether it is waited for or not', async () => {
    const it1 = stage();
    const iterator = it1.service.notices();
    const early = [iterator.next(), iterator.next()];
    await bringTo(it1, 'online');
    const got = await Promise.all([...early, iterator.next(), iterator.next(), iterator.next()]);
    expect(got.map(({ value }) => brief(value as Notice))).toEqual(signedIn());
    const late = it1.service.notices();
    it1.service.setStatus(BUSY);
    await it1.clock.settle();
    expect(brief((await late.next()).value as Notice)).toBe('BUSY userRequest');
  });

  it('ends by its signal', async () => {
    const it1 = stage();
    const controller = new AbortController();
    const heard: string[] = [];
    const loop = (async () => {
      for await (const notice of it1.service.notices({ signal: controller.signal })) heard.push(brief(notice));
    })();
    await bringTo(it1, 'online');
    controller.abort();
    await loop;
    it1.service.setStatus(BUSY);
    await it1.clock.settle();
    expect(heard).toEqual(signedIn());
    for await (const _ of it1.service.notices({ signal: AbortSignal.abort() })) throw new Error('nothing is to come');
  });

  it('ends by dispose, for those who wait and those who come later', async () => {
    const it1 = stage();
    const iterator = it1.service.notices();
    const waiting = iterator.next();
    await it1.service.dispose();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('ends by break and by return(), and drops what it had', async () => {
    const it1 = stage();
    const heard: string[] = [];
    const loop = (async () => {
      for await (const notice of it1.service.notices()) {
        heard.push(brief(notice));
        if (notice.type === 'OnSignin') break;
      }
    })();
    const iterator = it1.service.notices();
    await bringTo(it1, 'online');
    await loop;
    expect(heard).toEqual(signedIn().slice(0, 3));
    expect(await iterator.return?.()).toEqual({ done: true, value: undefined });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });
});

describe('myStatus', () => {
  it('is set as setStatus does, and read only once the notice is there', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    it1.service.myStatus = BUSY;
    expect(it1.service.myStatus).toBe(ONLINE);
    await it1.clock.settle();
    expect(it1.service.myStatus).toBe(BUSY);
    expect(it1.told()).toEqual(['BUSY userRequest']);
  });

  it('throws MessengerError with the code when it is refused, here for a status that cannot be set', async () => {
    const it1 = stage();
    await bringTo(it1, 'online');
    expect(it1.service.signin(ann)).toBe(MSGR_E_ALREADY_LOGGED_ON);
    expect(() => void (it1.service.myStatus = MISTATUS.OFFLINE)).toThrow(MessengerError);
    await it1.clock.settle();
    expect(it1.told()).toEqual([]);
  });
});
