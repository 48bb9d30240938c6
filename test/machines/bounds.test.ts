/**
 * What can be computed from the whole graph of the chart: every wait ends by itself, every sign-out arrives, and credentials are offered a
 * bounded number of times. The bounds are found by search, never by playing examples.
 */
import { describe, expect, it } from '@jest/globals';
import {
  initialState,
  leafOf,
  MISTATUS,
  phaseOf,
  smallRules,
  timerFacts,
  timersOf,
  samples,
  type Leaf,
  type Message,
  type Rules,
  type State,
  type TimerName,
} from '../../machines/index.js';
import { defaultPolicy } from '../../src/index.js';
import { explore, keyOf, type Cell, type Exploration } from '../../src/table/explore.js';
import { provided } from '../support/chart-mutants.js';

const print = (line: string) => process.stdout.write(`  ${line}\n`);
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

const handledBy = (graph: Exploration): Map<string, Cell[]> => {
  const handled = new Map<string, Cell[]>([...graph.states.keys()].map((key) => [key, []]));
  for (const cell of graph.cells) if (cell.kind === 'handled') handled.get(keyOf(cell.from))?.push(cell);
  return handled;
};
const small = explore({ rules: smallRules });
const next = handledBy(small);
const describeCell = ({ from, message }: Cell) => `${leafOf(from)} x ${JSON.stringify(message)} at ${keyOf(from)}`;

/** A state with the timers that run there, as the commands say that led to it. */
interface Timed {
  readonly state: State;
  readonly timers: readonly TimerName[];
}
const timedKey = ({ state, timers }: Timed) => `${keyOf(state)} ${timers.join()}`;
const timerOf = (message: Message) => (Object.keys(timerFacts) as TimerName[]).find((name) => timerFacts[name] === message.type);

function follow({ timers }: Timed, cell: Cell): Timed {
  const running = new Set(timers);
  const fired = timerOf(cell.message);
  if (fired) running.delete(fired);
  for (const output of cell.outputs) {
    if (output.type === 'timer.start') running.add(output.timer);
    if (output.type === 'timer.stop') running.delete(output.timer);
  }
  return { state: cell.to, timers: [...running].sort() };
}

/** Every reachable state with every set of timers that can run there. */
function timedStates(graph: Exploration, handled: Map<string, Cell[]>): Timed[] {
  const first: Timed = { state: initialState(graph.rules), timers: [] };
  const all = new Map([[timedKey(first), first]]);
  for (const from of all.values()) {
    for (const cell of handled.get(keyOf(from.state)) ?? []) {
      const timer = timerOf(cell.message);
      if (timer && !from.timers.includes(timer)) continue;
      const to = follow(from, cell);
      if (!all.has(timedKey(to))) all.set(timedKey(to), to);
    }
  }
  return [...all.values()];
}

const limits: Record<TimerName, number> = {
  finding: defaultPolicy.findServerTimeout,
  logon: defaultPolicy.connectTimeout,
  synchronizing: defaultPolicy.synchronizeTimeout,
  publish: defaultPolicy.publishTimeout,
  signout: defaultPolicy.signoutTimeout,
  check: defaultPolicy.wakeCheck,
  retry: Math.max(defaultPolicy.retry.cap, defaultPolicy.retry.slowCap, defaultPolicy.retry.firstSpread),
  idle: defaultPolicy.idleAfter,
  // Off by default; the usual value.
  away: 900_000,
};

/** Offline in any way, or online with nothing at the server and no doubt about the line. */
const isStable = ({ state, timers }: Timed) => {
  const phase = phaseOf(leafOf(state));
  if (phase === 'online') return state.context.by === 'none' && !timers.includes('check');
  return phase === 'signedOut' || phase === 'waiting';
};

interface Run {
  readonly ms: number;
  readonly path: readonly string[];
}

/**
 * The longest time without any word from outside until the state is stable. A running timer is paid for once, in full; whatever ends
 * meanwhile without touching it is free. @throws when a state is dead or timers go round for ever
 */
function longestSilence(handled: Map<string, Cell[]>): (from: Timed) => Run {
  const known = new Map<string, Run | undefined>();
  const search = (from: Timed, paid: TimerName | undefined): Run => {
    if (isStable(from)) return { ms: 0, path: [leafOf(from.state)] };
    if (from.timers.length === 0) throw new Error(`dead: ${timedKey(from)}`);
    const charged =
      paid !== undefined && from.timers.includes(paid) ? paid : from.timers.reduce((a, b) => (limits[b] < limits[a] ? b : a));
    const price = charged === paid ? 0 : limits[charged];
    const key = `${timedKey(from)} ${charged === paid ? paid : ''}`;
    if (known.has(key)) {
      const run = known.get(key);
      if (!run) throw new Error(`for ever: ${timedKey(from)}`);
      return run;
    }
    known.set(key, undefined);
    let worst: Run = { ms: -1, path: [] };
    for (const cell of handled.get(keyOf(from.state)) ?? []) {
      const timer = timerOf(cell.message);
      if (!timer || !from.timers.includes(timer)) continue;
      const isTouched = timer === charged || cell.outputs.some((output) => 'timer' in output && output.timer === charged);
      const rest = search(follow(from, cell), isTouched ? undefined : charged);
      if (rest.ms + price > worst.ms) {
        worst = { ms: rest.ms + price, path: [`${leafOf(from.state)} -${cell.message.type}->`, ...rest.path] };
      }
    }
    known.set(key, worst);
    return worst;
  };
  return (from) => search(from, undefined);
}

const timed = timedStates(small, next);
/** The contract's queue, with one settable status: what is asked for does not matter here, only how much. */
const longRules: Rules = { ...smallRules, statuses: [MISTATUS.ONLINE], queue: 8 };

describe('with the outside world silent', () => {
  it('a timer that runs is never a timer whose end is impossible, and the list of running timers is right (M08, L25)', () => {
    const wrong = timed.filter(({ state, timers }) => {
      const listed = timersOf(state).sort().join();
      const facts = new Set(next.get(keyOf(state))?.map(({ message }) => message.type));
      return timers.filter((name) => name !== 'check').join() !== listed || timers.some((name) => !facts.has(timerFacts[name]));
    });
    expect(wrong.map(timedKey)).toEqual([]);
    expect(new Set(timed.map(({ state }) => keyOf(state))).size).toBe(small.states.size);
  });

  it('every leaf that waits starts a timer on entry, and the end of it leaves the leaf (M08)', () => {
    const waits: Partial<Record<Leaf, TimerName>> = {
      findingServer: 'finding',
      connecting: 'logon',
      synchronizing: 'synchronizing',
      disconnecting: 'signout',
      waitingToRetry: 'retry',
    };
    const entries = small.cells.filter(({ kind, from, to }) => kind === 'handled' && leafOf(from) !== leafOf(to));
    const entered = new Set<Leaf>();
    const wrong = entries.filter(({ to, outputs }) => {
      const leaf = leafOf(to);
      const timer = waits[leaf];
      // What has no limit is at rest: signed out, held until the surroundings change, or online.
      if (!timer) return !(phaseOf(leaf) === 'online' || leaf === 'signedOut' || leaf === 'held');
      entered.add(leaf);
      const started = outputs.filter((output) => output.type === 'timer.start' && output.timer === timer);
      const end = next.get(keyOf(to))?.find(({ message }) => message.type === timerFacts[timer]);
      return started.length !== 1 || end === undefined || leafOf(end.to) === leaf;
    });
    expect(wrong.map(describeCell)).toEqual([]);
    expect([...entered].sort()).toEqual(Object.keys(waits).sort());
  });

  it.each([
    ['one change waiting', smallRules, 3],
    ['eight changes waiting', longRules, 10],
  ])('a stable state is reached by timers alone, within a bound, with %s (B03)', (_, rules, publications) => {
    const graph = rules === smallRules ? small : explore({ rules });
    const handled = rules === smallRules ? next : handledBy(graph);
    const silence = longestSilence(handled);
    const runs = timedStates(graph, handled).map(silence);
    const worst = runs.reduce((a, b) => (b.ms > a.ms ? b : a));
    print(`longest silent path: ${seconds(worst.ms)}: ${worst.path.join(' ')}`);
    // The user's changes one after the other, then one correction of what others see.
    expect(worst.ms).toBe(publications * defaultPolicy.publishTimeout);
    const outside = timedStates(graph, handled).filter(({ state }) => phaseOf(leafOf(state)) !== 'online');
    const slowest = Math.max(...outside.map((node) => silence(node).ms));
    print(`on the way in or out: ${seconds(slowest)} at most`);
    expect(slowest).toBe(Math.max(defaultPolicy.connectTimeout, defaultPolicy.synchronizeTimeout));
  });
});

describe('a sign-out', () => {
  it('arrives from everywhere, in two steps at most, with the answers of the world withheld (B04)', () => {
    const steps = [...small.states.values()].map((start) => {
      let [state, count] = [start, 0];
      while (leafOf(state) !== 'signedOut' && count < 10) {
        const type = leafOf(state) === 'disconnecting' ? 'signout.expired' : 'signout.request';
        const cell = next.get(keyOf(state))?.find(({ message }) => message.type === type);
        if (!cell) throw new Error(`${type} is not handled in ${keyOf(state)}`);
        [state, count] = [cell.to, count + 1];
      }
      return count;
    });
    print(`a sign-out takes ${Math.max(...steps)} steps at most, from ${steps.length} states`);
    expect(Math.max(...steps)).toBe(2);
  });
});

describe('credentials', () => {
  const isRefusal = ({ message }: Cell) =>
    message.type === 'link.refused' && (message.reason === 'invalidPassword' || message.reason === 'tokenExpired');
  const offersOf = ({ outputs }: Cell) => outputs.flatMap((output) => (output.type === 'link.open' ? [output] : []));
  /** Only these begin what the user, or a restart in the user's name, has asked for. */
  const isAction = ({ message }: Cell) => message.type === 'signin.request' || message.type === 'session.restored';
  const isAnotherAttempt = ({ to }: Cell) => leafOf(to) !== 'connecting';

  /** Most refused offers on any path, however long; Infinity if there is no bound. @param forgets where counting begins anew */
  function mostRefused(handled: Map<string, Cell[]>, forgets: (cell: Cell) => boolean): number {
    const seen = new Map<string, number>();
    const open: (readonly [key: string, count: number])[] = [[keyOf(initialState(smallRules)), 0]];
    let most = 0;
    for (const [key, count] of open) {
      for (const cell of handled.get(key) ?? []) {
        const refused = count + (isRefusal(cell) ? 1 : 0);
        most = Math.max(most, refused);
        if (most > 9) return Infinity;
        const after = forgets(cell) ? 0 : refused;
        if ((seen.get(keyOf(cell.to)) ?? -1) >= after) continue;
        seen.set(keyOf(cell.to), after);
        open.push([keyOf(cell.to), after]);
      }
    }
    return most;
  }

  it('are refused at most twice in one attempt, those of the renewal included (B05, L22)', () => {
    expect(mostRefused(next, isAnotherAttempt)).toBe(2);
    const renewing = ({ event }: { event: Message }) => event.type === 'link.refused' && event.reason === 'tokenExpired';
    const messages = samples(smallRules).filter(({ type }) => /^(?:signin|server|link|retry)/.test(type));
    const mutant = handledBy(explore({ messages, chart: provided({ guards: { mayRenew: renewing } }) }));
    expect(mostRefused(mutant, isAnotherAttempt)).toBe(Infinity);
  });

  it('are refused at most once each: what was refused is renewed or given up (B05)', () => {
    expect(mostRefused(next, (cell) => isAction(cell) || offersOf(cell).some(({ renew }) => renew))).toBe(1);
  });

  it('that were refused for good are not followed by others before the user acts: at most two a user action (B05)', () => {
    const isLast = (cell: Cell) => cell.kind === 'handled' && isRefusal(cell) && offersOf(cell).length === 0;
    const rest = new Map(small.cells.filter(isLast).map(({ to }) => [keyOf(to), to]));
    expect(rest.size).toBeGreaterThan(0);
    for (const key of rest.keys()) {
      for (const cell of next.get(key) ?? []) {
        if (isAction(cell)) continue;
        if (offersOf(cell).length > 0) throw new Error(`offered again: ${describeCell(cell)}`);
        rest.set(keyOf(cell.to), cell.to);
      }
    }
    // Without the user, nobody gets away from being signed out.
    expect(new Set([...rest.values()].map(leafOf))).toEqual(new Set(['signedOut']));
  });
});
