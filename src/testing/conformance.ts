/**
 * The exam for transports: the questions that the chart asks, put to a real service on the transport that is examined, with the laws as
 * the judge. It belongs to no test runner; what it cannot see (no line to break, nobody watching) it leaves out and says so.
 */
import {
  breachesOfTrace,
  fullRules,
  isOnline,
  leafOf,
  phaseOf,
  statusName,
  type Leaf,
  type MISTATUS,
} from '../../machines/index.js';
import type { Clock } from '../policy.js';
import { createPresenceService, type PresenceService } from '../service.js';
import type { Credentials, Link, Transport } from '../transport.js';
import { nameOf, questionsFor, type Push, type Question } from './exam.js';
import { watch, type Watch } from './watch.js';

/** The transport under examination with what the examiner needs around it. */
export interface Examinee {
  readonly transport: Transport;
  /** Somebody who may sign in; nobody else uses this account meanwhile. */
  readonly account: Credentials;
  /** The same, with a secret that the server refuses. */
  readonly wrongAccount?: Credentials;
  /** Breaks the account's line from the server's side. */
  breakLine?(): void | Promise<void>;
  /** From now on the server takes what comes and answers nothing. */
  silence?(isSilent: boolean): void | Promise<void>;
  /** What somebody else saw of the account, in order; INVISIBLE is seen as OFFLINE. */
  seenByOthers?(): readonly { readonly status: MISTATUS; readonly note?: string | undefined }[];
  /** How many lines of the account the server holds open. */
  openLines?(): number;
  /** Releases everything. */
  close?(): void | Promise<void>;
}

/** What a test runner offers; Jest's, Vitest's and node:test's fit. */
export interface Runner {
  describe(name: string, body: () => void): void;
  it(name: string, body: () => Promise<void>, timeout?: number): void;
}

export interface ExamOptions extends Runner {
  /** What is examined, for the title. */
  readonly name?: string;
  /** Items that are known to fail, by id, each with the reason. One that passes is stale, and fails. */
  readonly deviations?: Readonly<Record<string, string>>;
  /** The longest that an answer of the server may take, ms; default 5,000. */
  readonly patience?: number;
}

/** One item of the exam. */
interface Item {
  readonly id: string;
  readonly needs?: readonly (keyof Examinee)[];
  readonly statuses?: readonly MISTATUS[];
  run(stand: Stand): Promise<void>;
}

const hostClock: Clock = {
  now: () => Date.now(),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (id) => clearTimeout(id as ReturnType<typeof setTimeout>),
};

/** A service on the watched transport, with waits short enough for a test. */
class Stand {
  readonly examinee: Examinee;
  readonly eye: Watch;
  readonly service: PresenceService;
  readonly patience: number;
  #atLeaf: { leaf: Leaf; act: () => void } | undefined;

  constructor(examinee: Examinee, patience: number) {
    this.examinee = examinee;
    this.patience = patience;
    this.eye = watch(examinee.transport, hostClock);
    const retry = { base: 0, firstSpread: 0, cap: 0, slowCap: 0 };
    this.service = createPresenceService({
      transport: this.eye.transport,
      policy: { retry, backOnlineSpread: 0, signoutTimeout: patience, publishTimeout: patience, firstTry: 'retry' },
    });
    this.eye.service(this.service, () => {
      const { leaf, act } = this.#atLeaf ?? {};
      if (leaf === undefined || leafOf(this.service.actor.getSnapshot()) !== leaf) return;
      this.#atLeaf = undefined;
      act?.();
    });
  }

  get leaf(): Leaf {
    return leafOf(this.service.actor.getSnapshot());
  }

  /** Does something the first time the chart is at a leaf when a notice is told: in the middle of a sign-in, too. */
  whenAt(leaf: Leaf, act: () => void): Promise<void> {
    if (this.leaf === leaf && (leaf === 'signedOut' || phaseOf(leaf) === 'online')) return Promise.resolve(act());
    return this.within(`${leaf} is reached`, (done) => {
      this.#atLeaf = { leaf, act: () => (act(), done()) };
    });
  }

  signin(question: Pick<Question, 'wish'>, account: Credentials = this.examinee.account): void {
    this.service.signin(account, question.wish === undefined ? {} : { status: question.wish });
  }

  async push(push: Push): Promise<void> {
    switch (push.push) {
      case 'signin':
        return void this.service.signin(this.examinee.account, push.status === undefined ? {} : { status: push.status });
      case 'signout':
        return void this.service.signout();
      case 'setStatus':
        return void this.service.setStatus(push.status);
      case 'network':
        return this.service.environment({ network: push.on });
      case 'awake':
        return this.service.environment({ awake: push.on });
      case 'breakLine':
        return this.examinee.breakLine?.();
    }
  }

  /** @throws Error that names what did not happen */
  within(what: string, start: (done: () => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`within ${this.patience} ms not: ${what}; ${this.story()}`)),
        this.patience,
      );
      start(() => (clearTimeout(timer), resolve()));
    });
  }

  async until(what: string, isTrue: () => boolean): Promise<void> {
    await this.within(what, (done) => {
      const end = Date.now() + this.patience;
      const look = () => (isTrue() ? done() : Date.now() < end ? void setTimeout(look, 2) : undefined);
      look();
    });
  }

  /** The chart is where it rests: nothing asked for is unanswered. */
  isSettled(ends: Leaf, shows: MISTATUS): boolean {
    const { context } = this.service.actor.getSnapshot();
    return this.leaf === ends && context.by === 'none' && this.service.myStatus === shows;
  }

  /** The laws over what was seen, breaches of the plug's contract, and links left. @throws Error naming the law and the path */
  judge(): void {
    const secrets = [this.examinee.account.password, this.examinee.account.token].filter((secret) => secret !== undefined);
    const broken = breachesOfTrace(this.eye.trace({ secrets }));
    for (const { message, from, breach } of this.service.records) {
      if (breach !== undefined) broken.push(`L21: ${message.type} in ${from}, but ${breach}`);
    }
    if (broken.length > 0) throw new Error(`${broken.join('; ')}; ${this.story()}`);
  }

  /** What happened, shortest way to tell it. */
  story(): string {
    const steps = this.eye.seen.map((entry) => {
      if (entry.seen === 'notice') {
        const { notice } = entry;
        return 'mMyStatus' in notice ? `${statusName(notice.mMyStatus)}(${notice.reason ?? ''})` : notice.type;
      }
      if (entry.seen === 'verb') return `${entry.verb} ${entry.change}`;
      return entry.seen === 'link' ? `link ${entry.link} ${entry.change}` : entry.seen;
    });
    return `path: ${steps.join(' › ')}`;
  }

  async close(): Promise<void> {
    await this.service.dispose();
    if (this.eye.links > 0) throw new Error(`L26: ${this.eye.links} links are left after dispose(); ${this.story()}`);
    const { openLines } = this.examinee;
    if (openLines) await this.until('L26: the server sees the line closed', () => openLines.call(this.examinee) === 0);
  }
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

/** B06: what others see is what is shown. */
async function othersSee(stand: Stand, shows: MISTATUS): Promise<void> {
  const { examinee } = stand;
  if (!examinee.seenByOthers) return;
  const wanted = isOnline(shows) && statusName(shows) !== 'INVISIBLE' ? statusName(shows) : 'OFFLINE';
  await stand.until(`L23: others see ${wanted}`, () => {
    const last = examinee.seenByOthers?.().at(-1);
    return statusName(last?.status ?? 1) === wanted;
  });
}

/** What the chart cannot ask, because it is about the plug itself. */
const plugItems: readonly Item[] = [
  {
    id: 'L11: a wrong password is one answer',
    needs: ['wrongAccount'],
    async run(stand) {
      stand.signin({ wish: undefined }, stand.examinee.wrongAccount);
      await stand.until(
        'L11: a wrong password ends signed out',
        () => stand.leaf === 'signedOut' && stand.service.myStatus === 1,
      );
      const told = stand.eye.seen.flatMap((entry) =>
        entry.seen === 'notice' && entry.notice.type === 'OnSignin' ? [entry.notice] : [],
      );
      if (told.length !== 1 || told[0]?.reason !== 'invalidPassword') {
        throw new Error(`L11: expected one OnSignin with invalidPassword, got ${JSON.stringify(told)}; ${stand.story()}`);
      }
      stand.judge();
    },
  },
  {
    id: 'L21: a connect that was given up while the server is silent ends, and leaves no line',
    needs: ['silence'],
    async run(stand) {
      await stand.examinee.silence?.(true);
      const isBegun = (verb: string) => stand.eye.seen.some((entry) => entry.seen === 'verb' && entry.verb === verb);
      stand.signin({ wish: undefined });
      await stand.until('L08: connect is asked', () => isBegun('connect') || stand.leaf !== 'findingServer');
      stand.service.signout();
      await stand.until('L10: giving up ends signed out', () => stand.leaf === 'signedOut');
      await stand.until(
        'L21: connect settles once it was given up (it waits for ever: no limit, or the signal is not heard)',
        () => stand.eye.seen.some((entry) => entry.seen === 'verb' && entry.verb === 'connect' && entry.change === 'late'),
      );
      await stand.examinee.silence?.(false);
      noLateLink(stand);
      stand.judge();
    },
  },
  {
    id: 'L21: a connect that was given up opens no link later',
    async run(stand) {
      const reached = stand.whenAt('connecting', () => void stand.service.signout());
      stand.signin({ wish: undefined });
      await reached;
      // A link that existed at the moment of giving up may still come, in the same turn.
      await new Promise((turn) => setTimeout(turn, 0));
      const before = linksOpened(stand);
      await stand.until('L21: connect settles once it was given up', () =>
        stand.eye.seen.some((entry) => entry.seen === 'verb' && entry.verb === 'connect' && entry.change === 'late'),
      );
      noLateLink(stand, before);
      stand.judge();
    },
  },
  {
    id: 'L08: a publication that the server does not answer can be given up',
    needs: ['silence'],
    run: (stand) =>
      withLink(stand, async (link) => {
        await stand.examinee.silence?.(true);
        const controller = new AbortController();
        const published = link.publish(
          { status: stand.service.actor.getSnapshot().context.rules.statuses[0] ?? 2 },
          controller.signal,
        );
        let isOver = false;
        published.then(
          () => (isOver = true),
          () => (isOver = true),
        );
        controller.abort();
        await stand.until('L08: publish settles at its abort', () => isOver);
        await stand.examinee.silence?.(false);
      }),
  },
  {
    id: 'L23: every status is published once, and so seen by others once',
    needs: ['seenByOthers'],
    async run(stand) {
      const { examinee, service } = stand;
      const before = examinee.seenByOthers?.().length ?? 0;
      stand.signin({ wish: undefined });
      await service.ready();
      await othersSee(stand, service.myStatus);
      if (examinee.breakLine) {
        await examinee.breakLine();
        await stand.until('L20: the loss is noticed', () => !isOnline(service.myStatus));
        await service.ready();
        await othersSee(stand, service.myStatus);
      }
      // Another answer of the server, so that a second publication would have been seen.
      service.setStatus(service.myStatus);
      await stand.until('L03: the change is answered', () => service.actor.getSnapshot().context.by === 'none');
      const online = (examinee.seenByOthers?.() ?? []).slice(before).filter(({ status }) => isOnline(status)).length;
      const published = stand.eye.seen.filter(
        (entry) => entry.seen === 'verb' && entry.verb === 'publish' && entry.change === 'begins',
      ).length;
      await stand.until(`L23: others see ${published} publications`, () => online <= published);
      if (online > published) throw new Error(`L23: published ${published} times, seen ${online} times; ${stand.story()}`);
      stand.judge();
    },
  },
  {
    id: 'L26: drop() is at once, silent, and harmless twice',
    run: (stand) =>
      withLink(stand, async (link, heard) => {
        link.drop();
        link.drop();
        await new Promise((turn) => setTimeout(turn, 20));
        if (heard.length > 0) throw new Error(`L26: after drop() the link still told ${heard.join(', ')}`);
      }),
  },
];

function linksOpened(stand: Stand): number {
  return stand.eye.seen.filter((entry) => entry.seen === 'link' && entry.change === 'opened').length;
}

function noLateLink(stand: Stand, before = 0): void {
  if (linksOpened(stand) > before)
    throw new Error(`L21 L26: connect resolved with a link after it was given up; ${stand.story()}`);
}

/** Puts a question to a link without a service before it. */
async function withLink(stand: Stand, ask: (link: Link, heard: string[]) => Promise<void>): Promise<void> {
  const { transport, account } = stand.examinee;
  const { signal } = new AbortController();
  const heard: string[] = [];
  const tell = (what: string) => () => void heard.push(what);
  const { name, server } = account;
  const found = await transport.findServer(server === undefined ? { name } : { name, server }, signal);
  const link = await transport.connect(
    found,
    account,
    { lost: tell('lost'), contact: tell('contact'), own: tell('own') },
    signal,
  );
  try {
    await link.synchronize(signal);
    heard.length = 0;
    await ask(link, heard);
  } finally {
    link.drop();
  }
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
      try {
        await item.run(stand);
      } finally {
        await stand.close();
      }
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
