/**
 * The production machine as its own test model, run against the service that apps hold (M31): along every shortest path, and once for every pair
 * of leaf and message, each message is made to happen by the outside world, and value, context, commands and notices are compared at every step.
 */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { TestModel } from '@xstate/test';
import { isNotice, leafOf, smallRules, statusName, type Message, type State } from '../../machines/index.js';
import { isCommand } from '../../src/record.js';
import { explore, keyOf } from '../../src/table/explore.js';
import { presenceTestModel } from '../../src/testing/index.js';
import { Outside, unstamped, type Seen } from '../support/outside.js';
import { planOf, tooManyEnds, waysOf, type Expected, type Plan } from '../support/ways.js';

const print = (line: string) => process.stdout.write(`  ${line}\n`);
const rules = smallRules;
const model = presenceTestModel({ TestModel, rules });
const paths = model.getShortestPaths();
const messagesOf = ({ steps }: { readonly steps: readonly { readonly event: Message }[] }) =>
  steps.slice(1).map(({ event }) => event);
const describeMessages = (messages: readonly Message[]) =>
  messages.map((message) => message.type + ('status' in message ? `(${statusName(message.status)})` : '')).join(' ');

/** Pairs that were made to happen, whichever path they were on. */
const happened = new Set<string>();
const pairOf = (from: State, message: Message) => `${leafOf(from)} x ${JSON.stringify(message)}`;

/** Everything about one step that must be the same; as text first, since `expect` is slow and almost always content. */
function compare({ message, after, outputs }: Expected, seen: Seen): void {
  const { records } = seen;
  // What is said to the actor itself is obeyed, but is no step of the driver.
  const isRecorded = message.type !== 'clock.jumped';
  const came = {
    value: seen.state.value,
    key: keyOf(seen.state),
    notices: seen.notices.map(unstamped),
    messages: records.map((record) => record.message.type),
    commands: records.flatMap(({ commands }) => commands),
  };
  const meant: typeof came = {
    value: after.value,
    key: keyOf(after),
    notices: outputs.filter(isNotice),
    messages: isRecorded ? [message.type] : [],
    commands: isRecorded ? outputs.filter(isCommand) : [],
  };
  if (JSON.stringify(came) !== JSON.stringify(meant)) expect(came).toEqual(meant);
}

/** Runs one plan by the test model's own runner. */
async function run(plan: Plan): Promise<void> {
  const { steps } = plan;
  const outside = new Outside(plan);
  const [first] = steps;
  if (!first) throw new Error('a path without a step');
  let number = 0;
  let seen = outside.seen();
  const happen = async () => {
    const expected = steps[number];
    if (expected) seen = await outside.happen(expected, number);
    number += 1;
  };
  const check = () => {
    const expected = steps[number - 1];
    if (expected) compare(expected, seen);
    else if (leafOf(seen.state) !== 'signedOut' || seen.notices.length > 0) throw new Error('something happens at creation');
  };
  const last = steps.at(-1)?.after ?? first.before;
  const path = {
    state: last,
    weight: steps.length,
    steps: [
      { event: { type: 'xstate.init' } as unknown as Message, state: first.before },
      ...steps.map(({ message, after }) => ({ event: message, state: after })),
    ],
  };
  const executors = Object.fromEntries(steps.map(({ message }) => [message.type, happen]));
  await model.testPath(path, { events: executors, states: { '*': check } });
  expect(number).toBe(steps.length);
  expect(await outside.end()).toEqual({ timers: 0, links: 0, verbs: 0 });
  for (const { before, message } of steps) happened.add(pairOf(before, message));
}

/** Ways to states that the outside world can go, by key. */
const ways = new Map<string, readonly Message[]>();
const cells = explore({ rules }).cells.filter(({ kind }) => kind === 'handled');

describe('the service along the paths of the machine', () => {
  it('does on every shortest path what the model does, step by step', async () => {
    const began = performance.now();
    let steps = 0;
    const refused: string[] = [];
    for (const path of paths) {
      const messages = messagesOf(path);
      const plan = planOf(messages, rules);
      if (typeof plan === 'string') {
        refused.push(`${describeMessages(messages)}: ${plan}`);
        continue;
      }
      await run(plan);
      steps += plan.steps.length;
      path.steps.forEach(({ state }, index) => ways.set(keyOf(state), messages.slice(0, index)));
    }
    const ms = Math.round(performance.now() - began);
    print(`${paths.length} shortest paths, ${steps} steps run, ${refused.length} not producible, ${ms} ms`);
    expect(paths.length).toBe(507);
    expect(refused.filter((line) => !line.endsWith(`: ${tooManyEnds}`))).toEqual([]);
  }, 60_000);

  it('can be brought into every state of the machine, if not by the shortest path then by another', async () => {
    const others = waysOf(rules, cells);
    const keys = [...new Set(cells.map(({ to }) => keyOf(to)))];
    const refused: string[] = [];
    let runs = 0;
    for (const key of keys) {
      if (ways.has(key)) continue;
      const way = others.get(key);
      const plan = way ? planOf(way, rules) : 'no way leads there';
      if (typeof plan === 'string') {
        refused.push(`${key}: ${plan}`);
        continue;
      }
      await run(plan);
      runs += 1;
      for (const [index, { before }] of plan.steps.entries()) {
        const reached = keyOf(before);
        if (!ways.has(reached)) ways.set(reached, way?.slice(0, index) ?? []);
      }
      if (way) ways.set(key, way);
    }
    print(`${runs} more runs; ${ways.size} states of the machine were those of the service, ${refused.length} were not`);
    expect(refused).toEqual([]);
  }, 60_000);
});

describe('the comparison', () => {
  it('finds a step at which the service says something else than the model', async () => {
    const messages: Message[] = [{ type: 'signin.request', tries: 'once' }, { type: 'server.found' }, { type: 'link.opened' }];
    const plan = planOf(messages, rules);
    if (typeof plan === 'string') throw new Error(plan);
    await run(plan);
    const without = (index: number): Plan => ({
      ...plan,
      steps: plan.steps.map((one, at) => (at === index ? { ...one, outputs: one.outputs.slice(1) } : one)),
    });
    for (const index of messages.keys()) await expect(run(without(index))).rejects.toThrow('toEqual');
    const elsewhere = plan.steps.map((one) => ({ ...one, after: one.before }));
    await expect(run({ ...plan, steps: elsewhere })).rejects.toThrow('findingServer');
  });
});

describe('every pair of leaf and message that can happen', () => {
  const pairs = new Map<string, { readonly from: State; readonly message: Message }[]>();

  beforeAll(() => {
    for (const { from, message } of cells) {
      const list = pairs.get(pairOf(from, message)) ?? [];
      list.push({ from, message });
      pairs.set(pairOf(from, message), list);
    }
  });

  it('happens at least once, and the service does what the model does', async () => {
    const began = performance.now();
    const missing: string[] = [];
    let runs = 0;
    for (const [pair, places] of pairs) {
      if (happened.has(pair)) continue;
      const candidates = places
        .flatMap(({ from, message }) => {
          const way = ways.get(keyOf(from));
          return way ? [[...way, message]] : [];
        })
        .sort((a, b) => a.length - b.length);
      let why = 'no way there';
      for (const way of candidates) {
        const plan = planOf(way, rules);
        if (typeof plan === 'string') {
          why = plan;
          continue;
        }
        why = '';
        runs += 1;
        await run(plan);
        break;
      }
      if (why) missing.push(`${pair}: ${why}`);
    }
    const ms = Math.round(performance.now() - began);
    print(`${pairs.size} pairs, ${runs} more runs, ${missing.length} not producible, ${ms} ms`);
    expect(missing).toEqual([]);
    expect([...pairs.keys()].filter((pair) => !happened.has(pair))).toEqual([]);
  }, 60_000);
});
