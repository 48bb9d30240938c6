/**
 * The exam for transports: the questions that the chart asks, put to a real service on the transport that is examined, with the laws as
 * the judge. It belongs to no test runner; what it cannot see (no line to break, nobody watching) it leaves out and says so.
 */
import { fullRules, statusName } from '../../machines/index.js';
import { nameOf, questionsFor } from './exam.js';
import { plugItems } from './plug-items.js';
import { othersSee, Stand, type Examinee, type Item } from './stand.js';

export type { Examinee } from './stand.js';

/** What a test runner offers; Jest's, Vitest's and node:test's fit. */
export interface Runner {
  describe(name: string, body: () => void): unknown;
  it(name: string, body: () => Promise<void>, timeout?: number): unknown;
}

export interface ExamOptions extends Runner {
  /** What is examined, for the title. */
  readonly name?: string;
  /** Items that are known to fail, by id, each with the reason. One that passes is stale, and fails. */
  readonly deviations?: Readonly<Record<string, string>>;
  /** The longest that an answer of the server may take, ms; default 5,000. */
  readonly patience?: number;
}

/** Every question of the chart as an item, for a transport that has everything. */
function chartItems(): Item[] {
  return questionsFor({ ...fullRules, idle: false, away: false, idleFrom: [], remember: false }).map((question) => ({
    id: question.id,
    statuses: question.statuses,
    needs: question.push.push === 'breakLine' ? ['breakLine'] : [],
    async run(stand) {
      const { at, push, ends, shows } = question;
      let acted: Promise<void> | undefined;
      const act = () => void (acted = stand.push(push));
      if (at === 'held') {
        stand.service.environment({ network: false });
        stand.signin(question);
        await stand.whenAt('held', act);
      } else if (at === 'signedOut') act();
      else if (at === 'disconnecting') {
        stand.signin(question);
        await stand.service.ready();
        const reached = stand.whenAt(at, act);
        stand.service.signout();
        await reached;
      } else {
        const reached = stand.whenAt(at, act);
        stand.signin(question);
        await reached;
      }
      await acted;
      await stand.until(`L01: ${at} › ${nameOf(push)} ends in ${ends}, ${statusName(shows)}`, () => stand.isSettled(ends, shows));
      await othersSee(stand, shows);
      stand.judge();
    },
  }));
}

/** Whatever failed says which item it was, and what had happened. */
function told(error: unknown, item: Item, stand: Stand): Error {
  const text = error instanceof Error ? error.message : String(error);
  if (text.includes('path: ')) return error as Error;
  return new Error(`${item.id}: ${text}; ${stand.story()}`, { cause: error });
}

/** A deviation that is not one any more must go. */
async function mustFail(id: string, run: () => Promise<void>): Promise<void> {
  const isMended = await run().then(
    () => true,
    () => false,
  );
  if (isMended) throw new Error(`${id} passes: take it off the list of deviations`);
}

/**
 * Declares one test per item of the exam.
 * @param makeTransport makes a fresh examinee for every item
 * @throws what the runner makes of it: each failure names the law and tells the path
 */
export function transportConformance(makeTransport: () => Examinee | Promise<Examinee>, options: ExamOptions): void {
  const { describe, it, name = 'a transport', deviations = {}, patience = 5_000 } = options;
  const examine = (item: Item) => async () => {
    const examinee = await makeTransport();
    try {
      const { capabilities } = examinee.transport;
      const lacks = item.needs?.some((need) => examinee[need] === undefined) ?? false;
      // A question about a status that the transport lacks is not asked; that it is refused is the service's affair (L13).
      if (lacks || item.statuses?.some((status) => !capabilities.statuses.includes(status))) return;
      const stand = new Stand(examinee, patience);
      // What is left behind by an item that failed is not what went wrong first.
      const failures: unknown[] = [];
      await item.run(stand).catch((error: unknown) => void failures.push(error));
      await stand.close().catch((error: unknown) => void failures.push(error));
      if (failures.length > 0) throw told(failures[0], item, stand);
    } finally {
      await examinee.close?.();
    }
  };
  const items = [...chartItems(), ...plugItems];
  describe(`the exam of ${name}`, () => {
    for (const item of items) {
      const reason = deviations[item.id];
      if (reason === undefined) it(item.id, examine(item), patience * 4);
      else it(`${item.id} (deviates: ${reason})`, () => mustFail(item.id, examine(item)), patience * 8);
    }
    it('names only deviations that are items of the exam', async () => {
      const unknown = Object.keys(deviations).filter((id) => !items.some((item) => item.id === id));
      if (unknown.length > 0) throw new Error(`no item of the exam is called ${unknown.join(', ')}`);
    });
  });
}
