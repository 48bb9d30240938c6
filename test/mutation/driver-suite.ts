/**
 * The generated suite for the service: random lives and the paths of the chart, each written down in full by the real one beforehand, and the exam
 * for transports with the service under test before a server that is in order. It looks at public things only.
 */
import { createHash } from 'node:crypto';
import { smallRules, type Message } from '../../machines/index.js';
import { explore, keyOf } from '../../src/table/explore.js';
import { createMemoryServer } from '../../src/transports/memory/index.js';
import { gather } from '../support/gather.js';
import { Outside } from '../support/outside.js';
import { planOf, waysOf, type Plan } from '../support/ways.js';
import type { Built } from './build.js';
import type { Verdict } from './chart-suite.js';
import { live } from './lives.js';

type Library = Built['library'];

/** What the real service wrote, as one short word a step. */
export interface Written {
  readonly lives: readonly (readonly string[])[];
  readonly paths: readonly (readonly string[])[];
}

const wordOf = (text: string) => createHash('md5').update(text).digest('base64').slice(0, 8);
const lives = { count: 300, first: 7_001 };

/** One way to every state of the chart that the outside can bring about, and from there every message, once for every leaf: the pairs first. */
function plansOf(): Plan[] {
  const rules = smallRules;
  const cells = explore({ rules }).cells.filter(({ kind }) => kind === 'handled');
  const ways = waysOf(rules, cells);
  const byPair = new Map<string, Message[][]>();
  for (const { from, message } of cells) {
    const way = ways.get(keyOf(from));
    const pair = `${JSON.stringify(from.value)} ${JSON.stringify(message)}`;
    if (way) byPair.set(pair, [...(byPair.get(pair) ?? []), [...way, message]]);
  }
  const plans: Plan[] = [];
  for (const candidates of byPair.values()) {
    candidates.sort((a, b) => a.length - b.length);
    for (const messages of candidates) {
      const plan = planOf(messages, rules);
      if (typeof plan === 'string') continue;
      plans.push(plan);
      break;
    }
  }
  return plans;
}
let plans: readonly Plan[] | undefined;

/** Everything that can be seen of the service after each step of a plan. */
async function walk(library: Library, plan: Plan, each: (text: string, step: number) => boolean): Promise<void> {
  const outside = new Outside(plan, library.createPresenceService);
  try {
    for (const [index, expected] of plan.steps.entries()) {
      let text: string;
      try {
        const { state, notices, records } = await outside.happen(expected, index);
        const { value, context } = state;
        text = JSON.stringify([value, context, notices, records]);
      } catch (error) {
        text = String(error);
      }
      if (!each(text, index)) return;
    }
  } finally {
    const left = await outside.end();
    each(JSON.stringify(left), plan.steps.length);
  }
}

/** How much is written down. */
export interface Size {
  readonly lives: number;
  readonly paths: number;
}

/** Has the real service write everything down. */
export async function write(library: Library, size: Size = { lives: lives.count, paths: Infinity }): Promise<Written> {
  const written = { lives: [] as string[][], paths: [] as string[][] };
  for (let at = 0; at < size.lives; at++) {
    written.lives.push((await live(library, lives.first + at)).map(({ text }) => wordOf(text)));
  }
  for (const plan of size.paths > 0 ? (plans ??= plansOf()).slice(0, size.paths) : []) {
    const words: string[] = [];
    await walk(library, plan, (text) => words.push(wordOf(text)) > 0);
    written.paths.push(words);
  }
  return written;
}

async function differs(library: Library, written: Written): Promise<string | undefined> {
  for (const [at, words] of written.lives.entries()) {
    const entries = await live(library, lives.first + at);
    const wrong = entries.findIndex(({ text }, step) => wordOf(text) !== words[step]);
    if (wrong >= 0) return `life ${lives.first + at}, deed ${wrong + 1}: ${entries[wrong]?.deed}`;
  }
  for (const [at, words] of written.paths.entries()) {
    const plan = (plans ??= plansOf())[at];
    if (!plan) throw new Error(`there is no path ${at}`);
    let wrong: number | undefined;
    await walk(library, plan, (text, step) => {
      if (wordOf(text) !== words[step]) wrong ??= step;
      return wrong === undefined;
    });
    if (wrong !== undefined) {
      const messages = plan.steps.slice(0, wrong + 1).map(({ message }) => message.type);
      return `path ${messages.join(' › ')}`;
    }
  }
  return undefined;
}

/** The exam on the memory server, up to the first item that fails. */
async function failsExam({ transportConformance }: Library): Promise<string | undefined> {
  const { describe, it, run } = gather();
  transportConformance(
    () => {
      const server = createMemoryServer({ users: { alice: 'secret' } });
      return {
        transport: server.transport(),
        account: { name: 'alice', password: 'secret' },
        wrongAccount: { name: 'alice', password: 'wrong' },
        breakLine: () => void server.drop('alice'),
        silence: (isSilent) => void (server.faults.silent = isSilent ? { connect: true, publish: true } : {}),
        openLines: () => server.links,
      };
    },
    { describe, it, patience: 2_000 },
  );
  const last = (await run(({ error }) => error !== undefined)).at(-1);
  return last?.error && `exam, ${last.name}`;
}

/** Runs the suite on a service. */
export async function judgeService(library: Library, written: Written): Promise<Verdict> {
  try {
    const by = (await differs(library, written)) ?? (await failsExam(library));
    return by === undefined ? { outcome: 'survived', by: '' } : { outcome: 'killed', by };
  } catch (error) {
    return { outcome: 'killed', by: `threw ${String(error).split('\n')[0]}` };
  }
}
