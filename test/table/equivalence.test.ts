/**
 * The table of our chart and the chart: every reachable state and letter on live actors, random lives with listeners that send back, and
 * every damaged cell found. What is compared is all that anybody can see: what is said, and where it leads.
 */
import { createActor, type AnyMachineSnapshot } from 'xstate';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { presenceMachine, samples, smallRules, stepperOf, type Message, type Rules, type State } from '../../machines/index.js';
import { compileLogic, type CompiledLogic } from '../../src/table/compile/index.js';
import { SessionPool } from '../../src/table/pool/index.js';
import { wordOf } from '../../src/table/plain.js';
import { presenceOptions } from '../../src/table/presence.js';
import { canCome, reach } from '../../src/table/reach.js';
import { createPretendClock, seededRandom } from '../../src/testing/index.js';
import { isWhole } from '../support/whole.js';

const rules: Rules = { ...smallRules, queue: 0 };
/** Every reason in CI, one for every way a reason can matter elsewhere. */
const which = isWhole('the equivalence of table and actors for every reason') ? 'all' : 'few';
const delays = { retry: 1_000, away: 600_000 };

/** What a live actor does with one message in one state. */
interface Seen {
  readonly from: State;
  readonly message: Message;
  readonly said: string;
  readonly to: string;
}
const lookOf = ({ value, context }: { readonly value: unknown; readonly context: unknown }) => wordOf([value, context]);

function seenOnActors(): Seen[] {
  const seen: Seen[] = [];
  const messages = samples(rules, which);
  for (const from of reach({ rules, messages }).states) {
    for (const message of messages) {
      if (!canCome(from, message)) continue;
      const actor = createActor(presenceMachine, { input: rules, snapshot: from }).start();
      const said: object[] = [];
      actor.on('*', (emitted) => void said.push(emitted));
      actor.send(message);
      seen.push({ from, message, said: wordOf(said), to: lookOf(actor.getSnapshot()) });
      actor.stop();
    }
  }
  return seen;
}

function poolOf({ table }: CompiledLogic): { readonly pool: SessionPool; readonly said: object[] } {
  const pool = new SessionPool(table, { delays, clock: createPretendClock() });
  const said: object[] = [];
  pool.on('*', (emitted) => void said.push({ ...emitted }));
  return { pool, said };
}

describe('B11 The table of the chart', () => {
  let exact: CompiledLogic;
  let seen: Seen[] = [];
  beforeAll(() => {
    exact = compileLogic(presenceMachine, { ...presenceOptions(rules), exact: true });
    seen = seenOnActors();
  }, 60_000);

  it('does in every reachable state and letter what a live actor does', () => {
    const { pool, said } = poolOf(exact);
    expect(seen.length).toBeGreaterThan(10_000);
    for (const { from, message, said: meant, to } of seen) {
      const session = pool.open({ snapshot: from });
      said.length = 0;
      expect(pool.send(session, message)).toBe(true);
      const found = pool.getSnapshot(session);
      if (wordOf(said) !== meant || lookOf(found) !== to)
        throw new Error(
          `${JSON.stringify(message)} in ${JSON.stringify(from.value)}: said ${wordOf(said)} and not ${meant}, came to ${lookOf(found)} and not ${to}`,
        );
      pool.close(session);
    }
    pool.dispose();
  }, 60_000);

  it('has no single cell that could be damaged without being found', () => {
    const { table } = exact;
    const { pool, said } = poolOf(exact);
    let found = 0;
    for (const { from, message, said: meant, to } of seen) {
      const session = pool.open({ snapshot: from });
      const code = pool.codeOf(message);
      const at = (stateOf(exact, from) << table.shift) | (table.letters[code]?.column ?? 0);
      const whole = table.cells[at] as number;
      const [program, next] = [whole >>> 16, whole & 0xffff];
      // Another target with the same words, and the same target with other words.
      const damaged = [
        program * 2 ** 16 + ((next + 1) % table.states),
        ((program + 1) % (table.programs.length - 1)) * 2 ** 16 + next,
      ];
      const cell = damaged[found % 2] as number;
      table.cells[at] = cell;
      said.length = 0;
      pool.send(session, message);
      const isFound = wordOf(said) !== meant || lookOf(pool.getSnapshot(session)) !== to;
      table.cells[at] = whole;
      // Programs that differ only in timers say the same: those are told apart below.
      if (!isFound && cell >>> 16 !== program && onlyTimersDiffer(exact, cell >>> 16, program)) continue;
      if (!isFound) throw new Error(`${JSON.stringify(message)} in ${JSON.stringify(from.value)}: ${whole} could be ${cell}`);
      found += 1;
      pool.close(session);
    }
    expect(found).toBeGreaterThan(10_000);
    pool.dispose();
  }, 60_000);

  it('merged, lives as the chart does for 20,000 steps', () => {
    const merged = compileLogic(presenceMachine, presenceOptions(rules));
    expect(merged.report.states).toBeLessThan(exact.report.states);
    const { pool, said } = poolOf(merged);
    const session = pool.open();
    const { step, initial } = stepperOf(presenceMachine);
    const messages = samples(rules, which);
    const seed = Number(process.env['SEED'] ?? 20_261_121);
    const random = seededRandom(seed);
    let state = initial(rules);
    for (let at = 0; at < 20_000; at++) {
      const able = messages.filter((message) => canCome(state, message));
      const message = able[Math.floor(random() * able.length)] as Message;
      const [next, outputs] = step(state, message);
      said.length = 0;
      pool.send(session, message);
      if (wordOf(said) !== wordOf(outputs.map((output) => ({ ...output }))))
        throw new Error(`seed ${seed}, step ${at}: ${JSON.stringify(message)}: said ${wordOf(said)}`);
      expect(pool.getSnapshot(session).value).toEqual(next.value);
      state = next;
    }
    pool.dispose();
  }, 60_000);

  it('promotes a session to an actor, and takes it back', () => {
    const { pool, said } = poolOf(exact);
    const session = pool.open();
    for (const message of [{ type: 'signin.request', tries: 'once' }, { type: 'server.found' }, { type: 'link.opened' }] as const)
      pool.send(session, message);
    const actor = createActor(presenceMachine, { input: rules, snapshot: pool.getPersistedSnapshot(session) }).start();
    expect(actor.getSnapshot().value).toEqual({ session: 'synchronizing' });
    actor.send({ type: 'session.synchronized', resumed: true });
    expect(actor.getSnapshot().matches({ session: { signedIn: 'online' } })).toBe(true);
    const back = pool.open({ snapshot: actor.getSnapshot() });
    said.length = 0;
    pool.send(back, { type: 'signout.request' });
    expect(said).toContainEqual({ type: 'OnSignout', reason: 'userRequest' });
    actor.stop();
    pool.dispose();
  });
});

function stateOf({ table }: CompiledLogic, { value, context }: AnyMachineSnapshot | State): number {
  const word = wordOf([value, context]);
  places ??= new Map(
    Array.from({ length: table.states }, (_, state) => {
      const fields = table.context.map((field) => [field.field, field.values[field.of[state] ?? 0]] as const);
      return [wordOf([table.values[table.valueOf[state] ?? 0], Object.fromEntries(fields)]), state] as const;
    }),
  );
  return places.get(word) ?? -1;
}
let places: Map<string, number> | undefined;

function onlyTimersDiffer({ table }: CompiledLogic, one: number, two: number): boolean {
  return wordOf(table.programs[one]?.emissions) === wordOf(table.programs[two]?.emissions);
}
