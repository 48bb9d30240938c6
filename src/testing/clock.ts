/**
 * Pretend time: a clock that stands still until a test moves it, and a random source that always says the same. It must never look at the
 * real time, the real timers or `Math.random`, and never leave its own state half done when a timer callback throws.
 */

/** The injected clock of the service, moved by hand. Its functions need no `this`. Times are milliseconds. */
export interface PretendClock {
  /** The present time. */
  now(): number;
  /**
   * Arms a timer. It fires only inside `advance` or `runAll`; fractions of a millisecond count.
   * @param ms 0 or below: due at the present time
   * @throws RangeError when `ms` is not finite or over 2^31 - 1: a real timer would fire at once
   */
  setTimeout(fn: () => void, ms: number): number;
  /** Disarms a timer; an id that is not armed is ignored. */
  clearTimeout(id: unknown): void;
  /**
   * Moves time forward by `ms` and fires what falls due: earliest first, among equals the one armed first, with `settle` before the first and
   * after each. Calls made while another one runs are done after it.
   * @throws what a timer callback threw (several: an AggregateError), after time has arrived and all timers due have fired
   * @throws RangeError when `ms` is negative or not finite; Error after `limit` timers at one instant: something arms itself without end
   */
  advance(ms: number): Promise<void>;
  /** Lets promise chains of up to 256 hops run out, without moving time and without a macrotask. */
  settle(): Promise<void>;
  /**
   * The wall clock leaps, as after a sleep: time moves but nothing fires; timers now overdue fire in the next `advance` (0 will do).
   * A negative leap is a clock set back: armed timers keep the time they had left, as real ones do.
   */
  jump(ms: number): void;
  /** How many timers are armed. */
  readonly timers: number;
  /** When the next timer is due. */
  readonly next: number | undefined;
  /**
   * Fires timers, moving time from one to the next, until none is armed.
   * @throws Error when timers are still armed after `limit` (default 1000) of them; what callbacks threw, as `advance` does
   */
  runAll(options?: { readonly limit?: number }): Promise<void>;
}

/** Microtask turns that `settle` waits: several times the longest chain that one step of a driver with a transport makes. */
const turns = 256;
const longestTimer = 2 ** 31 - 1;
// Held here: test runners with contexts of their own make a global dear, and this one is drawn from by the million.
const { imul } = Math;
/** Awaiting it takes one turn. */
const resolved = Promise.resolve();

interface Timer {
  readonly id: number;
  readonly fn: () => void;
  due: number;
}

/**
 * Makes a pretend clock.
 * @param options.now where time begins, milliseconds since the epoch; default 0
 * @param options.limit how many timers may fire at one instant before `advance` gives up; default 100,000
 */
export function createPretendClock(options: { readonly now?: number; readonly limit?: number } = {}): PretendClock {
  const { now: start = 0, limit: mostAtOnce = 100_000 } = options;
  let time = start;
  let horizon = start;
  let lastId = 0;
  let line: Promise<unknown> = Promise.resolve();
  /** In firing order. */
  const armed: Timer[] = [];

  async function settle(): Promise<void> {
    for (let turn = 0; turn < turns; turn++) await resolved;
  }

  async function run(until: number, limit = Infinity): Promise<void> {
    const thrown: unknown[] = [];
    horizon = until;
    await settle();
    let fired = 0;
    let atOnce = 0;
    for (let timer = armed[0]; timer !== undefined && timer.due <= horizon; timer = armed[0]) {
      if (timer.due > time) atOnce = 0;
      if (fired >= limit || atOnce >= mostAtOnce) {
        horizon = time;
        thrown.push(
          new Error(`pretend clock: ${fired} timers fired and ${armed.length} still armed, the next due at ${timer.due}`),
        );
        break;
      }
      fired++;
      atOnce++;
      armed.shift();
      time = Math.max(time, timer.due);
      try {
        timer.fn();
      } catch (error) {
        thrown.push(error);
      }
      await settle();
    }
    if (horizon !== Infinity) time = Math.max(time, horizon);
    if (thrown.length > 1) throw new AggregateError(thrown, `pretend clock: ${thrown.length} errors`);
    if (thrown.length === 1) throw thrown[0];
  }

  function inTurn(work: () => Promise<void>): Promise<void> {
    const mine = line.then(work);
    line = mine.catch(() => undefined);
    return mine;
  }

  return {
    now: () => time,
    setTimeout(fn, ms) {
      if (!Number.isFinite(ms) || ms > longestTimer)
        throw new RangeError(`pretend clock: expected at most 2^31 - 1 ms, got ${ms}`);
      const timer: Timer = { id: ++lastId, fn, due: time + Math.max(0, ms) };
      let place = armed.length;
      while (place > 0 && (armed[place - 1]?.due ?? 0) > timer.due) place--;
      armed.splice(place, 0, timer);
      return timer.id;
    },
    clearTimeout(id) {
      const place = armed.findIndex((timer) => timer.id === id);
      if (place >= 0) armed.splice(place, 1);
    },
    async advance(ms) {
      if (!Number.isFinite(ms) || ms < 0) throw new RangeError(`pretend clock: expected milliseconds to advance, got ${ms}`);
      await inTurn(() => run(time + ms));
    },
    settle,
    jump(ms) {
      if (!Number.isFinite(ms)) throw new RangeError(`pretend clock: expected milliseconds to jump, got ${ms}`);
      time += ms;
      if (ms > 0) return;
      horizon += ms;
      for (const timer of armed) timer.due += ms;
    },
    get timers() {
      return armed.length;
    },
    get next() {
      return armed[0]?.due;
    },
    runAll: ({ limit = 1000 } = {}) => inTurn(() => run(Infinity, limit)),
  };
}

/**
 * A source of numbers in [0, 1) that depends on nothing but its seed, on every engine. Algorithm: a counter that grows by the 32-bit golden
 * ratio (0x9e3779b9, a Weyl sequence), each value scrambled by the 32-bit finalizer of MurmurHash3 and divided by 2^32. Period 2^32; not for secrets.
 * @param seed an integer, taken modulo 2^32
 * @throws TypeError when it is not an integer
 */
export function seededRandom(seed: number): () => number {
  if (!Number.isSafeInteger(seed)) throw new TypeError(`seededRandom: expected an integer, got ${String(seed)}`);
  let counter = seed >>> 0;
  return () => {
    counter = (counter + 0x9e3779b9) >>> 0;
    let bits = counter;
    bits = imul(bits ^ (bits >>> 16), 0x85ebca6b);
    bits = imul(bits ^ (bits >>> 13), 0xc2b2ae35);
    return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
  };
}
